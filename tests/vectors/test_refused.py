"""Files that are refused for how they are built: ``refused/<defect>.json``.

Those that are JSON are signed rightly, by an issuer who is trusted here, with eddsa-jcs-2022, which signs any text. So the
signature cannot be what refuses them; each has one defect, and is named by it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portfolio.vc.data_integrity import proofs_of, verify_proof
from portfolio.vc.jsontext import loads
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import Material, TrustedIssuer, verify_credential

FOLDER = Path(__file__).parent / "refused"
SOUND = FOLDER.parent / "sound.json"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ISSUER = "did:key:z6MkfYx2D22zojRpDTwfp7rbu3MyLT21Hu47g3quvuHjuDhF"
MATERIAL = Material(trusted={ISSUER: TrustedIssuer(ISSUER, "Издатель примеров")})

# defect → the JSON path of the first finding
MALFORMED = {
    "base-context-not-first": "$['@context']",
    "context-inline": "$['@context']",
    "context-missing": "$",
    "context-nested": "$.credentialSubject['@context']",
    "context-text": "$['@context']",
    "context-unknown": "$['@context']",
    "evidence-without-type": "$.evidence.type",
    "id-list": "$.id",
    "id-with-spaces": "$.id",
    "issuer-null": "$.issuer",
    "issuer-without-id": "$.issuer",
    "member-undefined": "$.favouriteColour",
    "name-object": "$.name",
    "schema-without-id": "$.credentialSchema.id",
    "status-index-negative": "$.credentialStatus.statusListIndex",
    "status-index-number": "$.credentialStatus.statusListIndex",
    "status-id-is-the-list": "$.credentialStatus.id",
    "status-without-type": "$.credentialStatus.type",
    "subject-empty": "$.credentialSubject",
    "subject-missing": "$.credentialSubject",
    "subject-text": "$.credentialSubject",
    "type-missing": "$.type",
    "type-not-a-credential": "$.type",
    "type-undefined": "$.type",
    "valid-from-date-only": "$.validFrom",
    "valid-from-impossible": "$.validFrom",
    "valid-from-rfc-2822": "$.validFrom",
    "valid-until-first": "$.validUntil",
}
UNREADABLE = {
    "byte-order-mark",
    "control-character",
    "deep",
    "duplicate-member",
    "duplicate-proof",
    "empty",
    "figure-too-large",
    "latin-1",
    "list",
    "lone-surrogate",
    "nan",
    "not-a-credential",
    "truncated",
}


def test_every_file_is_expected() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {*MALFORMED, *UNREADABLE}


@pytest.mark.parametrize("defect", sorted(MALFORMED))
def test_signed_rightly_and_built_wrongly(defect: str) -> None:
    data = (FOLDER / f"{defect}.json").read_bytes()
    document = loads(data)
    (proof,) = proofs_of(document)
    method = verify_proof(document, proof, resolve=lambda _: None, now=NOW)
    assert method.controller == ISSUER

    verdict = validate(verify_credential(data, material=MATERIAL, now=NOW))
    assert verdict.state is State.UNREADABLE
    step = verdict.result.step("structure")
    assert step.fails
    assert step.problems[0].path == MALFORMED[defect]
    assert verdict.result.step("signature").holds


@pytest.mark.parametrize("defect", sorted(UNREADABLE))
def test_no_json_that_may_be_read(defect: str) -> None:
    verdict = validate(verify_credential((FOLDER / f"{defect}.json").read_bytes(), material=MATERIAL, now=NOW))
    assert verdict.state is State.UNREADABLE
    assert verdict.result.document is None
    assert verdict.result.step("structure").code == "unreadable"


def test_without_a_defect_it_is_valid() -> None:
    """The control: ``sound.json`` is what all of them were made from."""
    verdict = validate(verify_credential(SOUND.read_bytes(), material=MATERIAL, now=NOW))
    assert verdict.state is State.VALID
