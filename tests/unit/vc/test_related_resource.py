"""Digests of related resources (VCDM 2.0 §5.3)."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from portfolio import resources
from portfolio.errors import MalformedValueError
from portfolio.vc.contexts import CONTEXT_DI2, CONTEXT_VC2
from portfolio.vc.multikey import base58btc_encode
from portfolio.vc.related_resource import PUBLISHED, check_digest_multibase, check_digest_sri

SHA256 = PUBLISHED[CONTEXT_VC2][0]
SHA384 = PUBLISHED[CONTEXT_VC2][1]
SHA512 = PUBLISHED[CONTEXT_VC2][2]
WRONG = base64.b64encode(bytes(32)).decode()
RAW = base64.b64decode(SHA256)


def u(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (CONTEXT_VC2, "credentials-v2"),
        (CONTEXT_DI2, "data-integrity-v2"),
        ("https://w3id.org/security/multikey/v1", "multikey-v1"),
    ],
)
def test_the_constants_are_those_of_the_shipped_files(url: str, file: str) -> None:
    data = Path(resources.schemas() / "contexts" / f"{file}.jsonld").read_bytes()
    digests = [hashlib.new(name, data).digest() for name in ("sha256", "sha384", "sha512")]
    assert [base64.b64encode(digest).decode() for digest in digests] == list(PUBLISHED[url])


@pytest.mark.parametrize(
    "value",
    [
        f"sha256-{SHA256}",
        f"sha384-{SHA384}",
        f"sha512-{SHA512}",
        f"sha256-{WRONG} sha384-{SHA384}",  # the weaker one does not count
        f"sha256-{WRONG} sha256-{SHA256}?ct=application/ld+json",
    ],
)
def test_right_sri(value: str) -> None:
    check_digest_sri(CONTEXT_VC2, value)


@pytest.mark.parametrize(
    "value",
    [
        f"sha256-{WRONG}",
        f"sha384-{SHA256}",
        f"sha256-{SHA256} sha512-{WRONG}",
        f"sha256-{SHA256} md5-{WRONG}",
        SHA256,
        "sha256-",
        "",
        None,
        [f"sha256-{SHA256}"],
        "sha256-" + "A" * 2_000,
    ],
)
def test_wrong_sri(value: object) -> None:
    with pytest.raises(MalformedValueError):
        check_digest_sri(CONTEXT_VC2, value)


@pytest.mark.parametrize(
    "value",
    [
        u(RAW),
        u(b"\x12\x20" + RAW),
        "z" + base58btc_encode(b"\x12\x20" + RAW),
        u(base64.b64decode(SHA384)),
        u(b"\x20\x30" + base64.b64decode(SHA384)),
        u(b"\x13\x40" + base64.b64decode(SHA512)),
    ],
)
def test_right_multibase(value: str) -> None:
    check_digest_multibase(CONTEXT_VC2, value)


@pytest.mark.parametrize(
    "value",
    [u(bytes(32)), u(b"\x12\x20" + bytes(32)), u(RAW[:-1]), u(b"\x13\x20" + RAW), "m" + SHA256, "u!", "z0", "u", "", 7],
)
def test_wrong_multibase(value: object) -> None:
    with pytest.raises(MalformedValueError):
        check_digest_multibase(CONTEXT_VC2, value)


def test_what_is_not_known_cannot_be_wrong() -> None:
    check_digest_sri("https://chayka.example/a", f"sha256-{WRONG}")
    check_digest_multibase("https://chayka.example/a", "mAAAA")
