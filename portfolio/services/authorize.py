"""Who is asking, and whether they may. Every verb that acts for a person takes an Actor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeGuard

from portfolio.errors import Forbidden, NotFound, NotSignedIn

Role = Literal["pupil", "mentor", "registrar"]
ROLES: tuple[Role, ...] = ("pupil", "mentor", "registrar")


@dataclass(frozen=True)
class Actor:
    """A signed-in person. pupil_id and mentor_id are set for the roles of those names; language: chosen, or None."""

    account_id: int
    role: Role
    name: str
    pupil_id: int | None = None
    mentor_id: int | None = None
    must_change: bool = False
    language: str | None = None


def is_role(text: str) -> TypeGuard[Role]:
    """Whether the text names a role."""
    return text in ROLES


def require(actor: Actor | None, *roles: Role) -> Actor:
    """The actor, when signed in under one of the roles. Raises NotSignedIn, Forbidden."""
    if actor is None:
        raise NotSignedIn
    if actor.role not in roles:
        raise Forbidden(f"needs the role {' or '.join(roles)}")
    return actor


def require_pupil(actor: Actor | None, pupil_id: int | None) -> Actor:
    """The actor, when it is this pupil or a registrar. Another pupil's things do not exist (NotFound)."""
    actor = require(actor, "pupil", "registrar")
    if actor.role == "pupil" and (pupil_id is None or actor.pupil_id != pupil_id):
        raise NotFound
    return actor


def own_pupil_id(actor: Actor | None) -> int:
    """The signed-in pupil's id. Raises NotSignedIn, Forbidden."""
    actor = require(actor, "pupil")
    if actor.pupil_id is None:
        raise Forbidden("this sign-in is not connected to a pupil")
    return actor.pupil_id


# The person at the school's own console: the command line acts as a registrar without a sign-in.
OPERATOR = Actor(account_id=0, role="registrar", name="console")


def account_of(actor: Actor) -> int | None:
    """The account to record as the doer; None for the console."""
    return actor.account_id or None
