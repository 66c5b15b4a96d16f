"""What a family agrees to, recorded by the school, and withdrawn as easily as it was given."""

from __future__ import annotations

from typing import Literal

from portfolio.errors import N_, Conflict, InvalidInput, Message, NotFound
from portfolio.ports import Ports
from portfolio.services.authorize import Actor, account_of, require
from portfolio.services.text import row_number
from portfolio.storage import consents, people, shares
from portfolio.storage.orm import Consent

Purpose = Literal["processing", "publication"]
PURPOSES: tuple[Purpose, ...] = ("processing", "publication")


def grant(ports: Ports, actor: Actor, pupil_id: int, purpose: str) -> None:
    """Record that the school holds a signed paper for this purpose. Granting twice changes nothing.

    Raises NotFound for an unknown pupil, Conflict for a publication without the consent to processing.
    """
    require(actor, "registrar")
    _known(purpose)
    with ports.sessions.write() as session:
        if people.pupil(session, row_number(pupil_id)) is None:
            raise NotFound
        if consents.live(session, pupil_id, purpose) is not None:
            return
        if purpose == "publication" and consents.withdrawn(session, pupil_id, "processing"):
            raise Conflict(message=Message(N_("First the family has to agree to the processing of data.")))
        consents.add(
            session,
            Consent(
                pupil_id=pupil_id,
                purpose=purpose,
                basis="paper",
                given_at=ports.now(),
                recorded_by=account_of(actor),
            ),
        )


def withdraw(ports: Ports, actor: Actor, pupil_id: int, purpose: str) -> None:
    """Record a withdrawal; it works within this transaction.

    Publication: open share links close, public pages show initials only. Processing: the pages answer that access is
    closed, and publication ends with it. What was signed stays signed. Withdrawing twice changes nothing.
    """
    require(actor, "registrar")
    _known(purpose)
    with ports.sessions.write() as session:
        if people.pupil(session, row_number(pupil_id)) is None:
            raise NotFound
        now = ports.now()
        for ended in PURPOSES if purpose == "processing" else (purpose,):
            found = consents.live(session, pupil_id, ended)
            if found is not None:
                found.withdrawn_at = now
                found.withdrawn_by = account_of(actor)
        shares.close_all(session, pupil_id, now)


def _known(purpose: str) -> None:
    if purpose not in PURPOSES:
        raise InvalidInput("the purpose is processing or publication")
