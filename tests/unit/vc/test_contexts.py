from __future__ import annotations

import copy
import hashlib
import json
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from portfolio import resources
from portfolio.errors import ConfigurationError, MalformedValueError
from portfolio.vc.contexts import (
    CONTEXT_CLR2,
    CONTEXT_DI2,
    CONTEXT_OB3,
    CONTEXT_OB3_1,
    CONTEXT_OB3_2,
    CONTEXT_OB_EXT,
    CONTEXT_VC1,
    CONTEXT_VC2,
    ISSUED_CONTEXTS,
    VERIFIED_CONTEXTS,
    check_contexts,
    frozen_contexts,
)
from portfolio.vc.cryptosuites import EDDSA_RDFC_2022
from portfolio.vc.data_integrity import add_proof
from portfolio.vc.jsontext import dumps
from portfolio.vc.status_list import status_list_entry
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import verify_credential
from tests.unit.vc.signers import NOW, PLANT, SIGNED_AT, badge, material, status_list

# As printed in the Recommendations of Verifiable Credentials 2.0, Data Integrity 1.0 and Controlled Identifiers 1.0.
PRINTED = {
    CONTEXT_VC2: "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    CONTEXT_DI2: "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
    "https://w3id.org/security/multikey/v1": "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
}


OB_VOCABULARY = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"


def manifest() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads((resources.schemas() / "MANIFEST.json").read_bytes())["contexts"]
    return entries


def test_the_files_have_the_digests_that_the_standards_print() -> None:
    digests = {
        entry["url"]: hashlib.sha256((resources.schemas() / entry["file"]).read_bytes()).hexdigest()
        for entry in manifest()
    }
    assert digests == {entry["url"]: entry["sha256"] for entry in manifest()}
    assert {url: digests[url] for url in PRINTED} == PRINTED


def test_every_known_address_has_its_file_and_no_file_is_unknown() -> None:
    urls = {url for array in VERIFIED_CONTEXTS for url in array}
    assert urls <= set(frozen_contexts())
    assert {entry["file"] for entry in manifest()} == {
        f"contexts/{path.name}" for path in (resources.schemas() / "contexts").iterdir()
    }
    assert all(entry["licence"] and entry["source"] for entry in manifest())


def test_the_files_are_those_of_the_published_collection(shared: Path) -> None:
    sums = dict(reversed(line.split()) for line in (shared / "vectors/contexts/SHA256SUMS").read_text().splitlines())
    published = {
        name: hashlib.sha256(
            json.dumps(json.loads((shared / "vectors/contexts" / name).read_bytes()), sort_keys=True).encode()
        )
        for name in sums
    }
    for entry in manifest():
        name = Path(entry["file"]).stem + ".json"
        ours = json.loads((resources.schemas() / entry["file"]).read_bytes())
        assert hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).digest() == published[name].digest(), name
        # The W3C repository's copy of credentials/v1 differs from the registry's in white space alone.
        assert entry["sha256"] == sums[name] or name == "credentials-v1.json"


@pytest.fixture
def other_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "schemas"
    shutil.copytree(resources.schemas(), folder)
    monkeypatch.setattr(resources, "schemas", lambda: folder)
    return folder


def test_a_changed_file_stops_the_start(other_schemas: Path) -> None:
    with (other_schemas / "contexts/credentials-v2.jsonld").open("a") as file:
        file.write("\n")
    with pytest.raises(ConfigurationError) as caught:
        frozen_contexts.__wrapped__()
    assert [str(fault) for fault in caught.value.faults] == [
        "schemas/contexts/credentials-v2.jsonld is not the file that schemas/MANIFEST.json describes"
    ]


@pytest.mark.parametrize("name", ["MANIFEST.json", "contexts/did-v1.jsonld"])
def test_a_missing_file_stops_the_start(other_schemas: Path, name: str) -> None:
    (other_schemas / name).unlink()
    with pytest.raises(ConfigurationError):
        frozen_contexts.__wrapped__()


