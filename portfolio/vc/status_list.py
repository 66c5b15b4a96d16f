"""W3C Bitstring Status List 1.0: which credentials have been revoked or suspended, published for everybody at once.

A list is a long row of bits behind one address. Whoever fetches it learns nothing about whom they ask for, because
everybody fetches the same bytes; hence the minimum length. Allocating indexes, signing and serving the list is for others.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portfolio.errors import MalformedValueError, RangeError, StatusListLengthError, StatusVerificationError
from portfolio.vc.contexts import CONTEXT_VC2
from portfolio.vc.credential import format_datetime, is_url, objects, types_of

MINIMUM_ENTRIES = 131_072
"""The shortest list that still hides its reader in a crowd (§6.1): 16 KiB of bits."""

MAXIMUM_BYTES = 1 << 20
"""What a list may expand to before we stop: 64 times the minimum. A gigabyte of zeros travels as one megabyte of gzip."""

ENTRY_TYPE = "BitstringStatusListEntry"
CREDENTIAL_TYPE = "BitstringStatusListCredential"
LIST_TYPE = "BitstringStatusList"

_GZIP = 16 + zlib.MAX_WBITS
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,15})\Z")
_STATUS = re.compile(r"0x[0-9A-Fa-f]{1,16}\Z")
_MAXIMUM_STATUS_SIZE = 8 * MAXIMUM_BYTES // MINIMUM_ENTRIES


class Bitstring:
    """A row of bits, all 0 at first; index 0 is the most significant bit of the first byte (§3.1)."""

    __slots__ = ("_bytes",)

    def __init__(self, length: int = MINIMUM_ENTRIES) -> None:
        if length < 8 or length % 8:
            raise RangeError("a bitstring has a positive multiple of 8 entries")
        self._bytes = bytearray(length // 8)

    @classmethod
    def from_bytes(cls, data: bytes | bytearray) -> Bitstring:
        """The bitstring that these bytes are; they are copied."""
        bits = cls(len(data) * 8)
        bits._bytes[:] = data
        return bits

    def to_bytes(self) -> bytes:
        """The bits as bytes, as they go into ``compress_bitstring``."""
        return bytes(self._bytes)

    def __len__(self) -> int:
        return len(self._bytes) * 8

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bitstring) and self._bytes == other._bytes

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"<Bitstring of {len(self)}, {self.count()} set>"

    def get(self, index: int) -> bool:
        """The bit at an index. RangeError outside ``0 … len-1``."""
        self._check(index)
        return bool(self._bytes[index >> 3] & (0x80 >> (index & 7)))

    def set(self, index: int, value: bool = True) -> None:
        """Set or clear the bit at an index. RangeError outside ``0 … len-1``."""
        self._check(index)
        if value:
            self._bytes[index >> 3] |= 0x80 >> (index & 7)
        else:
            self._bytes[index >> 3] &= 0xFF ^ (0x80 >> (index & 7))

    def count(self) -> int:
        """How many bits are 1."""
        return int.from_bytes(self._bytes, "big").bit_count()

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self._bytes) * 8:
            raise RangeError("the index lies outside the status list")


def compress_bitstring(data: bytes) -> str:
    """Bitstring Generation Algorithm (§3.3): multibase base64url of the gzipped bytes.

    The same bits give the same text: the gzip header carries no time and no name.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return "u" + base64.urlsafe_b64encode(packer.compress(data) + packer.flush()).rstrip(b"=").decode("ascii")


