"""Canonical forms: what exactly is signed.

``canonicalize_rdfc`` turns a JSON-LD document into the sorted statements it makes (RDFC-1.0 over JSON-LD 1.1), and refuses
documents in which anything would be left out. ``canonicalize_jcs`` turns a JSON value into one text (RFC 8785).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from portfolio.errors import ProofTransformationError
from portfolio.vc.canonicalization.compiled_contexts import ContextGraph
from portfolio.vc.canonicalization.guarded_pyld import ContextSource, guarded_quads
from portfolio.vc.canonicalization.jcs import canonicalize_jcs
from portfolio.vc.canonicalization.limits import COLLECTION_LIMITS, CREDENTIAL_LIMITS, Limits
from portfolio.vc.canonicalization.nquads import Quad, parse_nquads
from portfolio.vc.canonicalization.rdfc10 import CanonicalDataset, canonicalize_quads
from portfolio.vc.canonicalization.terms import Unsupported
from portfolio.vc.canonicalization.walk import walk
from portfolio.vc.contexts import VERIFIED_CONTEXTS, frozen_contexts

__all__ = [
    "COLLECTION_LIMITS",
    "CREDENTIAL_LIMITS",
    "Canonicalizer",
    "Limits",
    "canonicalize_jcs",
    "canonicalize_nquads",
    "canonicalize_rdfc",
    "indistinguishable_nodes",
    "issued_identifiers",
]


class Canonicalizer:
    """Canonicalises JSON-LD under a fixed set of contexts; safe to use from several threads.

    contexts: address → context document. A document that names another one is refused.
    arrays: the ``@context`` arrays worth compiling; documents under others are canonicalised too, twenty times slower.
    """

    def __init__(
        self, contexts: Mapping[str, Mapping[str, Any]], arrays: Collection[tuple[str, ...]] = VERIFIED_CONTEXTS
    ) -> None:
        self._source = ContextSource(contexts)
        self._arrays = arrays
        self._compiled = ContextGraph(self._source, arrays)

    def rdfc(self, document: Mapping[str, Any]) -> bytes:
        """RDFC-1.0 with SHA-256 in strict mode: see ``canonicalize_rdfc``."""
        try:
            return self.dataset(document).nquads.encode()
        except UnicodeEncodeError:
            raise ProofTransformationError("the document holds half of a surrogate pair") from None

    def dataset(self, document: Mapping[str, Any]) -> CanonicalDataset:
        """The same, with what else is known of the dataset."""
        try:
            return canonicalize_quads(*self._quads(document))
        except UnicodeEncodeError:
            raise ProofTransformationError("the document holds half of a surrogate pair") from None

    def _quads(self, document: Mapping[str, Any]) -> tuple[list[Quad], int]:
        try:
            return walk(document, self._compiled)
        except Unsupported:
            pass
        if self._compiled.full:
            self._compiled = ContextGraph(self._source, self._arrays)
        return guarded_quads(document, self._source)


@lru_cache(maxsize=1)
def _shipped() -> Canonicalizer:
    return Canonicalizer(frozen_contexts())


def canonicalize_rdfc(document: Mapping[str, Any]) -> bytes:
    """The canonical N-Quads (UTF-8) of a JSON-LD document under the contexts that ship with the product.

    Raises ``DataLossDetectionError`` when a member, a type or an identifier would not be covered by a signature (undefined
    terms, relative references, values that belong to nothing), and its base ``ProofTransformationError`` for anything else
    that has no canonical form: contexts that are not known, JSON-LD errors, figures that processors do not write alike,
    graphs whose blank nodes cannot be told apart within the work limit.
    """
    return _shipped().rdfc(document)


def indistinguishable_nodes(document: Mapping[str, Any]) -> bool:
    """Whether verifiers that bound their work as rdf-canonize does by default would reject this document.

    An issuer asks before signing; see ``CanonicalDataset.widely_accepted``. Raises as ``canonicalize_rdfc`` does.
    """
    return not _shipped().dataset(document).widely_accepted


def canonicalize_nquads(text: str, hash_name: str = "sha256") -> str:
    """RDFC-1.0 of a dataset given as N-Quads. Raises ``ParsingError`` and ``ProofTransformationError``."""
    quads, labels = parse_nquads(text)
    return canonicalize_quads(quads, len(labels), hash_name=hash_name).nquads


def issued_identifiers(text: str, hash_name: str = "sha256") -> dict[str, str]:
    """The issued identifiers map of RDFC-1.0 §4.4.3: label in the given N-Quads → canonical name, both without ``_:``."""
    quads, labels = parse_nquads(text)
    names = canonicalize_quads(quads, len(labels), hash_name=hash_name).names
    return {label: names[number].removeprefix("_:") for number, label in enumerate(labels, start=1)}
