"""Public keys as Multikey text: W3C Controlled Identifiers 1.0 §2.2.2 (Multikey) and §2.4 (Multibase, base-58-btc)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portfolio.errors import InvalidVerificationMethod, MalformedValueError

KeyKind = Literal["ed25519", "p256", "p384", "x25519"]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = tuple(second + first for first in _ALPHABET for second in _ALPHABET)
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
# Ten base-58 digits fill a 60-bit limb, so the long arithmetic happens once in ten characters.
_LIMB = 10

# multicodec code as a varint, and the length of the raw key that follows it
_CODECS: dict[KeyKind, tuple[bytes, int]] = {
    "ed25519": (b"\xed\x01", 32),
    "p256": (b"\x80\x24", 33),
    "p384": (b"\x81\x24", 49),
    "x25519": (b"\xec\x01", 32),
}
_KINDS: dict[bytes, KeyKind] = {_CODECS[kind][0]: kind for kind in get_args(KeyKind)}
_CURVES: dict[KeyKind, ec.EllipticCurve] = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1()}
_LONGEST_MULTIKEY = 80

# Ed25519 (RFC 8032 §5.1): the field's prime, and the y coordinates of the eight points of low order. A signature under
# such a key says nothing, because it verifies for any message. Encodings with either sign, and the non-canonical ones
# with y >= p, make up the 14 that verifiers are warned of.
_P = 2**255 - 19
_ORDER_EIGHT_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_ORDER_Y = frozenset((0, 1, _P - 1, _ORDER_EIGHT_Y, _P - _ORDER_EIGHT_Y))


def base58btc_encode(data: bytes) -> str:
    """The base-58-btc digits of some bytes, without a multibase prefix; each leading zero byte is one ``1``."""
    number = int.from_bytes(data, "big")
    pairs: list[str] = []
    while number:
        number, limb = divmod(number, 58**_LIMB)
        for _ in range(_LIMB // 2):
            limb, pair = divmod(limb, 58 * 58)
            pairs.append(_PAIRS[pair])
    # The pairs stand least significant digit first; reversing the whole text puts both levels right.
    digits = "".join(pairs)[::-1].lstrip("1")
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def base58btc_decode(text: str) -> bytes:
    """The bytes that base-58-btc digits stand for. MalformedValueError for any other character."""
    number = 0
    try:
        for start in range(0, len(text), _LIMB):
            digits = text[start : start + _LIMB]
            limb = 0
            for character in digits:
                limb = limb * 58 + _VALUES[character]
            number = number * 58 ** len(digits) + limb
    except KeyError:
        raise MalformedValueError("a character is not one of the base-58-btc alphabet") from None
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that has been checked: right length, canonical, not of low order.

    kind: ``ed25519``, ``p256``, ``p384`` or ``x25519``; raw: 32 bytes, or a compressed point of 33 or 49 bytes.
    InvalidVerificationMethod when the bytes are not such a key.
    """

    kind: KeyKind
    raw: bytes

    def __post_init__(self) -> None:
        length = _CODECS[self.kind][1]
        if len(self.raw) != length:
            raise InvalidVerificationMethod(f"an {self.kind} key has {length} bytes, not {len(self.raw)}")
        if self.kind == "ed25519":
            _check_ed25519(self.raw)
        elif self.kind in ("p256", "p384"):
            _check_point(self.kind, self.raw)

    @property
    def multibase(self) -> str:
        """``publicKeyMultibase``: ``z6Mk…`` for Ed25519."""
        return _multibase(self.kind, self.raw)

    def jwk(self) -> dict[str, str]:
        """``publicKeyJwk``: an octet key pair (RFC 8037 §2) or a point of a curve (RFC 7518 §6.2), without a private half."""
        if self.kind == "ed25519":
            return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(self.raw)}
        if self.kind == "x25519":
            raise InvalidVerificationMethod("no JSON Web Key is written for x25519 keys")
        point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[self.kind], self.raw).public_numbers()
        length = len(self.raw) - 1
        return {
            "kty": "EC",
            "crv": "P-256" if self.kind == "p256" else "P-384",
            "x": _base64url(point.x.to_bytes(length, "big")),
            "y": _base64url(point.y.to_bytes(length, "big")),
        }

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether this is a pure Ed25519 signature of the data (RFC 8032 §5.1.7).

        InvalidVerificationMethod for a key of another kind, which must never be taken for a signature that does not hold.
        """
        if self.kind != "ed25519":
            raise InvalidVerificationMethod(f"an {self.kind} key does not verify Ed25519 signatures")
        try:
            _ed25519(self.raw).verify(signature, data)
        except InvalidSignature:
            return False
        return True


def ed25519_key(raw: bytes) -> PublicKey:
    """The 32 bytes of an Ed25519 public key as a checked key. InvalidVerificationMethod when they are not one."""
    return PublicKey("ed25519", raw)


@lru_cache(maxsize=4096)
def decode_multikey(text: str) -> PublicKey:
    """Read ``publicKeyMultibase``. InvalidVerificationMethod for anything but a key of a kind that we know."""
    if not text.startswith("z") or len(text) > _LONGEST_MULTIKEY:
        raise InvalidVerificationMethod("the key is not base-58-btc text of a known length behind the prefix z")
    try:
        data = base58btc_decode(text[1:])
    except MalformedValueError as error:
        raise InvalidVerificationMethod(error.detail) from error
    kind = _KINDS.get(data[:2])
    if kind is None:
        raise InvalidVerificationMethod("the key is of a kind that is not known here")
    return PublicKey(kind, data[2:])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _check_ed25519(raw: bytes) -> None:
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if y >= _P:
        raise InvalidVerificationMethod("the Ed25519 key is not canonically encoded")
    if y in _LOW_ORDER_Y:
        raise InvalidVerificationMethod("the Ed25519 key is a point of low order")


def _check_point(kind: Literal["p256", "p384"], raw: bytes) -> None:
    if raw[0] not in (2, 3):
        raise InvalidVerificationMethod(f"the {kind} key is not a compressed point")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[kind], raw)
    except ValueError as error:
        raise InvalidVerificationMethod(f"the {kind} key is not a point of its curve") from error


@lru_cache(maxsize=1024)
def _ed25519(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=1024)
def _multibase(kind: KeyKind, raw: bytes) -> str:
    return "z" + base58btc_encode(_CODECS[kind][0] + raw)
