"""Other people's implementations, made comparable: what ours must agree with, byte for byte."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pyoxigraph
from pyld import canon, jsonld, nquads

from portfolio.vc.canonicalization.guarded_pyld import ContextSource
from portfolio.vc.canonicalization.literals import SENTINEL_BASE
from portfolio.vc.canonicalization.nquads import Quad

_LOCK = threading.Lock()
_ESCAPED = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    ord(character): f"\\{letter}" for character, letter in zip('\b\t\n\f\r"\\', 'btnfr"\\', strict=True)
}


class TooHard(Exception):
    """The oracle would need more steps than a test has time for."""


class _BoundedURDNA2015(canon.URDNA2015):  # type: ignore[misc]
    """PyLD's canonicaliser, which has no limit of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def hash_n_degree_quads(self, id_: Any, issuer: Any) -> Any:
        self.calls += 1
        if self.calls > 3_000:
            raise TooHard
        return super().hash_n_degree_quads(id_, issuer)


def _with_full_escapes(action: Callable[[], str]) -> str:
    """PyLD leaves most control characters as they are; RDFC-1.0 escapes them."""
    with _LOCK:
        original = nquads.escape
        nquads.escape = lambda value: value.translate(_ESCAPED)
        try:
            return action()
        finally:
            nquads.escape = original


def _options(source: ContextSource) -> dict[str, Any]:
    return {"documentLoader": source.load, "base": SENTINEL_BASE, "rdfDirection": "i18n-datatype"}


def pyld(document: dict[str, Any], source: ContextSource) -> str:
    """PyLD from beginning to end: expansion, node map, RDF, URDNA2015."""

    def action() -> str:
        dataset = jsonld.to_rdf(document, _options(source))
        text: str = _BoundedURDNA2015().main(dataset, {"format": "application/n-quads"})
        return text

    return _with_full_escapes(action)


def pyld_canon(text: str) -> str:
    """PyLD's URDNA2015 on N-Quads."""
    return _with_full_escapes(
        lambda: _BoundedURDNA2015().main(nquads.parse_nquads(text), {"format": "application/n-quads"})
    )


def pyoxigraph_canon(text: str) -> str:
    """Oxigraph's RDFC-1.0 on N-Quads."""
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(text.encode(), pyoxigraph.RdfFormat.N_QUADS))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{quad} .\n" for quad in dataset))


def as_text(quads: Sequence[Quad]) -> str:
    """Quads as N-Quads with blank nodes ``_:b1`` …"""

    def written(term: int | str) -> str:
        return f"_:b{term}" if type(term) is int else str(term)

    return "".join(
        f"{written(subject)}{predicate}{written(object_)}{'' if graph is None else f' {written(graph)}'} .\n"
        for subject, predicate, object_, graph in quads
    )
