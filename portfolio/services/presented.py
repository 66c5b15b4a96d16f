"""Verify a presentation: its own proofs and each credential in it, with what this school's register says of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from portfolio.errors import N_, InvalidChallengeError, Message
from portfolio.ports import Ports
from portfolio.services import challenges
from portfolio.services.material import own_material, own_row, profile_of
from portfolio.services.setup import find_home
from portfolio.vc.jose import is_token, read_token
from portfolio.vc.validation import PresentationVerdict, State, validate, validate_presentation
from portfolio.vc.verification import Outcome, verify_credential, verify_presentation


def check_presentation(
    ports: Ports, source: str | Mapping[str, Any], domain: str | Sequence[str] | None, challenge: str | None
) -> PresentationVerdict:
    """The verdict. Never raises for its content. One of our challenges that it answers is answered thereby, once."""
    now, home = ports.now(), find_home(ports)
    with ports.sessions.read() as session:
        material = own_material(ports, session, home, None)
        profile = profile_of(ports)
        found = verify_presentation(
            source, material=material, now=now, domain=domain, challenge=challenge, profile=profile
        )
        verdict = validate_presentation(found)
        inside = []
        for inner in verdict.credentials:
            document = inner.result.document
            row = own_row(ports, session, home, document) if document is not None and inner.result.authentic else None
            if row is None or document is None:
                inside.append(inner)
                continue
            own = own_material(ports, session, home, row)
            inside.append(validate(verify_credential(document, material=own, now=now, profile=profile)))
    verdict = replace(verdict, credentials=tuple(inside))
    for inner in inside:
        if verdict.verified and not inner.verified:
            verdict = replace(verdict, state=inner.state, verified=False, reason=inner.reason)
    return _answering(ports, verdict, _challenges(verdict, source))


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
