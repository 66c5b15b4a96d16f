"""What click itself says of a wrong command line, in the person's language.

click looks its sentences up through the names ``_`` and ``ngettext`` of its modules, which are gettext's own functions and
would want compiled catalogues on disk. Here these names are pointed at the product's catalogue, read in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType

import click.core
import click.exceptions
import click.parser
import click.termui
import click.types

from portfolio.errors import N_
from portfolio.i18n import Translator

_MODULES: tuple[ModuleType, ...] = (click.core, click.exceptions, click.parser, click.termui, click.types)


def ngettext(singular: str, plural: str) -> tuple[str, str]:
    """Mark a sentence of click with its plural for translation."""
    return singular, plural


# click's own sentences, word for word; without those that no command of the product can bring out.
SENTENCES = frozenset(
    {
        N_("Error: {message}"),
        N_("Try '{command} {option}' for help."),
        N_("Missing command."),
        N_("Missing argument"),
        N_("Missing option"),
        N_("Invalid value: {message}"),
        N_("Invalid value for {param_hint}: {message}"),
        N_("No such option {name!r}."),
        N_("No such command {name!r}."),
        N_("Option {name!r} does not take a value."),
        N_("Argument {name!r} takes {nargs} values."),
        N_("Choose from:\n\t{choices}"),
        N_("{value} is not in the range {range}."),
        N_("{value!r} is not a valid {number_type}."),
        N_("file"),
        N_("directory"),
        N_("path"),
        N_("whole number"),
        N_("{name} {filename!r} does not exist."),
        N_("{name} {filename!r} is a file."),
        N_("{name} {filename!r} is a directory."),
        N_("{name} {filename!r} is not readable."),
        N_("{name} {filename!r} is not writable."),
        N_("{name} {filename!r} is not executable."),
        N_("default: {default}"),
        N_("required"),
    }
)
PLURALS = frozenset(
    {
        ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
        ngettext("Takes {nargs} values but 1 was given.", "Takes {nargs} values but {len} were given."),
        ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
        ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
        ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    }
)


def name_types(parameters: Iterable[click.Parameter], voice: Translator) -> None:
    """Name the types of these parameters in this language: click names them once, when they are made."""
    for kind in (parameter.type for parameter in parameters):
        if isinstance(kind, click.Path):
            name = "path" if kind.file_okay == kind.dir_okay else "file" if kind.file_okay else "directory"
            kind.name = voice.gettext(name)
        elif isinstance(kind, click.types.IntParamType):
            kind.name = voice.gettext("whole number")


def speak(voice: Callable[[], Translator]) -> None:
    """Let click speak in the language that ``voice`` has at the moment."""
    for module in _MODULES:
        for name, say in (
            ("_", lambda sentence: voice().gettext(sentence)),
            ("ngettext", lambda singular, plural, count: voice().plural(singular, plural, count)),
        ):
            if hasattr(module, name):
                setattr(module, name, say)
