"""XLSX, read without running anything and refused before it can hurt."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Final
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from portfolio.errors import N_, InvalidInput, Message, TooLarge

MAX_UNPACKED: Final = 64 * 1024 * 1024
MAX_PARTS: Final = 1_000

# What openpyxl and zipfile raise on files that are not what they claim: there is no common base class to catch.
_BROKEN: Final = (
    AttributeError,
    BadZipFile,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,  # the XML parsers' own errors are kinds of it
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def read_workbook(name: str, data: bytes, *, max_rows: int, max_columns: int) -> list[list[str]]:
    """The first sheet as text, row by row from its first row; formulas stay the text of the formula.

    Raises TooLarge when it unpacks to more than 64 MiB or is longer or wider than allowed, InvalidInput when it is broken
    or declares XML entities.
    """
    try:
        _check_parts(name, data)
        return _read(name, data, max_rows, max_columns)
    except _BROKEN as error:
        raise InvalidInput(
            f"{type(error).__name__} while reading a workbook",
            message=Message(N_("{name} is damaged or is not an Excel workbook."), {"name": name}),
        ) from error


def _check_parts(name: str, data: bytes) -> None:
    """Add up what the archive would unpack to, before anything is unpacked (a part cannot give more than it declares)."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise TooLarge(message=Message(N_("{name} unpacks to far too much data."), {"name": name}))
        for part in parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                content = archive.read(part)
                if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", content) or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    raise ValueError("the workbook's XML declares entities or is not UTF-8")


def _read(name: str, data: bytes, max_rows: int, max_columns: int) -> list[list[str]]:
    records: list[list[str]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and validations that are of no interest here
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            if not book.worksheets:
                return records
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size is not to be believed
            for row in sheet.iter_rows(values_only=True):
                if len(records) >= max_rows or len(row) > max_columns:
                    raise TooLarge(
                        message=Message(
                            N_("{name} is too large: at most {rows} rows and {columns} columns."),
                            {"name": name, "rows": max_rows - 1, "columns": max_columns},
                        )
                    )
                records.append([_text(value) for value in row])
        finally:
            book.close()
    return records


def _text(value: object) -> str:
    """A cell as the office sees it: dates as ISO days, whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    # Array formulas and data tables are objects that carry the text of their formula.
    return str(getattr(value, "text", None) or value)


def write_workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet. Text is typed as text, so that a program shows it and never runs it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title).strip("' ")[:31] or "1")
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)
    cells = []
    for text in header:
        cell = _as_text(sheet, text)
        cell.font = bold
        cells.append(cell)
    sheet.append(cells)
    for row in rows:
        sheet.append([_as_text(sheet, value) if isinstance(value, str) else value for value in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _as_text(sheet: WriteOnlyWorksheet, text: str) -> Cell:
    cell: Cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # openpyxl would make a formula of a text that begins with =
    cell.quotePrefix = True
    return cell
