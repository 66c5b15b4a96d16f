"""What every command gets: settings, the open house, and a voice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import click

from portfolio.bootstrap import House, opened
from portfolio.errors import Message
from portfolio.i18n import Translator, translations
from portfolio.settings import Settings


class Context:
    """The environment of one command, read when it is first asked for."""

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

    @contextmanager
    def house(self, *, upgrade: bool = False) -> Iterator[House]:
        """The open house; its tables are checked, or brought up to date first."""
        with opened(self.settings) as house:
            if upgrade:
                house.upgrade()
            else:
                house.check()
            yield house


pass_context = click.make_pass_decorator(Context)
