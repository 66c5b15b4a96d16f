"""Builds the unsigned documents: an AchievementCredential and an EndorsementCredential of Open Badges 3.0."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from portfolio.errors import MalformedValueError, RangeError
from portfolio.vc.contexts import CONTEXT_OB3, CONTEXT_VC2
from portfolio.vc.credential import format_datetime
from portfolio.vc.identifiers import check_identifiers
from portfolio.vc.open_badges.model import STATUSES, Achievement, Assessor, Evidence, Organisation, Practice, Skill
from portfolio.vc.open_badges.text import check_distinct, checked_line, checked_text, checked_url

# Words of the document, not of a page: they are signed, in the language that the achievement is written in.
_WORDS = {
    "ru": {"hours": "Подтверждённые часы", "status": "Итог"},
    "en": {"hours": "Confirmed hours", "status": "Outcome"},
}

_OGRN = re.compile(r"[0-9]{13}(?:[0-9]{2})?\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def open_badge_credential(
    *,
    id: str,  # noqa: A002 - the member's name
    issuer: Organisation,
    subject_id: str,
    subject_name: str,
    achievement: Achievement,
    practice: Practice,
    valid_from: datetime,
    valid_until: datetime | None = None,
    status_entry: Mapping[str, object],
    evidence: Sequence[Evidence] = (),
) -> dict[str, object]:
    """An AchievementCredential (Open Badges 3.0 §B.1.1), not yet signed; a new dict of plain JSON values.

    status_entry: of ``status_list.status_list_entry``. Text comes out in NFC. MalformedValueError or RangeError, with the
    member's path, for what could not be signed so that every other verifier reads it as we do: control and invisible
    formatting characters, relative identifiers, a result for a skill that the achievement does not have, two objects that
    have one identifier and do not agree.
    """
    if valid_until is not None and valid_until < valid_from:
        raise RangeError("validUntil lies before validFrom", path="$.validUntil")
    credential: dict[str, object] = {
        "@context": [CONTEXT_VC2, CONTEXT_OB3],
        "id": checked_url(id, "$.id"),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": checked_line(achievement.name, "$.name"),
        "validFrom": format_datetime(valid_from),
    }
    if valid_until is not None:
        credential["validUntil"] = format_datetime(valid_until)
    credential["issuer"] = profile_of(issuer, "$.issuer")
    credential["credentialStatus"] = dict(status_entry)
    credential["credentialSubject"] = _subject(subject_id, subject_name, achievement, practice)
    if evidence:
        check_distinct([item.id for item in evidence], "$.evidence")
        credential["evidence"] = [_evidence(item, f"$.evidence[{place}]") for place, item in enumerate(evidence)]
    for problem in check_identifiers(credential):  # one organisation under two names, say
        raise MalformedValueError(problem.detail, path=problem.path)
    return credential


def endorsement_credential(
    *,
    id: str,  # noqa: A002 - the member's name
    issuer: Organisation,
    endorsed_id: str,
    comment: str,
    name: str,
    valid_from: datetime,
    status_entry: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """An EndorsementCredential (Open Badges 3.0 §B.1.10), not yet signed: an organisation vouches for a credential.

    endorsed_id: the ``id`` of what is endorsed; comment: what the endorser says of it.
    """
    credential: dict[str, object] = {
        "@context": [CONTEXT_VC2, CONTEXT_OB3],
        "id": checked_url(id, "$.id"),
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": checked_line(name, "$.name"),
        "validFrom": format_datetime(valid_from),
        "issuer": profile_of(issuer, "$.issuer"),
        "credentialSubject": {
            "id": checked_url(endorsed_id, "$.credentialSubject.id"),
            "type": ["EndorsementSubject"],
            "endorsementComment": checked_text(comment, "$.credentialSubject.endorsementComment"),
        },
    }
    if status_entry is not None:
        credential["credentialStatus"] = dict(status_entry)
    return credential


def identity(name: str, path: str = "$.credentialSubject.identifier") -> list[dict[str, object]]:
    """The subject's name as an IdentityObject in the clear: a person must be able to compare it with a passport."""
    return [
        {"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": checked_line(name, path)}
    ]


