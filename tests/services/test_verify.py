"""«May I believe this?»: every state by code, and no altered document that passes."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from portfolio.adapters.keystore import FileKeyStore
from portfolio.bootstrap import House
from portfolio.errors import Closed, DocumentError, MalformedValueError, NotFound, UnknownOptionProvided
from portfolio.permalinks import grouped
from portfolio.ports import Ports
from portfolio.services import consent, graduate, publish, revoke, vcalm, verify
from portfolio.services.authorize import OPERATOR
from portfolio.services.record import Recorder
from portfolio.storage.orm import Credential, Practice, StatusList
from portfolio.vc import jsontext
from portfolio.vc.data_integrity import add_proof_set
from portfolio.vc.did import did_key
from portfolio.vc.multikey import ed25519_key
from portfolio.vc.rosette import digest, rosette_path
from tests.services.issuing import (
    MONDAY,
    SEMYON,
    ZOYA,
    NoPango,
    document_of,
    issue,
    issue_many,
    populated_house,
    pupil_id,
    row_of,
    with_paper,
)
from tests.services.school_files import Clock

DAY = timedelta(days=1)
STEPS = ["signature", "structure", "issuer", "trust", "dates", "status", "schema", "endorsements", "ledger"]


def results(check: verify.CodeCheck | verify.DocumentCheck) -> dict[str, str]:
    return {step.name: step.result for step in check.steps}


def badge_until(ports: Ports, until: datetime | None) -> str:
    """A credential with an end, or one that is signed for later; its code."""
    issued = issue(ports)
    with ports.sessions.write() as session:
        row = session.get(Credential, issued.credential_id)
        assert row is not None
        practice = session.query(Practice).filter_by(credential_id=row.id).one()
        practice.start_ref = "2026-02-02"
        fresh = Recorder(session, ports, now=ports.now()).badge(practice, valid_until=until)
        return fresh.code


def publish_everything(ports: Ports, roster_id: str = ZOYA) -> None:
    consent.grant(ports, OPERATOR, pupil_id(ports, roster_id), "publication")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ports, bytes]]:
    """A school that is only looked at, and the credential that it issued."""
    folder = tmp_path_factory.mktemp("standing")
    house = populated_house(folder, f"sqlite:///{folder / 'school' / 'portfolio.sqlite3'}", Clock())
    yield house.ports, row_of(house.ports, issue(house.ports).code).body
    house.close()


# --- by code


def test_a_valid_credential(houses: House) -> None:
    issued = issue(houses.ports)
    check = verify.by_code(houses.ports, issued.code)
    assert (check.state, check.verified) == ("valid", True)
    assert [step.name for step in check.steps] == STEPS
    assert [results(check)[name] for name in STEPS[:6]] == ["holds"] * 6
    assert check.url == f"https://school.example/v/{issued.code}"
    assert check.grouped == grouped(issued.code)
    assert check.checked_at == houses.ports.now()
    assert check.details["sha256"] == row_of(houses.ports, issued.code).digest.hex()
    assert check.rosette == rosette_path(digest(document_of(houses.ports, issued.code)))


def test_revoked_with_date_and_reason(houses: House, clock: Clock) -> None:
    issued = issue(houses.ports)
    clock.forward(DAY)
    revoke.revoke(houses.ports, OPERATOR, issued.code, "duplicate")
    when = clock()
    clock.forward(DAY)
    check = verify.by_code(houses.ports, issued.code)
    assert (check.state, check.verified) == ("revoked", False)
    assert (check.revoked_at, check.revocation_reason) == (when, "duplicate")
    assert check.reason.params["revoked_at"] == when
    assert results(check)["signature"] == "holds"
    assert results(check)["status"] == "fails"


def test_suspended(houses: House) -> None:
    issued = issue(houses.ports)
    revoke.suspend(houses.ports, OPERATOR, issued.code)
    assert verify.by_code(houses.ports, issued.code).state == "suspended"


def test_superseded_names_the_newer_one(houses: House, clock: Clock) -> None:
    old, new = issue(houses.ports), issue(houses.ports, start=MONDAY + DAY)
    with houses.ports.sessions.write() as session:
        session.execute(
            update(Credential)
            .where(Credential.id == old.credential_id)
            .values(superseded_by=new.credential_id, superseded_at=clock())
        )
    check = verify.by_code(houses.ports, old.code)
    assert (check.state, check.verified) == ("superseded", False)
    assert check.superseded_by_url == new.url
    assert verify.by_code(houses.ports, new.code).superseded_by_url is None


def test_expired_and_not_yet_expired(house: House, clock: Clock) -> None:
    code = badge_until(house.ports, clock() + DAY)
    assert verify.by_code(house.ports, code).state == "valid"
    clock.forward(DAY + timedelta(seconds=1))
    check = verify.by_code(house.ports, code)
    assert (check.state, results(check)["dates"]) == ("expired", "fails")


def test_a_clock_before_valid_from(house: House, clock: Clock) -> None:
    issued = issue(house.ports)
    clock.moment -= timedelta(seconds=1)
    assert verify.by_code(house.ports, issued.code).state == "not_yet_valid"
    clock.moment -= timedelta(days=400)
    check = verify.by_code(house.ports, issued.code)
    assert (check.state, check.verified) == ("not_yet_valid", False)
    assert results(check)["signature"] == "holds", "nothing was altered"
    assert results(check)["dates"] == "fails"
    assert check.shown is not None


def test_signed_for_later(house: House, clock: Clock) -> None:
    later = replace(house.ports, now=lambda: clock() + 30 * DAY)
    issued = issue(later)
    assert verify.by_code(house.ports, issued.code).state == "not_yet_valid"
    clock.forward(30 * DAY)
    assert verify.by_code(house.ports, issued.code).state == "valid"


@pytest.mark.parametrize("worst_last", [False, True])
def test_the_gravest_state_speaks(house: House, clock: Clock, worst_last: bool) -> None:
    code = badge_until(house.ports, clock() + DAY)
    revoke.suspend(house.ports, OPERATOR, code)
    clock.forward(2 * DAY)
    assert verify.by_code(house.ports, code).state == "suspended", "before expired"
    if worst_last:
        revoke.revoke(house.ports, OPERATOR, code, "rules")
        assert verify.by_code(house.ports, code).state == "revoked", "before suspended"


def test_withdrawn_processing_closes_the_page(houses: House) -> None:
    issued, other = issue(houses.ports), issue(houses.ports, SEMYON)
    publish_everything(houses.ports)
    consent.withdraw(houses.ports, OPERATOR, pupil_id(houses.ports, ZOYA), "processing")
    with pytest.raises(Closed) as caught:
        verify.by_code(houses.ports, issued.code)
    assert caught.value.params == {"why": "consent"}
    assert verify.by_code(houses.ports, other.code).verified
    consent.grant(houses.ports, OPERATOR, pupil_id(houses.ports, ZOYA), "processing")
    again = verify.by_code(houses.ports, issued.code)
    assert again.verified
    assert again.credential is None, "publication has to be agreed to anew"


@pytest.mark.parametrize(
    "text",
    ["", "x", "0000000000000000", "0000-0000-0000-0000", "0" * 15, "0" * 17, "../../etc/passwd", "k7qm\x00", "ѕ" * 16],
)
def test_unknown_codes(standing: tuple[Ports, bytes], text: str) -> None:
    with pytest.raises(NotFound):
        verify.by_code(standing[0], text)


def test_a_code_survives_being_typed(house: House) -> None:
    # A code whose letters include those that are mistaken for others.
    numbers = iter([(int("01" * 8, 32)).to_bytes(10, "big")])

    def entropy(length: int) -> bytes:
        return next(numbers) if length == 10 else house.ports.entropy(length)

    code = issue(replace(house.ports, entropy=entropy)).code
    assert code == "01" * 8
    for typed in (
        code.upper(),
        grouped(code),
        f"  {grouped(code)}\n",
        "OIOL-oiol-OlOI 0101",
        "0101–0101–0101–0101",
        "0101 0101 0101 0101",
    ):
        assert verify.by_code(house.ports, typed).code == code


def test_what_is_shown_follows_consent(houses: House) -> None:
    issued = issue(houses.ports)
    closed = verify.by_code(houses.ports, issued.code)
    assert closed.shown is not None
    assert closed.shown.person == "З. П."
    assert (closed.shown.assessor, closed.shown.narrative, closed.credential) == (None, None, None)
    assert closed.shown.assessor_organisation == "Завод «Маяк»"
    assert (closed.shown.title, closed.shown.hours) == ("Проба «Токарь»", 16)
    assert {level.code: level.level for level in closed.shown.levels} == {"H-ALG": 3, "S-PUNCT": 2}
    assert "Птичкина" not in json.dumps(closed.shown.as_dict(), ensure_ascii=False)
    assert "Птичкина" not in repr(closed)
    achievement = {"title", "format_kind", "description", "criteria", "language"}
    practice = {"start", "end", "hours", "levels"}
    assert set(closed.shown.as_dict()) == {"person", "issuer", "assessor_organisation", *achievement, *practice}
    publish_everything(houses.ports)
    full = verify.by_code(houses.ports, issued.code)
    assert full.shown is not None
    assert full.shown.person == "Зоя Птичкина"
    assert full.shown.narrative == "Выточила вал."
    assert full.shown.assessor == "Уткин Глеб Ильич, мастер участка"
    assert full.credential == document_of(houses.ports, issued.code)
    consent.withdraw(houses.ports, OPERATOR, pupil_id(houses.ports, ZOYA), "publication")
    assert verify.by_code(houses.ports, issued.code).shown == closed.shown


# --- what somebody with the database in hand can do


def change_list(ports: Ports, change: Callable[[dict[str, Any]], object]) -> None:
    with ports.sessions.write() as session:
        found = session.get(StatusList, 1)
        assert found is not None
        document = json.loads(found.body)
        change(document)
        found.body = json.dumps(document, ensure_ascii=False).encode()


def _flip(document: dict[str, Any]) -> None:
    text = document["credentialSubject"]["encodedList"]
    document["credentialSubject"]["encodedList"] = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]


@pytest.mark.parametrize(
    "change",
    [
        _flip,
        lambda document: document.pop("proof"),
        lambda document: document.update(proof=[]),
        lambda document: document["proof"][0].update(proofValue="z" + "1" * 80),
        lambda document: document.update(id="https://school.example/status/2"),
        lambda document: document.update(issuer="did:web:evil.example"),
        lambda document: document["credentialSubject"].update(statusPurpose="suspension"),
        lambda document: document.update(validUntil="2020-01-01T00:00:00Z"),
        lambda document: document.clear(),
    ],
    ids=["bits", "no-proof", "empty-proof", "proof-value", "address", "issuer", "purpose", "ended", "empty"],
)
def test_a_tampered_status_list_is_never_a_pass(houses: House, change: Callable[[dict[str, Any]], object]) -> None:
    issued = issue(houses.ports)
    change_list(houses.ports, change)
    check = verify.by_code(houses.ports, issued.code)
    assert (check.state, check.verified) == ("status_unknown", False)
    assert results(check)["status"] == "unknown"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{" * 100_000])
def test_a_broken_status_list_is_never_a_pass(houses: House, body: bytes) -> None:
    issued = issue(houses.ports)
    with houses.ports.sessions.write() as session:
        session.execute(update(StatusList).values(body=body))
    assert verify.by_code(houses.ports, issued.code).state == "status_unknown"


def test_an_older_list_put_back_does_not_revive(houses: House) -> None:
    """The register remembers what an old list, rightly signed, does not say."""
    issued = issue(houses.ports)
    before = publish.status_list(houses.ports, 1)
    revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    with houses.ports.sessions.write() as session:
        session.execute(update(StatusList).values(body=before))
    assert verify.by_code(houses.ports, issued.code).state == "revoked"


def test_a_register_set_back_does_not_revive(houses: House) -> None:
    """The published list remembers what was deleted from the register."""
    issued = issue(houses.ports)
    revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    with houses.ports.sessions.write() as session:
        session.execute(update(Credential).values(revoked_at=None, revocation_reason=None))
    check = verify.by_code(houses.ports, issued.code)
    assert (check.state, check.verified) == ("revoked", False)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Зоя Птичкина"', '"Яна Воробьёва"'),
        ("Проба «Токарь»", "Проба «Хирург»"),
        ("did:web:school.example", "did:web:evil.example"),
        ('"proof"', '"proofs"'),
    ],
)
def test_a_tampered_stored_body_shows_nothing(houses: House, old: str, new: str) -> None:
    issued = issue(houses.ports)
    publish_everything(houses.ports)
    body = row_of(houses.ports, issued.code).body.decode()
    assert old in body
    with houses.ports.sessions.write() as session:
        session.execute(update(Credential).values(body=body.replace(old, new).encode()))
    check = verify.by_code(houses.ports, issued.code)
    assert check.state in ("altered", "issuer_unknown") if "evil" in new else check.state == "altered"
    assert not check.verified
    assert (check.shown, check.credential, check.rosette) == (None, None, None)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"{" * 1000])
def test_a_broken_stored_body_shows_nothing(houses: House, body: bytes) -> None:
    issued = issue(houses.ports)
    with houses.ports.sessions.write() as session:
        session.execute(update(Credential).values(body=body))
    check = verify.by_code(houses.ports, issued.code)
    assert check.state in ("unreadable", "altered")
    assert (check.shown, check.credential, check.rosette) == (None, None, None)


def test_columns_beside_the_document_deceive_nobody(house: House) -> None:
    issued = issue(house.ports)
    publish_everything(house.ports)
    rosette = verify.by_code(house.ports, issued.code).rosette
    with house.ports.sessions.write() as session:
        session.execute(update(Credential).values(title="Хирург", digest=bytes(32)))
    check = verify.by_code(house.ports, issued.code)
    assert check.shown is not None
    assert check.shown.title == "Проба «Токарь»"
    assert check.rosette == rosette, "what is printed beside the code is drawn from the signed document"


def test_a_body_moved_to_another_code_answers_for_neither(house: House) -> None:
    """It is genuine, and neither the consent nor the register that stand beside it are its own."""
    mine, theirs = issue(house.ports), issue(house.ports, SEMYON)
    publish_everything(house.ports)
    with house.ports.sessions.write() as session:
        session.execute(
            update(Credential)
            .where(Credential.id == mine.credential_id)
            .values(body=row_of(house.ports, theirs.code).body)
        )
    check = verify.by_code(house.ports, mine.code)
    assert (check.state, check.verified) == ("altered", False)
    assert (check.shown, check.credential, check.rosette) == (None, None, None)


# --- a document that somebody brings


REMOVED = "(removed)"


def at(path: str) -> tuple[list[str | int], str | int]:
    steps: list[str | int] = [int(part) if part.isdigit() else part for part in path.split("/")]
    return steps[:-1], steps[-1]


def altered(document: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    parents, last = at(path)
    place: Any = changed
    for part in parents:
        place = place[part]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    assert changed != document
    return changed


ALTERATIONS: Sequence[tuple[str, Any]] = (
    ("credentialSubject/identifier/0/identityHash", "Яна Воробьёва"),
    ("credentialSubject/identifier", REMOVED),
    ("credentialSubject/id", "urn:uuid:00000000-0000-4000-8000-000000000000"),
    ("credentialSubject/achievement/name", "Проба «Хирург»"),
    ("credentialSubject/achievement/achievementType", "MasterDegree"),
    ("credentialSubject/achievement/criteria/narrative", "Ничего делать не нужно."),
    ("credentialSubject/activityStartDate", "2020-01-01T00:00:00Z"),
    ("credentialSubject/activityEndDate", REMOVED),
    ("credentialSubject/result/0/achievedLevel", "urn:uuid:00000000-0000-4000-8000-000000000000"),
    ("credentialSubject/result", REMOVED),
    ("credentialSubject/narrative", "Построила завод."),
    ("credentialSubject/diploma", "с отличием"),
    ("validFrom", "2020-01-01T00:00:00Z"),
    ("validUntil", "2099-01-01T00:00:00Z"),
    ("issuer/name", "Школа получше"),
    ("issuer/id", "did:web:better.example"),
    ("credentialStatus", REMOVED),
    ("credentialStatus/statusListIndex", "5"),
    ("credentialStatus/statusListCredential", "https://school.example/status/9"),
    ("id", "urn:uuid:00000000-0000-4000-8000-000000000000"),
    ("type", ["VerifiableCredential"]),
    ("@context/1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"),
    ("@context", {"@vocab": "https://evil.example/"}),
    ("@context/0", "https://www.w3.org/2018/credentials/v1"),
    ("proof", []),
    ("proof", REMOVED),
    ("proof/0", REMOVED),
    ("proof/1", REMOVED),
    ("proof/0/proofValue", "z" + "2" * 87),
    ("proof/0/created", "2026-05-11T07:02:00Z"),
    ("proof/0/proofPurpose", "authentication"),
    ("proof/0/verificationMethod", "did:web:school.example#key-2020-01"),
    ("proof/0/cryptosuite", "none"),
    ("proof/1/type", "JsonWebSignature2020"),
    ("proof/0/expires", "2099-01-01T00:00:00Z"),
    ("mood", "sunny"),
)


@pytest.mark.parametrize(("path", "value"), ALTERATIONS, ids=lambda part: str(part)[:48])
def test_no_alteration_passes(standing: tuple[Ports, bytes], path: str, value: Any) -> None:
    ports, body = standing
    changed = altered(json.loads(body), path, value)
    check = verify.check_document(ports, jsontext.dumps(changed))
    assert check.state in ("altered", "unreadable", "issuer_unknown")
    assert check.state == "altered" or path in ("issuer/id", "@context", "@context/1", "type"), check.state
    assert not check.verified
    assert check.exit_code in (1, 4)
    assert (check.shown, check.rosette, check.own_url, check.credential_id) == (None, None, None, None)


def test_the_order_of_proofs_and_members_means_nothing(house: House) -> None:
    document = document_of(house.ports, issue(house.ports).code)
    turned = dict(reversed(document.items()))
    turned["proof"] = list(reversed(turned["proof"]))
    for text in (jsontext.dumps(turned), json.dumps(document, indent=4, ensure_ascii=True).encode()):
        check = verify.check_document(house.ports, text)
        assert check.state == "valid"
        assert check.own_url


def signed_by(document: Mapping[str, Any], store: FileKeyStore, method: str, moment: datetime) -> dict[str, Any]:
    return add_proof_set(
        {name: value for name, value in document.items() if name != "proof"},
        sign=lambda data: store.sign("key-2026-05", data),
        verification_method=method,
        created=moment,
    )


def test_a_strangers_did_key(house: House, tmp_path: Path, clock: Clock) -> None:
    document = document_of(house.ports, issue(house.ports).code)
    store = FileKeyStore.prepare(tmp_path / "stranger", house.ports.entropy)
    did = did_key(ed25519_key(store.create("key-2026-05", now=clock()).public_key))
    forged = {**document, "issuer": {**document["issuer"], "id": did}}
    del forged["credentialStatus"]
    forged = signed_by(forged, store, f"{did}#{did.removeprefix('did:key:')}", clock())
    check = verify.check_document(house.ports, jsontext.dumps(forged))
    assert (check.state, check.exit_code) == ("issuer_unknown", 4)
    assert results(check)["signature"] == "holds"
    assert check.own_url is None
    # … and the same key under our name
    ours = signed_by({**forged, "issuer": document["issuer"]}, store, f"{did}#{did.removeprefix('did:key:')}", clock())
    assert verify.check_document(house.ports, jsontext.dumps(ours)).state == "altered"


def test_our_name_with_a_foreign_key(house: House, tmp_path: Path, clock: Clock) -> None:
    document = document_of(house.ports, issue(house.ports).code)
    store = FileKeyStore.prepare(tmp_path / "stranger", house.ports.entropy)
    store.create("key-2026-05", now=clock())
    method = document["proof"][0]["verificationMethod"]
    forged = signed_by(altered(document, "credentialSubject/narrative", "Построила завод."), store, method, clock())
    check = verify.check_document(house.ports, jsontext.dumps(forged))
    assert (check.state, check.exit_code) == ("altered", 1)
    # … one proof of ours beside one of theirs
    mixed = {**document, "proof": [document["proof"][0], forged["proof"][1]]}
    assert verify.check_document(house.ports, jsontext.dumps(mixed)).state == "altered"
    doubled = {**document, "proof": [document["proof"][0], document["proof"][0]]}
    assert verify.check_document(house.ports, jsontext.dumps(doubled)).state == "altered"


def test_a_foreign_proof_added_to_ours(house: House, tmp_path: Path, clock: Clock) -> None:
    document = document_of(house.ports, issue(house.ports).code)
    store = FileKeyStore.prepare(tmp_path / "stranger", house.ports.entropy)
    did = did_key(ed25519_key(store.create("key-2026-05", now=clock()).public_key))
    extra = signed_by(document, store, f"{did}#{did.removeprefix('did:key:')}", clock())["proof"][0]
    check = verify.check_document(house.ports, jsontext.dumps({**document, "proof": [*document["proof"], extra]}))
    assert check.state == "altered"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"not json at all",
        b"\x00" * 1000,
        bytes(range(256)),
        '{"a": "Ж"'.encode("cp1251"),
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"12",
        b'{"type": ["VerifiableCredential"], "type": []}',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\u0000"}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"{" + b'"a":1,' * 400_000 + b'"b":1}',
        b'{"proof": {}, "type": "VerifiableCredential"}',
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"%PDF-1.7\n",
        b"\xef\xbb\xbf{}",
        b"x" * (50 * 1024 * 1024),
        b'{"a": "' + b"x" * (9 * 1024 * 1024) + b'"}',
    ],
    ids=lambda data: f"{data[:12]!r}-{len(data)}",
)
def test_what_is_no_credential_is_unreadable_and_quickly_so(standing: tuple[Ports, bytes], data: bytes) -> None:
    ports, _ = standing
    begun = process_time()
    check = verify.check_document(ports, data)
    assert process_time() - begun < 2
    assert (check.state, check.exit_code, check.verified) in (("unreadable", 1, False), ("altered", 1, False))
    assert check.state == "unreadable" or b"proof" in data
    assert (check.shown, check.rosette) == (None, None)
    assert [step.name for step in check.steps] == STEPS


def test_text_is_read_as_bytes_are(house: House) -> None:
    text = row_of(house.ports, issue(house.ports).code).body.decode()
    assert verify.check_document(house.ports, text).state == "valid"
    assert verify.check_document(house.ports, text + "\udcff").state == "unreadable"
    assert verify.check_document(house.ports, "eyJhbGciOiJub25lIn0.e30.").state == "unreadable"


def test_our_register_speaks_for_a_brought_document(houses: House, clock: Clock) -> None:
    issued = issue(houses.ports)
    body = row_of(houses.ports, issued.code).body
    check = verify.check_document(houses.ports, body)
    assert (check.state, check.own_url, check.credential_id) == ("valid", issued.url, issued.credential_id)
    assert check.shown is not None
    assert check.shown.person == "Зоя Птичкина", "whoever brings the file has read it already"
    revoke.suspend(houses.ports, OPERATOR, issued.code)
    assert verify.check_document(houses.ports, body).state == "suspended"
    revoke.reinstate(houses.ports, OPERATOR, issued.code)
    assert verify.check_document(houses.ports, body).state == "valid"
    revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    check = verify.check_document(houses.ports, body)
    assert (check.state, check.exit_code) == ("revoked", 2)
    assert verify.check_document(houses.ports, body, now=clock() - 400 * DAY).state == "revoked"


def test_a_forged_document_cannot_speak_of_another_ones_register(house: House) -> None:
    """A document that names our credential's id and is not ours says nothing of that credential."""
    issued = issue(house.ports)
    revoke.revoke(house.ports, OPERATOR, issued.code, "error")
    document = document_of(house.ports, issued.code)
    check = verify.check_document(house.ports, jsontext.dumps(altered(document, "name", "другое имя")))
    assert check.state == "altered"
    assert check.own_url is None


