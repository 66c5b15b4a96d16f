"""The web application as public conformance suites meet it: ``portfolio conformance serve`` starts it, nothing else does."""

from __future__ import annotations

import os
from dataclasses import replace

from flask import Flask

from portfolio.bootstrap import bootstrap
from portfolio.settings import Settings
from portfolio.web.app import create_app


def create() -> Flask:
    """Open the house of this environment under the conformance profile. Raises ConfigurationError."""
    house = bootstrap(Settings.from_env(os.environ))
    house.check()
    return create_app(replace(house.ports, conformance=True))
