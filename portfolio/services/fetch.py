"""Fetch what a verification lacks: status lists and renewed DID documents of issuers that are registered here.

Nothing is fetched for anybody else, and nothing before the signature holds with the DID document that is stored: what a
stranger writes into a file never makes this school's server ask anybody. Fetching happens outside every transaction; what came,
or why nothing came, is kept for a while, so that a file shown a thousand times costs its issuer one question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from portfolio.errors import Conflict, DocumentError, FetchFailed, OrientirError, ParsingError, StatusRetrievalError
from portfolio.ports import Ports
from portfolio.services.issuers import signs_here
from portfolio.services.setup import HomeView
from portfolio.storage import issuers
from portfolio.storage.engine import Session
from portfolio.storage.orm import FetchedList, Issuer
from portfolio.vc import jsontext
from portfolio.vc.canonicalization import Limits
from portfolio.vc.credential import identifier_of, objects
from portfolio.vc.did import did_web_url
from portfolio.vc.issuer_document import assertion_keys, read_did_document
from portfolio.vc.verification import VerificationResult, references

DOCUMENT_AGE: Final = timedelta(days=1)
"""How old a stored DID document may be before its host is asked again."""

MOST_QUESTIONS: Final = 8
LONGEST: Final = timedelta(seconds=10)
_ASK_AGAIN: Final = timedelta(minutes=10)
_FAULT_AGE: Final = timedelta(minutes=1)
_LIST_AGES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1))  # least, usual, most
_LIST_LIMITS: Final = Limits(bytes=1 << 20, depth=16, nodes=2_000)
_LIST_TYPES: Final = ("application/vc", "application/vc+ld+json", "application/ld+json", "application/json")
_DOCUMENT_TYPES: Final = ("application/did+json", "application/did+ld+json", "application/did", *_LIST_TYPES[2:])


@dataclass
class Allowance:
    """How many questions one visit may still cost the world outside, and until when it may begin another; 0 for none."""

    questions: int = MOST_QUESTIONS
    until: datetime | None = None

    def spend(self, now: datetime) -> bool:
        """Whether one question more may be asked."""
        self.until = self.until or now + LONGEST
        self.questions -= 1
        return self.questions >= 0 and now <= self.until


@dataclass(frozen=True)
class Renewal:
    """What became of asking for a DID document. outcome: unchanged | updated | new_keys | failed; fault: why it failed.

    new_keys: the document has keys that nobody here has agreed to yet; what they sign cannot be checked until then.
    """

    did: str
    outcome: str
    fault: str = ""


def kept_list(session: Session, url: str, *, now: datetime) -> Mapping[str, Any] | None:
    """A foreign status list that was fetched a short while ago. StatusRetrievalError when that had failed."""
    row = issuers.fetched(session, url, now=now)
    if row is None:
        return None
    if row.body is None:
        raise StatusRetrievalError(row.fault or "the status list could not be fetched")
    found = jsontext.loads(row.body, _LIST_LIMITS)
    return found if isinstance(found, dict) else None


def fetch_missing(ports: Ports, home: HomeView, result: VerificationResult, allowance: Allowance) -> bool:
    """Fetch what this result lacks; whether to verify once more. To be called outside of every transaction."""
    if allowance.questions <= 0:
        return False
    lists, dids = _missing(ports, home, result)
    asked = False
    for ask, names in ((renew_document, dids), (_fetch_list, lists)):
        for name in names:
            if not allowance.spend(ports.now()):
                return asked
            ask(ports, name)
            asked = True
    return asked


def renew_document(ports: Ports, did: str, *, accept: bool = False) -> Renewal:
    """Ask an issuer's host for its DID document and store what came. accept: a person has agreed to its keys as they are."""
    try:
        data = fetch_document(ports, did)
        keys = assertion_keys(read_did_document(data, did))
    except OrientirError as error:
        fault = error.detail or error.title
        with ports.sessions.write() as session:
            row = issuers.get(session, did, lock=True)
            if row is not None:
                row.asked_at, row.fault = ports.now(), fault
        return Renewal(did, "failed", fault)
    with ports.sessions.write() as session:
        row = issuers.get(session, did, lock=True)
        if row is None:
            return Renewal(did, "failed", "the issuer is no longer registered")
        return Renewal(did, store_document(row, data, keys, now=ports.now(), accept=accept))