def test_without_a_home_only_the_document_speaks(house: House, clock: Clock) -> None:
    body = row_of(house.ports, issue(house.ports).code).body
    zone = ZoneInfo("Asia/Novosibirsk")
    check = verify.check_alone(body, now=clock(), timezone=zone)
    assert (check.state, check.exit_code, check.shown) == ("issuer_unknown", 4, None)
    assert verify.check_alone(b"x", now=clock(), timezone=zone).state == "unreadable"


# --- learner records


def clr_of(ports: Ports, roster_id: str = ZOYA) -> graduate.PupilPackage:
    package = graduate.package_of(with_paper(ports, NoPango()), OPERATOR, pupil_id(ports, roster_id))
    assert package.clr is not None
    return package


def test_a_learner_record_is_valid_with_everything_in_it(houses: House) -> None:
    codes = [one.code for one in issue_many(houses.ports, 3)]
    package = clr_of(houses.ports)
    assert package.clr is not None
    check = verify.check_document(houses.ports, package.clr)
    assert check.state == "valid", check.reason
    assert [inner.state for inner in check.nested] == ["valid"] * 3
    assert {inner.credential_id for inner in check.nested} == {row_of(houses.ports, code).id for code in codes}
    assert {inner.shown.person for inner in check.nested if inner.shown} == {"Зоя Птичкина"}


