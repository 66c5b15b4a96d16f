"""Why an issuer is known, and where being known ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from portfolio.vc.validation import State, validate
from portfolio.vc.verification import TrustedIssuer, verify_credential
from tests.unit.vc.signers import NOW, PLANT, SIGNED_AT, foreign, material

SINCE = date(2024, 9, 1)
SIGNED_ON = SIGNED_AT.date()


def verdict(known: TrustedIssuer, **changes: Any) -> Any:
    document = PLANT.issue(foreign(PLANT, **changes))
    return validate(verify_credential(document, material=material(trusted={PLANT.did: known}), now=NOW))


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({"own": True}, "keeps this register itself"),
        ({}, "known here as a partner."),
        ({"since": SINCE}, "known here as a partner since {since}."),
        ({"since": SINCE, "agreement": True}, "with a signed agreement"),
        ({"kind": "school"}, "a school of this network."),
        ({"kind": "school", "since": SINCE}, "a school of this network, known here since {since}."),
        ({"source": "Лицей"}, "known here from the list of {source}"),
        ({"source": "Лицей", "since": SINCE}, "known here since {since}, from the list of {source}"),
    ],
)
def test_the_reason_is_said(known: dict[str, Any], reason: str) -> None:
    found = verdict(TrustedIssuer(PLANT.did, "Завод «Полёт»", **known))
    step = found.result.step("trust")
    assert found.state is State.VALID
    assert reason in step.reason.text
    assert "Завод" in step.reason.text.format_map(step.reason.params)


@pytest.mark.parametrize(
    "known",
    [
        {"scope": ("ClrCredential",)},
        {"until": SIGNED_ON - timedelta(days=1)},
    ],
)
def test_beyond_scope_or_time_the_issuer_is_unknown(known: dict[str, Any]) -> None:
    found = verdict(TrustedIssuer(PLANT.did, "Завод «Полёт»", **known))
    assert found.state is State.ISSUER_UNKNOWN
    assert "Завод" in found.result.step("trust").reason.text.format_map(found.result.step("trust").reason.params)


@pytest.mark.parametrize("known", [{"scope": ("OpenBadgeCredential", "X")}, {"until": SIGNED_ON}])
def test_within_scope_and_time_it_is_known(known: dict[str, Any]) -> None:
    assert verdict(TrustedIssuer(PLANT.did, "Завод «Полёт»", **known)).state is State.VALID


def test_a_credential_without_a_date_is_judged_by_today() -> None:
    ended = TrustedIssuer(PLANT.did, "Завод «Полёт»", until=NOW.date() - timedelta(days=1))
    assert verdict(ended, validFrom=None).state is State.ISSUER_UNKNOWN
