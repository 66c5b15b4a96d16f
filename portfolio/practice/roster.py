"""How a school writes people and classes: one form for what the office types in many.

Names keep their letters (ё stays ё) and are compared without telling ё from е. A name mixes no scripts: a Latin «a» inside
a Russian name looks right on every page and is found by no search (Unicode TS #39, §5.1 mixed-script detection).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

GRADES: Final = range(1, 12)
LONGEST_NAME: Final = 100

# Latin letters that look like Cyrillic capitals, as they are typed with the wrong keyboard.
_LOOKALIKES: Final = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
_CLASS: Final = re.compile(r"(1[01]|[1-9])\s*[-–—‑.\s]?\s*[«\"]?([А-ЯЁ])[»\"]?")
_NAME: Final = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+)*\.?")


def collapsed(text: str) -> str:
    """NFC, every run of white space (non-breaking too) as one space, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def folded(text: str) -> str:
    """The form in which names are compared: no case, ё as е, one space."""
    return collapsed(text).casefold().replace("ё", "е")


def has_invisible(text: str) -> bool:
    """Whether there are control or formatting characters (direction overrides, joiners) or unassigned ones."""
    return any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in text)


def is_name(text: str) -> bool:
    """Whether the text can be a name: words of letters, joined by space, hyphen, apostrophe or full stop."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(_without_marks(text)) is not None


def mixes_scripts(text: str) -> bool:
    """Whether one name has letters of more than one alphabet."""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in text if letter.isalpha()}
    return len(scripts) > 1


def class_name(text: str) -> str | None:
    """«5A», «11 б», «9-В» as ``5-А``, ``11-Б``, ``9-В``; None for what is not a class of grades 1–11."""
    typed = collapsed(text).upper().translate(_LOOKALIKES)
    found = _CLASS.fullmatch(typed)
    return f"{found[1]}-{found[2]}" if found else None


def class_order(name: str) -> tuple[int, str]:
    """The key that sorts normalised class names: by grade, then letter."""
    grade, _, letter = name.partition("-")
    return (int(grade) if grade.isdecimal() else 99, letter)


def _without_marks(text: str) -> str:
    # Letters of some languages have no composed form; their marks are part of the letter.
    return "".join(letter for letter in text if not unicodedata.category(letter).startswith("M"))


def same_spelling(stored: str, stated: str) -> bool:
    """Whether a name that is stated anew says nothing new: ё may have become е, but a ё that was missing is news."""
    return stored.replace("ё", "е") == stated.replace("ё", "е") and stated.count("ё") <= stored.count("ё")
