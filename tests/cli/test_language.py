"""Whatever goes wrong at the command line is said in the person's language: click's own sentences, and our faults."""

from __future__ import annotations

import ast
import errno
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import click.core
import click.exceptions
import click.parser
import click.termui
import click.types
import pytest

from portfolio.cli import click_words, localized
from portfolio.cli.main import root
from portfolio.messages import _SYSTEM_REASONS, system_reason
from tests.cli.conftest import Answer, Terminal, issue_arguments

CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)

# Each way of typing a command wrongly, the class that click raises for it, and what is said in English and in Russian.
WRONG = {
    "no such command": (
        ["shcool"],
        click.exceptions.NoSuchCommand,
        ["No such command 'shcool'.", "Did you mean 'school'?"],
        ["Нет команды 'shcool'.", "Может быть, 'school'?"],
    ),
    "no such option": (
        ["doctor", "--jsn"],
        click.exceptions.NoSuchOption,
        ["No such option '--jsn'.", "Did you mean '--json'?"],
        ["Нет параметра '--jsn'.", "Может быть, '--json'?"],
    ),
    "no such option, several near": (
        ["credential", "issue", "--en"],
        click.exceptions.NoSuchOption,
        ["No such option '--en'.", "(Did you mean one of:"],
        ["Нет параметра '--en'.", "(Может быть, одно из:"],
    ),
    "missing argument": (
        ["school", "import"],
        click.exceptions.MissingParameter,
        ["Error: Missing argument 'FOLDER'."],
        ["Ошибка: Не указан аргумент 'FOLDER'."],
    ),
    "missing option": (
        ["school", "create", "--name", "x"],
        click.exceptions.MissingParameter,
        ["Missing option '--base-url'."],
        ["Не указан параметр '--base-url'."],
    ),
    "missing choice": (
        ["school", "account", "new", "90-1"],
        click.exceptions.MissingParameter,
        ["Missing option '--role'. Choose from:"],
        ["Не указан параметр '--role'. Выберите из:"],
    ),
    "bad choice": (
        ["school", "account", "new", "--role", "king", "1"],
        click.exceptions.BadParameter,
        ["Invalid value for '--role': 'king' is not one of 'pupil',"],
        ["Неверное значение '--role': 'king': допустимы только 'pupil',"],
    ),
    "no number": (
        ["credential", "issue", "--hours", "many"],
        click.exceptions.BadParameter,
        ["'many' is not a valid whole number."],
        ["'many': не подходит, нужно целое число."],
    ),
    "out of range": (
        ["serve", "--port", "70000"],
        click.exceptions.BadParameter,
        ["70000 is not in the range 1<=x<=65535."],
        ["70000 вне границ 1<=x<=65535."],
    ),
    "no such file": (
        ["school", "award", "nowhere.csv"],
        click.exceptions.BadParameter,
        ["File 'nowhere.csv' does not exist."],
        ["Файл 'nowhere.csv': такого нет."],
    ),
    "a folder for a file": (
        ["school", "award", "."],
        click.exceptions.BadParameter,
        ["File '.' is a directory."],
        ["Файл '.': это папка."],
    ),
    "a file for a folder": (
        ["school", "import", "README.md"],
        click.exceptions.BadParameter,
        ["Directory 'README.md' is a file."],
        ["Папка 'README.md': это файл."],
    ),
    "an option without its value": (
        ["credential", "list", "--query"],
        click.exceptions.BadOptionUsage,
        ["Option '--query' requires an argument."],
        ["Параметру '--query' нужно значение."],
    ),
    "a flag with a value": (
        ["doctor", "--json=yes"],
        click.exceptions.BadOptionUsage,
        ["Option '--json' does not take a value."],
        ["Параметр '--json' не принимает значения."],
    ),
    "one argument too many": (
        ["credential", "suspend", "one", "two"],
        click.exceptions.UsageError,
        ["Got unexpected extra argument (two)"],
        ["Лишний аргумент (two)"],
    ),
    "two arguments too many": (
        ["credential", "suspend", "one", "two", "three"],
        click.exceptions.UsageError,
        ["Got unexpected extra arguments (two three)"],
        ["Лишние аргументы (two three)"],
    ),
    "our own": (
        ["credential", "export", "--out", "x"],
        click.exceptions.UsageError,
        ["Error: Name credentials by code or id, or say --all."],
        ["Ошибка: Укажите коды или номера id подтверждений"],
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=list(WRONG))
def test_a_wrong_command_line(
    terminal: Terminal, case: tuple[list[str], type[click.UsageError], list[str], list[str]]
) -> None:
    arguments, kind, english, russian = case
    with pytest.raises(click.UsageError) as caught:
        root.main(arguments, prog_name="portfolio", standalone_mode=False)
    assert type(caught.value) is kind
    for locale, expected, others in (("en", english, russian), ("ru", russian, english)):
        answer = terminal.call(*arguments, PORTFOLIO_LOCALE=locale)
        assert (answer.code, answer.out) == (2, "")
        said = " ".join(answer.err.split())
        assert all(part in said for part in expected), answer.err
        assert not any(part in said for part in others), answer.err
        help_line = "Try 'portfolio" if locale == "en" else "Справка: 'portfolio"
        assert help_line in answer.err
    assert not terminal.home.exists()


def test_every_class_of_a_usage_error_was_there() -> None:
    """All but those that no command can raise: arguments of a fixed number above one, and files that click opens itself."""
    classes = {click.UsageError, *_below(click.UsageError)}
    unused = {click.exceptions.BadArgumentUsage, click.exceptions.NoArgsIsHelpError}
    assert {case[1] for case in WRONG.values()} == classes - unused


def _below(kind: type) -> Iterator[type]:
    for inner in kind.__subclasses__():
        if inner.__module__.startswith("click."):
            yield inner
            yield from _below(inner)


def test_a_group_alone_shows_its_help(terminal: Terminal) -> None:
    answer = terminal.call("school", PORTFOLIO_LOCALE="ru")
    assert answer.code == 2
    assert "Как вызвать: portfolio school" in answer.said
    assert "Usage" not in answer.said


def test_the_types_of_every_parameter_have_names_in_both_languages() -> None:
    """A type that is not among these says sentences of its own: translate them in ``click_words`` first."""
    known = (click.Path, click.Choice, click.types.IntParamType, click.types.StringParamType, click.types.BoolParamType)
    for path, command in _commands(root):
        for parameter in command.params:
            assert isinstance(parameter.type, known), (*path, parameter.name)


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*path, name))


