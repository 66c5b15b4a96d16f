"""What makes a JSON object a verifiable credential: W3C Verifiable Credentials Data Model 2.0 §4 (and 1.1 dates).

These checks are about form. Whether every term means something is found when the document is canonicalised, whether its
values suit an Open Badge is the schema's business, and whether any of it is true is the proof's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from portfolio.errors import MalformedValueError, ParsingError, Problem
from portfolio.vc.canonicalization.limits import CREDENTIAL_LIMITS, Limits
from portfolio.vc.contexts import CONTEXT_VC1, CONTEXT_VC2
from portfolio.vc.jsontext import loads
from portfolio.vc.related_resource import check_digest_multibase, check_digest_sri

Finding = tuple[str, str]
"""JSON path of the member at fault, and what is wrong with it."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20\x7f-\x9f<>\"{}|\\^`]+\Z")
_DATETIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<offset>Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))?\Z"
)
_LONGEST_DATETIME = 64
_LANGUAGE_VALUE = frozenset(("@value", "@language", "@direction"))

_DIGESTS = (("digestSRI", check_digest_sri), ("digestMultibase", check_digest_multibase))

# Members whose objects must say what they are (§4.13 and the sections it names).
_TYPED = ("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence")


def parse_credential(data: bytes | str, limits: Limits = CREDENTIAL_LIMITS) -> dict[str, object]:
    """Read one JSON object strictly (``jsontext.loads``). ParsingError for anything else."""
    value = loads(data, limits)
    if not isinstance(value, dict):
        raise ParsingError("the file is not a JSON object", path="$")
    return value


def format_datetime(moment: datetime) -> str:
    """A moment as an XSD dateTimeStamp in UTC, cut to whole seconds: ``2026-03-18T09:00:00Z``.

    ValueError for a moment without a time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError("a moment without a time zone is not a point in time")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def parse_datetime(text: object) -> datetime:
    """Read an XSD 1.1 dateTimeStamp (VCDM 2.0 §4.9) as a moment in UTC; digits beyond microseconds are cut.

    A missing offset is taken as UTC, and ``24:00:00`` is the midnight that ends the day. MalformedValueError for any other
    notation, and for a moment outside the years 1 to 9999.
    """
    if not isinstance(text, str) or len(text) > _LONGEST_DATETIME:
        raise MalformedValueError("not a date and time")
    return _parse_datetime(text)


@lru_cache(maxsize=4096)
def _parse_datetime(text: str) -> datetime:
    match = _DATETIME.match(text)
    if match is None:
        raise MalformedValueError("not a date and time in the notation of XML Schema")
    clock, fraction, days = match["time"], match["fraction"] or "", 0
    if clock == "24:00:00" and not fraction.strip("0"):
        clock, days = "00:00:00", 1
    offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    if offset > timedelta(hours=14) or int(match["minutes"] or 0) > 59:
        raise MalformedValueError("an offset from UTC of more than 14:00")
    zone = timezone(-offset if match["sign"] == "-" else offset)
    try:
        local = datetime.fromisoformat(f"{match['date']}T{clock}.{fraction[:6]:0<6}").replace(tzinfo=zone)
        return (local + timedelta(days=days)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedValueError("not a date and time of the calendar") from error


def objects(value: object) -> list[Mapping[str, object]]:
    """A member that may be one object or a list of them; what is not an object is left out."""
    if isinstance(value, Mapping):
        return [value]
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def each(value: object, path: str) -> Iterator[tuple[object, str]]:
    """The items of a member that may be one value or a list of them, whatever they are, each with its JSON path."""
    if isinstance(value, list):
        yield from ((item, f"{path}[{index}]") for index, item in enumerate(value))
    else:
        yield value, path


def types_of(value: Mapping[str, object]) -> list[str]:
    """The ``type`` of an object, which may be one string or a list of them."""
    found = value.get("type")
    if isinstance(found, str):
        return [found]
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def identifier_of(value: object) -> str | None:
    """The URL that names something written as a URL, or as an object with an ``id``; None when there is none."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and is_url(value) else None


def is_url(text: str) -> bool:
    """Whether a text is an absolute URL in form: a scheme, and no character that a URL cannot hold."""
    return _URL.match(text) is not None


def validity(document: Mapping[str, object]) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment of a credential's validity (§4.9), None where it is not bounded.

    Version 1.1 bounds it by ``issuanceDate`` and ``expirationDate``; where such a document has ``validFrom`` or
    ``validUntil`` too, the narrower bound counts. A member that is no moment bounds nothing: ``check_credential`` reports it.
    """
    starts, ends = (_moments(document, names) for names in _validity_members(document))
    return max(starts, default=None), min(ends, default=None)


def _validity_members(document: Mapping[str, object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if _is_version_1(document):
        return ("issuanceDate", "validFrom"), ("expirationDate", "validUntil")
    return ("validFrom",), ("validUntil",)


def _moments(document: Mapping[str, object], names: Iterable[str]) -> list[datetime]:
    found: list[datetime] = []
    for name in names:
        with suppress(MalformedValueError):
            found.append(parse_datetime(document.get(name)))
    return found


def check_credential(document: Mapping[str, object]) -> list[Problem]:
    """Every way in which the document departs from the data model, with JSON paths; an empty list when it conforms."""
    return [MalformedValueError(detail, path=path).problem() for rule in _RULES for path, detail in rule(document)]


def _is_version_1(document: Mapping[str, object]) -> bool:
    contexts = document.get("@context")
    return isinstance(contexts, list) and contexts[:1] == [CONTEXT_VC1]


def find_context(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.3: an array whose first item is the base context."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not contexts:
        yield "$['@context']", "not an array"
    elif contexts[0] not in (CONTEXT_VC2, CONTEXT_VC1):
        yield "$['@context'][0]", "not the base context of verifiable credentials"


def _identifier(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.4: one URL, if any."""
    yield from find_url(document, "$")


