"""Contexts, processed once and kept: what every word means in every place of a document.

Context processing (JSON-LD 1.1 API §4) is where a general JSON-LD processor spends its time, because the contexts of Verifiable
Credentials and Open Badges are scoped to types and properties and have to be applied anew at every object. Which active
context an object gets depends only on the one around it, its property and its types. So the active contexts that documents
under known ``@context`` arrays can reach form a small graph; it is built here on demand, by PyLD's own context processor, which
stays the only interpreter of contexts.

``ActiveContext`` is a node of that graph, its methods ``embedded``, ``typed`` and the ``Term``s' contexts are the edges.
Whatever is not plainly supported raises ``Unsupported``, and the document takes the general way (``guarded_pyld``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from portfolio.errors import DataLossDetectionError
from portfolio.vc.canonicalization.guarded_pyld import PYLD_ERRORS, PYLD_LOCK, ContextSource
from portfolio.vc.canonicalization.literals import XSD_DOUBLE, is_language_tag, is_safe_iri
from portfolio.vc.canonicalization.nquads import typed_suffix
from portfolio.vc.canonicalization.quiet_pyld import jsonld
from portfolio.vc.canonicalization.terms import Coercion, Container, Kind, Term, Unsupported

# Known arrays reach well under a hundred active contexts. A document made to reach more is not allowed to grow the process.
_MAXIMUM_CONTEXTS: Final = 512
# What is remembered by a word of a document is bounded in number and in size: only words that the context itself defines, so
# that no long or invented word stays in memory, and no more types at one node than a credential has.
_MAXIMUM_TYPES: Final = 8
_MAXIMUM_ENTRIES: Final = 256
_KEYWORDS: Final = ("@id", "@type", "@context")


class ActiveContext:
    """An active context (JSON-LD 1.1 API §4): one place from which names are looked up."""

    def __init__(self, graph: ContextGraph, processed: Mapping[str, Any]) -> None:
        if "@base" in processed or "@direction" in processed:
            raise Unsupported
        self.graph = graph
        self.processed = processed
        self.mappings: Mapping[str, Any] = processed["mappings"]
        # What a type-scoped context gives way to when a nested node object begins.
        self.previous = graph.wrap(processed["previousContext"]) if processed.get("previousContext") else None
        self.terms: dict[str, Term] = {}
        self.type_names = ("@type", *self._aliases("@type"))
        self.id_names = ("@id", *self._aliases("@id"))
        self.value_names = ("@value", *self._aliases("@value"))
        self.prefixes = {name: m["@id"] for name, m in self.mappings.items() if m and m.get("_prefix") and m["@id"]}
        if any(iri.startswith("_:") for iri in self.prefixes.values()):
            raise Unsupported
        self._embedded: dict[tuple[str, ...], ActiveContext] = {}
        self._typed: dict[str | tuple[str, ...], tuple[ActiveContext, tuple[str, ...]]] = {}
        self._scoped: dict[tuple[str, ...], ActiveContext] = {}
        self._vocabulary: dict[str, str] = {}

    def _aliases(self, keyword: str) -> list[str]:
        return [
            name for name, mapping in self.mappings.items() if mapping and mapping["@id"] == keyword and name != keyword
        ]

    def embedded(self, context: object) -> ActiveContext:
        """With an embedded ``@context``, which must be one of the known arrays."""
        if type(context) is str:  # one address may stand without its list
            context = [context]
        if type(context) is not list or not all(type(item) is str for item in context):
            raise Unsupported
        array = tuple(context)
        found = self._embedded.get(array)
        if found is not None:
            return found
        if array not in self.graph.arrays:
            raise Unsupported
        with PYLD_LOCK:
            found = self._embedded[array] = self.graph.process(self, context)
        return found

    def typed(self, value: object) -> tuple[ActiveContext, tuple[str, ...]]:
        """With the type-scoped contexts of a node's types, and the types as IRI terms ``<…>``."""
        key: str | tuple[str, ...]
        if type(value) is list:
            key = tuple(value)
        elif type(value) is str:
            key = value
        else:
            raise Unsupported
        try:
            return self._typed[key]
        except TypeError:  # something in the list that is no text
            raise Unsupported from None
        except KeyError:
            types = [key] if type(key) is str else key
            if not all(type(name) is str for name in types):
                raise Unsupported from None
        iris = tuple(f"<{self.vocabulary_iri(name)}>" for name in types)
        found = self._with_types(types), iris
        if len(types) <= _MAXIMUM_TYPES and all(name in self.mappings for name in types):
            if len(self._typed) >= _MAXIMUM_ENTRIES:
                self._typed.clear()
            self._typed[key] = found
        return found

    def _with_types(self, types: Collection[str]) -> ActiveContext:
        """With the contexts of those types that have one, in their order (JSON-LD 1.1 API §5.1.2 step 11)."""
        names = tuple(sorted({name for name in types if self.scoped_context(name) not in (None, False)}))
        if not names:
            return self
        try:
            return self._scoped[names]
        except KeyError:
            pass
        context = self
        with PYLD_LOCK:
            for name in names:
                context = self.graph.process(context, self.scoped_context(name), propagate=False)
        if not set(self.type_names) <= set(context.type_names):
            raise Unsupported
        if len(self._scoped) >= _MAXIMUM_ENTRIES:
            self._scoped.clear()
        self._scoped[names] = context
        return context

    def scoped_context(self, name: str) -> Any:
        """The context in the definition of a term or type."""
        mapping = self.mappings.get(name)
        return mapping.get("@context") if mapping else None

    def iri(self, value: str) -> str:
        """IRI Expansion (JSON-LD 1.1 API §5.2) of an identifier, document-relative: it must come out absolute."""
        prefix, _, suffix = value.partition(":")
        if prefix in self.prefixes and prefix != value and not suffix.startswith("//"):
            value = self.prefixes[prefix] + suffix
        if not is_safe_iri(value):
            raise DataLossDetectionError("an identifier that is not an absolute IRI")
        return value

    def vocabulary_iri(self, value: str) -> str:
        """IRI Expansion of a type, a datatype or a word of a ``@vocab`` term: it must come out absolute."""
        found = self._vocabulary.get(value)
        if found is None:
            # Without a base, as what is not absolute is refused; resolving it would leave it in the caches of urllib.
            found = self.graph.processor._expand_iri(self.processed, value, vocab=True)
            if found is None or found.startswith(("@", "_:")):
                raise Unsupported
            if not is_safe_iri(found):
                raise DataLossDetectionError("a type or word that no context defines")
            if value in self.mappings:
                self._vocabulary[value] = found
        return found

    def term(self, name: str) -> Term:
        """What a member name means here."""
        found = self.terms.get(name)
        if found is None:
            if type(name) is not str:
                raise Unsupported
            found = self._define(name)
            if found.kind is Kind.PROPERTY:
                with PYLD_LOCK:
                    self._link(name, found)
            if name in self.mappings or name in _KEYWORDS:
                self.terms[name] = found
        return found

    def _define(self, name: str) -> Term:
        iri = self.graph.processor._expand_iri(self.processed, name, vocab=True)
        if iri in ("@id", "@type", "@context"):
            return Term(Kind(iri))
        if not isinstance(iri, str) or not (iri.startswith("@") or jsonld._is_absolute_iri(iri)):
            return Term(Kind.UNDEFINED)
        mapping = self.mappings.get(name) or {}
        containers = {item for item in mapping.get("@container") or () if item != "@set"}
        if (
            not is_safe_iri(iri)
            or mapping.get("reverse")
            or "@direction" in mapping
            or len(containers) > 1
            or not containers <= {"@list", "@language", "@graph"}
        ):
            return Term(Kind.OTHER)
        term = Term(Kind.PROPERTY)
        term.predicate = f" <{iri}> "
        term.container = Container(next(iter(containers), None))
        type_ = mapping.get("@type")
        if type_ in ("@id", "@vocab", "@json"):
            term.coercion = Coercion(type_)
        elif type_ is not None and type_ != "@none":
            if not is_safe_iri(type_):
                return Term(Kind.OTHER)
            term.datatype = type_
            if type_ == XSD_DOUBLE:
                term.coercion = Coercion.DOUBLE
            else:
                term.suffix = typed_suffix(type_)
        else:
            language = mapping["@language"] if "@language" in mapping else self.processed.get("@language")
            if language is not None and not is_language_tag(language):
                return Term(Kind.OTHER)
            term.suffix = '"' if language is None else f'"@{language}'
        term.simple = term.container is Container.NONE and term.coercion is not Coercion.JSON
        return term

    def _link(self, name: str, term: Term) -> None:
        """Find the contexts in which the term's values are read.

        Expansion (JSON-LD 1.1 API §5.1.2) applies a property-scoped context twice: before looking at the value (step 13.7)
        and again at each node object, after a type-scoped context has given way (steps 7 and 8).
        """
        scoped = self.scoped_context(name)
        values = self if scoped is None else self.graph.process(self, scoped, override_protected=True)
        if values is not self:
            seen = values._define(name)
            if (seen.container is Container.LIST) is not (term.container is Container.LIST) or seen.kind is Kind.OTHER:
                term.kind, term.simple = Kind.OTHER, False
            if (seen.suffix, seen.datatype, seen.coercion) != (term.suffix, term.datatype, term.coercion):
                term.coercion, term.suffix, term.datatype = Coercion.UNSUPPORTED, None, None
        again = values.scoped_context(name)  # the same term, as the scoped context may have changed it
        reverted = values.previous or values

        def scope(context: ActiveContext) -> ActiveContext:
            return context if again is None else self.graph.process(context, again, override_protected=True)

        term.values = values
        term.nodes = scope(reverted)
        term.kept = None if reverted is values else scope(values)


