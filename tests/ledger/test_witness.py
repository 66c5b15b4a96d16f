"""What a witness answers (C2SP tlog-witness): each status, and that it never cosigns two histories."""

from __future__ import annotations

from typing import Any

import pytest

from portfolio.ledger.checkpoint import Checkpoint
from portfolio.ledger.merkle import consistency_proof
from portfolio.ledger.witness import AddCheckpoint, Refused, consider, parse_add_checkpoint
from tests.ledger.logs import LOG, MemoryLog, Signer

HISTORY = MemoryLog([str(number).encode() for number in range(10)])
FIVE = Checkpoint(LOG.key.name, 5, HISTORY.root(5))
PATH = tuple(consistency_proof(HISTORY.get, 5, 10))
NOTE = HISTORY.checkpoint(LOG)


def refused(request: AddCheckpoint, known: Checkpoint | None = FIVE, logs: Any = (LOG.key,)) -> Refused:
    with pytest.raises(Refused) as caught:
        consider(request, logs, known)
    return caught.value


def test_it_follows_a_log_that_grows() -> None:
    assert consider(AddCheckpoint(5, PATH, NOTE), [LOG.key], FIVE).size == 10
    assert consider(AddCheckpoint(0, (), NOTE), [LOG.key], None).size == 10
    ten = Checkpoint(LOG.key.name, 10, HISTORY.root())
    assert consider(AddCheckpoint(10, (), NOTE), [LOG.key], ten) == ten


def test_each_refusal_has_its_status() -> None:
    assert refused(AddCheckpoint(5, PATH, NOTE), logs=()).answer == 404
    impostor = Signer(LOG.key.name, b"i" * 32)
    assert refused(AddCheckpoint(5, PATH, HISTORY.checkpoint(impostor))).answer == 403
    assert refused(AddCheckpoint(11, (), NOTE)).answer == 400
    conflict = refused(AddCheckpoint(4, PATH, NOTE))
    assert (conflict.answer, conflict.size) == (409, 5)
    assert refused(AddCheckpoint(5, PATH[:-1], NOTE)).answer == 422
    assert refused(AddCheckpoint(0, (PATH[0],), NOTE), known=None).answer == 422


def test_a_second_history_is_never_cosigned() -> None:
    other = MemoryLog([str(number).encode() for number in range(9)] + [b"another"])
    ten = Checkpoint(LOG.key.name, 10, HISTORY.root())
    same_size = refused(AddCheckpoint(10, (), other.checkpoint(LOG)), known=ten)
    assert (same_size.answer, same_size.size) == (409, 10)
    longer = MemoryLog([*other.entries, b"more"])
    request = AddCheckpoint(10, tuple(consistency_proof(longer.get, 10, 11)), longer.checkpoint(LOG))
    assert refused(request, known=ten).answer == 422


def test_requests_are_read_as_they_are_written() -> None:
    request = AddCheckpoint(5, PATH, NOTE)
    assert parse_add_checkpoint(bytes(request)) == request
    assert parse_add_checkpoint(bytes(AddCheckpoint(0, (), NOTE))) == AddCheckpoint(0, (), NOTE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 5\n\n",
        b"old 05\n\n" + NOTE,
        b"old -5\n\n" + NOTE,
        b"5\n\n" + NOTE,
        b"old 5\nAAAA\n\n" + NOTE,
        b"old 5\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + NOTE,
        b"old 5\n\nno note\n",
        b"old \xff\n\n" + NOTE,
    ],
)
def test_what_is_no_request(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        parse_add_checkpoint(body)
    assert caught.value.answer == 400
