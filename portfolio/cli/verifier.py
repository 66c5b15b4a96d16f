"""``portfolio verifier``: the page that verifies without a network."""

from __future__ import annotations

import os
from pathlib import Path

import click

from portfolio.cli import output
from portfolio.cli.context import Context, pass_context
from portfolio.cli.localized import Group, option
from portfolio.errors import N_
from portfolio.services import verifier_file


@click.group(cls=Group, help=N_("The page that verifies files without a network."))
def verifier() -> None:
    """The group."""


@verifier.command(
    "build",
    help=N_(
        "Write one HTML file that verifies credentials in a browser, with no network, by what this school knows now: whom "
        "it trusts, their keys, its revocation lists. It is true as of this moment; hand out a new one every month."
    ),
)
@option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=verifier_file.FILE_NAME,
    show_default=True,
    help=N_("The file to write."),
)
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def build(context: Context, *, out: Path, as_json: bool) -> None:
    """Build the file."""
    _ = context.translator.gettext
    with context.house() as house:
        made = verifier_file.verifier_file(house.ports)
    output.write_file(out, made.html, mode=0o644)
    if as_json:
        output.event(event="built", file=os.fspath(out), made=made.made.isoformat(), sha256=made.sha256)
        return
    output.say(_("Written to {file}, true as of {moment}.", file=out, moment=context.translator.datetime(made.made)))
    output.say(f"SHA-256 {made.sha256}")
