"""Signing in and out, the password, the language. Everybody's room, whatever the role."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from portfolio.errors import N_, InvalidInput
from portfolio.i18n import LOCALES
from portfolio.services import sign_in as sign_ins
from portfolio.services.authorize import ROLES, Actor, Role, require
from portfolio.web.context import actor, ports
from portfolio.web.forms import Form, FormFaults
from portfolio.web.language import set_language_cookie
from portfolio.web.security import (
    clear_sign_in_cookie,
    once,
    safe_next,
    see_other,
    set_sign_in_cookie,
    sign_in_token,
    tell,
    throttle_login,
)

blueprint = Blueprint("account", __name__)

# Where each role begins.
ROOMS: Final[dict[Role, str]] = {
    "pupil": "student.portfolio",
    "mentor": "mentor.home",
    "registrar": "registrar.overview",
}

NOT_THE_SAME = N_("The two new passwords differ.")


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """The sign-in form; who is signed in already goes to their own room."""
    person = actor()
    if person is not None:
        return _arrive(person)
    return _login_page(Form())


@blueprint.post("/login")
@throttle_login
def log_in() -> ResponseReturnValue:
    """Check login and password. The answer to a wrong login and to a wrong password is the same."""
    form = Form(request.form)
    name = form.text("login", limit=200)
    password = form.secret("password")
    if form.errors:
        return _login_page(form), 422
    try:
        signed_in = sign_ins.sign_in(ports(), name, password)
    except sign_ins.WrongPassword as refusal:
        form.refuse("login", refusal)
        return _login_page(form), refusal.status
    before = sign_in_token()
    if before is not None:
        sign_ins.sign_out(ports(), before)
    response = _arrive(signed_in.actor)
    set_sign_in_cookie(response, signed_in)
    if signed_in.actor.language in LOCALES:
        set_language_cookie(response, signed_in.actor.language)
    return response


@blueprint.post("/logout")
def logout() -> Response:
    """End this browser's sign-in. Signing out twice is fine."""
    token = sign_in_token()
    if token is not None:
        sign_ins.sign_out(ports(), token)
    response = see_other("public.index")
    clear_sign_in_cookie(response)
    return response


@blueprint.get("/account")
def settings() -> str:
    """The person's own settings; with a one-time password there is the new password to choose and nothing else."""
    return _settings_page(_signed_in(), Form())


@blueprint.post("/account/password")
@once
def change_password() -> ResponseReturnValue:
    """Choose a new password; every other browser of this person is signed out."""
    person = _signed_in()
    form = Form(request.form)
    old, new, again = form.secret("old"), form.secret("new"), form.secret("again")
    if "new" not in form.errors and "again" not in form.errors and new != again:
        form.fail("again", NOT_THE_SAME)
    try:
        form.check()
        signed_in = sign_ins.change_password(ports(), person, old, new)
    except FormFaults as refusal:
        return _settings_page(person, form), refusal.status
    except sign_ins.WrongPassword:
        form.fail("old", N_("The present password is not right."))
        return _settings_page(person, form), InvalidInput.status
    except InvalidInput as refusal:
        form.refuse("new", refusal)
        return _settings_page(person, form), refusal.status
    response = _arrive(signed_in.actor)
    set_sign_in_cookie(response, signed_in)
    tell("holds", N_("The new password is in force. Other browsers were signed out."))
    return response


@blueprint.post("/account/language")
@once
def change_language() -> ResponseReturnValue:
    """Remember the language that this person reads, on every device."""
    person = _signed_in()
    form = Form(request.form)
    language = form.choice("language", LOCALES)
    if form.errors:
        return _settings_page(person, form), InvalidInput.status
    sign_ins.set_language(ports(), person, language)
    response = see_other("account.settings")
    set_language_cookie(response, language)
    return response


def _signed_in() -> Actor:
    return require(actor(), *ROLES)


def _arrive(person: Actor) -> Response:
    """The page the person was on the way to, or the first page of their role; a one-time password is changed first."""
    if person.must_change:
        return see_other("account.settings")
    path = safe_next(request.values.get("next", ""))
    if path is not None:
        return Response(status=303, headers={"Location": path})
    return see_other(ROOMS[person.role])


def _login_page(form: Form) -> str:
    return render_template("account/login.html", form=form, next=safe_next(request.values.get("next", "")))


def _settings_page(person: Actor, form: Form) -> str:
    return render_template("account/settings.html", form=form, person=person)
