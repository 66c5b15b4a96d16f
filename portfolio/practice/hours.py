"""Hours of practice, added up so that those which are counted separately stay separate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portfolio.practice.formats import FORMATS


@dataclass(frozen=True)
class HoursTotal:
    """Whole hours. study: hours of study and work (``credits``); service: hours for others (``raw_score``), which
    admission offices ask for apart; by_kind: per format, only formats that have hours.
    """

    study: int
    service: int
    by_kind: Mapping[str, int]

    @property
    def total(self) -> int:
        """Everything together."""
        return self.study + self.service


def totals(entries: Iterable[tuple[str, int | None]]) -> HoursTotal:
    """Add up (format kind, hours) pairs. Unknown hours add nothing; raises KeyError for a kind that is no format."""
    sums = {"credits": 0, "raw_score": 0}
    by_kind: dict[str, int] = {}
    for kind, hours in entries:
        of_format = FORMATS[kind]
        if hours:
            sums[of_format.hours_as] += hours
            by_kind[kind] = by_kind.get(kind, 0) + hours
    return HoursTotal(sums["credits"], sums["raw_score"], MappingProxyType(by_kind))
