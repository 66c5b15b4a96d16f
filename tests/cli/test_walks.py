"""Walks from end to end with real processes: nothing of the test runner between the product and the system."""

from __future__ import annotations

import json
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, results
from tests.services.school_files import write_tables

ROWS = 900


def test_import_award_export_verify(terminal: Terminal, tmp_path: Path) -> None:
    office = write_tables(tmp_path / "office")
    assert terminal.run("school", "import", office, "--json").code == 3
    award = terminal.run("school", "award", results(tmp_path), "--json")
    assert (award.code, award.events[-1]["issued"]) == (0, 1)
    out = tmp_path / "out"
    assert terminal.run("credential", "export", "--all", "--out", out, "--json").code == 0
    verified = terminal.run("credential", "verify", *out.iterdir(), "--json")
    assert (verified.code, [event["state"] for event in verified.events]) == (0, ["valid"])
    assert terminal.run("credential", "verify", tmp_path).code == 64


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A table of 900 practices."""
    first = date(2025, 9, 1)
    days = [f"{first + timedelta(days=number):%d.%m.%Y}" for number in range(ROWS // 3)]
    rows = [f"90-{pupil};LATHE;{day};{day};16;N1;H-ALG=3 S-PUNCT=2;Вал.;да" for day in days for pupil in (1, 2, 3)]
    return results(tmp_path, *rows)


def test_an_interrupted_award_goes_on_where_it_stopped(school: Terminal, many: Path) -> None:
    process = school.start("school", "award", many, "--json")
    assert process.stderr is not None
    assert "50/" in process.stderr.readline(), "the first batch is signed"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "summary" not in out
    assert err.strip(), "it says how to go on"
    before = [event["code"] for event in school.call("credential", "list", "--json").events]
    assert 50 <= len(before) < ROWS
    assert len(before) % 50 == 0, "batches are whole"
    again = school.run("school", "award", many, "--json")
    assert again.code == 0
    summary = again.events[-1]
    assert (summary["rows"], summary["issued"] + summary["unchanged"]) == (ROWS, ROWS)
    assert summary["unchanged"] == len(before)
    after = [event["code"] for event in school.call("credential", "list", "--json").events]
    assert (len(after), len(set(after))) == (ROWS, ROWS)
    assert set(before) <= set(after)


def test_a_killed_award_doubles_nothing(school: Terminal, many: Path) -> None:
    process = school.start("school", "award", many, "--json")
    assert process.stderr is not None
    process.stderr.readline()
    process.kill()
    process.communicate(timeout=60)
    again = school.run("school", "award", many, "--json")
    assert again.code == 0
    summary = again.events[-1]
    assert (summary["issued"] + summary["unchanged"], summary["refused"]) == (ROWS, {})
    assert len(school.call("credential", "list", "--json").events) == ROWS


def test_two_awards_at_once_double_nothing(school: Terminal, many: Path) -> None:
    processes = [school.start("school", "award", many, "--json") for _ in range(2)]
    summaries = []
    for process in processes:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        summaries.append(json.loads(out.splitlines()[-1]))
    assert sum(summary["issued"] for summary in summaries) == ROWS
    assert len(school.call("credential", "list", "--json").events) == ROWS
