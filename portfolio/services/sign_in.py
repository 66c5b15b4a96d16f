"""Passwords, signed-in browsers, new sign-ins. Passkeys can join: a sign-in does not care how the person was recognised."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from portfolio.errors import N_, Conflict, InvalidInput, Message, NotFound, OrientirError
from portfolio.ports import Passwords, Ports
from portfolio.services.authorize import Actor, Role, is_role, require
from portfolio.services.text import clean_name, sought
from portfolio.storage import accounts
from portfolio.storage.engine import Session
from portfolio.storage.orm import Account, SignIn

# Idle time after which a signed-in browser has to sign in again, by role.
IDLE: dict[Role, timedelta] = {
    "pupil": timedelta(days=30),
    "mentor": timedelta(days=30),
    "registrar": timedelta(minutes=30),
}
_SEEN_EVERY = timedelta(minutes=1)  # how often "last seen" is written down
_SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 200
# No letters that are mistaken for one another; 12 of them are 59 bits.
_PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_NOBODYS: WeakKeyDictionary[Passwords, str] = WeakKeyDictionary()


class WrongPassword(OrientirError):
    """The login or the password is wrong; the answer is the same for both."""

    type = "/problems#wrong-password"
    code = "wrong_password"
    title = N_("The login or the password is not right.")
    status = 401


@dataclass(frozen=True)
class SignedIn:
    """token: for the browser's cookie, shown once; lifetime: seconds of the cookie."""

    token: str
    actor: Actor
    lifetime: int


@dataclass(frozen=True)
class NewAccount:
    """A new sign-in with its one-time password, shown once and stored as a hash only."""

    login: str
    password: str
    role: Role
    name: str


def sign_in(ports: Ports, login: str, password: str) -> SignedIn:
    """Check a password and remember the browser. Raises WrongPassword, after the same work for an unknown login."""
    typed = sought(login)
    with ports.sessions.read() as session:
        account = accounts.by_login(session, typed.lower()) if typed else None
        usable = account is not None and account.disabled_at is None
        encoded = account.password_hash if account is not None and usable else _nobodys_hash(ports)
    right = ports.passwords.verify(encoded, password[:_LONGEST_PASSWORD])
    if not right or account is None or not usable:
        raise WrongPassword
    now = ports.now()
    token = urlsafe_b64encode(ports.entropy(32)).decode().rstrip("=")
    actor = _actor(account)
    with ports.sessions.write() as session:
        accounts.add_sign_in(
            session, SignIn(token_sha256=_digest(token), account_id=account.id, created_at=now, seen_at=now)
        )
    return SignedIn(token, actor, int(IDLE[actor.role].total_seconds()))


def current_actor(ports: Ports, token: str | None) -> Actor | None:
    """Who the cookie's token stands for, or None when it is unknown, ended or idle for too long."""
    if not token or len(token) > 100:
        return None
    now = ports.now()
    with ports.sessions.read() as session:
        found = accounts.sign_in_by_token(session, _digest(token))
        if found is None or not _live(found, now):
            return None
        actor = _actor(found.account)
        stale = now - found.seen_at >= _SEEN_EVERY
    if stale:
        with ports.sessions.write() as session:
            again = accounts.sign_in_by_token(session, _digest(token))
            if again is not None and again.ended_at is None:
                again.seen_at = now
    return actor


def sign_out(ports: Ports, token: str) -> None:
    """End this browser's sign-in; unknown tokens are ignored."""
    with ports.sessions.write() as session:
        found = accounts.sign_in_by_token(session, _digest(token))
        if found is not None and found.ended_at is None:
            found.ended_at = ports.now()


def change_password(ports: Ports, actor: Actor, old: str, new: str) -> SignedIn:
    """Set a new password; every signed-in browser of the account ends, this one gets a new token.

    Raises WrongPassword for the old one, InvalidInput for a new one that is too short, too long or the same.
    """
    require(actor, "pupil", "mentor", "registrar")
    if not _SHORTEST_PASSWORD <= len(new) <= _LONGEST_PASSWORD:
        raise InvalidInput(
            message=Message(
                N_("A password has {shortest} to {longest} characters."),
                {"shortest": _SHORTEST_PASSWORD, "longest": _LONGEST_PASSWORD},
            )
        )
    if new == old:
        raise InvalidInput(message=Message(N_("The new password equals the old one.")))
    with ports.sessions.read() as session:
        account = accounts.get(session, actor.account_id)
        if account is None:
            raise NotFound
        login, encoded = account.login, account.password_hash
    if not ports.passwords.verify(encoded, old[:_LONGEST_PASSWORD]):
        raise WrongPassword
    fresh = ports.passwords.hash(new)
    with ports.sessions.write() as session:
        account = accounts.get(session, actor.account_id)
        if account is not None:
            session.refresh(account, with_for_update=True)
        if account is None or account.password_hash != encoded:
            raise Conflict("the password was changed in between")
        account.password_hash = fresh
        account.must_change = False
        accounts.end_sign_ins(session, account.id, ports.now())
    return sign_in(ports, login, new)


