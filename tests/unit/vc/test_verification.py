from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.errors import Message, ParsingError
from portfolio.vc.canonicalization import COLLECTION_LIMITS, Limits
from portfolio.vc.clr import clr_credential
from portfolio.vc.contexts import CONTEXT_DI2, CONTEXT_OB3, CONTEXT_OB_EXT, CONTEXT_VC1, CONTEXT_VC2
from portfolio.vc.credential import format_datetime
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022
from portfolio.vc.data_integrity import SkippedProof, add_proof, verify_proof_set
from portfolio.vc.jsontext import dumps
from portfolio.vc.open_badges import read_badge
from portfolio.vc.profile import STRICT
from portfolio.vc.proof_check import Budget
from portfolio.vc.schema import check_schema
from portfolio.vc.status_list import expand_bitstring
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import (
    STEPS,
    Material,
    Outcome,
    RecordFacts,
    TrustedIssuer,
    VerificationResult,
    references,
    verify_credential,
)
from portfolio.vc.verification.proofs import check_own_proofs
from portfolio.vc.verification.status import StatusLists, status_facts, status_step
from tests.unit.vc import samples
from tests.unit.vc.signers import (
    CLEAR_LIST,
    LIST_URL,
    MATERIAL,
    NOW,
    PLANT,
    SCHOOL,
    SIGNED_AT,
    STRANGER,
    badge,
    foreign,
    material,
    status_list,
)

INDEX = 94_568  # of samples.credential(1)
SIGNED = SCHOOL.issue(badge())
PLANT_PROFILE = {"id": PLANT.did, "type": ["Profile"], "name": "Завод «Полёт»"}


def verify(document: Any = SIGNED, at: Any = NOW, **changes: Any) -> VerificationResult:
    return verify_credential(document, material=material(**changes), now=at)


def outcomes(result: VerificationResult) -> dict[str, str]:
    return {step.name: step.outcome.value for step in result.steps}


def said(result: VerificationResult, name: str) -> tuple[str, str]:
    step = result.step(name)
    return step.outcome.value, step.code


class TestAValidCredential:
    def test_steps(self) -> None:
        result = verify()
        assert tuple(step.name for step in result.steps) == STEPS
        assert outcomes(result) == {
            "signature": "holds",
            "structure": "holds",
            "issuer": "holds",
            "trust": "holds",
            "dates": "holds",
            "status": "holds",
            "schema": "holds",
            "endorsements": "unknown",
            "ledger": "unknown",
        }
        assert result.authentic
        assert result.problems == ()
        assert (result.issuer, result.credential_id) == (SCHOOL.did, SIGNED["id"])
        assert (result.valid_from, result.valid_until) == (SIGNED_AT, None)
        assert validate(result).state is State.VALID

    def test_text_bytes_and_object_are_alike(self) -> None:
        data = dumps(SIGNED)
        assert verify(data) == verify(data.decode()) == verify(SIGNED)
        assert verify(json.dumps(SIGNED, indent=4).encode()) == verify(SIGNED)
        assert verify(dict(reversed(SIGNED.items()))).steps == verify(SIGNED).steps

    def test_order_of_the_set_means_nothing(self) -> None:
        assert validate(verify({**SIGNED, "proof": SIGNED["proof"][::-1]})).verified

    @pytest.mark.parametrize("name", list(samples.credentials()))
    def test_every_kind(self, name: str) -> None:
        assert validate(verify(SCHOOL.issue(samples.credentials()[name]))).state is State.VALID

    def test_a_partners(self) -> None:
        result = verify(PLANT.issue(foreign(PLANT)))
        assert validate(result).verified
        assert result.step("trust").reason.params["name"] == "Завод «Полёт»"

    def test_every_reason_can_be_said(self) -> None:
        for document in (SIGNED, STRANGER.issue(foreign()), b"", {**SIGNED, "name": "x"}):
            for step in verify(document).steps:
                assert isinstance(step.reason, Message)
                assert "{" not in step.reason.text.format_map(step.reason.params)


class TestContextsBehindThoseOfTheProof:
    """EdDSA Cryptosuites §3.3.2 allows them: the proof over the text stays whole."""

    def test_they_may_define_more(self) -> None:
        document = PLANT.issue(foreign(PLANT), suites=(EDDSA_JCS_2022,))
        result = verify({**document, "@context": [CONTEXT_VC2, CONTEXT_OB3, CONTEXT_OB_EXT]})
        assert validate(result).verified

    def test_they_may_give_no_meaning_to_what_had_none(self) -> None:
        document = {**foreign(PLANT), "@context": [CONTEXT_VC2]}
        signed = PLANT.issue(document, suites=(EDDSA_JCS_2022,))
        assert validate(verify(signed)).state is State.UNREADABLE
        result = verify({**signed, "@context": [CONTEXT_VC2, CONTEXT_OB3]})
        assert said(result, "signature")[0] == "holds"
        assert said(result, "structure") == ("fails", "malformed")
        assert result.problems[0].type.endswith("#DATA_LOSS_DETECTION_ERROR")


