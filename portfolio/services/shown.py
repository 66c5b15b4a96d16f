"""What a page may show of a credential: facts that the signature covers, as far as consent allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any

from portfolio.practice.formats import FORMATS
from portfolio.practice.rubric import LEVELS
from portfolio.vc.open_badges import Badge


@dataclass(frozen=True)
class LevelView:
    """One assessed skill. level: 1–4, or None for a foreign scale; level_name: as signed."""

    code: str
    title: str
    level: int | None
    level_name: str


@dataclass(frozen=True)
class Shown:
    """The facts of one credential; None (or empty) where it says nothing or consent does not reach.

    start, end: local days of the practice; hours: curricular or volunteer hours; language: of the texts; format_kind: a
    kind of practice.FORMATS, or None for a foreign achievement type.
    """

    title: str | None
    description: str | None
    criteria: str | None
    format_kind: str | None
    person: str | None
    issuer: str | None
    assessor: str | None
    assessor_organisation: str | None
    start: date | None
    end: date | None
    hours: int | None
    levels: Sequence[LevelView]
    narrative: str | None
    issued_at: datetime | None
    valid_until: datetime | None
    language: str | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON: dates as ISO text, empty members left out."""
        members = {key: value for key, value in asdict(self).items() if value not in (None, (), [])}
        for key, value in members.items():
            if isinstance(value, datetime):
                members[key] = value.isoformat().replace("+00:00", "Z")
            elif isinstance(value, date):
                members[key] = value.isoformat()
        return members


_KIND_BY_TYPE = {
    known.achievement_type: kind for kind, known in reversed(list(FORMATS.items())) if known.achievement_type
}


def shown(badge: Badge, timezone: tzinfo) -> Shown:
    """Every fact of a signed badge."""
    return Shown(
        title=badge.name,
        description=badge.description,
        criteria=badge.criteria,
        format_kind=_KIND_BY_TYPE.get(badge.achievement_type or ""),
        person=badge.subject_name,
        issuer=badge.issuer_name,
        assessor=badge.assessor_name,
        assessor_organisation=badge.assessor_organisation,
        start=_day(badge.start, timezone),
        end=_day(badge.end, timezone),
        hours=int(badge.hours) if badge.hours is not None and badge.hours == int(badge.hours) else None,
        levels=tuple(
            LevelView(
                found.code or "",
                found.name or found.code or "",
                found.level if found.level in LEVELS else None,
                found.level_name or "",
            )
            for found in badge.skills
        ),
        narrative=badge.narrative,
        issued_at=badge.valid_from,
        valid_until=badge.valid_until,
        language=badge.language,
    )


def without_consent(facts: Shown) -> Shown:
    """What the public page shows without a publication consent: initials, achievement, practice, skills, who stands for it.

    The achievement is its public definition (name, kind, description, criteria, their language), which names nobody.
    """
    return replace(
        facts,
        person=initials(facts.person) if facts.person else None,
        assessor=None,
        narrative=None,
        issued_at=None,
        valid_until=None,
    )


def initials(name: str) -> str:
    """«Пётр Ёлкин» → «П. Ё.»"""
    return " ".join(f"{part[0].upper()}." for part in name.split() if part[0].isalpha())


def _day(moment: datetime | None, timezone: tzinfo) -> date | None:
    return moment.astimezone(timezone).date() if moment else None
