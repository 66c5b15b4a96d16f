"""What is issued here holds for independent verifiers, and what somebody touched does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portfolio.bootstrap import opened
from portfolio.services import publish
from portfolio.settings import Settings
from portfolio.vc import did_key_document
from tests.browser.demo_home import DemoHome
from tests.interop.alterations import ALTERATIONS, altered
from tests.interop.conftest import Judge
from tests.unit.vc import samples, signers

pytestmark = pytest.mark.interop

OB_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"


def sealed(verdict: dict[str, Any]) -> bool:
    """Whether the Digital Credentials Consortium's verifier found the signature in order."""
    return verdict["steps"].get("valid_signature") is True


# --- the library's own credential, under did:key


@pytest.fixture(scope="module")
def by_key() -> dict[str, Any]:
    """A credential with both proofs by an issuer whose identifier is its key."""
    now = datetime.now(UTC)
    issuer = signers.STRANGER
    issued = issuer.issue(
        {
            **samples.credential(),
            "issuer": {"id": issuer.did, "type": ["Profile"], "name": "Школа «Чайка»"},
            "validFrom": stamp(now),
        },
        created=now,
    )
    assert len(issued["proof"]) == 2
    return issued


@pytest.fixture(scope="module")
def key_material() -> dict[str, object]:
    issuer = signers.STRANGER
    return {
        issuer.did: did_key_document(issuer.did),
        signers.LIST_URL: signers.status_list(signer=issuer),
    }


def test_digital_bazaar_accepts_a_credential_under_did_key(
    judge: Judge, by_key: dict[str, Any], key_material: dict[str, object]
) -> None:
    (verdict,) = judge("digitalbazaar", [by_key], key_material)
    assert verdict == {"verified": True, "revoked": False, "errors": []}


def test_verifier_core_accepts_a_credential_under_did_key(
    judge: Judge, by_key: dict[str, Any], key_material: dict[str, object]
) -> None:
    (verdict,) = judge("verifier-core", [by_key], key_material)
    assert sealed(verdict)
    assert verdict["steps"]["revocation_status"] is True
    assert verdict["errors"] == []


@pytest.mark.parametrize("script", ["digitalbazaar", "verifier-core"])
def test_an_endorsement_holds(judge: Judge, script: str) -> None:
    now = datetime.now(UTC)
    issuer = signers.STRANGER
    endorsement = issuer.issue({**samples.endorsement(), "issuer": issuer.did, "validFrom": stamp(now)}, created=now)
    (verdict,) = judge(script, [endorsement], {issuer.did: did_key_document(issuer.did)})
    assert verdict["verified"] if script == "digitalbazaar" else sealed(verdict)


# --- the product's credential, under did:web


@pytest.fixture(scope="module")
def web_material(demo_home: DemoHome) -> dict[str, object]:
    """What the demo school publishes, by address."""
    document = json.loads(demo_home.run("keys", "document").stdout)
    with opened(Settings.from_env({"PORTFOLIO_HOME": str(demo_home.path)})) as house:
        status_list = json.loads(publish.status_list(house.ports, 1))
    return {
        document["id"]: document,
        "https://localhost:8000/.well-known/did.json": document,
        status_list["id"]: status_list,
    }


@pytest.fixture(scope="module")
def exported(demo_home: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Credentials that the product issued, by the state they are in."""
    states = ["valid", "revoked", "expired", "not_yet_valid"]
    out = tmp_path_factory.mktemp("exported")
    return dict(zip(states, demo_home.export(*[demo_home.codes[state] for state in states], out=out), strict=True))


def test_digital_bazaar_accepts_what_the_product_issued(
    judge: Judge, exported: dict[str, dict[str, Any]], web_material: dict[str, object]
) -> None:
    (verdict,) = judge("digitalbazaar", [exported["valid"]], web_material)
    assert verdict == {"verified": True, "revoked": False, "errors": []}


def test_digital_bazaar_sees_that_the_product_revoked(
    judge: Judge, exported: dict[str, dict[str, Any]], web_material: dict[str, object]
) -> None:
    (verdict,) = judge("digitalbazaar", [exported["revoked"]], web_material)
    assert verdict["revoked"] is True


@pytest.mark.parametrize("state", ["expired", "not_yet_valid"])
def test_digital_bazaar_minds_the_dates(
    judge: Judge, exported: dict[str, dict[str, Any]], web_material: dict[str, object], state: str
) -> None:
    (verdict,) = judge("digitalbazaar", [exported[state]], web_material)
    assert not verdict["verified"]
    assert any("current date" in message for message in verdict["errors"])


def test_verifier_core_accepts_what_the_product_issued(
    judge: Judge, exported: dict[str, dict[str, Any]], web_material: dict[str, object]
) -> None:
    valid, revoked = judge("verifier-core", [exported["valid"], exported["revoked"]], web_material)
    assert sealed(valid)
    assert valid["steps"]["revocation_status"] is True
    assert sealed(revoked)
    assert revoked["steps"]["revocation_status"] is False


@pytest.mark.shared
def test_verifier_core_finds_the_published_schema_satisfied(
    judge: Judge, exported: dict[str, dict[str, Any]], web_material: dict[str, object], shared: Path
) -> None:
    schema = json.loads((shared / "vectors" / "schemas" / "ob_v3p0_achievementcredential_schema.json").read_bytes())
    (verdict,) = judge("verifier-core", [exported["valid"]], {**web_material, OB_SCHEMA: schema})
    assert verdict["schemas"] == {OB_SCHEMA: True}


def test_both_refuse_every_tampered_twin(
    judge: Judge, exported: dict[str, dict[str, Any]], web_material: dict[str, object]
) -> None:
    twins = [altered(exported["valid"], name) for name in ALTERATIONS]
    bazaar = judge("digitalbazaar", twins, web_material)
    core = judge("verifier-core", twins, web_material)
    accepted = [
        name for name, one, other in zip(ALTERATIONS, bazaar, core, strict=True) if one["verified"] or sealed(other)
    ]
    assert not accepted


def test_both_refuse_when_the_school_has_another_key(
    judge: Judge, exported: dict[str, dict[str, Any]], web_material: dict[str, object]
) -> None:
    stranger = signers.STRANGER.public.multibase
    changed = json.loads(json.dumps(web_material))
    for document in changed.values():
        for method in document.get("verificationMethod", []):
            if "publicKeyMultibase" in method:
                method["publicKeyMultibase"] = stranger
    (bazaar,) = judge("digitalbazaar", [exported["valid"]], changed)
    (core,) = judge("verifier-core", [exported["valid"]], changed)
    assert not bazaar["verified"]
    assert not sealed(core)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
