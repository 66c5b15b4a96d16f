"""``portfolio school``: from the office's tables to archives for families."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, issue_arguments, results
from tests.services.issuing import NAMES
from tests.services.school_files import GOOD_ROW, write_tables

CREATE = ("school", "create", "--name", "Школа на берегу", "--base-url")


def test_a_home_is_made_once(terminal: Terminal) -> None:
    answer = terminal.call(*CREATE, "https://school.example", "--json")
    assert (answer.code, answer.err) == (0, "")
    (made,) = answer.events
    assert (made["event"], made["did"], made["login"]) == ("created", "did:web:school.example", "registrar")
    assert made["password"]
    assert "warning" not in made
    assert stat.S_IMODE(terminal.home.stat().st_mode) == 0o700
    again = terminal.call(*CREATE, "https://other.example")
    assert (again.code, again.out) == (2, "")
    assert json.loads(terminal.call("keys", "document").out)["id"] == "did:web:school.example"


@pytest.mark.parametrize("address", ["школа.рф", "https://школа.рф", "https://x.example/path", "https://192.0.2.1"])
def test_an_address_that_cannot_be_one(terminal: Terminal, address: str) -> None:
    answer = terminal.call(*CREATE, address)
    assert (answer.code, answer.out) == (2, "")
    assert "https://portfolio.school.ru" in answer.err
    assert terminal.call(*CREATE, "https://school.example").code == 0


def test_a_loopback_address_is_not_for_paper(terminal: Terminal) -> None:
    answer = terminal.call(*CREATE, "http://localhost:8000")
    assert answer.code == 0
    assert "http://localhost:8000" in answer.err


def test_import_on_an_empty_home_makes_it_and_says_so(terminal: Terminal, tmp_path: Path) -> None:
    answer = terminal.call("school", "import", write_tables(tmp_path / "office"), "--json")
    assert answer.code == 3, "one row is refused"
    created, *refused, summary = answer.events
    assert (created["event"], created["base_url"]) == ("created", "http://localhost:8000")
    assert created["warning"]
    assert created["password"]
    assert [event["event"] for event in refused] == ["refused"]
    assert (refused[0]["file"], refused[0]["row"], refused[0]["code"]) == ("pupils.csv", 6, "bad_birth_date")
    assert summary["event"] == "summary"
    assert summary["files"]["pupils.csv"] == {"rows": 5, "accepted": 3, "unchanged": 1, "refused": 1}
    again = terminal.call("school", "import", tmp_path / "office", "--json")
    assert [event["event"] for event in again.events] == ["refused", "summary"]


def test_people_read_what_was_made(terminal: Terminal, tmp_path: Path) -> None:
    answer = terminal.call("school", "import", write_tables(tmp_path / "office"))
    assert "did:web:localhost%3A8000" in answer.out
    assert "registrar" in answer.out
    assert "localhost" in answer.err, "and the warning that this is not for paper"
    assert "pupils-to-correct.csv" in answer.out


def test_a_preview_changes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    office = write_tables(tmp_path / "office")
    answer = terminal.call("school", "import", office, "--dry-run", "--json")
    assert answer.code == 3
    assert [event["event"] for event in answer.events] == ["refused", "summary"]
    assert answer.events[-1]["files"]["pupils.csv"]["accepted"] == 3
    assert answer.events[-1]["dry_run"] is True
    assert not terminal.home.exists(), "not even a home"
    terminal.call("db", "upgrade")
    assert terminal.call("school", "import", office, "--dry-run").code == 3
    assert terminal.call("keys", "list").code == 2, "still no school"
    real = terminal.call("school", "import", office, "--json")
    assert real.events[-1]["files"] == answer.events[-1]["files"]


def test_a_folder_without_tables(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "none"):
        answer = terminal.call("school", "import", folder, "--dry-run")
        assert (answer.code, answer.out) == (2, "")
        assert answer.err


def test_award_and_award_again(school: Terminal, tmp_path: Path) -> None:
    table = results(tmp_path, GOOD_ROW, GOOD_ROW.replace("90-1", "90-9"), GOOD_ROW.replace(";да", ";нет"))
    answer = school.call("school", "award", table, "--json")
    assert answer.code == 3
    *refused, summary = answer.events
    assert [(event["event"], event["code"], event["row"]) for event in refused] == [("refused", "unknown_pupil", 3)]
    assert summary == {
        "event": "summary",
        "rows": 3,
        "issued": 1,
        "unchanged": 0,
        "not_completed": 1,
        "refused": {"unknown_pupil": 1},
    }
    again = school.call("school", "award", table, "--json").events[-1]
    assert (again["issued"], again["unchanged"]) == (0, 1)
    assert "3/3" in answer.err
    assert school.call("school", "award", results(tmp_path / "good")).code == 0


def test_award_without_a_school(terminal: Terminal, tmp_path: Path) -> None:
    answer = terminal.call("school", "award", results(tmp_path))
    assert (answer.code, answer.out) == (2, "")
    assert "portfolio school create" in answer.err
    assert not terminal.home.exists()


def test_accounts(school: Terminal) -> None:
    first = school.call("school", "account", "new", "--role", "pupil", "90-1", "--json").events[0]
    second = school.call("school", "account", "new", "--role", "pupil", "90-1", "--json").events[0]
    assert (first["event"], first["login"], second["login"]) == ("account", "90-1", "90-1")
    assert first["password"] != second["password"]
    spoken = school.call("school", "account", "new", "--role", "mentor", "N1")
    assert (spoken.code, "n1" in spoken.out) == (0, True)
    for role, person in (("pupil", "90-77"), ("mentor", "90-1"), ("mentor", "\udcff"), ("director", "N1")):
        answer = school.call("school", "account", "new", "--role", role, person)
        assert (answer.code, answer.out) == (2, "")


def test_export_of_a_class_of_a_pupil_and_of_everybody(school: Terminal, tmp_path: Path) -> None:
    for pupil in ("90-1", "90-3"):
        assert school.call(*issue_arguments(pupil)).code == 0

    def packed(*arguments: str) -> tuple[int, set[str]]:
        out = tmp_path / "out.zip"
        answer = school.call("school", "export", *arguments, "--out", out, "--json")
        assert answer.code == 0
        (summary,) = answer.events
        assert summary["event"] == "summary"
        with zipfile.ZipFile(out) as archive:
            return summary["packed"], {name.split("/")[1] for name in archive.namelist() if "/" in name}

    assert packed() == (2, {"90-1", "90-3"})
    assert packed("--class", "9a") == (1, {"90-1"}), "as it is typed"
    assert packed("--pupil", "90-3") == (1, {"90-3"})
    for arguments in (("--class", "1-Я"), ("--pupil", "77"), ("--class", "10-Б", "--pupil", "90-1")):
        answer = school.call("school", "export", *arguments, "--out", tmp_path / "none.zip")
        assert (answer.code, answer.out) == (2, "")
    assert not (tmp_path / "none.zip").exists()


def test_nothing_that_is_said_of_a_row_names_a_person(terminal: Terminal, tmp_path: Path) -> None:
    office = write_tables(tmp_path / "office")
    table = results(tmp_path, GOOD_ROW, GOOD_ROW.replace("90-1", "90-9"), GOOD_ROW.replace("N1", "N2"))
    for answer in (
        terminal.call("school", "import", office),
        terminal.call("school", "import", office, "--json"),
        terminal.call("school", "award", table),
        terminal.call("school", "award", table, "--json"),
    ):
        for name in NAMES:
            assert name not in answer.said


def test_a_token_is_shown_once(terminal: Terminal, tmp_path: Path) -> None:
    terminal.call("school", "import", write_tables(tmp_path / "office"))
    answer = terminal.call("school", "token", "new", "МАЯК", "--label", "учёт", "--json")
    assert (answer.code, answer.err) == (0, "")
    (made,) = answer.events
    assert made["issuer"] == "did:web:localhost%3A8000:o:1025400000001"
    assert len(made["token"]) == 43
    listed = terminal.call("school", "token", "list")
    assert "учёт" in listed.out
    assert made["token"] not in listed.out
    assert [found["id"] for found in terminal.call("school", "token", "list", "--json").events] == [made["id"]]
    assert terminal.call("school", "token", "revoke", str(made["id"])).code == 0
    assert terminal.call("school", "token", "revoke", str(made["id"])).code == 2
    assert terminal.call("school", "token", "new", "НЕТ").code == 2
    shown = terminal.call("school", "token", "new", "1025400000002")
    assert "did:web:localhost%3A8000:o:1025400000002" in shown.out
