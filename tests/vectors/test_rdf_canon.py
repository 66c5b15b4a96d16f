"""The W3C test suite of RDF Dataset Canonicalization: all 64 evaluations, 21 maps and the poisoned graph."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from portfolio.errors import ProofTransformationError
from portfolio.vc.canonicalization import canonicalize_nquads, issued_identifiers

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def entries(shared: Path) -> dict[str, list[dict[str, Any]]]:
    manifest = json.loads((shared / "vectors/rdf-canon/manifest.jsonld").read_bytes())
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in manifest["entries"]:
        entry["action"] = (shared / "vectors/rdf-canon" / entry["action"]).read_text()
        if "result" in entry:
            entry["result"] = (shared / "vectors/rdf-canon" / entry["result"]).read_text()
        entry["hash_name"] = {None: "sha256", "SHA256": "sha256", "SHA384": "sha384"}[entry.get("hashAlgorithm")]
        found.setdefault(entry["type"], []).append(entry)
    return found


def test_evaluations(entries: dict[str, list[dict[str, Any]]]) -> None:
    cases = entries["rdfc:RDFC10EvalTest"]
    failed = [case["id"] for case in cases if canonicalize_nquads(case["action"], case["hash_name"]) != case["result"]]
    assert (len(cases), failed) == (64, [])


def test_maps(entries: dict[str, list[dict[str, Any]]]) -> None:
    cases = entries["rdfc:RDFC10MapTest"]
    failed = [
        case["id"]
        for case in cases
        if issued_identifiers(case["action"], case["hash_name"]) != json.loads(case["result"])
    ]
    assert (len(cases), failed) == (21, [])


def test_the_poisoned_graph_is_refused(entries: dict[str, list[dict[str, Any]]]) -> None:
    [case] = entries["rdfc:RDFC10NegativeEvalTest"]
    start = time.process_time()
    with pytest.raises(ProofTransformationError):
        canonicalize_nquads(case["action"])
    assert time.process_time() - start < 5


def test_nothing_in_the_suite_is_left_out(entries: dict[str, list[dict[str, Any]]]) -> None:
    assert set(entries) == {"rdfc:RDFC10EvalTest", "rdfc:RDFC10MapTest", "rdfc:RDFC10NegativeEvalTest"}


def test_the_canonical_form_is_its_own(entries: dict[str, list[dict[str, Any]]]) -> None:
    for case in entries["rdfc:RDFC10EvalTest"]:
        assert canonicalize_nquads(case["result"], case["hash_name"]) == case["result"], case["id"]
