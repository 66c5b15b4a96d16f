"""Whom this school believes, and why: itself, organisations that sign under its address, schools and partners elsewhere.

The school's own decisions and nobody else's make its published trust list. A line that came with another school's list counts
at the verification desk here, and is not passed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from portfolio.errors import Conflict, MalformedValueError, NotFound
from portfolio.ports import OWN, Ports
from portfolio.services import publish
from portfolio.services.issuers import OwnIssuer, own_issuers, signing_key, the_school
from portfolio.services.setup import HomeView, home_of, load_home
from portfolio.storage import homes, issuers, organizations
from portfolio.storage.engine import Session
from portfolio.storage.orm import Issuer, TrustLine, TrustListVersion
from portfolio.vc import jsontext
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.data_integrity import add_proof
from portfolio.vc.issuer_document import with_keys
from portfolio.vc.trust_list import ListedIssuer, check_issuer_name, parse_trust_list, trust_list_document
from portfolio.vc.verification import TrustedIssuer


@dataclass(frozen=True)
class OwnOrganisation:
    """A partner that signs under this school's address, with a key of its own. agreement: one is signed."""

    did: str
    ogrn: str
    name: str
    since: date
    agreement: bool


class KnownIssuers(Mapping[str, TrustedIssuer]):
    """Everybody known here, by DID, looked up when asked for; lives within one transaction."""

    def __init__(self, session: Session, ports: Ports, home: HomeView) -> None:
        self._session = session
        self._ports = ports
        self._home = home
        self._own = own_issuers(ports, home)
        self._found: dict[str, TrustedIssuer | None] = {}
        self._rows: dict[str, Issuer | None] = {}
        self._documents: dict[str, Mapping[str, Any] | None] = {}

    def __getitem__(self, key: str) -> TrustedIssuer:
        if key not in self._found:
            self._found[key] = self._look_up(key)
        found = self._found[key]
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter((*self._own, *sorted(self._registered)))

    def __len__(self) -> int:
        return len(self._own) + len(self._registered)

    @property
    def own_dids(self) -> frozenset[str]:
        """The DIDs that this school signs under, its organisations' among them."""
        return frozenset(self._own)

    def resolve(self, key: str) -> Mapping[str, Any] | None:
        """The DID document of somebody known here, from storage; None for anybody else."""
        if key not in self._documents:
            self._documents[key] = self._document(key)
        return self._documents[key]

    def registered(self, key: str) -> Issuer | None:
        """The issuer elsewhere that is known here under this DID."""
        if key not in self._registered:
            return None
        if key not in self._rows:
            self._rows[key] = issuers.known(self._session, key)
        return self._rows[key]

    @cached_property
    def _registered(self) -> frozenset[str]:
        # One question for all, so that a file full of invented names does not cost one each.
        return issuers.registered_dids(self._session)

    def _look_up(self, key: str) -> TrustedIssuer | None:
        if key == self._home.did:
            return TrustedIssuer(key, self._home.name, None, own=True)
        if key in self._own:
            found = own_organisation(self._session, self._ports, self._own[key])
            return TrustedIssuer(key, found.name, found.since, agreement=found.agreement)
        row = self.registered(key)
        line = deciding_line(row) if row is not None else None
        if line is None:
            return None
        return TrustedIssuer(
            key,
            name_in(line.names, self._home.language),
            line.since,
            kind=line.kind,
            source=source_name(self._session, line, self._home.language),
            until=line.until,
            scope=tuple(line.scope),
        )

    def _document(self, key: str) -> Mapping[str, Any] | None:
        if key in self._own:
            return publish.did_document(self._ports, self._home, self._own[key])
        row = self.registered(key)
        if row is None or row.document is None:
            return None
        return with_keys(jsontext.loads(row.document), row.keys)


def own_organisation(session: Session, ports: Ports, issuer: OwnIssuer) -> OwnOrganisation:
    """What is known of a partner that has a key in this home."""
    row = organizations.by_ogrn(session, issuer.owner)
    former = None if row is not None else organizations.by_former_ogrn(session, issuer.owner)
    agreements = [one for one in row.agreements if one.status in ("signed", "expired")] if row is not None else []
    starts = [one.valid_from for one in agreements if one.valid_from is not None]
    first_key = ports.keys.keys(issuer.owner)[0].created.astimezone(ports.settings.timezone).date()
    return OwnOrganisation(
        did=issuer.did,
        ogrn=issuer.owner,
        name=row.name if row is not None else former[0] if former is not None else issuer.owner,
        since=min(starts, default=first_key),
        agreement=any(one.status == "signed" for one in agreements),
    )


