"""The demo school behind the real web door: every state of a credential, seeded once for all tests of the pages."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portfolio.adapters.keystore import FileKeyStore
from portfolio.bootstrap import bootstrap
from portfolio.ports import Ports
from portfolio.services import demo
from portfolio.settings import Settings
from portfolio.web.app import create_app
from portfolio.web.security import limiter

BASE_URL = "http://localhost:8000"


class Browser(FlaskClient):
    """Speaks to the school under its own address."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", BASE_URL)
        return super().open(*args, **kwargs)


@dataclass(frozen=True)
class Site:
    """A served school. table: what the demo prints: sign_ins, codes by state, shares, files."""

    app: Flask
    ports: Ports
    table: Mapping[str, Any]

    def client(self) -> FlaskClient:
        """A browser without cookies."""
        return Browser(self.app, self.app.response_class)

    def code(self, state: str) -> str:
        return str(self.table["codes"][state]).replace("-", "")

    def share(self) -> str:
        """The path of a live link."""
        return str(self.table["shares"][0]).removeprefix(BASE_URL)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo school. Tests may look and may award, and leave the seeded records as they are."""
    folder: Path = tmp_path_factory.mktemp("site")
    house = bootstrap(Settings.from_env({"PORTFOLIO_HOME": os.fspath(folder / "home")}))
    house.upgrade()
    table = demo.seed(house.ports, stranger=FileKeyStore.prepare(folder / "stranger", secrets.token_bytes))
    yield Site(create_app(house.ports), house.ports, table)
    house.close()


@pytest.fixture
def client(site: Site) -> FlaskClient:
    """A browser without cookies, whose language nobody knows, and which nobody throttles yet."""
    with site.app.app_context():
        limiter.reset()
    return site.client()


@pytest.fixture
def read(client: FlaskClient) -> Callable[..., str]:
    """The text of a page that must answer 200."""

    def page(path: str, **headers: str) -> str:
        response = client.get(path, headers=headers)
        assert response.status_code == 200, response.status
        return response.get_data(as_text=True)

    return page
