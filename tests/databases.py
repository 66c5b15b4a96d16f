"""Fresh databases for tests: a SQLite file each, and a PostgreSQL database each where its server programs are installed.

``databases`` runs a test on both, its tables made by the migrations; ``empty_databases`` likewise without tables;
``sqlite_database`` is one migrated SQLite file for tests to which the engine does not matter.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from portfolio.storage import schema_version
from portfolio.storage.engine import DatabaseSessions, make_engine

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@dataclass(frozen=True)
class FreshDatabase:
    """A database that no other test sees. kind: sqlite | postgresql; url: as ``DATABASE_URL`` has it."""

    kind: str
    url: str
    engine: Engine
    sessions: DatabaseSessions


class PostgresServer:
    """A PostgreSQL cluster of our own: fsync on, reached through a socket in a private folder, gone with the test run."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self.programs = programs
        self.folder = folder
        self.user = user
        self._numbers = count(1)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://orientir@/{database}?host={self.folder}"

    def start(self) -> None:
        data = str(self.folder / "data")
        self._run(
            "initdb", "-D", data, "-U", "orientir", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c shared_buffers=16MB"
        self._run("pg_ctl", "-D", data, "-l", str(self.folder / "log"), "-o", options, "-w", "-t", "60", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def create(self, template: str = "template0") -> str:
        """Make a database and name it."""
        name = f"test_{next(self._numbers)}"
        self.execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def drop(self, name: str) -> None:
        self.execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def execute(self, statement: str, *names: str) -> None:
        """Run one statement as the server's owner; names stand in its gaps as quoted identifiers."""
        with psycopg.connect(host=str(self.folder), user="orientir", dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _run(self, program: str, *arguments: str) -> None:
        # initdb refuses root, so the server then belongs to the user that the package made for it.
        switch = {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []} if self.user else {}
        with (self.folder / "output").open("wb") as output:
            finished = subprocess.run(
                [self.programs / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                timeout=120,
                check=False,
                **switch,
            )
        if finished.returncode:
            pytest.fail(f"{program} failed:\n{(self.folder / 'output').read_text(errors='replace')}")


def _server_programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += Path("/usr/lib/postgresql").glob("*/bin")
    folders = [folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()]
    return max(folders, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()], default=None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The cluster, started at the first test that needs it."""
    programs = _server_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs (initdb, pg_ctl) are not installed")
    user = None
    if os.geteuid() == 0:
        user = "postgres"
        if not any(entry.pw_name == user for entry in pwd.getpwall()):
            pytest.skip("PostgreSQL does not run as root, and there is no user named postgres")
    # Not pytest's own temporary folder, which other users cannot enter; and short, for a socket's path is at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="orientir-pg-", dir="/tmp"))
    try:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
        server = PostgresServer(programs, folder, user)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> str:
    name = postgres_server.create()
    _migrate(postgres_server.url(name))
    return name


def _migrate(url: str) -> None:
    engine = make_engine(url)
    schema_version.upgrade(engine)
    engine.dispose()


@pytest.fixture
def _new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str, bool], FreshDatabase]]:
    undo: list[Callable[[], None]] = []

    def make(kind: str, migrated: bool) -> FreshDatabase:
        if kind == "sqlite":
            path = tmp_path / "home" / f"{len(undo)}.sqlite3"
            if migrated:
                path.parent.mkdir(mode=0o700, exist_ok=True)
                shutil.copy(request.getfixturevalue("_sqlite_template"), path)
            url = f"sqlite:///{path}"
        else:
            server: PostgresServer = request.getfixturevalue("postgres_server")
            name = server.create(*[request.getfixturevalue("_postgres_template")] * migrated)
            undo.append(lambda: server.drop(name))
            url = server.url(name)
        sessions = DatabaseSessions(make_engine(url))
        undo.append(sessions.dispose)
        return FreshDatabase(kind, url, sessions.engine, sessions)

    yield make
    for step in reversed(undo):
        step()


@pytest.fixture(params=BOTH)
def databases(request: pytest.FixtureRequest, _new_database: Callable[[str, bool], FreshDatabase]) -> FreshDatabase:
    """A migrated database, once SQLite and once PostgreSQL."""
    return _new_database(request.param, True)


@pytest.fixture(params=BOTH)
def empty_databases(
    request: pytest.FixtureRequest, _new_database: Callable[[str, bool], FreshDatabase]
) -> FreshDatabase:
    """A database without tables, once SQLite and once PostgreSQL."""
    return _new_database(request.param, False)


@pytest.fixture
def sqlite_database(_new_database: Callable[[str, bool], FreshDatabase]) -> FreshDatabase:
    """A migrated SQLite file."""
    return _new_database("sqlite", True)


@pytest.fixture
def postgres_database(_new_database: Callable[[str, bool], FreshDatabase]) -> FreshDatabase:
    """A migrated PostgreSQL database; the test carries the mark ``postgres``."""
    return _new_database("postgresql", True)
