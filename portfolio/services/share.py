"""Share links: a pupil shows the portfolio, for a time, and closes it again."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portfolio.errors import N_, Closed, Conflict, InvalidInput, Message, NotFound
from portfolio.ports import Ports, QrCode
from portfolio.services.authorize import Actor, own_pupil_id
from portfolio.services.portfolios import PortfolioView, at_page, portfolio_of
from portfolio.services.setup import HomeView, home_of
from portfolio.services.text import clean_lines, row_number
from portfolio.storage import consents, credentials, shares
from portfolio.storage.engine import Session
from portfolio.storage.orm import Share

LIFETIMES = (7, 30, 180)  # days
DEFAULT_LIFETIME = 30
_MOST_OPEN = 50
_SEALED_FOR = "share-token"


@dataclass(frozen=True)
class ShareView:
    """A link as its owner sees it. live: open now; qr: of its address."""

    id: int
    label: str
    url: str
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    views: int
    live: bool
    qr: QrCode | None


def create(ports: Ports, actor: Actor, days: int = DEFAULT_LIFETIME, label: str = "") -> ShareView:
    """Open a link for 7, 30 or 180 days. Raises InvalidInput, Conflict when the family does not agree to processing."""
    pupil_id = own_pupil_id(actor)
    if days not in LIFETIMES:
        raise InvalidInput(message=Message(N_("A link lives for 7, 30 or 180 days.")))
    label = clean_lines(label, longest=80)
    now = ports.now()
    token = urlsafe_b64encode(ports.entropy(32)).decode().rstrip("=")
    with ports.sessions.write() as session:
        if consents.withdrawn(session, pupil_id, "processing"):
            raise Conflict(
                message=Message(N_("The consent to the processing of data was withdrawn. Please ask the school."))
            )
        home = home_of(session, ports)
        if (
            sum(share.closed_at is None and share.expires_at > now for share in shares.of_pupil(session, pupil_id))
            >= _MOST_OPEN
        ):
            raise Conflict(message=Message(N_("Too many links are open. Please close one first.")))
        row = Share(
            pupil_id=pupil_id,
            token_sha256=_digest(token),
            token_sealed=ports.keys.seal(_SEALED_FOR, token.encode()),
            label=label,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        shares.add(session, row)
        return _view(ports, home, row, now)


def close(ports: Ports, actor: Actor, share_id: int) -> None:
    """Close one of the actor's own links at once. Raises NotFound for anybody else's."""
    pupil_id = own_pupil_id(actor)
    with ports.sessions.write() as session:
        row = shares.get(session, row_number(share_id))
        if row is None or row.pupil_id != pupil_id:
            raise NotFound
        if row.closed_at is None:
            row.closed_at = ports.now()


def mine(ports: Ports, actor: Actor) -> Sequence[ShareView]:
    """The actor's links, newest first."""
    pupil_id = own_pupil_id(actor)
    now = ports.now()
    with ports.sessions.read() as session:
        home = home_of(session, ports)
        return tuple(_view(ports, home, row, now) for row in shares.of_pupil(session, pupil_id))


def open_share(ports: Ports, token: str, *, page: int = 1) -> PortfolioView:
    """One page of the portfolio behind a link, as far as consent allows; opening the first one counts as a view.

    Raises NotFound for an unknown token or page; Closed with ``why`` closed | expired | consent.
    """
    now = ports.now()
    with ports.sessions.read() as session:
        row = _live(session, token, now)
        share_id = row.id
        publication = consents.live(session, row.pupil_id, "publication") is not None
        view = at_page(portfolio_of(ports, session, row.pupil, full=publication), page)
    if page > 1:
        return view
    with ports.sessions.write() as session:
        shares.count_view(session, share_id)
    return view


def shared_credential(ports: Ports, token: str, code: str) -> bytes:
    """The signed file of one credential of a shared portfolio, as it was issued.

    Raises NotFound, Closed; without the consent to publication the file stays with its owner (NotFound).
    """
    with ports.sessions.read() as session:
        row = _live(session, token, ports.now())
        found = credentials.by_code(session, code)
        if found is None or found.pupil_id != row.pupil_id or found.kind != "badge":
            raise NotFound
        if consents.live(session, row.pupil_id, "publication") is None:
            raise NotFound
        return found.body


def _live(session: Session, token: str, now: datetime) -> Share:
    row = shares.by_token(session, _digest(token)) if len(token) <= 100 else None
    if row is None:
        raise NotFound
    if consents.withdrawn(session, row.pupil_id, "processing"):
        raise Closed(params={"why": "consent"})
    if row.closed_at is not None:
        # A withdrawal closes every link; one that is opened afterwards shows initials, as if consent had never been given.
        raise Closed(
            params={"why": "consent" if consents.withdrawn(session, row.pupil_id, "publication") else "closed"}
        )
    if row.expires_at <= now:
        raise Closed(params={"why": "expired"})
    return row


def _view(ports: Ports, home: HomeView, row: Share, now: datetime) -> ShareView:
    token = ports.keys.unseal(_SEALED_FOR, row.token_sealed).decode()
    url = home.links.share(token)
    live = row.closed_at is None and row.expires_at > now
    return ShareView(
        id=row.id,
        label=row.label,
        url=url,
        created_at=row.created_at,
        expires_at=row.expires_at,
        closed_at=row.closed_at,
        views=row.views or 0,
        live=live,
        qr=ports.paper.qr(url) if live else None,
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
