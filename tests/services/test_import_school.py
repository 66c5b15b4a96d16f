"""Importing a school: what is right comes in once, what is wrong is named, nothing is lost."""

from __future__ import annotations

import json
import random
import stat
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from portfolio.bootstrap import House
from portfolio.errors import Conflict, InvalidInput
from portfolio.i18n import translations
from portfolio.services.import_school import import_school
from portfolio.storage import organizations, people
from portfolio.storage.orm import Agreement, Consent, Mentor, Organization, Programme, Pupil
from tests.databases import FreshDatabase
from tests.services.school_files import MENTORS, PARTNERS, PROGRAMMES, PUPILS, Clock, open_house, write_tables


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = open_house(tmp_path / "school", sqlite_database.url, clock)
    yield opened
    opened.close()


@pytest.fixture
def houses(tmp_path: Path, databases: FreshDatabase, clock: Clock) -> Iterator[House]:
    """The same on SQLite and on PostgreSQL."""
    opened = open_house(tmp_path / "school", databases.url, clock)
    yield opened
    opened.close()


def everything(house: House) -> list[Any]:
    """All rows of people and partners, as plain values."""
    with house.ports.sessions.read() as session:
        return [
            sorted(tuple(row) for row in session.execute(select(*columns)))
            for columns in (
                (Pupil.roster_id, Pupil.subject_id, Pupil.last_name, Pupil.first_name, Pupil.class_name, Pupil.note),
                (Mentor.code, Mentor.assessor_id, Mentor.last_name),
                (Organization.code, Organization.name, Organization.ogrn),
                (Agreement.number, Agreement.status),
                (Programme.code, Programme.version, Programme.title),
                (Consent.pupil_id, Consent.purpose),
            )
        ]


def counts(house: House, folder: Path, **options: Any) -> dict[str, tuple[int, int, int, int]]:
    found = import_school(house.ports, folder, **options).files
    return {name: (one.rows, one.accepted, one.unchanged, one.refused) for name, one in found.items()}


def test_a_school_comes_in(tmp_path: Path, houses: House, clock: Clock) -> None:
    folder = write_tables(tmp_path / "office")
    events: list[Any] = []
    summary = import_school(houses.ports, folder, on_event=events.append)
    assert summary.as_dict() == {
        "event": "summary",
        "files": {
            "partners.csv": {"rows": 3, "accepted": 3, "unchanged": 0, "refused": 0},
            "mentors.csv": {"rows": 2, "accepted": 2, "unchanged": 0, "refused": 0},
            "programmes.csv": {"rows": 4, "accepted": 4, "unchanged": 0, "refused": 0},
            "pupils.csv": {"rows": 5, "accepted": 3, "unchanged": 1, "refused": 1},
        },
    }
    message = events[0].pop("message")
    assert events == [
        {
            "event": "refused",
            "file": "pupils.csv",
            "row": 6,
            "column": "Дата рождения",
            "code": "bad_birth_date",
            "codes": ["bad_birth_date"],
        }
    ]
    assert "дат" in translations("ru", houses.ports.settings.timezone).say(message).lower()
    with houses.ports.sessions.read() as session:
        pupils = people.all_pupils(session)
        assert {key: (one.first_name, one.class_name) for key, one in pupils.items()} == {
            "90-1": ("Зоя", "9-А"),
            "90-2": ("Семён", "9-А"),
            "90-3": ("Вера", "10-Б"),
        }
        assert pupils["90-2"].note == '=HYPERLINK("http://evil.example")'
        assert pupils["90-1"].birth_date == date(2011, 7, 2)
        for pupil in pupils.values():
            assert [(one.purpose, one.basis, one.given_at) for one in pupil.consents] == [
                ("processing", "paper", clock())
            ]
        assert all(one.subject_id.startswith("urn:uuid:") for one in pupils.values())
        found = organizations.programme_version(session, "lathe", 1)
        assert found is not None
        assert found[1]["title"] == "Проба «Токарь»"
        assert found[1]["ogrn"] == "1025400000001"
        assert people.mentors(session)[0].organization.code == "МАЯК"


