"""Share links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from portfolio.storage.orm import Share


def add(session: Session, share: Share) -> None:
    """Store a new link."""
    session.add(share)
    session.flush()


def of_pupil(session: Session, pupil_id: int) -> Sequence[Share]:
    """The pupil's links, newest first."""
    return session.scalars(select(Share).where(Share.pupil_id == pupil_id).order_by(Share.id.desc())).all()


def get(session: Session, share_id: int) -> Share | None:
    """The link with this id."""
    return session.get(Share, share_id)


def by_token(session: Session, token_sha256: bytes) -> Share | None:
    """The link with this token, whether it is live or not."""
    return session.scalar(select(Share).where(Share.token_sha256 == token_sha256).options(joinedload(Share.pupil)))


def has_live(session: Session, pupil_id: int, now: datetime) -> bool:
    """Whether any link of the pupil is open now."""
    return (
        session.scalar(
            select(Share.id)
            .where(Share.pupil_id == pupil_id, Share.closed_at.is_(None), Share.expires_at > now)
            .limit(1)
        )
        is not None
    )


def close_all(session: Session, pupil_id: int, now: datetime) -> None:
    """Close every open link of the pupil."""
    session.execute(update(Share).where(Share.pupil_id == pupil_id, Share.closed_at.is_(None)).values(closed_at=now))


def count_view(session: Session, share_id: int) -> None:
    """One more look at this link."""
    session.execute(update(Share).where(Share.id == share_id).values(views=Share.views + 1))
