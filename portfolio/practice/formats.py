"""Formats of practice: what each one is, what it demands, and whether a credential may come of it.

A format is the kind of a programme («профессиональная проба», «стажировка» …). Titles, descriptions and criteria that
stand inside signed documents are held here in both languages, because a document's language is not the page's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from portfolio.errors import N_

HoursAs = Literal["credits", "raw_score"]

# What a format may demand of a practice beside the gates that hold for all of them.
DEMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "in_person": N_("Takes place in person"),
        "mentor_present": N_("A mentor is present"),
        "safety_briefing": N_("Safety briefing with its date"),
        "task_sheet": N_("Completed task sheet"),
        "two_skills": N_("At least two skills assessed by the rubric"),
        "product": N_("A product that can be shown"),
        "team_role": N_("The pupil's role in the team"),
        "deliverable": N_("Link to the result, or its hash"),
        "report": N_("Written report"),
        "defence": N_("Record of the defence"),
        "contest_record": N_("Record of the contest"),
        "trip_permission": N_("The family's permission for the trip"),
        "role_and_period": N_("Role and period of work"),
        "final_assessment": N_("Final assessment of the programme"),
        "reflection": N_("The pupil's own reflection"),
        "age_14": N_("Age 14 or older"),
        "guardian_consent": N_("Consent of a parent or guardian"),
        "supervisor_review": N_("Review by the supervisor"),
        "verified_hours": N_("Verified hours"),
        "attendance_80": N_("Attendance of at least 80 %"),
        "certificate": N_("Certificate of the course"),
    }
)


@dataclass(frozen=True)
class Format:
    """One format of practice.

    title: English message id. achievement_type: Open Badges 3.0 ``achievementType``, with ``ext:`` where its vocabulary has
    no word. certifies: whether a credential may come of it at all. hours_as: ``credits`` (``creditsEarned``, hours of
    study) or ``raw_score`` (a result of its own, hours that are counted separately). demands: names out of DEMANDS.
    in_person_only: cannot be held remotely. minimum_age: whole years, 0 for none.
    """

    kind: str
    title: str
    title_ru: str
    achievement_type: str | None
    criteria_en: str = ""
    criteria_ru: str = ""
    hours_as: HoursAs = "credits"
    demands: tuple[str, ...] = ()
    in_person_only: bool = False
    minimum_age: int = 0

    @property
    def certifies(self) -> bool:
        """Whether a credential may come of it; without an achievement type there are hours only."""
        return self.achievement_type is not None

    def name(self, language: str) -> str:
        """The format's name in a document's language (``ru`` or ``en``)."""
        return self.title_ru if language == "ru" else self.title

    def describe(self, language: str, hours: int) -> str:
        """One line about a programme of this format and of so many hours, in a document's language."""
        return f"{self.title_ru}, {hours} ч" if language == "ru" else f"{self.title}, {hours} h"

    def criteria(self, language: str) -> str:
        """What had to be done, in a document's language (Open Badges 3.0 ``Criteria.narrative``)."""
        return self.criteria_ru if language == "ru" else self.criteria_en