def expand_bitstring(text: str, *, maximum: int = MAXIMUM_BYTES) -> bytes:
    """Bitstring Expansion Algorithm (§3.4): the bytes that ``encodedList`` stands for, at most ``maximum`` of them.

    MalformedValueError when the text is not one whole gzip member in unpadded base64url behind the multibase ``u``;
    StatusVerificationError when it expands to more than this verifier takes.
    """
    if not text.startswith("u"):
        raise MalformedValueError("encodedList does not begin with the multibase prefix u")
    # gzip never makes data longer than by a header and five bytes in 16 KiB: more text than that holds too much.
    if len(text) > (maximum + maximum // 1024 + 64) * 4 // 3:
        raise StatusVerificationError(f"the status list is larger than {maximum} bytes")
    if not _BASE64URL.match(text, 1):
        raise MalformedValueError("encodedList is not unpadded base64url")
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-(len(text) - 1) % 4))
    except binascii.Error as error:
        raise MalformedValueError("encodedList is not unpadded base64url") from error
    bits = _gunzip(packed, maximum)
    if bits.startswith(b"\x1f\x8b"):
        try:
            _gunzip(bits, maximum)
        except (MalformedValueError, StatusVerificationError):
            return bits
        raise MalformedValueError("encodedList is compressed twice")
    return bits


