"""Four pieces of practice and an endorsement, as a school with an invented name would issue them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from portfolio.vc.open_badges import (
    Achievement,
    Assessor,
    Evidence,
    Organisation,
    Practice,
    Skill,
    SkillResult,
    endorsement_credential,
    open_badge_credential,
)
from portfolio.vc.status_list import status_list_entry

BASE = "https://chayka.example"
FRAMEWORK = "Школа «Чайка»: матрица навыков 2026"
LEVELS = ("с помощью", "по образцу", "самостоятельно", "учит других")
SCHOOL = Organisation("did:web:chayka.example", "Школа «Чайка»", url=BASE)
PLANT = Organisation(f"{BASE}/o/1025400000000", "Завод «Полёт»", ogrn="1025400000000")
SIGNED_AT = datetime(2026, 3, 18, 9, tzinfo=UTC)


def skill(code: str, name: str) -> Skill:
    return Skill(code, name, f"{BASE}/skills/{code}", FRAMEWORK)


ALGORITHM = skill("H-ALG", "следование алгоритму")
PUNCTUALITY = skill("S-PUNCT", "пунктуальность")

TRIAL = Achievement(
    id=f"{BASE}/a/cnc/v2",
    name="Профессиональная проба «Оператор станков с ЧПУ»",
    description="Очная проба 16 часов в цехе предприятия.",
    achievement_type="ext:ProfessionalTrial",
    version="2",
    criteria="Изготовить деталь по чертежу; защитить результат перед наставником.",
    creator=PLANT,
    skills=(ALGORITHM, PUNCTUALITY),
    levels=LEVELS,
    field_of_study="Машиностроение",
    tags=("проба", "очно"),
)
TRIAL_PRACTICE = Practice(
    start=datetime(2026, 3, 15, 17, tzinfo=UTC),
    end=datetime(2026, 3, 17, 16, 59, 59, tzinfo=UTC),
    assessor=Assessor("urn:uuid:7a1c7f0e-5d5c-4c8b-9d0e-3c6f5a1b2c01", "Мастеров И. И., наладчик", PLANT),
    results=(SkillResult("H-ALG", 3), SkillResult("S-PUNCT", 2)),
    hours=16,
    role="Стажёр участка ЧПУ",
    narrative="Выточил втулку,\nзамерил, объяснил допуски.",
    term="2025/26",
)
PHOTO = Evidence(f"{BASE}/e/7f3a", "Фото детали и карта контроля", "photo", "по согласию", "5f1d" * 16)

SHIFT = Achievement(
    id=f"{BASE}/a/kanik/v1",
    name="Смена «PROF-каникулы»",
    description="Летняя профильная смена волонтёров.",
    achievement_type="CommunityService",
    version="1",
    criteria="Отработать смену, провести станцию для младших.",
    creator=SCHOOL,
    curricular=False,
)
INTERNSHIP = Achievement(
    id=f"{BASE}/a/lab/v1",
    name="Стажировка, 72 часа",
    description="Лабораторная стажировка.",
    achievement_type="ext:Internship",
    version="1",
    criteria="72 часа, план выполнен, отзыв руководителя.",
    creator=PLANT,
    skills=(ALGORITHM,),
    levels=LEVELS,
)


def practice(**changes: Any) -> Practice:
    fields: dict[str, Any] = {
        name: getattr(TRIAL_PRACTICE, name) for name in ("start", "end", "assessor", "results", "hours")
    }
    return Practice(**{**fields, **changes})


def credential(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The professional trial's credential, or another with some arguments changed."""
    arguments: dict[str, Any] = {
        "id": f"urn:uuid:0b8e0000-0000-4000-8000-{number:012d}",
        "issuer": SCHOOL,
        "subject_id": f"urn:uuid:0b8e0000-0000-4000-9000-{number:012d}",
        "subject_name": "Ветрова Алёна",
        "achievement": TRIAL,
        "practice": TRIAL_PRACTICE,
        "valid_from": SIGNED_AT,
        "status_entry": status_list_entry(f"{BASE}/status/1", 94_567 + number),
    }
    return open_badge_credential(**{**arguments, **changes})


def credentials() -> dict[str, dict[str, Any]]:
    """One credential for each way in which hours and results are written."""
    return {
        "trial": credential(1, evidence=[PHOTO]),
        "shift": credential(2, achievement=SHIFT, practice=practice(results=(), hours=36, role="Ведущий станции")),
        "project": credential(3, practice=practice(hours=None, results=(SkillResult("S-PUNCT", 4),))),
        "internship": credential(
            4, achievement=INTERNSHIP, practice=practice(results=(), hours=72, status="Completed")
        ),
        "half hours": credential(5, practice=practice(hours=Decimal("1.50"))),
        "until": credential(
            6, valid_until=datetime(2031, 3, 18, tzinfo=UTC), practice=practice(hours=None, results=())
        ),
    }


def endorsement() -> dict[str, Any]:
    return endorsement_credential(
        id="urn:uuid:0b8e0000-0000-4000-a000-000000000001",
        issuer=Organisation("did:web:chayka.example:o:1025400000000", "Завод «Полёт»", ogrn="1025400000000"),
        endorsed_id="urn:uuid:0b8e0000-0000-4000-8000-000000000001",
        comment="Подтверждаем уровень 3 по H-ALG.",
        name="Подтверждение предприятия",
        valid_from=SIGNED_AT,
    )
