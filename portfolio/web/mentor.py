"""The mentor's room: confirm in half a minute what a pupil did, from a phone, with one hand.

The form is one page that grows: whom and what for, then the days, the levels and the words, then a card to agree to.
Nothing is stored before the card is agreed to, and every step keeps what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portfolio.errors import N_, GatesUnmet, InvalidInput, Message
from portfolio.i18n import translations
from portfolio.services import award, lookups
from portfolio.services.authorize import Actor, require
from portfolio.services.award import AwardForm, AwardRequest, ProgrammeChoice, PupilChoice
from portfolio.services.reasons import reason
from portfolio.web.context import actor, home, ports
from portfolio.web.forms import Form, search_text
from portfolio.web.language import translator
from portfolio.web.security import once, see_other

blueprint = Blueprint("mentor", __name__, url_prefix="/m")

MOST_HOURS: Final = 2000
LONGEST_NARRATIVE: Final = 2000
EARLIEST: Final = timedelta(days=3 * 366)  # practice of the last three years
NOT_ASSESSED: Final = "0"

# What each level looks like, so that two people who saw the same give the same level.
OBSERVED: Final[Mapping[int, str]] = {
    1: N_("Managed while somebody helped"),
    2: N_("Managed alone, with an example at hand"),
    3: N_("Managed alone, without an example"),
    4: N_("Showed others how it is done"),
}
# Sentences that mentors write most often; ticked ones join what is signed, in the language of the school's documents.
SEEN: Final[Mapping[str, str]] = {
    "made": N_("Made it with their own hands."),
    "defended": N_("Presented the result and answered questions."),
    "helped": N_("Helped others."),
    "finished": N_("Saw the work through to the end."),
}
# The field that a condition of signing is about.
FIELD_OF: Final[Mapping[str, str]] = {
    "end_before_start": "end",
    "not_finished": "end",
    "agreement_not_in_force": "end",
    "mentor_not_accredited": "end",
    "bad_hours": "hours",
    "bad_text": "narrative",
    "no_rubric_result": "levels",
    "level_out_of_range": "levels",
    "skill_not_in_programme": "levels",
    "format_not_certified": "programme",
    "unknown_programme": "programme",
}


@dataclass(frozen=True)
class Unmet:
    """A condition that keeps the signature back. about: the pupils it holds for, empty when it holds for all."""

    field: str
    sentence: Message
    about: Sequence[str]


@blueprint.before_request
def only_mentors() -> None:
    """Nobody else gets as far as a form of this room."""
    require(actor(), "mentor")


@blueprint.get("", endpoint="home")
def first_page() -> str:
    """Two large buttons and what was confirmed last."""
    return render_template("mentor/home.html", offer=award.award_form(ports(), _mentor()))


@blueprint.get("/issue")
def issue() -> str:
    """The empty form; ``?group=0`` starts with the pupils of the last group."""
    return _form_page(award.award_form(ports(), _mentor()), _with_group(Form(), request.args.get("group", "")))


@blueprint.post("/issue")
def fill_in() -> ResponseReturnValue:
    """A step of the form: look for pupils, choose the programme, or see the card. Nothing is stored."""
    offer = award.award_form(ports(), _mentor())
    form = _with_group(Form(request.form), request.form.get("group", ""))
    programme = _programme(offer, form)
    if form.value("step") != "review":
        return _form_page(offer, form)
    asked = _read(offer, programme, form)
    if asked is None or programme is None:
        return _form_page(offer, form), InvalidInput.status
    return render_template(
        "mentor/review.html",
        asked=asked,
        programme=programme,
        pupils=lookups.chosen_pupils(ports(), _mentor(), asked.pupil_ids),
        skills=[
            (_skill_title(skill), asked.levels[skill[0]]) for skill in programme.skills if skill[0] in asked.levels
        ],
        kept=_kept(form),
    )


@blueprint.post("/issue/sign")
@once
def sign() -> ResponseReturnValue:
    """Agree to the card: one confirmation for each pupil, or none at all."""
    mentor = _mentor()
    offer = award.award_form(ports(), mentor)
    form = Form(request.form)
    asked = _read(offer, _programme(offer, form), form)
    if asked is None:
        return _form_page(offer, form), InvalidInput.status
    try:
        award.award_by_mentor(ports(), mentor, asked)
    except GatesUnmet as refusal:
        return _form_page(
            offer, form, _unmet(refusal, lookups.chosen_pupils(ports(), mentor, asked.pupil_ids))
        ), refusal.status
    return see_other("mentor.done", form_key=asked.form_key)


@blueprint.get("/issued/<form_key>")
def done(form_key: str) -> str:
    """What was just confirmed, with the codes to hand on."""
    return render_template("mentor/done.html", issued=lookups.issued_with(ports(), _mentor(), form_key))


def _mentor() -> Actor:
    return require(actor(), "mentor")


def _programme(offer: AwardForm, form: Form) -> ProgrammeChoice | None:
    wanted = form.value("programme")
    return next((one for one in offer.programmes if str(one.id) == wanted and not one.problems), None)


def _with_group(form: Form, number: str) -> Form:
    # A group of last time joins the pupils that are ticked already.
    recent = award.award_form(ports(), _mentor()).recent if number else ()
    if _is_id(number) and int(number) < len(recent):
        form.put("pupil", *dict.fromkeys([*form.values("pupil"), *(str(one.id) for one in recent[int(number)].pupils)]))
    return form


def _read(offer: AwardForm, programme: ProgrammeChoice | None, form: Form) -> AwardRequest | None:
    """Everything that was filled in, or None with the faults in the form."""
    pupil_ids = form.identifiers("pupil", maximum=offer.most_pupils)
    if programme is None:
        form.fail("programme", N_("Please choose what the confirmation is for."))
        return None
    earliest = offer.today - EARLIEST
    start = form.day("start", earliest=earliest, latest=offer.today)
    end = form.day("end", earliest=earliest, latest=offer.today)
    if start is not None and end is not None and end < start:
        form.fail("end", N_("The last day is before the first one."))
    hours = form.integer("hours", minimum=1, maximum=MOST_HOURS)
    levels = _levels(programme, form)
    narrative = _narrative(form)
    if form.errors or start is None or end is None or hours is None:
        return None
    return AwardRequest(pupil_ids, programme.id, start, end, hours, levels, narrative, form.value("form_key"))


def _levels(programme: ProgrammeChoice, form: Form) -> dict[str, int]:
    numbers = [NOT_ASSESSED, *map(str, OBSERVED)]
    given = {code: form.choice(f"level-{code}", numbers, default=NOT_ASSESSED) for code, _, _ in programme.skills}
    levels = {code: int(level) for code, level in given.items() if level and level != NOT_ASSESSED}
    if not levels:
        form.fail("levels", N_("Please choose a level for at least one skill."))
    return levels


def _narrative(form: Form) -> str:
    """The ticked sentences and the mentor's own words, as they will be signed."""
    document = translations(home().language, ports().settings.timezone)
    own = form.text("narrative", limit=LONGEST_NARRATIVE - 300, required=False, multiline=True)
    ticked = [document.gettext(sentence) for name, sentence in SEEN.items() if name in form.values("seen")]
    return " ".join(filter(None, [*ticked, own]))


