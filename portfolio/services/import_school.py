"""Import a school's tables: take in what is right, name what is not, lose nothing.

Everything right is stored in one transaction. Every row that is refused is named by file, row, column and reason, and
stands once more in a table of its own, ready to be corrected.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from portfolio.errors import N_, Conflict, InvalidInput, Message
from portfolio.i18n import translations
from portfolio.ports import Ports, Table
from portfolio.practice.cells import MESSAGES, Cells, Fault, find_columns
from portfolio.practice.roster import same_spelling
from portfolio.practice.school_tables import MENTORS, PARTNERS, PROGRAMMES, PUPILS, Record, SchoolTable
from portfolio.services.intake import Mentors, Partners, Programmes, Pupils, Run, Shelf, open_versions
from portfolio.services.setup import home_of
from portfolio.services.tables import Event, read_table, refused_event

# A table that a later one names comes before it.
ORDER: Final[Sequence[SchoolTable[Any]]] = (PARTNERS, MENTORS, PROGRAMMES, PUPILS)
RESULTS: Final = "practice-results"  # left to services.award
_SUFFIXES: Final = (".csv", ".xlsx")


@dataclass(frozen=True)
class FileCounts:
    """What became of the rows of one file. rows = new + changed + unchanged + refused."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0

    @property
    def accepted(self) -> int:
        """New or changed."""
        return self.new + self.changed

    def as_dict(self) -> dict[str, int]:
        """The counts as programs read them."""
        return {"rows": self.rows, "accepted": self.accepted, "unchanged": self.unchanged, "refused": self.refused}


@dataclass(frozen=True)
class ImportSummary:
    """files: file name → counts, in the order of reading. ignored: tables in the folder whose names are not known here.
    to_correct: the files that hold the refused rows. dry_run: nothing was stored or written.
    """

    files: Mapping[str, FileCounts]
    ignored: tuple[str, ...]
    to_correct: tuple[Path, ...]
    dry_run: bool

    @property
    def refused(self) -> int:
        """How many rows were refused in all files together."""
        return sum(counts.refused for counts in self.files.values())

    def as_dict(self) -> dict[str, Any]:
        """The summary event."""
        return {"event": "summary", "files": {name: counts.as_dict() for name, counts in self.files.items()}}


@dataclass(frozen=True)
class _Source:
    """A file that was read. places: column key → place in the header."""

    name: str
    kind: SchoolTable[Any]
    table: Table
    places: Mapping[str, int]


@dataclass(frozen=True)
class _Refused:
    row: int
    values: tuple[str, ...]
    faults: tuple[Fault, ...]


def import_school(
    ports: Ports, folder: Path, *, dry_run: bool = False, on_event: Callable[[Event], None] | None = None
) -> ImportSummary:
    """Take in ``partners``, ``mentors``, ``programmes`` and ``pupils`` (.csv or .xlsx), whichever the folder has.

    on_event gets ``{"event": "refused", "file", "row", "column", "code", "codes", "message": Message}`` for each refused
    row, after everything else was stored. Raises InvalidInput or TooLarge when a file cannot be read as its table (then
    nothing is stored), Conflict for a demo home, ConfigurationError where there is no home.
    """
    sources, ignored = _read_folder(ports, folder)
    results: dict[str, tuple[FileCounts, list[_Refused]]] = {}
    with ports.sessions.read() if dry_run else ports.sessions.write() as session:
        if home_of(session, ports).demo:
            raise Conflict(
                message=Message(N_("This is the demonstration's home. A real school needs a home of its own."))
            )
        run = Run(session, ports, ports.now(), preview=dry_run)
        partners = Partners(run)
        shelves: Mapping[str, Callable[[], Shelf[Any]]] = {
            PARTNERS.stem: lambda: partners,
            MENTORS.stem: lambda: Mentors(run, partners),
            PROGRAMMES.stem: lambda: Programmes(run, partners),
            PUPILS.stem: lambda: Pupils(run),
        }
        for source in sources:
            results[source.name] = _take_in(source, shelves[source.kind.stem](), run)
        if not dry_run:
            open_versions(run)
    to_correct = (
        []
        if dry_run
        else [_write_refused(ports, source, refused) for source in sources if (refused := results[source.name][1])]
    )
    if on_event is not None:
        for source in sources:
            for event in _events(source, results[source.name][1]):
                on_event(event)
    return ImportSummary({name: counts for name, (counts, _) in results.items()}, ignored, tuple(to_correct), dry_run)


# --- reading


