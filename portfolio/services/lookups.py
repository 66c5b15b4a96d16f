"""Small questions of the signed-in pages: whose ids these are, what a form issued, what a family agreed to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.errors import Forbidden, NotFound
from portfolio.permalinks import grouped
from portfolio.ports import Ports
from portfolio.services.authorize import Actor, own_pupil_id, require
from portfolio.services.mentor_form import PupilChoice, form_digest
from portfolio.services.setup import home_of
from portfolio.storage import accounts, consents, people, practice


@dataclass(frozen=True)
class IssuedLine:
    """A confirmation that a form issued, as its mentor hands it on."""

    pupil: str
    title: str
    code: str
    grouped: str
    url: str


def my_consents(ports: Ports, actor: Actor) -> frozenset[str]:
    """What the signed-in pupil's family agrees to at present: ``processing``, ``publication``."""
    pupil_id = own_pupil_id(actor)
    with ports.sessions.read() as session:
        return frozenset(consents.purposes(session, [pupil_id])[pupil_id])


def chosen_pupils(ports: Ports, actor: Actor, pupil_ids: Sequence[int]) -> tuple[PupilChoice, ...]:
    """The pupils that a mentor has ticked, in that order; ids of nobody are left out."""
    _mentor_id(actor)
    with ports.sessions.read() as session:
        rows = people.pupils(session, pupil_ids)
        return tuple(
            PupilChoice(row.id, f"{row.last_name} {row.first_name}", row.class_name)
            for row in (rows[pupil_id] for pupil_id in dict.fromkeys(pupil_ids) if pupil_id in rows)
        )


def issued_with(ports: Ports, actor: Actor, form_key: str) -> tuple[IssuedLine, ...]:
    """What this mentor's form issued. Raises NotFound for a form that is unknown, or somebody else's."""
    _mentor_id(actor)
    key = form_digest(actor, form_key)
    with ports.sessions.read() as session:
        known = accounts.form_key(session, key)
        if known is None:
            raise NotFound
        links = home_of(session, ports).links
        ids = json.loads(known.outcome)
        rows = practice.credentials_by_ids(session, ids)
        return tuple(
            IssuedLine(
                pupil=f"{row.pupil.last_name} {row.pupil.first_name}" if row.pupil else "",
                title=row.title,
                code=row.code,
                grouped=grouped(row.code),
                url=links.verification(row.code),
            )
            for row in (rows[found] for found in ids if found in rows)
        )


def _mentor_id(actor: Actor) -> int:
    actor = require(actor, "mentor")
    if actor.mentor_id is None:
        raise Forbidden("this sign-in is not connected to a mentor")
    return actor.mentor_id
