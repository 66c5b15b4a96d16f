"""1EdTech's Open Badges 3.0 and CLR 2.0 vectors: the figures of their eddsa-rdfc-2022 proofs.

Their verification method stands in an https document that nobody publishes, so the key is handed in.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.vc.contexts import check_contexts
from portfolio.vc.credential import check_credential, parse_datetime
from portfolio.vc.cryptosuites import EDDSA_RDFC_2022
from portfolio.vc.data_integrity import add_proof, verify_proof_set
from portfolio.vc.multikey import base58btc_decode, decode_multikey

pytestmark = pytest.mark.shared

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["obv3p0", "clrv2p0"])
def folder(request: pytest.FixtureRequest, shared: Path) -> Path:
    return shared / "vectors" / "ob3-clr2" / "test-vectors" / str(request.param)


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def controller_document(keys: dict[str, str]) -> dict[str, object]:
    method = f"{keys['controller']}#{keys['publicKeyMultibase']}"
    return {
        "id": keys["controller"],
        "verificationMethod": [
            {
                "id": method,
                "type": "Multikey",
                "controller": keys["controller"],
                "publicKeyMultibase": keys["publicKeyMultibase"],
            }
        ],
        "assertionMethod": [method],
    }


def test_every_intermediate(folder: Path) -> None:
    signed, keys = load(folder / "signed.json"), load(folder / "keyPair.json")
    (proof,) = signed["proof"] if isinstance(signed["proof"], list) else [signed["proof"]]
    unsigned = {name: value for name, value in signed.items() if name != "proof"}
    config = EDDSA_RDFC_2022.proof_config(proof, unsigned)
    assert EDDSA_RDFC_2022.canonicalize(unsigned).decode() == (folder / "document-canon.txt").read_text("utf-8")
    assert EDDSA_RDFC_2022.canonicalize(config).decode() == (folder / "proof-canon.txt").read_text("utf-8")

    secret = base58btc_decode(keys["secretKeyMultibase"][1:])
    assert secret[:2] == b"\x80\x26"
    assert decode_multikey(keys["publicKeyMultibase"]).raw == secret[34:66]
    key = Ed25519PrivateKey.from_private_bytes(secret[2:34])
    made = add_proof(
        unsigned,
        suite=EDDSA_RDFC_2022,
        sign=key.sign,
        verification_method=proof["verificationMethod"],
        created=parse_datetime(proof["created"]),
    )
    assert made["proof"] == proof
    assert {**made, "proof": signed["proof"]} == signed


def test_verifies(folder: Path) -> None:
    signed, keys = load(folder / "signed.json"), load(folder / "keyPair.json")
    document = controller_document(keys)
    (result,) = verify_proof_set(signed, resolve={keys["controller"]: document}.get, now=NOW)
    assert result.error is None
    assert result.method is not None
    assert result.method.controller == signed["issuer"]["id"]
    assert check_credential(signed) == []
    check_contexts(signed)


def test_is_bound(folder: Path) -> None:
    signed, keys = load(folder / "signed.json"), load(folder / "keyPair.json")
    signed["validFrom"] = "2010-01-01T00:00:01Z"
    (result,) = verify_proof_set(signed, resolve={keys["controller"]: controller_document(keys)}.get, now=NOW)
    assert result.error is not None
    assert result.error.code == "proof_verification_error"


def test_nested_credential_verifies_alone(shared: Path) -> None:
    folder = shared / "vectors" / "ob3-clr2" / "test-vectors" / "clrv2p0"
    signed, keys = load(folder / "signed.json"), load(folder / "keyPair.json")
    (nested,) = signed["credentialSubject"]["verifiableCredential"]
    (result,) = verify_proof_set(nested, resolve={keys["controller"]: controller_document(keys)}.get, now=NOW)
    assert result.error is None