def set_language(ports: Ports, actor: Actor, language: str) -> None:
    """Remember the language that a person reads."""
    if language not in ("ru", "en"):
        raise InvalidInput("the language is ru or en")
    with ports.sessions.write() as session:
        account = accounts.get(session, actor.account_id)
        if account is not None:
            account.language = language


def new_account(ports: Ports, actor: Actor, *, role: str, person: str) -> NewAccount:
    """Give an imported person (pupil by register number, mentor by code) or a new registrar (by name) a sign-in.

    An existing sign-in gets a new one-time password, and its signed-in browsers end.
    Raises NotFound for an unknown person, InvalidInput for an unknown role.
    """
    require(actor, "registrar")
    if not is_role(role):
        raise InvalidInput("the role is pupil, mentor or registrar")
    wanted = sought(person)
    with ports.sessions.write() as session:
        if role == "pupil":
            pupil = accounts.pupil_by_roster_id(session, wanted) if wanted else None
            if pupil is None:
                raise NotFound(message=Message(N_("No pupil has this number.")))
            name = f"{pupil.first_name} {pupil.last_name}"
            account = accounts.of_pupil(session, pupil.id)
            if account is None:
                return open_account(session, ports, role=role, name=name, login=pupil.roster_id, pupil_id=pupil.id)
        elif role == "mentor":
            mentor = accounts.mentor_by_code(session, wanted) if wanted else None
            if mentor is None:
                raise NotFound(message=Message(N_("No mentor has this code.")))
            name = f"{mentor.first_name} {mentor.last_name}"
            account = accounts.of_mentor(session, mentor.id)
            if account is None:
                return open_account(session, ports, role=role, name=name, login=mentor.code, mentor_id=mentor.id)
        else:
            name = clean_name(person, longest=60)
            account = accounts.by_login(session, _login_of(name))
            if account is None:
                return open_account(session, ports, role=role, name=name, login=_login_of(name))
            if account.role != "registrar":
                raise Conflict(message=Message(N_("This login belongs to somebody else.")))
        password = _password(ports)
        account.password_hash = ports.passwords.hash(password)
        account.must_change = True
        account.disabled_at = None
        accounts.end_sign_ins(session, account.id, ports.now())
        return NewAccount(account.login, password, role, name)


def open_account(
    session: Session,
    ports: Ports,
    *,
    role: Role,
    name: str,
    login: str,
    pupil_id: int | None = None,
    mentor_id: int | None = None,
    password: str | None = None,
) -> NewAccount:
    """Store a new account within the caller's transaction; a login in use gets a number behind it."""
    taken = accounts.all_logins(session)
    base = _login_of(login)
    login, number = base, 2
    while login in taken:
        login, number = f"{base}-{number}", number + 1
    fixed = password is not None
    password = password or _password(ports)
    accounts.add(
        session,
        Account(
            login=login,
            role=role,
            name=name,
            password_hash=ports.passwords.hash(password),
            must_change=not fixed,
            pupil_id=pupil_id,
            mentor_id=mentor_id,
            created_at=ports.now(),
        ),
    )
    return NewAccount(login, password, role, name)


def _actor(account: Account) -> Actor:
    if not is_role(account.role):  # the database holds what this module wrote
        raise Conflict("an account has an unknown role")
    return Actor(
        account.id,
        account.role,
        account.name,
        account.pupil_id,
        account.mentor_id,
        account.must_change,
        account.language,
    )


def _live(found: SignIn, now: datetime) -> bool:
    role = found.account.role
    if found.ended_at is not None or found.account.disabled_at is not None or not is_role(role):
        return False
    return now - found.seen_at < IDLE[role]


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _login_of(text: str) -> str:
    return clean_name(text, longest=60).lower().replace(" ", ".")


def _password(ports: Ports) -> str:
    # Rejection sampling: every letter is equally likely.
    letters: list[str] = []
    limit = 256 - 256 % len(_PASSWORD_ALPHABET)
    while len(letters) < 12:
        letters += [_PASSWORD_ALPHABET[byte % len(_PASSWORD_ALPHABET)] for byte in ports.entropy(24) if byte < limit]
    text = "".join(letters[:12])
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def _nobodys_hash(ports: Ports) -> str:
    # A real hash of a password nobody has, so that an unknown login takes as long as a wrong password.
    if ports.passwords not in _NOBODYS:
        _NOBODYS[ports.passwords] = ports.passwords.hash(urlsafe_b64encode(ports.entropy(24)).decode())
    return _NOBODYS[ports.passwords]
