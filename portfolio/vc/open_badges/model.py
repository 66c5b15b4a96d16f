"""What goes into a credential: an organisation, an assessor, an achievement, and what one person did for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

STATUSES = frozenset({"Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Provisional", "Withdrew"})
"""What ``Practice.status`` may be: the ResultStatusType of Open Badges 3.0."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who stands behind something. id: a DID (an issuer) or an address; ogrn: 13 or 15 digits; url: its site."""

    id: str
    name: str
    ogrn: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Assessor:
    """The person who saw the work, for an organisation. id: ``urn:uuid:…``, the same for the same person."""

    id: str
    name: str
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class Skill:
    """One skill of a published framework. url: the skill's own page."""

    code: str
    name: str
    url: str
    framework: str


@dataclass(frozen=True, slots=True)
class SkillResult:
    """How well a skill was shown: the code of a skill of the achievement, and a level counted from 1."""

    code: str
    level: int


@dataclass(frozen=True, slots=True)
class Achievement:
    """What is awarded: one version of one programme, the same for everybody who completes it.

    id: its public address; achievement_type: a term of Open Badges 3.0 or ``ext:…``; criteria: what had to be done;
    creator: the organisation whose programme it is; levels: the names of the rubric's levels, the lowest first;
    curricular: whether its hours are hours of learning (``creditsEarned``), or only hours (a result).
    """

    id: str
    name: str
    description: str
    achievement_type: str
    version: str
    criteria: str
    creator: Organisation
    skills: tuple[Skill, ...] = ()
    levels: tuple[str, ...] = ()
    language: str = "ru"
    field_of_study: str | None = None
    tags: tuple[str, ...] = ()
    curricular: bool = True


@dataclass(frozen=True, slots=True)
class Practice:
    """What one person did. start, end: aware moments, the first and the last; hours: what was confirmed, if counted.

    term: the school year, ``2025/26``; status: one of ``STATUSES`` where the programme ends with one.
    """

    start: datetime
    end: datetime
    assessor: Assessor
    results: tuple[SkillResult, ...] = ()
    hours: int | Decimal | None = None
    status: str | None = None
    role: str | None = None
    narrative: str | None = None
    term: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A piece of work, named but not shown. id: the address of its card; sha256: 64 hexadecimal digits of its bytes."""

    id: str
    name: str
    genre: str
    audience: str
    sha256: str
