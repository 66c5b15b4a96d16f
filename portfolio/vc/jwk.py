"""Public keys as JSON Web Keys (RFC 7517; RFC 7518 §6; RFC 8037 §2), as Controlled Identifiers 1.0 §2.2.3 uses them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec

from portfolio.errors import InvalidVerificationMethod, MalformedValueError
from portfolio.vc.multikey import PublicKey

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*\Z")
_PRIVATE: Final = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_CURVES: Final[Mapping[str, tuple[Literal["p256", "p384"], int, ec.EllipticCurve]]] = {
    "P-256": ("p256", 32, ec.SECP256R1()),
    "P-384": ("p384", 48, ec.SECP384R1()),
}
_LEAST_RSA_BITS: Final = 2048
_MOST_RSA_BITS: Final = 8192  # an honest key is shorter, and checking with a longer one takes a machine's time


def base64url_decode(text: str) -> bytes:
    """The bytes of unpadded base64url (RFC 7515 §2) in its one canonical form. MalformedValueError for anything else."""
    if _BASE64URL.match(text):
        try:
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except binascii.Error:
            pass
        else:
            if base64url_encode(data) == text:
                return data
    raise MalformedValueError("not unpadded base64url")


def base64url_encode(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA public key of 2048 to 8192 bits; InvalidVerificationMethod for any other."""

    modulus: int
    exponent: int
    kind: Literal["rsa"] = field(default="rsa", init=False)

    def __post_init__(self) -> None:
        if not _LEAST_RSA_BITS <= self.modulus.bit_length() <= _MOST_RSA_BITS or self.modulus % 2 == 0:
            raise InvalidVerificationMethod(f"an RSA key has {_LEAST_RSA_BITS} to {_MOST_RSA_BITS} bits")
        if self.exponent < 3 or self.exponent % 2 == 0 or self.exponent.bit_length() > 32:
            raise InvalidVerificationMethod("the exponent of the RSA key is not one in use")

    def jwk(self) -> dict[str, str]:
        """``publicKeyJwk`` (RFC 7518 §6.3.1)."""
        return {"kty": "RSA", "n": _figure(self.modulus), "e": _figure(self.exponent)}

    def verify(self, signature: bytes, data: bytes) -> NoReturn:
        """As ``PublicKey.verify``: an RSA key verifies no Ed25519 signature. InvalidVerificationMethod, always."""
        raise InvalidVerificationMethod("an rsa key does not verify Ed25519 signatures")


SigningKey = PublicKey | RsaKey


def decode_jwk(jwk: object) -> SigningKey:
    """Read ``publicKeyJwk``: Ed25519, P-256, P-384 or RSA. InvalidVerificationMethod for any other, and for a private key."""
    if not isinstance(jwk, Mapping):
        raise InvalidVerificationMethod("the JSON Web Key is not an object")
    if jwk.keys() & _PRIVATE:
        raise InvalidVerificationMethod("the JSON Web Key publishes its secret")
    if jwk.get("use", "sig") != "sig" or not _may_verify(jwk.get("key_ops")):
        raise InvalidVerificationMethod("the JSON Web Key is not for signatures")
    kind = jwk.get("kty")
    if kind == "OKP" and jwk.get("crv") == "Ed25519":
        return PublicKey("ed25519", _bytes(jwk, "x", 32))
    if kind == "EC" and isinstance(jwk.get("crv"), str) and jwk["crv"] in _CURVES:
        name, length, curve = _CURVES[jwk["crv"]]
        x, y = _bytes(jwk, "x", length), _bytes(jwk, "y", length)
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\x04" + x + y)
        except ValueError as error:
            raise InvalidVerificationMethod(f"the {name} key is not a point of its curve") from error
        return PublicKey(name, bytes([2 + y[-1] % 2]) + x)
    if kind == "RSA":
        return RsaKey(int.from_bytes(_bytes(jwk, "n"), "big"), int.from_bytes(_bytes(jwk, "e"), "big"))
    raise InvalidVerificationMethod("the JSON Web Key is of a kind that is not known here")


def _may_verify(operations: object) -> bool:
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def _bytes(jwk: Mapping[str, object], name: str, length: int | None = None) -> bytes:
    text = jwk.get(name)
    try:
        data = base64url_decode(text) if isinstance(text, str) and len(text) <= _MOST_RSA_BITS // 4 else b""
    except MalformedValueError as error:
        raise InvalidVerificationMethod(f"{name} of the JSON Web Key is {error.detail}") from error
    if not data or len(data) != (length or len(data)):
        raise InvalidVerificationMethod(f"{name} of the JSON Web Key does not have its length")
    return data


def _figure(number: int) -> str:
    return base64url_encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))
