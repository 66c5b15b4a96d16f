"""Tokens under which the programs of organisations issue: made once, shown once, kept as a digest."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portfolio.errors import N_, BadToken, Conflict, Message, NotFound
from portfolio.ports import Ports
from portfolio.services.authorize import Actor, require
from portfolio.services.issuers import OwnIssuer, organisation_issuer
from portfolio.services.setup import HomeView, home_of
from portfolio.services.text import clean_lines, row_number, sought
from portfolio.storage import organizations, programs
from portfolio.storage.engine import Session
from portfolio.storage.orm import ApiToken, Organization

_LONGEST_TOKEN = 200


@dataclass(frozen=True)
class TokenView:
    """A token as the office sees it. issuer: the DID that it issues under."""

    id: int
    organisation: str
    ogrn: str
    issuer: str
    label: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewToken:
    """A token that was just made. secret: the token itself, which nobody can be told again."""

    view: TokenView
    secret: str


@dataclass(frozen=True)
class Program:
    """A program that brought a token in force: whose it is, and whom it issues for."""

    token_id: int
    issuer: OwnIssuer
    organisation: str


def new_token(ports: Ports, actor: Actor, organisation: str, label: str = "") -> NewToken:
    """Make a token for an organisation, by its code or OGRN; the first one also makes its key and its DID.

    Raises NotFound.
    """
    require(actor, "registrar")
    label = clean_lines(label, longest=80)
    now = ports.now()
    secret = urlsafe_b64encode(ports.entropy(32)).decode().rstrip("=")
    with ports.sessions.write() as session:
        home = home_of(session, ports)
        found = _organisation(session, organisation)
        if not any(key.retired is None for key in ports.keys.keys(found.ogrn)):
            ports.keys.create(_free_fragment(ports, found.ogrn, now), now=now, owner=found.ogrn)
        row = ApiToken(
            organization_id=found.id,
            organization=found,
            ogrn=found.ogrn,
            token_sha256=_digest(secret),
            label=label,
            created_at=now,
        )
        programs.add(session, row)
        return NewToken(_view(home, row), secret)


def tokens(ports: Ports, actor: Actor) -> Sequence[TokenView]:
    """Every token that was ever made, oldest first."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        home = home_of(session, ports)
        return tuple(_view(home, row) for row in programs.tokens(session))


def revoke_token(ports: Ports, actor: Actor, token_id: int) -> None:
    """Let a token issue no more; what was issued under it stays as it is. Raises NotFound, Conflict the second time."""
    require(actor, "registrar")
    with ports.sessions.write() as session:
        row = programs.token(session, row_number(token_id), lock=True)
        if row is None:
            raise NotFound
        if row.revoked_at is not None:
            raise Conflict(message=Message(N_("This token was revoked already.")))
        row.revoked_at = ports.now()


def program_of(ports: Ports, authorization: str | None) -> Program:
    """The program that sent this ``Authorization`` header (RFC 6750 §2.1). Raises BadToken."""
    scheme, _, secret = (authorization or "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > _LONGEST_TOKEN:
        raise BadToken
    with ports.sessions.read() as session:
        row = programs.token_by_digest(session, _digest(secret))
        if row is None or row.revoked_at is not None:
            raise BadToken
        return Program(row.id, organisation_issuer(home_of(session, ports), row.ogrn), row.organization.name)


def _organisation(session: Session, text: str) -> Organization:
    wanted = sought(text) or ""
    found = organizations.by_ogrn(session, wanted) or organizations.all_organizations(session).get(wanted)
    if found is None:
        raise NotFound(message=Message(N_("There is no such partner. Its code or OGRN is needed.")))
    return found


def _free_fragment(ports: Ports, owner: str, now: datetime) -> str:
    """This month's name for a key, with a number where the month has had one."""
    used = {key.fragment for key in ports.keys.keys(owner)}
    name, number = f"key-{now:%Y-%m}", 1
    while name in used:
        number += 1
        name = f"key-{now:%Y-%m}-{number}"
    return name


def _view(home: HomeView, row: ApiToken) -> TokenView:
    issuer = organisation_issuer(home, row.ogrn)
    return TokenView(row.id, row.organization.name, row.ogrn, issuer.did, row.label, row.created_at, row.revoked_at)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"api-token\x00" + secret.encode("utf-8", "surrogatepass")).digest()
