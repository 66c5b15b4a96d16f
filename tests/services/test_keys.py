"""The school's signing keys as the office sees them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portfolio.bootstrap import House
from portfolio.errors import Conflict
from portfolio.services import keys, publish, verify
from tests.services.issuing import issue
from tests.services.school_files import Clock


def test_the_first_key_is_published(house: House) -> None:
    (key,) = keys.published(house.ports)
    assert key.id == "did:web:school.example#key-2026-05"
    assert key.retired is None
    methods = publish.did_document(house.ports)["verificationMethod"]
    assert methods[0]["publicKeyMultibase"] == key.multibase


def test_one_new_key_a_month(house: House, clock: Clock) -> None:
    with pytest.raises(Conflict):
        keys.new_key(house.ports)
    assert [key.retired for key in keys.published(house.ports)] == [None]
    clock.forward(timedelta(days=31))
    made = keys.new_key(house.ports)
    assert made.fragment == "key-2026-06"
    assert [(key.fragment, key.retired) for key in keys.published(house.ports)] == [
        ("key-2026-05", clock()),
        ("key-2026-06", None),
    ]
    with pytest.raises(Conflict):
        keys.new_key(house.ports)


def test_what_an_older_key_signed_stays_verifiable(house: House, clock: Clock) -> None:
    issued = [issue(house.ports)]
    for month in range(3):
        clock.forward(timedelta(days=31))
        keys.new_key(house.ports)
        issued.append(issue(house.ports, start=clock().date() - timedelta(days=7 + month)))
    assert [verify.by_code(house.ports, one.code).state for one in issued] == ["valid"] * 4


def test_a_key_left_active_beside_a_newer_one_is_retired_at_the_next_change(house: House, clock: Clock) -> None:
    """A change that was interrupted after making and before retiring."""
    clock.forward(timedelta(days=31))
    house.ports.keys.create("key-2026-06", now=clock())
    assert verify.by_code(house.ports, issue(house.ports).code).state == "valid"
    clock.forward(timedelta(days=31))
    keys.new_key(house.ports)
    assert [key.fragment for key in keys.published(house.ports) if key.retired is None] == ["key-2026-07"]
