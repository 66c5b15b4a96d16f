"""One-time keys of forms: a form that is sent twice acts once, and both senders are led to the same place."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from portfolio.errors import Conflict
from portfolio.ports import Ports
from portfolio.storage import accounts
from portfolio.storage.orm import FormKey

# A claim this old was left behind by a process that died; the form may be sent again.
_ABANDONED = timedelta(minutes=2)
# Keys of forms are remembered for as long as somebody may go back to the form in a browser.
_KEPT = timedelta(days=2)


def claim(ports: Ports, key: str) -> str | None:
    """Take the key for this request: None when it is fresh, where the first one led when it was used, "" while it is in use."""
    now = ports.now()
    hashed = _digest(key)
    try:
        with ports.sessions.write() as session:
            accounts.forget_form_keys(session, before=now - _KEPT)
            known = accounts.form_key(session, hashed)
            if known is None:
                accounts.add_form_key(session, FormKey(key_sha256=hashed, account_id=None, outcome="", used_at=now))
                return None
            if not known.outcome and now - known.used_at >= _ABANDONED:
                known.used_at = now
                return None
            return known.outcome
    except Conflict:  # another request took it between our look and our insert
        return ""


def settle(ports: Ports, key: str, outcome: str) -> None:
    """Remember where the form led."""
    with ports.sessions.write() as session:
        known = accounts.form_key(session, _digest(key))
        if known is not None:
            known.outcome = outcome


def release(ports: Ports, key: str) -> None:
    """Give the key back: the form changed nothing."""
    with ports.sessions.write() as session:
        accounts.drop_form_key(session, _digest(key))


def _digest(key: str) -> bytes:
    return hashlib.sha256(b"form\x00" + key.encode()).digest()
