"""An issued credential as its owner and the registrar see it: what it says, and what the school's register says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from portfolio.errors import NotFound
from portfolio.permalinks import grouped, normalized_code
from portfolio.ports import Ports, QrCode
from portfolio.services.authorize import Actor, require_pupil
from portfolio.services.setup import HomeView, home_of
from portfolio.services.shown import LevelView, Shown, shown
from portfolio.services.text import sought
from portfolio.storage import credentials
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential, Pupil
from portfolio.vc import jsontext
from portfolio.vc.open_badges import read_badge
from portfolio.vc.rosette import rosette_path

LIVING = ("valid", "expired")
DEAD = ("revoked", "superseded", "suspended", "not_yet_valid")


@dataclass(frozen=True)
class CredentialView:
    """One credential as its owner, or whoever it is shown to, sees it.

    state: what the school's register says: valid | revoked | superseded | suspended | expired | not_yet_valid.
    """

    id: str
    code: str
    grouped: str
    url: str
    state: str
    shown: Shown
    issued_at: datetime
    valid_until: datetime | None
    digest: bytes
    draw: Callable[[str], QrCode] = field(repr=False, compare=False)

    @property
    def rosette(self) -> str:
        """SVG path of the figure, drawn when a page wants it."""
        return rosette_path(self.digest)

    @property
    def qr(self) -> QrCode:
        """The QR code of the address, drawn when a page wants it."""
        return self.draw(self.url)

    @property
    def title(self) -> str:
        """What was achieved."""
        return self.shown.title or ""

    @property
    def levels(self) -> Sequence[LevelView]:
        """The assessed skills."""
        return self.shown.levels


@dataclass(frozen=True)
class CredentialPage:
    """One credential in full, for its owner or the registrar."""

    credential: CredentialView
    pupil: str
    pupil_id: int | None
    class_name: str | None
    revoked_at: datetime | None
    revocation_reason: str | None
    suspended_at: datetime | None
    origin: str
    sha256: str


def credential(ports: Ports, actor: Actor, reference: str) -> CredentialPage:
    """One credential by id or code, for the pupil whose it is or the registrar. Anybody else's does not exist."""
    with ports.sessions.read() as session:
        row = find_row(session, reference)
        require_pupil(actor, row.pupil_id)
        view = view_of(ports, home_of(session, ports), row, facts_of(ports, row.body))
        pupil = row.pupil
        return CredentialPage(
            credential=view,
            pupil=name_of(pupil) if pupil else "",
            pupil_id=row.pupil_id,
            class_name=pupil.class_name if pupil else None,
            revoked_at=row.revoked_at,
            revocation_reason=row.revocation_reason,
            suspended_at=row.suspended_at,
            origin=row.origin,
            sha256=row.digest.hex(),
        )


def credential_file(ports: Ports, actor: Actor, reference: str) -> bytes:
    """The signed bytes of one credential, for the pupil whose it is or the registrar."""
    with ports.sessions.read() as session:
        row = find_row(session, reference)
        require_pupil(actor, row.pupil_id)
        return row.body


def find_row(session: Session, reference: str) -> Credential:
    """The credential with this id or code. Raises NotFound."""
    code = normalized_code(reference)
    wanted = sought(reference)
    row = credentials.by_code(session, code) if code else credentials.get(session, wanted) if wanted else None
    if row is None:
        raise NotFound
    return row


def register_state(row: Credential, now: datetime) -> str:
    """What our own register says of a credential, by the precedence of the verdicts."""
    if row.revoked_at is not None:
        return "revoked"
    if row.superseded_by is not None:
        return "superseded"
    if row.suspended_at is not None:
        return "suspended"
    if row.valid_until is not None and row.valid_until < now:
        return "expired"
    if row.valid_from > now:
        return "not_yet_valid"
    return "valid"


# --- small parts


def view_of(ports: Ports, home: HomeView, row: Credential, facts: Shown) -> CredentialView:
    """The view of a row of the register. facts: what its document says."""
    return CredentialView(
        id=row.id,
        code=row.code,
        grouped=grouped(row.code),
        url=home.links.verification(row.code),
        state=register_state(row, ports.now()),
        shown=facts,
        issued_at=row.issued_at,
        valid_until=row.valid_until,
        digest=row.digest,
        draw=ports.paper.qr,
    )


def facts_of(ports: Ports, body: bytes) -> Shown:
    """What a signed document says."""
    return shown(read_badge(jsontext.loads(body)), ports.settings.timezone)


def name_of(pupil: Pupil) -> str:
    """A pupil as registers write people."""
    return f"{pupil.last_name} {pupil.first_name}"
