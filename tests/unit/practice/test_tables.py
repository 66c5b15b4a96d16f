"""Names, classes, cells and rows as offices write them."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.errors import InvalidInput
from portfolio.practice.cells import MESSAGES, Cells, find_columns, parsed_answer, parsed_day, parsed_whole
from portfolio.practice.gates import CODES
from portfolio.practice.results import COLUMN_OF, COLUMNS, column_of, parsed_levels, read_statement, state
from portfolio.practice.roster import class_name, class_order, folded, is_name, mixes_scripts, same_spelling
from portfolio.practice.school_tables import MENTORS, PARTNERS, PROGRAMMES, PUPILS, SchoolTable

TODAY = date(2026, 11, 23)


# --- classes and names


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("5-А", "5-А"),
        ("5A", "5-А"),  # Latin A
        ("11-B", "11-В"),  # Latin B is В
        ("9б", "9-Б"),
        (" 7 – в ", "7-В"),
        ("10 «Г»", "10-Г"),
        ("1e", "1-Е"),
        ("12-А", None),
        ("0-А", None),
        ("А-5", None),
        ("5", None),
        ("5-G", None),
        ("5-АБ", None),
        ("", None),
    ],
)
def test_class_names(typed: str, known: str | None) -> None:
    assert class_name(typed) == known


def test_classes_sort_by_grade() -> None:
    assert sorted(["10-А", "2-Б", "2-А", "11-Г"], key=class_order) == ["2-А", "2-Б", "10-А", "11-Г"]


def test_names_are_compared_without_yo_and_case() -> None:
    assert folded("  СЕМЁНОВ\u00a0 Пётр ") == folded("семенов петр")
    assert folded(unicodedata.normalize("NFD", "Дмитрий")) == folded("дмитрий")


def test_a_lost_yo_is_no_news_and_a_found_one_is() -> None:
    assert same_spelling("Фёдоров", "Федоров")
    assert not same_spelling("Федоров", "Фёдоров")
    assert not same_spelling("Фёдоров", "Фёдорова")


@pytest.mark.parametrize(
    "name", ["Петров-Водкин", "Кызы-оол", "О’Коннор", "Салтыков Щедрин", "Ан", "Müller", "Ильин мл."]
)
def test_names(name: str) -> None:
    assert is_name(name)
    assert not mixes_scripts(name)


@pytest.mark.parametrize("name", ["", "Иванов2", "=1", "-", "Ива\u202eнов", "Ива\u200dнов", "Иванов<b>", "а" * 101])
def test_not_names(name: str) -> None:
    assert not is_name(name)


def test_look_alikes_are_seen() -> None:
    assert mixes_scripts("Ивaнов")  # Latin a


# --- cells


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12.05.2026", date(2026, 5, 12)),
        ("1.9.2025", date(2025, 9, 1)),
        ("2026-05-12", date(2026, 5, 12)),
        ("29.02.2024", date(2024, 2, 29)),
        ("29.02.2026", None),
        ("31.02.2012", None),
        ("12.05.26", None),
        ("2026-5-12", None),
        ("12/05/2026", None),
        ("вчера", None),
        ("00.00.0000", None),
        ("١٢.٠٥.٢٠٢٦", None),
        ("12.05.2026 г.", None),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert parsed_day(text) == day


@given(st.dates())
def test_every_day_is_read_back(day: date) -> None:
    assert parsed_day(day.isoformat()) == day
    assert parsed_day(f"{day.day:02d}.{day.month:02d}.{day.year:04d}") == day


@given(st.text())
def test_no_text_is_a_crash(text: str) -> None:
    parsed_day(text)
    parsed_levels(text)
    class_name(text)
    is_name(text)
    mixes_scripts(text)
    whole = parsed_whole(text)
    assert whole is None or str(whole) == text.lstrip("0") or whole == 0


def test_answers() -> None:
    assert [parsed_answer(text) for text in ("да", "ДА", "1", "нет", "No", "0", "", "может")] == [
        True,
        True,
        True,
        False,
        False,
        False,
        None,
        None,
    ]


def test_columns_by_either_language_any_case_and_order() -> None:
    header = ["дата  РОЖДЕНИЯ", "Класс", "Имя", "лишний", "last_name", "Номер"]
    assert find_columns("p.csv", PUPILS.columns, header) == {
        "birth_date": 0,
        "class_name": 1,
        "first_name": 2,
        "last_name": 4,
        "roster_id": 5,
    }


def test_missing_and_doubled_columns_are_named() -> None:
    with pytest.raises(InvalidInput) as missing:
        find_columns("p.csv", PUPILS.columns, ["Номер", "Фамилия", "Имя"])
    assert missing.value.message.params == {"file": "p.csv", "columns": "Класс, Дата рождения"}
    with pytest.raises(InvalidInput) as doubled:
        find_columns("p.csv", PUPILS.columns, ["Номер", "Номер ученика"])
    assert doubled.value.message.params["column"] == "Номер ученика"


# --- rows

PUPIL = {
    "roster_id": "90-1",
    "last_name": "Птичкина",
    "first_name": "Зоя",
    "class_name": "9-А",
    "birth_date": "02.07.2011",
}
PARTNER = {
    "code": "ЗАВОД",
    "name": "Завод «Маяк»",
    "kind": "enterprise",
    "agreement_status": "signed",
    "agreement_no": "7/2025",
    "valid_from": "2025-09-01",
    "valid_until": "2028-08-31",
    "ogrn": "1025400000001",
}
PROGRAMME = {
    "code": "LATHE",
    "kind": "professional_trial",
    "title": "Проба «Токарь»",
    "hours": "16",
    "partner_code": "ЗАВОД",
    "in_person": "1",
    "skills": "H-ALG S-PUNCT",
}
MENTOR = {
    "code": "N1",
    "last_name": "Уткин",
    "first_name": "Глеб",
    "origin": "enterprise",
    "partner_code": "ЗАВОД",
    "position": "мастер",
    "accredited_until": "31.08.2027",
}


def faults(table: SchoolTable[object], row: dict[str, str], **changes: str) -> list[tuple[str, str]]:  # type: ignore[type-var]
    cells = Cells(row | changes)
    table.read(cells, TODAY)
    return [(fault.column, fault.code) for fault in cells.faults]


@pytest.mark.parametrize(
    ("table", "row"), [(PUPILS, PUPIL), (PARTNERS, PARTNER), (PROGRAMMES, PROGRAMME), (MENTORS, MENTOR)]
)
def test_right_rows_have_no_faults(table: SchoolTable[object], row: dict[str, str]) -> None:  # type: ignore[type-var]
    assert faults(table, row) == []


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "code"),
    [
        (PUPILS, PUPIL, "roster_id", "../etc", "bad_number"),
        (PUPILS, PUPIL, "roster_id", "", "empty_value"),
        (PUPILS, PUPIL, "last_name", "", "empty_last_name"),
        (PUPILS, PUPIL, "first_name", " ", "empty_first_name"),
        (PUPILS, PUPIL, "last_name", "=2+3", "formula_in_name"),
        (PUPILS, PUPIL, "last_name", "'=2+3", "formula_in_name"),
        (PUPILS, PUPIL, "last_name", "Птиц\u202eкина", "bad_name"),
        (PUPILS, PUPIL, "last_name", "Птичкинa", "mixed_scripts"),
        (PUPILS, PUPIL, "patronymic", "Ильичn", "mixed_scripts"),
        (PUPILS, PUPIL, "class_name", "5-Q", "bad_class"),
        (PUPILS, PUPIL, "birth_date", "31.02.2012", "bad_birth_date"),
        (PUPILS, PUPIL, "birth_date", "вчера", "bad_birth_date"),
        (PUPILS, PUPIL, "birth_date", "01.01.2030", "bad_birth_date"),
        (PUPILS, PUPIL, "birth_date", "23.11.2026", "bad_birth_date"),
        (PUPILS, PUPIL, "birth_date", "01.01.1911", "bad_birth_date"),
        (PUPILS, PUPIL, "note", "а" * 1001, "bad_text"),
        (PARTNERS, PARTNER, "code", "а б", "bad_code"),
        (PARTNERS, PARTNER, "name", "=HYPERLINK()", "formula_in_name"),
        (PARTNERS, PARTNER, "kind", "тайное общество", "unknown_kind"),
        (PARTNERS, PARTNER, "agreement_status", "возможно", "unknown_kind"),
        (PARTNERS, PARTNER, "agreement_no", "", "agreement_without_dates"),
        (PARTNERS, PARTNER, "valid_until", "", "agreement_without_dates"),
        (PARTNERS, PARTNER, "valid_until", "2025-08-31", "end_before_start"),
        (PARTNERS, PARTNER, "valid_from", "осень", "bad_date"),
        (PARTNERS, PARTNER, "ogrn", "123", "bad_ogrn"),
        (PROGRAMMES, PROGRAMME, "code", "ТОКАРЬ", "bad_code"),
        (PROGRAMMES, PROGRAMME, "kind", "party", "unknown_kind"),
        (PROGRAMMES, PROGRAMME, "hours", "0", "bad_hours"),
        (PROGRAMMES, PROGRAMME, "hours", "16,5", "bad_hours"),
        (PROGRAMMES, PROGRAMME, "in_person", "0", "must_be_in_person"),
        (PROGRAMMES, PROGRAMME, "skills", "H-ALG S-MAGIC", "unknown_skill"),
        (MENTORS, MENTOR, "origin", "космос", "unknown_kind"),
        (MENTORS, MENTOR, "accredited_until", "", "bad_date"),
    ],
)
def test_each_fault_is_named_with_its_column(
    table: SchoolTable[object],  # type: ignore[type-var]
    row: dict[str, str],
    column: str,
    value: str,
    code: str,
) -> None:
    assert faults(table, row, **{column: value}) == [(column, code)]
    assert code in MESSAGES


def test_a_partner_under_negotiation_needs_no_dates() -> None:
    assert (
        faults(PARTNERS, PARTNER, agreement_status="переговоры", agreement_no="", valid_from="", valid_until="") == []
    )


def test_a_formula_in_a_note_is_kept_as_text() -> None:
    cells = Cells(PUPIL | {"note": '\'=HYPERLINK("http://evil.example")'})
    assert PUPILS.read(cells, TODAY).note == '=HYPERLINK("http://evil.example")'
    assert cells.faults == []


# --- results

RESULT = {
    "pupil": "90-1",
    "programme": "LATHE",
    "start": "16.03.2026",
    "end": "17.03.2026",
    "hours": "16",
    "mentor": "N1",
    "levels": "H-ALG=3 S-PUNCT=2",
    "narrative": "Выточил вал.",
    "completed": "да",
}


def test_a_result_is_read() -> None:
    found = read_statement(Cells(RESULT))
    assert (found.start, found.end, found.hours) == (date(2026, 3, 16), date(2026, 3, 17), 16)
    assert found.levels == {"H-ALG": 3, "S-PUNCT": 2}
    assert found.start_ref == "2026-03-16"
    assert found.completed
    assert found.malformed == frozenset()


def test_the_same_statement_has_the_same_fingerprint_however_it_is_written() -> None:
    found = read_statement(Cells(RESULT)).fingerprint
    same = RESULT | {"start": "2026-03-16", "levels": "s-punct=2, H-ALG=3", "completed": "Да", "hours": "016"}
    assert read_statement(Cells(same)).fingerprint == found
    typed = state(
        pupil="90-1",
        programme="LATHE",
        mentor="N1",
        start=date(2026, 3, 16),
        end=date(2026, 3, 17),
        hours=16,
        levels={"S-PUNCT": 2, "H-ALG": 3},
        narrative="Выточил  вал.",
    )
    assert typed.fingerprint == found


@pytest.mark.parametrize("column", [column.key for column in COLUMNS])
def test_any_change_changes_the_fingerprint(column: str) -> None:
    changed = {
        "pupil": "90-2",
        "programme": "CNC",
        "start": "15.03.2026",
        "end": "18.03.2026",
        "hours": "17",
        "mentor": "N2",
        "levels": "H-ALG=3",
        "narrative": "Выточил два вала.",
        "completed": "нет",
    }[column]
    assert read_statement(Cells(RESULT | {column: changed})).fingerprint != read_statement(Cells(RESULT)).fingerprint


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("completed", "наверное", "bad_completed"),
        ("levels", "H-ALG:три", "bad_levels"),
        ("levels", "H-ALG=1 H-ALG=2", "bad_levels"),
        ("levels", "H-ALG=1S-TEAM=2", "bad_levels"),
        ("narrative", "а" * 2001, "bad_text"),
        ("narrative", "см. \u202e", "bad_text"),
        ("pupil", "9" * 201, "bad_text"),
    ],
)
def test_what_cannot_be_read_is_named(column: str, value: str, code: str) -> None:
    assert read_statement(Cells(RESULT | {column: value})).malformed == {code}


def test_unreadable_days_and_hours_are_unknown_and_kept_as_stated() -> None:
    found = read_statement(Cells(RESULT | {"start": "весной", "hours": "много"}))
    assert (found.start, found.start_ref, found.hours) == (None, "весной", None)


def test_every_condition_points_to_a_column_that_exists() -> None:
    keys = {column.key for column in COLUMNS}
    assert set(COLUMN_OF.values()) <= keys
    assert set(COLUMN_OF) <= set(CODES)
    assert set(CODES) - set(COLUMN_OF) == {"bad_row", "bad_date", "already_revoked", "already_issued_differs"}
    assert column_of("bad_date") == "end"
    assert column_of("bad_date", start_is_known=False) == "start"
