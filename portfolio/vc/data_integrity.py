"""Adding and verifying Data Integrity proofs: W3C Verifiable Credential Data Integrity 1.0 §4, alone and in sets.

Proof chains (``previousProof``, §2.1.2) are not verified by this version: a proof that names a previous one is reported as
``UnsupportedProof``, which is *cannot tell* and never a pass.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portfolio.errors import (
    DocumentError,
    InvalidChallengeError,
    InvalidDomainError,
    MalformedValueError,
    ParsingError,
    ProofGenerationError,
    ProofTransformationError,
    ProofVerificationError,
)
from portfolio.vc.credential import format_datetime, is_url, parse_datetime
from portfolio.vc.cryptosuites import CRYPTOSUITES, EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite, Document
from portfolio.vc.did import Resolver, UnresolvableIdentifier, VerificationMethod, retrieve_verification_method
from portfolio.vc.multikey import base58btc_decode, base58btc_encode

Sign = Callable[[bytes], bytes]
"""Gives the 64 bytes of a pure Ed25519 signature over the bytes it is handed."""

SKEW = timedelta(minutes=5)
"""How far the clocks of a signer and a verifier may stand apart."""

MAXIMUM_PROOFS = 32
"""How many proofs of one document are looked at: each costs a signature check, and an honest set has a few."""

_SIGNATURE_BYTES = 64
_LONGEST_PROOF_VALUE = 89  # "z" and 64 bytes in base 58


class UnsupportedProof(ProofVerificationError):
    """The proof is of a kind that is not known here: whether it holds cannot be told."""

    code = "unsupported_proof"


class UntimelyProof(ProofVerificationError):
    """The signature matches, and now is earlier than ``created`` or later than ``expires``.

    method: whose key made it; moment: the bound that was passed; expired: whether it was the later one.
    """

    code = "untimely_proof"

    def __init__(self, method: VerificationMethod, moment: datetime, *, expired: bool) -> None:
        detail = "the proof has expired" if expired else "the proof was made later than now"
        super().__init__(detail, path="$.proof.expires" if expired else "$.proof.created")
        self.method = method
        self.moment = moment
        self.expired = expired


INCONCLUSIVE = (UnresolvableIdentifier, UnsupportedProof, UntimelyProof, ProofTransformationError)
"""Errors after which it is still open whether the document was altered."""


class SkippedProof(ProofVerificationError):
    """The proof was not looked at, because another of its set has already failed."""

    code = "skipped_proof"


class Budget:
    """How many signatures one file may cost a verifier: the proofs of all the credentials inside it are counted together.

    proofs: at most so many; repetitions: and each ``proofValue`` at most so often.
    """

    def __init__(self, proofs: int = 4096, repetitions: int = 2) -> None:
        self._left = proofs
        self._repetitions = repetitions
        self._seen: Counter[bytes] = Counter()

    def spend(self, signature: bytes) -> None:
        """Count one check. ProofVerificationError when there is nothing left for it."""
        self._left -= 1
        self._seen[signature] += 1
        if self._left < 0:
            raise ProofVerificationError("the file has more proofs than are looked at", path="$.proof")
        if self._seen[signature] > self._repetitions:
            raise ProofVerificationError("the same proof stands in the file too often", path="$.proof")


@dataclass(frozen=True, slots=True)
class ProofResult:
    """What came out of one proof of a set: a verification method when it holds, and otherwise the error."""

    proof: Document
    method: VerificationMethod | None
    error: DocumentError | None


# --- adding


def add_proof(
    document: Document,
    *,
    suite: Cryptosuite,
    sign: Sign,
    verification_method: str,
    created: datetime,
    proof_purpose: str = "assertionMethod",
    expires: datetime | None = None,
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
) -> dict[str, object]:
    """Add Proof (§4.2) and Add Proof Set: a new document with one proof more; a proof that was there makes a set.

    The proof covers the document without its other proofs. ProofGenerationError for options that no proof can have or a
    ``sign`` that does not sign; DataLossDetectionError and ProofTransformationError from the canonicalisation.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    proof: dict[str, object] = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite.name,
        "created": _stamp(created),
        "verificationMethod": verification_method,
        "proofPurpose": proof_purpose,
    }
    if not is_url(verification_method):
        raise ProofGenerationError("the verification method is not a URL")
    if expires is not None:
        proof["expires"] = _stamp(expires)
    if domain is not None:
        proof["domain"] = domain if isinstance(domain, str) else list(domain)
    if challenge is not None:
        proof["challenge"] = challenge
    if suite.context_in_proof and "@context" in unsecured:
        proof["@context"] = copy.deepcopy(unsecured["@context"])  # the proof's own: it stays as it was signed
    signature = sign(suite.hash_data(unsecured, suite.proof_config(proof, unsecured)))
    if len(signature) != _SIGNATURE_BYTES:
        raise ProofGenerationError("the signer did not give an Ed25519 signature")
    proof["proofValue"] = "z" + base58btc_encode(signature)
    others = _existing(document)
    return {**unsecured, "proof": [*others, proof] if others else proof}


