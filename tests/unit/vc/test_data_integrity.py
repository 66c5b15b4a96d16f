from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from portfolio.errors import (
    DataLossDetectionError,
    InvalidChallengeError,
    InvalidDomainError,
    InvalidVerificationMethod,
    OrientirError,
    ParsingError,
    ProofGenerationError,
    ProofVerificationError,
)
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.data_integrity import (
    MAXIMUM_PROOFS,
    ProofResult,
    add_proof,
    add_proof_set,
    proofs_of,
    verify_proof,
    verify_proof_set,
)
from portfolio.vc.did import UnresolvableIdentifier, VerificationKey, did_document
from portfolio.vc.multikey import base58btc_encode
from portfolio.vc.proof_check import UnsupportedProof, UntimelyProof
from tests.unit.vc.signers import BOTH, MATERIAL, NOW, SCHOOL, SIGNED_AT, STRANGER, badge, foreign

SUITES = pytest.mark.parametrize("suite", BOTH, ids=lambda suite: suite.name)


def sign(document: Any = None, *, suite: Cryptosuite = EDDSA_RDFC_2022, **options: Any) -> dict[str, Any]:
    options = {"created": SIGNED_AT, "verification_method": STRANGER.method, "sign": STRANGER.key.sign, **options}
    return add_proof(document or foreign(), suite=suite, **options)


def verify(document: Any, **options: Any) -> Any:
    (proof,) = proofs_of(document)
    return verify_proof(document, proof, **{"resolve": MATERIAL.resolve, "now": NOW, **options})


