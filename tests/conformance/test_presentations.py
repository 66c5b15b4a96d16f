"""Presentations as suites send them, and challenges that are answered once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.conformance.suite import CONTEXT_EXAMPLES, CONTEXT_VC2, DOMAIN, Suite, plain


def test_presentations_that_hold(suite: Suite) -> None:
    wallet = suite.wallet
    one, other = wallet.credential(), wallet.credential(credentialSubject={"id": "did:example:other"})
    for presentation in (
        wallet.presentation(),
        wallet.presentation(one),
        wallet.presentation(one, other, holder=None),
        wallet.presentation(one, holder={"id": wallet.did}),
        wallet.presentation(suite.issued(plain())),
        wallet.presentation(one, **{"@context": [CONTEXT_VC2, CONTEXT_EXAMPLES]}),
    ):
        answer = suite.verify_presentation(presentation)
        assert answer.status == 200, answer.body
        assert answer.body["results"]["presentation"]["verified"] is True


def test_presentations_that_do_not(suite: Suite) -> None:
    good = suite.wallet.presentation(suite.wallet.credential())
    unsigned = {name: value for name, value in good.items() if name != "proof"}
    for bad in (
        unsigned,
        {**good, "@context": [CONTEXT_EXAMPLES, CONTEXT_VC2]},
        {**good, "@context": [CONTEXT_VC2, "https://example.org/unknown/v1"]},
        {**good, "@context": [CONTEXT_VC2, 123192875]},
        {**good, "type": ["Other"]},
        {**good, "verifiableCredential": ["https://example.org/1"]},
        {**good, "verifiableCredential": [plain(issuer=suite.wallet.did)]},
        {**good, "proof": {**good["proof"], "proofValue": "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"}},
        {"type": ["NonconformingDocument"]},
    ):
        assert suite.verify_presentation(bad).refused, bad
    assert suite.verify_presentation(good, {"domain": "elsewhere.example"}).refused
    assert suite.verify_presentation(good, {"challenge": "another"}).refused
    for body in ({"options": {}}, {"verifiablePresentation": None}, {}, [], None):
        assert suite.post("/presentations/verify", body).refused


def test_an_envelope(suite: Suite) -> None:
    found = suite.issued(plain(), {"envelope": True})
    assert found["type"] == "EnvelopedVerifiableCredential"
    assert found["id"].startswith("data:application/vc+jwt,")
    assert suite.verify(found).status == 200
    assert suite.verify(found["id"].partition(",")[2]).status == 200
    assert suite.verify({**found, "@context": []}).refused
    assert suite.verify({**found, "type": "VerifiableCredential"}).refused
    assert suite.verify({**found, "id": found["id"].partition(",")[2]}).refused


def test_our_challenge_is_answered_once_even_by_fifty_at_once(suite: Suite) -> None:
    challenge = suite.post("/challenges", {}).body["challenge"]
    document = {"@context": [CONTEXT_VC2], "type": ["VerifiablePresentation"], "holder": suite.wallet.did}
    signed = suite.wallet.secured(document, proof_purpose="authentication", domain=DOMAIN, challenge=challenge)
    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(lambda _: suite.verify_presentation(signed, {}).status, range(50)))
    assert sorted(statuses) == [200] + [400] * 49
    assert suite.verify_presentation(signed, {"challenge": challenge}).refused
