"""What the programs of organisations may issue, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portfolio.bootstrap import House
from portfolio.errors import (
    BadToken,
    Conflict,
    Forbidden,
    MalformedValueError,
    NotFound,
    OrientirError,
    TooManyRequests,
)
from portfolio.ports import Ports
from portfolio.services import browse, issue, portfolios, revoke, tokens, verify
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.services.tokens import Program
from portfolio.storage import credentials
from portfolio.vc import jsontext
from portfolio.vc.contexts import CONTEXT_OB3, CONTEXT_VC2
from tests.databases import FreshDatabase
from tests.services.issuing import ZOYA, as_pupil
from tests.services.issuing import issue as issue_practice
from tests.services.school_files import Clock

OGRN, OTHER = "1025400000001", "1025400000002"
DID = f"did:web:school.example:o:{OGRN}"
ID = "urn:uuid:0b5d3c6e-8f7a-4d6f-9c0e-5b1f2a3c4d5e"


@pytest.fixture
def ports(house: House) -> Ports:
    return house.ports


@pytest.fixture
def program(ports: Ports) -> Program:
    return program_for(ports)


def program_for(ports: Ports, organisation: str = OGRN) -> Program:
    return tokens.program_of(ports, f"Bearer {tokens.new_token(ports, OPERATOR, organisation).secret}")


def wish(**members: Any) -> dict[str, Any]:
    """A credential that a program may ask for; a member that is None is left out."""
    found = {
        "@context": [CONTEXT_VC2, CONTEXT_OB3],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": DID, "type": ["Profile"], "name": "Завод «Маяк»"},
        "validFrom": "2026-05-01T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {"type": "IdentityObject", "identityHash": "Роза Чижова", "identityType": "name", "hashed": False}
            ],
            "achievement": {
                "id": "https://mayak.example/a/1",
                "type": ["Achievement"],
                "name": "Первый разряд",
                "description": "Токарь первого разряда.",
                "criteria": {"narrative": "Сдан экзамен."},
            },
        },
        **members,
    }
    return {name: value for name, value in found.items() if value is not None}


# --- tokens


def test_a_token_is_shown_once_and_makes_key_and_did(ports: Ports) -> None:
    made = tokens.new_token(ports, OPERATOR, "МАЯК", "учёт")
    assert made.view.issuer == DID
    assert len(made.secret) == 43
    assert [key.fragment for key in ports.keys.keys(OGRN)] == ["key-2026-05"]
    again = tokens.new_token(ports, OPERATOR, OGRN)
    assert len(ports.keys.keys(OGRN)) == 1
    assert [view.label for view in tokens.tokens(ports, OPERATOR)] == ["учёт", ""]
    assert made.secret != again.secret


def test_only_the_office_makes_tokens(ports: Ports) -> None:
    with pytest.raises(Forbidden):
        tokens.new_token(ports, as_pupil(ports), OGRN)
    with pytest.raises(NotFound):
        tokens.new_token(ports, OPERATOR, "нет такой")


def test_no_token_stands_in_the_database(house: House, tmp_path: Path, sqlite_database: FreshDatabase) -> None:
    secret = tokens.new_token(house.ports, OPERATOR, OGRN).secret
    house.close()
    data = Path(sqlite_database.url.removeprefix("sqlite:///")).read_bytes()
    assert OGRN.encode() in data
    assert secret.encode() not in data


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic {secret}", "{secret}", "Bearer {secret}x", "Bearer " + "я" * 500]
)
def test_other_headers_open_nothing(ports: Ports, header: str | None) -> None:
    secret = tokens.new_token(ports, OPERATOR, OGRN).secret
    assert tokens.program_of(ports, f"bearer {secret}").issuer.did == DID
    with pytest.raises(BadToken):
        tokens.program_of(ports, header and header.format(secret=secret))


def test_a_revoked_token_opens_nothing(ports: Ports) -> None:
    made = tokens.new_token(ports, OPERATOR, OGRN)
    tokens.revoke_token(ports, OPERATOR, made.view.id)
    with pytest.raises(BadToken):
        tokens.program_of(ports, f"Bearer {made.secret}")
    with pytest.raises(Conflict):
        tokens.revoke_token(ports, OPERATOR, made.view.id)
    with pytest.raises(NotFound):
        tokens.revoke_token(ports, OPERATOR, 77)


# --- issuing


def test_what_is_issued_verifies_and_is_nobodys_practice(houses: House) -> None:
    ports = houses.ports
    issue_practice(ports)
    before = browse.overview(ports, OPERATOR)
    issued = issue.issue_for_program(ports, program_for(ports), wish())
    document = jsontext.loads(issued.body)
    assert document["issuer"]["id"] == DID
    assert [proof["verificationMethod"] for proof in document["proof"]] == [f"{DID}#key-2026-05"] * 2
    assert document["credentialStatus"]["statusListCredential"] == "https://school.example/status/1"
    check = verify.check_document(ports, issued.body)
    assert check.state == "valid"
    assert check.own_url == issued.url
    assert browse.overview(ports, OPERATOR) == before
    assert len(portfolios.my_portfolio(ports, as_pupil(ports, ZOYA)).credentials) == 1
    with ports.sessions.read() as session:
        row = credentials.get(session, document["id"])
        assert row is not None
        assert (row.origin, row.pupil_id, row.kind) == ("api", None, "organisation")


def test_its_page_shows_initials_and_no_file(ports: Ports, program: Program) -> None:
    check = verify.by_code(ports, issue.issue_for_program(ports, program, wish()).code)
    assert check.state == "valid"
    assert check.shown is not None
    assert check.shown.person == "Р. Ч."
    assert check.shown.title == "Первый разряд"
    assert check.credential is None
    assert check.issuer_did == DID


def test_id_and_date_are_given_where_none_was_brought(ports: Ports, program: Program) -> None:
    body = issue.issue_for_program(ports, program, wish(validFrom=None)).body
    document = jsontext.loads(body)
    assert document["id"].startswith("urn:uuid:")
    assert document["validFrom"] == "2026-05-12T07:02:00Z"
    named = jsontext.loads(issue.issue_for_program(ports, program, wish(), ID).body)
    assert named["id"] == ID


def test_the_same_wish_is_signed_once(ports: Ports, program: Program, clock: Clock) -> None:
    first = issue.issue_for_program(ports, program, wish(), ID)
    clock.forward(timedelta(days=1))
    assert issue.issue_for_program(ports, program, wish(id=ID)) == first
    assert issue.issue_for_program(ports, program_for(ports), wish(), ID) == first
    with pytest.raises(Conflict):
        issue.issue_for_program(ports, program, wish(name="Другое"), ID)


def test_an_id_of_somebody_else_is_taken(ports: Ports, program: Program) -> None:
    issued = issue_practice(ports)
    with pytest.raises(Conflict):
        issue.issue_for_program(ports, program, wish(), issued.credential_id)
    issue.issue_for_program(ports, program, wish(), ID)
    other = program_for(ports, OTHER)
    with pytest.raises(Conflict):
        issue.issue_for_program(ports, other, wish(issuer=other.issuer.did), ID)


def test_many_at_once_sign_it_once(houses: House) -> None:
    ports, program = houses.ports, program_for(houses.ports)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: issue.issue_for_program(ports, program, wish(), ID), range(16)))
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "did:web:school.example"},
        {"issuer": {"id": f"did:web:school.example:o:{OTHER}"}},
        {"issuer": None},
        {"proof": {"type": "DataIntegrityProof"}},
        {"proof": None, "credentialStatus": {"type": "BitstringStatusListEntry"}},
        {"credentialSubject": None},
        {"credentialSubject": {}},
        {"surprise": 1},
        {"type": ["VerifiableCredential", "Surprise"]},
        {"type": ["OpenBadgeCredential"]},
        {"type": ["VerifiableCredential", "BitstringStatusListCredential"]},
        {"type": ["VerifiableCredential", "ClrCredential"]},
        {"@context": None},
        {"@context": [CONTEXT_OB3, CONTEXT_VC2]},
        {"@context": [CONTEXT_VC2, "https://example.org/context"]},
        {"@context": [CONTEXT_VC2, {"surprise": "https://example.org/surprise"}]},
        {"@context": ["https://www.w3.org/2018/credentials/v1", CONTEXT_OB3]},
        {"validFrom": "yesterday"},
        {"validFrom": "2027-01-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"},
        {"id": "not a url"},
        {"id": "https://mayak.example/1"},
        {"id": ID.upper()},
        {"id": ["urn:uuid:1"]},
        {"credentialSubject": {"type": ["AchievementSubject"], "achievement": {"id": "https://mayak.example/a/1"}}},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_what_is_refused_leaves_nothing(ports: Ports, program: Program, changes: dict[str, Any]) -> None:
    with pytest.raises(OrientirError) as caught:
        issue.issue_for_program(ports, program, wish(**changes))
    assert caught.value.status == 400
    with ports.sessions.read() as session:
        assert credentials.total(session) == 0


def test_another_id_than_the_options_say(ports: Ports, program: Program) -> None:
    with pytest.raises(MalformedValueError):
        issue.issue_for_program(ports, program, wish(id=ID), ID.replace("0b", "0c"))


def test_a_token_issues_only_so_many(
    ports: Ports, program: Program, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue, "QUOTAS", ((timedelta(hours=1), 2), (timedelta(days=1), 3)))
    first = issue.issue_for_program(ports, program, wish(), ID)
    issue.issue_for_program(ports, program, wish())
    with pytest.raises(TooManyRequests):
        issue.issue_for_program(ports, program, wish())
    assert issue.issue_for_program(ports, program, wish(), ID) == first
    clock.forward(timedelta(minutes=61))
    issue.issue_for_program(ports, program, wish())
    clock.forward(timedelta(minutes=61))
    with pytest.raises(TooManyRequests):
        issue.issue_for_program(ports, program, wish())


# --- revoking


@pytest.fixture
def issued(ports: Ports, program: Program) -> Iterator[issue.IssuedForProgram]:
    return issue.issue_for_program(ports, program, wish(), ID)


def state_of(ports: Ports, issued: issue.IssuedForProgram) -> str:
    return verify.check_document(ports, issued.body).state


def test_a_hold_begins_and_ends(ports: Ports, program: Program, issued: issue.IssuedForProgram) -> None:
    for on_hold, state in ((True, "suspended"), (True, "suspended"), (False, "valid"), (False, "valid")):
        revoke.suspend_for_program(ports, program, ID, on_hold)
        assert state_of(ports, issued) == state


def test_a_revocation_is_published_and_final(ports: Ports, program: Program, issued: issue.IssuedForProgram) -> None:
    document = jsontext.loads(issued.body)["credentialStatus"]
    place = revoke.ListPlace(document["statusListCredential"], document["statusListIndex"])
    with pytest.raises(MalformedValueError):
        revoke.revoke_for_program(ports, program, ID, revoke.ListPlace(place.list_url, place.index + "0"))
    assert state_of(ports, issued) == "valid"
    revoke.revoke_for_program(ports, program, ID, place)
    revoke.revoke_for_program(ports, program, ID)
    assert state_of(ports, issued) == "revoked"
    assert verify.by_code(ports, issued.code).state == "revoked"
    with pytest.raises(Conflict):
        revoke.suspend_for_program(ports, program, ID, False)


def test_what_others_issued_does_not_exist(ports: Ports, program: Program, issued: issue.IssuedForProgram) -> None:
    practice = issue_practice(ports)
    other = program_for(ports, OTHER)
    for who, reference in ((other, ID), (program, practice.credential_id), (program, "urn:uuid:0")):
        with pytest.raises(NotFound):
            revoke.revoke_for_program(ports, who, reference)
        with pytest.raises(NotFound):
            revoke.suspend_for_program(ports, who, reference, True)
    assert state_of(ports, issued) == "valid"


def test_the_office_may_revoke_it_too(ports: Ports, program: Program, issued: issue.IssuedForProgram) -> None:
    revoke.revoke(ports, Actor(0, "registrar", ""), issued.code, "error")
    assert state_of(ports, issued) == "revoked"
