"""What importing and awarding share: reading a table from disk, and telling of a row that was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from portfolio.errors import N_, InvalidInput, Message, TooLarge
from portfolio.ports import Ports, Table

_MOST_BYTES: Final = 64 * 1024 * 1024  # what is never loaded; how large a table may be, the sheets' adapter says

Event = Mapping[str, Any]


def read_table(ports: Ports, path: Path) -> Table:
    """The table in a file. Raises InvalidInput when it cannot be opened or is none, TooLarge."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TooLarge(message=Message(N_("{name} is too large."), {"name": path.name}))
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            error.strerror or "", message=Message(N_("{name} cannot be opened."), {"name": path.name})
        ) from error
    return ports.sheets.read(path.name, data)


def refused_event(
    file: str,
    table: Table,
    place: int | None,
    row: int,
    codes: Sequence[str],
    messages: Mapping[str, str],
) -> Event:
    """The event of one refused row. place: of the column at fault; codes: all that apply, the first one names the row."""
    return {
        "event": "refused",
        "file": file,
        "row": row,
        "column": "" if place is None else table.header[place],
        "code": codes[0],
        "codes": list(codes),
        "message": Message(messages[codes[0]]),
    }
