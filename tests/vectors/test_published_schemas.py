"""Our schemas against the published ones of 1EdTech: what we issue fits both, and they agree on what is wrong with it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from portfolio.vc.schema import PUBLISHED, check_schema, schema_for
from tests.unit.vc import samples
from tests.unit.vc.test_clr import record, signed

pytestmark = pytest.mark.shared

ISSUED: dict[str, dict[str, Any]] = {
    **{name: signed(credential) for name, credential in samples.credentials().items()},
    "endorsement": signed(samples.endorsement()),
    "record": record([signed(credential) for credential in samples.credentials().values()]),
}
FILES = {
    "achievement-credential": "ob_v3p0_achievementcredential_schema.json",
    "endorsement-credential": "ob_v3p0_endorsementcredential_schema.json",
    "clr-credential": "clr_v2p0_clrcredential_schema.json",
}
SAMPLES = ("obv3p0", "clrv2p0")


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, jsonschema_rs.Draft201909Validator]:
    """The published schemas, by the name of ours; with formats asserted, as 1EdTech's validator does."""
    folder = shared / "vectors/schemas"
    return {
        name: jsonschema_rs.Draft201909Validator(json.loads((folder / file).read_bytes()), validate_formats=True)
        for name, file in FILES.items()
    }


def verdict(validator: jsonschema_rs.Draft201909Validator, document: object) -> list[str]:
    return [f"{error.instance_path}: {error.message}"[:200] for error in validator.iter_errors(document)]


def test_every_published_schema_that_ours_stand_in_for_is_here(shared: Path) -> None:
    for address, name in PUBLISHED.items():
        document = json.loads((shared / "vectors/schemas" / address.rsplit("/", 1)[1]).read_bytes())
        assert document["$id"] == address
        assert name in FILES


@pytest.mark.parametrize("name", ISSUED)
def test_what_we_issue_fits_the_published_schema(
    name: str, published: dict[str, jsonschema_rs.Draft201909Validator]
) -> None:
    document = ISSUED[name]
    assert verdict(published[schema_for(document) or ""], document) == []
    assert check_schema(document) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_the_official_samples_fit_ours(
    name: str, shared: Path, published: dict[str, jsonschema_rs.Draft201909Validator]
) -> None:
    document = json.loads((shared / f"vectors/ob3-clr2/test-vectors/{name}/signed.json").read_bytes())
    assert schema_for(document) is not None
    assert check_schema(document) == []
    assert verdict(published[schema_for(document) or ""], document) == []


# --- agreement: one member at a time is taken away or given another value, and both schemas are asked

REPLACEMENTS: tuple[object, ...] = (None, True, 7, 1.5, "", "x", "urn:x:y", [], [7], ["x"], {}, {"id": "urn:x:y"})

# Members in which ours ask for more than the published schema, each for a rule of the specifications that it leaves out.
STRICTER = {
    "id": "an identifier is an absolute URL (VCDM 2.0 §4.4), and no language map",
    "issuer": "as id",
    "url": "as id",
    "targetUrl": "as id",
    "achievedLevel": "as id",
    "resultDescription": "as id, in a result",
    "statusListCredential": "as id",
    "type": "the class is named, also where it is one string",
    "@context": "a list that begins with the base context (VCDM 2.0 §4.3)",
    "credentialStatus": "a Bitstring Status List entry has its members",
    "statusPurpose": "as credentialStatus",
    "statusListIndex": "as credentialStatus",
    "cryptosuite": "a string, and no language map",
    "proofPurpose": "a string, and no language map",
    "proofValue": "a string, and no language map",
    "verificationMethod": "a string, and no language map",
    "inLanguage": "a language tag, and no language map",
    "verifiableCredential.name": "a nested credential is looked at as any other (VCDM 2.0 §4.6)",
    "verifiableCredential.credentialSubject": "a nested credential says something of its subject (VCDM 2.0 §4.8)",
}
# Members in which ours take more, each because the data model allows it.
TOLERANT = {
    "credentialStatus": "one object or a list (VCDM 2.0 §4.10)",
    "credentialStatus.type": "one class or a list (VCDM 2.0 §4.5)",
}


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(document: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[tuple[object, dict[str, Any]]]:
    for value in ("taken away", *REPLACEMENTS):
        other = copy.deepcopy(document)
        holder: Any = other
        for step in path[:-1]:
            holder = holder[step]
        if value == "taken away":
            del holder[path[-1]]
        else:
            holder[path[-1]] = value
        yield value, other


def test_both_find_the_same_documents_wrong(published: dict[str, jsonschema_rs.Draft201909Validator]) -> None:
    used: set[str] = set()
    asked = 0
    for name in ("trial", "internship", "endorsement", "record"):
        document = ISSUED[name] if name != "record" else record([signed(samples.credential())])
        theirs = published[schema_for(document) or ""]
        for path in places(document):
            names = [step for step in path if isinstance(step, str)]
            for value, other in changed(document, path):
                asked += 1
                wrong_here = _wrong(other, document)
                if wrong_here == theirs.is_valid(other):
                    known = {names[-1], ".".join(names[-2:])} & set(STRICTER if wrong_here else TOLERANT)
                    assert known, f"{name} {path} = {value!r}: wrong for {'us' if wrong_here else 'them'} alone"
                    used |= known
    assert asked > 3000
    assert used == {*STRICTER, *TOLERANT}, "a difference that no longer exists is still listed"


def _wrong(document: dict[str, Any], original: dict[str, Any]) -> bool:
    """Our verdict; a document whose type no longer calls for the same schema is wrong as that kind of document."""
    return schema_for(document) != schema_for(original) or bool(check_schema(document))
