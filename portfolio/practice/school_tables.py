"""The four tables of a school: partners, mentors, programmes, pupils. What a row says, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from portfolio.practice.cells import Cells, Column
from portfolio.practice.custody import age_on
from portfolio.practice.formats import FORMATS
from portfolio.practice.gates import MOST_HOURS
from portfolio.practice.roster import class_name, folded
from portfolio.practice.skills import SKILLS

OLDEST_PUPIL: Final = 30
YOUNGEST_PUPIL: Final = 4

_CODE: Final = re.compile(r"[0-9A-Za-zА-ЯЁа-яё][\w-]{0,31}")
_ASCII_CODE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")  # stands in addresses, which have no Cyrillic
_ROSTER_ID: Final = re.compile(r"[0-9A-Za-zА-ЯЁа-яё][0-9A-Za-zА-ЯЁа-яё-]{0,31}")
_OGRN: Final = re.compile(r"[0-9]{13}(?:[0-9]{2})?")


def _words(**own: str) -> Mapping[str, str]:
    """Every known spelling, folded → our own word."""
    return MappingProxyType(
        {folded(spelling): word for word, spellings in own.items() for spelling in (word, *spellings.split("|"))}
    )


PARTNER_KINDS: Final = _words(
    university="вуз|университет",
    college="колледж|техникум|спо",
    institute="институт",
    enterprise="предприятие|организация",
    foundation="фонд",
    network_school="школа-партнёр|сетевая школа",
    school="школа",
    association="ассоциация|объединение",
)
AGREEMENT_STATUSES: Final = _words(
    negotiating="переговоры|ведутся переговоры",
    agreed="согласие|согласован",
    signed="подписан|подписано",
    expired="истёк|истекло",
)
ORIGINS: Final = _words(
    university="вуз|университет",
    college="колледж|техникум|спо",
    institute="институт",
    enterprise="предприятие",
    parent="родитель",
    alumnus="выпускник|выпускница",
    teacher="педагог|учитель",
)
KINDS: Final = MappingProxyType(
    {folded(spelling): kind for kind, known in FORMATS.items() for spelling in (kind, known.title, known.title_ru)}
)


@dataclass(frozen=True)
class PartnerRecord:
    """A row of partners.csv. number: "" while there is no agreement."""

    code: str
    name: str
    kind: str
    status: str
    number: str
    valid_from: date | None
    valid_until: date | None
    ogrn: str


@dataclass(frozen=True)
class MentorRecord:
    """A row of mentors.csv. partner: the organisation's code."""

    code: str
    last_name: str
    first_name: str
    patronymic: str
    origin: str
    partner: str
    position: str
    accredited_until: date


@dataclass(frozen=True)
class ProgrammeRecord:
    """A row of programmes.csv. partner: the organisation's code; skills: codes, each once, in their order."""

    code: str
    kind: str
    title: str
    hours: int
    partner: str
    in_person: bool
    skills: tuple[str, ...]


@dataclass(frozen=True)
class PupilRecord:
    """A row of pupils.csv. class_name: normalised, ``5-А``."""

    code: str
    last_name: str
    first_name: str
    patronymic: str
    class_name: str
    birth_date: date
    note: str


Record = PartnerRecord | MentorRecord | ProgrammeRecord | PupilRecord
R = TypeVar("R", PartnerRecord, MentorRecord, ProgrammeRecord, PupilRecord)


@dataclass(frozen=True)
class SchoolTable(Generic[R]):
    """One of the files. read: (cells, today) → the record, to be used only where the cells noted no fault."""

    stem: str
    columns: tuple[Column, ...]
    read: Callable[[Cells, date], R]


def read_partner(cells: Cells, today: date) -> PartnerRecord:
    """A partner. A signed agreement must say from when to when; one under negotiation may have nothing."""
    status = cells.choice("agreement_status", AGREEMENT_STATUSES)
    binding = status in ("signed", "expired")
    number = cells.optional_line("agreement_no", longest=60)
    valid_from, valid_until = (cells.day(key, required=False) for key in ("valid_from", "valid_until"))
    if binding and not number:
        cells.fault("agreement_no", "agreement_without_dates")
    for key in ("valid_from", "valid_until"):
        if binding and not cells.raw(key):
            cells.fault(key, "agreement_without_dates")
    if valid_from and valid_until and valid_until < valid_from:
        cells.fault("valid_until", "end_before_start")
    return PartnerRecord(
        code=cells.matching("code", _CODE, "bad_code"),
        name=cells.line("name"),
        kind=cells.choice("kind", PARTNER_KINDS),
        status=status,
        number=number,
        valid_from=valid_from,
        valid_until=valid_until,
        ogrn=cells.matching("ogrn", _OGRN, "bad_ogrn"),
    )


