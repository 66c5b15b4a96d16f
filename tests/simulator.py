"""A whole foreign school behind the Fetcher port: DID document, status list, trust list, and a count of who asked for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.errors import FetchFailed
from portfolio.vc import jsontext
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.data_integrity import add_proof
from portfolio.vc.did import VerificationKey, did_document, did_web_url
from portfolio.vc.status_list import Bitstring, status_list_credential, status_list_entry
from portfolio.vc.trust_list import ListedIssuer, trust_list_document, trust_list_url
from tests.unit.vc import samples
from tests.unit.vc.signers import Signer

OPENED = datetime(2026, 3, 1, tzinfo=UTC)


class Internet:
    """Answers ``ports.Fetcher`` with what stands at an address. asked: every address that was asked for, in order."""

    def __init__(self, *schools: ForeignSchool) -> None:
        self.schools = list(schools)
        self.asked: list[str] = []
        self.fault = ""

    def get(self, url: str, media_types: Sequence[str]) -> bytes:
        self.asked.append(url)
        if self.fault:
            raise FetchFailed(self.fault)
        for school in self.schools:
            body = school.serve(url)
            if body is not None:
                assert "application/json" in media_types
                return body
        raise FetchFailed("the host does not answer")


@dataclass
class ForeignSchool:
    """A school elsewhere. revoked: places set in its status list; elsewhere: what else stands at its addresses."""

    did: str = "did:web:licey.example"
    name: str = "Лицей № 9"
    seed: bytes = b"f"
    now: datetime = OPENED
    ttl: int = 300_000
    revoked: set[int] = field(default_factory=set)
    known: list[ListedIssuer] = field(default_factory=list)
    version: int = 1
    fragments: list[str] = field(default_factory=lambda: ["key-2026-03"])
    elsewhere: dict[str, bytes] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return did_web_url(self.did).removesuffix("/.well-known/did.json")

    @property
    def signer(self) -> Signer:
        return self.key(self.fragments[-1])

    def key(self, fragment: str) -> Signer:
        seed = (self.seed + fragment.encode()).ljust(32, b"-")[:32]
        return Signer(self.did, f"{self.did}#{fragment}", Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def list_url(self) -> str:
        return f"{self.base}/status/1"

    def did_document(self) -> bytes:
        keys = [VerificationKey(fragment, self.key(fragment).public, OPENED) for fragment in self.fragments]
        return jsontext.dumps(did_document(self.did, keys))

    def status_list(self) -> bytes:
        bits = Bitstring()
        for place in self.revoked:
            bits.set(place)
        unsigned = status_list_credential(
            url=self.list_url, issuer=self.did, purpose="revocation", bits=bits, valid_from=OPENED, ttl_ms=self.ttl
        )
        return jsontext.dumps(self.signer.issue(unsigned, created=OPENED))

    def trust_list(self) -> bytes:
        own = ListedIssuer(self.did, "own", {"ru": self.name}, date(2026, 3, 1))
        document = trust_list_document(issuer=self.did, version=self.version, issued=OPENED, issuers=[own, *self.known])
        signed = add_proof(
            document,
            suite=EDDSA_JCS_2022,
            sign=self.signer.key.sign,
            verification_method=self.signer.method,
            created=OPENED,
        )
        return jsontext.dumps(signed)

    def credential(self, place: int = 7, **changes: Any) -> dict[str, Any]:
        """A signed badge of this school with its place in the status list; None takes a member away."""
        document = {
            **samples.credential(place),
            "issuer": {"id": self.did, "type": ["Profile"], "name": self.name},
            "credentialStatus": status_list_entry(self.list_url, place),
            **changes,
        }
        kept = {name: value for name, value in document.items() if value is not None}
        return self.signer.issue(kept, created=samples.SIGNED_AT)

    def serve(self, url: str) -> bytes | None:
        if url in self.elsewhere:
            return self.elsewhere[url]
        if url == did_web_url(self.did):
            return self.did_document()
        if url == self.list_url:
            return self.status_list()
        if url == trust_list_url(self.did):
            return self.trust_list()
        return None
