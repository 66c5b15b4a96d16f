"""The Ed25519 cryptosuites as values: W3C Data Integrity EdDSA Cryptosuites 1.0, §3.2 and §3.3.

The two suites differ in how a document becomes bytes and in whether the proof keeps the document's ``@context``. All the
rest, from hashing to the signature's text, is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from portfolio.vc.canonicalization import canonicalize_jcs, canonicalize_rdfc

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """One way of securing a document.

    name: what ``cryptosuite`` says; canonicalize: the transformation to bytes; context_in_proof: whether a proof is made
    with a copy of the document's ``@context`` that stays in it (JCS), or is read under that context without keeping it
    (RDF).
    """

    name: str
    canonicalize: Callable[[Document], bytes]
    context_in_proof: bool

    def proof_config(self, proof: Document, document: Document) -> dict[str, object]:
        """Proof Configuration (§3.2.5, §3.3.5): the proof as it is hashed, without ``proofValue``."""
        config = {name: value for name, value in proof.items() if name != "proofValue"}
        if not self.context_in_proof and "@context" in document:
            config["@context"] = document["@context"]
        return config

    def hash_document(self, document: Document) -> bytes:
        """SHA-256 of the canonical document, which has no ``proof`` member: 32 bytes."""
        return sha256(self.canonicalize(document)).digest()

    def hash_proof_config(self, proof_config: Document) -> bytes:
        """SHA-256 of the canonical proof configuration: 32 bytes."""
        return sha256(self.canonicalize(proof_config)).digest()

    def hash_data(self, document: Document, proof_config: Document) -> bytes:
        """Hashing (§3.2.4, §3.3.4): the 64 bytes that are signed, the proof configuration's hash first."""
        return self.hash_proof_config(proof_config) + self.hash_document(document)


EDDSA_RDFC_2022 = Cryptosuite("eddsa-rdfc-2022", canonicalize_rdfc, context_in_proof=False)
EDDSA_JCS_2022 = Cryptosuite("eddsa-jcs-2022", canonicalize_jcs, context_in_proof=True)

CRYPTOSUITES: Mapping[str, Cryptosuite] = MappingProxyType(
    {suite.name: suite for suite in (EDDSA_RDFC_2022, EDDSA_JCS_2022)}
)
