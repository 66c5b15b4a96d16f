"""The school's registers as the registrar looks at them. Frozen views, nothing of the database in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portfolio.errors import N_, Message, NotFound
from portfolio.permalinks import grouped
from portfolio.ports import Ports
from portfolio.services.authorize import Actor, require
from portfolio.services.register import name_of, register_state
from portfolio.services.text import row_number, sought
from portfolio.storage import accounts, consents, credentials, people, practice
from portfolio.storage.orm import Mentor

PAGE = 50


@dataclass(frozen=True)
class Overview:
    """The school in figures, and what waits for somebody."""

    pupils: int
    mentors: int
    programmes: int
    partners: int
    issued: int
    revoked: int
    suspended: int
    pending: int
    pending_by_code: Sequence[tuple[str, int]]
    without_publication: int
    classes: Sequence[str]


@dataclass(frozen=True)
class RegisterRow:
    """A completed practice that is not a credential yet. codes: why, by the names of practice.gates."""

    practice_id: int
    pupil: str
    class_name: str | None
    programme: str
    mentor: str
    start: str
    end: str
    codes: Sequence[str]


@dataclass(frozen=True)
class RegisterPage:
    """One page of the register. total: rows that fit the filter; counts: (code, how many) over the whole register."""

    rows: Sequence[RegisterRow]
    total: int
    page: int
    pages: int
    classes: Sequence[str]
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class PersonRow:
    """A pupil in a list. login: None while there is no sign-in."""

    id: int
    roster_id: str
    name: str
    class_name: str
    processing: bool
    publication: bool
    login: str | None
    credentials: int


@dataclass(frozen=True)
class PeoplePage:
    """One page of pupils."""

    rows: Sequence[PersonRow]
    total: int
    page: int
    pages: int
    classes: Sequence[str]


@dataclass(frozen=True)
class MentorRow:
    """A mentor in a list."""

    id: int
    code: str
    name: str
    position: str
    organisation: str
    accredited_until: date
    accredited: bool
    login: str | None


@dataclass(frozen=True)
class CredentialRow:
    """A credential in the registrar's list."""

    id: str
    code: str
    grouped: str
    title: str
    pupil: str
    class_name: str | None
    issued_at: datetime
    state: str


@dataclass(frozen=True)
class CredentialsPage:
    """One page of credentials."""

    rows: Sequence[CredentialRow]
    total: int
    page: int
    pages: int


def overview(ports: Ports, actor: Actor) -> Overview:
    """The figures of the front page."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        counted = credentials.counts(session)
        found = people.counts(session)
        return Overview(
            pupils=found.pupils,
            mentors=found.mentors,
            programmes=found.programmes,
            partners=found.partners,
            issued=counted.issued,
            revoked=counted.revoked,
            suspended=counted.suspended,
            pending=practice.pending_total(session),
            pending_by_code=practice.pending_counts(session),
            without_publication=people.without_consent(session, "publication"),
            classes=people.classes(session),
        )


def register(
    ports: Ports,
    actor: Actor,
    *,
    class_name: str | None = None,
    code: str | None = None,
    page: int = 1,
    size: int = PAGE,
) -> RegisterPage:
    """Completed practice that is not a credential, and why. code: only rows that this condition keeps back."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        total, rows = practice.pending(session, class_name=class_name, code=code, offset=(page - 1) * size, limit=size)
        return RegisterPage(
            rows=tuple(
                RegisterRow(
                    practice_id=row.id,
                    pupil=name_of(row.pupil) if row.pupil else row.pupil_ref,
                    class_name=row.pupil.class_name if row.pupil else None,
                    programme=row.programme.title if row.programme else row.programme_ref,
                    mentor=_mentor_name(row.mentor) if row.mentor else row.mentor_ref,
                    start=row.start_ref,
                    end=row.end_ref,
                    codes=tuple(row.unmet),
                )
                for row in rows
            ),
            total=total,
            page=page,
            pages=_pages(total, size),
            classes=people.classes(session),
            counts=practice.pending_counts(session),
        )


