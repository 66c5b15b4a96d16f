"""Whether the house is in order, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portfolio.bootstrap import House, bootstrap
from portfolio.services import health, setup
from tests.databases import FreshDatabase
from tests.services.issuing import NoPango, bare_house, settings_of, with_paper
from tests.services.school_files import Clock, PlainPasswords


@pytest.fixture
def bare(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = bare_house(tmp_path / "home", sqlite_database.url, clock)
    yield opened
    opened.close()


def levels(found: health.Health) -> dict[str, str]:
    return {check.name: check.level for check in found.checks}


def test_a_house_in_order(houses: House) -> None:
    found = health.readiness(houses.ports)
    assert found.ready
    assert levels(found) == {"database": "ok", "school": "ok", "keys": "ok"}
    examined = health.examination(houses.ports)
    assert examined.ready
    assert levels(examined)["address"] == "ok"
    assert set(levels(examined)) == {"database", "school", "keys", "address", "pdf", "disk"}


def test_a_database_without_tables(tmp_path: Path, empty_databases: FreshDatabase, clock: Clock) -> None:
    house = bootstrap(settings_of(tmp_path / "home", empty_databases.url), clock=clock, passwords=PlainPasswords())
    try:
        for found in (health.readiness(house.ports), health.examination(house.ports)):
            assert not found.ready
            assert levels(found)["database"] == "fault"
            assert "portfolio db upgrade" in str(found.checks[0].remedies[0])
    finally:
        house.close()


def test_a_home_without_a_school(bare: House) -> None:
    found = health.readiness(bare.ports)
    assert (found.ready, levels(found)["school"]) == (False, "fault")
    assert "portfolio school create" in str(found.checks[-1].remedies[0])
    assert not health.examination(bare.ports).ready


def test_a_school_without_a_key(house: House, clock: Clock) -> None:
    house.ports.keys.retire("key-2026-05", now=clock())
    found = health.readiness(house.ports)
    assert (found.ready, levels(found)["keys"]) == (False, "fault")
    assert "portfolio keys new" in str(found.checks[-1].remedies[0])


def test_an_address_of_this_machine_is_not_for_paper(bare: House) -> None:
    setup.create_home(bare.ports, name="Школа", base_url="http://localhost:8000")
    found = health.examination(bare.ports)
    assert (found.ready, levels(found)["address"]) == (True, "warning")


def test_an_address_other_than_the_identity_is_told(
    tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock
) -> None:
    house = bare_house(tmp_path / "home", sqlite_database.url, clock, PORTFOLIO_BASE_URL="https://new.example")
    try:
        setup.create_home(house.ports, name="Школа", base_url="https://old.example")
        assert levels(health.examination(house.ports))["identity"] == "warning"
    finally:
        house.close()


def test_missing_pango_is_a_warning_with_its_remedy(house: House) -> None:
    found = health.examination(with_paper(house.ports, NoPango()))
    assert found.ready
    pdf = next(check for check in found.checks if check.name == "pdf")
    assert (pdf.level, str(pdf.remedies[0])) == ("warning", "Pango is missing; install libpango")


def test_a_folder_open_to_others_is_a_warning(house: House) -> None:
    house.ports.home.chmod(0o755)
    folder = next(check for check in health.examination(house.ports).checks if check.name == "folder")
    assert folder.level == "warning"
    assert str(folder.remedies[0]).startswith("Run: chmod 700 ")


def test_a_database_that_does_not_answer(houses: House) -> None:
    class Gone:
        def read(self) -> object:
            from portfolio.errors import Message, Unavailable

            raise Unavailable(remedy=Message("The database: the connection was lost"))

    from dataclasses import replace

    found = health.readiness(replace(houses.ports, sessions=Gone()))  # type: ignore[arg-type]
    assert (found.ready, levels(found)) == (False, {"database": "fault"})
