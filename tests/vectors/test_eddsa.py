"""W3C Data Integrity EdDSA Cryptosuites 1.0: the published figures, each of them.

Exception: ``Ed25519Signature2020/``, a legacy suite that is not part of this product.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.errors import DocumentError
from portfolio.vc.canonicalization import Canonicalizer
from portfolio.vc.contexts import frozen_contexts
from portfolio.vc.credential import parse_datetime
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.data_integrity import add_proof, verify_proof, verify_proof_set
from portfolio.vc.multikey import base58btc_decode, base58btc_encode, decode_multikey
from portfolio.vc.proof_check import SKEW, ProofCheck

pytestmark = pytest.mark.shared

EXTRA_CONTEXTS = {
    "https://www.w3.org/ns/credentials/examples/v2": "credentials-examples-v2.json",
    "https://w3id.org/citizenship/v4rc1": "citizenship-v4rc1.json",
}


@dataclass(frozen=True)
class Vector:
    folder: str
    unsigned: str
    suite: str
    ending: str
    keys: str = "keyPair.json"


RDFC = Vector("eddsa-rdfc-2022", "unsigned.json", "eddsa-rdfc-2022", "DataInt")
EMPLOY = Vector("eddsa-rdfc-2022/employ", "employmentAuth.json", "eddsa-rdfc-2022", "DataInt")
JCS = Vector("eddsa-jcs-2022", "unsigned.json", "eddsa-jcs-2022", "JCS")


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "vectors" / "eddsa"


@pytest.fixture(scope="module")
def suites(shared: Path) -> Mapping[str, Cryptosuite]:
    """The product's suites, with the contexts of the examples beside those that ship."""
    extra = {
        url: json.loads((shared / "vectors" / "contexts" / name).read_bytes()) for url, name in EXTRA_CONTEXTS.items()
    }
    canonicalizer = Canonicalizer({**frozen_contexts(), **extra})
    rdfc = replace(EDDSA_RDFC_2022, canonicalize=canonicalizer.rdfc)
    return {rdfc.name: rdfc, EDDSA_JCS_2022.name: EDDSA_JCS_2022}


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def private_key(text: str) -> Ed25519PrivateKey:
    data = base58btc_decode(text[1:])
    assert data[:2] == b"\x80\x26"
    return Ed25519PrivateKey.from_private_bytes(data[2:34])


@pytest.mark.parametrize("vector", [RDFC, EMPLOY, JCS], ids=lambda vector: vector.folder)
class TestOneProof:
    def test_every_intermediate(self, folder: Path, suites: Mapping[str, Cryptosuite], vector: Vector) -> None:
        def text(name: str) -> str:
            return (folder / vector.folder / f"{name}{vector.ending}.txt").read_text(encoding="utf-8")

        suite = suites[vector.suite]
        unsigned = load(folder / vector.unsigned)
        published_config = load(folder / vector.folder / f"proofConfig{vector.ending}.json")
        signed_name = "signedJCS.json" if vector is JCS else "signedDataInt.json"
        signed = load(folder / vector.folder / signed_name)

        config = suite.proof_config(signed["proof"], unsigned)
        assert config == published_config
        assert suite.canonicalize(unsigned).decode() == text("canonDoc")
        assert suite.canonicalize(config).decode() == text("proofCanon")
        assert suite.hash_document(unsigned).hex() == text("docHash")
        assert suite.hash_proof_config(config).hex() == text("proofHash")
        assert suite.hash_data(unsigned, config).hex() == text("combinedHash")

        keys = load(folder / vector.keys)
        key = private_key(keys["privateKeyMultibase"])
        assert decode_multikey(keys["publicKeyMultibase"]).raw == key.public_key().public_bytes_raw()
        signature = key.sign(suite.hash_data(unsigned, config))
        assert signature.hex() == text("sigHex")
        assert "z" + base58btc_encode(signature) == text("sigBTC58")

    def test_signed_document(self, folder: Path, suites: Mapping[str, Cryptosuite], vector: Vector) -> None:
        signed_name = "signedJCS.json" if vector is JCS else "signedDataInt.json"
        signed = load(folder / vector.folder / signed_name)
        key = private_key(load(folder / vector.keys)["privateKeyMultibase"])
        made = add_proof(
            load(folder / vector.unsigned),
            suite=suites[vector.suite],
            sign=key.sign,
            verification_method=signed["proof"]["verificationMethod"],
            created=parse_datetime(signed["proof"]["created"]),
        )
        assert made == signed

    def test_verifies_and_is_bound(self, folder: Path, suites: Mapping[str, Cryptosuite], vector: Vector) -> None:
        signed_name = "signedJCS.json" if vector is JCS else "signedDataInt.json"
        signed = load(folder / vector.folder / signed_name)
        now = parse_datetime("2026-01-01T00:00:00Z")
        method = verify_proof(signed, signed["proof"], resolve=nobody, now=now, suites=suites)
        assert method.id == signed["proof"]["verificationMethod"]
        changed = {**signed, "name": "Another name"}
        (result,) = verify_proof_set(changed, resolve=nobody, now=now, suites=suites)
        assert result.error is not None
        assert result.error.code == "proof_verification_error"


def nobody(identifier: str) -> None:
    raise AssertionError(f"{identifier} was asked for: a did:key needs no document")


NOW: datetime = parse_datetime("2026-01-01T00:00:00Z")


