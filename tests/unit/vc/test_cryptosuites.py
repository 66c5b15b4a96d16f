from __future__ import annotations

from hashlib import sha256

import pytest

from portfolio.errors import DataLossDetectionError, ProofTransformationError
from portfolio.vc.cryptosuites import CRYPTOSUITES, EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from tests.unit.vc.signers import SCHOOL, badge

DOCUMENT = badge()
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-03-18T09:00:00Z",
    "verificationMethod": SCHOOL.method,
    "proofPurpose": "assertionMethod",
    "proofValue": "z1",
}


def test_suites_by_name() -> None:
    assert {name: suite.name for name, suite in CRYPTOSUITES.items()} == {
        "eddsa-rdfc-2022": "eddsa-rdfc-2022",
        "eddsa-jcs-2022": "eddsa-jcs-2022",
    }
    with pytest.raises(TypeError):
        CRYPTOSUITES["none"] = EDDSA_JCS_2022  # type: ignore[index]


@pytest.mark.parametrize("suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022], ids=lambda suite: suite.name)
def test_the_proof_comes_first(suite: Cryptosuite) -> None:
    config = suite.proof_config(PROOF, DOCUMENT)
    data = suite.hash_data(DOCUMENT, config)
    assert data[:32] == sha256(suite.canonicalize(config)).digest() == suite.hash_proof_config(config)
    assert data[32:] == sha256(suite.canonicalize(DOCUMENT)).digest() == suite.hash_document(DOCUMENT)


def test_rdf_reads_the_proof_under_the_documents_context() -> None:
    config = EDDSA_RDFC_2022.proof_config(PROOF, DOCUMENT)
    assert config["@context"] == DOCUMENT["@context"]
    assert "proofValue" not in config
    assert "@context" not in PROOF


def test_jcs_takes_the_proof_as_it_is() -> None:
    config = EDDSA_JCS_2022.proof_config(PROOF, DOCUMENT)
    assert config == {name: value for name, value in PROOF.items() if name != "proofValue"}


def test_only_rdf_needs_meaning() -> None:
    strange = {**DOCUMENT, "favouriteColour": "blue"}
    assert EDDSA_JCS_2022.hash_document(strange) != EDDSA_JCS_2022.hash_document(DOCUMENT)
    with pytest.raises(DataLossDetectionError):
        EDDSA_RDFC_2022.hash_document(strange)
    with pytest.raises(ProofTransformationError):
        EDDSA_RDFC_2022.hash_document({**DOCUMENT, "@context": ["https://context.example/v1"]})
