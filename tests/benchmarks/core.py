"""How many credentials one core signs and verifies in a second, beside plain PyLD and cryptography in the same run.

    python -m tests.benchmarks.core [--rounds 7] [--seconds 0.3] [--full]

Plain means what a first working version does: PyLD under a loader that serves the contexts from memory, nothing remembered
between documents, one Ed25519 signature by ``cryptography``. Both sides make and check the same single eddsa-rdfc-2022 proof,
which is asserted first. CPU time of one process; rounds interleaved; medians, and least and greatest ratio of the rounds.

Exits with 1 when a goal is missed: issue 25 times, verify 20 times, canonicalisation of a record of 100 credentials 10 times.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyld import FrozenDocumentLoader, jsonld

from portfolio.vc.canonicalization import canonicalize_jcs, canonicalize_rdfc
from portfolio.vc.contexts import CONTEXT_CLR2, CONTEXT_OB3, CONTEXT_VC2, frozen_contexts
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, EDDSA_RDFC_2022
from portfolio.vc.data_integrity import add_proof, verify_proof
from portfolio.vc.did import did_key
from portfolio.vc.multikey import base58btc_decode, base58btc_encode, ed25519_key
from tests.benchmarks.measure import Timing, paired

GOALS = {"issue": 25.0, "verify": 20.0, "record of 100": 10.0}

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"orientir benchmark").digest())
DID = did_key(ed25519_key(KEY.public_key().public_bytes_raw()))
METHOD = f"{DID}#{DID.removeprefix('did:key:')}"
NOW = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
LEVELS = ["с помощью", "по образцу", "самостоятельно", "учит других"]
SKILLS = [
    "следование алгоритму",
    "пунктуальность",
    "коммуникабельность",
    "организованность",
    "креативное мышление",
    "командная работа",
    "публичное выступление",
    "инициативность",
]


def credential(number: int = 1) -> dict[str, Any]:
    """An Open Badges 3.0 credential of about a hundred statements: eight skills, two results on scales, a status entry."""
    achievement = f"https://school.example/a/workshop-{number}/v1"
    return {
        "@context": [CONTEXT_VC2, CONTEXT_OB3],
        "id": f"urn:uuid:7d3c1f00-0000-4000-8000-{number:012d}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Практика в столярной мастерской",
        "issuer": {"id": DID, "type": ["Profile"], "name": "Школа «Ориентир»", "url": "https://school.example/"},
        "validFrom": "2026-03-18T09:00:00Z",
        "validUntil": "2036-03-18T09:00:00Z",
        "credentialStatus": {
            "id": f"https://school.example/status/1#{number}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(number),
            "statusListCredential": "https://school.example/status/1",
        },
        "credentialSubject": {
            "id": f"urn:uuid:7d3c1f00-0000-4000-9000-{number:012d}",
            "type": ["AchievementSubject"],
            "activityStartDate": "2026-02-28T17:00:00Z",
            "activityEndDate": "2026-03-14T16:59:59Z",
            "creditsEarned": 16,
            "identifier": [
                {"type": "IdentityObject", "hashed": False, "identityHash": "Ёлкина Варвара", "identityType": "name"}
            ],
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "achievementType": "CommunityService",
                "name": "Столярная мастерская: первые изделия",
                "description": "Разметка, распил и сборка простых изделий под руководством наставника.",
                "criteria": {"narrative": "Изготовлено и сдано три изделия; соблюдена техника безопасности."},
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": skill,
                        "targetUrl": f"https://school.example/skills/{index}-{number}",
                        "targetFramework": "Навыки школы",
                    }
                    for index, skill in enumerate(SKILLS)
                ],
                "resultDescription": [
                    {
                        "id": f"{achievement}#result-{index}",
                        "type": ["ResultDescription"],
                        "name": name,
                        "resultType": "RubricScore",
                        **extra,
                    }
                    for index, (name, extra) in enumerate(
                        [
                            ("Следование алгоритму", {"allowedValue": LEVELS}),
                            ("Часы", {"valueMin": "0", "valueMax": "40"}),
                        ]
                    )
                ],
            },
            "result": [
                {"type": ["Result"], "resultDescription": f"{achievement}#result-0", "value": LEVELS[2]},
                {"type": ["Result"], "resultDescription": f"{achievement}#result-1", "value": "16"},
            ],
        },
    }


def learner_record(nested: list[dict[str, Any]]) -> dict[str, Any]:
    """A Comprehensive Learner Record of these signed credentials, not signed itself."""
    return {
        "@context": [CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3],
        "id": "urn:uuid:7d3c1f00-0000-4000-a000-000000000001",
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": "Портфолио",
        "issuer": DID,
        "validFrom": "2026-06-25T09:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:7d3c1f00-0000-4000-b000-000000000001",
            "type": ["ClrSubject"],
            "verifiableCredential": nested,
        },
    }


# --- the two sides


def ours_issue(document: dict[str, Any]) -> dict[str, Any]:
    return add_proof(document, suite=EDDSA_RDFC_2022, sign=KEY.sign, verification_method=METHOD, created=NOW)


def ours_verify(document: dict[str, Any]) -> object:
    return verify_proof(document, document["proof"], resolve=lambda _: None, now=NOW)


LOADER = FrozenDocumentLoader({url: copy.deepcopy(dict(context)) for url, context in frozen_contexts().items()})


def plain_canonicalize(document: dict[str, Any]) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": LOADER}
    text: str = jsonld.normalize(document, options)
    return text.encode()


def plain_issue(document: dict[str, Any]) -> dict[str, Any]:
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-03-18T09:00:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }
    proof["proofValue"] = "z" + base58btc_encode(KEY.sign(_plain_hash(document, proof)))
    return {**document, "proof": proof}


def plain_verify(document: dict[str, Any]) -> None:
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    proof = dict(document["proof"])
    signature = base58btc_decode(proof.pop("proofValue").removeprefix("z"))
    raw = base58btc_decode(proof["verificationMethod"].partition("#")[0].removeprefix("did:key:z"))
    Ed25519PublicKey.from_public_bytes(raw[2:]).verify(signature, _plain_hash(unsecured, proof))


def _plain_hash(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    config = plain_canonicalize({**proof, "@context": document["@context"]})
    return hashlib.sha256(config).digest() + hashlib.sha256(plain_canonicalize(document)).digest()


# --- the report


def _line(name: str, ours: Timing, other: Timing, goal: float | None = None) -> bool:
    ratio, least, most = ours.times_faster_than(other)
    verdict = "" if goal is None else f"   goal ≥ {goal:g}: {'met' if ratio >= goal else 'MISSED'}"
    print(
        f"{name:<24}{ours.median * 1e6:>11,.0f} µs {ours.per_second:>9,.0f}/s   plain {other.median * 1e6:>12,.0f} µs"
        f"   {ratio:5.1f} times faster ({least:.1f}–{most:.1f}){verdict}"
    )
    return goal is None or ratio >= goal


def main(arguments: list[str] | None = None) -> int:
    """Print the report; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="CPU seconds for each operation in each round")
    parser.add_argument(
        "--full", action="store_true", help="plain PyLD on the record of 1,000 credentials too (minutes)"
    )
    options = parser.parse_args(arguments)

    def measure(**operations: Callable[[], object]) -> dict[str, Timing]:
        return paired(operations, rounds=options.rounds, seconds=options.seconds)

    document = credential()
    secured = ours_issue(document)
    assert plain_issue(document) == secured, "the two sides do not make the same proof"
    plain_verify(secured)
    ours_verify(secured)
    held = canonicalize_rdfc(document)
    print(
        f"Python {sys.version.split()[0]}, one core; a credential of {held.count(b' .')} quads, {len(held):,} bytes canonical\n"
    )

    times = measure(
        issue=lambda: ours_issue(document),
        plain_issue=lambda: plain_issue(document),
        verify=lambda: ours_verify(secured),
        plain_verify=lambda: plain_verify(secured),
    )
    met = [_line(name, times[name], times[f"plain_{name}"], GOALS[name]) for name in ("issue", "verify")]

    config = {**{name: value for name, value in secured["proof"].items() if name != "proofValue"}}
    config["@context"] = document["@context"]
    times = measure(
        document=lambda: canonicalize_rdfc(document),
        plain_document=lambda: plain_canonicalize(document),
        config=lambda: canonicalize_rdfc(config),
        plain_config=lambda: plain_canonicalize(config),
        jcs=lambda: canonicalize_jcs(document),
        plain_jcs=lambda: rfc8785.dumps(document),
        jcs_issue=lambda: add_proof(
            document, suite=EDDSA_JCS_2022, sign=KEY.sign, verification_method=METHOD, created=NOW
        ),
    )
    _line("  RDFC of the document", times["document"], times["plain_document"])
    _line("  RDFC of the proof", times["config"], times["plain_config"])
    _line("  JCS (plain: rfc8785)", times["jcs"], times["plain_jcs"])
    print(
        f"{'  issue, JCS suite':<24}{times['jcs_issue'].median * 1e6:>11,.0f} µs {times['jcs_issue'].per_second:>9,.0f}/s"
    )

    print("\nA learner record of n signed credentials, canonicalised:")
    for count in (1, 10, 100, 1_000):
        record = learner_record([ours_issue(credential(number)) for number in range(1, count + 1)])
        quads = canonicalize_rdfc(record).count(b" .\n")
        operations: dict[str, Callable[[], object]] = {"ours": lambda record=record: canonicalize_rdfc(record)}  # type: ignore[misc]
        if count < 1_000 or options.full:
            operations["plain"] = lambda record=record: plain_canonicalize(record)  # type: ignore[misc]
        few = count >= 100
        times = paired(
            operations,
            rounds=3 if few else options.rounds,
            seconds=options.seconds,
            warm_up=1 if few else 3,
            trial=1 if few else 3,
        )
        ours = times["ours"]
        line = f"  n = {count:>5,}  {quads:>7,} quads {ours.median * 1e3:>9,.2f} ms  {ours.median / quads * 1e6:5.2f} µs a quad"
        if "plain" in times:
            ratio, least, most = ours.times_faster_than(times["plain"])
            line += (
                f"   plain {times['plain'].median * 1e3:>9,.1f} ms   {ratio:5.1f} times faster ({least:.1f}–{most:.1f})"
            )
            goal = GOALS.get(f"record of {count}")
            if goal is not None:
                met.append(ratio >= goal)
                line += f"   goal ≥ {goal:g}: {'met' if met[-1] else 'MISSED'}"
        print(line)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
