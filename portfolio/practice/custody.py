"""Who decides for a young person: the ages of 14 and 18 (Civil Code of the Russian Federation, articles 21, 26 and 28)."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

Giver = Literal["guardian", "pupil"]

JOINT_FROM: Final = 14
OWN_FROM: Final = 18


def age_on(birth_date: date, day: date) -> int:
    """Whole years on a day. Who is born on 29 February grows older on 1 March of a common year.

    Raises ValueError for a day before the birth.
    """
    if day < birth_date:
        raise ValueError("a day before the birth")
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (0 if had_birthday else 1)


def who_consents(age: int) -> tuple[Giver, ...]:
    """Whose consent is needed at this age: a guardian under 14, both from 14 to 17, the pupil alone from 18."""
    if age < JOINT_FROM:
        return ("guardian",)
    if age < OWN_FROM:
        return ("guardian", "pupil")
    return ("pupil",)
