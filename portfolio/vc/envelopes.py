"""Enveloped credentials and presentations: a secured document as the ``data:`` URL of an object (VCDM 2.0 §4.13.1, §4.13.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portfolio.errors import MalformedValueError
from portfolio.vc.contexts import CONTEXT_VC2
from portfolio.vc.jose import Kind, is_token
from portfolio.vc.proof_check import UnsupportedProof

TYPES: Final[Mapping[Kind, str]] = {"vc": "EnvelopedVerifiableCredential", "vp": "EnvelopedVerifiablePresentation"}

_MEMBERS: Final = frozenset(("@context", "id", "type"))


def is_envelope(document: object, kind: Kind) -> bool:
    """Whether an object says that it is an envelope of this kind, whatever else it says."""
    found = document.get("type") if isinstance(document, Mapping) else None
    return found == TYPES[kind] or (isinstance(found, list) and TYPES[kind] in found)


def open_envelope(document: Mapping[str, object], kind: Kind) -> str:
    """The compact JWS inside an enveloped credential or presentation.

    MalformedValueError for one that is not built as the data model says, or that says something beside its token: nobody
    signed that. UnsupportedProof for a media type that is not read here (COSE, SD-JWT).
    """
    if document.get("type") not in (TYPES[kind], [TYPES[kind]]):
        raise MalformedValueError(f"the type is not {TYPES[kind]} alone", path="$.type")
    context = document.get("@context")
    if context != CONTEXT_VC2 and not (isinstance(context, list) and context[:1] == [CONTEXT_VC2]):
        raise MalformedValueError("not the base context of verifiable credentials", path="$['@context']")
    if document.keys() - _MEMBERS:
        raise MalformedValueError("an envelope has members that nobody signed", path="$")
    url = document.get("id")
    if not isinstance(url, str) or not url.startswith("data:") or "," not in url:
        raise MalformedValueError("the id is not a data: URL", path="$.id")
    media_type, _, data = url.removeprefix("data:").partition(",")
    if media_type.lower() not in (f"application/{kind}+jwt", "application/jwt"):
        raise UnsupportedProof("an envelope of this media type is not read here", path="$.id")
    if not is_token(data):
        raise MalformedValueError("the envelope does not hold a compact JSON Web Signature", path="$.id")
    return data


def envelope(token: str, kind: Kind = "vc") -> dict[str, object]:
    """The object that carries a compact JWS."""
    return {"@context": [CONTEXT_VC2], "id": f"data:application/{kind}+jwt,{token}", "type": TYPES[kind]}
