"""Reading a submitted form: every field typed and bounded, every fault found in one pass, nothing that was typed lost.

A :class:`Form` wraps what the browser sent. Each reader returns a value of its type or a stand-in, and remembers a sentence
for the field when the value will not do; ``check()`` raises :class:`FormFaults` when anything was remembered. Templates ask
the same object for what was typed (``form.value("hours")``) and for the sentence (``form.errors["hours"]``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date

from werkzeug.datastructures import MultiDict

from portfolio.errors import N_, InvalidInput, Message, OrientirError

REQUIRED = N_("Please fill in this field.")
NOT_A_CHOICE = N_("Please choose one of the answers offered.")
TOO_LONG = N_("Please shorten this to {limit} characters; there are {length} now.")
FORBIDDEN_CHARACTERS = N_("This text holds invisible control characters. Please type it anew.")
NOT_A_NUMBER = N_("Please write a whole number in digits.")
OUT_OF_RANGE = N_("Please write a number from {minimum} to {maximum}.")
NOT_A_DATE = N_("Please write the date as day.month.year, for example 25.05.2026.")
DATE_OUT_OF_RANGE = N_("Please write a date from {earliest} to {latest}.")
TOO_MANY = N_("Please choose no more than {maximum}.")
WRONG_WORD = N_("Please type the word “{word}” to confirm.")

_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_OFFICE_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_INTEGER = re.compile(r"[0-9]{1,9}")


class FormFaults(InvalidInput):
    """One or more fields cannot be accepted; the form has the sentences. Nothing was changed."""


class Form:
    """One submitted form (or query). data: the browser's fields; errors: field name → sentence, in the order of reading."""

    def __init__(self, data: Mapping[str, str] | MultiDict[str, str] | None = None) -> None:
        self._data: MultiDict[str, str] = MultiDict(data or {})
        self.errors: dict[str, Message] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def value(self, name: str, default: object = "") -> str:
        """What was typed, as it was typed; ``default`` where the field was not sent."""
        found = self._data.get(name)
        return str(default) if found is None else found

    def names(self) -> list[str]:
        """The names of all fields that were sent."""
        return list(self._data)

    def values(self, name: str) -> list[str]:
        """Everything that was ticked under this name."""
        return self._data.getlist(name)

    def put(self, name: str, *values: object) -> None:
        """Fill a field in for the person, instead of whatever it held."""
        self._data.setlist(name, [str(value) for value in values])

    def fail(self, name: str, text: str, **gaps: object) -> None:
        """Remember a sentence for a field; the first one stays."""
        self.errors.setdefault(name, Message(text, gaps))

    def refuse(self, name: str, refusal: OrientirError) -> None:
        """Remember what a service said against a field; the first sentence stays."""
        self.errors.setdefault(name, refusal.message)

    def check(self) -> None:
        """Raise FormFaults when any field was refused."""
        if self.errors:
            raise FormFaults(f"fields refused: {', '.join(self.errors)}")

    def text(self, name: str, *, limit: int, required: bool = True, multiline: bool = False) -> str:
        """Text of at most ``limit`` characters, trimmed and in NFC. Lines end with LF; one-line fields have no line ends."""
        text = _settled(self.value(name)).strip()
        if not text:
            if required:
                self.fail(name, REQUIRED)
            return ""
        if len(text) > limit:
            self.fail(name, TOO_LONG, limit=limit, length=len(text))
            return ""
        if any(_forbidden(character, multiline=multiline) for character in text):
            self.fail(name, FORBIDDEN_CHARACTERS)
            return ""
        return text

    def secret(self, name: str, *, limit: int = 256) -> str:
        """A password exactly as typed: neither trimmed nor normalised."""
        text = self.value(name)
        if not text:
            self.fail(name, REQUIRED)
        elif len(text) > limit:
            self.fail(name, TOO_LONG, limit=limit, length=len(text))
            return ""
        return text

    def choice(self, name: str, options: Collection[str], *, default: str | None = None) -> str:
        """One of the options. A field that was not sent is ``default``, where there is one."""
        text = self.value(name) or (default or "")
        if not text:
            self.fail(name, REQUIRED)
        elif text not in options:
            self.fail(name, NOT_A_CHOICE)
            return ""
        return text

    def integer(self, name: str, *, minimum: int, maximum: int, required: bool = True) -> int | None:
        """A whole number within bounds; None when it was left empty or refused."""
        text = self.value(name).strip()
        if not text:
            if required:
                self.fail(name, REQUIRED)
            return None
        if not (text.isascii() and _INTEGER.fullmatch(text)):
            self.fail(name, NOT_A_NUMBER)
            return None
        number = int(text)
        if not minimum <= number <= maximum:
            self.fail(name, OUT_OF_RANGE, minimum=minimum, maximum=maximum)
            return None
        return number

    def identifiers(self, name: str, *, maximum: int) -> tuple[int, ...]:
        """Database ids that were ticked, each once, in order; at least one."""
        texts = list(dict.fromkeys(self.values(name)))
        if not texts:
            self.fail(name, REQUIRED)
        elif len(texts) > maximum:
            self.fail(name, TOO_MANY, maximum=maximum)
        elif not all(text.isascii() and _INTEGER.fullmatch(text) for text in texts):
            self.fail(name, NOT_A_CHOICE)
        else:
            return tuple(int(text) for text in texts)
        return ()

    def day(self, name: str, *, earliest: date, latest: date) -> date | None:
        """A calendar day, as a date field sends it (2026-05-25) or as a person writes it (25.05.2026)."""
        text = self.value(name).strip()
        if not text:
            self.fail(name, REQUIRED)
            return None
        found = parsed_day(text)
        if found is None:
            self.fail(name, NOT_A_DATE)
        elif not earliest <= found <= latest:
            self.fail(name, DATE_OUT_OF_RANGE, earliest=earliest, latest=latest)
            return None
        return found

    def word(self, name: str, accepted: Collection[str], *, shown: str) -> bool:
        """Whether the person typed one of the words that confirm something irreversible (any case)."""
        if self.value(name).strip().casefold() in {word.casefold() for word in accepted}:
            return True
        self.fail(name, WRONG_WORD, word=shown)
        return False

    def flag(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.value(name) == "1"


def parsed_day(text: str) -> date | None:
    """The day meant by ``2026-05-25`` or ``25.05.2026``, or None."""
    if match := _ISO_DATE.fullmatch(text):
        year, month, day = match.groups()
    elif match := _OFFICE_DATE.fullmatch(text):
        day, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def page_number(data: Mapping[str, str], *, maximum: int = 100_000) -> int:
    """The page a list was asked for; anything that is no page number is the first page."""
    text = data.get("page", "1")
    if text.isascii() and _INTEGER.fullmatch(text):
        return min(max(int(text), 1), maximum)
    return 1


def search_text(data: Mapping[str, str], name: str = "q", *, limit: int = 80) -> str:
    """What a list was searched for: one line, cut to ``limit``, without characters that cannot be seen."""
    text = _settled(data.get(name, ""))
    return "".join(character for character in text if not _forbidden(character, multiline=False)).strip()[:limit]


def _settled(text: str) -> str:
    # What office programs and phones paste unseen: tabs, soft hyphens, zero-width spaces, byte order marks.
    text = text.replace("\r\n", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", text.translate({0x00AD: None, 0x200B: None, 0xFEFF: None}))


def _forbidden(character: str, *, multiline: bool) -> bool:
    # Cc: control, Cf: invisible format characters (among them those that turn the direction of text),
    # Cs: surrogates, Zl and Zp: line ends that are not LF.
    if character == "\n":
        return not multiline
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
