"""A pupil's portfolio: what others confirmed, by school year, and the skills that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from threading import Lock

from portfolio.errors import NotFound
from portfolio.ports import Ports
from portfolio.practice.hours import totals
from portfolio.practice.rubric import LEVELS
from portfolio.practice.skills import SKILLS, SkillEvidence, SkillSummary, roll_up
from portfolio.services.authorize import Actor, own_pupil_id
from portfolio.services.register import LIVING, CredentialView, facts_of, view_of
from portfolio.services.setup import home_of
from portfolio.services.shown import Shown, initials, without_consent
from portfolio.storage import credentials, people
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential, Pupil

PAGE = 30  # entries: with long texts they stay well under what a page may weigh


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
    page, pages: which part of them ``years`` holds, newest first; everything else is of the whole portfolio.
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
    page: int = 1
    pages: int = 1


def my_portfolio(ports: Ports, actor: Actor, *, page: int | None = None) -> PortfolioView:
    """The signed-in pupil's own portfolio. page: this part of it, or everything. Raises NotFound."""
    pupil_id = own_pupil_id(actor)
    with ports.sessions.read() as session:
        pupil = people.pupil(session, pupil_id)
        if pupil is None:
            raise NotFound
        whole = portfolio_of(ports, session, pupil, full=True, owner=True)
    return whole if page is None else at_page(whole, page)


def portfolio_of(ports: Ports, session: Session, pupil: Pupil, *, full: bool, owner: bool = False) -> PortfolioView:
    """A pupil's portfolio out of the signed documents. full: names in full; owner: the class and dead records too."""
    home = home_of(session, ports)
    rows = credentials.of_pupil(session, pupil.id)
    facts = _FACTS.of(ports, session, rows)
    known = [view_of(ports, home, row, facts[row.id]) for row in rows]
    views = known if full else [replace(view, shown=without_consent(view.shown)) for view in known]
    shown_views = [view for view in reversed(views) if owner or view.state != "superseded"]
    living = [view for view in views if view.state in LIVING]
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
            _skill(summary) for summary in roll_up(_evidence([view for view in known if view.state in LIVING]))
        ),
        hours=hours.study,
        service_hours=hours.service,
        living=len(living),
        organisations=len({view.shown.assessor_organisation for view in living if view.shown.assessor_organisation}),
    )


def at_page(view: PortfolioView, page: int) -> PortfolioView:
    """The portfolio with the entries of one page in its years. Raises NotFound for a page that there is not."""
    entries = [(year, entry) for year, found in view.years for entry in found]
    pages = max(1, -(-len(entries) // PAGE))
    if not 1 <= page <= pages:
        raise NotFound
    years: dict[str, list[CredentialView]] = {}
    for year, entry in entries[(page - 1) * PAGE : page * PAGE]:
        years.setdefault(year, []).append(entry)
    return replace(view, years=tuple((year, tuple(found)) for year, found in years.items()), page=page, pages=pages)


class _Facts:
    """What signed documents say, read once: the same digest always says the same. Safe for threads, and bounded."""

    _KEPT = 4096

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, str], Shown] = {}
        self._lock = Lock()

    def of(self, ports: Ports, session: Session, rows: Sequence[Credential]) -> Mapping[str, Shown]:
        """The facts of every row by its id; only the bodies that nobody has read lately are fetched."""
        zone = str(ports.settings.timezone)
        found = {row.id: known for row in rows if (known := self._known.get((row.digest, zone))) is not None}
        digests = {row.id: row.digest for row in rows if row.id not in found}
        for identifier, body in credentials.bodies(session, list(digests)):
            found[identifier] = facts_of(ports, body)
            self._keep((digests[identifier], zone), found[identifier])
        return found

    def _keep(self, key: tuple[bytes, str], facts: Shown) -> None:
        with self._lock:
            self._known[key] = facts
            while len(self._known) > self._KEPT:
                del self._known[next(iter(self._known))]


_FACTS = _Facts()


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
