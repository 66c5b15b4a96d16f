"""The invented school of the demo: names, partners, programmes, and who did what. Nobody in it exists."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from portfolio.practice.school_tables import MentorRecord, PartnerRecord, ProgrammeRecord, PupilRecord

NAME = "Школа «Ориентир», г. Верхнеобск (вымышленная)"
OGRN = "1025499900015"

_PARTNERS = (
    # code, name, kind, status
    ("ВТУ", "Верхнеобский технический университет", "university", "signed"),
    ("ЗАВОД", "Приборный завод «Полюс»", "enterprise", "signed"),
    ("БОЛЬНИЦА", "Верхнеобская городская больница", "enterprise", "signed"),
    ("КОЛЛЕДЖ", "Колледж электроники и связи", "college", "signed"),
    ("СТУДИЯ", "Архитектурная студия «Двор»", "enterprise", "signed"),
    ("ФОНД", "Фонд «Первый шаг»", "foundation", "signed"),
    ("ШКОЛА2", "Школа-партнёр на Заречной", "network_school", "expired"),
    ("ФЕРМА", "Агрокомбинат «Заря»", "enterprise", "negotiating"),
)
# Who signs elsewhere and is known here: DID, owner of the key, kind, names. Their hosts exist nowhere, and nobody asks them.
NEIGHBOURS = (
    (
        "did:web:zarechnaya.example",
        "1025499900904",
        "school",
        {"ru": "Школа-партнёр на Заречной (вымышленная)", "en": "Zarechnaya Partner School (invented)"},
    ),
    (
        "did:web:vtu.example",
        "1025499900905",
        "organisation",
        {
            "ru": "Верхнеобский технический университет (вымышленный)",
            "en": "Verkhneobsk Technical University (invented)",
        },
    ),
)
_MENTORS = (
    ("M01", "Белозёров", "Глеб", "Андреевич", "enterprise", "ЗАВОД", "наладчик станков с ЧПУ", True),
    ("M02", "Юсупова", "Алсу", "Ринатовна", "enterprise", "БОЛЬНИЦА", "старшая медсестра", True),
    ("M03", "Томская", "Сардаана", "Петровна", "university", "ВТУ", "доцент кафедры физики", True),
    ("M04", "Ильин", "Фёдор", "Львович", "college", "КОЛЛЕДЖ", "мастер производственного обучения", True),
    ("M05", "Рощина", "Вера", "Олеговна", "enterprise", "СТУДИЯ", "архитектор", True),
    ("M06", "Кочергин", "Пётр", "Семёнович", "alumnus", "ФОНД", "координатор волонтёров", True),
    ("M07", "Ахметшин", "Тимур", "Маратович", "parent", "ЗАВОД", "инженер-конструктор", True),
    ("M08", "Соловьёва", "Нина", "Юрьевна", "teacher", "ШКОЛА2", "учитель информатики", False),
)
_PROGRAMMES = (
    (
        "CNC",
        "professional_trial",
        "Профессиональная проба «Оператор станков с ЧПУ»",
        16,
        "ЗАВОД",
        True,
        ("H-ALG", "S-PUNCT"),
    ),
    (
        "NURSE",
        "professional_trial",
        "Профессиональная проба «Младшая медицинская сестра»",
        12,
        "БОЛЬНИЦА",
        True,
        ("S-COMM", "S-ORG"),
    ),
    ("NET", "professional_trial", "Профессиональная проба «Монтажник сетей»", 16, "КОЛЛЕДЖ", True, ("H-ALG", "S-TEAM")),
    ("PHYS", "research_project", "Исследовательский проект «Маятник и шум»", 34, "ВТУ", False, ("S-CRIT", "S-TALK")),
    (
        "YARD",
        "practice_project",
        "Практический проект «Двор, в котором живут»",
        40,
        "СТУДИЯ",
        False,
        ("S-TEAM", "S-LEAD"),
    ),
    ("CAD", "skills_contest", "Конкурс «Инженерная графика»", 8, "ВТУ", True, ("S-CRIT", "H-PPT")),
    ("FIRM", "student_firm", "Ученическая фирма «Чайка»", 60, "ФОНД", False, ("S-INIT", "S-LEAD")),
    ("LAB", "internship", "Стажировка в лаборатории, 72 часа", 72, "БОЛЬНИЦА", True, ("S-ORG", "H-ALG")),
    ("CAMP", "volunteer_shift", "Волонтёрская смена «Тёплый двор»", 36, "ФОНД", False, ("S-COMM", "S-LEAD")),
    ("DATA", "online_course", "Онлайн-курс «Данные вокруг нас»", 24, "ВТУ", False, ("S-LEARN", "H-XLS")),
    ("FARM", "professional_trial", "Профессиональная проба «Агроном»", 12, "ФЕРМА", True, ("S-LEARN", "S-ORG")),
)
_LEADERS = {
    "CNC": ("M01", "M07"),
    "NURSE": ("M02",),
    "NET": ("M04",),
    "PHYS": ("M03",),
    "YARD": ("M05",),
    "CAD": ("M03", "M07"),
    "FIRM": ("M06",),
    "LAB": ("M02",),
    "CAMP": ("M06",),
    "DATA": ("M03", "M08"),
    "FARM": ("M06",),
}
_DONE = {
    "CNC": "Деталь изготовлена по чертежу, размеры проверены, сдана с первого раза.",
    "NURSE": "Помощь на посту, журнал температур, спокойный разговор с маленьким пациентом.",
    "NET": "Кабель обжат, стойка собрана, найден обрыв, который нарочно сделал наставник.",
    "PHYS": "1 200 измерений, модель маятника с шумом и защита перед кафедрой.",
    "YARD": "Пожелания соседей собраны, макет двора сделан и показан заказчику.",
    "CAD": "Сборочный чертёж построен за отведённое время, второе место по школе.",
    "FIRM": "Заказы фирмы за весь период; поставщик дважды заменён вовремя.",
    "LAB": "Растворы по методике, лабораторный журнал без исправлений, план выполнен.",
    "CAMP": "Станция для младших классов и команда на субботник.",
    "DATA": "Курс пройден, на данных школьной метеостанции проверены три гипотезы.",
    "FARM": "Пробы почвы на трёх полях и сравнение всхожести.",
}
# The first is the pupil whose sign-in is printed; the names carry letters of many languages of the country.
_PUPILS = (
    ("Ёлкина", "Майя", "Сергеевна", "11-А"),
    ("Гарипов", "Әмир", "Илдарович", "11-А"),
    ("Ҡунаҡбаев", "Салават", "Юлаевич", "11-А"),
    ("Ҫырлан", "Нарспи", "Ивановна", "11-А"),
    ("Өлөксүөйэп", "Айыына", "Степановна", "11-А"),
    ("Петров-Водкин", "Артём", "Кузьмич", "11-А"),
    ("Жукова", "Дарья", "Павловна", "11-А"),
    ("Арутюнян", "Ашот", "Арамович", "11-А"),
    ("Цой", "Марина", "", "10-Б"),
    ("Бердников", "Лев", "Олегович", "10-Б"),
    ("Щукина", "Ульяна", "Романовна", "10-Б"),
    ("Хасанов", "Руслан", "Тагирович", "10-Б"),
    ("Эрдниева", "Альма", "Баатровна", "10-Б"),
    ("Юдин", "Семён", "Ильич", "10-Б"),
    ("Яковлева", "Полина", "Юрьевна", "10-Б"),
    ("Фомин", "Мирон", "Денисович", "10-Б"),
    ("Ушакова", "Кира", "Глебовна", "9-В"),
    ("Токарев", "Даниил", "Фёдорович", "9-В"),
    ("Орлова", "Аделина", "Маратовна", "9-В"),
    ("Наумов", "Егор", "Викторович", "9-В"),
    ("Лихачёва", "Стефания", "Андреевна", "9-В"),
    ("Костин", "Платон", "Русланович", "9-В"),
    ("Зотова", "Есения", "Артёмовна", "9-В"),
    ("Воронцов-Дашков", "Константин-Александр", "Святославович", "9-В"),
)


@dataclass(frozen=True)
class Deed:
    """One completed practice: what a row of the office's table says."""

    pupil: str
    programme: str
    mentor: str
    start: date
    end: date
    hours: int
    levels: tuple[tuple[str, int], ...]
    narrative: str


