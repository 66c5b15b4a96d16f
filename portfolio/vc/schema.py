"""JSON Schemas for the kinds of credential that we issue and read: our own, in ``schemas/*.schema.json``.

They ask for what the published schemas of 1EdTech ask for, and stand in for those addresses, so that nothing is fetched.
A finding informs: it says that a document is not shaped as its kind should be, and nothing about its signature.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import islice
from types import MappingProxyType

import jsonschema_rs

from portfolio import resources
from portfolio.errors import MalformedValueError, Problem
from portfolio.vc.credential import types_of

MAXIMUM_PROBLEMS = 20
"""How many findings ``check_schema`` gives: enough to repair a document by, and few enough to send."""

# A credential's type → our schema. The first that fits decides: what holds other credentials before what it holds.
_SCHEMAS = {
    "ClrCredential": "clr-credential",
    "BitstringStatusListCredential": "status-list-credential",
    "EndorsementCredential": "endorsement-credential",
    "OpenBadgeCredential": "achievement-credential",
    "AchievementCredential": "achievement-credential",
}

_OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_"
_CLR = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_"

PUBLISHED: Mapping[str, str] = MappingProxyType(
    {
        f"{_OPEN_BADGES}achievementcredential_schema.json": "achievement-credential",
        f"{_OPEN_BADGES}endorsementcredential_schema.json": "endorsement-credential",
        f"{_CLR}achievementcredential_schema.json": "achievement-credential",
        f"{_CLR}endorsementcredential_schema.json": "endorsement-credential",
        f"{_CLR}clrcredential_schema.json": "clr-credential",
    }
)
"""The addresses that a ``credentialSchema`` may name, and the schema of ours that stands in for each."""


def schema_for(document: object) -> str | None:
    """The name of the schema that this document's ``type`` calls for, or None where we have none."""
    types = types_of(document) if isinstance(document, Mapping) else []
    return next((name for kind, name in _SCHEMAS.items() if kind in types), None)


def check_schema(document: Mapping[str, object], name: str | None = None) -> list[Problem]:
    """What is wrong with the document's shape, at most ``MAXIMUM_PROBLEMS`` warnings with JSON paths; empty when it fits.

    name: of a schema of ours; by default the one for its type. Also empty when there is none: ask ``schema_for`` first where
    that makes a difference.
    No finding repeats a value of the document.
    """
    name = name or schema_for(document)
    if name is None:
        return []
    try:
        found = list(islice(_validator(name).iter_errors(document), MAXIMUM_PROBLEMS))
    except ValueError:  # deeper than the validator goes, or a value that JSON does not have
        return [_problem("the document is not plain JSON of a reasonable depth", None)]
    return [_problem(_detail(error), _path(error.instance_path)) for error in found]


def _detail(error: jsonschema_rs.ValidationError) -> str:
    # The mask covers values; this message alone would give away a member's name that we have never seen.
    if error.kind.name == "additionalProperties":
        return "the object has a member that its class does not allow"
    return error.message


def _problem(detail: str, path: str | None) -> Problem:
    return Problem(MalformedValueError.type, MalformedValueError.title, detail, path, severity="warning")


def _path(steps: list[str | int]) -> str:
    """A JSONPath of plain steps: ``$.credentialSubject.result[0]``, and ``$["@context"]`` for names that need it."""
    written = "$"
    for step in steps:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            written += f".{step}" if step.isidentifier() else f"[{json.dumps(step, ensure_ascii=False)}]"
    return written


@cache
def _registry() -> jsonschema_rs.Registry:
    files = sorted(resources.schemas().glob("*.schema.json"))
    documents = [json.loads(file.read_bytes()) for file in files]
    return jsonschema_rs.Registry([(document["$id"], document) for document in documents])


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    # Masked, because a message is shown, logged and sent, and the values are a person's.
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"urn:orientir:schema:{name}"}, registry=_registry(), mask="the value", offline=True
    )
