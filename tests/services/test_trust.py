"""Whom the school believes: its own list, organisations under its address, issuers elsewhere, other schools' lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from portfolio.bootstrap import House
from portfolio.errors import Conflict, FetchFailed, Forbidden, InvalidInput, NotFound, NotSignedIn
from portfolio.ports import Ports
from portfolio.services import keys, publish, register_issuers, trust
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.services.verify import check_document
from portfolio.storage import issuers
from portfolio.vc import jsontext
from portfolio.vc.did import retrieve_verification_method
from portfolio.vc.issuer_document import key_fingerprint
from portfolio.vc.trust_list import ListedIssuer, TrustList, read_trust_list
from tests.services.school_files import Clock
from tests.simulator import ForeignSchool, Internet
from tests.unit.vc.signers import STRANGER

OWN_DID = "did:web:school.example"
SINCE = date(2025, 9, 1)


@pytest.fixture
def lyceum() -> ForeignSchool:
    return ForeignSchool()


@pytest.fixture
def gymnasium() -> ForeignSchool:
    return ForeignSchool("did:web:gymnasium.example", "Гимназия «Звезда»", b"g")


@pytest.fixture
def internet(lyceum: ForeignSchool, gymnasium: ForeignSchool) -> Internet:
    return Internet(lyceum, gymnasium)


@pytest.fixture
def ports(houses: House, internet: Internet) -> Ports:
    return replace(houses.ports, fetcher=internet)


def know(ports: Ports, school: ForeignSchool, **facts: Any) -> str:
    names = facts.pop("names", {"ru": school.name})
    return register_issuers.add(ports, OPERATOR, did=school.did, document=school.did_document(), names=names, **facts)


def own_list(ports: Ports) -> TrustList:
    document = publish.did_document(ports)
    return read_trust_list(
        trust.own_list(ports),
        resolve={OWN_DID: document}.get,
        now=ports.now(),
        issuer=OWN_DID,
        address="https://school.example/.well-known/trust-list.json",
    )


def known_dids(ports: Ports) -> set[str]:
    with ports.sessions.read() as session:
        return set(issuers.registered_dids(session))


# --- the own list


def test_the_list_names_the_school_itself(ports: Ports) -> None:
    found = own_list(ports)
    assert found.version == 1
    assert found.issuers == (ListedIssuer(OWN_DID, "own", {"ru": "Школа на берегу"}, date(2026, 5, 12)),)
    assert trust.own_list(ports) == trust.own_list(ports)  # the bytes, as they were signed


def test_each_change_makes_the_next_version_and_nothing_else_does(
    ports: Ports, lyceum: ForeignSchool, clock: Clock
) -> None:
    assert own_list(ports).version == 1
    know(ports, lyceum, since=SINCE, scope=["OpenBadgeCredential"])
    second = own_list(ports)
    assert second.version == 2
    assert second.issuers[1] == ListedIssuer(
        lyceum.did, "school", {"ru": "Лицей № 9"}, SINCE, None, ("OpenBadgeCredential",)
    )
    clock.forward(timedelta(days=3))
    know(ports, lyceum, since=SINCE, scope=["OpenBadgeCredential"])
    assert own_list(ports).version == 2
    know(ports, lyceum, since=SINCE, until=date(2027, 8, 31))
    assert own_list(ports).version == 3
    register_issuers.remove(ports, OPERATOR, lyceum.did)
    assert own_list(ports).version == 4
    assert [entry.kind for entry in own_list(ports).issuers] == ["own"]


def test_a_new_signing_key_signs_the_next_version(ports: Ports, clock: Clock) -> None:
    assert own_list(ports).version == 1
    clock.forward(timedelta(days=40))
    made = keys.new_key(ports)
    found = own_list(ports)
    assert found.version == 2
    assert found.document["proof"]["verificationMethod"] == made.id


def test_an_organisation_with_a_key_is_in_the_list(ports: Ports) -> None:
    ogrn = "1025400000028"
    ports.keys.create("key-2026-05", now=ports.now(), owner=ogrn)
    (line,) = own_list(ports).issuers[1:]
    assert (line.did, line.kind, line.name) == (f"{OWN_DID}:o:{ogrn}", "organisation", {"ru": ogrn})
    assert line.since == date(2026, 5, 12)


def test_a_partner_with_a_key_has_its_name_and_its_agreements_date(ports: Ports) -> None:
    from portfolio.storage import organizations

    with ports.sessions.read() as session:
        partner = next(
            row
            for row in organizations.all_organizations(session).values()
            if any(one.status == "signed" for one in row.agreements)
        )
        start = min(one.valid_from for one in partner.agreements if one.valid_from)
    ports.keys.create("key-2026-05", now=ports.now(), owner=partner.ogrn)
    (line,) = own_list(ports).issuers[1:]
    assert (line.name, line.since) == ({"ru": partner.name}, start)


def test_a_name_that_deceives_the_eye_is_not_passed_on(ports: Ports) -> None:
    from portfolio.storage import homes

    with ports.sessions.write() as session:
        homes.get(session).name = "Шкoла"  # type: ignore[union-attr]
    assert own_list(ports).own.name == {"ru": "school.example"}


# --- DID documents


def test_a_retired_key_stays_published_without_an_end(ports: Ports, clock: Clock) -> None:
    document = check_source(ports)
    clock.forward(timedelta(days=40))
    keys.new_key(ports)
    published = publish.did_document(ports)
    assert len(published["assertionMethod"]) == 4
    assert not any("expires" in method for method in published["verificationMethod"])
    for fragment in ("key-2026-05", "key-2026-06"):
        method = retrieve_verification_method(
            f"{OWN_DID}#{fragment}", resolve={OWN_DID: published}.get, proof_purpose="assertionMethod"
        )
        assert method.public_key.kind == "ed25519"
    assert check_document(ports, document).state == "valid"


def check_source(ports: Ports) -> bytes:
    from tests.services.issuing import document_of, issue

    return jsontext.dumps(document_of(ports, issue(ports).code))


def test_the_document_of_an_organisation(ports: Ports) -> None:
    ogrn = "1025400000028"
    for unknown in (ogrn, "own", "", "../own", "1025400000028/", "0"):
        with pytest.raises(NotFound):
            publish.organisation_did_document(ports, unknown)
    ports.keys.create("key-2026-05", now=ports.now(), owner=ogrn)
    document = publish.organisation_did_document(ports, ogrn)
    assert document["id"] == f"{OWN_DID}:o:{ogrn}"
    assert [method["type"] for method in document["verificationMethod"]] == ["Multikey", "JsonWebKey"]


# --- registering


def test_looking_changes_nothing_and_tells_the_figures(ports: Ports, lyceum: ForeignSchool, internet: Internet) -> None:
    found = register_issuers.look_at(ports, OPERATOR, f" {lyceum.did} ")
    assert internet.asked == ["https://licey.example/.well-known/did.json"]
    assert found.fingerprint == key_fingerprint(jsontext.loads(lyceum.did_document()))
    assert (found.known, found.new_keys, found.document) == (False, 1, lyceum.did_document())
    assert known_dids(ports) == set()
    assert know(ports, lyceum) == found.fingerprint
    assert register_issuers.look_at(ports, OPERATOR, lyceum.did, lyceum.did_document()).new_keys == 0
    lyceum.fragments.append("key-2026-05")
    again = register_issuers.look_at(ports, OPERATOR, lyceum.did)
    assert (again.known, again.new_keys) == (True, 1)
    assert again.fingerprint != found.fingerprint


def test_a_did_key_needs_no_document(ports: Ports, internet: Internet) -> None:
    found = register_issuers.look_at(ports, OPERATOR, STRANGER.did)
    register_issuers.add(ports, OPERATOR, did=STRANGER.did, document=found.document, names={"en": "Robotics club"})
    assert internet.asked == []
    assert STRANGER.did in known_dids(ports)


@pytest.mark.parametrize(
    "did",
    ["", "licey.example", "did:web:127.0.0.1", "did:web:LICEY.example", "did:web:x%2Fy", "did:ion:1", OWN_DID,
     f"{OWN_DID}:o:1025400000028"],
)  # fmt: skip
def test_dids_that_cannot_be_registered(ports: Ports, internet: Internet, did: str) -> None:
    with pytest.raises(InvalidInput):
        register_issuers.look_at(ports, OPERATOR, did)
    assert internet.asked == []


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"id":"did:web:licey.example"}', b'{"id":"did:web:licey.example","assertionMethod":[]}',
     ForeignSchool("did:web:other.example").did_document(), b'{"id":1,"id":2}'],
    ids=["empty", "list", "nothing", "no keys", "empty keys", "another DID", "twice"],
)  # fmt: skip
def test_documents_that_are_of_no_use(ports: Ports, lyceum: ForeignSchool, document: bytes) -> None:
    with pytest.raises(InvalidInput):
        register_issuers.add(ports, OPERATOR, did=lyceum.did, document=document, names={"ru": "Лицей"})
    assert known_dids(ports) == set()


@pytest.mark.parametrize("name", ["", "Лицeй", "Лицей\u202e", "Л\u200bицей", "Лице\u0306\u0306й"])
def test_names_that_could_be_mistaken(ports: Ports, lyceum: ForeignSchool, name: str) -> None:
    with pytest.raises(InvalidInput):
        know(ports, lyceum, names={"ru": name})


@pytest.mark.parametrize(
    "facts", [{"kind": "own"}, {"scope": ["a b"]}, {"since": SINCE, "until": SINCE - timedelta(1)}]
)
def test_facts_that_cannot_be(ports: Ports, lyceum: ForeignSchool, facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        know(ports, lyceum, **facts)
    assert known_dids(ports) == set()


def test_only_the_office_decides(ports: Ports, lyceum: ForeignSchool) -> None:
    document = lyceum.did_document()
    for actor, error in (
        (None, NotSignedIn),
        (Actor(1, "mentor", "x"), Forbidden),
        (Actor(1, "pupil", "x"), Forbidden),
    ):
        for act in (
            lambda actor=actor: register_issuers.look_at(ports, actor, lyceum.did, document),
            lambda actor=actor: register_issuers.add(
                ports, actor, did=lyceum.did, document=document, names={"ru": "Л"}
            ),
            lambda actor=actor: register_issuers.remove(ports, actor, lyceum.did),
            lambda actor=actor: register_issuers.renew(ports, actor),
            lambda actor=actor: register_issuers.fetch_list(ports, actor, "https://x.example"),
            lambda actor=actor: register_issuers.import_list(ports, actor, b""),
        ):
            with pytest.raises(error):
                act()


def test_removing_whom_nobody_knows(ports: Ports) -> None:
    with pytest.raises(NotFound):
        register_issuers.remove(ports, OPERATOR, "did:web:licey.example")
    with pytest.raises(NotFound):
        register_issuers.renew(ports, OPERATOR, ["did:web:licey.example"])


def test_renewing_tells_what_became_of_each(
    ports: Ports, lyceum: ForeignSchool, gymnasium: ForeignSchool, internet: Internet
) -> None:
    know(ports, lyceum)
    know(ports, gymnasium)
    assert [found.outcome for found in register_issuers.renew(ports, OPERATOR)] == ["unchanged", "unchanged"]
    lyceum.fragments.append("key-2026-05")
    gymnasium.elsewhere["https://gymnasium.example/.well-known/did.json"] = b"{}"
    outcomes = {found.did: found for found in register_issuers.renew(ports, OPERATOR)}
    assert outcomes[lyceum.did].outcome == "new_keys"
    assert outcomes[gymnasium.did].outcome == "failed"
    assert outcomes[gymnasium.did].fault
    internet.fault = "no answer"
    assert register_issuers.renew(ports, OPERATOR, [lyceum.did])[0].fault == "no answer"


# --- another school's list


def listed(school: ForeignSchool, kind: str = "school", **facts: Any) -> ListedIssuer:
    return ListedIssuer(school.did, kind, {"ru": school.name}, SINCE, **facts)


def test_a_list_is_taken_in_and_says_what_changes(
    ports: Ports, lyceum: ForeignSchool, gymnasium: ForeignSchool, internet: Internet
) -> None:
    know(ports, lyceum)
    lyceum.known = [listed(gymnasium)]
    preview = register_issuers.import_list(ports, OPERATOR, lyceum.trust_list(), dry_run=True)
    assert (preview.before, preview.version, preview.school_name) == (None, 1, "Лицей № 9")
    assert preview.changes.added == (listed(gymnasium),)
    assert known_dids(ports) == {lyceum.did}
    done = register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    assert [found.outcome for found in done.renewals] == ["updated"]
    assert known_dids(ports) == {lyceum.did, gymnasium.did}
    found = check_document(ports, jsontext.dumps(gymnasium.credential()))
    assert found.state == "valid"
    step = next(step for step in found.steps if step.name == "trust")
    assert step.reason.params["source"] == "Лицей № 9"
    # what another school believes is not this school's own word
    assert [entry.did for entry in own_list(ports).issuers] == [OWN_DID, lyceum.did]
    again = register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    assert (again.before, bool(again.changes)) == (1, False)


def test_the_next_version_changes_and_removes(ports: Ports, lyceum: ForeignSchool, gymnasium: ForeignSchool) -> None:
    know(ports, lyceum)
    third = ForeignSchool("did:web:third.example", "Школа № 3", b"3")
    lyceum.known = [listed(gymnasium), listed(third)]
    register_issuers.import_list(ports, OPERATOR, lyceum.trust_list(), fetch_at_most=0)
    lyceum.known, lyceum.version = [listed(gymnasium, until=date(2030, 1, 1))], 2
    done = register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    assert (done.before, done.version) == (1, 2)
    assert done.changes.removed == (listed(third),)
    assert done.changes.changed == ((listed(gymnasium), listed(gymnasium, until=date(2030, 1, 1))),)
    assert known_dids(ports) == {lyceum.did, gymnasium.did}


def test_an_older_or_second_version_is_refused_and_nothing_changes(
    ports: Ports, lyceum: ForeignSchool, gymnasium: ForeignSchool
) -> None:
    know(ports, lyceum)
    older = lyceum.trust_list()
    lyceum.known, lyceum.version = [listed(gymnasium)], 2
    register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    with pytest.raises(Conflict):
        register_issuers.import_list(ports, OPERATOR, older)
    lyceum.known = []
    with pytest.raises(Conflict):
        register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    assert known_dids(ports) == {lyceum.did, gymnasium.did}
    # nor after the school was removed and added again
    register_issuers.remove(ports, OPERATOR, lyceum.did)
    assert known_dids(ports) == set()
    know(ports, lyceum)
    with pytest.raises(Conflict):
        register_issuers.import_list(ports, OPERATOR, older)


def test_lists_that_do_not_hold_or_are_nobodys(ports: Ports, lyceum: ForeignSchool, gymnasium: ForeignSchool) -> None:
    with pytest.raises(InvalidInput, match="Add the school first"):
        register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    know(ports, lyceum)
    forger = ForeignSchool(seed=b"!", known=[listed(gymnasium)])
    body = lyceum.trust_list()
    for bad in (b"", b"[]", forger.trust_list(), body.replace(b'"version":1', b'"version":9'), gymnasium.trust_list()):
        with pytest.raises(InvalidInput):
            register_issuers.import_list(ports, OPERATOR, bad)
    know(ports, gymnasium, kind="organisation")  # a partner's list is not a school's
    with pytest.raises(InvalidInput):
        register_issuers.import_list(ports, OPERATOR, gymnasium.trust_list())
    assert known_dids(ports) == {lyceum.did, gymnasium.did}


def test_a_line_about_this_school_itself_is_left_out(ports: Ports, lyceum: ForeignSchool) -> None:
    know(ports, lyceum)
    lyceum.known = [ListedIssuer(OWN_DID, "school", {"ru": "Не мы"}, SINCE)]
    done = register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    assert done.left_out == (OWN_DID,)
    assert not done.changes
    assert check_document(ports, check_source(ports)).state == "valid"


def test_the_own_decision_comes_before_any_list(ports: Ports, lyceum: ForeignSchool, gymnasium: ForeignSchool) -> None:
    know(ports, lyceum)
    lyceum.known = [listed(gymnasium, scope=("ClrCredential",))]
    register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    document = jsontext.dumps(gymnasium.credential())
    assert check_document(ports, document).state == "issuer_unknown"
    know(ports, gymnasium)
    assert check_document(ports, document).state == "valid"
    # and removing outlives the list
    register_issuers.remove(ports, OPERATOR, gymnasium.did)
    assert not check_document(ports, document).verified
    lyceum.version = 2
    register_issuers.import_list(ports, OPERATOR, lyceum.trust_list())
    assert not check_document(ports, document).verified
    know(ports, gymnasium)
    assert check_document(ports, document).state == "valid"


def test_only_a_known_schools_list_is_fetched(
    ports: Ports, lyceum: ForeignSchool, gymnasium: ForeignSchool, internet: Internet
) -> None:
    know(ports, lyceum)
    know(ports, gymnasium, kind="organisation")
    address = "https://licey.example/.well-known/trust-list.json"
    for bad in (
        "",
        "https://evil.example/.well-known/trust-list.json",
        "http://licey.example/.well-known/trust-list.json",
        f"{address}?x",
        f"{address}#x",
        "https://gymnasium.example/.well-known/trust-list.json",
        "https://licey.example/other.json",
    ):
        with pytest.raises(InvalidInput):
            register_issuers.fetch_list(ports, OPERATOR, bad)
    assert internet.asked == []
    assert register_issuers.fetch_list(ports, OPERATOR, address) == lyceum.trust_list()
    internet.fault = "no answer"
    with pytest.raises(FetchFailed):
        register_issuers.fetch_list(ports, OPERATOR, address)


# --- what a verification costs


def questions(house: House, ports: Ports, document: dict[str, Any]) -> int:
    """How often the database is asked when one document is checked."""
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    engine = house.sessions.engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert check_document(ports, jsontext.dumps(document)).state == "valid"
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(asked)


def test_however_many_are_known_a_verification_asks_the_database_as_often(
    houses: House, ports: Ports, lyceum: ForeignSchool
) -> None:
    know(ports, lyceum)
    document = lyceum.credential()
    questions(houses, ports, document)  # the first fetches the status list
    few = questions(houses, ports, document)
    for number in range(20):
        know(ports, ForeignSchool(f"did:web:school-{number}.example", f"Школа № {number}", bytes([number + 1])))
    assert questions(houses, ports, document) == few
