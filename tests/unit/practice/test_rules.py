"""Formats, rubric, skills, custody, hours: the school's rules."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.practice.custody import age_on, who_consents
from portfolio.practice.formats import DEMANDS, FORMATS
from portfolio.practice.hours import totals
from portfolio.practice.rubric import LEVELS, level_name
from portfolio.practice.skills import SKILLS, SkillEvidence, roll_up

# --- formats


def test_sixteen_formats_and_three_of_them_give_hours_only() -> None:
    assert len(FORMATS) == 16
    assert {kind for kind, known in FORMATS.items() if not known.certifies} == {
        "masterclass",
        "choice_training",
        "community_event",
    }


def test_every_format_can_be_told_in_both_languages() -> None:
    for known in FORMATS.values():
        assert set(known.demands) <= set(DEMANDS)
        assert known.demands
        for language in ("ru", "en"):
            assert known.name(language)
            assert "16" in known.describe(language, 16)
            assert bool(known.criteria(language)) is known.certifies


def test_hours_for_others_are_counted_apart() -> None:
    assert {kind for kind, known in FORMATS.items() if known.hours_as == "raw_score"} == {
        "volunteer_shift",
        "social_practice",
    }
    found = totals([("professional_trial", 16), ("volunteer_shift", 36), ("volunteer_shift", 4), ("internship", None)])
    assert (found.study, found.service, found.total) == (16, 40, 56)
    assert found.by_kind == {"professional_trial": 16, "volunteer_shift": 40}


def test_hours_of_an_unknown_format_are_an_error() -> None:
    with pytest.raises(KeyError):
        totals([("party", 3)])


# --- rubric


def test_four_levels() -> None:
    assert list(LEVELS) == [1, 2, 3, 4]
    assert level_name(3, "ru") == "самостоятельно"
    assert level_name(4, "en") == "teaches others"
    with pytest.raises(KeyError):
        level_name(5, "ru")


def test_the_thirteen_skills() -> None:
    assert len(SKILLS) == 13
    assert SKILLS["H-ALG"].kind == "hard"
    assert SKILLS["S-TEAM"].kind == "soft"
    assert SKILLS["S-TEAM"].title("ru") == "работа в команде"
    assert SKILLS["S-TEAM"].title("en") == "teamwork"


# --- roll-up


def evidence(skill: str, level: int, assessor: str, day: int, credential: str) -> SkillEvidence:
    return SkillEvidence(skill, level, assessor, date(2026, 3, day), credential)


def test_roll_up_shows_its_working() -> None:
    team, early, other = (
        evidence("S-TEAM", 3, "a", 10, "c1"),
        evidence("S-TEAM", 1, "a", 2, "c2"),
        evidence("S-TEAM", 3, "b", 5, "c3"),
    )
    found = roll_up([early, other, team, team, evidence("H-ALG", 2, "a", 10, "c1")])
    assert [one.skill for one in found] == ["S-TEAM", "H-ALG"]
    first = found[0]
    assert (first.level, first.confirmations, first.lowest, first.assessors) == (3, 2, 1, 2)
    assert first.newest == date(2026, 3, 10)
    assert first.evidence == (team, other, early)


@given(
    st.lists(
        st.builds(
            evidence,
            st.sampled_from(["H-ALG", "S-TEAM", "S-LEAD"]),
            st.integers(1, 4),
            st.sampled_from("abc"),
            st.integers(1, 28),
            st.sampled_from(["c1", "c2", "c3"]),
        )
    ),
    st.randoms(use_true_random=False),
)
def test_roll_up_does_not_depend_on_order(results: list[SkillEvidence], random: object) -> None:
    shuffled = list(results)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = roll_up(results)
    assert roll_up(shuffled) == found
    assert {one.skill for one in found} == {one.skill for one in results}
    assert sum(len(one.evidence) for one in found) == len(set(results))


# --- custody


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 3, 17), date(2026, 3, 16), 13),
        (date(2012, 3, 17), date(2026, 3, 17), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2026, 3, 17), date(2026, 3, 17), 0),
    ],
)
def test_age(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


@given(st.dates(date(1990, 1, 1), date(2020, 1, 1)), st.integers(0, 20_000))
def test_age_grows_by_one_on_one_day_a_year(born: date, days: int) -> None:
    day = born + timedelta(days=days)
    assert age_on(born, day + timedelta(days=1)) - age_on(born, day) in (0, 1)


def test_nobody_is_asked_before_birth() -> None:
    with pytest.raises(ValueError):
        age_on(date(2012, 3, 17), date(2012, 3, 16))


def test_who_consents() -> None:
    assert who_consents(13) == ("guardian",)
    assert who_consents(14) == who_consents(17) == ("guardian", "pupil")
    assert who_consents(18) == ("pupil",)
