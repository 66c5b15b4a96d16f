"""Reads a credential as a page may show it: only what the signed document says, and nothing when it does not say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from portfolio.errors import DocumentError
from portfolio.vc.credential import objects, parse_datetime
from portfolio.vc.open_badges.build import derived_id

_LARGEST = 1 << 53
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})\Z")
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?\Z")
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
    achievement_name = _text(achievement.get("name"))
    hours, credit = _hours(subject, achievement)
    return Badge(
        id=_string(credential.get("id")),
        name=_text(credential.get("name")) or achievement_name,
        issuer_id=_string(credential.get("issuer")) or _string(issuer.get("id")),
        issuer_name=_text(issuer.get("name")),
        issuer_url=_string(issuer.get("url")),
        subject_id=_string(subject.get("id")),
        subject_name=_name(subject),
        achievement_id=_string(achievement.get("id")),
        achievement_name=achievement_name,
        achievement_type=_string(achievement.get("achievementType")),
        achievement_version=_text(achievement.get("version")),
        description=_text(achievement.get("description")) or _text(credential.get("description")),
        criteria=_text(_object(achievement.get("criteria")).get("narrative")),
        language=_string(achievement.get("inLanguage")),
        field_of_study=_text(achievement.get("fieldOfStudy")),
        tags=tuple(tag for item in _items(achievement.get("tag")) if (tag := _text(item)) is not None),
        creator_name=_text(_object(achievement.get("creator")).get("name")),
        start=_moment(subject.get("activityStartDate")),
        end=_moment(subject.get("activityEndDate")),
        hours=hours,
        credits=credit,
        role=_text(subject.get("role")),
        narrative=_text(subject.get("narrative")),
        term=_text(subject.get("term")),
        assessor_name=_text(source.get("name")),
        assessor_organisation=_text(organisation.get("name")),
        assessor_ogrn=_ogrn(organisation),
        results=tuple(_results(subject, achievement)),
        evidence=tuple(_evidence(item) for item in objects(credential.get("evidence"))),
        valid_from=_moment(credential.get("validFrom")) or _moment(credential.get("issuanceDate")),
        valid_until=_moment(credential.get("validUntil")) or _moment(credential.get("expirationDate")),
    )


def _subject(credential: _Json) -> _Json:
    """The subject that has an achievement; else the first."""
    subjects = objects(credential.get("credentialSubject"))
    return next((subject for subject in subjects if "achievement" in subject), subjects[0] if subjects else {})


def _name(subject: _Json) -> str | None:
    for entry in objects(subject.get("identifier")):
        if entry.get("identityType") == "name" and entry.get("hashed") is not True:
            return _text(entry.get("identityHash"))
    return _text(subject.get("name"))


def _ogrn(organisation: _Json) -> str | None:
    for entry in objects(organisation.get("otherIdentifier")):
        if entry.get("identifierType") == "ext:OGRN":
            return _text(entry.get("identifier"))
    return None


def _hours(subject: _Json, achievement: _Json) -> tuple[int | Decimal | None, int | Decimal | None]:
    """Hours and credits. ``creditsEarned`` means hours where the achievement's parts are named in our way."""
    earned = _number(subject.get("creditsEarned"))
    address = _string(achievement.get("id"))
    if address is None:
        return None, earned
    try:
        named_hours = derived_id(address, "hours")
        for result in objects(subject.get("result")):
            if result.get("resultDescription") == named_hours:
                return _number(result.get("value")), earned
        for description in objects(achievement.get("resultDescription")):
            code = _text(_object(description.get("alignment")).get("targetCode"))
            if code is not None and description.get("id") == derived_id(address, "skill", code):
                return earned, None
    except UnicodeEncodeError:  # a lone surrogate, in a document that nobody parsed strictly: not one of ours
        pass
    return None, earned


def _results(subject: _Json, achievement: _Json) -> Iterator[BadgeResult]:
    described = {_string(item.get("id")): item for item in objects(achievement.get("resultDescription"))}
    described.pop(None, None)
    for result in objects(subject.get("result")):
        description = described.get(_string(result.get("resultDescription")), {})
        alignment = _object(description.get("alignment") or result.get("alignment"))
        levels = objects(description.get("rubricCriterionLevel"))
        achieved = _string(result.get("achievedLevel"))
        level = next((item for item in levels if achieved is not None and item.get("id") == achieved), {})
        number = _text(level.get("level"))
        yield BadgeResult(
            name=_text(description.get("name")) or _text(alignment.get("targetName")),
            code=_text(alignment.get("targetCode")),
            framework=_text(alignment.get("targetFramework")),
            url=_string(alignment.get("targetUrl")),
            level=int(number) if number is not None and number.isascii() and _LEVEL.match(number) else None,
            level_name=_text(level.get("name")),
            levels=len(levels),
            value=_text(result.get("value")),
            status=_text(result.get("status")),
        )


def _evidence(item: _Json) -> BadgeEvidence:
    description = _text(item.get("description"))
    bound = _SHA256.match(description) if description is not None else None
    return BadgeEvidence(
        id=_string(item.get("id")),
        name=_text(item.get("name")),
        genre=_text(item.get("genre")),
        audience=_text(item.get("audience")),
        description=description,
        sha256=bound.group(1) if bound else None,
    )


# --- members of any shape


def _items(value: object) -> list[object]:
    """A member that may be one value or a list of them."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _object(value: object) -> _Json:
    """The object that a member is, or the first of its objects."""
    return next(iter(objects(value)), {})


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _text(value: object) -> str | None:
    """A string, or the first string of a JSON-LD value object, a language map, or a list of these."""
    for item in _items(value):
        if isinstance(item, str) and item:
            return item
        if isinstance(item, Mapping):
            candidates = [item["@value"]] if "@value" in item else item.values()
            for candidate in candidates:
                if isinstance(candidate, str) and candidate:
                    return candidate
    return None


def _number(value: object) -> int | Decimal | None:
    """A number, exact, whole where it is whole; also from its decimal text."""
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
    if not isinstance(value, str):
        return None
    try:
        return parse_datetime(value)
    except DocumentError:
        return None
