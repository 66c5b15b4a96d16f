"""Alterations of a signed credential, each as a person might try it; not one of them verifies.

First of one of our own, which carries both suites; then of a partner's that is signed over its graph alone, where the same
statements could stand in other places.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from portfolio.vc.cryptosuites import EDDSA_RDFC_2022
from portfolio.vc.jsontext import dumps
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import verify_credential
from tests.unit.vc import samples
from tests.unit.vc.signers import MATERIAL, NOW, PLANT, SCHOOL, SIGNED_AT, STRANGER, badge

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


# --- signed over the graph alone

PROFILE = {"id": PLANT.did, "type": ["Profile"], "name": "Завод «Полёт»", "url": "https://polyot.example"}
ENDORSEMENT = {
    name: value
    for name, value in PLANT.issue({**samples.endorsement(), "issuer": PLANT.did}).items()
    if name != "@context"
}
_SAMPLE = samples.credential(valid_until=SIGNED_AT.replace(year=2027), evidence=[samples.PHOTO])
ONLY_GRAPH = PLANT.issue(
    badge(
        **{
            **_SAMPLE,
            "issuer": PROFILE,
            "credentialStatus": None,
            SUBJECT: {
                **_SAMPLE[SUBJECT],
                "achievement": {**_SAMPLE[SUBJECT]["achievement"], "creator": PROFILE},
            },
            "endorsement": [ENDORSEMENT],
        }
    ),
    suites=(EDDSA_RDFC_2022,),
)
CREDENTIALS = "https://www.w3.org/2018/credentials#"


def move_the_end(document: Any) -> None:
    """To the endorsement's subject, which has the credential's id and with it is one node."""
    subject = document["endorsement"][0]["credentialSubject"]
    subject["type"] = ["EndorsementSubject", "VerifiableCredential"]
    subject["validUntil"] = document.pop("validUntil")


def leave_the_end_to_another(document: Any) -> None:
    moved = {"id": document["id"], "type": document["type"], "validUntil": document.pop("validUntil")}
    document["endorsement"][0]["credentialSubject"] = [document["endorsement"][0]["credentialSubject"], moved]


def write_the_end_out(document: Any) -> None:
    date_time = "http://www.w3.org/2001/XMLSchema#dateTime"
    document[f"{CREDENTIALS}validUntil"] = {"@value": document.pop("validUntil"), "@type": date_time}


def include_the_end(document: Any) -> None:
    moved = {"id": document["id"], "type": document["type"], "validUntil": document.pop("validUntil")}
    document["@included"] = [moved]


def nest(member: str) -> Alteration:
    def alter(document: Any) -> None:
        subject = document[SUBJECT]
        subject["@nest"] = {member: subject.pop(member)}

    return alter


def exchange_the_names(document: Any) -> None:
    creator = document[SUBJECT]["achievement"]["creator"]
    creator["phone"] = "+7 000"
    creator["name"] = "Цех № 7"


def split(*path: Any) -> Alteration:
    """One object into two of the same id, each with a half of what it says."""

    def alter(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        whole = document[path[-1]]
        members = [name for name in whole if name not in ("id", "type")]
        half = {name: whole.pop(name) for name in members[::2]}
        document[path[-1]] = [whole, {"id": whole["id"], "type": whole["type"], **half}]

    return alter


def double(*path: Any) -> Alteration:
    """The same object twice in a list, which the graph does not show."""

    def alter(document: Any) -> None:
        for key in path:
            document = document[key]
        document.append(document[0])

    return alter


def bare_double(*path: Any) -> Alteration:
    def alter(document: Any) -> None:
        for key in path:
            document = document[key]
        document.append({"id": document[0]["id"], "type": document[0]["type"]})

    return alter


def take_away_half_of_the_issuer(document: Any) -> None:
    """It stands in the creator as well; and that in turn is left without the other half."""
    del document["issuer"]["name"]
    del document[SUBJECT]["achievement"]["creator"]["url"]


DESCRIBED = (SUBJECT, "achievement", "resultDescription")
GRAPH_ALTERATIONS: dict[str, Alteration] = {
    "another pupil": ALTERATIONS["another pupil"],
    "more hours": ALTERATIONS["more hours"],
    "a better level": better_level,
    "an earlier day": ALTERATIONS["an earlier day"],
    "a longer validity": ALTERATIONS["a longer validity"],
    "no end of validity": take_away("validUntil"),
    "a word that nobody defined": ALTERATIONS["a word that nobody defined"],
    "no endorsement": take_away("endorsement"),
    "the end moved to the endorsement": move_the_end,
    "the end moved to another object": leave_the_end_to_another,
    "the end written out": write_the_end_out,
    "the end included": include_the_end,
    "the hours nested": nest("creditsEarned"),
    "the results nested": nest("result"),
    "another name at one place": exchange_the_names,
    "halves of an organisation": take_away_half_of_the_issuer,
    "the subject split": split(SUBJECT),
    "the achievement split": split(SUBJECT, "achievement"),
    "the mentor split": split(SUBJECT, "source"),
    "a rubric twice": double(*DESCRIBED),
    "a bare rubric after the full one": bare_double(*DESCRIBED),
    "a level twice": double(*DESCRIBED, 0, "rubricCriterionLevel"),
    "a piece of evidence twice": double("evidence"),
    "a bare piece of evidence": bare_double("evidence"),
}


def test_the_graph_alone_verifies() -> None:
    verdict = validate(verify_credential(dumps(ONLY_GRAPH), material=MATERIAL, now=NOW))
    assert verdict.verified
    assert verdict.result.step("endorsements").holds
    assert not validate(verify_credential(dumps(ONLY_GRAPH), material=MATERIAL, now=NOW.replace(year=2028))).verified


@pytest.mark.parametrize("alteration", list(GRAPH_ALTERATIONS))
def test_no_other_arrangement_of_the_graph_verifies(alteration: str) -> None:
    document = json.loads(dumps(ONLY_GRAPH))
    GRAPH_ALTERATIONS[alteration](document)
    verdict = validate(verify_credential(dumps(document), material=MATERIAL, now=NOW))
    assert verdict.state in (State.ALTERED, State.UNREADABLE)
    assert verdict.exit_code == 1
    assert not verdict.result.authentic


@pytest.mark.parametrize(
    "alteration",
    [
        "the end moved to the endorsement",
        "halves of an organisation",
        "the subject split",
        "the achievement split",
        "the mentor split",
        "a rubric twice",
        "a bare rubric after the full one",
        "a level twice",
        "a piece of evidence twice",
    ],
)
def test_it_is_one_graph_and_not_one_credential(alteration: str) -> None:
    """The signature holds over these: that they are seen is the step structure alone."""
    document = json.loads(dumps(ONLY_GRAPH))
    GRAPH_ALTERATIONS[alteration](document)
    result = verify_credential(dumps(document), material=MATERIAL, now=NOW)
    assert (result.step("structure").fails, result.step("structure").code) == (True, "ambiguous")
    if alteration != "the end moved to the endorsement":
        assert result.step("signature").holds
    assert validate(result).state is State.ALTERED
