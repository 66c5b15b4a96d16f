"""Taking back, holding, releasing: published within the transaction or not done at all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from portfolio.bootstrap import House
from portfolio.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn, OrientirError, Unavailable
from portfolio.permalinks import grouped
from portfolio.ports import Ports
from portfolio.services import publish, revoke, verify
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.storage.orm import Credential, StatusList
from portfolio.vc import jsontext
from portfolio.vc.status_list import Bitstring, check_entry, check_status
from tests.services.issuing import SEMYON, BrokenKeys, as_pupil, document_of, issue, issue_many, row_of, with_keys
from tests.services.school_files import Clock


def published_bit(ports: Ports, code: str) -> int:
    """What a stranger reads in the list that is served."""
    document = jsontext.loads(publish.status_list(ports, 1))
    assert isinstance(document, dict)
    return check_status(check_entry(document_of(ports, code)["credentialStatus"]), document)


def stored_list(ports: Ports) -> StatusList:
    from portfolio.storage import status_lists

    with ports.sessions.read() as session:
        found = status_lists.get(session, 1)
        assert found is not None
        return found


def test_revoked_means_published(houses: House, clock: Clock) -> None:
    issued, other = issue(houses.ports), issue(houses.ports, SEMYON)
    assert (published_bit(houses.ports, issued.code), published_bit(houses.ports, other.code)) == (0, 0)
    clock.forward(timedelta(hours=1))
    revoke.revoke(houses.ports, OPERATOR, issued.code, "rules")
    assert (published_bit(houses.ports, issued.code), published_bit(houses.ports, other.code)) == (1, 0)
    document = jsontext.loads(publish.status_list(houses.ports, 1))
    assert isinstance(document, dict)
    assert document["validFrom"] == "2026-05-12T08:02:00Z"
    assert {proof["cryptosuite"] for proof in document["proof"]} == {"eddsa-rdfc-2022", "eddsa-jcs-2022"}
    assert stored_list(houses.ports).signed_at == clock()
    assert verify.by_code(houses.ports, other.code).state == "valid"


@pytest.mark.parametrize("form", [str, grouped, str.upper])
def test_by_code_in_any_form_or_by_id(house: House, form: Callable[[str], str]) -> None:
    issued, other = issue(house.ports), issue(house.ports, SEMYON)
    revoke.revoke(house.ports, OPERATOR, form(issued.code), "error")
    revoke.revoke(house.ports, OPERATOR, other.credential_id, "error")
    assert [verify.by_code(house.ports, one.code).state for one in (issued, other)] == ["revoked", "revoked"]


def test_revoking_again_changes_nothing(houses: House, clock: Clock) -> None:
    issued = issue(houses.ports)
    revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    before, bits = row_of(houses.ports, issued.code), stored_list(houses.ports)
    clock.forward(timedelta(days=1))
    revoke.revoke(houses.ports, OPERATOR, issued.code, "duplicate")
    after = row_of(houses.ports, issued.code)
    assert (after.revoked_at, after.revocation_reason) == (before.revoked_at, "error")
    assert stored_list(houses.ports).body == bits.body


@pytest.mark.parametrize("good", [0, 1])
def test_when_the_list_cannot_be_signed_nothing_is_revoked(houses: House, good: int) -> None:
    issued = issue(houses.ports)
    body = publish.status_list(houses.ports, 1)
    broken = with_keys(houses.ports, BrokenKeys(houses.ports.keys, good))
    with pytest.raises(Unavailable):
        revoke.revoke(broken, OPERATOR, issued.code, "error")
    row = row_of(houses.ports, issued.code)
    assert (row.revoked_at, row.revocation_reason) == (None, None)
    assert publish.status_list(houses.ports, 1) == body
    assert stored_list(houses.ports).bits.count(0) == len(stored_list(houses.ports).bits)
    assert verify.by_code(houses.ports, issued.code).state == "valid"
    revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    assert verify.by_code(houses.ports, issued.code).state == "revoked"


def test_a_hold_ends_and_a_revocation_does_not(houses: House) -> None:
    issued = issue(houses.ports)

    def state() -> str:
        return verify.by_code(houses.ports, issued.code).state

    revoke.suspend(houses.ports, OPERATOR, issued.code)
    held = row_of(houses.ports, issued.code).suspended_at
    revoke.suspend(houses.ports, OPERATOR, issued.code)
    assert state() == "suspended"
    assert row_of(houses.ports, issued.code).suspended_at == held
    revoke.reinstate(houses.ports, OPERATOR, issued.code)
    revoke.reinstate(houses.ports, OPERATOR, issued.code)
    assert state() == "valid"
    revoke.suspend(houses.ports, OPERATOR, issued.code)
    revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    for verb in (revoke.suspend, revoke.reinstate):
        with pytest.raises(Conflict):
            verb(houses.ports, OPERATOR, issued.code)
        assert state() == "revoked"
    assert published_bit(houses.ports, issued.code) == 1


@pytest.mark.parametrize("reference", ["", "0000000000000000", "urn:uuid:none", "x\x00", "\udcff", "%", "x" * 10_000])
def test_unknown_references(houses: House, reference: str) -> None:
    issue(houses.ports)
    for verb in (revoke.suspend, revoke.reinstate):
        with pytest.raises(NotFound):
            verb(houses.ports, OPERATOR, reference)
    with pytest.raises(NotFound):
        revoke.revoke(houses.ports, OPERATOR, reference, "error")


def test_a_reason_is_one_of_three(house: House) -> None:
    issued = issue(house.ports)
    for reason in ("", "because", "Error"):
        with pytest.raises(InvalidInput):
            revoke.revoke(house.ports, OPERATOR, issued.code, reason)
    assert verify.by_code(house.ports, issued.code).verified


def test_only_the_registrar_takes_back(house: House) -> None:
    issued = issue(house.ports)
    verbs: list[Callable[[Ports, Any, str], None]] = [
        lambda ports, actor, reference: revoke.revoke(ports, actor, reference, "error"),
        revoke.suspend,
        revoke.reinstate,
    ]
    for verb in verbs:
        for actor in (as_pupil(house.ports), Actor(1, "mentor", "a mentor", mentor_id=1)):
            with pytest.raises(Forbidden):
                verb(house.ports, actor, issued.code)
        with pytest.raises(NotSignedIn):
            verb(house.ports, None, issued.code)
    assert verify.by_code(house.ports, issued.code).verified


def test_revocations_at_once_are_all_published(houses: House) -> None:
    """Each reads the whole list, sets a bit and signs it anew: none may overwrite another's."""
    issued = issue_many(houses.ports, 12)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: revoke.revoke(houses.ports, OPERATOR, one.code, "error"), issued[:8]))
    assert [published_bit(houses.ports, one.code) for one in issued] == [1] * 8 + [0] * 4
    bits = Bitstring.from_bytes(stored_list(houses.ports).bits)
    assert sum(bits.get(index) for index in range(len(bits))) == 8
    states = [verify.by_code(houses.ports, one.code).state for one in issued]
    assert states == ["revoked"] * 8 + ["valid"] * 4


