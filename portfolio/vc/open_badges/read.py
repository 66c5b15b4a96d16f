"""Reads a credential as a page may show it: only what the signed document says, and nothing when it does not say it.

Nothing that is shown depends on what a signature over the graph leaves open: in which order a document's parts stand, whether
one value stands in a list, whether a text is written as a value object. Where several objects stand for the one that is asked
for, none is shown; of several texts one in the document's language, and else the first in sorted order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from portfolio.errors import DocumentError
from portfolio.vc.credential import objects, parse_datetime, validity
from portfolio.vc.open_badges.build import derived_id
from portfolio.vc.open_badges.text import shown_text

_LARGEST = 1 << 53
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})\Z")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:E-?[0-9]{1,2})?\Z")
_LEVEL = re.compile(r"[0-9]{1,3}\Z")

_Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BadgeResult:
    """One result: a skill at a level of a rubric, or a value, or a status. code, framework, url: what it is aligned to.

    level: its number, where the rubric numbers its levels; levels: how many the rubric has.
    """

    name: str | None
    code: str | None = None
    framework: str | None = None
    url: str | None = None
    level: int | None = None
    level_name: str | None = None
    levels: int = 0
    value: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class BadgeEvidence:
    """One piece of evidence. sha256: of its bytes, where the document binds them."""

    id: str | None
    name: str | None
    genre: str | None
    audience: str | None
    description: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Badge:
    """The facts of a credential. None, or an empty tuple, stands for what the document does not say.

    hours: hours of practice, said as such; credits: ``creditsEarned`` of a document in which it need not mean hours.
    start, end, valid_from, valid_until are aware moments.
    """

    id: str | None
    name: str | None
    issuer_id: str | None
    issuer_name: str | None
    issuer_url: str | None
    subject_id: str | None
    subject_name: str | None
    achievement_id: str | None
    achievement_name: str | None
    achievement_type: str | None
    achievement_version: str | None
    description: str | None
    criteria: str | None
    language: str | None
    field_of_study: str | None
    tags: tuple[str, ...]
    creator_name: str | None
    start: datetime | None
    end: datetime | None
    hours: int | Decimal | None
    credits: int | Decimal | None
    role: str | None
    narrative: str | None
    term: str | None
    assessor_name: str | None
    assessor_organisation: str | None
    assessor_ogrn: str | None
    results: tuple[BadgeResult, ...]
    evidence: tuple[BadgeEvidence, ...]
    valid_from: datetime | None
    valid_until: datetime | None

    @property
    def skills(self) -> tuple[BadgeResult, ...]:
        """The results that are levels of a rubric."""
        return tuple(result for result in self.results if result.level_name is not None)


def read_badge(document: object) -> Badge:
    """The facts of an Open Badges 3.0 credential. Whatever the document looks like, this raises nothing.

    It does not verify: a page shows these facts only beside the verdict on the same document.
    """
    credential = _object(document)
    issuer = _object(credential.get("issuer"))
    subject = _subject(credential)
    achievement = _object(subject.get("achievement"))
    source = _object(subject.get("source"))
    organisation = _object(source.get("parentOrg"))
    language = _string(achievement.get("inLanguage")) or _string(credential.get("inLanguage"))
    achievement_name = _text(achievement.get("name"), language)
    hours, credit = _hours(subject, achievement)
    valid_from, valid_until = validity(credential)
    return Badge(
        id=_string(credential.get("id")),
        name=_text(credential.get("name"), language) or achievement_name,
        issuer_id=_string(credential.get("issuer")) or _string(issuer.get("id")),
        issuer_name=_text(issuer.get("name"), language),
        issuer_url=_string(issuer.get("url")),
        subject_id=_string(subject.get("id")),
        subject_name=_name(subject),
        achievement_id=_string(achievement.get("id")),
        achievement_name=achievement_name,
        achievement_type=_string(achievement.get("achievementType")),
        achievement_version=_text(achievement.get("version")),
        description=_text(achievement.get("description"), language) or _text(credential.get("description"), language),
        criteria=_text(_object(achievement.get("criteria")).get("narrative"), language),
        language=_string(achievement.get("inLanguage")),
        field_of_study=_text(achievement.get("fieldOfStudy"), language),
        tags=tuple(dict.fromkeys(tag for item in _items(achievement.get("tag")) if (tag := _text(item)) is not None)),
        creator_name=_text(_object(achievement.get("creator")).get("name"), language),
        start=_moment(subject.get("activityStartDate")),
        end=_moment(subject.get("activityEndDate")),
        hours=hours,
        credits=credit,
        role=_text(subject.get("role"), language),
        narrative=_text(subject.get("narrative"), language),
        term=_text(subject.get("term"), language),
        assessor_name=_text(source.get("name"), language),
        assessor_organisation=_text(organisation.get("name"), language),
        assessor_ogrn=_ogrn(organisation),
        results=tuple(_results(subject, achievement, language)),
        evidence=tuple(_evidence(item, language) for item in _once(credential.get("evidence"))),
        valid_from=valid_from,
        valid_until=valid_until,
    )


@dataclass(frozen=True, slots=True)
class EndorsementText:
    """Who says what in an endorsement, as its document says."""

    issuer_name: str | None
    comment: str | None


def read_endorsement(document: object) -> EndorsementText:
    """The facts of an EndorsementCredential, as ``read_badge`` reads those of a badge: it does not verify."""
    credential = _object(document)
    language = _string(credential.get("inLanguage"))
    return EndorsementText(
        _text(_object(credential.get("issuer")).get("name"), language),
        _text(_object(credential.get("credentialSubject")).get("endorsementComment"), language),
    )


def _subject(credential: _Json) -> _Json:
    """The one subject, or the only one of several that has an achievement."""
    subjects = objects(credential.get("credentialSubject"))
    found = subjects if len(subjects) == 1 else [subject for subject in subjects if "achievement" in subject]
    return found[0] if len(found) == 1 else {}


def _name(subject: _Json) -> str | None:
    entries = [entry for entry in objects(subject.get("identifier")) if _string(entry.get("identityType")) == "name"]
    if entries:  # a hash is not a name, and what does not plainly say that it is none may be one
        plain = [entry for entry in entries if entry.get("hashed") is False]
        return _text([text for entry in plain for text in _items(entry.get("identityHash"))])
    return _text(subject.get("name"))


def _ogrn(organisation: _Json) -> str | None:
    entries = objects(organisation.get("otherIdentifier"))
    numbers = [entry for entry in entries if _string(entry.get("identifierType")) == "ext:OGRN"]
    return _text([text for entry in numbers for text in _items(entry.get("identifier"))])


def _hours(subject: _Json, achievement: _Json) -> tuple[int | Decimal | None, int | Decimal | None]:
    """Hours and credits. ``creditsEarned`` means hours where the achievement's parts are named in our way."""
    earned = _number(subject.get("creditsEarned"))
    address = _string(achievement.get("id"))
    if address is None:
        return None, earned
    try:
        named_hours = derived_id(address, "hours")
        said = [r for r in _once(subject.get("result")) if _string(r.get("resultDescription")) == named_hours]
        if said:
            return (_number(said[0].get("value")) if len(said) == 1 else None), earned
        for description in _once(achievement.get("resultDescription")):
            code = _text(_object(description.get("alignment")).get("targetCode"))
            if code is not None and description.get("id") == derived_id(address, "skill", code):
                return earned, None
    except UnicodeEncodeError:  # a lone surrogate, in a document that nobody parsed strictly: not one of ours
        pass
    return None, earned


