"""Who signs in these tests, and what a verifier at the invented school has at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.data_integrity import add_proof_set
from portfolio.vc.did import VerificationKey, did_document, did_key
from portfolio.vc.multikey import PublicKey, ed25519_key
from portfolio.vc.status_list import Bitstring, status_list_credential
from portfolio.vc.verification import Material, TrustedIssuer
from tests.unit.vc import samples

SIGNED_AT = samples.SIGNED_AT
NOW = SIGNED_AT + timedelta(hours=1)
BOTH = (EDDSA_RDFC_2022, EDDSA_JCS_2022)


@dataclass(frozen=True)
class Signer:
    did: str
    method: str
    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        return ed25519_key(self.key.public_key().public_bytes_raw())

    @property
    def document(self) -> dict[str, object]:
        return did_document(self.did, [VerificationKey(self.method.partition("#")[2], self.public, SIGNED_AT)])

    def issue(
        self,
        document: Mapping[str, Any],
        *,
        created: datetime = SIGNED_AT,
        suites: tuple[Cryptosuite, ...] = BOTH,
    ) -> dict[str, Any]:
        return add_proof_set(
            document, sign=self.key.sign, verification_method=self.method, created=created, suites=suites
        )


def web_signer(did: str, seed: bytes, fragment: str = "key-2026-03") -> Signer:
    return Signer(did, f"{did}#{fragment}", Ed25519PrivateKey.from_private_bytes(seed * 32))


def key_signer(seed: bytes) -> Signer:
    key = Ed25519PrivateKey.from_private_bytes(seed * 32)
    did = did_key(ed25519_key(key.public_key().public_bytes_raw()))
    return Signer(did, f"{did}#{did.removeprefix('did:key:')}", key)


SCHOOL = web_signer("did:web:chayka.example", b"s")
PLANT = web_signer("did:web:polyot.example", b"p", "key-1")
STRANGER = key_signer(b"x")
LIST_URL = f"{samples.BASE}/status/1"


def status_list(
    *set_indexes: int,
    purpose: str = "revocation",
    signer: Signer = SCHOOL,
    url: str = LIST_URL,
    valid_until: datetime | None = None,
) -> dict[str, Any]:
    bits = Bitstring()
    for index in set_indexes:
        bits.set(index)
    unsigned = status_list_credential(
        url=url, issuer=signer.did, purpose=purpose, bits=bits, valid_from=SIGNED_AT, valid_until=valid_until
    )
    return signer.issue(unsigned)


CLEAR_LIST = status_list()

MATERIAL = Material(
    resolve={signer.did: signer.document for signer in (SCHOOL, PLANT)}.get,
    status_list={LIST_URL: CLEAR_LIST}.get,
    trusted={
        SCHOOL.did: TrustedIssuer(SCHOOL.did, "Школа «Чайка»", own=True),
        PLANT.did: TrustedIssuer(PLANT.did, "Завод «Полёт»", since=date(2024, 9, 1)),
    },
    own_dids=frozenset((SCHOOL.did,)),
)


def material(**changes: Any) -> Material:
    return replace(MATERIAL, **changes)


def badge(**changes: Any) -> dict[str, Any]:
    """An unsigned credential of the school, with members replaced; None takes a member away."""
    document = {**samples.credential(), **changes}
    return {name: value for name, value in document.items() if value is not None}


def foreign(signer: Signer = STRANGER, **changes: Any) -> dict[str, Any]:
    """The same by another issuer, without a status list."""
    return badge(issuer=signer.did, credentialStatus=None, **changes)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
