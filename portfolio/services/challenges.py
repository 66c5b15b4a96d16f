"""Challenges that a presentation answers once: ours are known by a seal, and only those that were answered are kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from portfolio.errors import Conflict, InvalidChallengeError
from portfolio.ports import Ports
from portfolio.storage import programs

LIFETIME = timedelta(minutes=5)
_RANDOM, _SEAL = 16, 16
_LENGTH = 8 + _RANDOM + _SEAL


def new_challenge(ports: Ports) -> str:
    """A fresh challenge, good for one answer within five minutes. Nothing is stored, so that asking costs nothing."""
    clear = int((ports.now() + LIFETIME).timestamp()).to_bytes(8, "big") + ports.entropy(_RANDOM)
    return base64.urlsafe_b64encode(clear + _seal(ports, clear)).decode().rstrip("=")


def is_ours(ports: Ports, challenge: str) -> bool:
    """Whether the challenge was made here, whatever became of it since."""
    return _opened(ports, challenge) is not None


def answer(ports: Ports, challenge: str) -> None:
    """Let one of our challenges count as answered. Raises InvalidChallengeError the second time, and after its time."""
    expires = _opened(ports, challenge)
    now = ports.now()
    if expires is None or expires < now:
        raise InvalidChallengeError("the challenge is not good any more", path="$.proof.challenge")
    digest = hashlib.sha256(challenge.encode()).digest()
    try:
        with ports.sessions.read() as session:
            if programs.challenge_used(session, digest):  # spares the others the queue of writers
                raise Conflict
        with ports.sessions.write() as session:
            programs.use_challenge(session, digest, expires, now=now)
    except Conflict:
        raise InvalidChallengeError("the challenge was answered before", path="$.proof.challenge") from None


def _opened(ports: Ports, challenge: str) -> datetime | None:
    """When one of our challenges ends; None for any other text."""
    try:
        data = base64.b64decode(challenge + "=" * (-len(challenge) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    clear, seal = data[:-_SEAL], data[-_SEAL:]
    if len(data) != _LENGTH or not hmac.compare_digest(seal, _seal(ports, clear)):
        return None
    return datetime.fromtimestamp(int.from_bytes(clear[:8], "big"), UTC)


def _seal(ports: Ports, clear: bytes) -> bytes:
    return hmac.digest(ports.keys.secret("challenges"), clear, "sha256")[:_SEAL]
