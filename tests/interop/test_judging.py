"""What an independent issuer signs holds here, and its tampered twin does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from portfolio.vc import Material, State, proofs_of, verify_credential, verify_proof
from tests.interop import ours, theirs
from tests.interop.alterations import each_value_changed
from tests.interop.judges import ACCEPTS, DigitalBazaar
from tests.unit.vc import signers

pytestmark = pytest.mark.interop

RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"

SIGNED = {
    "digitalbazaar-rdfc": lambda: theirs.digital_bazaar(RDFC),
    "digitalbazaar-jcs": lambda: theirs.digital_bazaar(JCS),
    "digitalbazaar-set": lambda: theirs.digital_bazaar(RDFC, JCS),
    "openbadgeslib": theirs.badge,
}


@pytest.fixture(scope="module", params=SIGNED)
def signed(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A credential that somebody else's library signed."""
    if request.param.startswith("digitalbazaar"):
        request.getfixturevalue("npm_judges")
    return SIGNED[request.param]()


def test_it_is_authentic_and_its_issuer_a_stranger(signed: dict[str, Any]) -> None:
    result = verify_credential(signed, material=Material(), now=datetime.now(UTC))
    assert result.authentic, result.steps
    assert theirs.state_of(signed, trusted=False) is State.ISSUER_UNKNOWN


def test_it_is_valid_once_its_issuer_is_known(signed: dict[str, Any]) -> None:
    assert theirs.state_of(signed, trusted=True) is State.VALID


def test_each_of_its_twins_is_refused(signed: dict[str, Any]) -> None:
    twins = each_value_changed(signed)
    assert len(twins) > 50
    found = {theirs.state_of(twin, trusted=True) for twin in twins}
    assert found <= {State.ALTERED, State.UNREADABLE}


def test_every_proof_of_it_is_needed(signed: dict[str, Any]) -> None:
    proofs = proofs_of(signed)
    for place, proof in enumerate(proofs):
        value = proof["proofValue"]
        broken = {**proof, "proofValue": value[:-1] + ("1" if value[-1] != "1" else "2")}
        twin = {**signed, "proof": [*proofs[:place], broken, *proofs[place + 1 :]]}
        assert theirs.state_of(twin, trusted=True) is State.ALTERED


@pytest.mark.usefixtures("npm_judges")
@pytest.mark.parametrize("suite", [RDFC, JCS])
def test_a_name_in_every_alphabet_is_the_same_bytes_on_both_sides(suite: str) -> None:
    name = 'Ӱҫӗ Ғәлиә «Ёлка»\n\t"\\ 😀 é'
    signed = theirs.digital_bazaar(suite, name=name)
    (proof,) = proofs_of(signed)
    verify_proof(signed, proof, resolve=lambda _: None, now=datetime.now(UTC))
    own = signers.STRANGER.issue({**signers.foreign(), "name": name}, created=ours.now())
    (found,) = DigitalBazaar((suite,)).judge([own], ours.DID_KEY_MATERIAL)
    assert found.word == ACCEPTS, found.why
