from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.errors import (
    DocumentError,
    InvalidVerificationMethodUrl,
    MalformedValueError,
    ParsingError,
    ProofVerificationError,
    RangeError,
)
from portfolio.vc import jsontext
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.data_integrity import add_proof
from portfolio.vc.did import VerificationKey, did_document
from portfolio.vc.issuer_document import key_fingerprint
from portfolio.vc.trust_list import (
    MOST_ISSUERS,
    ListedIssuer,
    check_issuer_did,
    check_issuer_name,
    compare,
    read_trust_list,
    trust_list_document,
    trust_list_url,
)
from tests.unit.vc.signers import Signer, key_signer

PAGE = Path(__file__).parents[3] / "docs/formats/trust-list.md"

ISSUED = datetime(2026, 11, 25, 9, tzinfo=UTC)
NOW = ISSUED + timedelta(hours=1)
DID = "did:web:chayka.example"
SCHOOL = Signer(DID, f"{DID}#key-2026-11", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = key_signer(b"x")

OWN = ListedIssuer(DID, "own", {"ru": "Школа «Чайка»", "en": "Chayka School"}, date(2026, 9, 1))
PLANT = ListedIssuer(
    "did:web:chayka.example:o:1025400000000",
    "organisation",
    {"ru": "Завод «Полёт»"},
    date(2024, 9, 1),
    scope=("OpenBadgeCredential",),
)
NETWORK = ListedIssuer(
    "did:web:licey.example", "school", {"en": "Lyceum No. 9", "ru": "Лицей № 9"}, date(2025, 1, 15), date(2028, 8, 31)
)


def signed(version: int = 3, *issuers: ListedIssuer, **changes: Any) -> dict[str, Any]:
    document = trust_list_document(issuer=DID, version=version, issued=ISSUED, issuers=issuers or (OWN, PLANT, NETWORK))
    return secured({**document, **changes})


def secured(document: dict[str, Any], signer: Signer = SCHOOL, suite: Any = EDDSA_JCS_2022) -> dict[str, Any]:
    return add_proof(document, suite=suite, sign=signer.key.sign, verification_method=signer.method, created=ISSUED)


def read(document: Any, **expected: Any) -> Any:
    text = document if isinstance(document, bytes | str) else jsontext.dumps(document)
    resolve = {DID: did_document(DID, [VerificationKey("key-2026-11", SCHOOL.public, ISSUED)])}.get
    return read_trust_list(text, resolve=resolve, now=expected.pop("now", NOW), **expected)


def test_the_page_begins_with_this_list() -> None:
    example, document = re.findall(r"```json\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.S)
    assert json.loads(example) == signed()
    assert list(json.loads(example)) == list(signed())  # the order of the members, too
    assert read(example).version == 3
    assert json.loads(document) == did_document(DID, [VerificationKey("key-2026-11", SCHOOL.public, ISSUED)])


def test_the_page_names_the_figures_of_the_example() -> None:
    document = did_document(DID, [VerificationKey("key-2026-11", SCHOOL.public, ISSUED)])
    page = PAGE.read_text(encoding="utf-8")
    served = jsontext.dumps(signed())
    assert f"`{key_fingerprint(document)}`" in page
    assert f"{len(served)} bytes, and their SHA-256 is `{hashlib.sha256(served).hexdigest()}`" in page


def test_what_was_written_is_read() -> None:
    found = read(signed(), issuer=DID, address="https://chayka.example/.well-known/trust-list.json", seen=3)
    assert found.issuers == (OWN, PLANT, NETWORK)
    assert (found.version, found.issuer, found.issued, found.own) == (3, DID, ISSUED, OWN)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert jsontext.dumps(signed(3, NETWORK, OWN, PLANT)) == jsontext.dumps(signed())


@pytest.mark.parametrize("version", [1, 2])
def test_a_version_below_the_one_seen_is_refused(version: int) -> None:
    assert read(signed(version), seen=version).version == version
    with pytest.raises(RangeError) as caught:
        read(signed(version), seen=version + 1)
    assert caught.value.path == "$.version"


def test_a_list_of_another_school_or_address_is_refused() -> None:
    with pytest.raises(MalformedValueError):
        read(signed(), issuer="did:web:licey.example")
    with pytest.raises(MalformedValueError):
        read(signed(), address="https://licey.example/.well-known/trust-list.json")


def test_a_list_from_the_future_is_refused() -> None:
    with pytest.raises(DocumentError):
        read(signed(), now=ISSUED - timedelta(hours=1))


def test_every_changed_value_breaks_the_signature_or_the_shape() -> None:
    """Each scalar of the list, and each member taken away: nothing is outside the proof."""
    document = signed()
    count = 0
    for path, value in scalars(document):
        for changed in (f"{value}x", None):
            with pytest.raises(DocumentError):
                read(replaced(document, path, changed))
            count += 1
    assert count > 50


def scalars(value: Any, path: tuple[Any, ...] = ()) -> Any:
    if isinstance(value, dict | list):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from scalars(member, (*path, key))
    else:
        yield path, value


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    copied = json.loads(json.dumps(value))
    at = copied
    for key in path[:-1]:
        at = at[key]
    if new is None:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return copied


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda d: d.update(extra=1), "$"),
        (lambda d: d.update(type="TrustLists"), "$.type"),
        (lambda d: d.update(version=0), "$.version"),
        (lambda d: d.update(version=True), "$.version"),
        (lambda d: d.update(version="3"), "$.version"),
        (lambda d: d.update(version=3.5), "$.version"),
        (lambda d: d.update(id="https://licey.example/.well-known/trust-list.json"), "$.id"),
        (lambda d: d.update(issuer="did:web:127.0.0.1"), "$.issuer"),
        (lambda d: d.update(issuer=OTHER.did), "$.issuer"),
        (lambda d: d.update(issued="yesterday"), "$.issued"),
        (lambda d: d.update(issuers=[]), "$.issuers"),
        (lambda d: d.update(issuers={}), "$.issuers"),
        (lambda d: d.update(issuers=d["issuers"][1:]), "$.issuers"),
        (lambda d: d["issuers"].append(d["issuers"][0]), "$.issuers"),
        (lambda d: d["issuers"][2].update(kind="own"), "$.issuers"),
        (lambda d: d["issuers"][1].update(kind="friend"), "$.issuers[1].kind"),
        (lambda d: d["issuers"][1].update(note="x"), "$.issuers[1]"),
        (lambda d: d["issuers"][1].pop("since"), "$.issuers[1]"),
        (lambda d: d["issuers"][1].update(since="2024-9-1"), "$.issuers[1].since"),
        (lambda d: d["issuers"][1].update(since="2024-02-30"), "$.issuers[1].since"),
        (lambda d: d["issuers"][1].update(until="2024-08-31"), "$.issuers[1].until"),
        (lambda d: d["issuers"][1].update(scope=[]), "$.issuers[1].scope"),
        (lambda d: d["issuers"][1].update(scope=["A", "A"]), "$.issuers[1].scope"),
        (lambda d: d["issuers"][1].update(scope=["a b"]), "$.issuers[1].scope"),
        (lambda d: d["issuers"][1].update(scope="OpenBadgeCredential"), "$.issuers[1].scope"),
        (lambda d: d["issuers"][1].update(name="Завод"), "$.issuers[1].name"),
        (lambda d: d["issuers"][1].update(name={}), "$.issuers[1].name"),
        (lambda d: d["issuers"][1].update(name={"RU": "Завод"}), "$.issuers[1].name"),
        (lambda d: d["issuers"][1].update(name={"ru": "Зaвод"}), "$.issuers[1].name.ru"),
        (lambda d: d["issuers"][1].update(did="did:web:Licey.example"), "$.issuers[1].did"),
        (lambda d: d["issuers"][1].update(did="did:web:licey.example:..:x"), "$.issuers[1].did"),
        (lambda d: d["issuers"][1].update(did=7), "$.issuers[1].did"),
        (lambda d: d.update(issuers=d["issuers"] * (MOST_ISSUERS // 2)), "$.issuers"),
    ],
)
def test_a_signed_list_of_another_shape_is_refused(change: Callable[[Any], object], path: str) -> None:
    document = {name: member for name, member in signed().items() if name != "proof"}
    document = json.loads(json.dumps(document))
    change(document)
    with pytest.raises(MalformedValueError) as caught:
        read(secured(document))
    assert caught.value.path == path


@pytest.mark.parametrize(
    "secure",
    [
        lambda d: d,
        lambda d: {**d, "proof": []},
        lambda d: {**d, "proof": [secured(d)["proof"]]},
        lambda d: secured(d, OTHER),
        lambda d: secured(d, Signer(DID, f"{DID}#key-2026-11", OTHER.key)),
        lambda d: secured(d, Signer(DID, f"{DID}#key-2026-12", SCHOOL.key)),
        lambda d: {**d, "proof": {**secured(d)["proof"], "expires": "2030-01-01T00:00:00Z"}},
        lambda d: {**d, "proof": {**secured(d)["proof"], "cryptosuite": "eddsa-rdfc-2022"}},
        lambda d: {**d, "proof": {**secured(d)["proof"], "proofPurpose": "authentication"}},
        lambda d: {**d, "proof": {**secured(d)["proof"], "previousProof": "urn:x"}},
    ],
)
def test_a_list_without_exactly_the_proof_of_its_school_is_refused(secure: Callable[[Any], Any]) -> None:
    document = {name: member for name, member in signed().items() if name != "proof"}
    with pytest.raises(DocumentError):
        read(secure(document))


def test_without_the_schools_document_nothing_is_taken() -> None:
    with pytest.raises(InvalidVerificationMethodUrl):
        read_trust_list(jsontext.dumps(signed()), resolve=lambda _: None, now=NOW)


def test_what_is_not_a_list_is_refused() -> None:
    for text in (b"", b"[]", b"null", b'{"id":1,"id":2}', b"\xff", b"{" * 50):
        with pytest.raises((ParsingError, MalformedValueError)):
            read(text)


def test_compared_by_did() -> None:
    longer = replace(NETWORK, until=date(2030, 8, 31))
    third = replace(NETWORK, did="did:web:gymnasium.example")
    changes = compare([OWN, PLANT, NETWORK], [OWN, longer, third])
    assert (changes.added, changes.removed, changes.changed) == ((third,), (PLANT,), ((NETWORK, longer),))
    assert not compare([OWN, PLANT], [PLANT, OWN])


def test_a_list_stands_beside_the_did_document() -> None:
    assert trust_list_url("did:web:localhost%3A8000") == "http://localhost:8000/.well-known/trust-list.json"
    assert trust_list_url("did:web:x.example:a:b") == "https://x.example/a/b/trust-list.json"


@pytest.mark.parametrize(
    "name",
    [
        "Гимназия № 5 «Звезда»", "Lyceum No. 9", "IT-куб «Точка»", "ООО «1С-Север»", "Ёлка", "Қазақ мектебі",
        "Школа O’Neill", "Straße", "42", "東京 School",
    ],
)  # fmt: skip
def test_names_that_look_like_what_they_are(name: str) -> None:
    assert check_issuer_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", " Школа", "Школа ", "Шкoла", "Ivаn", "Lусеum", "Школа\u202e", "Шко\u200dла", "Шко\u00adла", "Школа\n5",
        "и\u0306", "Школа\u00a05", "Школа\u2028", "Ши\u0301ре", "\ud800", "\ufeffШкола", "Ш" * 201, 7, None,
        "Πлан", "ｓchoolш",
    ],
)  # fmt: skip
def test_names_that_deceive_the_eye_are_refused(name: Any) -> None:
    with pytest.raises(MalformedValueError):
        check_issuer_name(name)


