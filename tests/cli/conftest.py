"""The command line as a person or a program meets it: arguments in, two streams and an exit code out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from portfolio.cli.main import main
from tests.conftest import REPOSITORY
from tests.services.school_files import GOOD_ROW, write_results, write_tables

TIMEOUT = 240
# The states that the demo has a credential for, and what `credential verify` answers.
EXPECTED = {"valid": 0, "revoked": 2, "suspended": 2, "expired": 3, "not_yet_valid": 3}


@dataclass(frozen=True)
class Answer:
    """What one command said. out, err: the streams as text."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON events of stdout; anything else in it is a failure."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err


@dataclass
class Terminal:
    """Runs commands with a home of their own. Inside this process by ``call``, as a real process by ``run``."""

    home: Path
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    settings: dict[str, str] = field(default_factory=dict)

    def call(self, *arguments: str | Path, **settings: str) -> Answer:
        """One command, as ``portfolio`` runs it."""
        with self.monkeypatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("PORTFOLIO_") or name == "DATABASE_URL"]:
                patch.delenv(name)
            for name, value in self.environment(**settings).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["portfolio", *map(os.fspath, arguments)])
            self.capture.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
            captured = self.capture.readouterr()
        assert isinstance(ended.value.code, int)
        return self._checked(Answer(ended.value.code, captured.out, captured.err))

    def run(self, *arguments: str | Path, **settings: str) -> Answer:
        """The same as a process of its own."""
        process = self.start(*arguments, **settings)
        out, err = process.communicate(timeout=TIMEOUT)
        return self._checked(Answer(process.returncode, out, err))

    def start(
        self, *arguments: str | Path, program: Sequence[str] = ("-m", "portfolio"), **settings: str
    ) -> subprocess.Popen[str]:
        """A process that is left running. program: what Python runs."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
        environment.pop("DATABASE_URL", None)
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=REPOSITORY,
            env={**environment, **self.environment(**settings)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
        )

    def environment(self, **settings: str) -> Mapping[str, str]:
        return {"PORTFOLIO_HOME": os.fspath(self.home), **self.settings, **settings}

    def _checked(self, answer: Answer) -> Answer:
        assert "Traceback" not in answer.said, answer.said
        return answer


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal in front of a home that does not exist yet."""
    return Terminal(tmp_path / "home", monkeypatch, capsys)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A demo home and its table, seeded once; not to be changed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    finished = subprocess.run(
        [sys.executable, "-m", "portfolio", "demo", "--no-serve", "--json"],
        cwd=REPOSITORY,
        env={**environment, "PORTFOLIO_HOME": os.fspath(home)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=True,
    )
    return home, json.loads(finished.stdout)


@pytest.fixture(scope="session")
def files(demo: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file for each state that the demo has."""
    from portfolio.bootstrap import opened
    from portfolio.services import register
    from portfolio.services.authorize import OPERATOR
    from portfolio.settings import Settings

    home, table = demo
    folder = tmp_path_factory.mktemp("files")
    found = {}
    with opened(Settings.from_env({"PORTFOLIO_HOME": os.fspath(home)})) as house:
        for state in EXPECTED:
            found[state] = folder / f"{state}.json"
            found[state].write_bytes(register.credential_file(house.ports, OPERATOR, table["codes"][state]))
    found["altered"], found["issuer_unknown"] = (Path(table["files"][name]) for name in ("altered", "unknown_issuer"))
    found["unreadable"] = folder / "unreadable.json"
    found["unreadable"].write_bytes(b"\x89PNG\r\n")
    return found


@pytest.fixture
def demo_terminal(terminal: Terminal, demo: tuple[Path, dict[str, Any]]) -> tuple[Terminal, dict[str, Any]]:
    """A terminal in front of a copy of the demo home, and the demo's table."""
    home, table = demo
    shutil.copytree(home, terminal.home)
    return terminal, table


@pytest.fixture(scope="session")
def _school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the small school in it."""
    home = tmp_path_factory.mktemp("school") / "home"
    office = write_tables(home.parent / "office")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTFOLIO_")}
    for arguments in (
        ["school", "create", "--name", "Школа на берегу", "--base-url", "https://school.example"],
        ["school", "import", os.fspath(office)],
    ):
        finished = subprocess.run(
            [sys.executable, "-m", "portfolio", *arguments],
            cwd=REPOSITORY,
            env={**environment, "PORTFOLIO_HOME": os.fspath(home)},
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert finished.returncode in (0, 3), finished.stderr
    return home


@pytest.fixture
def school(terminal: Terminal, _school: Path) -> Terminal:
    """A terminal in front of a copy of the small school's home, people imported, nothing issued."""
    shutil.copytree(_school, terminal.home)
    return terminal


def results(folder: Path, *rows: str) -> Path:
    """A table of practice results; one good row unless others are given."""
    return write_results(folder / "office", *(rows or (GOOD_ROW,)))


def issue_arguments(pupil: str = "90-1", start: str = "2026-03-16", **more: str) -> Sequence[str]:
    """The arguments of ``credential issue``."""
    members = {"programme": "LATHE", "mentor": "N1", "end": start, "hours": "16", "level": "H-ALG=3", **more}
    named = [part for name, value in members.items() for part in (f"--{name}", value)]
    return ["credential", "issue", "--pupil", pupil, "--start", start, *named]
