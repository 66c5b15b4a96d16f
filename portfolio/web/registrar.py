"""The school office: people and what their families agreed to, practice that waits, confirmations, packages to hand out."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from flask import Blueprint, Response, render_template, request, session
from flask.typing import ResponseReturnValue

from portfolio.errors import N_, Conflict, InvalidInput, NotFound
from portfolio.permalinks import normalized_code
from portfolio.services import browse, consent, graduate, register, revoke, sign_in
from portfolio.services.authorize import Actor, require
from portfolio.services.reasons import reason
from portfolio.web import downloads
from portfolio.web.context import actor, ports
from portfolio.web.downloads import XLSX, attachment
from portfolio.web.forms import Form, page_number, parsed_day, search_text
from portfolio.web.language import gettext, say, translator
from portfolio.web.security import once, see_other, tell
from portfolio.web.states import ORIGINS, REASONS

blueprint = Blueprint("registrar", __name__, url_prefix="/admin")

# What the list of confirmations can be narrowed to, in the words of states.LOOKS.
STATES: Final = ("current", "revoked", "suspended", "superseded", "expired")
# What a person types before something that cannot be undone; either language is understood in either.
REVOKE_WORDS: Final = ("отозвать", "revoke")
LARGEST_REGISTER: Final = 20_000  # rows of one workbook

_ONE_TIME: Final = "one-time-password"

CONSENTS: Final = {
    "processing": N_("Processing of data"),
    "publication": N_("Publication"),
}


@blueprint.before_request
def only_the_office() -> None:
    """Nobody else gets as far as a form of this room."""
    require(actor(), "registrar")


@blueprint.context_processor
def words() -> dict[str, object]:
    """What the office's templates call beside everybody's."""
    return {"reason_of": reason, "days": _days}


@blueprint.get("")
def overview() -> str:
    """The school in figures, and what needs somebody's attention."""
    return render_template("registrar/overview.html", view=browse.overview(ports(), _registrar()))


# --- pupils


@blueprint.get("/people")
def people() -> str:
    """Pupils by name or number, by class, fifty a page."""
    query, class_name = search_text(request.args), search_text(request.args, "class")
    found = browse.people_page(
        ports(), _registrar(), query=query, class_name=class_name or None, page=page_number(request.args)
    )
    return render_template("registrar/people.html", found=found, query=query, class_name=class_name)


@blueprint.get("/people/<int:pupil_id>")
def person(pupil_id: int) -> str:
    """One pupil: sign-in, consents, confirmations, package."""
    found = browse.person(ports(), _registrar(), pupil_id)
    return render_template("registrar/person.html", pupil=found, new_account=_handed_over())


@blueprint.post("/people/<int:pupil_id>/sign-in")
@once
def give_sign_in(pupil_id: int) -> ResponseReturnValue:
    """Make a sign-in with a one-time password, or a new one-time password for the sign-in that is there."""
    registrar = _registrar()
    found = browse.person(ports(), registrar, pupil_id)
    _hand_over(sign_in.new_account(ports(), registrar, role="pupil", person=found.roster_id))
    return see_other("registrar.person", pupil_id=pupil_id)


@blueprint.get("/people/<int:pupil_id>/consents/<purpose>")
def consent_form(pupil_id: int, purpose: str) -> str:
    """Before a consent changes: what opens or closes with it."""
    return _consent_page(pupil_id, purpose, Form())


@blueprint.post("/people/<int:pupil_id>/consents/<purpose>")
@once
def change_consent(pupil_id: int, purpose: str) -> ResponseReturnValue:
    """Record a consent that the school holds on paper, or its withdrawal."""
    registrar = _registrar()
    if purpose not in CONSENTS:
        raise NotFound
    form = Form(request.form)
    change = form.choice("change", ("grant", "withdraw"))
    if not form.flag("sure"):
        form.fail("sure", N_("Please tick the box to confirm."))
    if form.errors:
        return _consent_page(pupil_id, purpose, form), InvalidInput.status
    try:
        if change == "grant":
            consent.grant(ports(), registrar, pupil_id, purpose)
        else:
            consent.withdraw(ports(), registrar, pupil_id, purpose)
    except Conflict as refusal:
        form.refuse("sure", refusal)
        return _consent_page(pupil_id, purpose, form), refusal.status
    granted, withdrawn = N_("The consent is recorded."), N_("The withdrawal is recorded and works from now on.")
    tell("holds", granted if change == "grant" else withdrawn)
    return see_other("registrar.person", pupil_id=pupil_id)


