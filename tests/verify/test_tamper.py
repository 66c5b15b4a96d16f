"""Every kind of document, altered in eight ways at every value: refused, or shown to say the same.

Refused means more than "not valid": nothing of the altered document is shown as fact. A mutant that passes must say the same
as the original by one of the reasons of ``sameness``, and everything that is shown of it must be what is shown of the original.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from portfolio.vc.jsontext import dumps
from tests.verify.conftest import REPORT
from tests.verify.mutations import OPERATIONS, Mutant, Path, mutants
from tests.verify.sameness import CONTEXTS, MEMBER_ORDER, PROOF_ORDER, SAID_ELSEWHERE, explain
from tests.verify.specimens import Judgement, Specimen, judge, specimens

SPECIMENS = {specimen.name: specimen for specimen in specimens()}


@dataclass
class Tally:
    """What came of the mutants of some specimens. refused_inside: of which a part was refused that is a document of its own.

    accepted: those that passed and should not have.
    """

    mutants: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    refused_inside: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.mutants.update(other.mutants)
        self.refused.update(other.refused)
        self.refused_inside.update(other.refused_inside)
        self.reasons.update(other.reasons)
        self.accepted += other.accepted

    def lines(self) -> list[str]:
        """The table that the report shows."""
        found = [f"{'operation':<12} {'mutants':>8} {'refused':>8} {'a part':>8} {'the same':>9}"]
        for name in (*OPERATIONS, "in all"):
            counts = [
                c.total() if name == "in all" else c[name] for c in (self.mutants, self.refused, self.refused_inside)
            ]
            found.append(f"{name:<12} {counts[0]:>8} {counts[1]:>8} {counts[2]:>8} {counts[0] - sum(counts[1:]):>9}")
        return found + [f"{count:>8} the same: {reason}" for reason, count in self.reasons.most_common()]


def tamper(specimen: Specimen, verify: Callable[[bytes], Judgement]) -> Tally:
    """Put every mutant of a specimen before a verifier."""
    tally = Tally()
    expected = verify(dumps(specimen.document)).shown
    for mutant in mutants(specimen.document):
        tally.mutants[mutant.operation] += 1
        found = verify(mutant.text)
        if not found.verified and found.shown is None:
            tally.refused[mutant.operation] += 1
            continue
        if _is_inside(mutant.path) and found.shown is not None and expected is not None and found.shown < expected:
            tally.refused_inside[mutant.operation] += 1
            continue
        reason = _reason(specimen, mutant)
        if reason is None or not _shows_the_same(found.shown, expected, reason):
            tally.accepted.append(f"{specimen.name}: {mutant.operation} ({mutant.what}) at {mutant.path}")
        else:
            tally.reasons[reason] += 1
    return tally


def _is_inside(path: Path) -> bool:
    """Whether it is a document inside the document that was altered, which then is refused by itself and shown no more."""
    return "endorsement" in path or "verifiableCredential" in path


def _shows_the_same(shown: frozenset[str] | None, expected: frozenset[str] | None, reason: str) -> bool:
    """Less may be shown only where less is said at the place that a page looks at."""
    if shown is None or expected is None:
        return False
    return shown <= expected if reason == SAID_ELSEWHERE else shown == expected


def _reason(specimen: Specimen, mutant: Mutant) -> str | None:
    try:
        found = json.loads(mutant.text, object_pairs_hook=_distinct)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    return explain(specimen.document, found, graph_only=specimen.graph_only, several=specimen.several)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a member that stands twice has no one meaning")
    return dict(pairs)


@pytest.fixture(scope="module")
def total(request: pytest.FixtureRequest) -> Iterator[Tally]:
    tally = Tally()
    yield tally
    request.config.stash[REPORT]["mutants of signed documents"] = tally.lines()


def test_there_are_enough_specimens() -> None:
    assert len(SPECIMENS) >= 20


@pytest.mark.parametrize("name", list(SPECIMENS))
def test_altered_anywhere_it_is_refused_or_says_the_same(name: str, total: Tally) -> None:
    specimen = SPECIMENS[name]
    original = specimen.verify(dumps(specimen.document))
    assert original.verified
    assert original.shown is not None
    tally = tamper(specimen, specimen.verify)
    total.add(tally)
    assert tally.accepted == []
    assert set(tally.mutants) == set(OPERATIONS)
    assert tally.refused.total() > 0.8 * tally.mutants.total()
    if not specimen.graph_only and not specimen.several:  # the text is signed, and nothing else is open
        assert set(tally.reasons) <= {MEMBER_ORDER, PROOF_ORDER, CONTEXTS}
    if specimen.name.startswith("own"):
        assert CONTEXTS not in tally.reasons


def test_there_are_enough_mutants() -> None:
    assert sum(1 for specimen in SPECIMENS.values() for _ in mutants(specimen.document)) >= 5_000


# --- controls: the harness sees what a weaker verifier lets through

MINIMAL = SPECIMENS["minimal, graph"]


def test_a_verifier_that_believes_everything_is_seen() -> None:
    shown = judge(dumps(MINIMAL.document)).shown
    strict, gullible = tamper(MINIMAL, judge), tamper(MINIMAL, lambda _: Judgement(True, shown))
    assert gullible.refused.total() == 0
    # Some of what says the same the product refuses; the rest, which says something else, is all seen.
    assert gullible.reasons >= strict.reasons
    assert len(gullible.accepted) + gullible.reasons.total() == gullible.mutants.total()
    assert len(gullible.accepted) > 0.8 * gullible.mutants.total()


def test_a_verifier_that_overlooks_undefined_words_is_seen() -> None:
    """As a bare JSON-LD processor does, which drops them before it compares."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(item) for name, item in value.items() if name != "грамота"}
        return [without(item) for item in value] if isinstance(value, list) else value

    def careless(text: bytes) -> Judgement:
        return judge(dumps(without(json.loads(text)))) if "грамота".encode() in text else judge(text)

    accepted = tamper(MINIMAL, careless).accepted
    objects = 3  # the document, its subject, its proof
    assert sorted({line.partition(" at ")[0] for line in accepted}) == [
        "minimal, graph: add key (undefined object)",
        "minimal, graph: add key (undefined)",
    ]
    assert len(accepted) == 2 * objects


def test_a_verifier_that_shows_what_is_not_signed_is_seen() -> None:
    """It finds the document altered, and shows it all the same."""

    def talkative(text: bytes) -> Judgement:
        return Judgement(False, frozenset((text.decode(),)))

    tally = tamper(MINIMAL, talkative)
    assert tally.refused.total() == 0
    assert len(tally.accepted) == tally.mutants.total()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": ["x", "y"]}, {"a": ["x"]}),
        ({"a": "x"}, {"a": "y"}),
        ({"a": "16"}, {"a": 17}),
        ({"a": {"id": "urn:x"}}, {"a": {"id": "urn:y"}}),
        ({"allowedValue": ["x", "y"]}, {"allowedValue": ["y", "x"]}),
        ({"a": {"b": "x"}}, {"a": [{"b": "x"}, {"b": "x"}]}),
        ({"a": {"@value": "x", "@language": "ru"}}, {"a": "x"}),
        ({"a": {"id": "urn:x", "b": "y"}}, {"a": "urn:x"}),
        ({"a": False}, {"a": "false"}),
    ],
)
def test_no_reason_makes_different_documents_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert explain(one, other, graph_only=True, several=False) is None
    assert explain(other, one, graph_only=True, several=False) is None