def _results(subject: _Json, achievement: _Json, language: str | None) -> Iterator[BadgeResult]:
    described = {_string(item.get("id")): item for item in _once(achievement.get("resultDescription"))}
    described.pop(None, None)
    for result in _once(subject.get("result")):
        description = described.get(_string(result.get("resultDescription")), {})
        alignment = _alignment(description.get("alignment") or result.get("alignment"))
        levels = _once(description.get("rubricCriterionLevel"))
        achieved = _string(result.get("achievedLevel"))
        level = next((item for item in levels if achieved is not None and item.get("id") == achieved), {})
        number = _text(level.get("level"))
        yield BadgeResult(
            name=_text(description.get("name"), language) or _text(alignment.get("targetName"), language),
            code=_text(alignment.get("targetCode")),
            framework=_text(alignment.get("targetFramework"), language),
            url=_string(alignment.get("targetUrl")),
            level=int(number) if number is not None and number.isascii() and _LEVEL.match(number) else None,
            level_name=_text(level.get("name"), language),
            levels=len(levels),
            value=_text(result.get("value")),
            status=_text(result.get("status")),
        )


def _alignment(value: object) -> _Json:
    """What a result is aligned to; of several frameworks' items the first by its code."""

    def key(item: _Json) -> tuple[str, str]:
        return _text(item.get("targetCode")) or "", _string(item.get("targetUrl")) or ""

    return min(objects(value), key=key, default={})


