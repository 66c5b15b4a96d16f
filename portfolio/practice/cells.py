"""Reading the cells of a table that an office wrote: values out of text, and every fault with its column.

A cell is text and never runs. An apostrophe that an office program (or our own export) put before ``=`` is taken off.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from portfolio.errors import N_, InvalidInput, Message
from portfolio.practice.roster import collapsed, folded, has_invisible, is_name, mixes_scripts

FORMULA_SIGNS: Final = "=+-@＝＋－＠"

MESSAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bad_row": N_("The row does not have as many values as the header."),
        "empty_value": N_("A value is missing here."),
        "empty_last_name": N_("The last name is missing."),
        "empty_first_name": N_("The first name is missing."),
        "bad_number": N_("This cannot be a pupil's number: letters, digits and hyphens, at most 32."),
        "bad_code": N_("This cannot be a code: letters, digits, hyphens and underscores, at most 32."),
        "formula_in_name": N_("There is a formula where a name or a title belongs."),
        "bad_name": N_("This cannot be a name: letters, spaces, hyphens and apostrophes only."),
        "mixed_scripts": N_("The name mixes Russian and Latin letters that look alike. Please type it anew."),
        "bad_text": N_("The text is too long or holds invisible characters."),
        "bad_class": N_("This is not a class of grades 1 to 11, such as 5-А."),
        "bad_birth_date": N_("This is not a birth date (dd.mm.yyyy) of a pupil."),
        "bad_date": N_("The date is not a day of the calendar (dd.mm.yyyy)."),
        "bad_hours": N_("Hours must be a whole number from 1 to 2000."),
        "bad_answer": N_("This must be yes or no (1 or 0)."),
        "bad_ogrn": N_("An OGRN has 13 or 15 digits."),
        "unknown_kind": N_("This word is not known here; the format page lists those that are."),
        "unknown_skill": N_("There is no such skill in the school's framework."),
        "unknown_partner": N_("There is no partner with this code."),
        "must_be_in_person": N_("A professional trial can only be held in person."),
        "agreement_without_dates": N_("A signed agreement needs its number and both dates."),
        "end_before_start": N_("The end is before the start."),
        "duplicate_ogrn": N_("Another partner has this OGRN."),
        "duplicate_code": N_("Another programme's code differs from this one by capital letters only."),
        "conflicting_duplicate": N_("An earlier row of this file has the same number and says something else."),
    }
)


@dataclass(frozen=True)
class Column:
    """A column of a table: its key here, and the names under which offices write it."""

    key: str
    names: tuple[str, ...]
    required: bool = True


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell. column: the column's key, or "" for the whole row; code: a key of MESSAGES."""

    column: str
    code: str


def find_columns(file: str, columns: Sequence[Column], header: Sequence[str]) -> Mapping[str, int]:
    """Column key → place in the header. Other columns are left alone.

    Raises InvalidInput when a required column is missing or a column stands there twice.
    """
    places: dict[str, int] = {}
    by_name = {folded(name): column.key for column in columns for name in (column.key, *column.names)}
    for place, title in enumerate(header):
        key = by_name.get(folded(title))
        if key in places:
            raise InvalidInput(
                message=Message(N_("{file} has the column “{column}” twice."), {"file": file, "column": title})
            )
        if key is not None:
            places[key] = place
    missing = [column.names[0] for column in columns if column.required and column.key not in places]
    if missing:
        raise InvalidInput(
            message=Message(N_("{file} lacks columns: {columns}."), {"file": file, "columns": ", ".join(missing)})
        )
    return MappingProxyType(places)


def parsed_day(text: str) -> date | None:
    """дд.мм.гггг or ISO 8601 гггг-мм-дд as a date; None for anything else and for days that never were."""
    found = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", text)
    parts = (found[3], found[2], found[1]) if found else ()
    if not parts:
        found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
        parts = (found[1], found[2], found[3]) if found else ()
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2])) if parts else None
    except ValueError:
        return None


