"""A log in memory, with keys that are made from a number: for tests."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.ledger.checkpoint import Checkpoint
from portfolio.ledger.merkle import completed_nodes, inclusion_proof, leaf_hash, root
from portfolio.ledger.signed_note import COSIGNATURE, ED25519, NoteKey, cosign_note, sign_note


class Signer:
    """A key that signs notes."""

    def __init__(self, name: str, seed: bytes, kind: int = ED25519) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = NoteKey(name, kind, self.private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data)


class MemoryLog:
    """Entries and complete nodes."""

    def __init__(self, entries: list[bytes] | None = None) -> None:
        self.entries: list[bytes] = []
        self.nodes: dict[tuple[int, int], bytes] = {}
        for entry in entries or []:
            self.append(entry)

    def get(self, level: int, place: int) -> bytes:
        return self.nodes[level, place]

    def append(self, entry: bytes) -> int:
        index = len(self.entries)
        self.entries.append(entry)
        for level, place, found in completed_nodes(self.get, index, leaf_hash(entry)):
            self.nodes[level, place] = found
        return index

    def root(self, size: int | None = None) -> bytes:
        return root(self.get, len(self.entries) if size is None else size)

    def path(self, index: int) -> list[bytes]:
        return inclusion_proof(self.get, index, len(self.entries))

    def checkpoint(self, log: Signer, *witnesses: tuple[Signer, int]) -> bytes:
        text = Checkpoint(log.key.name, len(self.entries), self.root()).text
        note = sign_note(text, log.key, log.sign)
        for witness, time in witnesses:
            note += cosign_note(text, witness.key, witness.sign, time=time)
        return note.encode()


LOG = Signer("log.school.example/2026", bytes(range(32)))
NORTH = Signer("north.example", b"n" * 32, COSIGNATURE)
SOUTH = Signer("south.example", b"s" * 32, COSIGNATURE)
