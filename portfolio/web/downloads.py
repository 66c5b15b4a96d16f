"""Files that leave the house through a page."""

from __future__ import annotations

from flask import Response
from werkzeug.http import dump_options_header


def attachment(data: bytes, name: str, media_type: str) -> Response:
    """The bytes as a file to save, kept by no cache. name: ASCII, without personal data."""
    response = Response(data, mimetype=media_type)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    response.headers["Cache-Control"] = "no-store"
    return response
