"""Paired timing: several ways of doing one thing, taken in turn, so that a noisy machine disturbs all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """CPU seconds of one operation: one figure a round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def per_second(self) -> float:
        return 1 / self.median

    def times_faster_than(self, other: Timing) -> tuple[float, float, float]:
        """How many times faster this was: median, least and greatest of the rounds, each compared within its round."""
        ratios = [theirs / ours for ours, theirs in zip(self.rounds, other.rounds, strict=True)]
        return statistics.median(ratios), min(ratios), max(ratios)


Clocked = Callable[[int], float]
"""Repeats something that often and tells the CPU seconds that one time took: another process's own clock, for example."""


def paired(
    operations: Mapping[str, Callable[[], object]],
    *,
    clocked: Mapping[str, Clocked] | None = None,
    rounds: int = 7,
    seconds: float = 0.25,
    warm_up: int = 3,
    trial: int = 3,
) -> dict[str, Timing]:
    """Run every operation for about ``seconds`` in each of ``rounds``, one after another; CPU time, garbage collector off.

    clocked: operations that are timed elsewhere; warm_up: calls before the first look at the clock; trial: calls by which the
    number of repeats is judged.
    """
    timed: dict[str, Clocked] = {
        name: lambda repeats, operation=operation: _once(operation, repeats)  # type: ignore[misc]
        for name, operation in operations.items()
    }
    timed |= clocked or {}
    repeats: dict[str, int] = {}
    for name, clock in timed.items():
        if warm_up:
            clock(warm_up)
        repeats[name] = max(1, int(seconds / max(clock(trial), 1e-7)))
    found: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, clock in timed.items():
            found[name].append(clock(repeats[name]))
    return {name: Timing(tuple(figures)) for name, figures in found.items()}


def _once(operation: Callable[[], object], repeats: int) -> float:
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        for _ in range(repeats):
            operation()
        return (time.process_time() - start) / repeats
    finally:
        gc.enable()
