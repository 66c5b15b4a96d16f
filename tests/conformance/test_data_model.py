"""W3C Verifiable Credentials Data Model 2.0, as its suite examines an issuer and a verifier."""

from __future__ import annotations

from typing import Any

import pytest

from portfolio.vc.cryptosuites import EDDSA_JCS_2022 as JCS
from tests.conformance.suite import CONTEXT_EXAMPLES, CONTEXT_VC2, Suite, plain

CONTEXT_VC1 = "https://www.w3.org/2018/credentials/v1"
CONTEXT_DI2 = "https://w3id.org/security/data-integrity/v2"
URL = "https://example.org/things/1"
EXAMPLES = [CONTEXT_VC2, CONTEXT_EXAMPLES]


def examples(**members: Any) -> dict[str, Any]:
    return plain(**{"@context": EXAMPLES, **members})


def text(**members: Any) -> dict[str, Any]:
    return {"@value": "Robotics", **members}


# The digests of the base context that the Recommendation prints, and wrong ones of the same length.
SRI = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"
SRI256 = "sha256-WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ="
MULTIBASE = "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"
MULTIHASH = "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"


def resource(**members: Any) -> dict[str, Any]:
    return {"id": CONTEXT_VC2, **members}


ACCEPTED = {
    "plain": plain(),
    "id is a DID": plain(id="did:example:123"),
    "id is a URN": plain(id="urn:uuid:86294362-4254-4f36-854f-3952fe42555d"),
    "two contexts": examples(),
    "context object": plain(
        **{
            "@context": [CONTEXT_VC2, {"ExampleCredential": "https://example.org/#ExampleCredential"}],
            "type": ["VerifiableCredential", "ExampleCredential"],
        }
    ),
    "context object between": plain(
        **{
            "@context": [CONTEXT_VC2, {"role": "https://example.org/#role"}, CONTEXT_EXAMPLES],
            "type": "VerifiableCredential",
        }
    ),
    "type is a string": plain(type="VerifiableCredential"),
    "types in any order": examples(type=["ExampleAlumniCredential", "VerifiableCredential"]),
    "type is a full URL": plain(type=["VerifiableCredential", "https://example.org/#ExampleCredential"]),
    "name": plain(name="Robotics", description="A course."),
    "name with a language": plain(name=text(**{"@language": "en"})),
    "name with a direction": plain(name=text(**{"@language": "ar", "@direction": "rtl"})),
    "names in several languages": plain(
        name=[text(**{"@language": "en"}), {"@value": "Робототехника", "@language": "ru"}]
    ),
    "descriptions in several languages": plain(
        description=[text(**{"@language": "en"}), {"@value": "Курс", "@language": "ru"}]
    ),
    "issuer object": plain(issuer={}),
    "issuer with a name": plain(issuer={"name": "School", "description": "A school."}),
    "issuer with names": plain(issuer={"name": [text(**{"@language": "en"}), text(**{"@language": "fr"})]}),
    "several subjects": examples(credentialSubject=[{"id": "did:example:a", "name": "A"}, {"id": "did:example:b"}]),
    "subject without an id": examples(credentialSubject={"alumniOf": "A school"}),
    "validFrom": plain(validFrom="2023-02-26T00:37:06Z"),
    "validFrom with an offset": plain(validFrom="2023-02-26T00:37:06-08:00"),
    "validFrom with milliseconds": plain(validFrom="2023-02-26T00:37:06.123Z"),
    "validUntil": plain(validUntil="2099-02-26T00:37:06Z"),
    "validUntil with an offset": plain(validUntil="2099-02-26T00:37:06+14:00"),
    "validFrom equals validUntil, written differently": plain(
        validFrom="2099-01-01T00:00:00Z", validUntil="2099-01-01T01:00:00+01:00"
    ),
    "midnight as 24:00": plain(validFrom="2023-02-26T24:00:00Z"),
    "schema": examples(credentialSchema={"id": URL, "type": "JsonSchema"}),
    "schemas": examples(
        credentialSchema=[{"id": URL, "type": "JsonSchema"}, {"id": f"{URL}0", "type": "ExampleSchema"}]
    ),
    "status of another kind": examples(credentialStatus={"id": URL, "type": "ExampleStatus"}),
    "status without an id": examples(credentialStatus={"type": "ExampleStatus"}),
    "refresh service": examples(refreshService={"id": URL, "type": "ExampleRefresh"}),
    "refresh services": examples(refreshService=[{"type": "ExampleRefresh"}, {"type": "ExampleRefresh"}]),
    "terms of use": examples(termsOfUse={"type": "ExamplePolicy"}),
    "terms of use with an id": examples(termsOfUse=[{"id": URL, "type": "ExamplePolicy"}, {"type": "ExamplePolicy"}]),
    "evidence": examples(evidence={"type": ["ExampleEvidence"]}),
    "evidences": examples(evidence=[{"id": URL, "type": "ExampleEvidence"}, {"type": "ExampleEvidence"}]),
    "related resource by SRI": plain(relatedResource=resource(digestSRI=SRI)),
    "related resource by SRI of SHA-256": plain(relatedResource=[resource(digestSRI=SRI256)]),
    "related resource by multibase": plain(relatedResource=resource(digestMultibase=MULTIBASE)),
    "related resource by multihash": plain(relatedResource=resource(digestMultibase=MULTIHASH)),
    "related resource with both": plain(relatedResource=resource(digestSRI=SRI, digestMultibase=MULTIBASE)),
    "related resource with a media type": plain(
        relatedResource=resource(mediaType="application/ld+json", digestSRI=SRI)
    ),
    "unknown related resource": plain(relatedResource=[resource(digestSRI=SRI), {"id": URL, "digestSRI": SRI}]),
}