def test_a_broken_manifest_stops_the_start(other_schemas: Path) -> None:
    (other_schemas / "MANIFEST.json").write_text('{"contexts": [{"url": "x"}]}')
    with pytest.raises(ConfigurationError):
        frozen_contexts.__wrapped__()


def test_the_contexts_cannot_be_exchanged_by_a_reader() -> None:
    with pytest.raises(TypeError):
        frozen_contexts()[CONTEXT_VC2] = {}  # type: ignore[index]


def test_the_arrays_are_those_of_the_contract() -> None:
    v2, ob, ext, clr = CONTEXT_VC2, CONTEXT_OB3, CONTEXT_OB_EXT, CONTEXT_CLR2
    assert {(v2,), (v2, ob), (v2, ob, ext), (v2, clr, ob), (v2, clr, ob, ext)} == ISSUED_CONTEXTS
    assert ISSUED_CONTEXTS < VERIFIED_CONTEXTS
    assert {(v2, CONTEXT_OB3_1), (v2, CONTEXT_OB3_2), (CONTEXT_VC1, CONTEXT_OB3_2, CONTEXT_DI2)} < VERIFIED_CONTEXTS


def credential(array: list[Any]) -> dict[str, Any]:
    return {"@context": array, "type": ["VerifiableCredential"], "credentialSubject": {"id": "urn:x:1"}}


@pytest.mark.parametrize("array", sorted(VERIFIED_CONTEXTS))
def test_known_arrays_pass(array: tuple[str, ...]) -> None:
    check_contexts(credential(list(array)))


@pytest.mark.parametrize(
    "context",
    [
        None,
        [],
        {},
        CONTEXT_VC2,
        [CONTEXT_OB3, CONTEXT_VC2],
        [CONTEXT_VC2, CONTEXT_VC2],
        [CONTEXT_VC2, CONTEXT_OB3, "https://evil.example/context"],
        [CONTEXT_VC2, "https://purl.imsglobal.org/spec/ob/v3p0/context.json"],
        [CONTEXT_VC2, "https://www.w3.org/ns/credentials/examples/v2"],
        [CONTEXT_VC2, {"@vocab": "https://evil.example/#"}],
        [CONTEXT_VC2, {"@base": "https://evil.example/"}],
        [CONTEXT_VC2, {"@import": CONTEXT_OB3}],
        [CONTEXT_VC2, {"issuer": "https://evil.example/issuer"}],
        [CONTEXT_VC2, None],
        [CONTEXT_VC2, 5],
        [[CONTEXT_VC2]],
        [CONTEXT_VC2, CONTEXT_OB3, CONTEXT_CLR2],
        [CONTEXT_VC2 + "#"],
        [CONTEXT_VC2.upper()],
    ],
)
def test_other_contexts_are_refused(context: Any) -> None:
    with pytest.raises(MalformedValueError) as caught:
        check_contexts(credential(context))
    assert caught.value.path == "$['@context']"


def test_a_document_without_context_is_refused() -> None:
    with pytest.raises(MalformedValueError):
        check_contexts({"type": "VerifiableCredential"})


PRESENTATION: dict[str, Any] = {
    "@context": [CONTEXT_VC2],
    "type": "VerifiablePresentation",
    "verifiableCredential": [
        {
            **credential([CONTEXT_VC2, CONTEXT_OB3]),
            "proof": [{"cryptosuite": "eddsa-jcs-2022", "@context": [CONTEXT_VC2, CONTEXT_OB3]}],
        }
    ],
    "proof": {"cryptosuite": "eddsa-jcs-2022", "@context": [CONTEXT_VC2]},
}


def test_nested_credentials_and_jcs_proofs_have_their_own_context() -> None:
    check_contexts(PRESENTATION)
    record = credential([CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3])
    record["credentialSubject"]["verifiableCredential"] = PRESENTATION["verifiableCredential"]
    check_contexts(record)


