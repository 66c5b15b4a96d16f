"""Proofs that travel with a credential: C2SP tlog-proof (``.tlog-proof``), checked without asking anybody.

    c2sp.org/tlog-proof@v1
    extra c2FsdA…
    index 1872
    q1OPLVWVRn3s7y2kUjpqeNXqL3LoV/8Ue9rmwZpiRYk=

    example.org/log
    …

``extra`` holds the salt and the event that the entry commits to. Nothing vouches for it but the entry itself, which is made
again from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portfolio.errors import LedgerError
from portfolio.ledger.checkpoint import Checkpoint, open_checkpoint
from portfolio.ledger.entry import SALT_SIZE, Entry, canonical, check_event, event_entry
from portfolio.ledger.merkle import HASH_SIZE, leaf_hash, verify_inclusion
from portfolio.ledger.policy import Policy
from portfolio.ledger.signed_note import MAXIMUM_NOTE, decimal, decode, encode

HEADER = "c2sp.org/tlog-proof@v1"
_LONGEST_PATH = 63
_LONGEST_PROOF = 2 * MAXIMUM_NOTE


@dataclass(frozen=True, slots=True)
class TlogProof:
    """index: of the entry; path: hashes from the leaf upwards; checkpoint: the signed note; extra: bytes, None without."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __bytes__(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {encode(self.extra)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(encode, self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What a proof shows. index, size: place and size of the log; event: what the entry says; witnesses: name → seconds
    since 1970 at which that witness had seen the checkpoint; quorum: whether they are as many as the policy asks for."""

    index: int
    checkpoint: Checkpoint
    event: Mapping[str, object]
    witnesses: Mapping[str, int]
    quorum: bool

    @property
    def witnessed_at(self) -> int | None:
        """The earliest moment, in seconds since 1970, at which a witness vouches for the entry; None without one."""
        return min(self.witnesses.values(), default=None)


def extra_of(salt: bytes, event: Mapping[str, object]) -> bytes:
    """Salt and canonical event, as they stand in ``extra``."""
    return salt + canonical(event)


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Read a proof. LedgerError for anything that is not one."""
    if len(data) > _LONGEST_PROOF:
        raise LedgerError("the proof is too long")
    head, gap, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise LedgerError("not a proof of a log") from error
    if not gap or lines.pop(0) != HEADER:
        raise LedgerError("not a proof of a log")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise LedgerError("the proof names no index")
    index = decimal(lines.pop(0).removeprefix("index "))
    if len(lines) > _LONGEST_PATH:
        raise LedgerError("the path of the proof is too long")
    return TlogProof(index, tuple(decode(line, HASH_SIZE) for line in lines), checkpoint, extra)


def verify_entry(proof: TlogProof, entry: Entry, policy: Policy) -> tuple[Checkpoint, dict[str, int]]:
    """That the log of this policy holds the entry at the proof's index.

    Returns the checkpoint and the witnesses with their moments. LedgerError when it does not hold.
    """
    checkpoint, opened = open_checkpoint(proof.checkpoint, policy.log_of(proof.checkpoint), policy.witnesses.values())
    verify_inclusion(leaf_hash(bytes(entry)), proof.index, checkpoint.size, proof.path, checkpoint.root)
    names = {key: name for name, key in policy.witnesses.items()}
    return checkpoint, {names[key]: time for key, time in opened.signers.items() if key in names and time is not None}


def verify_tlog_proof(data: bytes, *, did: str, digest: bytes, policy: Policy) -> Inclusion:
    """That an event of exactly this credential stands in the log.

    did: of its issuer; digest: SHA-256(JCS(secured credential)). LedgerError when the proof does not hold, or is another
    credential's.
    """
    proof = parse_tlog_proof(data)
    if proof.extra is None or len(proof.extra) <= SALT_SIZE:
        raise LedgerError("the proof does not say what its entry commits to")
    salt, text = proof.extra[:SALT_SIZE], proof.extra[SALT_SIZE:]
    event = _event(text)
    if event["digest"] != f"sha256:{digest.hex()}":
        raise LedgerError("the proof is that of another document")
    checkpoint, witnesses = verify_entry(proof, event_entry(did, salt, event), policy)
    return Inclusion(proof.index, checkpoint, event, witnesses, policy.satisfied_by(witnesses))


def prove(index: int, path: Sequence[bytes], note: bytes, salt: bytes, event: Mapping[str, object]) -> TlogProof:
    """The proof of an event under a signed checkpoint."""
    return TlogProof(index, tuple(path), note, extra_of(salt, event))


def _event(text: bytes) -> dict[str, object]:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LedgerError("the proof does not say what its entry commits to") from error
    if not isinstance(event, dict):
        raise LedgerError("the proof does not say what its entry commits to")
    check_event(event)
    if canonical(event) != text:
        raise LedgerError("the event in the proof is not in its canonical form")
    return event
