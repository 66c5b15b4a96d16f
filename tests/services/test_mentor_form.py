"""The mentor's form: who may issue what, all gates for every pupil, one form one issue, and a limit to harm."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from portfolio.bootstrap import House
from portfolio.errors import Forbidden, GatesUnmet, InvalidInput, NotFound, NotSignedIn, TooManyRequests
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.services.award import (
    AwardRequest,
    award_by_mentor,
    award_file,
    award_form,
    search_pupils,
)
from portfolio.services.import_school import import_school
from portfolio.services.sign_in import current_actor, new_account, sign_in
from portfolio.storage import organizations, people
from portfolio.storage.orm import Credential, Practice
from tests.databases import FreshDatabase
from tests.services.school_files import Clock, open_house, snapshot, write_results, write_tables

CLASS_OF_35 = "Номер;Фамилия;Имя;Отчество;Класс;Дата рождения\n" + "".join(
    f"90-{number};Птичкина{'абвгдежзиклмнопрстуфхцчшщэюяабвгдежз'[number - 1]};Зоя;;9-А;02.07.2011\n"
    for number in range(1, 36)
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = open_house(tmp_path / "school", sqlite_database.url, clock)
    import_school(opened.ports, write_tables(tmp_path / "office"))
    yield opened
    opened.close()


@pytest.fixture
def houses(tmp_path: Path, databases: FreshDatabase, clock: Clock) -> Iterator[House]:
    """The same on SQLite and on PostgreSQL."""
    opened = open_house(tmp_path / "school", databases.url, clock)
    import_school(opened.ports, write_tables(tmp_path / "office"))
    yield opened
    opened.close()


def mentor_of(house: House, code: str = "N1") -> Actor:
    made = new_account(house.ports, OPERATOR, role="mentor", person=code)
    found = current_actor(house.ports, sign_in(house.ports, made.login, made.password).token)
    assert found is not None
    return found


def ids(house: House, *numbers: str) -> tuple[int, ...]:
    with house.ports.sessions.read() as session:
        pupils = people.all_pupils(session)
        return tuple(pupils[number].id for number in numbers)


def request_of(house: House, *numbers: str, programme: str = "LATHE", **changes: Any) -> AwardRequest:
    with house.ports.sessions.read() as session:
        programme_id = organizations.all_programmes(session)[programme].id
    whole = AwardRequest(
        pupil_ids=ids(house, *numbers),
        programme_id=programme_id,
        start=date(2026, 5, 11),
        end=date(2026, 5, 12),
        hours=16,
        levels={"H-ALG": 3, "S-PUNCT": 2},
        narrative="Выточила вал.",
        form_key="a form",
    )
    return replace(whole, **changes)


def practices(house: House) -> list[Practice]:
    with house.ports.sessions.read() as session:
        return list(session.scalars(select(Practice).order_by(Practice.id)))


# --- what the form offers


def test_the_form_offers_everything_and_says_what_is_in_the_way(house: House, clock: Clock) -> None:
    form = award_form(house.ports, mentor_of(house))
    offered = {one.code: one for one in form.programmes}
    assert form.programmes[0].code == "LATHE"
    assert (offered["LATHE"].own, offered["LATHE"].problems) == (True, ())
    assert offered["LATHE"].format_title == "Professional trial"
    assert offered["LATHE"].skills == (
        ("H-ALG", "следование алгоритму", "following a procedure"),
        ("S-PUNCT", "пунктуальность", "punctuality"),
    )
    assert (offered["BOAT"].own, offered["BOAT"].problems) == (False, ("agreement_not_in_force",))
    assert offered["TALK"].problems == ("format_not_certified",)
    assert form.classes == ("9-А", "10-Б")
    assert [(one.number, one.name_en) for one in form.levels] == [
        (1, "with help"),
        (2, "following an example"),
        (3, "independently"),
        (4, "teaches others"),
    ]
    assert form.today == date(2026, 5, 12)
    assert form.recent == ()
    award_by_mentor(house.ports, mentor_of(house), request_of(house, "90-1", "90-3"))
    [group] = award_form(house.ports, mentor_of(house)).recent
    assert (group.programme, group.end) == ("Проба «Токарь»", date(2026, 5, 12))
    assert {one.name for one in group.pupils} == {"Птичкина Зоя", "Совина Вера"}


def test_a_mentor_without_accreditation_sees_so_beforehand(house: House) -> None:
    form = award_form(house.ports, mentor_of(house, "N2"))
    assert all("mentor_not_accredited" in one.problems for one in form.programmes)


def test_today_is_the_schools_day(house: House, clock: Clock) -> None:
    mentor = mentor_of(house)
    clock.moment = clock.moment.replace(hour=17, minute=30)  # 00:30 of the next day in Novosibirsk
    assert award_form(house.ports, mentor).today == date(2026, 5, 13)


@pytest.mark.parametrize(
    ("query", "class_name", "found"),
    [
        ("снегир", None, ["Снегирёв Семён"]),
        ("СНЕГИРЕВ сем", None, ["Снегирёв Семён"]),
        ("семён", None, ["Снегирёв Семён"]),
        ("90-3", None, ["Совина Вера"]),
        ("с", None, ["Снегирёв Семён", "Совина Вера"]),
        ("с", "10-Б", ["Совина Вера"]),
        ("", "9-А", ["Птичкина Зоя", "Снегирёв Семён"]),
        ("", None, []),
        ("   ", None, []),
        ("егирёв", None, []),
        ("%", None, []),
        ("_", None, []),
    ],
)
def test_search(house: House, query: str, class_name: str | None, found: list[str]) -> None:
    assert [one.name for one in search_pupils(house.ports, mentor_of(house), query, class_name)] == found


def test_a_search_shows_thirty_and_a_class_is_whole(house: House, tmp_path: Path) -> None:
    import_school(house.ports, write_tables(tmp_path / "office", pupils=CLASS_OF_35))
    mentor = mentor_of(house)
    assert len(search_pupils(house.ports, mentor, "птичкина")) == 30
    assert len(search_pupils(house.ports, mentor, "", "9-А")) == 35


# --- issuing


def test_one_form_issues_to_several(houses: House, clock: Clock) -> None:
    mentor = mentor_of(houses)
    issued = award_by_mentor(houses.ports, mentor, request_of(houses, "90-3", "90-1"))
    assert [one.pupil for one in issued] == ["Совина Вера", "Птичкина Зоя"]
    assert all(one.url == f"https://school.example/v/{one.code}" for one in issued)
    kept = practices(houses)
    assert [(one.source, one.mentor_ref, one.unmet) for one in kept] == [("mentor", "N1", [])] * 2
    with houses.ports.sessions.read() as session:
        assert set(session.scalars(select(Credential.issued_by))) == {mentor.account_id}


def test_the_same_form_twice_answers_with_the_same(houses: House, clock: Clock) -> None:
    mentor = mentor_of(houses)
    request = request_of(houses, "90-1", "90-3")
    first = award_by_mentor(houses.ports, mentor, request)
    clock.forward(timedelta(minutes=5))
    assert award_by_mentor(houses.ports, mentor, request) == first
    # Even changed on the way: the key stands for what was issued with it.
    assert award_by_mentor(houses.ports, mentor, replace(request, hours=3)) == first
    assert len(snapshot(houses.ports)) == 2


def test_the_same_form_sent_many_times_at_once_issues_once(houses: House) -> None:
    mentor = mentor_of(houses)
    request = request_of(houses, "90-1", "90-3")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: award_by_mentor(houses.ports, mentor, request), range(6)))
    assert len(set(answers)) == 1
    assert len(snapshot(houses.ports)) == 2


def test_another_form_with_the_same_words_issues_nothing_new(house: House) -> None:
    mentor = mentor_of(house)
    first = award_by_mentor(house.ports, mentor, request_of(house, "90-1"))
    second = award_by_mentor(house.ports, mentor, request_of(house, "90-1", "90-3", form_key="another"))
    assert second[0] == first[0]
    assert len(snapshot(house.ports)) == 2


def test_another_mentors_key_is_another_form(house: House, tmp_path: Path) -> None:
    office = write_tables(
        tmp_path / "office",
        mentors=(tmp_path / "office" / "mentors.csv")
        .read_text()
        .replace("преподаватель,2025-08-31", "преподаватель,2027-08-31"),
    )
    import_school(house.ports, office)
    award_by_mentor(house.ports, mentor_of(house), request_of(house, "90-1"))
    [issued] = award_by_mentor(house.ports, mentor_of(house, "N2"), request_of(house, "90-3"))
    assert issued.pupil == "Совина Вера"


def test_a_row_that_waited_in_the_register_is_taken_up(house: House, tmp_path: Path) -> None:
    waiting = "90-1;LATHE;11.05.2026;12.05.2026;16;N2;H-ALG=1;;да"
    assert award_file(house.ports, write_results(tmp_path / "office", waiting)).refused == {"mentor_not_accredited": 1}
    award_by_mentor(house.ports, mentor_of(house), request_of(house, "90-1"))
    [kept] = practices(house)
    assert (kept.mentor_ref, kept.source, kept.unmet) == ("N1", "mentor", [])
    assert kept.credential_id is not None


@pytest.mark.parametrize(
    ("programme", "changes", "code"),
    [
        ("BOAT", {"levels": {"S-TEAM": 2}}, "agreement_not_in_force"),
        ("TALK", {"levels": {"S-TALK": 2}}, "format_not_certified"),
        ("LATHE", {"hours": 0}, "bad_hours"),
        ("LATHE", {"hours": 5000}, "bad_hours"),
        ("LATHE", {"levels": {}}, "no_rubric_result"),
        ("LATHE", {"levels": {"H-ALG": 5}}, "level_out_of_range"),
        ("LATHE", {"levels": {"S-LEAD": 2}}, "skill_not_in_programme"),
        ("LATHE", {"start": date(2026, 5, 13), "end": date(2026, 5, 12)}, "end_before_start"),
        ("LATHE", {"end": date(2026, 5, 13)}, "not_finished"),
        ("LATHE", {"narrative": "Ы\u202eы"}, "bad_text"),
        ("LATHE", {"narrative": "ы" * 2001}, "bad_text"),
    ],
)
def test_an_unmet_gate_issues_nothing_to_anybody(
    house: House, programme: str, changes: dict[str, Any], code: str
) -> None:
    request = request_of(house, "90-1", "90-3", programme=programme, **changes)
    with pytest.raises(GatesUnmet) as found:
        award_by_mentor(house.ports, mentor_of(house), request)
    assert found.value.params["codes"] == (code,)
    assert found.value.params["pupils"] == tuple((pupil_id, (code,)) for pupil_id in request.pupil_ids)
    assert snapshot(house.ports) == []
    assert practices(house) == []


def test_the_gate_of_one_pupil_names_this_pupil(house: House, clock: Clock) -> None:
    with house.ports.sessions.write() as session:
        people.all_pupils(session)["90-3"].consents[0].withdrawn_at = clock()
    request = request_of(house, "90-1", "90-3")
    with pytest.raises(GatesUnmet) as found:
        award_by_mentor(house.ports, mentor_of(house), request)
    assert found.value.params["pupils"] == ((request.pupil_ids[1], ("no_processing_consent",)),)
    assert "Вера" not in str(found.value)
    assert snapshot(house.ports) == []
    # The refused form was not used up: without this pupil it goes through.
    assert len(award_by_mentor(house.ports, mentor_of(house), replace(request, pupil_ids=request.pupil_ids[:1]))) == 1


def test_what_was_signed_cannot_be_signed_otherwise(house: House) -> None:
    mentor = mentor_of(house)
    award_by_mentor(house.ports, mentor, request_of(house, "90-1"))
    with pytest.raises(GatesUnmet) as found:
        award_by_mentor(house.ports, mentor, request_of(house, "90-1", form_key="b", levels={"H-ALG": 4}))
    assert found.value.params["codes"] == ("already_issued_differs",)


# --- who may


def test_only_mentors(house: House) -> None:
    request = request_of(house, "90-1")
    for actor in (
        Actor(1, "pupil", "Зоя", pupil_id=1),
        OPERATOR,
        Actor(9, "mentor", "Никто"),
        Actor(9, "mentor", "Нет", mentor_id=99),
    ):
        with pytest.raises(Forbidden):
            award_form(house.ports, actor)
        with pytest.raises(Forbidden):
            award_by_mentor(house.ports, actor, request)
    for actor in (Actor(1, "pupil", "Зоя", pupil_id=1), OPERATOR):
        with pytest.raises(Forbidden):
            search_pupils(house.ports, actor, "птич")
    with pytest.raises(NotSignedIn):
        award_form(house.ports, None)  # type: ignore[arg-type]
    assert snapshot(house.ports) == []


def test_people_and_programmes_that_do_not_exist(house: House) -> None:
    mentor = mentor_of(house)
    with pytest.raises(NotFound):
        award_by_mentor(house.ports, mentor, request_of(house, "90-1", programme_id=999))
    with pytest.raises(NotFound):
        award_by_mentor(house.ports, mentor, request_of(house, "90-1", pupil_ids=(*ids(house, "90-1"), 999)))
    assert snapshot(house.ports) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"pupil_ids": ()},
        {"pupil_ids": (1, 1)},
        {"pupil_ids": tuple(range(1, 32))},
        {"form_key": ""},
        {"form_key": "k" * 201},
    ],
)
def test_forms_that_ours_never_sends(house: House, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        award_by_mentor(house.ports, mentor_of(house), request_of(house, "90-1", **changes))


# --- how much


def test_a_stolen_sign_in_does_limited_harm(house: House, tmp_path: Path, clock: Clock) -> None:
    import_school(house.ports, write_tables(tmp_path / "office", pupils=CLASS_OF_35))
    mentor = mentor_of(house)
    numbers = [f"90-{number}" for number in range(1, 31)]

    def issue(day: int, count: int = 30) -> int:
        moment = date(2025, 9, 1) + timedelta(days=day)
        request = request_of(house, *numbers[:count], start=moment, end=moment, form_key=f"{day}/{count}")
        return len(award_by_mentor(house.ports, mentor, request))

    assert issue(1) + issue(2) == 60
    with pytest.raises(TooManyRequests) as found:
        issue(3, 1)
    assert found.value.message.params == {"most": 60, "hours": 1}
    assert issue(1) == 30  # the same form again issues nothing and is answered
    for hour in range(2):
        clock.forward(timedelta(minutes=61))
        assert issue(10 + 2 * hour) + issue(11 + 2 * hour) == 60
    clock.forward(timedelta(minutes=61))
    assert issue(20, 20) == 20
    with pytest.raises(TooManyRequests) as found:
        issue(21, 1)
    assert found.value.message.params == {"most": 200, "hours": 24}
    clock.forward(timedelta(hours=24))
    assert issue(21, 1) == 1
    assert len(snapshot(house.ports)) == 201
