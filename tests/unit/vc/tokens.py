"""Tokens as others make them: any header, any payload, any key."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portfolio.vc.jwk import RsaKey, SigningKey, base64url_encode
from portfolio.vc.multikey import PublicKey, ed25519_key

Private = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@cache
def p256(seed: int = 7) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(seed, ec.SECP256R1())


@cache
def p384(seed: int = 7) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(seed, ec.SECP384R1())


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, bits)


def public(key: Private) -> SigningKey:
    if isinstance(key, Ed25519PrivateKey):
        return ed25519_key(key.public_key().public_bytes_raw())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        kind = "p256" if key.curve.name == "secp256r1" else "p384"
        return PublicKey(kind, key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint))
    numbers = key.public_key().public_numbers()
    return RsaKey(numbers.n, numbers.e)


def signature(key: Private, data: bytes, algorithm: str) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = key.key_size // 8
        digest = hashes.SHA256() if algorithm == "ES256" else hashes.SHA384()
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return base64url_encode(text.encode())


def token(header: Mapping[str, Any] | str, payload: Any, key: Private | bytes) -> str:
    """A compact JWS; a key of bytes makes an HMAC."""
    signed = f"{part(header)}.{part(payload)}"
    algorithm = header["alg"] if isinstance(header, Mapping) else "EdDSA"
    if isinstance(key, bytes):
        return f"{signed}.{base64url_encode(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"
    return f"{signed}.{base64url_encode(signature(key, signed.encode(), algorithm))}"


@dataclass(frozen=True)
class Jose:
    """An issuer with keys of every kind in one document, each as a JsonWebKey under its algorithm's name."""

    did: str
    keys: Mapping[str, Private]

    @property
    def document(self) -> dict[str, Any]:
        methods = [
            {
                "id": f"{self.did}#{name}",
                "type": "JsonWebKey",
                "controller": self.did,
                "publicKeyJwk": public(key).jwk(),
            }
            for name, key in self.keys.items()
        ]
        return {"id": self.did, "verificationMethod": methods, "assertionMethod": [item["id"] for item in methods]}
