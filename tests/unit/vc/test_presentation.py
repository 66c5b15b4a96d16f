"""Presentations: who shows which credentials to whom, and that each of them is looked at by itself."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from portfolio.vc.conformance import CONTEXT_EXAMPLES, conformance_profile
from portfolio.vc.contexts import CONTEXT_DI2, CONTEXT_OB3, CONTEXT_VC1, CONTEXT_VC2
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022
from portfolio.vc.data_integrity import add_proof
from portfolio.vc.did import did_key
from portfolio.vc.envelopes import envelope
from portfolio.vc.jose import sign_token
from portfolio.vc.presentation import check_presentation
from portfolio.vc.validation import State, validate_presentation
from portfolio.vc.verification import (
    PRESENTATION_STEPS,
    Outcome,
    PresentationResult,
    is_presentation,
    references,
    verify_presentation,
)
from tests.unit.vc import samples
from tests.unit.vc.signers import LIST_URL, MATERIAL, NOW, PLANT, SCHOOL, SIGNED_AT, badge, foreign, key_signer
from tests.unit.vc.signers import status_list as listed
from tests.unit.vc.tokens import p256, public, token

HOLDER = key_signer(b"h")
DOMAIN, CHALLENGE = "works.example", "uX0bLq"
OURS = SCHOOL.issue(badge())
THEIRS = PLANT.issue(foreign(PLANT, id="urn:uuid:0b8e0000-0000-4000-8000-00000000abcd"))


def unsigned(*credentials: Any, **changes: Any) -> dict[str, Any]:
    document = {
        "@context": [CONTEXT_VC2],
        "id": "urn:uuid:0b8e0000-0000-4000-c000-000000000001",
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": list(credentials),
        **changes,
    }
    return {name: value for name, value in document.items() if value is not None}


def presented(*credentials: Any, suite: Any = EDDSA_RDFC_2022, signer: Any = HOLDER, **changes: Any) -> dict[str, Any]:
    options = {
        name: changes.pop(name) for name in ("domain", "challenge", "proof_purpose", "expires") if name in changes
    }
    options = {"proof_purpose": "authentication", "created": SIGNED_AT, **options}
    return add_proof(
        unsigned(*credentials, **changes),
        suite=suite,
        sign=signer.key.sign,
        verification_method=signer.method,
        **options,
    )


def verify(source: Any, **options: Any) -> PresentationResult:
    return verify_presentation(source, **{"material": MATERIAL, "now": NOW, **options})


def state(source: Any, **options: Any) -> State:
    return validate_presentation(verify(source, **options)).state


@pytest.mark.parametrize("suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022], ids=lambda suite: suite.name)
class TestWhatHolds:
    def test_two_credentials(self, suite: Any) -> None:
        result = verify(presented(OURS, THEIRS, suite=suite))
        assert validate_presentation(result).verified
        assert [step.name for step in result.steps] == list(PRESENTATION_STEPS)
        assert result.holder == HOLDER.did
        assert [inner.issuer for inner in result.credentials] == [SCHOOL.did, PLANT.did]
        assert len(result.proofs) == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"holder": {"id": HOLDER.did}},
            {"holder": None},
            {"verifiableCredential": None},
            {"verifiableCredential": OURS},
            {"verifiableCredential": []},
            {"id": None},
            {"type": "VerifiablePresentation"},
            {"@context": [CONTEXT_VC2, CONTEXT_OB3]},
        ],
        ids=lambda changes: "".join(changes),
    )
    def test_shapes(self, suite: Any, changes: Any) -> None:
        assert state(presented(suite=suite, **changes)) is State.VALID

    def test_for_whom(self, suite: Any) -> None:
        document = presented(OURS, suite=suite, domain=DOMAIN, challenge=CHALLENGE)
        for options in ({}, {"domain": DOMAIN}, {"domain": [DOMAIN]}, {"domain": DOMAIN, "challenge": CHALLENGE}):
            assert state(document, **options) is State.VALID
        for options in (
            {"domain": "evil.example"},
            {"domain": [DOMAIN, "evil.example"]},
            {"domain": []},
            {"challenge": "another"},
            {"challenge": ""},
        ):
            result = verify(document, **options)
            assert validate_presentation(result).state is State.ALTERED
            assert result.step("signature").code in ("invalid_domain_error", "invalid_challenge_error")
        bare = presented(OURS, suite=suite)
        assert state(bare, domain=DOMAIN) is State.ALTERED
        assert state(bare, challenge=CHALLENGE) is State.ALTERED

    def test_several_domains_are_a_set(self, suite: Any) -> None:
        document = presented(OURS, suite=suite, domain=["b.example", "a.example"])
        assert state(document, domain=["a.example", "b.example"]) is State.VALID
        assert state(document, domain="a.example") is State.ALTERED

    def test_version_1(self, suite: Any) -> None:
        document = presented(suite=suite, **{"@context": [CONTEXT_VC1, CONTEXT_DI2]})
        assert state(document) is State.VALID


class TestWhatDoesNot:
    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            (unsigned(OURS), State.ALTERED),
            ({**unsigned(OURS), "proof": []}, State.ALTERED),
            ({**presented(OURS), "holder": PLANT.did}, State.ALTERED),
            ({**presented(OURS), "verifiableCredential": [THEIRS]}, State.ALTERED),
            ({**presented(OURS), "verifiableCredential": []}, State.ALTERED),
            ({**presented(OURS), "verifiableCredential": [OURS, OURS]}, State.ALTERED),
            ({**presented(OURS, THEIRS), "verifiableCredential": [OURS]}, State.ALTERED),
            (presented(OURS, holder=PLANT.did), State.ALTERED),  # signed by someone else
            (presented(OURS, proof_purpose="assertionMethod"), State.ALTERED),
            (presented(OURS, signer=PLANT), State.ALTERED),  # its key is for assertions
            (presented({**OURS, "name": "Another"}), State.ALTERED),
            (presented({name: value for name, value in OURS.items() if name != "proof"}), State.ALTERED),
            (presented(THEIRS["id"], suite=EDDSA_JCS_2022), State.UNREADABLE),
            (presented(verifiableCredential="urn:uuid:1", suite=EDDSA_JCS_2022), State.UNREADABLE),
            (presented(type=["VerifiableCredential"], suite=EDDSA_JCS_2022), State.UNREADABLE),
            (presented(holder={"type": "Person"}, suite=EDDSA_JCS_2022), State.UNREADABLE),
            ({**presented(), "id": "a b"}, State.ALTERED),
            ({**presented(suite=EDDSA_JCS_2022), "@context": [CONTEXT_OB3, CONTEXT_VC2]}, State.ALTERED),
            ({**presented(), "@context": [CONTEXT_VC2, "https://unknown.example/v1"]}, State.UNREADABLE),
            ({**presented(), "@context": [CONTEXT_OB3, CONTEXT_VC2]}, State.UNREADABLE),
            ({name: value for name, value in presented().items() if name != "@context"}, State.UNREADABLE),
            ({**presented(), "madeUp": 1}, State.ALTERED),
            (presented(OURS, expires=SIGNED_AT + timedelta(minutes=1)), State.EXPIRED),
            ({"type": "VerifiablePresentation"}, State.ALTERED),
            ({"a": 1}, State.UNREADABLE),
            (OURS, State.ALTERED),
            ("{", State.UNREADABLE),
            (b"\xff", State.UNREADABLE),
            (None, State.UNREADABLE),
            ([OURS], State.UNREADABLE),
        ],
    )
    def test_states(self, document: Any, expected: State) -> None:
        verdict = validate_presentation(verify(document))
        assert not verdict.verified
        assert verdict.state is expected
        assert verdict.exit_code

    def test_what_is_to_be_said_of_a_credential(self) -> None:
        """A presentation is as good as the worst of what it shows, and each is told apart."""
        index = int(badge()["credentialStatus"]["statusListIndex"])
        revoked = {"status_list": {LIST_URL: listed(index)}.get}
        material = type(MATERIAL)(
            resolve=MATERIAL.resolve, trusted=MATERIAL.trusted, own_dids=MATERIAL.own_dids, **revoked
        )
        verdict = validate_presentation(verify(presented(OURS, THEIRS), material=material))
        assert verdict.state is State.REVOKED
        assert [inner.state for inner in verdict.credentials] == [State.REVOKED, State.VALID]
        assert verdict.result.authentic
        assert verdict.result.step("credentials").fails

    def test_an_unknown_issuer_inside(self) -> None:
        stranger = HOLDER.issue(foreign(HOLDER, id="urn:uuid:1"))
        result = verify(presented(OURS, stranger))
        assert result.step("credentials").outcome is Outcome.UNKNOWN
        assert validate_presentation(result).state is State.ISSUER_UNKNOWN
        assert state(presented(OURS, stranger), profile=conformance_profile()) is State.VALID

    def test_nothing_is_looked_at_under_a_signature_that_fails(self) -> None:
        result = verify({**presented(OURS), "holder": PLANT.did})
        assert result.credentials == ()
        assert result.step("credentials").code == "not_checked"

    def test_every_member_is_covered(self) -> None:
        document = presented(OURS, domain=DOMAIN, challenge=CHALLENGE)
        for name in document:
            without = {key: value for key, value in document.items() if key != name}
            assert state(without) is not State.VALID, name
        for name in document["proof"]:
            proof = {key: value for key, value in document["proof"].items() if key != name}
            assert state({**document, "proof": proof}) is not State.VALID, name


VP_HEADER = {"alg": "EdDSA", "kid": HOLDER.method, "typ": "vp+jwt"}
OLD_HEADER = {"alg": "EdDSA", "kid": HOLDER.method, "typ": "JWT"}
INNER = envelope(sign_token(foreign(PLANT), sign=PLANT.key.sign, verification_method=f"{PLANT.method}-jwk"))


class TestTokens:
    def test_what_we_make(self) -> None:
        text = sign_token(unsigned(OURS, INNER), sign=HOLDER.key.sign, verification_method=HOLDER.method, kind="vp")
        for source in (text, envelope(text, "vp"), json.dumps(envelope(text, "vp"))):
            result = verify(source)
            assert validate_presentation(result).state is State.VALID
            assert result.envelope == "vp+jwt"
            assert [inner.envelope for inner in result.credentials] == [None, "vc+jwt"]
        assert is_presentation(envelope(text, "vp"))
        assert set(references(text).issuers) == {SCHOOL.did, PLANT.did}

    def test_an_envelope_inside_embedded_proofs(self) -> None:
        for suite in (EDDSA_RDFC_2022, EDDSA_JCS_2022):
            for inner in (INNER, {**INNER, "@context": CONTEXT_VC2}):
                assert state(presented(OURS, inner, suite=suite)) is State.VALID
        for broken in (
            {**INNER, "id": INNER["id"][:-2]},
            {**INNER, "name": "X"},
            {**INNER, "type": "VerifiableCredential"},
        ):
            assert state(presented(broken)) is not State.VALID
        cose = {**INNER, "id": "data:application/vc+cose;base64,0oRDoQExoQRYI"}
        assert state(presented(cose)) is State.ISSUER_UNKNOWN

    @pytest.mark.parametrize("media_type", ["application/vp+jwt", "application/jwt"])
    def test_the_older_profile(self, media_type: str) -> None:
        """As wallets write it: the document in the claim vp, an inner token by a P-256 key, a list in the list."""
        issuer = did_key(public(p256()))
        inner = {
            "@context": [CONTEXT_VC2],
            "type": ["VerifiableCredential"],
            "issuer": issuer,
            "credentialSubject": {"id": "did:example:alice", "name": "Alice"},
        }
        header = {"alg": "ES256", "kid": f"{issuer}#{issuer[8:]}"}
        text = token(header, {"iss": issuer, "sub": "did:example:alice", "vc": inner}, p256())
        enveloped = {
            "@context": CONTEXT_VC2,
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:application/jwt,{text}",
        }
        document = unsigned(verifiableCredential=[[enveloped]], id=None)
        payload = {"iss": HOLDER.did, "aud": "example.com", "nonce": "123456789", "vp": document}
        outer = token(OLD_HEADER, payload, HOLDER.key)
        source = {**envelope(outer, "vp"), "id": f"data:{media_type},{outer}"}
        assert state(source, challenge="123456789", profile=conformance_profile()) is State.VALID
        assert state(source, challenge="123456789", domain="example.com", profile=conformance_profile()) is State.VALID
        assert state(source, challenge="another", profile=conformance_profile()) is State.ALTERED
        assert state(source, domain="another.example", profile=conformance_profile()) is State.ALTERED
        assert state(source, challenge="123456789") is State.ISSUER_UNKNOWN

    @pytest.mark.parametrize(
        ("header", "payload"),
        [
            (VP_HEADER, {"vp": unsigned(OURS)}),
            (VP_HEADER, {**unsigned(OURS), "iss": PLANT.did}),
            (VP_HEADER, unsigned(OURS, holder=PLANT.did)),
            ({**VP_HEADER, "typ": "vc+jwt"}, unsigned(OURS)),
            (VP_HEADER, unsigned({name: value for name, value in OURS.items() if name != "proof"})),
            (VP_HEADER, unsigned("urn:uuid:1")),
            (VP_HEADER, {**unsigned(OURS), "exp": 1_773_824_401}),
            (VP_HEADER, {**unsigned(OURS), "madeUp": 1}),
            (VP_HEADER, badge()),
            (OLD_HEADER, {"vp": unsigned(OURS)}),
            (OLD_HEADER, {"iss": HOLDER.did, "vp": unsigned(OURS)}),  # no jti
            (OLD_HEADER, {"iss": PLANT.did, "vp": unsigned(OURS, id=None)}),
            (OLD_HEADER, {"iss": HOLDER.did, "vp": [unsigned(OURS)]}),
        ],
    )
    def test_refused(self, header: Any, payload: Any) -> None:
        text = token(header, payload, HOLDER.key)
        assert not validate_presentation(verify(text)).verified
        assert not validate_presentation(verify(envelope(text, "vp"))).verified

    def test_without_a_holder_the_issuer_of_the_token_presents(self) -> None:
        payload = {**unsigned(OURS, holder=None), "iss": HOLDER.did}
        result = verify(token(VP_HEADER, payload, HOLDER.key))
        assert result.holder == HOLDER.did
        assert validate_presentation(result).verified
        assert not validate_presentation(verify(token(VP_HEADER, unsigned(OURS, holder=None), HOLDER.key))).verified


class TestForm:
    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"@context": CONTEXT_VC2}, "$['@context']"),
            ({"@context": [CONTEXT_EXAMPLES]}, "$['@context'][0]"),
            ({"type": []}, "$.type"),
            ({"type": ["Presentation"]}, "$.type"),
            ({"type": 7}, "$.type"),
            ({"id": "a b"}, "$.id"),
            ({"id": ["urn:uuid:1"]}, "$.id"),
            ({"holder": 7}, "$.holder"),
            ({"holder": []}, "$.holder"),
            ({"verifiableCredential": ["urn:uuid:1"]}, "$.verifiableCredential[0]"),
            ({"verifiableCredential": [OURS, {}]}, "$.verifiableCredential[1]"),
            ({"verifiableCredential": [OURS, 7]}, "$.verifiableCredential[1]"),
            ({"termsOfUse": {"id": "urn:uuid:1"}}, "$.termsOfUse.type"),
            ({"proof": []}, "$.proof"),
            ({"proof": {}}, "$.proof.type"),
        ],
        ids=str,
    )
    def test_each_rule(self, changes: Any, path: str) -> None:
        assert path in [problem.path for problem in check_presentation({**unsigned(OURS), **changes})]

    def test_null_is_not_absence(self) -> None:
        for name in ("id", "holder", "verifiableCredential", "proof", "termsOfUse"):
            assert check_presentation({**unsigned(), name: None})

    def test_what_is_allowed(self) -> None:
        assert check_presentation(unsigned(OURS)) == []
        assert check_presentation({"@context": [CONTEXT_VC2], "type": "VerifiablePresentation"}) == []

    def test_which_are_presentations(self) -> None:
        assert is_presentation(unsigned())
        assert not is_presentation(samples.credential())
        assert not is_presentation("x")
