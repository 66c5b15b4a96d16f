"""The page that tells offices what to write says what the code reads."""

from __future__ import annotations

import re

from portfolio import resources
from portfolio.practice.cells import Cells, find_columns
from portfolio.practice.formats import FORMATS
from portfolio.practice.gates import CODES
from portfolio.practice.results import COLUMNS, read_statement
from portfolio.practice.school_tables import (
    AGREEMENT_STATUSES,
    MENTORS,
    ORIGINS,
    PARTNER_KINDS,
    PARTNERS,
    PROGRAMMES,
    PUPILS,
)

PAGE = (resources.templates().parent / "docs" / "formats" / "import.md").read_text(encoding="utf-8")


def test_every_column_is_named_with_its_russian_name() -> None:
    for columns in (PARTNERS.columns, MENTORS.columns, PROGRAMMES.columns, PUPILS.columns, COLUMNS):
        for column in columns:
            assert f"`{column.key}` {column.names[0]}" in PAGE


def test_every_word_and_every_condition_stands_there() -> None:
    words = {*PARTNER_KINDS.values(), *AGREEMENT_STATUSES.values(), *ORIGINS.values(), *FORMATS, *CODES}
    assert words <= set(re.findall(r"[a-z_]+", PAGE))


def test_the_conditions_stand_in_their_order() -> None:
    listed = re.search(r"bad_row, .*?already_issued_differs", PAGE, re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r"[a-z_]+", listed[0])) == CODES


def test_the_example_is_read() -> None:
    header, row = PAGE.split("practice-results.csv (UTF-8)\n")[1].split("\n")[:2]
    places = find_columns("practice-results.csv", COLUMNS, header.split(";"))
    statement = read_statement(Cells({key: row.split(";")[place] for key, place in places.items()}))
    assert statement.malformed == frozenset()
    assert statement.levels == {"H-ALG": 3, "S-PUNCT": 2}