class TestSignature:
    def test_changed(self) -> None:
        result = verify({**SIGNED, "name": "Другое имя"})
        assert said(result, "signature") == ("fails", "proof_verification_error")
        assert not result.authentic
        assert {step.code for step in result.steps[3:]} == {"not_checked"}

    @pytest.mark.parametrize("proof", [..., [], None, "text", {}, [{}], [None]], ids=str)
    def test_missing_or_none(self, proof: Any) -> None:
        document = {**SIGNED, "proof": proof}
        if proof is ...:
            del document["proof"]
        result = verify(document)
        assert result.step("signature").outcome is Outcome.FAILS
        assert validate(result).state is State.ALTERED

    def test_missing_says_so(self) -> None:
        assert said(verify(badge()), "signature") == ("fails", "no_proof")

    @pytest.mark.parametrize("suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022], ids=lambda suite: suite.name)
    def test_our_own_carry_both_suites(self, suite: Any) -> None:
        document = SCHOOL.issue(badge(), suites=(suite,))
        assert said(verify(document), "signature") == ("fails", "proof_missing")
        # The same file is whole when its issuer is a partner that signs once.
        assert validate(verify(document, own_dids=frozenset())).verified

    def test_our_own_know_no_third_kind(self) -> None:
        for changes in (
            {"cryptosuite": "ecdsa-rdfc-2019"},
            {"type": "Other", "cryptosuite": ["x"]},
            {"previousProof": []},
        ):
            document = {**SIGNED, "proof": [SIGNED["proof"][0], {**SIGNED["proof"][1], **changes}]}
            assert validate(verify(document)).state is State.ALTERED

    @pytest.mark.parametrize(
        "alter",
        [
            lambda rdfc, jcs: [rdfc, rdfc, jcs],
            lambda rdfc, jcs: [rdfc, jcs, rdfc, jcs],
            lambda rdfc, jcs: [rdfc, {name: value for name, value in jcs.items() if name != "@context"}],
            lambda rdfc, jcs: [{**rdfc, "nonce": None}, jcs],
            lambda rdfc, jcs: [{**rdfc, "domain": None}, jcs],
            lambda rdfc, jcs: [{**rdfc, "nonce": "x"}, jcs],
            lambda rdfc, jcs: [{**rdfc, "created": [rdfc["created"]]}, jcs],
            lambda rdfc, jcs: [{**rdfc, "@context": jcs["@context"]}, jcs],
        ],
    )
    def test_our_own_are_made_as_we_make_them(self, alter: Any) -> None:
        assert validate(verify({**SIGNED, "proof": alter(*SIGNED["proof"])})).state is State.ALTERED
        with pytest.raises(ParsingError):
            check_own_proofs(SIGNED, alter(*SIGNED["proof"]))
        check_own_proofs(SIGNED, SIGNED["proof"][::-1])

    def test_our_own_text_is_signed_with_all_its_contexts(self) -> None:
        """A text signed under fewer contexts, as another issuer may, says less of the document than ours do."""
        extended = [*SIGNED["@context"], CONTEXT_OB_EXT]
        document = {**SIGNED, "@context": extended}
        assert all(result.error is None for result in verify_proof_set(document, resolve=MATERIAL.resolve, now=NOW))
        assert said(verify(document), "signature") == ("fails", "malformed_proof")

    def test_members_that_our_proofs_may_have(self) -> None:
        document: Any = badge()
        for suite in (EDDSA_RDFC_2022, EDDSA_JCS_2022):
            document = add_proof(
                document,
                suite=suite,
                sign=SCHOOL.key.sign,
                verification_method=SCHOOL.method,
                created=SIGNED_AT,
                expires=NOW,
                domain="verifier.example",
                challenge="1",
            )
        assert validate(verify(document)).verified

    def test_a_graph_is_not_made_for_a_text_that_was_altered(self) -> None:
        resolved: list[str] = []

        def resolve(identifier: str) -> Any:
            resolved.append(identifier)
            return MATERIAL.resolve(identifier)

        for order in (1, -1):
            result = verify({**SIGNED, "name": "x", "proof": SIGNED["proof"][::order]}, resolve=resolve)
            assert said(result, "signature") == ("fails", "proof_verification_error")
            assert len(result.step("signature").problems) == 1
        assert resolved == [SCHOOL.did] * 2
        # The order of the results is the document's, and a text by a key that is not to be had decides nothing.
        unsigned = {**SIGNED, "proof": [SIGNED["proof"][0], {**SIGNED["proof"][1], "created": "2026-03-18T08:00:00Z"}]}
        first, second = verify_proof_set(unsigned, resolve=MATERIAL.resolve, now=NOW, budget=Budget())
        assert isinstance(first.error, SkippedProof)
        assert second.error is not None
        unknown = verify_proof_set(SIGNED, resolve=lambda _: None, now=NOW, budget=Budget())
        assert not any(isinstance(result.error, SkippedProof) for result in unknown)

    def test_a_file_costs_so_many_signatures(self) -> None:
        document = PLANT.issue(foreign(PLANT), suites=(EDDSA_JCS_2022,))
        assert validate(verify({**document, "proof": [document["proof"]] * 2})).verified
        assert validate(verify({**document, "proof": [document["proof"]] * 3})).state is State.ALTERED
        inner = [SCHOOL.issue(samples.credential(number)) for number in range(2, 5)]
        record = learner_record(inner)
        budget = Budget(proofs=3)
        verify_proof_set(record, resolve=MATERIAL.resolve, now=NOW, budget=budget)
        results = verify_proof_set(inner[0], resolve=MATERIAL.resolve, now=NOW, budget=budget)
        assert [result.error is None for result in results] == [False, True]
        assert results[0].error is not None
        assert "more proofs than are looked at" in results[0].error.detail

    def test_one_budget_for_all_that_is_inside(self) -> None:
        same = PLANT.issue(foreign(PLANT, id=None), suites=(EDDSA_JCS_2022,))
        record = learner_record([same, same, same])
        states = [nested.state for nested in validate(verify(record)).nested]
        assert states == [State.VALID, State.VALID, State.ALTERED]

    def test_every_proof_of_a_foreign_set_holds(self) -> None:
        document = PLANT.issue(foreign(PLANT))
        bad = {**document["proof"][0], "proofValue": document["proof"][1]["proofValue"]}
        assert validate(verify(document)).verified
        assert said(verify({**document, "proof": [*document["proof"], bad]}), "signature")[0] == "fails"

    @pytest.mark.parametrize(
        "changes",
        [{"cryptosuite": "ecdsa-rdfc-2019"}, {"type": "Ed25519Signature2020"}],
        ids=str,
    )
    def test_a_kind_that_is_not_known(self, changes: Any) -> None:
        document = PLANT.issue(foreign(PLANT))
        strange = {**document["proof"][0], **changes}
        for proof in (strange, [strange], [document["proof"][1], strange]):
            result = verify({**document, "proof": proof})
            assert said(result, "signature") == ("unknown", "unsupported_proof")
            assert validate(result).state is State.ISSUER_UNKNOWN

    def test_what_fails_outweighs_what_is_unknown(self) -> None:
        document = PLANT.issue(foreign(PLANT))
        proof = [
            {**document["proof"][0], "cryptosuite": "x"},
            {**document["proof"][1], "created": "2026-01-01T00:00:00Z"},
        ]
        assert said(verify({**document, "proof": proof}), "signature")[0] == "fails"

    def test_a_key_that_is_not_to_be_had(self) -> None:
        result = verify(PLANT.issue(foreign(PLANT)), resolve=lambda _: None)
        assert said(result, "signature") == ("unknown", "unresolvable_identifier")
        assert said(result, "issuer") == ("unknown", "not_established")
        assert validate(result).state is State.ISSUER_UNKNOWN
        assert not result.authentic

    def test_a_member_that_no_vocabulary_knows(self) -> None:
        document = PLANT.issue(foreign(PLANT), suites=(EDDSA_RDFC_2022,))
        result = verify({**document, "favouriteColour": "blue"})
        assert said(result, "signature") == ("fails", "data_loss_detection_error")
        assert validate(result).state is State.ALTERED


class TestStructure:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b"\xff\xfe",
            b'{"a":1,"a":2}',
            b"{" * 100_000,
            b'{"hello": "world"}',
            "text",
            "[" * 10**6,
        ],
        ids=lambda data: repr(data[:12]),
    )
    def test_no_credential_at_all(self, data: Any) -> None:
        result = verify(data)
        assert said(result, "structure") == ("fails", "unreadable")
        assert result.document is None
        assert validate(result).state is State.UNREADABLE

    @pytest.mark.parametrize("source", [None, 5, [], ["x"], object(), {1: 2}, {"type": {1, 2}}, {"a": float("nan")}])
    def test_not_even_json(self, source: Any) -> None:
        assert validate(verify(source)).state is State.UNREADABLE

    def test_an_object_that_holds_itself(self) -> None:
        loop: dict[str, Any] = {}
        loop["loop"] = loop
        assert validate(verify(loop)).state is State.UNREADABLE

    def test_limits_are_the_callers(self) -> None:
        small = Limits(bytes=100, depth=3, nodes=10)
        result = verify_credential(dumps(SIGNED), material=MATERIAL, now=NOW, limits=small)
        assert validate(result).state is State.UNREADABLE

    def test_signed_rightly_and_built_wrongly(self) -> None:
        document = STRANGER.issue(foreign(validFrom="yesterday"), suites=(EDDSA_JCS_2022,))
        result = verify(document)
        assert said(result, "signature") == ("holds", "ok")
        assert said(result, "structure") == ("fails", "malformed")
        assert result.step("structure").problems[0].path == "$.validFrom"
        assert validate(result).state is State.UNREADABLE

    def test_jcs_does_not_cover_meaning(self) -> None:
        document = STRANGER.issue(foreign(favouriteColour="blue"), suites=(EDDSA_JCS_2022,))
        result = verify(document)
        assert said(result, "structure") == ("fails", "malformed")
        assert result.problems[0].type.endswith("DATA_LOSS_DETECTION_ERROR")

    def test_a_vocabulary_that_is_not_known(self) -> None:
        contexts = [CONTEXT_VC2, "https://context.example/v1"]
        for suites in ((EDDSA_JCS_2022,), (EDDSA_RDFC_2022,)):
            document = STRANGER.issue(foreign(), suites=suites) | {"@context": contexts}
            if suites == (EDDSA_JCS_2022,):
                document = STRANGER.issue(foreign(**{"@context": contexts}), suites=suites)
            result = verify(document)
            assert said(result, "structure") == ("fails", "unknown_vocabulary")
            assert validate(result).state is State.UNREADABLE

    def test_exchanged_words(self) -> None:
        """The same statements under exchanged names: RDF cannot see it, the array of contexts can."""
        swap = {"description": {"@id": "https://schema.org/name"}, "name": {"@id": "https://schema.org/description"}}
        document = STRANGER.issue(foreign(), suites=(EDDSA_RDFC_2022,))
        assert validate(verify(document | {"@context": [*document["@context"], swap]})).state is State.UNREADABLE

    def test_one_thing_in_two_ways(self) -> None:
        subject = dict(samples.credential()["credentialSubject"])
        subject["achievement"] = {**subject["achievement"], "creator": {**PLANT_PROFILE, "name": "Цех № 7"}}
        subject["source"] = {**subject["source"], "parentOrg": PLANT_PROFILE}
        for document in (
            PLANT.issue(foreign(PLANT, credentialSubject=subject), suites=(EDDSA_RDFC_2022,)),
            SCHOOL.issue(badge(credentialSubject=subject)),
        ):
            result = verify(document)
            assert said(result, "signature") == ("holds", "ok")
            assert said(result, "structure") == ("fails", "ambiguous")
            assert validate(result).state is State.ALTERED
            assert not result.authentic

    def test_there_is_an_end_to_status_entries(self) -> None:
        entry = samples.credential()["credentialStatus"]
        entries = [{**entry, "id": f"{LIST_URL}#{number}", "statusListIndex": str(number)} for number in range(65)]
        result = verify(SCHOOL.issue(badge(credentialStatus=entries)))
        assert said(result, "structure") == ("fails", "malformed")
        assert result.step("structure").problems[0].path == "$.credentialStatus"
        assert validate(verify(SCHOOL.issue(badge(credentialStatus=entries[:64])))).verified

    def test_a_status_entry_that_is_malformed(self) -> None:
        entry = {**samples.credential()["credentialStatus"], "statusListIndex": -1}
        result = verify(STRANGER.issue(foreign() | {"credentialStatus": [entry]}, suites=(EDDSA_JCS_2022,)))
        assert said(result, "structure") == ("fails", "malformed")
        assert result.step("structure").problems[0].path == "$.credentialStatus[0].statusListIndex"


