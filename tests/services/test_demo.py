"""The demo school: every state is there, made through the product's own doors, under an identity that never moves."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portfolio.adapters.keystore import FileKeyStore
from portfolio.bootstrap import House, bootstrap
from portfolio.errors import Closed, Conflict
from portfolio.services import browse, demo, portfolios, publish, register, setup, share, sign_in, verify
from portfolio.services.authorize import OPERATOR
from portfolio.vc import jsontext
from tests.services.issuing import settings_of
from tests.services.school_files import PlainPasswords

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Seeded:
    house: House
    table: dict[str, Any]
    steps: list[tuple[int, int]]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    """One demo for all tests here, which only look; the environment asks for an address of its own."""
    folder = tmp_path_factory.mktemp("demo")
    settings = settings_of(
        folder / "home", f"sqlite:///{folder / 'home' / 'demo.sqlite3'}", PORTFOLIO_BASE_URL="http://localhost:9000"
    )
    house = bootstrap(settings, clock=lambda: NOW, passwords=PlainPasswords())
    house.upgrade()
    steps: list[tuple[int, int]] = []
    stranger = FileKeyStore.prepare(folder / "stranger", secrets.token_bytes)
    table = demo.seed(house.ports, stranger=stranger, on_progress=lambda *step: steps.append(step))
    yield Seeded(house, table, steps)
    house.close()


@pytest.mark.parametrize("state", ["valid", "revoked", "suspended", "expired", "not_yet_valid"])
def test_every_state_has_its_code(seeded: Seeded, state: str) -> None:
    check = verify.by_code(seeded.house.ports, seeded.table["codes"][state])
    assert check.state == state
    assert check.verified is (state == "valid")
    assert check.shown is not None
    if state == "revoked":
        assert check.revocation_reason == "error"
        assert check.revoked_at is not None
        assert check.revoked_at < NOW


def test_a_withdrawn_consent(seeded: Seeded) -> None:
    with pytest.raises(Closed) as caught:
        verify.by_code(seeded.house.ports, seeded.table["codes"]["consent_withdrawn"])
    assert caught.value.params == {"why": "consent"}
    assert set(seeded.table["codes"]) == set(demo.STATE_NAMES)


def test_the_files_beside(seeded: Seeded) -> None:
    states = {
        name: verify.check_document(seeded.house.ports, Path(path).read_bytes()).state
        for name, path in seeded.table["files"].items()
    }
    assert states == {"altered": "altered", "unknown_issuer": "issuer_unknown"}


def test_the_links_are_live(seeded: Seeded) -> None:
    assert len(seeded.table["shares"]) == 2
    for url in seeded.table["shares"]:
        view = share.open_share(seeded.house.ports, url.rpartition("/")[2])
        assert view.full
        assert view.credentials


def test_the_sign_ins_work_and_need_no_change(seeded: Seeded) -> None:
    roles = set()
    for found in seeded.table["sign_ins"]:
        actor = sign_in.sign_in(seeded.house.ports, found["login"], found["password"]).actor
        assert not actor.must_change
        roles.add(actor.role)
        if actor.role == "pupil":
            assert len(portfolios.my_portfolio(seeded.house.ports, actor).credentials) >= 8
    assert roles == {"pupil", "mentor", "registrar"}


def test_the_identity_is_that_of_the_demo_whatever_the_environment_says(seeded: Seeded) -> None:
    home = setup.load_home(seeded.house.ports)
    assert (home.demo, home.did, home.base_url) == (True, "did:web:localhost%3A8000", "http://localhost:8000")
    assert home.links.base_url == "http://localhost:9000"
    assert seeded.table["base_url"] == "http://localhost:8000"
    assert all(url.startswith("http://localhost:8000/p/") for url in seeded.table["shares"])
    body = register.credential_file(seeded.house.ports, OPERATOR, seeded.table["codes"]["valid"])
    assert b"localhost:9000" not in body
    assert jsontext.loads(publish.status_list(seeded.house.ports, 1))["id"] == (  # type: ignore[index]
        "http://localhost:8000/status/1"
    )


def test_addresses_follow_the_port(seeded: Seeded) -> None:
    moved = demo.at_port(seeded.table, 9000)
    assert moved["base_url"] == "http://localhost:9000"
    assert [url.replace(":9000/", ":8000/") for url in moved["shares"]] == seeded.table["shares"]
    assert moved["codes"] == seeded.table["codes"]


def test_the_school_is_believable(seeded: Seeded) -> None:
    overview = browse.overview(seeded.house.ports, OPERATOR)
    assert overview.pupils == 24
    assert len(overview.classes) == 3
    assert overview.issued > 50
    assert dict(overview.pending_by_code), "some practice cannot be signed, as in real life"
    rows = [row for page in (1, 2) for row in browse.credentials_page(seeded.house.ports, OPERATOR, page=page).rows]
    issued = {row.issued_at for row in rows if row.state != "not_yet_valid"}
    assert max(issued) <= NOW
    assert (NOW - min(issued)).days > 200, "spread over the year"
    states = {verify.by_code(seeded.house.ports, row.code).state for row in rows[:30]}
    assert states <= {"valid", "revoked", "suspended", "expired", "not_yet_valid"}


def test_the_table_is_json_and_progress_is_told(seeded: Seeded) -> None:
    assert json.loads(json.dumps(seeded.table)) == seeded.table
    assert seeded.steps[-1] == (15, 15)
    assert seeded.steps == sorted(seeded.steps)


def test_a_second_seed_is_refused(seeded: Seeded, tmp_path: Path) -> None:
    before = browse.overview(seeded.house.ports, OPERATOR)
    with pytest.raises(Conflict):
        demo.seed(seeded.house.ports, stranger=FileKeyStore.prepare(tmp_path / "keys", secrets.token_bytes))
    assert browse.overview(seeded.house.ports, OPERATOR) == before


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
        datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
        datetime(2026, 8, 31, 17, 30, tzinfo=UTC),
        datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC),
    ],
    ids=lambda moment: moment.date().isoformat(),
)
def test_every_day_of_the_year_will_do(tmp_path: Path, moment: datetime) -> None:
    settings = settings_of(tmp_path / "home", f"sqlite:///{tmp_path / 'home' / 'demo.sqlite3'}")
    house = bootstrap(settings, clock=lambda: moment, passwords=PlainPasswords())
    try:
        house.upgrade()
        stranger = FileKeyStore.prepare(tmp_path / "stranger", secrets.token_bytes)
        table = demo.seed(house.ports, stranger=stranger)
        later = replace(house.ports, now=lambda: moment)
        for state in ("valid", "revoked", "suspended", "expired", "not_yet_valid"):
            assert verify.by_code(later, table["codes"][state]).state == state
    finally:
        house.close()