def _subject(subject_id: str, name: str, achievement: Achievement, practice: Practice) -> dict[str, object]:
    if practice.end < practice.start:
        raise RangeError("the practice ends before it begins", path="$.credentialSubject.activityEndDate")
    subject: dict[str, object] = {
        "id": checked_url(subject_id, "$.credentialSubject.id"),
        "type": ["AchievementSubject"],
        "identifier": identity(name),
        "activityStartDate": format_datetime(practice.start),
        "activityEndDate": format_datetime(practice.end),
    }
    described, results = _results(achievement, practice)
    if practice.hours is not None and _hours_are_credits(achievement, practice.hours):
        subject["creditsEarned"] = int(practice.hours)
    for member, value in (("role", practice.role), ("term", practice.term)):
        if value is not None:
            subject[member] = checked_line(value, f"$.credentialSubject.{member}")
    if practice.narrative is not None:
        subject["narrative"] = checked_text(practice.narrative, "$.credentialSubject.narrative")
    subject["source"] = _assessor(practice.assessor)
    subject["achievement"] = _achievement(achievement, described)
    if results:
        subject["result"] = results
    return subject


def _achievement(achievement: Achievement, described: list[dict[str, object]]) -> dict[str, object]:
    path = "$.credentialSubject.achievement"
    address = checked_url(achievement.id, f"{path}.id")
    made: dict[str, object] = {
        "id": address,
        "type": ["Achievement"],
        "achievementType": checked_line(achievement.achievement_type, f"{path}.achievementType"),
        "version": checked_line(achievement.version, f"{path}.version"),
        "inLanguage": achievement.language,
        "name": checked_line(achievement.name, f"{path}.name"),
        "description": checked_text(achievement.description, f"{path}.description"),
    }
    if achievement.field_of_study is not None:
        made["fieldOfStudy"] = checked_line(achievement.field_of_study, f"{path}.fieldOfStudy")
    if achievement.tags:
        made["tag"] = [checked_line(tag, f"{path}.tag") for tag in achievement.tags]
    # The criteria have a name of their own, so that two credentials for one achievement share them within one CLR.
    narrative = checked_text(achievement.criteria, f"{path}.criteria.narrative")
    made["criteria"] = {"id": f"{address}#criteria", "narrative": narrative}
    # The OGRN stands with the assessor's organisation: said twice of one organisation, it would make two equal nodes.
    creator = achievement.creator
    made["creator"] = profile_of(Organisation(creator.id, creator.name), f"{path}.creator")
    if described:
        made["resultDescription"] = described
    return made


def _results(achievement: Achievement, practice: Practice) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """``resultDescription`` (what is assessed, the same for everybody) and ``result`` (what this person reached)."""
    path = "$.credentialSubject.achievement.resultDescription"
    words = _WORDS.get(achievement.language.partition("-")[0], _WORDS["en"])
    codes = [skill.code for skill in achievement.skills]
    check_distinct(codes, path)
    described = [_rubric(achievement, skill, f"{path}[{place}]") for place, skill in enumerate(achievement.skills)]
    results: list[dict[str, object]] = []
    check_distinct([result.code for result in practice.results], "$.credentialSubject.result")
    for place, reached in enumerate(practice.results):
        at = f"$.credentialSubject.result[{place}]"
        if reached.code not in codes:
            raise MalformedValueError("a result is for a skill that the achievement does not have", path=at)
        if not 1 <= reached.level <= len(achievement.levels):
            raise RangeError(f"a level lies outside 1 … {len(achievement.levels)}", path=f"{at}.achievedLevel")
        level = _derived_id(achievement.id, "level", str(reached.level), reached.code)
        results.append(_result(_derived_id(achievement.id, "skill", reached.code), "achievedLevel", level))
    if practice.hours is not None:
        if not Decimal(practice.hours).is_finite() or not 0 < practice.hours < 100_000:
            raise RangeError("hours are more than 0 and fewer than 100 000", path="$.credentialSubject.creditsEarned")
        if not _hours_are_credits(achievement, practice.hours):
            hours = _derived_id(achievement.id, "hours")
            described.append(
                {
                    "id": hours,
                    "type": ["ResultDescription"],
                    "name": words["hours"],
                    "resultType": "RawScore",
                    "valueMin": "0",
                }
            )
            results.append(_result(hours, "value", _decimal(practice.hours)))
    if practice.status is not None:
        if practice.status not in STATUSES:
            raise MalformedValueError("the status is not one of ResultStatusType", path="$.credentialSubject.result")
        status = _derived_id(achievement.id, "status")
        described.append({"id": status, "type": ["ResultDescription"], "name": words["status"], "resultType": "Status"})
        results.append(_result(status, "status", practice.status))
    return described, results