def test_issuing_and_revoking_at_once(houses: House) -> None:
    issued = issue_many(houses.ports, 6)
    with ThreadPoolExecutor(4) as pool:
        taking = [pool.submit(revoke.revoke, houses.ports, OPERATOR, one.code, "error") for one in issued]
        giving = [pool.submit(issue, houses.ports, SEMYON, start) for start in _days(6)]
        fresh = [future.result() for future in giving]
        for future in taking:
            future.result()
    assert {verify.by_code(houses.ports, one.code).state for one in issued} == {"revoked"}
    assert {verify.by_code(houses.ports, one.code).state for one in fresh} == {"valid"}
    assert stored_list(houses.ports).allocated == 12


def _days(count: int) -> list[Any]:
    from tests.services.issuing import MONDAY

    return [MONDAY - timedelta(days=3 * number) for number in range(count)]


def test_the_first_of_two_revocations_stands(houses: House, clock: Clock) -> None:
    """Both look at an unrevoked credential; the one that comes second must see what the first one wrote."""
    issued = issue(houses.ports)
    reasons = ["error", "duplicate", "rules"]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda reason: revoke.revoke(houses.ports, OPERATOR, issued.code, reason), reasons))
    first = row_of(houses.ports, issued.code).revocation_reason
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda reason: revoke.revoke(houses.ports, OPERATOR, issued.code, reason), reasons))
    assert row_of(houses.ports, issued.code).revocation_reason == first


def test_a_revocation_that_waits_sees_what_it_waited_for(houses: House, clock: Clock) -> None:
    """A revocation holds the row while another one is asked for; when it lets go, the other one finds it done."""
    issued = issue(houses.ports)
    first = clock()
    with ThreadPoolExecutor(1) as pool, houses.ports.sessions.write() as session:
        row = session.get(Credential, issued.credential_id, with_for_update=True)
        assert row is not None
        clock.forward(timedelta(days=1))
        later = pool.submit(revoke.revoke, houses.ports, OPERATOR, issued.code, "duplicate")
        held = pool.submit(revoke.suspend, houses.ports, OPERATOR, issued.code)
        with pytest.raises(TimeoutError):
            later.result(timeout=0.5)
        row.revoked_at, row.revocation_reason = first, "error"
        session.flush()
        session.commit()
        later.result(timeout=20)
        with pytest.raises(Conflict):
            held.result(timeout=20)
    found = row_of(houses.ports, issued.code)
    assert (found.revoked_at, found.revocation_reason, found.suspended_at) == (first, "error", None)


def test_a_damaged_list_is_said_and_nothing_is_revoked(houses: House) -> None:
    issued = issue(houses.ports)
    with houses.ports.sessions.write() as session:
        session.execute(update(StatusList).values(bits=b""))
    with pytest.raises(OrientirError):
        revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    assert row_of(houses.ports, issued.code).revoked_at is None