class TestIssuer:
    def test_a_strangers_signature_under_our_name(self) -> None:
        document = STRANGER.issue(badge())
        result = verify(document)
        assert said(result, "signature") == ("holds", "ok")
        assert said(result, "issuer") == ("fails", "other_signer")
        assert validate(result).state is State.ALTERED

    def test_a_key_that_is_not_to_be_had_under_our_name(self) -> None:
        elsewhere = PLANT.issue(badge())
        result = verify(elsewhere, resolve={SCHOOL.did: SCHOOL.document}.get)
        assert validate(result).state is State.ALTERED

    def test_a_strangers_proof_beside_ours(self) -> None:
        document = add_proof(
            SIGNED,
            suite=EDDSA_RDFC_2022,
            sign=STRANGER.key.sign,
            verification_method=STRANGER.method,
            created=SIGNED_AT,
        )
        assert said(verify(document), "issuer") == ("fails", "other_signer")

    @pytest.mark.parametrize("named", [SCHOOL, PLANT, STRANGER], ids=lambda signer: signer.did[:12])
    @pytest.mark.parametrize("signing", [SCHOOL, PLANT, STRANGER], ids=lambda signer: signer.did[:12])
    def test_no_key_signs_for_another(self, named: Any, signing: Any) -> None:
        """Every key under every name: by its own method, and by the method of the one it pretends to be."""
        everybody = {signer.did: TrustedIssuer(signer.did, "-") for signer in (SCHOOL, PLANT, STRANGER)}
        document = badge(issuer=named.did)
        openly = verify(signing.issue(document), trusted=everybody)
        pretending = verify(replace(named, key=signing.key).issue(document), trusted=everybody)
        expected = State.VALID if named is signing else State.ALTERED
        assert [validate(openly).state, validate(pretending).state] == [expected, expected]

    def test_an_issuer_that_is_no_identifier(self) -> None:
        document = STRANGER.issue(foreign() | {"issuer": {"name": "Школа"}}, suites=(EDDSA_JCS_2022,))
        assert validate(verify(document)).state is State.UNREADABLE


