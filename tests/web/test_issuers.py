"""The school office decides whom to believe: figures are compared first, lists are shown before they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from portfolio.services import known_issuers
from portfolio.storage.orm import TrustLine
from portfolio.vc import jsontext
from portfolio.vc.issuer_document import key_fingerprint
from portfolio.vc.trust_list import ListedIssuer
from portfolio.web.app import create_app
from tests.simulator import ForeignSchool, Internet
from tests.web.conftest import Site
from tests.web.people import Person, School, own_school, said

PAGE = "/admin/issuers"


@pytest.fixture
def lyceum() -> ForeignSchool:
    return ForeignSchool()


@pytest.fixture
def gymnasium() -> ForeignSchool:
    return ForeignSchool("did:web:gymnasium.example", "Гимназия «Звезда»", b"g")


@pytest.fixture
def internet(lyceum: ForeignSchool, gymnasium: ForeignSchool) -> Internet:
    return Internet(lyceum, gymnasium)


@pytest.fixture
def school(site: Site, tmp_path: Path, internet: Internet) -> Iterator[School]:
    with own_school(site, tmp_path) as found:
        ports = replace(found.ports, fetcher=internet)
        yield School(Site(create_app(ports), ports, site.table))


@pytest.fixture
def office(school: School) -> Person:
    person = school.signed_in("registrar")
    person.client.get("/?lang=en")
    return person


def dids(school: School) -> set[str]:
    return {view.did for view in known_issuers.known(school.ports).others}


def look(office: Person, school: ForeignSchool, status: int = 200, **fields: str) -> str:
    values = {"did": school.did, "name_ru": school.name, "kind": "school", **fields}
    return office.send(office.open(PAGE), f"{PAGE}/look", values, status=status).get_data(as_text=True)


def test_an_issuer_is_added_after_the_figures_were_shown(
    school: School, office: Person, lyceum: ForeignSchool, internet: Internet
) -> None:
    page = look(office, lyceum)
    figures = key_fingerprint(jsontext.loads(lyceum.did_document()))
    assert figures in page
    assert lyceum.did not in dids(school)
    assert internet.asked == ["https://licey.example/.well-known/did.json"]
    office.send(page, f"{PAGE}/add")
    assert lyceum.did in dids(school)
    words = said(office.open(PAGE))
    assert "Its signatures are believed from now on." in words
    assert figures in words
    office.send(office.open(PAGE), f"{PAGE}/remove", {"did": lyceum.did})
    assert lyceum.did not in dids(school)


def test_a_pasted_document_asks_nobody(
    school: School, office: Person, lyceum: ForeignSchool, internet: Internet
) -> None:
    page = look(office, lyceum, document=lyceum.did_document().decode())
    office.send(page, f"{PAGE}/add")
    assert lyceum.did in dids(school)
    assert internet.asked == []


def test_changed_keys_are_a_red_stop(school: School, office: Person, lyceum: ForeignSchool) -> None:
    office.send(look(office, lyceum), f"{PAGE}/add")
    lyceum.fragments.append("key-2026-09")
    assert "The keys have changed" in look(office, lyceum)


@pytest.mark.parametrize(
    "fields",
    [
        {"did": "did:web:127.0.0.1"},
        {"did": ""},
        {"name_ru": ""},
        {"name_ru": "x" * 201},
        {"kind": "own"},
        {"document": "{}"},
        {"did": "did:web:nobody.example"},
    ],
    ids=str,
)
def test_what_cannot_be_said_yes_to(
    school: School, office: Person, lyceum: ForeignSchool, fields: dict[str, str]
) -> None:
    before = dids(school)
    status = 503 if fields.get("did") == "did:web:nobody.example" else 422
    page = look(office, lyceum, status=status, **fields)
    assert "nothing you typed was lost" in page
    assert dids(school) == before


def test_a_name_that_could_be_mistaken_is_refused_in_the_end(
    school: School, office: Person, lyceum: ForeignSchool
) -> None:
    page = look(office, lyceum, name_ru="Лицeй")
    answer = office.send(page, f"{PAGE}/add", status=422)
    assert "could be mistaken" in said(answer)
    assert lyceum.did not in dids(school)


def test_a_list_is_shown_before_it_is_taken_in(
    school: School, office: Person, lyceum: ForeignSchool, gymnasium: ForeignSchool, internet: Internet
) -> None:
    office.send(look(office, lyceum), f"{PAGE}/add")
    lyceum.known = [ListedIssuer(gymnasium.did, "school", {"ru": gymnasium.name}, lyceum.now.date())]
    address = "https://licey.example/.well-known/trust-list.json"
    page = office.send(office.open(PAGE), f"{PAGE}/list", {"address": address}, status=200).get_data(as_text=True)
    assert gymnasium.name in page
    assert gymnasium.did not in dids(school)
    office.send(page, f"{PAGE}/list/take")
    assert gymnasium.did in dids(school)
    assert "Лицей № 9: version 1, taken in" in said(office.open(PAGE))
    assert school.count(TrustLine) == 4  # with the demo's two


@pytest.mark.parametrize("address", ["", "https://evil.example/.well-known/trust-list.json", "x" * 301])
def test_lists_of_strangers_are_not_fetched(school: School, office: Person, internet: Internet, address: str) -> None:
    before = dids(school)
    office.send(office.open(PAGE), f"{PAGE}/list", {"address": address}, status=422)
    assert internet.asked == []
    assert dids(school) == before