# What click could say and no command of ours can make it say.
NEVER = {
    "Aborted!",  # standalone mode
    "deprecated",
    "DeprecationWarning: The command {name!r} is deprecated.{extra_message}",
    "DeprecationWarning: The {param_type} {name!r} is deprecated.{extra_message}",
    "Options",  # our own help
    "Commands",
    "Positional arguments",
    "Value must be an iterable.",
    "(dynamic)",
    "env var: {var}",
    "Missing parameter",
    "Missing {param_type}",
    "Missing parameter: {param_name}",
    "unknown error",  # click.File
    "Could not open file {filename!r}: {message}",
    "Choice({choices})",
    "{value!r} is not a valid boolean. Recognized values: {states}",
    "{value!r} is not a valid UUID.",
    "{value!r} does not match the format {format}.",
    "{len_type} values are required, but {len_value} was given.",
    "Unknown color {colour!r}",
    "Press any key to continue...",
    "Repeat for confirmation",
    "Error: The two entered values do not match.",
    "Error: invalid input",  # click.confirm; ours asks otherwise
    # a programmer's mistakes
    "Invalid start character for option ({option})",
    "Name '{name}' defined twice",
    "Could not determine name for option with declarations {decls!r}",
    "No options defined but a name was passed ({name}). Did you mean to declare an argument instead? "
    "Did you mean to pass '--{name}'?",
    "Arguments take exactly one parameter declaration, got {length}: {decls}.",
    "Boolean option {decl!r} cannot use the same flag for true/false.",
}


def test_click_says_nothing_that_the_catalogue_does_not_know() -> None:
    """And the other way round: a new version of click that says it in other words is noticed."""
    said: set[str] = set()
    for module in (click.core, click.exceptions, click.parser, click.termui, click.types):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
                said |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    known = {*click_words.SENTENCES, *(singular for singular, _ in click_words.PLURALS)}
    assert said - known - NEVER == set()
    assert known - said <= {"required", "whole number"}  # looked up by a variable; ours


# --- questions


@pytest.mark.parametrize(("typed", "goes_on"), [("y", True), ("Да", True), ("", False), ("n", False), ("нет", False)])
def test_a_question(monkeypatch: pytest.MonkeyPatch, typed: str, *, goes_on: bool) -> None:
    asked: list[str] = []
    monkeypatch.setattr(click.termui, "visible_prompt_func", lambda text: asked.append(text) or typed)
    monkeypatch.setenv("PORTFOLIO_LOCALE", "ru")
    if goes_on:
        localized.confirm("Продолжить?")
    else:
        with pytest.raises(click.Abort):
            localized.confirm("Продолжить?")