def own_organisations(session: Session, ports: Ports, home: HomeView) -> list[OwnOrganisation]:
    """The partners that have a key of their own in this home."""
    own = own_issuers(ports, home).values()
    return [own_organisation(session, ports, issuer) for issuer in own if issuer.owner != OWN]


def deciding_line(row: Issuer) -> TrustLine | None:
    """The reason that counts: this school's own decision before any list, of the lists the one taken in first."""
    own = [line for line in row.lines if line.source == issuers.OWN]
    return own[0] if own else row.lines[0] if row.lines else None


def source_name(session: Session, line: TrustLine, language: str) -> str | None:
    """The name of the school whose list a line came with; None for this school's own decision."""
    if line.source == issuers.OWN:
        return None
    school = issuers.get(session, line.source)
    own = [found for found in school.lines if found.source == issuers.OWN] if school is not None else []
    return name_in(own[0].names, language) if own else line.source


def name_in(names: Mapping[str, str], language: str) -> str:
    """A name in this language, or in English, or in whatever there is."""
    return names.get(language) or names.get("en") or next(iter(names.values()))


# --- the school's own list


def own_list(ports: Ports) -> bytes:
    """The school's trust list as it was signed. Raises NotFound where the school has no did:web.

    What it says follows from other facts (partners' keys, agreements, the signing key): when they changed since, this
    publishes the next version first.
    """
    home = load_home(ports)
    if not home.did.startswith("did:web:"):
        raise NotFound
    with ports.sessions.read() as session:
        newest = issuers.newest_own_list(session)
        if newest is not None and _is_current(session, ports, home, newest):
            return newest.body
    try:
        with ports.sessions.write() as session:
            return republish(session, ports).body
    except Conflict:  # somebody else published it in this moment
        with ports.sessions.read() as session:
            newest = issuers.newest_own_list(session)
            if newest is None:
                raise
            return newest.body


def republish(session: Session, ports: Ports) -> TrustListVersion:
    """Sign the next version when the list says something else than its newest version. Within a write transaction."""
    homes.lock(session)
    home = home_of(session, ports)
    newest = issuers.newest_own_list(session)
    if newest is not None and _is_current(session, ports, home, newest):
        return newest
    now = ports.now().replace(microsecond=0)
    document = trust_list_document(
        issuer=home.did,
        version=1 if newest is None else newest.version + 1,
        issued=now,
        issuers=_lines(session, ports, home),
    )
    key = signing_key(ports, the_school(home))
    signed = add_proof(
        document,
        suite=EDDSA_JCS_2022,
        sign=lambda data: ports.keys.sign(key.fragment, data),
        verification_method=the_school(home).method(key),
        created=now,
    )
    row = TrustListVersion(version=document["version"], body=jsontext.dumps(signed), signed_at=now)
    issuers.add(session, row)
    return row


def _is_current(session: Session, ports: Ports, home: HomeView, newest: TrustListVersion) -> bool:
    document = jsontext.loads(newest.body)
    said = {entry.did: entry for entry in parse_trust_list(document).issuers}
    method = document["proof"]["verificationMethod"]
    active = [key for key in ports.keys.keys(OWN) if key.retired is None]
    by_current_key = not active or method == f"{home.did}#{active[-1].fragment}"
    return by_current_key and said == {entry.did: entry for entry in _lines(session, ports, home)}


def _lines(session: Session, ports: Ports, home: HomeView) -> list[ListedIssuer]:
    row = homes.get(session)
    assert row is not None  # the caller has its view
    made = row.made_at.astimezone(ports.settings.timezone).date()
    lines = [ListedIssuer(home.did, "own", _listed_name(home.language, home.name, home.links.host), made)]
    for found in own_organisations(session, ports, home):
        name = _listed_name(home.language, found.name, found.ogrn)
        lines.append(ListedIssuer(found.did, "organisation", name, found.since))
    return lines + [
        ListedIssuer(line.did, line.kind, dict(line.names), line.since, line.until, tuple(sorted(line.scope)))
        for line in issuers.lines_of(session, issuers.OWN)
        if line.issuer.refused_at is None
    ]


def _listed_name(language: str, name: str, otherwise: str) -> dict[str, str]:
    """A name as a list may hold it; one that would deceive the eye (letters of two scripts in a word) is left out."""
    try:
        return {language: check_issuer_name(name)}
    except MalformedValueError:
        return {language: otherwise}
