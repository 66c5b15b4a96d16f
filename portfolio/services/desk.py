"""The desk where practices are judged, recorded and signed, within one write transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from portfolio.errors import GatesUnmet, Message
from portfolio.ports import Ports
from portfolio.practice import gates
from portfolio.practice.results import Statement
from portfolio.services.record import Issued, Recorder
from portfolio.services.setup import home_of
from portfolio.storage import organizations, people, practice
from portfolio.storage.engine import Session
from portfolio.storage.orm import Mentor, Practice, Programme, Pupil

# What a practice has become; every other word is a condition of practice.gates that keeps it back.
ISSUED: Final = "issued"
UNCHANGED: Final = "unchanged"
PENDING: Final = "pending"


@dataclass
class Desk:
    """Where practices are judged, recorded and signed within one write transaction.

    sign: whether what may be signed is signed now, or stays recorded.
    """

    session: Session
    ports: Ports
    now: datetime
    sign: bool = True
    issued_by: int | None = None
    pupils: dict[str, Pupil] = field(default_factory=dict)
    programmes: dict[str, Programme] = field(default_factory=dict)
    mentors: dict[str, Mentor] = field(default_factory=dict)
    stored: dict[practice.NaturalKey, Practice] = field(default_factory=dict)
    _recorder: Recorder | None = None

    def lay_out(self, statements: Sequence[Statement]) -> None:
        """Fetch everything that a batch can ask for, in a handful of queries."""
        self.pupils = people.pupils_by_roster_id(self.session, {one.pupil_ref for one in statements})
        self.programmes = organizations.all_programmes(self.session)
        self.mentors = people.all_mentors(self.session)
        self.stored = practice.by_natural_keys(self.session, {key_of(one) for one in statements})

    def unmet(
        self, statement: Statement, *, issued_differs: bool = False, today: date | None = None
    ) -> tuple[str, ...]:
        """The conditions of practice.gates that do not hold for a statement."""
        pupil = self.pupils.get(statement.pupil_ref)
        programme = self.programmes.get(statement.programme_ref)
        mentor = self.mentors.get(statement.mentor_ref)
        return gates.unmet(
            gates.PracticeFacts(
                completed=statement.completed,
                pupil=pupil_facts(pupil) if pupil else None,
                programme=programme_facts(programme) if programme else None,
                mentor=gates.MentorFacts(mentor.accredited_until) if mentor else None,
                start=statement.start,
                end=statement.end,
                hours=statement.hours,
                levels=statement.levels,
                malformed=statement.malformed,
                today=today,
                issued_differs=issued_differs,
            )
        )

    def keeps_back(self, statement: Statement, *, today: date | None = None) -> tuple[str, ...]:
        """The conditions that keep a statement from being signed; none for one that is signed just so already."""
        row = self.stored.get(key_of(statement))
        if row is None or row.credential_id is None:
            return self.unmet(statement, today=today)
        if row.fingerprint == statement.fingerprint:
            return ()
        return self.unmet(statement, issued_differs=True, today=today)

    def is_revoked(self, statement: Statement) -> bool:
        """Whether the credential of this practice was taken back; it is not issued anew by stating the same once more."""
        row = self.stored.get(key_of(statement))
        if row is None or row.credential_id is None:
            return False
        found = practice.credentials_by_ids(self.session, [row.credential_id])
        return found[row.credential_id].revoked_at is not None

    def is_signed(self, statement: Statement) -> bool:
        """Whether there is a credential for this practice, whatever it says."""
        row = self.stored.get(key_of(statement))
        return row is not None and row.credential_id is not None

    def award(
        self, statement: Statement, *, source: str = "import", source_file: str = "", source_row: int | None = None
    ) -> tuple[str, ...]:
        """Record one statement, and sign it when nothing is unmet. What was signed stays as it was stated then.

        Returns (``issued``,), (``unchanged``,) or (``pending``,), or the conditions that keep it back.
        """
        codes = self.keeps_back(statement)
        if self.is_signed(statement):
            return codes or (UNCHANGED,)
        key = key_of(statement)
        row = self.stored.get(key)
        if row is None:
            row = Practice(
                pupil_ref=key[0], programme_ref=key[1], start_ref=key[2], end_ref=key[3], recorded_at=self.now
            )
            self.session.add(row)
            self.stored[key] = row
        self._state(row, statement, codes)
        row.source, row.source_file, row.source_row = source, source_file, source_row
        if codes:
            return codes
        if not self.sign:
            return (PENDING,)
        self.session.flush()
        self._record().badge(row, issued_by=self.issued_by)
        return (ISSUED,)

    def issued(self, statements: Sequence[Statement]) -> tuple[Issued, ...]:
        """The credentials of statements that were signed, in their order."""
        ids = [self.stored[key_of(statement)].credential_id for statement in statements]
        return issued_views(self.session, self.ports, [found for found in ids if found is not None])

    def _state(self, row: Practice, statement: Statement, codes: tuple[str, ...]) -> None:
        row.mentor_ref = statement.mentor_ref
        row.pupil = self.pupils.get(statement.pupil_ref)
        row.programme = self.programmes.get(statement.programme_ref)
        row.mentor = self.mentors.get(statement.mentor_ref)
        row.hours = statement.hours
        row.levels = dict(statement.levels)
        row.narrative = statement.narrative
        row.completed = statement.completed
        row.fingerprint = statement.fingerprint
        row.unmet = list(codes)

    def _record(self) -> Recorder:
        if self._recorder is None:
            self._recorder = Recorder(self.session, self.ports, now=self.now)
        return self._recorder


def issued_views(session: Session, ports: Ports, credential_ids: Sequence[str]) -> tuple[Issued, ...]:
    """Issued credentials as their issuer sees them, in the order of the ids."""
    links = home_of(session, ports).links
    rows = practice.credentials_by_ids(session, credential_ids)
    return tuple(
        Issued(
            credential_id=row.id,
            code=row.code,
            url=links.verification(row.code),
            title=row.title,
            pupil=f"{row.pupil.last_name} {row.pupil.first_name}" if row.pupil else "",
        )
        for row in (rows[found] for found in credential_ids)
    )


def gates_unmet(kept_back: Sequence[tuple[int | None, tuple[str, ...]]]) -> GatesUnmet:
    """The error for (pupil id, conditions) pairs: ``params["pupils"]``, and ``params["codes"]`` over all of them."""
    named = {code for _, codes in kept_back for code in codes}
    ordered = tuple(code for code in gates.CODES if code in named)
    return GatesUnmet(
        ", ".join(ordered),
        params={"codes": ordered, "pupils": tuple(kept_back)},
        message=Message(gates.MESSAGES[ordered[0]]),
    )


def key_of(statement: Statement) -> practice.NaturalKey:
    """What makes two statements one practice."""
    return (statement.pupil_ref, statement.programme_ref, statement.start_ref, statement.end_ref)


def pupil_facts(pupil: Pupil) -> gates.PupilFacts:
    """What the gates ask of a pupil."""
    return gates.PupilFacts(
        processing_consent=any(
            consent.purpose == "processing" and consent.withdrawn_at is None for consent in pupil.consents
        )
    )


def programme_facts(programme: Programme) -> gates.ProgrammeFacts:
    """What the gates ask of a programme, and of the agreements with its partner."""
    return gates.ProgrammeFacts(
        kind=programme.kind,
        skills=frozenset(programme.skills),
        agreements=tuple(
            gates.AgreementFacts(agreement.status, agreement.valid_from, agreement.valid_until)
            for agreement in programme.organization.agreements
        ),
    )
