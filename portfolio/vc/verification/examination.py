"""The steps themselves, for one document and those inside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from portfolio.errors import (
    N_,
    DataLossDetectionError,
    DocumentError,
    MalformedValueError,
    OrientirError,
    ParsingError,
    Problem,
    ProofTransformationError,
)
from portfolio.vc.canonicalization import CREDENTIAL_LIMITS, Limits
from portfolio.vc.clr import nested_credentials
from portfolio.vc.credential import (
    check_credential,
    each,
    identifier_of,
    objects,
    parse_credential,
    types_of,
    validity,
)
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.data_integrity import ProofResult, SkippedProof, verify_proof_set
from portfolio.vc.did import UnresolvableIdentifier
from portfolio.vc.identifiers import check_identifiers
from portfolio.vc.jsontext import dumps
from portfolio.vc.profile import STRICT, Profile
from portfolio.vc.proof_check import Budget, UnsupportedProof, UntimelyProof
from portfolio.vc.schema import check_schema, schema_for
from portfolio.vc.status_list import ENTRY_TYPE, check_entry
from portfolio.vc.verification.facts import (
    STEPS,
    Material,
    Outcome,
    References,
    Step,
    TrustedIssuer,
    VerificationResult,
    fails,
    holds,
    not_taken,
    unknown,
    warns,
)
from portfolio.vc.verification.proofs import MissingProof, check_own_proofs
from portfolio.vc.verification.status import StatusLists, status_step
from portfolio.vc.verification.trust import trust_step

_DEEPEST_NESTING: Final = 2
_MOST_STATUS_ENTRIES: Final = 64
_ESTABLISHING: Final = STEPS[:3]
_DECISIVE: Final = STEPS[:6]
_CANNOT_TELL: Final = (UnresolvableIdentifier, UnsupportedProof, ProofTransformationError)


def references(document: object) -> References:
    """What a document refers to. Reads any JSON value; tells nothing about whether the document holds."""
    if not isinstance(document, Mapping):
        return References()
    lists: dict[str, None] = {}
    methods: dict[str, None] = {}
    todo: list[tuple[Mapping[str, object], int]] = [(document, 0)]
    while todo:
        current, depth = todo.pop()
        for entry in objects(current.get("credentialStatus")):
            url = identifier_of(entry.get("statusListCredential"))
            if url is not None:
                lists[url] = None
        for proof in objects(current.get("proof")):
            url = identifier_of(proof.get("verificationMethod"))
            if url is not None:
                methods[url] = None
        if depth < _DEEPEST_NESTING:
            inner = (*nested_credentials(current), *objects(current.get("endorsement")))
            todo.extend((item, depth + 1) for item in reversed(inner))
    return References(identifier_of(document.get("issuer")), identifier_of(document), tuple(lists), tuple(methods))


def verify_credential(
    source: bytes | str | Mapping[str, object],
    *,
    material: Material,
    now: datetime,
    limits: Limits = CREDENTIAL_LIMITS,
    profile: Profile = STRICT,
) -> VerificationResult:
    """Take every step for one credential, given as a JSON text or as an object. Never raises, whatever it is given.

    now: an aware moment; limits: ``COLLECTION_LIMITS`` where a learner record may come; profile: what this verifier reads.
    """
    try:
        text = dumps(dict(source)) if isinstance(source, Mapping) else source
        if not isinstance(text, bytes | str):
            raise ParsingError("neither a text nor an object")
        document = parse_credential(text, limits)
    except OrientirError as error:
        return _unreadable(error.problem())
    if "VerifiableCredential" not in types_of(document) and "proof" not in document:
        return _unreadable(ParsingError("the file is not a verifiable credential", path="$").problem())
    return _Examination(document, _Setting.of(material, now, profile)).result()


def _unreadable(problem: Problem) -> VerificationResult:
    text = N_("The file could not be read as a credential.")
    failed = replace(fails("structure", text, "unreadable"), problems=(problem,))
    return VerificationResult(None, tuple(failed if name == "structure" else not_taken(name) for name in STEPS))


@dataclass(frozen=True)
class _Setting:
    """Before whom, when and by what rules one file is examined; the lists and the budget are shared by all that is in it."""

    material: Material
    now: datetime
    profile: Profile
    lists: StatusLists
    budget: Budget

    @classmethod
    def of(cls, material: Material, now: datetime, profile: Profile) -> _Setting:
        return cls(material, now, profile, StatusLists(material, now, profile), Budget())

    def inside(self) -> _Setting:
        """For what the file carries: what our register says is said of the file itself."""
        return replace(self, material=replace(self.material, record=None))


class _Examination:
    """One document before one verifier. ``depth``: how many credentials it is nested in."""

    def __init__(self, document: Mapping[str, object], setting: _Setting, depth: int = 0) -> None:
        self.document = document
        self.setting = setting
        self.material = setting.material
        self.profile = setting.profile
        self.now = setting.now
        self.depth = depth
        self.issuer_id = identifier_of(document.get("issuer"))
        self.own = self.profile.own_proof_set and self.issuer_id in self.material.own_dids
        self.record = self.material.record if self.issuer_id in self.material.own_dids else None
        self.trusted_issuer = self._known_issuer()
        self.meaningless: DocumentError | None = None  # why RDF can say nothing of the document
        self.proofs: tuple[ProofResult, ...] = ()
        self.untimely: UntimelyProof | None = None
        self.nested: tuple[VerificationResult, ...] = ()
        self.endorsements: tuple[VerificationResult, ...] = ()

    def _known_issuer(self) -> TrustedIssuer | None:
        issuer = self.issuer_id or ""
        known = self.material.trusted.get(issuer)
        if known is None and self.profile.trusts_did_key and issuer.startswith("did:key:"):
            return TrustedIssuer(issuer, issuer)
        return known

    def result(self) -> VerificationResult:
        """The steps in order."""
        established = [self.signature(), self.structure(), self.issuer()]
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
        )

    # --- signature

    def signature(self) -> Step:
        """Every proof, and for our own credentials a proof of every suite."""
        suites = self.profile.suites
        try:
            self.profile.check_contexts(self.document)
        except DocumentError as error:
            # Under a vocabulary that is not known, RDF has no meaning here; JCS compares the text and can still speak.
            self.meaningless = error
            suites = {EDDSA_JCS_2022.name: EDDSA_JCS_2022}
        try:
            self.proofs = verify_proof_set(
                self.document,
                resolve=self.material.resolve,
                now=self.now,
                suites=suites,
                budget=self.setting.budget,
            )
        except DocumentError as error:
            return fails("signature", N_("The signature of the file is malformed."), "malformed_proof", error)
        if not self.proofs:
            missing = ParsingError("the document has no proof", path="$.proof")
            return fails("signature", N_("The file has no signature."), "no_proof", missing)
        self._set_untimely_aside()
        found = (result.error for result in self.proofs if not isinstance(result.error, SkippedProof))
        errors = [error for error in found if error is not None]
        # What we issue is of known kinds and by known keys, so that under our own name nothing is beyond telling.
        wrong = [error for error in errors if self.own or _is_loss(error) or not isinstance(error, _CANNOT_TELL)]
        if wrong:
            return fails("signature", _failure(wrong[0]), wrong[0].code, *errors)
        if errors:
            self.meaningless = self.meaningless or next(
                (error for error in errors if isinstance(error, ProofTransformationError)), None
            )
            return unknown("signature", self._uncertainty(errors[0]), errors[0].code, *errors)
        if self.own:
            try:
                check_own_proofs(self.document, [result.proof for result in self.proofs])
            except MissingProof as error:
                return fails("signature", N_("One of the two signatures of this file is missing."), error.code, error)
            except ParsingError as error:
                return fails("signature", N_("The signature of the file is malformed."), "malformed_proof", error)
        return holds("signature", N_("Nothing in the file was changed after it was signed."))

    def _set_untimely_aside(self) -> None:
        """A proof that matches outside its time changed nothing in the file: that is for the step ``dates`` to say."""
        proofs: list[ProofResult] = []
        for result in self.proofs:
            if isinstance(result.error, UntimelyProof):
                self.untimely = self.untimely or result.error
                proofs.append(ProofResult(result.proof, result.error.method, None))
            else:
                proofs.append(result)
        self.proofs = tuple(proofs)

    def _uncertainty(self, error: DocumentError) -> str:
        if isinstance(error, UnresolvableIdentifier):
            return N_("The signature could not be checked: the key of the organisation is not available here.")
        if self.meaningless is not None:
            return N_("The signature could not be checked: what the file says has no meaning here.")
        return N_("The signature could not be checked: it is of a kind that is not known here.")

    # --- structure

    def structure(self) -> Step:
        """The data model, the vocabulary and the status entries; nothing that the signature does not reach."""
        problems = check_credential(self.document) + self._status_entries()
        if self.meaningless is not None:
            text = N_("The file uses words that are not known here, or cannot be brought to the form that is signed.")
            problems.insert(0, self.meaningless.problem())
            return replace(fails("structure", text, "unknown_vocabulary"), problems=tuple(problems))
        if not problems and not any(self._is_rdf(result) for result in self.proofs):
            # JCS signs the text; that each of its terms has a meaning is left to be seen.
            try:
                self.profile.canonicalize({name: value for name, value in self.document.items() if name != "proof"})
            except DocumentError as error:
                problems.append(error.problem())
        if not problems:
            problems += self._other_meanings()
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

    def _is_rdf(self, result: ProofResult) -> bool:
        """Whether a proof covered the document's meaning, so that everything in it was seen to have one."""
        return result.method is not None and result.proof.get("cryptosuite") != EDDSA_JCS_2022.name

    def _other_meanings(self) -> list[Problem]:
        """EdDSA Cryptosuites §3.3.2 lets contexts stand behind those of a proof over the text: they may change no meaning."""
        unsecured = {name: value for name, value in self.document.items() if name != "proof"}
        for result in self.proofs:
            signed = result.proof.get("@context", self.document.get("@context"))
            if result.method is None or signed == self.document.get("@context"):
                continue
            try:
                if self.profile.canonicalize({**unsecured, "@context": signed}) == self.profile.canonicalize(unsecured):
                    continue
                other = MalformedValueError(
                    "words mean something else than under the proof's @context", path="$['@context']"
                )
            except DocumentError as error:
                return [error.problem()]
            return [other.problem()]
        return []

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

    def _inner(self, credential: Mapping[str, object]) -> VerificationResult:
        return _Examination(credential, self.setting.inside(), self.depth + 1).result()

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
        """``validFrom`` and ``validUntil`` are instants, and both still belong to the time of validity.

        So do the ``created`` and ``expires`` of each proof, which are given the skew of two clocks.
        """
        start, end = validity(self.document)
        if start is not None and self.now < start:
            text = N_("Not yet in force: from {valid_from}.")
            return warns("dates", Outcome.FAILS, text, "not_yet_valid", valid_from=start)
        if end is not None and self.now > end:
            text = N_("Expired on {valid_until}.")
            return warns("dates", Outcome.FAILS, text, "expired", valid_until=end)
        if self.untimely is not None:
            moment_passed = self.untimely.moment
            if self.untimely.expired:
                text = N_("The signature was good until {expires}.")
                return warns("dates", Outcome.FAILS, text, "expired", expires=moment_passed)
            text = N_("Signed at {created}, which is later than now. One of the two clocks is wrong.")
            return warns("dates", Outcome.FAILS, text, "not_yet_valid", created=moment_passed)
        if end is not None:
            return holds("dates", N_("In force until {valid_until}."), valid_until=end)
        return holds("dates", N_("In force without an end date."))

    def status(self) -> Step:
        """The register and the lists."""
        assert self.issuer_id is not None  # the step before held
        return status_step(self.document, self.issuer_id, self.record, self.setting.lists)

    # --- what informs

    def schema(self) -> Step:
        """The shape that this kind of credential has."""
        if schema_for(self.document) is None:
            return unknown("schema", N_("No schema is known here for this kind of credential."), "no_schema")
        findings = tuple(check_schema(self.document))
        if findings:
            text = N_("The file departs from the schema of its kind.")
            return replace(fails("schema", text, "schema_mismatch"), problems=findings)
        return holds("schema", N_("The file fits the schema of its kind."))

    def endorsed(self) -> Step:
        """Every endorsement inside the credential: genuine, in force, and about this credential.

        An endorsement carries no ``@context`` of its own there: it is read under that of the credential.
        """
        inner = objects(self.document.get("endorsement")) if self.depth < _DEEPEST_NESTING else []
        if not inner and "endorsementJwt" not in self.document:
            text = N_("Nobody else has confirmed this credential inside the file.")
            return unknown("endorsements", text, "no_endorsements")
        context = self.document["@context"]
        self.endorsements = tuple(self._inner({"@context": context, **endorsement}) for endorsement in inner)
        about = {identifier_of(subject) for item in inner for subject in objects(item.get("credentialSubject"))}
        decisive = [result.step(name) for result in self.endorsements for name in _DECISIVE]
        if about - {identifier_of(self.document)} or any(step.fails for step in decisive):
            return fails("endorsements", N_("A confirmation inside the file does not hold."), "endorsement_fails")
        if "endorsementJwt" in self.document or not all(step.holds for step in decisive):
            text = N_("A confirmation inside the file could not be checked.")
            return unknown("endorsements", text, "endorsement_unknown")
        return holds("endorsements", N_("Every confirmation inside the file holds."))


def _is_loss(error: DocumentError) -> bool:
    return isinstance(error, DataLossDetectionError)


def _failure(error: DocumentError) -> str:
    if _is_loss(error):
        return N_("The file holds something that its signature does not cover.")
    if error.path in ("$.proof.created", "$.proof.proofPurpose"):
        return N_("The signature was not made for this, or not at a time when it could be.")
    return N_("The file was changed after it was signed, or the signature is not its own.")


def _ledger() -> Step:
    return unknown("ledger", N_("The public log is not part of this check yet."), "not_part_of_check")
