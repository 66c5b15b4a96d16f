"""What makes a JSON object a verifiable presentation: W3C Verifiable Credentials Data Model 2.0 §4.13 (and 1.1 §4.10).

As in ``portfolio.vc.credential`` these checks are about form. The credentials inside are looked at each by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portfolio.errors import MalformedValueError, Problem
from portfolio.vc.credential import (
    Finding,
    each,
    find_context,
    find_proof,
    find_typed,
    find_types,
    find_url,
    identifier_of,
    types_of,
)


def check_presentation(document: Mapping[str, object]) -> list[Problem]:
    """Every way in which the document departs from the data model, with JSON paths; an empty list when it conforms."""
    found: list[Finding] = []
    for rule in (find_context, _type, _holder, _credentials, _terms_of_use, find_proof):
        found.extend(rule(document))
    found.extend(find_url(document, "$"))
    return [MalformedValueError(detail, path=path).problem() for path, detail in found]


def presented(document: Mapping[str, object]) -> list[object]:
    """What stands in ``verifiableCredential``, in its order."""
    return [item for item, _ in each(document.get("verifiableCredential", []), "")]


def flattened(document: Mapping[str, object]) -> Mapping[str, object]:
    """The presentation of a token with a list in the list of its credentials written as one list, which says the same."""
    found = presented(document)
    if not any(isinstance(item, list) for item in found):
        return document
    inner = [one for item in found for one in (item if isinstance(item, list) else [item])]
    return {**document, "verifiableCredential": inner}


def _type(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.5: a string or an array of strings, among them the type of every presentation."""
    yield from find_types(document, "$")
    if "VerifiablePresentation" not in types_of(document):
        yield "$.type", "VerifiablePresentation is not among the types"


def _holder(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.13: a URL, or an object whose id is one."""
    if "holder" in document and identifier_of(document["holder"]) is None:
        yield "$.holder", "neither a URL nor an object with a URL as its id"


def _credentials(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.13: objects, never texts or addresses."""
    if "verifiableCredential" not in document:
        return
    for place, item in enumerate(presented(document)):
        if not isinstance(item, Mapping) or not item:
            yield f"$.verifiableCredential[{place}]", "not an object"


def _terms_of_use(document: Mapping[str, object]) -> Iterator[Finding]:
    """§5.5."""
    yield from find_typed(document, ("termsOfUse",))
