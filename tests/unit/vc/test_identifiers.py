from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from portfolio.vc.identifiers import check_identifiers
from tests.unit.vc import samples
from tests.unit.vc.signers import PLANT, SCHOOL, badge, status_list
from tests.unit.vc.test_verification import learner_record

ORGANISATION = {"id": "urn:o:1", "type": ["Profile"], "name": "Завод", "url": "https://o.example"}


def paths(document: Any) -> list[str]:
    return sorted(str(problem.path) for problem in check_identifiers(document))


def about(*organisations: Any) -> dict[str, Any]:
    return {"id": "urn:c:1", **{f"m{place}": item for place, item in enumerate(organisations)}}


@pytest.mark.parametrize("name", list(samples.credentials()))
def test_what_we_issue(name: str) -> None:
    assert paths(SCHOOL.issue(samples.credentials()[name])) == []


def test_records_endorsements_and_lists() -> None:
    credentials = [SCHOOL.issue(document) for document in samples.credentials().values()]
    assert paths(learner_record(credentials)) == []
    assert paths(status_list(3)) == []
    endorsement = PLANT.issue({**samples.endorsement(), "issuer": PLANT.did})
    assert paths(badge(endorsement=[endorsement])) == []


@pytest.mark.shared
@pytest.mark.parametrize("name", ["obv3p0", "clrv2p0"])
def test_the_official_samples(name: str, shared: Path) -> None:
    document = json.loads((shared / f"vectors/ob3-clr2/test-vectors/{name}/signed.json").read_bytes())
    assert paths(document) == []


@pytest.mark.parametrize(
    "other",
    [
        ORGANISATION,
        {"id": "urn:o:1"},
        {"id": "urn:o:1", "type": "Profile"},
        {"id": "urn:o:1", "type": ["Profile"], "name": "Завод"},
        {"id": "urn:o:1", "type": ["EndorsementSubject"], "endorsementComment": "Хороший завод."},
        {"id": "urn:o:2", "type": ["Profile"], "name": "Другой завод"},
        {"type": ["Profile"], "name": "Другой завод"},
    ],
)
def test_parts_agree(other: Any) -> None:
    assert paths(about(ORGANISATION, other)) == []
    assert paths(about(other, ORGANISATION)) == []


@pytest.mark.parametrize(
    "other",
    [
        {**ORGANISATION, "name": "Другой завод"},
        {"id": "urn:o:1", "name": "Другой завод"},
        {"id": "urn:o:1", "phone": "+7"},
        {"id": "urn:o:1", "type": ["Person"]},
        {"id": "urn:o:1", "name": ["Завод"]},
        {"id": "urn:o:1", "type": ["EndorsementSubject"], "name": "Завод"},
        {"id": "urn:o:1", "type": ["EndorsementSubject", "Profile"], "endorsementComment": "x"},
    ],
)
def test_others_do_not(other: Any) -> None:
    # One of the two: of equally full objects it is left open which of them is the wrong one.
    assert len(paths(about(ORGANISATION, other))) == len(paths(about(other, ORGANISATION))) == 1
    assert paths(about([{"m": other}, "x"], {**ORGANISATION, "phone": "+0"})) == ["$.m0[0].m.id"]


def test_the_credentials_own_id() -> None:
    credential = {"id": "urn:c:1", "type": ["VerifiableCredential", "X"], "validUntil": "2026-03-18T09:00:00Z"}

    def inside(item: Any) -> list[str]:
        return paths({**credential, "m": {"n": [item]}})

    assert inside({"id": "urn:c:1"}) == []
    assert inside({"id": "urn:c:1", "type": ["X"]}) == []
    assert inside({"id": "urn:c:1", "type": ["EndorsementSubject"], "endorsementComment": "Да."}) == []
    assert inside({"id": "urn:c:1", "type": ["Y"]}) == ["$.m.n[0].id"]
    assert inside({"id": "urn:c:1", "validUntil": credential["validUntil"]}) == ["$.m.n[0].id"]
    assert inside({"id": "urn:c:1", "validFrom": "2026-03-17T09:00:00Z", "a": 1, "b": 2, "c": 3}) == ["$.m.n[0].id"]


def test_a_list_names_each_once() -> None:
    assert paths(about([ORGANISATION, {"id": "urn:o:1"}])) == ["$.m0[1].id"]
    assert paths(about([{"id": "urn:o:2"}, ORGANISATION, {}, {}])) == []


def test_a_learner_record() -> None:
    record = learner_record([SCHOOL.issue(samples.credential(1)), SCHOOL.issue(samples.credential(2))])
    inner = copy.deepcopy(record)["credentialSubject"]["verifiableCredential"]
    inner[1]["issuer"]["name"] = "Под другим именем"  # each is looked at by itself
    assert paths({**record, "credentialSubject": {**record["credentialSubject"], "verifiableCredential": inner}}) == []
    inner[1]["id"] = record["id"]
    place = "$.credentialSubject.verifiableCredential[1].id"
    assert paths({**record, "credentialSubject": {"verifiableCredential": inner}}) == [place]
    assert paths({**record, "credentialSubject": {"verifiableCredential": inner[1]}}) == [place.replace("[1]", "")]


@pytest.mark.parametrize("value", [{}, {"id": 5}, {"id": ["x"], "a": {"id": ["x"]}}, {"a": {"id": None}}])
def test_any_shape(value: Any) -> None:
    assert paths(value) == []
