"""What answers under the school's public addresses: everything that a signed document names."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portfolio.bootstrap import House
from portfolio.errors import ConfigurationError, NotFound
from portfolio.services import import_school, keys, publish
from portfolio.vc import jsontext
from portfolio.vc.contexts import frozen_contexts
from tests.databases import FreshDatabase
from tests.services.issuing import MONDAY, ZOYA, bare_house, document_of, issue
from tests.services.school_files import PARTNERS, PROGRAMMES, Clock, write_tables


def addresses(value: Any) -> set[str]:
    """Every address that stands anywhere in a document."""
    if isinstance(value, str):
        return {value} if value.startswith("https://") else set()
    if isinstance(value, dict):
        return set().union(*(addresses(member) for member in value.values())) if value else set()
    return set().union(*(addresses(member) for member in value)) if isinstance(value, list) and value else set()


def test_every_address_in_a_credential_answers(houses: House) -> None:
    ports = houses.ports
    document = document_of(ports, issue(ports).code)
    foreign = {url for url in addresses(document) if not url.startswith("https://school.example")}
    assert foreign <= set(frozen_contexts())
    own = {url.removeprefix("https://school.example").partition("#")[0] for url in addresses(document) - foreign}
    for path in own:
        match path.split("/")[1:]:
            case ["status", number]:
                assert publish.status_list(ports, int(number))
            case ["a", programme, version]:
                assert publish.achievement(ports, programme, int(version.removeprefix("v"))).title == "Проба «Токарь»"
            case ["skills", code]:
                assert publish.skill(ports, code).url == f"https://school.example{path}"
            case ["o", ogrn]:
                assert publish.organisation(ports, ogrn).url == f"https://school.example{path}"
            case [] | [""]:
                pass
            case other:
                raise AssertionError(other)
    assert {path.split("/")[1] for path in own if path} >= {"status", "a", "skills", "o"}


def test_the_did_document_has_every_key(houses: House, clock: Clock) -> None:
    before = publish.did_document(houses.ports)
    assert before["id"] == "did:web:school.example"
    assert [method["id"] for method in before["verificationMethod"]] == [
        "did:web:school.example#key-2026-05",
        "did:web:school.example#key-2026-05-jwk",
    ]
    clock.forward(timedelta(days=31))
    keys.new_key(houses.ports)
    after = publish.did_document(houses.ports)
    fragments = {method["id"].partition("#")[2] for method in after["verificationMethod"]}
    assert fragments == {"key-2026-05", "key-2026-05-jwk", "key-2026-06", "key-2026-06-jwk"}
    assert "secret" not in json.dumps(after).lower()
    assert '"d"' not in json.dumps(after)


@pytest.mark.parametrize("number", [0, -1, 2, 999, 2**31, 2**63, 10**30])
def test_an_unknown_status_list(houses: House, number: int) -> None:
    issue(houses.ports)
    with pytest.raises(NotFound):
        publish.status_list(houses.ports, number)


@pytest.mark.parametrize(
    ("code", "version"), [("none", 1), ("lathe", 0), ("lathe", 2), ("lathe", 10**30), ("", 1), ("\x00", 1), ("%", 1)]
)
def test_an_unknown_achievement(houses: House, code: str, version: int) -> None:
    with pytest.raises(NotFound):
        publish.achievement(houses.ports, code, version)


def test_every_version_of_a_programme_stays(houses: House, tmp_path: Path) -> None:
    first = publish.achievement(houses.ports, "lathe", 1)
    signed = document_of(houses.ports, issue(houses.ports).code)["credentialSubject"]["achievement"]
    assert first.definition["name"] == signed["name"]
    assert first.definition["id"] == signed["id"]
    renamed = PROGRAMMES.replace("Проба «Токарь»", "Проба «Токарь-универсал»")
    import_school.import_school(houses.ports, write_tables(tmp_path / "later", programmes=renamed))
    assert publish.achievement(houses.ports, "lathe", 1).title == "Проба «Токарь»"
    assert publish.achievement(houses.ports, "LATHE", 2).title == "Проба «Токарь-универсал»"
    assert publish.achievement(houses.ports, "lathe", 1).newest_version == 2


def test_a_renamed_partner_opens_a_version_of_its_programmes(houses: House, tmp_path: Path) -> None:
    """The signed definition names the organisation as its creator, so another name is another definition."""
    ports = houses.ports
    first = document_of(ports, issue(ports).code)["credentialSubject"]["achievement"]
    others = publish.achievement(ports, "boat", 1)
    renamed = PARTNERS.replace("Завод «Маяк»", "АО «Завод Маяк»").replace("1025400000001", "1025400000091")
    folder = write_tables(tmp_path / "later", partners=renamed)
    assert import_school.import_school(ports, folder).files["partners.csv"].changed == 1
    second = document_of(ports, issue(ports, start=MONDAY + timedelta(days=7)).code)["credentialSubject"]["achievement"]
    for signed, version, name in ((first, 1, "Завод «Маяк»"), (second, 2, "АО «Завод Маяк»")):
        assert signed["id"] == f"https://school.example/a/lathe/v{version}"
        served = publish.achievement(ports, "lathe", version)
        assert served.definition["creator"]["name"] == signed["creator"]["name"] == name
        assert served.definition["creator"]["id"] == signed["creator"]["id"]
        assert served.newest_version == 2
    assert publish.achievement(ports, "boat", 1) == others, "another partner's programme is what it was"
    for _ in range(2):  # the same tables again, and again
        summary = import_school.import_school(ports, folder)
        assert all(found.changed == 0 for found in summary.files.values())
    with pytest.raises(NotFound):
        publish.achievement(ports, "lathe", 3)


def test_a_partner_and_its_programme_changed_at_once_make_one_version(houses: House, tmp_path: Path) -> None:
    folder = write_tables(
        tmp_path / "later",
        partners=PARTNERS.replace("Завод «Маяк»", "АО «Завод Маяк»"),
        programmes=PROGRAMMES.replace("Проба «Токарь»", "Проба «Токарь-универсал»"),
    )
    import_school.import_school(houses.ports, folder, dry_run=True)
    assert publish.achievement(houses.ports, "lathe", 1).newest_version == 1, "a preview changes nothing"
    import_school.import_school(houses.ports, folder)
    newest = publish.achievement(houses.ports, "lathe", 2)
    assert (newest.newest_version, newest.organisation, newest.title) == (
        2,
        "АО «Завод Маяк»",
        "Проба «Токарь-универсал»",
    )


def test_a_partner_table_alone_is_enough(houses: House, tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "later", partners=PARTNERS.replace("Завод «Маяк»", "АО «Завод Маяк»"))
    for name in ("mentors", "programmes", "pupils"):
        (folder / f"{name}.csv").unlink()
    import_school.import_school(houses.ports, folder)
    assert publish.achievement(houses.ports, "lathe", 2).organisation == "АО «Завод Маяк»"


def test_skills_and_organisations(house: House) -> None:
    skill = publish.skill(house.ports, "H-ALG")
    assert (skill.title_ru, len(skill.levels)) == ("следование алгоритму", 4)
    for unknown in ("h-alg", "", "X-YZ", "\x00"):
        with pytest.raises(NotFound):
            publish.skill(house.ports, unknown)
    partner = publish.organisation(house.ports, "1025400000001")
    assert (partner.name, partner.own) == ("Завод «Маяк»", False)
    for unknown in ("", "1", "1025400000099", "\x00", "\udcff"):
        with pytest.raises(NotFound):
            publish.organisation(house.ports, unknown)


def test_nothing_is_published_without_a_school(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> None:
    empty = bare_house(tmp_path / "home", sqlite_database.url, clock)
    try:
        with pytest.raises(ConfigurationError):
            publish.did_document(empty.ports)
        with pytest.raises(NotFound):
            publish.status_list(empty.ports, 1)
    finally:
        empty.close()


def test_public_documents_carry_no_names(houses: House) -> None:
    issue(houses.ports, ZOYA)
    served = publish.status_list(houses.ports, 1) + jsontext.dumps(publish.did_document(houses.ports))
    for name in ("Птичкин", "Зоя", "90-1"):
        assert name.encode() not in served


def test_an_address_that_was_signed_answers_after_the_number_was_corrected(houses: House, tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "again", partners=PARTNERS.replace("1025400000001", "1025400000091"))
    import_school.import_school(houses.ports, folder)
    for ogrn in ("1025400000001", "1025400000091"):
        assert publish.organisation(houses.ports, ogrn).name == "Завод «Маяк»"
