"""What every command gets: settings, the open house, and a voice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from portfolio.bootstrap import House, opened
from portfolio.errors import N_, ConfigurationError, InvalidInput, Message
from portfolio.i18n import Translator, translations
from portfolio.settings import Settings


class Context:
    """The environment of one command, read when it is first asked for.

    fault_code: what the command exits with when it cannot do its work at all.
    """

    fault_code = 2

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises ConfigurationError with every fault."""
        return Settings.from_env(os.environ)

    @cached_property
    def translator(self) -> Translator:
        """The language of the settings."""
        return translations(self.settings.locale, self.settings.timezone)

    def say(self, message: Message) -> str:
        """A message in the person's language."""
        return self.translator.say(message)

    @property
    def has_home(self) -> bool:
        """Whether anything was ever made in the home of this environment."""
        return (self.settings.home / "keys").is_dir()

    def need_home(self) -> None:
        """Raises ConfigurationError where there is no home, instead of making one: the name may be misspelt."""
        if not self.has_home:
            raise ConfigurationError(
                [
                    Message(
                        N_("PORTFOLIO_HOME: there is no home in {folder} yet; run: portfolio school create"),
                        {"folder": self.settings.home},
                    )
                ]
            )

    @contextmanager
    def rehearsal(self) -> Iterator[House]:
        """An empty house that is gone afterwards."""
        with TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            with opened(replace(self.settings, home=home, database_url=f"sqlite:///{home / 'rehearsal'}")) as house:
                house.upgrade()
                yield house

    @contextmanager
    def house(self, *, upgrade: bool = False) -> Iterator[House]:
        """The open house; its tables are checked, or brought up to date (and a new home is begun) first."""
        if not upgrade:
            self.need_home()
        with opened(self.settings) as house:
            if upgrade:
                house.upgrade()
            else:
                house.check()
            yield house


pass_context = click.make_pass_decorator(Context)


def day(text: str) -> date:
    """A day as options take it, 2026-05-12. Raises InvalidInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(message=Message(N_("A date must look like 2026-05-12."))) from None