# --- mentors


@blueprint.get("/mentors")
def mentors() -> str:
    """Everybody who may confirm practice, and until when."""
    return render_template(
        "registrar/mentors.html", mentors=browse.mentors(ports(), _registrar()), new_account=_handed_over()
    )


@blueprint.post("/mentors/sign-in")
@once
def give_mentor_sign_in() -> ResponseReturnValue:
    """Make a mentor's sign-in, or a new one-time password for it."""
    form = Form(request.form)
    code = form.text("mentor", limit=60)
    form.check()
    _hand_over(sign_in.new_account(ports(), _registrar(), role="mentor", person=code))
    return see_other("registrar.mentors")


# --- practice that is not a confirmation yet


@blueprint.get("/practice")
def practice() -> str:
    """Completed practice that is not a confirmation yet, and why."""
    class_name, code = search_text(request.args, "class"), search_text(request.args, "reason")
    found = browse.register(
        ports(), _registrar(), class_name=class_name or None, code=code or None, page=page_number(request.args)
    )
    return render_template("registrar/practice.html", found=found, class_name=class_name, reason=code)


@blueprint.get("/practice.xlsx")
def practice_sheet() -> Response:
    """The same register, as filtered, for an office program."""
    class_name, code = search_text(request.args, "class"), search_text(request.args, "reason")
    found = browse.register(
        ports(), _registrar(), class_name=class_name or None, code=code or None, page=1, size=LARGEST_REGISTER
    )
    header = [
        gettext(name)
        for name in (
            N_("Class"),
            N_("Pupil"),
            N_("Programme"),
            N_("Mentor"),
            N_("Start"),
            N_("End"),
            N_("What is missing"),
        )
    ]
    rows = (
        (
            row.class_name or "",
            row.pupil,
            row.programme,
            row.mentor,
            row.start,
            row.end,
            " ".join(say(reason(found_code)) for found_code in row.codes),
        )
        for row in found.rows
    )
    data = ports().sheets.xlsx(gettext(N_("Waiting practice")), header, rows)
    return attachment(data, "practice.xlsx", XLSX)


# --- confirmations


@blueprint.get("/credentials")
def credentials() -> str:
    """Every confirmation, by pupil, title or code."""
    query, state = search_text(request.args), request.args.get("state", "")
    found = browse.credentials_page(
        ports(),
        _registrar(),
        query=normalized_code(query) or query,
        state=state if state in STATES else None,
        page=page_number(request.args),
    )
    return render_template("registrar/credentials.html", found=found, query=query, state=state, states=STATES)


@blueprint.get("/credentials/<reference>")
def credential(reference: str) -> str:
    """One confirmation in full, and what can be done about it."""
    return _credential_page(register.credential(ports(), _registrar(), reference), Form())


@blueprint.get("/credentials/<reference>/certificate.pdf")
def certificate(reference: str) -> Response:
    """The confirmation on one printed page."""
    return downloads.certificate(_registrar(), reference)


@blueprint.get("/credentials/<reference>/credential.json")
def credential_file(reference: str) -> Response:
    """The signed file as it was issued."""
    return downloads.signed_file(_registrar(), reference)


@blueprint.post("/credentials/<reference>/revoke")
@once
def revoke_credential(reference: str) -> ResponseReturnValue:
    """Take a confirmation back for good, with a reason and a typed word."""
    page = register.credential(ports(), _registrar(), reference)
    form = Form(request.form)
    why = form.choice("reason", revoke.REASONS)
    form.word("word", REVOKE_WORDS, shown=gettext(N_("revoke")))
    if form.errors:
        return _credential_page(page, form), InvalidInput.status
    revoke.revoke(ports(), _registrar(), page.credential.id, why)
    tell("holds", N_("The confirmation is revoked, and whoever checks it sees that from now on."))
    return see_other("registrar.credential", reference=page.credential.code)


