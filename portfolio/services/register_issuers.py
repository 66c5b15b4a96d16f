"""Decide whom this school believes: add and remove issuers, take in another school's list, renew DID documents.

Every decision is a registrar's. Where it is this school's own, the published trust list says so in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from portfolio.errors import N_, Conflict, DocumentError, FetchFailed, InvalidInput, Message, NotFound, RangeError
from portfolio.ports import Ports
from portfolio.services import fetch
from portfolio.services.authorize import Actor, require
from portfolio.services.fetch import Renewal
from portfolio.services.issuers import signs_here
from portfolio.services.setup import home_of, load_home
from portfolio.services.text import clean
from portfolio.services.trust import KnownIssuers, name_in, republish
from portfolio.storage import issuers
from portfolio.storage.engine import Session
from portfolio.storage.orm import ImportedList, Issuer, TrustLine
from portfolio.vc import jsontext
from portfolio.vc.did import did_key_document
from portfolio.vc.issuer_document import assertion_keys, key_fingerprint, read_did_document
from portfolio.vc.trust_list import (
    LIMITS,
    Changes,
    ListedIssuer,
    TrustList,
    check_issuer_did,
    check_issuer_name,
    check_scope,
    compare,
    read_trust_list,
    trust_list_url,
)

KINDS = ("school", "organisation")


@dataclass(frozen=True)
class Candidate:
    """Somebody to be known from now on, before anybody has agreed.

    fingerprint: thirty digits to compare by telephone; document: the bytes that it was made from; known: it is registered
    already; new_keys: of those, how many of its keys nobody here has agreed to yet.
    """

    did: str
    document: bytes
    fingerprint: str
    known: bool
    new_keys: int


@dataclass(frozen=True)
class ImportPlan:
    """What taking in a list changes, or has changed. before: the version taken in last; left_out: DIDs that sign here."""

    school: str
    school_name: str
    before: int | None
    version: int
    changes: Changes
    left_out: tuple[str, ...] = ()
    renewals: tuple[Renewal, ...] = ()


# --- one issuer


def look_at(ports: Ports, actor: Actor, did: str, document: bytes | None = None) -> Candidate:
    """What there is to decide about a DID; its document is fetched unless it is handed in. Changes nothing.

    Raises InvalidInput for a DID or document that is of no use, FetchFailed.
    """
    require(actor, "registrar")
    did = _checked_did(ports, did)
    data = document if document is not None else _document_of(ports, did)
    keys, fingerprint = _read_document(data, did)
    with ports.sessions.read() as session:
        row = issuers.get(session, did)
        known = row is not None and bool(row.lines)
        approved = row.keys if row is not None and row.document is not None else []
    return Candidate(did, data, fingerprint, known, len(set(keys) - set(approved)))


def add(
    ports: Ports,
    actor: Actor,
    *,
    did: str,
    document: bytes,
    names: Mapping[str, str],
    kind: str = "school",
    since: date | None = None,
    until: date | None = None,
    scope: Sequence[str] = (),
) -> str:
    """Know an issuer from now on, with the keys of this document; once more, to correct what is known or to agree to new keys.

    Returns the fingerprint of its keys. Raises InvalidInput.
    """
    require(actor, "registrar")
    did = _checked_did(ports, did)
    keys, fingerprint = _read_document(document, did)
    if kind not in KINDS:
        raise InvalidInput(message=Message(N_("An issuer is a school or an organisation.")))
    checked = _checked_names(names)
    types = _checked_scope(scope)
    now = ports.now()
    since = since or now.astimezone(ports.settings.timezone).date()
    if until is not None and until < since:
        raise InvalidInput(message=Message(N_("The last day lies before the first.")))
    with ports.sessions.write() as session:
        row = issuers.get(session, did, lock=True) or _new_issuer(session, did)
        fetch.store_document(row, document, keys, now=now, accept=True)
        row.refused_at = None
        line = next((found for found in row.lines if found.source == issuers.OWN), None)
        if line is None:
            line = TrustLine(did=did, source=issuers.OWN)
            row.lines.append(line)
        line.kind, line.names, line.since, line.until, line.scope = kind, checked, since, until, list(types)
        session.flush()
        republish(session, ports)
    return fingerprint


def remove(ports: Ports, actor: Actor, did: str) -> None:
    """Know an issuer no longer, whoever's list names it, nor what only its list named. Raises NotFound."""
    require(actor, "registrar")
    with ports.sessions.write() as session:
        row = issuers.get(session, did.strip(), lock=True)
        if row is None or not row.lines or row.refused_at is not None:
            raise NotFound(message=Message(N_("This issuer is not known here.")))
        for line in [found for found in row.lines if found.source == issuers.OWN]:
            issuers.remove_line(session, line)
        taken = issuers.imported(session, row.did, lock=True)
        if taken is not None:
            taken.in_force = False
            _drop_lines(session, issuers.lines_of(session, row.did))
        session.refresh(row)
        if row.lines:
            row.refused_at = ports.now()
        else:
            issuers.remove_issuer(session, row)
        republish(session, ports)