def add_proof_set(
    document: Document,
    *,
    sign: Sign,
    verification_method: str,
    created: datetime,
    suites: Iterable[Cryptosuite] = (EDDSA_RDFC_2022, EDDSA_JCS_2022),
) -> dict[str, object]:
    """The proofs that every credential of ours carries: one of each suite, by the same key at the same moment.

    Two canonical forms stand for the same document, so that a fault in one of them does not decide what is genuine.
    """
    secured: dict[str, object] = dict(document)
    for suite in suites:
        secured = add_proof(secured, suite=suite, sign=sign, verification_method=verification_method, created=created)
    return secured


def _stamp(moment: datetime) -> str:
    try:
        return format_datetime(moment)
    except ValueError as error:
        raise ProofGenerationError("the moment of signing has no time zone") from error


def _existing(document: Document) -> list[Mapping[str, object]]:
    try:
        return proofs_of(document)
    except ParsingError as error:
        raise ProofGenerationError("what stands in the document as its proof is not one") from error


# --- verifying


def proofs_of(document: Document) -> list[Mapping[str, object]]:
    """The proofs of a document, none, one or several (§2.1.1). ParsingError when they are not objects."""
    if "proof" not in document:
        return []
    found = document["proof"]
    proofs = found if isinstance(found, list) else [found]
    if not all(isinstance(proof, Mapping) for proof in proofs):
        raise ParsingError("a proof is not an object", path="$.proof")
    return list(proofs)


def verify_proof(
    document: Document,
    proof: Document,
    *,
    resolve: Resolver,
    now: datetime,
    proof_purpose: str = "assertionMethod",
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
    skew: timedelta = SKEW,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
) -> VerificationMethod:
    """Verify Proof (§4.4) for one proof of a document, which may carry it and others.

    Returns the verification method whose key made it. Raises the exact error: ProofVerificationError (also when the
    signature does not match), UnsupportedProof, InvalidDomainError, InvalidChallengeError, the errors of
    ``retrieve_verification_method`` and those of the canonicalisation.

    Beyond the specification, a proof whose key was retired before it was made does not hold, and UntimelyProof is raised for
    one that matches and was made later than now or has expired, by more than ``skew``.
    """
    check = _Check(document, resolve, now, proof_purpose, domain, challenge, skew, suites)
    return check.verify(proof)


def verify_proof_set(
    document: Document,
    *,
    resolve: Resolver,
    now: datetime,
    proof_purpose: str = "assertionMethod",
    domain: str | Sequence[str] | None = None,
    challenge: str | None = None,
    skew: timedelta = SKEW,
    suites: Mapping[str, Cryptosuite] = CRYPTOSUITES,
    budget: Budget | None = None,
) -> tuple[ProofResult, ...]:
    """Verify Proof Sets (§4.5): one result a proof, in the document's order; the set holds when each of them does.

    An empty tuple means that the document is not signed. ParsingError when ``proof`` is not an object or objects;
    ProofVerificationError when there are more than ``MAXIMUM_PROOFS``.
    With a budget each signature check is counted in it, and the proofs over the text (JCS) are looked at first: once one of
    them does not match, the set is broken, and SkippedProof stands for the proofs that would have cost a graph.
    """
    proofs = proofs_of(document)
    if len(proofs) > MAXIMUM_PROOFS:
        raise ProofVerificationError(f"more than {MAXIMUM_PROOFS} proofs", path="$.proof")
    check = _Check(document, resolve, now, proof_purpose, domain, challenge, skew, suites, budget)
    results: dict[int, ProofResult] = {}
    broken = False
    for place in sorted(range(len(proofs)), key=lambda place: _is_costly(proofs[place])):
        proof = proofs[place]
        try:
            if broken and _is_costly(proof):
                raise SkippedProof("another proof of the set does not hold", path="$.proof")
            results[place] = ProofResult(proof, check.verify(proof), None)
        except DocumentError as error:
            results[place] = ProofResult(proof, None, error)
            broken = broken or (budget is not None and not isinstance(error, INCONCLUSIVE))
    return tuple(results[place] for place in range(len(proofs)))


def _is_costly(proof: Document) -> bool:
    return proof.get("cryptosuite") != EDDSA_JCS_2022.name