class TestTrust:
    def test_a_stranger(self) -> None:
        result = verify(STRANGER.issue(foreign()))
        assert [said(result, name)[0] for name in ("signature", "issuer", "trust")] == ["holds", "holds", "unknown"]
        assert result.authentic
        assert result.problems[0].severity == "warning"
        assert validate(result).state is State.ISSUER_UNKNOWN

    def test_our_own_did_is_no_trust_by_itself(self) -> None:
        assert validate(verify(trusted={})).state is State.ISSUER_UNKNOWN


class TestDates:
    UNTIL = SIGNED_AT + timedelta(days=1)

    @pytest.mark.parametrize(
        ("at", "code"),
        [
            (SIGNED_AT - timedelta(seconds=1), "not_yet_valid"),
            (SIGNED_AT, "ok"),
            (UNTIL, "ok"),
            (UNTIL + timedelta(seconds=1), "expired"),
        ],
    )
    def test_both_ends_belong_to_it(self, at: Any, code: str) -> None:
        document = SCHOOL.issue(samples.credential(valid_until=self.UNTIL))
        assert said(verify(document, at), "dates")[1] == code

    def test_offsets_are_instants(self) -> None:
        document = PLANT.issue(foreign(PLANT, validFrom="2026-03-18T16:30:00+07:00"))
        assert said(verify(document, SIGNED_AT + timedelta(minutes=29)), "dates")[1] == "not_yet_valid"
        assert said(verify(document, SIGNED_AT + timedelta(minutes=30)), "dates")[1] == "ok"

    def test_version_1(self) -> None:
        old = foreign(PLANT, validFrom=None, issuanceDate="2026-03-18T09:00:00Z", expirationDate="2026-03-18T09:30:00Z")
        old["@context"] = [CONTEXT_VC1, CONTEXT_OB3, CONTEXT_DI2]
        document = PLANT.issue(old)
        assert validate(verify(document, SIGNED_AT)).state is State.VALID
        assert validate(verify(document)).state is State.EXPIRED

    def test_version_1_with_the_members_of_version_2(self) -> None:
        old = foreign(PLANT, issuanceDate="2026-03-18T09:00:00Z", validUntil="2026-03-18T09:30:00Z")
        old["@context"] = [CONTEXT_VC1, CONTEXT_OB3, CONTEXT_DI2]
        result = verify(PLANT.issue(old))
        assert validate(result).state is State.EXPIRED
        assert result.valid_until == read_badge(old).valid_until == SIGNED_AT + timedelta(minutes=30)

    def test_a_clock_before_the_signature(self) -> None:
        """Nothing was changed in the file, so that is not what is said."""
        result = verify(at=SIGNED_AT - timedelta(days=1))
        assert said(result, "signature") == ("holds", "ok")
        assert said(result, "dates") == ("fails", "not_yet_valid")
        assert validate(result).state is State.NOT_YET_VALID
        undated = verify(PLANT.issue(foreign(PLANT, validFrom=None)), SIGNED_AT - timedelta(days=1))
        assert said(undated, "dates") == ("fails", "not_yet_valid")
        assert undated.step("dates").reason.params == {"created": SIGNED_AT}

    def test_a_signature_that_has_expired(self) -> None:
        document = add_proof(
            foreign(PLANT),
            suite=EDDSA_RDFC_2022,
            sign=PLANT.key.sign,
            verification_method=PLANT.method,
            created=SIGNED_AT,
            expires=SIGNED_AT + timedelta(minutes=1),
        )
        assert validate(verify(document, SIGNED_AT)).state is State.VALID
        assert validate(verify(document)).state is State.EXPIRED
        assert validate(verify({**document, "name": "x"})).state is State.ALTERED

    def test_no_dates(self) -> None:
        assert said(verify(PLANT.issue(foreign(PLANT, validFrom=None))), "dates") == ("holds", "ok")


