"""Signed notes: C2SP signed-note, with Ed25519 signatures (type 1) and cosignatures (tlog-cosignature, type 4).

example.org/log
2
q1OPLVWVRn3s7y2kUjpqeNXqL3LoV/8Ue9rmwZpiRYk=

— example.org/log 8aqDkfnF…
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portfolio.errors import LedgerError

Sign = Callable[[bytes], bytes]
"""Gives the 64 bytes of a pure Ed25519 signature over the bytes it is handed."""

ED25519 = 1
COSIGNATURE = 4
MAXIMUM_NOTE = 1 << 20
MAXIMUM_SIGNATURES = 100

_NAME = r"[^+\s\x00-\x1f\x7f]+"
_VKEY = re.compile(rf"({_NAME})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/=]+)\Z")
_LINE = re.compile(rf"— ({_NAME}) ([A-Za-z0-9+/=]+)\n")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_SIGNATURE = 64
_TIME = 8


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that signs notes: its name, what kind of signature it makes (1 or 4) and 32 bytes of Ed25519."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not re.fullmatch(_NAME, self.name):
            raise LedgerError("the name of a key holds a space, a plus or a control character")
        if self.kind not in (ED25519, COSIGNATURE) or len(self.public) != 32:
            raise LedgerError("a note key is an Ed25519 key of type 1 or 4")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ LF ‖ type ‖ key)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        """The verifier key as it is written down: ``name+hash+key``."""
        return f"{self.name}+{self.key_id.hex()}+{encode(bytes([self.kind]) + self.public)}"


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note of which every signature by a known key holds.

    text: the signed lines; signers: each known key that signed it → seconds since 1970 of its cosignature, None for type 1.
    """

    text: str
    signers: Mapping[NoteKey, int | None]


def parse_vkey(text: str) -> NoteKey:
    """Read a verifier key. LedgerError for anything else, and for a hash that is not its own."""
    match = _VKEY.match(text)
    if match is None:
        raise LedgerError("not a verifier key")
    raw = decode(match[3])
    if len(raw) != 33:
        raise LedgerError("not a verifier key of a known kind")
    key = NoteKey(match[1], raw[0], raw[1:])
    if key.key_id.hex() != match[2]:
        raise LedgerError("the verifier key has another key's hash")
    return key


def sign_note(text: str, key: NoteKey, sign: Sign) -> str:
    """The text with one signature line (type 1)."""
    return f"{text}\n{signature_line(key, sign(text.encode()))}"


def cosign_note(text: str, key: NoteKey, sign: Sign, *, time: int) -> str:
    """One cosignature line for a note's text (tlog-cosignature). time: seconds since 1970."""
    return signature_line(key, struct.pack(">Q", time) + sign(cosigned(text, time)))


def signature_line(key: NoteKey, signature: bytes) -> str:
    """``— name base64(key id ‖ signature)``."""
    return f"— {key.name} {encode(key.key_id + signature)}\n"


def cosigned(text: str, time: int) -> bytes:
    """The bytes that a cosignature signs."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def split_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed text of a note, and its signature lines as (name, key id ‖ signature). LedgerError for what is no note."""
    if len(note) > MAXIMUM_NOTE:
        raise LedgerError("the note is longer than 1 MiB")
    try:
        written = note.decode()
    except UnicodeDecodeError as error:
        raise LedgerError("the note is not UTF-8") from error
    if _CONTROL.search(written):
        raise LedgerError("the note holds a control character")
    head, gap, lines = written.rpartition("\n\n")
    if not gap or not head:
        raise LedgerError("the note has no signatures")
    found: list[tuple[str, bytes]] = []
    place = 0
    while place < len(lines):
        match = _LINE.match(lines, place)
        if match is None or len(found) >= MAXIMUM_SIGNATURES:
            raise LedgerError("a signature line of the note is malformed, or there are too many")
        signature = decode(match[2])
        if len(signature) <= 4:
            raise LedgerError("a signature line of the note is too short")
        found.append((match[1], signature))
        place = match.end()
    if not found:
        raise LedgerError("the note has no signatures")
    return head + "\n", found


def open_note(note: bytes, keys: Iterable[NoteKey]) -> OpenedNote:
    """A note with the signatures of these keys. Signatures by others mean nothing and are passed over.

    LedgerError when a signature by one of the keys does not hold, when one key signed twice, or when none of them signed.
    """
    text, lines = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signers: dict[NoteKey, int | None] = {}
    for name, signature in lines:
        key = known.get((name, signature[:4]))
        if key is None:
            continue
        if key in signers:
            raise LedgerError("one key has signed the note twice")
        signers[key] = _verified(key, text, signature[4:])
    if not signers:
        raise LedgerError("no key that is known here has signed the note")
    return OpenedNote(text, signers)


def _verified(key: NoteKey, text: str, signature: bytes) -> int | None:
    time, message = None, text.encode()
    if key.kind == COSIGNATURE:
        if len(signature) != _TIME + _SIGNATURE:
            raise LedgerError("a cosignature does not have 72 bytes")
        (time,) = struct.unpack(">Q", signature[:_TIME])
        if time >= 1 << 63:
            raise LedgerError("the time of a cosignature is out of range")
        message, signature = cosigned(text, time), signature[_TIME:]
    if len(signature) != _SIGNATURE:
        raise LedgerError("a signature does not have 64 bytes")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature as error:
        raise LedgerError("a signature of the note does not hold") from error
    return time


# --- the small notations that all C2SP formats share


def encode(data: bytes) -> str:
    """Base64 with padding (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def decode(text: str, length: int | None = None) -> bytes:
    """Read canonical base64: padded, no other characters, no stray bits. LedgerError otherwise, or for another length."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise LedgerError("not base64") from error
    if encode(data) != text:
        raise LedgerError("not canonical base64")
    if length is not None and len(data) != length:
        raise LedgerError(f"not {length} bytes of base64")
    return data


def decimal(text: str) -> int:
    """Read a decimal number below 2^63, without sign or leading zero. LedgerError otherwise."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII) or int(text) >= 1 << 63:
        raise LedgerError("not a decimal number")
    return int(text)
