from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from portfolio.errors import DataLossDetectionError, ParsingError, ProofTransformationError
from portfolio.vc.canonicalization import (
    CREDENTIAL_LIMITS,
    Canonicalizer,
    canonicalize_jcs,
    canonicalize_nquads,
    canonicalize_rdfc,
    compiled_contexts,
    indistinguishable_nodes,
    issued_identifiers,
)
from portfolio.vc.canonicalization.compiled_contexts import ContextGraph
from portfolio.vc.canonicalization.guarded_pyld import ContextSource, guarded_quads
from portfolio.vc.canonicalization.limits import MAXIMUM_DEPTH
from portfolio.vc.canonicalization.rdfc10 import canonicalize_quads
from portfolio.vc.contexts import CONTEXT_CLR2, CONTEXT_OB3, CONTEXT_OB_EXT, CONTEXT_VC2, frozen_contexts

XSD = "http://www.w3.org/2001/XMLSchema#"
# The Open Badges context writes this address with https, and so it is signed.
FLOAT = "https://www.w3.org/2001/XMLSchema#float"
OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"


def credential(**members: Any) -> dict[str, Any]:
    return {
        "@context": [CONTEXT_VC2, CONTEXT_OB3],
        "id": "urn:uuid:2e0b1f6a-0000-4000-8000-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "did:web:school.example", "type": ["Profile"], "name": "Школа «Ориентир»"},
        "validFrom": "2026-03-18T09:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "achievement": {"id": "urn:a:1", "type": ["Achievement"]},
        },
        **members,
    }


def lines(document: Mapping[str, Any]) -> set[str]:
    return set(canonicalize_rdfc(document).decode().splitlines())


def refusal(document: Mapping[str, Any], error: type[ProofTransformationError] = ProofTransformationError) -> Any:
    with pytest.raises(error) as caught:
        canonicalize_rdfc(document)
    return caught.value


# --- what is signed


def test_a_badge_becomes_its_statements() -> None:
    c, vc = "urn:uuid:2e0b1f6a-0000-4000-8000-000000000001", "https://www.w3.org/2018/credentials#"
    rdf_type = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    assert canonicalize_rdfc(credential()).decode().splitlines() == sorted(
        [
            f"<{c}> {rdf_type} <{vc}VerifiableCredential> .",
            f"<{c}> {rdf_type} <{OB}OpenBadgeCredential> .",
            f"<{c}> <{vc}issuer> <did:web:school.example> .",
            f"<{c}> <{vc}credentialSubject> _:c14n0 .",
            f'<{c}> <{vc}validFrom> "2026-03-18T09:00:00Z"^^<{XSD}dateTime> .',
            f"_:c14n0 {rdf_type} <{OB}AchievementSubject> .",
            f"_:c14n0 <{OB}achievement> <urn:a:1> .",
            f"<urn:a:1> {rdf_type} <{OB}Achievement> .",
            f"<did:web:school.example> {rdf_type} <{OB}Profile> .",
            '<did:web:school.example> <https://schema.org/name> "Школа «Ориентир»" .',
        ]
    )


