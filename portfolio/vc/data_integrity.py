"""Adding and verifying Data Integrity proofs: W3C Verifiable Credential Data Integrity 1.0 §4, alone, in sets and in chains.

In a chain (``previousProof``, §2.1.2) a proof covers the proofs that it names beside the document, so that none of them can
be taken away or exchanged. Chains are verified; what we issue are sets.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portfolio.errors import (
    DocumentError,
    ParsingError,
    ProofGenerationError,
    ProofTransformationError,
    ProofVerificationError,
)
from portfolio.vc.credential import format_datetime, is_url
from portfolio.vc.cryptosuites import CRYPTOSUITES, EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite, Document
from portfolio.vc.did import Resolver, UnresolvableIdentifier, VerificationMethod
from portfolio.vc.multikey import base58btc_encode
from portfolio.vc.proof_check import SIGNATURE_BYTES, SKEW, Budget, ProofCheck, UnsupportedProof, UntimelyProof

Sign = Callable[[bytes], bytes]
"""Gives the 64 bytes of a pure Ed25519 signature over the bytes it is handed."""

MAXIMUM_PROOFS = 32
"""How many proofs of one document are looked at: each costs a signature check, and an honest set has a few."""

INCONCLUSIVE = (UnresolvableIdentifier, UnsupportedProof, UntimelyProof, ProofTransformationError)
"""Errors after which it is still open whether the document was altered."""


class SkippedProof(ProofVerificationError):
    """The proof was not looked at, because another of its set has already failed."""

    code = "skipped_proof"


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
    if len(signature) != SIGNATURE_BYTES:
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
    """Verify Proof (§4.4) for one proof of a document, which may carry it and others; those that it names must hold, too.

    Returns the verification method whose key made it. Raises the exact error: ProofVerificationError (also when the
    signature does not match), UnsupportedProof, InvalidDomainError, InvalidChallengeError, the errors of
    ``retrieve_verification_method`` and those of the canonicalisation.

    Beyond the specification, a proof whose key was retired before it was made does not hold, and UntimelyProof is raised for
    one that matches and was made later than now or has expired, by more than ``skew``.
    """
    check = ProofCheck(document, proofs_of(document), resolve, now, proof_purpose, domain, challenge, skew, suites)
    check.check_chains()
    for earlier in check.ancestors(proof):
        check.verify(earlier)
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
    """Verify Proof Sets and Chains (§4.5): one result a proof, in the document's order; all hold, or the whole does not.

    An empty tuple means that the document is not signed. ParsingError when ``proof`` is not an object or objects;
    ProofVerificationError when there are more than ``MAXIMUM_PROOFS``, or when ``previousProof`` leads nowhere or in a circle.
    With a budget each signature check is counted in it, and the proofs over the text (JCS) are looked at first: once one of
    them does not match, the set is broken, and SkippedProof stands for the proofs that would have cost a graph.
    """
    proofs = proofs_of(document)
    if len(proofs) > MAXIMUM_PROOFS:
        raise ProofVerificationError(f"more than {MAXIMUM_PROOFS} proofs", path="$.proof")
    check = ProofCheck(document, proofs, resolve, now, proof_purpose, domain, challenge, skew, suites, budget)
    check.check_chains()
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
