"""N-Quads: how a quad is held in memory here, how it is written canonically, how a text of quads is read.

Sources: RDF 1.1 N-Quads §3 (grammar); RDF Dataset Canonicalization §A "Canonical N-Quads" (which characters are escaped).

A term is an ``int`` for a blank node and otherwise its canonical N-Quads text, ``<iri>`` or ``"literal"…``. Predicates are
held with a space on both sides (``" <iri> "``), because nothing else ever happens to them than being written between two
other terms. The graph is ``None`` in the default graph.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from portfolio.errors import ParsingError

Term: TypeAlias = "int | str"
Quad: TypeAlias = "tuple[Term, str, Term, Term | None]"

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

needs_escape: Final = re.compile('[\x00-\x1f"\\\\\x7f]').search
_ESCAPES: Final = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | {
    0x08: "\\b",
    0x09: "\\t",
    0x0A: "\\n",
    0x0C: "\\f",
    0x0D: "\\r",
    0x22: '\\"',
    0x5C: "\\\\",
}

_IRI = r'<((?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*)>'
_BLANK = r"_:([^\x00-\x20<>\"'\\.;,()\[\]{}@^|`~!$%&*+=/?#:-][^\x00-\x20<>\"'\\;,()\[\]{}@^|`~!$%&*+=/?#]*(?<!\.))"
_LITERAL = (
    r'"((?:[^\x22\x5C\x0A\x0D]|\\[tbnrf"\'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*)"'
    rf"(?:\^\^{_IRI}|@([A-Za-z]+(?:-[A-Za-z0-9]+)*))?"
)
_LINE: Final = re.compile(
    rf"[ \t]*(?:{_IRI}|{_BLANK})[ \t]*{_IRI}[ \t]*(?:{_IRI}|{_BLANK}|{_LITERAL})[ \t]*(?:{_IRI}|{_BLANK})?[ \t]*\."
    r"[ \t]*(?:#[^\r\n]*)?"
)
_NOTHING: Final = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_UNESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_UNESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def literal(value: str, suffix: str = '"') -> str:
    """A literal in canonical form; ``suffix`` is everything from the closing quote on (``"``, ``"@ru``, ``"^^<iri>``)."""
    if needs_escape(value):
        value = value.translate(_ESCAPES)
    return f'"{value}{suffix}'


def typed_suffix(datatype: str) -> str:
    """What follows a literal of this datatype; xsd:string is never written."""
    return '"' if datatype == XSD + "string" else f'"^^<{datatype}>'


def parse_nquads(text: str) -> tuple[list[Quad], list[str]]:
    """Read an N-Quads document: its quads, and the labels of its blank nodes (``labels[n - 1]`` belongs to node ``n``).

    Raises ``ParsingError`` with the line number.
    """
    quads: list[Quad] = []
    numbers: dict[str, int] = {}

    def resource(iri: str | None, blank: str | None) -> Term:
        if blank is not None:
            return numbers.setdefault(blank, len(numbers) + 1)
        return f"<{_unescape(iri or '')}>"

    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            if _NOTHING.fullmatch(line):
                continue
            raise ParsingError(f"line {number} is not an N-Quad")
        try:
            s_iri, s_blank, predicate, o_iri, o_blank, value, datatype, language, g_iri, g_blank = match.groups()
            subject = resource(s_iri, s_blank)
            if value is None:
                object_: Term = resource(o_iri, o_blank)
            elif language is not None:
                object_ = literal(_unescape(value), f'"@{language}')
            else:
                object_ = literal(_unescape(value), typed_suffix(_unescape(datatype)) if datatype is not None else '"')
            graph = None if g_iri is None and g_blank is None else resource(g_iri, g_blank)
        except (ValueError, OverflowError):
            raise ParsingError(f"line {number} holds an escape of no character") from None
        quads.append((subject, f" <{_unescape(predicate)}> ", object_, graph))
    return quads, list(numbers)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text

    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code is None:
            return _UNESCAPED.get(match[3], match[3])
        return chr(int(code, 16))

    return _UNESCAPE.sub(character, text)