def listed(**changes: Any) -> Any:
    """The clear list with other members, signed anew."""
    unsigned = {name: value for name, value in CLEAR_LIST.items() if name != "proof"}
    return SCHOOL.issue({**unsigned, **changes})


def lists(**by_url: Any) -> Any:
    return {f"{samples.BASE}/status/{name[1:]}": found for name, found in by_url.items()}.get


class TestStatus:
    @pytest.mark.parametrize(("purpose", "state"), [("revocation", State.REVOKED), ("suspension", State.SUSPENDED)])
    def test_a_bit_that_is_set(self, purpose: str, state: State) -> None:
        entry = {**samples.credential()["credentialStatus"], "statusPurpose": purpose}
        document = SCHOOL.issue(badge(credentialStatus=entry))
        clear, stopped = status_list(INDEX - 1, INDEX + 1, purpose=purpose), status_list(INDEX, purpose=purpose)
        assert validate(verify(document, status_list=lists(_1=clear))).verified
        assert validate(verify(document, status_list=lists(_1=stopped))).state is state

    def test_every_entry_counts(self) -> None:
        entry = samples.credential()["credentialStatus"]
        second = {
            **entry,
            "id": f"{samples.BASE}/status/2#{INDEX}",
            "statusPurpose": "suspension",
            "statusListCredential": f"{samples.BASE}/status/2",
        }
        document = SCHOOL.issue(badge(credentialStatus=[second, entry]))
        suspended = status_list(INDEX, purpose="suspension", url=f"{samples.BASE}/status/2")
        assert validate(verify(document, status_list=lists(_1=CLEAR_LIST, _2=suspended))).state is State.SUSPENDED
        # The graver word counts, whatever comes first; and a word is graver than none.
        revoked = status_list(INDEX)
        assert validate(verify(document, status_list=lists(_1=revoked, _2=suspended))).state is State.REVOKED
        assert validate(verify(document, status_list=lists(_1=revoked))).state is State.REVOKED
        assert validate(verify(document, status_list=lists(_1=CLEAR_LIST))).state is State.STATUS_UNKNOWN

    def test_no_status(self) -> None:
        assert said(verify(PLANT.issue(foreign(PLANT))), "status") == ("holds", "no_status")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"type": "1EdTechRevocationList"}, "unknown_status_type"),
            ({"type": "StatusList2021Entry"}, "unknown_status_type"),
            ({"statusPurpose": "ext:other"}, "unknown_status_purpose"),
        ],
    )
    def test_kinds_that_are_not_known(self, change: Any, code: str) -> None:
        entry = {**samples.credential()["credentialStatus"], **change}
        document = PLANT.issue(foreign(PLANT) | {"credentialStatus": entry}, suites=(EDDSA_JCS_2022,))
        step = _status_alone(document)
        assert (step.outcome.value, step.code) == ("unknown", code)

    @pytest.mark.parametrize("purpose", ["refresh", "message"])
    def test_purposes_that_inform(self, purpose: str) -> None:
        entry = {**samples.credential()["credentialStatus"], "statusPurpose": purpose}
        assert _status_alone({**badge(), "credentialStatus": entry}).holds

    def test_no_list(self) -> None:
        result = verify(status_list=lists())
        assert said(result, "status") == ("unknown", "status_not_available")
        assert validate(result).state is State.STATUS_UNKNOWN
        assert result.problems[0].type.endswith("STATUS_RETRIEVAL_ERROR")

    def test_lists_that_do_not_hold(self) -> None:
        other_address = status_list(url=f"{samples.BASE}/status/9")
        wrong = {
            "unsigned": {name: value for name, value in CLEAR_LIST.items() if name != "proof"},
            "altered": {**CLEAR_LIST, "validFrom": "2026-03-18T08:00:00Z"},
            "one proof altered": {
                **CLEAR_LIST,
                "proof": [CLEAR_LIST["proof"][0], {**CLEAR_LIST["proof"][1], "created": "2026-03-18T08:00:00Z"}],
            },
            "another address": other_address,
            "no address": SCHOOL.issue(
                {name: value for name, value in CLEAR_LIST.items() if name not in ("id", "proof")}
            ),
            "another purpose": status_list(purpose="suspension"),
            "a stranger's": status_list(signer=STRANGER),
            "signed by another": STRANGER.issue({name: value for name, value in CLEAR_LIST.items() if name != "proof"}),
            "no list": SCHOOL.issue(badge(id=LIST_URL)),
            "malformed": {**CLEAR_LIST, "issuer": 5},
            "another vocabulary": {**CLEAR_LIST, "@context": ["https://context.example/v1"]},
            "stale": status_list(valid_until=NOW - timedelta(seconds=1)),
            "not yet in force": listed(validFrom=format_datetime(NOW + timedelta(minutes=5, seconds=1))),
            "a date that is none": listed(validFrom="yesterday"),
            "one suite": {**CLEAR_LIST, "proof": CLEAR_LIST["proof"][1]},
            "one suite twice": {**CLEAR_LIST, "proof": [*CLEAR_LIST["proof"], CLEAR_LIST["proof"][0]]},
            "two ways": listed(credentialSubject={**CLEAR_LIST["credentialSubject"], "id": LIST_URL}),
        }
        for name, found in wrong.items():
            result = verify(status_list=lists(_1=found))
            assert result.step("status").outcome is Outcome.UNKNOWN, name
            assert validate(result).state is State.STATUS_UNKNOWN, name
        assert validate(verify(status_list=lists(_1=status_list(valid_until=NOW)))).verified
        assert validate(
            verify(status_list=lists(_1=listed(validFrom=format_datetime(NOW + timedelta(minutes=5)))))
        ).verified
        one_suite = status_list(signer=PLANT)
        assert validate(verify(status_list=lists(_1={**one_suite, "proof": one_suite["proof"][0]}))).verified

    def test_a_list_of_the_future(self) -> None:
        document = SCHOOL.issue(badge(validFrom=None))
        assert validate(verify(document, SIGNED_AT - timedelta(minutes=5))).state is State.VALID
        result = verify(document, SIGNED_AT - timedelta(minutes=5, seconds=1))
        assert said(result, "status") == ("unknown", "status_verification_error")

    def test_the_school_may_keep_a_partners_list(self) -> None:
        document = PLANT.issue(badge(issuer=PLANT.did))
        assert validate(verify(document)).verified
        assert validate(verify(document, status_list=lists(_1=status_list(INDEX)))).state is State.REVOKED
        only_the_plant = {PLANT.did: TrustedIssuer(PLANT.did, "Завод «Полёт»")}
        assert validate(verify(document, trusted=only_the_plant)).state is State.STATUS_UNKNOWN

    def test_our_register(self) -> None:
        for record, state, gap in (
            (RecordFacts(revoked_at=NOW, revocation_reason="error"), State.REVOKED, "revoked_at"),
            (RecordFacts(suspended_at=NOW), State.SUSPENDED, "suspended_at"),
            (RecordFacts(superseded_by="urn:uuid:2", superseded_at=NOW), State.SUPERSEDED, None),
            (RecordFacts(suspended_at=NOW, superseded_by="urn:uuid:2"), State.SUPERSEDED, None),
            (RecordFacts(suspended_at=NOW, superseded_by="urn:uuid:2", revoked_at=NOW), State.REVOKED, "revoked_at"),
        ):
            # What the register does not know yet, the published list does.
            assert validate(verify(record=record, status_list=lists(_1=status_list(INDEX)))).state is State.REVOKED
            result = verify(record=record)
            assert validate(result).state is state
            assert result.record is record
            if gap:
                assert validate(result).reason.params[gap] == NOW

    def test_our_register_speaks_of_our_own_alone(self) -> None:
        copy = STRANGER.issue(foreign())
        result = verify(copy, record=RecordFacts(revoked_at=NOW))
        assert validate(result).state is State.ISSUER_UNKNOWN
        assert result.record is None

    def test_a_list_is_read_once(self) -> None:
        asked: list[str] = []

        def counted(url: str) -> Any:
            asked.append(url)
            return CLEAR_LIST

        document = learner_record([SCHOOL.issue(samples.credential(number)) for number in range(2, 6)])
        result = verify(document, status_list=counted)
        assert validate(result).verified
        assert asked == [LIST_URL]

    def test_a_list_is_expanded_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        expanded: list[int] = []

        def counted(text: str) -> bytes:
            expanded.append(len(text))
            return expand_bitstring(text)

        monkeypatch.setattr("portfolio.vc.verification.status.expand_bitstring", counted)
        entry = samples.credential()["credentialStatus"]
        entries = [{**entry, "id": f"{LIST_URL}#{number}", "statusListIndex": str(number)} for number in range(9)]
        assert validate(verify(SCHOOL.issue(badge(credentialStatus=entries)))).verified
        assert len(expanded) == 1
        broken = listed(credentialSubject={**CLEAR_LIST["credentialSubject"], "encodedList": "uAAAA"})
        result = verify(SCHOOL.issue(badge(credentialStatus=entries)), status_list=lists(_1=broken))
        assert validate(result).state is State.STATUS_UNKNOWN
        assert len(expanded) == 2