def test_a_jcs_proof_may_name_the_first_contexts_of_its_document() -> None:
    document = {
        **credential([CONTEXT_VC2, CONTEXT_OB3]),
        "proof": {"cryptosuite": "eddsa-jcs-2022", "@context": [CONTEXT_VC2]},
    }
    check_contexts(document)


@pytest.mark.parametrize(
    ("place", "context"),
    [
        (("proof",), [CONTEXT_VC2, CONTEXT_OB3]),
        (("proof",), []),
        (("proof",), CONTEXT_VC2),
        (("verifiableCredential", 0, "proof", 0), [CONTEXT_OB3]),
        (("verifiableCredential", 0), [CONTEXT_VC2, {"name": "https://evil.example/name"}]),
        (("verifiableCredential", 0), [CONTEXT_VC2, "https://evil.example/context"]),
        (("verifiableCredential", 0, "credentialSubject"), [CONTEXT_VC2, CONTEXT_OB3]),
        (("verifiableCredential", 0, "credentialSubject"), None),
    ],
)
def test_a_context_anywhere_else_is_refused(place: tuple[str | int, ...], context: Any) -> None:
    document = copy.deepcopy(PRESENTATION)
    target: Any = document
    for step in place:
        target = target[step]
    target["@context"] = context
    with pytest.raises(MalformedValueError) as caught:
        check_contexts(document)
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    assert caught.value.path == f"${path}['@context']"


def test_a_proof_of_another_suite_has_no_context() -> None:
    document = {**credential([CONTEXT_VC2]), "proof": {"cryptosuite": "eddsa-rdfc-2022", "@context": [CONTEXT_VC2]}}
    with pytest.raises(MalformedValueError):
        check_contexts(document)


@pytest.mark.parametrize(
    "context",
    [
        [CONTEXT_OB3],
        [CONTEXT_VC2, CONTEXT_OB3],
        [CONTEXT_CLR2, CONTEXT_VC2],
        [CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3, CONTEXT_OB_EXT],
    ],
)
def test_a_jcs_proof_names_no_other_contexts_than_the_first_of_its_document(context: list[str]) -> None:
    """Each of them is made of known addresses, and one is a known array; none begins the document's."""
    document = {
        **credential([CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3]),
        "proof": {"cryptosuite": "eddsa-jcs-2022", "@context": context},
    }
    with pytest.raises(MalformedValueError) as caught:
        check_contexts(document)
    assert caught.value.path == "$.proof['@context']"


def test_an_issuer_asks_for_the_arrays_it_issues_under() -> None:
    check_contexts(credential([CONTEXT_VC2, CONTEXT_OB3]), arrays=ISSUED_CONTEXTS)
    for context in ([CONTEXT_VC2, CONTEXT_OB3_1], [CONTEXT_VC1, CONTEXT_OB3, CONTEXT_DI2]):
        with pytest.raises(MalformedValueError):
            check_contexts(credential(context), arrays=ISSUED_CONTEXTS)
    # A record may hold what another issuer signed under an older context, and nothing under an unknown one.
    record = credential([CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3])
    record["credentialSubject"]["verifiableCredential"] = [credential([CONTEXT_VC2, CONTEXT_OB3_1])]
    check_contexts(record, arrays=ISSUED_CONTEXTS)
    record["credentialSubject"]["verifiableCredential"] = [credential([CONTEXT_VC2, "https://evil.example/context"])]
    with pytest.raises(MalformedValueError):
        check_contexts(record, arrays=ISSUED_CONTEXTS)


def test_other_arrays_can_be_made_known() -> None:
    array = [CONTEXT_VC2, "https://www.w3.org/ns/credentials/examples/v2"]
    document = {**credential(array), "verifiableCredential": [credential(array)]}
    check_contexts(document, arrays={tuple(array)})
    with pytest.raises(MalformedValueError):
        check_contexts(document)


# --- the words of a document

