"""What families agreed to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portfolio.storage.orm import Consent


def live(session: Session, pupil_id: int, purpose: str) -> Consent | None:
    """The consent that holds now for this purpose."""
    return session.scalar(
        select(Consent)
        .where(Consent.pupil_id == pupil_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
        .order_by(Consent.id.desc())
        .limit(1)
    )


def purposes(session: Session, pupil_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Pupil id → the purposes that hold now."""
    rows = session.execute(
        select(Consent.pupil_id, Consent.purpose).where(Consent.pupil_id.in_(pupil_ids), Consent.withdrawn_at.is_(None))
    )
    found: dict[int, set[str]] = {}
    for pupil_id, purpose in rows:
        found.setdefault(pupil_id, set()).add(purpose)
    return {pupil_id: frozenset(found.get(pupil_id, ())) for pupil_id in pupil_ids}


def withdrawn(session: Session, pupil_id: int, purpose: str) -> bool:
    """Whether a consent for this purpose was given once and none holds now."""
    if live(session, pupil_id, purpose) is not None:
        return False
    return (
        session.scalar(select(Consent.id).where(Consent.pupil_id == pupil_id, Consent.purpose == purpose).limit(1))
        is not None
    )


def add(session: Session, consent: Consent) -> None:
    """Record a consent."""
    session.add(consent)
    session.flush()
