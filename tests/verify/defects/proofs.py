"""Proofs that are missing, malformed, somebody else's or no proofs of this document (Data Integrity 1.0, EdDSA Cryptosuites)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.vc.contexts import CONTEXT_OB3, CONTEXT_VC2
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.jsontext import dumps
from portfolio.vc.multikey import base58btc_encode
from tests.unit.vc import samples
from tests.unit.vc.signers import NOW, PLANT, SCHOOL, SIGNED_AT, foreign, material
from tests.unit.vc.test_proof_chains import A, B, link
from tests.verify.defects import OTHER_WORDS, SECURITY, VCDM, Case, Finding, changed, each

VERIFICATION = SECURITY + "PROOF_VERIFICATION_ERROR"
WRONG = Finding("signature", "proof_verification_error", VERIFICATION)
UNKNOWN_KIND = Finding("signature", "unsupported_proof", VERIFICATION, "unknown")
NO_PROOF = Finding("signature", "no_proof", VCDM + "PARSING_ERROR")
NOT_PROOFS = Finding("signature", "malformed_proof", VCDM + "PARSING_ERROR")
UNSIGNED = foreign(PLANT)
SIGNED = {suite.name: PLANT.issue(UNSIGNED, suites=(suite,)) for suite in (EDDSA_JCS_2022, EDDSA_RDFC_2022)}
OF_JCS = SIGNED[EDDSA_JCS_2022.name]
OF_RDFC = SIGNED[EDDSA_RDFC_2022.name]


def option(name: str, value: Any) -> dict[str, Any]:
    """A proof with one option changed and signed with it, so that nothing but the option is wrong."""
    return signed_with({name: value})


def signed_with(
    options: dict[str, Any], suite: Cryptosuite = EDDSA_JCS_2022, document: dict[str, Any] | None = None
) -> dict[str, Any]:
    document = document or UNSIGNED
    proof = {name: value for name, value in SIGNED[suite.name]["proof"].items() if name != "proofValue"} | options
    proof = {name: value for name, value in proof.items() if value is not ABSENT}
    signature = PLANT.key.sign(suite.hash_data(document, suite.proof_config(proof, document)))
    return {**document, "proof": {**proof, "proofValue": "z" + base58btc_encode(signature)}}


ABSENT = object()


def cases() -> Iterator[Case]:
    stripped = {name: value for name, value in OF_JCS.items() if name != "proof"}
    yield from each("no proof", NO_PROOF, {"missing": stripped, "an empty list": {**stripped, "proof": []}})
    yield from each(
        "no proof",
        NOT_PROOFS,
        {
            "null": {**stripped, "proof": None},
            "a text": {**stripped, "proof": OF_JCS["proof"]["proofValue"]},
            "a figure": {**stripped, "proof": 1},
            "a text in a list": {**stripped, "proof": [OF_JCS["proof"], "z"]},
            "null in a list": {**stripped, "proof": [None]},
            "a list in a list": {**stripped, "proof": [[OF_JCS["proof"]]]},
        },
    )
    yield from each(
        "proof of no use",
        WRONG,
        {
            "nothing": {**stripped, "proof": {}},
            "type missing": option("type", ABSENT),
            "type of a list": option("type", ["DataIntegrityProof"]),
            "type of null": option("type", None),
            "suite missing": option("cryptosuite", ABSENT),
            "suite of a list": option("cryptosuite", ["eddsa-jcs-2022"]),
            "suite of nothing": option("cryptosuite", ""),
            "method missing": option("verificationMethod", ABSENT),
            "method of a list": option("verificationMethod", [PLANT.method]),
            "method of an object": option("verificationMethod", {"id": PLANT.method}),
            "method relative": option("verificationMethod", "#key-1"),
            "method with a space": option("verificationMethod", PLANT.method + " "),
            "purpose missing": option("proofPurpose", ABSENT),
            "purpose of a list": option("proofPurpose", ["assertionMethod"]),
            "another purpose": option("proofPurpose", "authentication"),
            "a purpose nobody has": option("proofPurpose", "assertion"),
            "created of a date": option("created", "2026-03-18"),
            "created of a figure": option("created", 1_773_824_400),
            "created of null": option("created", None),
            "expires of a text": option("expires", "never"),
            "expires of null": option("expires", None),
            "domain of a figure": option("domain", 1),
            "domain of nothing": option("domain", []),
            "domain of a mixture": option("domain", ["shop.example", 1]),
            "challenge of a list": option("challenge", ["x"]),
            "id relative": option("id", "#proof"),
            "id of a list": option("id", ["urn:x:1"]),
            "context of nobody": option("@context", [CONTEXT_VC2, "https://evil.example/c"]),
            "context turned": option("@context", [CONTEXT_OB3, CONTEXT_VC2]),
        },
    )
    yield from each(
        "proof of no known kind",
        UNKNOWN_KIND,
        {
            "Ed25519Signature2020": option("type", "Ed25519Signature2020"),
            "JsonWebSignature2020": option("type", "JsonWebSignature2020"),
            "ecdsa-rdfc-2019": option("cryptosuite", "ecdsa-rdfc-2019"),
            "ecdsa-sd-2023": option("cryptosuite", "ecdsa-sd-2023"),
            "bbs-2023": option("cryptosuite", "bbs-2023"),
            "json-eddsa-2022": option("cryptosuite", "json-eddsa-2022"),
            "capitals": option("cryptosuite", "EDDSA-JCS-2022"),
        },
    )
    yield from _sets(stripped)
    yield from _chains()
    yield from _untimely()
    yield from _own()


def _sets(stripped: dict[str, Any]) -> Iterator[Case]:
    text, graph = OF_JCS["proof"], OF_RDFC["proof"]
    broken = {**text, "proofValue": OF_RDFC["proof"]["proofValue"]}
    yield from each(
        "set of proofs",
        WRONG,
        {
            "the second bad": {**stripped, "proof": [graph, broken]},
            "the first bad": {**stripped, "proof": [broken, graph]},
            "three times the same": {**stripped, "proof": [text, text, text]},
        },
    )
    yield from each(
        "set of proofs",
        UNKNOWN_KIND,
        {"one of a kind that is not known": {**stripped, "proof": [text, {**text, "cryptosuite": "bbs-2023"}]}},
    )
    crowd = [{**graph, "id": f"urn:x:{number}"} for number in range(33)]
    yield from each(
        "set of proofs", Finding("signature", "malformed_proof", VERIFICATION), {"33": {**stripped, "proof": crowd}}
    )
    yield from each(
        "set of proofs",
        OTHER_WORDS,
        {
            "graph's with a context": {**OF_RDFC, "proof": {**graph, "@context": OF_RDFC["@context"]}},
            "text's under the graph's name": {**OF_JCS, "proof": {**text, "cryptosuite": "eddsa-rdfc-2022"}},
        },
    )


def _chains() -> Iterator[Case]:
    chain = link(link(UNSIGNED, A), B, A)
    first, second = chain["proof"]
    finding = Finding("signature", "malformed_proof", VERIFICATION)
    yield from each(
        "chain of proofs",
        finding,
        {
            "its beginning taken away": {**chain, "proof": second},
            "leads nowhere": {**chain, "proof": [first, {**second, "previousProof": "urn:x:none"}]},
            "leads to itself": {**chain, "proof": [first, {**second, "previousProof": B}]},
            "in a circle": {**chain, "proof": [{**first, "previousProof": B}, second]},
            "a figure": {**chain, "proof": [first, {**second, "previousProof": 1}]},
            "null": {**chain, "proof": [first, {**second, "previousProof": None}]},
            "one twice": {**chain, "proof": [first, {**second, "previousProof": [A, A]}]},
        },
    )
    yield from each(
        "chain of proofs",
        WRONG,
        {
            "unchained": {**chain, "proof": [first, {k: v for k, v in second.items() if k != "previousProof"}]},
            "its beginning changed": {**chain, "proof": [{**first, "created": "2026-03-18T09:00:01Z"}, second]},
        },
    )


def _untimely() -> Iterator[Case]:
    later = (NOW + timedelta(minutes=6)).isoformat().replace("+00:00", "Z")
    early = (NOW - timedelta(minutes=6)).isoformat().replace("+00:00", "Z")
    expired = Finding("dates", "expired", "/problems#expired")
    not_yet = Finding("dates", "not_yet_valid", "/problems#not-yet-valid")
    yield from each(
        "time",
        not_yet,
        {"made later than now": option("created", later), "not yet in force": changed(validFrom=later)},
    )
    yield from each("time", expired, {"proof expired": option("expires", early), "expired": changed(validUntil=early)})


def _own() -> Iterator[Case]:
    own = SCHOOL.issue(samples.credential())
    graph, text = own["proof"]
    missing = Finding("signature", "proof_missing", VCDM + "PARSING_ERROR")
    yield from each(
        "our own proofs",
        missing,
        {
            "graph's alone": {**own, "proof": graph},
            "text's alone": {**own, "proof": [text]},
            "graph's twice": {**own, "proof": [graph, graph]},
        },
    )
    yield from each(
        "our own proofs",
        NOT_PROOFS,
        {
            "one twice": {**own, "proof": [graph, text, graph]},
            "of two days": {
                **own,
                "proof": [
                    graph,
                    text,
                    SCHOOL.issue(samples.credential(), created=SIGNED_AT - timedelta(1))["proof"][0],
                ],
            },
        },
    )
    yield from each(
        "our own proofs",
        WRONG,
        {
            "graph's bad": {**own, "proof": [{**graph, "proofValue": text["proofValue"]}, text]},
            "another key under our name": _by_a_key_of_no_document(),
        },
    )
    unknown = {**graph, "cryptosuite": "bbs-2023"}
    yield from each(
        "our own proofs",
        Finding("signature", "unsupported_proof", VERIFICATION),
        {"one of a kind that is not ours": {**own, "proof": [graph, text, unknown]}},
    )
    yield Case(
        "our own proofs",
        "our key not to be had",
        dumps(own),
        Finding("signature", "unresolvable_identifier", SECURITY + "INVALID_VERIFICATION_METHOD_URL"),
        material(resolve=lambda _: None),
    )


def _by_a_key_of_no_document() -> dict[str, Any]:
    thief = type(SCHOOL)(SCHOOL.did, SCHOOL.method, Ed25519PrivateKey.from_private_bytes(b"t" * 32))
    return thief.issue(samples.credential())
