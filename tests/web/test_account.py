"""Signing in and out, passwords, language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portfolio.services import sign_in
from portfolio.services.authorize import OPERATOR
from portfolio.services.sign_in import current_actor
from tests.web.conftest import Site
from tests.web.people import School, own_school, said

ROOMS = {"pupil": "/me", "mentor": "/m", "registrar": "/admin"}
GOOD = "верба мост сентябрь"


@pytest.fixture
def school(site: Site, tmp_path: Path) -> Iterator[School]:
    with own_school(site, tmp_path) as found:
        yield found


def known(school: School, role: str) -> tuple[str, str]:
    one = next(one for one in school.site.table["sign_ins"] if one["role"] == role)
    return one["login"], one["password"]


@pytest.mark.parametrize("role", ROOMS)
def test_each_role_arrives_in_its_own_room(school: School, role: str) -> None:
    person = school.stranger()
    arrived = person.sign_in(*known(school, role))
    assert arrived.headers["Location"] == ROOMS[role]
    person.open(ROOMS[role])
    assert person.client.get("/login").headers["Location"] == ROOMS[role]  # signed in already


def test_a_wrong_login_and_a_wrong_password_get_the_same_answer(school: School) -> None:
    login, _ = known(school, "pupil")
    answers = []
    for name in (login, "nobody"):
        response = school.stranger().sign_in(name, "не тот пароль", status=401)
        text = re.sub(r'value="[^"]*"', "", response.get_data(as_text=True))
        answers.append((text, {key: value for key, value in response.headers if key not in ("Set-Cookie", "Date")}))
    assert answers[0][0] == answers[1][0]
    assert {**answers[0][1], "Content-Length": ""} == {**answers[1][1], "Content-Length": ""}


def test_the_login_stays_typed_and_the_password_is_never_sent_back(school: School) -> None:
    page = school.stranger().sign_in("maya<b>", "тайна-тайна", status=401).get_data(as_text=True)
    assert 'value="maya&lt;b&gt;"' in page
    assert "тайна" not in page
    assert 'role="alert"' in page


def test_a_cookie_from_before_is_worth_nothing_after_signing_in(school: School) -> None:
    person = school.stranger()
    person.client.set_cookie("sign-in", "chosen-by-somebody-else", domain="localhost")
    response = person.sign_in(*known(school, "pupil"))
    cookie = next(value for name, value in response.headers if name == "Set-Cookie" and value.startswith("sign-in="))
    assert "chosen-by-somebody-else" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    thief = school.stranger()
    thief.client.set_cookie("sign-in", "chosen-by-somebody-else", domain="localhost")
    assert thief.client.get("/me").headers["Location"].startswith("/login")


def test_signing_in_again_ends_the_sign_in_before(school: School) -> None:
    person = school.signed_in("pupil")
    before = person.client.get_cookie("sign-in", domain="localhost")
    assert before is not None
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.open("/account"))
    assert token is not None
    login, password = known(school, "mentor")
    answer = person.client.post("/login", data={"csrf_token": token[1], "login": login, "password": password})
    assert answer.status_code == 303
    assert current_actor(school.ports, before.value) is None


def test_after_signing_in_one_comes_back_to_the_page_one_wanted(school: School) -> None:
    person = school.stranger()
    wanted = person.client.get("/me/shares").headers["Location"]
    assert wanted == "/login?next=/me/shares"
    login, password = known(school, "pupil")
    arrived = person.send(person.open(wanted), "/login", {"login": login, "password": password})
    assert arrived.headers["Location"] == "/me/shares"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_another_site(school: School, target: str) -> None:
    person = school.stranger()
    login, password = known(school, "pupil")
    page = person.open("/login")
    arrived = person.send(page, "/login", {"login": login, "password": password, "next": target})
    assert arrived.headers["Location"] == "/me"


def test_guessing_one_login_is_slowed_down_and_the_right_password_counts_for_nothing_then(school: School) -> None:
    login, password = known(school, "pupil")
    for _ in range(10):
        school.stranger().sign_in(login, "не тот пароль", status=401)
    school.stranger().sign_in(login, "не тот пароль", status=429)
    school.stranger().sign_in(login, password, status=429)
    school.stranger().sign_in(*known(school, "mentor"))  # others are not held up


def test_signing_out_ends_the_sign_in_and_not_just_the_cookie(school: School) -> None:
    person = school.signed_in("pupil")
    cookie = person.client.get_cookie("sign-in", domain="localhost")
    assert cookie is not None
    person.send(person.open("/me"), "/logout")
    assert person.client.get_cookie("sign-in", domain="localhost") is None
    with_old_cookie = school.stranger()
    with_old_cookie.client.set_cookie("sign-in", cookie.value, domain="localhost")
    assert with_old_cookie.client.get("/me").headers["Location"].startswith("/login")


def test_a_link_cannot_sign_anybody_out(school: School) -> None:
    person = school.signed_in("pupil")
    assert person.client.get("/logout").status_code == 405
    person.open("/me")


def test_a_one_time_password_opens_one_page_only_until_it_is_changed(school: School) -> None:
    account = sign_in.new_account(school.ports, OPERATOR, role="pupil", person="О-1002")
    person = school.stranger()
    assert person.sign_in(account.login, account.password).headers["Location"] == "/account"
    for path in ("/me", "/me/shares", "/me/portfolio.zip"):
        assert person.client.get(path).headers["Location"] == "/account"
    values = {"old": account.password, "new": GOOD, "again": GOOD}
    assert person.send(person.open("/account"), "/account/password", values).headers["Location"] == "/me"
    person.open("/me")
    school.stranger().sign_in(account.login, account.password, status=401)
    school.stranger().sign_in(account.login, GOOD)


def test_a_new_password_signs_other_browsers_out_and_this_one_stays(school: School) -> None:
    here, elsewhere = school.signed_in("mentor"), school.signed_in("mentor")
    _, password = known(school, "mentor")
    here.send(here.open("/account"), "/account/password", {"old": password, "new": GOOD, "again": GOOD})
    here.open("/m")
    assert elsewhere.client.get("/m").headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    ("values", "at", "words"),
    [
        ({"new": GOOD, "again": GOOD + "!"}, "again", "two new passwords differ"),
        ({"new": "коротко", "again": "коротко"}, "new", "10 to 200 characters"),
        ({"old": "не тот пароль", "new": GOOD, "again": GOOD}, "old", "present password is not right"),
        ({"new": "", "again": ""}, "new", "fill in this field"),
    ],
)
def test_a_password_that_cannot_be_says_why_beside_its_field(
    school: School, values: dict[str, str], at: str, words: str
) -> None:
    person = school.signed_in("pupil")
    _, password = known(school, "pupil")
    person.client.get("/?lang=en")
    response = person.send(person.open("/account"), "/account/password", {"old": password, **values}, status=422)
    page = response.get_data(as_text=True)
    assert f'href="#field-{at}"' in page
    assert f'id="error-{at}"' in page
    assert words in said(page)
    assert not any(value and value in page for value in (password, *values.values()))
    school.stranger().sign_in(*known(school, "pupil"))  # nothing was changed


def test_the_language_goes_with_the_person_to_another_browser(school: School) -> None:
    person = school.signed_in("mentor")
    person.send(person.open("/account"), "/account/language", {"language": "en"})
    assert '<html lang="en">' in person.open("/m")
    assert '<html lang="en">' in school.signed_in("mentor").open("/m")


def test_a_language_nobody_offered_is_refused(school: School) -> None:
    person = school.signed_in("mentor")
    person.send(person.open("/account"), "/account/language", {"language": "tlh"}, status=422)