_ALL: Final = (
    Format(
        "professional_trial",
        N_("Professional trial"),
        "Профессиональная проба",
        "ext:ProfessionalTrial",
        "Carry out the task at a workplace in person under a mentor's eye and have at least two skills assessed by the rubric.",
        "Очно выполнить задание на рабочем месте под наблюдением наставника; не менее двух навыков оценены по рубрике.",
        demands=("in_person", "mentor_present", "safety_briefing", "task_sheet", "two_skills", "product"),
        in_person_only=True,
    ),
    Format(
        "practice_project",
        N_("Practice project"),
        "Практический проект",
        "ext:PracticeProject",
        "Take a role in a team that solves a customer's problem and hand over the result.",
        "Выполнить свою роль в команде, которая решает задачу заказчика, и сдать результат.",
        demands=("team_role", "deliverable"),
    ),
    Format(
        "research_project",
        N_("Research project"),
        "Исследовательский проект",
        "ext:ResearchProject",
        "Pose a question, collect data, draw a conclusion and defend it in public.",
        "Поставить вопрос, собрать данные, сделать вывод и публично его защитить.",
        demands=("report", "defence"),
    ),
    Format(
        "skills_contest",
        N_("Skills contest"),
        "Конкурс профессионального мастерства",
        "Achievement",
        "Take part in a contest of professional skill before a jury; the result stands in the contest's record.",
        "Выступить на конкурсе профессионального мастерства перед жюри; результат внесён в протокол.",
        demands=("contest_record",),
    ),
    Format(
        "excursion",
        N_("Interactive excursion"),
        "Интерактивная экскурсия",
        "Fieldwork",
        "Complete the whole task sheet of the excursion; attendance alone is not enough.",
        "Полностью выполнить лист заданий экскурсии; одного присутствия недостаточно.",
        demands=("task_sheet", "trip_permission"),
    ),
    Format(
        "expedition",
        N_("Professional expedition"),
        "Профессиональная экспедиция",
        "ext:Expedition",
        "Complete the whole task sheet of the expedition; attendance alone is not enough.",
        "Полностью выполнить лист заданий экспедиции; одного присутствия недостаточно.",
        demands=("task_sheet", "trip_permission"),
    ),
    Format(
        "student_firm",
        N_("Student firm"),
        "Ученическая фирма",
        "ext:StudentFirm",
        "Hold a role in a student firm for a whole period and account for its results.",
        "Проработать в ученической фирме в своей роли весь период и отчитаться о результатах.",
        demands=("role_and_period", "product"),
    ),
    Format(
        "pre_professional",
        N_("Pre-professional programme"),
        "Предпрофессиональная программа",
        "CertificateOfCompletion",
        "Complete all modules of the programme and pass its final assessment.",
        "Освоить все модули программы и пройти итоговую аттестацию.",
        demands=("final_assessment",),
    ),
    Format(
        "social_practice",
        N_("Social practice"),
        "Социальная практика",
        "ext:SocialPractice",
        "Work the agreed hours for the good of others and reflect on the experience.",
        "Отработать согласованные часы на пользу другим и осмыслить свой опыт.",
        hours_as="raw_score",
        demands=("verified_hours", "reflection"),
    ),
    Format(
        "internship",
        N_("Internship"),
        "Стажировка",
        "ext:Internship",
        "Work the agreed hours, fulfil the plan and receive the supervisor's review.",
        "Отработать согласованные часы, выполнить план и получить отзыв руководителя.",
        demands=("age_14", "guardian_consent", "verified_hours", "supervisor_review"),
        minimum_age=14,
    ),
    Format(
        "volunteer_shift",
        N_("Volunteer shift"),
        "Волонтёрская смена",
        "CommunityService",
        "Work the whole shift in the role agreed upon; the hours are verified.",
        "Отработать всю смену в согласованной роли; часы подтверждены.",
        hours_as="raw_score",
        demands=("role_and_period", "verified_hours"),
    ),
    Format(
        "immersion",
        N_("Immersion"),
        "Погружение",
        "CoCurricular",
        "Attend at least 80 % of the time and finish a product.",
        "Посетить не менее 80 % занятий и довести до конца свой продукт.",
        demands=("attendance_80", "product"),
    ),
    Format("masterclass", N_("Master class"), "Мастер-класс", None, demands=("verified_hours",)),
    Format(
        "online_course",
        N_("Online course"),
        "Онлайн-курс",
        "Course",
        "Complete the course and pass its test.",
        "Пройти курс и сдать тест.",
        demands=("certificate",),
    ),
    Format("choice_training", N_("Choice training"), "Тренинг выбора", None, demands=("verified_hours",)),
    Format("community_event", N_("Meeting with families"), "Родительская встреча", None, demands=("verified_hours",)),
)

FORMATS: Final[Mapping[str, Format]] = MappingProxyType({entry.kind: entry for entry in _ALL})
