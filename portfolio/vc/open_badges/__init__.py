"""Open Badges 3.0: the credential a school issues for a piece of practice, an endorsement of it, and what a page may say.

``open_badge_credential`` and ``endorsement_credential`` build unsigned documents of plain JSON values;
``read_badge`` is the way back: the facts of a document, ours or anybody's, as the document itself states them.
The shape, member by member, is ``docs/formats/credential.md``.
"""

from portfolio.vc.open_badges.build import derived_id, endorsement_credential, identity, open_badge_credential
from portfolio.vc.open_badges.model import (
    STATUSES,
    Achievement,
    Assessor,
    Evidence,
    Organisation,
    Practice,
    Skill,
    SkillResult,
)
from portfolio.vc.open_badges.read import Badge, BadgeEvidence, BadgeResult, read_badge

__all__ = [
    "STATUSES",
    "Achievement",
    "Assessor",
    "Badge",
    "BadgeEvidence",
    "BadgeResult",
    "Evidence",
    "Organisation",
    "Practice",
    "Skill",
    "SkillResult",
    "derived_id",
    "endorsement_credential",
    "identity",
    "open_badge_credential",
    "read_badge",
]
