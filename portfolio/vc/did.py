"""Decentralized identifiers: did:key, did:web, and how a verification method is found in a document.

Sources: W3C CCG did:key and did:web methods, W3C Controlled Identifiers 1.0 §2.3 and §3.3. Nothing here fetches: the
caller hands in a ``Resolver`` over the documents that it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from portfolio.errors import (
    InvalidControlledIdentifierDocument,
    InvalidControlledIdentifierDocumentId,
    InvalidRelationshipForVerificationMethod,
    InvalidVerificationMethod,
    InvalidVerificationMethodUrl,
    MalformedValueError,
)
from portfolio.vc.credential import format_datetime, parse_datetime
from portfolio.vc.jwk import SigningKey, decode_jwk
from portfolio.vc.multikey import PublicKey, decode_multikey

Resolver = Callable[[str], Mapping[str, object] | None]
"""Gives the controlled identifier document of a DID or URL without fragment, or None when it is not to be had here."""

DATA_INTEGRITY = ("Multikey",)
JOSE = ("JsonWebKey", "JsonWebKey2020", "Multikey")
"""The types of verification method that the cryptosuites and a JSON Web Signature are verified with (one under an older name)."""

RELATIONSHIPS = ("authentication", "assertionMethod", "capabilityInvocation", "capabilityDelegation")

_CONTEXT_DID = "https://www.w3.org/ns/did/v1"
_CONTEXT_MULTIKEY = "https://w3id.org/security/multikey/v1"
_CONTEXT_JWK = "https://w3id.org/security/jwk/v1"

_URL = re.compile(r"(?:did:[a-z0-9]+|https?):[^\x00-\x20<>\"{}|\\^`#]+\Z")
_FRAGMENT = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/?%-]+\Z")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DID_WEB = re.compile(
    rf"did:web:(?P<host>{_LABEL}(?:\.{_LABEL})*)(?:%3A(?P<port>[1-9][0-9]{{0,4}}))?(?P<path>(?::[A-Za-z0-9._~-]+)*)\Z"
)
_LONGEST_URL = 2_048


class UnresolvableIdentifier(InvalidVerificationMethodUrl):
    """The controller's document cannot be had here, so nothing can be said about its keys."""

    code = "unresolvable_identifier"


class KeptDocument(dict[str, object]):
    """The document of somebody elsewhere as it was kept here: a key that it lacks may have been added since."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One key of an issuer. fragment: ``key-2026-11``; retired: since when it no longer signs."""

    fragment: str
    public_key: PublicKey
    created: datetime
    retired: datetime | None = None


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """A verification method that was found and may be used for the purpose that was asked for.

    expires: proofs made after it do not hold; revoked: no proof holds, whenever it says that it was made.
    """

    id: str
    controller: str
    public_key: SigningKey
    expires: datetime | None = None
    revoked: datetime | None = None


# --- did:key


def did_key(public: PublicKey) -> str:
    """The did:key of a public key (did:key §3.1): ``did:key:z6Mk…``."""
    return f"did:key:{public.multibase}"


