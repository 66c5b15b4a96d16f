"""Turn results of practice into signed credentials, from the office's table or from a mentor's form.

Every row is kept as it was stated, so that the register can say of each completed practice why it is not a credential yet.
A practice is known by pupil, programme, start and end: whatever is repeated, it has one credential.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from portfolio.errors import InvalidInput
from portfolio.ports import Ports
from portfolio.practice import gates
from portfolio.practice.cells import Cells, find_columns
from portfolio.practice.results import COLUMNS, column_of, read_statement, state
from portfolio.services.authorize import Actor, account_of, require
from portfolio.services.desk import ISSUED, PENDING, UNCHANGED, Desk, gates_unmet
from portfolio.services.mentor_form import (
    AwardForm,
    AwardRequest,
    LevelChoice,
    ProgrammeChoice,
    PupilChoice,
    RecentGroup,
    award_by_mentor,
    award_form,
    search_pupils,
)
from portfolio.services.record import Issued
from portfolio.services.setup import load_home
from portfolio.services.tables import Event, read_table, refused_event

__all__ = [
    "BATCH",
    "AwardForm",
    "AwardRequest",
    "AwardSummary",
    "LevelChoice",
    "ProgrammeChoice",
    "PupilChoice",
    "RecentGroup",
    "StatedPractice",
    "award_by_mentor",
    "award_file",
    "award_form",
    "award_one",
    "search_pupils",
]

BATCH: Final = 50

NOT_COMPLETED: Final = "not_completed"


@dataclass(frozen=True)
class StatedPractice:
    """A completed practice by the numbers and codes of the school's register. levels: skill code → 1–4."""

    pupil: str
    programme: str
    mentor: str
    start: date
    end: date
    hours: int
    levels: Mapping[str, int]
    narrative: str = ""


@dataclass(frozen=True)
class AwardSummary:
    """rows = issued + unchanged + not_completed + pending + everything refused. refused: first condition → how many.

    pending: rows that may be signed and wait for the moment that ``sign_after`` named.
    """

    rows: int
    issued: int
    unchanged: int
    not_completed: int
    pending: int
    refused: Mapping[str, int]

    def as_dict(self) -> dict[str, Any]:
        """The summary event."""
        found = {
            "event": "summary",
            "rows": self.rows,
            "issued": self.issued,
            "unchanged": self.unchanged,
            "not_completed": self.not_completed,
            "refused": dict(self.refused),
        }
        return found | ({"pending": self.pending} if self.pending else {})


def award_file(
    ports: Ports,
    path: Path,
    *,
    on_event: Callable[[Event], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    sign_after: datetime | None = None,
) -> AwardSummary:
    """Award a table of practice results (.csv or .xlsx).

    Rows are taken in batches, each its own transaction: what was interrupted goes on where it stopped when the same file is
    given again. on_event gets one ``{"event": "refused", …, "code", "codes", …}`` for each refused row, on_progress (rows
    done, rows in all) after each batch. sign_after: before this moment rows are recorded with what is still unmet, and
    nothing is signed; the same file given again after it signs them.

    Raises InvalidInput or TooLarge for a file that is not such a table, ConfigurationError where there is no home.
    """
    if sign_after is not None and sign_after.tzinfo is None:
        raise InvalidInput("sign_after needs a time zone")
    load_home(ports)
    table = read_table(ports, path)
    places = find_columns(path.name, COLUMNS, table.header)
    stated = [
        (row, read_statement(Cells({key: values[place] for key, place in places.items()})))
        for row, values in table.rows
    ]
    tell = on_event or (lambda _event: None)
    tally: Counter[str] = Counter()
    for row, _ in table.ragged:
        tally["bad_row"] += 1
        tell(refused_event(path.name, table, None, row, ("bad_row",), gates.MESSAGES))
    total = len(stated) + len(table.ragged)
    for start in range(0, len(stated), BATCH):
        batch = stated[start : start + BATCH]
        now = ports.now()
        with ports.sessions.write() as session:
            desk = Desk(session, ports, now, sign=sign_after is None or sign_after <= now)
            desk.lay_out([statement for _, statement in batch])
            outcomes = [desk.award(statement, source_file=path.name, source_row=row) for row, statement in batch]
        for (row, statement), codes in zip(batch, outcomes, strict=True):
            tally[codes[0]] += 1
            if codes[0] not in (ISSUED, UNCHANGED, PENDING, NOT_COMPLETED):
                column = column_of(codes[0], start_is_known=statement.start is not None)
                tell(refused_event(path.name, table, places.get(column), row, codes, gates.MESSAGES))
        if on_progress is not None:
            on_progress(len(table.ragged) + start + len(batch), total)
    return _summary(total, tally)


def award_one(ports: Ports, actor: Actor, stated: StatedPractice) -> Issued:
    """Issue one credential for the registrar. The same statement again answers with the same credential.

    Raises GatesUnmet with ``params["codes"]``, NotSignedIn, Forbidden.
    """
    require(actor, "registrar")
    now = ports.now()
    statement = state(
        pupil=stated.pupil,
        programme=stated.programme,
        mentor=stated.mentor,
        start=stated.start,
        end=stated.end,
        hours=stated.hours,
        levels=stated.levels,
        narrative=stated.narrative,
    )
    with ports.sessions.write() as session:
        desk = Desk(session, ports, now, issued_by=account_of(actor))
        desk.lay_out([statement])
        codes = (
            ("already_revoked",)
            if desk.is_revoked(statement)
            else desk.keeps_back(statement, today=now.astimezone(ports.settings.timezone).date())
        )
        if codes:
            pupil = desk.pupils.get(stated.pupil)
            raise gates_unmet([(pupil.id if pupil else None, codes)])
        desk.award(statement, source="registrar")
        return desk.issued([statement])[0]


def _summary(total: int, tally: Mapping[str, int]) -> AwardSummary:
    refused = {code: tally[code] for code in gates.CODES if code != NOT_COMPLETED and tally.get(code)}
    return AwardSummary(
        rows=total,
        issued=tally.get(ISSUED, 0),
        unchanged=tally.get(UNCHANGED, 0),
        not_completed=tally.get(NOT_COMPLETED, 0),
        pending=tally.get(PENDING, 0),
        refused=refused,
    )
