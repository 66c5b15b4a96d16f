"""A public suite as an implementation meets it: its requests, its headers, its signing key, and what it takes for success."""

from __future__ import annotations

import copy
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.vc.conformance import CONTEXT_EXAMPLES, conformance_profile
from portfolio.vc.contexts import CONTEXT_VC2
from portfolio.vc.cryptosuites import EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.data_integrity import add_proof
from portfolio.vc.did import did_key
from portfolio.vc.multikey import ed25519_key

DOMAIN = "github.com/w3c/vc-data-model-2.0-test-suite"
CHALLENGE = "uMTIzNDU2Nzg5MDEyMzQ1Ng"
ACCEPT = "application/ld+json, application/json"

__all__ = ["CHALLENGE", "CONTEXT_EXAMPLES", "CONTEXT_VC2", "DOMAIN", "Answer", "Suite", "Wallet"]


@dataclass(frozen=True)
class Answer:
    """status, media type and parsed body of an answer."""

    status: int
    media_type: str
    body: Any

    @property
    def refused(self) -> bool:
        return self.status in (400, 422)


class Wallet:
    """A did:key with its key: what a suite signs with on its own side."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.did = did_key(ed25519_key(self._key.public_key().public_bytes_raw()))
        self.method = f"{self.did}#{self.did.removeprefix('did:key:')}"

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)

    def credential(self, **members: Any) -> dict[str, Any]:
        return self.secured({**plain(), "issuer": self.did, **members})

    def secured(self, document: Mapping[str, Any], suite: Cryptosuite | None = None, **options: Any) -> dict[str, Any]:
        suite = suite or conformance_profile().suites[EDDSA_RDFC_2022.name]
        options.setdefault("created", datetime.now(UTC))
        return add_proof(document, suite=suite, sign=self.sign, verification_method=self.method, **options)

    def presentation(self, *credentials: Mapping[str, Any], **members: Any) -> dict[str, Any]:
        document = {
            "@context": [CONTEXT_VC2],
            "type": ["VerifiablePresentation"],
            "holder": self.did,
            **({"verifiableCredential": list(credentials)} if credentials else {}),
            **members,
        }
        document = {name: value for name, value in document.items() if value is not None}
        return self.secured(document, proof_purpose="authentication", domain=DOMAIN, challenge=CHALLENGE)


def plain(**members: Any) -> dict[str, Any]:
    """An unsigned credential without an issuer, as fixtures are before they are sent; a member that is None is left out."""
    found = {
        "@context": [CONTEXT_VC2],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }
    return {name: copy.deepcopy(value) for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Suite:
    """Sends what suites send. issuer: the id that its configuration has for this implementation."""

    base_url: str
    issuer: str
    wallet: Wallet = field(default_factory=Wallet)

    def post(self, path: str, body: object, *, raw: bytes | None = None) -> Answer:
        return self.request("POST", path, raw if raw is not None else json.dumps(body).encode())

    def get(self, url: str, accept: str = ACCEPT) -> Answer:
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.base_url
        return self.request("GET", url.removeprefix(self.base_url), None, accept)

    def request(self, method: str, path: str, body: bytes | None, accept: str = ACCEPT) -> Answer:
        parts = urlsplit(self.base_url)
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE  # as every suite does
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=trusting, timeout=120)
        headers = {"Accept": accept, **({"Content-Type": "application/json"} if body is not None else {})}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read()
        finally:
            connection.close()
        media_type = (response.headers.get_content_type() or "").lower()
        return Answer(response.status, media_type, json.loads(data) if "json" in media_type and data else data)

    def issue(self, credential: Mapping[str, Any], options: Mapping[str, Any] | None = None) -> Answer:
        """The issuer's id is put in as suites do it: as it is, or into the issuer object of the fixture."""
        sent = dict(credential)
        if isinstance(sent.get("issuer"), dict):
            sent["issuer"] = {"id": self.issuer, **sent["issuer"]}
        else:
            sent.setdefault("issuer", self.issuer)
        return self.send(sent, options)

    def send(self, credential: object, options: Mapping[str, Any] | None = None) -> Answer:
        body = {"credential": credential, **({"options": options} if options is not None else {})}
        return self.post("/credentials/issue", body)

    def issued(self, credential: Mapping[str, Any], options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What was issued, unwrapped."""
        answer = self.issue(credential, options)
        assert answer.status == 201, answer.body
        assert answer.media_type == "application/json"
        found = answer.body["verifiableCredential"]
        assert isinstance(found, dict)
        return found

    def verify(self, credential: object, options: Mapping[str, Any] | None = None) -> Answer:
        body = {"verifiableCredential": credential, "options": {"checks": ["proof"]} if options is None else options}
        return self.post("/credentials/verify", body)

    def verify_presentation(self, presentation: object, options: Mapping[str, Any] | None = None) -> Answer:
        known = {"domain": DOMAIN, "challenge": CHALLENGE} if options is None else options
        return self.post("/presentations/verify", {"verifiablePresentation": presentation, "options": known})
