"""Chains of proofs (Data Integrity 1.0 §2.1.2 and §4.5): what a later proof covers, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from portfolio.errors import ProofVerificationError
from portfolio.vc.credential import format_datetime
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.data_integrity import proofs_of, verify_proof_set
from portfolio.vc.multikey import base58btc_encode
from portfolio.vc.proof_check import MAXIMUM_CHAINED
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import verify_credential
from tests.unit.vc.signers import BOTH, MATERIAL, NOW, PLANT, SCHOOL, SIGNED_AT, Signer, badge, foreign

A, B, C = (f"urn:uuid:0b8e0000-0000-4000-b000-00000000000{n}" for n in "abc")
SUITES = pytest.mark.parametrize("suite", BOTH, ids=lambda suite: suite.name)


def link(
    document: dict[str, Any],
    name: str | None,
    previous: Any = None,
    *,
    suite: Cryptosuite = EDDSA_RDFC_2022,
    signer: Signer = PLANT,
    covered: list[Any] | None = None,
) -> dict[str, Any]:
    """The document with one proof more, which covers the proofs that ``previous`` names."""
    unsecured = {key: value for key, value in document.items() if key != "proof"}
    proofs = proofs_of(document)
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite.name,
        "created": format_datetime(SIGNED_AT),
        "verificationMethod": signer.method,
        "proofPurpose": "assertionMethod",
    }
    if name is not None:
        proof["id"] = name
    if previous is not None:
        proof["previousProof"] = previous
        names = previous if isinstance(previous, list) else [previous]
        covered = covered if covered is not None else [other for other in proofs if other.get("id") in names]
    if suite.context_in_proof:
        proof["@context"] = copy.deepcopy(unsecured["@context"])
    signed = {**unsecured, "proof": covered} if covered else unsecured
    signature = signer.key.sign(suite.hash_data(signed, suite.proof_config(proof, unsecured)))
    return {**unsecured, "proof": [*proofs, {**proof, "proofValue": "z" + base58btc_encode(signature)}]}


def errors(document: Any) -> list[Any]:
    results = verify_proof_set(document, resolve=MATERIAL.resolve, now=NOW)
    return [None if result.error is None else result.error.code for result in results]


def state(document: Any) -> State:
    return validate(verify_credential(document, material=MATERIAL, now=NOW)).state


@SUITES
class TestWhatHolds:
    def test_a_chain_of_three(self, suite: Cryptosuite) -> None:
        document = link(link(link(foreign(PLANT), A), B, A), None, B)
        assert errors(document) == [None] * 3
        document = link(link(link(foreign(PLANT), A, suite=suite), B, A, suite=suite), None, B, suite=suite)
        assert state(document) is State.VALID

    def test_two_behind_one(self, suite: Cryptosuite) -> None:
        document = link(link(link(foreign(PLANT), A), B, suite=EDDSA_JCS_2022), C, [A, B], suite=suite)
        assert errors(document) == [None] * 3
        # The list of names has no order of its own: what is signed stands in the document's order.
        document = link(link(link(foreign(PLANT), A), B), C, [B, A], suite=suite)
        assert errors(document) == [None] * 3

    def test_a_proof_that_covers_others_may_stand_first(self, suite: Cryptosuite) -> None:
        document = link(link(foreign(PLANT), A, suite=suite), B, A, suite=suite)
        document["proof"].reverse()
        assert errors(document) == [None, None]

    def test_changed_links(self, suite: Cryptosuite) -> None:
        document = link(link(foreign(PLANT), A, suite=suite), B, A, suite=suite)
        fresh = link(foreign(PLANT), A, suite=suite, signer=PLANT)["proof"][0]
        later = {**fresh, "created": "2026-03-18T09:00:01Z"}
        for first in (later, {**fresh, "proofValue": document["proof"][1]["proofValue"]}):
            changed = {**document, "proof": [first, document["proof"][1]]}
            assert all(errors(changed))
            assert state(changed) is State.ALTERED

    def test_what_was_never_covered_is_not(self, suite: Cryptosuite) -> None:
        document = link(link(foreign(PLANT), A), B, A, suite=suite, covered=[])
        assert errors(document) == [None, "proof_verification_error"]
        assert state(document) is State.ALTERED

    def test_the_document_is_covered_too(self, suite: Cryptosuite) -> None:
        document = link(link(foreign(PLANT), A, suite=suite), B, A, suite=suite)
        assert state({**document, "name": "Another"}) is State.ALTERED


CHAIN = link(link(foreign(PLANT), A), B, A)


def with_previous(value: Any, place: int = 1) -> dict[str, Any]:
    document = copy.deepcopy(CHAIN)
    document["proof"][place]["previousProof"] = value
    return document


@pytest.mark.parametrize(
    "document",
    [
        *(
            with_previous(value)
            for value in (None, 1, True, {}, {"id": A}, [], [[A]], [1], [A, None], "", C, [A, C], [A, A])
        ),
        with_previous(B),  # itself
        with_previous([A, B]),
        with_previous(B, 0),  # each the other
        {**CHAIN, "proof": [*CHAIN["proof"], CHAIN["proof"][0]]},  # two of one name
        {**CHAIN, "proof": CHAIN["proof"][1]},
        {**CHAIN, "proof": [CHAIN["proof"][1]]},
    ],
)
def test_what_leads_nowhere(document: dict[str, Any]) -> None:
    with pytest.raises(ProofVerificationError):
        verify_proof_set(document, resolve=MATERIAL.resolve, now=NOW)
    assert state(document) is State.ALTERED


def test_a_circle_of_three() -> None:
    document = link(link(link(foreign(PLANT), A), B, A), C, B)
    document["proof"][0]["previousProof"] = C
    with pytest.raises(ProofVerificationError, match="itself"):
        verify_proof_set(document, resolve=MATERIAL.resolve, now=NOW)


def test_not_too_many() -> None:
    document = link(foreign(PLANT), A)
    for _ in range(MAXIMUM_CHAINED):
        document = link(document, None, A)
    assert errors(document) == [None] * (MAXIMUM_CHAINED + 1)
    with pytest.raises(ProofVerificationError):
        verify_proof_set(link(document, None, A), resolve=MATERIAL.resolve, now=NOW)


def test_our_own_have_no_chains() -> None:
    document = link(link(badge(), A, signer=SCHOOL), B, A, suite=EDDSA_JCS_2022, signer=SCHOOL)
    assert errors(document) == [None, None]
    assert state(document) is State.ALTERED


def test_someone_else_behind_the_issuer() -> None:
    """A proof by someone who is not the issuer says something else than that the issuer issued it."""
    assert state(link(link(foreign(PLANT), A), B, A, signer=SCHOOL)) is State.ALTERED
