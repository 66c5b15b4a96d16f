"""For employers: what stands behind a printed code, and what a file is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portfolio.errors import N_, Message, NotFound, TooLarge
from portfolio.permalinks import normalized_code
from portfolio.services import verify as services
from portfolio.services.verify import CodeCheck, DocumentCheck
from portfolio.web.context import ports
from portfolio.web.language import say
from portfolio.web.problems import problem_response, wants_json
from portfolio.web.security import throttle_files, throttle_misses
from portfolio.web.states import ADVICE, REASONS, STEPS, Look, headline, look_of

blueprint = Blueprint("verify", __name__)

NO_SUCH_CODE = N_("This is not a code from a document. It has 16 letters and digits.")
NOTHING_SENT = N_("Please choose a file or paste its text.")


@dataclass(frozen=True)
class Band:
    """The first thing a reader sees. reason: the verdict's own sentence; advice: what to do, where it is not valid."""

    look: Look
    headline: Message
    reason: Message
    advice: Message | None
    revocation: Message | None


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
        return Response(orjson.dumps(as_json(check)), content_type="application/json")
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
    """The form for a file."""
    return render_template("public/verify.html", fault=None, text="")


@blueprint.post("/verify")
@throttle_files
def check_file() -> ResponseReturnValue:
    """Check a file or pasted text. It is read in memory and nothing is stored."""
    upload = request.files.get("file")
    data = (
        upload.read()
        if upload is not None and upload.filename
        else request.form.get("text", "").strip().encode("utf-8", "surrogatepass")
    )
    if not data:
        return render_template("public/verify.html", fault=Message(NOTHING_SENT), text=""), 422
    if len(data) > services.MAXIMUM_BYTES:
        raise TooLarge
    check = services.check_document(ports(), data)
    return render_template("public/result.html", check=check, band=band_of(check), steps=STEPS)


def band_of(check: CodeCheck | DocumentCheck) -> Band:
    """The band of a finished verification."""
    advice = ADVICE.get(check.state)
    revocation = REASONS.get(check.revocation_reason or "") if isinstance(check, CodeCheck) else None
    return Band(
        look_of(check.state),
        headline(check),
        check.reason,
        Message(advice) if advice else None,
        Message(revocation) if revocation and check.state == "revoked" else None,
    )


def as_json(check: CodeCheck) -> dict[str, Any]:
    """The answer of ``/v/<code>`` to a program."""
    body: dict[str, Any] = {
        "verified": check.verified,
        "state": check.state,
        "checked_at": check.checked_at.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        "code": check.code,
        "steps": [{"step": step.name, "result": step.result, "reason": say(step.reason)} for step in check.steps],
        "shown": check.shown.as_dict() if check.shown else {},
    }
    if check.state == "revoked" and check.revoked_at is not None:
        body["revoked_at"] = check.revoked_at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
        if check.revocation_reason is not None:  # a program gives none
            body["revocation_reason"] = check.revocation_reason
    if check.nested:
        body["nested"] = [
            {"id": inner.credential_id, "state": inner.state, "reason": say(inner.reason)} for inner in check.nested
        ]
    if check.superseded_by_url is not None:
        body["superseded_by"] = check.superseded_by_url
    if check.credential is not None:
        body["credential"] = check.credential
    return body


def _no_record() -> Response:
    # The same bytes whether there never was such a record or it was erased: nothing of the address is repeated.
    if wants_json():
        return problem_response(status=404, type_=NotFound.type, title=NotFound.title)
    return make_response(render_template("public/no_record.html"), 404)
