"""Help is there for every command, in both languages, and true."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from portfolio import __version__
from portfolio.cli.main import root
from tests.cli.conftest import Terminal


def commands(command: click.Command = root, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))


EVERY = sorted(commands())
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


def test_the_commands_of_the_product() -> None:
    named = {" ".join(path) for path in EVERY}
    assert {
        "demo",
        "serve",
        "doctor",
        "db upgrade",
        "db status",
        "keys list",
        "keys new",
        "keys document",
        "school create",
        "school import",
        "school award",
        "school account new",
        "school export",
        *(f"credential {name}" for name in ("issue", "verify", "revoke", "suspend", "reinstate", "list", "export")),
    } <= named


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_help_in_russian_and_english(terminal: Terminal, path: tuple[str, ...]) -> None:
    english = terminal.call(*path, "--help", PORTFOLIO_LOCALE="en")
    russian = terminal.call(*path, "-h", PORTFOLIO_LOCALE="ru")
    assert (english.code, russian.code) == (0, 0)
    assert (english.err, russian.err) == ("", "")
    assert not CYRILLIC.search(english.out.replace("11-А", "")), "English help is English"
    for word in ("Usage:", "Options", "Commands", "Show this message"):
        assert word not in russian.out, "Russian help is Russian"
    described = re.findall(r"^  \S.*?  +(\S.*)$", russian.out, re.MULTILINE)
    assert described
    assert all(CYRILLIC.search(text) for text in described), described
    assert not terminal.home.exists(), "help makes nothing"


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_option_and_command_says_what_it_is_for(path: tuple[str, ...]) -> None:
    command: click.Command = root
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_the_version(terminal: Terminal) -> None:
    answer = terminal.call("--version")
    assert (answer.code, __version__ in answer.out) == (0, True)


def test_a_misspelt_command(terminal: Terminal) -> None:
    answer = terminal.call("shcool", "import", "x")
    assert answer.code == 2
    assert "school" in answer.err
    assert terminal.call().code == 2


def test_a_misspelt_language_still_helps(terminal: Terminal) -> None:
    assert terminal.call("--help", PORTFOLIO_LOCALE="fr").code == 0
