"""The door's own safety: headers, hosts, cookies, CSRF, one-time form keys, throttles."""

from __future__ import annotations

import hashlib
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from io import BytesIO
from ipaddress import ip_address
from time import monotonic, sleep
from typing import IO, Final, ParamSpec
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Request, flash, g, get_flashed_messages, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from portfolio.errors import N_, Conflict, Message
from portfolio.services import brought, form_keys, vcalm
from portfolio.services.setup import LOOPBACK_HOSTS, HomeView
from portfolio.services.sign_in import SignedIn
from portfolio.services.text import clean
from portfolio.web.context import cookieless, home, ports
from portfolio.web.language import gettext

P = ParamSpec("P")

MAXIMUM_BODY = 5 * 1024 * 1024
# Seconds that a form sent twice waits for the first one to end, and between two looks.
PATIENCE: Final = 5.0
_PAUSE: Final = 0.1

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "script-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")


def trusted_hosts(school: HomeView) -> list[str]:
    """The names this server answers to: the school's own, and the loopback ones while its address is a loopback one."""
    names = {urlsplit(links.base_url).hostname or "" for links in (school.links, school.identity_links)}
    if names & set(LOOPBACK_HOSTS):
        names |= {"localhost", "127.0.0.1"}
    return sorted(names)


def secured(app: Flask, school: HomeView, secret_key: bytes) -> None:
    """Set every guard on a new application."""
    https = school.links.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=secret_key,
        TRUSTED_HOSTS=trusted_hosts(school),
        MAX_CONTENT_LENGTH=MAXIMUM_BODY,
        MAX_FORM_MEMORY_SIZE=MAXIMUM_BODY,
        SESSION_COOKIE_NAME="__Host-form" if https else "form",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        # A form may lie open for as long as its browser session lasts. Pages send no referrer, so there is none to check;
        # the origin is checked below.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(_make_room_for_documents)  # before the token is looked for in the form
    csrf.init_app(app)
    limiter.init_app(app)
    app.before_request(_refuse_other_origins)
    app.jinja_env.globals.update(new_form_key=new_form_key, messages=messages)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.path.startswith(("/v/", "/p/")):
            response.headers["X-Robots-Tag"] = "noindex, noarchive"
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _make_room_for_documents() -> None:
    """Files to check may be as large as the core reads, and several at once."""
    if request.endpoint == "verify.check_file":
        request.max_content_length = brought.MOST_BYTES + MAXIMUM_BODY
        request.max_form_memory_size = vcalm.MAXIMUM_REQUEST


class InMemoryRequest(Request):
    """A request whose files never touch the disk, as they do otherwise above half a megabyte."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return BytesIO()


def _split(address: str) -> SplitResult | None:
    """The parts of an address, or None for what is none (an open bracket, a host that changes when normalised)."""
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _refuse_other_origins() -> None:
    """A form of another site is refused before its token is looked at; where no cookie is read, anybody may ask.

    Browsers send ``Origin: null`` from pages without a referrer, so ``Sec-Fetch-Site`` speaks first where it is sent.
    """
    if request.method in ("GET", "HEAD", "OPTIONS") or cookieless():
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise BadRequest("the request comes from another site")
        return
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return
    parts = _split(origin)
    if parts is None or parts.netloc != request.host:
        raise BadRequest("the request comes from another site")


# --- the sign-in cookie


def _sign_in_cookie() -> str:
    return "__Host-sign-in" if home().links.base_url.startswith("https://") else "sign-in"


def sign_in_token() -> str | None:
    """The token of this browser's sign-in, when it brought one."""
    return request.cookies.get(_sign_in_cookie())


