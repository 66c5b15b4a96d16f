"""What every page may ask for: the house it belongs to, and who is looking."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g, request

from portfolio.ports import Ports
from portfolio.services.authorize import Actor
from portfolio.services.setup import HomeView

_EXTENSION = "orientir"

# What strangers and machines open: no cookie of a signed-in person is read or set there, whoever looks.
_COOKIELESS = frozenset({"verify.by_code", "verify.credential_file", "verify.typed"})
_COOKIELESS_ROOMS = frozenset({"portfolio", "well_known", "api"})


@dataclass(frozen=True)
class House:
    """What the application was made with."""

    ports: Ports
    home: HomeView


def house() -> House:
    """The house of the current application."""
    found = current_app.extensions[_EXTENSION]
    if not isinstance(found, House):
        raise TypeError("the application was not made by create_app")
    return found


def ports() -> Ports:
    """Everything a service needs."""
    return house().ports


def home() -> HomeView:
    """The school: its name and its addresses."""
    return house().home


def host() -> str:
    """The host that pages tell people to look for in the address bar."""
    return home().links.host


def actor() -> Actor | None:
    """The signed-in person, or None; nobody on the pages that strangers open."""
    found = g.get("actor")
    return found if isinstance(found, Actor) else None


def cookieless() -> bool:
    """Whether this page has nothing to do with a sign-in."""
    return request.endpoint in _COOKIELESS or request.blueprint in _COOKIELESS_ROOMS
