"""The general way from JSON-LD to quads: PyLD's Expansion behind guards, then our own conversion to RDF.

PyLD is complete and careful about contexts, and permissive about everything that Data Integrity 1.0 §4.1 calls data loss:
it drops what no context defines, resolves relative references against an invented base, and writes some characters and
directions in a way that other processors do not. So here

- whatever Expansion drops is noticed (its own callback, and every object or scalar that expands to nothing);
- every identifier, type, datatype and property is looked at afterwards, against a base that no document may use;
- the expanded document is turned into quads here (JSON-LD 1.1 API §7 and §8), not by PyLD, whose node map compares values
  without their direction and takes quadratic time.

PyLD keeps module-wide caches and is not thread-safe: all of it runs under one lock. Its context processing is remembered for
the length of one document, which is all that a stranger's inline contexts can occupy.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Mapping
from typing import Any, Final

from portfolio.errors import DataLossDetectionError, ProofTransformationError
from portfolio.vc.canonicalization.limits import (
    MAXIMUM_DEPTH,
    MAXIMUM_GENERAL_CHARACTERS,
    MAXIMUM_GENERAL_CONTEXTS,
    MAXIMUM_GENERAL_NODES,
)
from portfolio.vc.canonicalization.literals import (
    SENTINEL_BASE,
    direction_literal,
    is_safe_iri,
    json_literal,
    language_literal,
    native_literal,
)
from portfolio.vc.canonicalization.nquads import RDF, Quad, Term
from portfolio.vc.canonicalization.quiet_pyld import ContextResolver, jsonld

PYLD_LOCK: Final = threading.RLock()

# What PyLD lets out on documents that are not JSON-LD: beside its own error nearly everything that Python has.
PYLD_ERRORS: Final = (
    jsonld.JsonLdError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    SyntaxWarning,  # where a program has made warnings errors
    TypeError,
    ValueError,
)

_RDF_TYPE: Final = f" <{RDF}type> "
_RDF_FIRST: Final = f" <{RDF}first> "
_RDF_REST: Final = f" <{RDF}rest> "
_RDF_NIL: Final = f"<{RDF}nil>"


class ContextSource:
    """Where PyLD gets contexts: the ones it is given, nothing else; each reader gets its own copy (PyLD edits them)."""

    def __init__(self, contexts: Mapping[str, Mapping[str, Any]]) -> None:
        self.contexts = contexts
        # PyLD keeps resolved contexts here: those it loads from this source, and the scoped ones inside them.
        self.resolved: dict[str, Any] = {}

    def load(self, url: str, _options: Mapping[str, Any]) -> dict[str, Any]:
        """PyLD's document loader protocol. ``tag: static`` lets PyLD keep what it resolved."""
        if url not in self.contexts:
            raise jsonld.JsonLdError(
                "This context is not known here.", "jsonld.LoadDocumentError", {"url": url}, "loading document failed"
            )
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": copy.deepcopy(self.contexts[url]),
            "tag": "static",
        }

    def options(self, *, strange: bool = False) -> dict[str, Any]:
        """PyLD's options for one operation; to be used under ``PYLD_LOCK``.

        strange: the document brings contexts of its own, and nothing of them may be kept.
        """
        return {
            "base": SENTINEL_BASE,
            "contextResolver": ContextResolver({} if strange else self.resolved, self.load),
            "documentLoader": self.load,
            "extractAllScripts": False,
            "isFrame": False,
            "keepFreeFloatingNodes": False,
            "processingMode": "json-ld-1.1",
        }