def renew(
    ports: Ports,
    actor: Actor,
    dids: Sequence[str] = (),
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Renewal]:
    """Ask the hosts of these issuers, or of all, for their DID documents. New keys wait until ``add`` agrees to them."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        known = [row.did for row in issuers.all_issuers(session) if row.lines and row.refused_at is None]
    unknown = sorted(set(dids) - set(known))
    if unknown:
        raise NotFound(message=Message(N_("This issuer is not known here.")))
    wanted = [did for did in dids or known if did.startswith("did:web:")]
    found = []
    for number, did in enumerate(wanted, start=1):
        found.append(fetch.renew_document(ports, did))
        if on_progress is not None:
            on_progress(number, len(wanted))
    return found


# --- another school's list


def fetch_list(ports: Ports, actor: Actor, address: str) -> bytes:
    """The list at an address, of a school that is known here already. Raises InvalidInput, FetchFailed."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        schools = [line.did for line in issuers.lines_of(session, issuers.OWN) if line.kind == "school"]
    if not any(did.startswith("did:web:") and trust_list_url(did) == address for did in schools):
        raise InvalidInput(message=Message(_UNKNOWN_SCHOOL))
    return ports.fetcher.get(address, ("application/json",))


def import_list(
    ports: Ports,
    actor: Actor,
    data: bytes,
    *,
    dry_run: bool = False,
    fetch_at_most: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ImportPlan:
    """Take in the trust list of a school that is known here, and fetch the DID documents of those it adds.

    dry_run: only tell what would change. fetch_at_most: how many documents to fetch now; ``renew`` fetches the others.
    Raises InvalidInput for a list that does not hold, Conflict for an older version or another text of the same version.
    """
    require(actor, "registrar")
    now = ports.now()
    home = load_home(ports)
    with ports.sessions.read() as session:
        found, taken = _read_list(ports, session, data)
        school = issuers.known(session, found.issuer)
        assert school is not None  # it has verified the list
        name = name_in(school.lines[0].names, home.language)
        before = [_as_listed(line) for line in issuers.lines_of(session, found.issuer)]
        version = taken.version if taken is not None and taken.in_force else None
    others = [entry for entry in found.issuers if entry.kind != "own"]
    after = [entry for entry in others if not signs_here(home, entry.did)]
    left_out = tuple(sorted(entry.did for entry in others if signs_here(home, entry.did)))
    plan = ImportPlan(found.issuer, name, version, found.version, compare(before, after), left_out)
    if dry_run:
        return plan
    with ports.sessions.write() as session:
        # Once more under the lock: somebody may have taken in a newer one meanwhile.
        found, taken = _read_list(ports, session, data)
        if taken is None:
            taken = ImportedList(did=found.issuer, version=found.version, body=data, imported_at=now)
            issuers.add(session, taken)
        taken.version, taken.body, taken.imported_at, taken.in_force = found.version, data, now, True
        _replace_lines(session, found.issuer, after)
    wanted = [entry.did for entry in plan.changes.added]
    return _with_documents(ports, plan, wanted[:fetch_at_most], on_progress)


def _with_documents(
    ports: Ports, plan: ImportPlan, wanted: Sequence[str], on_progress: Callable[[int, int], None] | None
) -> ImportPlan:
    renewals = []
    for number, did in enumerate(wanted, start=1):
        renewals.append(_first_document(ports, did))
        if on_progress is not None:
            on_progress(number, len(wanted))
    return ImportPlan(
        plan.school, plan.school_name, plan.before, plan.version, plan.changes, plan.left_out, tuple(renewals)
    )


def _first_document(ports: Ports, did: str) -> Renewal:
    if did.startswith("did:web:"):
        return fetch.renew_document(ports, did)
    data = _document_of(ports, did)
    with ports.sessions.write() as session:
        row = issuers.get(session, did, lock=True)
        if row is None:
            return Renewal(did, "failed", "the issuer is no longer registered")
        keys, _fingerprint = _read_document(data, did)
        return Renewal(did, fetch.store_document(row, data, keys, now=ports.now(), accept=True))


_UNKNOWN_SCHOOL = N_("Only the list of a school that is known here can be taken in. Add the school first.")


def _read_list(ports: Ports, session: Session, data: bytes) -> tuple[TrustList, ImportedList | None]:
    """The list, verified with what is stored of its school, and that school's list as it was taken in last."""
    refusal = Message(N_("The list does not hold: its form or its signature is wrong. Nothing was taken from it."))
    try:
        document = jsontext.loads(data, LIMITS)
    except DocumentError as error:
        raise InvalidInput(error.detail, message=refusal) from None
    issuer = document.get("issuer") if isinstance(document, dict) else None
    school = issuers.known(session, issuer) if isinstance(issuer, str) else None
    if school is None or not any(line.source == issuers.OWN and line.kind == "school" for line in school.lines):
        raise InvalidInput(message=Message(_UNKNOWN_SCHOOL))
    taken = issuers.imported(session, school.did)
    resolve = KnownIssuers(session, ports, home_of(session, ports)).resolve
    try:
        found = read_trust_list(data, resolve=resolve, now=ports.now(), seen=taken.version if taken else 0)
    except RangeError as error:
        raise Conflict(
            error.detail,
            message=Message(N_("The list is older than the one that was taken in before, or not yet made.")),
        ) from None
    except DocumentError as error:
        raise InvalidInput(error.detail, path=error.path, message=refusal) from None
    if taken is not None and taken.version == found.version and jsontext.loads(taken.body, LIMITS) != found.document:
        text = N_("The list has the version of the one that was taken in before, and says something else.")
        raise Conflict(message=Message(text))
    return found, taken


def _replace_lines(session: Session, source: str, entries: Sequence[ListedIssuer]) -> None:
    wanted = {entry.did: entry for entry in entries}
    lines = {line.did: line for line in issuers.lines_of(session, source)}
    for did, entry in wanted.items():
        line = lines.get(did)
        if line is None:
            row = issuers.get(session, did, lock=True) or _new_issuer(session, did)
            line = TrustLine(did=did, source=source)
            row.lines.append(line)
        line.kind, line.names, line.since, line.until = entry.kind, dict(entry.name), entry.since, entry.until
        line.scope = list(entry.scope)
    session.flush()
    _drop_lines(session, [line for did, line in lines.items() if did not in wanted])


def _drop_lines(session: Session, lines: Sequence[TrustLine]) -> None:
    """Take lines away, and the issuers that nobody names any more."""
    for line in lines:
        row = line.issuer
        issuers.remove_line(session, line)
        session.refresh(row)
        if not row.lines:
            issuers.remove_issuer(session, row)


# --- small parts


def _new_issuer(session: Session, did: str) -> Issuer:
    row = Issuer(did=did, keys=[], lines=[])
    issuers.add(session, row)
    return row


def _as_listed(line: TrustLine) -> ListedIssuer:
    return ListedIssuer(line.did, line.kind, dict(line.names), line.since, line.until, tuple(sorted(line.scope)))


def _checked_did(ports: Ports, did: str) -> str:
    try:
        found = check_issuer_did(did.strip())
    except DocumentError as error:
        text = N_("This cannot be known here. A DID looks like did:web:school.example.")
        raise InvalidInput(error.detail, message=Message(text)) from None
    if signs_here(load_home(ports), found):
        raise InvalidInput(message=Message(N_("This school signs under this DID itself.")))
    return found


def _document_of(ports: Ports, did: str) -> bytes:
    if did.startswith("did:key:"):
        return jsontext.dumps(did_key_document(did))
    try:
        return fetch.fetch_document(ports, did)
    except DocumentError as error:  # plain http is for localhost alone, and never fetched
        raise FetchFailed(error.detail) from None


def _read_document(data: bytes, did: str) -> tuple[tuple[str, ...], str]:
    try:
        document = read_did_document(data, did)
        return assertion_keys(document), key_fingerprint(document)
    except DocumentError as error:
        text = N_("The document is of no use: it is not that of this DID, or it has no key that is understood here.")
        raise InvalidInput(error.detail, message=Message(text)) from None


def _checked_names(names: Mapping[str, str]) -> dict[str, str]:
    checked = {language: clean(name) for language, name in names.items() if clean(name)}
    if not checked:
        raise InvalidInput(message=Message(N_("A name is missing.")))
    try:
        return {language: check_issuer_name(name) for language, name in checked.items()}
    except DocumentError as error:
        text = N_(
            "The name could be mistaken for another: use letters of one alphabet in each word, and no invisible characters."
        )
        raise InvalidInput(error.detail, message=Message(text)) from None


def _checked_scope(scope: Sequence[str]) -> tuple[str, ...]:
    try:
        return check_scope(list(scope), "$") if scope else ()
    except DocumentError as error:
        text = N_("These are not types of credentials, as OpenBadgeCredential.")
        raise InvalidInput(error.detail, message=Message(text)) from None