def test_dead_credentials_inside_a_learner_record_are_reported(houses: House) -> None:
    issued = issue_many(houses.ports, 4)
    clr = clr_of(houses.ports).clr
    assert clr is not None
    revoke.revoke(houses.ports, OPERATOR, issued[0].code, "error")
    revoke.suspend(houses.ports, OPERATOR, issued[1].code)
    with houses.ports.sessions.write() as session:
        session.execute(
            update(Credential)
            .where(Credential.id == issued[2].credential_id)
            .values(superseded_by=issued[3].credential_id, superseded_at=houses.ports.now())
        )
    check = verify.check_document(houses.ports, clr)
    states = {inner.credential_id: inner.state for inner in check.nested}
    assert states == {
        issued[0].credential_id: "revoked",
        issued[1].credential_id: "suspended",
        issued[2].credential_id: "superseded",
        issued[3].credential_id: "valid",
    }
    assert check.state == "valid", "the record itself is what the school signed"


def test_an_altered_credential_inside_a_learner_record(house: House) -> None:
    issue_many(house.ports, 2)
    clr = jsontext.loads(clr_of(house.ports).clr or b"")
    assert isinstance(clr, dict)
    inner = "credentialSubject/verifiableCredential/0/credentialSubject/narrative"
    check = verify.check_document(house.ports, jsontext.dumps(altered(clr, inner, "Построила завод.")))
    assert (check.state, check.shown) == ("altered", None)