CRED = "https://www.w3.org/2018/credentials#"
XSD_DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({CRED + "credentialStatus": {}}, "$"),
        ({"cred:validUntil": "2026-03-18T09:00:00Z"}, "$"),
        ({"_:predicate": "x"}, "$"),
        ({"@id": "urn:x:1"}, "$"),
        ({"@type": "urn:x:T"}, "$"),
        ({"@nest": {"name": "x"}}, "$"),
        ({"@included": []}, "$"),
        ({"@reverse": {}}, "$"),
        ({"@graph": []}, "$"),
        ({"@unknown": None}, "$"),
        ({"id": "_:x"}, "$.id"),
        ({"evidence": [{"id": "urn:x:1"}, {"id": "_:x"}]}, "$.evidence[1].id"),
        ({"evidence": {"@set": [{"id": "urn:x:1"}]}}, "$.evidence"),
        ({"evidence": {"@list": []}}, "$.evidence"),
        ({"evidence": [{"a": [{"@nest": {}}]}]}, "$.evidence[0].a[0]"),
        ({"evidence": [[]]}, "$.evidence[0]"),
        ({"evidence": ["x", [{"a": "x"}]]}, "$.evidence[1]"),
        ({"Criteria": {"narrative": "x"}}, "$"),
        ({"evidence": [{"Image": "x"}]}, "$.evidence[0]"),
        ({"type": ["VerifiableCredential", f"{OB_VOCABULARY}OpenBadgeCredential"]}, "$.type"),
        ({"evidence": [{"type": f"{OB_VOCABULARY}Evidence"}]}, "$.evidence[0].type"),
        ({"evidence": [{"type": ["obi:Evidence"]}]}, "$.evidence[0].type"),
        ({"evidence": [{"type": "image"}]}, "$.evidence[0].type"),
        ({"credentialSubject": {"identifier": [{"hashed": "false"}]}}, "$.credentialSubject.identifier[0].hashed"),
        ({"credentialSubject": {"identifier": {"hashed": [False]}}}, "$.credentialSubject.identifier.hashed"),
        ({"proof": [{"cryptosuite": "eddsa-rdfc-2022"}, {"@nest": {"expires": "x"}}]}, "$.proof[1]"),
        ({"proof": {"https://w3id.org/security#expiration": "x"}}, "$.proof"),
        ({"proof": {"id": "_:x"}}, "$.proof.id"),
        ({"name": {"@language": "ru"}}, "$.name"),
        ({"name": {"@value": "x", "type": "urn:x:T"}}, "$.name"),
        ({"name": {"@value": "x", "@index": "i"}}, "$.name"),
        ({"name": {"@value": "x", "urn:x:y": "z"}}, "$.name"),
        ({"name": {"@value": {"@value": 1, "@id": "urn:x:1"}}}, "$.name['@value']"),
        ({"verifiableCredential": [{**credential([CONTEXT_VC2]), "@nest": {}}]}, "$.verifiableCredential[0]"),
    ],
)
def test_other_words_than_terms_are_refused(members: dict[str, Any], path: str) -> None:
    document = {**credential([CONTEXT_VC2, CONTEXT_OB3]), **members}
    with pytest.raises(MalformedValueError) as caught:
        check_contexts(document)
    assert caught.value.path == path
    check_contexts(document, strict_names=False)


def test_types_of_others_and_json_values_pass() -> None:
    check_contexts(
        {
            **credential([CONTEXT_VC2, CONTEXT_OB3]),
            "type": ["VerifiableCredential", "https://polyot.example/types#Permit", "1EdTechCredentialRefresh"],
            "credentialSubject": {
                "type": "JsonSchema",
                "jsonSchema": {"$ref": "#/x:y", "enum": [["a"], []], "Name": {}},
            },
        }
    )


def test_value_objects_and_texts_of_any_kind_pass() -> None:
    check_contexts(
        {
            **credential([CONTEXT_VC2, CONTEXT_OB3]),
            "name": [
                {"@value": "Ёж", "@language": "ru", "@direction": "ltr"},
                {"@value": "2026-03-18T09:00:00Z", "@type": XSD_DATE_TIME},
                "_: and @nest and urn:x:y are texts",
            ],
        }
    )


