"""How the state of a credential looks: an icon, a word and a tone together, never a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from portfolio.errors import N_, Message
from portfolio.services.brought import Finding
from portfolio.services.verify import CodeCheck, DocumentCheck
from portfolio.web.language import gettext, translator


@dataclass(frozen=True)
class Look:
    """tone: holds | caution | fails | unknown (classes of the stylesheet); icon: of macros.html; word: short message id."""

    tone: str
    icon: str
    word: str


LOOKS: Mapping[str, Look] = {
    "valid": Look("holds", "check", N_("In force")),
    "issuer_unknown": Look("caution", "question", N_("Issuer not known here")),
    "status_unknown": Look("caution", "question", N_("Revocation not checked")),
    "not_yet_valid": Look("caution", "clock", N_("Not valid yet")),
    "expired": Look("caution", "clock", N_("Expired")),
    "suspended": Look("caution", "pause", N_("On hold")),
    "superseded": Look("caution", "next", N_("Newer version exists")),
    "revoked": Look("fails", "cross", N_("Revoked")),
    "altered": Look("fails", "cross", N_("Content was changed")),
    "unreadable": Look("unknown", "file", N_("Not readable")),
}
# What was brought and holds no document to verify: a link or a code.
OUTCOMES: Mapping[str, Look] = {
    "not_found": Look("unknown", "question", N_("No such record")),
    "closed": Look("unknown", "lock", N_("Access closed by the owner")),
    "not_ours": Look("unknown", "warning", N_("Leads elsewhere")),
}
REASONS: Mapping[str, str] = {
    "error": N_("it was issued in error"),
    "duplicate": N_("it was issued twice"),
    "rules": N_("the rules of issuing were not kept"),
}
# How a record came about, as the school office reads it.
ORIGINS: Mapping[str, str] = {
    "practice": N_("a practice in the school’s lists"),
    "export": N_("a package for a graduate"),
    "api": N_("a program of the school"),
}
_HEADLINES: Mapping[str, str] = {
    "valid": N_("Verified"),
    "issuer_unknown": N_("Signature valid, issuer not known to us"),
    "status_unknown": N_("Valid signature, revocation not checked"),
    "superseded": N_("A newer version exists"),
    "altered": N_("The content was changed after issue"),
    "unreadable": N_("This cannot be read as a confirmation"),
}
# What somebody who has to decide can do next.
ADVICE: Mapping[str, str] = {
    "issuer_unknown": N_("The file is intact. Whether the organisation is the one you mean, ask it yourself."),
    "status_unknown": N_(
        "The file is intact. Whether it was revoked could not be seen just now; please try again later."
    ),
    "not_yet_valid": N_("It is signed and will count from that day."),
    "expired": N_("What was done stays done; the confirmation was given for a time only."),
    "suspended": N_("The school has put it on hold while something is being cleared up. Ask the school."),
    "superseded": N_("The school has issued a corrected one; please look at that."),
    "revoked": N_("The school has withdrawn it for good. Please do not rely on it."),
    "altered": N_("Nothing in this file can be relied on, so nothing of it is shown. Ask for the original file."),
    "unreadable": N_("Ask for the original file, not a photo or a picture of the screen."),
}
_OUTCOME_ADVICE: Mapping[str, str] = {
    "not_found": N_("A slip in one character is enough. Compare it with the paper, or take the photo anew."),
    "closed": N_("That says nothing about the person. Ask for a new link, or for the signed file."),
    "not_ours": N_("A confirmation of this school leads to the address in your browser’s bar, and to no other."),
}
# The steps of a verification, in the words of a person who never heard of signatures.
STEPS: Mapping[str, str] = {
    "signature": N_("Signature"),
    "structure": N_("Form of the document"),
    "issuer": N_("Organisation that signed"),
    "trust": N_("Whether we know it"),
    "dates": N_("Dates"),
    "status": N_("Not revoked"),
    "schema": N_("Open Badges format"),
    "endorsements": N_("Mentor’s own signature"),
    "ledger": N_("Public journal"),
}
# … and those that only a presentation has, which several confirmations were put together in.
STEPS_OF_PRESENTATIONS: Mapping[str, str] = {
    "holder": N_("Who put it together"),
    "credentials": N_("Every confirmation inside"),
}
# Kinds of practice.formats and levels of the rubric in the page's language; documents carry their own words.
FORMATS: Mapping[str, str] = {
    "professional_trial": N_("Professional trial"),
    "practice_project": N_("Practice project"),
    "research_project": N_("Research project"),
    "skills_contest": N_("Skills contest"),
    "excursion": N_("Interactive excursion"),
    "expedition": N_("Professional expedition"),
    "student_firm": N_("Student firm"),
    "pre_professional": N_("Pre-professional programme"),
    "social_practice": N_("Social practice"),
    "internship": N_("Internship"),
    "volunteer_shift": N_("Volunteer shift"),
    "immersion": N_("Immersion"),
    "masterclass": N_("Master class"),
    "online_course": N_("Online course"),
    "choice_training": N_("Choice training"),
    "community_event": N_("Meeting with families"),
}
LEVELS: Mapping[int, str] = {
    1: N_("with help"),
    2: N_("following an example"),
    3: N_("independently"),
    4: N_("teaches others"),
}


def format_name(kind: str | None) -> str:
    """The name of a format of practice in the page's language, empty for one that is not of this school."""
    return gettext(FORMATS[kind]) if kind is not None and kind in FORMATS else ""


def level_name(level: int | None) -> str:
    """The name of a level in the page's language, empty for a foreign scale."""
    return gettext(LEVELS[level]) if level is not None and level in LEVELS else ""


@dataclass(frozen=True)
class Band:
    """The first thing a reader sees. reason: the verdict's own sentence; advice: what to do, where it is not valid."""

    look: Look
    headline: Message
    reason: Message
    advice: Message | None = None
    revocation: Message | None = None


def look_of(state: str) -> Look:
    """The look of a state."""
    return LOOKS[state]


def band_of(check: CodeCheck | DocumentCheck) -> Band:
    """The band of a finished verification."""
    advice = ADVICE.get(check.state)
    revocation = REASONS.get(check.revocation_reason or "")
    return Band(
        look_of(check.state),
        headline(check),
        check.reason,
        Message(advice) if advice else None,
        Message(revocation) if revocation and check.state == "revoked" else None,
    )


def outcome_band(finding: Finding) -> Band:
    """The band of something in which there was no document to verify."""
    look = OUTCOMES.get(finding.state) or look_of(finding.state)
    headline = Message(_HEADLINES.get(finding.state, look.word))
    return Band(look, headline, finding.reason, finding.advice or Message(_OUTCOME_ADVICE[finding.state]))


def headline(check: CodeCheck | DocumentCheck) -> Message:
    """What the band says in its large line."""
    since, until = (check.reason.params.get(name) for name in ("valid_from", "valid_until"))
    if check.state == "not_yet_valid" and isinstance(since, datetime):
        return Message(N_("Not valid yet: from {date}"), {"date": _day(since)})
    if check.state == "expired" and isinstance(until, datetime):
        return Message(N_("Expired on {date}"), {"date": _day(until)})
    if check.state == "revoked" and check.revoked_at is not None:
        return Message(N_("Revoked on {date}"), {"date": _day(check.revoked_at)})
    return Message(_HEADLINES.get(check.state, LOOKS[check.state].word))


def _day(moment: datetime) -> date:
    return moment.astimezone(translator().timezone).date()
