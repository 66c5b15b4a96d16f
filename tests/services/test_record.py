"""Credentials come into being here: both proofs, a place of their own, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from portfolio.bootstrap import House
from portfolio.errors import ConfigurationError, Conflict, DocumentError, ProofGenerationError, Unavailable
from portfolio.practice.results import state
from portfolio.services import desk, keys, publish, record, register, verify
from portfolio.services.authorize import OPERATOR
from portfolio.services.record import Recorder
from portfolio.storage.orm import Credential, Practice, StatusList
from portfolio.vc import jsontext
from portfolio.vc.rosette import digest
from portfolio.vc.status_list import MINIMUM_ENTRIES
from tests.services.issuing import (
    MONDAY,
    SEMYON,
    ZOYA,
    BrokenKeys,
    document_of,
    issue,
    issue_many,
    row_of,
    with_keys,
)
from tests.services.school_files import Clock


def all_rows(house: House) -> Sequence[Credential]:
    with house.ports.sessions.read() as session:
        return session.scalars(select(Credential)).all()


def amounts(house: House) -> tuple[int | None, ...]:
    """How many credentials, practices and places in status lists there are."""
    with house.ports.sessions.read() as session:
        return (
            session.scalar(select(func.count()).select_from(Credential)),
            session.scalar(select(func.count()).select_from(Practice)),
            session.scalar(select(func.coalesce(func.sum(StatusList.allocated), 0))),
        )


def test_both_proofs_by_the_schools_key(houses: House, clock: Clock) -> None:
    issued = issue(houses.ports)
    document = document_of(houses.ports, issued.code)
    proofs = document["proof"]
    assert {proof["cryptosuite"] for proof in proofs} == {"eddsa-rdfc-2022", "eddsa-jcs-2022"}
    assert {proof["verificationMethod"] for proof in proofs} == {"did:web:school.example#key-2026-05"}
    assert {proof["created"] for proof in proofs} == {"2026-05-12T07:02:00Z"}
    assert document["validFrom"] == "2026-05-12T07:02:00Z", "the moment of signing"
    assert "validUntil" not in document
    check = verify.check_document(houses.ports, jsontext.dumps(document))
    assert check.state == "valid", check.reason
    clock.forward(timedelta(days=4000))
    assert verify.by_code(houses.ports, issued.code).state == "valid"


def test_what_is_served_is_what_was_stored(houses: House) -> None:
    issued = issue(houses.ports)
    row = row_of(houses.ports, issued.code)
    assert register.credential_file(houses.ports, OPERATOR, issued.code) == row.body
    assert register.credential_file(houses.ports, OPERATOR, issued.credential_id) == row.body
    assert row.id == jsontext.loads(row.body)["id"] == issued.credential_id  # type: ignore[index]
    assert row.digest == digest(jsontext.loads(row.body))  # type: ignore[arg-type]
    assert row.code not in row.body.decode(), "the locator stands in no signed byte"


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Asia/Novosibirsk", "2026-03-15T17:00:00Z", "2026-03-17T16:59:59Z"),
        ("Europe/Moscow", "2026-03-15T21:00:00Z", "2026-03-17T20:59:59Z"),
        ("America/New_York", "2026-03-16T04:00:00Z", "2026-03-18T03:59:59Z"),
        ("UTC", "2026-03-16T00:00:00Z", "2026-03-17T23:59:59Z"),
    ],
)
def test_practice_dates_are_local_days(house: House, zone: str, start: str, end: str) -> None:
    ports = replace(house.ports, settings=replace(house.ports.settings, timezone=ZoneInfo(zone)))
    issued = issue(ports, start=MONDAY)
    subject = document_of(ports, issued.code)["credentialSubject"]
    assert (subject["activityStartDate"], subject["activityEndDate"]) == (start, end)
    shown = verify.by_code(ports, issued.code).shown
    assert shown is not None
    assert (shown.start, shown.end) == (MONDAY, MONDAY + timedelta(days=1))


def test_a_night_that_lasts_longer_stays_within_its_day(house: House) -> None:
    """The clocks of Berlin go back on 2026-10-25: the day has 25 hours."""
    ports = replace(house.ports, settings=replace(house.ports.settings, timezone=ZoneInfo("Europe/Berlin")))
    ports = replace(ports, now=lambda: house.ports.now() + timedelta(days=300))
    day = date(2026, 10, 25)
    subject = document_of(ports, issue(ports, start=day, end=day).code)["credentialSubject"]
    assert (subject["activityStartDate"], subject["activityEndDate"]) == (
        "2026-10-24T22:00:00Z",
        "2026-10-25T22:59:59Z",
    )


def test_every_credential_has_a_place_of_its_own_at_random(houses: House) -> None:
    issue_many(houses.ports, 80)
    rows = all_rows(houses)
    assert len({(row.status_list_id, row.status_index) for row in rows}) == 80
    assert {row.status_list_id for row in rows} == {1}
    in_order_of_issue = [row.status_index for row in sorted(rows, key=lambda row: row.id)]
    assert in_order_of_issue != sorted(in_order_of_issue)
    assert max(in_order_of_issue) - min(in_order_of_issue) > MINIMUM_ENTRIES // 2
    assert len({row.code for row in rows}) == len({row.id for row in rows}) == 80


def test_places_follow_no_pattern(house: House) -> None:
    """A chi-squared test of 10,000 places over 64 equal parts of the list: 63 degrees, p = 0.001 is at 103.4."""
    with house.ports.sessions.write() as session:
        recorder = Recorder(session, house.ports, now=house.ports.now())
        places = [recorder.place_entry()[0] for _ in range(10_000)]
    indexes = [index for _, index in places]
    assert all(0 <= index < MINIMUM_ENTRIES for index in indexes)
    counts = [0] * 64
    for index in indexes:
        counts[index * 64 // MINIMUM_ENTRIES] += 1
    expected = 10_000 / 64
    assert sum((count - expected) ** 2 / expected for count in counts) < 103.4
    rising = sum(earlier < later for earlier, later in pairwise(indexes))
    assert 0.45 < rising / 9_999 < 0.55, "the order of issue must not be readable from the places"


def test_a_full_list_is_followed_by_another(houses: House) -> None:
    first = issue(houses.ports)
    with houses.ports.sessions.write() as session:
        found = session.get(StatusList, 1)
        assert found is not None
        found.allocated = MINIMUM_ENTRIES // 2
    second = issue(houses.ports, SEMYON)
    assert [row_of(houses.ports, one.code).status_list_id for one in (first, second)] == [1, 2]
    for one in (first, second):
        assert verify.by_code(houses.ports, one.code).state == "valid"
    entry = document_of(houses.ports, second.code)["credentialStatus"]
    assert entry["statusListCredential"] == "https://school.example/status/2"
    published = jsontext.loads(publish.status_list(houses.ports, 2))
    assert isinstance(published, dict)
    assert published["id"] == entry["statusListCredential"]


def test_a_taken_place_is_never_given_again(house: House) -> None:
    """Chance that repeats itself is no chance, and still no two credentials share a place."""
    issue(house.ports)
    taken = all_rows(house)[0].status_index
    numbers = iter([taken, *range(taken + 1, taken + 400)])

    def entropy(length: int) -> bytes:
        return next(numbers).to_bytes(3, "big") if length == 3 else house.ports.entropy(length)

    issue(replace(house.ports, entropy=entropy), SEMYON)
    assert len({row.status_index for row in all_rows(house)}) == 2


def test_the_same_practice_gives_the_same_credential(houses: House) -> None:
    first = issue(houses.ports)
    before = row_of(houses.ports, first.code).body
    assert issue(houses.ports) == first
    assert row_of(houses.ports, first.code).body == before
    assert amounts(houses) == (1, 1, 1)


def test_one_practice_is_signed_once_under_race(houses: House) -> None:
    issue(houses.ports, SEMYON)  # the first credential makes the status list
    with ThreadPoolExecutor(6) as pool:

        def one(_: int) -> str | None:
            try:
                return issue(houses.ports).code
            except Conflict:
                return None

        codes = [code for code in pool.map(one, range(6)) if code is not None]
    assert len(set(codes)) == 1
    assert amounts(houses)[0] == 2


def test_different_practices_at_once_all_get_their_own_places(houses: House) -> None:
    with ThreadPoolExecutor(4) as pool:
        issued = list(pool.map(lambda week: issue(houses.ports, start=MONDAY - timedelta(days=7 * week)), range(16)))
    assert len({one.code for one in issued}) == 16
    rows = all_rows(houses)
    assert len({(row.status_list_id, row.status_index) for row in rows}) == 16
    with houses.ports.sessions.read() as session:
        assert session.scalar(select(func.sum(StatusList.allocated))) == 16
    assert all(verify.by_code(houses.ports, one.code).state == "valid" for one in issued)


@pytest.mark.parametrize("good", range(4), ids=["list-rdfc", "list-jcs", "credential-rdfc", "credential-jcs"])
def test_a_key_that_fails_leaves_nothing(houses: House, good: int) -> None:
    """The first credential takes four signatures: the new status list's two and its own two."""
    before = amounts(houses)
    with pytest.raises(Unavailable):
        issue(with_keys(houses.ports, BrokenKeys(houses.ports.keys, good)))
    assert amounts(houses) == before
    assert issue(houses.ports).code, "and the same practice can be signed once the key is back"