def _status_alone(document: Any) -> Any:
    return status_step(status_facts(document, SCHOOL.did, StatusLists(MATERIAL, NOW, STRICT)), None)


class TestWhatInforms:
    def test_schema(self) -> None:
        document = PLANT.issue(foreign(PLANT, name=None))
        assert said(verify(document), "schema")[0] in ("holds", "fails")
        subject = dict(samples.credential()["credentialSubject"])
        del subject["achievement"]
        result = verify(PLANT.issue(foreign(PLANT, credentialSubject=subject)))
        assert said(result, "schema") == ("fails", "schema_mismatch")
        assert result.step("schema").problems
        assert validate(result).verified
        plain = verify(PLANT.issue(foreign(PLANT, type=["VerifiableCredential"], credentialSubject={"id": "urn:a:1"})))
        assert said(plain, "schema") == ("unknown", "no_schema")

    def test_endorsements(self) -> None:
        document_id = badge()["id"]
        endorsement = PLANT.issue({**samples.endorsement(), "issuer": PLANT.did})
        assert endorsement["credentialSubject"]["id"] == document_id

        def embedded(item: Any) -> Any:
            inside = {name: value for name, value in item.items() if name != "@context"}
            return verify(SCHOOL.issue(badge(endorsement=[inside])))

        good = embedded(endorsement)
        assert said(good, "endorsements") == ("holds", "ok")
        assert validate(good).verified
        (fact,) = good.endorsements
        assert (fact.about, fact.endorsed, fact.outcome) == ("credential", document_id, "holds")
        assert (fact.endorser, fact.endorser_name) == (PLANT.did, None)  # the issuer is a bare address here
        assert fact.comment == "Подтверждаем уровень 3 по H-ALG."
        assert said(embedded({**endorsement, "name": "x"}), "endorsements") == ("fails", "endorsement_fails")
        stranger = STRANGER.issue({**samples.endorsement(), "issuer": STRANGER.did})
        assert said(embedded(stranger), "endorsements") == ("unknown", "endorsement_unknown")
        elsewhere = {**samples.endorsement(), "issuer": PLANT.did}
        elsewhere["credentialSubject"] = {**elsewhere["credentialSubject"], "id": "urn:uuid:9"}
        assert said(embedded(PLANT.issue(elsewhere)), "endorsements") == ("fails", "endorsement_fails")

    def test_an_embedded_endorsement_passes_every_step(self) -> None:
        """It has no ``@context`` of its own: it stands under that of the credential, the proof over its text apart."""
        issuer = {**samples.endorsement()["issuer"], "id": PLANT.did}
        signed = PLANT.issue({**samples.endorsement(), "issuer": issuer})
        endorsement = {name: value for name, value in signed.items() if name != "@context"}
        result = verify(SCHOOL.issue(badge(endorsement=[endorsement])))
        assert [step.name for step in result.steps if not step.holds] == ["ledger"]
        assert result.problems == ()
        (inner,) = result.endorsements
        assert inner.endorser_name == "Завод «Полёт»"
        assert [step.name for step in inner.result.steps if not step.holds] == ["endorsements", "ledger"]
        subject = {**samples.credential()["credentialSubject"], "endorsement": [endorsement]}
        lacking = {name: value for name, value in endorsement.items() if name != "name"}
        assert check_schema(badge(credentialSubject=subject)) == []
        assert [problem.path for problem in check_schema(badge(endorsement=[lacking]))] == ["$.endorsement[0]"]
        assert check_schema(lacking | {"name": "x"})[0].path == "$"

    def test_the_log_is_not_asked_yet(self) -> None:
        assert said(verify(), "ledger") == ("unknown", "not_part_of_check")


