"""What this school has at hand for a verification: its own shelves, and what it knows of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portfolio.ports import OWN, Ports
from portfolio.services import publish
from portfolio.services.issuers import OwnIssuer, own_issuers
from portfolio.services.setup import HomeView
from portfolio.storage import credentials, organizations, status_lists
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential
from portfolio.vc import jsontext
from portfolio.vc.verification import Material, RecordFacts, TrustedIssuer, references


def own_material(ports: Ports, session: Session, home: HomeView | None, row: Credential | None) -> Material:
    """What this school holds on its own shelves: its DID document, its status lists, its register. Nothing is fetched."""
    if home is None:
        return Material()
    issuers = own_issuers(ports, home)

    def resolve(did: str) -> Mapping[str, Any] | None:
        issuer = issuers.get(did)
        return publish.did_document(ports, home, issuer) if issuer else None

    def status_list(url: str) -> Mapping[str, Any] | None:
        prefix, _, number = url.rpartition("/")
        if not (number.isascii() and number.isdigit()) or len(number) > 9:
            return None
        if url != home.identity_links.status_list(int(number)) or not prefix:
            return None
        found = status_lists.get(session, int(number))
        if found is None:
            return None
        parsed = jsontext.loads(found.body)
        return parsed if isinstance(parsed, dict) else None

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
        resolve=resolve,
        status_list=status_list,
        trusted={did: _trusted(session, home, issuer) for did, issuer in issuers.items()},
        own_dids=frozenset(issuers),
        record=record,
    )


def _trusted(session: Session, home: HomeView, issuer: OwnIssuer) -> TrustedIssuer:
    """What is known of an issuer whose keys lie here: the school, or an organisation that it gave a key."""
    if issuer.owner == OWN:
        return TrustedIssuer(home.did, home.name, None, own=True)
    found = organizations.by_ogrn(session, issuer.owner)
    former = None if found else organizations.by_former_ogrn(session, issuer.owner)
    return TrustedIssuer(issuer.did, found.name if found else former[0] if former else issuer.owner)


def own_row(ports: Ports, session: Session, home: HomeView | None, document: Mapping[str, Any]) -> Credential | None:
    """The register's entry for a document that says it is ours; None for any other."""
    named = references(document)
    if home is None or named.issuer not in own_issuers(ports, home) or named.credential_id is None:
        return None
    return credentials.get(session, named.credential_id)
