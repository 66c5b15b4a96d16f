"""Sign-ins and signed-in browsers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from portfolio.storage.orm import Account, FormKey, Mentor, Pupil, SignIn


def by_login(session: Session, login: str) -> Account | None:
    """The account with this login (logins are stored in lower case)."""
    return session.scalar(select(Account).where(Account.login == login))


def get(session: Session, account_id: int) -> Account | None:
    """The account with this id."""
    return session.get(Account, account_id)


def of_pupil(session: Session, pupil_id: int) -> Account | None:
    """The pupil's account."""
    return session.scalar(select(Account).where(Account.pupil_id == pupil_id))


def of_mentor(session: Session, mentor_id: int) -> Account | None:
    """The mentor's account."""
    return session.scalar(select(Account).where(Account.mentor_id == mentor_id))


def of_pupils(session: Session, pupil_ids: Sequence[int]) -> dict[int, str]:
    """Pupil id → login, for those of the pupils who have one."""
    rows = session.execute(select(Account.pupil_id, Account.login).where(Account.pupil_id.in_(pupil_ids)))
    return {pupil_id: login for pupil_id, login in rows if pupil_id is not None}


def of_mentors(session: Session) -> dict[int, str]:
    """Mentor id → login, for those of the mentors who have one."""
    rows = session.execute(select(Account.mentor_id, Account.login).where(Account.mentor_id.is_not(None)))
    return {mentor_id: login for mentor_id, login in rows if mentor_id is not None}


def add(session: Session, account: Account) -> None:
    """Store a new account."""
    session.add(account)
    session.flush()


def all_logins(session: Session) -> set[str]:
    """Every login in use."""
    return set(session.scalars(select(Account.login)))


def registrars(session: Session) -> int:
    """How many accounts may run the school."""
    return session.scalar(select(func.count()).select_from(Account).where(Account.role == "registrar")) or 0


def pupil_by_roster_id(session: Session, roster_id: str) -> Pupil | None:
    """The pupil with this number in the school's register."""
    return session.scalar(select(Pupil).where(Pupil.roster_id == roster_id))


def mentor_by_code(session: Session, code: str) -> Mentor | None:
    """The mentor with this code."""
    return session.scalar(select(Mentor).where(Mentor.code == code))


def add_sign_in(session: Session, sign_in: SignIn) -> None:
    """Remember a signed-in browser."""
    session.add(sign_in)


def sign_in_by_token(session: Session, token_sha256: bytes) -> SignIn | None:
    """The live or ended sign-in with this token."""
    return session.scalar(select(SignIn).where(SignIn.token_sha256 == token_sha256).options(joinedload(SignIn.account)))


def end_sign_ins(session: Session, account_id: int, now: datetime) -> None:
    """Sign the account out everywhere."""
    session.execute(
        update(SignIn).where(SignIn.account_id == account_id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )


def form_key(session: Session, key_sha256: bytes) -> FormKey | None:
    """The form with this one-time key, when it was sent before."""
    return session.get(FormKey, key_sha256)


def add_form_key(session: Session, key: FormKey) -> None:
    """Remember that a form was sent. A second insert of the same key fails with the transaction."""
    session.add(key)
    session.flush()


def drop_form_key(session: Session, key_sha256: bytes) -> None:
    """Forget a form."""
    session.execute(delete(FormKey).where(FormKey.key_sha256 == key_sha256))


def forget_form_keys(session: Session, before: datetime) -> None:
    """Forget forms that were sent before a moment."""
    session.execute(delete(FormKey).where(FormKey.used_at < before))