@pytest.mark.parametrize("did", ["did:web:x.example", "did:web:localhost%3A8000", "did:web:x.example:o:1", OTHER.did])
def test_dids_that_may_stand_in_a_list(did: str) -> None:
    assert check_issuer_did(did) == did


@pytest.mark.parametrize(
    "did",
    [
        "", "x.example", "did:web:", "did:web:X.example", "DID:web:x.example", "did:web:10.0.0.1", "did:web:0x7f.1",
        "did:web:2130706433", "did:web:x.example%2Fa", "did:web:u@x.example", "did:web:x.example#k", "did:web:x.example?a",
        "did:web:школа.рф", "did:web:x。example", "did:key:z6Mk", "did:key:zQ3shok", "did:ion:x", "did:web:x.example%3A0",
        f"{OTHER.did}#x",
    ],
)  # fmt: skip
def test_other_dids_are_refused(did: str) -> None:
    with pytest.raises(MalformedValueError):
        check_issuer_did(did)


def test_a_proof_by_a_retired_key_holds_until_it_was_retired() -> None:
    retired = did_document(DID, [VerificationKey("key-2026-11", SCHOOL.public, ISSUED, ISSUED - timedelta(days=1))])
    with pytest.raises(ProofVerificationError):
        read_trust_list(jsontext.dumps(signed()), resolve={DID: retired}.get, now=NOW)