class ContextGraph:
    """The active contexts reachable from a set of ``@context`` arrays. One for each ``Canonicalizer``, shared by threads."""

    def __init__(self, source: ContextSource, arrays: Collection[tuple[str, ...]]) -> None:
        self.source = source
        self.arrays = frozenset(arrays)
        self.processor = jsonld.JsonLdProcessor()
        self._contexts: list[ActiveContext] = []
        with PYLD_LOCK:
            self.initial = self.wrap(self.processor._get_initial_context(source.options()))

    @property
    def full(self) -> bool:
        """Whether so many contexts were reached that a new graph should take over."""
        return len(self._contexts) >= _MAXIMUM_CONTEXTS

    def process(
        self, active: ActiveContext, local: object, *, override_protected: bool = False, propagate: bool = True
    ) -> ActiveContext:
        """Context Processing (JSON-LD 1.1 API §4.1), by PyLD; to be called under ``PYLD_LOCK``."""
        if self.full:
            raise Unsupported
        try:
            processed = self.processor._process_context(
                active.processed,
                local,
                self.source.options(),
                override_protected=override_protected,
                propagate=propagate,
            )
        except PYLD_ERRORS:
            raise Unsupported from None
        return self.wrap(processed)

    def wrap(self, processed: Mapping[str, Any]) -> ActiveContext:
        """The node for an active context of PyLD's; contexts of equal content share one."""
        for known in self._contexts:
            if known.processed is processed or _equal(known.processed, processed):
                return known
        context = ActiveContext(self, processed)
        self._contexts.append(context)
        return context


def _equal(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two active contexts of PyLD's say the same; ``_uuid`` is only its cache key."""
    if one.keys() - {"_uuid"} != other.keys() - {"_uuid"} or len(one["mappings"]) != len(other["mappings"]):
        return False
    for name in one.keys() - {"_uuid", "previousContext"}:
        if one[name] != other[name]:
            return False
    if "previousContext" not in one:
        return True
    return one["previousContext"] is other["previousContext"] or _equal(
        one["previousContext"], other["previousContext"]
    )
