"""One identifier, one object: in RDF two objects with the same ``id`` are one thing.

A signature over the graph (eddsa-rdfc-2022) does not tell which of several objects with one ``id`` a member stood on, so that
a credential's ``validUntil`` could be moved to an object where nobody looks for it. Within one credential therefore:

- of the objects with one ``id`` one says everything, and each other repeats a part of it in the same words: its ``type`` is
  among the types there, and every other member stands there with an equal value. A bare reference is the smallest part;
- an object with the credential's own ``id`` is a bare reference: ``id``, and perhaps ``type``;
- a list names each ``id`` once.

The subject of an endorsement (``id``, ``type`` and ``endorsementComment``) names what it endorses and is a reference, too.
The credentials inside a learner record are looked at each by itself, and none has the record's ``id``; proofs have graphs of
their own and are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from portfolio.errors import MalformedValueError, Problem
from portfolio.vc.credential import objects, types_of
from portfolio.vc.places import Place, json_path

_Json = Mapping[str, object]
_REFERENCE = frozenset(("id", "type"))
# What is parsed is a dict or a list, found without asking whether it is any other mapping.
_CONTAINERS = (dict, list, Mapping)
_ENDORSEMENT_SUBJECT = frozenset(("id", "type", "endorsementComment"))


def check_identifiers(document: _Json) -> list[Problem]:
    """Every object that does not agree with another of the same ``id``, with JSON paths; an empty list when all agree."""
    return [
        MalformedValueError(detail, path=f"{json_path(place)}.id").problem()
        for place, detail in chain.from_iterable(_find(document))
    ]


def _find(document: _Json) -> Iterable[Iterable[tuple[Place, str]]]:
    by_id: dict[str, list[tuple[_Json, Place]]] = {}
    repeated: list[tuple[Place, str]] = []
    todo: list[tuple[Any, Place]] = [(document, None)]
    inside = _credentials_inside(document)
    own = document.get("id")
    while todo:
        value, place = todo.pop()
        if isinstance(value, list):
            named: set[str] = set()
            for index, item in enumerate(value):
                if type(item) is str or not isinstance(item, _CONTAINERS):
                    continue
                identifier = None if isinstance(item, list) else item.get("id")
                if isinstance(identifier, str):
                    if identifier in named:
                        repeated.append(((place, index), "the list names the same thing twice"))
                    named.add(identifier)
                todo.append((item, (place, index)))
        else:
            identifier = value.get("id")
            if id(value) in inside:
                if identifier is not None and identifier == own:
                    repeated.append((place, "a credential inside the record has the record's id"))
                continue
            if isinstance(identifier, str):
                by_id.setdefault(identifier, []).append((value, place))
            todo.extend(
                (member, (place, name))
                for name, member in value.items()
                if type(member) is not str and isinstance(member, _CONTAINERS) and name not in ("proof", "@context")
            )
    yield repeated
    for identifier, group in by_id.items():
        if len(group) > 1:
            yield _disagreeing(group, document if identifier == own else None)


def _credentials_inside(document: _Json) -> frozenset[int]:
    if "ClrCredential" not in types_of(document):
        return frozenset()
    subjects = objects(document.get("credentialSubject"))
    return frozenset(id(item) for subject in subjects for item in objects(subject.get("verifiableCredential")))


def _disagreeing(group: list[tuple[_Json, Place]], credential: _Json | None) -> Iterable[tuple[Place, str]]:
    """Those that are no part of the fullest of the group, or of the credential whose id they have."""
    others = [(item, place) for item, place in group if not _is_endorsement_subject(item)]
    fullest = credential or max((item for item, _ in others), key=len, default=None)
    if fullest is None:
        return
    for item, place in others:
        if item is fullest:
            continue
        if not _is_part(item, fullest):
            yield place, "two objects with this id do not say the same"
        elif credential is not None and not item.keys() <= _REFERENCE:
            yield place, "another object has the id of the credential"


def _is_part(item: _Json, whole: _Json) -> bool:
    return set(types_of(item)) <= set(types_of(whole)) and all(
        name in whole and (name == "type" or whole[name] == member) for name, member in item.items()
    )


def _is_endorsement_subject(item: _Json) -> bool:
    return types_of(item) == ["EndorsementSubject"] and item.keys() <= _ENDORSEMENT_SUBJECT
