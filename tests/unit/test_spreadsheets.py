"""Tables in and out: what offices write is read, what would hurt is refused, what goes out is safe to open."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from portfolio.adapters.spreadsheets import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Spreadsheets
from portfolio.errors import InvalidInput, TooLarge

SHEETS = Spreadsheets()
TEXT = "Номер;Имя;Что сделал\r\n1;Зоя;Собрала макет\r\n2;Пётр;№ 1 — «сам»\r\n"
ROWS = ((2, ("1", "Зоя", "Собрала макет")), (3, ("2", "Пётр", "№ 1 — «сам»")))


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        ("cp1251", b"", "cp1251"),
        ("utf-16-le", b"\xff\xfe", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
    ],
)
def test_encodings(encoding: str, mark: bytes, name: str) -> None:
    table = SHEETS.read("a.csv", mark + TEXT.encode(encoding))
    assert table.header == ("Номер", "Имя", "Что сделал")
    assert table.rows == ROWS
    assert (table.encoding, table.delimiter) == (name, ";")


@pytest.mark.parametrize("encoding", ["koi8-r", "cp866", "mac-cyrillic"])
def test_other_encodings_are_refused_and_not_garbled(encoding: str) -> None:
    text = TEXT.replace("№ 1 — «сам»", "Выступила на защите")
    with pytest.raises(InvalidInput, match="cannot be made out"):
        SHEETS.read("a.csv", text.encode(encoding))


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_delimiters(delimiter: str) -> None:
    table = SHEETS.read("a.csv", TEXT.replace(";", delimiter).encode())
    assert table.rows == ROWS
    assert table.delimiter == delimiter


def test_a_delimiter_inside_quotes_does_not_count() -> None:
    table = SHEETS.read("a.csv", 'Имя,"a;b;c;d",Класс\n1,2,3\n'.encode())
    assert table.header == ("Имя", "a;b;c;d", "Класс")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_line_breaks_inside_a_value(end: str) -> None:
    text = end.join(["a;b", '1;"one', 'two; ""three"""', "2;x", ""])
    table = SHEETS.read("a.csv", text.encode())
    assert table.rows == ((2, ("1", f'one{end}two; "three"')), (3, ("2", "x")))


def test_rows_are_numbered_as_the_office_counts_them() -> None:
    table = SHEETS.read("a.csv", b"a;b\n1;2\n\n;\n3;4\n5\n6;7;8\n9;10;;\n")
    assert table.rows == ((2, ("1", "2")), (5, ("3", "4")), (8, ("9", "10")))
    assert table.ragged == ((6, ("5",)), (7, ("6", "7", "8")))


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n \n", b"\0\0"])
def test_an_empty_file_says_so(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        SHEETS.read("a.csv", data)


def test_zero_bytes_are_refused() -> None:
    for data in (b"a;b\n1;2\0\n", "a;б\n1;2\0\n".encode(), "a;б\0\n".encode("utf-16")):
        with pytest.raises(InvalidInput):
            SHEETS.read("a.csv", data)


def test_an_open_quotation_mark_swallows_nothing() -> None:
    with pytest.raises(InvalidInput) as found:
        SHEETS.read("a.csv", b'a;b\n1;"two\n3;4\n')
    assert found.value.message.params["name"] == "a.csv"


def test_a_value_beyond_every_measure_is_refused() -> None:
    with pytest.raises(InvalidInput):
        SHEETS.read("a.csv", b"a;b\n1;" + b"x" * 200_000 + b"\n")


def test_limits() -> None:
    with pytest.raises(TooLarge):
        SHEETS.read("a.csv", b"a" * (MAX_BYTES + 1))
    with pytest.raises(TooLarge):
        SHEETS.read("a.csv", b"a;b\n" + b"1;2\n" * (MAX_ROWS + 1))
    assert len(SHEETS.read("a.csv", b"a;b\n" + b"1;2\n" * MAX_ROWS).rows) == MAX_ROWS
    with pytest.raises(TooLarge):
        SHEETS.read("a.csv", b";".join([b"a"] * (MAX_COLUMNS + 1)) + b"\n")


@given(st.binary(max_size=300))
def test_no_bytes_are_a_crash(data: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"\xff\xfe", b"a;b\n"):
        try:
            table = SHEETS.read("a.csv", start + data)
        except InvalidInput:
            continue
        assert all(len(values) == len(table.header) for _, values in table.rows)


# --- workbooks


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_workbook_is_read_as_the_office_sees_it() -> None:
    data = workbook(
        ["Имя", "День", "Часы", "Очно", "Формула", None],
        ["Зоя", date(2026, 3, 16), 16, True, "=1+1", None],
        [],
        ["Пётр", datetime.combine(date(2026, 3, 17), clock.min), 16.5, False],
    )
    table = SHEETS.read("a.xlsx", data)
    assert table.header == ("Имя", "День", "Часы", "Очно", "Формула")
    assert table.rows == (
        (2, ("Зоя", "2026-03-16", "16", "1", "=1+1")),
        (4, ("Пётр", "2026-03-17", "16.5", "0", "")),
    )
    assert table.encoding == "xlsx"


def repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return target.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    target = io.BytesIO(workbook(["a"], [1]))
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/bomb.xml", "w") as part:
        for _ in range(80):
            part.write(b"\0" * 1024 * 1024)
    began = time.monotonic()
    with pytest.raises(TooLarge):
        SHEETS.read("a.xlsx", target.getvalue())
    assert time.monotonic() - began < 1


def test_too_many_parts_are_refused() -> None:
    target = io.BytesIO(workbook(["a"], [1]))
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(1_001):
            archive.writestr(f"xl/{number}", b"")
    with pytest.raises(TooLarge):
        SHEETS.read("a.xlsx", target.getvalue())


def test_xml_entities_are_refused() -> None:
    entity = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]>'
    data = repacked(
        workbook(["a"], [1]),
        lambda name, part: entity + part if name.endswith("sheet1.xml") else part,
    )
    with pytest.raises(InvalidInput, match="ValueError"):
        SHEETS.read("a.xlsx", data)


