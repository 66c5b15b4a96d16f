"""The mentor's half minute: whom, what for, which level, agree. Without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

from portfolio import resources
from portfolio.services import consent
from portfolio.services.authorize import OPERATOR
from portfolio.storage.orm import Credential, Practice
from tests.web.conftest import Site
from tests.web.people import Forms, Person, School, own_school, said

PUPIL, SECOND = "О-1024", "О-1008"
CNC = "Профессиональная проба «Оператор станков с ЧПУ»"


@pytest.fixture
def school(site: Site, tmp_path: Path) -> Iterator[School]:
    with own_school(site, tmp_path) as found:
        yield found


@pytest.fixture
def gleb(school: School) -> Person:
    person = school.signed_in("mentor")
    person.client.get("/?lang=en")
    return person


def programme_id(page: str, title: str) -> str:
    found = re.search(rf'name="programme" value="(\d+)"[^>]*><span>{re.escape(title)}', page)
    assert found, f"{title} is not offered"
    return found[1]


def with_programme(school: School, person: Person, *roster_ids: str) -> str:
    """The form with pupils ticked and the programme taken."""
    page = person.open("/m/issue")
    ticked = [str(school.pupil(roster_id).id) for roster_id in roster_ids]
    return person.send(
        page, "/m/issue", {"pupil": ticked, "programme": programme_id(page, CNC)}, button="step=programme", status=200
    ).text


FILLED = {"hours": "7", "level-H-ALG": "3", "seen": "made", "narrative": "Деталь собрана <верно>."}


def card(school: School, person: Person, *roster_ids: str) -> str:
    page = with_programme(school, person, *roster_ids)
    return person.send(page, "/m/issue", FILLED, button="step=review", status=200).text


# --- the walk


def test_from_three_letters_to_a_confirmation_that_an_employer_can_check(school: School, gleb: Person) -> None:
    assert 'href="/m/issue"' in gleb.open("/m")
    found = gleb.send(gleb.open("/m/issue"), "/m/issue", {"q": "вор"}, button="step=find", status=200).text
    assert re.findall(r'name="pupil" value="(\d+)"', found) == [str(school.pupil(PUPIL).id)]

    page = with_programme(school, gleb, PUPIL)
    form = gleb.fill(page, "/m/issue")
    assert form["hours"] == "16"  # the programme's own
    assert (
        form["start"] == form["end"] == school.ports.now().astimezone(school.ports.settings.timezone).date().isoformat()
    )
    assert form["level-H-ALG"] == "0"

    review = gleb.send(page, "/m/issue", FILLED, button="step=review", status=200).text
    words = said(review)
    assert "You confirm" in words
    assert "Воронцов-Дашков Константин-Александр" in words
    assert "independently" in words
    assert "Всё сделано своими руками. Деталь собрана &lt;верно&gt;." in review

    done = gleb.open(gleb.send(review, "/m/issue/sign").headers["Location"])
    code = re.search(r'class="code">([0-9a-z-]{19})<', done)
    assert code
    answer = (
        school.stranger()
        .client.get(f"/v/{code[1].replace('-', '')}", headers={"Accept": "application/json"})
        .get_json()
    )
    assert answer["verified"] is True
    assert answer["shown"]["hours"] == 7
    assert code[1] in school.newcomer("pupil", PUPIL).open("/me")
    assert "Воронцов-Дашков" in gleb.open("/m")  # the last group


def test_seeing_the_card_stores_nothing(school: School, gleb: Person) -> None:
    before = school.count(Credential), school.count(Practice)
    card(school, gleb, PUPIL)
    assert (school.count(Credential), school.count(Practice)) == before


def test_several_pupils_get_one_confirmation_each(school: School, gleb: Person) -> None:
    before = school.count(Credential)
    review = card(school, gleb, PUPIL, SECOND)
    assert "2 confirmations, one for each pupil" in said(review)
    done = gleb.open(gleb.send(review, "/m/issue/sign").headers["Location"])
    assert school.count(Credential) == before + 2
    assert len(set(re.findall(r'class="code">([0-9a-z-]{19})<', done))) == 2


def test_a_double_click_issues_once(school: School, gleb: Person) -> None:
    before = school.count(Credential)
    sent = gleb.fill(card(school, gleb, PUPIL), "/m/issue/sign")
    answers = [gleb.client.post("/m/issue/sign", data=sent) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert school.count(Credential) == before + 1


def test_going_back_from_the_card_keeps_everything(school: School, gleb: Person) -> None:
    review = card(school, gleb, PUPIL)
    sent = gleb.fill(review, "/m/issue/sign")
    page = gleb.client.post("/m/issue", data=sent).text
    form = gleb.fill(page, "/m/issue")
    assert form["pupil"] == str(school.pupil(PUPIL).id)
    for name, value in FILLED.items():
        assert form[name] == value


def test_the_last_group_starts_a_new_form(school: School, gleb: Person) -> None:
    page = gleb.open("/m")
    again = re.search(r'href="(/m/issue\?group=0)"', page)
    assert again
    assert gleb.fill(gleb.open(again[1]), "/m/issue").getlist("pupil")
    form = gleb.send(gleb.open("/m/issue"), "/m/issue", button="group=0", status=200).text
    assert gleb.fill(form, "/m/issue").getlist("pupil")


def test_another_programme_brings_its_own_hours(school: School, gleb: Person) -> None:
    page = with_programme(school, gleb, PUPIL)
    other = programme_id(page, "Исследовательский проект «Маятник и шум»")
    changed = gleb.send(page, "/m/issue", {"programme": other}, button="step=programme", status=200).text
    form = gleb.fill(changed, "/m/issue")
    assert form["hours"] == "34"
    assert "level-S-CRIT" in form
    assert "level-H-ALG" not in form
    kept = gleb.send(changed, "/m/issue", {"hours": "5"}, button="step=find", status=200).text
    assert gleb.fill(kept, "/m/issue")["hours"] == "5"


# --- what is refused


def refused(school: School, person: Person, values: dict[str, str | list[str]], *roster_ids: str) -> str:
    page = with_programme(school, person, *(roster_ids or (PUPIL,)))
    return person.send(page, "/m/issue", {**FILLED, **values}, button="step=review", status=422).text


@pytest.mark.parametrize(
    ("values", "at", "words"),
    [
        ({"hours": "0"}, "hours", "from 1 to 2000"),
        ({"hours": "много"}, "hours", "whole number"),
        ({"start": "2026-02-30"}, "start", "day.month.year"),
        ({"start": "2999-01-01"}, "start", "Please write a date from"),
        ({"end": "2000-01-01"}, "end", "Please write a date from"),
        ({"level-H-ALG": "0"}, "levels", "at least one skill"),
        ({"level-H-ALG": "5"}, "level-H-ALG", "one of the answers"),
        ({"narrative": "ы" * 1701}, "narrative", "1700 characters; there are 1701"),
        ({"narrative": "а\u202eб"}, "narrative", "control characters"),
        ({"pupil": []}, "pupil", "fill in this field"),
        ({"pupil": ["1 or 1=1"]}, "pupil", "one of the answers"),
        ({"pupil": [str(number) for number in range(31)]}, "pupil", "no more than 30"),
        ({"programme": "999999"}, "programme", "what the confirmation is for"),
    ],
)
def test_a_fault_is_named_at_the_top_and_beside_its_field_and_nothing_is_lost(
    school: School, gleb: Person, values: dict[str, str | list[str]], at: str, words: str
) -> None:
    page = refused(school, gleb, values)
    assert 'role="alert"' in page
    assert f'href="#field-{at}"' in page
    assert f'id="field-{at}"' in page
    assert words in said(page)
    form = gleb.fill(page, "/m/issue")
    if "programme" not in values:
        for name, typed in {**FILLED, **values}.items():
            if name not in ("pupil", "level-H-ALG"):
                assert form[name] == typed
        if "pupil" not in values:
            assert form["pupil"] == str(school.pupil(PUPIL).id)


def test_days_in_the_wrong_order_are_refused(school: School, gleb: Person) -> None:
    today = school.ports.now().astimezone(school.ports.settings.timezone).date()
    earlier = today - timedelta(days=3)
    page = refused(school, gleb, {"start": today.isoformat(), "end": earlier.isoformat()})
    assert "before the first" in said(page)


def test_a_programme_that_may_not_be_issued_says_why_and_cannot_be_chosen(school: School, gleb: Person) -> None:
    page = gleb.open("/m/issue")
    blocked = re.search(r'value="(\d+)" disabled><span>Профессиональная проба «Агроном».*?</label>', page, re.S)
    assert blocked
    assert "agreement is not in force" in said(blocked[0])
    answer = gleb.send(
        with_programme(school, gleb, PUPIL),
        "/m/issue",
        {**FILLED, "programme": blocked[1]},
        button="step=review",
        status=422,
    )
    assert "what the confirmation is for" in said(answer)


def test_an_unmet_condition_is_named_with_the_pupil_it_is_about_and_nobody_gets_anything(
    school: School, gleb: Person
) -> None:
    review = card(school, gleb, PUPIL, SECOND)
    consent.withdraw(school.ports, OPERATOR, school.pupil(SECOND).id, "processing")
    before = school.count(Credential), school.count(Practice)
    page = gleb.send(review, "/m/issue/sign", status=422).text
    words = said(page)
    assert "There is no consent to process" in words
    assert "(Арутюнян Ашот)" in words
    assert 'role="alert"' in page
    assert (school.count(Credential), school.count(Practice)) == before
    form = gleb.fill(page, "/m/issue")
    assert len(form.getlist("pupil")) == 2
    assert form["narrative"] == FILLED["narrative"]


def test_what_was_confirmed_cannot_be_confirmed_again_differently(school: School, gleb: Person) -> None:
    gleb.send(card(school, gleb, PUPIL), "/m/issue/sign")
    page = with_programme(school, gleb, PUPIL)
    review = gleb.send(page, "/m/issue", {**FILLED, "hours": "8"}, button="step=review", status=200).text
    assert "was issued already" in said(gleb.send(review, "/m/issue/sign", status=422))


def test_a_mentor_without_accreditation_is_told_before_filling_anything_in(school: School) -> None:
    nina = school.newcomer("mentor", "M08")
    page = nina.open("/m?lang=en")
    assert "You cannot confirm anything today" in said(page)
    form = nina.open("/m/issue?lang=en")
    assert "accreditation ended" in said(form)
    assert not re.search(r'name="programme" value="\d+">', form)


def test_the_card_can_be_sent_by_its_mentor_only(school: School, gleb: Person) -> None:
    location = gleb.send(card(school, gleb, PUPIL), "/m/issue/sign").headers["Location"]
    gleb.open(location)
    school.newcomer("mentor", "M02").open(location, status=404)
    gleb.open("/m/issued/no-such-form-was-sent", status=404)


def test_hidden_fields_of_the_card_are_checked_again(school: School, gleb: Person) -> None:
    before = school.count(Credential)
    sent = gleb.fill(card(school, gleb, PUPIL), "/m/issue/sign", {"hours": "99999", "level-H-ALG": "7"})
    answer = gleb.client.post("/m/issue/sign", data=sent)
    assert answer.status_code == 422
    assert school.count(Credential) == before


# --- the page itself


def test_what_is_typed_into_the_search_is_text(gleb: Person) -> None:
    page = gleb.send(
        gleb.open("/m/issue"), "/m/issue", {"q": '"><script>x</script>'}, button="step=find", status=200
    ).text
    assert "<script>x" not in page
    assert "Nobody found" in said(page)


def test_names_stay_out_of_addresses(gleb: Person) -> None:
    form = next(form for form in Forms(gleb.open("/m/issue")).found if form.action == "/m/issue")
    assert form.method == "post"


def test_the_script_is_small_and_only_helps() -> None:
    assert len((resources.static() / "mentor.js").read_text("utf-8").splitlines()) < 150


def test_a_form_without_a_key_issues_nothing(school: School, gleb: Person) -> None:
    before = school.count(Credential)
    sent = MultiDict(gleb.fill(card(school, gleb, PUPIL), "/m/issue/sign"))
    del sent["form_key"]
    assert gleb.client.post("/m/issue/sign", data=sent).status_code == 400
    assert school.count(Credential) == before
