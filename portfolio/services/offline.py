"""What somebody who checks without a network brings along: DID documents and status lists, each as a file.

Nothing is fetched, and a home's own shelves come first: a file never stands in for what this school keeps itself.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from portfolio.errors import N_, InvalidInput, Message, ParsingError, StatusRetrievalError
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import COLLECTION_LIMITS
from portfolio.vc.credential import is_url, objects, types_of
from portfolio.vc.status_list import CREDENTIAL_TYPE
from portfolio.vc.validation import State, Verdict
from portfolio.vc.verification import Material, TrustedIssuer

MAXIMUM_BYTES = COLLECTION_LIMITS.bytes

Document = Mapping[str, Any]
File = tuple[str, bytes]
"""The name of a file, for what is said of it, and what is in it."""

_NOT_DID = N_("{file} is not a DID document.")
_NOT_LIST = N_("{file} is not a status list.")
_TWICE = N_("{file} says something else of {identifier} than another of these files.")
_VALID = N_("Genuine and in force. The organisation that signed it is the one whose DID document was handed in.")
_HANDED = N_("The DID document of this organisation was handed in with the question; whose it is was not checked here.")


@dataclass(frozen=True)
class Handed:
    """What the files hold. documents: by DID; lists: by address; known: the DIDs that whoever asks vouches for."""

    documents: Mapping[str, Document] = field(default_factory=dict)
    lists: Mapping[str, Document] = field(default_factory=dict)
    known: frozenset[str] = frozenset()


NOTHING = Handed()


def handed(dids: Iterable[File] = (), lists: Iterable[File] = ()) -> Handed:
    """Read the files. InvalidInput with the name of the first that is not what it was handed in as.

    Whoever hands in an organisation's DID document says that this is the organisation meant, as with the key files of other
    verifiers. What a status list says counts only after its signature was verified as any list's is.
    """
    documents = _by_id(dids, _NOT_DID, _is_did_document)
    return Handed(documents, _by_id(lists, _NOT_LIST, _is_status_list), frozenset(documents))


def with_handed(material: Material, brought: Handed) -> Material:
    """The material and, where it has nothing, what was handed in."""
    if brought == NOTHING:
        return material
    own_resolve, own_list = material.resolve, material.status_list

    def status_list(url: str) -> Document | None:
        try:
            return own_list(url) or brought.lists.get(url)
        except StatusRetrievalError:  # its host was asked and gave nothing
            if url in brought.lists:
                return brought.lists[url]
            raise

    known = {did: TrustedIssuer(did, did) for did in brought.known}
    return replace(
        material,
        resolve=lambda did: own_resolve(did) or brought.documents.get(did),
        status_list=status_list,
        trusted=ChainMap(material.trusted, known),  # type: ignore[arg-type]  # looked up, never written or copied whole
    )


def in_own_words(verdict: Verdict, brought: Handed, material: Material) -> Verdict:
    """The verdict, which says of an issuer known by its handed-in document alone that it is known by that alone."""
    if not brought.known:
        return verdict
    result = verdict.result
    trusted = result.trusted_issuer
    verdict = replace(verdict, nested=tuple(in_own_words(inner, brought, material) for inner in verdict.nested))
    if trusted is None or trusted.did not in brought.known or trusted.did in material.trusted:
        return verdict
    steps = tuple(
        replace(step, reason=Message(_HANDED), code="handed_in") if step.name == "trust" and step.holds else step
        for step in result.steps
    )
    reason = Message(_VALID) if verdict.state is State.VALID else verdict.reason
    return replace(verdict, reason=reason, result=replace(result, steps=steps))


# --- reading


def _is_did_document(document: Document) -> bool:
    methods = [*objects(document.get("verificationMethod")), *objects(document.get("assertionMethod"))]
    return bool(methods) and "#" not in document["id"]


def _is_status_list(document: Document) -> bool:
    return CREDENTIAL_TYPE in types_of(document)


def _by_id(files: Iterable[File], refusal: str, fits: Callable[[Document], bool]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for name, data in files:
        try:
            document = jsontext.loads(data, COLLECTION_LIMITS)
        except ParsingError as error:
            raise InvalidInput(error.detail, message=Message(refusal, {"file": name})) from None
        identifier = document.get("id") if isinstance(document, dict) else None
        if not isinstance(identifier, str) or not is_url(identifier) or not fits(document):
            raise InvalidInput(message=Message(refusal, {"file": name}))
        if found.setdefault(identifier, document) != document:
            raise InvalidInput(message=Message(_TWICE, {"file": name, "identifier": identifier}))
    return found