class _Check:
    """One document against the expectations of one verifier; each of its canonical forms is computed once."""

    def __init__(
        self,
        document: Document,
        resolve: Resolver,
        now: datetime,
        proof_purpose: str,
        domain: str | Sequence[str] | None,
        challenge: str | None,
        skew: timedelta,
        suites: Mapping[str, Cryptosuite],
        budget: Budget | None = None,
    ) -> None:
        self.unsecured = {name: value for name, value in document.items() if name != "proof"}
        self.resolve = resolve
        self.now = now
        self.proof_purpose = proof_purpose
        self.domain = domain
        self.challenge = challenge
        self.skew = skew
        self.suites = suites
        self.budget = budget
        self.hashes: dict[str, bytes] = {}

    def verify(self, proof: Document) -> VerificationMethod:
        suite = self._suite(proof)
        url = self._options(proof)
        created, expires = _moment(proof, "created"), _moment(proof, "expires")
        self._recipient(proof)
        signature = _signature(proof)
        if self.budget is not None:
            self.budget.spend(signature)
        method = retrieve_verification_method(url, resolve=self.resolve, proof_purpose=self.proof_purpose)
        _check_lifetime(method, created)
        hash_data = suite.hash_proof_config(suite.proof_config(proof, self.unsecured)) + self._hash(suite, proof)
        if not method.public_key.verify(signature, hash_data):
            raise ProofVerificationError("the signature does not match the document", path="$.proof.proofValue")
        if created is not None and created > self.now + self.skew:
            raise UntimelyProof(method, created, expired=False)
        if expires is not None and expires < self.now - self.skew:
            raise UntimelyProof(method, expires, expired=True)
        return method

    def _suite(self, proof: Document) -> Cryptosuite:
        kind = proof.get("type")
        if not isinstance(kind, str) or not kind:
            raise ProofVerificationError("the proof does not say what it is", path="$.proof.type")
        if kind != "DataIntegrityProof":
            raise UnsupportedProof("a proof of this type is not known here", path="$.proof.type")
        name = proof.get("cryptosuite")
        if not isinstance(name, str) or not name:
            raise ProofVerificationError("the proof names no cryptosuite", path="$.proof.cryptosuite")
        suite = self.suites.get(name)
        if suite is None:
            raise UnsupportedProof("this cryptosuite is not known here", path="$.proof.cryptosuite")
        if "previousProof" in proof:
            raise UnsupportedProof("chains of proofs are not verified here", path="$.proof.previousProof")
        return suite

    def _options(self, proof: Document) -> str:
        if "id" in proof:
            identifier = proof["id"]
            if not isinstance(identifier, str) or not is_url(identifier):
                raise ProofVerificationError("the id of the proof is not a URL", path="$.proof.id")
        purpose = proof.get("proofPurpose")
        if purpose != self.proof_purpose:
            detail = "the proof has no purpose" if purpose is None else "the proof was made for another purpose"
            raise ProofVerificationError(detail, path="$.proof.proofPurpose")
        url = proof.get("verificationMethod")
        if not isinstance(url, str) or not is_url(url):
            raise ProofVerificationError("the verification method is not a URL", path="$.proof.verificationMethod")
        return url

    def _recipient(self, proof: Document) -> None:
        for name in ("domain", "challenge"):
            if name in proof and not _is_text(proof[name], several=name == "domain"):
                raise ProofVerificationError(f"the {name} of the proof is not text", path=f"$.proof.{name}")
        if self.domain is not None and _set(self.domain) != _set(proof.get("domain")):
            raise InvalidDomainError("the proof names another domain", path="$.proof.domain")
        if self.challenge is not None and proof.get("challenge") != self.challenge:
            raise InvalidChallengeError("the proof answers another challenge", path="$.proof.challenge")

    def _hash(self, suite: Cryptosuite, proof: Document) -> bytes:
        """The hash of the document as this proof sees it."""
        if "@context" in proof:
            context = self.unsecured.get("@context")
            if not suite.context_in_proof:
                raise ProofVerificationError("a proof of this suite has no @context", path="$.proof['@context']")
            # EdDSA Cryptosuites §3.3.2: the document's context begins with the proof's, which then stands in for it.
            seen, known = _list(proof["@context"]), _list(context)
            if known[: len(seen)] != seen:
                raise ProofVerificationError("the document's @context does not begin with the proof's")
            if proof["@context"] != context:
                return suite.hash_document({**self.unsecured, "@context": proof["@context"]})
        if suite.name not in self.hashes:
            self.hashes[suite.name] = suite.hash_document(self.unsecured)
        return self.hashes[suite.name]


def _signature(proof: Document) -> bytes:
    text = proof.get("proofValue")
    if not isinstance(text, str) or not text.startswith("z") or len(text) > _LONGEST_PROOF_VALUE:
        raise ProofVerificationError("proofValue is not a base-58-btc signature", path="$.proof.proofValue")
    try:
        signature = base58btc_decode(text[1:])
    except MalformedValueError as error:
        raise ProofVerificationError(error.detail, path="$.proof.proofValue") from error
    if len(signature) != _SIGNATURE_BYTES:
        raise ProofVerificationError("proofValue does not have 64 bytes", path="$.proof.proofValue")
    return signature


def _check_lifetime(method: VerificationMethod, created: datetime | None) -> None:
    if method.revoked is not None:
        raise ProofVerificationError("the signing key was revoked", path="$.proof.verificationMethod")
    if method.expires is not None and (created is None or created > method.expires):
        raise ProofVerificationError("the proof was made after its key was retired", path="$.proof.created")


def _moment(proof: Document, name: str) -> datetime | None:
    if name not in proof:
        return None
    try:
        return parse_datetime(proof[name])
    except MalformedValueError as error:
        raise ProofVerificationError(error.detail, path=f"$.proof.{name}") from error


def _is_text(value: object, *, several: bool) -> bool:
    if several and isinstance(value, list):
        return bool(value) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _set(value: object) -> frozenset[object]:
    if isinstance(value, str):
        return frozenset((value,))
    return frozenset(value) if isinstance(value, list | tuple) else frozenset()