def test_a_second_run_changes_nothing(house: House, tmp_path: Path, clock: Clock) -> None:
    folder = write_tables(tmp_path / "office")
    import_school(house.ports, folder)
    before = everything(house)
    clock.forward(timedelta(days=1))
    assert counts(house, folder) == {
        "partners.csv": (3, 0, 3, 0),
        "mentors.csv": (2, 0, 2, 0),
        "programmes.csv": (4, 0, 4, 0),
        "pupils.csv": (5, 0, 4, 1),
    }
    assert everything(house) == before


def test_a_preview_tells_the_same_and_stores_nothing(house: House, tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "office")
    empty = everything(house)
    events: list[Any] = []
    preview = import_school(house.ports, folder, dry_run=True, on_event=events.append)
    assert everything(house) == empty
    assert not (house.ports.home / "import").exists()
    told: list[Any] = []
    real = import_school(house.ports, folder, on_event=told.append)
    assert preview.files == real.files
    assert preview.dry_run
    assert events == told
    changed = write_tables(tmp_path / "office", mentors=MENTORS.replace("мастер участка", "технолог"))
    again = import_school(house.ports, changed, dry_run=True)
    assert (again.files["mentors.csv"].new, again.files["mentors.csv"].changed) == (0, 1)


def test_the_refused_rows_come_back_to_be_corrected(house: House, tmp_path: Path) -> None:
    pupils = PUPILS + "90-5;=1+1;Ева;;9-А;01.02.2011;=2+2\n90-6;Лишний;Лев;;9-А;01.02.2011;x;y\n90-7;Мало\n"
    folder = write_tables(tmp_path / "office", pupils=pupils)
    summary = import_school(house.ports, folder)
    assert [path.name for path in summary.to_correct] == ["pupils-to-correct.csv"]
    path = summary.to_correct[0]
    assert path.parent == house.ports.home / "import"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    table = house.ports.sheets.read("t.csv", path.read_bytes())
    assert table.header[:7] == ("Номер", "Фамилия", "Имя", "Отчество", "Класс", "Дата рождения", "Примечание")
    rows = dict(table.rows) | dict(table.ragged)
    assert rows[2][:6] == ("90-4", "Филинов", "Егор", "", "11-А", "31.02.2009")
    assert "Дата рождения" in rows[2][7]
    assert rows[3][1] == "'=1+1"
    assert rows[3][6] == "'=2+2"
    assert rows[4][6:] == ("x", rows[4][7], "y")
    assert rows[5][:3] == ("90-7", "Мало", "")
    # Corrected there and given back under its old name, the rest of the file comes in.
    corrected = path.read_text("utf-8-sig").replace("31.02.2009", "28.02.2009").replace("'=1+1", "Верная")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "pupils.csv").write_text("\n".join(corrected.splitlines()[:3]), encoding="utf-8-sig")
    assert counts(house, tmp_path / "again") == {"pupils.csv": (2, 2, 0, 0)}
    with house.ports.sessions.read() as session:
        assert people.all_pupils(session)["90-5"].note == "=2+2"


def test_an_earlier_file_of_refused_rows_is_kept(house: House, tmp_path: Path) -> None:
    first = import_school(house.ports, write_tables(tmp_path / "office")).to_correct[0]
    earlier = first.read_bytes()
    other = PUPILS.replace("31.02.2009", "32.02.2009")
    second = import_school(house.ports, write_tables(tmp_path / "office", pupils=other)).to_correct[0]
    assert second == first
    assert first.with_name("pupils-to-correct-1.csv").read_bytes() == earlier
    import_school(house.ports, write_tables(tmp_path / "office", pupils=other))
    assert len(list(first.parent.iterdir())) == 2


