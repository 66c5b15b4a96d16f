"""The step *status*: revoked, suspended, superseded, none of it, or not to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from portfolio.errors import N_, DocumentError, StatusRetrievalError, StatusVerificationError
from portfolio.vc.credential import check_credential, identifier_of, types_of, validity
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.data_integrity import verify_proof_set
from portfolio.vc.identifiers import check_identifiers
from portfolio.vc.profile import Profile
from portfolio.vc.proof_check import SKEW
from portfolio.vc.status_list import ENTRY_TYPE, check_entry, check_status, expand_bitstring
from portfolio.vc.verification.facts import Material, Outcome, RecordFacts, StatusFact, Step, holds, unknown, warns
from portfolio.vc.verification.proofs import check_own_proofs

_REVOKING: Final = {"revocation": "revoked", "suspension": "suspended"}
_INFORMING: Final = frozenset(("refresh", "message"))  # Bitstring Status List 1.0 §2.1: nothing against the credential
_GRAVITY: Final = ("revoked", "superseded", "suspended")


class StatusLists:
    """The lists that one verification looks at. However many credentials inside a record name a list, it is read once."""

    def __init__(self, material: Material, now: datetime, profile: Profile) -> None:
        self._material = material
        self._now = now
        self._profile = profile
        self._read: dict[str, tuple[Mapping[str, object], str] | DocumentError] = {}
        self._bits: dict[str, bytes | DocumentError] = {}

    def list_for(self, url: str, issuer: str) -> Mapping[str, object]:
        """The list at this address, when it holds and was signed by this issuer or by one that is known here.

        StatusRetrievalError when it is not to be had; StatusVerificationError and others when it does not hold.
        """
        if url not in self._read:
            try:
                self._read[url] = self._verified(url)
            except (StatusRetrievalError, StatusVerificationError) as error:
                self._read[url] = error
            except DocumentError as error:
                self._read[url] = StatusVerificationError(f"the list: {error.detail}", path=error.path)
        found = self._read[url]
        if isinstance(found, DocumentError):
            raise found
        credential, signer = found
        if signer != issuer and signer not in self._material.trusted:
            raise StatusVerificationError("the list is signed by an issuer that is not known here")
        return credential

    def bits(self, encoded: str) -> bytes:
        """``expand_bitstring``, once for each list."""
        if encoded not in self._bits:
            try:
                self._bits[encoded] = expand_bitstring(encoded)
            except DocumentError as error:
                self._bits[encoded] = error
        found = self._bits[encoded]
        if isinstance(found, DocumentError):
            raise found
        return found

    def _verified(self, url: str) -> tuple[Mapping[str, object], str]:
        credential = self._material.status_list(url)
        if credential is None:
            raise StatusRetrievalError("the status list is not to be had here")
        if not isinstance(credential, Mapping):
            raise StatusVerificationError("what stands at the list's address is not an object")
        self._profile.check_contexts(credential)
        findings = check_credential(credential) or check_identifiers(credential)
        if findings:
            raise StatusVerificationError(findings[0].detail, path=findings[0].path)
        if identifier_of(credential) != url:
            raise StatusVerificationError("the list has another address")
        start, end = validity(credential)
        if (start is not None and start > self._now + SKEW) or (end is not None and end < self._now):
            raise StatusVerificationError("the list is not in force")
        signer = identifier_of(credential.get("issuer")) or ""
        results = verify_proof_set(
            credential, resolve=self._material.resolve, now=self._now, suites=self._profile.suites
        )
        if not results:
            raise StatusVerificationError("the list is not signed")
        for result in results:
            if result.error is not None:
                raise StatusVerificationError(f"the list's proof: {result.error.detail}") from result.error
            if result.method is None or result.method.controller != signer:
                raise StatusVerificationError("the list is signed by someone other than its issuer")
        if all(result.proof.get("cryptosuite") == EDDSA_JCS_2022.name for result in results):
            # JCS signs the text; that each of its terms has a meaning is left to be seen.
            self._profile.canonicalize({name: value for name, value in credential.items() if name != "proof"})
        if self._profile.own_proof_set and signer in self._material.own_dids:
            check_own_proofs(credential, [result.proof for result in results])
        return credential, signer


def status_facts(document: Mapping[str, object], issuer: str, lists: StatusLists) -> tuple[StatusFact, ...]:
    """What each entry of ``credentialStatus`` says, in the document's order."""
    found = document.get("credentialStatus")
    entries = found if isinstance(found, list) else [] if found is None else [found]
    return tuple(_entry(entry, issuer, lists) for entry in entries)


def status_step(facts: Sequence[StatusFact], record: RecordFacts | None) -> Step:
    """What our register and the lists say; the gravest word counts, and the register's first, because it has the date."""
    steps = [fact.step for fact in facts]
    said = _record(record) + [step for step in steps if step.fails]
    if said:
        return min(said, key=lambda step: _GRAVITY.index(step.code))
    for step in steps:
        if not step.holds:
            return step
    if not steps:
        return holds("status", N_("The issuer keeps no revocation list for this credential."), code="no_status")
    return _clear()


def _clear() -> Step:
    return holds("status", N_("Not revoked and not suspended."))


def _stopped(code: str, text: str, /, **gaps: object) -> Step:
    return warns("status", Outcome.FAILS, text, code, **gaps)


def _record(record: RecordFacts | None) -> list[Step]:
    if record is None:
        return []
    said: list[Step] = []
    if record.revoked_at is not None:
        said.append(_stopped("revoked", N_("Revoked on {revoked_at}."), revoked_at=record.revoked_at))
    if record.superseded_by is not None:
        said.append(_stopped("superseded", N_("A newer version of this credential exists.")))
    if record.suspended_at is not None:
        said.append(_stopped("suspended", N_("On hold since {suspended_at}."), suspended_at=record.suspended_at))
    return said


def _entry(entry: object, issuer: str, lists: StatusLists) -> StatusFact:
    """One ``credentialStatus``: Validate Algorithm of Bitstring Status List 1.0 §3.2."""
    if not isinstance(entry, Mapping) or ENTRY_TYPE not in types_of(entry):
        text = N_("Whether it was revoked cannot be told: its kind of revocation list is not known here.")
        return StatusFact(entry, unknown("status", text, "unknown_status_type"))
    purpose = None
    try:
        asked = check_entry(entry)
        purpose = asked.purpose
        if purpose in _INFORMING:
            return StatusFact(entry, _clear(), purpose)
        if purpose not in _REVOKING:
            text = N_("Whether it was revoked cannot be told: the purpose of its list is not known here.")
            return StatusFact(entry, unknown("status", text, "unknown_status_purpose"), purpose)
        value = check_status(asked, lists.list_for(asked.list_url, issuer), expand=lists.bits)
        if not value:
            return StatusFact(entry, _clear(), purpose, value)
    except StatusRetrievalError as error:
        text = N_("Whether it was revoked could not be checked: the revocation list is not available here.")
        return StatusFact(entry, unknown("status", text, "status_not_available", error), purpose)
    except DocumentError as error:
        text = N_("Whether it was revoked could not be checked: the revocation list does not hold.")
        return StatusFact(entry, unknown("status", text, error.code, error), purpose)
    code = _REVOKING[purpose]
    step = _stopped(code, N_("Revoked.") if code == "revoked" else N_("On hold."))
    return StatusFact(entry, step, purpose, value)
