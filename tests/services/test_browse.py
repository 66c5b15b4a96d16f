"""What people look at: their own things, the school's registers, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import DeclarativeBase

from portfolio.bootstrap import House
from portfolio.errors import Forbidden, NotFound, NotSignedIn
from portfolio.ports import Ports
from portfolio.services import award, browse, consent, portfolios, register, revoke, sign_in
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.storage.orm import Credential
from tests.services.issuing import MONDAY, SEMYON, VERA, ZOYA, as_pupil, issue, issue_many, pupil_id
from tests.services.school_files import GOOD_ROW, Clock, write_results

MENTOR = Actor(1, "mentor", "a mentor", mentor_id=1)


def test_a_portfolio_groups_by_school_year_and_counts_what_is_in_force(houses: House) -> None:
    ports = houses.ports
    first = issue(ports, start=MONDAY)
    earlier = issue(ports, start=MONDAY - timedelta(days=150))
    dead = issue(ports, start=MONDAY - timedelta(days=10))
    revoke.revoke(ports, OPERATOR, dead.code, "error")
    view = portfolios.my_portfolio(ports, as_pupil(ports))
    assert (view.person, view.class_name, view.school) == ("Зоя Птичкина", "9-А", "Школа на берегу")
    assert {one.code: one.state for one in view.credentials} == {
        first.code: "valid",
        earlier.code: "valid",
        dead.code: "revoked",
    }
    assert (view.hours, view.organisations) == (32, 1)
    assert [(year, len(found)) for year, found in view.years] == [("2025/26", 3)]
    assert {(skill.code, skill.level, skill.confirmations) for skill in view.skills} == {
        ("H-ALG", 3, 2),
        ("S-PUNCT", 2, 2),
    }


def test_states_of_the_register(house: House, clock: Clock) -> None:
    ports = house.ports
    names = ("valid", "revoked", "suspended", "superseded", "expired", "not_yet_valid")
    rows = dict(zip(names, issue_many(ports, 6), strict=True))
    revoke.revoke(ports, OPERATOR, rows["revoked"].code, "error")
    revoke.suspend(ports, OPERATOR, rows["suspended"].code)
    changes: dict[str, dict[str, Any]] = {
        "superseded": {"superseded_by": rows["valid"].credential_id, "superseded_at": clock()},
        "expired": {"valid_until": clock() - timedelta(seconds=1)},
        "not_yet_valid": {"valid_from": clock() + timedelta(days=1)},
    }
    with ports.sessions.write() as session:
        for name, values in changes.items():
            session.execute(update(Credential).where(Credential.id == rows[name].credential_id).values(**values))
    found = {row.id: row.state for row in browse.credentials_page(ports, OPERATOR).rows}
    assert found == {one.credential_id: name for name, one in rows.items()}
    for state in ("revoked", "suspended", "superseded", "expired"):
        page = browse.credentials_page(ports, OPERATOR, state=state)
        assert [row.id for row in page.rows] == [rows[state].credential_id]


def test_credentials_are_found(houses: House) -> None:
    ports = houses.ports
    mine, theirs = issue(ports), issue(ports, SEMYON)

    def found(query: str) -> set[str]:
        return {row.code for row in browse.credentials_page(ports, OPERATOR, query=query).rows}

    assert found("птичк") == found("ЗОЯ") == found(ZOYA) == found(mine.code) == {mine.code}
    assert found("токарь снегир") == {theirs.code}
    assert found("токарь") == found("") == {mine.code, theirs.code}
    assert found(register.credential(ports, OPERATOR, mine.code).credential.grouped) == {mine.code}
    for nothing in ("%", "_", "\\", "'; DROP TABLE credential;--", "токарь птичк семён", "\x00", "x" * 10_000):
        assert found(nothing) == set()


def test_pages_of_credentials(house: House) -> None:
    ports = house.ports
    issue_many(ports, 51)
    first = browse.credentials_page(ports, OPERATOR)
    second = browse.credentials_page(ports, OPERATOR, page=2)
    assert (first.total, first.pages, len(first.rows), len(second.rows)) == (51, 2, 50, 1)
    assert not {row.id for row in first.rows} & {row.id for row in second.rows}
    assert browse.credentials_page(ports, OPERATOR, page=3).rows == ()


def test_the_register_says_what_is_missing(houses: House, tmp_path: Path) -> None:
    ports = houses.ports
    rows = (
        GOOD_ROW,
        "90-2;BOAT;16.03.2026;17.03.2026;16;N1;S-TEAM=2;Лодка.;да",
        "90-3;LATHE;16.03.2026;17.03.2026;16;N2;H-ALG=2;Вал.;да",
        "90-3;LATHE;18.03.2026;19.03.2026;16;N1;H-ALG=2;Вал.;нет",
        "90-9;LATHE;16.03.2026;17.03.2026;16;N1;H-ALG=2;Вал.;да",
    )
    award.award_file(ports, write_results(tmp_path / "office", *rows))
    page = browse.register(ports, OPERATOR)
    assert {(row.pupil, row.codes) for row in page.rows} == {
        ("Снегирёв Семён", ("agreement_not_in_force",)),
        ("Совина Вера", ("mentor_not_accredited",)),
        ("90-9", ("unknown_pupil",)),
    }
    assert dict(page.counts) == {"agreement_not_in_force": 1, "mentor_not_accredited": 1, "unknown_pupil": 1}
    assert [row.pupil for row in browse.register(ports, OPERATOR, class_name="10-Б").rows] == ["Совина Вера"]
    only = browse.register(ports, OPERATOR, code="unknown_pupil")
    assert (only.total, only.rows[0].class_name) == (1, None)
    overview = browse.overview(ports, OPERATOR)
    assert (overview.pupils, overview.issued, overview.pending) == (3, 1, 3)
    assert overview.without_publication == 3
    assert tuple(overview.classes) == ("9-А", "10-Б")


def test_people_with_consents_and_sign_ins(houses: House) -> None:
    ports = houses.ports
    issue(ports)
    consent.grant(ports, OPERATOR, pupil_id(ports, ZOYA), "publication")
    sign_in.new_account(ports, OPERATOR, role="pupil", person=SEMYON)
    rows = {row.roster_id: row for row in browse.people_page(ports, OPERATOR).rows}
    assert (rows[ZOYA].publication, rows[ZOYA].credentials, rows[ZOYA].login) == (True, 1, None)
    assert (rows[SEMYON].publication, rows[SEMYON].credentials, rows[SEMYON].login) == (False, 0, "90-2")
    assert browse.person(ports, OPERATOR, rows[ZOYA].id) == rows[ZOYA]
    assert [row.roster_id for row in browse.people_page(ports, OPERATOR, query="снегирев").rows] == [SEMYON]
    assert [row.roster_id for row in browse.people_page(ports, OPERATOR, class_name="10-Б").rows] == [VERA]
    mentors = {row.code: row for row in browse.mentors(ports, OPERATOR)}
    assert (mentors["N1"].accredited, mentors["N2"].accredited) == (True, False)


def test_numbers_of_the_register(house: House) -> None:
    ports = house.ports
    both = (pupil_id(ports, ZOYA), pupil_id(ports, VERA))
    assert browse.pupil_ids(ports, OPERATOR, [f" {ZOYA} ", VERA, ZOYA]) == both
    assert browse.pupil_ids(ports, OPERATOR, []) == ()
    for unknown in ("90-77", "", "\x00", "\udcff"):
        with pytest.raises(NotFound):
            browse.pupil_ids(ports, OPERATOR, [ZOYA, unknown])


@pytest.mark.parametrize("reference", ["", "x", "0000000000000000", "urn:uuid:none", "\x00", "\udcff", "%"])
def test_an_unknown_credential(houses: House, reference: str) -> None:
    issue(houses.ports)
    for look in (register.credential, register.credential_file):
        with pytest.raises(NotFound):
            look(houses.ports, OPERATOR, reference)


@pytest.mark.parametrize("number", [0, -1, 999, 2**31, 2**63, 10**30])
def test_an_unknown_person(houses: House, number: int) -> None:
    with pytest.raises(NotFound):
        browse.person(houses.ports, OPERATOR, number)


VIEWS: tuple[Callable[[Ports, Any], object], ...] = (
    browse.overview,
    browse.register,
    browse.people_page,
    browse.mentors,
    browse.credentials_page,
    lambda ports, actor: browse.person(ports, actor, 1),
    lambda ports, actor: browse.pupil_ids(ports, actor, [ZOYA]),
)


@pytest.mark.parametrize("view", VIEWS)
def test_the_registers_are_the_registrars(house: House, view: Callable[[Ports, Any], object]) -> None:
    assert view(house.ports, OPERATOR) is not None
    for actor in (as_pupil(house.ports), MENTOR):
        with pytest.raises(Forbidden):
            view(house.ports, actor)
    with pytest.raises(NotSignedIn):
        view(house.ports, None)


def test_a_portfolio_is_its_pupils(house: House) -> None:
    for actor in (OPERATOR, MENTOR):
        with pytest.raises(Forbidden):
            portfolios.my_portfolio(house.ports, actor)
    with pytest.raises(NotFound):
        portfolios.my_portfolio(house.ports, Actor(1, "pupil", "gone", pupil_id=999))


def test_nothing_of_the_database_leaves(house: House) -> None:
    """Views are plain values: templates cannot make queries, and a closed session breaks nothing."""
    ports = house.ports
    issue(ports)
    todo: list[object] = [view(ports, OPERATOR) for view in VIEWS]
    todo += [portfolios.my_portfolio(ports, as_pupil(ports)), browse.register(ports, OPERATOR)]
    while todo:
        value = todo.pop()
        assert not isinstance(value, DeclarativeBase)
        if is_dataclass(value):
            todo += [getattr(value, field.name) for field in fields(value)]
        elif isinstance(value, list | tuple):
            todo += value