def _rubric(achievement: Achievement, skill: Skill, path: str) -> dict[str, object]:
    name = checked_line(skill.name, f"{path}.name")
    levels = enumerate(achievement.levels, 1)
    return {
        "id": _derived_id(achievement.id, "skill", skill.code),
        "type": ["ResultDescription"],
        "name": name,
        "resultType": "RubricCriterionLevel",
        "alignment": [
            {
                "id": _derived_id(achievement.id, "alignment", skill.code),
                "type": ["Alignment"],
                "targetCode": checked_line(skill.code, f"{path}.alignment[0].targetCode"),
                "targetName": name,
                "targetFramework": checked_line(skill.framework, f"{path}.alignment[0].targetFramework"),
                "targetUrl": checked_url(skill.url, f"{path}.alignment[0].targetUrl"),
                "targetType": "CFItem",
            }
        ],
        "rubricCriterionLevel": [
            {
                "id": _derived_id(achievement.id, "level", str(level), skill.code),
                "type": ["RubricCriterionLevel"],
                "name": checked_line(title, f"{path}.rubricCriterionLevel[{level - 1}].name"),
                "level": str(level),
            }
            for level, title in levels
        ],
    }


def _result(description: str, member: str, value: str) -> dict[str, object]:
    return {"type": ["Result"], "resultDescription": description, member: value}


def _assessor(assessor: Assessor) -> dict[str, object]:
    path = "$.credentialSubject.source"
    return {
        **profile_of(Organisation(assessor.id, assessor.name), path),
        "parentOrg": profile_of(assessor.organisation, f"{path}.parentOrg"),
    }


def profile_of(organisation: Organisation, path: str) -> dict[str, object]:
    """The organisation as a Profile; path: where it will stand, for errors."""
    profile: dict[str, object] = {
        "id": checked_url(organisation.id, f"{path}.id"),
        "type": ["Profile"],
        "name": checked_line(organisation.name, f"{path}.name"),
    }
    if organisation.url is not None:
        profile["url"] = checked_url(organisation.url, f"{path}.url")
    if organisation.ogrn is not None:
        if not _OGRN.match(organisation.ogrn):
            raise MalformedValueError("an OGRN has 13 or 15 digits", path=f"{path}.otherIdentifier")
        entry = {"type": "IdentifierEntry", "identifierType": "ext:OGRN", "identifier": organisation.ogrn}
        profile["otherIdentifier"] = [entry]
    return profile


def _evidence(evidence: Evidence, path: str) -> dict[str, object]:
    if not _SHA256.match(evidence.sha256):
        raise MalformedValueError("the digest of a piece of evidence is not 64 hexadecimal digits", path=path)
    return {
        "id": checked_url(evidence.id, f"{path}.id"),
        "type": ["Evidence"],
        "name": checked_line(evidence.name, f"{path}.name"),
        "genre": checked_line(evidence.genre, f"{path}.genre"),
        "audience": checked_line(evidence.audience, f"{path}.audience"),
        "description": f"sha256:{evidence.sha256}",
    }


def derived_id(achievement_id: str, *parts: str) -> str:
    """The identifier of a part of an achievement: ``urn:uuid:`` of the UUIDv5 of its address and the part's place.

    A name of its own keeps every part apart from its twins in the RDF graph, and it is the same in every credential.
    """
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, '#'.join((achievement_id, *parts)))}"


# Kept for the achievements that a school awards again and again; never asked for addresses in other people's documents.
_derived_id = lru_cache(maxsize=4096)(derived_id)


def _hours_are_credits(achievement: Achievement, hours: int | Decimal) -> bool:
    # creditsEarned names no unit and is a number: we use it for whole hours of learning, in an achievement that its
    # derived identifiers mark as ours. All other hours are a result with its name, written as a decimal string.
    return achievement.curricular and bool(achievement.skills) and hours == int(hours)


def _decimal(value: int | Decimal) -> str:
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
