"""The rubric: four observable levels of a skill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Level:
    """One level. number: 1–4; the names are data of the school, held in both languages."""

    number: int
    name_ru: str
    name_en: str

    def name(self, language: str) -> str:
        """The level's name in a document's language (``ru`` or ``en``)."""
        return self.name_ru if language == "ru" else self.name_en


LEVELS: Final[Mapping[int, Level]] = MappingProxyType(
    {
        1: Level(1, "с помощью", "with help"),
        2: Level(2, "по образцу", "following an example"),
        3: Level(3, "самостоятельно", "independently"),
        4: Level(4, "учит других", "teaches others"),
    }
)


def level_name(level: int, language: str) -> str:
    """The name of a level (1–4) in ``ru`` or ``en``. Raises KeyError for a number that is not a level."""
    return LEVELS[level].name(language)
