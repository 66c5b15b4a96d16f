"""``credential verify``: its exit codes are verdicts, so nothing else may use them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import EXPECTED, Terminal

Demo = tuple[Terminal, dict[str, Any]]


@pytest.fixture
def looking(terminal: Terminal, demo: tuple[Path, dict[str, Any]]) -> Terminal:
    """A terminal in front of the demo home itself, for looking only."""
    terminal.home = demo[0]
    return terminal


@pytest.mark.parametrize(
    ("state", "code"), [*EXPECTED.items(), ("altered", 1), ("unreadable", 1), ("issuer_unknown", 4)]
)
def test_the_exit_code_is_the_verdict(looking: Terminal, files: dict[str, Path], state: str, code: int) -> None:
    answer = looking.call("credential", "verify", files[state])
    assert answer.code == code, answer.said
    event = looking.call("credential", "verify", "--json", files[state]).events
    assert len(event) == 1
    assert (event[0]["state"], event[0]["exit_code"], event[0]["verified"]) == (state, code, code == 0)
    assert event[0]["file"] == os.fspath(files[state])
    assert [step["step"] for step in event[0]["steps"]][:3] == ["signature", "structure", "issuer"]


def test_a_status_that_cannot_be_told(demo_terminal: Demo, files: dict[str, Path]) -> None:
    import sqlite3

    terminal, _ = demo_terminal
    with sqlite3.connect(terminal.home / "portfolio.sqlite3") as connection:
        connection.execute("UPDATE status_list SET body = '{}'")
    connection.close()
    assert terminal.call("credential", "verify", files["valid"]).code == 4


@pytest.mark.parametrize(
    ("states", "code"),
    [
        (("valid", "valid"), 0),
        (("valid", "issuer_unknown"), 4),
        (("issuer_unknown", "expired"), 3),
        (("expired", "revoked", "issuer_unknown"), 2),
        (("revoked", "unreadable"), 1),
        (("altered", "valid", "revoked", "expired"), 1),
    ],
)
def test_of_several_files_the_worst(
    looking: Terminal, files: dict[str, Path], states: tuple[str, ...], code: int
) -> None:
    answer = looking.call("credential", "verify", "--json", *(files[state] for state in states))
    assert answer.code == code
    assert [event["state"] for event in answer.events] == list(states)


def test_a_missing_file_or_a_folder_is_a_usage_error(looking: Terminal, files: dict[str, Path], tmp_path: Path) -> None:
    for arguments in ([tmp_path], [tmp_path / "none.json"], [], [files["valid"], tmp_path / "none.json"], ["--what"]):
        answer = looking.call("credential", "verify", *arguments)
        assert (answer.code, answer.out) == (64, ""), answer.said
    assert looking.call("credential", "verify", "--at", "yesterday", files["valid"]).code == 64
    assert looking.call("credential", "verify", files["valid"], "--at").code == 64
    assert looking.call("credential", "verify", files["valid"], "--json=yes").code == 64


def test_a_home_that_is_not_right_is_no_verdict(terminal: Terminal, files: dict[str, Path]) -> None:
    for settings in ({"PORTFOLIO_LOCALE": "fr"}, {"PORTFOLIO_HOEM": "x"}, {"DATABASE_URL": "mysql://x"}):
        assert terminal.call("credential", "verify", files["valid"], **settings).code == 64
    terminal.home.mkdir(mode=0o700)
    (terminal.home / "keys").mkdir(mode=0o700)
    assert terminal.call("credential", "verify", files["valid"]).code == 64, "tables are missing"
    (terminal.home / "portfolio.sqlite3").write_bytes(b"not a database" * 100)
    assert terminal.call("credential", "verify", files["valid"]).code == 64


def test_a_disk_that_fails_is_no_verdict(
    looking: Terminal, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.open

    def fail(self: Path, *arguments: Any, **named: Any) -> Any:
        if self == files["valid"]:
            raise OSError(5, "Input/output error", os.fspath(self))
        return whole(self, *arguments, **named)

    monkeypatch.setattr(Path, "open", fail)
    answer = looking.call("credential", "verify", files["valid"])
    assert (answer.code, answer.out) == (64, "")
    assert "диск сообщил об ошибке" in answer.err


def test_without_a_home_nothing_is_made(terminal: Terminal, files: dict[str, Path]) -> None:
    answer = terminal.call("credential", "verify", "--json", files["valid"], files["altered"])
    assert [event["state"] for event in answer.events] == ["issuer_unknown", "issuer_unknown"]
    assert answer.code == 4
    assert terminal.call("credential", "verify", files["unreadable"]).code == 1
    assert not terminal.home.exists()


def test_a_strangers_file_is_altered_without_a_home_too(
    terminal: Terminal, files: dict[str, Path], tmp_path: Path
) -> None:
    document = json.loads(files["issuer_unknown"].read_bytes())
    changed = tmp_path / "changed.json"
    document["credentialSubject"]["narrative"] = "другое"
    changed.write_text(json.dumps(document), "utf-8")
    assert terminal.call("credential", "verify", files["issuer_unknown"]).code == 4
    assert terminal.call("credential", "verify", changed).code == 1


def test_as_of_another_day(looking: Terminal, files: dict[str, Path]) -> None:
    def state(name: str, moment: str) -> str:
        return str(looking.call("credential", "verify", "--json", "--at", moment, files[name]).events[0]["state"])

    assert state("valid", "2001-01-01T00:00:00Z") == "not_yet_valid"
    assert state("not_yet_valid", "2101-01-01") == "valid"
    assert state("valid", "2101-01-01T00:00:00+07:00") == "valid"


def test_people_read_the_state_and_who_stands_for_it(looking: Terminal, files: dict[str, Path]) -> None:
    russian = looking.call("credential", "verify", files["valid"])
    assert "Подтверждено" in russian.out
    assert "Ёлкина" in russian.out, "whoever has the file may read it"
    english = looking.call("credential", "verify", files["valid"], PORTFOLIO_LOCALE="en")
    assert "Verified" in english.out
    altered = looking.call("credential", "verify", files["altered"])
    assert "Поддельный" not in altered.said, "nothing of an altered file is shown as fact"
    assert "Ёлкина" not in altered.said


@pytest.mark.parametrize("size", [9 * 1024 * 1024, 50 * 1024 * 1024])
def test_a_huge_file_is_refused_unread(looking: Terminal, tmp_path: Path, size: int) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(size)
    assert looking.call("credential", "verify", path).code == 1


def test_a_file_name_of_another_encoding(looking: Terminal, files: dict[str, Path], tmp_path: Path) -> None:
    name = tmp_path / os.fsdecode("Справка.json".encode("cp1251"))
    shutil.copy(files["valid"], name)
    for flags in ([], ["--json"]):
        answer = looking.run("credential", "verify", *flags, name)
        assert (answer.code, answer.err) == (0, "")
        assert answer.out


def test_a_reader_that_goes_away(looking: Terminal, files: dict[str, Path]) -> None:
    process = looking.start("credential", "verify", "--json", *[files["valid"]] * 40)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141, "neither a verdict nor a success"
    assert err == ""


def test_a_terminal_that_knows_no_cyrillic(looking: Terminal, files: dict[str, Path]) -> None:
    answer = looking.run("credential", "verify", files["valid"], PYTHONIOENCODING="latin-1")
    assert answer.code == 0
    assert "\\u041f" in answer.out