@pytest.mark.parametrize(
    ("value", "term"),
    [
        (3, f'"3"^^<{FLOAT}>'),
        (3.0, f'"3"^^<{FLOAT}>'),
        (2.5, f'"2.5E0"^^<{FLOAT}>'),
        (0.000001, f'"1.0E-6"^^<{FLOAT}>'),
        (1.5e-7, f'"1.5E-7"^^<{FLOAT}>'),
        (1e20, f'"100000000000000000000"^^<{FLOAT}>'),
        (1e21, f'"1.0E21"^^<{FLOAT}>'),
        (0.1 + 0.2, f'"3.0E-1"^^<{FLOAT}>'),
        ("3.0", f'"3.0"^^<{FLOAT}>'),
        (True, f'"true"^^<{FLOAT}>'),
        ({"@value": 2**53 - 1}, f'"9007199254740991"^^<{XSD}integer>'),
        ({"@value": 1.5}, f'"1.5E0"^^<{XSD}double>'),
        ({"@value": "7", "@type": XSD + "double"}, f'"7.0E0"^^<{XSD}double>'),
        ({"@value": 1e-7, "@type": XSD + "double"}, f'"1.0E-7"^^<{XSD}double>'),
        ({"@value": False}, f'"false"^^<{XSD}boolean>'),
    ],
)
def test_figures(value: Any, term: str) -> None:
    document = credential()
    document["credentialSubject"]["creditsEarned"] = value
    assert f"_:c14n0 <{OB}creditsEarned> {term} ." in lines(document)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('"quoted" \\ back', '\\"quoted\\" \\\\ back'),
        ("line\nnext\ttab\rreturn", "line\\nnext\\ttab\\rreturn"),
        ("\b\f\x00\x01\x1f\x7f", "\\b\\f\\u0000\\u0001\\u001F\\u007F"),
        ("\x80\u2028🪚 Ёж", "\x80\u2028🪚 Ёж"),
    ],
)
def test_characters_are_escaped_as_canonical_n_quads_has_them(text: str, written: str) -> None:
    plain = canonicalize_rdfc(credential(name=text)).decode()
    assert f'<https://schema.org/name> "{written}" .\n' in plain
    through_pyld = canonicalize_rdfc(credential(name={"@set": [text]})).decode()
    assert through_pyld == plain


def test_language_and_direction_are_signed() -> None:
    document = credential(
        name=[{"@value": "Ёж", "@language": "RU"}, {"@value": "قلم", "@language": "ar", "@direction": "rtl"}]
    )
    assert {line.split("name> ")[1] for line in lines(document) if "2e0b1f6a" in line and "name>" in line} == {
        '"Ёж"@ru .',
        '"قلم"^^<https://www.w3.org/ns/i18n#ar_rtl> .',
    }


def test_an_empty_set_and_a_null_make_no_statement() -> None:
    assert canonicalize_rdfc(credential(evidence=[], description=None)) == canonicalize_rdfc(credential())


def test_a_changed_letter_anywhere_changes_the_form() -> None:
    forms = {canonicalize_rdfc(credential(name=name)) for name in ("Ёж", "Еж", "Е\u0308ж", "Ёж ", "")}
    assert len(forms) == 5


# --- what is refused, with its place


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"inventedTerm": "x"}, "$.inventedTerm"),
        ({"type": ["VerifiableCredential", "InventedType"]}, "$.type"),
        ({"issuer": {"id": "relative"}}, "$.issuer.id"),
        ({"issuer": "//host.example/x"}, "$.issuer"),
        ({"issuer": "https ://host.example/"}, "$.issuer"),
        ({"issuer": "urn:a><b"}, "$.issuer"),
        ({"issuer": "urn:x:\x7f"}, "$.issuer"),
        ({"evidence": [{"id": "urn:e:1"}, {"id": "urn:e:2", "type": "Evidence", "score": 5}]}, "$.evidence[1].score"),
        ({"name": {"@value": "x", "@language": "ru .\n<urn:a> <urn:b> <urn:c"}}, "$.name"),
        ({"name": [{"@value": None}]}, "$.name[0]"),
        ({"proof": {"type": "DataIntegrityProof", "proofPurpose": "inventedPurpose"}}, "$.proof.proofPurpose"),
        ({"proof": {"id": "urn:proof:1"}}, "$.proof"),
        (
            {"credentialSchema": {"id": "https://schema.example/1", "type": "1EdTechJsonSchemaValidator2019"}},
            "$.credentialSchema.type",
        ),
        (
            {"credentialSubject": {"type": "AchievementSubject", "achievement": {"name": {"mark": 1}}}},
            "$.credentialSubject.achievement.name.mark",
        ),
    ],
)
def test_what_a_signature_would_not_cover_is_refused_with_its_place(change: dict[str, Any], path: str) -> None:
    assert refusal(credential(**change), DataLossDetectionError).path == path


def test_the_extensions_context_defines_the_schema_type() -> None:
    document = credential(credentialSchema={"id": "https://schema.example/1", "type": "1EdTechJsonSchemaValidator2019"})
    document["@context"].append(CONTEXT_OB_EXT)
    assert canonicalize_rdfc(document)