def test_changes_are_taken_over_and_identifiers_stay(house: House, tmp_path: Path) -> None:
    import_school(house.ports, write_tables(tmp_path / "office"))
    with house.ports.sessions.read() as session:
        subject = people.all_pupils(session)["90-1"].subject_id
        assessor = people.all_mentors(session)["N1"].assessor_id
    changed = write_tables(
        tmp_path / "office",
        pupils=PUPILS.replace("Птичкина;Зоя;Львовна;9A", "Птичкина;Зоя;Львовна;10-А"),
        mentors=MENTORS.replace("2027-08-31", "2028-08-31"),
    )
    assert counts(house, changed) == {
        "partners.csv": (3, 0, 3, 0),
        "mentors.csv": (2, 1, 1, 0),
        "programmes.csv": (4, 0, 4, 0),
        "pupils.csv": (5, 1, 3, 1),
    }
    with house.ports.sessions.read() as session:
        pupil = people.all_pupils(session)["90-1"]
        assert (pupil.class_name, pupil.subject_id) == ("10-А", subject)
        assert people.all_mentors(session)["N1"].assessor_id == assessor


def test_a_lost_yo_changes_nothing_and_a_new_one_is_taken_over(house: House, tmp_path: Path) -> None:
    import_school(house.ports, write_tables(tmp_path / "office"))
    without = write_tables(tmp_path / "office", pupils=PUPILS.replace("Снегирёв;Семён", "Снегирев;Семен"))
    assert counts(house, without)["pupils.csv"] == (5, 0, 4, 1)
    with house.ports.sessions.read() as session:
        assert people.all_pupils(session)["90-2"].last_name == "Снегирёв"
        assert people.search_pupils(session, query="снегирев сем", class_name=None, offset=0, limit=5)[0] == 1
    other = write_tables(tmp_path / "office", pupils=PUPILS.replace("Птичкина;Зоя", "Птёчкина;Зоя"))
    assert counts(house, other)["pupils.csv"] == (5, 1, 3, 1)


def test_a_withdrawn_consent_is_not_given_anew(house: House, tmp_path: Path, clock: Clock) -> None:
    import_school(house.ports, write_tables(tmp_path / "office"))
    with house.ports.sessions.write() as session:
        people.all_pupils(session)["90-1"].consents[0].withdrawn_at = clock()
    import_school(house.ports, write_tables(tmp_path / "office", pupils=PUPILS.replace("9A", "10-А")))
    with house.ports.sessions.read() as session:
        assert len(people.all_pupils(session)["90-1"].consents) == 1


def test_a_changed_programme_opens_a_version_and_keeps_the_old_one(house: House, tmp_path: Path) -> None:
    import_school(house.ports, write_tables(tmp_path / "office"))
    folder = write_tables(tmp_path / "office", programmes=PROGRAMMES.replace("Проба «Токарь»,16", "Проба «Токарь»,18"))
    assert counts(house, folder)["programmes.csv"] == (4, 1, 3, 0)
    with house.ports.sessions.read() as session:
        programme = organizations.all_programmes(session)["LATHE"]
        assert programme.version == 2
        assert [
            (one.version, one.definition["hours"]) for one in organizations.programme_versions(session, programme.id)
        ] == [(1, 16), (2, 18)]


def test_a_new_agreement_joins_the_earlier_one(house: House, tmp_path: Path) -> None:
    import_school(house.ports, write_tables(tmp_path / "office"))
    later = PARTNERS.replace("expired,3/2022,2022-09-01,2025-08-31", "signed,9/2026,2026-02-01,2029-01-31").replace(
        "agreed,,,", "signed,8/2026,2026-02-01,2029-01-31"
    )
    assert counts(house, write_tables(tmp_path / "office", partners=later))["partners.csv"] == (3, 2, 1, 0)
    with house.ports.sessions.read() as session:
        partners = organizations.all_organizations(session)
        assert [(one.number, one.status) for one in partners["СТАРТ"].agreements] == [
            ("3/2022", "expired"),
            ("9/2026", "signed"),
        ]
        assert [(one.number, one.status) for one in partners["ПРИЧАЛ"].agreements] == [("8/2026", "signed")]


