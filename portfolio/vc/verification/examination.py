"""The steps themselves, for one document and those inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from portfolio.errors import (
    N_,
    DocumentError,
    MalformedValueError,
    OrientirError,
    ParsingError,
    Problem,
)
from portfolio.vc.canonicalization import COLLECTION_LIMITS, CREDENTIAL_LIMITS, Limits
from portfolio.vc.clr import nested_credentials
from portfolio.vc.credential import check_credential, each, identifier_of, objects, types_of, validity
from portfolio.vc.envelopes import is_envelope
from portfolio.vc.identifiers import check_identifiers
from portfolio.vc.jose import Token
from portfolio.vc.profile import STRICT, Profile
from portfolio.vc.proof_check import UnsupportedProof
from portfolio.vc.status_list import ENTRY_TYPE, check_entry
from portfolio.vc.verification.dates import dates_step
from portfolio.vc.verification.endorsements import endorsement_facts, endorsements_step
from portfolio.vc.verification.facts import (
    STEPS,
    Endorsement,
    Material,
    SchemaFact,
    StatusFact,
    Step,
    VerificationResult,
    fails,
    holds,
    not_taken,
    unknown,
)
from portfolio.vc.verification.meaning import meaning_problems
from portfolio.vc.verification.schemas import schema_facts, schema_step
from portfolio.vc.verification.setting import Setting
from portfolio.vc.verification.signature import UNKNOWN_KIND, Expectation, examine_signature
from portfolio.vc.verification.sources import Source, read_source
from portfolio.vc.verification.status import status_facts, status_step
from portfolio.vc.verification.trust import trust_step

_DEEPEST_NESTING: Final = 2
_MOST_STATUS_ENTRIES: Final = 64
_ESTABLISHING: Final = STEPS[:3]


def verify_credential(
    source: bytes | str | Mapping[str, object],
    *,
    material: Material,
    now: datetime,
    limits: Limits = CREDENTIAL_LIMITS,
    profile: Profile = STRICT,
) -> VerificationResult:
    """Take every step for one credential: a JSON text, a compact JWS, or an object, which may be an envelope. Never raises.

    now: an aware moment; limits: ``COLLECTION_LIMITS`` where a learner record may come; profile: what this verifier reads.
    """
    return examine(source, Setting.of(material, now, profile), limits=limits)


def examine(source: object, setting: Setting, depth: int = 0, *, limits: Limits | None = None) -> VerificationResult:
    """The steps for one credential in a setting; without limits, an object that came inside another and has passed them."""
    try:
        if limits is None and isinstance(source, Mapping) and not is_envelope(source, "vc"):
            found = Source(source)
        else:
            found = read_source(source, "vc", limits or COLLECTION_LIMITS)
    except UnsupportedProof as error:
        return _not_told(error.problem())
    except OrientirError as error:
        return _unreadable(error.problem())
    if "VerifiableCredential" not in types_of(found.document) and "proof" not in found.document:
        return _unreadable(ParsingError("the file is not a verifiable credential", path="$").problem())
    return Examination(found.document, setting, token=found.token, depth=depth).result()


def _unreadable(problem: Problem) -> VerificationResult:
    text = N_("The file could not be read as a credential.")
    failed = replace(fails("structure", text, "unreadable"), problems=(problem,))
    return VerificationResult(None, tuple(failed if name == "structure" else not_taken(name) for name in STEPS))


def _not_told(problem: Problem) -> VerificationResult:
    step = replace(unknown("signature", UNKNOWN_KIND, "unsupported_proof"), problems=(problem,))
    return VerificationResult(None, tuple(step if name == "signature" else not_taken(name) for name in STEPS))


class Examination:
    """One credential before one verifier. token: the JWS it came in; depth: how many credentials it is nested in."""

    def __init__(
        self, document: Mapping[str, object], setting: Setting, *, token: Token | None = None, depth: int = 0
    ) -> None:
        self.document = document
        self.setting = setting
        self.profile = setting.profile
        self.now = setting.now
        self.token = token
        self.depth = depth
        self.issuer_id = identifier_of(document.get("issuer"))
        own = self.issuer_id in setting.material.own_dids
        self.record = setting.material.record if own else None
        self.trusted_issuer = setting.known_issuer(self.issuer_id)
        asked = setting.profile.own_proof_set and own
        self.found = examine_signature(document, token, setting, Expectation(), own=asked, contexts=self._contexts)
        self.proofs = self.found.proofs
        self.statuses: tuple[StatusFact, ...] = ()
        self.nested: tuple[VerificationResult, ...] = ()
        self.endorsements: tuple[Endorsement, ...] = ()
        self.schemas: tuple[SchemaFact, ...] = ()

    def _contexts(self) -> None:
        self.profile.check_contexts(self.document, token=self.token is not None)

    def result(self) -> VerificationResult:
        """The steps in order."""
        established = [self.found.step, self.structure(), self.issuer()]
        authentic = all(step.holds for step in established)
        if authentic:
            later = [self.trust(), self.dates(), self.status(), self.schema(), self.endorsed(), _ledger()]
        else:
            later = [not_taken(name) for name in STEPS if name not in _ESTABLISHING]
        start, end = validity(self.document)
        return VerificationResult(
            document=self.document,
            steps=(*established, *later),
            issuer=self.issuer_id,
            credential_id=identifier_of(self.document),
            valid_from=start,
            valid_until=end,
            trusted_issuer=self.trusted_issuer if authentic else None,
            record=self.record if authentic else None,
            nested=self.nested,
            endorsements=self.endorsements,
            envelope=None if self.token is None else self.token.profile,
            proofs=self.proofs,
            statuses=self.statuses,
            schemas=self.schemas,
        )

    # --- structure

    def structure(self) -> Step:
        """The data model, the vocabulary and the status entries; nothing that the signature does not reach."""
        problems = check_credential(self.document) + self._status_entries()
        if self.found.meaningless is not None:
            text = N_("The file uses words that are not known here, or cannot be brought to the form that is signed.")
            problems.insert(0, self.found.meaningless.problem())
            return replace(fails("structure", text, "unknown_vocabulary"), problems=tuple(problems))
        problems += [] if problems else meaning_problems(self.document, self.proofs, self.profile)
        if problems:
            text = N_("The file is not built as a credential must be.")
            return replace(fails("structure", text, "malformed"), problems=tuple(problems))
        conflicts = check_identifiers(self.document)
        if conflicts:
            text = N_("The file names one thing twice and says different things of it: parts may have been exchanged.")
            return replace(fails("structure", text, "ambiguous"), problems=tuple(conflicts))
        if not self._examine_nested():
            inner = MalformedValueError("a credential inside it does not hold", path="$.credentialSubject")
            return fails("structure", N_("A credential inside this record does not hold."), "nested_altered", inner)
        return holds("structure", N_("The file is built as a credential must be."))

    def _status_entries(self) -> list[Problem]:
        problems: list[Problem] = []
        found = self.document.get("credentialStatus")
        if isinstance(found, list) and len(found) > _MOST_STATUS_ENTRIES:
            crowd = MalformedValueError(f"more than {_MOST_STATUS_ENTRIES} status entries", path="$.credentialStatus")
            return [crowd.problem()]
        for entry, path in each(self.document.get("credentialStatus"), "$.credentialStatus"):
            if isinstance(entry, Mapping) and ENTRY_TYPE in types_of(entry):
                try:
                    check_entry(entry)
                except DocumentError as error:
                    problems.append(replace(error.problem(), path=path + (error.path or "$")[1:]))
        return problems

    def _examine_nested(self) -> bool:
        """Look at the credentials inside; whether none is altered, malformed, or hidden too deep to be looked at.

        They are not looked at in a record whose own signature does not hold.
        """
        if "ClrCredential" not in types_of(self.document) or any(result.method is None for result in self.proofs):
            return True
        if self.depth >= _DEEPEST_NESTING:
            return False
        self.nested = tuple(self._inner(credential) for credential in nested_credentials(self.document))
        members = [subject.get("verifiableCredential") for subject in objects(self.document.get("credentialSubject"))]
        count = sum(len(member) if isinstance(member, list) else 1 for member in members if member is not None)
        return count == len(self.nested) and not any(
            result.step(name).fails for result in self.nested for name in _ESTABLISHING
        )

    def _inner(self, credential: str | Mapping[str, object]) -> VerificationResult:
        return examine(credential, self.setting.inside(), self.depth + 1)

    # --- issuer, trust, dates, status

    def issuer(self) -> Step:
        """The controller of every key is the issuer."""
        if self.issuer_id is None or not self.proofs:
            return not_taken("issuer")
        for result in self.proofs:
            url = result.proof.get("verificationMethod")
            if not isinstance(url, str) or url.partition("#")[0] != self.issuer_id:
                other = ParsingError("a proof was made with a key of someone else", path="$.proof.verificationMethod")
                text = N_("The file was signed by someone other than the organisation it names.")
                return fails("issuer", text, "other_signer", other)
        if any(result.method is None for result in self.proofs):
            text = N_("Whether the organisation that the file names has signed it cannot be told here.")
            return unknown("issuer", text, "not_established")
        return holds("issuer", N_("The organisation that the file names has signed it."))

    def trust(self) -> Step:
        """The issuer is known to this verifier."""
        return trust_step(self.document, self.trusted_issuer, self.now)

    def dates(self) -> Step:
        """Now lies in the time of validity, and in that of each proof."""
        return dates_step(*validity(self.document), self.found.untimely, self.now)

    def status(self) -> Step:
        """The register and the lists."""
        assert self.issuer_id is not None  # the step before held
        self.statuses = status_facts(self.document, self.issuer_id, self.setting.lists)
        return status_step(self.statuses, self.record)

    # --- what informs

    def schema(self) -> Step:
        """The shape that this kind of credential has, and the schemas that the document names."""
        self.schemas = schema_facts(self.document)
        return schema_step(self.document, self.schemas)

    def endorsed(self) -> Step:
        """Every endorsement inside the credential."""
        if self.depth < _DEEPEST_NESTING:
            self.endorsements = endorsement_facts(self.document, self._endorsement)
        return endorsements_step(self.endorsements)

    def _endorsement(self, source: object) -> VerificationResult:
        return examine(source, self.setting.inside(), self.depth + 1)


def _ledger() -> Step:
    return unknown("ledger", N_("The public log is not part of this check yet."), "not_part_of_check")
