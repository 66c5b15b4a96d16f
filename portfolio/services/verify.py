"""Answer the question «may I believe this?»: by code, for a document, for a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from portfolio.errors import (
    N_,
    Closed,
    InvalidInput,
    Message,
    NotFound,
    ParsingError,
    Problem,
    UnknownOptionProvided,
)
from portfolio.permalinks import grouped, normalized_code
from portfolio.ports import Ports
from portfolio.services import publish
from portfolio.services.setup import HomeView, find_home, home_of
from portfolio.services.shown import Shown, shown, without_consent
from portfolio.storage import consents, credentials, practice, status_lists
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS, CREDENTIAL_LIMITS, Limits
from portfolio.vc.open_badges import read_badge
from portfolio.vc.rosette import digest, rosette_path
from portfolio.vc.validation import EXIT_CODES, State, Verdict, validate
from portfolio.vc.verification import (
    Material,
    RecordFacts,
    TrustedIssuer,
    VerificationResult,
    references,
    verify_credential,
)

MAXIMUM_BYTES = COLLECTION_LIMITS.bytes
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
class StepView:
    """One named check. result: holds | fails | unknown; reason: why, in a sentence."""

    name: str
    result: str
    reason: Message
    code: str


@dataclass(frozen=True)
class CodeCheck:
    """What the verification page of a code says. credential: only where consent lets the whole file out."""

    code: str
    grouped: str
    url: str
    state: str
    verified: bool
    reason: Message
    checked_at: datetime
    steps: Sequence[StepView]
    shown: Shown | None
    rosette: str | None
    credential: Mapping[str, Any] | None
    issuer_name: str
    issuer_did: str
    revoked_at: datetime | None
    revocation_reason: str | None
    superseded_by_url: str | None
    nested: Sequence[DocumentCheck]
    details: Mapping[str, str]


@dataclass(frozen=True)
class DocumentCheck:
    """What became of a document that somebody brought. shown: None unless its signature holds."""

    state: str
    verified: bool
    exit_code: int
    reason: Message
    checked_at: datetime
    steps: Sequence[StepView]
    problems: Sequence[Problem]
    shown: Shown | None
    rosette: str | None
    credential_id: str | None
    own_url: str | None
    nested: Sequence[DocumentCheck]
    details: Mapping[str, str]


@dataclass(frozen=True)
class VerifyAnswer:
    """The answer to a machine: HTTP status (200 verified, 400 not) and body."""

    status: int
    body: Mapping[str, Any]


def by_code(ports: Ports, text: str) -> CodeCheck:
    """The credential behind a printed code. Raises NotFound, and Closed when the family withdrew its consent to processing."""
    code = normalized_code(text)
    if code is None:
        raise NotFound
    now = ports.now()
    with ports.sessions.read() as session:
        row = credentials.by_code(session, code)
        if row is None:
            raise NotFound
        home = home_of(session, ports)
        if row.pupil_id is not None and consents.withdrawn(session, row.pupil_id, "processing"):
            raise Closed(params={"why": "consent"})
        publication = row.pupil_id is not None and consents.live(session, row.pupil_id, "publication") is not None
        limits = COLLECTION_LIMITS if row.kind == "clr" else CREDENTIAL_LIMITS
        verdict = _of_this_code(_verdict(ports, session, home, row.body, row, now, limits), row)
        inside = _nested(ports, session, home, verdict, now)
        newer = credentials.get(session, row.superseded_by) if row.superseded_by else None
        newer_url = home.links.verification(newer.code) if newer else None
    result = verdict.result
    facts = fingerprint = None
    if result.document is not None and result.authentic and verdict.state is not State.ALTERED:
        fingerprint = digest(result.document)
        facts = shown(read_badge(result.document), ports.settings.timezone)
        if not publication:
            facts = without_consent(facts)
    return CodeCheck(
        code=code,
        grouped=grouped(code),
        url=home.links.verification(code),
        state=verdict.state.value,
        verified=verdict.verified,
        reason=verdict.reason,
        checked_at=now,
        steps=_steps(result),
        shown=facts,
        rosette=rosette_path(fingerprint) if fingerprint else None,
        credential=result.document if publication and facts is not None else None,
        issuer_name=home.name,
        issuer_did=home.did,
        revoked_at=row.revoked_at,
        revocation_reason=row.revocation_reason,
        superseded_by_url=newer_url,
        nested=tuple(_masked(ports, inner, now, full=publication) for inner in inside),
        details=_details(result, fingerprint),
    )


def _masked(ports: Ports, verdict: Verdict, now: datetime, *, full: bool) -> DocumentCheck:
    check = _document_check(ports.settings.timezone, verdict, now, None)
    return check if full or check.shown is None else replace(check, shown=without_consent(check.shown))


def check_document(ports: Ports, data: bytes | str, *, now: datetime | None = None) -> DocumentCheck:
    """Check what somebody brought: one credential or a CLR in JSON. Never raises for its content; nothing is stored."""
    now = now or ports.now()
    home = find_home(ports)
    with ports.sessions.read() as session:
        document: bytes | str | Mapping[str, Any] = data
        row = None
        try:
            parsed = jsontext.loads(data, COLLECTION_LIMITS)
        except ParsingError:
            parsed = None  # the verification below says what is wrong with it
        if isinstance(parsed, dict):
            row = _own_row(session, home, parsed)
        verdict = _verdict(ports, session, home, document, row, now, limits=limits_of(parsed))
        verdict = replace(verdict, nested=_nested(ports, session, home, verdict, now))
        own_url = home.links.verification(row.code) if row is not None and home is not None else None
    return _document_check(ports.settings.timezone, verdict, now, own_url)


def check_alone(data: bytes | str, *, now: datetime, timezone: tzinfo) -> DocumentCheck:
    """The same without a home: only what the document proves by itself (``did:key``) can be known."""
    try:
        parsed = jsontext.loads(data, COLLECTION_LIMITS)
    except ParsingError:
        parsed = None
    material = Material(resolve=_nobody, status_list=_nobody, trusted={}, own_dids=frozenset())
    verdict = validate(verify_credential(data, material=material, now=now, limits=limits_of(parsed)))
    return _document_check(timezone, verdict, now, None)


def limits_of(parsed: object) -> Limits:
    """The bounds for a document: a collection of credentials may be larger than one."""
    kinds = parsed.get("type") if isinstance(parsed, dict) else None
    kinds = kinds if isinstance(kinds, list) else [kinds]
    collection = "ClrCredential" in kinds or "VerifiablePresentation" in kinds
    return COLLECTION_LIMITS if collection else CREDENTIAL_LIMITS


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


# --- how a verdict comes about


def _verdict(
    ports: Ports,
    session: Session,
    home: HomeView | None,
    source: bytes | str | Mapping[str, Any],
    row: Credential | None,
    now: datetime,
    limits: Limits = CREDENTIAL_LIMITS,
) -> Verdict:
    material = own_material(ports, session, home, row)
    return validate(verify_credential(source, material=material, now=now, limits=limits))


def _of_this_code(verdict: Verdict, row: Credential) -> Verdict:
    """A genuine document under another one's code answers for neither: consent and register are those of the other one."""
    if verdict.result.credential_id == row.id or not verdict.result.authentic:
        return verdict
    reason = Message(N_("What is kept under this code is not what was issued under it."))
    return replace(verdict, state=State.ALTERED, verified=False, reason=reason)