def set_sign_in_cookie(response: Response, signed_in: SignedIn) -> None:
    """Sign this browser in; forms that were opened before lose their tokens.

    A registrar's cookie ends with the browser: its idle time is counted by the server.
    """
    session.clear()
    response.set_cookie(
        _sign_in_cookie(),
        signed_in.token,
        max_age=None if signed_in.actor.role == "registrar" else signed_in.lifetime,
        secure=home().links.base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_sign_in_cookie(response: Response) -> None:
    """Forget this browser's sign-in."""
    session.clear()
    response.delete_cookie(
        _sign_in_cookie(),
        secure=home().links.base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
        path="/",
    )


# --- answers


def see_other(endpoint: str, /, **values: object) -> Response:
    """303: the change is made, look there."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type] # url_for takes any value that has a str


def safe_next(target: str | None) -> str | None:
    """The address to return to, when it is a path of this server."""
    if not target or len(target) > 500 or not target.isascii() or not target.isprintable():
        return None
    parts = _split(target)
    if (
        parts is None
        or parts.scheme
        or parts.netloc
        or not target.startswith("/")
        or target.startswith("//")
        or "\\" in target
    ):
        return None
    return target


def tell(tone: str, sentence: str, /, **gaps: object) -> None:
    """One line at the top of the next page. tone: holds | info | caution | fails."""
    flash(str(gettext(sentence, **gaps)), tone)


def messages() -> list[tuple[str, str]]:
    """The lines that wait for this page: (tone, sentence)."""
    if cookieless():
        return []
    return [(entry[0], entry[1]) for entry in get_flashed_messages(with_categories=True)]


# --- one-time form keys


def new_form_key() -> str:
    """A fresh key for a form, 128 bits."""
    return urlsafe_b64encode(ports().entropy(16)).decode().rstrip("=")


def once(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a form with a one-time key act once; sent again, it leads to where the first one led.

    Sent again while the first one is still at work, it waits for that to end, and raises Conflict when it takes too long.
    A view that does not answer 303, or raises, has changed nothing, and its key may be used again.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key = request.form.get("form_key", "")
        if not 16 <= len(key) <= 64:
            raise BadRequest("the form has no key")
        outcome = _claimed(key)
        if outcome is not None:
            return redirect(outcome, 303)
        settled = False
        try:
            response = make_response(view(*args, **kwargs))
            if response.status_code == 303:
                form_keys.settle(ports(), key, response.headers["Location"])
                settled = True
            return response
        finally:
            if not settled:
                form_keys.release(ports(), key)

    return guarded


def _claimed(key: str) -> str | None:
    """None when the key is this request's own now, else where its form led. Raises Conflict when that stays unknown."""
    deadline = monotonic() + PATIENCE
    while (outcome := form_keys.claim(ports(), key)) == "":
        if monotonic() >= deadline:
            raise Conflict(message=Message(N_("This form is being worked on already.")))
        sleep(_PAUSE)
    return outcome


# --- throttles


def _login_key() -> str:
    """The same for every way to write a login that signs the same person in: what cannot be seen does not count."""
    login = request.form.get("login", "").replace("\t", " ")
    seen = "".join(letter for letter in login if unicodedata.category(letter) not in ("Cc", "Cf"))
    name = unicodedata.normalize("NFKC", clean(seen).lower()).lower()
    return "login:" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _machine_rate() -> str:
    """Programs on the server's own machine may ask twenty times a second, others twice."""
    try:
        near = ip_address(get_remote_address()).is_loopback
    except ValueError:  # what a proxy reports need not be an address
        near = False
    return "1200 per minute" if near else "120 per minute"


def _refused(response: Response) -> bool:
    return response.status_code not in (200, 303)


def _missed(response: Response) -> bool:
    return response.status_code == 404 or bool(g.get("misses"))


def _misses() -> int:
    """How many codes of this request were unknown: one, unless the view counted several."""
    return int(g.get("misses") or 1)


def _files() -> int:
    return max(1, min(len(request.files.getlist("file")), brought.MOST_FILES))


def require_form_token() -> None:
    """For a view that programs call as well: raises CSRFError unless the form carries its token."""
    csrf.protect()


def throttle_login(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """At most 30 failures in five minutes from one address, and 10 for one login."""
    by_address = limiter.limit("30 per 5 minutes", methods=["POST"], deduct_when=_refused)
    by_login = limiter.limit("10 per 5 minutes", key_func=_login_key, methods=["POST"], deduct_when=_refused)
    return by_address(by_login(view))


def throttle_misses(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """At most 60 unknown codes and links a minute from one address; found ones are not counted."""
    return limiter.shared_limit("60 per minute", scope="misses", deduct_when=_missed, cost=_misses)(view)


def throttle_machines(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """At most 120 requests a minute from one address, and 1,200 from the server's own machine."""
    return limiter.limit(_machine_rate)(view)


def throttle_files(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """At most 120 files a minute from one address, in at most 60 requests."""
    by_file = limiter.limit("120 per minute", methods=["POST"], cost=_files)
    return limiter.limit("60 per minute", methods=["POST"])(by_file(view))
