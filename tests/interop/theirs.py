"""What independent issuers sign, for the verifier here: Digital Bazaar's from npm, openbadgeslib's from PyPI."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openbadgeslib.ob3 import (
    Achievement,
    Alignment,
    Evidence,
    IdentityObject,
    Issuer,
    OB3LdpSigner,
    OpenBadgeCredential,
    Result,
    ResultDescription,
)

from portfolio.vc import Material, State, TrustedIssuer, validate, verify_credential
from tests.interop.judges import ask
from tests.unit.vc import signers

Document = dict[str, Any]


def digital_bazaar(*suites: str, **changes: object) -> Document:
    """A credential of ours in all but the signature: ``@digitalbazaar/vc`` signs it under a did:key of its own.

    suites: the proofs it gets, in this order; changes: members of the unsigned document.
    """
    unsigned = {**signers.foreign(), "issuer": {"id": "", "type": ["Profile"], "name": "Чужая школа"}, **changes}
    (signed,) = ask("issue", {"credentials": [unsigned], "suites": suites})
    return dict(signed)


_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
PEM = _KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def badge_signer() -> OB3LdpSigner:
    """openbadgeslib's signer of embedded proofs, under a did:key."""
    return OB3LdpSigner(PEM)


def unsigned_badge() -> OpenBadgeCredential:
    """A badge in openbadgeslib's own model that uses about everything the model has."""
    did = badge_signer().verification_method.partition("#")[0]
    base = "https://start.example"
    now = datetime.now(UTC)
    return OpenBadgeCredential(
        id="urn:uuid:0b8e0000-0000-4000-8000-00000000000a",
        issuer=Issuer(did, "Кружок «Старт»", url=f"{base}/", image_url=f"{base}/issuer.png"),
        recipient_id="mailto:pupil@start.example",
        achievement=Achievement(
            f"{base}/a/1",
            "Робототехника",
            "Собрал и запустил робота",
            "Собрать робота по схеме",
            achievement_type="Badge",
            image_url=f"{base}/badge.png",
            tags=["робот", "схема"],
            alignments=[Alignment("Пунктуальность", f"{base}/s/1", "Навыки кружка", target_code="S-1")],
            result_descriptions=[
                ResultDescription(f"{base}/a/1#score", "Итог", "Percent", value_min="0", value_max="100")
            ],
            credits_available=3,
        ),
        issuance_date=now - timedelta(seconds=1),
        expiration_date=now + timedelta(days=3650),
        evidence=[Evidence(f"{base}/e/1", name="Фотография", narrative="Робот в работе")],
        credits_earned=2.5,
        identifiers=[IdentityObject.create("pupil@start.example", "соль")],
        results=[Result(value="87", result_description=f"{base}/a/1#score")],
    )


def badge() -> Document:
    """The same with openbadgeslib's eddsa-rdfc-2022 proof."""
    return dict(badge_signer().sign(unsigned_badge()))


def state_of(source: Document | str | bytes, *, trusted: bool) -> State:
    """What the verifier here says of a document by another issuer, whom it trusts or has never heard of."""
    issuer = issuer_of(source) if isinstance(source, dict) else None
    material = Material(trusted={issuer: TrustedIssuer(issuer, "Чужая школа")} if trusted and issuer else {})
    return validate(verify_credential(source, material=material, now=datetime.now(UTC))).state


def issuer_of(document: Document) -> str:
    """The identifier of a document's issuer."""
    issuer = document["issuer"]
    return str(issuer["id"] if isinstance(issuer, dict) else issuer)
