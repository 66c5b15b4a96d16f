"""The one place where an error becomes an answer: a page in kind words, or an RFC 9457 object for a program.

A page says what happened, that nothing was lost, and what to do next. Neither carries personal data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from portfolio import errors
from portfolio.errors import N_, Message, NotSignedIn, OrientirError
from portfolio.services.reasons import reasons
from portfolio.services.sign_in import WrongPassword
from portfolio.web.context import home
from portfolio.web.language import gettext, say
from portfolio.web.states import ADVICE, LOOKS

JSON_TYPES = (
    "application/json",
    "application/problem+json",
    "application/ld+json",
    "application/vc",
    "application/did+json",
)
# What a program gets: these answer JSON whatever the client prefers.
MACHINE_BLUEPRINTS = frozenset({"api", "well_known"})


@dataclass(frozen=True)
class Explanation:
    """What a person is told. heading: short; what: what happened and that nothing was lost; next_step: what to do."""

    heading: str
    what: str
    next_step: str


EXPLANATIONS: Mapping[str, Explanation] = {
    "invalid_input": Explanation(
        N_("This cannot be accepted"),
        N_("Something in what you sent does not fit. Nothing was changed."),
        N_("Go back, correct it and send it again."),
    ),
    "not_signed_in": Explanation(
        N_("Please sign in"),
        N_("This page is for people of the school."),
        N_("Sign in, and you will come straight back here."),
    ),
    "wrong_password": Explanation(
        N_("The login or the password is not right"),
        N_("Nothing was changed, and you can try again."),
        N_("If you have forgotten the password, the school office gives you a new one."),
    ),
    "bad_token": Explanation(
        N_("A program needs its token"),
        N_(
            "Issuing and revoking are for the programs of organisations that the school gave a token. Nothing was changed."
        ),
        N_("Send it as “Authorization: Bearer …”. If it was lost or revoked, the school makes a new one."),
    ),
    "forbidden": Explanation(
        N_("This page is not for you"),
        N_("You are signed in, and this belongs to somebody else’s work. Nothing was changed."),
        N_("If you need it, ask the school office."),
    ),
    "not_found": Explanation(
        N_("There is no such page"),
        N_("The address may have been typed with a slip, or the page was never here."),
        N_("Check the address, or begin at the start page."),
    ),
    "closed": Explanation(
        N_("The owner has closed access"),
        N_("This was shown for a time, and it no longer is. That says nothing about the person or their work."),
        N_("Ask the person who gave you the link for a new one."),
    ),
    "expired": Explanation(
        N_("The link’s time is over"),
        N_("A link for showing is open for some days only, and this one has ended."),
        N_("Ask the person who gave you the link for a new one."),
    ),
    "conflict": Explanation(
        N_("This is already recorded differently"),
        N_("What you sent contradicts what is there. Nothing was changed."),
        N_("Open the page again to see how things stand now."),
    ),
    "gates_unmet": Explanation(
        N_("This cannot be signed yet"),
        N_("A confirmation is signed only when everything behind it is in order. Nothing was lost."),
        N_("What is missing:"),
    ),
    "too_large": Explanation(
        N_("The file is too large"),
        N_("It was not read and nothing was changed. Files to check may have up to 8 MB each and 32 MB together."),
        N_("Choose fewer at once, or smaller photos."),
    ),
    "too_many_requests": Explanation(
        N_("Too many attempts"),
        N_("Somebody at your address has tried very often, so this page rests for a moment. Nothing was lost."),
        N_("Please wait a minute and try again."),
    ),
    "unavailable": Explanation(
        N_("This part is not available right now"),
        N_("The rest works, and nothing was lost."),
        N_("Please try again a little later, or tell the school office."),
    ),
    "ledger": Explanation(
        N_("The public journal does not fit"),
        N_(
            "A record in the public journal, or a proof that came from it, does not agree with the rest. Nothing was changed."
        ),
        N_("Please tell the school office; until it is cleared up, do not rely on this record."),
    ),
    "configuration": Explanation(
        N_("The server is not set up"),
        N_("Nothing was lost. The people who run this server have to finish its settings."),
        N_("Please tell the school office."),
    ),
    "form_expired": Explanation(
        N_("The form has grown old"),
        N_("It was opened before you signed in or out, or in another browser. Nothing was changed."),
        N_("Go back, reload the page and send the form again."),
    ),
    "bad_request": Explanation(
        N_("The request could not be read"),
        N_("Nothing was changed."),
        N_("Go back and try again."),
    ),
    "method_not_allowed": Explanation(
        N_("This address works differently"),
        N_("It cannot be opened in this way. Nothing was changed."),
        N_("Begin at the start page."),
    ),
    "document": Explanation(
        N_("The document does not hold"),
        N_("What was sent could not be used. Nothing was stored."),
        N_("Ask for the original file."),
    ),
    "error": Explanation(
        N_("Something went wrong on our side"),
        N_("What you were doing has not been saved halfway: it is either done or not begun."),
        N_("Please try again. If it happens again, tell the school office when it was."),
    ),
}


@dataclass(frozen=True)
class StateProblem:
    """A problem type that a verification names beside a document it could read. code: state of the document."""

    type: str
    code: str
    status: int = 400


# Each state of a document that is a problem type of our own; the other states have types of W3C.
_STATE_PROBLEMS = tuple(
    StateProblem(f"/problems#{state.replace('_', '-')}", state)
    for state in ("issuer_unknown", "not_yet_valid", "expired", "suspended", "superseded", "revoked")
)
_STATES: Mapping[str, Explanation] = {
    problem.type: Explanation(
        LOOKS[problem.code].word,
        N_("The signature holds, so the document is as it was issued."),
        ADVICE[problem.code],
    )
    for problem in _STATE_PROBLEMS
}

# The product's own problem types, as /problems lists them.
OWN_PROBLEMS: tuple[type[OrientirError] | StateProblem, ...] = (
    errors.InvalidInput,
    errors.NotSignedIn,
    WrongPassword,
    errors.BadToken,
    errors.Forbidden,
    errors.NotFound,
    errors.Closed,
    errors.Conflict,
    errors.GatesUnmet,
    errors.TooLarge,
    errors.TooManyRequests,
    errors.Unavailable,
    errors.LedgerError,
    errors.ConfigurationError,
    *_STATE_PROBLEMS,
)
_BY_STATUS = {
    401: errors.NotSignedIn,
    403: errors.Forbidden,
    404: errors.NotFound,
    413: errors.TooLarge,
    429: errors.TooManyRequests,
    503: errors.Unavailable,
}


def explanation_of(code: str) -> Explanation:
    """The words for an error code."""
    return EXPLANATIONS.get(code, EXPLANATIONS["error"])


def listed_problems() -> list[tuple[str, int, Explanation]]:
    """Every problem type of our own: its fragment under /problems, its HTTP status, its words."""
    return [
        (known.type.partition("#")[2], known.status, _STATES.get(known.type) or explanation_of(known.code))
        for known in OWN_PROBLEMS
    ]


def wants_json(*, default: bool = False) -> bool:
    """Whether the client prefers a program's answer over a page. default: when it prefers neither."""
    accepted = request.accept_mimetypes
    html = accepted["text/html"]
    machine = max(accepted[kind] for kind in JSON_TYPES)
    return default if machine == html else machine > html


