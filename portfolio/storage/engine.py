"""The database engine and its transactions: durable, closed to other users of the machine, silent about personal data.

SQLite is told when a transaction begins: writers take the write lock at once (``BEGIN IMMEDIATE``), readers a plain ``BEGIN``.
What the database refuses leaves here as an error of ``portfolio.errors`` whose text names tables and constraints, never values.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from portfolio.errors import N_, ConfigurationError, Conflict, Message, OrientirError, Unavailable
from portfolio.messages import system_reason

__all__ = ["DatabaseSessions", "Session", "make_engine", "translated", "writing"]

# How long a transaction waits for another one's lock, in seconds.
LOCK_TIMEOUT = 30

# The name of the execution option under which a connection says what its transactions are for: "read" or "write".
_PURPOSE = "orientir_purpose"


def make_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://…`` (psycopg 3); nothing is opened yet.

    A SQLite file and its folder are made when missing, for this user alone (0600 and 0700). Raises ConfigurationError for an
    address that cannot be used; a PostgreSQL server that would lose commits is refused with the same error on connecting.
    """
    try:
        address = make_url(url)
    except exc.ArgumentError:
        raise ConfigurationError([Message(N_("DATABASE_URL: is not a database address"))]) from None
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    if address.drivername in ("postgresql", "postgresql+psycopg"):
        return _postgresql(address.set(drivername="postgresql+psycopg"))
    raise ConfigurationError([Message(N_("DATABASE_URL: must begin with sqlite:/// or postgresql://"))])


def writing(engine: Engine) -> Engine:
    """The same engine (same pool) with transactions that take the write lock when they begin."""
    return engine.execution_options(**{_PURPOSE: "write"})


def _reading(engine: Engine) -> Engine:
    options: dict[str, Any] = {_PURPOSE: "read"}
    if engine.dialect.name == "postgresql":
        options["postgresql_readonly"] = True
    return engine.execution_options(**options)


# --- SQLite