def require_tables(folder: Path) -> None:
    """Raises InvalidInput for a folder that has none of the tables."""
    if not folder.is_dir():
        raise InvalidInput(message=Message(N_("There is no such folder.")))
    stems = {path.stem.lower() for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file()}
    if not stems & {kind.stem for kind in ORDER}:
        raise InvalidInput(
            message=Message(
                N_("The folder has none of the tables {names}."),
                {"names": ", ".join(f"{kind.stem}.csv" for kind in ORDER)},
            )
        )


def _read_folder(ports: Ports, folder: Path) -> tuple[list[_Source], tuple[str, ...]]:
    require_tables(folder)
    found = {
        path.name: path for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES and path.is_file()
    }
    sources: list[_Source] = []
    for kind in ORDER:
        names = [name for name in found if Path(name).stem.lower() == kind.stem]
        if len(names) > 1:
            raise InvalidInput(
                message=Message(
                    N_("{first} and {second} are the same table; keep one."), {"first": names[0], "second": names[1]}
                )
            )
        for name in names:
            table = read_table(ports, found.pop(name))
            sources.append(_Source(name, kind, table, find_columns(name, kind.columns, table.header)))
    return sources, tuple(name for name in found if Path(name).stem.lower() != RESULTS)


# --- taking in


def _take_in(source: _Source, shelf: Shelf[Any], run: Run) -> tuple[FileCounts, list[_Refused]]:
    today = run.now.astimezone(run.ports.settings.timezone).date()
    tally = dict.fromkeys(("new", "changed", "unchanged"), 0)
    refused = [_Refused(row, values, (Fault("", "bad_row"),)) for row, values in source.table.ragged]
    seen: dict[str, Record] = {}
    for row, values in source.table.rows:
        cells = Cells({key: values[place] for key, place in source.places.items()})
        record = source.kind.read(cells, today)
        faults = cells.faults
        repeated = False
        if not faults:
            earlier = seen.get(record.code)
            repeated = earlier is not None and _says_the_same(earlier, record)
            faults = shelf.check(record)
            if earlier is not None and not repeated:
                faults.append(Fault(source.kind.columns[0].key, "conflicting_duplicate"))
        if faults:
            faults.sort(key=lambda fault: source.places.get(fault.column, 0))
            refused.append(_Refused(row, values, tuple(faults)))
        else:
            seen.setdefault(record.code, record)
            tally["unchanged" if repeated else shelf.put(record)] += 1
    run.session.flush()
    refused.sort(key=lambda one: one.row)
    rows = sum(tally.values()) + len(refused)
    return FileCounts(rows=rows, refused=len(refused), **tally), refused


def _says_the_same(earlier: Record, later: Record) -> bool:
    """Whether two rows of one number say the same, ё and е being one letter in the parts of a name."""
    parts = [key for key in ("last_name", "first_name", "patronymic") if hasattr(later, key)]
    if any(not same_spelling(getattr(earlier, key), getattr(later, key)) for key in parts):
        return False
    return replace(later, **{key: getattr(earlier, key) for key in parts}) == earlier


# --- telling


def _events(source: _Source, refused: Sequence[_Refused]) -> Iterator[Event]:
    for one in refused:
        codes = list(dict.fromkeys(fault.code for fault in one.faults))
        place = source.places.get(one.faults[0].column)
        yield refused_event(source.name, source.table, place, one.row, codes, MESSAGES)


def _write_refused(ports: Ports, source: _Source, refused: Sequence[_Refused]) -> Path:
    """The refused rows under the same header, with their reasons; an earlier such file that differs is kept beside it."""
    translator = translations(ports.settings.locale, ports.settings.timezone)
    header = source.table.header
    rows = [
        # A row that is longer than the header goes on behind the reason, so that nothing of it is lost.
        (
            *_padded(one.values[: len(header)], len(header)),
            "; ".join(translator.say(_reason(source, fault)) for fault in one.faults),
            *one.values[len(header) :],
        )
        for one in refused
    ]
    data = ports.sheets.csv((*header, translator.gettext(N_("Reason"))), rows)
    folder = ports.home / "import"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{source.kind.stem}-to-correct.csv"
    with suppress(FileNotFoundError):
        if path.read_bytes() != data:
            path.rename(_free_name(path))
    _write_private(path, data)
    return path


def _reason(source: _Source, fault: Fault) -> Message:
    place = source.places.get(fault.column)
    message = Message(MESSAGES[fault.code])
    if place is None:
        return message
    return Message(N_("{column}: {reason}"), {"column": source.table.header[place], "reason": message})


def _padded(values: tuple[str, ...], length: int) -> tuple[str, ...]:
    return values + ("",) * (length - len(values))


def _free_name(path: Path) -> Path:
    number = 1
    while (candidate := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return candidate


def _write_private(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    with suppress(FileNotFoundError):
        partial.unlink()
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
