"""What people look at: a portfolio, the school's registers. Frozen views, nothing of the database in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from portfolio.errors import N_, Message, NotFound
from portfolio.permalinks import grouped, normalized_code
from portfolio.ports import Ports, QrCode
from portfolio.practice.hours import totals
from portfolio.practice.rubric import LEVELS
from portfolio.practice.skills import SKILLS, SkillEvidence, SkillSummary, roll_up
from portfolio.services.authorize import Actor, own_pupil_id, require, require_pupil
from portfolio.services.setup import HomeView, home_of
from portfolio.services.shown import LevelView, Shown, initials, shown, without_consent
from portfolio.services.text import row_number, sought
from portfolio.storage import accounts, consents, credentials, people, practice
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential, Mentor, Pupil
from portfolio.vc import jsontext
from portfolio.vc.open_badges import read_badge
from portfolio.vc.rosette import rosette_path

PAGE = 50
_LIVING = ("valid", "expired")


@dataclass(frozen=True)
class CredentialView:
    """One credential as its owner, or whoever it is shown to, sees it.

    state: what the school's register says: valid | revoked | superseded | suspended | expired | not_yet_valid.
    """

    id: str
    code: str
    grouped: str
    url: str
    state: str
    shown: Shown
    issued_at: datetime
    valid_until: datetime | None
    rosette: str
    qr: QrCode

    @property
    def title(self) -> str:
        """What was achieved."""
        return self.shown.title or ""

    @property
    def levels(self) -> Sequence[LevelView]:
        """The assessed skills."""
        return self.shown.levels


@dataclass(frozen=True)
class SkillView:
    """One skill of a portfolio, with its working: who saw it, how often, when last. Nothing is averaged."""

    code: str
    title_ru: str
    title_en: str
    level: int
    lowest: int
    confirmations: int
    assessors: int
    newest: date
    evidence: Sequence[SkillEvidence]

    def title(self, locale: str) -> str:
        """The skill's title in a page's language."""
        return self.title_en if locale == "en" else self.title_ru


@dataclass(frozen=True)
class PortfolioView:
    """A portfolio. person: the name as far as consent allows; years: (school year, its credentials), newest first.

    living: how many of the credentials are in force, or were until their day came; hours, skills and organisations are theirs.
    """

    person: str
    school: str
    class_name: str | None
    full: bool
    credentials: Sequence[CredentialView]
    years: Sequence[tuple[str, Sequence[CredentialView]]]
    skills: Sequence[SkillView]
    living: int
    hours: int
    service_hours: int
    organisations: int


@dataclass(frozen=True)
class CredentialPage:
    """One credential in full, for its owner or the registrar."""

    credential: CredentialView
    pupil: str
    pupil_id: int | None
    class_name: str | None
    revoked_at: datetime | None
    revocation_reason: str | None
    suspended_at: datetime | None
    origin: str
    sha256: str


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


# --- portfolios


def my_portfolio(ports: Ports, actor: Actor) -> PortfolioView:
    """The signed-in pupil's own portfolio, with everything in it."""
    pupil_id = own_pupil_id(actor)
    with ports.sessions.read() as session:
        pupil = people.pupil(session, pupil_id)
        if pupil is None:
            raise NotFound
        return portfolio_of(ports, session, pupil, full=True, owner=True)


def portfolio_of(ports: Ports, session: Session, pupil: Pupil, *, full: bool, owner: bool = False) -> PortfolioView:
    """A pupil's portfolio out of the signed documents. full: names in full; owner: the class and dead records too."""
    home = home_of(session, ports)
    known = [_view(ports, home, row, full=True) for row in credentials.of_pupil(session, pupil.id)]
    views = known if full else [replace(view, shown=without_consent(view.shown)) for view in known]
    shown_views = [view for view in reversed(views) if owner or view.state != "superseded"]
    living = [view for view in views if view.state in _LIVING]
    hours = totals((view.shown.format_kind, view.shown.hours) for view in living if view.shown.format_kind is not None)
    name = f"{pupil.first_name} {pupil.last_name}"
    years: dict[str, list[CredentialView]] = {}
    for view in shown_views:
        years.setdefault(_school_year(view.shown.end or view.issued_at.date()), []).append(view)
    return PortfolioView(
        person=name if full else initials(name),
        school=home.name,
        class_name=pupil.class_name if owner else None,
        full=full,
        credentials=tuple(shown_views),
        years=tuple((year, tuple(found)) for year, found in sorted(years.items(), reverse=True)),
        skills=tuple(
            _skill(summary) for summary in roll_up(_evidence([view for view in known if view.state in _LIVING]))
        ),
        hours=hours.study,
        service_hours=hours.service,
        living=len(living),
        organisations=len({view.shown.assessor_organisation for view in living if view.shown.assessor_organisation}),
    )


