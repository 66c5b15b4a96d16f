"""Why a practice is not signed: the sentence for each condition that practice.gates names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portfolio.errors import Message
from portfolio.practice.gates import MESSAGES


def reason(code: str) -> Message:
    """The sentence for one condition; an unknown name stands for itself."""
    return Message(MESSAGES.get(code, code))


def reasons(codes: Iterable[str]) -> Sequence[Message]:
    """The sentences for several conditions, in their order."""
    return tuple(reason(code) for code in codes)
