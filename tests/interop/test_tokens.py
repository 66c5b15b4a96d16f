"""JSON Web Signatures in both directions."""

from __future__ import annotations

import pytest

from portfolio.vc import State
from tests.interop import tokens
from tests.interop.judges import ACCEPTS
from tests.interop.tokens import Jose, PyJwt, Signed, TokenJudge

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("judge", [PyJwt(), Jose()], ids=lambda judge: judge.name)
def test_a_token_of_ours_is_accepted_and_each_of_its_twins_refused(
    judge: TokenJudge, request: pytest.FixtureRequest
) -> None:
    if isinstance(judge, Jose):
        request.getfixturevalue("npm_judges")
    text = tokens.token()
    twins = tokens.twins(text)
    assert len(twins) > 100
    first, *others = judge.judge([text, *twins])
    assert first.word == ACCEPTS, first.why
    assert not [twin for twin, found in zip(twins, others, strict=True) if found.word == ACCEPTS]


@pytest.fixture(scope="module", params=tokens.SIGNERS)
def signed(request: pytest.FixtureRequest) -> Signed:
    """A token that somebody else's library signed."""
    sign, algorithm = tokens.SIGNERS[request.param]
    if sign is tokens.by_jose:
        request.getfixturevalue("npm_judges")
    return sign(algorithm)


def test_theirs_is_valid_once_its_issuer_is_known(signed: Signed) -> None:
    assert signed.state_here(trusted=False) is State.ISSUER_UNKNOWN
    assert signed.state_here() is State.VALID


def test_each_of_its_twins_is_refused(signed: Signed) -> None:
    twins = tokens.twins(signed.token)
    assert len(twins) > 50
    assert {signed.state_here(twin) for twin in twins} <= {State.ALTERED, State.UNREADABLE}


def test_it_is_refused_under_another_key(signed: Signed) -> None:
    if not signed.documents:
        return  # a did:key has no other
    documents = {
        did: {**document, "verificationMethod": [{**method, "publicKeyJwk": dict(tokens.JWK)}]}
        for did, document in signed.documents.items()
        for method in document["verificationMethod"]
    }
    assert Signed(signed.token, signed.issuer, documents).state_here() is State.ALTERED