def test_a_large_learner_record_is_found_by_its_code_too(house: House) -> None:
    issue_many(house.ports, 90)
    package = clr_of(house.ports)
    assert package.clr is not None
    assert package.code is not None
    assert len(package.clr) > 256 * 1024, "beyond the bounds of a single credential"
    assert verify.check_document(house.ports, package.clr).state == "valid"
    assert verify.by_code(house.ports, package.code).state == "valid"


# --- for machines


def request(ports: Ports, document: object, **options: object) -> verify.VerifyAnswer:
    return vcalm.verify_request(ports, {"verifiableCredential": document, "options": options})


def test_a_machine_gets_results_and_problems(houses: House) -> None:
    document = document_of(houses.ports, issue(houses.ports).code)
    answer = vcalm.verify_request(houses.ports, {"verifiableCredential": document})
    assert answer.status == 200
    assert answer.body["verified"] is True
    assert answer.body["state"] == "valid"
    assert answer.body["checked_at"] == "2026-05-12T07:02:00Z"
    assert answer.body["problemDetails"] == []
    assert "credential" not in answer.body
    assert [step.name for step in answer.body["steps"]] == STEPS
    found = answer.body["results"]
    assert [entry["verified"] for entry in found["proof"]] == [True, True]
    assert [entry["input"] for entry in found["proof"]] == document["proof"]
    assert found["validFrom"] == {"verified": True, "input": document["validFrom"]}
    assert found["credentialStatus"] == [{"verified": True, "value": 0, "input": document["credentialStatus"]}]