def _nested(
    ports: Ports, session: Session, home: HomeView | None, verdict: Verdict, now: datetime
) -> tuple[Verdict, ...]:
    """The verdicts on what is inside a learner record, once more where our own register knows what no list says."""
    own = [inner.result.credential_id for inner in verdict.nested if home and inner.result.issuer == home.did]
    known = practice.credentials_by_ids(session, [found for found in own if found]) if own else {}
    dead = {key: row for key, row in known.items() if row.suspended_at or row.superseded_by or row.revoked_at}
    return tuple(
        _verdict(ports, session, home, inner.result.document, dead[inner.result.credential_id], now)
        if inner.result.document is not None and inner.result.credential_id in dead
        else inner
        for inner in verdict.nested
    )


def own_material(ports: Ports, session: Session, home: HomeView | None, row: Credential | None) -> Material:
    """What this school holds on its own shelves: its DID document, its status lists, its register. Nothing is fetched."""
    if home is None:
        return Material(resolve=_nobody, status_list=_nobody, trusted={}, own_dids=frozenset())
    document = publish.did_document(ports, home)

    def status_list(url: str) -> Mapping[str, Any] | None:
        prefix, _, number = url.rpartition("/")
        if not (number.isascii() and number.isdigit()) or len(number) > 9:
            return None
        if url != home.identity_links.status_list(int(number)) or not prefix:
            return None
        found = status_lists.get(session, int(number))
        if found is None:
            return None
        parsed = jsontext.loads(found.body)
        return parsed if isinstance(parsed, dict) else None

    record = None
    if row is not None:
        record = RecordFacts(
            revoked_at=row.revoked_at,
            revocation_reason=row.revocation_reason,
            suspended_at=row.suspended_at,
            superseded_by=row.superseded_by,
            superseded_at=row.superseded_at,
        )
    return Material(
        resolve=lambda did: document if did == home.did else None,
        status_list=status_list,
        trusted={home.did: TrustedIssuer(home.did, home.name, None, own=True)},
        own_dids=frozenset({home.did}),
        record=record,
    )


def _nobody(_: str) -> None:
    return None


def _own_row(session: Session, home: HomeView | None, document: Mapping[str, Any]) -> Credential | None:
    named = references(document)
    if home is None or named.issuer != home.did or named.credential_id is None:
        return None
    return credentials.get(session, named.credential_id)


def _steps(result: VerificationResult) -> tuple[StepView, ...]:
    return tuple(StepView(step.name, step.outcome.value, step.reason, step.code) for step in result.steps)


def _details(result: VerificationResult, fingerprint: bytes | None) -> dict[str, str]:
    details = {}
    if result.credential_id:
        details["id"] = result.credential_id
    if result.issuer:
        details["issuer"] = result.issuer
    if fingerprint:
        details["sha256"] = fingerprint.hex()
    return details


def _document_check(timezone: tzinfo, verdict: Verdict, now: datetime, own_url: str | None) -> DocumentCheck:
    result = verdict.result
    facts = fingerprint = None
    if result.document is not None and result.authentic:
        fingerprint = digest(result.document)
        facts = shown(read_badge(result.document), timezone)
    return DocumentCheck(
        state=verdict.state.value,
        verified=verdict.verified,
        exit_code=EXIT_CODES[verdict.state],
        reason=verdict.reason,
        checked_at=now,
        steps=_steps(result),
        problems=result.problems,
        shown=facts,
        rosette=rosette_path(fingerprint) if fingerprint else None,
        credential_id=result.credential_id if facts else None,
        own_url=own_url if facts else None,
        nested=tuple(_document_check(timezone, inner, now, None) for inner in verdict.nested),
        details=_details(result, fingerprint) if facts else {},
    )


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
