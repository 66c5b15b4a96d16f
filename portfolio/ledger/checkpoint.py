"""Checkpoints: the size and the root of a log, signed (C2SP tlog-checkpoint). No extension lines are written or accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portfolio.errors import LedgerError
from portfolio.ledger.merkle import EMPTY_ROOT, HASH_SIZE
from portfolio.ledger.signed_note import NoteKey, OpenedNote, decimal, decode, encode, open_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """origin: the log's name without a scheme (``host/log``); size: entries; root: 32 bytes."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.root) != HASH_SIZE or (self.size == 0) != (self.root == EMPTY_ROOT):
            raise LedgerError("a checkpoint's size and root do not fit together")

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the signed text of a checkpoint. LedgerError for anything but exactly these three lines."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise LedgerError("not a checkpoint of three lines")
    return Checkpoint(lines[0], decimal(lines[1]), decode(lines[2], HASH_SIZE))


def open_checkpoint(note: bytes, log: NoteKey, witnesses: Iterable[NoteKey] = ()) -> tuple[Checkpoint, OpenedNote]:
    """A checkpoint of this log with the cosignatures of these witnesses.

    LedgerError when the log has not signed it, when it is another log's, or when a known signature does not hold.
    """
    opened = open_note(note, (log, *witnesses))
    if log not in opened.signers:
        raise LedgerError("the log has not signed the checkpoint")
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin != log.name:
        raise LedgerError("the checkpoint is that of another log")
    return checkpoint, opened
