"""Whom this school knows beside itself, the trust lists it keeps and takes in, and status lists of others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, selectinload, undefer

from portfolio.storage.orm import FetchedList, ImportedList, Issuer, TrustLine, TrustListVersion

OWN = "own"  # the source of a line that this school has decided itself


def get(session: Session, did: str, *, lock: bool = False) -> Issuer | None:
    """The issuer with its document and the lines that name it."""
    query = _issuers().where(Issuer.did == did)
    return session.scalar(query.with_for_update(of=Issuer) if lock else query)


def known(session: Session, did: str) -> Issuer | None:
    """The issuer, when a line names it and the office has not refused it."""
    found = get(session, did)
    return found if found is not None and found.lines and found.refused_at is None else None


def registered_dids(session: Session) -> frozenset[str]:
    """The DIDs of all that are known: a line names them and the office has not refused them."""
    query = select(TrustLine.did).join(Issuer, TrustLine.did == Issuer.did).where(Issuer.refused_at.is_(None))
    return frozenset(session.scalars(query))


def all_issuers(session: Session) -> Sequence[Issuer]:
    """Every issuer that is or was known, by DID."""
    return session.scalars(_issuers().order_by(Issuer.did)).all()


def add(session: Session, row: Issuer | TrustLine | ImportedList | TrustListVersion) -> None:
    """Store a new row."""
    session.add(row)
    session.flush()


def remove_line(session: Session, line: TrustLine) -> None:
    """Take a reason away."""
    session.delete(line)
    session.flush()


def remove_issuer(session: Session, row: Issuer) -> None:
    """Forget an issuer that nobody names any more."""
    session.delete(row)
    session.flush()


def lines_of(session: Session, source: str) -> Sequence[TrustLine]:
    """Every line from one source, by DID."""
    query = select(TrustLine).where(TrustLine.source == source).order_by(TrustLine.did)
    return session.scalars(query.options(selectinload(TrustLine.issuer))).all()


def imported(session: Session, did: str, *, lock: bool = False) -> ImportedList | None:
    """The list of this school as it was taken in last, with its bytes."""
    query = select(ImportedList).where(ImportedList.did == did).options(undefer(ImportedList.body))
    return session.scalar(query.with_for_update() if lock else query)


def all_imported(session: Session) -> Sequence[ImportedList]:
    """Every list that was ever taken in, by the DID of its school."""
    return session.scalars(select(ImportedList).order_by(ImportedList.did)).all()


def newest_own_list(session: Session) -> TrustListVersion | None:
    """This school's own list as it was signed last, with its bytes."""
    query = select(TrustListVersion).options(undefer(TrustListVersion.body))
    return session.scalar(query.order_by(TrustListVersion.version.desc()).limit(1))


def fetched(session: Session, url: str, *, now: datetime) -> FetchedList | None:
    """A foreign status list that was fetched and is still fresh, or the note that it could not be."""
    query = select(FetchedList).where(FetchedList.url == url, FetchedList.expires_at > now)
    return session.scalar(query.options(undefer(FetchedList.body)))


def keep_fetched(session: Session, row: FetchedList, *, now: datetime) -> None:
    """Keep what a fetch gave in place of what it gave before; what is stale goes."""
    session.execute(delete(FetchedList).where((FetchedList.expires_at <= now) | (FetchedList.url == row.url)))
    session.add(row)
    session.flush()


def _issuers() -> Select[Issuer]:
    return select(Issuer).options(undefer(Issuer.document), selectinload(Issuer.lines))
