"""What a command says: sentences and tables for people, JSON events for programs, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

_EVERY = 50  # without a terminal: one line of progress for so many items

Advance = Callable[[int, int], None]


def event(**members: Any) -> None:
    """One JSON event on one line of stdout."""
    click.echo(json.dumps(members, ensure_ascii=False, default=str))


def say(text: str) -> None:
    """A sentence on stdout."""
    click.echo(text)


def warn(text: str) -> None:
    """A sentence on stderr."""
    click.echo(text, err=True)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout: aligned, never wrapped, never cut."""
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]
    for row in [header, *rows]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def pairs(members: Mapping[str, str]) -> None:
    """Names and values, one pair a line."""
    width = max((len(name) for name in members), default=0)
    for name, value in members.items():
        click.echo(f"{name.ljust(width)}  {value}")


def write_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            partial.chmod(mode)
            file.write(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def progress(label: str) -> Iterator[Advance]:
    """A bar on a terminal's stderr, or a plain line for every 50 items; the callback takes (done, total)."""
    if not sys.stderr.isatty():
        yield lambda done, total: _line(label, done, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _line(label: str, done: int, total: int) -> None:
    if done % _EVERY == 0 or done == total:
        click.echo(f"{label}: {done}/{total}", err=True)
