"""What an independent issuer signs holds here, and its tampered twin does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from portfolio.errors import ProofVerificationError
from portfolio.vc import Material, State, TrustedIssuer, proofs_of, validate, verify_credential, verify_proof
from tests.interop.conftest import Judge
from tests.unit.vc import samples, signers

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def theirs(judge: Judge) -> dict[str, Any]:
    """A credential of ours in all but the signature: Digital Bazaar's issuer signed it under its own did:key."""
    (signed,) = judge(
        "issue", [{**signers.foreign(), "issuer": {"id": "", "type": ["Profile"], "name": "Чужая школа"}}]
    )
    return signed


def nothing(_: str) -> None:
    return None


def test_their_proof_holds_here(theirs: dict[str, Any]) -> None:
    (proof,) = proofs_of(theirs)
    assert proof["cryptosuite"] == "eddsa-rdfc-2022"
    method = verify_proof(theirs, proof, resolve=nothing, now=datetime.now(UTC))
    assert method.controller == theirs["issuer"]["id"]


def test_their_credential_is_authentic_and_its_issuer_is_a_stranger(theirs: dict[str, Any]) -> None:
    result = verify_credential(theirs, material=Material(), now=datetime.now(UTC))
    assert result.authentic
    assert validate(result).state is State.ISSUER_UNKNOWN


def test_their_credential_is_valid_once_their_issuer_is_trusted(theirs: dict[str, Any]) -> None:
    did = theirs["issuer"]["id"]
    material = Material(trusted={did: TrustedIssuer(did, "Чужая школа")})
    verdict = validate(verify_credential(theirs, material=material, now=datetime.now(UTC)))
    assert verdict.state is State.VALID


def test_their_tampered_twin_is_refused(theirs: dict[str, Any]) -> None:
    twin = {**theirs, "name": theirs["name"] + "!"}
    with pytest.raises(ProofVerificationError):
        verify_proof(twin, proofs_of(twin)[0], resolve=nothing, now=datetime.now(UTC))
    assert validate(verify_credential(twin, material=Material(), now=datetime.now(UTC))).state is State.ALTERED


def test_a_name_in_every_alphabet_is_the_same_bytes_on_both_sides(judge: Judge) -> None:
    name = 'Ӱҫӗ Ғәлиә «Ёлка»\n\t"\\ 😀 é'
    narrative = {**samples.credential(), "name": name, "credentialStatus": None}
    del narrative["credentialStatus"]
    (signed,) = judge("issue", [narrative])
    (proof,) = proofs_of(signed)
    verify_proof(signed, proof, resolve=nothing, now=datetime.now(UTC))
    now = datetime.now(UTC)
    ours = signers.STRANGER.issue({**signers.foreign(), "name": name}, created=now)
    (verdict,) = judge("digitalbazaar", [ours], {signers.STRANGER.did: signers.STRANGER.document})
    assert verdict["verified"], verdict["errors"]
