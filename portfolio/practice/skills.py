"""The school's skill framework, and the roll-up of rubric results with its working shown.

There is no single score: a skill is the list of who saw it, when, and at which level.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

FRAMEWORK_NAME: Final = "Матрица навыков школы"

Kind = Literal["soft", "hard"]


@dataclass(frozen=True)
class Skill:
    """A skill of the framework. code: ``S-…`` soft, ``H-…`` hard; the titles are data, held in both languages."""

    code: str
    title_ru: str
    title_en: str

    @property
    def kind(self) -> Kind:
        """Hard skills follow a procedure that can be tested; soft ones are observed."""
        return "hard" if self.code.startswith("H-") else "soft"

    def title(self, language: str) -> str:
        """The title in a document's language (``ru`` or ``en``)."""
        return self.title_ru if language == "ru" else self.title_en


_ALL: Final = (
    Skill("H-ALG", "следование алгоритму", "following a procedure"),
    Skill("H-PPT", "PowerPoint", "PowerPoint"),
    Skill("H-XLS", "Excel", "Excel"),
    Skill("S-PUNCT", "пунктуальность", "punctuality"),
    Skill("S-COMM", "коммуникабельность", "communication"),
    Skill("S-ORG", "организованность", "organisation"),
    Skill("S-CREAT", "креативное мышление", "creative thinking"),
    Skill("S-TEAM", "работа в команде", "teamwork"),
    Skill("S-CRIT", "критическое мышление", "critical thinking"),
    Skill("S-TALK", "публичное выступление", "public speaking"),
    Skill("S-LEARN", "способность учиться", "learning to learn"),
    Skill("S-LEAD", "лидерские качества", "leadership"),
    Skill("S-INIT", "инициативность", "initiative"),
)

SKILLS: Final[Mapping[str, Skill]] = MappingProxyType({skill.code: skill for skill in _ALL})


@dataclass(frozen=True)
class SkillEvidence:
    """One rubric result out of one credential.

    level: 1–4. assessor: what tells one assessor from another (the ``urn:uuid`` of the credential's assessor).
    day: local day on which the practice ended. credential: its id.
    """

    skill: str
    level: int
    assessor: str
    day: date
    credential: str


@dataclass(frozen=True)
class SkillSummary:
    """What is known of one skill, with the working shown.

    level: the highest level that an assessor has confirmed. confirmations: how many results reach it. lowest: the lowest
    level seen, so that contradictions stay visible. assessors: distinct people over all evidence. newest: day of the
    newest evidence. evidence: everything, newest first.
    """

    skill: str
    level: int
    confirmations: int
    lowest: int
    assessors: int
    newest: date
    evidence: tuple[SkillEvidence, ...]


def roll_up(results: Iterable[SkillEvidence]) -> tuple[SkillSummary, ...]:
    """One summary a skill, the best-evidenced first: by level, then distinct assessors, then amount, then code.

    The answer depends on the results alone and not on their order; the same result given twice counts once.
    """
    grouped: dict[str, set[SkillEvidence]] = {}
    for result in results:
        grouped.setdefault(result.skill, set()).add(result)
    summaries = [_summary(skill, evidence) for skill, evidence in grouped.items()]
    return tuple(sorted(summaries, key=lambda one: (-one.level, -one.assessors, -len(one.evidence), one.skill)))


def _summary(skill: str, evidence: set[SkillEvidence]) -> SkillSummary:
    newest_first = sorted(evidence, key=lambda one: (-one.day.toordinal(), one.credential, one.assessor, one.level))
    level = max(one.level for one in evidence)
    return SkillSummary(
        skill=skill,
        level=level,
        confirmations=sum(one.level == level for one in evidence),
        lowest=min(one.level for one in evidence),
        assessors=len({one.assessor for one in evidence}),
        newest=newest_first[0].day,
        evidence=tuple(newest_first),
    )
