"""Tables that people open in an office program: CSV as offices write it, XLSX without running anything, and back again.

What comes in is text: a formula stays the text of the formula. What goes out is safe to open (OWASP ASVS 5.0, 1.2.10).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from portfolio.adapters.workbooks import read_workbook, write_workbook
from portfolio.errors import N_, InvalidInput, Message, TooLarge
from portfolio.ports import Table

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 200

_DELIMITERS: Final = (";", ",", "\t")
# What an office program runs when a cell begins with it, with the full-width forms that some of them fold.
_TRIGGERS: Final = "=+-@\t\r\n\0＝＋－＠"
# Characters that XML 1.0 cannot hold, and that nobody types: control characters and lone surrogates.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC: Final = b"PK\x03\x04"


class Spreadsheets:
    """Answers the ``Sheets`` protocol of ports."""

    def read(self, name: str, data: bytes) -> Table:
        """Read CSV (UTF-8 with or without BOM, UTF-16, Windows-1251; ``;``, ``,`` or tab) or XLSX (its first sheet).

        name: for messages only; what the file is, its bytes tell. Raises TooLarge beyond 5 MiB, 20,000 rows or 200
        columns, and InvalidInput for what is not a table.
        """
        if len(data) > MAX_BYTES:
            raise _too_large(name)
        if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
            raise InvalidInput(message=Message(N_("The file {name} is empty."), {"name": name}))
        if data.startswith(_OLE_MAGIC):
            raise InvalidInput(
                message=Message(
                    N_("{name} is an old Excel file or has a password: save it as XLSX or CSV."), {"name": name}
                )
            )
        if data.startswith(_ZIP_MAGIC):
            records = read_workbook(name, data, max_rows=MAX_ROWS + 1, max_columns=MAX_COLUMNS)
            return _table(name, iter(records), "xlsx", "", short_rows=True)
        text, encoding = _decoded(name, data)
        delimiter = _delimiter(text)
        return _table(name, _csv_records(name, text, delimiter), encoding, delimiter, short_rows=False)

    def xlsx(self, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
        """A workbook of one sheet with a frozen header; numbers stay numbers, every text is stored as text."""
        return write_workbook(
            title, [_writable(cell) for cell in header], ([_cell(cell) for cell in row] for row in rows)
        )

    def csv(self, header: Sequence[str], rows: Iterable[Sequence[object]], *, delimiter: str = ";") -> bytes:
        """UTF-8 with BOM and CRLF, as Russian Excel opens it; text that would run gets an apostrophe before it."""
        target = io.StringIO(newline="")
        writer = csv.writer(target, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow([_safe(cell) for cell in header])
        writer.writerows([_safe(cell) for cell in row] for row in rows)
        return target.getvalue().encode("utf-8-sig")


# --- in


def _decoded(name: str, data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding."""
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and _PLAUSIBLE[encoding](text):
            return text, encoding
    raise InvalidInput(
        message=Message(
            N_("The letters of {name} cannot be made out: save it as CSV in UTF-8 or Windows-1251, or as XLSX."),
            {"name": name},
        )
    )


def _candidates(data: bytes) -> tuple[str, ...]:
    if data.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    # Without a mark: in UTF-16 the separators, digits and line ends have a zero high byte, which tells the byte order.
    if 0 in data:
        return ("utf-16-le",) if 0 not in data[0::2] else ("utf-16-be",)
    return ("utf-8", "cp1251")


def _any_text(text: str) -> bool:
    return True


def _below_cjk(text: str) -> bool:
    """Whether these are letters and signs of Europe: stray zero bytes read as UTF-16 give Chinese."""
    return all(letter < "\u2c00" for letter in text)


def _looks_like_cp1251(text: str) -> bool:
    """Whether this is Russian: KOI8-R read as Windows-1251 swaps the case (йЧБОПЧ), CP866 gives few letters."""
    foreign = [letter for letter in text if letter > "\x7f"]
    letters = sum("А" <= letter <= "я" or letter in "Ёё№«»–—…„“”’\u00a0" for letter in foreign)
    capitalised = len(re.findall("[А-ЯЁ][а-яё]", text))
    inverted = len(re.findall("[а-яё][А-ЯЁ]", text))
    return letters >= 0.9 * len(foreign) and inverted <= capitalised


_PLAUSIBLE: Final[Mapping[str, Callable[[str], bool]]] = {
    "utf-8-sig": _any_text,
    "utf-8": _any_text,
    "utf-16": _any_text,
    "utf-16-le": _below_cjk,
    "utf-16-be": _below_cjk,
    "cp1251": _looks_like_cp1251,
}


def _delimiter(text: str) -> str:
    """The separator that stands most often in the header, outside quotation marks."""
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for letter in text.lstrip("\r\n"):
        if letter == '"':
            quoted = not quoted
        elif not quoted and letter in "\r\n":
            break
        elif not quoted and letter in counts:
            counts[letter] += 1
    return max(_DELIMITERS, key=lambda delimiter: counts[delimiter])


def _csv_records(name: str, text: str, delimiter: str) -> Iterator[Sequence[str]]:
    # Strict: a quotation mark that is never closed would otherwise swallow the rest of the file without a word.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise InvalidInput(
            f"line {reader.line_num}: {error}",
            message=Message(
                N_(
                    "{name} cannot be read from line {line} on: a quotation mark is out of place or a value is too long."
                ),
                {"name": name, "line": reader.line_num},
            ),
        ) from error


def _table(name: str, records: Iterator[Sequence[str]], encoding: str, delimiter: str, *, short_rows: bool) -> Table:
    """Sort records into rows and ragged rows. short_rows: whether a row may leave its last values out, as XLSX does."""
    header = _trimmed(next(records, ()))
    if not header:
        raise InvalidInput(message=Message(N_("The first row of {name} must name the columns."), {"name": name}))
    if len(header) > MAX_COLUMNS:
        raise _too_large(name)
    rows: list[tuple[int, tuple[str, ...]]] = []
    ragged: list[tuple[int, tuple[str, ...]]] = []
    for number, record in enumerate(islice(records, MAX_ROWS + 1), start=2):
        if number > MAX_ROWS + 1:
            raise _too_large(name)
        values = _trimmed(record)
        if not values:
            continue  # an empty line counts as a row of the sheet and says nothing
        if len(values) > len(header) or (len(record) < len(header) and not short_rows):
            ragged.append((number, values))
        else:
            rows.append((number, values + ("",) * (len(header) - len(values))))
    return Table(header, tuple(rows), encoding, delimiter, tuple(ragged))


def _trimmed(record: Sequence[str]) -> tuple[str, ...]:
    """The values without empty ones at the end."""
    length = len(record)
    while length and not record[length - 1].strip():
        length -= 1
    return tuple(record[:length])


def _too_large(name: str) -> TooLarge:
    return TooLarge(
        message=Message(
            N_("{name} is too large: at most {megabytes} MB, {rows} rows and {columns} columns."),
            {"name": name, "megabytes": MAX_BYTES // 1024**2, "rows": MAX_ROWS, "columns": MAX_COLUMNS},
        )
    )


# --- out


def _cell(value: object) -> object:
    return _writable(value) if isinstance(value, str) else value


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)


def _safe(value: object) -> object:
    """The value for CSV: numbers as they are, text with an apostrophe where a program would run it."""
    if not isinstance(value, str):
        return value
    runs = value[:1] in tuple(_TRIGGERS) or value.lstrip()[:1] in tuple(_TRIGGERS)
    return "'" + _writable(value) if value and runs else _writable(value)