def _unmet(refusal: GatesUnmet, chosen: Sequence[PupilChoice]) -> list[Unmet]:
    """Every unmet condition once, with the pupils it is about unless it is about all."""
    names = {pupil.id: pupil.name for pupil in chosen}
    held: Mapping[int, Sequence[str]] = dict(refusal.params["pupils"])  # type: ignore[call-overload] # ((id, codes), …)
    found = []
    for code in refusal.params["codes"]:  # type: ignore[attr-defined] # a tuple of names
        about = [pupil_id for pupil_id, codes in held.items() if code in codes]
        everybody = len(about) == len(names)
        found.append(
            Unmet(
                FIELD_OF.get(code, "pupil"),
                reason(code),
                () if everybody else [names[pupil_id] for pupil_id in about],
            )
        )
    return found


def _skill_title(skill: tuple[str, str, str]) -> str:
    return skill[1] if translator().locale == "ru" else skill[2]


def _kept(form: Form) -> list[tuple[str, str]]:
    """Everything that was filled in, to travel through the card's hidden fields."""
    names = ["pupil", "programme", "shown", "start", "end", "hours", "narrative", "seen"]
    names += [name for name in form.names() if name.startswith("level-")]
    return [(name, value) for name in names for value in form.values(name)]


def _form_page(offer: AwardForm, form: Form, unmet: Sequence[Unmet] = ()) -> str:
    mentor = _mentor()
    programme = _programme(offer, form)
    if programme is not None and form.value("shown") != str(programme.id):
        # Another programme has other hours and other skills.
        form.put("hours", programme.hours)
        form.put("shown", programme.id)
    chosen = lookups.chosen_pupils(ports(), mentor, [int(text) for text in form.values("pupil") if _is_id(text)])
    query, class_name = search_text(request.form), search_text(request.form, "class")
    found = award.search_pupils(ports(), mentor, query, class_name or None)
    document = translations(home().language, ports().settings.timezone)
    return render_template(
        "mentor/issue.html",
        offer=offer,
        form=form,
        unmet=unmet,
        programme=programme,
        chosen=chosen,
        found=[one for one in found if one not in chosen],
        searched=bool(query or class_name),
        skills=[(skill[0], _skill_title(skill)) for skill in programme.skills] if programme else [],
        levels=OBSERVED,
        reason=reason,
        seen=[(name, document.gettext(sentence)) for name, sentence in SEEN.items()],
        longest=LONGEST_NARRATIVE - 300,
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
