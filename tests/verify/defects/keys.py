"""Documents of issuers that do not give the key (Controlled Identifiers 1.0 §3.3), behind a credential that is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portfolio.vc.jsontext import dumps
from portfolio.vc.multikey import base58btc_encode
from tests.unit.vc.signers import PLANT, STRANGER, foreign, material
from tests.verify.defects import SECURITY, Case, Finding

DOCUMENT = Finding(
    "signature", "invalid_controlled_identifier_document", SECURITY + "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"
)
DOCUMENT_ID = Finding(
    "signature", "invalid_controlled_identifier_document_id", SECURITY + "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID"
)
METHOD = Finding("signature", "invalid_verification_method", SECURITY + "INVALID_VERIFICATION_METHOD")
RELATIONSHIP = Finding(
    "signature",
    "invalid_relationship_for_verification_method",
    SECURITY + "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
)
LIFETIME = Finding("signature", "proof_verification_error", SECURITY + "PROOF_VERIFICATION_ERROR")
NOT_HAD = Finding("signature", "unresolvable_identifier", SECURITY + "INVALID_VERIFICATION_METHOD_URL", "unknown")

_CREDENTIAL = dumps(PLANT.issue(foreign(PLANT)))
_MULTIKEY: dict[str, Any] = {
    "id": PLANT.method,
    "type": "Multikey",
    "controller": PLANT.did,
    "publicKeyMultibase": PLANT.public.multibase,
}


def _document(**members: Any) -> dict[str, Any]:
    return {"id": PLANT.did, "verificationMethod": [_MULTIKEY], "assertionMethod": [PLANT.method], **members}


def _method(**members: Any) -> dict[str, Any]:
    return _document(verificationMethod=[{**_MULTIKEY, **members}])


def _multibase(data: bytes) -> str:
    return "z" + base58btc_encode(data)


def sound() -> dict[str, Any]:
    """The document from which all of these were made."""
    return _document()


def cases() -> Iterator[Case]:
    raw = PLANT.public.raw
    other_key = {**_MULTIKEY, "publicKeyMultibase": STRANGER.public.multibase}
    found: list[tuple[Finding, dict[str, Any]]] = [
        (NOT_HAD, {"not to be had": None}),
        (
            DOCUMENT,
            {
                "a list": [_document()],
                "a text": "x",
                "nothing": {},
                "id of a list": _document(id=[PLANT.did]),
                "methods of an object": _document(verificationMethod=_MULTIKEY),
                "methods of texts": _document(verificationMethod=[PLANT.method]),
                "methods of null": _document(verificationMethod=None),
                "relationship of a text": _document(assertionMethod=PLANT.method),
                "relationship of an object": _document(assertionMethod=_MULTIKEY),
                "two keys of one name": _document(verificationMethod=[_MULTIKEY, other_key]),
                "another key embedded under the name": _document(assertionMethod=[PLANT.method, other_key]),
            },
        ),
        (
            DOCUMENT_ID,
            {
                "another's": {**STRANGER.document, "verificationMethod": [_MULTIKEY]},
                "id with the fragment": _document(id=PLANT.method),
                "id in capitals": _document(id=PLANT.did.upper()),
                "id with a slash": _document(id=PLANT.did + "/"),
            },
        ),
        (
            METHOD,
            {
                "no methods": _document(verificationMethod=[]),
                "another fragment": _method(id=f"{PLANT.did}#key-2"),
                "a relative id": _method(id="#key-1"),
                "another controller": _method(controller=STRANGER.did),
                "no controller": _method(controller=None),
                "a list of controllers": _method(controller=[PLANT.did]),
                "embedded, of another controller": _document(
                    verificationMethod=[], assertionMethod=[{**_MULTIKEY, "controller": STRANGER.did}]
                ),
                "JsonWebKey": _method(type="JsonWebKey", publicKeyJwk=PLANT.public.jwk()),
                "Ed25519VerificationKey2020": _method(type="Ed25519VerificationKey2020"),
                "type of a list": _method(type=["Multikey"]),
                "no key": _method(publicKeyMultibase=None),
                "key of a list": _method(publicKeyMultibase=[PLANT.public.multibase]),
                "key without its prefix": _method(publicKeyMultibase=PLANT.public.multibase[1:]),
                "key in base64url": _method(publicKeyMultibase="u" + PLANT.public.multibase[1:]),
                "key without its codec": _method(publicKeyMultibase=_multibase(raw)),
                "key of 31 bytes": _method(publicKeyMultibase=_multibase(b"\xed\x01" + raw[:-1])),
                "key of 33 bytes": _method(publicKeyMultibase=_multibase(b"\xed\x01" + raw + b"\0")),
                "a private key's codec": _method(publicKeyMultibase=_multibase(b"\x80\x26" + raw)),
                "P-256's codec": _method(publicKeyMultibase=_multibase(b"\x80\x24" + b"\x02" + raw)),
                "RSA's codec": _method(publicKeyMultibase=_multibase(b"\x85\x24" + raw)),
                "key without end": _method(publicKeyMultibase="z" + "2" * 100_000),
                "low order": _method(publicKeyMultibase=_multibase(b"\xed\x01" + bytes(32))),
                "its secret key": _method(secretKeyMultibase="z3u2"),
                "expires of a date": _method(expires="2030-01-01"),
                "revoked of a truth": _method(revoked=False),
            },
        ),
        (
            RELATIONSHIP,
            {
                "no relationship": _document(assertionMethod=[]),
                "another relationship": _document(assertionMethod=[], authentication=[PLANT.method]),
                "embedded under another": _document(assertionMethod=[], keyAgreement=[_MULTIKEY]),
                "another key in it": _document(assertionMethod=[f"{PLANT.did}#key-2"]),
                "a relative reference": _document(assertionMethod=["#key-1"]),
            },
        ),
        (
            LIFETIME,
            {
                "retired before": _method(expires="2026-03-18T08:59:59Z"),
                "revoked before": _method(revoked="2026-03-18T08:59:59Z"),
                "revoked since": _method(revoked="2026-03-18T09:30:00Z"),
                "another key of that name": _document(verificationMethod=[other_key]),
            },
        ),
    ]
    for finding, documents in found:
        for name, document in documents.items():
            yield Case("key document", name, _CREDENTIAL, finding, material(resolve={PLANT.did: document}.get))
