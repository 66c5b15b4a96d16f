"""Files that leave the house through a page."""

from __future__ import annotations

from flask import Response
from werkzeug.http import dump_options_header

from portfolio.services import papers, register
from portfolio.services.authorize import Actor
from portfolio.web.context import ports

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(data: bytes, name: str, media_type: str) -> Response:
    """The bytes as a file to save, kept by no cache. name: ASCII, without personal data."""
    response = Response(data, mimetype=media_type)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    response.headers["Cache-Control"] = "no-store"
    return response


def certificate(person: Actor, reference: str) -> Response:
    """A confirmation on one printed page, with the signed file inside. Raises NotFound, Closed, Unavailable."""
    found = register.credential(ports(), person, reference).credential
    data = papers.certificate(ports(), person, found.id)
    return attachment(data, f"confirmation-{found.code}.pdf", "application/pdf")


def signed_file(person: Actor, reference: str) -> Response:
    """The signed file of a confirmation, byte for byte as it was issued. Raises NotFound."""
    found = register.credential(ports(), person, reference).credential
    data = register.credential_file(ports(), person, found.id)
    return attachment(data, f"confirmation-{found.code}.json", "application/vc")
