"""Take back, hold, release. Revoked means published: the status list is signed anew in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from portfolio.errors import N_, Conflict, InvalidInput, MalformedValueError, Message, NotFound
from portfolio.ports import Ports
from portfolio.services.authorize import Actor, account_of, require
from portfolio.services.issue import find_own
from portfolio.services.record import Recorder
from portfolio.services.register import find_row
from portfolio.services.setup import home_of
from portfolio.services.tokens import Program
from portfolio.storage import status_lists
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential
from portfolio.vc.status_list import Bitstring


@dataclass(frozen=True)
class ListPlace:
    """Where a credential's bit stands: the address of the list, and the index as it is written."""

    list_url: str
    index: str


REASONS = ("error", "duplicate", "rules")


def revoke(ports: Ports, actor: Actor, reference: str, reason: str) -> None:
    """Revoke for good. Revoking what is revoked already changes nothing (the first date and reason stand).

    reference: the credential's id or code. reason: error | duplicate | rules. Raises NotFound, InvalidInput.
    """
    require(actor, "registrar")
    if reason not in REASONS:
        raise InvalidInput("the reason is error, duplicate or rules")
    with ports.sessions.write() as session:
        row = _row(session, reference)
        if row.revoked_at is None:
            _revoke(session, ports, row, reason)
            row.revoked_by = account_of(actor)


def suspend(ports: Ports, actor: Actor, reference: str) -> None:
    """Put on hold; reversible. Shown by this school's own verification. Raises NotFound, Conflict when revoked."""
    require(actor, "registrar")
    with ports.sessions.write() as session:
        row = _unrevoked(session, reference)
        if row.suspended_at is None:
            row.suspended_at = ports.now()
            row.suspended_by = account_of(actor)


def reinstate(ports: Ports, actor: Actor, reference: str) -> None:
    """End a hold. Raises NotFound, and Conflict when revoked: a revocation is final."""
    require(actor, "registrar")
    with ports.sessions.write() as session:
        row = _unrevoked(session, reference)
        row.suspended_at = None
        row.suspended_by = None


def revoke_for_program(ports: Ports, program: Program, credential_id: str, place: ListPlace | None = None) -> None:
    """Revoke a credential of the program's organisation for good; again, and nothing changes.

    place: the entry that the program means, where it names one. Raises NotFound, MalformedValueError for another place.
    """
    with ports.sessions.write() as session:
        row = _row_of_program(session, ports, program, credential_id, place)
        if row.revoked_at is None:
            _revoke(session, ports, row, None)


def suspend_for_program(
    ports: Ports, program: Program, credential_id: str, on_hold: bool, place: ListPlace | None = None
) -> None:
    """Put a credential of the program's organisation on hold, or end the hold.

    Raises NotFound, MalformedValueError for another place, and Conflict when it was revoked.
    """
    with ports.sessions.write() as session:
        row = _row_of_program(session, ports, program, credential_id, place)
        _refuse_revoked(row)
        if on_hold != (row.suspended_at is not None):
            row.suspended_at = ports.now() if on_hold else None
            row.suspended_by = None


def _revoke(session: Session, ports: Ports, row: Credential, reason: str | None) -> None:
    recorder = Recorder(session, ports, now=ports.now())
    row.revoked_at = recorder.now
    row.revocation_reason = reason
    found = status_lists.get(session, row.status_list_id, lock=True)
    if found is None:
        raise NotFound("the status list of this credential is missing")
    bits = Bitstring.from_bytes(found.bits)
    bits.set(row.status_index, True)
    found.bits = bits.to_bytes()
    recorder.republish(found)


def _row_of_program(
    session: Session, ports: Ports, program: Program, credential_id: str, place: ListPlace | None
) -> Credential:
    row = find_own(session, program, credential_id).credential
    session.refresh(row, with_for_update=True)
    links = home_of(session, ports).identity_links
    if place is not None and place != ListPlace(links.status_list(row.status_list_id), str(row.status_index)):
        raise MalformedValueError("the credential has its status at another place", path="$.credentialStatus")
    return row


def _row(session: Session, reference: str) -> Credential:
    """The credential, locked against other writers and as the last of them left it. Raises NotFound."""
    row = find_row(session, reference)
    session.refresh(row, with_for_update=True)
    return row


def _unrevoked(session: Session, reference: str) -> Credential:
    row = _row(session, reference)
    _refuse_revoked(row)
    return row


def _refuse_revoked(row: Credential) -> None:
    if row.revoked_at is not None:
        raise Conflict(message=Message(N_("This confirmation was revoked, and that is final.")))