def with_proof(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    proof = {**document["proof"], **changes}
    return {**document, "proof": {name: value for name, value in proof.items() if value is not ...}}


class TestAdd:
    @SUITES
    def test_round_trip(self, suite: Cryptosuite) -> None:
        unsigned = foreign()
        before = repr(unsigned)
        signed = sign(unsigned, suite=suite)
        assert repr(unsigned) == before
        assert {name: value for name, value in signed.items() if name != "proof"} == unsigned
        assert verify(signed).controller == STRANGER.did

    def test_members(self) -> None:
        proof = sign(domain="https://chayka.example", challenge="c", expires=NOW)["proof"]
        assert {name: value for name, value in proof.items() if name != "proofValue"} == {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-03-18T09:00:00Z",
            "verificationMethod": STRANGER.method,
            "proofPurpose": "assertionMethod",
            "domain": "https://chayka.example",
            "challenge": "c",
            "expires": "2026-03-18T10:00:00Z",
        }

    def test_only_jcs_keeps_the_context(self) -> None:
        assert "@context" not in sign(suite=EDDSA_RDFC_2022)["proof"]
        signed = sign(suite=EDDSA_JCS_2022)
        assert signed["proof"]["@context"] == signed["@context"]

    def test_a_second_proof_makes_a_set(self) -> None:
        once = sign()
        twice = sign(once, suite=EDDSA_JCS_2022)
        assert twice["proof"][0] == once["proof"]
        thrice = sign(twice, created=SIGNED_AT + timedelta(seconds=1))
        assert thrice["proof"][:2] == twice["proof"]
        assert all(result.error is None for result in verify_proof_set(thrice, resolve=MATERIAL.resolve, now=NOW))

    def test_the_set_of_every_credential(self) -> None:
        signed: Any = add_proof_set(
            foreign(), sign=STRANGER.key.sign, verification_method=STRANGER.method, created=SIGNED_AT
        )
        assert [proof["cryptosuite"] for proof in signed["proof"]] == ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
        assert all(result.error is None for result in verify_proof_set(signed, resolve=MATERIAL.resolve, now=NOW))

    def test_signatures_are_deterministic(self) -> None:
        assert sign() == sign()

    @pytest.mark.parametrize(
        "options",
        [
            {"created": datetime(2026, 3, 18)},  # noqa: DTZ001 - the fault under test
            {"expires": datetime(2026, 3, 18)},  # noqa: DTZ001
            {"verification_method": "key-1"},
            {"sign": lambda _: b"short"},
        ],
        ids=["created", "expires", "method", "signature"],
    )
    def test_options_that_no_proof_has(self, options: Any) -> None:
        with pytest.raises(ProofGenerationError):
            sign(**options)

    @pytest.mark.parametrize("proof", ["text", None, [1], 5])
    def test_what_stands_as_proof_is_none(self, proof: Any) -> None:
        with pytest.raises(ProofGenerationError):
            sign({**foreign(), "proof": proof})

    def test_a_document_with_undefined_terms_is_not_signed(self) -> None:
        with pytest.raises(DataLossDetectionError):
            sign({**foreign(), "favouriteColour": "blue"})


class TestVerify:
    @SUITES
    def test_another_document(self, suite: Cryptosuite) -> None:
        signed = sign(suite=suite)
        with pytest.raises(ProofVerificationError):
            verify({**signed, "name": "Другое имя"})

    @SUITES
    def test_another_key(self, suite: Cryptosuite) -> None:
        signed = sign(suite=suite, sign=SCHOOL.key.sign)
        with pytest.raises(ProofVerificationError):
            verify(signed)

    @SUITES
    @pytest.mark.parametrize("name", ["created", "verificationMethod", "proofPurpose", "cryptosuite"])
    def test_each_option_is_signed(self, suite: Cryptosuite, name: str) -> None:
        other = {
            "created": "2026-03-18T09:00:01Z",
            "verificationMethod": SCHOOL.method,
            "proofPurpose": "authentication",
            "cryptosuite": (EDDSA_JCS_2022 if suite is EDDSA_RDFC_2022 else EDDSA_RDFC_2022).name,
        }
        signed = with_proof(sign(suite=suite), **{name: other[name]})
        # Asked for the changed purpose, so that the signature alone can refuse it.
        did_key_purpose = signed["proof"]["proofPurpose"]
        with pytest.raises(ProofVerificationError):
            verify(signed, proof_purpose=did_key_purpose)

    @SUITES
    def test_a_member_more_is_signed_too(self, suite: Cryptosuite) -> None:
        with pytest.raises(OrientirError):
            verify(with_proof(sign(suite=suite), nonce="n"))

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"type": ...}, "$.proof.type"),
            ({"type": 5}, "$.proof.type"),
            ({"cryptosuite": ...}, "$.proof.cryptosuite"),
            ({"cryptosuite": ["eddsa-rdfc-2022"]}, "$.proof.cryptosuite"),
            ({"verificationMethod": ...}, "$.proof.verificationMethod"),
            ({"verificationMethod": {"id": STRANGER.method}}, "$.proof.verificationMethod"),
            ({"verificationMethod": "not a url"}, "$.proof.verificationMethod"),
            ({"proofPurpose": ...}, "$.proof.proofPurpose"),
            ({"proofPurpose": ["assertionMethod"]}, "$.proof.proofPurpose"),
            ({"id": "not a url"}, "$.proof.id"),
            ({"id": None}, "$.proof.id"),
            ({"created": "yesterday"}, "$.proof.created"),
            ({"created": None}, "$.proof.created"),
            ({"expires": 1}, "$.proof.expires"),
            ({"domain": 5}, "$.proof.domain"),
            ({"domain": []}, "$.proof.domain"),
            ({"challenge": ["c"]}, "$.proof.challenge"),
            ({"proofValue": ...}, "$.proof.proofValue"),
            ({"proofValue": None}, "$.proof.proofValue"),
            ({"proofValue": ""}, "$.proof.proofValue"),
            ({"proofValue": "u" + "A" * 86}, "$.proof.proofValue"),
            ({"proofValue": "z0OIl"}, "$.proof.proofValue"),
            ({"proofValue": "z" + base58btc_encode(bytes(range(63)))}, "$.proof.proofValue"),
            ({"proofValue": "z" + base58btc_encode(bytes(range(1, 66)))}, "$.proof.proofValue"),
            ({"proofValue": "z" + "2" * 100_000}, "$.proof.proofValue"),
            ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "$.proof['@context']"),
        ],
        ids=str,
    )
    def test_malformed(self, changes: Any, path: str) -> None:
        with pytest.raises(ProofVerificationError) as caught:
            verify(with_proof(sign(), **changes))
        assert caught.value.path == path
        assert not isinstance(caught.value, UnsupportedProof)

    @pytest.mark.parametrize(
        "changes",
        [
            {"type": "Ed25519Signature2020"},
            {"cryptosuite": "ecdsa-rdfc-2019"},
        ],
        ids=str,
    )
    def test_not_known_here(self, changes: Any) -> None:
        with pytest.raises(UnsupportedProof):
            verify(with_proof(sign(), **changes))

    def test_a_key_that_is_not_to_be_had(self) -> None:
        signed = sign(verification_method="did:web:nowhere.example#key-1")
        with pytest.raises(UnresolvableIdentifier):
            verify(signed)

    def test_a_key_of_another_kind(self) -> None:
        p256 = "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"
        with pytest.raises(InvalidVerificationMethod):
            verify(sign(verification_method=f"did:key:{p256}#{p256}"))