@blueprint.post("/credentials/<reference>/suspend")
@once
def suspend_credential(reference: str) -> ResponseReturnValue:
    """Put a confirmation on hold."""
    page = register.credential(ports(), _registrar(), reference)
    revoke.suspend(ports(), _registrar(), page.credential.id)
    tell("holds", N_("The confirmation is on hold. You can lift the hold at any time."))
    return see_other("registrar.credential", reference=page.credential.code)


@blueprint.post("/credentials/<reference>/reinstate")
@once
def reinstate_credential(reference: str) -> ResponseReturnValue:
    """Lift a hold."""
    page = register.credential(ports(), _registrar(), reference)
    revoke.reinstate(ports(), _registrar(), page.credential.id)
    tell("holds", N_("The hold is lifted; the confirmation is in force again."))
    return see_other("registrar.credential", reference=page.credential.code)


# --- packages


@blueprint.get("/export")
def export_form() -> str:
    """Whom to make packages for: a class, or one pupil found by name."""
    return _export_page(Form())


@blueprint.post("/export")
@once
def export() -> ResponseReturnValue:
    """The ZIP: signed CLR, signed confirmations and the PDF of each pupil, and the register."""
    registrar = _registrar()
    form = Form(request.form)
    classes = browse.overview(ports(), registrar).classes
    if form.value("pupil"):
        pupil_ids = form.identifiers("pupil", maximum=200)
        class_name = None
    else:
        pupil_ids = ()
        class_name = form.choice("class", classes)
    if form.errors:
        return _export_page(form), InvalidInput.status
    with TemporaryDirectory(dir=ports().home, prefix=".export-") as folder:
        path = Path(folder) / "portfolios.zip"
        try:
            summary = graduate.export(ports(), registrar, path, pupil_ids=pupil_ids, class_name=class_name)
        except NotFound as refusal:
            form.refuse("class", refusal)
            return _export_page(form), InvalidInput.status
        if not summary.packed:
            form.fail("class", N_("There is not one confirmation in force here, so there is nothing to pack."))
            return _export_page(form), InvalidInput.status
        today = ports().now().astimezone(ports().settings.timezone)
        return attachment(path.read_bytes(), f"portfolios-{today:%Y-%m-%d}.zip", "application/zip")


def _days(start: str, end: str) -> str:
    """The days of a practice as they were stated: written out when they are days, otherwise as they stand."""
    first, last = parsed_day(start), parsed_day(end)
    return translator().period(first, last) if first and last and first <= last else f"{start} – {end}"


def _registrar() -> Actor:
    return require(actor(), "registrar")


def _hand_over(account: sign_in.NewAccount) -> None:
    # For the next page only, and sealed: a one-time password is not to be read out of a browser's cookie.
    sealed = ports().keys.seal(_ONE_TIME, json.dumps(asdict(account)).encode())
    session[_ONE_TIME] = b64encode(sealed).decode()


def _handed_over() -> sign_in.NewAccount | None:
    sealed = session.pop(_ONE_TIME, None)
    if sealed is None:
        return None
    return sign_in.NewAccount(**json.loads(ports().keys.unseal(_ONE_TIME, b64decode(sealed))))


def _consent_page(pupil_id: int, purpose: str, form: Form) -> str:
    found = browse.person(ports(), _registrar(), pupil_id)
    if purpose not in CONSENTS:
        raise NotFound
    given = found.processing if purpose == "processing" else found.publication
    return render_template(
        "registrar/consent.html", pupil=found, purpose=purpose, title=CONSENTS[purpose], given=given, form=form
    )


def _credential_page(page: register.CredentialPage, form: Form) -> str:
    return render_template(
        "registrar/credential.html",
        page=page,
        form=form,
        reason_tiles=[(why, gettext(REASONS[why]), "") for why in revoke.REASONS],
        reason=REASONS.get(page.revocation_reason or ""),
        origin=gettext(ORIGINS[page.origin]) if page.origin in ORIGINS else page.origin,
        pdf_missing=ports().paper.unavailable() is not None,
    )


def _export_page(form: Form) -> str:
    registrar = _registrar()
    query = search_text(request.args)
    found = browse.people_page(ports(), registrar, query=query) if query else None
    return render_template(
        "registrar/export.html",
        form=form,
        class_options=[(name, name) for name in browse.overview(ports(), registrar).classes],
        query=query,
        found=found,
        pdf_missing=ports().paper.unavailable() is not None,
    )
