"""Answer programs in the shapes of W3C VCALM: the same verdicts as the pages give, as HTTP status and JSON body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from portfolio.errors import MalformedValueError, ProofTransformationError, UnknownOptionProvided
from portfolio.ports import Ports
from portfolio.services.issue import issue_for_program
from portfolio.services.presented import check_presentation
from portfolio.services.revoke import ListPlace, revoke_for_program, suspend_for_program
from portfolio.services.tokens import program_of
from portfolio.services.verify import MAXIMUM_BYTES, DocumentCheck, StepView, check_document
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS, CREDENTIAL_LIMITS
from portfolio.vc.status_list import ENTRY_TYPE

# The envelope around a document of a request: some options, one more level.
MAXIMUM_REQUEST = MAXIMUM_BYTES + 64 * 1024
_REQUEST_LIMITS = replace(
    COLLECTION_LIMITS, bytes=MAXIMUM_REQUEST, depth=COLLECTION_LIMITS.depth + 1, nodes=COLLECTION_LIMITS.nodes + 100
)
_ISSUE_LIMITS = replace(
    CREDENTIAL_LIMITS,
    bytes=CREDENTIAL_LIMITS.bytes + 64 * 1024,
    depth=CREDENTIAL_LIMITS.depth + 1,
    nodes=CREDENTIAL_LIMITS.nodes + 100,
)
_ISSUE_OPTIONS = {"credentialId"}
# What a conformance suite may ask for besides; the last one belongs to suites with selective disclosure.
_SUITE_OPTIONS = {"cryptosuite", "envelope", "mandatoryPointers"}
_PRESENTATION_OPTIONS = {
    "returnResults",
    "returnProblemDetails",
    "returnPresentation",
    "domain",
    "challenge",
    "checks",  # sent by clients of earlier drafts; every check is always made
}
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
class IssueAnswer:
    """What was issued. body: the JSON as it was signed; url: its verification page, where it has one."""

    body: bytes
    url: str | None


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

    Raises MalformedValueError for a body without a credential and UnknownOptionProvided for an unknown option (both 400).
    """
    request = _members(payload, {"verifiableCredential", "options"})
    document = request.get("verifiableCredential")
    if not isinstance(document, (dict, str)):
        raise MalformedValueError("verifiableCredential must be an object", path="$.verifiableCredential")
    options = _options(request, _OPTIONS)
    for name in ("returnResults", "returnProblemDetails", "returnCredential"):
        if not isinstance(options.get(name, False), bool):
            raise MalformedValueError(f"{name} must be true or false", path=f"$.options.{name}")
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
        body["results"] = _results(check)
    if options.get("returnCredential", False) and isinstance(document, dict):
        body["credential"] = document
    return VerifyAnswer(200 if check.verified else 400, body)


def presentation_json(ports: Ports, data: bytes) -> VerifyAnswer:
    """``POST /presentations/verify``: as ``verify_json``, for a presentation and every credential in it.

    The options domain and challenge must be those of its proof. Raises as ``verify_json`` does.
    """
    request = _members(jsontext.loads(data, _REQUEST_LIMITS), {"verifiablePresentation", "options"})
    document = request.get("verifiablePresentation")
    if not isinstance(document, (dict, str)):
        raise MalformedValueError("verifiablePresentation must be an object", path="$.verifiablePresentation")
    options = _options(request, _PRESENTATION_OPTIONS)
    for name in ("returnResults", "returnProblemDetails", "returnPresentation"):
        if not isinstance(options.get(name, False), bool):
            raise MalformedValueError(f"{name} must be true or false", path=f"$.options.{name}")
    domain, challenge = options.get("domain"), options.get("challenge")
    domains = domain if isinstance(domain, list) else [] if domain is None else [domain]
    if not all(isinstance(item, str) for item in domains):
        raise MalformedValueError("domain must be a text or several", path="$.options.domain")
    if challenge is not None and not isinstance(challenge, str):
        raise MalformedValueError("challenge must be a text", path="$.options.challenge")
    verdict = check_presentation(ports, document, domain, challenge)
    result = verdict.result
    body: dict[str, Any] = {
        "verified": verdict.verified,
        "state": verdict.state.value,
        "checked_at": ports.now().replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "steps": [StepView(step.name, step.outcome.value, step.reason, step.code) for step in result.steps],
    }
    if options.get("returnProblemDetails", True):
        body["problemDetails"] = [problem.as_dict() for problem in result.problems]
    if options.get("returnResults", True):
        first = next((proof.proof for proof in result.proofs), {})
        body["results"] = {
            "presentation": {
                "verified": result.authentic,
                "holder": result.holder,
                "challenge": first.get("challenge"),
                "domain": first.get("domain"),
                "proof": [{"verified": proof.error is None, "input": proof.proof} for proof in result.proofs],
            },
            "credentials": [
                {
                    "verified": inner.verified,
                    "state": inner.state.value,
                    "id": inner.result.credential_id,
                    "proof": [{"verified": proof.error is None, "input": proof.proof} for proof in inner.result.proofs],
                    "credentialStatus": [
                        {"verified": fact.step.holds, "value": fact.value, "input": fact.entry}
                        for fact in inner.result.statuses
                    ],
                }
                for inner in verdict.credentials
            ],
        }
    if options.get("returnPresentation", False):
        body["presentation"] = document
    return VerifyAnswer(200 if verdict.verified else 400, body)


