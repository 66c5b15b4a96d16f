"""Status lists and the places in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from portfolio.storage.orm import Credential, StatusList


def get(session: Session, number: int, *, lock: bool = False) -> StatusList | None:
    """The list with its bits and its signed body; locked against other writers when asked."""
    query = (
        select(StatusList).where(StatusList.id == number).options(undefer(StatusList.bits), undefer(StatusList.body))
    )
    return session.scalar(query.with_for_update() if lock else query)


def all_lists(session: Session) -> Sequence[StatusList]:
    """Every list with its signed body."""
    return session.scalars(select(StatusList).options(undefer(StatusList.body)).order_by(StatusList.id)).all()


def newest(session: Session) -> StatusList | None:
    """The list that new credentials get their places in, locked against other writers."""
    return session.scalar(select(StatusList).order_by(StatusList.id.desc()).limit(1).with_for_update())


def add(session: Session, status_list: StatusList) -> None:
    """Store a new list."""
    session.add(status_list)
    session.flush()


def taken(session: Session, number: int, places: Collection[int]) -> set[int]:
    """Which of these places are in use."""
    return set(
        session.scalars(
            select(Credential.status_index).where(
                Credential.status_list_id == number, Credential.status_index.in_(places)
            )
        )
    )


def count(session: Session) -> int:
    """How many lists there are."""
    return session.scalar(select(func.count()).select_from(StatusList)) or 0