def _evidence(item: _Json, language: str | None) -> BadgeEvidence:
    description = _text(item.get("description"), language)
    bound = _SHA256.match(description) if description is not None else None
    return BadgeEvidence(
        id=_string(item.get("id")),
        name=_text(item.get("name"), language),
        genre=_text(item.get("genre"), language),
        audience=_text(item.get("audience"), language),
        description=description,
        sha256=bound.group(1) if bound else None,
    )


# --- members of any shape


def _items(value: object) -> list[object]:
    """A member that may be one value or a list of them."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _one(value: object) -> object:
    """The one value that a member has, however it is written: alone, in a list, as a value object."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value["@value"] if isinstance(value, Mapping) and "@value" in value else value


def _object(value: object) -> _Json:
    """The object that a member is; an empty one where several stand in its place."""
    found = objects(value)
    return found[0] if len(found) == 1 else {}


def _once(value: object) -> list[_Json]:
    """The objects of a member, each ``id`` once, in the document's order; without those that say different things of one."""
    found: dict[object, _Json] = {}
    conflicting: set[object] = set()
    for place, item in enumerate(objects(value)):
        identifier = item.get("id")
        key = identifier if isinstance(identifier, str) else place
        if found.setdefault(key, item) != item:
            conflicting.add(key)
    return [item for key, item in found.items() if key not in conflicting]


def _string(value: object) -> str | None:
    """A string of one line in which everything can be seen: an identifier is not mended."""
    value = _one(value)
    return value if isinstance(value, str) and value and shown_text(value) == value and "\n" not in value else None


def _text(value: object, language: str | None = None) -> str | None:
    """A string, or the text of a JSON-LD value object, a language map, or a list of these, without what cannot be seen."""
    wanted = language.lower() if language is not None else None  # a tag has no case (BCP 47 §2.1.1)
    found = [(of != wanted, of, shown) for of, text in _texts(value) if (shown := shown_text(text))]
    return min(found)[2] if found else None


def _texts(value: object) -> Iterator[tuple[str, str]]:
    """The texts of a member, each with its language, which is empty where none is named."""
    for item in _items(value):
        if isinstance(item, str):
            yield "", item
        elif isinstance(item, Mapping) and "@value" in item:
            if isinstance(item["@value"], str):
                yield str(item.get("@language", "")).lower(), item["@value"]
        elif isinstance(item, Mapping):
            yield from ((str(of).lower(), text) for of, text in item.items() if isinstance(text, str))


def _number(value: object) -> int | Decimal | None:
    """A number, exact, whole where it is whole; also from its decimal text."""
    value = _one(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        value = repr(value)
    elif isinstance(value, str) and not _DECIMAL.match(value):
        return None
    if not isinstance(value, int | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > _LARGEST:
        return None
    return int(number) if number == int(number) else number


def _moment(value: object) -> datetime | None:
    value = _one(value)
    if not isinstance(value, str):
        return None
    try:
        return parse_datetime(value)
    except DocumentError:
        return None
