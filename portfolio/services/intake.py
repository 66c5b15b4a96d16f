"""Compare what a school's tables state with what is stored, and store the difference.

A shelf holds the rows of one table. ``check`` finds what one row cannot know of itself; ``put`` says whether the record is
new, changed or unchanged, and stores it unless this is a preview.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

from portfolio.ports import Ports
from portfolio.practice.cells import Fault
from portfolio.practice.roster import same_spelling
from portfolio.practice.school_tables import MentorRecord, PartnerRecord, ProgrammeRecord, PupilRecord
from portfolio.storage import organizations, people
from portfolio.storage.engine import Session
from portfolio.storage.orm import Agreement, Consent, Mentor, Organization, Programme, ProgrammeVersion, Pupil

Outcome = Literal["new", "changed", "unchanged"]
R_contra = TypeVar("R_contra", contravariant=True)


class Shelf(Protocol[R_contra]):
    """The stored rows of one table."""

    def check(self, record: R_contra) -> list[Fault]:
        """What is wrong with the record in the light of everything stored and accepted so far."""
        ...

    def put(self, record: R_contra) -> Outcome:
        """Take the record in."""
        ...


@dataclass(frozen=True)
class Run:
    """One import. preview: nothing is stored; now: the moment of everything that it records."""

    session: Session
    ports: Ports
    now: datetime
    preview: bool

    def urn(self) -> str:
        """A random ``urn:uuid:…`` that says nothing about the person."""
        return UUID(bytes=self.ports.entropy(16), version=4).urn


class Partners:
    """Organisations and their agreements."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.stored = organizations.all_organizations(run.session)
        self.codes = set(self.stored)
        self._by_ogrn = {row.ogrn: code for code, row in self.stored.items()}

    def check(self, record: PartnerRecord) -> list[Fault]:
        """An OGRN belongs to one partner."""
        return [Fault("ogrn", "duplicate_ogrn")] if self._by_ogrn.get(record.ogrn, record.code) != record.code else []

    def put(self, record: PartnerRecord) -> Outcome:
        """An agreement under a new number joins the earlier ones, which practice of earlier days still needs."""
        self.codes.add(record.code)
        self._by_ogrn[record.ogrn] = record.code
        row = self.stored.get(record.code)
        agreement = _agreement_for(row, record) if row else None
        if row and agreement and _same(row, _organization(record)) and _same(agreement, _agreement(record)):
            return "unchanged"
        if not self._run.preview:
            self._store(record, row, agreement)
        return "changed" if row else "new"

    def _store(self, record: PartnerRecord, row: Organization | None, agreement: Agreement | None) -> None:
        if row is None:
            row = Organization(**_organization(record))
            organizations.add_all(self._run.session, [row])
            self.stored[record.code] = row
        else:
            _assign(row, _organization(record))
        if agreement is None:
            row.agreements.append(Agreement(**_agreement(record)))
        else:
            _assign(agreement, _agreement(record))
        self._run.session.flush()


class Mentors:
    """Mentors, each from one organisation."""

    def __init__(self, run: Run, partners: Partners) -> None:
        self._run = run
        self._partners = partners
        self._stored = people.all_mentors(run.session)

    def check(self, record: MentorRecord) -> list[Fault]:
        """The organisation must be known."""
        return _unknown_partner(self._partners, record.partner)

    def put(self, record: MentorRecord) -> Outcome:
        """A mentor keeps the identifier that credentials name them by."""
        row = self._stored.get(record.code)
        columns: dict[str, Any] = {"origin": record.origin, "position": record.position}
        columns["accredited_until"] = record.accredited_until
        if row and _same(row, columns) and row.organization.code == record.partner and _same_person(row, record):
            return "unchanged"
        if not self._run.preview:
            columns |= _person(record) | {"organization": self._partners.stored[record.partner]}
            if row:
                _assign(row, columns)
            else:
                row = Mentor(code=record.code, assessor_id=self._run.urn(), **columns)
                people.add_all(self._run.session, [row])
                self._stored[record.code] = row
                return "new"
        return "changed" if row else "new"


