"""The JSON-LD contexts this product knows, and the only combinations of them it signs or verifies.

A context decides what a signed word means, so exchanging it changes the meaning without breaking the signature. Contexts
therefore come from files with pinned digests (VCDM 2.0 §5.3 and Data Integrity 1.0 §2.4 and §4.6, "Context Validation"),
never from the network, and a document's ``@context`` must be one of the arrays below, item by item.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from portfolio import resources
from portfolio.errors import ConfigurationError, MalformedValueError

CONTEXT_VC2: Final = "https://www.w3.org/ns/credentials/v2"
CONTEXT_VC1: Final = "https://www.w3.org/2018/credentials/v1"
CONTEXT_DI2: Final = "https://w3id.org/security/data-integrity/v2"
CONTEXT_MULTIKEY1: Final = "https://w3id.org/security/multikey/v1"
CONTEXT_DID1: Final = "https://www.w3.org/ns/did/v1"
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

# What we sign under, and what we verify: also the older Open Badges contexts, and VC 1.1 badges with Data Integrity proofs.
ISSUED_CONTEXTS: Final[frozenset[tuple[str, ...]]] = _arrays(CONTEXT_OB3)
VERIFIED_CONTEXTS: Final[frozenset[tuple[str, ...]]] = frozenset(
    itertools.chain(
        *(_arrays(open_badges) for open_badges in _OPEN_BADGES),
        ((CONTEXT_VC1, open_badges, CONTEXT_DI2) for open_badges in _OPEN_BADGES),
    )
)


@lru_cache(maxsize=1)
def frozen_contexts() -> Mapping[str, Mapping[str, Any]]:
    """Every context that ships with the product: address → parsed document, not to be changed by the reader.

    Read once; each file must have the SHA-256 that ``schemas/MANIFEST.json`` states, else ``ConfigurationError``.
    """
    folder = resources.schemas()
    found: dict[str, Mapping[str, Any]] = {}
    faults: list[str] = []
    try:
        manifest = json.loads((folder / "MANIFEST.json").read_bytes())
        for entry in manifest["contexts"]:
            data = (folder / entry["file"]).read_bytes()
            if hashlib.sha256(data).hexdigest() != entry["sha256"]:
                faults.append(f"schemas/{entry['file']} is not the file that schemas/MANIFEST.json describes")
                continue
            found[entry["url"]] = json.loads(data)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ConfigurationError([f"the JSON-LD contexts in {folder} cannot be read: {error}"]) from error
    if faults:
        raise ConfigurationError(faults)
    return MappingProxyType(found)


def check_contexts(document: Mapping[str, Any]) -> None:
    """Refuse a document whose ``@context`` is not one of ``VERIFIED_CONTEXTS``, at its top or in any nested object.

    A nested ``@context`` may stand in a member of ``verifiableCredential`` (again one of the known arrays) and in a proof of
    the suite eddsa-jcs-2022 (the first items of its document's array, or all of them), nowhere else. Raises
    ``MalformedValueError`` with the JSON path.
    """
    # (value, JSON path, the known array in force, whether a @context of its own is allowed, whether it is a proof)
    todo: list[tuple[Any, str, tuple[str, ...], bool, bool]] = [(document, "$", (), True, False)]
    while todo:
        value, path, known, own, proof = todo.pop()
        if isinstance(value, list):
            todo.extend((item, f"{path}[{index}]", known, own, proof) for index, item in enumerate(value))
            continue
        if not isinstance(value, Mapping):
            continue
        if "@context" in value:
            array = _array(value["@context"])
            place = f"{path}['@context']"
            if own:
                if array not in VERIFIED_CONTEXTS:
                    raise MalformedValueError("this @context is not one of the known arrays", path=place)
                known = array
            elif not (
                proof and array and value.get("cryptosuite") == "eddsa-jcs-2022" and known[: len(array)] == array
            ):
                raise MalformedValueError("no @context may stand here", path=place)
        elif path == "$":
            raise MalformedValueError("the document has no @context", path="$")
        todo.extend(
            (member, f"{path}.{key}", known, key == "verifiableCredential", key == "proof")
            for key, member in value.items()
            if key != "@context" and isinstance(member, (Mapping, list))
        )


def _array(context: object) -> tuple[str, ...]:
    """The items of a context array of addresses; an empty tuple for anything else."""
    if isinstance(context, list) and all(isinstance(item, str) for item in context):
        return tuple(context)
    return ()
