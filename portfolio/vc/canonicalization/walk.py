"""One walk from a JSON-LD document to quads, for documents under compiled contexts.

Expansion (JSON-LD 1.1 API §5), Node Map Generation (§7) and Deserialization to RDF (§8) build three trees of objects on the
way to a set of quads. With the contexts compiled, a member's term already says how its quads are written, so one pass over
the parsed JSON is enough. It is strict: what Expansion would drop is refused with its JSON path.

The walk covers what credentials use: nested nodes, sets, lists, language maps, graph containers (``proof``), ``@json`` values,
value objects. Anything else raises ``Unsupported`` and is left to ``guarded_pyld``; the tests hold the two to the same bytes
and the same refusals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from portfolio.errors import DataLossDetectionError, ProofTransformationError
from portfolio.vc.canonicalization.compiled_contexts import ActiveContext, ContextGraph
from portfolio.vc.canonicalization.limits import MAXIMUM_DEPTH
from portfolio.vc.canonicalization.literals import direction_literal, json_literal, language_literal, native_literal
from portfolio.vc.canonicalization.nquads import RDF, Quad, literal, needs_escape
from portfolio.vc.canonicalization.nquads import Term as RdfTerm
from portfolio.vc.canonicalization.terms import Coercion, Container, Kind, Term, Unsupported

_RDF_TYPE: Final = f" <{RDF}type> "
_RDF_FIRST: Final = f" <{RDF}first> "
_RDF_REST: Final = f" <{RDF}rest> "
_RDF_NIL: Final = f"<{RDF}nil>"


def walk(document: Mapping[str, Any], contexts: ContextGraph) -> tuple[list[Quad], int]:
    """The quads of a JSON-LD document, and how many blank nodes they hold.

    Raises ``DataLossDetectionError`` or ``ProofTransformationError`` with the JSON path, or ``Unsupported``.
    """
    if "@context" not in document:
        raise Unsupported
    steps = _Walk()
    try:
        steps.top(dict(document), contexts.initial, None, MAXIMUM_DEPTH)
    except ProofTransformationError as error:
        error.path = f"${error.path or ''}"
        raise
    return steps.quads, steps.blank_nodes


class _Walk:
    __slots__ = ("blank_nodes", "labels", "quads")

    def __init__(self) -> None:
        self.quads: list[Quad] = []
        self.blank_nodes = 0
        self.labels: dict[str, int] = {}

    def top(self, item: dict[str, Any], context: ActiveContext, graph: RdfTerm | None, depth: int) -> None:
        """The document, or a member of a graph: it must say something, since nothing refers to it."""
        before = len(self.quads)
        self.node(item, context, graph, depth)
        if len(self.quads) == before:
            raise DataLossDetectionError("a node that says nothing")

    def node(self, item: dict[str, Any], context: ActiveContext, graph: RdfTerm | None, depth: int) -> RdfTerm:
        """A node object (JSON-LD 1.1 §9.2); ``context`` is the one in force before its own ``@context`` and types."""
        if depth <= 0:
            raise ProofTransformationError(f"nested more than {MAXIMUM_DEPTH} deep")
        if "@context" in item:
            context = context.embedded(item["@context"])
        type_name: str | None = None
        types: tuple[str, ...] = ()
        scoped = context
        for name in context.type_names:
            if name in item:
                if type_name is not None:
                    raise Unsupported
                type_name = name
                try:
                    scoped, types = context.typed(item[name])
                except DataLossDetectionError as error:
                    error.path = f".{name}"
                    raise
        subject: RdfTerm | None = None
        for name in scoped.id_names:
            if name in item:
                if subject is not None:
                    raise Unsupported
                try:
                    subject = self.resource(scoped, item[name])
                except DataLossDetectionError as error:
                    error.path = f".{name}"
                    raise
        if subject is None:
            subject = self.blank_nodes = self.blank_nodes + 1
        quads = self.quads
        for iri in types:
            quads.append((subject, _RDF_TYPE, iri, graph))

        terms = scoped.terms
        index: int | None = None
        try:
            for name, value in item.items():
                index = None
                term = terms.get(name) or scoped.term(name)
                if not term.simple:
                    self.other(subject, name, term, value, graph, depth, type_name)
                elif type(value) is list:
                    for index, entry in enumerate(value):  # noqa: B007 - read below when an error passes
                        found = self.object(entry, term, graph, depth - 1)
                        if found is not None:
                            quads.append((subject, term.predicate, found, graph))
                elif type(value) is str and (suffix := term.suffix) is not None:  # by far the most frequent
                    found = literal(value, suffix) if needs_escape(value) else f'"{value}{suffix}'
                    quads.append((subject, term.predicate, found, graph))
                else:
                    found = self.object(value, term, graph, depth)
                    if found is not None:
                        quads.append((subject, term.predicate, found, graph))
        except ProofTransformationError as error:
            error.path = f".{name}{'' if index is None else f'[{index}]'}{error.path or ''}"
            raise
        return subject

    def object(self, value: Any, term: Term, graph: RdfTerm | None, depth: int) -> RdfTerm | None:
        """One value of a property as the object of a quad; None for null, which makes no statement."""
        if type(value) is str:
            suffix = term.suffix
            if suffix is not None:
                return literal(value, suffix) if needs_escape(value) else f'"{value}{suffix}'
            if term.coercion is Coercion.ID:
                return self.resource(term.values, value)
            if term.coercion is Coercion.VOCAB:
                return f"<{term.values.vocabulary_iri(value)}>"
            if term.coercion is Coercion.DOUBLE:
                return native_literal(value, term.datatype)
            raise Unsupported
        if type(value) is dict:
            context = _context_of(value, term)
            for name in context.value_names:
                if name in value:
                    return self.value_object(value, context)
            return self.node(value, context, graph, depth - 1)
        if value is None:
            return None
        if term.coercion is Coercion.UNSUPPORTED or type(value) not in (int, float, bool):
            raise Unsupported
        return native_literal(value, term.datatype)

    def other(
        self,
        subject: RdfTerm,
        name: str,
        term: Term,
        value: Any,
        graph: RdfTerm | None,
        depth: int,
        type_name: str | None,
    ) -> None:
        """A member that is not plainly a property: a keyword, an undefined word, a container."""
        if term.kind is Kind.PROPERTY:
            self.container(subject, term, value, graph, depth)
        elif term.kind is Kind.UNDEFINED:
            raise DataLossDetectionError("a member that no context defines")
        elif term.kind is Kind.OTHER or (term.kind is Kind.TYPE and name != type_name):
            raise Unsupported

    def container(self, subject: RdfTerm, term: Term, value: Any, graph: RdfTerm | None, depth: int) -> None:
        """The values of a term with a container, or of type ``@json``."""
        add = self.quads.append
        if term.coercion is Coercion.JSON:
            if term.container is not Container.NONE:
                raise Unsupported
            add((subject, term.predicate, json_literal(value), graph))
        elif value is None:
            return
        elif term.container is Container.LIST:
            entries = value if type(value) is list else [value]
            if any(type(entry) is list for entry in entries):
                raise Unsupported
            objects = [self.object(entry, term, graph, depth - 1) for entry in entries]
            add((subject, term.predicate, self.list([found for found in objects if found is not None], graph), graph))
        elif term.container is Container.LANGUAGE:
            if type(value) is not dict:
                raise Unsupported
            for language, strings in value.items():
                for string in strings if type(strings) is list else [strings]:
                    if string is None:
                        continue
                    if type(string) is not str:
                        raise Unsupported
                    plain = language == "@none" or term.values.mappings.get(language, {}).get("@id") == "@none"
                    add(
                        (
                            subject,
                            term.predicate,
                            literal(string) if plain else language_literal(string, language),
                            graph,
                        )
                    )
        else:  # Container.GRAPH: each value is a graph of its own, named by a new blank node
            for entry in value if type(value) is list else [value]:
                if entry is None:
                    continue
                if type(entry) is not dict:
                    raise Unsupported
                context = _context_of(entry, term)
                if any(name in entry for name in context.value_names):
                    raise Unsupported
                own_graph = self.blank_nodes = self.blank_nodes + 1
                add((subject, term.predicate, own_graph, graph))
                self.top(entry, context, own_graph, depth - 1)

    def list(self, objects: list[RdfTerm], graph: RdfTerm | None) -> RdfTerm:
        """List to RDF Conversion (JSON-LD 1.1 API §8.3)."""
        head: RdfTerm = _RDF_NIL
        for found in reversed(objects):
            cell = self.blank_nodes = self.blank_nodes + 1
            self.quads.append((cell, _RDF_FIRST, found, graph))
            self.quads.append((cell, _RDF_REST, head, graph))
            head = cell
        return head

    def value_object(self, item: dict[str, Any], context: ActiveContext) -> str:
        """A value object (JSON-LD 1.1 §9.5)."""
        value = datatype = language = direction = None
        for name, entry in item.items():
            if name == "@value":
                value = entry
            elif name == "@language":
                language = entry
            elif name == "@direction" and entry in ("ltr", "rtl"):
                direction = entry
            elif name in context.type_names and datatype is None and type(entry) is str:
                datatype = entry
            else:
                raise Unsupported
        if datatype is not None:
            if language is not None or direction is not None or type(value) in (dict, list):
                raise Unsupported
            if context.scoped_context(datatype) is not None:
                raise Unsupported
            if value is None:
                raise DataLossDetectionError("a value that is null")
            return native_literal(value, context.vocabulary_iri(datatype))
        if direction is None and language is None:
            if value is None:
                raise DataLossDetectionError("a value that is null")
            if type(value) in (dict, list):
                raise Unsupported
            return native_literal(value, None)
        if type(value) is not str or not (language is None or type(language) is str):
            raise Unsupported
        if direction is not None:
            return direction_literal(value, language, direction)
        assert language is not None
        return language_literal(value, language)

    def resource(self, context: ActiveContext, value: Any) -> RdfTerm:
        """An identifier: an absolute IRI, or a blank node by its label in the document."""
        if type(value) is not str:
            raise Unsupported
        if value.startswith("_:"):
            if value not in self.labels:
                self.blank_nodes += 1
                self.labels[value] = self.blank_nodes
            return self.labels[value]
        return f"<{context.iri(value)}>"


def _context_of(item: dict[str, Any], term: Term) -> ActiveContext:
    """The context in which an object among a term's values is read (JSON-LD 1.1 API §5.1.2 step 7).

    A node object ends a type-scoped context; a value object and a bare reference leave it in force.
    """
    if term.kept is None or len(item) > 2 or "@context" in item:
        return term.nodes
    if any(name in item for name in term.values.value_names):
        return term.kept
    if len(item) == 1 and any(name in item for name in term.values.id_names):
        return term.kept
    return term.nodes