class _GuardedProcessor(jsonld.JsonLdProcessor):  # type: ignore[misc] # PyLD has no types
    """PyLD's processor for one document: remembers processed contexts, and everything that Expansion dropped."""

    def __init__(self) -> None:
        self.losses: list[str] = []
        super().__init__(on_property_dropped=lambda _: self.losses.append("a member that no context defines"))
        self._processed: dict[Any, Any] = {}
        self._processing = False

    def _process_context(self, active_ctx: Any, local_ctx: Any, options: Any, *args: Any, **named: Any) -> Any:
        if self._processing or args:
            return super()._process_context(active_ctx, local_ctx, options, *args, **named)
        if isinstance(local_ctx, list):
            local: Any = json.dumps(local_ctx)
        else:
            local = local_ctx if isinstance(local_ctx, (str, bool)) else id(local_ctx)
        key = (id(active_ctx), local, *sorted(named.items()))
        if key not in self._processed:
            if len(self._processed) >= MAXIMUM_GENERAL_CONTEXTS:
                raise ProofTransformationError("too many different contexts in one document")
            self._processing = True
            try:
                processed = super()._process_context(active_ctx, local_ctx, options, **named)
            finally:
                self._processing = False
            self._processed[key] = (processed, active_ctx, local_ctx)  # holds what the key identifies
        return self._processed[key][0]

    def _expand(self, active_ctx: Any, active_property: Any, element: Any, *args: Any, **named: Any) -> Any:
        expanded = super()._expand(active_ctx, active_property, element, *args, **named)
        if expanded is None and element is not None:
            self.losses.append("an object or a value that says nothing")
        return expanded


def guarded_quads(document: Mapping[str, Any], source: ContextSource) -> tuple[list[Quad], int]:
    """The quads of a JSON-LD document, and how many blank nodes they hold.

    Raises ``DataLossDetectionError`` for anything that would not be covered by a signature, ``ProofTransformationError`` for
    a document that is not JSON-LD or not JSON.
    """
    reader = _PlainJson()
    plain = reader.copy(document, MAXIMUM_DEPTH)
    with PYLD_LOCK:
        processor = _GuardedProcessor()
        try:
            expanded = processor.expand(plain, source.options(strange=reader.strange))
        except PYLD_ERRORS as error:
            code = getattr(error, "code", None)
            raise ProofTransformationError(f"not JSON-LD that can be signed: {code or type(error).__name__}") from None
    if processor.losses:
        raise DataLossDetectionError(processor.losses[0])
    conversion = _ToRdf()
    try:
        for node in expanded:
            conversion.top(node, None)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise ProofTransformationError(f"not JSON-LD that can be signed: {type(error).__name__}") from None
    if not conversion.quads:
        raise DataLossDetectionError("the document makes no statement")
    return conversion.quads, conversion.blank_nodes


