"""The web application for any WSGI server: ``portfolio.wsgi:app``. Reads the environment when it is imported, once."""

from __future__ import annotations

import os
from multiprocessing.util import Finalize

from flask import Flask

from portfolio.bootstrap import bootstrap
from portfolio.settings import Settings
from portfolio.web.app import create_app


def create() -> Flask:
    """Open the house of this environment and build its web door. Raises ConfigurationError with the remedy."""
    house = bootstrap(Settings.from_env(os.environ))
    house.check()
    # A worker of the web server may be a child of multiprocessing, which waits for its own children when it ends:
    # the helpers that print must be told to stop before that.
    Finalize(None, house.close, exitpriority=100)
    return create_app(house.ports)


app = create()
