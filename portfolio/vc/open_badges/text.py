"""What every other verifier, and every reader, sees as we do: refuses the rest before signing, and drops it when showing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from portfolio.errors import MalformedValueError

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+\Z")
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_ALLOWED_IN_TEXT = frozenset("\n\t\u00ad\u200d")


def checked_url(value: str, path: str) -> str:
    """The value, if it is an absolute URL or URN in ASCII; MalformedValueError with this path otherwise."""
    if not _URL.match(value):
        raise MalformedValueError("an identifier is not an absolute URL in ASCII", path=path)
    return value


def checked_line(value: str, path: str) -> str:
    """One line of text, in NFC. MalformedValueError when it is empty or holds what nobody can see."""
    if not value.isprintable():
        _refuse(value, path, frozenset())
    return _normalised(value, path)


def checked_text(value: str, path: str) -> str:
    """Text of one or more lines, in NFC, with line feeds where a browser's form sends CR LF. Errors as for a line."""
    value = value.replace("\r\n", "\n")
    if not value.isprintable():
        _refuse(value, path, _ALLOWED_IN_TEXT)
    return _normalised(value, path)


def shown_text(value: str) -> str:
    """Somebody else's text for a page: without control and formatting characters, which could turn around or hide the rest.

    Line feeds stay, a tab becomes a space; empty when there is nothing left to see.
    """
    if not value.isprintable():
        kept = (
            character
            for character in value.replace("\t", " ")
            if character == "\n" or unicodedata.category(character) not in _REFUSED
        )
        value = "".join(kept)
    return "" if value.isspace() else value


def _refuse(value: str, path: str, allowed: frozenset[str]) -> None:
    for character in value:
        if unicodedata.category(character) in _REFUSED and character not in allowed:
            raise MalformedValueError(f"the text holds U+{ord(character):04X}, which nobody can see", path=path)


def _normalised(value: str, path: str) -> str:
    if not value or value.isspace():
        raise MalformedValueError("the text is empty", path=path)
    return unicodedata.normalize("NFC", value)


def check_distinct(keys: Sequence[str], path: str) -> None:
    """MalformedValueError with this path when a key occurs twice."""
    if len(set(keys)) != len(keys):
        raise MalformedValueError("the same thing is named twice", path=path)
