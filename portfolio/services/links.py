"""Where a link or a code leads that somebody pasted or photographed: inside this house, or elsewhere.

No address is ever opened: a link of this school's own is followed here, and of any other it is said that it leads elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from portfolio.errors import N_, Closed, Message, NotFound
from portfolio.permalinks import normalized_code
from portfolio.ports import Ports
from portfolio.services import share, verify
from portfolio.services.setup import HomeView
from portfolio.services.verify import CodeCheck

# What can be said of something that holds no document to verify, beside the states of verification.
NOT_FOUND, CLOSED, NOT_OURS = "not_found", "closed", "not_ours"
# Where a link leads: the state, why, and the check of what stands there.
Answer: TypeAlias = "tuple[str, Message, CodeCheck | None]"
_CLOSED: Final = Message(N_("The owner has closed access."))
# An address with its scheme, or as an address bar shows it.
_LINK: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]{0,30}://|(?:[\w-]+(?:\.[\w-]+)+|localhost)(?::\d{1,5})?/)\S+\Z")
_MOST_SHARED: Final = 60
_CODE_PATH: Final = re.compile(r"/v/([^/]+)(?:/credential\.json)?/?\Z")
_SHARE_PATH: Final = re.compile(r"/p/([A-Za-z0-9_-]{1,100})(?:/.*)?\Z")
_HOST: Final = re.compile(r"[a-z0-9.-]{1,253}(?::\d{1,5})?\Z")
_PORTS: Final = {"http": 80, "https": 443}


def is_address(text: str) -> bool:
    """Whether a text is one link, or a code of ours in any case and grouping."""
    return len(text) <= 2000 and bool(normalized_code(text) or _LINK.match(text))


def follow(ports: Ports, home: HomeView, text: str, now: datetime) -> Sequence[Answer]:
    """Where a code or a link of ours leads; of any other link only that it is not ours."""
    code = normalized_code(text)
    if code is not None:
        return [_by_code(ports, code, now)]
    path = _own_path(home, text)
    if path is None:
        return [elsewhere(text)]
    if found := _CODE_PATH.match(path):
        return [_by_code(ports, found[1], now)]
    if found := _SHARE_PATH.match(path):
        return _shared(ports, found[1], now)
    reason = Message(N_("This address of ours leads to no confirmation."))
    return [(NOT_FOUND, reason, None)]


def _own_path(home: HomeView, text: str) -> str | None:
    """The path of a link that leads to this school, None for any other."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = _ascii(parts.hostname or ""), parts.port
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in _PORTS or "@" in parts.netloc:
        return None  # an address with a user in it only looks like ours
    for links in (home.links, home.identity_links):
        own = urlsplit(links.base_url)
        usual = _PORTS[own.scheme]
        if host == own.hostname and (port or usual) == (own.port or usual):
            return parts.path
    return None


def _ascii(host: str) -> str:
    """A host as addresses are sent: «школа.рф» is ``xn--80aa…``. UnicodeError for what is no host."""
    return host.lower().encode("idna").decode()


def _by_code(ports: Ports, code: str, now: datetime) -> Answer:
    try:
        found = verify.by_code(ports, code, now=now)
    except NotFound:
        return (NOT_FOUND, Message(N_("Nothing stands under this code here.")), None)
    except Closed:
        return (CLOSED, _CLOSED, None)
    return (found.state, found.reason, found)


def _shared(ports: Ports, token: str, now: datetime) -> Sequence[Answer]:
    """Each confirmation of a shared portfolio."""
    try:
        portfolio = share.open_share(ports, token)
    except NotFound:
        return [(NOT_FOUND, Message(N_("There is no such link for showing.")), None)]
    except Closed as closed:
        expired = closed.params.get("why") == "expired"
        return [(CLOSED, Message(N_("The time of this link is over.")) if expired else _CLOSED, None)]
    if not portfolio.credentials:
        return [(NOT_FOUND, Message(N_("The portfolio behind this link is empty.")), None)]
    return [_by_code(ports, credential.code, now) for credential in portfolio.credentials[:_MOST_SHARED]]


def elsewhere(text: str) -> Answer:
    """A link that is not ours, or a code that holds something else. Nothing of it is opened."""
    host = ""
    if _LINK.match(text):
        with suppress(ValueError, UnicodeError):
            host = _ascii(urlsplit(text if "://" in text else f"//{text}").netloc.rpartition("@")[2])
    if not _HOST.match(host):
        reason = Message(N_("The code holds something else, and no confirmation of this school."))
        return (NOT_OURS, reason, None)
    reason = Message(N_("This leads to {host}, which is not this school’s site. It was not opened."), {"host": host})
    return (NOT_OURS, reason, None)
