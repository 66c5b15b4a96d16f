"""What a file refers to, so that a caller can lay it ready. Reads anything, and believes nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from portfolio.errors import OrientirError
from portfolio.vc.canonicalization import COLLECTION_LIMITS
from portfolio.vc.clr import nested_credentials
from portfolio.vc.credential import each, identifier_of, objects
from portfolio.vc.envelopes import is_envelope, open_envelope
from portfolio.vc.jose import Kind, Token, is_token, read_token
from portfolio.vc.verification.facts import References

_DEEPEST_NESTING: Final = 3  # a presentation, a learner record, a credential, its endorsements


def references(source: object) -> References:
    """What a credential or presentation refers to, given as an object, a compact JWS or an envelope.

    Anything else refers to nothing. Tells nothing about whether the document holds.
    """
    named: tuple[dict[str, None], dict[str, None], dict[str, None]] = ({}, {}, {})
    issuers, lists, methods = named
    opened = _opened(source)
    if opened is None:
        return References()
    todo = [(*opened, 0)]
    while todo:
        current, token, depth = todo.pop()
        _note(issuers, current.get("issuer"))
        for entry in objects(current.get("credentialStatus")):
            _note(lists, entry.get("statusListCredential"))
        for proof in objects(current.get("proof")):
            _note(methods, proof.get("verificationMethod"))
        if token is not None:
            _note(methods, token.verification_method)
        if depth < _DEEPEST_NESTING:
            todo.extend((*found, depth + 1) for found in reversed(list(_inside(current))))
    document = opened[0]
    return References(
        issuer=identifier_of(document.get("issuer")),
        credential_id=identifier_of(document),
        status_list_urls=tuple(lists),
        verification_methods=tuple(methods),
        issuers=tuple(issuers),
    )


def _note(named: dict[str, None], value: object) -> None:
    url = identifier_of(value)
    if url is not None:
        named[url] = None


_Opened = tuple[Mapping[str, object], Token | None]


def _inside(document: Mapping[str, object]) -> Iterator[_Opened]:
    members = (
        *nested_credentials(document),
        *(item for item, _ in each(document.get("verifiableCredential"), "")),
        *(item for item, _ in each(document.get("endorsement"), "")),
        *(item for item, _ in each(document.get("endorsementJwt"), "")),
    )
    for member in members:
        for item in member if isinstance(member, list) else [member]:
            opened = _opened(item)
            if opened is not None:
                yield opened


def _opened(source: object) -> _Opened | None:
    kinds: tuple[Kind, ...] = ("vc", "vp")
    for kind in kinds:
        with suppress(OrientirError):
            if isinstance(source, str) and is_token(source):
                token = read_token(source, kind, COLLECTION_LIMITS)
            elif isinstance(source, Mapping) and is_envelope(source, kind):
                token = read_token(open_envelope(source, kind), kind, COLLECTION_LIMITS)
            else:
                continue
            return token.document, token
    return (source, None) if isinstance(source, Mapping) else None
