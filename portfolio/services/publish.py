"""What stands under the school's public addresses: DID document, status lists, definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portfolio.errors import NotFound
from portfolio.ports import OWN, Ports
from portfolio.practice.rubric import LEVELS
from portfolio.practice.skills import FRAMEWORK_NAME, SKILLS
from portfolio.services.issuers import OwnIssuer, own_issuers, the_school
from portfolio.services.setup import HomeView, load_home
from portfolio.services.text import row_number, sought
from portfolio.storage import organizations, status_lists
from portfolio.vc import did
from portfolio.vc.multikey import ed25519_key


@dataclass(frozen=True)
class AchievementView:
    """What one version of a programme awards. definition: the Achievement as JSON for machines."""

    code: str
    version: int
    title: str
    format_kind: str
    hours: int
    organisation: str
    organisation_url: str
    skills: Sequence[SkillView]
    newest_version: int
    definition: Mapping[str, Any]


@dataclass(frozen=True)
class SkillView:
    """One skill of the school's framework. levels: (number, Russian name, English name)."""

    code: str
    kind: str
    title_ru: str
    title_en: str
    framework: str
    url: str
    levels: Sequence[tuple[int, str, str]]


@dataclass(frozen=True)
class OrganisationView:
    """A partner of the school, or the school itself. agreement: signed | expired | negotiating | agreed | None."""

    name: str
    kind: str
    ogrn: str
    url: str
    own: bool


def did_document(ports: Ports, home: HomeView | None = None, issuer: OwnIssuer | None = None) -> dict[str, Any]:
    """An issuer's DID document, the school's where none is named: every key it ever used, so that what it signed holds.

    A retired key has no ``expires``, after which strict verifiers would refuse what it signed in its time.
    """
    issuer = issuer or the_school(home or load_home(ports))
    keys = [
        did.VerificationKey(key.fragment, ed25519_key(key.public_key), key.created)
        for key in ports.keys.keys(issuer.owner)
    ]
    return did.did_document(issuer.did, keys)


def organisation_did_document(ports: Ports, ogrn: str) -> dict[str, Any]:
    """The DID document of an organisation that signs under this address. Raises NotFound for one without a key."""
    home = load_home(ports)
    found = next((issuer for issuer in own_issuers(ports, home).values() if issuer.owner == ogrn != OWN), None)
    if found is None:
        raise NotFound
    return did_document(ports, home, found)


def status_list(ports: Ports, number: int) -> bytes:
    """The signed status list as it was published last. Raises NotFound."""
    with ports.sessions.read() as session:
        found = status_lists.get(session, row_number(number))
        if found is None:
            raise NotFound
        return found.body


def skill(ports: Ports, code: str) -> SkillView:
    """A skill of the framework. Raises NotFound."""
    known = SKILLS.get(code)
    if known is None:
        raise NotFound
    return SkillView(
        known.code,
        known.kind,
        known.title_ru,
        known.title_en,
        FRAMEWORK_NAME,
        load_home(ports).identity_links.skill(known.code),
        tuple((number, level.name_ru, level.name_en) for number, level in LEVELS.items()),
    )


def achievement(ports: Ports, code: str, version: int) -> AchievementView:
    """One version of a programme, as credentials name it. Raises NotFound."""
    home = load_home(ports)
    with ports.sessions.read() as session:
        wanted = sought(code)
        found = organizations.programme_version(session, wanted, row_number(version)) if wanted else None
        if found is None:
            raise NotFound
        programme, definition = found
        links = home.identity_links
        return AchievementView(
            code=programme.code,
            version=version,
            title=definition["title"],
            format_kind=definition["kind"],
            hours=definition["hours"],
            organisation=definition["organisation"],
            organisation_url=links.organisation(definition["ogrn"]),
            skills=tuple(skill(ports, skill_code) for skill_code in definition["skills"] if skill_code in SKILLS),
            newest_version=programme.version,
            definition={
                "id": links.achievement(programme.code, version),
                "type": ["Achievement"],
                "version": str(version),
                "inLanguage": home.language,
                "name": definition["title"],
                "creator": {
                    "id": links.organisation(definition["ogrn"]),
                    "type": ["Profile"],
                    "name": definition["organisation"],
                },
            },
        )


def organisation(ports: Ports, ogrn: str) -> OrganisationView:
    """An organisation that credentials name, also under a number that was corrected since. Raises NotFound."""
    home = load_home(ports)
    url = home.identity_links.organisation(ogrn)
    if home.ogrn is not None and ogrn == home.ogrn:
        return OrganisationView(home.name, "school", ogrn, url, own=True)
    with ports.sessions.read() as session:
        wanted = sought(ogrn)
        found = organizations.by_ogrn(session, wanted) if wanted else None
        if found is not None:
            return OrganisationView(found.name, found.kind, found.ogrn, url, own=False)
        former = organizations.by_former_ogrn(session, wanted) if wanted else None
        if former is None:
            raise NotFound
        return OrganisationView(former[0], former[1], ogrn, url, own=False)