def issue_json(ports: Ports, authorization: str | None, data: bytes) -> IssueAnswer:
    """``POST /credentials/issue``: sign ``{"credential": …, "options": {"credentialId"?: …}}`` for a program's organisation.

    authorization: the header of that name. Raises BadToken, what ``issue_for_program`` raises, and for a request that is not
    of this shape ParsingError, MalformedValueError and UnknownOptionProvided (all 400).
    """
    program = None if ports.conformance else program_of(ports, authorization)
    request = _members(jsontext.loads(data, _ISSUE_LIMITS), {"credential", "options"})
    credential = request.get("credential")
    if not isinstance(credential, dict):
        raise MalformedValueError("credential must be an object", path="$.credential")
    options = _options(request, _ISSUE_OPTIONS | (_SUITE_OPTIONS if ports.conformance else set()))
    credential_id = options.get("credentialId")
    if credential_id is not None and not isinstance(credential_id, str):
        raise MalformedValueError("credentialId must be a text", path="$.options.credentialId")
    if program is None:
        from portfolio.services import conformance

        return IssueAnswer(conformance.issue(ports, credential, options), None)
    issued = issue_for_program(ports, program, credential, credential_id)
    return IssueAnswer(issued.body, issued.url)


def status_json(ports: Ports, authorization: str | None, data: bytes) -> None:
    """``POST /credentials/status``: a credentialId, a credentialStatus that names the purpose, and the new status.

    A hold begins with true and ends with false; a revocation takes true only. Raises BadToken, NotFound for credentials of
    others, Conflict for a hold on what was revoked, and 400 for everything else that is wrong.
    """
    program = None if ports.conformance else program_of(ports, authorization)
    request = _members(jsontext.loads(data), {"credentialId", "credentialStatus", "status", "options"})
    _options(request, set())
    credential_id, status = request.get("credentialId"), request.get("status")
    if not isinstance(credential_id, str):
        raise MalformedValueError("credentialId must be a text", path="$.credentialId")
    purpose, place = _status_entry(request.get("credentialStatus"))
    if not isinstance(status, bool):
        raise MalformedValueError("status must be true or false", path="$.status")
    if purpose == "revocation" and not status:
        raise MalformedValueError("a revocation is final", path="$.status")
    if program is None:
        from portfolio.services import conformance

        conformance.revoke(ports, credential_id, purpose)
    elif purpose == "revocation":
        revoke_for_program(ports, program, credential_id, place)
    else:
        suspend_for_program(ports, program, credential_id, status, place)


def _status_entry(entry: object) -> tuple[str, ListPlace | None]:
    """The purpose that a request names, and the place where it names one."""
    if not isinstance(entry, dict) or entry.get("type") != ENTRY_TYPE:
        raise MalformedValueError(f"credentialStatus must be a {ENTRY_TYPE}", path="$.credentialStatus.type")
    unknown = sorted(set(entry) - {"id", "type", "statusPurpose", "statusListCredential", "statusListIndex"})
    if unknown:
        raise UnknownOptionProvided("unknown member of the entry", path=f"$.credentialStatus.{unknown[0]}"[:80])
    purpose = entry.get("statusPurpose")
    if purpose not in ("revocation", "suspension"):
        detail = "statusPurpose must be revocation or suspension"
        raise MalformedValueError(detail, path="$.credentialStatus.statusPurpose")
    if "statusListCredential" not in entry and "statusListIndex" not in entry:
        return purpose, None
    return purpose, ListPlace(str(entry.get("statusListCredential")), str(entry.get("statusListIndex")))


def derive_json(data: bytes) -> NoReturn:
    """``POST /credentials/derive`` is for suites with selective disclosure, which nothing here is signed with."""
    _members(jsontext.loads(data, _REQUEST_LIMITS), {"verifiableCredential", "options"})
    raise ProofTransformationError(
        "eddsa-rdfc-2022 and eddsa-jcs-2022 sign a document as a whole: nothing can be derived"
    )


def _members(payload: object, known: set[str]) -> dict[str, Any]:
    """The body as an object of these members. Raises MalformedValueError, UnknownOptionProvided."""
    if not isinstance(payload, dict):
        raise MalformedValueError("the body must be a JSON object", path="$")
    unknown = sorted(set(payload) - known)
    if unknown:
        raise UnknownOptionProvided("unknown member of the request", path=f"$.{unknown[0]}"[:80])
    return payload


def _options(request: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """The request's options, of these names. Raises MalformedValueError, UnknownOptionProvided."""
    options = request.get("options", {})
    if not isinstance(options, dict):
        raise MalformedValueError("options must be an object", path="$.options")
    unknown = sorted(set(options) - known)
    if unknown:
        raise UnknownOptionProvided("unknown option", path=f"$.options.{unknown[0]}"[:80])
    return options


def _results(check: DocumentCheck) -> dict[str, Any]:
    """The ``results`` object of VCALM: one entry a proof, date, schema and status, in the document's own words."""
    result = check.result
    if result is None or result.document is None:
        return {}
    found: dict[str, Any] = {
        "proof": [{"verified": proof.error is None, "input": proof.proof} for proof in result.proofs]
    }
    in_dates = result.step("dates").holds
    for name in ("validFrom", "validUntil"):
        if name in result.document:
            found[name] = {"verified": in_dates, "input": result.document[name]}
    found["credentialSchema"] = [{"verified": fact.step.holds, "input": fact.entry} for fact in result.schemas]
    found["credentialStatus"] = [
        {"verified": fact.step.holds, "value": fact.value, "input": fact.entry} for fact in result.statuses
    ]
    return found
