from __future__ import annotations

import copy
import json
import unicodedata
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.errors import DocumentError, MalformedValueError, RangeError
from portfolio.vc.canonicalization import canonicalize_rdfc, indistinguishable_nodes
from portfolio.vc.contexts import CONTEXT_VC1, check_contexts
from portfolio.vc.credential import check_credential
from portfolio.vc.open_badges import (
    Assessor,
    Badge,
    Evidence,
    Organisation,
    SkillResult,
    derived_id,
    endorsement_credential,
    read_badge,
)
from portfolio.vc.schema import check_schema
from tests.unit.vc import samples

PAGE = Path(__file__).parents[3] / "docs/formats/credential.md"


def blocks(language: str) -> list[str]:
    """The fenced blocks of the format page."""
    text = PAGE.read_text(encoding="utf-8")
    return [part.partition("```")[0] for part in text.split(f"```{language}\n")[1:]]


class TestShape:
    def test_the_page_shows_the_credential_that_is_built(self) -> None:
        assert json.loads(blocks("json")[0]) == samples.credential(1, evidence=[samples.PHOTO])

    def test_the_page_shows_the_volunteers_hours(self) -> None:
        subject = samples.credentials()["shift"]["credentialSubject"]
        shown = json.loads(blocks("json")[1])
        assert shown == {"result": subject["result"], "resultDescription": subject["achievement"]["resultDescription"]}

    def test_the_page_shows_the_endorsement(self) -> None:
        assert json.loads(blocks("json")[2]) == samples.endorsement()

    def test_the_page_explains_every_member(self) -> None:
        def members(value: object) -> set[str]:
            if isinstance(value, dict):
                return set(value) | {name for item in value.values() for name in members(item)}
            return {name for item in value for name in members(item)} if isinstance(value, list) else set()

        text = PAGE.read_text(encoding="utf-8")
        built = [*samples.credentials().values(), samples.endorsement()]
        assert {name for name in members(built) if f"`{name}`" not in text} == set()

    @pytest.mark.parametrize("name", samples.credentials())
    def test_conforms_and_loses_nothing(self, name: str) -> None:
        credential = samples.credentials()[name]
        check_contexts(credential)
        assert check_credential(credential) == []
        assert check_schema(credential) == []
        assert not indistinguishable_nodes(credential)
        assert canonicalize_rdfc(credential)

    def test_is_plain_json(self) -> None:
        def check(value: object) -> None:
            assert type(value) in (dict, list, str, int, bool), value
            for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
                check(item)

        for credential in samples.credentials().values():
            check(credential)
            assert json.loads(json.dumps(credential)) == credential

    def test_hours_of_learning_are_credits_and_other_hours_are_a_result(self) -> None:
        built = samples.credentials()
        assert built["trial"]["credentialSubject"]["creditsEarned"] == 16
        for name, value in (("shift", "36"), ("half hours", "1.5")):
            subject = built[name]["credentialSubject"]
            assert "creditsEarned" not in subject
            described = subject["achievement"]["resultDescription"][-1]
            assert described["name"] == "Подтверждённые часы"
            assert subject["result"][-1] == {
                "type": ["Result"],
                "resultDescription": described["id"],
                "value": value,
            }

    @pytest.mark.parametrize(
        ("hours", "written"),
        [(Decimal("36.0"), 36), (Decimal("1E+2"), 100), (Decimal("0.25"), "0.25"), (Decimal("1E-2"), "0.01")],
    )
    def test_hours_have_no_exponent_and_no_needless_digits(self, hours: Decimal, written: object) -> None:
        subject = samples.credential(practice=samples.practice(hours=hours))["credentialSubject"]
        assert (subject.get("creditsEarned") or subject["result"][-1]["value"]) == written

    def test_parts_of_an_achievement_have_the_same_names_in_every_credential(self) -> None:
        first, second = samples.credential(1), samples.credential(2, subject_name="Другой Ученик")
        assert first["credentialSubject"]["achievement"] == second["credentialSubject"]["achievement"]
        assert (
            derived_id("https://chayka.example/a/cnc/v2", "skill", "H-ALG")
            == "urn:uuid:d0ea0df6-7ad7-5384-9087-6f3184a0a61b"
        )
        other = samples.credential(achievement=replace(samples.TRIAL, id=f"{samples.BASE}/a/cnc/v3"))
        ids = {item["id"] for item in first["credentialSubject"]["achievement"]["resultDescription"]}
        assert ids.isdisjoint(item["id"] for item in other["credentialSubject"]["achievement"]["resultDescription"])

    def test_no_two_credentials_share_a_part(self) -> None:
        first, second = samples.credential(), samples.credential()
        first["credentialSubject"]["achievement"]["resultDescription"][0]["name"] = "changed"
        first["credentialStatus"]["id"] = "changed"
        assert second == samples.credential()

    def test_the_document_speaks_the_achievements_language(self) -> None:
        english = replace(samples.SHIFT, language="en-GB")
        built = samples.credential(achievement=english, practice=samples.practice(results=(), hours=3))
        assert built["credentialSubject"]["achievement"]["resultDescription"][0]["name"] == "Confirmed hours"

    def test_text_is_composed_and_line_ends_are_line_feeds(self) -> None:
        decomposed = unicodedata.normalize("NFD", "Йолкин Пётр")
        built = samples.credential(subject_name=decomposed, practice=samples.practice(narrative="раз\r\nдва"))
        assert built["credentialSubject"]["identifier"][0]["identityHash"] == "Йолкин Пётр"
        assert built["credentialSubject"]["narrative"] == "раз\nдва"


