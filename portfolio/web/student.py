"""The pupil's room: the portfolio, each confirmation with its QR code, the links that show it to others."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portfolio.errors import N_, Conflict, InvalidInput
from portfolio.permalinks import normalized_code
from portfolio.services import graduate, lookups, portfolios, register, share
from portfolio.services.authorize import Actor, own_pupil_id, require
from portfolio.web import downloads
from portfolio.web.context import actor, ports
from portfolio.web.downloads import attachment
from portfolio.web.forms import Form, page_number
from portfolio.web.language import ngettext
from portfolio.web.portfolio import skill_lines
from portfolio.web.security import once, see_other, tell
from portfolio.web.states import REASONS

blueprint = Blueprint("student", __name__, url_prefix="/me")

LONGEST_LABEL: Final = 80


@blueprint.before_request
def only_pupils() -> None:
    """Nobody else gets as far as a form of this room."""
    require(actor(), "pupil")


@blueprint.get("")
def portfolio() -> str:
    """Everything that others have confirmed, by school year, and the skills that come of it."""
    person = _pupil()
    view = portfolios.my_portfolio(ports(), person, page=page_number(request.args))
    return render_template("student/portfolio.html", view=view, skills=skill_lines(view), published=_published(person))


@blueprint.get("/portfolio.zip")
def package() -> ResponseReturnValue:
    """The pupil's own package: signed files, and the PDF where it can be made."""
    person = _pupil()
    found = graduate.package_of(ports(), person, own_pupil_id(person))
    if found.clr is None:
        tell("info", N_("There is nothing to download yet."))
        return see_other("student.portfolio")
    return attachment(graduate.zip_bytes(found, ports().now()), "portfolio.zip", "application/zip")


@blueprint.get("/credentials/<reference>")
def credential(reference: str) -> str:
    """One confirmation with its QR code, ready to be shown from the screen or printed."""
    page = register.credential(ports(), _pupil(), _settled(reference))
    return render_template(
        "student/credential.html",
        page=page,
        reason=REASONS.get(page.revocation_reason or ""),
        pdf_missing=ports().paper.unavailable() is not None,
    )


@blueprint.get("/credentials/<reference>/certificate.pdf")
def certificate(reference: str) -> Response:
    """The confirmation on one printed page, with the signed file inside."""
    return downloads.certificate(_pupil(), _settled(reference))


@blueprint.get("/credentials/<reference>/credential.json")
def credential_file(reference: str) -> Response:
    """The signed file, byte for byte as it was issued."""
    return downloads.signed_file(_pupil(), _settled(reference))


@blueprint.get("/shares")
def shares() -> str:
    """The links that show this portfolio: what is in them, until when, how often they were opened."""
    return _shares_page(_pupil(), Form())


@blueprint.post("/shares")
@once
def open_link() -> ResponseReturnValue:
    """Make a link for 7, 30 or 180 days."""
    person = _pupil()
    form = Form(request.form)
    days = form.choice("days", [str(days) for days in share.LIFETIMES], default=str(share.DEFAULT_LIFETIME))
    label = form.text("label", limit=LONGEST_LABEL, required=False)
    if form.errors:
        return _shares_page(person, form), InvalidInput.status
    try:
        share.create(ports(), person, int(days), label)
    except (InvalidInput, Conflict) as refusal:
        form.refuse("days", refusal)
        return _shares_page(person, form), refusal.status
    tell("holds", N_("The link is ready. It stands first in the list below."))
    return see_other("student.shares")


@blueprint.post("/shares/<int:share_id>/close")
@once
def close_link(share_id: int) -> ResponseReturnValue:
    """Close a link at once and for good."""
    share.close(ports(), _pupil(), share_id)
    tell("holds", N_("The link is closed. Nobody can open it any more."))
    return see_other("student.shares")


def _pupil() -> Actor:
    return require(actor(), "pupil")


def _settled(reference: str) -> str:
    # A code may be typed with dashes or in capitals; an id stays as it is.
    return normalized_code(reference) or reference


def _published(person: Actor) -> bool:
    return "publication" in lookups.my_consents(ports(), person)


def _shares_page(person: Actor, form: Form) -> str:
    links = share.mine(ports(), person)
    return render_template(
        "student/shares.html",
        form=form,
        open_links=[link for link in links if link.live],
        closed_links=[link for link in links if not link.live],
        lifetimes=[(days, ngettext("{count} day", "{count} days", days)) for days in share.LIFETIMES],
        default_lifetime=share.DEFAULT_LIFETIME,
        published=_published(person),
    )
