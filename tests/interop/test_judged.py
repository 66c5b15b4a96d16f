"""What is issued here holds for independent verifiers, and what somebody touched does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.demo_home import DemoHome
from tests.interop import ours
from tests.interop.alterations import ALTERATIONS, altered, each_value_changed
from tests.interop.judges import (
    ACCEPTS,
    NOT_IN_DATE,
    REFUSES,
    REVOKED,
    DigitalBazaar,
    Judge,
    OpenBadges,
    VerifierCore,
    ask,
)

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("npm_judges")]

OB_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"

JCS = DigitalBazaar(("eddsa-jcs-2022",))
JUDGES = [
    pytest.param(DigitalBazaar(), id="digitalbazaar"),
    pytest.param(JCS, id="digitalbazaar-jcs"),
    pytest.param(VerifierCore(), id="verifier-core"),
    pytest.param(OpenBadges(), id="openbadgeslib"),
]
ALL = pytest.mark.parametrize("judge", JUDGES)


# --- the library's own documents, under did:key


@ALL
def test_a_credential_is_accepted_and_each_of_its_twins_refused(judge: Judge) -> None:
    credential = ours.credential()
    assert len(credential["proof"]) == 2
    twins = each_value_changed(credential)
    assert len(twins) > 100
    first, *others = judge.judge([credential, *twins], ours.DID_KEY_MATERIAL)
    assert first.word == ACCEPTS, first.why
    accepted = [twin for twin, found in zip(twins, others, strict=True) if found.word in (ACCEPTS, REVOKED)]
    assert not accepted


@pytest.mark.parametrize("judge", JUDGES[:3])
def test_an_endorsement_and_a_learner_record_hold(judge: Judge) -> None:
    found = judge.judge([ours.endorsement(), ours.learner_record()], ours.DID_KEY_MATERIAL)
    assert [judgement.word for judgement in found] == [ACCEPTS, ACCEPTS], found


@pytest.mark.parametrize(
    ("judge", "proofs"),
    [(DigitalBazaar(), "rdfc"), (JCS, "jcs"), (VerifierCore(), "rdfc"), (OpenBadges(), "rdfc")],
)
def test_one_proof_alone_is_enough_for_whoever_knows_its_suite(judge: Judge, proofs: str) -> None:
    (found,) = judge.judge([ours.credential(proofs)], ours.DID_KEY_MATERIAL)
    assert found.word == ACCEPTS, found.why


# --- the product's credential, under did:web


@pytest.fixture(scope="module")
def published(demo_home: DemoHome) -> dict[str, object]:
    return ours.published(demo_home)


@pytest.fixture(scope="module")
def exported(demo_home: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    states = ["valid", "revoked", "expired", "not_yet_valid"]
    return ours.exported(demo_home, states, tmp_path_factory.mktemp("exported"))


@ALL
def test_what_the_product_issued_is_accepted_and_its_end_seen(
    judge: Judge, exported: dict[str, dict[str, Any]], published: dict[str, object]
) -> None:
    found = judge.judge([*exported.values()], published)
    valid, revoked, expired, early = (judgement.word for judgement in found)
    assert (valid, revoked, expired) == (ACCEPTS, REVOKED, NOT_IN_DATE), found
    assert early == (REFUSES if isinstance(judge, VerifierCore) else NOT_IN_DATE)  # it has no word of its own for that


@ALL
def test_every_tampered_twin_is_refused(
    judge: Judge, exported: dict[str, dict[str, Any]], published: dict[str, object]
) -> None:
    twins = [altered(exported["valid"], name) for name in ALTERATIONS]
    found = judge.judge(twins, published)
    assert not [name for name, one in zip(ALTERATIONS, found, strict=True) if one.word in (ACCEPTS, REVOKED)]


@ALL
def test_it_is_refused_when_the_school_has_another_key(
    judge: Judge, exported: dict[str, dict[str, Any]], published: dict[str, object]
) -> None:
    (found,) = judge.judge([exported["valid"]], ours.with_another_key(published))
    assert found.word == REFUSES


@pytest.mark.shared
def test_verifier_core_finds_the_published_schema_satisfied(
    exported: dict[str, dict[str, Any]], published: dict[str, object], shared: Path
) -> None:
    schema = json.loads((shared / "vectors" / "schemas" / "ob_v3p0_achievementcredential_schema.json").read_bytes())
    documents = {**published, OB_SCHEMA: schema}
    (verdict,) = ask("verifier-core", {"credentials": [exported["valid"]], "documents": documents})
    assert verdict["schemas"] == {OB_SCHEMA: True}