class TestRefusals:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "  ",
            "а\x00",
            "а\x08б",
            "а\x7f",
            "а\x85б",
            "а\nб",
            "а\tб",
            "\u202eбва",
            "а\u200bб",
            "а\u200dб",
            "\ufeffа",
            "а\ud800",
            "а\u2028б",
        ],
        ids=lambda text: text.encode("unicode_escape").decode() or "empty",
    )
    def test_names_hold_only_what_can_be_seen(self, text: str) -> None:
        with pytest.raises(MalformedValueError) as raised:
            samples.credential(subject_name=text)
        assert raised.value.path == "$.credentialSubject.identifier"
        assert text.strip() == "" or text not in raised.value.detail, "a name never stands in an error"

    @pytest.mark.parametrize("text", ["а\x00", "а\x7f", "а\rб", "\u202eбва", "а\ud800", "\n"])
    def test_narratives_may_have_lines(self, text: str) -> None:
        with pytest.raises(MalformedValueError) as raised:
            samples.credential(practice=samples.practice(narrative=text))
        assert raised.value.path == "$.credentialSubject.narrative"

    @pytest.mark.parametrize("text", ["О’Коннор", "Ким\u00a0Ён", "Һәм ғылым", "Ӧ ҥ ҕ", "№ 1 — «ё»", "👩\U0001f3fd"])
    def test_names_of_this_country_pass(self, text: str) -> None:
        built = samples.credential(subject_name=text)
        assert built["credentialSubject"]["identifier"][0]["identityHash"] == unicodedata.normalize("NFC", text)

    @pytest.mark.parametrize(
        "url", ["", "a/cnc/v2", "//s.example/a", "https://s.example/а", "https://s.example/a b", "urn:a><b"]
    )
    def test_identifiers_are_absolute_and_ascii(self, url: str) -> None:
        trial = samples.TRIAL
        for changes, path in (
            ({"id": url}, "$.id"),
            ({"subject_id": url}, "$.credentialSubject.id"),
            ({"issuer": Organisation(url, "Школа")}, "$.issuer.id"),
            ({"issuer": Organisation("did:web:s.example", "Школа", url=url)}, "$.issuer.url"),
            ({"achievement": replace(trial, id=url)}, "$.credentialSubject.achievement.id"),
            (
                {"achievement": replace(trial, skills=(trial.skills[1], replace(trial.skills[0], url=url)))},
                "$.credentialSubject.achievement.resultDescription[1].alignment[0].targetUrl",
            ),
            ({"evidence": [Evidence(url, "Фото", "photo", "все", "0" * 64)]}, "$.evidence[0].id"),
            (
                {"practice": samples.practice(assessor=Assessor(url, "М.", samples.PLANT))},
                "$.credentialSubject.source.id",
            ),
        ):
            with pytest.raises(MalformedValueError) as raised:
                samples.credential(**changes)
            assert raised.value.path == path

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"results": (SkillResult("S-LEAD", 1),)}, MalformedValueError),
            ({"results": (SkillResult("H-ALG", 1), SkillResult("H-ALG", 2))}, MalformedValueError),
            ({"results": (SkillResult("H-ALG", 0),)}, RangeError),
            ({"results": (SkillResult("H-ALG", 5),)}, RangeError),
            ({"hours": 0}, RangeError),
            ({"hours": -1}, RangeError),
            ({"hours": 100_000}, RangeError),
            ({"hours": Decimal("NaN")}, RangeError),
            ({"hours": Decimal("sNaN")}, RangeError),
            ({"hours": Decimal("Infinity")}, RangeError),
            ({"status": "Done"}, MalformedValueError),
            ({"end": samples.TRIAL_PRACTICE.start - timedelta(seconds=1)}, RangeError),
        ],
    )
    def test_results_fit_the_achievement(self, changes: dict[str, Any], error: type[DocumentError]) -> None:
        with pytest.raises(error):
            samples.credential(practice=samples.practice(**changes))

    def test_other_things_that_would_not_hold(self) -> None:
        twice = replace(samples.TRIAL, skills=(samples.ALGORITHM, samples.ALGORITHM))
        for changes in (
            {"achievement": twice},
            {"evidence": [samples.PHOTO, samples.PHOTO]},
            {"evidence": [replace(samples.PHOTO, sha256="5F1D" * 16)]},
            {"issuer": replace(samples.SCHOOL, ogrn="12345")},
            {"valid_until": samples.SIGNED_AT - timedelta(seconds=1)},
        ):
            with pytest.raises(DocumentError):
                samples.credential(**changes)


