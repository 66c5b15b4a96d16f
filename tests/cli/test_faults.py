"""What is wrong with a home or a machine is said in a sentence, with exit code 2, and makes nothing worse."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, issue_arguments, results
from tests.services.issuing import NAMES
from tests.services.school_files import write_tables

LOOKING = [
    ("keys", "list"),
    ("keys", "new"),
    ("keys", "document"),
    ("doctor",),
    ("serve",),
    ("db", "status"),
    ("credential", "list"),
    ("credential", "suspend", "x"),
    ("credential", "export", "--all", "--out", "out"),
    ("school", "export", "--out", "out.zip"),
    ("school", "account", "new", "--role", "pupil", "1"),
]


@pytest.mark.parametrize("arguments", LOOKING, ids=" ".join)
def test_without_a_home_nothing_is_made(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    answer = terminal.call(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "portfolio school create" in answer.err
    assert not terminal.home.exists()


@pytest.mark.parametrize("arguments", [*LOOKING, ("demo", "--no-serve"), ("db", "upgrade")], ids=" ".join)
def test_every_fault_of_the_environment_at_once(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    answer = terminal.call(
        *arguments,
        PORTFOLIO_HOEM="x",
        PORTFOLIO_LOCALE="fr",
        PORTFOLIO_TZ="Mars/Olympus",
        PORTFOLIO_BASE_URL="school.example",
        PORTFOLIO_PROXIES="many",
        DATABASE_URL="mysql://localhost",
    )
    assert (answer.code, answer.out) == (2, "")
    for name in ("HOEM", "LOCALE", "TZ", "BASE_URL", "PROXIES"):
        assert f"PORTFOLIO_{name}: " in answer.err
    assert "DATABASE_URL: " in answer.err
    assert not terminal.home.exists()


def test_a_home_that_cannot_be_made(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for home in (tmp_path / "file", tmp_path / "file" / "below"):
        answer = terminal.call("demo", "--no-serve", PORTFOLIO_HOME=os.fspath(home))
        assert (answer.code, answer.out) == (2, "")
        assert "PORTFOLIO_HOME" in answer.err


@pytest.mark.parametrize("home", ["/proc", "/proc/nowhere"])
def test_a_home_that_cannot_be_written_to(terminal: Terminal, home: str) -> None:
    """Not even root writes there."""
    answer = terminal.call("demo", "--no-serve", PORTFOLIO_HOME=home)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


def test_keys_that_others_may_read(school: Terminal) -> None:
    next((school.home / "keys" / "own").iterdir()).chmod(0o644)
    answer = school.call("keys", "list")
    assert (answer.code, answer.out) == (2, "")
    assert "chmod" in answer.err


def test_a_lost_machine_secret(school: Terminal) -> None:
    (school.home / "keys" / "machine.secret").unlink()
    answer = school.call(*issue_arguments())
    assert (answer.code, answer.out) == (2, "")
    assert "machine.secret" in answer.err


def test_a_damaged_database(school: Terminal) -> None:
    (school.home / "portfolio.sqlite3").write_bytes(b"not a database" * 1000)
    for arguments in (("credential", "list"), ("db", "status"), ("db", "upgrade"), ("doctor",)):
        answer = school.call(*arguments)
        assert answer.code == 2
        assert "SQLite" in answer.said


def test_a_database_of_a_newer_version(school: Terminal) -> None:
    import sqlite3

    with sqlite3.connect(school.home / "portfolio.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    answer = school.call("credential", "list")
    assert answer.code == 2
    assert "9999" in answer.err


def test_doctor_finds_nothing_wrong_with_a_school(school: Terminal) -> None:
    answer = school.call("doctor", "--json")
    assert answer.code == 0
    assert {event["name"] for event in answer.events} >= {"database", "school", "keys", "address", "pdf", "disk"}
    assert all(event["level"] != "fault" for event in answer.events)
    (school.home / "keys" / "own").rename(school.home / "keys" / "1025400000001")
    assert school.call("doctor").code == 2


def test_nothing_is_logged_of_people_and_secrets(
    terminal: Terminal, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A whole walk with the loggers of every library open."""
    caplog.set_level(logging.INFO)
    office = write_tables(tmp_path / "office")
    created = terminal.call("school", "import", office, "--json").events[0]
    account = terminal.call("school", "account", "new", "--role", "pupil", "90-1", "--json").events[0]
    terminal.call("school", "award", results(tmp_path))
    out = tmp_path / "out"
    errors = [
        terminal.call("school", "export", "--out", tmp_path / "school.zip").err,
        terminal.call("credential", "export", "--all", "--out", out).err,
        terminal.call("credential", "verify", *out.iterdir(), "--json").err,
        terminal.call("credential", "issue", *issue_arguments("77")[2:]).err,
        terminal.call("credential", "revoke", "Птичкина", "--reason", "error", "--yes").err,
        terminal.call("doctor").err,
    ]
    said = caplog.text + "".join(errors)
    for secret in (*NAMES, created["password"], account["password"]):
        assert secret not in said
