"""Pupils and mentors."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portfolio.practice.roster import class_order, folded
from portfolio.storage.orm import Consent, Mentor, Organization, Programme, Pupil


@dataclass(frozen=True)
class Counts:
    """How many rows there are of each."""

    pupils: int
    mentors: int
    programmes: int
    partners: int


_COUNTED = (Pupil, Mentor, Programme, Organization)


def pupil(session: Session, pupil_id: int) -> Pupil | None:
    """The pupil with this id."""
    return session.get(Pupil, pupil_id)


def mentor(session: Session, mentor_id: int) -> Mentor | None:
    """The mentor with this id, with their organisation."""
    return session.get(Mentor, mentor_id, options=[joinedload(Mentor.organization)])


def pupils(session: Session, pupil_ids: Collection[int]) -> dict[int, Pupil]:
    """Id → pupil with consents, for those that exist."""
    rows = session.scalars(select(Pupil).where(Pupil.id.in_(pupil_ids)).options(selectinload(Pupil.consents)))
    return {row.id: row for row in rows}


def pupils_by_roster_id(session: Session, roster_ids: Collection[str]) -> dict[str, Pupil]:
    """Roster number → pupil with consents, for those that exist."""
    rows = session.scalars(select(Pupil).where(Pupil.roster_id.in_(roster_ids)).options(selectinload(Pupil.consents)))
    return {row.roster_id: row for row in rows}


def all_pupils(session: Session) -> dict[str, Pupil]:
    """Roster number → pupil with consents: the whole register."""
    rows = session.scalars(select(Pupil).options(selectinload(Pupil.consents)))
    return {row.roster_id: row for row in rows}


def all_mentors(session: Session) -> dict[str, Mentor]:
    """Code → mentor with their organisation."""
    rows = session.scalars(select(Mentor).options(joinedload(Mentor.organization)))
    return {row.code: row for row in rows}


def mentors(session: Session) -> Sequence[Mentor]:
    """Every mentor with their organisation, by name."""
    return session.scalars(
        select(Mentor)
        .options(joinedload(Mentor.organization))
        .order_by(Mentor.last_name, Mentor.first_name, Mentor.code)
    ).all()


def search_pupils(
    session: Session, *, query: str, class_name: str | None, offset: int, limit: int
) -> tuple[int, Sequence[Pupil]]:
    """Pupils by the beginnings of names or by number: (how many, one page of them in the order of names).

    Case and ё/е make no difference, which no database can be told in a portable way: a school's names are few enough to
    be compared here.
    """
    wanted = select(Pupil.id, Pupil.last_name, Pupil.first_name, Pupil.patronymic, Pupil.roster_id)
    if class_name is not None:
        wanted = wanted.where(Pupil.class_name == class_name)
    words = [word for word in re.split(r"[\s-]+", folded(query)) if word]
    found = sorted(
        (folded(f"{last} {first} {patronymic}"), roster_id, pupil_id)
        for pupil_id, last, first, patronymic, roster_id in session.execute(wanted)
        if _matches(words, f"{last} {first} {patronymic}", roster_id)
    )
    page = [pupil_id for _, _, pupil_id in found[offset : offset + limit]]
    rows = {row.id: row for row in session.scalars(select(Pupil).where(Pupil.id.in_(page)))}
    return len(found), [rows[pupil_id] for pupil_id in page]


def classes(session: Session) -> tuple[str, ...]:
    """The names of all classes, by grade and letter: 1-А … 11-Г."""
    return tuple(sorted(session.scalars(select(Pupil.class_name).distinct()), key=class_order))


def counts(session: Session) -> Counts:
    """The school in figures."""
    return Counts(*(session.scalar(select(func.count()).select_from(table)) or 0 for table in _COUNTED))


def without_consent(session: Session, purpose: str) -> int:
    """How many pupils have no consent for this purpose that holds now."""
    agreed = exists().where(Consent.pupil_id == Pupil.id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))
    return session.scalar(select(func.count()).select_from(Pupil).where(~agreed)) or 0


def add_all(session: Session, rows: Iterable[Pupil | Mentor | Consent]) -> None:
    """Store new people and consents."""
    session.add_all(rows)
    session.flush()


def _matches(words: Sequence[str], name: str, roster_id: str) -> bool:
    # A double name («Кызы-оол») is found by either part, a number by any part of it.
    parts = re.split(r"[\s-]+", folded(name))
    return all(word in folded(roster_id) or any(part.startswith(word) for part in parts) for word in words)
