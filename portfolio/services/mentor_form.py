"""The mentor's form: who, what for, which levels; several pupils at once, one signature each, no double issue.

A stolen mentor's sign-in does limited harm: 60 credentials an hour, 200 a day, 30 pupils at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from portfolio.errors import N_, Conflict, Forbidden, InvalidInput, Message, NotFound, TooManyRequests
from portfolio.ports import Ports
from portfolio.practice import gates
from portfolio.practice.formats import FORMATS
from portfolio.practice.results import state
from portfolio.practice.rubric import LEVELS
from portfolio.practice.skills import SKILLS
from portfolio.services.authorize import Actor, require
from portfolio.services.desk import Desk, gates_unmet, issued_views, programme_facts
from portfolio.services.record import Issued
from portfolio.storage import accounts, organizations, people, practice
from portfolio.storage.engine import Session
from portfolio.storage.orm import FormKey, Mentor, Programme, Pupil

MOST_PUPILS: Final = 30
QUOTAS: Final = ((timedelta(hours=1), 60), (timedelta(days=1), 200))
_FOUND_AT_ONCE: Final = 30
_RECENT_GROUPS: Final = 3


@dataclass(frozen=True)
class ProgrammeChoice:
    """A programme that a mentor may issue. format_title: message id; skills: (code, Russian title, English title).

    problems: names of conditions (practice.gates) that keep every practice of it back if it ended today. own: held by the
    mentor's own organisation.
    """

    id: int
    code: str
    title: str
    format_title: str
    hours: int
    skills: tuple[tuple[str, str, str], ...]
    problems: tuple[str, ...]
    own: bool


@dataclass(frozen=True)
class LevelChoice:
    """A level of the rubric, 1–4."""

    number: int
    name_ru: str
    name_en: str


@dataclass(frozen=True)
class PupilChoice:
    """A pupil to choose."""

    id: int
    name: str
    class_name: str


@dataclass(frozen=True)
class RecentGroup:
    """Pupils for whom this mentor issued together."""

    programme: str
    end: date
    pupils: tuple[PupilChoice, ...]


@dataclass(frozen=True)
class AwardForm:
    """Everything the form offers. today: the latest day on which a practice can have ended."""

    programmes: tuple[ProgrammeChoice, ...]
    classes: tuple[str, ...]
    recent: tuple[RecentGroup, ...]
    levels: tuple[LevelChoice, ...]
    today: date
    most_pupils: int = MOST_PUPILS


@dataclass(frozen=True)
class AwardRequest:
    """A form that was sent. levels: skill code → 1–4, the same for all pupils; form_key: random, one for each form shown."""

    pupil_ids: tuple[int, ...]
    programme_id: int
    start: date
    end: date
    hours: int
    levels: Mapping[str, int]
    narrative: str
    form_key: str


def award_form(ports: Ports, actor: Actor) -> AwardForm:
    """What a mentor may choose from; programmes of their own organisation come first. Raises NotSignedIn, Forbidden."""
    mentor_id = _mentor_id(actor)
    today = _today(ports, ports.now())
    with ports.sessions.read() as session:
        mentor = _mentor(session, mentor_id)
        choices = [_choice(row, mentor, today) for row in organizations.all_programmes(session).values()]
        return AwardForm(
            programmes=tuple(sorted(choices, key=lambda one: (not one.own, bool(one.problems)))),
            classes=people.classes(session),
            recent=_recent(session, mentor_id),
            levels=tuple(LevelChoice(level.number, level.name_ru, level.name_en) for level in LEVELS.values()),
            today=today,
        )


def search_pupils(
    ports: Ports, actor: Actor, query: str = "", class_name: str | None = None
) -> tuple[PupilChoice, ...]:
    """At most 30 pupils by the beginnings of their names, case and ё/е aside; nothing for an empty question."""
    _mentor_id(actor)
    query = query[:100]
    if not query.strip() and class_name is None:
        return ()
    with ports.sessions.read() as session:
        # A class is chosen whole; its largest has more pupils than a search may show.
        limit = _FOUND_AT_ONCE if query.strip() else 2 * _FOUND_AT_ONCE
        _, rows = people.search_pupils(session, query=query, class_name=class_name, offset=0, limit=limit)
        return tuple(_pupil_choice(row) for row in rows)


def award_by_mentor(ports: Ports, actor: Actor, request: AwardRequest) -> tuple[Issued, ...]:
    """Issue one credential to each chosen pupil, or none to anybody.

    The same form sent again answers with the same credentials. A pupil who has this very credential already keeps it.
    Raises GatesUnmet with ``params["pupils"]`` as ((pupil id, codes), …) and ``params["codes"]``, TooManyRequests beyond
    the quota, NotFound for a programme or a pupil that does not exist, InvalidInput, NotSignedIn, Forbidden.
    """
    mentor_id = _mentor_id(actor)
    _check_form(request)
    try:
        return _award(ports, actor, mentor_id, request)
    except Conflict:
        # The same form was sent twice at once and the other one was faster: its credentials are the answer.
        return _award(ports, actor, mentor_id, request)


def form_digest(actor: Actor, form_key: str) -> bytes:
    """Under what the outcome of a mentor's form is kept (32 bytes); another mentor's form of the same key is another form."""
    return hashlib.sha256(f"award|{actor.account_id}|{form_key}".encode("utf-8", "surrogatepass")).digest()


def _award(ports: Ports, actor: Actor, mentor_id: int, request: AwardRequest) -> tuple[Issued, ...]:
    key = form_digest(actor, request.form_key)
    now = ports.now()
    today = _today(ports, now)
    with ports.sessions.write() as session:
        earlier = accounts.form_key(session, key)
        if earlier is not None:
            return issued_views(session, ports, json.loads(earlier.outcome))
        mentor = _mentor(session, mentor_id)
        programme = organizations.programme(session, request.programme_id)
        chosen = people.pupils(session, request.pupil_ids)
        if programme is None or len(chosen) != len(request.pupil_ids):
            raise NotFound
        statements = [
            state(
                pupil=chosen[pupil_id].roster_id,
                programme=programme.code,
                mentor=mentor.code,
                start=request.start,
                end=request.end,
                hours=request.hours,
                levels=request.levels,
                narrative=request.narrative,
            )
            for pupil_id in request.pupil_ids
        ]
        desk = Desk(session, ports, now, issued_by=actor.account_id)
        desk.lay_out(statements)
        kept_back = [
            (pupil_id, codes)
            for pupil_id, statement in zip(request.pupil_ids, statements, strict=True)
            if (
                codes := ("already_revoked",) if desk.is_revoked(statement) else desk.keeps_back(statement, today=today)
            )
        ]
        if kept_back:
            raise gates_unmet(kept_back)
        _check_quota(session, actor, now, sum(not desk.is_signed(statement) for statement in statements))
        for statement in statements:
            desk.award(statement, source="mentor")
        issued = desk.issued(statements)
        outcome = json.dumps([one.credential_id for one in issued])
        accounts.add_form_key(
            session, FormKey(key_sha256=key, account_id=actor.account_id, outcome=outcome, used_at=now)
        )
        return issued


# --- small parts


def _mentor_id(actor: Actor) -> int:
    actor = require(actor, "mentor")
    if actor.mentor_id is None:
        raise Forbidden("this sign-in is not connected to a mentor")
    return actor.mentor_id


def _mentor(session: Session, mentor_id: int) -> Mentor:
    found = people.mentor(session, mentor_id)
    if found is None:
        raise Forbidden("this sign-in is not connected to a mentor")
    return found


def _today(ports: Ports, now: datetime) -> date:
    return now.astimezone(ports.settings.timezone).date()


def _choice(row: Programme, mentor: Mentor, today: date) -> ProgrammeChoice:
    facts = gates.PracticeFacts(
        completed=True,
        pupil=gates.PupilFacts(processing_consent=True),
        programme=programme_facts(row),
        mentor=gates.MentorFacts(mentor.accredited_until),
        start=today,
        end=today,
        hours=1,
        levels=dict.fromkeys(row.skills[:1], 1),
    )
    return ProgrammeChoice(
        id=row.id,
        code=row.code,
        title=row.title,
        format_title=FORMATS[row.kind].title,
        hours=row.hours,
        skills=tuple((code, SKILLS[code].title_ru, SKILLS[code].title_en) for code in row.skills),
        problems=gates.unmet(facts),
        own=row.organization_id == mentor.organization_id,
    )


def _recent(session: Session, mentor_id: int) -> tuple[RecentGroup, ...]:
    groups: dict[tuple[int | None, str, str], list[Pupil]] = {}
    titles: dict[tuple[int | None, str, str], str] = {}
    for row in practice.latest_of_mentor(session, mentor_id, limit=_RECENT_GROUPS * MOST_PUPILS):
        group = (row.programme_id, row.start_ref, row.end_ref)
        if row.pupil is not None and row.programme is not None:
            groups.setdefault(group, []).append(row.pupil)
            titles[group] = row.programme.title
    return tuple(
        RecentGroup(titles[group], date.fromisoformat(group[2]), tuple(_pupil_choice(pupil) for pupil in pupils))
        for group, pupils in list(groups.items())[:_RECENT_GROUPS]
    )


def _pupil_choice(pupil: Pupil) -> PupilChoice:
    return PupilChoice(pupil.id, f"{pupil.last_name} {pupil.first_name}", pupil.class_name)


def _check_form(request: AwardRequest) -> None:
    """Raises InvalidInput for what no form of ours sends."""
    if not 1 <= len(request.form_key) <= 200:
        raise InvalidInput("a form key is missing")
    if not request.pupil_ids:
        raise InvalidInput(message=Message(N_("Choose at least one pupil.")))
    if len(set(request.pupil_ids)) != len(request.pupil_ids):
        raise InvalidInput(message=Message(N_("A pupil is chosen twice.")))
    if len(request.pupil_ids) > MOST_PUPILS:
        raise InvalidInput(message=Message(N_("Choose at most {most} pupils at once."), {"most": MOST_PUPILS}))


def _check_quota(session: Session, actor: Actor, now: datetime, wanted: int) -> None:
    for span, most in QUOTAS:
        if wanted and practice.issued_by(session, actor.account_id, now - span) + wanted > most:
            raise TooManyRequests(
                message=Message(
                    N_("A mentor can issue {most} credentials in {hours} h. Please go on later."),
                    {"most": most, "hours": int(span.total_seconds() // 3600)},
                )
            )
