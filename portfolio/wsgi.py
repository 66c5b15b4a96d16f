"""The web application for any WSGI server: ``portfolio.wsgi:app``. Reads the environment when it is imported, once."""

from __future__ import annotations

import os

from flask import Flask

from portfolio.bootstrap import bootstrap
from portfolio.settings import Settings
from portfolio.web.app import create_app


def create() -> Flask:
    """Open the house of this environment and build its web door. Raises ConfigurationError with the remedy."""
    house = bootstrap(Settings.from_env(os.environ))
    house.check()
    return create_app(house.ports)


app = create()
