"""The step *endorsements*: who confirms this credential, its achievement or its issuer, and whether that holds.

Open Badges 3.0 lets an EndorsementCredential stand in what it endorses, as an object (``endorsement``), which is read under the
context of the credential around it, or as a compact JWS (``endorsementJwt``). Each is verified as a credential of its own; it
must be about the thing that it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from portfolio.errors import N_
from portfolio.vc.credential import each, identifier_of, objects, types_of
from portfolio.vc.open_badges.read import read_endorsement
from portfolio.vc.verification.facts import STEPS, Endorsement, Outcome, Step, VerificationResult, fails, holds, unknown

_DECISIVE: Final = STEPS[:6]
_MEMBERS: Final = ("endorsement", "endorsementJwt")

Examine = Callable[[object], VerificationResult]


def endorsement_facts(document: Mapping[str, object], examine: Examine) -> tuple[Endorsement, ...]:
    """Every endorsement in the document, in its order. examine: what verifies one of them."""
    found: list[Endorsement] = []
    for about, holder in _holders(document):
        for name in _MEMBERS:
            if name in holder:
                found.extend(_fact(item, name, about, holder, document, examine) for item, _ in each(holder[name], ""))
    return tuple(found)


def endorsements_step(found: tuple[Endorsement, ...]) -> Step:
    """Each of them genuine, in force, by somebody who is known here, and about the thing that it stands in."""
    if not found:
        return unknown(
            "endorsements", N_("Nobody else has confirmed this credential inside the file."), "no_endorsements"
        )
    outcomes = {fact.outcome for fact in found}
    if Outcome.FAILS in outcomes:
        return fails("endorsements", N_("A confirmation inside the file does not hold."), "endorsement_fails")
    if Outcome.UNKNOWN in outcomes:
        text = N_("A confirmation inside the file could not be checked.")
        return unknown("endorsements", text, "endorsement_unknown")
    return holds("endorsements", N_("Every confirmation inside the file holds."))


def _holders(document: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    yield "credential", document
    for issuer in objects(document.get("issuer")):
        yield "issuer", issuer
    for subject in objects(document.get("credentialSubject")):
        for achievement in objects(subject.get("achievement")):
            yield "achievement", achievement


def _fact(
    item: object,
    name: str,
    about: str,
    holder: Mapping[str, object],
    document: Mapping[str, object],
    examine: Examine,
) -> Endorsement:
    if name == "endorsement" and isinstance(item, Mapping):
        item = {"@context": document["@context"], **item}
    elif name == "endorsement" or not isinstance(item, str):
        item = None  # an object where a token belongs, or the other way round
    result = examine(item)
    endorsed = identifier_of(holder)
    named = result.document or {}
    subjects = {identifier_of(subject) for subject in objects(named.get("credentialSubject"))}
    decisive = [result.step(step) for step in _DECISIVE]
    outcome = Outcome.HOLDS
    if any(step.fails for step in decisive) or (
        result.document is not None and ("EndorsementCredential" not in types_of(named) or subjects != {endorsed})
    ):
        outcome = Outcome.FAILS
    elif not all(step.holds for step in decisive):
        outcome = Outcome.UNKNOWN
    said = read_endorsement(named) if result.authentic and outcome is not Outcome.FAILS else None
    return Endorsement(
        about=about,
        endorsed=endorsed,
        outcome=outcome,
        endorser=result.issuer,
        endorser_name=said.issuer_name if said else None,
        comment=said.comment if said else None,
        result=result,
    )
