"""The JSON-LD contexts and schemas that travel with the product."""

from __future__ import annotations

import hashlib
import json

import jsonschema_rs
import pytest

from portfolio import resources

SCHEMAS = sorted(path.name for path in resources.schemas().glob("*.schema.json"))


def test_the_manifest_names_every_context_and_its_digest() -> None:
    manifest = json.loads((resources.schemas() / "MANIFEST.json").read_bytes())["contexts"]
    named = {entry["file"]: entry["sha256"] for entry in manifest}
    there = {
        f"contexts/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (resources.schemas() / "contexts").iterdir()
    }
    assert named == there
    assert len({entry["url"] for entry in manifest}) == len(manifest)
    assert all(entry["licence"] and entry["source"] for entry in manifest)


def test_every_context_is_json() -> None:
    for path in (resources.schemas() / "contexts").iterdir():
        assert "@context" in json.loads(path.read_bytes()), path.name


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name: str) -> None:
    schema = json.loads((resources.schemas() / name).read_bytes())
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"]


def test_every_file_is_accounted_for() -> None:
    there = {path.name for path in resources.schemas().iterdir()}
    assert there == {*SCHEMAS, "MANIFEST.json", "NOTICE.md", "contexts"}
