"""The school's signing keys, as the office sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portfolio.errors import N_, Conflict, Message
from portfolio.ports import OWN, KeyInfo, Ports
from portfolio.services.setup import load_home
from portfolio.vc.multikey import ed25519_key


@dataclass(frozen=True)
class KeyView:
    """A published key. id: the DID URL that signatures name; multibase: its public half."""

    id: str
    fragment: str
    multibase: str
    created: datetime
    retired: datetime | None


def published(ports: Ports) -> Sequence[KeyView]:
    """Every key of the school, oldest first."""
    did = load_home(ports).did
    return tuple(_view(did, key) for key in ports.keys.keys(OWN))


def new_key(ports: Ports) -> KeyView:
    """Make the next signing key; from now on it signs. Older keys stay published, so what they signed stays verifiable.

    Raises Conflict when this month's key exists already.
    """
    home = load_home(ports)
    now = ports.now()
    fragment = f"key-{now:%Y-%m}"
    if any(key.fragment == fragment for key in ports.keys.keys(OWN)):
        raise Conflict(message=Message(N_("There is a key of this month already: {fragment}"), {"fragment": fragment}))
    made = ports.keys.create(fragment, now=now)
    for key in ports.keys.keys(OWN):
        if key.retired is None and key.fragment != made.fragment:
            ports.keys.retire(key.fragment, now=now)
    return _view(home.did, made)


def _view(did: str, key: KeyInfo) -> KeyView:
    return KeyView(
        f"{did}#{key.fragment}", key.fragment, ed25519_key(key.public_key).multibase, key.created, key.retired
    )
