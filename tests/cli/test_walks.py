"""Walks from end to end with real processes: nothing of the test runner between the product and the system."""

from __future__ import annotations

import json
import signal
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, results
from tests.services.school_files import write_tables

ROWS = 300


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
    """A table of 300 practices."""
    first = date(2025, 9, 1)
    days = [f"{first + timedelta(days=number):%d.%m.%Y}" for number in range(ROWS // 3)]
    rows = [f"90-{pupil};LATHE;{day};{day};16;N1;H-ALG=3 S-PUNCT=2;Вал.;да" for day in days for pupil in (1, 2, 3)]
    return results(tmp_path, *rows)


# The product itself, in the middle of whose third batch the system sends a signal.
STRUCK = """
import os, signal, sys
from portfolio.cli.main import main
from portfolio.services.record import Recorder

badge, signed = Recorder.badge, []

def struck(self, *arguments, **named):
    signed.append(None)
    if len(signed) == 120:
        os.kill(os.getpid(), signal.{name})
    return badge(self, *arguments, **named)

Recorder.badge = struck
main()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_an_interrupted_award_goes_on_where_it_stopped(school: Terminal, many: Path, name: str) -> None:
    process = school.start("school", "award", many, "--json", program=("-c", STRUCK.replace("{name}", name)))
    out, err = process.communicate(timeout=240)
    if name == "SIGINT":
        assert process.returncode == 130
        assert err.splitlines()[-1].startswith("Прервано"), "and how to go on"
    else:
        assert process.returncode == -signal.SIGKILL
    assert "Traceback" not in err
    assert out == ""
    before = {event["code"] for event in school.call("credential", "list", "--json").events}
    assert len(before) == 100, "two whole batches"
    again = school.run("school", "award", many, "--json")
    assert again.code == 0
    summary = again.events[-1]
    assert (summary["issued"], summary["unchanged"], summary["refused"]) == (ROWS - 100, 100, {})
    after = [event["code"] for event in school.call("credential", "list", "--json").events]
    assert (len(after), len(set(after))) == (ROWS, ROWS)
    assert before <= set(after)


def test_two_awards_at_once_double_nothing(school: Terminal, many: Path) -> None:
    processes = [school.start("school", "award", many, "--json") for _ in range(2)]
    summaries = []
    for process in processes:
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
        summaries.append(json.loads(out.splitlines()[-1]))
    assert sum(summary["issued"] for summary in summaries) == ROWS
    assert len(school.call("credential", "list", "--json").events) == ROWS
