"""The school office: whose signatures are believed here. Nothing is before a person has compared and agreed."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portfolio.errors import N_, Conflict, FetchFailed, InvalidInput, NotFound, OrientirError
from portfolio.services import known_issuers, register_issuers
from portfolio.services.authorize import Actor, require
from portfolio.services.register_issuers import KINDS
from portfolio.web.context import actor, ports
from portfolio.web.forms import Form
from portfolio.web.language import gettext
from portfolio.web.security import once, see_other, tell

blueprint = Blueprint("issuers", __name__, url_prefix="/admin/issuers")

# How many DID documents one request fetches at most: each may take five seconds.
_FETCHED_AT_ONCE: Final = 4
_REFUSALS: Final = (InvalidInput, Conflict, FetchFailed, NotFound)


@blueprint.before_request
def only_the_office() -> None:
    """Nobody else gets as far as a form of this room."""
    require(actor(), "registrar")


@blueprint.get("")
def overview() -> str:
    """Everybody whose signatures are believed, and the two ways to believe somebody more."""
    return _overview(Form(), Form())


@blueprint.post("/look")
def look() -> ResponseReturnValue:
    """Before an issuer is added: the figures to compare by telephone."""
    form = Form(request.form)
    did = form.text("did", limit=300)
    document = _handed("document") or form.value("document").strip().encode()
    if not (form.text("name_ru", limit=200, required=False) or form.text("name_en", limit=200, required=False)):
        form.fail("name_ru", N_("A name is missing."))
    form.choice("kind", KINDS)
    if form.errors:
        return _overview(form, Form()), InvalidInput.status
    try:
        candidate = register_issuers.look_at(ports(), _registrar(), did, document or None)
    except _REFUSALS as refusal:
        form.refuse("did", refusal)
        return _overview(form, Form()), refusal.status
    return render_template(
        "registrar/issuer.html", candidate=candidate, form=form, document=candidate.document.decode()
    )


@blueprint.post("/add")
@once
def add() -> ResponseReturnValue:
    """Believe an issuer whose figures were compared."""
    form = Form(request.form)
    try:
        register_issuers.add(
            ports(),
            _registrar(),
            did=form.value("did"),
            document=form.value("document").encode(),
            names={"ru": form.value("name_ru"), "en": form.value("name_en")},
            kind=form.value("kind"),
        )
    except _REFUSALS as refusal:
        form.refuse("did", refusal)
        return _overview(form, Form()), refusal.status
    tell("holds", N_("Its signatures are believed from now on."))
    return see_other("issuers.overview")


@blueprint.post("/remove")
@once
def remove() -> ResponseReturnValue:
    """Believe an issuer no longer."""
    register_issuers.remove(ports(), _registrar(), Form(request.form).value("did"))
    tell("holds", N_("Its signatures are no longer believed."))
    return see_other("issuers.overview")


@blueprint.post("/list")
def preview_list() -> ResponseReturnValue:
    """Before another school's list is taken in: what it changes."""
    form = Form(request.form)
    data = _handed("list")
    try:
        if data is None:
            address = form.text("address", limit=300)
            if form.errors:
                return _overview(Form(), form), InvalidInput.status
            data = register_issuers.fetch_list(ports(), _registrar(), address)
        plan = register_issuers.import_list(ports(), _registrar(), data, dry_run=True)
    except _REFUSALS as refusal:
        return _list_refused(form, refusal)
    return render_template("registrar/issuer_list.html", plan=plan, body=data.decode())


@blueprint.post("/list/take")
@once
def take_list() -> ResponseReturnValue:
    """Take in a list whose changes were shown."""
    form = Form(request.form)
    try:
        plan = register_issuers.import_list(
            ports(), _registrar(), form.value("body").encode(), fetch_at_most=_FETCHED_AT_ONCE
        )
    except _REFUSALS as refusal:
        return _list_refused(form, refusal)
    tell("holds", N_("The list is taken in: version {version}."), version=plan.version)
    missing = len(plan.changes.added) - sum(renewal.outcome != "failed" for renewal in plan.renewals)
    if missing:
        tell("caution", N_("Some of their keys are not here yet. On the server: portfolio trust refresh"))
    return see_other("issuers.overview")


def _list_refused(form: Form, refusal: OrientirError) -> ResponseReturnValue:
    form.refuse("address", refusal)
    return _overview(Form(), form), refusal.status


def _handed(name: str) -> bytes | None:
    """A file of the form, when one was chosen."""
    found = request.files.get(name)
    return found.read() if found is not None and found.filename else None


def _registrar() -> Actor:
    return require(actor(), "registrar")


def _overview(form: Form, list_form: Form) -> str:
    kinds = {"school": N_("School of the network"), "organisation": N_("Partner")}
    return render_template(
        "registrar/issuers.html",
        known=known_issuers.known(ports()),
        form=form,
        list_form=list_form,
        kinds=[(kind, gettext(kinds[kind])) for kind in KINDS],
    )