def test_an_interruption(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(root, "invoke", interrupted)
    assert "Прервано" in terminal.call("doctor", PORTFOLIO_LOCALE="ru").err
    assert "Interrupted" in terminal.call("doctor", PORTFOLIO_LOCALE="en").err


# --- faults of the settings, the home, the keys, the database, the machine


def both(terminal: Terminal, *arguments: str, **settings: str) -> tuple[Answer, Answer]:
    """The same command in English and in Russian; the English has no Cyrillic, each Russian line has."""
    english = terminal.call(*arguments, **settings, PORTFOLIO_LOCALE="en")
    russian = terminal.call(*arguments, **settings, PORTFOLIO_LOCALE="ru")
    assert english.code == russian.code == 2
    assert not CYRILLIC.search(english.said), english.said
    for line in russian.said.splitlines():
        assert CYRILLIC.search(line), line
    return english, russian


def test_settings(terminal: Terminal) -> None:
    both(terminal, "doctor", PORTFOLIO_HOEM="x", PORTFOLIO_TZ="Mars/Olympus", PORTFOLIO_PROXIES="many")
    for address in ("school.example", "https://", "https://a.example/b", "https://школа.рф", "https://a:b:c"):
        both(terminal, "doctor", PORTFOLIO_BASE_URL=address)
    for address in ("mysql://localhost", "sqlite:///:memory:", "sqlite:////proc/nowhere/x"):
        both(terminal, "db", "upgrade", DATABASE_URL=address)
    english = terminal.call("doctor", PORTFOLIO_LOCALE="fr")
    assert "PORTFOLIO_LOCALE: должен быть одним из: ru, en" in english.err


def test_homes(terminal: Terminal, tmp_path: Path) -> None:
    both(terminal, "doctor")
    (tmp_path / "file").write_bytes(b"")
    both(terminal, "db", "upgrade", PORTFOLIO_HOME=os.fspath(tmp_path / "file"))
    both(terminal, "db", "upgrade", PORTFOLIO_HOME=os.fspath(tmp_path / "file" / "below"))
    both(terminal, "db", "upgrade", PORTFOLIO_HOME="/proc/nowhere")


def test_databases(terminal: Terminal, school: Terminal) -> None:
    import sqlite3

    with sqlite3.connect(school.home / "portfolio.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    both(school, "credential", "list")
    (school.home / "portfolio.sqlite3").write_bytes(b"not a database" * 1000)
    both(school, "credential", "list")
    (school.home / "portfolio.sqlite3").unlink()
    english, _ = both(school, "credential", "list")
    assert "portfolio db upgrade" in english.err
    assert school.call("db", "upgrade").code == 0
    english, _ = both(school, "keys", "document")
    assert "portfolio school create" in english.err


def test_keys(school: Terminal) -> None:
    key = next((school.home / "keys" / "own").iterdir())
    key.chmod(0o644)
    both(school, "keys", "list")
    key.chmod(0o600)
    whole = key.read_bytes()
    for damaged in (b"{", whole.replace(b'"v": 1', b'"v": 2'), whole.replace(b'"own"', b'"1025400000001"')):
        key.write_bytes(damaged)
        both(school, "keys", "list")
    key.write_bytes(whole)
    secret = school.home / "keys" / "machine.secret"
    secret.write_bytes(b"short")
    both(school, "keys", "list")
    secret.unlink()
    both(school, "keys", "list")
    (school.home / "keys" / "own").rename(school.home / "kept")
    english, _ = both(school, *issue_arguments())
    assert "portfolio keys new" in english.err


def test_the_doctor_and_his_remedies(school: Terminal) -> None:
    school.home.chmod(0o755)
    for arguments in (("doctor",), ("doctor", "--json")):
        english = school.call(*arguments, PORTFOLIO_LOCALE="en")
        russian = school.call(*arguments, PORTFOLIO_LOCALE="ru")
        assert "Run: chmod 700" in english.out
        assert "Выполните: chmod 700" in russian.out
    (school.home / "portfolio.sqlite3").unlink()
    english, russian = both(school, "doctor")
    assert "run: portfolio db upgrade" in english.out
    assert "выполните: portfolio db upgrade" in russian.out


def test_the_reasons_of_the_system() -> None:
    for code in _SYSTEM_REASONS:
        said = system_reason(OSError(code, os.strerror(code)))
        assert CYRILLIC.search(localized.translator().say(said))
    assert str(system_reason(OSError(errno.ENOTTY, "Inappropriate ioctl"))) == "Inappropriate ioctl"
    assert str(system_reason(OSError())) == "OSError"


def test_an_address_that_cannot_be_served(school: Terminal) -> None:
    both(school, "serve", "--host", "203.0.113.1")
    both(school, "serve", "--host", "no-such-host.invalid")