REFUSED = {
    "no context": plain(**{"@context": None}),
    "context is a string": plain(**{"@context": CONTEXT_VC2}),
    "context is a number": plain(**{"@context": 4}),
    "context is an object": plain(**{"@context": {"foo": True}}),
    "context is empty": plain(**{"@context": []}),
    "base context missing": plain(**{"@context": [CONTEXT_EXAMPLES]}),
    "base context not first": plain(**{"@context": [CONTEXT_EXAMPLES, CONTEXT_VC2]}),
    "base context misspelt": plain(**{"@context": [f"{CONTEXT_VC2}/"]}),
    "unknown context": plain(**{"@context": [CONTEXT_VC2, "https://example.org/unknown/v1"]}),
    "malformed context": plain(**{"@context": [CONTEXT_VC2, "https ://not-a-url/contexts/example/v1"]}),
    "number among contexts": plain(**{"@context": [CONTEXT_VC2, 192875]}),
    "null among contexts": plain(**{"@context": [CONTEXT_VC2, None]}),
    "no type": plain(type=None),
    "type is a number": plain(type=4),
    "type is empty": plain(type=[]),
    "number among types": plain(type=["VerifiableCredential", 4]),
    "required type missing": examples(type=["ExampleCredential"]),
    "unmapped type": plain(type=["VerifiableCredential", "ExampleCredential"]),
    "type mapped to no URL": plain(
        **{"@context": [CONTEXT_VC2, {"Foo": "not a url"}], "type": ["VerifiableCredential", "Foo"]}
    ),
    "type is no URL": plain(type=["VerifiableCredential", "https ://example.org/#Example"]),
    "id is null": {**plain(), "id": None},
    "id is a list": plain(id=["did:example:1", "did:example:2"]),
    "id is no URL": plain(id="not-a-url"),
    "id with a space": plain(id="https ://example.org/1"),
    "no subject": plain(credentialSubject=None),
    "subject is null": {**plain(), "credentialSubject": None},
    "subject is text": plain(credentialSubject="did:example:1234"),
    "subject is a number": plain(credentialSubject=4),
    "subject is true": plain(credentialSubject=True),
    "subject is an empty list": plain(credentialSubject=[]),
    "subject is an empty object": plain(credentialSubject={}),
    "one of several subjects is empty": examples(credentialSubject=[{"id": "did:example:a"}, {}]),
    "subject's id is a list": plain(credentialSubject={"id": ["did:example:1", "did:example:2"]}),
    "subject's id is no URL": plain(credentialSubject={"id": "not a url"}),
    "issuer is no URL": plain(issuer="not-a-url"),
    "issuer with a space": plain(issuer="did example"),
    "issuer is a number": plain(issuer=4),
    "issuer is a list": plain(issuer=[]),
    "issuer's id is null": plain(issuer={"id": None}),
    "issuer's id is no URL": plain(issuer={"id": "not-a-url"}),
    "name with another member": plain(name=text(**{"@language": "en", "url": "did:example:1"})),
    "description with another member": plain(description=text(**{"@language": "en", "url": "did:example:1"})),
    "issuer's name with another member": plain(issuer={"name": text(**{"@language": "en", "url": "did:example:1"})}),
    "issuer's description with another member": plain(issuer={"description": text(url="did:example:1")}),
    "name is a number": plain(name=4),
    "validFrom in words": plain(validFrom="Sun, 26 Feb 2023 00:37:06 GMT"),
    "validFrom is a date": plain(validFrom="2023-02-26"),
    "validFrom out of the calendar": plain(validFrom="2023-02-30T00:00:00Z"),
    "validUntil in words": plain(validUntil="Sun, 26 Feb 2099 00:37:06 GMT"),
    "offset beyond 14:00": plain(validFrom="2023-02-26T00:37:06+14:01"),
    "validUntil before validFrom": plain(validFrom="2026-01-01T00:00:00Z", validUntil="2025-01-01T00:00:00Z"),
    "schema without a type": examples(credentialSchema={"id": URL}),
    "schema without an id": examples(credentialSchema={"type": "JsonSchema"}),
    "schema's id is no URL": examples(credentialSchema={"id": "not a url", "type": "JsonSchema"}),
    "status without a type": examples(credentialStatus={"id": URL}),
    "status type is null": examples(credentialStatus={"id": URL, "type": None}),
    "status type is no URL": plain(credentialStatus={"id": URL, "type": "https ://not-a-url"}),
    "status with several ids": examples(credentialStatus={"id": [URL, f"{URL}0"], "type": "ExampleStatus"}),
    "status id is no URL": examples(credentialStatus={"id": "not a url", "type": "ExampleStatus"}),
    "refresh service without a type": examples(refreshService={"id": URL}),
    "terms of use without a type": examples(termsOfUse=[{"id": URL}]),
    "evidence without a type": examples(evidence=[{"id": URL}]),
    "evidence is text": examples(evidence="https://example.org/evidence"),
    "related resource is text": plain(relatedResource=[CONTEXT_VC2]),
    "related resource without an id": plain(relatedResource={"digestSRI": SRI}),
    "related resource twice": plain(relatedResource=[resource(digestSRI=SRI), resource(digestMultibase=MULTIBASE)]),
    "related resource without a digest": plain(relatedResource=resource()),
    "wrong SRI": plain(relatedResource=resource(digestSRI=SRI.replace("l/Hr", "l/Hs"))),
    "wrong SRI of SHA-256": plain(relatedResource=resource(digestSRI=SRI256.replace("WZVc", "WZVd"))),
    "wrong multibase": plain(relatedResource=resource(digestMultibase=MULTIBASE.replace("uWZV", "uWZW"))),
    "wrong digest beside a right one": plain(
        relatedResource=resource(digestSRI=SRI, digestMultibase=MULTIBASE.replace("uWZV", "uWZW"))
    ),
    "undefined term": plain(surprise="x"),
    "undefined term in the subject": plain(credentialSubject={"id": "did:example:1", "surprise": "x"}),
    "redefined type": plain(
        **{"@context": [CONTEXT_VC2, {"VerifiableCredential": "https://example.org/#VerifiableCredential"}]}
    ),
    "redefined term": plain(
        **{"@context": [CONTEXT_VC2, {"@protected": True, "Lathe": f"{URL}#a"}, {"Lathe": f"{URL}#b"}]}
    ),
    "redefined id": plain(**{"@context": [CONTEXT_VC2, {"id": "https://example.org/#id"}]}),
    "status entry under an unknown name": plain(
        statusEntry={
            "type": "BitstringStatusListEntry",
            "statusListIndex": True,
            "statusListCredential": "https://example.com",
        }
    ),
    "proof without a type": plain(proof={"created": "2023-02-26T00:37:06Z"}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(suite: Suite, name: str) -> None:
    document = ACCEPTED[name]
    signed = suite.issued(document)
    assert signed["@context"] == document["@context"]
    assert signed["@context"][0] == CONTEXT_VC2
    assert signed["type"] == document["type"]
    assert signed["credentialSubject"] == document["credentialSubject"]
    assert isinstance(signed["proof"], dict)
    issuer = signed["issuer"]
    assert (issuer["id"] if isinstance(issuer, dict) else issuer) == suite.issuer
    if "status" not in name and "written differently" not in name:  # nothing can be told; not yet in force
        assert suite.verify(signed).status == 200
        assert suite.verify(signed, {}).status == 200


@pytest.mark.parametrize("name", REFUSED)
def test_refused_at_issue(suite: Suite, name: str) -> None:
    answer = suite.issue(REFUSED[name])
    assert answer.refused, answer.body
    assert answer.media_type == "application/problem+json"
    assert answer.body["type"].startswith("https://")


@pytest.mark.parametrize("name", REFUSED)
def test_refused_at_verification_whoever_signed_it(suite: Suite, name: str) -> None:
    """Signed over the text, which signs anything: it is for the verifier to look at what was signed."""
    document = dict(REFUSED[name])
    document.pop("proof", None)
    issuer = document.get("issuer")
    if "issuer" not in document or (isinstance(issuer, dict) and "id" not in issuer):
        document["issuer"] = {"id": suite.wallet.did, **issuer} if isinstance(issuer, dict) else suite.wallet.did
    signed = suite.wallet.secured(document, JCS) if name != "proof without a type" else {**document, "proof": {}}
    assert suite.verify(signed).refused


def test_issuers_of_others_are_replaced(suite: Suite) -> None:
    """There is but one key: fixtures that name another issuer are signed under its DID."""
    for issuer in ("did:example:issuer", "https://some-url.example/issuer/foo"):
        assert suite.issued(plain(issuer=issuer))["issuer"] == suite.issuer
    signed = suite.issued(plain(issuer={"id": "did:example:issuer", "name": "Somebody"}))
    assert signed["issuer"] == {"id": suite.issuer, "name": "Somebody"}
    assert suite.verify(signed).status == 200


@pytest.mark.parametrize("issuer", [None, True, 4, [], {}, {"name": "x"}])
def test_an_issuer_there_must_be(suite: Suite, issuer: object) -> None:
    assert suite.send({**plain(), "issuer": issuer}).refused
    assert suite.send(plain()).refused


def test_requests_that_are_none(suite: Suite) -> None:
    credential = {**plain(), "issuer": suite.issuer}
    for body in (
        {"verifiableCredential": credential},
        {"credential": None},
        {"credential": [credential]},
        {},
        [],
        4,
        None,
    ):
        assert suite.post("/credentials/issue", body).refused
    for body in ({"options": {}}, {"verifiableCredential": None}, {"verifiableCredential": []}, {}, [], None):
        assert suite.post("/credentials/verify", body).refused
    for raw in (b"", b"{", b'{"credential": {"a": 1, "a": 2}}', b"\xff"):
        for path in ("/credentials/issue", "/credentials/verify"):
            assert suite.post(path, None, raw=raw).refused


def test_options_are_absent_empty_or_known(suite: Suite) -> None:
    for options in (None, {}, {"credentialId": "urn:uuid:1"}, {"mandatoryPointers": ["/issuer"]}):
        assert suite.issue(plain(), options).status == 201
    assert suite.issue(plain(), {"surprise": 1}).refused
    signed = suite.issued(plain())
    assert suite.post("/credentials/verify", {"verifiableCredential": signed}).status == 200
    assert suite.verify(signed, {"checks": ["proof", "credentialStatus"]}).status == 200
    assert suite.verify(signed, {"expectedProofPurpose": "authentication"}).refused


def test_an_answer_has_no_errors_and_says_verified(suite: Suite) -> None:
    answer = suite.verify(suite.issued(plain()))
    assert answer.body["verified"] is True
    assert "errors" not in answer.body
    assert answer.body["problemDetails"] == []


def test_what_nobody_signed_is_refused(suite: Suite) -> None:
    assert suite.verify({**plain(), "issuer": suite.issuer}).refused
    assert suite.verify({"type": ["NonconformingDocument"]}).refused
    assert suite.verify("not.a.token").refused
    assert suite.verify("").refused


def test_changes_after_signing_are_found(suite: Suite) -> None:
    signed = suite.issued(examples(id="urn:uuid:2"))
    for change in (
        {"id": "urn:uuid:3"},
        {"validUntil": "2099-01-01T00:00:00Z"},
        {"credentialSubject": {"id": "did:example:other"}},
        {"type": ["VerifiableCredential", "ExampleCredential"]},
        {"issuer": suite.wallet.did},
    ):
        assert suite.verify({**signed, **change}).refused, change


# --- version 1.1


def version_1(**members: Any) -> dict[str, Any]:
    return plain(**{"@context": [CONTEXT_VC1], "issuanceDate": "2023-02-26T00:37:06Z", **members})


def test_version_1_is_issued_with_the_context_of_its_proof(suite: Suite) -> None:
    signed = suite.issued(version_1())
    assert signed["@context"] == [CONTEXT_VC1, CONTEXT_DI2]
    assert "credentialStatus" not in signed
    assert suite.verify(signed).status == 200
    assert suite.issued(version_1(**{"@context": [CONTEXT_VC1, CONTEXT_DI2]}))["@context"] == [CONTEXT_VC1, CONTEXT_DI2]


def test_version_1_needs_its_date_and_its_context(suite: Suite) -> None:
    assert suite.issue(version_1(issuanceDate=None)).refused
    assert suite.issue(version_1(issuanceDate="yesterday")).refused
    assert suite.issue(version_1(surprise=1)).refused
