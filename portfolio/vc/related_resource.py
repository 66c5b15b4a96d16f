"""Digests of related resources: VCDM 2.0 §5.3.

A credential may name a resource and the digest of its bytes. Nothing is fetched here, and the bytes of most resources are not
to be had; but those of W3C's own contexts are fixed by the Recommendations that publish their SHA-256 (VCDM 2.0 §B.1, VCDM 1.1
§B.1, Data Integrity 1.0 §2.4, Controlled Identifiers 1.0 §2.6), so that a wrong digest of one of them is found at once.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portfolio.errors import MalformedValueError
from portfolio.vc.multikey import base58btc_decode

PUBLISHED: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "https://www.w3.org/ns/credentials/v2": (
            "WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=",
            "l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU",
            "XVVFK9Lc+KKfWikEc+skKxxft31OaPGgqoe6pNuiaUhS1l7GPUisBKmdlW+fcVO5QG+E0tBMdIabAsI5odgTBQ==",
        ),
        "https://www.w3.org/2018/credentials/v1": (
            "q03dmlMXWIB6eaW0UFENYa6NFH6rlmzJogDAcJWwzcw=",
            "gsOz6rhjdUu/0rnxfY1tufYRafMBy/CwXh/EvrX1xR3U0uiIwnT0nD+7JAj2H67R",
            "U2pAs5DdqUqeORlsAAkPYmaOgYT+PIwCxKIshWZuaL9uhdPcfy26hbK2Lvldl94kEyVo2FBNtD8snILS6IQY0g==",
        ),
        "https://w3id.org/security/data-integrity/v2": (
            "Z/IebjOmwU5cz9L8eGX3R0+3GgSvfpQTbLOZ36yK6PQ=",
            "DuLXYmcX+LB81Em1JdXitx/icgn8meUwieAWndKUTXk/7qRSb8YLucyhzZZRI5H2",
            "Oc16mkBHt0uFJGQP41Yz6B6ChtFL27fnfQ4I2FCwDWo1sBhdXeNcR5uu2yOheYnZ9iislVMf3XnAxaD2Mtn6lQ==",
        ),
        "https://w3id.org/security/multikey/v1": (
            "uiwYLeLZL35HGEvMqPzwvq7m05hsUnv2ZMGVu8fFhZc=",
            "D6UWQdEvuMcBsuapSSVW8l0yu0r4SpbxGAjwpiO5ckNN0YqPHxhlvGjY7gRsTlo+",
            "En0TOOp/cC10XtW/aQDtqKrEQZ2lRjGB/KAsJ+BQhRBufT7s6eoOFWvP9cP5nurTl3hcRTvFeffdVJapkeELXw==",
        ),
        "https://w3id.org/security/jwk/v1": (
            "DxS2L2Bxqv4A3yZXcOoMdQjhGCR9ebfYYaQG0qoAvs4=",
            "di3FXOefNh47vrfTyw3bPkS44ohSYfgoMYOVnRqqM5BK9qgAUFntlkFQDqt9jdrl",
            "Dvv/hFI9cgovMx/sT77clp7i51dkwO0yXHLLVrxTnTqcZCAjyVhzWv1TV1VKsffhMRHw3Phh9ZsrwEUSbNhSEQ==",
        ),
        "https://www.w3.org/ns/cid/v1": (
            "6iFuzBywLNObaT26IlAUHicLoL+ViQvhB92ano5D3oU=",
            "Mn2STUpIUY61Ql6KlDCj8g2WeLsREc3b8P8qZ7hU7khcLvFJ381FFt/Br35zO+wY",
            "K0b8eUWXuqjlW4ViHnujgprInNp3dJa2D+RMCqHLv/0MTudwmi2ftNYlU4A0K0mhWsCz1uYISlUFxsxCU8NXyw==",
        ),
    }
)
"""Resources whose bytes are fixed → SHA-256, SHA-384 and SHA-512 of them, in base64."""

_ALGORITHMS: Final = ("sha256", "sha384", "sha512")
_LENGTHS: Final = {32: 0, 48: 1, 64: 2}
_MULTIHASH: Final = {b"\x12\x20": 0, b"\x20\x30": 1, b"\x13\x40": 2}
_SRI: Final = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?[\x21-\x7e]*)?\Z")
_LONGEST: Final = 1_024


def check_digest_sri(url: str, value: object) -> None:
    """``digestSRI`` (Subresource Integrity §3.3.5): of several digests one of the strongest kind must be the resource's.

    MalformedValueError when it is not written as one, and when the resource is known and has another digest.
    """
    texts = value.split() if isinstance(value, str) and len(value) <= _LONGEST else []
    found = [_SRI.match(text) for text in texts]
    digests = [(_ALGORITHMS.index(match[1]), match[2]) for match in found if match is not None]
    if not digests or len(digests) != len(texts):
        raise MalformedValueError("digestSRI is not a digest of subresource integrity")
    if url in PUBLISHED:
        strongest = max(kind for kind, _ in digests)
        written = [text.replace("-", "+").replace("_", "/") for kind, text in digests if kind == strongest]
        if PUBLISHED[url][strongest] not in written:
            raise MalformedValueError("digestSRI is not that of the resource")


def check_digest_multibase(url: str, value: object) -> None:
    """``digestMultibase`` (Controlled Identifiers 1.0 §2.3): a multihash, or the bare bytes of a digest, behind ``u`` or ``z``.

    MalformedValueError as for ``digestSRI``; for a resource that is not known any text will do.
    """
    if not isinstance(value, str) or not 1 < len(value) <= _LONGEST:
        raise MalformedValueError("digestMultibase is not text in a multibase")
    if url not in PUBLISHED:
        return
    data = _multibase(value)
    kind = _MULTIHASH.get(data[:2])
    if kind is not None and len(data) == 2 + data[1]:
        data = data[2:]
    else:
        kind = _LENGTHS.get(len(data))
    if kind is None or base64.b64decode(PUBLISHED[url][kind]) != data:
        raise MalformedValueError("digestMultibase is not that of the resource")


def _multibase(text: str) -> bytes:
    try:
        if text[0] == "u":
            return base64.b64decode(text[1:] + "=" * (-(len(text) - 1) % 4), altchars=b"-_", validate=True)
        if text[0] == "z":
            return base58btc_decode(text[1:])
    except (binascii.Error, ValueError) as error:
        raise MalformedValueError("digestMultibase is not text in its multibase") from error
    raise MalformedValueError("digestMultibase is in a multibase that is not known here")
