"""Seed the demo school through the product's own doors: tables, gates, signatures. Every state of a credential is present."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from portfolio.errors import N_
from portfolio.permalinks import grouped
from portfolio.ports import KeyStore, Ports
from portfolio.practice.results import Statement, state
from portfolio.services import consent, demo_school, register_issuers, revoke, share
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.services.demo_school import Deed
from portfolio.services.desk import Desk, key_of
from portfolio.services.intake import Mentors, Partners, Programmes, Pupils, Run
from portfolio.services.record import Recorder
from portfolio.services.setup import create_home, load_home
from portfolio.services.sign_in import NewAccount, open_account
from portfolio.storage import credentials, people
from portfolio.storage.engine import Session
from portfolio.storage.orm import Practice
from portfolio.vc import jsontext
from portfolio.vc.data_integrity import add_proof_set
from portfolio.vc.did import VerificationKey, did_document, did_key
from portfolio.vc.multikey import ed25519_key

__all__ = ["STATE_NAMES", "at_port", "grouped", "seed"]

BASE_URL = "http://localhost:8000"
STATE_NAMES: Mapping[str, str] = {
    "valid": N_("Verified"),
    "revoked": N_("Revoked"),
    "expired": N_("Expired"),
    "suspended": N_("On hold"),
    "not_yet_valid": N_("Not yet valid"),
    "consent_withdrawn": N_("Consent withdrawn"),
}
_PUPIL, _FRIEND, _WITHDRAWN = "О-1001", "О-1002", "О-1012"


def seed(ports: Ports, *, stranger: KeyStore, on_progress: Callable[[int, int], None] | None = None) -> dict[str, Any]:
    """Make the demo home in an empty database and tell what is in it.

    stranger: a key store of others, for the file of an unknown issuer and for the neighbours who are known. Returns
    ``base_url``, ``sign_ins``, ``codes`` by state, ``shares``, ``files``.
    """
    now = ports.now()
    opened = now - timedelta(days=420)
    past = _at(ports, opened)
    create_home(past, name=demo_school.NAME, base_url=BASE_URL, ogrn=demo_school.OGRN, demo=True)
    today = now.astimezone(ports.settings.timezone).date()
    with past.sessions.write() as session:
        run = Run(session, past, opened, preview=False)
        partners = Partners(run)
        for partner in demo_school.partners(today):
            partners.put(partner)
        mentors, programmes, pupils = Mentors(run, partners), Programmes(run, partners), Pupils(run)
        for mentor in demo_school.mentors(today):
            mentors.put(mentor)
        for programme in demo_school.programmes():
            programmes.put(programme)
        for pupil in demo_school.pupils(today):
            pupils.put(pupil)
    deeds = demo_school.deeds(today)
    for number, month in enumerate(_by_month(deeds), start=1):
        # Signed on the evening of the last practice of the month, as a school would.
        signed = datetime.combine(month[-1].end, time(18, 0), tzinfo=ports.settings.timezone) + timedelta(days=1)
        _award(_at(ports, min(signed.astimezone(UTC), now)), month)
        if on_progress is not None:
            on_progress(number, 15)
    _neighbours(_at(ports, now - timedelta(days=200)), stranger)
    sign_ins = _sign_ins(ports)
    codes = _states(ports, now)
    shares = _shares(ports)
    files = _files(ports, codes["valid"], stranger, now)
    if on_progress is not None:
        on_progress(15, 15)
    return {
        "event": "ready",
        "base_url": BASE_URL,
        "sign_ins": [{"role": found.role, "login": found.login, "password": found.password} for found in sign_ins],
        "codes": codes,
        "shares": shares,
        "files": files,
    }


def at_port(table: Mapping[str, Any], port: int) -> dict[str, Any]:
    """The table with addresses for another port; the identity stays as it was made."""
    base = f"http://localhost:{port}"
    return {
        **table,
        "base_url": base,
        "shares": [base + url.removeprefix(BASE_URL) for url in table["shares"]],
    }


def _at(ports: Ports, moment: datetime) -> Ports:
    """The same house on another day. The addresses are those of the identity, whatever the environment says."""
    settings = replace(ports.settings, base_url=None)
    return replace(ports, now=lambda: moment, settings=settings)


def _by_month(deeds: Sequence[Deed]) -> list[list[Deed]]:
    months: dict[tuple[int, int], list[Deed]] = {}
    for deed in deeds:
        months.setdefault((deed.end.year, deed.end.month), []).append(deed)
    return list(months.values())


def _statement(deed: Deed) -> Statement:
    return state(
        pupil=deed.pupil,
        programme=deed.programme,
        mentor=deed.mentor,
        start=deed.start,
        end=deed.end,
        hours=deed.hours,
        levels=dict(deed.levels),
        narrative=deed.narrative,
    )


def _award(ports: Ports, deeds: Sequence[Deed]) -> None:
    with ports.sessions.write() as session:
        desk = Desk(session, ports, ports.now())
        statements = [_statement(deed) for deed in deeds]
        desk.lay_out(statements)
        for statement in statements:
            desk.award(statement, source_file="demo")


def _neighbours(ports: Ports, stranger: KeyStore) -> None:
    """A school of the network and a partner that signs for itself, so that there is somebody to believe."""
    now = ports.now()
    for identifier, owner, kind, names in demo_school.NEIGHBOURS:
        key = stranger.create(f"key-{now:%Y-%m}", now=now, owner=owner)
        method = VerificationKey(key.fragment, ed25519_key(key.public_key), key.created)
        document = jsontext.dumps(did_document(identifier, [method]))
        register_issuers.add(ports, OPERATOR, did=identifier, document=document, names=names, kind=kind)


def _sign_ins(ports: Ports) -> list[NewAccount]:
    """Sign-ins whose passwords are printed; each demo makes its own."""
    with ports.sessions.write() as session:
        found = people.pupils_by_roster_id(session, {_PUPIL})[_PUPIL]
        mentor = people.all_mentors(session)["M01"]
        registrar = open_account(
            session, ports, role="registrar", name="Канцелярия", login="office", password=_password(ports)
        )
        return [
            open_account(
                session,
                ports,
                role="pupil",
                name=f"{found.first_name} {found.last_name}",
                login="maya",
                pupil_id=found.id,
                password=_password(ports),
            ),
            open_account(
                session,
                ports,
                role="mentor",
                name=f"{mentor.first_name} {mentor.last_name}",
                login="gleb",
                mentor_id=mentor.id,
                password=_password(ports),
            ),
            registrar,
        ]


def _password(ports: Ports) -> str:
    return f"demo-{ports.entropy(6).hex()}"


def _states(ports: Ports, now: datetime) -> dict[str, str]:
    """One credential for each state, most of them of the pupil whose sign-in is printed."""
    with ports.sessions.read() as session:
        register = people.pupils_by_roster_id(session, {_PUPIL, _FRIEND, _WITHDRAWN})
        ids = {number: row.id for number, row in register.items()}
        mine = [row.code for row in credentials.of_pupil(session, ids[_PUPIL])]
        theirs = [row.code for row in credentials.of_pupil(session, ids[_FRIEND])]
        withdrawn = [row.code for row in credentials.of_pupil(session, ids[_WITHDRAWN])]
    for number in (_PUPIL, _FRIEND):
        consent.grant(_at(ports, now - timedelta(days=300)), OPERATOR, ids[number], "publication")
    revoke.revoke(_at(ports, now - timedelta(days=20)), OPERATOR, mine[1], "error")
    revoke.suspend(_at(ports, now - timedelta(days=5)), OPERATOR, mine[2])
    year = timedelta(days=365)
    first_aid = Deed(_PUPIL, "NURSE", "M02", *_days(now - year - timedelta(days=30)), 6, (("S-COMM", 3),), _FIRST_AID)
    safety = Deed(_PUPIL, "NET", "M04", *_days(now - timedelta(days=1)), 4, (("H-ALG", 2),), _SAFETY)
    expired = _special(_at(ports, now - year - timedelta(days=20)), first_aid, valid_until=now - timedelta(days=40))
    not_yet_valid = _special(_at(ports, now + timedelta(days=30)), safety)
    # The family of one pupil withdrew its consent altogether.
    consent.withdraw(_at(ports, now - timedelta(days=2)), OPERATOR, ids[_WITHDRAWN], "processing")
    return {
        "valid": mine[-1],
        "revoked": mine[1],
        "expired": expired,
        "suspended": mine[2],
        "not_yet_valid": not_yet_valid,
        "consent_withdrawn": (withdrawn or theirs)[0],
    }


_FIRST_AID = "Первая помощь: инструктаж и наложение повязки; запись действует один год."
_SAFETY = "Допуск к работе в серверной со следующего месяца."


def _days(moment: datetime) -> tuple[Any, Any]:
    return moment.date() - timedelta(days=1), moment.date()


def _special(ports: Ports, deed: Deed, valid_until: datetime | None = None) -> str:
    """A credential whose time is not now, signed on its own day; returns its code."""
    with ports.sessions.write() as session:
        statement = _statement(deed)
        row = _practice(session, ports, statement)
        return Recorder(session, ports, now=ports.now()).badge(row, valid_until=valid_until).code


def _practice(session: Session, ports: Ports, statement: Statement) -> Practice:
    """The statement on record, without a signature yet."""
    desk = Desk(session, ports, ports.now(), sign=False)
    desk.lay_out([statement])
    desk.award(statement, source_file="demo")
    session.flush()
    return desk.stored[key_of(statement)]


def _shares(ports: Ports) -> list[str]:
    with ports.sessions.read() as session:
        ids = {number: row.id for number, row in people.pupils_by_roster_id(session, {_PUPIL, _FRIEND}).items()}
    home_links = _at(ports, ports.now())
    found = []
    for number, label in ((_PUPIL, "Для университета"), (_FRIEND, "Для стажировки")):
        actor = Actor(0, "pupil", "demo", pupil_id=ids[number])
        found.append(share.create(home_links, actor, 180, label).url)
    closed = share.create(home_links, Actor(0, "pupil", "demo", pupil_id=ids[_PUPIL]), 7, "Для конкурса")
    share.close(home_links, Actor(0, "pupil", "demo", pupil_id=ids[_PUPIL]), closed.id)
    return found


def _files(ports: Ports, valid_code: str, stranger: KeyStore, now: datetime) -> dict[str, str]:
    """Two files to try on the verification page: one changed after signing, one signed by somebody we do not know."""
    with ports.sessions.read() as session:
        row = credentials.by_code(session, valid_code)
        if row is None:
            raise LookupError("the demo lost its own credential")
        document = jsontext.loads(row.body)
    altered = json.loads(json.dumps(document))
    altered["credentialSubject"]["identifier"][0]["identityHash"] = "Пётр Поддельный"
    folder = ports.home / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    key = stranger.create(f"key-{now:%Y-%m}", now=now)
    did = did_key(ed25519_key(key.public_key))
    foreign = {name: value for name, value in document.items() if name not in ("proof", "credentialStatus")}
    foreign["id"] = f"urn:uuid:{ports.entropy(4).hex()}-0000-4000-8000-{ports.entropy(6).hex()}"
    foreign["issuer"] = {"id": did, "type": ["Profile"], "name": load_home(ports).name}
    forged = add_proof_set(
        foreign,
        sign=lambda data: stranger.sign(key.fragment, data),
        verification_method=f"{did}#{did.removeprefix('did:key:')}",
        created=now.replace(microsecond=0),
    )
    return {
        "altered": _write(folder / "altered.json", altered),
        "unknown_issuer": _write(folder / "unknown-issuer.json", forged),
    }


def _write(path: Path, document: Mapping[str, Any]) -> str:
    path.write_bytes(jsontext.dumps(document))
    path.chmod(0o600)
    return str(path)
