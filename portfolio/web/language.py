"""The language of a page: asked for in the address, remembered, or what the browser prefers; and the words for templates.

The language of a page is not the language of a credential: what was signed is shown as it was signed.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from portfolio.errors import Message
from portfolio.i18n import LOCALES, Translator, negotiate, translations
from portfolio.web.context import actor, cookieless, ports

_COOKIE = "language"
_YEAR = 365 * 24 * 3600


def chosen() -> str:
    """The language in force: ``?lang=``, then the cookie, the account, ``Accept-Language``, the setting."""
    asked = request.args.get("lang")
    if asked in LOCALES:
        return asked
    remembered = request.cookies.get(_COOKIE)
    if remembered in LOCALES:
        return remembered
    person = actor()
    if person is not None and person.language in LOCALES:
        return person.language
    wanted: dict[str, float] = {}
    for tag, weight in request.accept_languages:
        wanted.setdefault(tag, weight)
    return negotiate(wanted, ports().settings.locale)


def translator() -> Translator:
    """The translator of this page."""
    found = g.get("translator")
    if not isinstance(found, Translator):
        found = translations(chosen(), ports().settings.timezone)
        g.translator = found
    return found


def set_language_cookie(response: Response, language: str) -> None:
    """Remember the language in this browser for a year."""
    if language in LOCALES:
        response.set_cookie(
            _COOKIE, language, max_age=_YEAR, secure=request.is_secure, httponly=True, samesite="Lax", path="/"
        )


def language_url(language: str) -> str:
    """This address in another language."""
    return "?" + urlencode([*_arguments_without("lang"), ("lang", language)])


def page_url(page: int) -> str:
    """This list at another page."""
    return "?" + urlencode([*_arguments_without("page"), ("page", str(page))])


def gettext(message: str, /, **gaps: object) -> str:
    """A sentence in the page's language. Gaps that are Markup keep their tags, everything else is escaped where it is shown."""
    if any(isinstance(gap, Markup) for gap in gaps.values()):
        return Markup(escape(translator().gettext(message))).format(**gaps)  # noqa: S704 - escaped before it is marked
    return translator().gettext(message, **gaps)


def ngettext(singular: str, plural: str, count: int, /, **gaps: object) -> str:
    """A sentence in the plural form for ``count``."""
    return translator().ngettext(singular, plural, count, **gaps)


def say(message: Message) -> str:
    """A sentence of the core in the page's language."""
    return translator().say(message)


def _arguments_without(name: str) -> list[tuple[str, str]]:
    return [(key, value) for key, value in request.args.items(multi=True) if key != name]


def init_app(app: Flask) -> None:
    """Give templates their words, and remember a language that was asked for."""
    app.jinja_env.add_extension("jinja2.ext.i18n")  # so that message extraction reads the same templates
    words: dict[str, Any] = {
        "_": gettext,
        "gettext": gettext,
        "ngettext": ngettext,
        "say": say,
        "language": lambda: translator().locale,
        "language_url": language_url,
        "page_url": page_url,
        "value": lambda value: translator().value(value),
        "date": lambda value: translator().date(value),
        "datetime": lambda value: translator().datetime(value),
        "time": lambda value: translator().time(value),
        "period": lambda start, end: translator().period(start, end),
        "number": lambda value: translator().number(value),
    }
    app.jinja_env.globals.update(words)

    @app.after_request
    def remember(response: Response) -> Response:
        page = response.mimetype == "text/html"
        if page or request.blueprint in ("verify", "api"):
            response.headers.setdefault("Content-Language", translator().locale)
        asked = request.args.get("lang")
        if asked in LOCALES and page and not cookieless():
            set_language_cookie(response, asked)
        return response
