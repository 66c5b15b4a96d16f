"""``portfolio``: one group a noun, true help, errors in one sentence with the remedy."""

from __future__ import annotations

import os
import sys

import click

from portfolio import __version__
from portfolio.cli import credentials, keys, school, system
from portfolio.cli.context import Context
from portfolio.cli.localized import Group, translator
from portfolio.errors import N_, ConfigurationError, GatesUnmet, OrientirError
from portfolio.services.reasons import reasons

__all__ = ["main", "root"]


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=N_("Orientir: a skills portfolio and digital credential ledger for schools."),
)
@click.version_option(__version__, prog_name="portfolio")
@click.pass_context
def root(ctx: click.Context) -> None:
    """The root of all commands."""
    ctx.obj = Context()


root.add_command(system.demo)
root.add_command(system.serve)
root.add_command(system.doctor)
root.add_command(school.school)
root.add_command(credentials.credential)
root.add_command(keys.keys)
root.add_command(system.db)


def main() -> None:
    """Run one command and leave with its exit code: 0 done, 2 refused as a whole, 3 some items refused.

    ``credential verify`` has codes of its own.
    """
    try:
        code = root.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = _interrupted()
    except KeyboardInterrupt:
        code = _interrupted()
    except click.UsageError as error:
        error.show()
        code = credentials.USAGE if credentials.verifying(error.ctx) else error.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except ConfigurationError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        code = 2
    except GatesUnmet as error:
        for reason in reasons(error.codes):
            click.echo(translator().say(reason), err=True)
        code = 3
    except OrientirError as error:
        click.echo(translator().say(error.message), err=True)
        if error.detail and error.detail != error.message.text.format_map(error.message.params):
            click.echo(error.detail, err=True)
        code = 2
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _interrupted() -> int:
    click.echo(translator().gettext("Interrupted. What was done stays done; run the same command to go on."), err=True)
    return 130
