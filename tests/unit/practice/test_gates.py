"""Every gate closes for its own reason, all reasons are named, and in the order that the contracts give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portfolio.practice.formats import FORMATS
from portfolio.practice.gates import (
    CODES,
    AgreementFacts,
    MentorFacts,
    PracticeFacts,
    ProgrammeFacts,
    PupilFacts,
    unmet,
)

SIGNED = AgreementFacts("signed", date(2025, 9, 1), date(2028, 8, 31))
PROGRAMME = ProgrammeFacts("professional_trial", frozenset({"H-ALG", "S-PUNCT"}), (SIGNED,))
GOOD = PracticeFacts(
    completed=True,
    pupil=PupilFacts(processing_consent=True),
    programme=PROGRAMME,
    mentor=MentorFacts(date(2026, 8, 31)),
    start=date(2026, 3, 16),
    end=date(2026, 3, 17),
    hours=16,
    levels={"H-ALG": 3},
)


def test_nothing_is_unmet_when_everything_holds() -> None:
    assert unmet(GOOD) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"completed": False}, "not_completed"),
        ({"pupil": None}, "unknown_pupil"),
        ({"programme": None}, "unknown_programme"),
        ({"mentor": None}, "unknown_mentor"),
        ({"pupil": PupilFacts(processing_consent=False)}, "no_processing_consent"),
        ({"end": date(2026, 3, 15)}, "end_before_start"),
        ({"start": None}, "bad_date"),
        ({"end": None}, "bad_date"),
        ({"hours": None}, "bad_hours"),
        ({"hours": 0}, "bad_hours"),
        ({"hours": 2001}, "bad_hours"),
        ({"levels": {}}, "no_rubric_result"),
        ({"levels": {"H-ALG": 0}}, "level_out_of_range"),
        ({"levels": {"H-ALG": 5}}, "level_out_of_range"),
        ({"levels": {"H-ALG": 3, "S-LEAD": 1}}, "skill_not_in_programme"),
        ({"mentor": MentorFacts(date(2026, 3, 16))}, "mentor_not_accredited"),
        ({"issued_differs": True}, "already_issued_differs"),
        ({"today": date(2026, 3, 16)}, "not_finished"),
        ({"programme": replace(PROGRAMME, agreements=())}, "agreement_not_in_force"),
    ],
)
def test_each_condition_alone(changes: dict[str, object], code: str) -> None:
    assert unmet(replace(GOOD, **changes)) == (code,)  # type: ignore[arg-type]


def test_all_conditions_are_named_in_order() -> None:
    facts = replace(
        GOOD,
        completed=False,
        mentor=MentorFacts(date(2025, 8, 31)),
        levels={"H-ALG": 7},
        programme=replace(PROGRAMME, agreements=()),
        issued_differs=True,
    )
    assert unmet(facts) == (
        "not_completed",
        "level_out_of_range",
        "agreement_not_in_force",
        "mentor_not_accredited",
        "already_issued_differs",
    )


def test_the_order_of_the_contracts_is_kept() -> None:
    contract = (
        "not_completed",
        "unknown_pupil",
        "unknown_programme",
        "unknown_mentor",
        "end_before_start",
        "level_out_of_range",
        "skill_not_in_programme",
        "agreement_not_in_force",
        "mentor_not_accredited",
        "already_issued_differs",
    )
    assert tuple(code for code in CODES if code in contract) == contract
    assert CODES[-1] == "already_issued_differs"


@pytest.mark.parametrize(
    ("agreement", "holds"),
    [
        (SIGNED, True),
        (AgreementFacts("expired", date(2025, 9, 1), date(2026, 3, 17)), True),
        (AgreementFacts("expired", date(2025, 9, 1), date(2026, 3, 16)), False),
        (AgreementFacts("signed", date(2026, 3, 17), date(2028, 8, 31)), False),
        (AgreementFacts("agreed", date(2025, 9, 1), date(2028, 8, 31)), False),
        (AgreementFacts("negotiating", date(2025, 9, 1), date(2028, 8, 31)), False),
        (AgreementFacts("signed", None, date(2028, 8, 31)), False),
        (AgreementFacts("signed", date(2025, 9, 1), None), False),
    ],
)
def test_an_agreement_must_cover_both_days(agreement: AgreementFacts, holds: bool) -> None:
    facts = replace(GOOD, programme=replace(PROGRAMME, agreements=(agreement,)))
    assert (unmet(facts) == ()) is holds


def test_two_agreements_are_not_added_together() -> None:
    halves = (
        AgreementFacts("signed", date(2025, 9, 1), date(2026, 3, 16)),
        AgreementFacts("signed", date(2026, 3, 17), date(2026, 8, 31)),
    )
    assert unmet(replace(GOOD, programme=replace(PROGRAMME, agreements=halves))) == ("agreement_not_in_force",)


def test_accreditation_counts_its_last_day() -> None:
    assert unmet(replace(GOOD, mentor=MentorFacts(date(2026, 3, 17)))) == ()


def test_an_unreadable_answer_is_not_also_called_not_completed() -> None:
    facts = replace(GOOD, completed=False, malformed=frozenset({"bad_completed", "bad_levels"}), levels={})
    assert unmet(facts) == ("bad_completed", "bad_levels")


@pytest.mark.parametrize("kind", sorted(FORMATS))
def test_formats_without_a_credential_never_pass(kind: str) -> None:
    codes = unmet(replace(GOOD, programme=replace(PROGRAMME, kind=kind)))
    assert codes == (
        () if kind not in ("masterclass", "choice_training", "community_event") else ("format_not_certified",)
    )
