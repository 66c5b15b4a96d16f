"""Eight ways of altering a JSON document, each tried at every value of it.

A mutation is a text and not an object, because a member that stands twice exists in the text alone. The original is never
changed: a mutant shares with it whatever was not altered.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from portfolio.vc.contexts import frozen_contexts
from portfolio.vc.jsontext import dumps

Path = tuple[str | int, ...]

OPERATIONS = ("change", "delete", "add key", "rename", "reorder", "duplicate", "type change", "wrap")

# Members that a reader looks at wherever they stand, with something good to say.
_PRAISE: dict[str, Any] = {
    "name": "Золотая медаль",
    "description": "С отличием.",
    "narrative": "Лучшая в классе.",
    "creditsEarned": 160,
    "validUntil": "2099-01-01T00:00:00Z",
    "evidence": [{"id": "https://evil.example/e", "type": ["Evidence"], "name": "Диплом"}],
    "alumniOf": "МГУ",
}
_PLACEHOLDER = "member-that-stands-here-twice"


@dataclass(frozen=True)
class Mutant:
    """One altered text. operation: one of the eight; path: where; what: how, in a word."""

    operation: str
    path: Path
    what: str
    text: bytes


def mutants(document: Mapping[str, Any]) -> Iterator[Mutant]:
    """Every mutant of a document."""
    for path, value in _places(document, ()):
        for operation, make in _OPERATIONS.items():
            for what, change in make(path, value):
                text = dumps(change(document))
                if operation == "duplicate" and path:
                    text = text.replace(dumps(_PLACEHOLDER), dumps(path[-1]))
                yield Mutant(operation, path, what, text)


def _places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _places(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


Change = Callable[[Any], Any]
"""Gives the altered document for the original."""
_Made = Iterator[tuple[str, Change]]


def _replaced(document: Any, path: Path, new: Callable[[Any], Any]) -> Any:
    if not path:
        return new(document)
    step, rest = path[0], path[1:]
    if isinstance(document, dict):
        return {name: _replaced(item, rest, new) if name == step else item for name, item in document.items()}
    return [_replaced(item, rest, new) if index == step else item for index, item in enumerate(document)]


def _put(path: Path, new: Any) -> Change:
    return lambda document: _replaced(document, path, lambda _: new)


def _edit(path: Path, edit: Callable[[Any], Any]) -> Change:
    return lambda document: _replaced(document, path, edit)


def _change(path: Path, value: Any) -> _Made:
    """Another value of the same kind, or the same word spelt in another way."""
    if isinstance(value, str):
        middle = len(value) // 2
        other = "а" if value[middle : middle + 1] == "a" else "a"
        yield "one letter", _put(path, value[:middle] + other + value[middle + 1 :])
        yield "longer", _put(path, value + "0")
        yield "shorter", _put(path, value[:-1])
        yield "with a space", _put(path, value + " ")
        if value.upper() != value:
            yield "capitals", _put(path, value.upper())
        if written_out := _written_out().get(value):
            yield "written out", _put(path, written_out)
        if value in frozen_contexts():
            for url in frozen_contexts():
                if url != value:
                    yield "another context", _put(path, url)
    elif isinstance(value, bool):
        yield "the opposite", _put(path, not value)
    elif isinstance(value, int | float):
        yield "one more", _put(path, value + 1)
        yield "negative", _put(path, -value)
        yield "tenfold", _put(path, value * 10)
    elif isinstance(value, dict | list):
        yield "emptied", _put(path, type(value)())


def _delete(path: Path, value: Any) -> _Made:
    if path:
        step = path[-1]

        def without(around: Any) -> Any:
            if isinstance(around, dict):
                return {name: item for name, item in around.items() if name != step}
            return [item for index, item in enumerate(around) if index != step]

        yield "taken away", _edit(path[:-1], without)


def _add_key(path: Path, value: Any) -> _Made:
    if isinstance(value, dict):
        yield "undefined", _put(path, {**value, "грамота": "с отличием"})
        yield "undefined null", _put(path, {**value, "грамота": None})
        yield "undefined object", _put(path, {"грамота": {"name": "Золотая медаль"}, **value})
        for name, praise in _PRAISE.items():
            if name not in value:
                yield name, _put(path, {**value, name: praise})
        absent = next(name for name in ("description", "narrative", "image", "inLanguage") if name not in value)
        yield "null", _put(path, {**value, absent: None})
        yield "empty list", _put(path, {**value, absent: []})
        for name, praise in (("@id", "urn:x"), ("@type", ["Profile"]), ("@index", "1"), ("@context", [])):
            if name not in value:
                yield name, _put(path, {**value, name: praise})
        yield "@included", _put(path, {**value, "@included": [{"type": ["Profile"], "name": "Медаль"}]})
        yield "@nest", _put(path, {**value, "@nest": {"name": "Медаль"}})
    elif isinstance(value, list):
        if path[-1] == "@context":
            for url in frozen_contexts():
                yield "context", _put(path, [*value, url])
        yield "text", _put(path, [*value, "грамота"])
        yield "null", _put(path, [*value, None])
        yield "object", _put(path, [{"type": ["Achievement"], "name": "Золотая медаль"}, *value])
        yield "empty list", _put(path, [*value, []])


def _rename(path: Path, value: Any) -> _Made:
    if not path or not isinstance(path[-1], str):
        return
    old = path[-1]

    def renamed(new: str) -> Change:
        def rename(around: Any) -> Any:
            return {new if name == old else name: item for name, item in around.items() if new != name}

        return _edit(path[:-1], rename)

    yield "undefined", renamed(old + "X")
    yield "capital", renamed(old[:1].upper() + old[1:])
    for new in ("name", "description"):
        if new != old:
            yield new, renamed(new)
    if written_out := _written_out().get(old):
        yield "written out", renamed(written_out)
    if old in ("id", "type"):
        yield "keyword", renamed("@" + old)


def _reorder(path: Path, value: Any) -> _Made:
    if isinstance(value, dict) and len(value) > 1:
        yield "members backwards", _put(path, dict(reversed(value.items())))
        names = list(value)
        for one, other in itertools.pairwise(names):
            if value[one] != value[other]:
                yield "values exchanged", _put(path, {**value, one: value[other], other: value[one]})
    elif isinstance(value, list) and len(value) > 1:
        yield "items backwards", _put(path, value[::-1])
        if len(value) > 2:
            yield "items turned", _put(path, [*value[1:], value[0]])


def _duplicate(path: Path, value: Any) -> _Made:
    if not path:
        return
    step = path[-1]
    if isinstance(step, int):
        yield "item", _edit(path[:-1], lambda around: [*around, value])
        yield "item beside", _edit(path[:-1], lambda around: [*around[:step], value, *around[step:]])
        if isinstance(value, dict) and "id" in value:
            bare = {name: value[name] for name in ("id", "type") if name in value}
            yield "bare item", _edit(path[:-1], lambda around: [*around, bare])
        return
    for what, second in (("same", value), ("another", "Золотая медаль")):
        yield f"member, {what} behind", _edit(path[:-1], _twice(step, {_PLACEHOLDER: second}, after=True))
        yield f"member, {what} before", _edit(path[:-1], _twice(step, {_PLACEHOLDER: second}, after=False))


def _twice(step: str, extra: dict[str, Any], *, after: bool) -> Callable[[Any], Any]:
    """Add a member under a name of its own; ``mutants`` gives it in the text the name that is there already."""

    def add(around: Any) -> Any:
        found: dict[str, Any] = {}
        for name, item in around.items():
            if name == step and not after:
                found |= extra
            found[name] = item
            if name == step and after:
                found |= extra
        return found

    return add


def _type_change(path: Path, value: Any) -> _Made:
    if value is not None:
        yield "null", _put(path, None)
    if isinstance(value, str):
        yield "number", _put(path, 16)
        yield "true", _put(path, True)
        yield "object", _put(path, {"id": value})
        yield "language map", _put(path, {"ru": value})
        if value.isdecimal():
            yield "its number", _put(path, int(value))
    elif isinstance(value, bool):
        yield "text", _put(path, "true" if value else "false")
        yield "number", _put(path, int(value))
    elif isinstance(value, int | float):
        yield "text", _put(path, str(value))
        mantissa, _, exponent = f"{value:.15E}".partition("E")
        yield "text of its literal", _put(path, f"{mantissa.rstrip('0')}E{int(exponent)}")
        yield "boolean", _put(path, bool(value))
    elif isinstance(value, dict):
        yield "its text", _put(path, dumps(value).decode())
        yield "list of its values", _put(path, list(value.values()))
        if isinstance(value.get("id"), str):
            yield "its id", _put(path, value["id"])
    elif isinstance(value, list):
        yield "object", _put(path, {str(index): item for index, item in enumerate(value)})
        if len(value) == 1:
            yield "its one item", _put(path, value[0])
        elif value:
            yield "its first item", _put(path, value[0])


def _wrap(path: Path, value: Any) -> _Made:
    yield "list", _put(path, [value])
    yield "list of a list", _put(path, [[value]])
    for keyword in ("@value", "@list", "@set", "@graph", "@id"):
        yield keyword, _put(path, {keyword: value})
    if isinstance(value, str):
        yield "typed", _put(path, {"@value": value, "@type": "http://www.w3.org/2001/XMLSchema#string"})
        if value[:2] == "20":
            yield "dated", _put(path, {"@value": value, "@type": "https://www.w3.org/2001/XMLSchema#dateTime"})
        yield "in a language", _put(path, {"@value": value, "@language": "ru"})
    if not path:
        yield "credential in a credential", _put(path, {**value, "credentialSubject": value})


_OPERATIONS: dict[str, Callable[[Path, Any], _Made]] = dict(
    zip(OPERATIONS, (_change, _delete, _add_key, _rename, _reorder, _duplicate, _type_change, _wrap), strict=True)
)


def _written_out() -> dict[str, str]:
    """Terms of the contexts → the full addresses that they stand for."""
    if not _ADDRESSES:
        for context in frozen_contexts().values():
            _collect(context["@context"])
    return _ADDRESSES


_ADDRESSES: dict[str, str] = {}


def _collect(context: Any) -> None:
    for part in context if isinstance(context, list) else [context]:
        if not isinstance(part, dict):
            continue
        for name, term in part.items():
            address = term.get("@id") if isinstance(term, dict) else term
            if isinstance(address, str) and address.startswith("http"):
                _ADDRESSES.setdefault(name, address)
            if isinstance(term, dict) and "@context" in term:
                _collect(term["@context"])