def did_key_document(did: str) -> dict[str, object]:
    """The document that a did:key stands for (did:key §3.1.1). A key for key agreement is in no signing relationship.

    InvalidVerificationMethodUrl when it is not a did:key; InvalidVerificationMethod when its key is unusable.
    """
    public = _did_key_public(did)
    method = f"{did}#{public.multibase}"
    document: dict[str, object] = {
        "@context": [_CONTEXT_DID, _CONTEXT_MULTIKEY],
        "id": did,
        "verificationMethod": [
            {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": public.multibase}
        ],
    }
    for relationship in _did_key_relationships(public):
        document[relationship] = [method]
    return document


def _did_key_public(did: str) -> PublicKey:
    if not did.startswith("did:key:"):
        raise InvalidVerificationMethodUrl("the identifier is not a did:key")
    return decode_multikey(did.removeprefix("did:key:"))


def _did_key_relationships(public: PublicKey) -> tuple[str, ...]:
    return ("keyAgreement",) if public.kind == "x25519" else RELATIONSHIPS


@lru_cache(maxsize=4096)
def _did_key_method(url: str, proof_purpose: str) -> VerificationMethod:
    """What the general algorithm finds in a did:key document, without building the document."""
    did, _, fragment = url.partition("#")
    public = _did_key_public(did)
    if fragment != public.multibase:
        raise InvalidVerificationMethod("the verification method is not in the document of its did:key")
    if proof_purpose not in _did_key_relationships(public):
        raise InvalidRelationshipForVerificationMethod(f"the key is not for {proof_purpose}")
    return VerificationMethod(url, did, public)


# --- did:web


def did_web(url: str) -> str:
    """The did:web of an address: ``https://host[:port][/path]`` becomes ``did:web:host[%3Aport][:path]``.

    MalformedValueError for an IP address (did:web forbids them) and for anything else that has no did:web.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise MalformedValueError("the address is not a URL") from error
    if parts.scheme not in ("http", "https") or parts.username is not None or parts.query or parts.fragment:
        raise MalformedValueError("a did:web stands for a bare http(s) address")
    path = "".join(f":{segment}" for segment in parts.path.strip("/").split("/") if parts.path.strip("/"))
    did = f"did:web:{host}{'' if port is None else f'%3A{port}'}{path}"
    did_web_url(did)
    return did


def did_web_url(did: str) -> str:
    """Where the document of a did:web is published (did:web §2.5.2); plain http for ``localhost`` alone.

    InvalidVerificationMethodUrl when it is not a did:web that may be asked for.
    """
    match = _DID_WEB.match(did)
    if match is None or len(did) > _LONGEST_URL:
        raise InvalidVerificationMethodUrl("the identifier is not a did:web")
    host, port, path = match["host"], match["port"], match["path"]
    # The last label of a host name is never a number; what is one is an IPv4 address in some notation (WHATWG URL §3.5).
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", host.rpartition(".")[2].lower()):
        raise InvalidVerificationMethodUrl("a did:web does not name an IP address")
    if port is not None and int(port) > 65_535:
        raise InvalidVerificationMethodUrl("the did:web names no port")
    segments = path.split(":")[1:]
    if any(segment in (".", "..") for segment in segments):
        raise InvalidVerificationMethodUrl("the did:web has a path with dots")
    scheme = "http" if host.lower() == "localhost" else "https"
    folder = "/".join(segments) or ".well-known"
    return f"{scheme}://{host}{'' if port is None else f':{port}'}/{folder}/did.json"


def did_document(did: str, keys: Sequence[VerificationKey], also_known_as: Sequence[str] = ()) -> dict[str, object]:
    """The document that an issuer publishes: every key as a Multikey and, under ``…-jwk``, as a JSON Web Key.

    A retired key stays, also in ``assertionMethod``, with ``expires``: what it signed before that moment goes on
    verifying (Controlled Identifiers 1.0 §3.3 wants the relationship), and what it signs later does not. A key that
    fell into wrong hands is left out of ``keys`` instead.
    """
    methods: list[dict[str, object]] = []
    for key in keys:
        method = f"{did}#{key.fragment}"
        until = {} if key.retired is None else {"expires": format_datetime(key.retired)}
        methods.append(
            {
                "id": method,
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.public_key.multibase,
                **until,
            }
        )
        methods.append(
            {
                "id": f"{method}-jwk",
                "type": "JsonWebKey",
                "controller": did,
                "publicKeyJwk": key.public_key.jwk(),
                **until,
            }
        )
    document: dict[str, object] = {"@context": [_CONTEXT_DID, _CONTEXT_MULTIKEY, _CONTEXT_JWK], "id": did}
    if also_known_as:
        document["alsoKnownAs"] = list(also_known_as)
    document["verificationMethod"] = methods
    document["assertionMethod"] = [method["id"] for method in methods]
    return document


# --- any controlled identifier document


def retrieve_verification_method(
    url: str, *, resolve: Resolver, proof_purpose: str, types: Collection[str] = DATA_INTEGRITY
) -> VerificationMethod:
    """Retrieve Verification Method (Controlled Identifiers 1.0 §3.3); a did:key is answered here, without ``resolve``.

    types: the kinds of verification method that will do.

    Errors: InvalidVerificationMethodUrl, UnresolvableIdentifier (``resolve`` has no such document),
    InvalidControlledIdentifierDocument, InvalidControlledIdentifierDocumentId, InvalidVerificationMethod,
    InvalidRelationshipForVerificationMethod.
    """
    # 1.–2. the URL, and the document's own URL
    identifier, mark, fragment = url.partition("#")
    if len(url) > _LONGEST_URL or not _URL.match(identifier) or not mark or not _FRAGMENT.match(fragment):
        raise InvalidVerificationMethodUrl("the verification method is not a URL with a fragment")
    if identifier.startswith("did:key:"):
        return _did_key_method(url, proof_purpose)
    # 3.–4. the document
    document = resolve(identifier)
    if document is None:
        raise UnresolvableIdentifier("the document of the verification method is not to be had here")
    if not isinstance(document, Mapping):
        raise InvalidControlledIdentifierDocument("the controlled identifier document is not an object")
    if not isinstance(document.get("id"), str):
        raise InvalidControlledIdentifierDocument("the controlled identifier document has no id")
    if document["id"] != identifier:
        raise InvalidControlledIdentifierDocumentId("the document found is that of another identifier")
    # 5.–6. the fragment in the document
    found = [method for method in _methods(document, proof_purpose) if method.get("id") == url]
    if not found and isinstance(document, KeptDocument):
        raise UnresolvableIdentifier("the document that is kept here does not have this verification method")
    if not found:
        raise InvalidVerificationMethod("the document does not have this verification method")
    method = found[0]
    if any(other != method for other in found):
        raise InvalidControlledIdentifierDocument("two verification methods have the same id")
    # 7.–8. its controller, and the relationship
    if method.get("controller") != identifier:
        raise InvalidVerificationMethod("the verification method has another controller")
    if not any(
        member == url or (isinstance(member, Mapping) and member.get("id") == url)
        for member in _members(document, proof_purpose)
    ):
        raise InvalidRelationshipForVerificationMethod(f"the verification method is not listed under {proof_purpose}")
    return method_of(method, url, identifier, types)


def _members(document: Mapping[str, object], name: str) -> Sequence[object]:
    members = document.get(name, ())
    if not isinstance(members, list | tuple):
        raise InvalidControlledIdentifierDocument(f"{name} is not a list")
    return members


def _methods(document: Mapping[str, object], proof_purpose: str) -> Iterator[Mapping[str, object]]:
    """The verification methods of a document: those listed, and those embedded in the relationship asked for."""
    for member in _members(document, "verificationMethod"):
        if not isinstance(member, Mapping):
            raise InvalidControlledIdentifierDocument("a verification method is not an object")
        yield member
    for member in _members(document, proof_purpose):
        if isinstance(member, Mapping):
            yield member


def method_of(method: Mapping[str, object], url: str, controller: str, types: Collection[str]) -> VerificationMethod:
    """Read one verification method, whose id and controller the caller has seen to. Raises InvalidVerificationMethod."""
    kind = method.get("type")
    if not isinstance(kind, str) or kind not in types:
        raise InvalidVerificationMethod(f"the verification method is not a {' or a '.join(types)}")
    moments: dict[str, datetime | None] = {"expires": None, "revoked": None}
    for name in moments:
        if name in method:
            moments[name] = _moment(method[name], name)
    key = _multikey(method) if kind == "Multikey" else _json_web_key(method)
    return VerificationMethod(url, controller, key, moments["expires"], moments["revoked"])


def _multikey(method: Mapping[str, object]) -> PublicKey:
    """§2.2.2."""
    text = method.get("publicKeyMultibase")
    if not isinstance(text, str):
        raise InvalidVerificationMethod("the Multikey has no publicKeyMultibase")
    if "secretKeyMultibase" in method:
        raise InvalidVerificationMethod("the Multikey publishes its secret key")
    return decode_multikey(text)


def _json_web_key(method: Mapping[str, object]) -> SigningKey:
    """§2.2.3."""
    if "secretKeyJwk" in method:
        raise InvalidVerificationMethod("the JsonWebKey publishes its secret key")
    return decode_jwk(method.get("publicKeyJwk"))


def _moment(value: object, name: str) -> datetime:
    try:
        return parse_datetime(value)
    except MalformedValueError as error:
        raise InvalidVerificationMethod(f"{name} of the verification method is not a moment") from error