def journal_mode(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str:
    """WAL where SQLite's repair of the write-ahead log's reset race is in (3.51.3), the rollback journal below."""
    return "WAL" if version >= (3, 51, 3) else "TRUNCATE"


def _sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:" or address.database.startswith("file:") or address.query:
        raise ConfigurationError([Message(N_("DATABASE_URL: SQLite needs the plain path of a file"))])
    _private_file(Path(address.database))
    engine = create_engine(
        address,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": LOCK_TIMEOUT},  # None: the driver begins nothing by itself
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        _set_journal_mode(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA mmap_size = 0")
        # SQLite's own lower() knows ASCII only; names are Cyrillic.
        connection.create_function("lower", 1, _lower, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        purpose = connection.get_execution_options().get(_PURPOSE)
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if purpose == 'read' else 'OFF'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if purpose == "write" else "BEGIN")

    return engine


def _set_journal_mode(connection: sqlite3.Connection) -> None:
    # Changing the mode does not wait for locks as statements do: several processes that open a new file at once would fail.
    give_up = monotonic() + LOCK_TIMEOUT
    while True:
        try:
            connection.execute(f"PRAGMA journal_mode = {journal_mode()}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > give_up:
                raise
            sleep(0.01)
        else:
            return


def _lower(value: str | bytes | float | None) -> str | bytes | float | None:
    return value.lower() if isinstance(value, str) else value


def _private_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its journals the mode of the file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        fault = Message(
            N_("DATABASE_URL: the file cannot be opened for writing: {reason}"), {"reason": system_reason(error)}
        )
        raise ConfigurationError([fault]) from None


# --- PostgreSQL


def _postgresql(address: URL) -> Engine:
    try:
        engine = create_engine(
            address,
            hide_parameters=True,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
            connect_args={"connect_timeout": 10},
        )
    except ModuleNotFoundError:
        raise ConfigurationError(
            [Message(N_("DATABASE_URL: PostgreSQL needs psycopg; run: pip install 'orientir[postgres]'"))]
        ) from None

    # Before SQLAlchemy's own first questions, which an unfit server answers with nonsense.
    event.listen(engine, "connect", _prepare_postgresql, insert=True)
    return engine


def _prepare_postgresql(connection: Any, _record: object) -> None:
    """Refuse a server that would lose commits (checked anew for each connection: an operator may change it meanwhile)."""
    faults = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
        fsync, synchronous_commit = cursor.fetchone()
        if fsync == "off":
            faults.append(Message(N_("PostgreSQL: fsync is off, a power cut would lose credentials; set fsync = on")))
        if synchronous_commit == "off":
            faults.append(
                Message(
                    N_(
                        "PostgreSQL: synchronous_commit is off, a crash would lose credentials; set synchronous_commit = on"
                    )
                )
            )
        cursor.execute("SELECT current_setting('server_encoding') = 'UTF8'")
        fit = cursor.fetchone()[0]
        if fit:
            cursor.execute(f"SELECT lower('Ё') = 'ё', set_config('lock_timeout', '{LOCK_TIMEOUT}s', false)")
            fit = cursor.fetchone()[0]
        if not fit:
            faults.append(
                Message(
                    N_("PostgreSQL: make the database with ENCODING 'UTF8' and a UTF-8 locale, for example C.UTF-8")
                )
            )
    connection.commit()
    if faults:
        connection.close()
        raise ConfigurationError(faults)


# --- sessions


class DatabaseSessions:
    """Answers ``ports.Sessions``: one transaction for one block, committed when the block ends without an error."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._readers = _reading(engine)
        self._writers = writing(engine)

    def read(self) -> AbstractContextManager[Session]:
        """A transaction that only looks; a change inside it is a programming error and fails."""
        return _transaction(self._readers)

    def write(self) -> AbstractContextManager[Session]:
        """A transaction that may change something. Raises Conflict, Unavailable."""
        return _transaction(self._writers)

    def dispose(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Session]:
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except (exc.DBAPIError, exc.TimeoutError) as error:
        # The driver's own text may quote values (PostgreSQL: "Key (login)=(…) already exists"): its traceback is kept,
        # its words are not.
        raise translated(error).with_traceback(error.__traceback__) from None


def translated(error: exc.DBAPIError | exc.TimeoutError) -> OrientirError:
    """What a failure of the database means here: Conflict, Unavailable with the remedy, or a plain error without values."""
    if isinstance(error, exc.TimeoutError):
        return Unavailable(remedy=Message(N_("The database: every connection is busy; try again in a minute")))
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _sqlite_error(original)
    return _postgresql_error(error)


_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: N_(
        "The database: locked by another program for more than {seconds} s; close it, or try again"
    ),
    sqlite3.SQLITE_LOCKED: N_("The database: locked by another connection of this program; try again"),
    sqlite3.SQLITE_FULL: N_("The database: the disk is full; free some space, nothing was changed"),
    sqlite3.SQLITE_IOERR: N_("The database: the disk reported an error; check the disk and its free space"),
    sqlite3.SQLITE_CANTOPEN: N_(
        "The database: the file cannot be opened; check that it exists and belongs to this user"
    ),
    sqlite3.SQLITE_CORRUPT: N_("The database: the file is damaged; stop the product and restore a backup"),
    sqlite3.SQLITE_NOTADB: N_("The database: the file is not a SQLite database; check DATABASE_URL"),
    sqlite3.SQLITE_PERM: N_("The database: the file may not be opened; check that it belongs to this user"),
}


def _unavailable(remedy: str) -> Unavailable:
    return Unavailable(remedy=Message(remedy, {"seconds": LOCK_TIMEOUT}))


def _sqlite_error(error: sqlite3.Error) -> OrientirError:
    # An error of the driver itself (a value it cannot bind) has no code.
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return OrientirError(f"database: {type(error).__name__}")
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_CONSTRAINT:
        return Conflict(f"database: {error}")  # SQLite names the table and the column, not the value
    if primary in _SQLITE_UNAVAILABLE:
        return _unavailable(_SQLITE_UNAVAILABLE[primary])
    return OrientirError(f"database: {error.sqlite_errorname}: {error}")


# SQLSTATE (PostgreSQL, appendix A) or its first two characters, the class
_POSTGRESQL_UNAVAILABLE = {
    "08": N_("The database: the connection to PostgreSQL was lost; check that the server runs"),
    "57P": N_("The database: the PostgreSQL server is stopping or starting; try again in a minute"),
    "53100": N_("The database: PostgreSQL's disk is full; free some space, nothing was changed"),
    "53": N_("The database: PostgreSQL is out of resources (connections or memory); try again, or raise its limits"),
    "55P03": N_("The database: a row stayed locked for more than {seconds} s; try again"),
    "40": N_("The database: two changes met; nothing was changed, try again"),
    "58": N_("The database: PostgreSQL reported a system error; look into the server's log"),
    "28": N_("The database: PostgreSQL refused the user; check DATABASE_URL"),
    "3D000": N_("The database: there is no such PostgreSQL database; check DATABASE_URL"),
}


def _postgresql_error(error: exc.DBAPIError) -> OrientirError:
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is None:
        if isinstance(error, exc.OperationalError):
            return _unavailable(_POSTGRESQL_UNAVAILABLE["08"])
        return OrientirError(f"database: {type(error).__name__}")
    if isinstance(error, exc.IntegrityError):
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        return Conflict(f"database: constraint {constraint or state}")
    for prefix in (state, state[:3], state[:2]):
        if prefix in _POSTGRESQL_UNAVAILABLE:
            return _unavailable(_POSTGRESQL_UNAVAILABLE[prefix])
    return OrientirError(f"database: {type(error.orig).__name__} ({state})")
