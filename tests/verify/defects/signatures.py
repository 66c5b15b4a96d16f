"""Signatures that are none, are not of these bytes, or not of the issuer's key (EdDSA Cryptosuites §3.2 and §3.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022, Cryptosuite
from portfolio.vc.multikey import base58btc_decode, base58btc_encode
from tests.unit.vc.signers import PLANT, SCHOOL, STRANGER, foreign
from tests.verify.defects import SECURITY, VCDM, Case, Finding, each
from tests.verify.defects.proofs import ABSENT, OF_JCS, OF_RDFC, SIGNED, UNSIGNED, WRONG, option, signed_with

OTHER_SIGNER = Finding("issuer", "other_signer", VCDM + "PARSING_ERROR")
BAD_URL = Finding("signature", "invalid_verification_method_url", SECURITY + "INVALID_VERIFICATION_METHOD_URL")
BAD_METHOD = Finding("signature", "invalid_verification_method", SECURITY + "INVALID_VERIFICATION_METHOD")

ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's base point (RFC 8032 §5.1)


def _value(value: Any, document: dict[str, Any] = OF_JCS) -> dict[str, Any]:
    """Another ``proofValue`` under the options that were signed."""
    proof = {name: item for name, item in document["proof"].items() if name != "proofValue"}
    return {**document, "proof": proof if value is ABSENT else {**proof, "proofValue": value}}


def _signature(document: dict[str, Any]) -> bytes:
    return base58btc_decode(document["proof"]["proofValue"][1:])


def _over(make: Callable[[bytes, bytes], bytes], suite: Cryptosuite = EDDSA_JCS_2022) -> dict[str, Any]:
    """Signed over other bytes than the two hashes in their order."""
    document = SIGNED[suite.name]
    config = suite.hash_proof_config(suite.proof_config(document["proof"], UNSIGNED))
    signature = PLANT.key.sign(make(config, suite.hash_document(UNSIGNED)))
    return _value("z" + base58btc_encode(signature), document)


def cases() -> Iterator[Case]:
    signature = _signature(OF_JCS)
    text = OF_JCS["proof"]["proofValue"]
    s = int.from_bytes(signature[32:], "little")
    yield from each(
        "proofValue",
        WRONG,
        {
            "missing": _value(ABSENT),
            "null": _value(None),
            "a list": _value([text]),
            "empty": _value(""),
            "the prefix alone": _value("z"),
            "without the prefix": _value(text[1:]),
            "multibase of base64url": _value("u" + text[1:]),
            "multibase of hexadecimal": _value("f" + signature.hex()),
            "a capital prefix": _value("Z" + text[1:]),
            "a zero in it": _value(text[:-1] + "0"),
            "an l in it": _value(text[:-1] + "l"),
            "a space behind": _value(text + " "),
            "63 bytes": _value("z" + base58btc_encode(signature[:-1])),
            "65 bytes": _value("z" + base58btc_encode(signature + b"\0")),
            "a zero byte before": _value("z1" + text[1:]),
            "nothing but zeros": _value("z" + base58btc_encode(bytes(64))),
            "halves exchanged": _value("z" + base58btc_encode(signature[32:] + signature[:32])),
            "one bit": _value("z" + base58btc_encode(bytes((signature[0] ^ 1,)) + signature[1:])),
            "S plus the order": _value("z" + base58btc_encode(signature[:32] + (s + ORDER).to_bytes(32, "little"))),
            "minus S": _value("z" + base58btc_encode(signature[:32] + (ORDER - s).to_bytes(32, "little"))),
            "R of low order": _value("z" + base58btc_encode((1).to_bytes(32, "little") + signature[32:])),
            "without end": _value("z" + "2" * 100_000),
        },
    )
    yield from each(
        "signed bytes",
        WRONG,
        {
            "document's hash first": _over(lambda config, document: document + config),
            "document alone": _over(lambda config, document: document),
            "options alone": _over(lambda config, document: config),
            "the hashes' hash": _over(lambda config, document: hashlib.sha256(config + document).digest()),
            "document twice": _over(lambda config, document: document + document),
            "graph, document's hash first": _over(lambda config, document: document + config, EDDSA_RDFC_2022),
            "graph, document alone": _over(lambda config, document: document, EDDSA_RDFC_2022),
            "graph's under the text's name": {
                **OF_RDFC,
                "proof": {**OF_RDFC["proof"], "cryptosuite": "eddsa-jcs-2022"},
            },
        },
    )
    yield from _somebody_elses()


def _somebody_elses() -> Iterator[Case]:
    other = PLANT.issue(foreign(PLANT, id="urn:x:other"), suites=(EDDSA_JCS_2022,))
    renamed = {**STRANGER.issue(UNSIGNED, suites=(EDDSA_JCS_2022,))}
    agreement = "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"
    p256 = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"
    yield from each(
        "somebody else's proof",
        WRONG,
        {
            "another document's": {**OF_JCS, "proof": other["proof"]},
            "another key under the issuer's name": {
                **OF_JCS,
                "proof": {
                    **OF_JCS["proof"],
                    "proofValue": STRANGER.issue(UNSIGNED, suites=(EDDSA_JCS_2022,))["proof"]["proofValue"],
                },
            },
        },
    )
    yield from each(
        "somebody else's proof",
        OTHER_SIGNER,
        {
            "a stranger's": renamed,
            "the school's": SCHOOL.issue(UNSIGNED, suites=(EDDSA_JCS_2022,)),
            "a stranger's beside": {**OF_JCS, "proof": [OF_JCS["proof"], renamed["proof"]]},
        },
    )
    key = agreement.removeprefix("did:key:")
    method = f"{agreement}#{key}"
    document = {**UNSIGNED, "issuer": agreement}
    relationship = Finding(
        "signature",
        "invalid_relationship_for_verification_method",
        SECURITY + "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
    )
    yield from each(
        "key of another kind",
        relationship,
        {"for key agreement": signed_with({"verificationMethod": method}, document=document)},
    )
    document = {**UNSIGNED, "issuer": p256}
    yield from each(
        "key of another kind",
        BAD_METHOD,
        {
            "P-256": signed_with({"verificationMethod": f"{p256}#{p256.removeprefix('did:key:')}"}, document=document),
            "fragment of another": signed_with(
                {"verificationMethod": f"{STRANGER.did}#{key}"}, document={**UNSIGNED, "issuer": STRANGER.did}
            ),
        },
    )
    yield from each(
        "key without an address",
        BAD_URL,
        {
            "no fragment": option("verificationMethod", PLANT.did),
            "an empty fragment": option("verificationMethod", PLANT.did + "#"),
            "two fragments": option("verificationMethod", PLANT.method + "#key-1"),
            "ftp": option("verificationMethod", "ftp://polyot.example/did.json#key-1"),
            "file": option("verificationMethod", "file:///etc/passwd#key-1"),
            "data": option("verificationMethod", "data:application/json,x#key-1"),
        },
    )