class TestProofSet:
    @pytest.fixture
    def vectors(self, folder: Path) -> Path:
        return folder / "proof-set-chain"

    @pytest.fixture
    def rdfc(self, suites: Mapping[str, Cryptosuite]) -> Cryptosuite:
        return suites["eddsa-rdfc-2022"]

    @pytest.mark.parametrize("number", [1, 2])
    def test_configurations(self, vectors: Path, rdfc: Cryptosuite, number: int) -> None:
        unsigned = load(vectors / "unsigned.json")
        signed = load(vectors / f"proofSetConfigSigned{number}.json")
        config = rdfc.proof_config(signed, unsigned)
        assert {name: value for name, value in config.items() if name != "@context"} == load(
            vectors / f"proofSetConfig{number}.json"
        )
        key = private_key(load(vectors / "multiKeyPairs.json")[f"keyPair{number}"]["privateKeyMultibase"])
        hash_data = sha256(rdfc.canonicalize(config)).digest() + sha256(rdfc.canonicalize(unsigned)).digest()
        assert rdfc.hash_data(unsigned, config) == hash_data
        assert "z" + base58btc_encode(key.sign(hash_data)) == signed["proofValue"]

    @pytest.mark.parametrize("number", [1, 2])
    def test_signed_sets(
        self, vectors: Path, suites: Mapping[str, Cryptosuite], rdfc: Cryptosuite, number: int
    ) -> None:
        signed = load(vectors / f"signedProofSet{number}.json")
        results = verify_proof_set(signed, resolve=nobody, now=NOW, suites=suites)
        assert [result.error for result in results] == [None] * number
        # The second proof is made over the document alone, so the set grows by one and nothing else changes.
        unsigned = load(vectors / "unsigned.json")
        expected = signed["proof"] if number == 2 else [signed["proof"]]
        for position, proof in enumerate(expected, start=1):
            key = private_key(load(vectors / "multiKeyPairs.json")[f"keyPair{position}"]["privateKeyMultibase"])
            config = rdfc.proof_config(proof, unsigned)
            assert "z" + base58btc_encode(key.sign(rdfc.hash_data(unsigned, config))) == proof["proofValue"]

    def test_order_means_nothing(self, vectors: Path, suites: Mapping[str, Cryptosuite]) -> None:
        signed = load(vectors / "signedProofSet2.json")
        signed["proof"].reverse()
        assert all(result.error is None for result in verify_proof_set(signed, resolve=nobody, now=NOW, suites=suites))


class TestProofChain:
    """Two proofs by themselves, a third that covers both, and a fourth that covers the third."""

    @pytest.fixture
    def vectors(self, folder: Path) -> Path:
        return folder / "proof-set-chain"

    @pytest.mark.parametrize(("number", "key"), [(1, 3), (2, 4)])
    def test_every_intermediate(self, vectors: Path, suites: Mapping[str, Cryptosuite], number: int, key: int) -> None:
        rdfc = suites["eddsa-rdfc-2022"]
        covered = load(vectors / f"proofChainTempDoc{number}.json")
        signed = load(vectors / f"proofChainConfigSigned{number}.json")
        document = load(vectors / f"signedProofChain{number}.json")
        proofs = document["proof"]
        assert proofs[-1] == signed
        check = ProofCheck(document, proofs, nobody, NOW, "assertionMethod", None, None, SKEW, suites)
        assert check._signed(proofs[-1], {}) == covered  # the document and the proofs that this one covers

        unsecured = load(vectors / "unsigned.json")
        config = rdfc.proof_config(signed, unsecured)
        published = load(vectors / f"proofChainConfig{number}.json")
        assert {name: value for name, value in config.items() if name != "@context"} == {
            name: value for name, value in published.items() if name != "@context"
        }
        hash_data = rdfc.hash_proof_config(config) + rdfc.hash_document(covered)
        private = private_key(load(vectors / "multiKeyPairs.json")[f"keyPair{key}"]["privateKeyMultibase"])
        assert "z" + base58btc_encode(private.sign(hash_data)) == signed["proofValue"]

    @pytest.mark.parametrize("number", [1, 2])
    def test_chains_hold(self, vectors: Path, suites: Mapping[str, Cryptosuite], number: int) -> None:
        signed = load(vectors / f"signedProofChain{number}.json")
        results = verify_proof_set(signed, resolve=nobody, now=NOW, suites=suites)
        assert [result.error for result in results] == [None] * (number + 2)
        last = signed["proof"][-1]
        assert verify_proof(signed, last, resolve=nobody, now=NOW, suites=suites).id == last["verificationMethod"]

    def test_no_link_can_be_changed(self, vectors: Path, suites: Mapping[str, Cryptosuite]) -> None:
        """Each member of each proof but the last is covered by the proof behind it."""
        signed = load(vectors / "signedProofChain2.json")
        for place in range(3):
            for name in signed["proof"][place]:
                changed = json.loads(json.dumps(signed))
                changed["proof"][place][name] = "2023-02-24T23:36:39Z" if name == "created" else "urn:uuid:changed"
                with pytest.raises(DocumentError):
                    verify_proof(changed, changed["proof"][3], resolve=nobody, now=NOW, suites=suites)
            without = {**signed, "proof": [proof for index, proof in enumerate(signed["proof"]) if index != place]}
            with pytest.raises(DocumentError):
                verify_proof_set(without, resolve=nobody, now=NOW, suites=suites)
