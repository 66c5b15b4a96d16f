"""Open houses: ``house`` on SQLite, ``houses`` on SQLite and on PostgreSQL, each with the people of the school."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portfolio.bootstrap import House
from tests.databases import FreshDatabase
from tests.services.issuing import populated_house
from tests.services.school_files import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = populated_house(tmp_path, sqlite_database.url, clock)
    yield opened
    opened.close()


@pytest.fixture
def houses(tmp_path: Path, databases: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = populated_house(tmp_path, databases.url, clock)
    yield opened
    opened.close()
