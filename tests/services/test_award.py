"""Awarding a table: what may be signed is signed once, everything else is kept and named."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from portfolio.bootstrap import House
from portfolio.errors import ConfigurationError, Forbidden, GatesUnmet, InvalidInput
from portfolio.practice.gates import CODES, MESSAGES
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.services.award import BATCH, AwardSummary, StatedPractice, award_file, award_one
from portfolio.services.import_school import import_school
from portfolio.services.verify import by_code
from portfolio.storage import people, practice
from portfolio.storage.orm import Credential, Practice
from tests.databases import FreshDatabase
from tests.services.school_files import (
    GOOD_ROW,
    PROGRAMMES,
    PUPILS,
    Clock,
    open_house,
    snapshot,
    write_results,
    write_tables,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = open_house(tmp_path / "school", sqlite_database.url, clock)
    import_school(opened.ports, write_tables(tmp_path / "office"))
    yield opened
    opened.close()


@pytest.fixture
def houses(tmp_path: Path, databases: FreshDatabase, clock: Clock) -> Iterator[House]:
    """The same on SQLite and on PostgreSQL."""
    opened = open_house(tmp_path / "school", databases.url, clock)
    import_school(opened.ports, write_tables(tmp_path / "office"))
    yield opened
    opened.close()


def award(house: House, folder: Path, *rows: str, **options: Any) -> tuple[AwardSummary, list[Any]]:
    events: list[Any] = []
    summary = award_file(house.ports, write_results(folder, *rows), on_event=events.append, **options)
    counted = summary.issued + summary.unchanged + summary.not_completed + summary.pending
    assert summary.rows == counted + sum(summary.refused.values())
    return summary, events


def row(**changes: str) -> str:
    """The good row with other values."""
    names = ["pupil", "programme", "start", "end", "hours", "mentor", "levels", "narrative", "completed"]
    values = dict(zip(names, GOOD_ROW.split(";"), strict=True)) | changes
    return ";".join(values.values())


def stored(house: House) -> list[Practice]:
    with house.ports.sessions.read() as session:
        return list(session.scalars(select(Practice).order_by(Practice.id)))


def test_a_good_row_becomes_a_credential_that_verifies(houses: House, tmp_path: Path) -> None:
    summary, events = award(houses, tmp_path / "office", GOOD_ROW)
    assert summary.as_dict() == {
        "event": "summary",
        "rows": 1,
        "issued": 1,
        "unchanged": 0,
        "not_completed": 0,
        "refused": {},
    }
    assert events == []
    [kept] = stored(houses)
    assert (kept.source, kept.source_file, kept.source_row) == ("import", "practice-results.csv", 2)
    assert kept.unmet == []
    [(_, code, key, title)] = snapshot(houses.ports)
    assert key == "practice|90-1|LATHE|2026-03-16|2026-03-17"
    assert title == "Проба «Токарь»"
    found = by_code(houses.ports, code)
    assert found.state == "valid"
    assert found.shown.hours == 16
    assert found.shown.start == date(2026, 3, 16)
    assert {one.code: one.level for one in found.shown.levels} == {"H-ALG": 3, "S-PUNCT": 2}


def test_the_same_file_again_changes_nothing(houses: House, tmp_path: Path, clock: Clock) -> None:
    award(houses, tmp_path / "office", GOOD_ROW, row(completed="нет", pupil="90-2"), row(programme="НЕТ"))
    before = snapshot(houses.ports), [one.id for one in stored(houses)]
    clock.forward(timedelta(days=30))
    summary, events = award(
        houses, tmp_path / "office", GOOD_ROW, row(completed="нет", pupil="90-2"), row(programme="НЕТ")
    )
    assert (summary.issued, summary.unchanged, summary.not_completed) == (0, 1, 1)
    assert summary.refused == {"unknown_programme": 1}
    assert [one["row"] for one in events] == [4]
    assert (snapshot(houses.ports), [one.id for one in stored(houses)]) == before


@pytest.mark.parametrize(
    ("changes", "codes", "column"),
    [
        ({"pupil": "90-9"}, ["unknown_pupil"], "Номер ученика"),
        ({"pupil": "90-4"}, ["unknown_pupil"], "Номер ученика"),  # refused at import
        ({"programme": "НЕТ"}, ["unknown_programme"], "Программа"),
        ({"mentor": "N9"}, ["unknown_mentor"], "Наставник"),
        ({"start": "18.03.2026"}, ["end_before_start"], "Окончание"),
        ({"levels": "H-ALG=7"}, ["level_out_of_range"], "Уровни"),
        ({"levels": "H-ALG=0"}, ["level_out_of_range"], "Уровни"),
        ({"levels": "S-LEAD=2"}, ["skill_not_in_programme"], "Уровни"),
        ({"programme": "BOAT", "levels": "S-TEAM=2"}, ["agreement_not_in_force"], "Программа"),
        ({"programme": "FUND", "levels": "S-COMM=2"}, ["agreement_not_in_force"], "Программа"),
        ({"start": "31.08.2025", "end": "02.09.2025"}, ["agreement_not_in_force"], "Программа"),
        ({"mentor": "N2"}, ["mentor_not_accredited"], "Наставник"),
        ({"programme": "TALK", "levels": "S-TALK=2"}, ["format_not_certified"], "Программа"),
        ({"start": "31.02.2026"}, ["bad_date"], "Начало"),
        ({"end": "позже"}, ["bad_date"], "Окончание"),
        ({"hours": "0"}, ["bad_hours"], "Часы"),
        ({"hours": "16,5"}, ["bad_hours"], "Часы"),
        ({"levels": "хорошо"}, ["bad_levels"], "Уровни"),
        ({"levels": ""}, ["no_rubric_result"], "Уровни"),
        ({"completed": "почти"}, ["bad_completed"], "Завершено"),
        ({"narrative": "Ы\u202eы"}, ["bad_text"], "Что сделал"),
        (
            {"pupil": "90-9", "mentor": "N2", "levels": "H-ALG=5 S-LEAD=1", "start": "18.03.2026"},
            [
                "unknown_pupil",
                "end_before_start",
                "level_out_of_range",
                "skill_not_in_programme",
                "mentor_not_accredited",
            ],
            "Номер ученика",
        ),
    ],
)
def test_each_refusal_is_named_and_kept(
    house: House, tmp_path: Path, changes: dict[str, str], codes: list[str], column: str
) -> None:
    summary, events = award(house, tmp_path / "office", row(**changes))
    assert summary.refused == {codes[0]: 1}
    assert summary.issued == 0
    [told] = events
    message = told.pop("message")
    assert told == {
        "event": "refused",
        "file": "practice-results.csv",
        "row": 2,
        "column": column,
        "code": codes[0],
        "codes": codes,
    }
    assert message.text == MESSAGES[codes[0]]
    [kept] = stored(house)
    assert kept.unmet == codes
    assert kept.credential_id is None
    assert snapshot(house.ports) == []


def test_a_row_that_is_not_completed_is_counted_and_not_told(house: House, tmp_path: Path) -> None:
    summary, events = award(house, tmp_path / "office", row(completed="нет", mentor="N2"))
    assert (summary.not_completed, summary.refused, events) == (1, {}, [])
    assert stored(house)[0].unmet == ["not_completed", "mentor_not_accredited"]


def test_an_expired_agreement_still_covers_its_own_days(house: House, tmp_path: Path) -> None:
    summary, _ = award(
        house,
        tmp_path / "office",
        row(programme="FUND", levels="S-COMM=3", start="01.08.2025", end="14.08.2025"),
    )
    assert summary.issued == 1


def test_a_withdrawn_consent_keeps_the_signature_back(house: House, tmp_path: Path, clock: Clock) -> None:
    with house.ports.sessions.write() as session:
        people.all_pupils(session)["90-1"].consents[0].withdrawn_at = clock()
    assert award(house, tmp_path / "office", GOOD_ROW)[0].refused == {"no_processing_consent": 1}


def test_a_row_changed_after_issue_is_refused_and_the_record_stays(house: House, tmp_path: Path) -> None:
    award(house, tmp_path / "office", GOOD_ROW)
    before = snapshot(house.ports)
    summary, events = award(house, tmp_path / "office", row(levels="H-ALG=4 S-PUNCT=2"))
    assert summary.refused == {"already_issued_differs": 1}
    assert events[0]["codes"] == ["already_issued_differs"]
    assert stored(house)[0].levels == {"H-ALG": 3, "S-PUNCT": 2}
    assert snapshot(house.ports) == before
    summary, events = award(house, tmp_path / "office", row(mentor="N2"))
    assert events[0]["codes"] == ["mentor_not_accredited", "already_issued_differs"]
    assert award(house, tmp_path / "office", GOOD_ROW)[0].unchanged == 1


def test_a_row_whose_cause_is_gone_is_issued(house: House, tmp_path: Path) -> None:
    assert award(house, tmp_path / "office", row(pupil="90-4"))[0].refused == {"unknown_pupil": 1}
    import_school(house.ports, write_tables(tmp_path / "office", pupils=PUPILS.replace("31.02.2009", "28.02.2009")))
    summary, _ = award(house, tmp_path / "office", row(pupil="90-4"))
    assert summary.issued == 1
    assert len(stored(house)) == 1


def test_a_row_completed_later_is_issued(house: House, tmp_path: Path) -> None:
    award(house, tmp_path / "office", row(completed="нет"))
    assert award(house, tmp_path / "office", GOOD_ROW)[0].issued == 1
    assert len(stored(house)) == 1


def test_the_same_practice_twice_in_one_file(house: House, tmp_path: Path) -> None:
    summary, events = award(house, tmp_path / "office", GOOD_ROW, GOOD_ROW, row(hours="17"))
    assert (summary.issued, summary.unchanged, summary.refused) == (1, 1, {"already_issued_differs": 1})
    assert [one["row"] for one in events] == [4]


def test_the_credential_names_the_version_of_its_day(house: House, tmp_path: Path) -> None:
    award(house, tmp_path / "office", GOOD_ROW)
    import_school(
        house.ports, write_tables(tmp_path / "office", programmes=PROGRAMMES.replace("«Токарь»", "«Токарь-2»"))
    )
    award(house, tmp_path / "office", GOOD_ROW, row(pupil="90-2"))
    with house.ports.sessions.read() as session:
        bodies = [
            json.loads(body) for body in session.scalars(select(Credential.body).order_by(Credential.idempotency_key))
        ]
    assert [body["credentialSubject"]["achievement"]["id"] for body in bodies] == [
        "https://school.example/a/lathe/v1",
        "https://school.example/a/lathe/v2",
    ]


# --- the register


def test_the_register_says_why(houses: House, tmp_path: Path) -> None:
    award(
        houses,
        tmp_path / "office",
        GOOD_ROW,
        row(pupil="90-2", mentor="N2"),
        row(pupil="90-3", mentor="N2", levels="H-ALG=9"),
        row(pupil="90-9"),
        row(pupil="90-2", completed="нет", start="01.03.2026"),
    )
    with houses.ports.sessions.read() as session:
        assert practice.pending_total(session) == 3
        assert practice.pending_counts(session) == (
            ("unknown_pupil", 1),
            ("level_out_of_range", 1),
            ("mentor_not_accredited", 2),
        )
        total, rows = practice.pending(session, class_name="9-А")
        assert (total, [one.pupil_ref for one in rows]) == (1, ["90-2"])
        total, rows = practice.pending(session, code="mentor_not_accredited", offset=1, limit=1)
        assert (total, [one.pupil_ref for one in rows]) == (2, ["90-3"])


# --- signing later


def test_sign_after_records_first_and_signs_later(house: House, tmp_path: Path, clock: Clock) -> None:
    moment = clock() + timedelta(minutes=10)
    summary, events = award(house, tmp_path / "office", GOOD_ROW, row(mentor="N2", pupil="90-2"), sign_after=moment)
    assert (summary.issued, summary.pending, summary.refused) == (0, 1, {"mentor_not_accredited": 1})
    assert summary.as_dict()["pending"] == 1
    assert len(events) == 1
    assert [one.unmet for one in stored(house)] == [[], ["mentor_not_accredited"]]
    assert snapshot(house.ports) == []
    clock.forward(timedelta(minutes=11))
    summary, _ = award(house, tmp_path / "office", GOOD_ROW, sign_after=moment)
    assert (summary.issued, summary.pending) == (1, 0)


def test_sign_after_needs_a_time_zone(house: House, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(InvalidInput):
        award(house, tmp_path / "office", GOOD_ROW, sign_after=clock().replace(tzinfo=None))


# --- interruptions


def many(count: int) -> list[str]:
    first = date(2025, 9, 8)
    return [
        row(pupil=f"90-{number % 3 + 1}", start=day.isoformat(), end=day.isoformat())
        for number, day in ((number, first + timedelta(days=number // 3)) for number in range(count))
    ]


def test_an_interrupted_run_goes_on_and_doubles_nothing(houses: House, tmp_path: Path) -> None:
    rows = many(BATCH * 2 + 7)
    seen: list[tuple[int, int]] = []

    def interrupt(done: int, total: int) -> None:
        seen.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        award(houses, tmp_path / "office", *rows, on_progress=interrupt)
    assert seen == [(BATCH, len(rows))]
    first = snapshot(houses.ports)
    assert len(first) == BATCH
    seen.clear()
    summary, _ = award(houses, tmp_path / "office", *rows, on_progress=lambda done, total: seen.append((done, total)))
    assert (summary.issued, summary.unchanged) == (len(rows) - BATCH, BATCH)
    assert seen == [(BATCH, len(rows)), (2 * BATCH, len(rows)), (len(rows), len(rows))]
    everything = snapshot(houses.ports)
    assert set(first) < set(everything)
    assert len({key for _, _, key, _ in everything}) == len(rows)


def test_a_fault_in_the_middle_of_a_batch_undoes_the_batch(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = many(20)
    sign = house.ports.keys.sign
    signed = 0

    def failing(fragment: str, data: bytes, *, owner: str = "own") -> bytes:
        nonlocal signed
        signed += 1
        if signed > 15:
            raise OSError("input/output error")
        return sign(fragment, data, owner=owner)

    monkeypatch.setattr(house.ports.keys, "sign", failing)
    with pytest.raises(OSError, match="input/output"):
        award(house, tmp_path / "office", *rows)
    monkeypatch.undo()
    assert snapshot(house.ports) == []
    assert stored(house) == []
    assert award(house, tmp_path / "office", *rows)[0].issued == 20


_CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from portfolio.bootstrap import bootstrap
from portfolio.services.award import award_file
from portfolio.settings import Settings
house = bootstrap(Settings.from_env({"PORTFOLIO_HOME": sys.argv[1], "DATABASE_URL": sys.argv[2]}))
print("ready", flush=True)
award_file(house.ports, Path(sys.argv[3]), on_progress=lambda done, total: print(done, flush=True))
"""


