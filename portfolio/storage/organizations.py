"""Partners, their agreements, and the programmes they hold with the school."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portfolio.storage.orm import Organization, Programme, ProgrammeVersion


def by_ogrn(session: Session, ogrn: str) -> Organization | None:
    """The organisation with this state registration number."""
    return session.scalar(select(Organization).where(Organization.ogrn == ogrn))


def by_former_ogrn(session: Session, ogrn: str) -> tuple[str, str] | None:
    """(name, kind) of the partner that programmes were awarded with under a number which was corrected since."""
    rows = session.execute(
        select(ProgrammeVersion.definition, Organization.kind)
        .join(Programme, ProgrammeVersion.programme_id == Programme.id)
        .join(Organization, Programme.organization_id == Organization.id)
        .order_by(ProgrammeVersion.id)
    )
    # A school has some dozens of programmes; two databases ask JSON differently.
    return next(((definition["organisation"], kind) for definition, kind in rows if definition["ogrn"] == ogrn), None)


def all_organizations(session: Session) -> dict[str, Organization]:
    """Code → organisation with its agreements."""
    rows = session.scalars(select(Organization).options(selectinload(Organization.agreements)))
    return {row.code: row for row in rows}


def programme(session: Session, programme_id: int) -> Programme | None:
    """The programme with this id, with its partner and the partner's agreements."""
    return session.scalar(_programmes().where(Programme.id == programme_id))


def all_programmes(session: Session) -> dict[str, Programme]:
    """Code → programme, with its partner and the partner's agreements."""
    return {row.code: row for row in session.scalars(_programmes().order_by(Programme.title, Programme.code))}


def programme_version(session: Session, code: str, version: int) -> tuple[Programme, dict[str, Any]] | None:
    """A programme and what the definition of this version says. code: in any case, addresses have it in lower case."""
    row = session.execute(
        select(Programme, ProgrammeVersion.definition)
        .join(ProgrammeVersion, ProgrammeVersion.programme_id == Programme.id)
        .where(func.lower(Programme.code) == code.lower(), ProgrammeVersion.version == version)
        .options(joinedload(Programme.organization))
    ).one_or_none()
    return (row[0], row[1]) if row else None


def programme_versions(session: Session, programme_id: int) -> Sequence[ProgrammeVersion]:
    """Every version of a programme, oldest first."""
    return session.scalars(
        select(ProgrammeVersion).where(ProgrammeVersion.programme_id == programme_id).order_by(ProgrammeVersion.version)
    ).all()


def newest_definitions(session: Session) -> dict[int, dict[str, Any]]:
    """Programme id → what its newest version says."""
    newest = select(ProgrammeVersion.programme_id, ProgrammeVersion.definition).join(
        Programme,
        and_(ProgrammeVersion.programme_id == Programme.id, ProgrammeVersion.version == Programme.version),
    )
    return dict(session.execute(newest).all())


def add_all(session: Session, rows: Iterable[Organization | Programme | ProgrammeVersion]) -> None:
    """Store new organisations, programmes or versions."""
    session.add_all(rows)
    session.flush()


def _programmes() -> Select[Programme]:
    return select(Programme).options(joinedload(Programme.organization).selectinload(Organization.agreements))