def test_a_document_beyond_our_schema_is_not_signed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    signed: list[Any] = []
    monkeypatch.setattr(Recorder, "sign", lambda _self, document: signed.append(document))
    build = record.open_badge_credential
    monkeypatch.setattr(
        record, "open_badge_credential", lambda **given: {**build(**given), "validFrom": "the other day"}
    )
    issue_lists_first(house)
    signed.clear()
    with pytest.raises(ProofGenerationError) as caught:
        issue(house.ports)
    assert caught.value.path
    assert signed == []
    assert amounts(house)[:2] == (0, 0)


def issue_lists_first(house: House) -> None:
    with house.ports.sessions.write() as session:
        session.add(
            StatusList(
                purpose="revocation",
                bits=bytes(MINIMUM_ENTRIES // 8),
                body=b"{}",
                allocated=0,
                signed_at=house.ports.now(),
            )
        )


def test_what_a_signature_would_not_cover_is_not_signed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    build = record.open_badge_credential
    monkeypatch.setattr(record, "open_badge_credential", lambda **given: {**build(**given), "mood": "sunny"})
    with pytest.raises(DocumentError):
        issue(house.ports)
    assert amounts(house)[:2] == (0, 0)


def test_a_practice_of_nobody_is_not_signed(house: House) -> None:
    with house.ports.sessions.write() as session:
        stranger = Practice(pupil_ref="77", programme_ref="LATHE", mentor_ref="N1", start_ref="x", end_ref="x")
        with pytest.raises(ProofGenerationError):
            Recorder(session, house.ports, now=house.ports.now()).badge(stranger)


def test_without_an_active_key_nothing_is_signed(house: House, clock: Clock) -> None:
    house.ports.keys.retire("key-2026-05", now=clock())
    with pytest.raises(ConfigurationError, match="portfolio keys new"):
        issue(house.ports)


def test_a_new_key_signs_from_now_on(house: House, clock: Clock) -> None:
    old = issue(house.ports)
    clock.forward(timedelta(days=31))
    keys.new_key(house.ports)
    new = issue(house.ports, SEMYON)
    methods = [document_of(house.ports, one.code)["proof"][0]["verificationMethod"] for one in (old, new)]
    assert methods == ["did:web:school.example#key-2026-05", "did:web:school.example#key-2026-06"]
    assert [verify.by_code(house.ports, one.code).state for one in (old, new)] == ["valid", "valid"]


def test_a_batch_that_fails_in_the_middle_leaves_nothing(house: House) -> None:
    """Two credentials in one transaction: the second one's key fails."""
    issue(house.ports, SEMYON)
    before = amounts(house)
    ports = with_keys(house.ports, BrokenKeys(house.ports.keys, 2))
    first, second = (
        state(
            pupil=ZOYA, programme="LATHE", mentor="N1", start=day, end=day, hours=16, levels={"H-ALG": 3}, narrative=""
        )
        for day in (MONDAY, MONDAY + timedelta(days=7))
    )

    def award_both() -> None:
        with ports.sessions.write() as session:
            table = desk.Desk(session, ports, ports.now())
            table.lay_out([first, second])
            assert table.award(first) == (desk.ISSUED,)
            table.award(second)

    with pytest.raises(Unavailable):
        award_both()
    assert amounts(house) == before
