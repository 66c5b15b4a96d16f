"""Issued credentials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload, undefer

from portfolio.storage.orm import Credential, Pupil


def add(session: Session, credential: Credential) -> None:
    """Store a new credential."""
    session.add(credential)
    session.flush()


def get(session: Session, credential_id: str, *, lock: bool = False) -> Credential | None:
    """The credential with this id (``urn:uuid:…``), with its signed bytes."""
    query = select(Credential).where(Credential.id == credential_id).options(undefer(Credential.body))
    return session.scalar(query.with_for_update(of=Credential) if lock else query)


def by_code(session: Session, code: str) -> Credential | None:
    """The credential behind a verification code, with its signed bytes."""
    return session.scalar(select(Credential).where(Credential.code == code).options(undefer(Credential.body)))


def by_idempotency_key(session: Session, key: str) -> Credential | None:
    """The credential that was issued under this key, with its signed bytes."""
    return session.scalar(select(Credential).where(Credential.idempotency_key == key).options(undefer(Credential.body)))


def of_pupil(session: Session, pupil_id: int, kind: str = "badge") -> Sequence[Credential]:
    """A pupil's credentials of one kind without their signed bytes, oldest first."""
    return session.scalars(
        select(Credential)
        .where(Credential.pupil_id == pupil_id, Credential.kind == kind)
        .order_by(Credential.issued_at, Credential.id)
    ).all()


def bodies(session: Session, ids: Sequence[str], *, size: int = 200) -> Iterator[tuple[str, bytes]]:
    """(id, signed bytes) of these credentials, in no order, ``size`` of them a question."""
    for start in range(0, len(ids), size):
        wanted = select(Credential.id, Credential.body).where(Credential.id.in_(ids[start : start + size]))
        yield from ((identifier, body) for identifier, body in session.execute(wanted))


def count_of_pupils(session: Session, pupil_ids: Sequence[int]) -> dict[int, int]:
    """Pupil id → how many badges."""
    rows = session.execute(
        select(Credential.pupil_id, func.count())
        .where(Credential.pupil_id.in_(pupil_ids), Credential.kind == "badge")
        .group_by(Credential.pupil_id)
    )
    return {pupil_id: count for pupil_id, count in rows if pupil_id is not None}


@dataclass(frozen=True)
class Counts:
    """How many badges there are, by what the register says of them."""

    issued: int
    revoked: int
    suspended: int


def counts(session: Session) -> Counts:
    """The register in figures."""
    issued, revoked, suspended = session.execute(
        select(
            func.count(),
            func.count(Credential.revoked_at),
            func.count(Credential.suspended_at),
        ).where(Credential.kind == "badge")
    ).one()
    return Counts(issued, revoked, suspended)


def not_in_force(session: Session) -> Sequence[Credential]:
    """Every credential that was revoked, superseded or put on hold, by id."""
    dead = or_(
        Credential.revoked_at.is_not(None), Credential.superseded_by.is_not(None), Credential.suspended_at.is_not(None)
    )
    return session.scalars(select(Credential).where(dead).order_by(Credential.id)).all()


def batches(session: Session, *, after: str = "", size: int = 200) -> Sequence[Credential]:
    """The next credentials by id with their signed bytes, whatever their state."""
    return session.scalars(
        select(Credential)
        .where(Credential.id > after)
        .options(undefer(Credential.body))
        .order_by(Credential.id)
        .limit(size)
    ).all()


def total(session: Session) -> int:
    """How many signed documents there are, of every kind."""
    return session.scalar(select(func.count()).select_from(Credential)) or 0


def search(
    session: Session, *, query: str, state: str | None, now: datetime, offset: int, limit: int
) -> tuple[int, Sequence[Credential]]:
    """Badges by code, title, pupil's name or number: (how many, one page of them, newest first).

    state: revoked | suspended | superseded | expired | current, or None for all.
    """
    wanted = select(Credential).join(Pupil, isouter=True).where(Credential.kind == "badge")
    for word in query.split():
        pattern = f"%{_escaped(word.lower().replace('ё', 'е'))}%"
        wanted = wanted.where(
            or_(
                Credential.code.like(pattern.replace("-", ""), escape="\\"),
                Credential.id.like(pattern, escape="\\"),
                *(
                    func.replace(func.lower(column), "ё", "е").like(pattern, escape="\\")
                    for column in (
                        Credential.title,
                        Pupil.last_name,
                        Pupil.first_name,
                        Pupil.patronymic,
                        Pupil.roster_id,
                    )
                ),
            )
        )
    wanted = _in_state(wanted, state, now)
    found = session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    rows = session.scalars(
        wanted.options(joinedload(Credential.pupil), joinedload(Credential.programme))
        .order_by(Credential.issued_at.desc(), Credential.id)
        .offset(offset)
        .limit(limit)
    ).all()
    return found, rows


def _in_state(wanted: Select[Credential], state: str | None, now: datetime) -> Select[Credential]:
    """By the precedence of the verdicts: a revoked record that has also expired is revoked."""
    revoked, superseded = Credential.revoked_at.is_not(None), Credential.superseded_by.is_not(None)
    suspended, expired = Credential.suspended_at.is_not(None), func.coalesce(Credential.valid_until < now, False)
    if state == "revoked":
        return wanted.where(revoked)
    if state == "superseded":
        return wanted.where(superseded, ~revoked)
    if state == "suspended":
        return wanted.where(suspended, ~revoked, ~superseded)
    if state == "expired":
        return wanted.where(expired, ~revoked, ~superseded, ~suspended)
    if state == "current":
        return wanted.where(~expired, ~revoked, ~superseded, ~suspended, Credential.valid_from <= now)
    return wanted


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