def test_a_verification_that_is_not_valid_is_a_400_with_the_whole_body(houses: House) -> None:
    issued = issue(houses.ports)
    document = document_of(houses.ports, issued.code)
    revoke.revoke(houses.ports, OPERATOR, issued.code, "error")
    answer = request(houses.ports, document)
    assert (answer.status, answer.body["verified"], answer.body["state"]) == (400, False, "revoked")
    assert answer.body["results"]["credentialStatus"][0]["verified"] is False
    assert answer.body["results"]["proof"][0]["verified"] is True
    assert answer.body["problemDetails"][0]["type"] == "/problems#revoked"
    answer = request(houses.ports, altered(document, "validFrom", "2020-01-01T00:00:00Z"))
    assert (answer.status, answer.body["state"]) == (400, "altered")
    assert answer.body["results"]["proof"][0]["verified"] is False
    assert answer.body["problemDetails"][0]["type"].startswith("https://w3id.org/security#")


def test_options_choose_what_comes_back(house: House) -> None:
    document = document_of(house.ports, issue(house.ports).code)
    body = request(house.ports, document, returnResults=False, returnProblemDetails=False, returnCredential=True).body
    assert "results" not in body
    assert "problemDetails" not in body
    assert body["credential"] == document
    body = request(house.ports, document, returnResults=True, challenge="x", domain="y", checks=["proof"]).body
    assert "results" in body
    assert "credential" not in body


