"""A presentation: who shows which credentials, to whom, and whether each of them holds.

Its own steps, in this order; a later one is not taken while one of the first three does not hold:

1. **signature** – every proof holds, made for *authentication*, and for the domain and the challenge that were asked for.
   A presentation that nobody signed is none.
2. **structure** – VCDM 2.0 §4.13, the known context arrays, nothing outside the signature's reach.
3. **holder** – where it names its holder, every proof was made with a key of the holder.
4. **dates** – now lies, give or take five minutes, between each proof's ``created`` and ``expires``.
5. **credentials** – each credential inside is verified by itself, as if it had come alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from portfolio.errors import N_, OrientirError, ParsingError, Problem
from portfolio.vc.canonicalization import COLLECTION_LIMITS, Limits
from portfolio.vc.credential import identifier_of, types_of
from portfolio.vc.data_integrity import ProofResult
from portfolio.vc.envelopes import is_envelope
from portfolio.vc.presentation import check_presentation, presented
from portfolio.vc.profile import STRICT, Profile
from portfolio.vc.proof_check import UnsupportedProof
from portfolio.vc.verification.dates import proof_dates
from portfolio.vc.verification.examination import examine
from portfolio.vc.verification.facts import (
    Material,
    Outcome,
    Step,
    VerificationResult,
    fails,
    find_step,
    holds,
    not_taken,
    unknown,
)
from portfolio.vc.verification.meaning import meaning_problems
from portfolio.vc.verification.setting import Setting
from portfolio.vc.verification.signature import UNKNOWN_KIND, Expectation, Signature, examine_signature
from portfolio.vc.verification.sources import Source, read_source

PRESENTATION_STEPS: Final = ("signature", "structure", "holder", "dates", "credentials")
_ESTABLISHING: Final = PRESENTATION_STEPS[:3]


@dataclass(frozen=True, slots=True)
class PresentationResult:
    """The facts. document: what was read, None when it could not be; its members are facts only when ``authentic``.

    holder: who presents, as the document or its token says; proofs: what came out of each proof, in the document's order;
    envelope: ``vp+jwt`` or ``JWT`` where it came in a token; credentials: the result for each credential, in its order.
    """

    document: Mapping[str, object] | None
    steps: tuple[Step, ...]
    holder: str | None = None
    envelope: str | None = None
    proofs: tuple[ProofResult, ...] = ()
    credentials: tuple[VerificationResult, ...] = ()

    def step(self, name: str) -> Step:
        """The step of this name. KeyError when there is no such step."""
        return find_step(self.steps, name)

    @property
    def authentic(self) -> bool:
        """Whether the holder whom the document names signed it as it stands."""
        return all(self.step(name).holds for name in _ESTABLISHING)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The findings of all its own steps, and those of the credentials inside."""
        inner = tuple(problem for result in self.credentials for problem in result.problems)
        return tuple(problem for step in self.steps for problem in step.problems) + inner


def is_presentation(document: object) -> bool:
    """Whether an object says that it is a presentation, or the envelope of one."""
    if not isinstance(document, Mapping):
        return False
    return "VerifiablePresentation" in types_of(document) or is_envelope(document, "vp")


def verify_presentation(
    source: bytes | str | Mapping[str, object],
    *,
    material: Material,
    now: datetime,
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
    limits: Limits = COLLECTION_LIMITS,
    profile: Profile = STRICT,
) -> PresentationResult:
    """Take every step for one presentation: a JSON text, a compact JWS, or an object, which may be an envelope. Never raises.

    domain, challenge: what the presentation must have been made for; whether a challenge was used before is for the caller.
    """
    try:
        found = read_source(source, "vp", limits)
    except UnsupportedProof as error:
        step = replace(unknown("signature", UNKNOWN_KIND, error.code), problems=(error.problem(),))
        return _without(step)
    except OrientirError as error:
        text = N_("The file could not be read as a presentation.")
        return _without(replace(fails("structure", text, "unreadable"), problems=(error.problem(),)))
    if "VerifiablePresentation" not in types_of(found.document) and "proof" not in found.document:
        other = ParsingError("the file is not a verifiable presentation", path="$")
        text = N_("The file could not be read as a presentation.")
        return _without(fails("structure", text, "unreadable", other))
    expected = Expectation("authentication", domain, challenge)
    return _Presentation(found, Setting.of(material, now, profile), expected).result()


