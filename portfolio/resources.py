"""Where the product's data files lie: beside the package in a checkout, inside it in an installed wheel.

The only path arithmetic of the product.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@lru_cache
def _data(name: str) -> Path:
    # An editable install ignores the wheel's force-include, so the checkout is asked first.
    checkout = _PACKAGE.parent / name
    if (_PACKAGE.parent / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    return _PACKAGE / "_data" / name


def schemas() -> Path:
    """The folder of JSON-LD contexts, our JSON Schemas and their manifest."""
    return _data("schemas")


def templates() -> Path:
    """The folder of Jinja templates, one sub-folder an audience, ``documents/`` for what is printed."""
    return _data("templates")


def catalogues() -> Path:
    """The folder of message catalogues: ``<locale>/LC_MESSAGES/*.po``."""
    return _PACKAGE / "locale"


def static() -> Path:
    """The folder of files served as they are: stylesheet, fonts, scripts."""
    return _PACKAGE / "web" / "static"


def migrations() -> Path:
    """The folder of Alembic's environment and revisions."""
    return _PACKAGE / "storage" / "migrations"
