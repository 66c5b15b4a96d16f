"""What is issued here, for the judges: the library's own documents under did:key, and the product's under did:web."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from portfolio.bootstrap import opened
from portfolio.services import publish
from portfolio.settings import Settings
from portfolio.vc import (
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Cryptosuite,
    Material,
    State,
    TrustedIssuer,
    clr_credential,
    did_key_document,
    validate,
    verify_credential,
)
from portfolio.vc.open_badges import Organisation
from tests.browser.demo_home import DemoHome
from tests.unit.vc import samples, signers

Document = dict[str, Any]

ISSUER = signers.STRANGER
SUITES: Mapping[str, tuple[Cryptosuite, ...]] = {
    "both": (EDDSA_RDFC_2022, EDDSA_JCS_2022),
    "rdfc": (EDDSA_RDFC_2022,),
    "jcs": (EDDSA_JCS_2022,),
}

DID_KEY_MATERIAL: Mapping[str, object] = {
    ISSUER.did: did_key_document(ISSUER.did),
    signers.LIST_URL: signers.status_list(signer=ISSUER),
}
"""What a judge needs for the documents under did:key."""


def now() -> datetime:
    """The present moment, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def stamp(moment: datetime) -> str:
    """A moment as credentials write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def credential(proofs: str = "both", **changes: object) -> Document:
    """A credential by an issuer whose identifier is its key. proofs: a name of ``SUITES``."""
    moment = now() - timedelta(seconds=1)
    unsigned = {
        **samples.credential(),
        "issuer": {"id": ISSUER.did, "type": ["Profile"], "name": "Школа «Чайка»"},
        "validFrom": stamp(moment),
        **changes,
    }
    return ISSUER.issue(unsigned, created=moment, suites=SUITES[proofs])


def endorsement() -> Document:
    """An EndorsementCredential by the same issuer."""
    moment = now() - timedelta(seconds=1)
    unsigned = {**samples.endorsement(), "issuer": ISSUER.did, "validFrom": stamp(moment)}
    return ISSUER.issue(unsigned, created=moment)


def learner_record() -> Document:
    """A Comprehensive Learner Record of two credentials by the same issuer."""
    moment = now() - timedelta(seconds=1)
    unsigned = clr_credential(
        id="urn:uuid:0b8e0000-0000-4000-b000-000000000001",
        issuer=Organisation(ISSUER.did, "Школа «Чайка»"),
        subject_id="urn:uuid:0b8e0000-0000-4000-9000-000000000001",
        subject_name="Ветрова Алёна",
        name="Портфолио",
        valid_from=moment,
        credentials=[
            credential(),
            credential(id="urn:uuid:0b8e0000-0000-4000-8000-000000000002"),
        ],
    )
    return ISSUER.issue(unsigned, created=moment)


def exported(home: DemoHome, states: list[str], out: Path) -> dict[str, Document]:
    """Credentials that a demo school issued, by the state they are in, as files hand them out."""
    return dict(zip(states, home.export(*[home.codes[state] for state in states], out=out), strict=True))


def published(home: DemoHome) -> dict[str, object]:
    """What a demo school publishes, by address: its DID document and its status list."""
    document = json.loads(home.run("keys", "document").stdout)
    with opened(Settings.from_env({"PORTFOLIO_HOME": str(home.path)})) as house:
        status_list = json.loads(publish.status_list(house.ports, 1))
    return {
        document["id"]: document,
        "https://localhost:8000/.well-known/did.json": document,
        status_list["id"]: status_list,
    }


def with_another_key(material: Mapping[str, object]) -> dict[str, object]:
    """The same DID documents with a stranger's key in them."""
    changed: dict[str, object] = json.loads(json.dumps(material))

    def exchange(value: object) -> None:
        if isinstance(value, dict):
            if "publicKeyMultibase" in value:
                value["publicKeyMultibase"] = signers.key_signer(b"z").public.multibase
            for member in value.values():
                exchange(member)
        elif isinstance(value, list):
            for item in value:
                exchange(item)

    exchange(changed)
    return changed


def with_anothers_list() -> dict[str, object]:
    """The same material with a status list that names the issuer and is signed with a stranger's key."""
    genuine = signers.status_list(signer=ISSUER)
    forger = signers.Signer(ISSUER.did, ISSUER.method, signers.key_signer(b"z").key)
    forged = forger.issue({name: value for name, value in genuine.items() if name != "proof"})
    return {**DID_KEY_MATERIAL, signers.LIST_URL: forged}


def state_here(document: Document, material: Mapping[str, object] = DID_KEY_MATERIAL) -> State:
    """What the verifier here says of a document under did:key, with the same material at hand."""

    def status_list(url: str) -> Document | None:
        found = material.get(url)
        return found if isinstance(found, dict) else None

    at_hand = Material(status_list=status_list, trusted={ISSUER.did: TrustedIssuer(ISSUER.did, "Школа «Чайка»")})
    return validate(verify_credential(document, material=at_hand, now=now())).state