def test_a_sheet_that_lies_about_its_size_is_measured() -> None:
    def stretch(name: str, part: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return part
        return part.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>')

    with pytest.raises(TooLarge):
        SHEETS.read("a.xlsx", repacked(workbook(["a"], [1]), stretch))
    wide = repacked(workbook(["a"], [1]), lambda _name, part: part.replace(b'r="A2"', b'r="XFD2"'))
    with pytest.raises(TooLarge):
        SHEETS.read("a.xlsx", wide)


def test_damaged_workbooks_are_refused() -> None:
    data = workbook(["a", "b"], [1, "two"])
    for cut in (10, 100, len(data) // 2, len(data) - 30):
        with pytest.raises(InvalidInput):
            SHEETS.read("a.xlsx", data[:cut])
    for lost in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        with pytest.raises(InvalidInput):
            SHEETS.read("a.xlsx", repacked(data, lambda name, part, lost=lost: b"<a" if name == lost else part))
    with pytest.raises(InvalidInput, match="old Excel"):
        SHEETS.read("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)


# --- out

TRIGGERS = [
    "=1+1",
    "+7 913",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "＋1",
    "－1",
    "＠a",
    "=cmd|' /C calc'!A0",
    "@",
    "=",
    "-",
    "+",
    '=HYPERLINK("http://evil.example")',
    "\0=1",
    "\u00a0=1",
]


@pytest.mark.parametrize("text", TRIGGERS)
def test_csv_never_begins_like_a_formula(text: str) -> None:
    data = SHEETS.csv(["имя", text], [[text, "х"]])
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows[0][1].startswith("'")
    assert rows[1][0].startswith("'")
    assert rows[1][0].removeprefix("'") == text.replace("\0", "\ufffd")


def test_csv_keeps_numbers_and_plain_text() -> None:
    assert SHEETS.csv(["a", "b", "c"], [[-5, "Пётр", ""]]).decode("utf-8-sig") == "a;b;c\r\n-5;Пётр;\r\n"
    assert SHEETS.csv(["a", "b"], [["x,y", 'z"']], delimiter=",").decode("utf-8-sig") == 'a,b\r\n"x,y","z"""\r\n'


@pytest.mark.parametrize("text", TRIGGERS)
def test_workbooks_hold_text_as_text(text: str) -> None:
    data = SHEETS.xlsx("Список", ["имя"], [[text, 5]])
    cell = load_workbook(io.BytesIO(data)).active["A2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert str(cell.value).strip() == text.replace("\0", "\ufffd").replace("\r", "\n").strip()


def test_workbooks_keep_numbers_dates_and_odd_titles() -> None:
    data = SHEETS.xlsx("[a]:b*c?/" + "д" * 40, ["n", "d"], [[5, date(2026, 3, 16)], [2.5, None]])
    sheet = load_workbook(io.BytesIO(data)).active
    assert sheet["A2"].value == 5
    assert sheet["B2"].value == datetime.combine(date(2026, 3, 16), clock.min)
    assert len(sheet.title) <= 31
    assert sheet.freeze_panes == "A2"


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text(max_size=8), st.just("end")), max_size=5))
def test_what_we_write_we_can_read(rows: list[tuple[str, str]]) -> None:
    for data in (SHEETS.csv(["a", "b"], rows), SHEETS.xlsx("t", ["a", "b"], rows)):
        table = SHEETS.read("t", data)
        assert table.header == ("a", "b")
        assert not table.ragged
        assert [values[1] for _, values in table.rows] == ["end"] * len(rows)
