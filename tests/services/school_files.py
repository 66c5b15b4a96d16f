"""A small invented school: its tables, and an open house with a database of its own."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portfolio.bootstrap import House, bootstrap
from portfolio.ports import Ports
from portfolio.services.setup import create_home
from portfolio.settings import Settings

PARTNERS = """\
code,name,kind,agreement_status,agreement_no,valid_from,valid_until,ogrn
МАЯК,Завод «Маяк»,enterprise,signed,1/2025,2025-09-01,2028-08-31,1025400000001
ПРИЧАЛ,Колледж «Причал»,college,agreed,,,,1025400000002
СТАРТ,Фонд «Старт»,foundation,expired,3/2022,2022-09-01,2025-08-31,1025400000003
"""
MENTORS = """\
code,last_name,first_name,patronymic,origin,partner_code,position,accredited_until
N1,Уткин,Глеб,Ильич,enterprise,МАЯК,мастер участка,2027-08-31
N2,Цаплина,Алёна,,college,ПРИЧАЛ,преподаватель,2025-08-31
"""
PROGRAMMES = """\
code,kind,title,hours,partner_code,in_person,skills
LATHE,professional_trial,Проба «Токарь»,16,МАЯК,1,H-ALG S-PUNCT
BOAT,practice_project,Проект «Лодка»,34,ПРИЧАЛ,0,S-TEAM
FUND,volunteer_shift,Смена «Старт»,36,СТАРТ,0,S-COMM
TALK,masterclass,Мастер-класс «Голос»,2,МАЯК,1,S-TALK
"""
PUPILS = """\
Номер;Фамилия;Имя;Отчество;Класс;Дата рождения;Примечание
90-1;Птичкина;Зоя;Львовна;9A;02.07.2011;
90-2;Снегирёв;Семён;Ильич;9-А;12.05.2011;"=HYPERLINK(""http://evil.example"")"
90-3;Совина; Вера  ;;10-Б;30.01.2010;
90-3;Совина;Вера;;10 б;30.01.2010;
90-4;Филинов;Егор;;11-А;31.02.2009;
"""
RESULTS_HEADER = "Номер ученика;Программа;Начало;Окончание;Часы;Наставник;Уровни;Что сделал;Завершено"
GOOD_ROW = "90-1;LATHE;16.03.2026;17.03.2026;16;N1;H-ALG=3 S-PUNCT=2;Выточила вал.;да"


@dataclass
class Clock:
    """A clock that stands still until it is told."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 5, 12, 7, 2, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, span: timedelta) -> None:
        self.moment += span


class PlainPasswords:
    """Argon2id takes its time by design; these tests sign nobody in."""

    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def verify(self, encoded: str, password: str) -> bool:
        return encoded == self.hash(password)


def open_house(home: Path, database_url: str, clock: Clock, *, demo: bool = False) -> House:
    """A house with tables, key and registrar; chance is the same in every run."""
    settings = Settings.from_env({"PORTFOLIO_HOME": str(home), "DATABASE_URL": database_url, "PORTFOLIO_LOCALE": "ru"})
    house = bootstrap(settings, clock=clock, entropy=random.Random(82).randbytes, passwords=PlainPasswords())
    house.upgrade()
    create_home(house.ports, name="Школа на берегу", base_url="https://school.example", demo=demo)
    return house


def write_tables(folder: Path, **tables: str | bytes) -> Path:
    """Write tables as CSV; those that are not given stay as they are here. Pupils are in Windows-1251, as offices do."""
    folder.mkdir(parents=True, exist_ok=True)
    known: Mapping[str, str | bytes] = {
        "partners": PARTNERS,
        "mentors": MENTORS,
        "programmes": PROGRAMMES,
        "pupils": PUPILS.encode("cp1251"),
    }
    for stem, content in {**known, **tables}.items():
        path = folder / f"{stem}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def write_results(folder: Path, *rows: str, header: str = RESULTS_HEADER) -> Path:
    """Write practice-results.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "practice-results.csv"
    path.write_text("\r\n".join([header, *rows, ""]), encoding="utf-8-sig", newline="")
    return path


def snapshot(ports: Ports) -> list[tuple[str, ...]]:
    """Every credential: id, code, key and title, in order; to be compared with a later one."""
    from sqlalchemy import select

    from portfolio.storage.orm import Credential

    with ports.sessions.read() as session:
        rows = session.execute(
            select(Credential.id, Credential.code, Credential.idempotency_key, Credential.title).order_by(
                Credential.idempotency_key
            )
        )
        return [tuple(row) for row in rows]
