import os
import sqlite3
import stat
import threading
import traceback
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from portfolio.errors import ConfigurationError, Conflict, OrientirError, Unavailable
from portfolio.storage import engine as engine_module
from portfolio.storage import schema_version
from portfolio.storage.engine import DatabaseSessions, journal_mode, make_engine
from portfolio.storage.orm import Account, Mentor, Organization
from tests.databases import FreshDatabase, PostgresServer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def partner(code: str = "P-1", ogrn: str = "1020000000011", name: str = "Техникум «Пример»") -> Organization:
    return Organization(code=code, name=name, kind="college", ogrn=ogrn)


def account(login: str = "ivanova", **values: object) -> Account:
    return Account(
        **{"login": login, "role": "pupil", "name": "Аглая Петрова", "password_hash": "-", "created_at": NOON, **values}
    )


def count(sessions: DatabaseSessions) -> int:
    with sessions.read() as session:
        return session.scalar(select(func.count()).select_from(Organization))


# --- on both databases


def test_leaving_commits_and_what_was_loaded_stays_readable(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        made = partner()
        session.add(made)
    assert made.id is not None
    assert made.name == "Техникум «Пример»"
    assert count(databases.sessions) == 1


def test_an_error_takes_everything_back(databases: FreshDatabase) -> None:
    def change_and_fail() -> None:
        with databases.sessions.write() as session:
            session.add(partner())
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()
    assert count(databases.sessions) == 0


def test_a_reader_cannot_write_and_the_next_writer_can(databases: FreshDatabase) -> None:
    with pytest.raises(OrientirError) as caught, databases.sessions.read() as session:
        session.add(partner())
    assert type(caught.value) is OrientirError
    with databases.sessions.write() as session:
        session.add(partner())
    assert count(databases.sessions) == 1


def test_a_second_row_of_the_same_name_is_a_conflict_that_names_no_value(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        session.add(account("ivanova"))
    with pytest.raises(Conflict) as caught, databases.sessions.write() as session:
        session.add(account("ivanova"))
    assert "login" in caught.value.detail
    shown = "".join(traceback.format_exception(caught.value))
    assert "ivanova" not in shown
    assert "Аглая" not in shown
    assert __file__ in shown  # the traceback still leads to the line at fault


def test_a_row_that_points_nowhere_is_a_conflict(databases: FreshDatabase) -> None:
    with pytest.raises(Conflict), databases.sessions.write() as session:
        session.add(account(pupil_id=4711))


def test_deleting_what_others_need_is_a_conflict(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        made = partner()
        mentor = Mentor(code="M", assessor_id="urn:uuid:1", last_name="Б", first_name="В", origin="", position="")
        mentor.accredited_until = NOON.date()
        mentor.organization = made
        session.add(mentor)
    with pytest.raises(Conflict), databases.sessions.write() as session:
        session.execute(text("DELETE FROM organization"))


def test_a_missing_value_is_named_by_its_column_only(databases: FreshDatabase) -> None:
    row = {"code": "P-1", "kind": "college", "ogrn": "Аглая"}
    with pytest.raises(OrientirError) as caught, databases.sessions.write() as session:
        session.execute(insert(Organization).values(row))
    assert "Аглая" not in "".join(traceback.format_exception(caught.value))


def test_a_failing_statement_quotes_no_values(databases: FreshDatabase) -> None:
    values = {"name": "Аглая"}
    with pytest.raises(OrientirError) as caught, databases.sessions.write() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:name)"), values)
    assert "Аглая" not in "".join(traceback.format_exception(caught.value))


def test_nothing_is_lost_when_many_write_at_once(databases: FreshDatabase) -> None:
    failures: list[BaseException] = []

    def add(worker: int) -> None:
        try:
            for number in range(5):
                with databases.sessions.write() as session:
                    there = session.scalar(select(func.count()).select_from(Organization))
                    session.add(partner(f"P-{worker}-{number}", f"{worker}-{number}", str(there)))
        except OrientirError as error:
            failures.append(error)

    workers = [threading.Thread(target=add, args=(worker,)) for worker in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert count(databases.sessions) == 30
    if databases.kind == "sqlite":  # each writer saw all that were before it: nobody read before taking the lock
        with databases.sessions.read() as session:
            assert sorted(session.scalars(select(Organization.name)), key=int) == [str(number) for number in range(30)]


def test_lower_knows_cyrillic(databases: FreshDatabase) -> None:
    with databases.sessions.read() as session:
        assert session.scalar(text("SELECT lower('ЁЛКА Ж/д')")) == "ёлка ж/д"
        assert session.scalar(text("SELECT lower(NULL)")) is None


# --- SQLite


def pragmas(sessions: DatabaseSessions) -> dict[str, object]:
    names = ("foreign_keys", "journal_mode", "synchronous", "secure_delete", "busy_timeout", "mmap_size")
    with sessions.read() as session:
        return {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in names}


def test_sqlite_is_durable_and_forgets_what_is_deleted(sqlite_database: FreshDatabase) -> None:
    assert pragmas(sqlite_database.sessions) == {
        "foreign_keys": 1,
        "journal_mode": journal_mode().lower(),
        "synchronous": 2,  # FULL
        "secure_delete": 1,
        "busy_timeout": 30_000,
        "mmap_size": 0,
    }


@pytest.mark.parametrize(
    ("version", "mode"), [((3, 40, 1), "TRUNCATE"), ((3, 51, 2), "TRUNCATE"), ((3, 51, 3), "WAL"), ((3, 52, 0), "WAL")]
)
def test_write_ahead_log_only_where_its_repair_is_in(version: tuple[int, ...], mode: str) -> None:
    assert journal_mode(version) == mode


@pytest.mark.parametrize("mode", ["WAL", "TRUNCATE"])
def test_both_journals_serve_first_connections_that_come_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(engine_module, "journal_mode", lambda: mode)
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    failures: list[BaseException] = []
    start = threading.Barrier(6)

    def open_it() -> None:
        sessions = DatabaseSessions(make_engine(url))
        start.wait()
        try:
            schema_version.upgrade(sessions.engine)
            assert pragmas(sessions)["journal_mode"] == mode.lower()
        except (OrientirError, AssertionError) as error:
            failures.append(error)
        sessions.dispose()

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("mode", ["WAL", "TRUNCATE"])
def test_changing_the_journal_waits_for_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    path = tmp_path / "a.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute(f"PRAGMA journal_mode = {'WAL' if mode == 'TRUNCATE' else 'TRUNCATE'}")
        other.execute("CREATE TABLE there (x)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO there VALUES (1)")
        monkeypatch.setattr(engine_module, "journal_mode", lambda: mode)
        sessions = DatabaseSessions(make_engine(f"sqlite:///{path}"))

        def finish() -> None:
            other.execute("COMMIT")
            other.close()

        later = threading.Timer(0.2, finish)
        later.start()
        with sessions.read() as session:
            assert session.scalar(text("SELECT count(*) FROM there")) == 1
        later.join()
        assert pragmas(sessions)["journal_mode"] == mode.lower()
        sessions.dispose()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        sessions = DatabaseSessions(make_engine(f"sqlite:///{tmp_path / 'home' / 'a.sqlite3'}"))
        schema_version.upgrade(sessions.engine)
        with sessions.write() as session:
            session.add(partner())
            session.flush()
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "home").iterdir()}
        sessions.dispose()
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert len(modes) > 1  # the journal or the log stands beside
    assert set(modes.values()) == {0o600}


def test_deleted_names_are_not_left_in_the_file(sqlite_database: FreshDatabase) -> None:
    path = Path(sqlite_database.engine.url.database or "")
    with sqlite_database.sessions.write() as session:
        session.add(partner(name="ИмяКоторогоНет" * 20))
    assert "ИмяКоторогоНет".encode() in path.read_bytes()
    with sqlite_database.sessions.write() as session:
        session.execute(text("DELETE FROM organization"))
    assert all("ИмяКоторогоНет".encode() not in file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?uri=true",
        "mysql://localhost/x",
        "postgresql+pg8000://h/x",
        "x",
    ],
)
def test_an_unusable_address_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError):
        make_engine(url)


