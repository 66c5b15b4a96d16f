"""What somebody brought, brought to one form: a document, and the token that secures it where it came in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portfolio.errors import ParsingError
from portfolio.vc.canonicalization import Limits
from portfolio.vc.credential import parse_credential
from portfolio.vc.envelopes import is_envelope, open_envelope
from portfolio.vc.jose import Kind, Token, is_token, read_token
from portfolio.vc.jsontext import dumps
from portfolio.vc.presentation import flattened


@dataclass(frozen=True, slots=True)
class Source:
    """A document that was read, not yet believed. token: the JSON Web Signature around it, None for embedded proofs."""

    document: Mapping[str, object]
    token: Token | None = None


def read_source(source: object, kind: Kind, limits: Limits) -> Source:
    """A JSON text, a compact JWS, an enveloped document or an object, within the limits.

    Errors: ParsingError, and those of ``read_token`` and ``open_envelope``.
    """
    if isinstance(source, Mapping):
        source = dumps(dict(source))
    text = source.decode("ascii", "replace") if isinstance(source, bytes) else source
    if isinstance(text, str) and is_token(text):
        return _from_token(text, kind, limits)
    if not isinstance(source, bytes | str):
        raise ParsingError("neither a text nor an object")
    document = parse_credential(source, limits)
    if is_envelope(document, kind):
        return _from_token(open_envelope(document, kind), kind, limits)
    return Source(document)


def _from_token(text: str, kind: Kind, limits: Limits) -> Source:
    token = read_token(text, kind, limits)
    return Source(flattened(token.document) if kind == "vp" else token.document, token)
