"""When an altered document says the same as the original, and why.

Written from the specifications and without the product's own reading of a document. A signature over the text (eddsa-jcs-2022)
covers the JSON value; one over the statements (eddsa-rdfc-2022) leaves open what RDF does not tell apart. Each reason below takes
away one such difference from a document; two documents that are then equal say the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pyld.jsonld import JsonLdError

from portfolio.vc.canonicalization.guarded_pyld import ContextSource
from portfolio.vc.contexts import frozen_contexts
from tests.properties.oracles import pyld

Plain = Callable[[Any], Any]

MEMBER_ORDER = "the members of a JSON object have no order (RFC 8259 §4), and a figure has one value (16 is 16.0)"
PROOF_ORDER = "the proofs of a set have no order (Data Integrity §2.1.1)"
OTHER_PROOFS = "each proof of a foreign set covers the whole document: one fewer, or one twice, leaves it covered"
NOTHING_SAID = "null and an empty list state nothing (JSON-LD 1.1 §4.3, API §5.1.2)"
ONE_OR_LIST = "one value is the same as a list of it (JSON-LD 1.1 §4.3)"
SET_ORDER = "the values of a member have no order but where its term says so (JSON-LD 1.1 §4.3)"
SET_TWICE = "a set holds a value once, however often it is written (RDF 1.1 §4)"
FIGURE_TEXT = "a figure or a truth value as the text of its own datatype is the same literal (RDF 1.1 §3.3)"
VALUE_OBJECT = "a text, and a value object with nothing but this text, are the same literal (JSON-LD 1.1 §4.1)"
REFERENCE = "an address, and an object with nothing but this address, name the same thing (JSON-LD 1.1 §3.3)"
LANGUAGE_CASE = "the tag of a language has no case (BCP 47 §2.1.1)"
SAID_ELSEWHERE = "what is said of a named thing at one place need not be said again at another (RDF 1.1 §3.1)"

CONTEXTS = "every word means the same under the other known contexts (EdDSA Cryptosuites §3.3.2 for the text)"

# Terms whose lists are in order (``@container: @list``) in the contexts that the specimens use.
_ORDERED = frozenset(("allowedValue",))
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_DATE_TIMES = ("http://www.w3.org/2001/XMLSchema#dateTime", "https://www.w3.org/2001/XMLSchema#dateTime")


def explain(original: Mapping[str, Any], mutant: Mapping[str, Any], *, graph_only: bool, several: bool) -> str | None:
    """The reason for which the mutant says the same as the original; None when it does not.

    The weakest reason: those that also cover the text come first, and each of the others is tried on top of those before it.
    """
    if mutant == original:
        return MEMBER_ORDER
    if _with_sorted_proofs(mutant) == _with_sorted_proofs(original):
        return PROOF_ORDER
    if several and _without_proof(original) == _without_proof(mutant) and _fewer_proofs(original, mutant):
        return OTHER_PROOFS
    if _mean_the_same(original, mutant, graph_only):
        return CONTEXTS
    one, other = _halves(original, graph_only), _halves(mutant, graph_only)
    if one is None or other is None or one[0] != other[0]:
        return None
    first, second = one[1], other[1]
    for reason, plain in _GRAPH_REASONS:
        first, second = plain(first), plain(second)
        if first == second:
            return reason
    return None


def _mean_the_same(original: Mapping[str, Any], mutant: Mapping[str, Any], graph_only: bool) -> bool:
    """Whether only contexts differ, and make the same statements by PyLD's reading.

    Under a signature over the text all of the contexts that it was made under stand before the others.
    """
    contexts, changed = original.get("@context", []), mutant.get("@context", [])
    if graph_only:
        alike = _without_contexts(original) == _without_contexts(mutant)
    else:
        alike = changed[: len(contexts)] == contexts and {**mutant, "@context": contexts} == original
    if not alike:
        return False
    source = ContextSource(frozen_contexts())
    try:
        return pyld(_without_proof(original), source) == pyld(_without_proof(mutant), source)
    except JsonLdError:
        return False


def _without_contexts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_contexts(item) for name, item in value.items() if name != "@context"}
    return [_without_contexts(item) for item in value] if isinstance(value, list) else value


def _halves(document: Mapping[str, Any], graph_only: bool) -> tuple[Any, Any] | None:
    """What is signed as text, and what is signed for its statements alone.

    Beside a signature over the text the second is no more than the options of the signatures over the graph.
    """
    proofs = _proofs(document)
    if not all(isinstance(proof, dict) for proof in proofs):
        return None
    over_graph = [proof for proof in proofs if proof.get("cryptosuite") == "eddsa-rdfc-2022"]
    over_text = sorted(_key(proof) for proof in proofs if proof not in over_graph)
    if graph_only:
        return over_text, {**document, "proof": over_graph}
    return (_without_proof(document), over_text), {"proof": over_graph}


def _without_proof(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "proof"}


def _proofs(document: Mapping[str, Any]) -> list[Any]:
    found = document.get("proof", [])
    return found if isinstance(found, list) else [found]


def _with_sorted_proofs(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**document, "proof": sorted(map(_key, _proofs(document)))}


def _fewer_proofs(original: Mapping[str, Any], mutant: Mapping[str, Any]) -> bool:
    left = {_key(proof) for proof in _proofs(mutant)}
    return bool(left) and left <= {_key(proof) for proof in _proofs(original)}


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _everywhere(edit: Callable[[str, Any], Any]) -> Plain:
    """Apply an edit to every member's value, from the inside out; ``@context`` is no statement and stays."""

    def plain(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return edit(name, {key: item if key == "@context" else plain(item, key) for key, item in value.items()})
        if isinstance(value, list):
            return edit(name, [plain(item, name) for item in value])
        return edit(name, value)

    return plain


def _nothing_said(_: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if item is not None and item != []}
    return [item for item in value if item is not None] if isinstance(value, list) else value


def _one_or_list(_: str, value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _figure_text(_: str, value: Any) -> Any:
    """XML Schema's canonical notation: ``16``, and ``7.5E0`` for what is not whole."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return str(value)
    mantissa, _, exponent = f"{value:.15E}".partition("E")
    return f"{mantissa.rstrip('0')}E{int(exponent)}"


def _value_object(_: str, value: Any) -> Any:
    """Typed as a string is, and as a term of dates would type it: where the term does not, the signature breaks."""
    if not isinstance(value, dict) or "@value" not in value:
        return value
    plain = value.keys() == {"@value"}
    typed = value.keys() == {"@value", "@type"} and isinstance(value["@value"], str)
    return value["@value"] if plain or (typed and value["@type"] in (_STRING, *_DATE_TIMES)) else value


def _reference(_: str, value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and value.keys() == {"id"} else value


def _language_case(_: str, value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("@language"), str):
        return {**value, "@language": value["@language"].lower()}
    return value


def _set_order(name: str, value: Any) -> Any:
    return sorted(value, key=_key) if isinstance(value, list) and name not in _ORDERED else value


def _set_twice(name: str, value: Any) -> Any:
    """Equal literals only: two equal objects without a name are two things."""
    if not isinstance(value, list) or name in _ORDERED:
        return value
    found: list[Any] = []
    for item in value:
        if (isinstance(item, dict) and "@value" not in item) or item not in found:
            found.append(item)
    return found[0] if len(found) == 1 else found


def _said_elsewhere(value: Any) -> Any:
    """Every named thing with all that is said of it anywhere, and the document as what stands between the names."""
    said: dict[str, set[tuple[str, str]]] = {}

    def visit(item: Any, name: str) -> Any:
        if isinstance(item, list):
            inner = [visit(entry, name) for entry in item]
            return inner if name in _ORDERED else sorted(inner, key=_key)
        if not isinstance(item, dict):
            return item
        members = {key: entry if key == "@context" else visit(entry, key) for key, entry in item.items()}
        if not isinstance(item.get("id"), str):
            return members
        for key, entry in members.items():
            if key != "id":
                entries = entry if isinstance(entry, list) and key not in _ORDERED and key != "@context" else [entry]
                said.setdefault(item["id"], set()).update((key, _key(one)) for one in entries)
        return item["id"]

    return visit(value, ""), said


_GRAPH_REASONS: tuple[tuple[str, Plain], ...] = (
    (NOTHING_SAID, _everywhere(_nothing_said)),
    (ONE_OR_LIST, _everywhere(_one_or_list)),
    (FIGURE_TEXT, _everywhere(_figure_text)),
    (VALUE_OBJECT, _everywhere(_value_object)),
    (REFERENCE, _everywhere(_reference)),
    (LANGUAGE_CASE, _everywhere(_language_case)),
    (SET_ORDER, _everywhere(_set_order)),
    (SET_TWICE, _everywhere(_set_twice)),
    (SAID_ELSEWHERE, _said_elsewhere),
)