@pytest.mark.parametrize(
    "change",
    [
        {"@index": "x"},
        {"name": {"@language": "ru"}},
        {"name": {"@value": "x", "@index": "i"}},
        {"name": {"@value": 5, "@direction": "ltr"}},
        {"name": {"@value": "x", "@type": "relative"}},
        {"@graph": [{"id": "urn:g:1"}]},
        {"@included": [{"id": "urn:g:1"}]},
        {"@reverse": {"https://v.example/p": {"id": "relative"}}},
        {"_:predicate": "x"},
        {"https://v.example/a b": "x"},
    ],
)
def test_rarer_losses_are_refused_too(change: dict[str, Any]) -> None:
    refusal(credential(**change), DataLossDetectionError)


@pytest.mark.parametrize(
    "change",
    [
        {"@context": None},
        {"@context": [CONTEXT_VC2, "https://unknown.example/context"]},
        {"@context": "https://unknown.example/context"},
        {"@context": [CONTEXT_VC2, {"issuer": "https://evil.example/issuer"}]},
        {"@context": [CONTEXT_VC2, {"@vocab": None}]},
        {"@context": [CONTEXT_VC2, {"@import": "https://unknown.example/context"}]},
        {"@context": 5},
        {"id": 5},
        {"id": None},
        {"type": 5},
        {"type": None},
        {"@id": "urn:second:id"},
        {"name": {"@value": ["x"]}},
        {"name": {"@value": {}, "@type": "urn:t"}},
        {"name": {"@value": 5, "@language": "ru"}},
        {"name": {"@value": "x", "@direction": "up"}},
        {"name": {"@value": "x", "@type": XSD + "double"}},
        {"name": {"@value": "١.٥", "@type": XSD + "double"}},
        {"name": {"@value": "-0.0", "@type": XSD + "double"}},
        {"name": {"@value": "-1e-400", "@type": XSD + "double"}},
        {"name": {"@value": -0.0, "@type": XSD + "double"}},
        {"name": -0.0},
        {"name": 1e-7},
        {"name": -5e-324},
        {"name": {"@value": 9e-10, "@type": "urn:t"}},
        {"name": {"@set": [1e-7]}},
        {"name": 2**53},
        {"name": -(2**60)},
        {"name": float("inf")},
        {"name": float("nan")},
        {"name": "\ud800"},
        {"name": {1: 2}},
        {"name": object()},
        {"name": ("a", "b")},
        {5: "x"},
        {"name": {"@set": [{"@set": [object()]}]}},
    ],
)
def test_what_has_no_canonical_form_is_refused(change: dict[Any, Any]) -> None:
    refusal({**credential(), **change})


@pytest.mark.parametrize(
    "document", [{}, {"@context": [CONTEXT_VC2]}, {"@context": [CONTEXT_VC2], "id": "urn:x:1"}, {"@context": []}]
)
def test_a_document_that_says_nothing_is_refused(document: dict[str, Any]) -> None:
    refusal(document, DataLossDetectionError)


def test_contexts_exchanged_for_others_with_the_same_meaning_keep_the_form() -> None:
    """Why ``check_contexts`` exists: the form covers what is said, not the words it is said with."""
    swapped = credential(**{"@context": [CONTEXT_VC2, CONTEXT_OB3, {"title": "https://schema.org/name"}]})
    swapped["title"] = "x"
    assert canonicalize_rdfc(swapped) == canonicalize_rdfc(credential(name="x"))


@pytest.mark.parametrize(
    "wrap", [lambda inner: {"related": inner}, lambda inner: {"related": [inner]}, lambda inner: {"@set": [inner]}]
)
def test_deep_nesting_is_refused_on_both_ways(wrap: Any) -> None:
    for depth in (MAXIMUM_DEPTH * 2, 5_000):
        inner: Any = {"id": "urn:x:1"}
        for _ in range(depth):
            inner = wrap(inner)
        refusal(credential(evidence=inner))
        with pytest.raises(ProofTransformationError):
            canonicalize_jcs(inner)


