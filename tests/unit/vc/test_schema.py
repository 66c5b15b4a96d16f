from __future__ import annotations

import copy
import json
import subprocess
import sys
from typing import Any

import jsonschema_rs
import pytest

from portfolio import resources
from portfolio.vc import schema
from portfolio.vc.status_list import Bitstring, status_list_credential
from tests.unit.vc import samples
from tests.unit.vc.test_clr import record, signed

FILES = sorted(resources.schemas().glob("*.schema.json"))


def status_list() -> dict[str, object]:
    return status_list_credential(
        url="https://s.example/status/1",
        issuer="did:web:s.example",
        purpose="revocation",
        bits=Bitstring(),
        valid_from=samples.SIGNED_AT,
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_a_schema_of_the_dialect_it_names(file: Any) -> None:
    document = json.loads(file.read_bytes())
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == "urn:orientir:schema:" + file.name.removesuffix(".schema.json")
    assert document["title"]
    assert document["description"]
    jsonschema_rs.meta.validate(document)


def test_every_schema_that_is_named_exists() -> None:
    names = {file.name.removesuffix(".schema.json") for file in FILES}
    assert {*schema.PUBLISHED.values(), "status-list-credential", "definitions"} == names


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (samples.credential(), "achievement-credential"),
        ({"type": ["VerifiableCredential", "AchievementCredential"]}, "achievement-credential"),
        (samples.endorsement(), "endorsement-credential"),
        (record([signed(samples.credential())]), "clr-credential"),
        (status_list(), "status-list-credential"),
        ({"type": ["VerifiableCredential", "OpenBadgeCredential", "ClrCredential"]}, "clr-credential"),
        ({"type": ["VerifiableCredential"]}, None),
        ({"type": [["OpenBadgeCredential"], 3]}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_type_chooses(document: object, name: str | None) -> None:
    assert schema.schema_for(document) == name


@pytest.mark.parametrize("document", [status_list(), samples.credential(), samples.endorsement()])
def test_what_we_issue_fits(document: dict[str, object]) -> None:
    assert schema.check_schema(document) == []


def test_a_document_without_a_schema_has_no_findings() -> None:
    assert schema.check_schema({"type": ["VerifiableCredential"]}) == []


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (("@context",), ["https://www.w3.org/ns/credentials/v2"], '$["@context"]'),
        (("@context", 1), "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.jsonld", '$["@context"][1]'),
        (("type",), ["OpenBadgeCredential"], "$.type"),
        (("id",), "credential 1", "$.id"),
        (("issuer",), "the school", "$.issuer"),
        (("issuer", "id"), None, "$.issuer.id"),
        (("validFrom",), "2026-03-18", "$.validFrom"),
        (("validFrom",), "2026-03-18T09:00:00", "$.validFrom"),
        (("credentialStatus", "statusListIndex"), 7, "$.credentialStatus.statusListIndex"),
        (("credentialSubject", "creditsEarned"), "16", "$.credentialSubject.creditsEarned"),
        (("credentialSubject", "identifier", 0, "hashed"), "no", "$.credentialSubject.identifier[0].hashed"),
        (("credentialSubject", "identifier", 0, "extra"), "no", "$.credentialSubject.identifier[0]"),
        (("credentialSubject", "source", "type"), ["Person"], "$.credentialSubject.source.type"),
        (("credentialSubject", "result", 0, "status"), "Done", "$.credentialSubject.result[0].status"),
        (
            ("credentialSubject", "achievement", "achievementType"),
            "ext:Проба",
            "$.credentialSubject.achievement.achievementType",
        ),
        (
            ("credentialSubject", "achievement", "resultDescription", 0, "rubricCriterionLevel", 2, "level"),
            3,
            "$.credentialSubject.achievement.resultDescription[0].rubricCriterionLevel[2].level",
        ),
    ],
)
def test_findings_name_the_place(path: tuple[str | int, ...], value: object, found: str) -> None:
    document: Any = samples.credential()
    *way, last = path
    holder = document
    for step in way:
        holder = holder[step]
    holder[last] = value
    problems = schema.check_schema(document)
    assert [problem.path for problem in problems] == [found]
    assert problems[0].type == "https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR"
    assert problems[0].severity == "warning"


@pytest.mark.parametrize("member", ["id", "issuer", "validFrom", "credentialSubject", "@context"])
def test_members_that_must_be_there(member: str) -> None:
    document = samples.credential()
    del document[member]
    problems = schema.check_schema(document)
    assert problems
    assert {problem.path for problem in problems} == {"$"}


def test_a_status_list_has_its_own_shape() -> None:
    for member, value in (("encodedList", "zAAA"), ("ttl", -1), ("statusPurpose", []), ("type", "StatusList2021")):
        document: Any = status_list()
        document["credentialSubject"][member] = value
        assert [problem.path for problem in schema.check_schema(document)] == [f"$.credentialSubject.{member}"]


def test_a_credential_inside_a_record_is_looked_at() -> None:
    document = record([signed(samples.credential())])
    del document["credentialSubject"]["verifiableCredential"][0]["issuer"]
    assert [problem.path for problem in schema.check_schema(document)] == [
        "$.credentialSubject.verifiableCredential[0]"
    ]


def test_findings_are_few_and_repeat_nothing_of_the_document() -> None:
    secret = "Ветрова Алёна"
    document: Any = samples.credential()
    document["credentialSubject"]["identifier"] = [{"type": secret, "hashed": secret, secret: secret}] * 30
    document["validFrom"] = secret
    problems = schema.check_schema(document)
    assert len(problems) == schema.MAXIMUM_PROBLEMS
    assert secret not in "".join(problem.detail for problem in problems)


def test_what_is_no_json_is_a_finding() -> None:
    deep: list[object] = []
    for _ in range(2000):
        deep = [deep]
    for value in (deep, {1: 2}, object(), {1, 2}):
        document = copy.copy(samples.credential())
        document["credentialSubject"] = {"type": "AchievementSubject", "achievement": value}
        assert schema.check_schema(document)


def test_nothing_is_read_before_it_is_needed() -> None:
    script = (
        "import builtins, pathlib\n"
        "pathlib.Path.read_bytes = lambda self: (_ for _ in ()).throw(AssertionError(str(self)))\n"
        "import portfolio.vc.schema\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=resources.schemas().parent)
