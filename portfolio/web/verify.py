"""For employers: what stands behind a printed code, and what a file is worth."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portfolio.errors import N_, InvalidInput, Message, NotFound
from portfolio.permalinks import normalized_code
from portfolio.services import brought
from portfolio.services import verify as services
from portfolio.services.links import NOT_FOUND
from portfolio.services.verify import CodeCheck
from portfolio.web import findings
from portfolio.web.context import ports
from portfolio.web.downloads import XLSX, attachment
from portfolio.web.language import gettext
from portfolio.web.problems import problem_response, wants_json
from portfolio.web.security import require_form_token, throttle_files, throttle_misses
from portfolio.web.states import STEPS, STEPS_OF_PRESENTATIONS, band_of

blueprint = Blueprint("verify", __name__)

_STEP_NAMES = {**STEPS, **STEPS_OF_PRESENTATIONS}

NO_SUCH_CODE = N_("This is not a code from a document. It has 16 letters and digits.")
NOTHING_SENT = N_("Please choose a file, or paste a link or a code.")
TOO_MANY_FILES = N_("Please choose at most {most} files at once. Nothing was opened.")


@blueprint.get("/v")
def typed() -> ResponseReturnValue:
    """A code that somebody typed, in any case and grouping, leads to its page."""
    text = request.args.get("code", "")
    code = normalized_code(text[:200])
    if code is None:
        page = render_template("public/index.html", typed=text[:200], fault=Message(NO_SUCH_CODE))
        return page, 400
    return redirect(url_for("verify.by_code", code=code), 303)


@blueprint.get("/v/<code>")
@throttle_misses
def by_code(code: str) -> ResponseReturnValue:
    """The verification page of one credential, or the same as JSON."""
    canonical = normalized_code(code[:200])
    if canonical is not None and canonical != code:
        target = url_for("verify.by_code", code=canonical)
        query = request.query_string.decode("ascii", "ignore")
        return redirect(f"{target}?{query}" if query else target, 301)
    try:
        check = services.by_code(ports(), canonical or "")
    except NotFound:
        return _no_record()
    if wants_json():
        return Response(orjson.dumps(findings.code_json(check)), content_type="application/json")
    return render_template("public/code.html", check=check, band=band_of(check), steps=STEPS)


@blueprint.get("/v/<code>/credential.json")
@throttle_misses
def credential_file(code: str) -> ResponseReturnValue:
    """The signed file, where the family's consent lets it out."""
    check = services.by_code(ports(), code)
    if check.credential is None:
        raise NotFound
    response = Response(orjson.dumps(check.credential), content_type="application/vc")
    response.headers["Content-Disposition"] = f'attachment; filename="{check.code}.json"'
    return response


@blueprint.get("/verify")
def form() -> str:
    """The form for files, links and codes."""
    return render_template("public/verify.html", fault=None, text="")


@blueprint.post("/verify")
@throttle_files
@throttle_misses
def check_file() -> ResponseReturnValue:
    """Check files or pasted text. Everything is read in memory and nothing is stored.

    A page for one thing, a table for several, JSON for a program; ``format=xlsx`` gives the table as a workbook, either of
    what is sent along or of the sealed table that a page of ours holds.
    """
    if not wants_json():  # which a form of another site cannot ask for
        require_form_token()
    if "table" in request.form:
        return _workbook(findings.unsealed(ports(), request.form["table"]))
    files = [brought.Brought(file.filename, file.read()) for file in request.files.getlist("file") if file.filename]
    typed = request.form.get("text", "")
    if not files and not typed.strip():
        return _asked_again(Message(NOTHING_SENT), typed)
    if len(files) > brought.MOST_FILES:
        return _asked_again(Message(TOO_MANY_FILES, {"most": brought.MOST_FILES}), typed)
    found = brought.check(ports(), files, typed)
    g.misses = sum(finding.state == NOT_FOUND for finding in found)
    if wants_json():
        body = {"checked": len(found), "results": [findings.as_json(finding) for finding in found]}
        return Response(orjson.dumps(body), content_type="application/json")
    rows = [findings.row_of(finding) for finding in found]
    if request.form.get("format") == "xlsx":
        return _workbook(findings.table_of(rows))
    if len(rows) == 1:
        if isinstance(rows[0].check, CodeCheck):
            return redirect(url_for("verify.by_code", code=rows[0].check.code), 303)
        return render_template("public/result.html", row=rows[0], steps=_STEP_NAMES)
    sealed = findings.sealed(ports(), findings.table_of(rows))
    return render_template(
        "public/results.html",
        rows=rows,
        counted=findings.counted(rows),
        sealed=sealed,
        checked_at=ports().now(),
        steps=_STEP_NAMES,
    )


def _asked_again(fault: Message, typed: str) -> ResponseReturnValue:
    if wants_json():
        raise InvalidInput(message=fault)
    return render_template("public/verify.html", fault=fault, text=typed[:20_000]), 422


def _workbook(table: Sequence[Sequence[object]]) -> Response:
    header, *rows = table
    data = ports().sheets.xlsx(gettext("Checked"), [str(cell) for cell in header], rows)
    return attachment(data, "checked.xlsx", XLSX)


def _no_record() -> Response:
    # The same bytes whether there never was such a record or it was erased: nothing of the address is repeated.
    if wants_json():
        return problem_response(status=404, type_=NotFound.type, title=NotFound.title)
    return make_response(render_template("public/no_record.html"), 404)