def test_unknown_options_are_refused(house: House) -> None:
    document = document_of(house.ports, issue(house.ports).code)
    with pytest.raises(UnknownOptionProvided) as caught:
        request(house.ports, document, trustEverybody=True)
    assert (caught.value.status, caught.value.path) == (400, "$.options.trustEverybody")
    with pytest.raises(UnknownOptionProvided):
        vcalm.verify_request(house.ports, {"verifiableCredential": document, "verifiablePresentation": {}})


@pytest.mark.parametrize("name", ["returnResults", "returnProblemDetails", "returnCredential"])
@pytest.mark.parametrize("value", ["true", 1, None, [], {}])
def test_options_are_true_or_false(standing: tuple[Ports, bytes], name: str, value: object) -> None:
    with pytest.raises(MalformedValueError) as caught:
        request(standing[0], {}, **{name: value})
    assert caught.value.status == 400


@pytest.mark.parametrize("payload", [None, [], "x", 1, {}, {"options": {}}, {"verifiableCredential": []}])
def test_a_request_without_a_credential(standing: tuple[Ports, bytes], payload: object) -> None:
    with pytest.raises(MalformedValueError):
        vcalm.verify_request(standing[0], payload)


@pytest.mark.parametrize("options", [None, [], "returnResults", 1])
def test_options_are_an_object(standing: tuple[Ports, bytes], options: object) -> None:
    with pytest.raises(MalformedValueError):
        vcalm.verify_request(standing[0], {"verifiableCredential": {}, "options": options})


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "VerifiableCredential"},
        {"proof": None},
        {"proof": ["x", 1, None, []]},
        {"@context": [], "type": ["VerifiableCredential"], "proof": {"type": "DataIntegrityProof"}},
        {"a": 2**63},
        {"a": 2**60},
        {"a": "x" * 300_000},
        "eyJhbGciOiJub25lIn0.e30.",
        "",
    ],
    ids=lambda document: str(document)[:30].encode("ascii", "replace").decode(),
)
def test_strange_credentials_are_answered(standing: tuple[Ports, bytes], document: object) -> None:
    answer = request(standing[0], document)
    assert (answer.status, answer.body["verified"]) == (400, False)
    assert answer.body["state"] in ("unreadable", "altered")
    assert answer.body["problemDetails"]


def test_half_a_surrogate_pair_is_no_credential(house: House) -> None:
    with pytest.raises(DocumentError) as caught:
        request(house.ports, {"a": "\ud800"})
    assert caught.value.status == 400


def test_verifying_stores_nothing(house: House) -> None:
    document = document_of(house.ports, issue(house.ports).code)

    class ReadOnly:
        def __init__(self, sessions: Any) -> None:
            self.read = sessions.read

        def write(self) -> Any:
            raise AssertionError("verification must not write")

    ports = replace(house.ports, sessions=ReadOnly(house.ports.sessions))
    assert request(ports, document).status == 200
    assert verify.check_document(ports, b"x").state == "unreadable"
