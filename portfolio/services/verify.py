"""Answer the question «may I believe this?»: by code, for a document, for a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from portfolio.errors import (
    N_,
    Closed,
    Message,
    NotFound,
    ParsingError,
    Problem,
)
from portfolio.permalinks import grouped, normalized_code
from portfolio.ports import Ports
from portfolio.services.fetch import Allowance, fetch_missing
from portfolio.services.issuers import own_issuers
from portfolio.services.material import own_material, own_row, profile_of
from portfolio.services.offline import NOTHING, Handed, in_own_words, with_handed
from portfolio.services.setup import HomeView, found_home, home_of
from portfolio.services.shown import Shown, shown, without_consent
from portfolio.storage import consents, credentials, practice
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS, CREDENTIAL_LIMITS, Limits
from portfolio.vc.open_badges import read_badge
from portfolio.vc.rosette import digest, rosette_path
from portfolio.vc.validation import EXIT_CODES, State, Verdict, validate
from portfolio.vc.verification import (
    STEPS,
    Material,
    Outcome,
    VerificationResult,
    verify_credential,
)
from portfolio.vc.verification.facts import not_taken

MAXIMUM_BYTES = COLLECTION_LIMITS.bytes


@dataclass(frozen=True)
class StepView:
    """One named check. result: holds | fails | unknown; reason: why, in a sentence."""

    name: str
    result: str
    reason: Message
    code: str


@dataclass(frozen=True)
class EndorsementView:
    """Who confirms a credential inside its own file. name, comment: as they signed; state: of their confirmation."""

    name: str | None
    comment: str | None
    state: str
    reason: Message
    made_at: datetime | None
    language: str | None


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
    endorsements: Sequence[EndorsementView]
    details: Mapping[str, str]


@dataclass(frozen=True)
class DocumentCheck:
    """What became of a document that somebody brought. shown: None unless its signature holds.

    own_url: its page here, where it stands in our register; revoked_at, revocation_reason, superseded_by_url: what the
    register says of it; result: every fact, for programs, None where no document was found.
    """

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
    nested: Sequence[DocumentCheck]
    endorsements: Sequence[EndorsementView]
    details: Mapping[str, str]
    own_url: str | None = None
    revoked_at: datetime | None = None
    revocation_reason: str | None = None
    superseded_by_url: str | None = None
    result: VerificationResult | None = None


def by_code(ports: Ports, text: str, *, now: datetime | None = None) -> CodeCheck:
    """The credential behind a printed code. Raises NotFound, and Closed when the family withdrew its consent to processing."""
    code = normalized_code(text)
    if code is None:
        raise NotFound
    now = now or ports.now()
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
        inside = nested(ports, session, home, verdict.nested, now)
        entry = _entry(session, home, row)
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
        issuer_name=result.trusted_issuer.name if result.trusted_issuer else home.name,
        issuer_did=result.trusted_issuer.did if result.trusted_issuer else home.did,
        revoked_at=entry.revoked_at,
        revocation_reason=entry.revocation_reason,
        superseded_by_url=entry.superseded_by_url,
        nested=tuple(_masked(check, full=publication) for check in inner_checks(ports, inside, now)),
        endorsements=_endorsements(result) if facts is not None else (),
        details=_details(result, fingerprint),
    )


def _masked(check: DocumentCheck, *, full: bool) -> DocumentCheck:
    return check if full or check.shown is None else replace(check, shown=without_consent(check.shown))


def check_document(
    ports: Ports,
    data: bytes | str,
    *,
    now: datetime | None = None,
    brought: Handed = NOTHING,
    allowance: Allowance | None = None,
) -> DocumentCheck:
    """Check what somebody brought: one credential or a CLR in JSON. Never raises for its content; nothing is stored.

    brought: the files that whoever asks handed in with it. allowance: how much the hosts of registered issuers may be asked
    for what is missing, once the signature holds.
    """
    now = now or ports.now()
    with ports.sessions.read() as session:
        home = found_home(session, ports)
        row = None
        try:
            parsed = jsontext.loads(data, COLLECTION_LIMITS)
        except ParsingError:
            parsed = None  # the verification below says what is wrong with it
        if isinstance(parsed, dict):
            row = own_row(ports, session, home, parsed)
        verdict = _verdict(ports, session, home, data, row, now, limits=limits_of(parsed), brought=brought)
        inside = nested(ports, session, home, verdict.nested, now)
        entry = _entry(session, home, row) if row is not None and home is not None else None
    if home is not None and fetch_missing(ports, home, verdict.result, allowance or Allowance()):
        return check_document(ports, data, now=now, brought=brought, allowance=Allowance(0))
    check = document_check(ports.settings.timezone, verdict, now, entry)
    return replace(check, nested=inner_checks(ports, inside, now))


def check_alone(data: bytes | str, *, now: datetime, timezone: tzinfo, brought: Handed = NOTHING) -> DocumentCheck:
    """The same without a home: what the document proves by itself (``did:key``), and by what was handed in with it."""
    try:
        parsed = jsontext.loads(data, COLLECTION_LIMITS)
    except ParsingError:
        parsed = None
    material = with_handed(Material(), brought)
    verdict = validate(verify_credential(data, material=material, now=now, limits=limits_of(parsed)))
    return document_check(timezone, in_own_words(verdict, brought, Material()), now)


def not_opened(reason: Message, now: datetime) -> DocumentCheck:
    """What is to be said of a file in which no document was found. reason: why."""
    steps = tuple(
        StepView(name, Outcome.FAILS.value, reason, "unreadable")
        if name == "structure"
        else StepView(name, Outcome.UNKNOWN.value, step.reason, step.code)
        for name in STEPS
        for step in (not_taken(name),)
    )
    return DocumentCheck(
        state=State.UNREADABLE.value,
        verified=False,
        exit_code=EXIT_CODES[State.UNREADABLE],
        reason=reason,
        checked_at=now,
        steps=steps,
        problems=(ParsingError("no document was found in the file").problem(),),
        shown=None,
        rosette=None,
        credential_id=None,
        nested=(),
        endorsements=(),
        details={},
    )


def limits_of(parsed: object) -> Limits:
    """The bounds for a document: a collection of credentials may be larger than one."""
    kinds = parsed.get("type") if isinstance(parsed, dict) else None
    kinds = kinds if isinstance(kinds, list) else [kinds]
    collection = "ClrCredential" in kinds or "VerifiablePresentation" in kinds
    return COLLECTION_LIMITS if collection else CREDENTIAL_LIMITS


# --- how a verdict comes about


def _verdict(
    ports: Ports,
    session: Session,
    home: HomeView | None,
    source: bytes | str | Mapping[str, Any],
    row: Credential | None,
    now: datetime,
    limits: Limits = CREDENTIAL_LIMITS,
    brought: Handed = NOTHING,
) -> Verdict:
    own = own_material(ports, session, home, row)
    material = with_handed(own, brought)
    result = verify_credential(source, material=material, now=now, limits=limits, profile=profile_of(ports))
    return in_own_words(validate(result), brought, own)


def _of_this_code(verdict: Verdict, row: Credential) -> Verdict:
    """A genuine document under another one's code answers for neither: consent and register are those of the other one."""
    if verdict.result.credential_id == row.id or not verdict.result.authentic:
        return verdict
    reason = Message(N_("What is kept under this code is not what was issued under it."))
    return replace(verdict, state=State.ALTERED, verified=False, reason=reason)