def _without(step: Step) -> PresentationResult:
    return PresentationResult(
        None, tuple(step if name == step.name else not_taken(name) for name in PRESENTATION_STEPS)
    )


class _Presentation:
    """One presentation before one verifier."""

    def __init__(self, source: Source, setting: Setting, expected: Expectation) -> None:
        self.document = source.document
        self.token = source.token
        self.setting = setting
        self.holder = identifier_of(source.document.get("holder"))
        self.found: Signature = examine_signature(
            source.document, source.token, setting, expected, own=False, contexts=self._contexts
        )

    def _contexts(self) -> None:
        self.setting.profile.check_presentation_contexts(self.document)

    def result(self) -> PresentationResult:
        """The steps in order."""
        established = [self.found.step, self.structure(), self.holder_step()]
        credentials: tuple[VerificationResult, ...] = ()
        if all(step.holds for step in established):
            inside = self.setting.inside()
            credentials = tuple(examine(credential, inside) for credential in presented(self.document))
            later = [proof_dates(self.found.untimely), _credentials(credentials)]
        else:
            later = [not_taken(name) for name in PRESENTATION_STEPS if name not in _ESTABLISHING]
        return PresentationResult(
            document=self.document,
            steps=(*established, *later),
            holder=self.token.signer if self.token is not None else self.holder,
            envelope=None if self.token is None else self.token.profile,
            proofs=self.found.proofs,
            credentials=credentials,
        )

    def structure(self) -> Step:
        """The data model and the vocabulary; nothing that the signature does not reach."""
        problems = check_presentation(self.document)
        if self.found.meaningless is not None:
            text = N_("The file uses words that are not known here, or cannot be brought to the form that is signed.")
            problems.insert(0, self.found.meaningless.problem())
            return replace(fails("structure", text, "unknown_vocabulary"), problems=tuple(problems))
        problems += [] if problems else meaning_problems(self.document, self.found.proofs, self.setting.profile)
        if problems:
            text = N_("The file is not built as a presentation must be.")
            return replace(fails("structure", text, "malformed"), problems=tuple(problems))
        return holds("structure", N_("The file is built as a presentation must be."))

    def holder_step(self) -> Step:
        """The controller of every key is the holder, where the presentation names one."""
        proofs = self.found.proofs
        if not proofs or any(result.method is None for result in proofs):
            return not_taken("holder")
        if self.holder is None:
            return holds("holder", N_("The file does not say who presents it."), code="no_holder")
        if any(result.method is None or result.method.controller != self.holder for result in proofs):
            other = ParsingError("a proof was made with a key of someone else", path="$.proof.verificationMethod")
            text = N_("The file was signed by someone other than the holder it names.")
            return fails("holder", text, "other_signer", other)
        return holds("holder", N_("The holder whom the file names has signed it."))


def _credentials(results: Sequence[VerificationResult]) -> Step:
    if not results:
        return holds("credentials", N_("There is no credential in this presentation."), code="no_credentials")
    decisive = [step for result in results for step in result.steps[:6]]
    if any(step.outcome is Outcome.FAILS for step in decisive):
        return fails("credentials", N_("A credential in this presentation does not hold."), "credential_fails")
    if not all(step.holds for step in decisive):
        text = N_("Of a credential in this presentation not everything could be checked.")
        return unknown("credentials", text, "credential_unknown")
    return holds("credentials", N_("Every credential in this presentation holds."))