class _PlainJson:
    """Makes a private copy that holds plain JSON values only, and not too many of them.

    strange: whether a ``@context`` in it is more than addresses.
    """

    def __init__(self) -> None:
        self.left = MAXIMUM_GENERAL_NODES
        self.characters = MAXIMUM_GENERAL_CHARACTERS
        self.strange = False

    def copy(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise ProofTransformationError(
                f"more than {MAXIMUM_GENERAL_NODES} values with unusual constructs among them"
            )
        if type(value) is str:
            return self.text(value)
        if value is None or type(value) in (bool, int, float):
            return value
        if depth <= 0:
            raise ProofTransformationError(f"nested more than {MAXIMUM_DEPTH} deep")
        if isinstance(value, Mapping):
            if not all(type(name) is str for name in value):
                raise ProofTransformationError("a member name that is not a string")
            if "@context" in value and not _only_addresses(value["@context"]):
                self.strange = True
            return {self.text(name): self.copy(member, depth - 1) for name, member in value.items()}
        if isinstance(value, list):
            return [self.copy(item, depth - 1) for item in value]
        raise ProofTransformationError(f"{type(value).__name__} is not a JSON value")

    def text(self, value: str) -> str:
        self.characters -= len(value)
        if self.characters < 0:
            raise ProofTransformationError(
                f"more than {MAXIMUM_GENERAL_CHARACTERS} characters with unusual constructs among them"
            )
        return value


def _only_addresses(context: object) -> bool:
    return isinstance(context, str) or (isinstance(context, list) and all(isinstance(item, str) for item in context))


class _ToRdf:
    """Deserialise expanded JSON-LD to RDF (JSON-LD 1.1 API §8.1).

    The node map of §7 merges what is said of one node in several places. A set of quads does that by itself, so the expanded
    tree is walked once.
    """

    def __init__(self) -> None:
        self.quads: list[Quad] = []
        self.blank_nodes = 0
        self.labels: dict[str, int] = {}

    def top(self, item: Any, graph: Term | None) -> None:
        """An item of the document or of a graph: it must say something, since nothing refers to it."""
        if not isinstance(item, dict) or "@value" in item or "@list" in item:
            raise DataLossDetectionError("a value that belongs to nothing")
        before = len(self.quads)
        self.node(item, graph)
        if len(self.quads) == before:
            raise DataLossDetectionError("a node that says nothing")

    def node(self, item: dict[str, Any], graph: Term | None) -> Term:
        subject = self.resource(item["@id"]) if "@id" in item else self.blank()
        for name, values in item.items():
            if name == "@id":
                continue
            if name == "@type":
                self.quads.extend((subject, _RDF_TYPE, self.resource(type_), graph) for type_ in values)
            elif name == "@graph":
                for member in values:
                    self.top(member, subject)
            elif name == "@included":
                for member in values:
                    self.top(member, graph)
            elif name == "@reverse":
                for property_, members in values.items():
                    for member in members:
                        self.quads.append((self.node(member, graph), self.predicate(property_), subject, graph))
            elif name.startswith("@"):
                raise DataLossDetectionError(f"{name} is not carried into RDF")
            else:
                predicate = self.predicate(name)
                for value in values:
                    self.quads.append((subject, predicate, self.object(value, graph), graph))
        return subject

    def object(self, item: Any, graph: Term | None) -> Term:
        """§8.2, Object to RDF Conversion."""
        if "@list" in item:
            if len(item) > 1:
                raise DataLossDetectionError("@index is not carried into RDF")
            return self.list(item["@list"], graph)
        if "@value" not in item:
            return self.node(item, graph)
        if "@index" in item:
            raise DataLossDetectionError("@index is not carried into RDF")
        value, datatype = item["@value"], item.get("@type")
        if datatype == "@json":
            return json_literal(value)
        if value is None:
            raise DataLossDetectionError("a value that is null")
        if datatype is not None:
            if not is_safe_iri(datatype):
                raise DataLossDetectionError("a datatype that is not an absolute IRI")
            return native_literal(value, datatype)
        if "@direction" in item:
            if type(value) is not str:
                raise DataLossDetectionError("only a string has a direction")
            return direction_literal(value, item.get("@language"), item["@direction"])
        if "@language" in item:
            return language_literal(value, item["@language"])
        return native_literal(value, None)

    def list(self, items: list[Any], graph: Term | None) -> Term:
        """§8.3, List to RDF Conversion."""
        head: Term = _RDF_NIL
        for item in reversed(items):
            cell = self.blank()
            self.quads.append((cell, _RDF_FIRST, self.object(item, graph), graph))
            self.quads.append((cell, _RDF_REST, head, graph))
            head = cell
        return head

    def resource(self, identifier: str) -> Term:
        if identifier.startswith("_:"):
            if identifier not in self.labels:
                self.labels[identifier] = self.blank()
            return self.labels[identifier]
        if not is_safe_iri(identifier):
            raise DataLossDetectionError("an identifier or type that is not an absolute IRI")
        return f"<{identifier}>"

    def predicate(self, identifier: str) -> str:
        if not is_safe_iri(identifier):
            raise DataLossDetectionError("a property that is not an absolute IRI")
        return f" <{identifier}> "

    def blank(self) -> int:
        self.blank_nodes += 1
        return self.blank_nodes
