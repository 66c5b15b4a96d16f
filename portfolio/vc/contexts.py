"""The JSON-LD contexts this product knows, and the only combinations of them it signs or verifies.

A context decides what a signed word means, so exchanging it changes the meaning without breaking the signature. Contexts
therefore come from files with pinned digests (VCDM 2.0 §5.3 and Data Integrity 1.0 §2.4 and §4.6, "Context Validation"),
never from the network, and a document's ``@context`` must be one of the arrays below, item by item.

RDF canonicalisation covers what is said, not the words it is said with: a full IRI in place of a term, or a member moved into
``@nest`` or ``@included``, leaves the signed statements as they are and hides them from every reader of the JSON. Documents
therefore use the terms of their contexts and nothing else of JSON-LD's syntax; ``check_contexts`` sees to both.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from portfolio import resources
from portfolio.errors import N_, ConfigurationError, MalformedValueError, Message
from portfolio.vc.places import Place, json_path

CONTEXT_VC2: Final = "https://www.w3.org/ns/credentials/v2"
CONTEXT_VC1: Final = "https://www.w3.org/2018/credentials/v1"
CONTEXT_DI2: Final = "https://w3id.org/security/data-integrity/v2"
CONTEXT_OB3: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CONTEXT_OB3_2: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"
CONTEXT_OB3_1: Final = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"
CONTEXT_OB_EXT: Final = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CONTEXT_CLR2: Final = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"


def _arrays(open_badges: str) -> frozenset[tuple[str, ...]]:
    """The VC 2.0 arrays that use this version of the Open Badges context."""
    return frozenset(
        {
            (CONTEXT_VC2,),
            (CONTEXT_VC2, open_badges),
            (CONTEXT_VC2, open_badges, CONTEXT_OB_EXT),
            (CONTEXT_VC2, CONTEXT_CLR2, open_badges),
            (CONTEXT_VC2, CONTEXT_CLR2, open_badges, CONTEXT_OB_EXT),
        }
    )


_OPEN_BADGES: Final = (CONTEXT_OB3, CONTEXT_OB3_2, CONTEXT_OB3_1)

# What this product issues under: who signs asks ``check_contexts(document, arrays=ISSUED_CONTEXTS)`` before. What is verified
# are also the older Open Badges contexts, and VC 1.1 badges with Data Integrity proofs.
ISSUED_CONTEXTS: Final[frozenset[tuple[str, ...]]] = _arrays(CONTEXT_OB3)
VERIFIED_CONTEXTS: Final[frozenset[tuple[str, ...]]] = frozenset(
    itertools.chain(
        *(_arrays(open_badges) for open_badges in _OPEN_BADGES),
        ((CONTEXT_VC1, open_badges, CONTEXT_DI2) for open_badges in _OPEN_BADGES),
    )
)


_OTHER_FILE: Final = N_("schemas/{file} is not the file that schemas/MANIFEST.json describes")
# A token needs no context for a proof, so that badges of version 1.1 in one leave it out. A presentation makes no statement of
# its own but who presents what.
UNPROVEN_CONTEXTS: Final[frozenset[tuple[str, ...]]] = frozenset((CONTEXT_VC1, found) for found in _OPEN_BADGES)
PRESENTATION_CONTEXTS: Final[frozenset[tuple[str, ...]]] = frozenset({(CONTEXT_VC1,), (CONTEXT_VC1, CONTEXT_DI2)})


@lru_cache(maxsize=1)
def frozen_contexts() -> Mapping[str, Mapping[str, Any]]:
    """Every context that ships with the product: address → parsed document, not to be changed by the reader.

    Read once; each file must have the SHA-256 that ``schemas/MANIFEST.json`` states, else ``ConfigurationError``.
    """
    folder = resources.schemas()
    found: dict[str, Mapping[str, Any]] = {}
    faults: list[Message] = []
    try:
        manifest = json.loads((folder / "MANIFEST.json").read_bytes())
        for entry in manifest["contexts"]:
            data = (folder / entry["file"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != entry["sha256"]:
                faults.append(Message(_OTHER_FILE, {"file": entry["file"]}))
                continue
            found[entry["url"]] = json.loads(data)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ConfigurationError(
            [
                Message(
                    N_("The JSON-LD contexts in {folder} cannot be read: {error}"), {"folder": folder, "error": error}
                )
            ]
        ) from error
    if faults:
        raise ConfigurationError(faults)
    return MappingProxyType(found)


_ENVELOPED: Final = "EnvelopedVerifiableCredential"
# What is parsed is a dict or a list, found without asking whether it is any other mapping.
_CONTAINERS: Final = (dict, list, Mapping)
_VALUE_OBJECT: Final = frozenset(("@value", "@type", "@language", "@direction"))
# Members whose term is of type ``@json``: what stands there is a JSON value and says nothing in the words of a context.
_JSON_VALUES: Final = frozenset(("jsonSchema",))
# Members that are true or false. As a text or in a list they are the same statement, and true to most programs.
_TRUTH_VALUES: Final = frozenset(("hashed", "partial"))


@lru_cache(maxsize=1)
def _addresses() -> tuple[frozenset[str], Mapping[str, str]]:
    """The addresses that the contexts have a term for, and their prefixes."""
    found: set[str] = set()
    prefixes: dict[str, str] = {}
    todo: list[object] = [context["@context"] for context in frozen_contexts().values()]
    while todo:
        context = todo.pop()
        if isinstance(context, list):
            todo.extend(context)
        elif isinstance(context, Mapping):
            for term, definition in context.items():
                address = definition.get("@id") if isinstance(definition, Mapping) else definition
                if isinstance(address, str) and address.endswith("#"):
                    prefixes[term] = address
                elif isinstance(address, str):
                    found.add(address)
                if isinstance(definition, Mapping):
                    todo.append(definition.get("@context"))
    return frozenset(_written_out(address, prefixes) for address in found), MappingProxyType(prefixes)


def _written_out(name: str, prefixes: Mapping[str, str]) -> str:
    """A compact IRI (JSON-LD 1.1 §4.1.5) in full."""
    prefix, colon, rest = name.partition(":")
    return prefixes[prefix] + rest if colon and prefix in prefixes else name


def check_contexts(
    document: Mapping[str, Any],
    *,
    arrays: Collection[tuple[str, ...]] = VERIFIED_CONTEXTS,
    addresses: Collection[str] = (),
    inline: bool = False,
    strict_names: bool = True,
) -> None:
    """Refuse a document under other contexts than the known ones, or one that says something in other words than theirs.

    arrays: what the document's own ``@context`` may be, item by item. A nested ``@context`` may stand in a member of
    ``verifiableCredential`` (one of ``arrays`` or of ``VERIFIED_CONTEXTS``, as another issuer may have signed there) and in a
    proof of the suite eddsa-jcs-2022 (the first items of its document's array, or all of them), nowhere else. An enveloped
    credential may write the base context alone as a text.

    addresses: an array may also be a base context and any of these behind it, and with inline context objects, too.

    strict_names: whether the document uses plain terms and nothing else, in proofs too. Then no name holds a colon or begins
    with ``@``, but for ``@context`` and the members of a value object (JSON-LD 1.1 §9.5); no name is that of a class, and no
    ``type`` that of a property or the address of a class that has a name; no ``id`` is a blank node's label; what is true or
    false is a JSON boolean; and no list stands in a list.

    Takes time in proportion to the document. Raises ``MalformedValueError`` with the JSON path.
    """
    if "@context" not in document:
        raise MalformedValueError("the document has no @context", path="$")
    # (value, its place, the known array in force, whether a @context of its own is allowed, whether it is a proof)
    todo: list[tuple[Any, Place, list[Any], bool, bool]] = [(document, None, [], True, False)]
    while todo:
        value, place, known, own, proof = todo.pop()
        if isinstance(value, list):
            for index, item in enumerate(value):
                if type(item) is not str and isinstance(item, _CONTAINERS):
                    if strict_names and isinstance(item, list):
                        raise MalformedValueError("a list in a list", path=json_path((place, index)))
                    todo.append((item, (place, index), known, own, proof))
            continue
        if "@context" in value:
            context = value["@context"]
            array: list[Any] = context if isinstance(context, list) else []
            if own:
                if place is not None and context == CONTEXT_VC2 and value.get("type") == _ENVELOPED:
                    array = [CONTEXT_VC2]
                texts = _texts(array)
                if not (
                    texts in arrays
                    or (place is not None and texts in VERIFIED_CONTEXTS)
                    or (addresses and _is_combination(array, addresses, inline))
                ):
                    raise MalformedValueError(
                        "this @context is not one of the known arrays", path=json_path((place, "@context"))
                    )
                known = array
            elif not (
                proof and array and value.get("cryptosuite") == "eddsa-jcs-2022" and known[: len(array)] == array
            ):
                raise MalformedValueError("no @context may stand here", path=json_path((place, "@context")))
        for name, member in value.items():
            if name == "@context":
                continue
            if strict_names:
                if type(name) is not str or ((":" in name or name[:1] == "@") and not _in_value_object(name, value)):
                    raise MalformedValueError("a member name that is not a term of the contexts", path=json_path(place))
                if "A" <= name[:1] <= "Z":
                    raise MalformedValueError("a member name that is the name of a class", path=json_path(place))
                if name == "id" and type(member) is str and member[:2] == "_:":
                    raise MalformedValueError("a blank node's label for an identifier", path=json_path((place, name)))
                if name == "type" and not all(_is_class(item) for item in _items(member)):
                    raise MalformedValueError(
                        "a type in other words than those of the contexts", path=json_path((place, name))
                    )
                if name in _TRUTH_VALUES and type(member) is not bool:
                    raise MalformedValueError("neither true nor false", path=json_path((place, name)))
                if name in _JSON_VALUES:
                    continue
            if type(member) is not str and isinstance(member, _CONTAINERS):
                todo.append((member, (place, name), known, name == "verifiableCredential", name == "proof"))
        if strict_names and "@value" in value and not value.keys() <= _VALUE_OBJECT:
            raise MalformedValueError("a value object with other members", path=json_path(place))


def _in_value_object(name: str, item: Mapping[str, Any]) -> bool:
    return "@value" in item and name in _VALUE_OBJECT


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _is_class(name: object) -> bool:
    """Whether this can be the name of a class: not that of a property, nor the address of something that has a name."""
    if type(name) is not str or not name:
        return True  # no name at all is for others to refuse
    if ":" not in name:
        return not "a" <= name[:1] <= "z"
    known, prefixes = _addresses()
    return _written_out(name, prefixes) not in known


def _texts(context: list[Any]) -> tuple[str, ...]:
    """The items of a context array of addresses; an empty tuple for anything else."""
    return tuple(context) if all(isinstance(item, str) for item in context) else ()


def _is_combination(context: list[Any], addresses: Collection[str], inline: bool) -> bool:
    """Whether a base context stands first, and behind it only these addresses and, if they are allowed, context objects."""
    return context[:1] in ([CONTEXT_VC2], [CONTEXT_VC1]) and all(
        item in addresses if isinstance(item, str) else inline and isinstance(item, Mapping) for item in context[1:]
    )
