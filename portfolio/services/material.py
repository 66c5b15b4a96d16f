"""What this school has at hand for a verification: its own shelves, and what it knows of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portfolio.ports import Ports
from portfolio.services.fetch import kept_list
from portfolio.services.issuers import own_issuers
from portfolio.services.setup import HomeView
from portfolio.services.trust import KnownIssuers
from portfolio.storage import credentials, status_lists
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential
from portfolio.vc import jsontext
from portfolio.vc.profile import STRICT, Profile
from portfolio.vc.verification import Material, RecordFacts, references


def profile_of(ports: Ports) -> Profile:
    """What is read here: the strict profile, and another one only where public conformance suites are answered."""
    if not ports.conformance:
        return STRICT
    from portfolio.services import conformance

    return conformance.profile()


def own_material(ports: Ports, session: Session, home: HomeView | None, row: Credential | None) -> Material:
    """What this school holds on its shelves: its register, its own and others' DID documents and status lists.

    Nothing is fetched here: ``services.fetch`` does that, once a signature holds. Of use within the session only.
    """
    if home is None:
        return Material()
    known = KnownIssuers(session, ports, home)
    now = ports.now()

    def status_list(url: str) -> Mapping[str, Any] | None:
        number = _own_list_number(home, url)
        if number is None:
            return kept_list(session, url, now=now)
        found = status_lists.get(session, number)
        return None if found is None else jsontext.loads(found.body)

    record = None
    if row is not None:
        record = RecordFacts(
            revoked_at=row.revoked_at,
            revocation_reason=row.revocation_reason,
            suspended_at=row.suspended_at,
            superseded_by=row.superseded_by,
            superseded_at=row.superseded_at,
        )
    return Material(
        resolve=known.resolve,
        status_list=status_list,
        trusted=known,
        own_dids=known.own_dids,
        record=record,
    )


def own_row(ports: Ports, session: Session, home: HomeView | None, document: Mapping[str, Any]) -> Credential | None:
    """The register's entry for a document that says it is ours; None for any other."""
    named = references(document)
    if home is None or named.issuer not in own_issuers(ports, home) or named.credential_id is None:
        return None
    return credentials.get(session, named.credential_id)


def _own_list_number(home: HomeView, url: str) -> int | None:
    """The number of the status list of ours that stands at this address."""
    number = url.rpartition("/")[2]
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        return None
    return int(number) if url == home.identity_links.status_list(int(number)) else None
