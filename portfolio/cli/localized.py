"""Click commands whose help speaks the person's language. Help texts are message ids, translated when they are shown."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from portfolio.cli import click_words
from portfolio.errors import N_
from portfolio.i18n import Translator, translations
from portfolio.settings import LOCALES

_YES = ("y", "yes", "д", "да")

F = TypeVar("F", bound=Callable[..., Any])


def translator() -> Translator:
    """For help and early errors: the language of the environment, before the settings are read."""
    asked = os.environ.get("PORTFOLIO_LOCALE", "ru")

    return translations(asked if asked in LOCALES else "ru", ZoneInfo("UTC"))


class Option(click.Option):
    """An option with a translated help text."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option's line in ``--help``."""
        record = super().get_help_record(ctx)
        if record is None or not self.help:
            return record
        said = translator().gettext(self.help)
        return record[0], record[1].replace(self.help, said, 1)


class _Translated(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; what is wrong with it is said in the person's language."""
        click_words.name_types(self.params, translator())
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's own parser does not say whose options it was reading
            raise

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=translator().gettext(N_("Usage: ")))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, and the commands of a group."""
        options = [found for found in self.get_params(ctx) if isinstance(found, click.Option)]
        records = [record for found in options if (record := found.get_help_record(ctx)) is not None]
        with formatter.section(translator().gettext(N_("Options"))):
            formatter.write_dl(records)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help``."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = translator().gettext(N_("Show this message and exit."))
        return found

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The paragraph under the usage line."""
        original, self.help = self.help, translator().gettext(self.help) if self.help else self.help
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = original

    def get_short_help_str(self, limit: int = 45) -> str:
        """The line in the list of commands: the first sentence."""
        text = translator().gettext(self.help) if self.help else ""
        return re.split(r"(?<=[.])\s", text, maxsplit=1)[0]


class Command(_Translated):
    """A command with translated help."""


class Group(_Translated, click.Group):
    """A group with translated help, whose commands and groups are of these classes too."""

    command_class = Command
    group_class = type  # a group made by ``group.group`` is of the same class

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands with the first sentence of each."""
        super().format_options(ctx, formatter)
        names = self.list_commands(ctx)
        with formatter.section(translator().gettext(N_("Commands"))):
            formatter.write_dl([(name, self.commands[name].get_short_help_str()) for name in names])


def confirm(question: str) -> None:
    """Ask on stderr, and go on only for a yes. Raises click.Abort."""
    answer = click.prompt(f"{question} {translator().gettext(N_('[y/N]'))}", default="", show_default=False, err=True)
    if answer.strip().lower() not in _YES:
        raise click.Abort


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """``click.option`` with a translated help text."""
    return click.option(*names, cls=Option, **settings)