def read_mentor(cells: Cells, today: date) -> MentorRecord:
    """A mentor. Somebody whose accreditation is over stays in the register."""
    return MentorRecord(
        code=cells.matching("code", _CODE, "bad_code"),
        last_name=cells.name("last_name"),
        first_name=cells.name("first_name"),
        patronymic=cells.name("patronymic", required=False),
        origin=cells.choice("origin", ORIGINS),
        partner=cells.matching("partner_code", _CODE, "unknown_partner"),
        position=cells.optional_line("position"),
        accredited_until=cells.day("accredited_until") or date.max,
    )


def read_programme(cells: Cells, today: date) -> ProgrammeRecord:
    """A programme. A professional trial cannot be held remotely."""
    kind = cells.choice("kind", KINDS)
    in_person = cells.answer("in_person")
    if kind and FORMATS[kind].in_person_only and not in_person:
        cells.fault("in_person", "must_be_in_person")
    skills = tuple(dict.fromkeys(re.split(r"[\s,;]+", cells.raw("skills").upper()))) if cells.raw("skills") else ()
    if any(skill not in SKILLS for skill in skills):
        cells.fault("skills", "unknown_skill")
    return ProgrammeRecord(
        code=cells.matching("code", _ASCII_CODE, "bad_code"),
        kind=kind,
        title=cells.line("title"),
        hours=cells.whole("hours", 1, MOST_HOURS, "bad_hours"),
        partner=cells.matching("partner_code", _CODE, "unknown_partner"),
        in_person=in_person,
        skills=skills,
    )


def read_pupil(cells: Cells, today: date) -> PupilRecord:
    """A pupil. A birth date must be that of somebody who can be at school today."""
    birth_date = cells.day("birth_date", code="bad_birth_date")
    if birth_date and not (birth_date < today and YOUNGEST_PUPIL <= age_on(birth_date, today) <= OLDEST_PUPIL):
        cells.fault("birth_date", "bad_birth_date")
    normalised = class_name(cells.raw("class_name"))
    if normalised is None:
        cells.fault("class_name", "bad_class")
    return PupilRecord(
        code=cells.matching("roster_id", _ROSTER_ID, "bad_number"),
        last_name=cells.name("last_name"),
        first_name=cells.name("first_name"),
        patronymic=cells.name("patronymic", required=False),
        class_name=normalised or "",
        birth_date=birth_date or date.min,
        note=cells.note("note"),
    )


_PERSON: Final = (
    Column("last_name", ("Фамилия",)),
    Column("first_name", ("Имя",)),
    Column("patronymic", ("Отчество",), required=False),
)
_PARTNER_CODE: Final = Column("partner_code", ("Код партнёра", "Партнёр", "Организация"))

PARTNERS: Final = SchoolTable(
    "partners",
    (
        Column("code", ("Код",)),
        Column("name", ("Название", "Наименование")),
        Column("kind", ("Вид", "Тип")),
        Column("agreement_status", ("Статус соглашения", "Соглашение")),
        Column("agreement_no", ("Номер соглашения", "№ соглашения"), required=False),
        Column("valid_from", ("Действует с", "Начало действия"), required=False),
        Column("valid_until", ("Действует до", "Окончание действия"), required=False),
        Column("ogrn", ("ОГРН",)),
    ),
    read_partner,
)
MENTORS: Final = SchoolTable(
    "mentors",
    (
        Column("code", ("Код",)),
        *_PERSON,
        Column("origin", ("Откуда", "Категория")),
        _PARTNER_CODE,
        Column("position", ("Должность",), required=False),
        Column("accredited_until", ("Допуск до", "Аккредитация до")),
    ),
    read_mentor,
)
PROGRAMMES: Final = SchoolTable(
    "programmes",
    (
        Column("code", ("Код",)),
        Column("kind", ("Формат", "Вид")),
        Column("title", ("Название", "Наименование")),
        Column("hours", ("Часы",)),
        _PARTNER_CODE,
        Column("in_person", ("Очно",)),
        Column("skills", ("Навыки",)),
    ),
    read_programme,
)
PUPILS: Final = SchoolTable(
    "pupils",
    (
        Column("roster_id", ("Номер", "Номер ученика")),
        *_PERSON,
        Column("class_name", ("Класс", "class")),
        Column("birth_date", ("Дата рождения",)),
        Column("note", ("Примечание",), required=False),
    ),
    read_pupil,
)
