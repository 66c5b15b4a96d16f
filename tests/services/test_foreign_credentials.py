"""Credentials of other schools: whom this school asks for what is missing, and whom never."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portfolio.bootstrap import House
from portfolio.ports import Ports
from portfolio.services import brought, register_issuers
from portfolio.services.authorize import OPERATOR
from portfolio.services.brought import Brought
from portfolio.services.fetch import Allowance
from portfolio.services.verify import DocumentCheck, check_document
from portfolio.vc import jsontext
from portfolio.vc.clr import clr_credential
from portfolio.vc.status_list import status_list_entry
from tests.services.school_files import Clock
from tests.simulator import ForeignSchool, Internet
from tests.unit.vc import samples

DID_URL = "https://licey.example/.well-known/did.json"
LIST_URL = "https://licey.example/status/1"


@pytest.fixture
def lyceum() -> ForeignSchool:
    return ForeignSchool()


@pytest.fixture
def internet(lyceum: ForeignSchool) -> Internet:
    return Internet(lyceum)


@pytest.fixture
def ports(house: House, internet: Internet) -> Ports:
    return replace(house.ports, fetcher=internet)


def know(ports: Ports, school: ForeignSchool, **facts: Any) -> None:
    register_issuers.add(
        ports, OPERATOR, did=school.did, document=school.did_document(), names={"ru": school.name}, **facts
    )


def check(ports: Ports, document: dict[str, Any], **options: Any) -> DocumentCheck:
    return check_document(ports, jsontext.dumps(document), **options)


def reason(found: DocumentCheck, name: str) -> str:
    step = next(step for step in found.steps if step.name == name)
    return step.reason.text.format_map(step.reason.params)


def test_a_registered_school_is_believed_and_asked_for_its_list(
    ports: Ports, lyceum: ForeignSchool, internet: Internet
) -> None:
    know(ports, lyceum)
    found = check(ports, lyceum.credential())
    assert (found.state, found.verified, found.exit_code) == ("valid", True, 0)
    assert "Лицей № 9 is a school of this network, known here since" in reason(found, "trust")
    assert internet.asked == [LIST_URL]


def test_a_stranger_is_never_asked_anything(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    found = check(ports, lyceum.credential())
    assert found.state != "valid"
    assert not found.verified
    assert internet.asked == []


def test_nobody_is_asked_for_a_file_that_was_altered(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    know(ports, lyceum)
    document = lyceum.credential()
    altered = json.loads(json.dumps(document))
    altered["credentialSubject"]["achievement"]["name"] = "Другое"
    moved = {**document, "credentialStatus": status_list_entry("https://evil.example/1", 7)}
    other_key = {**document, "proof": lyceum.credential(8)["proof"]}
    unsigned = {name: member for name, member in document.items() if name != "proof"}
    for bad in (altered, moved, other_key, unsigned, {**document, "proof": document["proof"][:1], "name": "x"}):
        assert check(ports, bad).exit_code in (1, 4)
        assert not check(ports, bad).verified
    assert internet.asked == []


def test_a_forger_who_names_a_registered_school_makes_nobody_ask(
    ports: Ports, lyceum: ForeignSchool, internet: Internet
) -> None:
    know(ports, lyceum)
    forger = ForeignSchool(seed=b"!")
    assert check(ports, forger.credential()).state == "altered"
    assert internet.asked == []


def test_the_list_is_kept_for_as_long_as_it_says(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock
) -> None:
    know(ports, lyceum)
    lyceum.ttl = 120_000
    for _ in range(3):
        assert check(ports, lyceum.credential()).state == "valid"
    assert internet.asked == [LIST_URL]
    lyceum.revoked.add(7)
    clock.forward(timedelta(seconds=119))
    assert check(ports, lyceum.credential()).state == "valid"
    clock.forward(timedelta(seconds=2))
    found = check(ports, lyceum.credential())
    assert (found.state, found.exit_code) == ("revoked", 2)
    assert check(ports, lyceum.credential(8)).state == "valid"
    assert internet.asked == [LIST_URL, LIST_URL]


@pytest.mark.parametrize(("ttl", "seconds"), [(0, 60), (10**12, 300), (86_400_000, 300)])
def test_how_long_a_list_is_kept_has_bounds(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock, ttl: int, seconds: int
) -> None:
    know(ports, lyceum)
    lyceum.ttl = ttl
    check(ports, lyceum.credential())
    clock.forward(timedelta(seconds=seconds - 1))
    check(ports, lyceum.credential())
    assert len(internet.asked) == 1
    clock.forward(timedelta(seconds=2))
    check(ports, lyceum.credential())
    assert len(internet.asked) == 2


def test_a_host_that_gives_nothing_makes_it_untold_with_the_reason(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock
) -> None:
    know(ports, lyceum)
    internet.fault = "the host has an address that is not public"
    found = check(ports, lyceum.credential())
    assert (found.state, found.verified, found.exit_code) == ("status_unknown", False, 4)
    assert "the host has an address that is not public" in [problem.detail for problem in found.problems]
    check(ports, lyceum.credential())
    assert len(internet.asked) == 1  # it is not asked again at once
    internet.fault = ""
    clock.forward(timedelta(seconds=61))
    assert check(ports, lyceum.credential()).state == "valid"


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"<html>", b'{"id":"https://licey.example/status/2"}', b"{" * 100_000],
    ids=["empty", "no list", "a list of lists", "a page", "another address", "deep"],
)
def test_what_is_no_status_list_makes_it_untold(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, body: bytes
) -> None:
    know(ports, lyceum)
    lyceum.elsewhere[LIST_URL] = body
    assert check(ports, lyceum.credential()).state == "status_unknown"
    assert check(ports, lyceum.credential()).state == "status_unknown"
    assert internet.asked == [LIST_URL]


def test_a_list_signed_by_somebody_else_makes_it_untold(ports: Ports, lyceum: ForeignSchool) -> None:
    know(ports, lyceum)
    lyceum.elsewhere[LIST_URL] = ForeignSchool(seed=b"!").status_list()
    assert check(ports, lyceum.credential()).state == "status_unknown"


def test_one_file_asks_eight_questions_at_most(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    know(ports, lyceum)
    entries = [status_list_entry(f"https://licey.example/status/{number}", 7) for number in range(2, 40)]
    assert check(ports, lyceum.credential(credentialStatus=entries)).state == "status_unknown"
    assert len(internet.asked) == 8


def test_all_files_of_one_visit_share_the_questions(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock
) -> None:
    know(ports, lyceum)
    files = [
        Brought(
            "",
            jsontext.dumps(lyceum.credential(7, credentialStatus=status_list_entry(f"https://x{place}.example/", 7))),
        )
        for place in range(12)
    ]
    found = brought.check(ports, files)
    assert {finding.state for finding in found} == {"status_unknown"}
    assert len(internet.asked) == 8
    assert brought.check(ports, [Brought("", jsontext.dumps(lyceum.credential()))], may_fetch=False)[0].exit_code == 4
    assert len(internet.asked) == 8


def test_no_new_question_is_asked_after_ten_seconds(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock
) -> None:
    know(ports, lyceum)
    slow = replace(ports, fetcher=Slow(internet, clock))
    entries = [status_list_entry(f"https://licey.example/status/{number}", 7) for number in range(2, 10)]
    assert check(slow, lyceum.credential(credentialStatus=entries)).state == "status_unknown"
    assert len(internet.asked) == 3


class Slow:
    """A wire on which every answer takes four seconds."""

    def __init__(self, internet: Internet, clock: Clock) -> None:
        self.internet = internet
        self.clock = clock

    def get(self, url: str, media_types: Sequence[str]) -> bytes:
        self.clock.forward(timedelta(seconds=4))
        return self.internet.get(url, media_types)


def test_our_own_addresses_are_never_fetched(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    know(ports, lyceum)
    entry = status_list_entry("https://school.example/status/999", 7)
    assert check(ports, lyceum.credential(credentialStatus=entry)).state == "status_unknown"
    assert internet.asked == []


def test_offline_nobody_is_asked(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    know(ports, lyceum)
    assert check(ports, lyceum.credential(), allowance=Allowance(0)).state == "status_unknown"
    assert internet.asked == []


def test_credentials_inside_a_record_are_looked_up_too(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    know(ports, lyceum)
    lyceum.revoked.add(8)
    inner = [lyceum.credential(7), lyceum.credential(8)]
    unsigned = clr_credential(
        id="urn:uuid:0b8e0000-0000-4000-8000-000000000099",
        issuer=replace(samples.SCHOOL, id=lyceum.did),
        subject_id=samples.credential(1)["credentialSubject"]["id"],
        subject_name="Ветрова Алёна",
        credentials=inner,
        valid_from=samples.SIGNED_AT,
        name="Все подтверждения",
    )
    found = check(ports, lyceum.signer.issue(unsigned))
    assert [one.state for one in found.nested] == ["valid", "revoked"]
    assert internet.asked == [LIST_URL]


# --- DID documents


def test_an_old_document_is_renewed_once_the_signature_holds(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock
) -> None:
    know(ports, lyceum)
    document = lyceum.credential()
    check(ports, document)
    clock.forward(timedelta(hours=25))
    assert check(ports, document).state == "valid"
    assert internet.asked == [LIST_URL, DID_URL, LIST_URL]
    check(ports, document)
    assert internet.asked.count(DID_URL) == 1


def test_a_key_that_is_gone_counts_no_more(ports: Ports, lyceum: ForeignSchool, clock: Clock) -> None:
    lyceum.fragments = ["key-2026-03", "key-2026-04"]
    know(ports, lyceum)
    document = lyceum.credential()
    assert check(ports, document).state == "valid"
    lyceum.fragments = ["key-2026-03"]
    clock.forward(timedelta(hours=25))
    found = check(ports, document)
    assert (found.verified, found.exit_code) == (False, 4)


def test_a_key_that_is_new_waits_for_a_person(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock
) -> None:
    know(ports, lyceum)
    before = lyceum.credential()
    lyceum.fragments = ["key-2026-03", "key-2026-05"]
    after = lyceum.credential(8)
    clock.forward(timedelta(hours=25))
    check(ports, before)
    assert DID_URL in internet.asked
    # the new key signs the list too, so of the old credential only its status cannot be told
    assert check(ports, before).state == "status_unknown"
    waiting = check(ports, after)
    assert (waiting.verified, waiting.exit_code) == (False, 4)
    assert "key of the organisation is not available here" in reason(waiting, "signature")
    know(ports, lyceum)
    assert check(ports, after).state == "valid"
    assert check(ports, before).state == "valid"


def test_a_host_that_is_down_does_not_take_the_stored_document_away(
    ports: Ports, lyceum: ForeignSchool, internet: Internet, clock: Clock
) -> None:
    know(ports, lyceum)
    document = lyceum.credential(credentialStatus=None)
    clock.forward(timedelta(hours=25))
    internet.fault = "the host does not answer"
    for _ in range(3):
        assert check(ports, document).state == "valid"
    assert internet.asked == [DID_URL]  # and it is not asked again at once


# --- scope, time, removal


def test_beyond_its_scope_or_time_a_school_is_unknown(ports: Ports, lyceum: ForeignSchool) -> None:
    know(ports, lyceum, scope=["ClrCredential"])
    assert check(ports, lyceum.credential()).state == "issuer_unknown"
    know(ports, lyceum, since=samples.SIGNED_AT.date() - timedelta(days=9), until=samples.SIGNED_AT.date())
    assert check(ports, lyceum.credential()).state == "valid"
    know(
        ports, lyceum, since=samples.SIGNED_AT.date() - timedelta(days=9), until=samples.SIGNED_AT.date() - timedelta(1)
    )
    assert check(ports, lyceum.credential()).state == "issuer_unknown"


def test_removed_a_school_is_a_stranger_again(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    know(ports, lyceum)
    register_issuers.remove(ports, OPERATOR, lyceum.did)
    assert not check(ports, lyceum.credential()).verified
    assert internet.asked == []