class TestPurposeDomainChallenge:
    def test_purpose(self) -> None:
        signed = sign(proof_purpose="authentication")
        assert verify(signed, proof_purpose="authentication").controller == STRANGER.did
        with pytest.raises(ProofVerificationError):
            verify(signed)

    @pytest.mark.parametrize(
        ("written", "expected", "holds"),
        [
            ("a.example", "a.example", True),
            ("a.example", ["a.example"], True),
            (["a.example", "b.example"], ["b.example", "a.example"], True),
            (["a.example", "b.example"], "a.example", False),
            ("a.example", "b.example", False),
            (None, "a.example", False),
            ("a.example", None, True),
        ],
    )
    def test_domain_is_a_set(self, written: Any, expected: Any, holds: bool) -> None:
        signed = sign(domain=written)
        if holds:
            verify(signed, domain=expected)
        else:
            with pytest.raises(InvalidDomainError):
                verify(signed, domain=expected)

    @pytest.mark.parametrize(
        ("written", "expected", "holds"), [("c", "c", True), ("c", "d", False), (None, "c", False), ("c", None, True)]
    )
    def test_challenge(self, written: Any, expected: Any, holds: bool) -> None:
        signed = sign(challenge=written)
        if holds:
            verify(signed, challenge=expected)
        else:
            with pytest.raises(InvalidChallengeError):
                verify(signed, challenge=expected)


class TestTime:
    @pytest.mark.parametrize(("seconds", "holds"), [(0, True), (300, True), (301, False), (86_400, False)])
    def test_created_later_than_now(self, seconds: int, holds: bool) -> None:
        signed = sign(created=NOW + timedelta(seconds=seconds))
        if holds:
            verify(signed)
        else:
            with pytest.raises(UntimelyProof, match="later than now") as caught:
                verify(signed)
            assert (caught.value.moment, caught.value.expired) == (NOW + timedelta(seconds=seconds), False)
            assert caught.value.method.controller == STRANGER.did

    @pytest.mark.parametrize(("seconds", "holds"), [(1, True), (0, True), (-300, True), (-301, False)])
    def test_expired(self, seconds: int, holds: bool) -> None:
        signed = sign(expires=NOW + timedelta(seconds=seconds))
        if holds:
            verify(signed)
        else:
            with pytest.raises(UntimelyProof, match="expired") as caught:
                verify(signed)
            assert (caught.value.moment, caught.value.expired) == (NOW + timedelta(seconds=seconds), True)

    def test_a_missing_offset_is_utc(self) -> None:
        # Written by others; we never write one. Signed over the text as it stands, by JCS.
        signed = _jcs_by_hand(created="2026-03-18T09:00:00")
        assert verify(signed).controller == STRANGER.did
        with pytest.raises(UntimelyProof, match="later than now"):
            verify(_jcs_by_hand(created="2026-03-18T11:00:00"))

    def test_created_may_be_missing(self) -> None:
        assert verify(_jcs_by_hand()).controller == STRANGER.did

    def test_a_wrong_signature_is_never_untimely(self) -> None:
        for signed in (sign(created=NOW + timedelta(days=1)), sign(expires=NOW - timedelta(days=1))):
            with pytest.raises(ProofVerificationError) as caught:
                verify({**signed, "name": "Другое имя"})
            assert not isinstance(caught.value, UntimelyProof)

    @pytest.mark.parametrize(("days", "holds"), [(-1, False), (0, True), (1, True)])
    def test_a_retired_key_keeps_what_it_signed(self, days: int, holds: bool) -> None:
        retired = SIGNED_AT + timedelta(days=days)
        key = VerificationKey("key-2026-03", SCHOOL.public, SIGNED_AT - timedelta(days=365), retired)
        document = did_document(SCHOOL.did, [key])
        signed = sign(badge(), sign=SCHOOL.key.sign, verification_method=SCHOOL.method)
        if holds:
            verify(signed, resolve=lambda _: document)
        else:
            with pytest.raises(ProofVerificationError, match="retired"):
                verify(signed, resolve=lambda _: document)

    def test_a_retired_key_needs_a_date(self) -> None:
        key = VerificationKey("key-1", STRANGER.public, SIGNED_AT, NOW)
        document = did_document("did:web:old.example", [key])
        signed = _jcs_by_hand(verificationMethod="did:web:old.example#key-1")
        with pytest.raises(ProofVerificationError, match="retired"):
            verify(signed, resolve=lambda _: document)

    def test_a_revoked_key(self) -> None:
        document: Any = dict(SCHOOL.document)
        document["verificationMethod"] = [
            {**document["verificationMethod"][0], "revoked": "2030-01-01T00:00:00Z"},
        ]
        signed = sign(badge(), sign=SCHOOL.key.sign, verification_method=SCHOOL.method)
        with pytest.raises(ProofVerificationError, match="revoked"):
            verify(signed, resolve=lambda _: document)


