from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pyld import jsonld

from portfolio.errors import (
    DocumentError,
    InvalidControlledIdentifierDocument,
    InvalidControlledIdentifierDocumentId,
    InvalidRelationshipForVerificationMethod,
    InvalidVerificationMethod,
    InvalidVerificationMethodUrl,
    MalformedValueError,
)
from portfolio.vc.did import (
    RELATIONSHIPS,
    UnresolvableIdentifier,
    VerificationKey,
    did_document,
    did_key,
    did_key_document,
    did_web,
    did_web_url,
    retrieve_verification_method,
)
from portfolio.vc.multikey import PublicKey
from tests.unit.vc.signers import SCHOOL, SIGNED_AT, STRANGER

METHOD = SCHOOL.method


def retrieve(url: str, document: Any = None, purpose: str = "assertionMethod") -> Any:
    return retrieve_verification_method(url, resolve=lambda _: document, proof_purpose=purpose)


class TestDidKey:
    def test_the_shortcut_finds_what_the_document_says(self) -> None:
        document = did_key_document(STRANGER.did)
        (written,) = document["verificationMethod"]  # type: ignore[misc]
        for purpose in RELATIONSHIPS:
            found = retrieve(STRANGER.method, purpose=purpose)
            assert document[purpose] == [found.id]
            assert (found.id, found.controller, found.public_key.multibase) == (
                written["id"],
                written["controller"],
                written["publicKeyMultibase"],
            )

    def test_key_agreement_is_not_signing(self) -> None:
        did = did_key(PublicKey("x25519", b"\x09" * 32))
        document = did_key_document(did)
        assert not set(document) & set(RELATIONSHIPS)
        with pytest.raises(InvalidRelationshipForVerificationMethod):
            retrieve(f"{did}#{did.removeprefix('did:key:')}")

    def test_the_fragment_is_the_key(self) -> None:
        with pytest.raises(InvalidVerificationMethod):
            retrieve(f"{STRANGER.did}#{SCHOOL.public.multibase}")

    @pytest.mark.parametrize("did", ["did:web:example.org", "did:key:", "did:key:z", "key:z6Mk"])
    def test_other_identifiers(self, did: str) -> None:
        with pytest.raises(DocumentError):
            did_key_document(did)


class TestDidWeb:
    @pytest.mark.parametrize(
        ("url", "did"),
        [
            ("https://chayka.example", "did:web:chayka.example"),
            ("https://chayka.example/", "did:web:chayka.example"),
            ("http://localhost:8000", "did:web:localhost%3A8000"),
            ("https://chayka.example/o/1025400000000", "did:web:chayka.example:o:1025400000000"),
            ("https://xn--80akihfd.xn--p1ai", "did:web:xn--80akihfd.xn--p1ai"),
        ],
    )
    def test_from_address(self, url: str, did: str) -> None:
        assert did_web(url) == did

    def test_plain_http_for_localhost_alone(self) -> None:
        assert did_web_url("did:web:localhost%3A8000") == "http://localhost:8000/.well-known/did.json"
        assert did_web_url("did:web:localhost%3A8000:o:1") == "http://localhost:8000/o/1/did.json"
        assert did_web_url("did:web:localhost.example").startswith("https:")

    @pytest.mark.parametrize(
        "url",
        [
            "https://127.0.0.1",
            "http://127.0.0.1:8000",
            "https://[::1]",
            "https://2130706433",
            "https://0x7f.1",
            "https://user@chayka.example",
            "https://chayka.example?x=1",
            "https://chayka.example#x",
            "ftp://chayka.example",
            "https://",
            "https://чайка.example",
            "https://chayka.example:99999",
            "https://chayka.example/a/../b",
            "https://chayka.example/a%2Fb",
        ],
    )
    def test_addresses_without_one(self, url: str) -> None:
        with pytest.raises((MalformedValueError, InvalidVerificationMethodUrl)):
            did_web(url)

    @pytest.mark.parametrize(
        "did",
        [
            "did:web:chayka.example:",
            "did:web:chayka.example::a",
            "did:web:chayka.example%3A0",
            "did:web:chayka.example%3A99999",
            "did:web:chayka.example:..",
            "did:web:chayka.example%2Fa",
            "did:web:-chayka.example",
            "did:web:chayka.example\n",
            "did:web:10.0.0.1",
            "did:web:0177.0.0.1",
            "DID:WEB:chayka.example",
            "did:web:" + "a" * 3000,
        ],
    )
    def test_identifiers_that_are_not_asked_for(self, did: str) -> None:
        with pytest.raises(InvalidVerificationMethodUrl):
            did_web_url(did)


