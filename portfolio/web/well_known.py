"""For machines: keys, status lists, health."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portfolio.errors import InvalidInput
from portfolio.services import health, publish, trust
from portfolio.web.context import ports

blueprint = Blueprint("well_known", __name__)

STATUS_LIST_AGE = 300  # seconds; the ttl inside the list says the same


@blueprint.get("/.well-known/did.json")
def did_document() -> Response:
    """The school's DID document."""
    return _did_document(publish.did_document(ports()))


@blueprint.get("/o/<ogrn>/did.json")
def organisation_did_document(ogrn: str) -> Response:
    """The DID document of an organisation that signs under this address."""
    return _did_document(publish.organisation_did_document(ports(), ogrn))


@blueprint.get("/.well-known/trust-list.json")
def trust_list() -> Response:
    """Whose signatures this school believes, the bytes as they were signed."""
    return _published(trust.own_list(ports()), "application/json")


@blueprint.get("/status/<int:number>")
def status_list(number: int) -> Response:
    """A signed status list, the bytes as they were signed.

    A query string could single out who is asked about, so none is taken (Bitstring Status List 1.0, privacy considerations).
    """
    if request.query_string:
        raise _QueryString
    body = publish.status_list(ports(), number)
    kind = request.accept_mimetypes.best_match(("application/vc", "application/json")) or "application/vc"
    return _published(body, kind)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return Response(orjson.dumps({"status": "ok"}), content_type="application/json")


@blueprint.get("/readyz")
def ready() -> ResponseReturnValue:
    """Database, migrations and keys are as they must be; 503 with the names of those that are not."""
    missing = [check.name for check in health.readiness(ports()).checks if check.level == "fault"]
    body = {"status": "unready", "missing": missing} if missing else {"status": "ready"}
    return Response(orjson.dumps(body), 503 if missing else 200, content_type="application/json")


class _QueryString(InvalidInput):
    status = 400

    def __init__(self) -> None:
        super().__init__("a status list takes no query string")


def _did_document(document: Mapping[str, Any]) -> Response:
    # Of the names that DID documents go by, the first is that of DID 1.0 for JSON; browsers and simple clients ask for JSON.
    kinds = ("application/did+json", "application/did+ld+json", "application/did", "application/json")
    kind = request.accept_mimetypes.best_match(kinds) or kinds[0]
    return _published(orjson.dumps(document), kind)


def _published(body: bytes, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={STATUS_LIST_AGE}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Accept")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.make_conditional(request)
    return response