def fetch_document(ports: Ports, did: str) -> bytes:
    """The DID document of a did:web as its host gives it. Raises FetchFailed, InvalidVerificationMethodUrl."""
    return ports.fetcher.get(did_web_url(did), _DOCUMENT_TYPES)


def store_document(row: Issuer, data: bytes, keys: tuple[str, ...], *, now: datetime, accept: bool) -> str:
    """Put a document that was read into its row; returns the outcome, see ``Renewal``.

    A key that is gone counts no more at once. One that is new waits until a person agrees, except at the first time.
    """
    before, approved = row.document, tuple(row.keys)
    row.document, row.document_at, row.asked_at, row.fault = data, now, now, None
    if accept or before is None:
        row.keys = list(keys)
    else:
        row.keys = [key for key in approved if key in keys]
    if set(keys) - set(row.keys):
        return "new_keys"
    return "unchanged" if before == data and list(approved) == row.keys else "updated"


# --- what is missing


def _missing(ports: Ports, home: HomeView, result: VerificationResult) -> tuple[list[str], list[str]]:
    """Addresses of status lists and DIDs whose documents are old, each once, of genuine files by registered issuers."""
    lists: dict[str, None] = {}
    dids: dict[str, None] = {}
    now = ports.now()
    foreign = [found for found in _genuine(result) if not signs_here(home, found.issuer)]
    if not foreign:
        return [], []
    with ports.sessions.read() as session:
        for found in foreign:
            row = issuers.known(session, found.issuer or "")
            if row is None or found.document is None:
                continue
            if _is_old(row, now):
                dids[row.did] = None
            if found.step("status").code == "status_not_available":
                for url in _list_urls(found.document):
                    if not is_here(home, url) and issuers.fetched(session, url, now=now) is None:
                        lists[url] = None
    return list(lists), list(dids)


def _genuine(result: VerificationResult) -> Iterator[VerificationResult]:
    if result.authentic and result.trusted_issuer is not None:
        yield result
    for inner in (*result.nested, *(found.result for found in result.endorsements)):
        yield from _genuine(inner)


def _list_urls(document: Mapping[str, Any]) -> tuple[str, ...]:
    return references({"credentialStatus": document.get("credentialStatus")}).status_list_urls


def is_here(home: HomeView, url: str) -> bool:
    """Whether an address is one of this school's own."""
    return url.startswith((f"{home.identity_links.base_url}/", f"{home.links.base_url}/"))


def _is_old(row: Issuer, now: datetime) -> bool:
    if not row.did.startswith("did:web:") or row.document_at is None or now - row.document_at < DOCUMENT_AGE:
        return False
    return row.asked_at is None or now - row.asked_at >= _ASK_AGAIN


# --- status lists


def _fetch_list(ports: Ports, url: str) -> None:
    now = ports.now()
    try:
        body = ports.fetcher.get(url, _LIST_TYPES)
        row = FetchedList(url=url, body=body, fault=None, fetched_at=now, expires_at=now + _age(body, url))
    except (FetchFailed, DocumentError) as error:
        fault = error.detail or error.title
        row = FetchedList(url=url, body=None, fault=fault, fetched_at=now, expires_at=now + _FAULT_AGE)
    try:
        with ports.sessions.write() as session:
            issuers.keep_fetched(session, row, now=now)
    except Conflict:
        pass  # another verification has kept it in this moment


def _age(body: bytes, url: str) -> timedelta:
    """How long the list may be kept: as long as it says, within our bounds. ParsingError when it is none."""
    document = jsontext.loads(body, _LIST_LIMITS)
    if identifier_of(document) != url:
        raise ParsingError("what stands at the address is not the list of that address")
    least, usual, most = _LIST_AGES
    for subject in objects(document.get("credentialSubject")):
        ttl = subject.get("ttl")
        if isinstance(ttl, int) and not isinstance(ttl, bool) and 0 <= ttl <= most.total_seconds() * 1000:
            return max(least, timedelta(milliseconds=ttl))
    return usual