def learner_record(credentials: list[Any], **changes: Any) -> Any:
    unsigned = clr_credential(
        id="urn:uuid:0b8e0000-0000-4000-b000-000000000001",
        issuer=samples.SCHOOL,
        subject_id="urn:uuid:0b8e0000-0000-4000-9000-000000000001",
        subject_name="Ветрова Алёна",
        name="Портфолио",
        valid_from=SIGNED_AT,
        credentials=credentials,
    )
    return SCHOOL.issue({**unsigned, **changes})


class TestLearnerRecord:
    def test_each_credential_is_verified(self) -> None:
        inner = [SIGNED, SCHOOL.issue(samples.credential(2))]
        result = verify_credential(dumps(learner_record(inner)), material=MATERIAL, now=NOW, limits=COLLECTION_LIMITS)
        verdict = validate(result)
        assert verdict.verified
        assert [nested.state for nested in verdict.nested] == [State.VALID, State.VALID]
        assert [nested.credential_id for nested in result.nested] == [document["id"] for document in inner]

    def test_an_altered_credential_inside(self) -> None:
        """Our own signature over it would be a fault of ours, and does not make it genuine."""
        verdict = validate(verify(learner_record([SIGNED, {**SIGNED, "id": "urn:uuid:2"}])))
        assert verdict.state is State.ALTERED
        assert verdict.result.step("structure").code == "nested_altered"
        assert [nested.state for nested in verdict.nested] == [State.VALID, State.ALTERED]

    def test_a_revoked_credential_inside_is_told_beside(self) -> None:
        verdict = validate(verify(learner_record([SIGNED]), status_list=lists(_1=status_list(INDEX))))
        assert verdict.verified
        assert [nested.state for nested in verdict.nested] == [State.REVOKED]

    def test_the_register_speaks_of_the_record_alone(self) -> None:
        verdict = validate(verify(learner_record([SIGNED]), record=RecordFacts(revoked_at=NOW)))
        assert verdict.state is State.REVOKED
        assert [nested.state for nested in verdict.nested] == [State.VALID]
        assert verdict.result.nested[0].record is None

    def test_the_outer_signature_covers_the_inner(self) -> None:
        record = json.loads(dumps(learner_record([SIGNED])))
        inner = record["credentialSubject"]["verifiableCredential"][0]
        inner["proof"] = inner["proof"][::-1]
        assert validate(verify(record)).state is State.ALTERED

    @pytest.mark.parametrize("inner", ["urn:uuid:1", 5, ["x"]])
    def test_something_else_inside(self, inner: Any) -> None:
        record = learner_record([SIGNED])
        unsigned = {name: value for name, value in record.items() if name != "proof"}
        unsigned["credentialSubject"] = {**unsigned["credentialSubject"], "verifiableCredential": [SIGNED, inner]}
        result = verify(SCHOOL.issue(unsigned, suites=(EDDSA_JCS_2022,)), own_dids=frozenset())
        assert validate(result).state in (State.UNREADABLE, State.ALTERED)

    def test_nothing_inside_an_altered_record_is_looked_at(self) -> None:
        result = verify({**learner_record([SIGNED]), "name": "x"})
        assert result.nested == ()
        assert validate(result).state is State.ALTERED

    def test_records_in_records_end(self) -> None:
        record = SIGNED
        for _ in range(3):
            record = learner_record([record])
        assert not validate(verify(record)).verified