def people_page(
    ports: Ports, actor: Actor, *, query: str = "", class_name: str | None = None, page: int = 1
) -> PeoplePage:
    """Pupils by name or number, with what their families agreed to and whether they can sign in."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        total, rows = people.search_pupils(
            session, query=query, class_name=class_name, offset=(page - 1) * PAGE, limit=PAGE
        )
        ids = [row.id for row in rows]
        agreed = consents.purposes(session, ids)
        logins = accounts.of_pupils(session, ids)
        counted = credentials.count_of_pupils(session, ids)
        return PeoplePage(
            rows=tuple(
                PersonRow(
                    id=row.id,
                    roster_id=row.roster_id,
                    name=name_of(row),
                    class_name=row.class_name,
                    processing="processing" in agreed[row.id],
                    publication="publication" in agreed[row.id],
                    login=logins.get(row.id),
                    credentials=counted.get(row.id, 0),
                )
                for row in rows
            ),
            total=total,
            page=page,
            pages=_pages(total, PAGE),
            classes=people.classes(session),
        )


def pupil_ids(ports: Ports, actor: Actor, numbers: Sequence[str]) -> tuple[int, ...]:
    """The ids of pupils by their numbers in the register. Raises NotFound for a number that nobody has."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        wanted = list(dict.fromkeys(sought(number) or "" for number in numbers))
        found = people.pupils_by_roster_id(session, wanted)
        if len(found) != len(wanted):
            raise NotFound(message=Message(N_("No pupil has this number.")))
        return tuple(found[number].id for number in wanted)


def person(ports: Ports, actor: Actor, pupil_id: int) -> PersonRow:
    """One pupil as the registrar sees it. Raises NotFound."""
    require(actor, "registrar")
    with ports.sessions.read() as session:
        row = people.pupil(session, row_number(pupil_id))
        if row is None:
            raise NotFound
        agreed = consents.purposes(session, [row.id])[row.id]
        return PersonRow(
            id=row.id,
            roster_id=row.roster_id,
            name=name_of(row),
            class_name=row.class_name,
            processing="processing" in agreed,
            publication="publication" in agreed,
            login=accounts.of_pupils(session, [row.id]).get(row.id),
            credentials=credentials.count_of_pupils(session, [row.id]).get(row.id, 0),
        )


def mentors(ports: Ports, actor: Actor) -> Sequence[MentorRow]:
    """Every mentor, by name."""
    require(actor, "registrar")
    today = ports.now().astimezone(ports.settings.timezone).date()
    with ports.sessions.read() as session:
        logins = accounts.of_mentors(session)
        return tuple(
            MentorRow(
                id=row.id,
                code=row.code,
                name=_mentor_name(row),
                position=row.position,
                organisation=row.organization.name,
                accredited_until=row.accredited_until,
                accredited=row.accredited_until >= today,
                login=logins.get(row.id),
            )
            for row in people.mentors(session)
        )


def credentials_page(
    ports: Ports, actor: Actor, *, query: str = "", state: str | None = None, page: int = 1
) -> CredentialsPage:
    """Issued credentials by pupil, title or code. state: current | revoked | suspended | superseded | expired."""
    require(actor, "registrar")
    now = ports.now()
    wanted = sought(query)
    if wanted is None:
        return CredentialsPage((), 0, page, 1)
    with ports.sessions.read() as session:
        total, rows = credentials.search(
            session, query=wanted, state=state, now=now, offset=(page - 1) * PAGE, limit=PAGE
        )
        return CredentialsPage(
            rows=tuple(
                CredentialRow(
                    id=row.id,
                    code=row.code,
                    grouped=grouped(row.code),
                    title=row.title,
                    pupil=name_of(row.pupil) if row.pupil else "",
                    class_name=row.pupil.class_name if row.pupil else None,
                    issued_at=row.issued_at,
                    state=register_state(row, now),
                )
                for row in rows
            ),
            total=total,
            page=page,
            pages=_pages(total, PAGE),
        )


# --- small parts


def _mentor_name(mentor: Mentor) -> str:
    return " ".join(part for part in (mentor.last_name, mentor.first_name, mentor.patronymic) if part)


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))
