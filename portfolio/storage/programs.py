"""What programs bring and ask for: tokens of organisations, credentials issued under them, answered challenges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload, undefer

from portfolio.storage.orm import ApiCredential, ApiToken, Credential, UsedChallenge


def add(session: Session, row: ApiToken | ApiCredential) -> None:
    """Store a new token, or what was issued under one."""
    session.add(row)
    session.flush()


def tokens(session: Session) -> Sequence[ApiToken]:
    """Every token with its organisation, oldest first."""
    return session.scalars(select(ApiToken).options(joinedload(ApiToken.organization)).order_by(ApiToken.id)).all()


def token(session: Session, token_id: int, *, lock: bool = False) -> ApiToken | None:
    """The token with this number; locked against other writers when asked."""
    query = select(ApiToken).where(ApiToken.id == token_id)
    return session.scalar(query.with_for_update() if lock else query)


def token_by_digest(session: Session, token_sha256: bytes) -> ApiToken | None:
    """The token with this digest, whether it is in force or not."""
    query = select(ApiToken).where(ApiToken.token_sha256 == token_sha256).options(joinedload(ApiToken.organization))
    return session.scalar(query)


def issued(session: Session, credential_id: str) -> ApiCredential | None:
    """What a program was given under this id, with its signed bytes and its token."""
    return session.scalar(
        select(ApiCredential)
        .where(ApiCredential.credential_id == credential_id)
        .options(
            joinedload(ApiCredential.credential).options(undefer(Credential.body)), joinedload(ApiCredential.token)
        )
    )


def issued_since(session: Session, token_id: int, moment: datetime) -> int:
    """How many credentials were issued under this token since the moment."""
    query = (
        select(func.count())
        .select_from(ApiCredential)
        .join(Credential, ApiCredential.credential_id == Credential.id)
        .where(ApiCredential.token_id == token_id, Credential.issued_at > moment)
    )
    return session.scalar(query) or 0


def use_challenge(session: Session, challenge_sha256: bytes, expires_at: datetime, *, now: datetime) -> None:
    """Remember that the challenge was answered, and forget those that have expired. Raises Conflict the second time."""
    session.execute(delete(UsedChallenge).where(UsedChallenge.expires_at < now))
    session.add(UsedChallenge(challenge_sha256=challenge_sha256, expires_at=expires_at))
    session.flush()


def challenge_used(session: Session, challenge_sha256: bytes) -> bool:
    """Whether the challenge was answered, as far as this look can tell."""
    return session.get(UsedChallenge, challenge_sha256) is not None