class TestReferences:
    def test_what_it_refers_to(self) -> None:
        found = references(SIGNED)
        assert (found.issuer, found.credential_id) == (SCHOOL.did, SIGNED["id"])
        assert found.status_list_urls == (LIST_URL,)
        assert found.verification_methods == (SCHOOL.method,)

    def test_those_inside_too(self) -> None:
        found = references(learner_record([PLANT.issue(foreign(PLANT, id="urn:uuid:7")), SIGNED]))
        assert found.verification_methods == (SCHOOL.method, PLANT.method)
        assert found.status_list_urls == (LIST_URL,)

    @settings(deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["issuer", "id", "proof", "credentialStatus", "endorsement", "type"]), inner
                )
            ),
            max_leaves=12,
        )
    )
    def test_any_value(self, value: Any) -> None:
        references(value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        found += _places(member, (*path, key))
    return found


PLACES = _places(SIGNED)


def _altered(path: tuple[Any, ...], how: str, value: Any) -> Any:
    document = json.loads(dumps(SIGNED))
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    if how == "delete":
        del holder[path[-1]]
    elif how == "wrap":
        holder[path[-1]] = [holder[path[-1]]]
    elif how == "add" and isinstance(holder, dict):
        holder["extra"] = value
    elif how == "rename" and isinstance(holder, dict):
        holder["renamed"] = holder.pop(path[-1])
    else:
        holder[path[-1]] = value
    return document


def _same(document: Any) -> bool:
    """Whether a document says what the signed one says: 16.0 is 16 in JSON, and false is not 0."""

    def figure(text: str) -> float:
        value = float(text)
        return int(value) if value.is_integer() else value

    first, second = (json.loads(json.dumps(value), parse_float=figure) for value in (document, SIGNED))
    return json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)


class TestNeverRaises:
    @FUZZ
    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        assert not validate(verify(data)).verified

    @FUZZ
    @given(JSON)
    def test_any_json(self, value: Any) -> None:
        assert not validate(verify(json.dumps(value))).verified

    @FUZZ
    @given(st.dictionaries(st.sampled_from([*SIGNED, "endorsement", "credentialSchema"]), JSON))
    def test_any_members(self, members: dict[str, Any]) -> None:
        result = verify({**SIGNED, **members})
        assert validate(result).verified is _same({**SIGNED, **members})

    @FUZZ
    @given(st.sampled_from(PLACES), st.sampled_from(["delete", "wrap", "add", "rename", "replace"]), JSON)
    def test_one_alteration(self, path: tuple[Any, ...], how: str, value: Any) -> None:
        altered = _altered(path, how, value)
        verdict = validate(verify(altered))
        assert verdict.verified is _same(altered)
        assert verdict.verified or verdict.exit_code == 1

    @FUZZ
    @given(JSON, JSON)
    def test_any_material(self, document: Any, found: Any) -> None:
        """What a verifier was handed by others is as hostile as the file."""
        hostile = Material(
            resolve=lambda _: document,
            status_list=lambda _: found if isinstance(found, dict) else None,
            trusted=MATERIAL.trusted,
        )
        assert not validate(verify_credential(SIGNED, material=hostile, now=NOW)).verified
