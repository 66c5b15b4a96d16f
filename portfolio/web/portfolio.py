"""For whoever was sent a link: a pupil's portfolio, for as long as its owner shows it."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from portfolio.errors import NotFound
from portfolio.permalinks import normalized_code
from portfolio.ports import SkillLine
from portfolio.services import share
from portfolio.services.portfolios import PortfolioView
from portfolio.web.context import ports
from portfolio.web.forms import page_number
from portfolio.web.language import translator
from portfolio.web.security import throttle_misses
from portfolio.web.states import level_name

blueprint = Blueprint("portfolio", __name__)


@blueprint.get("/p/<token>")
@throttle_misses
def show(token: str) -> ResponseReturnValue:
    """One page of the portfolio, as far as consent allows. Raises NotFound (404) and Closed (410)."""
    view = share.open_share(ports(), token, page=page_number(request.args))
    return render_template("public/portfolio.html", view=view, skills=skill_lines(view), token=token)


@blueprint.get("/p/<token>/<code>.json")
@throttle_misses
def credential_file(token: str, code: str) -> ResponseReturnValue:
    """The signed file of one confirmation of a shared portfolio, as it was issued."""
    canonical = normalized_code(code[:200])
    if canonical is None:
        raise NotFound
    response = Response(share.shared_credential(ports(), token, canonical), content_type="application/vc")
    response.headers["Content-Disposition"] = f'attachment; filename="{canonical}.json"'
    return response


def skill_lines(view: PortfolioView) -> list[SkillLine]:
    """The skills of a portfolio in the page's language."""
    words = translator()
    return [
        SkillLine(
            code=skill.code,
            title=skill.title(words.locale),
            level=skill.level,
            level_name=level_name(skill.level),
            assessors=skill.assessors,
            newest=words.date(skill.newest),
        )
        for skill in view.skills
    ]
