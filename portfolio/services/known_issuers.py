"""Show whom this school believes, and why: for everybody who asks, for the office, for the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from portfolio.ports import Ports
from portfolio.services import publish
from portfolio.services.setup import HomeView, home_of
from portfolio.services.trust import deciding_line, name_in, own_organisations, source_name
from portfolio.storage import homes, issuers
from portfolio.storage.engine import Session
from portfolio.storage.orm import Issuer
from portfolio.vc import jsontext
from portfolio.vc.did import did_web_url
from portfolio.vc.issuer_document import assertion_keys, key_fingerprint


@dataclass(frozen=True)
class IssuerView:
    """Somebody whose signature is believed here.

    kind: own | organisation | school; names: by language; host: where its keys are published, empty for a did:key; source:
    the name of the school from whose list it is known, None for this school's own decision; fingerprint: thirty digits that
    stand for its keys, None while its document is not here; waiting: keys that nobody here has agreed to; fault: why its
    document could not be had the last time; removable: registered here, and not one of this school's own.
    """

    did: str
    kind: str
    names: Mapping[str, str]
    host: str
    since: date
    until: date | None = None
    scope: Sequence[str] = ()
    agreement: bool = False
    source: str | None = None
    fingerprint: str | None = None
    waiting: int = 0
    document_at: datetime | None = None
    fault: str | None = None
    removable: bool = False

    def name(self, language: str) -> str:
        """The name in this language, or in another."""
        return name_in(self.names, language)


@dataclass(frozen=True)
class ListView:
    """Another school's list that is followed here."""

    did: str
    name: str
    version: int
    imported_at: datetime


@dataclass(frozen=True)
class KnownView:
    """Everybody known here: the school itself, its organisations, then others by kind and name; and the lists followed."""

    issuers: Sequence[IssuerView]
    lists: Sequence[ListView]

    @property
    def own(self) -> IssuerView:
        """The school itself."""
        return self.issuers[0]

    @property
    def others(self) -> Sequence[IssuerView]:
        """Everybody else."""
        return self.issuers[1:]


def known(ports: Ports) -> KnownView:
    """Whom this school believes. None of it is secret: each verdict gives its reason to whoever asks."""
    with ports.sessions.read() as session:
        home = home_of(session, ports)
        elsewhere = [
            _elsewhere(session, row, home)
            for row in issuers.all_issuers(session)
            if row.lines and row.refused_at is None
        ]
        elsewhere.sort(key=lambda view: (view.kind, view.name(home.language).casefold(), view.did))
        lists = tuple(
            ListView(row.did, _school_name(session, row.did, home), row.version, row.imported_at)
            for row in issuers.all_imported(session)
            if row.in_force
        )
        return KnownView((*_own(session, ports, home), *elsewhere), lists)


def _own(session: Session, ports: Ports, home: HomeView) -> list[IssuerView]:
    row = homes.get(session)
    assert row is not None  # its view was just made
    made = row.made_at.astimezone(ports.settings.timezone).date()
    found = [
        IssuerView(
            home.did,
            "own",
            {home.language: home.name},
            home.links.host,
            made,
            fingerprint=key_fingerprint(publish.did_document(ports, home)),
        )
    ]
    for organisation in own_organisations(session, ports, home):
        document = publish.organisation_did_document(ports, organisation.ogrn)
        found.append(
            IssuerView(
                organisation.did,
                "organisation",
                {home.language: organisation.name},
                home.links.host,
                organisation.since,
                agreement=organisation.agreement,
                fingerprint=key_fingerprint(document),
            )
        )
    return found


def _elsewhere(session: Session, row: Issuer, home: HomeView) -> IssuerView:
    line = deciding_line(row)
    assert line is not None  # the caller passes over those without one
    document = None if row.document is None else jsontext.loads(row.document)
    return IssuerView(
        row.did,
        line.kind,
        dict(line.names),
        urlsplit(did_web_url(row.did)).netloc if row.did.startswith("did:web:") else "",
        line.since,
        line.until,
        tuple(line.scope),
        source=source_name(session, line, home.language),
        fingerprint=None if document is None else key_fingerprint(document),
        waiting=0 if document is None else len(set(assertion_keys(document)) - set(row.keys)),
        document_at=row.document_at,
        fault=row.fault,
        removable=True,
    )


def _school_name(session: Session, did: str, home: HomeView) -> str:
    row = issuers.get(session, did)
    line = deciding_line(row) if row is not None else None
    return did if line is None else name_in(line.names, home.language)
