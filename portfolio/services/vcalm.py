"""Answer programs in the shapes of W3C VCALM: the same verdicts as the pages give, as HTTP status and JSON body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portfolio.errors import InvalidInput, UnknownOptionProvided
from portfolio.ports import Ports
from portfolio.services.verify import MAXIMUM_BYTES, DocumentCheck, check_document
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS

# The envelope around a document of a request: some options, one more level.
MAXIMUM_REQUEST = MAXIMUM_BYTES + 64 * 1024
_REQUEST_LIMITS = replace(
    COLLECTION_LIMITS, bytes=MAXIMUM_REQUEST, depth=COLLECTION_LIMITS.depth + 1, nodes=COLLECTION_LIMITS.nodes + 100
)
_OPTIONS = {
    "returnResults",
    "returnProblemDetails",
    "returnCredential",
    # sent by clients of earlier drafts; nothing here can be switched off, so they change nothing
    "checks",
    "challenge",
    "domain",
}


@dataclass(frozen=True)
class VerifyAnswer:
    """The answer to a machine: HTTP status (200 verified, 400 not) and body."""

    status: int
    body: Mapping[str, Any]


def verify_json(ports: Ports, data: bytes) -> VerifyAnswer:
    """``verify_request`` for a body as it came. Raises ParsingError (400) for what two readers could read differently."""
    return verify_request(ports, jsontext.loads(data, _REQUEST_LIMITS))


def verify_request(ports: Ports, payload: object) -> VerifyAnswer:
    """``POST /credentials/verify`` of W3C VCALM. payload: the parsed JSON body.

    Raises InvalidInput (422) for a body without a credential and UnknownOptionProvided (400) for an unknown option.
    """
    if not isinstance(payload, dict):
        raise InvalidInput("the body must be a JSON object", path="$")
    unknown = sorted(set(payload) - {"verifiableCredential", "options"})
    if unknown:
        raise UnknownOptionProvided("unknown member of the request", path=f"$.{unknown[0]}"[:80])
    document = payload.get("verifiableCredential")
    if not isinstance(document, (dict, str)):
        raise InvalidInput("verifiableCredential must be an object", path="$.verifiableCredential")
    options = payload.get("options", {})
    if not isinstance(options, dict):
        raise InvalidInput("options must be an object", path="$.options")
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise UnknownOptionProvided("unknown option", path=f"$.options.{unknown[0]}"[:80])
    for name in ("returnResults", "returnProblemDetails", "returnCredential"):
        if not isinstance(options.get(name, False), bool):
            raise InvalidInput(f"{name} must be true or false", path=f"$.options.{name}")
    data = document if isinstance(document, str) else jsontext.dumps(document)
    check = check_document(ports, data)
    body: dict[str, Any] = {
        "verified": check.verified,
        "state": check.state,
        "checked_at": check.checked_at.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "steps": check.steps,
    }
    if check.nested:
        body["nested"] = [{"id": inner.credential_id, "state": inner.state} for inner in check.nested]
    if options.get("returnProblemDetails", True):
        # What is to be said of a credential inside a record does not change the record: it warns.
        inner_problems = [replace(found, severity="warning") for inner in check.nested for found in inner.problems]
        body["problemDetails"] = [problem.as_dict() for problem in (*check.problems, *inner_problems)]
    if options.get("returnResults", True):
        body["results"] = _results(document, check)
    if options.get("returnCredential", False) and isinstance(document, dict):
        body["credential"] = document
    return VerifyAnswer(200 if check.verified else 400, body)


def _results(document: dict[str, Any] | str, check: DocumentCheck) -> dict[str, Any]:
    """The ``results`` object of VCALM: one entry a proof and a status entry, in the document's own words."""
    by_name = {step.name: step for step in check.steps}
    found: dict[str, Any] = {}
    if isinstance(document, dict):
        signed = by_name["signature"].result == "holds"
        proofs = document.get("proof")
        found["proof"] = [
            {"verified": signed, "input": proof}
            for proof in (proofs if isinstance(proofs, list) else [proofs])
            if isinstance(proof, dict)
        ]
        in_dates = by_name["dates"].result == "holds"
        for name in ("validFrom", "validUntil"):
            if name in document:
                found[name] = {"verified": in_dates, "input": document[name]}
        entries = document.get("credentialStatus")
        clear = by_name["status"].result == "holds"
        found["credentialStatus"] = [
            {"verified": clear, "input": entry}
            for entry in (entries if isinstance(entries, list) else [entries])
            if isinstance(entry, dict)
        ]
    return found
