"""One document and its proofs before one verifier: Verify Proof of W3C Data Integrity 1.0, §4.4 and §4.5."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from portfolio.errors import (
    InvalidChallengeError,
    InvalidDomainError,
    MalformedValueError,
    ProofVerificationError,
)
from portfolio.vc.credential import is_url, parse_datetime
from portfolio.vc.cryptosuites import Cryptosuite, Document
from portfolio.vc.did import Resolver, VerificationMethod, retrieve_verification_method
from portfolio.vc.multikey import base58btc_decode

SKEW = timedelta(minutes=5)
"""How far the clocks of a signer and a verifier may stand apart."""

MAXIMUM_CHAINED = 8
"""How many proofs of one document may cover other proofs: each may cost a canonical form of its own."""

SIGNATURE_BYTES = 64
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


class ProofCheck:
    """One document and its proofs against the expectations of one verifier; each canonical form is computed once."""

    def __init__(
        self,
        document: Document,
        proofs: Sequence[Document],
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
        self.by_id = _by_id(proofs)
        self.proofs = proofs
        self.resolve = resolve
        self.now = now
        self.proof_purpose = proof_purpose
        self.domain = domain
        self.challenge = challenge
        self.skew = skew
        self.suites = suites
        self.budget = budget
        self.hashes: dict[tuple[str, ...], bytes] = {}

    def check_chains(self) -> None:
        """Every ``previousProof`` names proofs of this document, and none leads back to itself (§2.1.2).

        ProofVerificationError otherwise, and for a document with more chained proofs than are looked at.
        """
        chained = [proof for proof in self.proofs if "previousProof" in proof]
        if len(chained) > MAXIMUM_CHAINED:
            raise _chain_error(f"more than {MAXIMUM_CHAINED} proofs cover other proofs")
        for proof in chained:
            self.ancestors(proof)

    def ancestors(self, proof: Document) -> list[Document]:
        """The proofs that this one covers, and those that they cover; an empty list for one outside any chain."""
        found: dict[int, Document] = {}
        todo = self._previous(proof)
        while todo:
            earlier = todo.pop()
            if earlier is proof:
                raise _chain_error("a proof covers itself")
            if id(earlier) not in found:
                found[id(earlier)] = earlier
                todo.extend(self._previous(earlier))
        return list(found.values())

    def _previous(self, proof: Document) -> list[Document]:
        """The proofs that ``previousProof`` names, in the document's order (§4.5)."""
        if "previousProof" not in proof:
            return []
        value = proof["previousProof"]
        found = value if isinstance(value, list) else [value]
        names = [name for name in found if isinstance(name, str)]
        if not names or len(names) != len(found):
            raise _chain_error("previousProof is neither text nor a list of texts")
        if len(set(names)) != len(names):
            raise _chain_error("previousProof names one proof twice")
        for name in names:
            if len(self.by_id.get(name, ())) != 1:
                raise _chain_error("previousProof does not name one proof of the document")
        return [other for other in self.proofs if other.get("id") in names]

    def verify(self, proof: Document) -> VerificationMethod:
        """Verify Proof (§4.4) for this proof by itself; see ``data_integrity.verify_proof`` for the errors."""
        suite = self._suite(proof)
        url = self._options(proof)
        created, expires = _moment(proof, "created"), _moment(proof, "expires")
        self._recipient(proof)
        signature = _signature(proof)
        if self.budget is not None:
            self.budget.spend(signature)
        method = retrieve_verification_method(url, resolve=self.resolve, proof_purpose=self.proof_purpose)
        check_lifetime(method, created)
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
                return suite.hash_document(self._signed(proof, {"@context": proof["@context"]}))
        key = (suite.name, *(str(other["id"]) for other in self._previous(proof)))
        if key not in self.hashes:
            self.hashes[key] = suite.hash_document(self._signed(proof, {}))
        return self.hashes[key]

    def _signed(self, proof: Document, changes: Document) -> Document:
        """The document without its proofs, or with those that this proof covers (§4.5)."""
        previous = self._previous(proof)
        return {**self.unsecured, **changes, **({"proof": previous} if previous else {})}


def _by_id(proofs: Sequence[Document]) -> Mapping[str, Sequence[Document]]:
    found: dict[str, list[Document]] = {}
    for proof in proofs:
        identifier = proof.get("id")
        if isinstance(identifier, str):
            found.setdefault(identifier, []).append(proof)
    return found


def _chain_error(detail: str) -> ProofVerificationError:
    return ProofVerificationError(detail, path="$.proof.previousProof")


def _signature(proof: Document) -> bytes:
    text = proof.get("proofValue")
    if not isinstance(text, str) or not text.startswith("z") or len(text) > _LONGEST_PROOF_VALUE:
        raise ProofVerificationError("proofValue is not a base-58-btc signature", path="$.proof.proofValue")
    try:
        signature = base58btc_decode(text[1:])
    except MalformedValueError as error:
        raise ProofVerificationError(error.detail, path="$.proof.proofValue") from error
    if len(signature) != SIGNATURE_BYTES:
        raise ProofVerificationError("proofValue does not have 64 bytes", path="$.proof.proofValue")
    return signature


def check_lifetime(method: VerificationMethod, created: datetime | None) -> None:
    """A key that was revoked signs nothing, and one that was retired nothing later. ProofVerificationError otherwise."""
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
