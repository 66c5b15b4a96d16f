"""Gates: what must hold before a practice may be signed, each unmet condition by name.

Facts in, names out; nothing here knows where the facts come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from portfolio.errors import N_
from portfolio.practice.formats import FORMATS
from portfolio.practice.rubric import LEVELS

MOST_HOURS: Final = 2000

# Every condition by its name, in the order in which the first one names the row, with the sentence that people read.
MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad_row": N_("The row does not have as many values as the header."),
        "bad_completed": N_("“Completed” must be yes or no."),
        "not_completed": N_("The practice is not completed."),
        "unknown_pupil": N_("There is no pupil with this number."),
        "unknown_programme": N_("There is no programme with this code."),
        "unknown_mentor": N_("There is no mentor with this code."),
        "bad_date": N_("The date is not a day of the calendar (dd.mm.yyyy)."),
        "end_before_start": N_("The end is before the start."),
        "not_finished": N_("The practice has not ended yet."),
        "bad_hours": N_("Hours must be a whole number from 1 to 2000."),
        "bad_levels": N_("Levels must be written as S-TEAM=3 H-ALG=2, each skill once."),
        "bad_text": N_("The text is too long or holds invisible characters."),
        "level_out_of_range": N_("A level must be from 1 to 4."),
        "skill_not_in_programme": N_("A skill does not belong to this programme."),
        "no_rubric_result": N_("No skill is assessed."),
        "format_not_certified": N_("This format of practice gives hours, and never a credential."),
        "no_processing_consent": N_("There is no consent to process the pupil's data."),
        "agreement_not_in_force": N_("The partner's agreement is not in force for these days."),
        "mentor_not_accredited": N_("The mentor's accreditation ended before the practice did."),
        "already_revoked": N_(
            "A credential for this practice was issued and taken back. Please ask the school office."
        ),
        "already_issued_differs": N_(
            "A credential for this practice was issued already, and this row differs from it."
        ),
    }
)

CODES: Final[tuple[str, ...]] = tuple(MESSAGES)


@dataclass(frozen=True)
class AgreementFacts:
    """One agreement of the programme's partner. status: negotiating | agreed | signed | expired; days inclusive."""

    status: str
    valid_from: date | None
    valid_until: date | None

    def covers(self, start: date, end: date) -> bool:
        """Whether it was in force from start to end: signed (or signed and over by now), and its dates cover them."""
        if self.status not in ("signed", "expired") or self.valid_from is None or self.valid_until is None:
            return False
        return self.valid_from <= start and end <= self.valid_until


@dataclass(frozen=True)
class ProgrammeFacts:
    """What the gates ask of a programme. kind: a key of FORMATS; skills: codes; agreements: those of its partner."""

    kind: str
    skills: frozenset[str]
    agreements: tuple[AgreementFacts, ...]


@dataclass(frozen=True)
class PupilFacts:
    """What the gates ask of a pupil."""

    processing_consent: bool


@dataclass(frozen=True)
class MentorFacts:
    """What the gates ask of a mentor. accredited_until: the last day, inclusive."""

    accredited_until: date


@dataclass(frozen=True)
class PracticeFacts:
    """Everything the gates look at. None stands for what nobody knows.

    malformed: names of conditions that the reader of the row already found unmet (``bad_date`` …). today: where given, the
    practice must have ended by this local day. issued_differs: a credential exists and says something else.
    """

    completed: bool
    pupil: PupilFacts | None
    programme: ProgrammeFacts | None
    mentor: MentorFacts | None
    start: date | None
    end: date | None
    hours: int | None
    levels: Mapping[str, int]
    malformed: frozenset[str] = field(default_factory=frozenset)
    today: date | None = None
    issued_differs: bool = False


def unmet(facts: PracticeFacts) -> tuple[str, ...]:
    """The names of all conditions that do not hold, in the order of CODES; empty when the practice may be signed.

    A condition that cannot be asked (the skills of an unknown programme) is not named beside the one that hides it.
    """
    found = set(facts.malformed)
    found |= _of_statement(facts)
    if facts.pupil is None:
        found.add("unknown_pupil")
    elif not facts.pupil.processing_consent:
        found.add("no_processing_consent")
    if facts.mentor is None:
        found.add("unknown_mentor")
    elif facts.end is not None and facts.mentor.accredited_until < facts.end:
        found.add("mentor_not_accredited")
    if facts.programme is None:
        found.add("unknown_programme")
    else:
        found |= _of_programme(facts, facts.programme)
    return tuple(code for code in CODES if code in found)


def _of_statement(facts: PracticeFacts) -> set[str]:
    found: set[str] = set()
    if not facts.completed and "bad_completed" not in facts.malformed:
        found.add("not_completed")
    if facts.start is None or facts.end is None:
        found.add("bad_date")
    elif facts.end < facts.start:
        found.add("end_before_start")
    if facts.today is not None and facts.end is not None and facts.end > facts.today:
        found.add("not_finished")
    if facts.hours is None or not 1 <= facts.hours <= MOST_HOURS:
        found.add("bad_hours")
    if any(level not in LEVELS for level in facts.levels.values()):
        found.add("level_out_of_range")
    if not facts.levels and "bad_levels" not in facts.malformed:
        found.add("no_rubric_result")
    if facts.issued_differs:
        found.add("already_issued_differs")
    return found


def _of_programme(facts: PracticeFacts, programme: ProgrammeFacts) -> set[str]:
    found: set[str] = set()
    if not facts.levels.keys() <= programme.skills:
        found.add("skill_not_in_programme")
    if not FORMATS[programme.kind].certifies:
        found.add("format_not_certified")
    if (
        facts.start is not None
        and facts.end is not None
        and not any(agreement.covers(facts.start, facts.end) for agreement in programme.agreements)
    ):
        found.add("agreement_not_in_force")
    return found
