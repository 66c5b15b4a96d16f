"""What this school has at hand for a verification: its own shelves, and what it knows of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portfolio.ports import Ports
from portfolio.services import publish
from portfolio.services.setup import HomeView
from portfolio.storage import credentials, status_lists
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential
from portfolio.vc import jsontext
from portfolio.vc.verification import Material, RecordFacts, TrustedIssuer, references


def own_material(ports: Ports, session: Session, home: HomeView | None, row: Credential | None) -> Material:
    """What this school holds on its own shelves: its DID document, its status lists, its register. Nothing is fetched."""
    if home is None:
        return Material()
    document = publish.did_document(ports, home)

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
        resolve=lambda did: document if did == home.did else None,
        status_list=status_list,
        trusted={home.did: TrustedIssuer(home.did, home.name, None, own=True)},
        own_dids=frozenset({home.did}),
        record=record,
    )


def own_row(session: Session, home: HomeView | None, document: Mapping[str, Any]) -> Credential | None:
    """The register's entry for a document that says it is ours; None for any other."""
    named = references(document)
    if home is None or named.issuer != home.did or named.credential_id is None:
        return None
    return credentials.get(session, named.credential_id)