def credential(ports: Ports, actor: Actor, reference: str) -> CredentialPage:
    """One credential by id or code, for the pupil whose it is or the registrar. Anybody else's does not exist."""
    with ports.sessions.read() as session:
        row = find_row(session, reference)
        require_pupil(actor, row.pupil_id)
        view = _view(ports, home_of(session, ports), row, full=True)
        pupil = row.pupil
        return CredentialPage(
            credential=view,
            pupil=_name(pupil) if pupil else "",
            pupil_id=row.pupil_id,
            class_name=pupil.class_name if pupil else None,
            revoked_at=row.revoked_at,
            revocation_reason=row.revocation_reason,
            suspended_at=row.suspended_at,
            origin=row.origin,
            sha256=row.digest.hex(),
        )


def credential_file(ports: Ports, actor: Actor, reference: str) -> bytes:
    """The signed bytes of one credential, for the pupil whose it is or the registrar."""
    with ports.sessions.read() as session:
        row = find_row(session, reference)
        require_pupil(actor, row.pupil_id)
        return row.body


def find_row(session: Session, reference: str) -> Credential:
    """The credential with this id or code. Raises NotFound."""
    code = normalized_code(reference)
    wanted = sought(reference)
    row = credentials.by_code(session, code) if code else credentials.get(session, wanted) if wanted else None
    if row is None:
        raise NotFound
    return row


# --- the registrar's registers


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
                    pupil=_name(row.pupil) if row.pupil else row.pupil_ref,
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
                    name=_name(row),
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
            name=_name(row),
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
                    pupil=_name(row.pupil) if row.pupil else "",
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


def register_state(row: Credential, now: datetime) -> str:
    """What our own register says of a credential, by the precedence of the verdicts."""
    if row.revoked_at is not None:
        return "revoked"
    if row.superseded_by is not None:
        return "superseded"
    if row.suspended_at is not None:
        return "suspended"
    if row.valid_until is not None and row.valid_until < now:
        return "expired"
    if row.valid_from > now:
        return "not_yet_valid"
    return "valid"


# --- small parts


def _view(ports: Ports, home: HomeView, row: Credential, *, full: bool) -> CredentialView:
    document = jsontext.loads(row.body)
    facts = shown(read_badge(document), ports.settings.timezone)
    url = home.links.verification(row.code)
    return CredentialView(
        id=row.id,
        code=row.code,
        grouped=grouped(row.code),
        url=url,
        state=register_state(row, ports.now()),
        shown=facts if full else without_consent(facts),
        issued_at=row.issued_at,
        valid_until=row.valid_until,
        rosette=rosette_path(row.digest),
        qr=ports.paper.qr(url),
    )


def _evidence(views: Sequence[CredentialView]) -> list[SkillEvidence]:
    return [
        SkillEvidence(
            skill=found.code,
            level=found.level,
            assessor=f"{view.shown.assessor or view.id}, {view.shown.assessor_organisation}",
            day=view.shown.end or view.issued_at.date(),
            credential=view.id,
        )
        for view in views
        for found in view.levels
        if found.level is not None and found.code
    ]


def level_title(level: int, locale: str) -> str:
    """A rubric level in a page's language; nothing for a number that is not a level."""
    return LEVELS[level].name(locale) if level in LEVELS else ""


def _skill(summary: SkillSummary) -> SkillView:
    known = SKILLS.get(summary.skill)
    return SkillView(
        code=summary.skill,
        title_ru=known.title_ru if known else summary.skill,
        title_en=known.title_en if known else summary.skill,
        level=summary.level,
        lowest=summary.lowest,
        confirmations=summary.confirmations,
        assessors=summary.assessors,
        newest=summary.newest,
        evidence=summary.evidence,
    )


def _school_year(day: date) -> str:
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}/{(first + 1) % 100:02d}"


def _name(pupil: Pupil) -> str:
    return f"{pupil.last_name} {pupil.first_name}"


def _mentor_name(mentor: Mentor) -> str:
    return " ".join(part for part in (mentor.last_name, mentor.first_name, mentor.patronymic) if part)


def _pages(total: int, size: int) -> int:
    return max(1, -(-total // size))