def _type(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.5: a string or an array of strings, among them the type of every credential."""
    yield from find_types(document, "$")
    if "VerifiableCredential" not in types_of(document):
        yield "$.type", "VerifiableCredential is not among the types"


def _names(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.6 and §11.1: text, or text with a language, or several of them."""
    issuer = document.get("issuer")
    for holder, path in ((document, "$"), (issuer, "$.issuer")):
        if not isinstance(holder, Mapping):
            continue
        for name in ("name", "description"):
            if name in holder and not _is_text(holder[name]):
                yield f"{path}.{name}", "neither text nor a language value object"


def _issuer(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.7: a URL, or an object whose id is one."""
    if identifier_of(document.get("issuer")) is None:
        yield "$.issuer", "neither a URL nor an object with a URL as its id"


def _credential_subject(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.8: one or more objects, each with at least one claim."""
    subjects = document.get("credentialSubject")
    if subjects == []:
        yield "$.credentialSubject", "there is no subject"
    for subject, path in each(subjects, "$.credentialSubject"):
        if not isinstance(subject, Mapping) or not subject:
            yield path, "not an object with claims"
        else:
            yield from find_url(subject, path)


def _validity(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.9: moments, of which the first is not later than the second. Version 1.1 demands the first."""
    starts, ends = _validity_members(document)
    for name in starts + ends:
        if name in document:
            try:
                parse_datetime(document[name])
            except MalformedValueError as error:
                yield f"$.{name}", error.detail
    start, end = validity(document)
    if start is not None and end is not None and start > end:
        yield f"$.{next(name for name in ends if name in document)}", "ends before it begins"
    if _is_version_1(document) and "issuanceDate" not in document:
        yield "$.issuanceDate", "there is no date of issue"


def _typed_members(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.10, §4.11 and §5.3 to §5.6: objects that say what they are; a schema also says where it is."""
    yield from find_typed(document, _TYPED)


def find_typed(document: Mapping[str, object], names: Iterable[str]) -> Iterator[Finding]:
    """Members that may be one object or several, each of which says what it is."""
    for name in names:
        if name not in document:
            continue
        for item, path in each(document[name], f"$.{name}"):
            if not isinstance(item, Mapping):
                yield path, "not an object"
                continue
            yield from find_types(item, path)
            yield from find_url(item, path)
            if name == "credentialSchema" and "id" not in item:
                yield f"{path}.id", "a schema has no address"


def _related_resource(document: Mapping[str, object]) -> Iterator[Finding]:
    """§5.3: each resource once, with a digest, which is the right one where the resource is known."""
    if "relatedResource" not in document:
        return
    seen: set[str] = set()
    for item, path in each(document["relatedResource"], "$.relatedResource"):
        identifier = identifier_of(item)
        if not isinstance(item, Mapping) or identifier is None:
            yield path, "not an object with a URL as its id"
            continue
        if identifier in seen:
            yield f"{path}.id", "the resource stands here twice"
        seen.add(identifier)
        digests = [(name, check) for name, check in _DIGESTS if name in item]
        if not digests:
            yield path, "the resource has no digest"
        for name, check in digests:
            try:
                check(identifier, item[name])
            except MalformedValueError as error:
                yield f"{path}.{name}", error.detail


def find_proof(document: Mapping[str, object]) -> Iterator[Finding]:
    """§4.12 and Data Integrity 1.0 §2.1: objects that say what they are."""
    if "proof" not in document:
        return
    if document["proof"] == []:
        yield "$.proof", "the list of proofs is empty"
    for item, path in each(document["proof"], "$.proof"):
        if not isinstance(item, Mapping):
            yield path, "not an object"
            continue
        yield from find_types(item, path)
        yield from find_url(item, path)


_RULES: Sequence[Callable[[Mapping[str, object]], Iterator[Finding]]] = (
    find_context,
    _identifier,
    _type,
    _names,
    _issuer,
    _credential_subject,
    _validity,
    _typed_members,
    _related_resource,
    find_proof,
)


def find_url(holder: Mapping[str, object], path: str) -> Iterator[Finding]:
    """§4.4: an ``id``, if there is one, is one URL."""
    if "id" in holder and identifier_of(holder) is None:
        yield f"{path}.id", "not one absolute URL"


def find_types(holder: Mapping[str, object], path: str) -> Iterator[Finding]:
    """§4.5: a type, or a list of types."""
    found = holder.get("type")
    items = found if isinstance(found, list) else [found]
    if not items or not all(isinstance(item, str) and item for item in items):
        yield f"{path}.type", "neither a type nor a list of types"


def _is_text(value: object) -> bool:
    if isinstance(value, str):
        return True
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(
        isinstance(item, str)
        or (
            isinstance(item, Mapping)
            and item.keys() <= _LANGUAGE_VALUE
            and isinstance(item.get("@value"), str)
            and all(isinstance(member, str) for member in item.values())
        )
        for item in items
    )