def partners(today: date) -> Sequence[PartnerRecord]:
    """Partners, their agreements dated around today."""
    found = []
    for number, (code, name, kind, status) in enumerate(_PARTNERS, start=1):
        dated = status in ("signed", "expired")
        start = date(today.year - 3, 9, 1)
        end = date(today.year - 2, 8, 31) if status == "expired" else date(today.year + 3, 8, 31)
        found.append(
            PartnerRecord(
                code=code,
                name=name,
                kind=kind,
                status=status,
                number=f"{number}/{start.year}" if dated else "",
                valid_from=start if dated else None,
                valid_until=end if dated else None,
                ogrn=f"10254999{number:05d}",
            )
        )
    return found


def mentors(today: date) -> Sequence[MentorRecord]:
    """Mentors; one whose accreditation is over."""
    current, over = date(today.year + 2, 8, 31), date(today.year - 2, 8, 31)
    return [
        MentorRecord(code, last, first, patronymic, origin, partner, position, current if accredited else over)
        for code, last, first, patronymic, origin, partner, position, accredited in _MENTORS
    ]


def programmes() -> Sequence[ProgrammeRecord]:
    """What the school offers."""
    return [ProgrammeRecord(*row) for row in _PROGRAMMES]


def pupils(today: date) -> Sequence[PupilRecord]:
    """Three classes."""
    chance = random.Random(1)  # noqa: S311 - invented birthdays, the same ones every time
    found = []
    for number, (last, first, patronymic, class_name) in enumerate(_PUPILS):
        grade = int(class_name.split("-")[0])
        born = date(today.year - 7 - grade, 1, 1) + timedelta(days=chance.randrange(330))
        found.append(PupilRecord(f"О-{1001 + number}", last, first, patronymic, class_name, born, ""))
    return found


def deeds(today: date) -> Sequence[Deed]:
    """Who did what in the last thirteen months, in order of time. Some of it cannot be signed, as in real life."""
    chance = random.Random(2)  # noqa: S311 - the same believable year every time
    found = []
    for number, pupil in enumerate(pupils(today)):
        count = 9 if number == 0 else chance.randrange(1, 7)
        found += [_deed(chance, pupil.code, code, today) for code in chance.sample(sorted(_LEADERS), count)]
    return sorted(found, key=lambda deed: (deed.end, deed.pupil, deed.programme))


def _deed(chance: random.Random, pupil: str, code: str, today: date) -> Deed:
    programme = next(row for row in _PROGRAMMES if row[0] == code)
    end = today - timedelta(days=chance.randrange(3, 390))
    start = end - timedelta(days=max(1, programme[3] // 8))
    levels = tuple((skill, min(4, max(1, round(chance.gauss(2.9, 0.8))))) for skill in programme[6])
    mentor = chance.choice(_LEADERS[code])
    return Deed(pupil, code, mentor, start, end, programme[3], levels, _DONE[code])