@pytest.mark.parametrize(
    ("stem", "content", "refused"),
    [
        ("pupils", PUPILS + "90-1;Иная;Зоя;Львовна;9-А;02.07.2011;\n", (7, "Номер", "conflicting_duplicate")),
        ("pupils", PUPILS + "90-8;Птичкинa;Ия;;9-А;02.07.2011;\n", (7, "Фамилия", "mixed_scripts")),
        ("pupils", PUPILS + "90-8;Пти\u202eчкина;Ия;;9-А;02.07.2011;\n", (7, "Фамилия", "bad_name")),
        ("pupils", PUPILS + "90-8;Птичкина;Ия;;12-А;02.07.2011;\n", (7, "Класс", "bad_class")),
        ("partners", PARTNERS + "ДУБЛЬ,Завод,enterprise,agreed,,,,1025400000001\n", (5, "ogrn", "duplicate_ogrn")),
        ("mentors", MENTORS + "N3,Чиж,Ян,,parent,НЕТ,врач,2027-08-31\n", (4, "partner_code", "unknown_partner")),
        ("programmes", PROGRAMMES + "lathe,internship,И,8,МАЯК,1,H-ALG\n", (6, "code", "duplicate_code")),
        ("programmes", PROGRAMMES + "NEW,internship,И,8,МАЯК,1,H-WELD\n", (6, "skills", "unknown_skill")),
    ],
)
def test_each_fault_is_told_with_its_place(
    house: House, tmp_path: Path, stem: str, content: str, refused: tuple[int, str, str]
) -> None:
    events: list[Any] = []
    summary = import_school(house.ports, write_tables(tmp_path / "office", **{stem: content}), on_event=events.append)
    assert refused in [(one["row"], one["column"], one["code"]) for one in events if one["file"] == f"{stem}.csv"]
    counted = summary.files[f"{stem}.csv"]
    assert counted.rows == counted.new + counted.changed + counted.unchanged + counted.refused
    assert counted.accepted >= 2


def test_a_mentor_of_a_refused_partner_is_refused_too(house: House, tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "office", partners=PARTNERS.replace("1025400000002", "102"))
    assert counts(house, folder) == {
        "partners.csv": (3, 2, 0, 1),
        "mentors.csv": (2, 1, 0, 1),
        "programmes.csv": (4, 3, 0, 1),
        "pupils.csv": (5, 3, 1, 1),
    }


