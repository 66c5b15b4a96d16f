"""A witness's part of C2SP tlog-witness, without its network and its disk: what is asked, and what is answered.

A witness remembers the newest checkpoint it has seen of each log, and cosigns another only when the log shows that it extends
that one. Two witnesses that agree have seen one log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.errors import LedgerError
from portfolio.ledger.checkpoint import Checkpoint, open_checkpoint
from portfolio.ledger.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from portfolio.ledger.signed_note import NoteKey, decimal, decode, encode, split_note

_LONGEST_PATH = 63


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The body of ``POST …/add-checkpoint``. old: the size the log believes the witness to know; note: the checkpoint."""

    old: int
    path: tuple[bytes, ...]
    note: bytes

    def __bytes__(self) -> bytes:
        return "\n".join([f"old {self.old}", *map(encode, self.path), "", ""]).encode() + self.note


class Refused(LedgerError):
    """A witness does not cosign. answer: the HTTP status; size: what it knows, where that is the answer (409)."""

    def __init__(self, answer: int, detail: str, size: int | None = None) -> None:
        super().__init__(detail)
        self.answer = answer
        self.size = size


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Read a request. Refused (400) for what is none."""
    head, gap, note = body.partition(b"\n\n")
    try:
        if not gap:
            raise LedgerError("the request holds no checkpoint")
        lines = head.decode("ascii").split("\n")
        first = lines.pop(0)
        if not first.startswith("old ") or len(lines) > _LONGEST_PATH:
            raise LedgerError("the request does not begin with the old size, or its proof is too long")
        split_note(note)
        return AddCheckpoint(
            decimal(first.removeprefix("old ")), tuple(decode(line, HASH_SIZE) for line in lines), note
        )
    except (LedgerError, UnicodeDecodeError) as error:
        raise Refused(400, str(error)) from error


def consider(request: AddCheckpoint, logs: Sequence[NoteKey], known: Checkpoint | None) -> Checkpoint:
    """The checkpoint that the witness may cosign, when it remembers ``known`` of this log (None: nothing yet).

    Refused with 404 for an unknown log, 403 without its signature, 400 for an old size beyond the new one, 409 when the
    witness knows another size or, of the same size, another root, 422 when the proof does not hold.
    """
    text, _ = split_note(request.note)
    origin = text.partition("\n")[0]
    log = next((key for key in logs if key.name == origin), None)
    if log is None:
        raise Refused(404, "the log is not known here")
    try:
        checkpoint, _ = open_checkpoint(request.note, log)
    except LedgerError as error:
        raise Refused(403, error.detail) from error
    size, root = (known.size, known.root) if known else (0, EMPTY_ROOT)
    if request.old > checkpoint.size:
        raise Refused(400, "the old size is larger than that of the checkpoint")
    if request.old != size or (checkpoint.size == size and checkpoint.root != root):
        raise Refused(409, "the witness knows another size, or another root of this size", size)
    try:
        verify_consistency(size, checkpoint.size, request.path, root, checkpoint.root)
    except LedgerError as error:
        raise Refused(422, error.detail) from error
    return checkpoint