class TestReading:
    def test_our_own_credential_comes_back_whole(self) -> None:
        badge = read_badge(
            samples.credential(1, evidence=[samples.PHOTO], valid_until=datetime(2031, 1, 1, tzinfo=UTC))
        )
        trial, practice = samples.TRIAL, samples.TRIAL_PRACTICE
        assert (badge.id, badge.name) == ("urn:uuid:0b8e0000-0000-4000-8000-000000000001", trial.name)
        assert (badge.issuer_id, badge.issuer_name, badge.issuer_url) == (
            "did:web:chayka.example",
            "Школа «Чайка»",
            samples.BASE,
        )
        assert badge.subject_name == "Ветрова Алёна"
        assert (badge.achievement_id, badge.achievement_name) == (trial.id, trial.name)
        assert (badge.achievement_type, badge.achievement_version) == (trial.achievement_type, "2")
        assert (badge.description, badge.criteria, badge.tags) == (trial.description, trial.criteria, trial.tags)
        assert (badge.language, badge.field_of_study, badge.creator_name) == ("ru", "Машиностроение", "Завод «Полёт»")
        assert (badge.start, badge.end) == (practice.start, practice.end)
        assert (badge.hours, badge.credits) == (16, None)
        assert (badge.role, badge.narrative, badge.term) == (practice.role, practice.narrative, "2025/26")
        assert (badge.assessor_name, badge.assessor_organisation) == ("Мастеров И. И., наладчик", "Завод «Полёт»")
        assert badge.assessor_ogrn == "1025400000000"
        assert (badge.valid_from, badge.valid_until) == (samples.SIGNED_AT, datetime(2031, 1, 1, tzinfo=UTC))
        assert [(item.id, item.genre, item.sha256) for item in badge.evidence] == [
            (f"{samples.BASE}/e/7f3a", "photo", "5f1d" * 16)
        ]
        assert badge.skills == badge.results
        first = badge.skills[0]
        assert (first.code, first.name, first.url) == ("H-ALG", "следование алгоритму", f"{samples.BASE}/skills/H-ALG")
        assert (first.level, first.level_name, first.levels) == (3, "самостоятельно", 4)
        assert first.framework == samples.FRAMEWORK

    def test_hours_come_back_however_they_are_written(self) -> None:
        hours = {name: read_badge(built).hours for name, built in samples.credentials().items()}
        assert hours == {
            "trial": 16,
            "shift": 36,
            "project": None,
            "internship": 72,
            "half hours": Decimal("1.5"),
            "until": None,
        }
        internship = read_badge(samples.credentials()["internship"])
        assert [result.status for result in internship.results] == ["Completed"]
        assert internship.skills == ()

    def test_somebody_elses_credits_are_not_hours(self) -> None:
        document = samples.credential()
        for described in document["credentialSubject"]["achievement"]["resultDescription"]:
            described["id"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
        badge = read_badge(document)
        assert (badge.hours, badge.credits) == (None, 16)

    def test_a_document_of_another_make(self) -> None:
        badge = read_badge(
            {
                "@context": [CONTEXT_VC1],
                "issuer": "https://issuer.example",
                "issuanceDate": "2021-05-01T10:00:00+03:00",
                "credentialSubject": [
                    {"id": "did:example:1"},
                    {
                        "name": {"@value": "Jane Doe", "@language": "en"},
                        "creditsEarned": 2.5,
                        "achievement": {
                            "name": {"en": "Teamwork"},
                            "tag": "people",
                            "criteria": {"id": "https://c.example"},
                        },
                        "result": {"value": "A", "alignment": {"targetName": "Team", "targetCode": "T1"}},
                        "evidence": "photo",
                    },
                ],
            }
        )
        assert badge.issuer_id == "https://issuer.example"
        assert badge.valid_from == datetime(2021, 5, 1, 7, tzinfo=UTC)
        assert (badge.name, badge.subject_name, badge.tags) == ("Teamwork", "Jane Doe", ("people",))
        assert badge.credits == Decimal("2.5")
        assert [(result.name, result.code, result.value) for result in badge.results] == [("Team", "T1", "A")]

    def test_a_hashed_name_is_not_a_name(self) -> None:
        document = samples.credential()
        entry = document["credentialSubject"]["identifier"][0]
        for hashed in (True, "true", "false", 1, 0, None, [False]):
            entry["hashed"] = hashed
            assert read_badge(document).subject_name is None
        del entry["hashed"]
        assert read_badge(document).subject_name is None

    def test_nothing_depends_on_positions(self) -> None:
        document = samples.credential(1, evidence=[samples.PHOTO])
        subject = document["credentialSubject"]
        texts = [
            {"@value": "not passed", "@language": "en"},
            {"@value": "Отлично", "@language": "ru"},
            {"@value": "Хорошо", "@language": "ru"},
            "plain",
        ]
        for order in (texts, texts[::-1]):
            subject["achievement"]["name"] = order
            assert read_badge(document).achievement_name == "Отлично"
            subject["achievement"]["inLanguage"] = "fr"
            assert read_badge(document).achievement_name == "plain"
            subject["achievement"]["inLanguage"] = "ru"
        names = [{**subject["identifier"][0], "identityHash": name} for name in ("Б", "А")]
        for order in (names, names[::-1]):
            subject["identifier"] = order
            assert read_badge(document).subject_name == "А"
        alignments = [{"targetCode": "B"}, {"targetCode": "A"}]
        for order in (alignments, alignments[::-1]):
            subject["achievement"]["resultDescription"][0]["alignment"] = order
            assert read_badge(document).results[0].code == "A"

    def test_several_in_the_place_of_one(self) -> None:
        document = samples.credential()
        subject = document["credentialSubject"]
        other = {"id": "urn:uuid:1", "name": "Другой"}
        for order in ([subject, other], [other, subject]):
            assert read_badge({**document, "credentialSubject": order}).subject_name == "Ветрова Алёна"
        rival = {**subject, "id": "urn:uuid:1"}
        badge = read_badge({**document, "credentialSubject": [subject, rival]})
        assert (badge.subject_name, badge.achievement_name, badge.results) == (None, None, ())
        assert read_badge({**document, "credentialSubject": [other, other]}).subject_name is None
        twice = {**subject, "achievement": [subject["achievement"], {"name": "Другое"}]}
        assert read_badge({**document, "credentialSubject": twice}).achievement_name is None

    def test_each_part_once(self) -> None:
        document = samples.credential(1, evidence=[samples.PHOTO])
        whole = read_badge(document)
        doubled = copy.deepcopy(document)
        subject = doubled["credentialSubject"]
        described = subject["achievement"]["resultDescription"]
        described[0]["rubricCriterionLevel"].append(described[0]["rubricCriterionLevel"][0])
        described.append(copy.deepcopy(described[0]))
        subject["result"][0]["id"] = "urn:uuid:1"
        subject["result"].append(copy.deepcopy(subject["result"][0]))
        doubled["evidence"] *= 3
        subject["achievement"]["tag"] *= 2
        badge = read_badge(doubled)
        assert (badge.results, badge.evidence, badge.tags) == (whole.results, whole.evidence, whole.tags)

    def test_a_value_is_the_same_alone_in_a_list_and_as_a_value_object(self) -> None:
        document = samples.credential(evidence=[samples.PHOTO])

        def written(value: Any, how: Callable[[Any], Any], inside: str = "") -> Any:
            if isinstance(value, dict):
                return {name: written(item, how, name) for name, item in value.items()}
            if isinstance(value, list):
                return [written(item, how, inside) for item in value]
            return value if inside in ("id", "type", "hashed", "@context", "validFrom") else how(value)

        for how in (lambda value: [value], lambda value: {"@value": value}, lambda value: [{"@value": value}]):
            assert read_badge(written(document, how)) == read_badge(document)

    def test_the_tag_of_a_language_has_no_case(self) -> None:
        document = samples.credential()
        achievement = document["credentialSubject"]["achievement"]
        for tag in ("ru", "RU", "Ru"):
            achievement["name"] = [{"@value": "А", "@language": "en"}, {"@value": "Б", "@language": tag}]
            assert read_badge(document).achievement_name == "Б"
            achievement["name"] = {"en": "А", tag: "Б"}
            assert read_badge(document).achievement_name == "Б"

    def test_what_is_said_in_two_ways_is_not_shown(self) -> None:
        document = samples.credential(1, evidence=[samples.PHOTO])
        subject = document["credentialSubject"]
        described = subject["achievement"]["resultDescription"]
        described.append({**described[0], "name": "Другой навык"})
        levels = described[1]["rubricCriterionLevel"]
        levels.append({**levels[1], "name": "мастер"})
        document["evidence"].append({**document["evidence"][0], "name": "Грамота"})
        badge = read_badge(document)
        assert [(result.name, result.level_name) for result in badge.results] == [
            (None, None),
            (samples.PUNCTUALITY.name, None),
        ]
        assert badge.evidence == ()
        shift = samples.credentials()["shift"]
        results = shift["credentialSubject"]["result"]
        shift["credentialSubject"]["result"] = [*results, {**results[0], "value": "360"}]
        assert read_badge(shift).hours is None

    def test_what_cannot_be_seen_is_not_shown(self) -> None:
        document = samples.credential()
        subject = document["credentialSubject"]
        subject["identifier"][0]["identityHash"] = "Иван\u202e\u200bвонаИ\ud800"
        subject["narrative"] = "а\r\nб\tв\u2028"
        subject["role"] = "\u200b \u202e"
        document["issuer"].update(name="Завод\x9bX", url="https://a.example/\u200b")
        badge = read_badge(document)
        assert badge.subject_name == "ИванвонаИ"
        assert badge.narrative == "а\nб в"
        assert badge.role is None
        assert (badge.issuer_name, badge.issuer_url) == ("ЗаводX", None)

    def test_a_version_1_badge_shows_the_bounds_that_count(self) -> None:
        document = {
            "@context": [CONTEXT_VC1],
            "issuanceDate": "2026-03-18T09:00:00Z",
            "expirationDate": "2026-03-20T09:00:00Z",
            "validUntil": "2036-03-20T09:00:00Z",
        }
        badge = read_badge(document)
        assert badge.valid_from == samples.SIGNED_AT
        assert badge.valid_until == samples.SIGNED_AT + timedelta(days=2)

    def test_one_organisation_has_one_name(self) -> None:
        renamed = replace(samples.PLANT, name="Завод «Взлёт»")
        with pytest.raises(MalformedValueError, match="do not say the same") as raised:
            samples.credential(achievement=replace(samples.TRIAL, creator=renamed))
        assert raised.value.path in (
            "$.credentialSubject.source.parentOrg.id",
            "$.credentialSubject.achievement.creator.id",
        )

    @pytest.mark.parametrize("document", [None, 3, "x", [], {}, {"credentialSubject": [[]]}])
    def test_nothing_gives_nothing(self, document: object) -> None:
        badge = read_badge(document)
        assert all(getattr(badge, field.name) in (None, ()) for field in fields(Badge))

    @settings(max_examples=300)
    @given(st.data())
    def test_reads_any_damage_without_raising(self, data: st.DataObject) -> None:
        document = copy.deepcopy(DOCUMENT)
        places = list(walk(document))
        for _ in range(data.draw(st.integers(1, 4))):
            container, key = data.draw(st.sampled_from(places))
            container[key] = data.draw(VALUES)
        badge = read_badge(document)
        for text in ("name", "subject_name", "issuer_name", "criteria", "role", "achievement_type", "assessor_ogrn"):
            assert getattr(badge, text) is None or isinstance(getattr(badge, text), str)
        for moment in (badge.start, badge.end, badge.valid_from, badge.valid_until):
            assert moment is None or moment.utcoffset() is not None
        for number in (badge.hours, badge.credits):
            assert number is None or (not isinstance(number, bool) and str(number))
        for result in badge.results:
            assert result.level is None or 0 <= result.level < 1000


def walk(value: Any) -> Any:
    """Every place in a document: its container and its key."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from walk(value[key])


DOCUMENT: dict[str, Any] = samples.credential(1, evidence=[samples.PHOTO])
IDENTIFIERS = [
    item["id"] for container, key in walk(DOCUMENT) if isinstance(item := container[key], dict) and "id" in item
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["\ud800", "9" * 5000, "1e999", "２", "2026-13-01T00:00:00Z", "9999-12-31T24:00:00Z", *IDENTIFIERS]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "type", "name", "@value", "achievement", "identityHash", "level", "targetCode", "ru"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def test_an_endorsement_conforms_and_loses_nothing() -> None:
    endorsement = samples.endorsement()
    check_contexts(endorsement)
    assert check_credential(endorsement) == []
    assert check_schema(endorsement) == []
    assert "Подтверждаем уровень 3".encode() in canonicalize_rdfc(endorsement)
    with pytest.raises(MalformedValueError):
        endorsement_credential(
            id="urn:uuid:1",
            issuer=samples.SCHOOL,
            endorsed_id="the other one",
            comment="a",
            name="b",
            valid_from=samples.SIGNED_AT,
        )
