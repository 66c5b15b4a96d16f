from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import undefer

from portfolio.errors import Conflict
from portfolio.storage.orm import Consent, Credential, Home, Practice, Pupil, Share, StatusList
from tests.databases import FreshDatabase

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def home(**values: object) -> Home:
    return Home(**{"base_url": "http://localhost:8000", "did": "did:web:x", "name": "Школа", "made_at": NOON, **values})


def pupil(number: int = 1) -> Pupil:
    return Pupil(
        roster_id=f"R-{number}",
        subject_id=f"urn:uuid:{number}",
        last_name="Ёлкина",
        first_name="Аглая",
        class_name="10А",
        birth_date=date(2010, 2, 28),
    )


def credential(number: int = 1, **values: object) -> Credential:
    return Credential(
        **{
            "id": f"urn:uuid:{number}",
            "code": f"{number:016}",
            "kind": "badge",
            "origin": "practice",
            "idempotency_key": f"key {number}",
            "body": b"{}",
            "digest": bytes(32),
            "title": "Практика",
            "issued_at": NOON,
            "valid_from": NOON,
            "status_list_id": 1,
            "status_index": number,
            **values,
        }
    )


def status_list() -> StatusList:
    return StatusList(id=1, purpose="revocation", bits=bytes(16384), body=b"{}", signed_at=NOON)


def practice(**values: object) -> Practice:
    return Practice(
        **{
            "pupil_ref": "R-1",
            "programme_ref": "PR-1",
            "mentor_ref": "M-1",
            "start_ref": "2026-02-30",
            "end_ref": "завтра",
            "levels": {"S-TEAM": 3, "H-XLS": 2},
            "completed": True,
            "source": "import",
            "fingerprint": bytes(range(32)),
            "recorded_at": NOON,
            **values,
        }
    )


def test_a_moment_comes_back_as_the_same_instant_in_utc(databases: FreshDatabase) -> None:
    novosibirsk = NOON.astimezone(timezone(timedelta(hours=7)))
    with databases.sessions.write() as session:
        session.add(home(made_at=novosibirsk))
    with databases.sessions.read() as session:
        made_at = session.scalars(select(Home.made_at)).one()
        assert made_at == NOON
        assert made_at.utcoffset() == timedelta(0)
        assert session.scalars(select(Home.id).where(Home.made_at <= NOON)).all() == [1]
        assert session.scalars(select(Home.id).where(Home.made_at < NOON)).all() == []


def test_a_moment_without_a_time_zone_is_refused(databases: FreshDatabase) -> None:
    with pytest.raises(StatementError, match="without a time zone"), databases.sessions.write() as session:
        session.add(home(made_at=datetime(2026, 11, 23)))  # noqa: DTZ001 - the mistake that is refused


def test_there_is_one_home(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        session.add(home())
    for second in (1, 2):
        with pytest.raises(Conflict), databases.sessions.write() as session:
            session.add(home(id=second))


def test_signed_bytes_come_back_as_they_were_issued(databases: FreshDatabase) -> None:
    body = '{"имя":"Ёлкина \\u0000"}\r\n'.encode() + bytes(range(256))
    with databases.sessions.write() as session:
        session.add(status_list())
        session.flush()
        session.add(credential(body=body))
    with databases.sessions.read() as session:
        found = session.scalars(select(Credential).options(undefer(Credential.body))).one()
        assert found.body == body


def test_lists_do_not_load_bodies(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        session.add(status_list())
        session.flush()
        session.add(credential())
    with databases.sessions.read() as session:
        assert "body" in inspect(session.scalars(select(Credential)).one()).unloaded
        assert {"body", "bits"} <= inspect(session.scalars(select(StatusList)).one()).unloaded


@pytest.mark.parametrize("twin", ["code", "idempotency_key", "status_index", "id"])
def test_what_names_a_credential_names_only_one(databases: FreshDatabase, twin: str) -> None:
    with databases.sessions.write() as session:
        session.add(status_list())
        session.flush()
        session.add(credential(1))
    same = {name: getattr(credential(1), name) for name in [twin]}
    with pytest.raises(Conflict), databases.sessions.write() as session:
        session.add(credential(2, **same))


def test_a_practice_is_kept_as_it_was_stated(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        session.add(practice())
    with databases.sessions.read() as session:
        found = session.scalars(select(Practice)).one()
        assert (found.start_ref, found.end_ref) == ("2026-02-30", "завтра")
        assert list(found.levels.items()) == [("S-TEAM", 3), ("H-XLS", 2)]
        assert found.unmet == []
        assert found.completed is True
    with pytest.raises(Conflict), databases.sessions.write() as session:
        session.add(practice(mentor_ref="M-2"))


def test_a_credential_belongs_to_one_practice(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        session.add(status_list())
        session.flush()
        session.add(credential())
        session.flush()
        session.add(practice(credential_id="urn:uuid:1"))
    with pytest.raises(Conflict), databases.sessions.write() as session:
        session.add(practice(pupil_ref="R-2", credential_id="urn:uuid:1"))


def test_what_hangs_on_a_pupil_goes_with_the_pupil(databases: FreshDatabase) -> None:
    with databases.sessions.write() as session:
        somebody = pupil()
        somebody.consents.append(Consent(purpose="processing", basis="paper", given_at=NOON))
        session.add(somebody)
        session.flush()
        session.add(
            Share(pupil_id=somebody.id, token_sha256=bytes(32), token_sealed=b"-", created_at=NOON, expires_at=NOON)
        )
    with databases.sessions.write() as session:
        session.execute(text("DELETE FROM pupil"))
    with databases.sessions.read() as session:
        assert session.scalars(select(Consent)).all() == []
        assert session.scalars(select(Share)).all() == []


def test_every_foreign_key_that_is_searched_by_has_an_index(databases: FreshDatabase) -> None:
    """Without one, PostgreSQL reads a whole table to find a pupil's rows."""
    wanted = {("consent", "pupil_id"), ("share", "pupil_id"), ("credential", "pupil_id"), ("practice", "pupil_id")}
    found = {
        (table, index["column_names"][0])
        for table, _ in wanted
        for index in inspect(databases.engine).get_indexes(table)
    }
    assert wanted <= found
