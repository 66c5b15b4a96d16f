"""``portfolio conformance serve``: an application for public conformance suites, gone when it is stopped."""

from __future__ import annotations

import http.client
import os
import ssl
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from portfolio.bootstrap import certificate_for, opened
from portfolio.cli import output
from portfolio.cli.context import Context, pass_context
from portfolio.cli.localized import Group, option
from portfolio.cli.system import free_or_refuse
from portfolio.errors import N_
from portfolio.services import setup

_HOST = "127.0.0.1"
_THREADS = 16
_PAUSE = 0.1  # seconds between two looks whether the server answers
_PATIENCE = 120.0  # seconds until it must have answered


@click.group(cls=Group, help=N_("Let public conformance suites examine this version of the product."))
def conformance() -> None:
    """The group."""


@conformance.command(
    "serve",
    help=N_(
        "Serve the application on this machine only, over an empty home that is gone afterwards, and sign whatever anybody "
        "asks for under a fresh key that nobody trusts. One JSON line on stdout says when it answers: base_url and issuer."
    ),
)
@option("--port", type=click.IntRange(1, 65535), default=8443, show_default=True, help=N_("The port to serve on."))
@option("--tls", is_flag=True, help=N_("Serve over https, with a certificate made for this run."))
@pass_context
def serve(context: Context, *, port: int, tls: bool) -> None:
    """Serve until stopped."""
    free_or_refuse(_HOST, port)
    base_url = f"{'https' if tls else 'http'}://localhost:{port}"
    with TemporaryDirectory(prefix="orientir-conformance-") as folder:
        home = Path(folder) / "home"
        settings = replace(
            context.settings,
            home=home,
            base_url=None,
            database_url=f"sqlite:///{home / 'portfolio.sqlite3'}",
            proxies=0,
        )
        with opened(settings) as house:
            house.upgrade()
            setup.create_home(house.ports, name="Conformance", base_url=base_url)
            # Loaded here alone: no command that serves a school knows this profile.
            from portfolio.services.conformance import prepare

            issuer = prepare(house.ports)
        certificate = certificate_for(Path(folder)) if tls else None
        for name in ("PORTFOLIO_BASE_URL", "PORTFOLIO_PROXIES", "DATABASE_URL"):
            os.environ.pop(name, None)
        os.environ["PORTFOLIO_HOME"] = os.fspath(home)
        # A process of its own: the server forks its worker, and a thread that imports something in that moment would leave
        # the worker waiting for a lock that nobody holds.
        teller = get_context("spawn").Process(
            target=_tell_when_it_answers, args=(base_url, issuer, port, tls), daemon=True
        )
        teller.start()
        _serve(port, certificate)


def _serve(port: int, certificate: tuple[Path, Path] | None) -> None:
    from granian import Granian
    from granian.constants import Interfaces, SSLProtocols
    from granian.log import LogLevels

    Granian(
        "portfolio.wsgi_conformance:create",
        factory=True,
        address=_HOST,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=_THREADS,
        log_access=False,
        log_level=LogLevels.error,
        ssl_cert=certificate[0] if certificate else None,
        ssl_key=certificate[1] if certificate else None,
        ssl_protocol_min=SSLProtocols.tls12,
    ).serve()


def _tell_when_it_answers(base_url: str, issuer: str, port: int, tls: bool) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE  # it is our own certificate, on our own machine
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        connection = (
            http.client.HTTPSConnection(_HOST, port, context=trusting)
            if tls
            else http.client.HTTPConnection(_HOST, port)
        )
        try:
            connection.request("GET", "/healthz", headers={"Host": f"localhost:{port}"})
            if connection.getresponse().status == 200:
                output.event(base_url=base_url, issuer=issuer)
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(_PAUSE)