def test_a_large_document_with_rare_constructs_is_refused_in_time() -> None:
    document = credential(
        evidence={"@set": [{"id": f"urn:e:{number}", "type": "Evidence"} for number in range(40_000)]}
    )
    start = time.process_time()
    refusal(document)
    assert time.process_time() - start < 5


def test_a_large_document_costs_in_proportion() -> None:
    def cost(count: int) -> float:
        document = credential(
            evidence=[{"id": f"urn:e:{number}", "type": "Evidence", "name": "x"} for number in range(count)]
        )
        start = time.process_time()
        canonicalize_rdfc(document)
        return time.process_time() - start

    cost(100)
    assert cost(20_000) < 100 * max(min(cost(1_000) for _ in range(3)), 1e-3)


WHITE_SPACE = [
    "\x80",
    "\x85",
    "\xa0",
    "\u1680",
    "\u2000",
    "\u200a",
    "\u2028",
    "\u2029",
    "\u202f",
    "\u205f",
    "\u3000",
    "\ufeff",
]


@pytest.mark.parametrize("character", WHITE_SPACE)
def test_white_space_of_any_alphabet_in_an_address_is_refused_on_both_ways(character: str) -> None:
    iri = f"urn:a:{character}x"
    for change in (
        {"issuer": iri},
        {"evidence": [{"id": iri, "type": "Evidence"}]},
        {"type": ["VerifiableCredential", iri]},
        {"name": {"@value": 1, "@type": iri}},
        {iri: "x"},
    ):
        refusal(credential(**change))
        refusal(credential(**change, evidence={"@set": []}) if "evidence" not in change else credential(**change))
        with pytest.raises(ProofTransformationError):
            guarded_quads(credential(**change), ContextSource(frozen_contexts()))


def test_letters_of_any_alphabet_in_an_address_are_kept() -> None:
    assert "<urn:a:школа№1> ." in canonicalize_rdfc(credential(issuer="urn:a:школа№1")).decode()


def test_what_reaches_the_general_way_is_short() -> None:
    small = {"@set": [{"type": "Evidence", "name": "x"}]}
    assert canonicalize_rdfc(credential(evidence=small))
    for change in (
        {"evidence": {"@set": [{"type": "Evidence", "name": "x"}] * 1_000}},
        {"evidence": small, "name": "x" * 300_000},
        {"evidence": small, "x" * 300_000: None},
    ):
        assert "unusual constructs" in refusal(credential(**change)).detail
    # The usual constructs have no such bound.
    assert canonicalize_rdfc(credential(evidence=[{"type": "Evidence", "name": "x"}], name="x" * 300_000))


# --- graphs made to be hard


def complete(count: int) -> list[tuple[int, int]]:
    return list(itertools.permutations(range(1, count + 1), 2))


def hypercube(dimensions: int) -> list[tuple[int, int]]:
    return [(node + 1, (node ^ (1 << bit)) + 1) for node in range(2**dimensions) for bit in range(dimensions)]


def rings(count: int, length: int) -> list[tuple[int, int]]:
    return [
        (ring * length + i + 1, ring * length + (i + 1) % length + 1) for ring in range(count) for i in range(length)
    ]


def hubs(leaves: int) -> list[tuple[int, int]]:
    return [(hub, 3 + (hub - 1) * leaves + leaf) for hub in (1, 2) for leaf in range(leaves)]


