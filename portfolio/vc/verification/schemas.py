"""The step *schema*: whether the document has the shape of its kind, and of the schemas that it names.

Nothing is fetched: our own schemas stand in for those that 1EdTech publishes (docs/decisions/0007). A schema that is not known
here is *cannot tell*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from portfolio.errors import N_
from portfolio.vc.credential import each, types_of
from portfolio.vc.schema import PUBLISHED, check_schema, schema_for
from portfolio.vc.verification.facts import SchemaFact, Step, fails, holds, unknown

_VALIDATOR: Final = "1EdTechJsonSchemaValidator2019"


def schema_facts(document: Mapping[str, object]) -> tuple[SchemaFact, ...]:
    """What is to be said of each ``credentialSchema``."""
    if "credentialSchema" not in document:
        return ()
    return tuple(SchemaFact(entry, _entry(entry, document)) for entry, _ in each(document["credentialSchema"], ""))


def schema_step(document: Mapping[str, object], facts: tuple[SchemaFact, ...]) -> Step:
    """The shape of its kind, and then every schema that it names."""
    name = schema_for(document)
    steps = [] if name is None else [_check(document, name)]
    steps += [fact.step for fact in facts]
    if not steps:
        return unknown("schema", N_("No schema is known here for this kind of credential."), "no_schema")
    return next((step for step in steps if step.fails), None) or next((s for s in steps if not s.holds), steps[0])


def _entry(entry: object, document: Mapping[str, object]) -> Step:
    address = entry.get("id") if isinstance(entry, Mapping) else None
    kinds = types_of(entry) if isinstance(entry, Mapping) else []
    name = PUBLISHED.get(address) if isinstance(address, str) and _VALIDATOR in kinds else None
    if name is None:
        return unknown("schema", N_("The file names a schema that is not known here."), "unknown_schema")
    return _check(document, name)


def _check(document: Mapping[str, object], name: str) -> Step:
    findings = tuple(check_schema(document, name))
    if findings:
        text = N_("The file departs from the schema of its kind.")
        return replace(fails("schema", text, "schema_mismatch"), problems=findings)
    return holds("schema", N_("The file fits the schema of its kind."))
