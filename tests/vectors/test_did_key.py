"""W3C CCG did:key and did:web: the published examples and vectors.

Exceptions, by name: the example document of did:key is under the DID v1.1 context and derives a key for key agreement,
which this product does not do, so its other members are compared; secp256k1 and BLS12-381 keys are of kinds that no suite
of this product uses, and are refused as such.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portfolio.errors import DocumentError, InvalidVerificationMethod, InvalidVerificationMethodUrl
from portfolio.vc.did import (
    did_key,
    did_key_document,
    did_web,
    did_web_url,
    retrieve_verification_method,
)
from portfolio.vc.multikey import PublicKey, decode_multikey

pytestmark = pytest.mark.shared

KINDS = {"ed25519-pub": "ed25519", "p256-pub": "p256", "p384-pub": "p384"}
UNKNOWN_KINDS = {"secp256k1-pub", "bls12_381-g2-pub"}


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Any:
    return json.loads((shared / "vectors" / "did-key" / "did-key.json").read_bytes())


@pytest.fixture(scope="module")
def web(shared: Path) -> Any:
    return json.loads((shared / "vectors" / "did-key" / "did-web.json").read_bytes())


def nobody(identifier: str) -> None:
    return None


def test_document(vectors: Any) -> None:
    for entry in vectors["documents"]:
        published = entry["didDocument"]
        made = did_key_document(entry["did"])
        assert {name: value for name, value in made.items() if name != "@context"} == {
            name: value for name, value in published.items() if name not in ("@context", "keyAgreement")
        }


def test_keys(vectors: Any) -> None:
    seen = set()
    for entry in vectors["keys"]:
        multibase = entry["did"].removeprefix("did:key:")
        kind = entry["keyType"]
        seen.add(kind)
        if kind in UNKNOWN_KINDS:
            with pytest.raises(InvalidVerificationMethod):
                decode_multikey(multibase)
            continue
        public = decode_multikey(multibase)
        assert public == PublicKey(KINDS[kind], bytes.fromhex(entry["rawPublicKeyHex"]))  # type: ignore[arg-type]
        assert len(public.raw) == entry["length"]
        assert did_key(public) == entry["did"]
        method = retrieve_verification_method(
            entry["verificationMethod"], resolve=nobody, proof_purpose="assertionMethod"
        )
        assert (method.controller, method.public_key) == (entry["did"], public)
    assert seen == {*KINDS, *UNKNOWN_KINDS}


def test_invalid_identifiers(vectors: Any) -> None:
    assert len(vectors["invalid"]) >= 9
    for entry in vectors["invalid"]:
        did = entry["did"]
        url = did if "#" in did else f"{did}#{did.split(':')[-1]}"
        with pytest.raises(DocumentError):
            retrieve_verification_method(url, resolve=nobody, proof_purpose="assertionMethod")


def test_did_web(web: Any) -> None:
    for entry in web["valid"]:
        assert did_web_url(entry["did"]) == entry["url"]
        assert did_web(entry["url"].removesuffix("/did.json").removesuffix("/.well-known")) == entry["did"]


def test_invalid_did_web(web: Any) -> None:
    for entry in web["invalid"]:
        if "path segment" in entry["why"]:
            # Well-formed, and means something else than its writer thought.
            assert did_web_url(entry["did"]) == "https://example.com/3000/did.json"
            continue
        with pytest.raises(InvalidVerificationMethodUrl):
            did_web_url(entry["did"])
