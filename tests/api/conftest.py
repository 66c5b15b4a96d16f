"""The demo school behind the real web door, as programs meet it: nobody is throttled, and one organisation has a token."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portfolio.adapters.keystore import FileKeyStore
from portfolio.bootstrap import bootstrap
from portfolio.ports import Ports
from portfolio.services import demo, issue, tokens
from portfolio.services.authorize import OPERATOR
from portfolio.settings import Settings
from portfolio.storage import credentials
from portfolio.storage.organizations import all_organizations, all_programmes
from portfolio.vc import jsontext
from portfolio.vc.contexts import CONTEXT_VC2
from portfolio.web.app import create_app
from portfolio.web.security import limiter


@dataclass(frozen=True)
class Programs:
    """A served school, and what is in it.

    token: of the organisation that issues as ``issuer``; code, signed: a record; share: a live link; programme: its code.
    """

    app: Flask
    ports: Ports
    token: str
    issuer: str
    ogrn: str
    code: str
    signed: dict[str, Any]
    share: str
    programme: str
    issued: list[str]


@pytest.fixture(scope="package")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    folder: Path = tmp_path_factory.mktemp("api")
    house = bootstrap(Settings.from_env({"PORTFOLIO_HOME": os.fspath(folder / "home")}))
    house.upgrade()
    table = demo.seed(house.ports, stranger=FileKeyStore.prepare(folder / "stranger", secrets.token_bytes))
    with house.sessions.read() as session:
        partner = sorted(all_organizations(session))[0]
        programme = sorted(all_programmes(session))[0]
        row = credentials.by_code(session, str(table["codes"]["valid"]).replace("-", ""))
        assert row is not None
    made = tokens.new_token(house.ports, OPERATOR, partner)
    app = create_app(house.ports)
    enabled, limiter.enabled = limiter.enabled, False
    yield Programs(
        app,
        house.ports,
        made.secret,
        made.view.issuer,
        made.view.ogrn,
        row.code,
        jsontext.loads(row.body),
        str(table["shares"][0]).rpartition("/")[2],
        programme,
        [_issue(house.ports, made) for _ in range(3)],
    )
    limiter.enabled = enabled
    house.close()


def _issue(ports: Ports, made: tokens.NewToken) -> str:
    wish = {
        "@context": [CONTEXT_VC2],
        "type": ["VerifiableCredential"],
        "issuer": made.view.issuer,
        "credentialSubject": {"description": "Прошёл инструктаж."},
    }
    program = tokens.program_of(ports, f"Bearer {made.secret}")
    return str(jsontext.loads(issue.issue_for_program(ports, program, wish).body)["id"])
