"""``portfolio``: one group a noun, true help, errors in one sentence with the remedy."""

from __future__ import annotations

import io
import os
import sys

import click

from portfolio import __version__
from portfolio.cli import click_words, conformance, credentials, keys, school, system, trust, verifier
from portfolio.cli.context import Context
from portfolio.cli.localized import Group, Option, translator
from portfolio.errors import N_, ConfigurationError, GatesUnmet, OrientirError
from portfolio.messages import system_reason
from portfolio.services.reasons import reasons

__all__ = ["main", "root"]

_SOME_REFUSED = 3
_INTERRUPTED = 130  # 128 + SIGINT, as shells say it
_PIPE_CLOSED = 141  # 128 + SIGPIPE


class _Root(Group):
    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whoever reads our output may stop doing so (``| head``)."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return _PIPE_CLOSED


@click.group(
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=N_("Orientir: a skills portfolio and digital credential ledger for schools."),
)
@click.version_option(__version__, prog_name="portfolio", cls=Option, help=N_("Show the version and exit."))
@click.pass_context
def root(ctx: click.Context) -> None:
    """The root of all commands."""
    ctx.ensure_object(Context)


root.add_command(system.demo)
root.add_command(system.serve)
root.add_command(system.doctor)
root.add_command(school.school)
root.add_command(credentials.credential)
root.add_command(keys.keys)
root.add_command(trust.group)
root.add_command(verifier.verifier)
root.add_command(system.db)
root.add_command(conformance.conformance)


def main() -> None:
    """Run one command and leave with its exit code: 0 done, 2 refused as a whole, 3 some items refused.

    ``credential verify`` has codes of its own.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # file names are bytes, and not every terminal knows every letter
    click_words.speak(translator)
    context = Context()
    try:
        code = root.main(prog_name="portfolio", standalone_mode=False, obj=context)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _interrupted()
    except click.UsageError as error:
        error.show()
        code = credentials.USAGE if credentials.verifying(error.ctx) else error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except OrientirError as error:
        _tell(error)
        code = _SOME_REFUSED if isinstance(error, GatesUnmet) else context.fault_code
    except OSError as error:
        said = translator().say(system_reason(error))
        click.echo(f"{error.filename}: {said}" if error.filename else said, err=True)
        code = context.fault_code
    sys.exit(code if isinstance(code, int) else 0)


def _tell(error: OrientirError) -> None:
    """What a person needs to go on, on stderr."""
    if isinstance(error, ConfigurationError):
        lines = [translator().say(fault) for fault in error.faults]
    elif isinstance(error, GatesUnmet):
        lines = [translator().say(reason) for reason in reasons(error.codes)]
    else:
        lines = [translator().say(error.message)]
        if error.remedy is not None:
            lines.append(translator().say(error.remedy))
        elif error.detail not in ("", str(error.message)):
            lines.append(translator().gettext("Technical details: {detail}", detail=error.detail))
    for line in lines:
        click.echo(line, err=True)


def _interrupted() -> int:
    click.echo(translator().gettext("Interrupted. What was done stays done; run the same command to go on."), err=True)
    return _INTERRUPTED
