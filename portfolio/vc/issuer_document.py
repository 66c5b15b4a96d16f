"""Another issuer's DID document: taken in strictly, and told apart by its keys.

The document of a registered issuer is kept as the bytes that came; what is read from it here is whether it is usable at
all, and the figures by which two people on the telephone see that they hold the same keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from portfolio.errors import (
    DocumentError,
    InvalidControlledIdentifierDocument,
    InvalidControlledIdentifierDocumentId,
    InvalidVerificationMethod,
)
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import Limits, canonicalize_jcs
from portfolio.vc.did import KeptDocument, VerificationMethod, retrieve_verification_method
from portfolio.vc.jwk import SigningKey
from portfolio.vc.multikey import PublicKey

LIMITS: Final = Limits(bytes=256 * 1024, depth=12, nodes=5_000)

_GROUPS: Final = 6
_DIGITS: Final = 5
_MOST_METHODS: Final = 200


def read_did_document(data: bytes | str, did: str) -> dict[str, Any]:
    """The DID document of exactly this DID, with at least one key that may sign credentials.

    Errors: ParsingError, InvalidControlledIdentifierDocument, …DocumentId, InvalidVerificationMethod (no usable key).
    """
    document = jsontext.loads(data, LIMITS)
    if not isinstance(document, dict):
        raise InvalidControlledIdentifierDocument("the document is not an object")
    if document.get("id") != did:
        raise InvalidControlledIdentifierDocumentId("the document is that of another identifier", path="$.id")
    if not assertion_keys(document):
        raise InvalidVerificationMethod("the document has no usable key under assertionMethod")
    return document


def assertion_keys(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the public keys that this document lets sign credentials, each once and in order; others are passed over."""
    members = document.get("assertionMethod")
    if not isinstance(members, list):
        raise InvalidControlledIdentifierDocument("assertionMethod is not a list")
    if len(members) > _MOST_METHODS:
        raise InvalidControlledIdentifierDocument(f"more than {_MOST_METHODS} verification methods")
    found: set[str] = set()
    for member in members:
        url = member.get("id") if isinstance(member, Mapping) else member
        if not isinstance(url, str):
            raise InvalidControlledIdentifierDocument("a member of assertionMethod has no id")
        method = _method(document, url)
        if method is not None and method.revoked is None and method.public_key.kind != "x25519":
            found.add(_name_of(method.public_key))
    return tuple(sorted(found))


def with_keys(document: Mapping[str, Any], keys: Sequence[str]) -> KeptDocument:
    """The document with these keys (``assertion_keys``) alone: of others it is not known here whether they are its owner's."""
    allowed = frozenset(keys)

    def agreed(member: object) -> bool:
        method = _method(document, member.get("id") if isinstance(member, Mapping) else member)
        return method is not None and _name_of(method.public_key) in allowed

    return KeptDocument(
        {
            name: [one for one in value if agreed(one)] if name in ("verificationMethod", "assertionMethod") else value
            for name, value in document.items()
        }
    )


def key_fingerprint(document: Mapping[str, Any]) -> str:
    """Thirty digits in six groups that stand for a DID and its keys: to be read out and compared.

    SHA-256 of the DID and its ``assertion_keys``, one a line (each ended by LF), as a big-endian integer modulo 10^30.
    """
    lines = (str(document.get("id")), *assertion_keys(document))
    number = int.from_bytes(sha256("".join(f"{line}\n" for line in lines).encode()).digest(), "big")
    digits = f"{number % 10 ** (_GROUPS * _DIGITS):0{_GROUPS * _DIGITS}d}"
    return " ".join(digits[start : start + _DIGITS] for start in range(0, len(digits), _DIGITS))


def _method(document: Mapping[str, Any], url: object) -> VerificationMethod | None:
    """The key behind a member of ``assertionMethod``; None when it is of no use here."""
    if not isinstance(url, str):
        return None
    try:
        return retrieve_verification_method(
            url, resolve=lambda _: document, proof_purpose="assertionMethod", types=("Multikey", "JsonWebKey")
        )
    except DocumentError:
        return None


def _name_of(key: SigningKey) -> str:
    """The Multikey, or for RSA, which has none here, ``rsa:`` and the thumbprint of the JWK (RFC 7638)."""
    if isinstance(key, PublicKey):
        return key.multibase
    return f"rsa:{sha256(canonicalize_jcs(key.jwk())).hexdigest()}"