class Programmes:
    """Programmes. What a credential says of one is a version, and a version never changes."""

    def __init__(self, run: Run, partners: Partners) -> None:
        self._run = run
        self._partners = partners
        self._stored = organizations.all_programmes(run.session)
        self._by_address = {code.lower(): code for code in self._stored}

    def check(self, record: ProgrammeRecord) -> list[Fault]:
        """The organisation must be known; in an address codes have no capital letters, so they must differ without."""
        faults = _unknown_partner(self._partners, record.partner)
        if self._by_address.get(record.code.lower(), record.code) != record.code:
            faults.append(Fault("code", "duplicate_code"))
        return faults

    def put(self, record: ProgrammeRecord) -> Outcome:
        """Take the programme in, a new one with its first version; ``open_versions`` opens the next for what changed."""
        self._by_address[record.code.lower()] = record.code
        row = self._stored.get(record.code)
        columns: dict[str, Any] = {
            "kind": record.kind,
            "title": record.title,
            "hours": record.hours,
            "in_person": record.in_person,
            "skills": list(record.skills),
        }
        if row and _same(row, columns) and row.organization.code == record.partner:
            return "unchanged"
        outcome: Outcome = "changed" if row else "new"
        if not self._run.preview:
            columns["organization"] = self._partners.stored[record.partner]
            if row:
                _assign(row, columns)
            else:
                row = Programme(code=record.code, version=0, **columns)
                self._stored[record.code] = row
                organizations.add_all(self._run.session, [row])
                _open_version(self._run, row)
        return outcome


class Pupils:
    """The register of pupils."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._stored = people.all_pupils(run.session)

    def check(self, record: PupilRecord) -> list[Fault]:
        """Nothing outside the row speaks against a pupil."""
        return []

    def put(self, record: PupilRecord) -> Outcome:
        """A new pupil gets a random identifier, and the consent to processing that the school holds on paper."""
        row = self._stored.get(record.code)
        columns: dict[str, Any] = {
            "class_name": record.class_name,
            "birth_date": record.birth_date,
            "note": record.note,
        }
        if row and _same(row, columns) and _same_person(row, record):
            return "unchanged"
        outcome: Outcome = "changed" if row else "new"
        if not self._run.preview:
            columns |= _person(record)
            if row:
                _assign(row, columns)
            else:
                row = Pupil(roster_id=record.code, subject_id=self._run.urn(), **columns)
                row.consents.append(Consent(purpose="processing", basis="paper", given_at=self._run.now))
                self._run.session.add(row)
                self._stored[record.code] = row
        return outcome


def _unknown_partner(partners: Partners, code: str) -> list[Fault]:
    return [] if code in partners.codes else [Fault("partner_code", "unknown_partner")]


def _agreement_for(row: Organization, record: PartnerRecord) -> Agreement | None:
    """The stored agreement that the record speaks of: the one of its number, or one that has no number yet."""
    for number in (record.number, ""):
        for agreement in row.agreements:
            if agreement.number == number:
                return agreement
    return None


def _organization(record: PartnerRecord) -> dict[str, Any]:
    return {"code": record.code, "name": record.name, "kind": record.kind, "ogrn": record.ogrn}


def _agreement(record: PartnerRecord) -> dict[str, Any]:
    return {
        "number": record.number,
        "status": record.status,
        "valid_from": record.valid_from,
        "valid_until": record.valid_until,
    }


def _person(record: MentorRecord | PupilRecord) -> dict[str, Any]:
    return {"last_name": record.last_name, "first_name": record.first_name, "patronymic": record.patronymic}


def _same_person(row: Mentor | Pupil, record: MentorRecord | PupilRecord) -> bool:
    return all(same_spelling(getattr(row, key), stated) for key, stated in _person(record).items())


def _same(row: object, columns: Mapping[str, Any]) -> bool:
    return all(getattr(row, key) == value for key, value in columns.items())


def _assign(row: object, columns: Mapping[str, Any]) -> None:
    for key, value in columns.items():
        setattr(row, key, value)


def open_versions(run: Run) -> None:
    """Open the next version of every programme of which a credential would now say something else than its newest one.

    The definition names the partner too: a corrected name or number is a change of every programme held with it.
    """
    known = organizations.newest_definitions(run.session)
    for row in organizations.all_programmes(run.session).values():
        if known.get(row.id) != _definition(row):
            _open_version(run, row)


def _open_version(run: Run, row: Programme) -> None:
    row.version += 1
    opened = ProgrammeVersion(programme_id=row.id, version=row.version, definition=_definition(row))
    organizations.add_all(run.session, [opened])


def _definition(row: Programme) -> dict[str, Any]:
    return {
        "code": row.code,
        "title": row.title,
        "kind": row.kind,
        "hours": row.hours,
        "in_person": row.in_person,
        "skills": list(row.skills),
        "organisation": row.organization.name,
        "ogrn": row.organization.ogrn,
    }
