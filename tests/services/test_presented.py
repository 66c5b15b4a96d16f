"""Presentations that people bring as files: what is said of them and of each confirmation inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portfolio.adapters.uploads import SandboxedUploads
from portfolio.bootstrap import House
from portfolio.errors import InvalidChallengeError
from portfolio.ports import Ports
from portfolio.services import brought, challenges, presented, revoke
from portfolio.services.authorize import OPERATOR
from portfolio.services.brought import Brought, Finding
from portfolio.services.verify import DocumentCheck
from portfolio.vc import jsontext
from portfolio.vc.contexts import CONTEXT_VC2
from portfolio.vc.cryptosuites import EDDSA_RDFC_2022
from portfolio.vc.data_integrity import add_proof
from portfolio.vc.jose import sign_token
from tests.services.issuing import SEMYON, document_of, issue
from tests.unit.vc.signers import key_signer

HOLDER = key_signer(b"h")


def unsigned(*credentials: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@context": [CONTEXT_VC2],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": list(credentials),
    }


def signed(ports: Ports, *credentials: Mapping[str, Any], challenge: str | None = None) -> dict[str, Any]:
    return add_proof(
        unsigned(*credentials),
        suite=EDDSA_RDFC_2022,
        sign=HOLDER.key.sign,
        verification_method=HOLDER.method,
        created=ports.now(),
        proof_purpose="authentication",
        challenge=challenge,
    )


def look(ports: Ports, document: object) -> Finding:
    data = document.encode() if isinstance(document, str) else jsontext.dumps(document)
    (finding,) = brought.check(ports, [Brought("presentation.json", data)])
    return finding


def inside(finding: Finding) -> list[str]:
    assert isinstance(finding.check, DocumentCheck)
    return [inner.state for inner in finding.check.nested]


def test_each_confirmation_is_told_with_its_page(houses: House) -> None:
    ports = houses.ports
    codes = [issue(ports).code, issue(ports, SEMYON).code]
    finding = look(ports, signed(ports, *(document_of(ports, code) for code in codes)))
    assert (finding.state, finding.verified, finding.exit_code) == ("valid", True, 0)
    assert "cannot show" in finding.reason.text
    assert isinstance(finding.check, DocumentCheck)
    assert [inner.own_url for inner in finding.check.nested] == [f"https://school.example/v/{code}" for code in codes]
    assert all(inner.shown and inner.shown.person for inner in finding.check.nested)
    assert finding.check.shown is None
    assert [step.name for step in finding.check.steps] == ["signature", "structure", "holder", "dates", "credentials"]


def test_one_that_was_revoked_or_held_speaks_for_the_whole(houses: House) -> None:
    ports = houses.ports
    good, bad, held = issue(ports), issue(ports, SEMYON), issue(ports, "90-3")
    revoke.revoke(ports, OPERATOR, bad.code, "error")
    revoke.suspend(ports, OPERATOR, held.code)
    finding = look(ports, signed(ports, document_of(ports, good.code), document_of(ports, bad.code)))
    assert (finding.state, inside(finding)) == ("revoked", ["valid", "revoked"])
    finding = look(ports, signed(ports, document_of(ports, good.code), document_of(ports, held.code)))
    assert (finding.state, inside(finding)) == ("suspended", ["valid", "suspended"])


def test_unsigned_altered_or_signed_by_another_never_passes(house: House) -> None:
    ports = house.ports
    credential = document_of(ports, issue(ports).code)
    good = signed(ports, credential)
    other = document_of(ports, issue(ports, SEMYON).code)
    for bad in (
        unsigned(credential),
        {**good, "verifiableCredential": [other]},
        {**good, "holder": key_signer(b"x").did},
        {**good, "verifiableCredential": "urn:uuid:1"},
        {**good, "type": ["VerifiablePresentation", "Invented"]},
    ):
        finding = look(ports, bad)
        assert not finding.verified
        assert finding.exit_code == 1
        assert inside(finding) == [] or finding.state == "altered"


def test_an_altered_confirmation_inside_is_told(house: House) -> None:
    credential = document_of(house.ports, issue(house.ports).code)
    credential["validFrom"] = "2020-01-01T00:00:00Z"
    finding = look(house.ports, signed(house.ports, credential))
    assert finding.state == "altered"
    assert isinstance(finding.check, DocumentCheck)
    assert all(inner.shown is None for inner in finding.check.nested)


def test_a_token_is_read_as_well(house: House) -> None:
    token = sign_token(unsigned(), sign=HOLDER.key.sign, verification_method=HOLDER.method, kind="vp")
    assert look(house.ports, token).verified
    assert not look(house.ports, token[:-4] + "AAAA").verified


def test_bringing_a_file_uses_no_challenge_up(house: House) -> None:
    ports = house.ports
    challenge = challenges.new_challenge(ports)
    document = signed(ports, document_of(ports, issue(ports).code), challenge=challenge)
    assert look(ports, document).verified
    assert look(ports, document).verified
    assert presented.check_presentation(ports, document, None, challenge).verified
    assert not presented.check_presentation(ports, document, None, challenge).verified
    with pytest.raises(InvalidChallengeError):
        challenges.answer(ports, challenge)


def test_without_a_home_only_what_it_proves_itself(house: House) -> None:
    ports = house.ports
    document = signed(ports, document_of(ports, issue(ports).code))
    (finding,) = brought.check_alone(
        SandboxedUploads(),
        [Brought("presentation.json", jsontext.dumps(document))],
        now=ports.now(),
        timezone=ZoneInfo("UTC"),
    )
    assert (finding.state, finding.exit_code) == ("issuer_unknown", 4)
