"""JSON texts in and out, strictly.

Python's own reader accepts what a signature must not leave open: members that appear twice, ``NaN``, halves of surrogate
pairs, figures that no other reader would read alike. ``loads`` takes what RFC 8259 and RFC 7493 (I-JSON) allow, within
``Limits``, and says no to everything else before any recursion can start.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

import orjson

from portfolio.errors import MalformedValueError, ParsingError
from portfolio.vc.canonicalization.limits import CREDENTIAL_LIMITS, Limits
from portfolio.vc.places import Place, json_path

# RFC 7493 §2.2: integers outside this range are not read alike everywhere.
MAXIMUM_INTEGER: Final = 2**53 - 1

_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_STRING: Final = re.compile(rb'"[^"]*+(?:"|\Z)')
_NOT_STRUCTURE: Final = bytes(byte for byte in range(0x100) if byte not in b'[]{},"')
# Escapes that can smuggle in what may not stand in a text: control characters and lone surrogates.
_SUSPICIOUS_ESCAPE: Final = re.compile(r"\\[bfu]")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# DEL and U+0080–U+009F in UTF-8, which JSON's own grammar lets stand unescaped.
_RAW_CONTROL: Final = re.compile(rb"\x7f|\xc2[\x80-\x9f]")


def loads(data: bytes | str, limits: Limits = CREDENTIAL_LIMITS) -> Any:
    """Parse one JSON text into dicts, lists, strings, integers, floats, booleans and None.

    Refused with ``ParsingError``: more bytes, depth or nodes than ``limits`` allow; a byte order mark; bytes that are not
    UTF-8; a member name that appears twice in one object; ``NaN``, ``Infinity`` and figures that overflow a double; integers
    beyond ±(2^53 - 1); lone surrogates; control characters (U+0000–U+001F, U+007F–U+009F) other than tab, line feed and
    carriage return.

    A figure with nothing behind its point becomes an integer (``16.0`` is ``16``), as in ECMAScript, so that one document
    has one canonical form whatever wrote it.
    """
    text = _decode(data, limits)
    _check_shape(text, limits)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise ParsingError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise ParsingError("nested too deeply") from None
    if _SUSPICIOUS_ESCAPE.search(text):
        _check_strings(value)
    return value


def dumps(value: Any) -> bytes:
    """Write a JSON value compactly in UTF-8: the form that is stored and served.

    Raises ``MalformedValueError`` for what JSON cannot hold.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME)
    except orjson.JSONEncodeError as error:
        raise MalformedValueError(f"not a JSON value: {error}") from None


def _decode(data: bytes | str, limits: Limits) -> str:
    if len(data) > limits.bytes:
        raise ParsingError(f"longer than {limits.bytes} bytes")
    if isinstance(data, str):
        try:
            encoded = data.encode()
        except UnicodeEncodeError:
            raise ParsingError("the text holds half of a surrogate pair") from None
        if len(encoded) > limits.bytes:
            raise ParsingError(f"longer than {limits.bytes} bytes")
        text = data
    else:
        encoded = data
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ParsingError(f"not UTF-8 at byte {error.start}") from None
    if text.startswith("\ufeff"):
        raise ParsingError("begins with a byte order mark")
    if found := _RAW_CONTROL.search(encoded):
        raise ParsingError(f"a string holds the control character U+{ord(found.group().decode()):04X}")
    return text


def _check_shape(text: str, limits: Limits) -> None:
    """Count values and nesting on the brackets and commas alone: cheap, without recursion, before anything is parsed."""
    data = text.encode()
    if b"\\" in data:
        data = _ESCAPE.sub(b"", data)
    # Two quotation marks side by side are an empty string, or two strings with nothing between them that counts.
    structure = data.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in structure:
        structure = _STRING.sub(b"", structure)
    openings = structure.count(b"[") + structure.count(b"{")
    # Each container that holds n values holds n - 1 commas; the document itself is one value more.
    if openings + structure.count(b",") + 1 > limits.nodes:
        raise ParsingError(f"more than {limits.nodes} values")
    if openings <= limits.depth:
        return
    depth = 0
    for bracket in structure.translate(None, b","):
        if bracket in b"[{":
            depth += 1
            if depth > limits.depth:
                raise ParsingError(f"nested more than {limits.depth} deep")
        else:
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Not which: names may be personal.
        raise ParsingError(f"an object of {len(pairs)} members names {len(pairs) - len(found)} of them twice")
    return found


def _integer(text: str) -> int:
    # Python refuses absurdly long figures with a ValueError of its own; the length is looked at first.
    if len(text) > 17 or abs(int(text)) > MAXIMUM_INTEGER:
        raise ParsingError("an integer beyond ±(2^53 - 1), which readers do not read alike")
    return int(text)


def _float(text: str) -> int | float:
    value = float(text)
    if math.isinf(value):
        raise ParsingError("a figure too large for a double")
    if value.is_integer() and abs(value) <= MAXIMUM_INTEGER:
        return int(value)
    return value


def _constant(text: str) -> NoReturn:
    raise ParsingError(f"{text} is not JSON")


def _check_strings(value: object) -> None:
    """Look at every string and member name for characters that an escape can produce and a credential may not hold."""
    todo: list[tuple[object, Place]] = [(value, None)]
    while todo:
        item, place = todo.pop()
        if isinstance(item, str):
            if found := _FORBIDDEN.search(item):
                raise ParsingError(f"a string holds U+{ord(found.group()):04X}", path=json_path(place))
        elif isinstance(item, list):
            todo.extend((member, (place, index)) for index, member in enumerate(item))
        elif isinstance(item, dict):
            for name, member in item.items():
                if found := _FORBIDDEN.search(name):
                    raise ParsingError(f"a member name holds U+{ord(found.group()):04X}", path=json_path(place))
                todo.append((member, (place, name)))
