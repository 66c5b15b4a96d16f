"""The identity of this home."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portfolio.storage.orm import Home


def get(session: Session) -> Home | None:
    """The home's one row, or None while there is none."""
    return session.get(Home, 1)


def add(session: Session, home: Home) -> None:
    """Make the home. The table takes one row only."""
    session.add(home)
    session.flush()


def lock(session: Session) -> None:
    """Keep other writers of what there is once in a home waiting until this transaction ends."""
    session.get(Home, 1, with_for_update=True)
