"""How fast credentials are verified, beside ``@digitalbazaar/vc`` in Node in the same run.

    python -m tests.benchmarks.verify [--rounds 5] [--seconds 0.4] [--full] [--requests 1500]

Three questions, each with the peer's answer where ``npm ci --prefix tests/interop --ignore-scripts`` was run:

**One credential**, from JSON text: to its proofs alone, and to the verdict, which is every step of ``verify_credential`` and
``validate`` (data model, vocabulary, one meaning for each identifier, issuer, trust, dates, status, schema). Node does what
``verifyCredential`` does with the same text. The goals are for the proofs; the line below says what the other steps cost.
CPU time of one process each (Node's with its collector's threads), rounds in turn.

**A learner record of n credentials**, each verified inside it with its own two proofs. Cost must grow linearly: the time a
credential takes in a record of 1,000 may be at most one and a half times that in a record of 10. Node is asked for the record
and for each credential by itself, which is what its library can do.

**The endpoint**, ``POST /credentials/verify``: ``portfolio serve`` with two workers over a demo school, and node's HTTP server
with two processes, asked in turn by one client over loopback with eight connections. Both get different credentials of the
school with both proofs, check both, and look at the status list. Our side also reads the school's register, and its
throttle is at work: the client comes from many loopback addresses. ``CPU`` is what the servers' processes used, which a busy
machine disturbs less than requests a second.

Every answer is asserted to be a pass. Only the ratios travel from one machine to another; the figures beside them do not.
Exits with 1 when a goal is missed; the goals are at ``GOALS``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from portfolio.vc import (
    COLLECTION_LIMITS,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Cryptosuite,
    Material,
    State,
    TrustedIssuer,
    add_proof_set,
    did_key_document,
    parse_credential,
    proofs_of,
    validate,
    verify_credential,
    verify_proof_set,
)
from tests.benchmarks import endpoint
from tests.benchmarks.core import DID, KEY, METHOD, NOW, credential, learner_record
from tests.benchmarks.measure import Clocked, Timing, paired
from tests.interop.judges import HERE, Unavailable, node

GOALS = {"RDFC": 20.0, "JCS": 2.5, "growth": 1.5, "endpoint": 10.0}

SUITES: Mapping[str, tuple[Cryptosuite, ...]] = {
    "JCS": (EDDSA_JCS_2022,),
    "RDFC": (EDDSA_RDFC_2022,),
    "both": (EDDSA_RDFC_2022, EDDSA_JCS_2022),
}
MATERIAL = Material(trusted={DID: TrustedIssuer(DID, "Школа «Ориентир»")})


def signed(document: Mapping[str, Any], suites: Sequence[Cryptosuite]) -> dict[str, Any]:
    return add_proof_set(document, sign=KEY.sign, verification_method=METHOD, created=NOW, suites=suites)


def sample(suites: Sequence[Cryptosuite], number: int = 1) -> dict[str, Any]:
    """A credential without a status list, which is a matter of its own, with these proofs."""
    unsigned = {name: value for name, value in credential(number).items() if name != "credentialStatus"}
    return signed(unsigned, suites)


def verified(text: str) -> None:
    verdict = validate(verify_credential(text, material=MATERIAL, now=datetime.now(UTC), limits=COLLECTION_LIMITS))
    assert verdict.state is State.VALID, verdict


class Node:
    """Digital Bazaar's verifier in a process of its own, asked with ``clock`` for what it takes."""

    def __init__(self, suites: Sequence[Cryptosuite], documents: Mapping[str, object]) -> None:
        self._process = subprocess.Popen(
            [node(), str(HERE / "rounds.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._say({"documents": documents, "suites": [suite.name for suite in suites]})

    def _say(self, line: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()

    def clock(self, texts: Sequence[str]) -> Clocked:
        def ask(repeats: int) -> float:
            self._say({"texts": texts, "repeats": repeats})
            assert self._process.stdout is not None
            answer = self._process.stdout.readline()
            assert answer, "node refused, or failed; it said why above"
            return float(json.loads(answer)["cpu"]) / repeats

        return ask

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


class Report:
    """Prints the lines, and remembers whether the goals were met."""

    def __init__(self) -> None:
        self.met = True

    def goal(self, name: str, reached: float, *, at_most: bool = False) -> str:
        goal = GOALS[name]
        met = reached <= goal if at_most else reached >= goal
        self.met = self.met and met
        return f"   goal {'≤' if at_most else '≥'} {goal:g}: {'met' if met else 'MISSED'}"

    def line(self, name: str, ours: Timing, theirs: Timing | None, goal: str | None = None) -> None:
        text = f"{name:<30}{ours.median * 1e6:>12,.0f} µs {ours.per_second:>8,.0f}/s a core"
        if theirs is not None:
            ratio, least, most = ours.times_faster_than(theirs)
            text += f"   node {theirs.median * 1e6:>12,.0f} µs   {ratio:5.1f} times faster ({least:.1f}–{most:.1f})"
            text += self.goal(goal, ratio) if goal else ""
        print(text, flush=True)


def one_credential(report: Report, options: argparse.Namespace, nodes: Callable[..., Node] | None) -> None:
    print("One credential:")
    for name, suites in SUITES.items():
        document = sample(suites)
        text = json.dumps(document, ensure_ascii=False)
        assert len(proofs_of(document)) == len(suites)
        operations: dict[str, Callable[[], object]] = {
            "proofs": lambda text=text: proven(text),  # type: ignore[misc]
            "verdict": lambda text=text: verified(text),  # type: ignore[misc]
        }
        clocked = {} if nodes is None else {"node": nodes(suites).clock([text])}
        times = paired(operations, clocked=clocked, rounds=options.rounds, seconds=options.seconds, warm_up=20)
        goal = name if name in GOALS else None
        report.line(f"  {name}, {len(text.encode()):,} bytes: proofs", times["proofs"], times.get("node"), goal)
        report.line("    verdict", times["verdict"], times.get("node"))


def proven(text: str) -> None:
    results = verify_proof_set(parse_credential(text), resolve=MATERIAL.resolve, now=datetime.now(UTC))
    assert results
    assert all(result.error is None for result in results)


def learner_records(report: Report, options: argparse.Namespace, nodes: Callable[..., Node] | None) -> None:
    print("\nA learner record of n credentials, every one verified:")
    cost = {}
    for count in (1, 10, 100, 1_000):
        inside = [sample(SUITES["both"], number) for number in range(1, count + 1)]
        text = json.dumps(signed(learner_record(inside), SUITES["both"]), ensure_ascii=False)
        clocked = {}
        if nodes is not None and (count < 1_000 or options.full):
            texts = [text, *(json.dumps(found, ensure_ascii=False) for found in inside)]
            clocked["node"] = nodes(SUITES["both"]).clock(texts)
        few = count >= 100
        times = paired(
            {"ours": lambda text=text: verified(text)},  # type: ignore[misc]
            clocked=clocked,
            rounds=3 if few else options.rounds,
            seconds=options.seconds,
            warm_up=1 if few else 3,
            trial=1 if few else 3,
        )
        report.line(f"  n = {count:>5,}, {len(text.encode()):>9,} bytes", times["ours"], times.get("node"))
        cost[count] = times["ours"].median / count
    each = ", ".join(f"{cost[count] * 1e3:.2f}" for count in cost)
    growth = cost[1_000] / cost[10]
    print(
        f"  ms a credential: {each}; at 1,000 it is {growth:.2f} times that at 10{report.goal('growth', growth, at_most=True)}"
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the report; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4, help="CPU seconds for each operation in each round")
    parser.add_argument("--full", action="store_true", help="Node on the record of 1,000 credentials too (a minute)")
    parser.add_argument("--requests", type=int, default=1_500, help="requests to our endpoint in each round")
    options = parser.parse_args(arguments)
    report = Report()
    with ExitStack() as stack:

        def started(suites: Sequence[Cryptosuite]) -> Node:
            process = Node(suites, {DID: did_key_document(DID)})
            stack.callback(process.close)
            return process

        nodes: Callable[..., Node] | None = started
        try:
            node()
        except Unavailable as missing:
            print(f"Without a peer: {missing}\n")
            nodes = None
        one_credential(report, options, nodes)
        learner_records(report, options, nodes)
    print("\nPOST /credentials/verify, two workers:")
    ratio = endpoint.compared(rounds=options.rounds, requests=options.requests, peer=nodes is not None)
    if ratio is not None:
        print(
            f"  {ratio[0]:.1f} times fewer CPU a request ({ratio[1]:.1f}–{ratio[2]:.1f}){report.goal('endpoint', ratio[0])}"
        )
    return 0 if report.met else 1


if __name__ == "__main__":
    sys.exit(main())
