"""The README tells the truth: its commands, its example, its tables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from portfolio.cli.main import root
from portfolio.settings import Settings
from tests.house.repository import README, REPOSITORY, fenced_blocks, first_column


class Watched(Mapping[str, str]):
    """An environment with nothing in it that remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


# --- the two commands


def test_the_first_two_blocks_are_one_command_each() -> None:
    for _, text in fenced_blocks()[:2]:
        assert text.count("\n") == 1
        assert not text.startswith(("$", "#", ">", "git "))


def test_the_first_command_serves_the_demo_and_the_second_runs_the_tests() -> None:
    (_, first), (_, second) = fenced_blocks()[:2]
    assert first.rstrip().endswith("/portfolio demo")
    assert second.rstrip().endswith("/pytest")


def test_the_commands_install_from_locks_that_are_there() -> None:
    for _, text in fenced_blocks()[:2]:
        (lock,) = re.findall(r" -r (\S+)", text)
        assert (REPOSITORY / lock).is_file()


def test_ci_runs_the_commands_that_the_readme_shows() -> None:
    for number, (_, text) in enumerate(fenced_blocks()[:2], 1):
        printed = subprocess.run(
            [sys.executable, REPOSITORY / ".ci" / "fenced.py", str(number)], capture_output=True, text=True, check=True
        ).stdout
        assert printed == text
    run = (REPOSITORY / ".ci" / "run").read_text("utf-8")
    assert "$(.ci/fenced.py 1)" in run
    assert run.rstrip().splitlines()[-1] == 'bash -euo pipefail -c "$(.ci/fenced.py 2)"'


# --- the library example


def test_the_example_prints_what_it_says(tmp_path: Path) -> None:
    (example,) = [text for language, text in fenced_blocks() if language == "python"]
    program = [line for line in example.splitlines() if line.strip()]
    assert sum(not line.startswith(("from ", "import ")) for line in program) <= 10
    expected = program[-1].rpartition("# ")[2]
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.strip() == expected


# --- the tables


def test_every_setting_is_in_the_table() -> None:
    environment = Watched()
    Settings.from_env(environment)
    assert environment.asked == set(first_column("Settings"))


def test_the_defaults_in_the_table_are_the_defaults() -> None:
    settings = Settings.from_env({})
    said = {name: cells[0].strip("`") for name, cells in first_column("Settings").items()}
    assert Path(said["PORTFOLIO_HOME"]).absolute() == settings.home
    assert said["PORTFOLIO_TZ"] == str(settings.timezone)
    assert said["PORTFOLIO_LOCALE"] == settings.locale
    assert said["PORTFOLIO_PROXIES"] == str(settings.proxies)
    assert settings.base_url is None
    assert settings.database_url.startswith("sqlite:///")


def test_every_command_is_in_the_table() -> None:
    assert {f"portfolio {name}" for name in _commands(root)} == set(first_column("The command line"))


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))
    else:
        yield " ".join(path)


# --- the links


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in (README, *(REPOSITORY / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_format_and_decision_is_found_from_the_index() -> None:
    index = (REPOSITORY / "docs" / "README.md").read_text("utf-8")
    formats = {path.name for path in (REPOSITORY / "docs" / "formats").glob("*.md")}
    assert {name for name in formats if f"formats/{name}" not in index} == set()