def test_all_faults_of_a_row_are_named_from_left_to_right(house: House, tmp_path: Path) -> None:
    events: list[Any] = []
    folder = write_tables(tmp_path / "office", pupils=PUPILS + "90-9;;Ян;;0-Я;1.1.1;\n")
    import_school(house.ports, folder, on_event=events.append)
    assert events[-1]["codes"] == ["empty_last_name", "bad_class", "bad_birth_date"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_encodings_make_no_difference(house: House, tmp_path: Path, encoding: str) -> None:
    folder = write_tables(tmp_path / "office", pupils=PUPILS.encode(encoding))
    assert counts(house, folder)["pupils.csv"] == (5, 3, 1, 1)


def test_a_workbook_serves_as_well(house: House, tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "office")
    table = house.ports.sheets.read("pupils.csv", (folder / "pupils.csv").read_bytes())
    (folder / "pupils.csv").unlink()
    (folder / "pupils.xlsx").write_bytes(
        house.ports.sheets.xlsx("Ученики", table.header, [row for _, row in table.rows])
    )
    assert counts(house, folder)["pupils.xlsx"] == (5, 3, 1, 1)


def test_some_tables_are_enough_and_others_are_reported(house: House, tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    for name in ("pupils.csv", "bells.csv", "practice-results.csv", "notes.txt"):
        (tmp_path / "office" / name).write_bytes(PUPILS.encode())
    summary = import_school(house.ports, tmp_path / "office")
    assert list(summary.files) == ["pupils.csv"]
    assert summary.ignored == ("bells.csv",)


@pytest.mark.parametrize(
    "tables",
    [
        {"pupils": b""},
        {"pupils": b"\0\0\0"},
        {"pupils": "Номер;Имя\n1;Зоя\n".encode()},
        {"mentors": b'code,last_name\n"open'},
    ],
)
def test_one_unreadable_file_keeps_everything_out(house: House, tmp_path: Path, tables: dict[str, bytes]) -> None:
    empty = everything(house)
    with pytest.raises(InvalidInput) as found:
        import_school(house.ports, write_tables(tmp_path / "office", **tables))
    assert next(iter(tables)) in str(found.value.message.params)
    assert everything(house) == empty


def test_no_tables_no_folder_two_of_a_kind(house: House, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        import_school(house.ports, tmp_path / "nowhere")
    (tmp_path / "office").mkdir()
    with pytest.raises(InvalidInput, match=r"partners\.csv"):
        import_school(house.ports, tmp_path / "office")
    folder = write_tables(tmp_path / "office")
    (folder / "pupils.xlsx").write_bytes(b"PK")
    with pytest.raises(InvalidInput, match=r"pupils\.csv and pupils\.xlsx"):
        import_school(house.ports, folder)


def test_a_crash_in_the_middle_leaves_nothing(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = everything(house)

    def broken(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("portfolio.services.intake.Pupils.put", broken)
    with pytest.raises(OSError, match="no space"):
        import_school(house.ports, write_tables(tmp_path / "office"))
    monkeypatch.undo()
    assert everything(house) == empty
    assert counts(house, tmp_path / "office")["pupils.csv"] == (5, 3, 1, 1)


def test_a_demo_takes_no_real_school(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> None:
    house = open_house(tmp_path / "school", sqlite_database.url, clock, demo=True)
    with pytest.raises(Conflict):
        import_school(house.ports, write_tables(tmp_path / "office"))
    house.close()


def test_hostile_bytes_are_an_answer_and_not_a_crash(house: House, tmp_path: Path) -> None:
    random_bytes = random.Random(1)
    table = PUPILS.encode("cp1251")
    for _ in range(40):
        place = random_bytes.randrange(len(table))
        damaged = table[:place] + random_bytes.randbytes(3) + table[place + 3 :]
        try:
            summary = import_school(house.ports, write_tables(tmp_path / "office", pupils=damaged), dry_run=True)
        except InvalidInput:
            continue
        counted = summary.files["pupils.csv"]
        assert counted.rows == counted.accepted + counted.unchanged + counted.refused


@pytest.mark.shared
def test_the_sample_school(shared: Path, tmp_path: Path, houses: House) -> None:
    folder = shared / "data" / "school82"
    expected = json.loads((folder / "expected.json").read_text())
    events: list[Any] = []
    summary = import_school(houses.ports, folder, on_event=events.append)
    assert summary.as_dict()["files"]["pupils.csv"] == expected["pupils"]
    codes = [one["code"] for one in events]
    assert codes.count("bad_birth_date") == expected["pupil_faults"]["bad_birth_date"]
    assert codes.count("empty_last_name") == expected["pupil_faults"]["empty_last_name"]
    with houses.ports.sessions.read() as session:
        assert session.scalar(select(func.count()).select_from(Pupil)) == expected["pupils"]["accepted"]
        assert len(people.classes(session)) == 44
        assert people.without_consent(session, "processing") == 0
    again = import_school(houses.ports, folder)
    assert all(one.accepted == 0 for one in again.files.values())
    assert again.files["pupils.csv"].unchanged == 1400
