"""Verify a presentation: its own proofs and each credential in it, with what this school's register says of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from portfolio.errors import N_, DocumentError, InvalidChallengeError, Message
from portfolio.ports import Ports
from portfolio.services import challenges, verify
from portfolio.services.fetch import Allowance, fetch_missing
from portfolio.services.material import own_material, profile_of
from portfolio.services.offline import NOTHING, Handed, with_handed
from portfolio.services.setup import find_home, found_home
from portfolio.services.verify import DocumentCheck, StepView
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS
from portfolio.vc.jose import is_token, read_token
from portfolio.vc.validation import PresentationVerdict, State, Verdict, validate_presentation
from portfolio.vc.verification import Material, Outcome, is_presentation, verify_presentation


def check_presentation(
    ports: Ports, source: str | Mapping[str, Any], domain: str | Sequence[str] | None, challenge: str | None
) -> PresentationVerdict:
    """The verdict. Never raises for its content. One of our challenges that it answers is answered thereby, once."""
    now, home = ports.now(), find_home(ports)
    with ports.sessions.read() as session:
        material = own_material(ports, session, home, None)
        found = verify_presentation(
            source, material=material, now=now, domain=domain, challenge=challenge, profile=profile_of(ports)
        )
        verdict = validate_presentation(found)
        inside = verify.nested(ports, session, home, verdict.credentials, now)
    verdict = _with_inside(verdict, [inner for inner, _ in inside])
    return _answering(ports, verdict, _challenges(verdict, source))


def check_file(
    ports: Ports, data: bytes | str, *, now: datetime, brought: Handed = NOTHING, allowance: Allowance | None = None
) -> DocumentCheck | None:
    """What a presentation that somebody brought is worth, with each credential in it; None for what is no presentation.

    Nothing was asked of its holder, so no challenge is looked for and none is used up: the answer does not say that whoever
    brought it is its holder. brought, allowance: as for ``verify.check_document``.
    """
    source = _presented(data)
    if source is None:
        return None
    with ports.sessions.read() as session:
        home = found_home(session, ports)
        material = with_handed(own_material(ports, session, home, None), brought)
        verdict = validate_presentation(
            verify_presentation(source, material=material, now=now, profile=profile_of(ports))
        )
        inside = verify.nested(ports, session, home, verdict.credentials, now)
    left = allowance or Allowance()
    asked = [home is not None and fetch_missing(ports, home, inner, left) for inner in verdict.result.credentials]
    if any(asked):
        return check_file(ports, data, now=now, brought=brought, allowance=Allowance(0))
    verdict = _with_inside(verdict, [inner for inner, _ in inside])
    return _document_check(verdict, verify.inner_checks(ports, inside, now), now)


def check_file_alone(
    data: bytes | str, *, now: datetime, timezone: tzinfo, brought: Handed = NOTHING
) -> DocumentCheck | None:
    """The same without a home, by what the files themselves prove."""
    source = _presented(data)
    if source is None:
        return None
    material = with_handed(Material(), brought)
    verdict = validate_presentation(verify_presentation(source, material=material, now=now))
    inside = tuple(verify.document_check(timezone, inner, now) for inner in verdict.credentials)
    return _document_check(verdict, inside, now)


def _presented(data: bytes | str) -> str | Mapping[str, Any] | None:
    """A presentation as it is verified: its object, or the text of its token."""
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    try:
        if is_token(text):
            claimed = read_token(text, "vp", COLLECTION_LIMITS).document
            return text.strip() if is_presentation(claimed) else None
        parsed = jsontext.loads(data, COLLECTION_LIMITS)
    except DocumentError:
        return None  # no presentation that can be read: what it is instead is for others to say
    return parsed if is_presentation(parsed) else None


def _with_inside(verdict: PresentationVerdict, inside: Sequence[Verdict]) -> PresentationVerdict:
    """The verdict with what our own register knows of the credentials inside."""
    verdict = replace(verdict, credentials=tuple(inside))
    for inner in inside:
        if verdict.verified and not inner.verified:
            verdict = replace(verdict, state=inner.state, verified=False, reason=inner.reason)
    return verdict


def _document_check(verdict: PresentationVerdict, inside: Sequence[DocumentCheck], now: datetime) -> DocumentCheck:
    result = verdict.result
    reason = verdict.reason
    if verdict.verified:
        reason = Message(
            N_(
                "Its holder put these confirmations together, and each is genuine and in force. That the person before you is "
                "its holder, a file cannot show."
            )
        )
    return DocumentCheck(
        state=verdict.state.value,
        verified=verdict.verified,
        exit_code=verdict.exit_code,
        reason=reason,
        checked_at=now,
        steps=tuple(StepView(step.name, step.outcome.value, step.reason, step.code) for step in result.steps),
        problems=result.problems,
        shown=None,
        rosette=None,
        credential_id=None,
        # Of a presentation whose own signature does not hold, nothing inside is told as if it belonged together.
        nested=tuple(inside) if result.authentic else (),
        endorsements=(),
        details={"holder": result.holder} if result.authentic and result.holder else {},
    )


def _challenges(verdict: PresentationVerdict, source: str | Mapping[str, Any]) -> set[str]:
    found = {proof.proof.get("challenge") for proof in verdict.result.proofs}
    text = source if isinstance(source, str) else str(source.get("id", "")).rpartition(",")[2]
    if verdict.result.envelope is not None and is_token(text):
        found.add(read_token(text, "vp").claims.get("nonce"))
    return {challenge for challenge in found if isinstance(challenge, str)}


def _answering(ports: Ports, verdict: PresentationVerdict, answered: set[str]) -> PresentationVerdict:
    """A presentation that holds uses up the challenges of ours that it answers; one that was used up refuses it."""
    if not verdict.verified:
        return verdict
    for challenge in sorted(answered):
        if not challenges.is_ours(ports, challenge):
            continue
        try:
            challenges.answer(ports, challenge)
        except InvalidChallengeError as error:
            reason = Message(N_("It answers a request that was answered before, or whose time is over."))
            steps = tuple(
                replace(step, outcome=Outcome.FAILS, reason=reason, code=error.code, problems=(error.problem(),))
                if step.name == "signature"
                else step
                for step in verdict.result.steps
            )
            result = replace(verdict.result, steps=steps)
            return replace(verdict, state=State.ALTERED, verified=False, reason=reason, result=result)
    return verdict
