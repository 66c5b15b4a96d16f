"""What the services need from the outside, as protocols, and the frozen bundle that hands it to them.

Nothing here does anything. ``adapters`` answer the protocols, ``bootstrap`` builds the bundle, tests hand in others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from portfolio.messages import Message
from portfolio.settings import Settings

OWN = "own"  # the owner name of the school's own keys; an organisation's keys are under its OGRN


@dataclass(frozen=True)
class KeyInfo:
    """The public half of a signing key. owner: ``own`` or an OGRN; fragment: ``key-2026-11``; public_key: 32 bytes Ed25519."""

    owner: str
    fragment: str
    public_key: bytes
    created: datetime
    retired: datetime | None = None


class KeyStore(Protocol):
    """Where private key bytes stay. Everybody else holds a ``sign`` function, or sealed bytes."""

    def keys(self, owner: str = OWN) -> Sequence[KeyInfo]:
        """Every key of an owner, oldest first, retired ones too."""
        ...

    def owners(self) -> Sequence[str]:
        """The owners that have a key, ``own`` first."""
        ...

    def create(self, fragment: str, *, now: datetime, owner: str = OWN) -> KeyInfo:
        """Make a new Ed25519 key. Raises Conflict when the fragment was used before."""
        ...

    def retire(self, fragment: str, *, now: datetime, owner: str = OWN) -> KeyInfo:
        """Mark a key as no longer signing; it stays published."""
        ...

    def sign(self, fragment: str, data: bytes, *, owner: str = OWN) -> bytes:
        """64 bytes of Ed25519 signature. Raises Conflict for a retired key, NotFound for an unknown one."""
        ...

    def seal(self, purpose: str, data: bytes) -> bytes:
        """Encrypt small data for this home; ``purpose`` binds it (associated data)."""
        ...

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """The reverse. Raises CryptographicSecurityError when it was not sealed here for this purpose."""
        ...

    def secret(self, purpose: str) -> bytes:
        """32 bytes that only this home knows, different for each purpose (cookies, form keys)."""
        ...


class Passwords(Protocol):
    """Argon2id."""

    def hash(self, password: str) -> str:
        """The encoded hash to store."""
        ...

    def verify(self, encoded: str, password: str) -> bool:
        """Whether the password is right. Takes as long for a wrong one."""
        ...


@dataclass(frozen=True)
class QrCode:
    """modules: side of the square, quiet zone of 4 included; path: SVG path of the dark modules in a viewBox of that size."""

    modules: int
    path: str


@dataclass(frozen=True)
class SkillLine:
    """One skill on paper or on a page. level: 1–4; assessors: distinct people; newest: local date of the newest evidence."""

    code: str
    title: str
    level: int
    level_name: str
    assessors: int
    newest: str


@dataclass(frozen=True)
class PaperCredential:
    """One credential as it is printed; every text ready in the document's language."""

    title: str
    format_name: str
    period: str
    hours: str
    organisation: str
    assessor: str
    narrative: str
    results: Sequence[SkillLine]
    issued: str
    valid_until: str  # empty where it has no end
    code: str  # grouped, as printed
    url: str
    qr: QrCode
    rosette: str  # SVG path in a 0 0 100 100 viewBox


@dataclass(frozen=True)
class Attachment:
    """A file that travels inside a PDF."""

    name: str
    description: str
    data: bytes
    media_type: str = "application/json"


@dataclass(frozen=True)
class PortfolioPaper:
    """One pupil's portfolio on paper. locale: language of the labels; host: printed as «check only at …»."""

    locale: str
    person: str
    school: str
    class_name: str
    made: str
    host: str
    summary: str
    skills: Sequence[SkillLine]
    credentials: Sequence[PaperCredential]
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True)
class CertificatePaper:
    """One credential on one A4 page."""

    locale: str
    person: str
    school: str
    host: str
    credential: PaperCredential
    attachments: Sequence[Attachment] = ()


class Paper(Protocol):
    """PDF and QR."""

    def unavailable(self) -> Message | None:
        """Why PDF cannot be made on this machine, with the remedy, or None when it can."""
        ...

    def qr(self, text: str) -> QrCode:
        """The QR code of a short address, error correction M."""
        ...

    def portfolio(self, paper: PortfolioPaper) -> bytes:
        """The PDF/A-3u of a portfolio. Raises Unavailable without Pango."""
        ...

    def certificate(self, paper: CertificatePaper) -> bytes:
        """The PDF/A-3u of one certificate. Raises Unavailable without Pango."""
        ...


class Sheets(Protocol):
    """Tables that people open in an office program."""

    def read(self, name: str, data: bytes) -> Table:
        """Read CSV (any of the usual encodings and separators) or XLSX. Raises InvalidInput, TooLarge."""
        ...

    def xlsx(self, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
        """A workbook of one sheet; text that a program would run as a formula stays text."""
        ...

    def csv(self, header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ";") -> bytes:
        """UTF-8 with BOM; text that a program would run as a formula stays text."""
        ...


@dataclass(frozen=True)
class Table:
    """A table as it was read. rows: (row number as the office counts it: the header is 1, values as long as the header)."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str
    delimiter: str
    # rows with more or fewer values than the header: (row number, the values as they stand)
    ragged: tuple[tuple[int, tuple[str, ...]], ...] = ()


class Fetcher(Protocol):
    """The one way out: public documents of issuers that are registered here."""

    def get(self, url: str, media_types: Sequence[str]) -> bytes:
        """The body of a public https address, at most 1 MiB, of one of these media types. Raises FetchFailed."""
        ...


REFUSALS = frozenset(
    (
        "active",
        "ambiguous",
        "archive",
        "busy",
        "crowded",
        "damaged",
        "empty",
        "exhausting",
        "heic",
        "locked",
        "no_code",
        "nothing_inside",
        "old_badge",
        "too_large",
        "unknown_kind",
        "web_page",
    )
)
"""Why a file was not opened, or nothing was found in it."""


@dataclass(frozen=True)
class Opened:
    """What is in a file that somebody brought. None of it has been checked.

    kind: text | pdf | png | svg | picture | other, as its bytes say; texts: what may be credentials (a text is its own);
    codes: what its QR codes say; refusal: one of REFUSALS, and then there are neither texts nor codes.
    """

    kind: str
    texts: tuple[bytes, ...] = ()
    codes: tuple[str, ...] = ()
    refusal: str | None = None


class Uploads(Protocol):
    """Files from strangers."""

    def open(self, files: Sequence[bytes]) -> Sequence[Opened]:
        """What is in each of them, in their order. Never raises for what they hold; no file can harm this process."""
        ...


class Sessions(Protocol):
    """The database. Only a service opens one of these, once a call; leaving without an error commits."""

    def read(self) -> AbstractContextManager[Any]:
        """A transaction that only looks."""
        ...

    def write(self) -> AbstractContextManager[Any]:
        """A transaction that changes something (BEGIN IMMEDIATE on SQLite)."""
        ...


@dataclass(frozen=True)
class Ports:
    """Everything a service may reach for. now: aware UTC; entropy: n random bytes.

    conformance: answer public conformance suites under their own profile; never true where a school is served.
    """

    settings: Settings
    sessions: Sessions
    now: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    keys: KeyStore
    passwords: Passwords
    paper: Paper
    sheets: Sheets
    uploads: Uploads
    fetcher: Fetcher
    conformance: bool = False

    @property
    def home(self) -> Path:
        """The folder of everything this school owns."""
        return self.settings.home
