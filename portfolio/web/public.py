"""Pages for everybody: the start, help, privacy, and what stands under the addresses that signed documents name."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from portfolio.errors import NotFound
from portfolio.services import known_issuers, publish
from portfolio.web.context import ports
from portfolio.web.problems import listed_problems, wants_json

blueprint = Blueprint("public", __name__)


@blueprint.get("/")
def index() -> str:
    """The start page: one field for a code."""
    return render_template("public/index.html", typed="", fault=None)


@blueprint.get("/help/employer")
def employer_help() -> str:
    """What an employer can read off a confirmation."""
    return render_template("public/employer.html")


@blueprint.get("/issuers")
def issuers() -> str:
    """Whose confirmations count here, and why."""
    return render_template("public/issuers.html", known=known_issuers.known(ports()))


@blueprint.get("/privacy")
def privacy() -> str:
    """What is kept, what is shown, who decides."""
    return render_template("public/privacy.html")


@blueprint.get("/problems")
def problems() -> str:
    """The product's own problem types, each under its fragment."""
    return render_template("public/problems.html", listed=listed_problems())


@blueprint.get("/a/<programme>/v<int:version>")
def achievement(programme: str, version: int) -> ResponseReturnValue:
    """One version of a programme, as credentials name it."""
    view = publish.achievement(ports(), programme, version)
    if wants_json():
        return _json(view.definition)
    return render_template("public/achievement.html", view=view)


@blueprint.get("/skills/<code>")
def skill(code: str) -> ResponseReturnValue:
    """One skill of the school's framework."""
    view = publish.skill(ports(), code)
    if wants_json():
        return _json(
            {
                "id": view.url,
                "code": view.code,
                "framework": view.framework,
                "title": {"ru": view.title_ru, "en": view.title_en},
                "levels": [{"level": number, "ru": ru, "en": en} for number, ru, en in view.levels],
            }
        )
    return render_template("public/skill.html", view=view)


@blueprint.get("/o/<ogrn>")
def organisation(ogrn: str) -> ResponseReturnValue:
    """An organisation that credentials name."""
    view = publish.organisation(ports(), ogrn)
    if wants_json():
        return _json({"id": view.url, "type": ["Profile"], "name": view.name, "ogrn": view.ogrn})
    return render_template("public/organisation.html", view=view)


@blueprint.get("/e/<identifier>")
def evidence(identifier: str) -> ResponseReturnValue:
    """The card of one piece of evidence. None is kept here yet, so every address is unknown."""
    raise NotFound


def _json(body: object) -> Response:
    response = Response(orjson.dumps(body), content_type="application/json")
    response.vary.add("Accept")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
