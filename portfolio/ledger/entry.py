"""What the log says, 66 bytes an entry, and nothing that names a person.

    01 | kind | SHA-256(issuer's DID) | body

kind 1, an event of one credential: ``body`` commits to it under a salt of its own, HMAC-SHA-256(salt, "skl/v1/event" 00 ‖
JCS(event)). Whoever holds salt and event can prove what the entry says; without the salt nobody can, so destroying it erases.
kind 2, a public fact (a key, a DID document, a status list): ``body`` = SHA-256("skl/v1/control" 00 ‖ JCS(document)), and the
document itself is published beside the log.
The tag of the issuer stands in clear, so that a school can ask whether there is an entry under its name that it did not make.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal

import rfc8785

from portfolio.errors import LedgerError

VERSION: Final = 1
EVENT: Final = 1
CONTROL: Final = 2
ENTRY_SIZE: Final = 66
SALT_SIZE: Final = 32

EventName = Literal["issue", "revoke", "suspend", "reinstate", "supersede", "erase"]
EVENTS: Final = ("issue", "revoke", "suspend", "reinstate", "supersede", "erase")

_EVENT_LABEL: Final = b"skl/v1/event\0"
_CONTROL_LABEL: Final = b"skl/v1/control\0"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
_MEMBERS: Final = frozenset(("v", "event", "cred", "digest", "time"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. kind: 1 event or 2 control; tag: SHA-256 of the issuer's DID; body: 32 bytes."""

    kind: int
    tag: bytes
    body: bytes

    def __bytes__(self) -> bytes:
        return bytes([VERSION, self.kind]) + self.tag + self.body


def parse_entry(data: bytes) -> Entry:
    """Read the 66 bytes of an entry. LedgerError for another length, version or kind."""
    if len(data) != ENTRY_SIZE or data[0] != VERSION or data[1] not in (EVENT, CONTROL):
        raise LedgerError("not an entry of this version")
    return Entry(data[1], data[2:34], data[34:])


def issuer_tag(did: str) -> bytes:
    """SHA-256 of an organisation's DID in UTF-8."""
    return sha256(did.encode()).digest()


def event(name: EventName, *, credential: str, digest: bytes, time: datetime) -> dict[str, object]:
    """An event of one credential. credential: its id; digest: SHA-256(JCS(secured credential)); time: aware.

    For an erasure, which must not name what it erased, credential is ``log:<index>`` and digest 32 zeros.
    """
    if time.utcoffset() is None or len(digest) != 32:
        raise LedgerError("an event has an aware time and a digest of 32 bytes")
    return {
        "v": VERSION,
        "event": name,
        "cred": credential,
        "digest": f"sha256:{digest.hex()}",
        "time": time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"),
    }


def event_entry(did: str, salt: bytes, said: Mapping[str, object]) -> Entry:
    """The entry that commits to an event of this issuer. LedgerError for a salt that is not 32 bytes or a malformed event."""
    check_event(said)
    if len(salt) != SALT_SIZE:
        raise LedgerError("a salt has 32 bytes")
    return Entry(EVENT, issuer_tag(did), hmac.digest(salt, _EVENT_LABEL + canonical(said), "sha256"))


def control_entry(did: str, document: Mapping[str, object]) -> Entry:
    """The entry for a public document of this issuer."""
    return Entry(CONTROL, issuer_tag(did), sha256(_CONTROL_LABEL + canonical(document)).digest())


def check_event(said: Mapping[str, object]) -> None:
    """LedgerError unless this is an event of version 1 with exactly its members."""
    credential = said.get("cred")
    if (
        said.keys() != _MEMBERS
        or type(said["v"]) is not int
        or said["v"] != VERSION
        or said["event"] not in EVENTS
        or not isinstance(credential, str)
        or not credential
        or not _matches(_DIGEST, said["digest"])
        or not _matches(_TIME, said["time"])
    ):
        raise LedgerError("not an event of this version")


def canonical(document: Mapping[str, object]) -> bytes:
    """The document by RFC 8785. LedgerError for what JSON cannot hold."""
    try:
        return rfc8785.dumps(dict(document))  # type: ignore[arg-type] # it looks at the values itself
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise LedgerError("the document has no canonical form") from error


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.match(value) is not None
