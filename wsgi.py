"""For ``flask run`` and WSGI servers that are started in a checkout."""

from portfolio.wsgi import app

__all__ = ["app"]