def test_no_context_that_ships_gives_keywords_other_names() -> None:
    """``check_contexts`` looks for ``id`` and for keywords by their own names."""
    aliases = set()

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for name, member in value.items():
                found = member.get("@id") if isinstance(member, dict) else member
                if not name.startswith("@") and isinstance(found, str) and found.startswith("@"):
                    aliases.add((name, found))
                look(member)
        elif isinstance(value, list):
            for item in value:
                look(item)

    for context in frozen_contexts().values():
        look(context)
    assert aliases == {("id", "@id"), ("type", "@type")}


def test_one_long_name_above_many_values_costs_no_more_than_its_length() -> None:
    document = {**credential([CONTEXT_VC2]), "n" * 2_000_000: [{"a": {}} for _ in range(50_000)]}
    start = time.process_time()
    check_contexts(document)
    assert time.process_time() - start < 2


def _move(document: dict[str, Any], name: str) -> Any:
    return document.pop(name)


RESPELT: dict[str, Callable[[dict[str, Any]], Any]] = {
    "status by its IRI": lambda d: d.update({CRED + "credentialStatus": _move(d, "credentialStatus")}),
    "status in @nest": lambda d: d.update({"@nest": {"credentialStatus": _move(d, "credentialStatus")}}),
    "status in @included": lambda d: d.update(
        {
            "@included": [
                {"id": d["id"], "type": "VerifiableCredential", "credentialStatus": _move(d, "credentialStatus")}
            ]
        }
    ),
    "status in @reverse": lambda d: d.update(
        {"@included": [{**_move(d, "credentialStatus"), "@reverse": {CRED + "credentialStatus": {"id": d["id"]}}}]}
    ),
    "status at the subject": lambda d: d["credentialSubject"].update(
        {"@included": [{"id": d["id"], CRED + "credentialStatus": _move(d, "credentialStatus")}]}
    ),
    "end by its IRI": lambda d: d.update(
        {CRED + "validUntil": {"@value": _move(d, "validUntil"), "@type": XSD_DATE_TIME}}
    ),
    "proof's end by its IRI": lambda d: d["proof"].update(
        {"https://w3id.org/security#expiration": {"@value": _move(d["proof"], "expires"), "@type": XSD_DATE_TIME}}
    ),
    "proof's end in @nest": lambda d: d["proof"].update({"@nest": {"expires": _move(d["proof"], "expires")}}),
    "identifier by its keyword": lambda d: d.update({"@id": _move(d, "id")}),
    "results under one label": lambda d: d["credentialSubject"].update(
        {"result": [{**d["credentialSubject"]["result"][0], "id": "_:r"}] * 2}
    ),
}


@pytest.mark.parametrize("respelling", RESPELT)
def test_a_credential_said_in_other_words_is_not_accepted(respelling: str) -> None:
    """Each leaves the statements that eddsa-rdfc-2022 signs as they are (or doubles one), and hides them from readers."""
    address = "https://polyot.example/status/1"
    unsigned = badge(
        issuer=PLANT.did,
        credentialStatus=status_list_entry(address, 5),
        validUntil="2026-09-18T09:00:00Z",
    )
    signed = add_proof(
        unsigned,
        suite=EDDSA_RDFC_2022,
        sign=PLANT.key.sign,
        verification_method=PLANT.method,
        created=SIGNED_AT,
        expires=SIGNED_AT + timedelta(days=100),
    )
    at_hand = material(status_list={address: status_list(signer=PLANT, url=address)}.get)

    def state(document: dict[str, Any]) -> State:
        return validate(verify_credential(dumps(document), material=at_hand, now=NOW)).state

    accepted = state(signed)
    assert accepted not in (State.UNREADABLE, State.REVOKED, State.EXPIRED)
    document = copy.deepcopy(signed)
    RESPELT[respelling](document)
    assert document != signed
    assert state(document) is State.UNREADABLE
