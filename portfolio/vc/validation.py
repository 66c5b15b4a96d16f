"""Validation: one verifier's own rules over the facts, and the one word that comes out.

The states in order of precedence; the first that applies is the verdict:

``unreadable``      it is no credential, or one that is built wrongly and whose signature does not fail
``altered``         the signature does not hold, is missing, or is not the issuer's own; it holds, and leaves open which part
                    of the file says what; or a credential inside a learner record does not hold
``revoked``, ``superseded``, ``suspended``, ``expired``, ``not_yet_valid``
                    it is genuine, and not in force
``status_unknown``  it is genuine; whether it was revoked cannot be told
``issuer_unknown``  who stands behind it cannot be told: an issuer who is not known here, one whose key is not to be had
                    here, or a signature of a kind that is not known here
``valid``           everything that the policy asks for holds

A file whose signature fails is ``altered`` also when its form is broken: the alteration is the graver news, and it explains
the form. Only ``valid`` is verified.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from portfolio.errors import N_, Message
from portfolio.vc.verification import STEPS, Outcome, PresentationResult, Step, VerificationResult
from portfolio.vc.verification.facts import find_step

DECISIVE: frozenset[str] = frozenset(("signature", "structure", "issuer", "trust", "dates", "status"))
"""The steps that decide unless a policy says otherwise; the others inform."""

_INDISPENSABLE = frozenset(("signature", "structure", "issuer"))


class State(StrEnum):
    """What a verifier says of a credential, in order of precedence."""

    UNREADABLE = "unreadable"
    ALTERED = "altered"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    STATUS_UNKNOWN = "status_unknown"
    ISSUER_UNKNOWN = "issuer_unknown"
    VALID = "valid"


EXIT_CODES: Mapping[State, int] = MappingProxyType(
    {
        State.UNREADABLE: 1,
        State.ALTERED: 1,
        State.REVOKED: 2,
        State.SUPERSEDED: 2,
        State.SUSPENDED: 2,
        State.EXPIRED: 3,
        State.NOT_YET_VALID: 3,
        State.STATUS_UNKNOWN: 4,
        State.ISSUER_UNKNOWN: 4,
        State.VALID: 0,
    }
)
"""What a program that checks a credential exits with."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The steps that must hold. ValueError for a policy without signature, structure and issuer, which would ask nothing.

    Steps that it leaves out do not change the state, whatever they found.
    """

    required: frozenset[str] = DECISIVE

    def __post_init__(self) -> None:
        if not self.required >= _INDISPENSABLE or not self.required <= set(STEPS):
            raise ValueError("a policy asks for signature, structure and issuer, and for steps that there are")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, whether it is a yes, and the sentence that says why; ``result`` has the facts.

    nested: the verdicts on the credentials inside a learner record, by the same policy and in its order.
    """

    state: State
    verified: bool
    reason: Message
    result: VerificationResult
    nested: tuple[Verdict, ...] = ()

    @property
    def exit_code(self) -> int:
        """What a program that checked this exits with."""
        return EXIT_CODES[self.state]


# What a step that does not hold makes of the credential, where its reason does not say it. Only steps that a policy asks
# for are looked at, so the informing ones stand here for the policies that do.
_FAILURES: Mapping[str, State] = {
    "signature": State.ALTERED,
    "structure": State.UNREADABLE,
    "issuer": State.ALTERED,
    "holder": State.ALTERED,
    "schema": State.UNREADABLE,
    "endorsements": State.ALTERED,
    "ledger": State.ALTERED,
}
_UNCERTAINTIES: Mapping[str, State] = {
    "signature": State.ISSUER_UNKNOWN,
    "issuer": State.ISSUER_UNKNOWN,
    "holder": State.ISSUER_UNKNOWN,
    "trust": State.ISSUER_UNKNOWN,
}
_ALTERED = frozenset(("ambiguous", "nested_altered", "other_signer"))
_PRECEDENCE = tuple(State)
_PRESENTATION = frozenset(("signature", "structure", "holder", "dates"))  # what is said of itself


def validate(result: VerificationResult, policy: Policy | None = None) -> Verdict:
    """The verdict of a verifier with this policy (by default: all decisive steps) on these facts."""
    chosen = policy or Policy()
    nested = tuple(validate(inner, chosen) for inner in result.nested)
    found = _states(result.steps, chosen.required)
    if found:
        state, reason = min(found, key=lambda item: _PRECEDENCE.index(item[0]))
        return Verdict(state, False, reason, result, nested)
    reason = Message(N_("Genuine and in force. The organisation that signed it is known here."))
    return Verdict(State.VALID, True, reason, result, nested)


@dataclass(frozen=True, slots=True)
class PresentationVerdict:
    """The word on a presentation and everything in it; ``credentials`` has the verdict on each, by the same policy."""

    state: State
    verified: bool
    reason: Message
    result: PresentationResult
    credentials: tuple[Verdict, ...] = ()

    @property
    def exit_code(self) -> int:
        """What a program that checked this exits with."""
        return EXIT_CODES[self.state]


def validate_presentation(result: PresentationResult, policy: Policy | None = None) -> PresentationVerdict:
    """The verdict on a presentation: the gravest of what is to be said of itself and of each credential in it."""
    credentials = tuple(validate(inner, policy) for inner in result.credentials)
    found = _states(result.steps, _PRESENTATION)
    found += [(inner.state, inner.reason) for inner in credentials if not inner.verified]
    if found:
        state, reason = min(found, key=lambda item: _PRECEDENCE.index(item[0]))
        return PresentationVerdict(state, False, reason, result, credentials)
    reason = Message(N_("Presented by its holder. Every credential in it is genuine and in force."))
    return PresentationVerdict(State.VALID, True, reason, result, credentials)


def _states(steps: Sequence[Step], required: Collection[str]) -> list[tuple[State, Message]]:
    """The state that each required step which does not hold speaks for, with its reason; none when all hold."""
    altered = find_step(steps, "signature").fails
    found: list[tuple[State, Message]] = []
    for step in steps:
        if step.name not in required or step.holds:
            continue
        if step.code in _ALTERED or (altered and step.name in _INDISPENSABLE):
            state = State.ALTERED
        elif step.code == "not_checked":
            state = State.ISSUER_UNKNOWN  # the least grave: the step that it builds on speaks first
        elif step.outcome is Outcome.UNKNOWN:
            state = _UNCERTAINTIES.get(step.name, State.STATUS_UNKNOWN)
        elif step.name in ("dates", "status"):
            state = State(step.code)
        else:
            state = _FAILURES[step.name]
        found.append((state, step.reason))
    return found