def _gunzip(packed: bytes, maximum: int) -> bytes:
    """Exactly one gzip member, to its end and not beyond, without ever holding more than ``maximum`` + 1 bytes."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        data = unpacker.decompress(packed, maximum + 1)
    except zlib.error as error:
        raise MalformedValueError("encodedList is not gzip data") from error
    if len(data) > maximum:
        raise StatusVerificationError(f"the status list is larger than {maximum} bytes")
    if not unpacker.eof:
        raise MalformedValueError("encodedList ends in the middle of its gzip data")
    if unpacker.unused_data:
        raise MalformedValueError("encodedList has data after its gzip data")
    return data


def status_list_entry(list_url: str, index: int, purpose: str = "revocation") -> dict[str, str]:
    """The ``credentialStatus`` that a credential carries (§2.1): where its bit stands."""
    if index < 0:
        raise RangeError("a status list index is not negative")
    return {
        "id": f"{list_url}#{index}",
        "type": ENTRY_TYPE,
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def status_list_credential(
    *,
    url: str,
    issuer: str,
    purpose: str,
    bits: Bitstring,
    valid_from: datetime,
    valid_until: datetime | None = None,
    ttl_ms: int = 300_000,
) -> dict[str, object]:
    """The list as a credential (§2.2), not yet signed. ``ttl_ms``: how long a reader may keep it, in milliseconds.

    StatusListLengthError when the list is shorter than the minimum.
    """
    if len(bits) < MINIMUM_ENTRIES:
        raise StatusListLengthError(f"a status list has at least {MINIMUM_ENTRIES} entries")
    credential: dict[str, object] = {
        "@context": [CONTEXT_VC2],
        "id": url,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": issuer,
        "validFrom": format_datetime(valid_from),
    }
    if valid_until is not None:
        credential["validUntil"] = format_datetime(valid_until)
    credential["credentialSubject"] = {
        "id": f"{url}#list",
        "type": LIST_TYPE,
        "statusPurpose": purpose,
        "ttl": ttl_ms,
        "encodedList": compress_bitstring(bits.to_bytes()),
    }
    return credential


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """A ``credentialStatus`` that has been read: which ``size`` bits of which list, and what they mean."""

    purpose: str
    index: int
    list_url: str
    size: int = 1


def check_entry(entry: object) -> StatusEntry:
    """Read one ``credentialStatus`` object of the type BitstringStatusListEntry (§2.1).

    MalformedValueError with the member's path (``$.statusListIndex``, relative to the entry), or RangeError.
    """
    if not isinstance(entry, Mapping):
        raise MalformedValueError("a status entry is not an object", path="$")
    if ENTRY_TYPE not in types_of(entry):
        raise MalformedValueError(f"the status entry is not a {ENTRY_TYPE}", path="$.type")
    purpose = entry.get("statusPurpose")
    if not isinstance(purpose, str) or not purpose:
        raise MalformedValueError("statusPurpose is not one string", path="$.statusPurpose")
    index = entry.get("statusListIndex")
    if not isinstance(index, str) or not _DECIMAL.match(index):
        raise MalformedValueError(
            "statusListIndex is not a decimal string without leading zeros", path="$.statusListIndex"
        )
    list_url = entry.get("statusListCredential")
    if not isinstance(list_url, str) or not is_url(list_url):
        raise MalformedValueError("statusListCredential is not a URL", path="$.statusListCredential")
    identifier = entry.get("id", "urn:none")
    if not isinstance(identifier, str) or not is_url(identifier):
        raise MalformedValueError("the status entry's id is not a URL", path="$.id")
    if identifier == list_url:
        raise MalformedValueError("the status entry's id is the address of the list", path="$.id")
    size = entry.get("statusSize", 1)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise MalformedValueError("statusSize is not a positive integer", path="$.statusSize")
    if size > _MAXIMUM_STATUS_SIZE:
        raise RangeError(f"statusSize is greater than {_MAXIMUM_STATUS_SIZE}", path="$.statusSize")
    if size > 1 or "statusMessage" in entry:
        _check_messages(entry.get("statusMessage"), size)
    return StatusEntry(purpose, int(index), list_url, size)


def _check_messages(messages: object, size: int) -> None:
    if not isinstance(messages, Sequence) or isinstance(messages, str) or len(messages) != 1 << size:
        raise MalformedValueError(f"statusMessage does not have 2^{size} items", path="$.statusMessage")
    for place, message in enumerate(messages):
        status = message.get("status") if isinstance(message, Mapping) else None
        if not isinstance(status, str) or not _STATUS.match(status) or not isinstance(message.get("message"), str):
            path = f"$.statusMessage[{place}]"
            raise MalformedValueError("a status message does not have a hexadecimal status and a message", path=path)


def check_status(
    entry: StatusEntry,
    list_credential: Mapping[str, object],
    *,
    expand: Callable[[str], bytes] = expand_bitstring,
) -> int:
    """Validate Algorithm (§3.2), once the list is there: the entry's value in it; 0 means that nothing is said.

    The caller has fetched the list, and has verified its proof, its issuer and its dates. Errors: StatusVerificationError
    (another list, or a list for another purpose), MalformedValueError, StatusListLengthError, RangeError.
    expand: ``expand_bitstring``, or one that remembers what it gave.
    """
    if CREDENTIAL_TYPE not in types_of(list_credential):
        raise StatusVerificationError(f"what stands at the list's address is not a {CREDENTIAL_TYPE}")
    if list_credential.get("id", entry.list_url) != entry.list_url:
        raise StatusVerificationError("the status list names another address than the one that the credential names")
    subjects = objects(list_credential.get("credentialSubject"))
    if len(subjects) != 1:
        raise MalformedValueError("the status list does not have one credentialSubject", path="$.credentialSubject")
    subject = subjects[0]
    if LIST_TYPE not in types_of(subject):
        raise MalformedValueError(f"the subject is not a {LIST_TYPE}", path="$.credentialSubject.type")
    purposes = subject.get("statusPurpose")
    if entry.purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        raise StatusVerificationError(
            "the status list serves another purpose", path="$.credentialSubject.statusPurpose"
        )
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise MalformedValueError("encodedList is not a string", path="$.credentialSubject.encodedList")
    data = expand(encoded)
    if len(data) * 8 // entry.size < MINIMUM_ENTRIES:
        raise StatusListLengthError(f"the status list has fewer than {MINIMUM_ENTRIES} entries")
    # The value stands at index × size, its most significant bit first.
    start = entry.index * entry.size
    end = start + entry.size
    if end > len(data) * 8:
        raise RangeError("the index lies outside the status list", path="$.credentialStatus.statusListIndex")
    window = int.from_bytes(data[start >> 3 : (end + 7) >> 3], "big")
    return (window >> (-end % 8)) & ((1 << entry.size) - 1)
