"""JSON-LD value objects as RDF literals (JSON-LD 1.1 API §8.2.2, Object to RDF Conversion), and what is a safe IRI or tag.

Both ways from JSON-LD to quads end here, so that they cannot differ in how a figure, a language or an address is written.
Everything refused here would otherwise be dropped, altered or read differently by other processors.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from portfolio.errors import DataLossDetectionError, ProofTransformationError
from portfolio.vc.canonicalization.jcs import canonicalize_jcs
from portfolio.vc.canonicalization.nquads import RDF, XSD, literal, typed_suffix

# Relative references are resolved against this base, which no document may use, and recognised by it afterwards.
SENTINEL_SCHEME: Final = "relative-reference"
SENTINEL_BASE: Final = f"{SENTINEL_SCHEME}://document/"

RDF_JSON: Final = RDF + "JSON"
XSD_BOOLEAN: Final = XSD + "boolean"
XSD_DOUBLE: Final = XSD + "double"
XSD_INTEGER: Final = XSD + "integer"

# An absolute IRI without the characters that N-Quads would need escaped (RDF 1.1 N-Quads §3.1, IRIREF), and without Unicode's
# control characters and white space, which no IRI holds (RFC 3987 §2.2) and processors trim or refuse in different ways.
is_safe_iri: Final = re.compile(
    rf"(?!{SENTINEL_SCHEME}:)[A-Za-z][A-Za-z0-9+.-]*:"
    r'[^\x00-\x20<>"{}|\\^`\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*'
).fullmatch
# RDF 1.1 N-Quads §3.1, LANGTAG, with BCP 47's length of a subtag.
is_language_tag: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*").fullmatch

_MAXIMUM_INTEGER: Final = 2**53 - 1
_PLAIN_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch
_TRIM_DOUBLE: Final = re.compile(r"(\d)0*E([+-])0*(\d)")


def language_literal(value: str, language: str) -> str:
    """A language-tagged string; the tag in lower case, as expansion has it."""
    if not is_language_tag(language):
        raise DataLossDetectionError("a language tag that is not well-formed")
    return literal(value, f'"@{language.lower()}')


def direction_literal(value: str, language: str | None, direction: str) -> str:
    """A string with a base direction, as an i18n datatype (JSON-LD 1.1 §10.2.1), which is what rdf-canonize's users set."""
    if language is not None and not is_language_tag(language):
        raise DataLossDetectionError("a language tag that is not well-formed")
    return literal(value, f'"^^<https://www.w3.org/ns/i18n#{(language or "").lower()}_{direction}>')


def json_literal(value: Any) -> str:
    """A value of type ``@json``: its JCS form as an rdf:JSON literal."""
    return literal(canonicalize_jcs(value).decode(), f'"^^<{RDF_JSON}>')


def native_literal(value: object, datatype: str | None) -> str:
    """A string, figure or boolean under a datatype (an absolute IRI), or under its natural one."""
    if type(value) is str:
        if datatype is None:
            return literal(value)
        if datatype == XSD_DOUBLE:
            if not _PLAIN_DOUBLE(value):
                raise ProofTransformationError("an xsd:double that processors do not write alike")
            return literal(_canonical_double(float(value)), typed_suffix(datatype))
        return literal(value, typed_suffix(datatype))
    if type(value) is bool:
        return literal("true" if value else "false", typed_suffix(datatype or XSD_BOOLEAN))
    if type(value) is int:
        if abs(value) > _MAXIMUM_INTEGER:
            raise ProofTransformationError("an integer beyond ±(2^53 - 1)")
        if datatype == XSD_DOUBLE:
            return literal(_canonical_double(float(value)), typed_suffix(datatype))
        return literal(str(value), typed_suffix(datatype or XSD_INTEGER))
    if type(value) is float:
        if datatype != XSD_DOUBLE and 0 < abs(value) < 1e-6 and "." not in repr(value):
            # JSON-LD processors in ECMAScript look for a point in its text, and without one (``1e-7``) write "0".
            raise ProofTransformationError("a figure that processors do not write alike")
        if _is_negative_zero(value):
            raise ProofTransformationError("negative zero, which processors do not write alike")
        # ECMAScript, and so JSON-LD, knows one kind of figure: without a fraction and below 10^21 it is an integer.
        if datatype != XSD_DOUBLE and value.is_integer() and abs(value) < 1e21:
            return literal(str(int(value)), typed_suffix(datatype or XSD_INTEGER))
        return literal(_canonical_double(value), typed_suffix(datatype or XSD_DOUBLE))
    raise ProofTransformationError(f"{type(value).__name__} is not a JSON value")


def _canonical_double(value: float) -> str:
    """The canonical lexical form of xsd:double: fifteen digits behind the point, trailing zeros but one removed."""
    if not math.isfinite(value):
        raise ProofTransformationError("a figure that is not finite")
    if _is_negative_zero(value):
        raise ProofTransformationError("negative zero, which processors do not write alike")
    return _TRIM_DOUBLE.sub(lambda m: f"{m[1]}E{'-' if m[2] == '-' else ''}{m[3]}", f"{value:.15E}")


def _is_negative_zero(value: float) -> bool:
    return value == 0 and math.copysign(1, value) < 0