@dataclass(frozen=True)
class _Entry:
    """What our register says of one of its credentials."""

    url: str
    revoked_at: datetime | None
    revocation_reason: str | None
    superseded_by_url: str | None


def _entry(session: Session, home: HomeView, row: Credential) -> _Entry:
    newer = credentials.get(session, row.superseded_by) if row.superseded_by else None
    newer_url = home.links.verification(newer.code) if newer else None
    return _Entry(home.links.verification(row.code), row.revoked_at, row.revocation_reason, newer_url)


def nested(
    ports: Ports, session: Session, home: HomeView | None, verdicts: Sequence[Verdict], now: datetime
) -> tuple[tuple[Verdict, _Entry | None], ...]:
    """The verdicts on what is inside a record or a presentation, once more where our own register knows what no list says; and
    its entries."""
    issuers = own_issuers(ports, home) if home and verdicts else {}
    own = {inner.result.credential_id for inner in verdicts if inner.result.issuer in issuers}
    known = practice.credentials_by_ids(session, [found for found in own if found]) if own else {}
    found: list[tuple[Verdict, _Entry | None]] = []
    for inner in verdicts:
        document = inner.result.document
        row = known.get(inner.result.credential_id or "") if inner.result.issuer in issuers else None
        if row is None or home is None or document is None:
            found.append((inner, None))
            continue
        if row.suspended_at or row.superseded_by or row.revoked_at:
            inner = _verdict(ports, session, home, document, row, now)
        found.append((inner, _entry(session, home, row)))
    return tuple(found)


def inner_checks(
    ports: Ports, inside: Sequence[tuple[Verdict, _Entry | None]], now: datetime
) -> tuple[DocumentCheck, ...]:
    """The same as pages show it."""
    return tuple(document_check(ports.settings.timezone, verdict, now, entry) for verdict, entry in inside)


def _endorsements(result: VerificationResult) -> tuple[EndorsementView, ...]:
    """Who confirms it inside the file; of a confirmation that does not hold, nothing but that."""
    found: list[EndorsementView] = []
    for endorsement in result.endorsements:
        inner = endorsement.result
        verdict = validate(inner)
        if verdict.verified and endorsement.outcome is not Outcome.HOLDS:
            # Genuine, and about something else than what it stands in.
            reason = Message(N_("A confirmation inside the file does not hold."))
            verdict = replace(verdict, state=State.ALTERED, verified=False, reason=reason)
        if inner.document is None or not inner.authentic or verdict.state is State.ALTERED:
            found.append(EndorsementView(None, None, verdict.state.value, verdict.reason, None, None))
            continue
        badge = read_badge(inner.document)
        found.append(
            EndorsementView(
                endorsement.endorser_name,
                endorsement.comment,
                verdict.state.value,
                verdict.reason,
                badge.valid_from,
                badge.language,
            )
        )
    return tuple(found)


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


def document_check(timezone: tzinfo, verdict: Verdict, now: datetime, entry: _Entry | None = None) -> DocumentCheck:
    """A verdict as pages and programs get it. entry: what our register says of it."""
    result = verdict.result
    facts = fingerprint = None
    if result.document is not None and result.authentic:
        fingerprint = digest(result.document)
        facts = shown(read_badge(result.document), timezone)
    entry = entry if facts is not None else None
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
        nested=tuple(document_check(timezone, inner, now) for inner in verdict.nested),
        endorsements=_endorsements(result) if facts else (),
        details=_details(result, fingerprint) if facts else {},
        own_url=entry.url if entry else None,
        revoked_at=entry.revoked_at if entry else None,
        revocation_reason=entry.revocation_reason if entry else None,
        superseded_by_url=entry.superseded_by_url if entry else None,
        result=result,
    )
