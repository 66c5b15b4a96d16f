"""A school's trust list: whose credentials it knows, since when, and for what. ``docs/formats/trust-list.md``.

Plain JSON under one ``eddsa-jcs-2022`` proof of the school whose list it is. Building, reading and comparing are pure:
signing, storing and fetching are for others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from portfolio.errors import MalformedValueError, OrientirError, ParsingError, ProofVerificationError, RangeError
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import Limits
from portfolio.vc.credential import format_datetime, parse_datetime
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.data_integrity import verify_proof
from portfolio.vc.did import Resolver, did_web_url, retrieve_verification_method
from portfolio.vc.proof_check import SKEW

TYPE: Final = "TrustList"
KINDS: Final = ("own", "organisation", "school")
LIMITS: Final = Limits(bytes=1 << 20, depth=6, nodes=20_000)
MOST_ISSUERS: Final = 1_000
LONGEST_NAME: Final = 200

_MEMBERS: Final = frozenset(("id", "type", "version", "issuer", "issued", "issuers", "proof"))
_ENTRY_REQUIRED: Final = frozenset(("did", "kind", "name", "since"))
_ENTRY_MEMBERS: Final = _ENTRY_REQUIRED | {"until", "scope"}
_PROOF_MEMBERS: Final = frozenset(
    ("type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue")
)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}\Z")
_TYPE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}\Z")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MOST_TYPES: Final = 16
_MOST_LANGUAGES: Final = 8


@dataclass(frozen=True, slots=True)
class ListedIssuer:
    """One line of a list. kind: ``own`` (the school itself), ``organisation`` (a partner) or ``school`` (of the network).

    name: by language; since, until: days, both included; scope: the credential types that it is known for, empty for all.
    """

    did: str
    kind: str
    name: Mapping[str, str]
    since: date
    until: date | None = None
    scope: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The line as it stands in the list."""
        found: dict[str, Any] = {
            "did": self.did,
            "kind": self.kind,
            "name": dict(sorted(self.name.items())),
            "since": self.since.isoformat(),
        }
        if self.until is not None:
            found["until"] = self.until.isoformat()
        if self.scope:
            found["scope"] = sorted(self.scope)
        return found


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list that was read and verified. address: its ``id``; issuer: the DID of the school whose list it is."""

    address: str
    issuer: str
    version: int
    issued: datetime
    issuers: tuple[ListedIssuer, ...]
    document: Mapping[str, Any] = field(repr=False)

    @property
    def own(self) -> ListedIssuer:
        """The line of the school whose list it is."""
        return next(entry for entry in self.issuers if entry.kind == "own")


@dataclass(frozen=True, slots=True)
class Changes:
    """What one list says that another did not. changed: (before, after) of the lines of one DID."""

    added: tuple[ListedIssuer, ...]
    removed: tuple[ListedIssuer, ...]
    changed: tuple[tuple[ListedIssuer, ListedIssuer], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def trust_list_url(did: str) -> str:
    """Where the issuer of a did:web publishes its list: beside its DID document. InvalidVerificationMethodUrl otherwise."""
    return did_web_url(did).removesuffix("did.json") + "trust-list.json"


def trust_list_document(
    *, issuer: str, version: int, issued: datetime, issuers: Sequence[ListedIssuer]
) -> dict[str, Any]:
    """The list as a document, not yet signed; its lines by kind and DID, so that the same facts give the same bytes.

    MalformedValueError when it would not be read again.
    """
    document: dict[str, Any] = {
        "id": trust_list_url(issuer),
        "type": TYPE,
        "version": version,
        "issuer": issuer,
        "issued": format_datetime(issued),
        "issuers": [entry.as_dict() for entry in sorted(issuers, key=lambda one: (KINDS.index(one.kind), one.did))],
    }
    parse_trust_list(document)
    return document


def read_trust_list(
    source: bytes | str,
    *,
    resolve: Resolver,
    now: datetime,
    issuer: str | None = None,
    address: str | None = None,
    seen: int = 0,
) -> TrustList:
    """Read a list and verify it; whatever is wrong is an error and nothing is taken from it.

    resolve: gives the DID document of the school whose list it is. issuer, address: whose list, and from where, the caller
    expects. seen: the version that the caller knows already. Errors: ParsingError, MalformedValueError (with the path),
    RangeError for a version below ``seen``, and those of ``verify_proof``.
    """
    document = jsontext.loads(source, LIMITS)
    if not isinstance(document, dict):
        raise ParsingError("the trust list is not an object", path="$")
    found = parse_trust_list(document)
    if issuer is not None and found.issuer != issuer:
        raise MalformedValueError("the list is that of another school", path="$.issuer")
    if address is not None and found.address != address:
        raise MalformedValueError("the list belongs to another address", path="$.id")
    _check_proof(document, found.issuer, resolve, now)
    if found.issued > now + SKEW:
        raise RangeError("the list was issued later than now", path="$.issued")
    if found.version < seen:
        raise RangeError(f"version {found.version} is older than version {seen}, which is known here", path="$.version")
    return found


def parse_trust_list(document: Mapping[str, Any]) -> TrustList:
    """The list by its shape alone, signed or not. MalformedValueError with the path of what is wrong."""
    _only(document, _MEMBERS, _MEMBERS - {"proof"}, "$")
    if document["type"] != TYPE:
        raise MalformedValueError(f"the type is not {TYPE}", path="$.type")
    issuer = check_issuer_did(document["issuer"], "$.issuer")
    if not issuer.startswith("did:web:"):
        raise MalformedValueError("a list is published under a did:web", path="$.issuer")
    if document["id"] != trust_list_url(issuer):
        raise MalformedValueError("the list does not stand at the address of its school", path="$.id")
    version = document["version"]
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise MalformedValueError("the version is not a positive integer", path="$.version")
    lines = document["issuers"]
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_ISSUERS:
        raise MalformedValueError(f"not a list of 1 to {MOST_ISSUERS} issuers", path="$.issuers")
    issuers = tuple(_entry(line, f"$.issuers[{place}]") for place, line in enumerate(lines))
    if len({entry.did for entry in issuers}) != len(issuers):
        raise MalformedValueError("a DID stands in the list twice", path="$.issuers")
    if [entry.did for entry in issuers if entry.kind == "own"] != [issuer]:
        raise MalformedValueError("the list does not name its own school once", path="$.issuers")
    try:
        issued = parse_datetime(document["issued"])
    except MalformedValueError as error:
        raise MalformedValueError(error.detail, path="$.issued") from None
    return TrustList(document["id"], issuer, version, issued, issuers, document)


def compare(before: Sequence[ListedIssuer], after: Sequence[ListedIssuer]) -> Changes:
    """What changed from one list to the next, each part by DID."""
    old = {entry.did: entry for entry in before}
    new = {entry.did: entry for entry in after}
    return Changes(
        added=tuple(new[did] for did in sorted(new.keys() - old.keys())),
        removed=tuple(old[did] for did in sorted(old.keys() - new.keys())),
        changed=tuple((old[did], new[did]) for did in sorted(old.keys() & new.keys()) if old[did] != new[did]),
    )


def check_issuer_did(did: object, path: str = "$") -> str:
    """A DID that may stand in a list: a did:web in lower case, or a did:key. MalformedValueError otherwise."""
    if not isinstance(did, str):
        raise MalformedValueError("a DID is not a text", path=path)
    try:
        if did.startswith("did:key:"):
            retrieve_verification_method(
                f"{did}#{did.removeprefix('did:key:')}", resolve=lambda _: None, proof_purpose="assertionMethod"
            )
        else:
            host = urlsplit(did_web_url(did)).netloc
            if host != host.lower():
                raise MalformedValueError("the host of a did:web is not in lower case")
    except OrientirError as error:
        raise MalformedValueError(error.detail or "not a usable DID", path=path) from None
    return did


def check_issuer_name(name: object, path: str = "$") -> str:
    """A name that looks like what it is: NFC, visible, letters of one script in each word. MalformedValueError otherwise."""
    if not isinstance(name, str) or not name or name != name.strip() or len(name) > LONGEST_NAME:
        raise MalformedValueError(f"a name is not a text of 1 to {LONGEST_NAME} characters", path=path)
    if unicodedata.normalize("NFC", name) != name:
        raise MalformedValueError("a name is not in Unicode's composed form (NFC)", path=path)
    for letter in name:
        # Everything invisible, and marks that stand on another letter: what looks alike is to be alike.
        if unicodedata.category(letter)[0] in "CM" or (unicodedata.category(letter)[0] == "Z" and letter != " "):
            raise MalformedValueError(f"a name holds U+{ord(letter):04X}", path=path)
    for word in re.findall(r"[^\W\d_]+", name):
        if len({_script(letter) for letter in word}) > 1:
            raise MalformedValueError("a word of a name mixes letters of two scripts", path=path)
    return name


def check_scope(types: object, path: str = "$") -> tuple[str, ...]:
    """Credential types that somebody is believed for, 1 to 16. MalformedValueError otherwise."""
    if not isinstance(types, list) or not 1 <= len(types) <= _MOST_TYPES:
        raise MalformedValueError(f"not a list of 1 to {_MOST_TYPES} credential types", path=path)
    for name in types:
        if not isinstance(name, str) or not _TYPE_NAME.match(name):
            raise MalformedValueError("not the name of a credential type", path=path)
    if len(set(types)) != len(types):
        raise MalformedValueError("a credential type stands here twice", path=path)
    return tuple(sorted(types))


def _script(letter: str) -> str:
    """The script of a letter, by Unicode's own name for it."""
    name = unicodedata.name(letter, "")
    return "LATIN" if letter in "ªº" else name.partition(" ")[0]


