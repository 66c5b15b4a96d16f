"""Ways in which somebody could touch a credential after it was signed; every one changes what the signature covers."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Document = dict[str, Any]


def _subject(document: Document) -> Document:
    subject: Document = document["credentialSubject"]
    return subject


def _another_name(document: Document) -> None:
    _subject(document)["identifier"][0]["identityHash"] = "Чужая Мария"


def _another_pupil(document: Document) -> None:
    _subject(document)["id"] = "urn:uuid:00000000-0000-4000-8000-000000000000"


def _another_title(document: Document) -> None:
    _subject(document)["achievement"]["name"] += " с отличием"


def _another_level(document: Document) -> None:
    results = [found for found in _subject(document)["result"] if "achievedLevel" in found]
    described = {found["id"]: found for found in _subject(document)["achievement"]["resultDescription"]}
    levels = [level["id"] for level in described[results[0]["resultDescription"]]["rubricCriterionLevel"]]
    results[0]["achievedLevel"] = next(level for level in levels if level != results[0]["achievedLevel"])


def _longer_practice(document: Document) -> None:
    _subject(document)["activityStartDate"] = "2001-01-01T00:00:00Z"


def _another_assessor(document: Document) -> None:
    _subject(document)["source"]["name"] = "Никто Н. Н."


def _earlier_signature(document: Document) -> None:
    document["validFrom"] = "2020-01-01T00:00:00Z"


def _another_school(document: Document) -> None:
    document["issuer"]["name"] = "Школа № 1"


def _another_status_place(document: Document) -> None:
    place = document["credentialStatus"]["statusListIndex"]
    document["credentialStatus"]["statusListIndex"] = "1" if place != "1" else "2"
    document["credentialStatus"]["id"] = document["credentialStatus"]["id"].replace(place, "1")


def _without_status(document: Document) -> None:
    del document["credentialStatus"]


def _one_type_more(document: Document) -> None:
    document["type"].append("EndorsementCredential")


def _another_id(document: Document) -> None:
    document["id"] = "urn:uuid:00000000-0000-4000-8000-000000000001"


def _description_added(document: Document) -> None:
    document["description"] = "С отличием"


def _unknown_member(document: Document) -> None:
    _subject(document)["honours"] = True


def _later_proof(document: Document) -> None:
    for proof in document["proof"]:
        proof["created"] = "2020-01-01T00:00:00Z"


def _another_key(document: Document) -> None:
    for proof in document["proof"]:
        proof["proofValue"] = proof["proofValue"][:-1] + ("1" if proof["proofValue"][-1] != "1" else "2")


ALTERATIONS: Mapping[str, Callable[[Document], None]] = {
    change.__name__.strip("_").replace("_", " "): change
    for change in (
        _another_name,
        _another_pupil,
        _another_title,
        _another_level,
        _longer_practice,
        _another_assessor,
        _earlier_signature,
        _another_school,
        _another_status_place,
        _without_status,
        _one_type_more,
        _another_id,
        _description_added,
        _unknown_member,
        _later_proof,
        _another_key,
    )
}


def altered(document: Document, name: str) -> Document:
    """The document's tampered twin."""
    twin = copy.deepcopy(document)
    ALTERATIONS[name](twin)
    assert twin != document
    return twin


def each_value_changed(document: Document) -> list[Document]:
    """Twins of any credential: each differs from it in one text, number or yes-or-no outside its proofs."""
    twins: list[Document] = []
    for place in _places(document):
        twin = copy.deepcopy(document)
        holder: Any = twin
        for step in place[:-1]:
            holder = holder[step]
        value = holder[place[-1]]
        if isinstance(value, bool):
            holder[place[-1]] = not value
        else:
            holder[place[-1]] = value + "x" if isinstance(value, str) else value + 1
        twins.append(twin)
    return twins


def _places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the single values of a document are."""
    if isinstance(value, (dict, list)):
        for step, member in value.items() if isinstance(value, dict) else enumerate(value):
            if step != "proof":
                yield from _places(member, (*place, step))
    else:
        yield place
