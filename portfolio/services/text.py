"""Text that people type: one form for the same words, and nothing invisible in it."""

from __future__ import annotations

import unicodedata

from portfolio.errors import N_, InvalidInput, Message, NotFound

_LONGEST_SOUGHT = 300
_LARGEST_ROW = 2**31 - 1  # PostgreSQL's integer


def clean(text: str) -> str:
    """NFC, with white space runs as one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def sought(text: str) -> str | None:
    """A code, number or login as somebody typed it, to be looked up; None when nothing stored can be written so."""
    text = clean(text[:_LONGEST_SOUGHT])
    return None if _invisible(text) else text


def row_number(number: int) -> int:
    """A number out of an address or a form, when a row can have it. Raises NotFound."""
    if not 0 < number <= _LARGEST_ROW:
        raise NotFound
    return number


def clean_lines(text: str, *, longest: int = 600) -> str:
    """Free text: NFC, line breaks kept, no control or invisible formatting characters. Raises InvalidInput."""
    lines = [clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return _checked("\n".join(lines).strip(), longest)


def clean_name(text: str, *, longest: int = 200) -> str:
    """One line that must not be empty. Raises InvalidInput."""
    name = _checked(clean(text), longest)
    if not name:
        raise InvalidInput(message=Message(N_("A name is missing.")))
    return name


def _invisible(text: str) -> bool:
    return any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") and letter != "\n" for letter in text)


def _checked(text: str, longest: int) -> str:
    if len(text) > longest:
        raise InvalidInput(message=Message(N_("A text is longer than {longest} characters."), {"longest": longest}))
    if _invisible(text):
        raise InvalidInput(message=Message(N_("A text holds invisible characters. Please type it anew.")))
    return text
