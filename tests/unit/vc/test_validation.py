from __future__ import annotations

import itertools
from typing import Any

import pytest

from portfolio.errors import Message
from portfolio.vc.validation import DECISIVE, EXIT_CODES, Policy, State, validate
from portfolio.vc.verification import STEPS, Outcome, Step, VerificationResult, verify_credential
from tests.unit.vc.signers import MATERIAL, NOW, SCHOOL, STRANGER, badge, foreign

GOOD = {"endorsements": ("unknown", "no_endorsements"), "ledger": ("unknown", "not_part_of_check")}


def result(**steps: tuple[str, str]) -> VerificationResult:
    """Facts in which every decisive step holds but those given: name=(outcome, code)."""
    found = {**GOOD, **steps}
    return VerificationResult(
        {},
        tuple(
            Step(name, Outcome(found.get(name, ("holds", ""))[0]), Message(name), found.get(name, ("", "ok"))[1])
            for name in STEPS
        ),
    )


# One way to each state, and what else may be wrong at the same time.
WAYS: dict[State, dict[str, tuple[str, str]]] = {
    State.UNREADABLE: {"structure": ("fails", "malformed")},
    State.ALTERED: {"signature": ("fails", "proof_verification_error")},
    State.REVOKED: {"status": ("fails", "revoked")},
    State.SUPERSEDED: {"status": ("fails", "superseded")},
    State.SUSPENDED: {"status": ("fails", "suspended")},
    State.EXPIRED: {"dates": ("fails", "expired")},
    State.NOT_YET_VALID: {"dates": ("fails", "not_yet_valid")},
    State.STATUS_UNKNOWN: {"status": ("unknown", "status_not_available")},
    State.ISSUER_UNKNOWN: {"trust": ("unknown", "issuer_unknown")},
    State.VALID: {},
}


def test_every_state_has_a_way_and_an_exit_code() -> None:
    assert list(WAYS) == list(State)
    assert {state.value: code for state, code in EXIT_CODES.items()} == {
        "unreadable": 1,
        "altered": 1,
        "revoked": 2,
        "superseded": 2,
        "suspended": 2,
        "expired": 3,
        "not_yet_valid": 3,
        "status_unknown": 4,
        "issuer_unknown": 4,
        "valid": 0,
    }


@pytest.mark.parametrize("state", list(State))
def test_one_fault(state: State) -> None:
    verdict = validate(result(**WAYS[state]))
    assert verdict.state is state
    assert verdict.verified is (state is State.VALID)
    assert verdict.exit_code == EXIT_CODES[state]
    if WAYS[state]:
        assert verdict.reason.text == next(iter(WAYS[state]))


PAIRS = [
    (first, second)
    for first, second in itertools.combinations(State, 2)
    if not set(WAYS[first]) & set(WAYS[second])  # one step says one thing
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_graver_state_wins(first: State, second: State) -> None:
    verdict = validate(result(**{**WAYS[second], **WAYS[first]}))
    expected = State.ALTERED if (first, second) == (State.UNREADABLE, State.ALTERED) else first
    assert verdict.state is expected


def test_an_altered_file_is_altered_whatever_its_form() -> None:
    verdict = validate(result(signature=("fails", "x"), structure=("fails", "malformed")))
    assert verdict.state is State.ALTERED
    assert verdict.reason.text == "signature"


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ({"signature": ("unknown", "unresolvable_identifier"), "issuer": ("unknown", "x")}, State.ISSUER_UNKNOWN),
        ({"signature": ("unknown", "unsupported_proof")}, State.ISSUER_UNKNOWN),
        ({"signature": ("unknown", "x"), "structure": ("fails", "malformed")}, State.UNREADABLE),
        ({"signature": ("unknown", "x"), "issuer": ("fails", "other_signer")}, State.ALTERED),
        ({"issuer": ("fails", "other_signer"), "structure": ("fails", "malformed")}, State.UNREADABLE),
        ({"structure": ("fails", "nested_altered")}, State.ALTERED),
        ({"issuer": ("unknown", "not_checked")}, State.ISSUER_UNKNOWN),
    ],
)
def test_where_steps_meet(steps: Any, state: State) -> None:
    assert validate(result(**steps)).state is state


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        (name, outcome)
        for name in sorted(DECISIVE)
        for outcome in ("fails", "unknown")
        if (name, outcome) != ("trust", "fails")  # an issuer is known or not known
    ],
)
def test_no_decisive_step_may_be_missing(name: str, outcome: str) -> None:
    code = "revoked" if name == "status" else "expired" if name == "dates" else "x"
    assert not validate(result(**{name: (outcome, code)})).verified


class TestPolicy:
    @pytest.mark.parametrize(
        "required", [frozenset(), frozenset({"signature"}), DECISIVE - {"issuer"}, DECISIVE | {"horoscope"}]
    )
    def test_a_policy_asks_for_something(self, required: frozenset[str]) -> None:
        with pytest.raises(ValueError, match="policy"):
            Policy(required)

    def test_what_informs_does_not_decide(self) -> None:
        found = result(schema=("fails", "schema_mismatch"), endorsements=("fails", "x"), ledger=("fails", "x"))
        assert validate(found).verified

    @pytest.mark.parametrize(
        ("name", "outcome", "state"),
        [
            ("schema", "fails", State.UNREADABLE),
            ("schema", "unknown", State.STATUS_UNKNOWN),
            ("endorsements", "fails", State.ALTERED),
            ("endorsements", "unknown", State.STATUS_UNKNOWN),
            ("ledger", "fails", State.ALTERED),
            ("ledger", "unknown", State.STATUS_UNKNOWN),
        ],
    )
    def test_unless_a_verifier_asks(self, name: str, outcome: str, state: State) -> None:
        steps = {"schema": ("holds", "ok"), name: (outcome, "x")}
        assert validate(result(**steps), Policy(DECISIVE | {name})).state is state

    def test_any_issuer(self) -> None:
        document = STRANGER.issue(foreign())
        facts = verify_credential(document, material=MATERIAL, now=NOW)
        assert validate(facts).state is State.ISSUER_UNKNOWN
        assert validate(facts, Policy(DECISIVE - {"trust"})).verified


def test_a_verdict_keeps_the_facts() -> None:
    facts = verify_credential(SCHOOL.issue(badge()), material=MATERIAL, now=NOW)
    verdict = validate(facts)
    assert verdict.verified
    assert verdict.result is facts
    assert verdict.nested == ()