def _jcs_by_hand(document: Any = None, **proof: Any) -> dict[str, Any]:
    """A proof with exactly these members, as another implementation might write it."""
    unsigned = document or foreign()
    config = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": STRANGER.method,
        "proofPurpose": "assertionMethod",
        **proof,
    }
    seen = {**unsigned, "@context": config["@context"]} if "@context" in config else unsigned
    signature = STRANGER.key.sign(EDDSA_JCS_2022.hash_data(seen, config))
    return {**unsigned, "proof": {**config, "proofValue": "z" + base58btc_encode(signature)}}


class TestJcsContext:
    """EdDSA Cryptosuites §3.3.2: the document's context begins with the proof's."""

    def test_a_proof_without_context(self) -> None:
        verify(_jcs_by_hand())

    def test_a_prefix(self) -> None:
        document = foreign()
        verify(_jcs_by_hand(document, **{"@context": document["@context"][:1]}))

    def test_contexts_appended_after_signing(self) -> None:
        signed = sign(suite=EDDSA_JCS_2022)
        verify({**signed, "@context": [*signed["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]})

    @pytest.mark.parametrize("place", ["front", "replaced", "reversed", "shorter"])
    def test_not_a_prefix(self, place: str) -> None:
        signed = sign(suite=EDDSA_JCS_2022)
        context = signed["@context"]
        other = {
            "front": ["https://context.example/v1", *context],
            "replaced": [context[0], "https://context.example/v1"],
            "reversed": context[::-1],
            "shorter": context[:1],
        }[place]
        with pytest.raises(ProofVerificationError, match="begin with"):
            verify({**signed, "@context": other})


class TestSets:
    def test_one_result_a_proof(self) -> None:
        signed = sign(sign(), suite=EDDSA_JCS_2022)
        signed["proof"][1] = {**signed["proof"][1], "proofValue": signed["proof"][0]["proofValue"]}
        first, second = verify_proof_set(signed, resolve=MATERIAL.resolve, now=NOW)
        assert isinstance(first, ProofResult)
        assert (first.error, second.method) == (None, None)
        assert isinstance(second.error, ProofVerificationError)

    def test_no_proof(self) -> None:
        assert verify_proof_set(foreign(), resolve=MATERIAL.resolve, now=NOW) == ()
        assert verify_proof_set({**foreign(), "proof": []}, resolve=MATERIAL.resolve, now=NOW) == ()

    @pytest.mark.parametrize("proof", [None, "text", 5, [None], [[]]])
    def test_proofs_that_are_none(self, proof: Any) -> None:
        with pytest.raises(ParsingError):
            proofs_of({"proof": proof})

    def test_there_is_an_end_to_them(self) -> None:
        signed = sign()
        crowd = {**signed, "proof": [signed["proof"]] * MAXIMUM_PROOFS}
        assert len(verify_proof_set(crowd, resolve=MATERIAL.resolve, now=NOW)) == MAXIMUM_PROOFS
        crowd["proof"] = [*crowd["proof"], signed["proof"]]
        with pytest.raises(ProofVerificationError):
            verify_proof_set(crowd, resolve=MATERIAL.resolve, now=NOW)

    def test_the_document_is_canonicalised_once_a_suite(self) -> None:
        calls: list[str] = []

        def counted(suite: Cryptosuite) -> Cryptosuite:
            def canonicalize(document: Any) -> bytes:
                calls.append("proof" if "proofPurpose" in document else "document")
                return suite.canonicalize(document)

            return Cryptosuite(suite.name, canonicalize, suite.context_in_proof)

        signed = sign(sign(created=SIGNED_AT - timedelta(days=1)))
        results = verify_proof_set(
            signed, resolve=MATERIAL.resolve, now=NOW, suites={EDDSA_RDFC_2022.name: counted(EDDSA_RDFC_2022)}
        )
        assert [result.error for result in results] == [None, None]
        assert sorted(calls) == ["document", "proof", "proof"]
