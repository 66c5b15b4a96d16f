"""Twenty alterations of a signed credential, each as a person might try it; not one of them verifies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from portfolio.vc.jsontext import dumps
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import verify_credential
from tests.unit.vc import samples
from tests.unit.vc.signers import MATERIAL, NOW, SCHOOL, SIGNED_AT, STRANGER

SIGNED = SCHOOL.issue(samples.credential(valid_until=samples.SIGNED_AT.replace(year=2027)))
OTHER = SCHOOL.issue(samples.credential(2))

Alteration = Callable[[Any], None]


def set_member(*path: Any, to: Any) -> Alteration:
    def alter(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        assert document[path[-1]] != to
        document[path[-1]] = to

    return alter


def take_away(*path: Any) -> Alteration:
    def alter(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return alter


def add_member(name: str, value: Any, *path: Any) -> Alteration:
    def alter(document: Any) -> None:
        for key in path:
            document = document[key]
        assert name not in document
        document[name] = value

    return alter


def sign_again_as_a_stranger(document: Any) -> None:
    again = STRANGER.issue({name: value for name, value in document.items() if name != "proof"})
    document["proof"] = again["proof"]


def become_the_issuer(document: Any) -> None:
    """Name oneself as the issuer, and leave the school's signature under it."""
    document["issuer"]["id"] = STRANGER.did


def exchange_two_words(document: Any) -> None:
    document["@context"].append(
        {"role": {"@id": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#term"}},
    )


def better_level(document: Any) -> None:
    """Point the result at a higher level of the same rubric."""
    levels = document["credentialSubject"]["achievement"]["resultDescription"][0]["rubricCriterionLevel"]
    result = document["credentialSubject"]["result"][0]
    result["achievedLevel"] = next(level["id"] for level in levels if level["id"] != result["achievedLevel"])


SUBJECT = "credentialSubject"
ALTERATIONS: dict[str, Alteration] = {
    "another pupil": set_member(SUBJECT, "identifier", 0, "identityHash", to="Иванов Пётр"),
    "one letter of the name": set_member(SUBJECT, "identifier", 0, "identityHash", to="Ветрова Алена"),
    "another pupil's identifier": set_member(SUBJECT, "id", to=OTHER[SUBJECT]["id"]),
    "more hours": set_member(SUBJECT, "creditsEarned", to=160),
    "hours as text": set_member(SUBJECT, "creditsEarned", to="16"),
    "a better level": better_level,
    "another achievement": set_member(SUBJECT, "achievement", "name", to="Профессиональная проба «Сварщик»"),
    "another enterprise": set_member(SUBJECT, "source", "parentOrg", "name", to="Другой завод"),
    "an earlier day": set_member(SUBJECT, "activityStartDate", to="2026-03-01T17:00:00Z"),
    "a longer validity": set_member("validUntil", to="2036-03-18T09:00:00Z"),
    "no end of validity": take_away("validUntil"),
    "no revocation list": take_away("credentialStatus"),
    "another place in the list": set_member("credentialStatus", "statusListIndex", to="1"),
    "one result taken away": take_away(SUBJECT, "result", 0),
    "a word that nobody defined": add_member("грамота", "с отличием", SUBJECT),
    "praise instead of what was seen": set_member(SUBJECT, "narrative", to="Лучший в классе."),
    "a description that was not there": add_member("description", "Золотая медаль"),
    "a new identifier": set_member("id", to="urn:uuid:00000000-0000-4000-8000-000000000000"),
    "words with another meaning": exchange_two_words,
    "signed again by a stranger": sign_again_as_a_stranger,
    "a stranger as the issuer": become_the_issuer,
    "one signature taken away": take_away("proof", 0),
    "no signature": take_away("proof"),
    "the signature of another credential": set_member("proof", to=OTHER["proof"]),
    "the signatures exchanged": set_member("proof", 0, "proofValue", to=SIGNED["proof"][1]["proofValue"]),
    "an earlier signature": set_member("proof", 0, "created", to="2025-03-18T09:00:00Z"),
    "a signature for another purpose": set_member("proof", 1, "proofPurpose", to="authentication"),
}


def test_the_original_verifies() -> None:
    assert validate(verify_credential(dumps(SIGNED), material=MATERIAL, now=NOW)).verified
    assert len(ALTERATIONS) >= 20
    assert NOW > SIGNED_AT


@pytest.mark.parametrize("alteration", list(ALTERATIONS))
def test_it_does_not_verify(alteration: str) -> None:
    document = json.loads(dumps(SIGNED))
    ALTERATIONS[alteration](document)
    verdict = validate(verify_credential(dumps(document), material=MATERIAL, now=NOW))
    assert verdict.state is State.ALTERED
    assert verdict.verified is False
    assert verdict.exit_code == 1
    assert not verdict.result.authentic
