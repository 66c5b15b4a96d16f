"""The web application: one house, its pages, its guards."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from flask import Flask, g, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from portfolio import resources
from portfolio.errors import N_
from portfolio.ports import Ports
from portfolio.services.authorize import Actor
from portfolio.services.setup import load_home
from portfolio.services.sign_in import current_actor
from portfolio.web import (
    account,
    api,
    context,
    issuers,
    language,
    mentor,
    portfolio,
    problems,
    public,
    registrar,
    security,
    student,
    verify,
    well_known,
)
from portfolio.web.context import House, actor
from portfolio.web.states import format_name, level_name, look_of

_STATIC_AGE = 365 * 24 * 3600  # addresses of versioned files change with their content
_FONT_AGE = 30 * 24 * 3600

# Rooms of a signed-in person, as the top of every page lists them.
_ROOMS: dict[str, tuple[tuple[str, str], ...]] = {
    "pupil": (("student.portfolio", N_("My portfolio")), ("account.settings", N_("Settings"))),
    "mentor": (("mentor.home", N_("Confirm practice")), ("account.settings", N_("Settings"))),
    "registrar": (("registrar.overview", N_("School office")), ("account.settings", N_("Settings"))),
}
# Where a person with a one-time password may go before choosing their own.
_BEFORE_CHANGE = frozenset({"account", "public", "verify", "portfolio", "well_known", "api", None})


class _Application(Flask):
    request_class = security.InMemoryRequest

    def log_exception(self, exc_info: Any) -> None:
        # Addresses hold codes and tokens, so the log names the page and not the address.
        self.logger.error("unexpected error in %s %s", request.method, request.endpoint, exc_info=exc_info)

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        if request.args.get("v"):
            return _STATIC_AGE
        return _FONT_AGE if filename and filename.startswith("fonts/") else 3600


def create_app(ports: Ports) -> Flask:
    """The application of one home. Raises ConfigurationError while the home has no school."""
    school = load_home(ports)
    app = _Application(
        __name__,
        static_folder=str(resources.static()),
        static_url_path="/static",
        template_folder=str(resources.templates()),
    )
    app.extensions["orientir"] = House(ports, school)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        actor=actor,
        home=context.home,
        host=context.host,
        host_text=_host_text,
        plain=context.cookieless,
        rooms=_rooms,
        static_url=_static_url,
        state_look=look_of,
        format_name=format_name,
        level_name=level_name,
    )
    # Who asks is known before the guards look at the request, so that every refusal is in the person's language.
    app.before_request(_recognise)
    security.secured(app, school, ports.keys.secret("cookies"))
    language.init_app(app)
    problems.init_app(app)
    app.before_request(_change_password_first)
    for room in (public, verify, portfolio, well_known, api, account, student, mentor, registrar, issuers):
        app.register_blueprint(room.blueprint)
    for view in (*api.WITHOUT_CSRF, verify.check_file):  # the latter asks for the token itself, of forms
        security.csrf.exempt(view)
    if ports.settings.proxies:
        count = ports.settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign] # Flask's own idiom
    return app


def _recognise() -> None:
    if request.endpoint == "static" or context.cookieless() or isinstance(request.routing_exception, SecurityError):
        return
    token = security.sign_in_token()
    if token:
        g.actor = current_actor(context.ports(), token)


def _change_password_first() -> ResponseReturnValue | None:
    person = actor()
    if person is None or not person.must_change or request.blueprint in _BEFORE_CHANGE:
        return None
    return security.see_other("account.settings")


def _rooms(person: Actor) -> tuple[tuple[str, str], ...]:
    return _ROOMS[person.role]


def _host_text() -> Markup:
    """The host, as it stands in a sentence."""
    return Markup('<b class="host">{}</b>').format(context.host())


@lru_cache
def _version(name: str) -> str:
    return hashlib.sha256((resources.static() / name).read_bytes()).hexdigest()[:10]


def _static_url(name: str) -> str:
    """The address of one of our own files, with its version."""
    return url_for("static", filename=name, v=_version(name))
