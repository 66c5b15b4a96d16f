"""The values of verification: what a verifier has at hand, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from portfolio.errors import N_, DocumentError, Message, Problem
from portfolio.vc.data_integrity import ProofResult
from portfolio.vc.did import Resolver

STEPS: Final = (
    "signature",
    "structure",
    "issuer",
    "trust",
    "dates",
    "status",
    "schema",
    "endorsements",
    "ledger",
)


class Outcome(StrEnum):
    """What can be said of one step."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what came out, why (for people), a short code of the reason (for programs), and the findings."""

    name: str
    outcome: Outcome
    reason: Message
    code: str
    problems: tuple[Problem, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether it holds; neither *fails* nor *unknown* does."""
        return self.outcome is Outcome.HOLDS

    @property
    def fails(self) -> bool:
        """Whether it fails, which *unknown* does not say."""
        return self.outcome is Outcome.FAILS


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What our own register says of a credential of ours. revocation_reason: its code; superseded_by: the newer one's id."""

    revoked_at: datetime | None = None
    revocation_reason: str | None = None
    suspended_at: datetime | None = None
    superseded_by: str | None = None
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer that this verifier knows, and why.

    since: from when; own: it is the school itself; kind: ``organisation`` (a partner) or ``school`` (of the network);
    agreement: the partner has signed one; source: the name of the school from whose list it is known, None where this
    school has decided itself; until: the last day (UTC) whose credentials count; scope: the credential types that it is
    known for, empty for all.
    """

    did: str
    name: str
    since: date | None = None
    own: bool = False
    kind: str = "organisation"
    agreement: bool = False
    source: str | None = None
    until: date | None = None
    scope: tuple[str, ...] = ()


def _nothing(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a verifier has at hand; nothing is fetched.

    resolve: DID or URL to its document; status_list: address to the list's credential; trusted: the issuers known here, by
    identifier; own_dids: those whose credentials we issue (both suites are asked of them); record: our register's facts
    about this very credential, looked at only when its issuer is one of ``own_dids``.
    """

    resolve: Resolver = _nothing
    status_list: Callable[[str], Mapping[str, object] | None] = _nothing
    trusted: Mapping[str, TrustedIssuer] = field(default_factory=dict)
    own_dids: frozenset[str] = frozenset()
    record: RecordFacts | None = None


@dataclass(frozen=True, slots=True)
class References:
    """What a credential refers to, and what a caller therefore lays ready; those of credentials inside it are among them.

    issuer, credential_id: of the document itself; issuers: of everything in it.
    """

    issuer: str | None = None
    credential_id: str | None = None
    status_list_urls: tuple[str, ...] = ()
    verification_methods: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusFact:
    """What came out of one ``credentialStatus`` entry. entry: as it stands in the document.

    purpose: what its list is for; value: its value there. Both are None where they could not be read.
    """

    entry: object
    step: Step
    purpose: str | None = None
    value: int | None = None


@dataclass(frozen=True, slots=True)
class SchemaFact:
    """What came out of one ``credentialSchema``. entry: as it stands in the document."""

    entry: object
    step: Step


@dataclass(frozen=True, slots=True)
class Endorsement:
    """Who confirms what, inside a credential.

    about: ``credential``, ``achievement`` or ``issuer``; endorsed: its id. outcome: *holds* for a genuine endorsement in force,
    of this very thing, by an endorser who is known here. endorser: its issuer's id, as it says; endorser_name, comment: who
    says what, given only when the endorser has signed it. result: all that is known of it; its step *trust* tells of the
    endorser.
    """

    about: str
    endorsed: str | None
    outcome: Outcome
    endorser: str | None
    endorser_name: str | None
    comment: str | None
    result: VerificationResult


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """The facts. document: what was read, None when it could not be; its members are facts only when ``authentic``.

    envelope: ``vc+jwt`` or ``JWT`` where the document came in a token, which then stands for its proof. proofs, statuses,
    schemas: what came out of each proof, status entry and schema, in the document's order; the last two only of an authentic
    document.
    issuer, credential_id, valid_from and valid_until are as the document says; trusted_issuer and record, what this verifier
    knows of its issuer and what our register says of it, are given of an authentic document only.
    nested: the same for the credentials that the document carries, in its order; endorsements: who confirms it.
    """

    document: Mapping[str, object] | None
    steps: tuple[Step, ...]
    issuer: str | None = None
    credential_id: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    trusted_issuer: TrustedIssuer | None = None
    record: RecordFacts | None = None
    nested: tuple[VerificationResult, ...] = ()
    endorsements: tuple[Endorsement, ...] = ()
    envelope: str | None = None
    proofs: tuple[ProofResult, ...] = ()
    statuses: tuple[StatusFact, ...] = ()
    schemas: tuple[SchemaFact, ...] = ()

    def step(self, name: str) -> Step:
        """The step of this name. KeyError when there is no such step."""
        return find_step(self.steps, name)

    @property
    def authentic(self) -> bool:
        """Whether the issuer whom the document names signed it as it stands: only then may it be shown as fact."""
        return all(self.step(name).holds for name in ("signature", "structure", "issuer"))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The findings of all steps, in their order."""
        return tuple(problem for step in self.steps for problem in step.problems)


def find_step(steps: Iterable[Step], name: str) -> Step:
    """The step of this name. KeyError when there is no such step."""
    for step in steps:
        if step.name == name:
            return step
    raise KeyError(name)


# Findings of ours that say nothing against a signature, which W3C VCALM calls warnings.
_WARNINGS: Final = {
    "issuer_unknown": ("/problems#issuer-unknown", N_("The organisation is not known here.")),
    "not_yet_valid": ("/problems#not-yet-valid", N_("The credential is not yet in force.")),
    "expired": ("/problems#expired", N_("The credential has expired.")),
    "suspended": ("/problems#suspended", N_("The credential is on hold.")),
    "superseded": ("/problems#superseded", N_("A newer version of this credential exists.")),
    "revoked": ("/problems#revoked", N_("The credential was revoked.")),
}


def holds(name: str, text: str, /, *, code: str = "ok", **gaps: object) -> Step:
    """A step that holds, with the sentence that says so and what fills its gaps."""
    return Step(name, Outcome.HOLDS, Message(text, gaps), code)


def fails(name: str, text: str, code: str, *errors: DocumentError) -> Step:
    """A step that fails, with the errors that made it."""
    return Step(name, Outcome.FAILS, Message(text), code, tuple(error.problem() for error in errors))


def unknown(name: str, text: str, code: str, *errors: DocumentError) -> Step:
    """A step that cannot be told, with the errors that stood in the way."""
    return Step(name, Outcome.UNKNOWN, Message(text), code, tuple(error.problem() for error in errors))


def warns(name: str, outcome: Outcome, text: str, code: str, /, **gaps: object) -> Step:
    """A step that does not hold although the signature may: its finding is one of the product's own warnings."""
    kind, title = _WARNINGS[code]
    return Step(name, outcome, Message(text, gaps), code, (Problem(kind, title, severity="warning"),))


def not_taken(name: str) -> Step:
    """A step that builds on something that does not hold."""
    text = N_("Not checked, because the signature, the form or the signer of the file is not established.")
    return unknown(name, text, "not_checked")
