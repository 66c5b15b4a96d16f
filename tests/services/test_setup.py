"""A home is made once; its identity is what it was made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portfolio.bootstrap import House
from portfolio.errors import ConfigurationError, Conflict, InvalidInput
from portfolio.ports import OWN
from portfolio.services import setup, sign_in
from portfolio.services.authorize import OPERATOR
from portfolio.services.award import StatedPractice, award_one
from portfolio.services.import_school import import_school
from portfolio.storage.orm import Account, Home
from tests.databases import FreshDatabase
from tests.services.issuing import MONDAY, ZOYA, bare_house, document_of
from tests.services.school_files import Clock, write_tables

ADDRESS = "https://portfolio.shore.example"


@pytest.fixture
def empty(tmp_path: Path, databases: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = bare_house(tmp_path / "home", databases.url, clock)
    yield opened
    opened.close()


@pytest.fixture
def bare(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = bare_house(tmp_path / "home", sqlite_database.url, clock)
    yield opened
    opened.close()


def test_a_home_is_made_with_key_and_registrar(empty: House) -> None:
    assert setup.find_home(empty.ports) is None
    made = setup.create_home(empty.ports, name="  Школа  на берегу ", base_url=ADDRESS + "/", ogrn="1025400000009")
    assert made.home == setup.load_home(empty.ports)
    assert made.home.name == "Школа на берегу"
    assert made.home.base_url == ADDRESS
    assert made.home.did == "did:web:portfolio.shore.example"
    assert made.home.ogrn == "1025400000009"
    assert [key.fragment for key in empty.ports.keys.keys(OWN)] == ["key-2026-05"]
    assert sign_in.sign_in(empty.ports, made.registrar.login, made.registrar.password).actor.role == "registrar"


def test_a_second_school_is_refused_and_changes_nothing(empty: House) -> None:
    first = setup.create_home(empty.ports, name="Школа на берегу", base_url=ADDRESS)
    keys = empty.ports.keys.keys()
    with pytest.raises(Conflict):
        setup.create_home(empty.ports, name="Другая школа", base_url="https://other.example", registrar_login="boss")
    assert setup.load_home(empty.ports) == first.home
    assert empty.ports.keys.keys() == keys
    with empty.ports.sessions.read() as session:
        assert session.scalars(select(Account.login)).all() == ["registrar"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "portfolio.shore.example",
        "ftp://portfolio.shore.example",
        "https://",
        "https://портфолио.рф",
        "https://shore.example/portfolio",
        "https://shore.example/?school=1",
        "https://shore.example/#top",
        "https://user:word@shore.example",
        "https://shore.example:0",
        "https://shore.example:99999",
        "https://shore example.org",
        "https://shore.example.",
        "https://shore_1.example",
        "https://192.0.2.7",
        "https://[::1]:8000",
    ],
)
def test_an_address_that_no_identity_can_have_is_refused(bare: House, address: str) -> None:
    with pytest.raises(InvalidInput):
        setup.create_home(bare.ports, name="Школа", base_url=address)
    assert setup.find_home(bare.ports) is None
    assert bare.ports.keys.keys() == []


def test_the_address_is_kept_in_one_spelling(bare: House) -> None:
    made = setup.create_home(bare.ports, name="Школа", base_url=" HTTPS://Portfolio.Shore.example/\n")
    assert made.home.base_url == ADDRESS
    assert made.home.did == "did:web:portfolio.shore.example"


@pytest.mark.parametrize("number", ["", "123", "10254000000091", "102540000000a", "١٠٢٥٤٠٠٠٠٠٠٠٩"])
def test_a_wrong_registration_number_is_refused(bare: House, number: str) -> None:
    with pytest.raises(InvalidInput):
        setup.create_home(bare.ports, name="Школа", base_url=ADDRESS, ogrn=number)


@pytest.mark.parametrize("name", ["", "   ", "Шко\u202eла", "Ш" * 201])
def test_a_name_that_cannot_be_read_is_refused(bare: House, name: str) -> None:
    with pytest.raises(InvalidInput):
        setup.create_home(bare.ports, name=name, base_url=ADDRESS)


def test_without_a_school_the_remedy_is_named(bare: House) -> None:
    with pytest.raises(ConfigurationError) as caught:
        setup.load_home(bare.ports)
    assert "portfolio school create" in caught.value.detail


def test_a_key_of_an_interrupted_start_is_taken_up(bare: House, clock: Clock) -> None:
    left_behind = bare.ports.keys.create("key-2026-04", now=clock())
    setup.create_home(bare.ports, name="Школа", base_url=ADDRESS)
    assert bare.ports.keys.keys() == [left_behind]


def test_a_home_that_cannot_be_stored_leaves_no_registrar(bare: House) -> None:
    class NoKeys:
        def keys(self, _owner: str = "own") -> list[object]:
            raise ConfigurationError(["keys: cannot be read"])

    with pytest.raises(ConfigurationError):
        setup.create_home(replace(bare.ports, keys=NoKeys()), name="Школа", base_url=ADDRESS)  # type: ignore[arg-type]
    with bare.ports.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 0
        assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_signed_bytes_name_the_identity_and_print_follows_the_setting(
    tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock
) -> None:
    first = bare_house(tmp_path / "home", sqlite_database.url, clock)
    setup.create_home(first.ports, name="Школа", base_url=ADDRESS)
    first.close()
    moved = bare_house(tmp_path / "home", sqlite_database.url, clock, PORTFOLIO_BASE_URL="https://new.example")
    try:
        home = setup.load_home(moved.ports)
        assert (home.did, home.base_url) == ("did:web:portfolio.shore.example", ADDRESS)
        assert home.links.base_url == "https://new.example"
        import_school(moved.ports, write_tables(tmp_path / "office"))
        practice = StatedPractice(ZOYA, "LATHE", "N1", MONDAY, MONDAY, 16, {"H-ALG": 3})
        issued = award_one(moved.ports, OPERATOR, practice)
        assert issued.url == f"https://new.example/v/{issued.code}"
        document = document_of(moved.ports, issued.code)
        assert "new.example" not in str(document)
        assert document["issuer"]["id"] == "did:web:portfolio.shore.example"
        assert document["credentialStatus"]["statusListCredential"] == f"{ADDRESS}/status/1"
        assert issued.code not in str(document)
    finally:
        moved.close()


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("http://localhost:8000", True),
        ("http://localhost", True),
        ("https://school.example", False),
        ("https://localhost.example", False),
    ],
)
def test_an_address_of_this_machine_is_known_as_such(bare: House, address: str, loopback: bool) -> None:
    assert setup.create_home(bare.ports, name="Школа", base_url=address).home.loopback is loopback
