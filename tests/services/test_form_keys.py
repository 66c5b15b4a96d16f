"""A form that is sent twice acts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from portfolio.bootstrap import House
from portfolio.services import form_keys
from portfolio.storage.orm import FormKey
from tests.services.school_files import Clock


def test_the_second_sender_is_led_where_the_first_went(houses: House) -> None:
    assert form_keys.claim(houses.ports, "k") is None
    assert form_keys.claim(houses.ports, "k") == ""
    form_keys.settle(houses.ports, "k", "/there")
    assert form_keys.claim(houses.ports, "k") == "/there"
    assert form_keys.claim(houses.ports, "other") is None


def test_one_of_many_senders_at_once_acts(houses: House) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: form_keys.claim(houses.ports, "k"), range(12)))
    assert sorted(map(str, answers)) == [""] * 11 + ["None"]


def test_a_form_that_changed_nothing_can_be_sent_again(houses: House) -> None:
    assert form_keys.claim(houses.ports, "k") is None
    form_keys.release(houses.ports, "k")
    assert form_keys.claim(houses.ports, "k") is None
    form_keys.release(houses.ports, "never sent")
    form_keys.settle(houses.ports, "never sent", "/there")
    assert form_keys.claim(houses.ports, "never sent") is None


def test_an_abandoned_form_is_free_after_a_while(houses: House, clock: Clock) -> None:
    assert form_keys.claim(houses.ports, "k") is None
    clock.forward(timedelta(minutes=2) - timedelta(seconds=1))
    assert form_keys.claim(houses.ports, "k") == ""
    clock.forward(timedelta(seconds=1))
    assert form_keys.claim(houses.ports, "k") is None
    assert form_keys.claim(houses.ports, "k") == ""


def test_keys_are_forgotten_in_time_and_never_stored_bare(houses: House, clock: Clock) -> None:
    form_keys.claim(houses.ports, "a key that stands in a page")
    form_keys.settle(houses.ports, "a key that stands in a page", "/there")
    with houses.ports.sessions.read() as session:
        stored = session.scalars(select(FormKey)).one()
        assert b"a key that stands" not in stored.key_sha256
        assert len(stored.key_sha256) == 32
    clock.forward(timedelta(days=2))
    assert form_keys.claim(houses.ports, "a key that stands in a page") == "/there"
    clock.forward(timedelta(seconds=1))
    form_keys.claim(houses.ports, "another")
    with houses.ports.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(FormKey)) == 1
