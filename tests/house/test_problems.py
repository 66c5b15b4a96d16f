"""Every problem type that the product gives to programs is explained where its address leads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portfolio import errors
from portfolio.errors import OrientirError
from portfolio.web.problems import OWN_PROBLEMS, explanation_of
from tests.house.repository import REPOSITORY

OWN = "/problems#"


def classes(base: type[OrientirError] = OrientirError) -> Iterator[type[OrientirError]]:
    for found in base.__subclasses__():
        if found.__module__.startswith("portfolio."):
            yield found
            yield from classes(found)


def explained() -> set[str]:
    return {found.type for found in OWN_PROBLEMS}


def test_every_type_that_the_sources_name_is_explained() -> None:
    named: set[str] = set()
    for path in (REPOSITORY / "portfolio").rglob("*.py"):
        named |= set(re.findall(rf'"({OWN}[a-z-]+)"', path.read_text("utf-8")))
    assert len(named) > 10
    assert named - explained() == set()


def test_every_own_error_is_explained_in_its_own_words() -> None:
    own = {found for found in classes() if found.type.startswith(OWN)}
    assert own >= {errors.NotFound, errors.GatesUnmet, errors.ConfigurationError}
    for found in own:
        assert found.type in explained(), found.__name__
        assert explanation_of(found.code) != explanation_of("error"), found.__name__


def test_every_error_has_a_type_a_code_and_a_status_of_an_answer() -> None:
    for found in classes():
        assert found.type.startswith(("https://", OWN)) or found.type == "about:blank", found.__name__
        assert re.fullmatch("[a-z0-9_]+", found.code), found.__name__
        assert found.title.endswith("."), found.__name__
        assert 400 <= found.status <= 599, found.__name__


def test_a_code_means_one_type() -> None:
    types: dict[str, set[str]] = {}
    for found in classes():
        types.setdefault(found.code, set()).add(found.type)
    assert {code for code, found in types.items() if len(found) > 1} == set()