def test_a_place_where_no_file_can_be_is_a_configuration_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError):
        make_engine(f"sqlite:///{tmp_path / 'file' / 'a.sqlite3'}")


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_bytes(b"something else entirely" * 100)
    sessions = DatabaseSessions(make_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}"))
    with pytest.raises(Unavailable, match="not a SQLite database"), sessions.read() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(Unavailable, match="not a SQLite database"):
        schema_version.check(sessions.engine)
    sessions.dispose()


def test_a_lock_that_is_not_released_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "LOCK_TIMEOUT", 0.2)
    path = tmp_path / "a.sqlite3"
    sessions = DatabaseSessions(make_engine(f"sqlite:///{path}"))
    schema_version.upgrade(sessions.engine)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"), sessions.write() as session:
            session.add(partner())
        other.execute("ROLLBACK")
    with sessions.write() as session:
        session.add(partner())
    sessions.dispose()


def test_a_full_disk_is_unavailable_and_changes_nothing(sqlite_database: FreshDatabase) -> None:
    with sqlite_database.sessions.write() as session:
        session.add(partner())
        pages = session.execute(text("PRAGMA page_count")).scalar()
        session.execute(text(f"PRAGMA max_page_count = {pages}"))  # of this connection, which the pool hands out again
    with pytest.raises(Unavailable, match="disk is full"), sqlite_database.sessions.write() as session:
        session.add(partner("P-2", "2", "ё" * 100_000))
    assert count(sqlite_database.sessions) == 1