def problem_response(
    *,
    status: int,
    type_: str,
    title: str,
    detail: str = "",
    path: str | None = None,
    members: Mapping[str, object] | None = None,
) -> Response:
    """An RFC 9457 answer. Own types become absolute under the school's address."""
    body: dict[str, object] = {
        "type": home().links.problem(type_) if type_.startswith("/") else type_,
        "title": title,
        "status": status,
    }
    if detail and detail != title:
        body["detail"] = detail
    if path is not None:
        body["path"] = path
    body.update(members or {})
    response = Response(orjson.dumps(body), status=status, content_type="application/problem+json")
    response.headers["Content-Language"] = "en"
    return response


def problem_page(
    code: str,
    status: int,
    *,
    said: Message | None = None,
    listed: Sequence[Message] = (),
) -> Response:
    """The page for an error code. said: the error's own sentence, where it has one that is more exact."""
    words = explanation_of(code)
    sentences = [say(said)] if said is not None else [gettext(words.what)]
    sentences.append(gettext(words.next_step))
    steps = [(gettext("To the start page"), url_for("public.index"))]
    if code == "not_signed_in":
        steps.insert(0, (gettext("Sign in"), url_for("account.login")))
    body = render_template(
        "problem.html",
        heading=gettext(words.heading),
        eyebrow=str(status),
        sentences=sentences,
        listed=[say(message) for message in listed],
        steps=steps,
    )
    return make_response(body, status)


def _machine() -> bool:
    blueprint = request.blueprint
    return blueprint in MACHINE_BLUEPRINTS or wants_json()


def on_orientir_error(error: OrientirError) -> ResponseReturnValue:
    """Our own errors."""
    problem = error.problem()
    if _machine():
        members = {key: value for key, value in error.params.items() if key == "codes"}
        if error.params.get("why") == "expired":  # why else it was closed is nobody's business
            members["why"] = "expired"
        response = problem_response(
            status=error.status,
            type_=problem.type,
            title=problem.title,
            detail=problem.detail,
            path=problem.path,
            members=members,
        )
        if isinstance(error, errors.BadToken):
            response.headers["WWW-Authenticate"] = 'Bearer realm="orientir"'  # RFC 6750 §3
        if isinstance(error, errors.TooManyRequests):
            response.headers["Retry-After"] = "60"
        return response
    if isinstance(error, NotSignedIn):
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("account.login", next=back), 303)
    code = (
        error.code if error.code in EXPLANATIONS else "document" if isinstance(error, errors.DocumentError) else "error"
    )
    if isinstance(error, errors.Closed) and error.params.get("why") == "expired":
        code = "expired"
    said = error.message if error.message.text != error.title else None
    listed = reasons(error.codes) if isinstance(error, errors.GatesUnmet) else ()
    return problem_page(code, error.status, said=said, listed=listed)


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    """What the framework raises: no such address, a body too large, a broken request, a crash."""
    status = error.code
    if status is None or status < 400:
        return error.get_response()
    if isinstance(error, SecurityError):
        # Nothing is built for a host that is not ours: neither links nor a page.
        return Response("This address is not served here.\n", 400, content_type="text/plain; charset=utf-8")
    kind = _BY_STATUS.get(status)
    code = kind.code if kind else {405: "method_not_allowed", 500: "error"}.get(status, "bad_request")
    if isinstance(error, CSRFError):
        code = "form_expired"
    if _machine():
        # The framework's own words for a crash or a broken request say nothing of use, and are not repeated.
        title = kind.title if kind else error.name
        response = problem_response(status=status, type_=kind.type if kind else "about:blank", title=title)
    else:
        response = problem_page(code, status)
    for name in ("Allow", "Retry-After"):
        value = error.get_response().headers.get(name)
        if value:
            response.headers[name] = value
    if status == 429 and "Retry-After" not in response.headers:
        response.headers["Retry-After"] = "60"
    return response


def init_app(app: Flask) -> None:
    """Answer every error in one place."""
    app.register_error_handler(OrientirError, on_orientir_error)
    app.register_error_handler(HTTPException, on_http_error)
