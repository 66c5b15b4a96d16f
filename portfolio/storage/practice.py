"""Results of practice: what the school stated, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session, joinedload

from portfolio.practice.gates import CODES
from portfolio.storage.orm import Credential, Practice, Pupil

# pupil_ref, programme_ref, start_ref, end_ref: what makes two statements one practice
NaturalKey = tuple[str, str, str, str]


_PENDING = (Practice.credential_id.is_(None), Practice.completed.is_(True))


def natural_key(row: Practice) -> NaturalKey:
    """The key under which a practice can have one credential."""
    return (row.pupil_ref, row.programme_ref, row.start_ref, row.end_ref)


def by_natural_keys(session: Session, keys: Collection[NaturalKey]) -> dict[NaturalKey, Practice]:
    """Natural key → practice, for those that are stored."""
    if not keys:
        return {}
    columns = tuple_(Practice.pupil_ref, Practice.programme_ref, Practice.start_ref, Practice.end_ref)
    rows = session.scalars(select(Practice).where(columns.in_(keys)))
    return {natural_key(row): row for row in rows}


def add_all(session: Session, rows: Iterable[Practice]) -> None:
    """Store new statements."""
    session.add_all(rows)
    session.flush()


def pending(
    session: Session, *, class_name: str | None = None, code: str | None = None, offset: int = 0, limit: int = 50
) -> tuple[int, Sequence[Practice]]:
    """Completed practice that is not a credential: (how many, one page of it with people and programme), newest first.

    code: only rows that this condition keeps back. Conditions are compared here: two databases ask JSON differently.
    """
    wanted = select(Practice.id, Practice.unmet).where(*_PENDING).order_by(Practice.end_ref.desc(), Practice.id)
    if class_name is not None:
        wanted = wanted.join(Pupil, Practice.pupil_id == Pupil.id).where(Pupil.class_name == class_name)
    found = [practice_id for practice_id, codes in session.execute(wanted) if code is None or code in codes]
    page = found[offset : offset + limit]
    rows = {
        row.id: row
        for row in session.scalars(
            select(Practice)
            .where(Practice.id.in_(page))
            .options(joinedload(Practice.pupil), joinedload(Practice.programme), joinedload(Practice.mentor))
        )
    }
    return len(found), [rows[practice_id] for practice_id in page]


def pending_counts(session: Session) -> Sequence[tuple[str, int]]:
    """(condition, how many completed practices it keeps back), in the order of the gates; a row counts for each of its
    conditions.
    """
    tally = Counter(code for codes in session.scalars(select(Practice.unmet).where(*_PENDING)) for code in codes)
    return tuple((code, tally[code]) for code in CODES if tally[code])


def pending_total(session: Session) -> int:
    """How many completed practices are not credentials."""
    return session.scalar(select(func.count()).select_from(Practice).where(*_PENDING)) or 0


def latest_of_mentor(session: Session, mentor_id: int, *, limit: int) -> Sequence[Practice]:
    """What a mentor had signed last, newest first, with the pupils and the programmes."""
    return session.scalars(
        select(Practice)
        .where(Practice.mentor_id == mentor_id, Practice.credential_id.is_not(None))
        .options(joinedload(Practice.pupil), joinedload(Practice.programme))
        .order_by(Practice.recorded_at.desc(), Practice.id.desc())
        .limit(limit)
    ).all()


def issued_by(session: Session, account_id: int, since: datetime) -> int:
    """How many credentials this account had signed after a moment."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Credential)
            .where(Credential.issued_by == account_id, Credential.issued_at > since)
        )
        or 0
    )


def credentials_by_ids(session: Session, credential_ids: Collection[str]) -> dict[str, Credential]:
    """Id → credential with its pupil, without the signed bytes."""
    rows = session.scalars(
        select(Credential).where(Credential.id.in_(credential_ids)).options(joinedload(Credential.pupil))
    )
    return {row.id: row for row in rows}
