from __future__ import annotations

import copy
from typing import Any

import pytest

from portfolio.errors import MalformedValueError
from portfolio.vc.canonicalization import canonicalize_rdfc, indistinguishable_nodes
from portfolio.vc.clr import clr_credential, nested_credentials
from portfolio.vc.contexts import check_contexts
from portfolio.vc.credential import check_credential
from portfolio.vc.schema import check_schema
from portfolio.vc.status_list import status_list_entry
from tests.unit.vc import samples


def signed(credential: dict[str, Any]) -> dict[str, Any]:
    """A credential with a proof of the right shape; whether it holds is not this module's business."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-03-18T09:00:00Z",
        "verificationMethod": "did:web:chayka.example#key-2026-03",
        "proofPurpose": "assertionMethod",
        "proofValue": f"z{credential['id'][-12:].replace('0', '1')}",
    }
    return {**credential, "proof": proof}


def record(credentials: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "id": "urn:uuid:0b8e0000-0000-4000-b000-000000000001",
        "issuer": samples.SCHOOL,
        "subject_id": "urn:uuid:0b8e0000-0000-4000-b000-000000000002",
        "subject_name": "Ветрова Алёна",
        "name": "Портфолио практики",
        "valid_from": samples.SIGNED_AT,
        "credentials": credentials,
    }
    return clr_credential(**{**arguments, **changes})


def test_holds_the_credentials_as_they_were_issued() -> None:
    credentials = [signed(credential) for credential in samples.credentials().values()]
    before = copy.deepcopy(credentials)
    clr = record(credentials, status_entry=status_list_entry(f"{samples.BASE}/status/1", 7))
    assert list(clr) == [
        "@context",
        "id",
        "type",
        "name",
        "validFrom",
        "issuer",
        "credentialStatus",
        "credentialSubject",
    ]
    assert clr["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert clr["type"] == ["VerifiableCredential", "ClrCredential"]
    assert clr["credentialSubject"]["identifier"][0]["identityHash"] == "Ветрова Алёна"
    assert nested_credentials(clr) == before
    assert credentials == before
    check_contexts(clr)
    assert check_credential(clr) == []
    assert check_schema(clr) == []


def test_no_part_is_lost_or_indistinguishable_when_the_same_programme_stands_in_it_ten_times() -> None:
    credentials = [signed(samples.credential(number)) for number in range(10)]
    clr = record(credentials)
    statements = canonicalize_rdfc(clr).decode()
    for credential in credentials:
        assert f"<{credential['credentialSubject']['id']}>" in statements
        assert credential["proof"]["proofValue"] in statements
    assert not indistinguishable_nodes(clr)


@pytest.mark.parametrize("credentials", [[], [samples.credential()], [signed(samples.credential())] * 2])
def test_refuses_nothing_the_unsigned_and_twins(credentials: list[dict[str, Any]]) -> None:
    with pytest.raises(MalformedValueError) as raised:
        record(credentials)
    assert (raised.value.path or "").startswith("$.credentialSubject.verifiableCredential")


def test_refuses_what_nobody_can_see() -> None:
    with pytest.raises(MalformedValueError):
        record([signed(samples.credential())], subject_name="\u202eанёлА")


@pytest.mark.parametrize(
    ("document", "count"),
    [
        (None, 0),
        ([], 0),
        ({}, 0),
        (samples.credential(), 0),
        ({"type": "ClrCredential", "credentialSubject": 3}, 0),
        ({"type": ["ClrCredential", 7], "credentialSubject": {"verifiableCredential": ["eyJ…", None, {}]}}, 1),
        ({"type": "ClrCredential", "credentialSubject": [{"verifiableCredential": {"id": "urn:x"}}]}, 1),
        ({"type": "VerifiableCredential", "credentialSubject": {"verifiableCredential": [{}]}}, 0),
    ],
)
def test_reads_any_document(document: object, count: int) -> None:
    assert len(nested_credentials(document)) == count