HOSTILE = {
    **{f"clique of {n}": complete(n) for n in (8, 9, 10, 11, 12, 40, 200)},
    **{f"hypercube of {n} dimensions": hypercube(n) for n in (3, 4, 5, 6)},
    **{f"two hubs with {n} leaves": hubs(n) for n in (8, 9, 10, 11, 200)},
    "ring of 50": rings(1, 50),
    "ring of 5,000": rings(1, 5_000),
    "1,000 rings of 3": rings(1_000, 3),
    "bipartite 8 and 8": [(a, b) for a in range(1, 9) for b in range(9, 17)],
    "chain of 20,000 both ways": [(a, a + 1) for a in range(1, 20_000)] + [(a + 1, a) for a in range(1, 20_000)],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_graphs_are_refused_or_finished_in_time(name: str) -> None:
    edges = HOSTILE[name]
    start = time.process_time()
    with contextlib.suppress(ProofTransformationError):
        found = canonicalize_quads([(a, " <urn:p> ", b, None) for a, b in edges], max(map(max, edges)))
        assert found.nquads.count("\n") == len(edges)
    assert time.process_time() - start < 5


def test_the_worst_of_them_are_refused() -> None:
    for name in (
        "clique of 8",
        "clique of 12",
        "hypercube of 6 dimensions",
        "two hubs with 8 leaves",
        "two hubs with 11 leaves",
    ):
        edges = HOSTILE[name]
        with pytest.raises(ProofTransformationError):
            canonicalize_quads([(a, " <urn:p> ", b, None) for a, b in edges], max(map(max, edges)))


@pytest.mark.parametrize("count", [2, 20, 50, 300, 3_000])
def test_lists_of_equal_values_end_in_time(count: int) -> None:
    document = credential()
    document["credentialSubject"]["achievement"]["resultDescription"] = {
        "type": "ResultDescription",
        "allowedValue": ["A"] * count,
    }
    start = time.process_time()
    try:
        canonicalize_rdfc(document)
    except ProofTransformationError:
        assert count >= 50
    assert time.process_time() - start < 5


def test_a_caller_may_set_the_budget() -> None:
    quads: list[Any] = [(a, " <urn:p> ", b, None) for a, b in rings(1, 50)]
    assert canonicalize_quads(quads, 50, work=100_000).nquads
    with pytest.raises(ProofTransformationError):
        canonicalize_quads(quads, 50, work=10)
    assert CREDENTIAL_LIMITS.work(50) == 1_800
    assert CREDENTIAL_LIMITS.work(10**9) == 50_000


def test_statements_without_blank_nodes_buy_no_work() -> None:
    hard: list[Any] = [(a, " <urn:p> ", b, None) for a, b in rings(1, 60)]
    hard += [(b, predicate, a, graph) for a, predicate, b, graph in hard]
    padding: list[Any] = [("<urn:s>", " <urn:p> ", f'"{number}"', None) for number in range(20_000)]
    for quads in (hard, hard + padding):
        with pytest.raises(ProofTransformationError):
            canonicalize_quads(quads, 60)
    assert canonicalize_quads(hard, 60, work=20_000).nquads


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux how much memory was taken")
@pytest.mark.parametrize("both_ways", [False, True])
def test_a_large_ring_does_not_occupy_the_memory(both_ways: bool) -> None:
    program = f"""
from portfolio.errors import ProofTransformationError
from portfolio.vc.canonicalization.rdfc10 import canonicalize_quads

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

edges = [(n + 1, (n + 1) % 15_000 + 1) for n in range(15_000)]
quads = [(a, " <urn:p> ", b, None) for a, b in edges]
if {both_ways}:
    quads += [(b, " <urn:p> ", a, None) for a, b in edges]
before = peak()
try:
    canonicalize_quads(quads, 15_000)
except ProofTransformationError:
    print(peak() - before)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert int(found.stdout) < 250 * 1024


# --- what other verifiers would refuse


def test_equal_nodes_without_identifiers_are_told_to_the_issuer() -> None:
    scale = ["с помощью", "по образцу", "самостоятельно"]
    described = {"type": "ResultDescription", "name": "Уровень", "allowedValue": scale}
    fine = credential()
    fine["credentialSubject"]["achievement"]["resultDescription"] = [described | {"name": "Первый"}]
    assert not indistinguishable_nodes(fine)
    # Twins that stand side by side are told apart in one step each; a long run of one value is not.
    subject = fine["credentialSubject"]
    subject["result"] = [{"type": "Result", "value": "A"}, {"type": "Result", "value": "A"}]
    assert not indistinguishable_nodes(fine)
    repetitive = credential()
    repetitive["credentialSubject"]["achievement"]["resultDescription"] = {
        "type": "ResultDescription",
        "allowedValue": ["A"] * 9,
    }
    assert indistinguishable_nodes(repetitive)
    assert canonicalize_rdfc(repetitive)


# --- N-Quads in and out


def test_a_dataset_is_a_set_and_its_labels_do_not_matter() -> None:
    one = '_:x <urn:p> "1" .\n_:x <urn:p> "1" .\n# a comment\n\n_:y <urn:p> _:x <urn:g> .'
    other = '_:b <urn:p> _:a <urn:g>.\r\n_:a\t<urn:p>  "\\u0031"^^<http://www.w3.org/2001/XMLSchema#string> . # comment'
    assert canonicalize_nquads(one) == canonicalize_nquads(other)
    assert set(issued_identifiers(one)) == {"x", "y"}
    assert set(issued_identifiers(one).values()) == {"c14n0", "c14n1"}


def test_no_quads_have_the_empty_form() -> None:
    assert canonicalize_nquads("") == ""


@pytest.mark.parametrize(
    "text",
    [
        "<urn:s> <urn:p> .",
        "<urn:s> _:p <urn:o> .",
        '"s" <urn:p> <urn:o> .',
        "<urn:s> <urn:p> <urn:o>",
        "<urn:s> <urn:p> <urn:o o> .",
        '<urn:s> <urn:p> "a"b" .',
        '<urn:s> <urn:p> "a\\q" .',
        '<urn:s> <urn:p> "\\UFFFFFFFF" .',
        '<urn:s> <urn:p> "o" "g" .',
        "<urn:s> <urn:p> <urn:o> . <urn:s> <urn:p> <urn:o> .",
    ],
)
def test_what_is_not_n_quads_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ParsingError) as caught:
        canonicalize_nquads(f"# first\n{text}\n")
    assert "line 2" in caught.value.detail


# --- JCS


def test_jcs_sorts_by_utf_16() -> None:
    assert canonicalize_jcs({"\ufb33": 1, "😀": 2, "a": 3}).decode() == '{"a":3,"😀":2,"\ufb33":1}'


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), float("nan"), float("inf"), "\ud800", {"\udc00": 1}, {1: 2}, object(), (1, 2), b"x", [set()]],
)
def test_jcs_refuses_what_has_no_form(value: Any) -> None:
    for wrapped in (value, [value], {"a": {"b": value}}, [1.5, value]):
        with pytest.raises(ProofTransformationError):
            canonicalize_jcs(wrapped)


def test_jcs_has_one_form_for_equal_figures() -> None:
    assert canonicalize_jcs([1.0, 1, -0.0, 1e21, 0.000001, 1e-7]) == b"[1,1,0,1e+21,0.000001,1e-7]"


# --- the engine


def test_threads_agree() -> None:
    """PyLD alone loses itself when threads share it; eight of them compile and walk at once here."""
    canonicalizer = Canonicalizer(frozen_contexts())
    plain = credential(evidence=[{"type": "Evidence", "name": "x"}])
    general = credential(evidence={"@set": [{"type": "Evidence", "name": "x"}]})
    record = {**credential(), "@context": [CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3]}
    expected = [canonicalize_rdfc(document) for document in (plain, general, record)]
    found: list[bool] = []
    interval = sys.getswitchinterval()

    def work() -> None:
        found.extend(
            [canonicalizer.rdfc(document) for document in (plain, general, record)] == expected for _ in range(12)
        )

    threads = [threading.Thread(target=work) for _ in range(8)]
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert found == [True] * 96


def remembered(graph: ContextGraph) -> list[tuple[int, ...]]:
    return [
        (
            len(context.terms),
            len(context._typed),
            len(context._scoped),
            len(context._vocabulary),
            len(context._embedded),
        )
        for context in graph._contexts
    ]


def test_words_and_types_of_a_stranger_are_not_remembered() -> None:
    canonicalizer = Canonicalizer(frozen_contexts())
    usual = credential(evidence=[{"type": "Evidence", "name": "x"}, {"type": ["Evidence"], "name": "x"}])
    before: list[tuple[int, ...]] = []
    for number in range(50):
        if number == 1:  # by then, all that the contexts themselves define
            before = remembered(canonicalizer._compiled)
            assert sum(map(sum, before))
        name = f"https://v.example/{'n' * 100_000}{number}"
        canonicalizer.rdfc({**usual, name: "x", "type": [*usual["type"], name]})
        canonicalizer.rdfc({**usual, "evidence": [{"type": name}, {"type": ["Evidence", name]}]})
        canonicalizer.rdfc({**usual, "name": {"@value": "x", "@type": name}})
        with contextlib.suppress(DataLossDetectionError):
            canonicalizer.rdfc({**usual, "type": [*usual["type"], "n" * 100_000 + str(number)]})
    assert remembered(canonicalizer._compiled) == before


def test_orders_of_defined_types_are_remembered_up_to_a_bound() -> None:
    canonicalizer = Canonicalizer(frozen_contexts())
    types = ["VerifiableCredential", "OpenBadgeCredential", "Profile", "Evidence", "Image", "Alignment"]
    for order in itertools.permutations(types):
        with contextlib.suppress(ProofTransformationError):
            canonicalizer.rdfc(credential(evidence=[{"type": list(order)}]))
    with contextlib.suppress(ProofTransformationError):
        canonicalizer.rdfc(credential(evidence=[{"type": types * 1_000}]))
    graph = canonicalizer._compiled
    assert max(len(context._typed) for context in graph._contexts) > 100
    assert len(graph._contexts) < 150
    for context in graph._contexts:
        assert max(len(context._typed), len(context._scoped)) <= 256
        assert all(type(key) is str or len(key) <= 8 for key in context._typed)


def test_a_stranger_s_contexts_are_not_kept() -> None:
    canonicalizer = Canonicalizer(frozen_contexts())
    document = credential(evidence={"@set": [{"type": "Evidence", "name": "x"}]})
    canonicalizer.rdfc(document)
    kept = len(canonicalizer._source.resolved)
    for number in range(20):
        context = {f"term{number}": f"https://v.example/{number}"}
        canonicalizer.rdfc({**document, "@context": [*document["@context"], context], f"term{number}": "x"})
    assert len(canonicalizer._source.resolved) == kept


@pytest.mark.parametrize("action", ["ignore", "error"])
def test_terms_that_look_like_keywords_are_refused_quietly(action: str) -> None:
    document = {
        **credential(),
        "@context": [CONTEXT_VC2, CONTEXT_OB3, {"@keyword": "https://v.example/k"}],
        "@keyword": "x",
    }
    with warnings.catch_warnings():
        warnings.simplefilter(action, SyntaxWarning)  # type: ignore[arg-type]
        refusal(document)


def test_a_full_engine_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_contexts, "_MAXIMUM_CONTEXTS", 16)
    many = "https://many.example/context"
    types = {
        f"T{number}": {"@id": f"urn:t:{number}", "@context": {f"p{number}": f"urn:p:{number}"}} for number in range(40)
    }
    canonicalizer = Canonicalizer({many: {"@context": types}}, {(many,)})
    for number in range(40):
        document = {"@context": [many], "@type": f"T{number}", f"p{number}": "x"}
        assert canonicalizer.rdfc(document).decode() == canonicalize_nquads(
            f'_:b <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:t:{number}> .\n_:b <urn:p:{number}> "x" .'
        )
        assert len(canonicalizer._compiled._contexts) <= 16


def test_documents_are_not_changed() -> None:
    for document in (credential(), credential(evidence={"@set": [{"type": "Evidence", "name": "x"}]})):
        before = json.dumps(document)
        canonicalize_rdfc(document)
        assert json.dumps(document) == before


def test_the_hash_seed_does_not_matter() -> None:
    program = (
        "import sys, json; from portfolio.vc.canonicalization import canonicalize_rdfc; "
        "sys.stdout.buffer.write(canonicalize_rdfc(json.loads(sys.stdin.read())))"
    )
    text = json.dumps(credential(evidence=[{"type": "Evidence", "name": "x"}, {"type": "Evidence", "name": "x"}]))
    forms = {
        subprocess.run(  # the child sees nothing but a hash seed
            [sys.executable, "-c", program],
            input=text.encode(),
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert forms == {canonicalize_rdfc(json.loads(text))}