def test_a_reader_does_not_wait_for_a_writer_that_has_not_committed(sqlite_database: FreshDatabase) -> None:
    with sqlite_database.sessions.write() as session:
        session.add(partner())
        session.flush()
        assert count(sqlite_database.sessions) == 0
    assert count(sqlite_database.sessions) == 1


# --- PostgreSQL


@pytest.mark.postgres
def test_postgresql_waits_for_locks_no_longer_than_sqlite(postgres_database: FreshDatabase) -> None:
    with postgres_database.sessions.write() as session:
        assert session.scalar(text("SHOW lock_timeout")) == "30s"
        assert session.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert session.scalar(text("SHOW transaction_read_only")) == "off"
    with postgres_database.sessions.read() as session:
        assert session.scalar(text("SHOW transaction_read_only")) == "on"


@pytest.mark.postgres
def test_a_row_that_stays_locked_is_unavailable(postgres_database: FreshDatabase) -> None:
    with postgres_database.sessions.write() as session:
        session.add(partner())
    with postgres_database.sessions.write() as holder:
        holder.execute(select(Organization).with_for_update())
        wait_briefly = text(
            "SELECT set_config('lock_timeout', '100ms', true), (SELECT id FROM organization FOR UPDATE)"
        )
        with pytest.raises(Unavailable, match="locked"), postgres_database.sessions.write() as session:
            session.execute(wait_briefly)


@pytest.mark.postgres
def test_a_lost_connection_is_unavailable_once_and_replaced(
    postgres_database: FreshDatabase, postgres_server: PostgresServer
) -> None:
    sessions = postgres_database.sessions

    def lose() -> None:
        with sessions.write() as session:
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            session.add(partner())
            session.flush()
            with sessions.read() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})

    with pytest.raises(Unavailable):
        lose()
    assert count(sessions) == 0  # pre-ping: the next transaction has a living connection


@pytest.mark.postgres
def test_an_absent_server_is_unavailable(postgres_server: PostgresServer) -> None:
    sessions = DatabaseSessions(make_engine(f"postgresql://orientir@/x?host={postgres_server.folder}/nowhere"))
    with pytest.raises(Unavailable, match="check that the server runs"), sessions.read() as session:
        session.execute(text("SELECT 1"))
    sessions.dispose()


@pytest.mark.postgres
def test_an_absent_database_is_unavailable_and_told_apart_where_the_server_says_so(
    postgres_server: PostgresServer,
) -> None:
    sessions = DatabaseSessions(make_engine(postgres_server.url("nowhere")))
    with pytest.raises(Unavailable), sessions.read() as session:
        session.execute(text("SELECT 1"))
    sessions.dispose()


@pytest.mark.postgres
def test_a_server_that_would_lose_commits_is_refused(
    postgres_database: FreshDatabase, postgres_server: PostgresServer
) -> None:
    name = postgres_database.engine.url.database or ""
    postgres_server.execute("ALTER DATABASE {} SET synchronous_commit = off", name)
    postgres_server.execute("ALTER SYSTEM SET fsync = off")
    try:
        postgres_server.execute("SELECT pg_reload_conf()")
        for _ in range(2):
            with pytest.raises(ConfigurationError) as caught, postgres_database.sessions.read() as session:
                session.execute(text("SELECT pg_sleep(0.1)"))
        assert any("synchronous_commit" in str(fault) for fault in caught.value.faults)
        assert any("fsync" in str(fault) for fault in caught.value.faults)
    finally:
        postgres_server.execute("ALTER SYSTEM RESET fsync")
        postgres_server.execute("SELECT pg_reload_conf()")


@pytest.mark.postgres
def test_a_database_that_does_not_know_cyrillic_is_refused(postgres_server: PostgresServer) -> None:
    postgres_server.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    sessions = DatabaseSessions(make_engine(postgres_server.url("ascii")))
    try:
        with pytest.raises(ConfigurationError, match="UTF8"), sessions.read() as session:
            session.execute(text("SELECT 1"))
    finally:
        sessions.dispose()
        postgres_server.drop("ascii")
