"""Open the house: settings in, ports out. The only reader of the clock and of randomness."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from portfolio.adapters.certificates import loopback_certificate
from portfolio.adapters.fetcher import PinnedFetcher
from portfolio.adapters.keystore import FileKeyStore
from portfolio.adapters.paper import WeasyPrintPaper
from portfolio.adapters.passwords import Argon2Passwords
from portfolio.adapters.spreadsheets import Spreadsheets
from portfolio.adapters.uploads import SandboxedUploads
from portfolio.errors import N_, ConfigurationError, Message
from portfolio.messages import system_reason
from portfolio.ports import Fetcher, KeyStore, Passwords, Ports, Uploads
from portfolio.settings import Settings
from portfolio.storage import schema_version
from portfolio.storage.engine import DatabaseSessions, make_engine


def now() -> datetime:
    """The moment, aware, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """The open house. ports: for the services; the rest is for the command line's own housekeeping."""

    ports: Ports
    sessions: DatabaseSessions

    def close(self) -> None:
        """Give back connections and helper processes."""
        close = getattr(self.ports.paper, "close", None)
        if close is not None:
            close()
        self.sessions.dispose()

    # --- the database's tables

    def revision(self) -> str | None:
        """The revision of the tables, or None for an empty database."""
        return schema_version.current(self.sessions.engine)

    def newest_revision(self) -> str:
        """The revision that this version of the product works with."""
        return schema_version.head()

    def upgrade(self) -> str:
        """Bring the tables up to date; returns the revision that was reached."""
        schema_version.upgrade(self.sessions.engine)
        return schema_version.head()

    def clear(self) -> None:
        """Drop every table with everything in it, and make them anew."""
        schema_version.downgrade(self.sessions.engine, "base")
        schema_version.upgrade(self.sessions.engine)

    def check(self) -> None:
        """Raises ConfigurationError with the remedy unless the tables fit this version."""
        schema_version.check(self.sessions.engine)


def bootstrap(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = now,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    passwords: Passwords | None = None,
    fetcher: Fetcher | None = None,
) -> House:
    """Build every adapter for these settings. Makes the home's folder (0700); touches no table and no key.

    Raises ConfigurationError for a folder that cannot be used, keys that others may read, a database address that cannot be
    used; a database that does not keep commits is refused when it is first asked.
    """
    _private_folder(settings.home)
    sessions = DatabaseSessions(make_engine(settings.database_url))
    ports = Ports(
        settings=settings,
        sessions=sessions,
        now=clock,
        entropy=entropy,
        keys=FileKeyStore.prepare(settings.home / "keys", entropy),
        passwords=passwords or Argon2Passwords(),
        paper=WeasyPrintPaper(clock),
        sheets=Spreadsheets(),
        uploads=SandboxedUploads(),
        fetcher=fetcher or PinnedFetcher(),
    )
    return House(ports, sessions)


def certificate_for(folder: Path) -> tuple[Path, Path]:
    """A certificate that this machine made for itself, and its key, as PEM files in the folder."""
    return loopback_certificate(folder, now())


@contextmanager
def opened(settings: Settings) -> Iterator[House]:
    """The house for the length of one command."""
    house = bootstrap(settings)
    try:
        yield house
    finally:
        house.close()


def uploads() -> Uploads:
    """What opens files, for a command that needs no home."""
    return SandboxedUploads()


@contextmanager
def strangers_keys() -> Iterator[KeyStore]:
    """The key store of somebody nobody knows, gone when the block ends: for showing what an unknown issuer looks like."""
    with TemporaryDirectory() as folder:
        yield FileKeyStore.prepare(Path(folder) / "keys", secrets.token_bytes)


def _private_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise ConfigurationError([Message(N_("PORTFOLIO_HOME: the folder cannot be written to"))])
    except OSError as error:
        reason = {"reason": system_reason(error)}
        raise ConfigurationError([Message(N_("PORTFOLIO_HOME: the folder cannot be made: {reason}"), reason)]) from None
