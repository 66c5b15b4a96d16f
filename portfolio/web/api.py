"""HTTP for machines, in the shapes of W3C VCALM, and the description of it."""

from __future__ import annotations

from importlib.resources import files

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from portfolio.errors import ParsingError
from portfolio.services import challenges, vcalm
from portfolio.web.context import ports
from portfolio.web.language import say
from portfolio.web.security import throttle_machines

blueprint = Blueprint("api", __name__)


@blueprint.get("/api/openapi.yaml")
def description() -> Response:
    """The OpenAPI 3.1 description of everything a machine may call."""
    body = files("portfolio.web").joinpath("openapi.yaml").read_bytes()
    response = Response(body, content_type="application/yaml")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@blueprint.post("/credentials/verify")
@throttle_machines
def verify_credential() -> ResponseReturnValue:
    """Verify one credential: 200 when it is valid, 400 with the whole body when it is not, 400 or 422 for a bad request."""
    return _answered(vcalm.verify_json(ports(), _body()))


@blueprint.post("/presentations/verify")
@throttle_machines
def verify_presentation() -> ResponseReturnValue:
    """Verify a presentation and every credential in it: 200 when all of it holds, 400 with the whole body when it does not."""
    return _answered(vcalm.presentation_json(ports(), _body()))


@blueprint.post("/challenges")
@throttle_machines
def make_challenge() -> ResponseReturnValue:
    """A challenge for a presentation to answer, once and within five minutes."""
    return Response(
        orjson.dumps({"challenge": challenges.new_challenge(ports())}), 201, content_type="application/json"
    )


def _answered(answer: vcalm.VerifyAnswer) -> Response:
    """The answer to a verification, with the steps in the asker's language."""
    body = dict(answer.body)
    body["steps"] = [{"step": step.name, "result": step.result, "reason": say(step.reason)} for step in body["steps"]]
    return Response(orjson.dumps(body), answer.status, content_type="application/json")


@blueprint.post("/credentials/issue")
@throttle_machines
def issue_credential() -> ResponseReturnValue:
    """Sign a credential under the DID of the token's organisation: 201 with the signed bytes as they are kept."""
    issued = vcalm.issue_json(ports(), request.headers.get("Authorization"), _body())
    response = Response(b'{"verifiableCredential":' + issued.body + b"}", 201, content_type="application/json")
    if issued.url is not None:
        response.headers["Location"] = issued.url
    return response


@blueprint.post("/credentials/status")
@throttle_machines
def change_status() -> ResponseReturnValue:
    """Put a credential of the token's organisation on hold, end the hold, or revoke it for good."""
    vcalm.status_json(ports(), request.headers.get("Authorization"), _body())
    return Response(b"{}", content_type="application/json")


@blueprint.post("/credentials/derive")
@throttle_machines
def derive_credential() -> ResponseReturnValue:
    """Always 400: no suite here can derive."""
    vcalm.derive_json(_body())


def _body() -> bytes:
    """The bytes of a JSON body. Raises ParsingError for another kind and for too many of them."""
    request.max_content_length = vcalm.MAXIMUM_REQUEST
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise ParsingError("the body must be sent as application/json")
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise ParsingError("the body is too large") from None


# Machines bring no form token: these views read no cookie.
WITHOUT_CSRF = (
    verify_credential,
    verify_presentation,
    make_challenge,
    issue_credential,
    change_status,
    derive_credential,
)
