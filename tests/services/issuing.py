"""The school on the shore with people in it, and the parts that fail on demand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from portfolio.bootstrap import House, bootstrap
from portfolio.errors import Message, Unavailable
from portfolio.ports import KeyStore, PortfolioPaper, Ports, QrCode
from portfolio.services import award
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.services.import_school import import_school
from portfolio.services.record import Issued
from portfolio.settings import Settings
from portfolio.storage import credentials, people
from portfolio.storage.orm import Credential
from portfolio.vc import jsontext
from tests.services.school_files import Clock, PlainPasswords, open_house, write_tables

ZOYA, SEMYON, VERA = "90-1", "90-2", "90-3"
# What must never be seen in a log or in the text of an error.
NAMES = ("Птичкин", "Зоя", "Снегирёв", "Семён", "Совин", "Вера", "Уткин", "Глеб")
MONDAY = date(2026, 3, 16)


class BrokenKeys:
    """A key store that signs ``good`` times more and then fails, as a disk or a signing device does."""

    def __init__(self, keys: KeyStore, good: int = 0) -> None:
        self._keys = keys
        self._good = good

    def __getattr__(self, name: str) -> Any:
        return getattr(self._keys, name)

    def sign(self, fragment: str, data: bytes, *, owner: str = "own") -> bytes:
        if not self._good:
            raise Unavailable("the signing key does not answer")
        self._good -= 1
        return self._keys.sign(fragment, data, owner=owner)


class NoPango:
    """Paper on a machine without Pango: QR codes and no PDF."""

    def unavailable(self) -> Message | None:
        return Message("Pango is missing; install libpango")

    def qr(self, text: str) -> QrCode:
        return QrCode(33, f"M0 0h{len(text)}")

    def portfolio(self, paper: PortfolioPaper) -> bytes:
        raise Unavailable("Pango is missing")

    certificate = portfolio


def settings_of(home: Path, database_url: str, **more: str) -> Settings:
    return Settings.from_env({"PORTFOLIO_HOME": str(home), "DATABASE_URL": database_url, **more})


def bare_house(home: Path, database_url: str, clock: Clock, **more: str) -> House:
    """A house with tables and without a school. more: further settings of the environment."""
    entropy = random.Random(83).randbytes
    house = bootstrap(settings_of(home, database_url, **more), clock=clock, entropy=entropy, passwords=PlainPasswords())
    house.upgrade()
    return house


def populated_house(folder: Path, database_url: str, clock: Clock) -> House:
    """A house with a school, its partners, mentors, programmes and three pupils."""
    house = open_house(folder / "school", database_url, clock)
    import_school(house.ports, write_tables(folder / "office"))
    return house


def issue(ports: Ports, pupil: str = ZOYA, start: date = MONDAY, **stated: Any) -> Issued:
    """One credential of the programme LATHE; each start is another practice."""
    members: dict[str, Any] = {
        "programme": "LATHE",
        "mentor": "N1",
        "hours": 16,
        "levels": {"H-ALG": 3, "S-PUNCT": 2},
        "narrative": "Выточила вал.",
        "end": start + timedelta(days=1),
    }
    return award.award_one(ports, OPERATOR, award.StatedPractice(pupil=pupil, start=start, **{**members, **stated}))


def issue_many(ports: Ports, count: int, pupil: str = ZOYA) -> list[Issued]:
    return [issue(ports, pupil, MONDAY - timedelta(days=2 * number)) for number in range(count)]


def pupil_id(ports: Ports, roster_id: str) -> int:
    with ports.sessions.read() as session:
        return people.pupils_by_roster_id(session, {roster_id})[roster_id].id


def as_pupil(ports: Ports, roster_id: str = ZOYA) -> Actor:
    return Actor(0, "pupil", "a pupil", pupil_id=pupil_id(ports, roster_id))


def row_of(ports: Ports, code: str) -> Credential:
    with ports.sessions.read() as session:
        row = credentials.by_code(session, code)
        assert row is not None
        return row


def document_of(ports: Ports, code: str) -> dict[str, Any]:
    document = jsontext.loads(row_of(ports, code).body)
    assert isinstance(document, dict)
    return document


def with_paper(ports: Ports, paper: object) -> Ports:
    return replace(ports, paper=paper)  # type: ignore[arg-type]


def with_keys(ports: Ports, keys: object) -> Ports:
    return replace(ports, keys=keys)  # type: ignore[arg-type]
