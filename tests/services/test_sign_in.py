"""Passwords and signed-in browsers: one answer to every stranger, and an end to every sign-in."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from portfolio.adapters.passwords import Argon2Passwords
from portfolio.bootstrap import House
from portfolio.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn, OrientirError
from portfolio.ports import Ports
from portfolio.services import sign_in
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.services.sign_in import NewAccount, WrongPassword
from portfolio.storage.orm import Account, SignIn
from tests.services.issuing import ZOYA, as_pupil
from tests.services.school_files import Clock

MONTH, HALF_HOUR, SECOND = timedelta(days=30), timedelta(minutes=30), timedelta(seconds=1)
PEOPLE = {"pupil": ZOYA, "mentor": "N1", "registrar": "Анна Заречная"}


def account(house: House, role: str) -> NewAccount:
    return sign_in.new_account(house.ports, OPERATOR, role=role, person=PEOPLE[role])


def refusal(call: Callable[[], object]) -> tuple[type[OrientirError], str, str]:
    with pytest.raises(OrientirError) as caught:
        call()
    return type(caught.value), str(caught.value), repr(caught.value.message)


@pytest.mark.parametrize("role", PEOPLE)
def test_an_imported_person_signs_in(houses: House, role: str) -> None:
    made = account(houses, role)
    found = sign_in.sign_in(houses.ports, f"  {made.login.upper()} ", made.password)
    assert found.actor.role == role
    assert found.actor.must_change, "a one-time password has to be changed"
    assert sign_in.current_actor(houses.ports, found.token) == found.actor
    assert (found.actor.pupil_id is not None) == (role == "pupil")
    assert (found.actor.mentor_id is not None) == (role == "mentor")


def test_strangers_get_one_answer(houses: House) -> None:
    made = account(houses, "pupil")
    with houses.ports.sessions.write() as session:
        session.execute(update(Account).where(Account.login == "registrar").values(disabled_at=houses.ports.now()))
    ports = houses.ports
    answers = {
        refusal(lambda login=login, password=password: sign_in.sign_in(ports, login, password))  # type: ignore[misc]
        for login, password in (
            (made.login, "wrong"),
            (made.login, ""),
            ("nobody", "wrong"),
            ("nobody", made.password),
            ("", ""),
            ("registrar", made.password),
            ("x" * 10_000, "y" * 1_000_000),
            ("90-1\x00", made.password),
            ("\ud800", made.password),
        )
    }
    assert len(answers) == 1
    assert answers.pop()[0] is WrongPassword


def test_an_unknown_login_costs_as_much_as_a_wrong_password(house: House) -> None:
    asked: list[str] = []

    class Counting(Argon2Passwords):
        def verify(self, encoded: str, password: str) -> bool:
            asked.append(encoded)
            return super().verify(encoded, password)

    ports = replace(house.ports, passwords=Counting())
    made = sign_in.new_account(ports, OPERATOR, role="pupil", person=ZOYA)
    for login in (made.login, "nobody", "nobody"):
        with pytest.raises(WrongPassword):
            sign_in.sign_in(ports, login, "wrong")
    assert len(asked) == 3
    assert all(encoded.startswith("$argon2id$") for encoded in asked)
    assert len({encoded.rpartition("$")[0].rpartition("$")[0] for encoded in asked}) == 1, "the same cost"


def test_a_right_password_of_a_disabled_account_is_wrong(house: House) -> None:
    made = account(house, "mentor")
    found = sign_in.sign_in(house.ports, made.login, made.password)
    with house.ports.sessions.write() as session:
        session.execute(update(Account).where(Account.login == made.login).values(disabled_at=house.ports.now()))
    assert sign_in.current_actor(house.ports, found.token) is None
    with pytest.raises(WrongPassword):
        sign_in.sign_in(house.ports, made.login, made.password)


@pytest.mark.parametrize(("role", "idle"), [("pupil", MONTH), ("mentor", MONTH), ("registrar", HALF_HOUR)])
def test_idle_browsers_are_signed_out(house: House, clock: Clock, role: str, idle: timedelta) -> None:
    made = account(house, role)
    found = sign_in.sign_in(house.ports, made.login, made.password)
    assert found.lifetime == idle.total_seconds()
    for _ in range(3):  # whoever works stays signed in
        clock.forward(idle - SECOND)
        assert sign_in.current_actor(house.ports, found.token) is not None
    clock.forward(idle)
    assert sign_in.current_actor(house.ports, found.token) is None


def test_signing_out_ends_this_browser_only(houses: House) -> None:
    made = account(houses, "pupil")
    here, there = (sign_in.sign_in(houses.ports, made.login, made.password) for _ in range(2))
    assert here.token != there.token
    sign_in.sign_out(houses.ports, here.token)
    sign_in.sign_out(houses.ports, here.token)
    sign_in.sign_out(houses.ports, "unknown")
    assert sign_in.current_actor(houses.ports, here.token) is None
    assert sign_in.current_actor(houses.ports, there.token) is not None


@pytest.mark.parametrize("token", [None, "", "x", "x" * 1000, "\x00", "токен"])
def test_an_unknown_token_is_nobody(house: House, token: str | None) -> None:
    assert sign_in.current_actor(house.ports, token) is None


def test_a_new_password_ends_the_other_browsers(houses: House) -> None:
    made = account(houses, "mentor")
    here, there = (sign_in.sign_in(houses.ports, made.login, made.password) for _ in range(2))
    new = "длинная фраза мастера"
    fresh = sign_in.change_password(houses.ports, here.actor, made.password, new)
    assert not fresh.actor.must_change
    assert sign_in.current_actor(houses.ports, fresh.token) == fresh.actor
    for old in (here, there):
        assert sign_in.current_actor(houses.ports, old.token) is None
    with pytest.raises(WrongPassword):
        sign_in.sign_in(houses.ports, made.login, made.password)
    assert sign_in.sign_in(houses.ports, made.login, new).actor.must_change is False


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("wrong", "long enough to be one", WrongPassword),
        (None, "short", InvalidInput),
        (None, "x" * 201, InvalidInput),
        (None, None, InvalidInput),
    ],
)
def test_a_refused_change_changes_nothing(
    house: House, old: str | None, new: str | None, error: type[OrientirError]
) -> None:
    made = account(house, "pupil")
    found = sign_in.sign_in(house.ports, made.login, made.password)
    with pytest.raises(error):
        sign_in.change_password(house.ports, found.actor, old or made.password, new or made.password)
    assert sign_in.current_actor(house.ports, found.token) == found.actor
    assert sign_in.sign_in(house.ports, made.login, made.password).actor.must_change


def test_a_second_new_account_is_a_new_password(houses: House) -> None:
    first = account(houses, "pupil")
    browser = sign_in.sign_in(houses.ports, first.login, first.password)
    sign_in.change_password(houses.ports, browser.actor, first.password, "моя длинная фраза")
    browser = sign_in.sign_in(houses.ports, first.login, "моя длинная фраза")
    second = account(houses, "pupil")
    assert second.login == first.login
    assert second.password != first.password
    assert sign_in.current_actor(houses.ports, browser.token) is None
    for old in (first.password, "моя длинная фраза"):
        with pytest.raises(WrongPassword):
            sign_in.sign_in(houses.ports, first.login, old)
    assert sign_in.sign_in(houses.ports, second.login, second.password).actor.must_change


def test_a_new_password_opens_a_disabled_account(house: House) -> None:
    made = account(house, "mentor")
    with house.ports.sessions.write() as session:
        session.execute(update(Account).where(Account.login == made.login).values(disabled_at=house.ports.now()))
    again = account(house, "mentor")
    assert sign_in.sign_in(house.ports, again.login, again.password).actor.role == "mentor"


def test_a_taken_login_gets_a_number(house: House) -> None:
    registrar = sign_in.new_account(house.ports, OPERATOR, role="registrar", person=ZOYA)
    assert registrar.login == "90-1"
    pupil = account(house, "pupil")
    assert pupil.login == "90-1-2"
    assert sign_in.sign_in(house.ports, pupil.login, pupil.password).actor.role == "pupil"
    assert sign_in.sign_in(house.ports, registrar.login, registrar.password).actor.role == "registrar"


def test_a_registrars_login_takes_nothing_from_somebody_else(house: House) -> None:
    mentor = account(house, "mentor")
    with pytest.raises(Conflict):
        sign_in.new_account(house.ports, OPERATOR, role="registrar", person=mentor.login)
    assert sign_in.sign_in(house.ports, mentor.login, mentor.password).actor.role == "mentor"


def test_a_login_is_found_however_its_letters_are_composed(house: House) -> None:
    made = sign_in.new_account(house.ports, OPERATOR, role="registrar", person="Йолка Ёжикова")
    assert made.login == "йолка.ёжикова"
    apart = unicodedata.normalize("NFD", made.login)
    assert apart != made.login
    assert sign_in.sign_in(house.ports, apart, made.password).actor.role == "registrar"


@pytest.mark.parametrize(
    ("role", "person", "error"),
    [
        ("pupil", "90-77", NotFound),
        ("pupil", "", NotFound),
        ("pupil", "90-1\x00", NotFound),
        ("mentor", "N77", NotFound),
        ("mentor", "N1\udcff", NotFound),
        ("registrar", "  ", InvalidInput),
        ("registrar", "Анна\u202eЗаречная", InvalidInput),
        ("registrar", "\udcff", InvalidInput),
        ("director", "N1", InvalidInput),
    ],
)
def test_nobody_unknown_gets_a_sign_in(houses: House, role: str, person: str, error: type[OrientirError]) -> None:
    with pytest.raises(error):
        sign_in.new_account(houses.ports, OPERATOR, role=role, person=person)
    with houses.ports.sessions.read() as session:
        assert session.scalars(select(Account.login)).all() == ["registrar"]


def test_only_the_registrar_gives_sign_ins(house: House) -> None:
    mentor = Actor(1, "mentor", "a mentor", mentor_id=1)
    for actor in (as_pupil(house.ports), mentor):
        with pytest.raises(Forbidden):
            sign_in.new_account(house.ports, actor, role="pupil", person=ZOYA)
    with pytest.raises(NotSignedIn):
        sign_in.new_account(house.ports, None, role="pupil", person=ZOYA)  # type: ignore[arg-type]


def test_passwords_are_long_and_never_repeat(house: House) -> None:
    passwords = {account(house, "pupil").password for _ in range(200)}
    assert len(passwords) == 200
    letters = "".join(passwords).replace("-", "")
    assert len(letters) == 200 * 12
    assert not set(letters) & set("01ilo"), "letters that are mistaken for one another"
    share = [letters.count(letter) / len(letters) for letter in set(letters)]
    assert len(share) == 31
    assert max(share) < 2 / 31


def test_the_database_holds_neither_token_nor_password(house: House) -> None:
    ports = replace(house.ports, passwords=Argon2Passwords())
    made = sign_in.new_account(ports, OPERATOR, role="pupil", person=ZOYA)
    found = sign_in.sign_in(ports, made.login, made.password)
    with ports.sessions.read() as session:
        stored = session.scalars(select(SignIn.token_sha256)).all()
    assert stored == [hashlib.sha256(found.token.encode()).digest()]
    path = Path(str(ports.settings.database_url).removeprefix("sqlite:///"))
    held = b"".join(part.read_bytes() for part in path.parent.iterdir() if part.is_file())
    assert made.login.encode() in held
    for secret in (found.token, made.password):
        assert secret.encode() not in held


def test_the_language_is_remembered(house: House) -> None:
    made = account(house, "pupil")
    found = sign_in.sign_in(house.ports, made.login, made.password)
    assert found.actor.language is None
    sign_in.set_language(house.ports, found.actor, "en")
    actor = sign_in.current_actor(house.ports, found.token)
    assert actor is not None
    assert actor.language == "en"
    with pytest.raises(InvalidInput):
        sign_in.set_language(house.ports, found.actor, "de")


def test_two_new_passwords_at_once_leave_one(houses: House) -> None:
    ports: Ports = houses.ports
    made = account(houses, "mentor")
    actor = sign_in.sign_in(ports, made.login, made.password).actor
    wishes = [f"длинная фраза номер {number}" for number in range(4)]

    def change(new: str) -> str | None:
        try:
            sign_in.change_password(ports, actor, made.password, new)
        except (Conflict, WrongPassword):
            return None
        return new

    with ThreadPoolExecutor(4) as pool:
        done = [new for new in pool.map(change, wishes) if new is not None]
    assert len(done) == 1
    assert sign_in.sign_in(ports, made.login, done[0])