class TestDidDocument:
    def test_every_key_twice(self) -> None:
        document: dict[str, Any] = did_document(
            SCHOOL.did, [VerificationKey("key-2026-03", SCHOOL.public, SIGNED_AT)], ["https://chayka.example/"]
        )
        assert document["id"] == SCHOOL.did
        assert document["alsoKnownAs"] == ["https://chayka.example/"]
        multikey, jwk = document["verificationMethod"]
        assert multikey["type"] == "Multikey"
        assert jwk == {
            "id": f"{METHOD}-jwk",
            "type": "JsonWebKey",
            "controller": SCHOOL.did,
            "publicKeyJwk": SCHOOL.public.jwk(),
        }
        assert document["assertionMethod"] == [METHOD, f"{METHOD}-jwk"]
        found = retrieve(METHOD, document)
        assert (found.public_key, found.expires, found.revoked) == (SCHOOL.public, None, None)

    def test_a_retired_key_stays_and_says_until_when(self) -> None:
        retired = SIGNED_AT + timedelta(days=365)
        document = did_document(SCHOOL.did, [VerificationKey("key-2026-03", SCHOOL.public, SIGNED_AT, retired)])
        assert retrieve(METHOD, document).expires == retired

    def test_it_is_json_ld(self, shared: Any) -> None:
        """Every member means something under the contexts that the document names."""
        folder = shared / "vectors" / "contexts"
        contexts = {
            "https://www.w3.org/ns/did/v1": "did-v1.json",
            "https://w3id.org/security/multikey/v1": "multikey-v1.json",
            "https://w3id.org/security/jwk/v1": "jwk-v1.json",
        }

        def load(url: str, _: Any) -> dict[str, Any]:
            return {
                "contextUrl": None,
                "documentUrl": url,
                "document": json.loads((folder / contexts[url]).read_bytes()),
            }

        keys = [
            VerificationKey("key-2026-03", SCHOOL.public, SIGNED_AT),
            VerificationKey("key-2025-03", STRANGER.public, SIGNED_AT, SIGNED_AT),
        ]
        for document in (did_document(SCHOOL.did, keys, ["https://chayka.example"]), did_key_document(STRANGER.did)):
            dropped: list[str] = []
            jsonld.expand(document, {"documentLoader": load, "on_property_dropped": dropped.append})
            assert dropped == []


class TestRetrieve:
    """Controlled Identifiers 1.0 §3.3: each failure has its own error."""

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "did:web:chayka.example",
            "did:web:chayka.example#",
            "#key-1",
            "urn:uuid:1#key",
            "https://a b#c",
            "did:web:a#b#c",
            "https://chayka.example#" + "k" * 3000,
        ],
    )
    def test_not_a_url_with_a_fragment(self, url: str) -> None:
        with pytest.raises(InvalidVerificationMethodUrl) as caught:
            retrieve(url, SCHOOL.document)
        assert not isinstance(caught.value, UnresolvableIdentifier)

    def test_nothing_there(self) -> None:
        with pytest.raises(UnresolvableIdentifier):
            retrieve(METHOD, None)

    @pytest.mark.parametrize("document", [[], "text", {}, {"id": 5}, {"id": SCHOOL.did, "verificationMethod": {}}])
    def test_not_a_document(self, document: Any) -> None:
        with pytest.raises(InvalidControlledIdentifierDocument):
            retrieve(METHOD, document)

    def test_the_document_of_another(self) -> None:
        with pytest.raises(InvalidControlledIdentifierDocumentId):
            retrieve(METHOD, {**SCHOOL.document, "id": "did:web:other.example"})

    def test_no_such_method(self) -> None:
        with pytest.raises(InvalidVerificationMethod):
            retrieve(f"{SCHOOL.did}#key-2026-04", SCHOOL.document)

    def test_another_relationship(self) -> None:
        with pytest.raises(InvalidRelationshipForVerificationMethod):
            retrieve(METHOD, SCHOOL.document, "authentication")

    def test_embedded_in_the_relationship(self) -> None:
        document: dict[str, Any] = dict(SCHOOL.document)
        method = document.pop("verificationMethod")[0]
        document["assertionMethod"] = [method]
        assert retrieve(METHOD, document).public_key == SCHOOL.public

    @pytest.mark.parametrize(
        "change",
        [
            {"controller": "did:web:other.example"},
            {"controller": None},
            {"type": "Ed25519VerificationKey2020"},
            {"type": ["Multikey"]},
            {"publicKeyMultibase": None},
            {"publicKeyMultibase": "z6Mk"},
            {"secretKeyMultibase": "z3u2"},
            {"expires": "tomorrow"},
            {"revoked": 5},
        ],
    )
    def test_an_unusable_method(self, change: dict[str, Any]) -> None:
        document: dict[str, Any] = dict(SCHOOL.document)
        document["verificationMethod"] = [{**document["verificationMethod"][0], **change}]
        with pytest.raises(InvalidVerificationMethod):
            retrieve(METHOD, document)

    def test_the_same_id_twice(self) -> None:
        document: dict[str, Any] = dict(SCHOOL.document)
        method = document["verificationMethod"][0]
        document["verificationMethod"] = [method, {**method, "publicKeyMultibase": STRANGER.public.multibase}]
        with pytest.raises(InvalidControlledIdentifierDocument):
            retrieve(METHOD, document)

    def test_a_json_web_key_is_not_for_these_suites(self) -> None:
        with pytest.raises(InvalidVerificationMethod):
            retrieve(f"{METHOD}-jwk", SCHOOL.document)