def test_a_killed_run_loses_and_doubles_nothing(house: House, tmp_path: Path, sqlite_database: FreshDatabase) -> None:
    rows = many(BATCH * 4)
    path = write_results(tmp_path / "office", *rows)
    arguments = [sys.executable, "-c", _CHILD, str(house.ports.home), sqlite_database.url, str(path)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PORTFOLIO_")}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        assert child.stdout.readline() == f"{BATCH}\n"
        time.sleep(0.05)  # into the next batch
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    before = snapshot(house.ports)
    assert len(before) % BATCH == 0
    assert BATCH <= len(before) < len(rows)
    assert len([one for one in stored(house) if one.credential_id]) == len(before)
    summary = award_file(house.ports, path)
    assert (summary.issued, summary.unchanged) == (len(rows) - len(before), len(before))
    after = snapshot(house.ports)
    assert set(before) < set(after)
    assert len(after) == len(rows)
    with house.ports.sessions.read() as session:
        places = session.execute(select(Credential.status_list_id, Credential.status_index)).all()
        assert len(set(places)) == len(rows)


def test_a_batch_asks_the_database_a_handful_of_questions(
    house: House, tmp_path: Path, sqlite_database: FreshDatabase
) -> None:
    rows = many(BATCH * 2)
    award(house, tmp_path / "office", *rows)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = house.sessions.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        summary, _ = award(house, tmp_path / "office", *rows)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert summary.unchanged == len(rows)
    assert len([one for one in statements if one.startswith("SELECT")]) <= 2 * 10


# --- files that are no tables


@pytest.mark.parametrize(
    "data",
    [b"", b"a;b\n1;2\n", b"\0" * 10, "Номер ученика;Программа\n1;2\n".encode(), b"PK\x03\x04broken"],
)
def test_other_files_are_refused_as_a_whole(house: House, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "practice-results.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidInput):
        award_file(house.ports, path)
    assert stored(house) == []


def test_a_missing_file(house: House, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        award_file(house.ports, tmp_path / "nothing.csv")


def test_ragged_rows_are_told_and_the_others_awarded(house: House, tmp_path: Path) -> None:
    summary, events = award(house, tmp_path / "office", "90-1;LATHE", GOOD_ROW, GOOD_ROW + ";лишнее")
    assert (summary.issued, summary.refused) == (1, {"bad_row": 2})
    assert [(one["row"], one["code"], one["column"]) for one in events] == [(2, "bad_row", ""), (4, "bad_row", "")]


def test_without_a_school_nothing_is_awarded(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> None:
    from portfolio.bootstrap import bootstrap
    from portfolio.settings import Settings

    settings = Settings.from_env({"PORTFOLIO_HOME": str(tmp_path / "empty"), "DATABASE_URL": sqlite_database.url})
    house = bootstrap(settings, clock=clock)
    with pytest.raises(ConfigurationError):
        award_file(house.ports, write_results(tmp_path / "office", GOOD_ROW))
    house.close()


# --- one at a time

STATED = StatedPractice(
    pupil="90-1",
    programme="LATHE",
    mentor="N1",
    start=date(2026, 3, 16),
    end=date(2026, 3, 17),
    hours=16,
    levels={"S-PUNCT": 2, "H-ALG": 3},
    narrative="Выточила вал.",
)


def test_one_practice_is_awarded_once_whatever_the_way(house: House, tmp_path: Path) -> None:
    first = award_one(house.ports, OPERATOR, STATED)
    assert first.pupil == "Птичкина Зоя"
    assert first.url == f"https://school.example/v/{first.code}"
    assert award_one(house.ports, OPERATOR, STATED) == first
    assert award(house, tmp_path / "office", GOOD_ROW)[0].unchanged == 1
    with pytest.raises(GatesUnmet) as found:
        award_one(house.ports, OPERATOR, replace(STATED, hours=17))
    assert found.value.params["codes"] == ("already_issued_differs",)


def test_one_practice_meets_every_gate(house: House) -> None:
    with pytest.raises(GatesUnmet) as found:
        award_one(house.ports, OPERATOR, replace(STATED, pupil="90-9", end=date(2026, 5, 13), mentor="N2"))
    assert found.value.params["codes"] == ("unknown_pupil", "not_finished", "mentor_not_accredited")
    assert found.value.params["pupils"] == ((None, found.value.params["codes"]),)
    with pytest.raises(Forbidden):
        award_one(house.ports, Actor(5, "mentor", "Уткин", mentor_id=1), STATED)
    assert stored(house) == []


# --- the sample school


@pytest.mark.shared
@pytest.mark.slow
def test_the_sample_school(shared: Path, tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> None:
    house = open_house(tmp_path / "sample", sqlite_database.url, clock)
    folder = shared / "data" / "school82"
    expected = json.loads((folder / "expected.json").read_text())
    import_school(house.ports, folder)
    events: list[Any] = []
    summary = award_file(house.ports, folder / "practice-results.csv", on_event=events.append)
    assert summary.as_dict() == {"event": "summary", **expected["award"]}
    told = {one["row"]: one["codes"] for one in events}
    assert all(planted["fault"] in told[planted["row"]] for planted in expected["planted_result_faults"])
    assert all([code for code in CODES if code in one["codes"]] == one["codes"] for one in events)
    with house.ports.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(Practice)) == expected["award"]["rows"]
        assert practice.pending_total(session) == sum(expected["award"]["refused"].values())
    again = award_file(house.ports, folder / "practice-results.csv")
    assert (again.issued, again.unchanged) == (0, expected["award"]["issued"])
    assert again.refused == summary.refused
    house.close()