def parsed_whole(text: str) -> int | None:
    """A whole number of at most nine digits, or None."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def parsed_answer(text: str) -> bool | None:
    """да/нет, yes/no, 1/0 in any case, or None."""
    return {
        "да": True,
        "yes": True,
        "1": True,
        "true": True,
        "нет": False,
        "no": False,
        "0": False,
        "false": False,
    }.get(text.casefold())


def without_guard(text: str) -> str:
    """The cell without the apostrophe that keeps a formula from running."""
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in FORMULA_SIGNS else text


def is_free_text(text: str, longest: int) -> bool:
    """Whether the text is short enough and has nothing invisible but line breaks."""
    return len(text) <= longest and not has_invisible(text.replace("\n", ""))


def free_text(text: str) -> str:
    """NFC, line ends as ``\\n``, runs of white space within a line as one space."""
    lines = unicodedata.normalize("NFC", without_guard(text)).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(collapsed(line) for line in lines).strip()


@dataclass
class Cells:
    """One row while it is read. Each method gives the value, or a harmless stand-in after noting a fault."""

    values: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def raw(self, key: str) -> str:
        """The cell as one line of text."""
        return collapsed(without_guard(self.values.get(key, "").strip()))

    def fault(self, key: str, code: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(key, code))

    def line(self, key: str, *, longest: int = 200) -> str:
        """A title: one line that is not empty and does not begin like a formula."""
        text = self.raw(key)
        if not text:
            self.fault(key, "empty_value")
        elif text[0] in FORMULA_SIGNS:
            self.fault(key, "formula_in_name")
        elif not is_free_text(text, longest):
            self.fault(key, "bad_text")
        return text

    def optional_line(self, key: str, *, longest: int = 200) -> str:
        """A title that may be missing."""
        return self.line(key, longest=longest) if self.raw(key) else ""

    def note(self, key: str, *, longest: int = 1000) -> str:
        """Free text, kept as it is even where it looks like a formula."""
        text = free_text(self.values.get(key, ""))
        if not is_free_text(text, longest):
            self.fault(key, "bad_text")
        return text

    def name(self, key: str, *, required: bool = True) -> str:
        """A part of a person's name."""
        text = self.raw(key)
        if not text:
            if required:
                self.fault(key, f"empty_{key}")
        elif text[0] in FORMULA_SIGNS:
            self.fault(key, "formula_in_name")
        elif not is_name(text):
            self.fault(key, "bad_name")
        elif mixes_scripts(text):
            self.fault(key, "mixed_scripts")
        return text

    def matching(self, key: str, pattern: re.Pattern[str], code: str) -> str:
        """A value that fits a pattern as a whole."""
        text = self.raw(key)
        if not text:
            self.fault(key, "empty_value")
        elif not pattern.fullmatch(text):
            self.fault(key, code)
        return text

    def choice(self, key: str, words: Mapping[str, str], code: str = "unknown_kind") -> str:
        """One of the known words, in our own spelling."""
        text = self.raw(key)
        found = words.get(folded(text))
        if found is None:
            self.fault(key, code if text else "empty_value")
        return found or ""

    def day(self, key: str, *, required: bool = True, code: str = "bad_date") -> date | None:
        """A date."""
        text = self.raw(key)
        if not text and not required:
            return None
        found = parsed_day(text)
        if found is None:
            self.fault(key, code)
        return found

    def whole(self, key: str, lowest: int, highest: int, code: str) -> int:
        """A whole number within bounds."""
        found = parsed_whole(self.raw(key))
        if found is None or not lowest <= found <= highest:
            self.fault(key, code)
            return lowest
        return found

    def answer(self, key: str) -> bool:
        """Yes or no."""
        found = parsed_answer(self.raw(key))
        if found is None:
            self.fault(key, "bad_answer")
        return bool(found)
