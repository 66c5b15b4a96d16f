"""``portfolio demo | serve | doctor | db``: run the product and look after it."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from portfolio.bootstrap import opened, strangers_keys
from portfolio.cli import output
from portfolio.cli.context import Context, pass_context
from portfolio.cli.localized import Command, Group, option
from portfolio.errors import N_, Conflict, Message, Unavailable
from portfolio.messages import system_reason
from portfolio.services import demo as seeding
from portfolio.services import health, setup

_HOST = "127.0.0.1"
_THREADS = 16  # a worker
_MARKS = {"ok": "+", "warning": "!", "fault": "x"}
_TABLE = "demo.json"


@click.command(
    "demo",
    cls=Command,
    help=N_(
        "Open a demo school with invented people: seeded once, every state of a credential present. "
        "Prints addresses and sign-ins, then serves on this machine."
    ),
)
@option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help=N_("The port to serve on."))
@option("--no-serve", is_flag=True, help=N_("Seed, print, and stop."))
@option("--json", "as_json", is_flag=True, help=N_("Print the table as one JSON line on stdout."))
@pass_context
def demo(context: Context, *, port: int, no_serve: bool, as_json: bool) -> None:
    """Run the demo school."""
    kept = context.settings.home / _TABLE
    with context.house(upgrade=True) as house:
        home = setup.find_home(house.ports)
        if home is not None and not home.demo:
            raise Conflict(message=Message(N_("This home belongs to a real school. The demo needs a home of its own.")))
        if home is not None and not kept.is_file():
            house.clear()  # the last start was interrupted while it made the school
        if home is None or not kept.is_file():
            with output.progress(context.translator.gettext("Seeding")) as advance, strangers_keys() as stranger:
                table = seeding.seed(house.ports, stranger=stranger, on_progress=advance)
            _keep(kept, table)
        missing_pdf = house.ports.paper.unavailable()
    table = seeding.at_port(json.loads(kept.read_text("utf-8")), port)
    if as_json:
        output.event(**table)
    else:
        _print_demo(context, table)
    if missing_pdf:
        output.warn(context.translator.gettext("PDF cannot be made here; pages can be printed from the browser."))
        output.warn(context.say(missing_pdf))
    if not no_serve:
        os.environ["PORTFOLIO_BASE_URL"] = table["base_url"]
        _serve(context, _HOST, port, workers=1)


@click.command("serve", cls=Command, help=N_("Serve this home over HTTP."))
@option("--host", default=_HOST, show_default=True, help=N_("The address to listen on."))
@option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help=N_("The port to serve on."))
@option(
    "--workers",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help=N_("Worker processes; one a core is right."),
)
@pass_context
def serve(context: Context, *, host: str, port: int, workers: int) -> None:
    """Serve."""
    with context.house() as house:
        found = health.readiness(house.ports)
        for check in found.checks:
            if check.level != "ok":
                for message in (check.message, *check.remedies):
                    output.warn(context.say(message))
        if not found.ready:
            raise Unavailable(message=Message(N_("The home is not ready to serve.")))
    _serve(context, host, port, workers=workers)


@click.command(
    "doctor", cls=Command, help=N_("Examine this home and this machine; each finding comes with its remedy.")
)
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def doctor(context: Context, *, as_json: bool) -> int:
    """Examine."""
    context.need_home()
    with opened(context.settings) as house:
        found = health.examination(house.ports)
    for check in found.checks:
        if as_json:
            output.event(
                event="check",
                name=check.name,
                level=check.level,
                message=context.say(check.message),
                remedy="; ".join(context.say(remedy) for remedy in check.remedies),
            )
        else:
            output.say(f"{_MARKS[check.level]} {context.say(check.message)}")
            for remedy in check.remedies:
                output.say(f"    {context.say(remedy)}")
    return 0 if found.ready else 2


@click.group("db", cls=Group, help=N_("The database's tables."))
def db() -> None:
    """The group."""


@db.command("upgrade", help=N_("Bring the tables up to date with this version of the product."))
@pass_context
def upgrade(context: Context) -> None:
    """Upgrade."""
    with context.house(upgrade=True) as house:
        output.say(context.translator.gettext("The tables are at revision {revision}.", revision=house.revision()))


@db.command("status", help=N_("Say at which revision the tables are, and which this version needs."))
@pass_context
def status(context: Context) -> None:
    """Compare revisions."""
    context.need_home()
    with opened(context.settings) as house:
        output.pairs(
            {
                context.translator.gettext("Tables"): house.revision() or "-",
                context.translator.gettext("Product"): house.newest_revision(),
            }
        )


# --- small parts


def _serve(context: Context, host: str, port: int, *, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    free_or_refuse(host, port)
    # Workers open the house anew from the environment. Threads, so that a slow sender or one PDF keeps nobody else waiting.
    os.environ["PORTFOLIO_HOME"] = os.fspath(context.settings.home)
    output.warn(context.translator.gettext("Serving on http://{host}:{port}. Ctrl-C stops.", host=host, port=port))
    Granian(
        "portfolio.wsgi:app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        respawn_failed_workers=True,
        log_access=False,
        log_level=LogLevels.error,
    ).serve()


def free_or_refuse(host: str, port: int) -> None:
    """Raises Unavailable when somebody listens there already: two servers would answer in turn."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # A port whose last connections are still fading away is free; one that is listened on is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            said = Message(N_("Port {port} is in use. Choose another with --port."), {"port": port})
        else:
            unknown = isinstance(error, socket.gaierror)
            why = Message(N_("this machine has no such address")) if unknown else system_reason(error)
            reason = {"host": host, "port": port, "reason": why}
            said = Message(N_("{host}:{port} cannot be listened on: {reason}"), reason)
        raise Unavailable(message=said) from None


def _keep(path: Path, table: Mapping[str, Any]) -> None:
    partial = path.with_name(path.name + ".part")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(table, file, ensure_ascii=False)
    partial.replace(path)


def _print_demo(context: Context, table: Mapping[str, Any]) -> None:
    _ = context.translator.gettext
    base = table["base_url"]
    output.say(_("The demo school is open: {address}", address=base))
    output.say("")
    roles = {"pupil": _("Pupil"), "mentor": _("Mentor"), "registrar": _("Registrar")}
    output.table(
        [_("Sign-in"), _("Login"), _("Password")],
        [[roles[found["role"]], found["login"], found["password"]] for found in table["sign_ins"]],
    )
    output.say("")
    states = seeding.STATE_NAMES
    output.table(
        [_("State"), _("Code"), _("Address")],
        [[_(states[state]), seeding.grouped(code), f"{base}/v/{code}"] for state, code in table["codes"].items()],
    )
    output.say("")
    output.table([_("Shared portfolios")], [[url] for url in table["shares"]])
    output.say("")
    names = {"altered": _("A file that was changed"), "unknown_issuer": _("A file of an unknown issuer")}
    output.table(
        [_("Files for {address}", address=f"{base}/verify"), ""],
        [[names[name], path] for name, path in table["files"].items()],
    )
    sys.stdout.flush()