# --- reading


def _entry(line: object, path: str) -> ListedIssuer:
    if not isinstance(line, Mapping):
        raise MalformedValueError("an issuer is not an object", path=path)
    _only(line, _ENTRY_MEMBERS, _ENTRY_REQUIRED, path)
    if line["kind"] not in KINDS:
        raise MalformedValueError(f"the kind is not one of {', '.join(KINDS)}", path=f"{path}.kind")
    since = _day(line["since"], f"{path}.since")
    until = _day(line["until"], f"{path}.until") if "until" in line else None
    if until is not None and until < since:
        raise MalformedValueError("ends before it begins", path=f"{path}.until")
    return ListedIssuer(
        did=check_issuer_did(line["did"], f"{path}.did"),
        kind=str(line["kind"]),
        name=_names(line["name"], f"{path}.name"),
        since=since,
        until=until,
        scope=check_scope(line["scope"], f"{path}.scope") if "scope" in line else (),
    )


def _only(found: Mapping[str, Any], known: frozenset[str], required: frozenset[str], path: str) -> None:
    for name in sorted(required - found.keys()):
        raise MalformedValueError(f"{name} is missing", path=path)
    if not found.keys() <= known:
        raise MalformedValueError("a member is not known here", path=path)


def _names(names: object, path: str) -> dict[str, str]:
    if not isinstance(names, Mapping) or not 1 <= len(names) <= _MOST_LANGUAGES:
        raise MalformedValueError("not a name by language", path=path)
    for language in names:
        if not _LANGUAGE.match(language):
            raise MalformedValueError("a name is under something that is not a language", path=path)
    return {language: check_issuer_name(name, f"{path}.{language}") for language, name in names.items()}


def _day(value: object, path: str) -> date:
    if not isinstance(value, str) or not _DAY.match(value):
        raise MalformedValueError("not a day, YYYY-MM-DD", path=path)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise MalformedValueError("not a day of the calendar", path=path) from None


def _check_proof(document: Mapping[str, Any], issuer: str, resolve: Resolver, now: datetime) -> None:
    proof = document.get("proof")
    if not isinstance(proof, Mapping):
        raise ProofVerificationError("the list does not have one proof", path="$.proof")
    _only(proof, _PROOF_MEMBERS, _PROOF_MEMBERS, "$.proof")
    method = proof["verificationMethod"]
    if not isinstance(method, str) or method.partition("#")[0] != issuer:
        raise ProofVerificationError("the list is signed by someone else", path="$.proof.verificationMethod")
    suites = {EDDSA_JCS_2022.name: EDDSA_JCS_2022}
    verify_proof(document, proof, resolve=resolve, now=now, suites=suites)
