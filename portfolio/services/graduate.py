"""Put portfolios into people's hands: signed CLR 2.0, the credentials as issued, a PDF, and a register for the school."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from portfolio.errors import N_, Message, NotFound, Unavailable
from portfolio.i18n import translations
from portfolio.messages import system_reason
from portfolio.permalinks import grouped
from portfolio.ports import Ports
from portfolio.practice import roster
from portfolio.services.authorize import Actor, account_of, require, require_pupil
from portfolio.services.papers import portfolio_paper
from portfolio.services.portfolios import portfolio_of
from portfolio.services.record import Recorder
from portfolio.services.register import DEAD, register_state
from portfolio.services.text import row_number
from portfolio.storage import consents, credentials, people
from portfolio.storage.orm import Credential
from portfolio.vc import jsontext
from portfolio.vc.clr import clr_credential
from portfolio.vc.open_badges import Organisation

_EVERYBODY = 1_000_000


@dataclass(frozen=True)
class PupilPackage:
    """What one pupil gets. folder: ``<class>/<number>``; clr: None when there is nothing to pack; pdf: None without Pango.

    left_out: (code, title, state) of what is not in force.
    """

    folder: str
    name: str
    class_name: str
    roster_id: str
    code: str | None
    clr: bytes | None
    credentials: Sequence[tuple[str, bytes]]
    pdf: bytes | None
    left_out: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class ExportSummary:
    """packed: pupils with a folder in the archive; empty: pupils without; without_pdf: whether Pango was missing."""

    path: Path
    packed: int
    empty: int
    credentials: int
    left_out: int
    without_pdf: bool


def export(
    ports: Ports,
    actor: Actor,
    out: Path,
    *,
    pupil_ids: Sequence[int] = (),
    class_name: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> ExportSummary:
    """One ZIP for the pupils, or for a class, or for the whole school when neither is named.

    Inside: ``<class>/<number>/{portfolio.pdf, clr.json, credentials/*.json}`` and ``register.xlsx``. Revoked, superseded and
    suspended records are left out and listed in the register. The archive appears under its name only when it is whole.
    Raises NotFound for an unknown pupil or class, Unavailable for a disk that is full.
    """
    require(actor, "registrar")
    with ports.sessions.read() as session:
        if pupil_ids:
            known = people.pupils(session, [row_number(pupil_id) for pupil_id in pupil_ids])
            if len(known) != len(set(pupil_ids)):
                raise NotFound(message=Message(N_("There is nobody to export.")))
            ids = list(dict.fromkeys(pupil_ids))
        else:
            class_name = class_name and (roster.class_name(class_name) or class_name)
            ids = [
                row.id
                for row in people.search_pupils(session, query="", class_name=class_name, offset=0, limit=_EVERYBODY)[1]
            ]
        if not ids:
            raise NotFound(message=Message(N_("There is nobody to export.")))
    rows: list[list[object]] = []
    packed = count = left_out = 0
    partial = out.with_name(out.name + ".part")
    # Paper is made in processes of its own: two portfolios at a time keep two cores busy, in the order of the register.
    desks = ThreadPoolExecutor(max_workers=2)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            partial.chmod(0o600)
            for number, package in enumerate(desks.map(lambda one: package_of(ports, actor, one), ids), start=1):
                for name, data in _files(package):
                    archive.writestr(_entry(name, ports.now()), data)
                rows.append(_register_row(ports, package))
                packed += package.clr is not None
                count += len(package.credentials)
                left_out += len(package.left_out)
                if on_progress is not None:
                    on_progress(number, len(ids))
            archive.writestr(_entry("register.xlsx", ports.now()), _register(ports, rows))
        partial.replace(out)
    except OSError as error:
        raise Unavailable(
            remedy=Message(N_("The archive cannot be written: {reason}"), {"reason": system_reason(error)})
        ) from error
    finally:
        desks.shutdown(cancel_futures=True)
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return ExportSummary(out, packed, len(ids) - packed, count, left_out, ports.paper.unavailable() is not None)


def package_of(ports: Ports, actor: Actor, pupil_id: int) -> PupilPackage:
    """One pupil's package. Signs a CLR over the living credentials, unless the same one exists already.

    Nothing is packed for a family that withdrew its consent to processing. Raises NotFound.
    """
    actor = require_pupil(actor, pupil_id)
    with ports.sessions.write() as session:
        pupil = people.pupil(session, row_number(pupil_id))
        if pupil is None:
            raise NotFound
        now = ports.now()
        rows = credentials.of_pupil(session, pupil_id)
        agreed = not consents.withdrawn(session, pupil_id, "processing")
        living = [row for row in rows if agreed and register_state(row, now) not in DEAD]
        left_out = tuple((grouped(row.code), row.title, register_state(row, now)) for row in rows if row not in living)
        signed = dict(credentials.bodies(session, [row.id for row in living]))
        name = f"{pupil.first_name} {pupil.last_name}"
        clr = _clr(session, ports, actor, pupil.subject_id, name, pupil_id, living, signed) if living else None
        view = portfolio_of(ports, session, pupil, full=True, owner=True)
        files = tuple((f"{row.code}.json", signed[row.id]) for row in living)
        class_name, roster_id = pupil.class_name, pupil.roster_id
    pdf = None
    if clr is not None and ports.paper.unavailable() is None:
        pdf = ports.paper.portfolio(portfolio_paper(ports, view, files, clr.body))
    return PupilPackage(
        folder=f"{_safe(class_name)}/{_safe(roster_id)}",
        name=name,
        class_name=class_name,
        roster_id=roster_id,
        code=clr.code if clr else None,
        clr=clr.body if clr else None,
        credentials=files,
        pdf=pdf,
        left_out=left_out,
    )


def all_credentials(ports: Ports, actor: Actor) -> Iterator[tuple[str, bytes]]:
    """(code, signed bytes) of every stored credential, whatever its state, a batch a transaction."""
    require(actor, "registrar")
    after = ""
    while True:
        with ports.sessions.read() as session:
            batch = [(row.id, row.code, row.body) for row in credentials.batches(session, after=after)]
        if not batch:
            return
        for identifier, code, body in batch:
            after = identifier
            yield code, body


def credential_total(ports: Ports) -> int:
    """How many signed documents there are."""
    with ports.sessions.read() as session:
        return credentials.total(session)


# --- the CLR


def _clr(
    session: Any,
    ports: Ports,
    actor: Actor,
    subject_id: str,
    name: str,
    pupil_id: int,
    living: Sequence[Credential],
    signed: Mapping[str, bytes],
) -> Credential:
    """The pupil's signed Comprehensive Learner Record over exactly these credentials, made once. signed: their bytes by id."""
    recorder = Recorder(session, ports, now=ports.now())
    fingerprint = hashlib.sha256(name.encode() + b"".join(row.digest for row in living)).hexdigest()
    key = f"clr|{subject_id}|{fingerprint}"
    while (known := credentials.by_idempotency_key(session, key)) is not None:
        if register_state(known, recorder.now) not in DEAD:
            return known
        key += "|again"  # the record itself was taken back
    place, entry = recorder.place_entry()
    title = "Портфолио практики" if recorder.home.language == "ru" else "Portfolio of practice"
    document = clr_credential(
        id=recorder.new_id(),
        issuer=Organisation(
            recorder.home.did, recorder.home.name, recorder.home.ogrn, recorder.home.identity_links.base_url
        ),
        subject_id=subject_id,
        subject_name=name,
        name=title,
        valid_from=recorder.now,
        credentials=[jsontext.loads(signed[row.id]) for row in living],
        status_entry=entry,
    )
    return recorder.secure_and_record(
        document,
        kind="clr",
        origin="export",
        idempotency_key=key,
        title=title,
        place=place,
        pupil_id=pupil_id,
        issued_by=account_of(actor),
    )


# --- files


def _files(package: PupilPackage) -> Iterator[tuple[str, bytes]]:
    if package.pdf is not None:
        yield f"{package.folder}/portfolio.pdf", package.pdf
    if package.clr is not None:
        yield f"{package.folder}/clr.json", package.clr
    for name, data in package.credentials:
        yield f"{package.folder}/credentials/{name}", data


def _entry(name: str, moment: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, moment.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _register(ports: Ports, rows: Sequence[Sequence[object]]) -> bytes:
    say = translations(ports.settings.locale, ports.settings.timezone).gettext
    header = [
        say("Class"),
        say("Number"),
        say("Name"),
        say("Confirmations"),
        say("Code"),
        say("Left out"),
        "SHA-256 clr.json",
        "SHA-256 portfolio.pdf",
    ]
    return ports.sheets.xlsx(say("Register"), header, rows)


def _register_row(ports: Ports, package: PupilPackage) -> list[object]:
    say = translations(ports.settings.locale, ports.settings.timezone).gettext
    states = {
        "revoked": say("Revoked"),
        "superseded": say("Newer version exists"),
        "suspended": say("On hold"),
        "not_yet_valid": say("Not yet valid"),
    }
    return [
        package.class_name,
        package.roster_id,
        package.name,
        len(package.credentials),
        grouped(package.code) if package.code else "",
        "; ".join(f"{code} {title}: {states.get(state, state)}" for code, title, state in package.left_out),
        "" if package.clr is None else hashlib.sha256(package.clr).hexdigest(),
        "" if package.pdf is None else hashlib.sha256(package.pdf).hexdigest(),
    ]


def _safe(text: str) -> str:
    """A folder name: letters, digits and dashes (a class «11-А» stays readable); never empty, never a path."""
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "_"


def zip_bytes(package: PupilPackage, moment: datetime) -> bytes:
    """One pupil's package as a ZIP in memory, for the pupil's own download."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in _files(package):
            archive.writestr(_entry(name.split("/", 2)[2], moment), data)
    return buffer.getvalue()
