"""A row of practice results: what the school states about one pupil, one programme and one span of days."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from portfolio.practice.cells import Cells, Column, free_text, is_free_text, parsed_answer, parsed_day, parsed_whole

LONGEST_NARRATIVE: Final = 2000
_LONGEST_REFERENCE: Final = 200
_LEVEL: Final = re.compile(r"([A-Za-z]+-[A-Za-z0-9]+)\s*[=:]\s*([0-9]{1,3})")

COLUMNS: Final = (
    Column("pupil", ("Номер ученика", "Номер")),
    Column("programme", ("Программа",)),
    Column("start", ("Начало",)),
    Column("end", ("Окончание",)),
    Column("hours", ("Часы",)),
    Column("mentor", ("Наставник",)),
    Column("levels", ("Уровни",)),
    Column("narrative", ("Что сделал",), required=False),
    Column("completed", ("Завершено",)),
)

# Which column a condition of practice.gates is about.
COLUMN_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad_completed": "completed",
        "not_completed": "completed",
        "unknown_pupil": "pupil",
        "no_processing_consent": "pupil",
        "unknown_programme": "programme",
        "format_not_certified": "programme",
        "agreement_not_in_force": "programme",
        "unknown_mentor": "mentor",
        "mentor_not_accredited": "mentor",
        "end_before_start": "end",
        "not_finished": "end",
        "bad_hours": "hours",
        "bad_levels": "levels",
        "level_out_of_range": "levels",
        "skill_not_in_programme": "levels",
        "no_rubric_result": "levels",
        "bad_text": "narrative",
    }
)


def column_of(code: str, *, start_is_known: bool = True) -> str:
    """The key of the column that a condition is about; "" when it is about the row."""
    if code == "bad_date":
        return "end" if start_is_known else "start"
    return COLUMN_OF.get(code, "")


@dataclass(frozen=True)
class Statement:
    """What was stated. The ``…_ref`` texts are as written (days in ISO where they are days); malformed: conditions of
    practice.gates that reading alone found unmet.
    """

    pupil_ref: str
    programme_ref: str
    mentor_ref: str
    start_ref: str
    end_ref: str
    start: date | None
    end: date | None
    hours: int | None
    levels: Mapping[str, int]
    narrative: str
    completed: bool
    malformed: frozenset[str]
    fingerprint: bytes


def read_statement(cells: Cells) -> Statement:
    """One row. Nothing is refused here: what cannot be read is named in ``malformed``."""
    malformed: set[str] = set()
    texts = {
        key: cells.raw(key) for key in ("pupil", "programme", "mentor", "start", "end", "hours", "levels", "completed")
    }
    narrative = free_text(cells.values.get("narrative", ""))
    start, end = parsed_day(texts["start"]), parsed_day(texts["end"])
    completed = parsed_answer(texts["completed"])
    if completed is None:
        malformed.add("bad_completed")
    levels = parsed_levels(texts["levels"])
    if levels is None:
        malformed.add("bad_levels")
    if not is_free_text(narrative, LONGEST_NARRATIVE) or any(
        not is_free_text(text, _LONGEST_REFERENCE) for key, text in texts.items() if key != "levels"
    ):
        malformed.add("bad_text")
    return Statement(
        pupil_ref=texts["pupil"][:_LONGEST_REFERENCE],
        programme_ref=texts["programme"][:_LONGEST_REFERENCE],
        mentor_ref=texts["mentor"][:_LONGEST_REFERENCE],
        start_ref=start.isoformat() if start else texts["start"][:_LONGEST_REFERENCE],
        end_ref=end.isoformat() if end else texts["end"][:_LONGEST_REFERENCE],
        start=start,
        end=end,
        hours=parsed_whole(texts["hours"]),
        levels=MappingProxyType(levels or {}),
        narrative=narrative[:LONGEST_NARRATIVE],
        completed=bool(completed),
        malformed=frozenset(malformed),
        fingerprint=fingerprint(
            texts["pupil"],
            texts["programme"],
            texts["mentor"],
            start.isoformat() if start else texts["start"],
            end.isoformat() if end else texts["end"],
            parsed_whole(texts["hours"]) if parsed_whole(texts["hours"]) is not None else texts["hours"],
            levels if levels is not None else texts["levels"],
            narrative,
            completed if completed is not None else texts["completed"],
        ),
    )


def state(
    *,
    pupil: str,
    programme: str,
    mentor: str,
    start: date,
    end: date,
    hours: int,
    levels: Mapping[str, int],
    narrative: str,
) -> Statement:
    """A completed practice that a person states in a form; the same words in a table make the same statement."""
    narrative = free_text(narrative)
    malformed = frozenset() if is_free_text(narrative, LONGEST_NARRATIVE) else frozenset({"bad_text"})
    refs = (pupil, programme, mentor, start.isoformat(), end.isoformat())
    return Statement(
        *refs,
        start=start,
        end=end,
        hours=hours,
        levels=MappingProxyType(dict(levels)),
        narrative=narrative[:LONGEST_NARRATIVE],
        completed=True,
        malformed=malformed,
        fingerprint=fingerprint(*refs, hours, dict(levels), narrative, True),
    )


def parsed_levels(text: str) -> dict[str, int] | None:
    """``S-TEAM=3 H-ALG=2`` as skill → level (of any size), {} for nothing, None when it is not written so or repeats."""
    levels: dict[str, int] = {}
    rest = text
    while rest:
        found = _LEVEL.match(rest)
        if not found or found[1].upper() in levels:
            return None
        levels[found[1].upper()] = int(found[2])
        after = rest[found.end() :]
        rest = after.lstrip(" ,;")
        if rest and rest == after:
            return None
    return levels


def fingerprint(*stated: object) -> bytes:
    """SHA-256 over everything that was stated; the same statement gives the same 32 bytes whatever the file looked like."""
    text = json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
