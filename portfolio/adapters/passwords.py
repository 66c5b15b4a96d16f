"""Passwords: Argon2id (RFC 9106) with the library's profile of 64 MiB, three passes, four lanes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from portfolio.errors import N_, Message, Unavailable

# Each hash takes 64 MiB and every core for a tenth of a second: more at once would let strangers at the door fill the memory.
_AT_ONCE = 2
_PATIENCE = 20.0  # seconds


class Argon2Passwords:
    """Answers ``ports.Passwords``. A password is compared in Unicode's NFKC form, so that it may be typed on any keyboard."""

    def __init__(
        self,
        *,
        time_cost: int = 3,
        memory_cost: int = 65536,
        parallelism: int = 4,
        at_once: int = _AT_ONCE,
        patience: float = _PATIENCE,
    ) -> None:
        """time_cost: passes; memory_cost: KiB; at_once: hashes that may run together; patience: seconds a caller waits."""
        self._hasher = PasswordHasher(time_cost, memory_cost, parallelism, type=Type.ID)
        self._places = BoundedSemaphore(at_once)
        self._patience = patience

    def hash(self, password: str) -> str:
        """The encoded hash to store, ``$argon2id$v=19$…``. Raises Unavailable when too many others are waiting."""
        with self.place():
            return self._hasher.hash(_bytes(password))

    def verify(self, encoded: str, password: str) -> bool:
        """Whether the password is right.

        Takes as long for a wrong one, and for ``encoded=""``, which stands for an account that does not exist. Raises
        Unavailable when too many others are waiting.
        """
        with self.place():
            try:
                return self._hasher.verify(encoded.encode("utf-8", "surrogatepass"), _bytes(password))
            except VerificationError:
                return False
            except InvalidHashError:
                self._hasher.hash(_bytes(password))
                return False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places where a hash may run. Raises Unavailable when none becomes free in time."""
        if not self._places.acquire(timeout=self._patience):
            raise Unavailable(remedy=Message(N_("Too many sign-ins at once; try again in a minute.")))
        try:
            yield
        finally:
            self._places.release()


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
