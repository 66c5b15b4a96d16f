from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.errors import InvalidVerificationMethod, MalformedValueError
from portfolio.vc.multikey import PublicKey, base58btc_decode, base58btc_encode, decode_multikey, ed25519_key

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

# Every encoding of the eight points of low order, the non-canonical ones among them.
LOW_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def digit_by_digit(data: bytes) -> str:
    """Base 58 as it is described, without any arithmetic tricks."""
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_base58_is_base_58(data: bytes) -> None:
    assert base58btc_encode(data) == digit_by_digit(data)
    assert base58btc_decode(base58btc_encode(data)) == data


@settings(deadline=None)
@given(st.binary(max_size=5), st.integers(min_value=0, max_value=40))
def test_base58_keeps_leading_zeros(data: bytes, zeros: int) -> None:
    assert base58btc_decode(base58btc_encode(bytes(zeros) + data)) == bytes(zeros) + data


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "z z", "+", "ы", "\n"])
def test_base58_refuses_other_characters(text: str) -> None:
    with pytest.raises(MalformedValueError):
        base58btc_decode(text)


def test_multikey_round_trip() -> None:
    raw = Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key().public_bytes_raw()
    public = ed25519_key(raw)
    assert public.multibase.startswith("z6Mk")
    assert decode_multikey(public.multibase) == public
    assert public.jwk() == {"kty": "OKP", "crv": "Ed25519", "x": public.jwk()["x"]}
    assert "=" not in public.jwk()["x"]


def test_verify() -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    public = ed25519_key(key.public_key().public_bytes_raw())
    signature = key.sign(b"data")
    assert public.verify(signature, b"data") is True
    assert public.verify(signature, b"date") is False
    assert public.verify(signature[:-1], b"data") is False
    assert public.verify(bytes(64), b"data") is False


@pytest.mark.parametrize("text", LOW_ORDER)
def test_low_order_keys_are_refused(text: str) -> None:
    with pytest.raises(InvalidVerificationMethod):
        ed25519_key(bytes.fromhex(text))
    multibase = "z" + base58btc_encode(b"\xed\x01" + bytes.fromhex(text))
    with pytest.raises(InvalidVerificationMethod):
        decode_multikey(multibase)


def test_low_order_keys_would_verify_anything() -> None:
    """Why they are refused: the library below accepts them."""
    identity = bytes.fromhex(LOW_ORDER[2])
    key = Ed25519PublicKey.from_public_bytes(identity)
    key.verify(identity + bytes(32), b"any message")
    key.verify(identity + bytes(32), b"any other message")


def test_non_canonical_key_is_refused() -> None:
    # y = p + 2 encodes the same field element as y = 2.
    with pytest.raises(InvalidVerificationMethod, match="canonical"):
        ed25519_key((2**255 - 19 + 2).to_bytes(32, "little"))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_length_is_exact(length: int) -> None:
    with pytest.raises(InvalidVerificationMethod):
        ed25519_key(b"\x05" * length)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "z6Mk",
        "u7QEu",
        "6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "Z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2do0",
        "z" + "1" * 46,
        "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK" * 40,
        "zQ3shZc2QzApp2oymGvQbzP8eKheVshBHbU4ZYjeXqwSKEn6N",
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidVerificationMethod):
        decode_multikey(text)


def test_points_off_the_curve_are_refused() -> None:
    good = decode_multikey("zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")
    assert good.kind == "p256"
    off_the_curve = next(
        candidate for candidate in (good.raw[:-1] + bytes((last,)) for last in range(256)) if not _is_point(candidate)
    )
    with pytest.raises(InvalidVerificationMethod):
        PublicKey("p256", off_the_curve)
    with pytest.raises(InvalidVerificationMethod, match="compressed"):
        PublicKey("p256", b"\x04" + good.raw[1:])


def _is_point(raw: bytes) -> bool:
    try:
        PublicKey("p256", raw)
    except InvalidVerificationMethod:
        return False
    return True


@pytest.mark.parametrize(("kind", "length"), [("x25519", 32)])
def test_keys_for_other_uses_do_not_verify(kind: str, length: int) -> None:
    public = PublicKey(kind, b"\x09" * length)  # type: ignore[arg-type]
    with pytest.raises(InvalidVerificationMethod):
        public.verify(bytes(64), b"")
    with pytest.raises(InvalidVerificationMethod):
        public.jwk()
    p256 = decode_multikey("zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")
    with pytest.raises(InvalidVerificationMethod):
        p256.verify(bytes(64), b"")
