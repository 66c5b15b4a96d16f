"""What a word means in one active context, ready for writing quads."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portfolio.vc.canonicalization.compiled_contexts import ActiveContext


class Unsupported(Exception):
    """This document uses a construct that the compiled contexts do not cover."""


class Kind(Enum):
    """What a member name means in a context."""

    PROPERTY = "property"
    ID = "@id"
    TYPE = "@type"
    CONTEXT = "@context"
    UNDEFINED = "undefined"
    OTHER = "other"


class Container(Enum):
    """The ``@container`` of a term, as far as it is supported here; ``@set`` changes nothing."""

    NONE = None
    LIST = "@list"
    LANGUAGE = "@language"
    GRAPH = "@graph"


class Coercion(Enum):
    """What the term's ``@type`` makes of a string, where that is not a literal."""

    NONE = None
    ID = "@id"
    VOCAB = "@vocab"
    JSON = "@json"
    DOUBLE = "xsd:double"
    UNSUPPORTED = "unsupported"


class Term:
    """A term definition (JSON-LD 1.1 API §4.2) in one active context, ready for writing quads.

    predicate: ``" <iri> "``. suffix: what follows a string value (``"``, ``"@ru``, ``"^^<datatype>``), or None where
    ``coercion`` decides. datatype: that of figures and booleans, None for their natural one. simple: whether it is a property
    without container, and not JSON.

    values: the active context in which the term's values are read. nodes: the one for a node object among them. kept: the one
    for an object that does not end a type-scoped context (JSON-LD 1.1 API §5.1.2 step 7); None where that is no other.
    """

    __slots__ = (
        "coercion",
        "container",
        "datatype",
        "kept",
        "kind",
        "nodes",
        "predicate",
        "simple",
        "suffix",
        "values",
    )

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.predicate = ""
        self.suffix: str | None = None
        self.datatype: str | None = None
        self.container = Container.NONE
        self.coercion = Coercion.NONE
        self.simple = False
        self.values: ActiveContext
        self.nodes: ActiveContext
        self.kept: ActiveContext | None = None
