"""The school's keys as files: Ed25519 signing keys sealed under a machine secret. Byte format: ``docs/formats/keys.md``.

Private bytes never leave this room; whoever signs holds a ``sign`` function. The folder is 0700, every file in it 0600 and
this user's own, or the store refuses to open. Keys that another process makes or retires are noticed at the next use.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import RLock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portfolio.adapters.key_files import (
    SECRET_FILE,
    SECRET_LENGTH,
    Identity,
    Unusable,
    clear_members,
    decoded,
    encoded,
    identity_of,
    private_files,
    read_secret,
    whole_second,
    write_durably,
)
from portfolio.errors import (
    N_,
    ConfigurationError,
    Conflict,
    CryptographicSecurityError,
    InvalidInput,
    Message,
    NotFound,
    Unavailable,
)
from portfolio.messages import system_reason
from portfolio.ports import OWN, KeyInfo

_VERSION = b"\x01"
_NONCE_LENGTH = 12
_TAG_LENGTH = 16
_KEY_USE = "signing-key"
_OWNER = re.compile(rf"{OWN}|\d{{13}}|\d{{15}}", re.ASCII)
_FRAGMENT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True)
class _StoredKey:
    """A key as its file holds it. private: None for a retired key; identity: tells this version of the file from another."""

    info: KeyInfo
    sealed: bytes
    private: Ed25519PrivateKey | None
    identity: Identity


class FileKeyStore:
    """Answers ``ports.KeyStore`` with the files of one folder. Safe for threads; several processes may share the folder."""

    def __init__(self, folder: Path, entropy: Callable[[int], bytes]) -> None:
        """Open the store; a folder that does not exist is an empty store. entropy: n random bytes.

        Raises ConfigurationError with every fault: loose modes, foreign owners, a lost or foreign machine secret, damaged
        files, one key under two names.
        """
        self._folder = folder
        self._entropy = entropy
        self._lock = RLock()
        self._secret: bytes | None = None
        self._keys: dict[tuple[str, str], _StoredKey] = {}
        self._refresh()

    @classmethod
    def prepare(cls, folder: Path, entropy: Callable[[int], bytes]) -> FileKeyStore:
        """Open the store, making the folder and its machine secret when there is nothing yet."""
        store = cls(folder, entropy)
        if store._secret is None:
            with store._writing():
                store._make_secret()
        return store

    # --- signing keys

    def keys(self, owner: str = OWN) -> Sequence[KeyInfo]:
        """Every key of an owner, oldest first, retired ones too."""
        with self._lock:
            self._refresh()
            found = [key.info for (holder, _), key in self._keys.items() if holder == owner]
        return sorted(found, key=lambda info: (info.created, info.fragment))

    def owners(self) -> Sequence[str]:
        """The owners that have a key, ``own`` first."""
        with self._lock:
            self._refresh()
            return sorted({owner for owner, _ in self._keys}, key=lambda owner: (owner != OWN, owner))

    def create(self, fragment: str, *, now: datetime, owner: str = OWN) -> KeyInfo:
        """Make a new Ed25519 key, and the machine secret before the very first one.

        Raises Conflict when the fragment was used before, InvalidInput for a name that could not stand in an address.
        """
        if not _OWNER.fullmatch(owner) or not _FRAGMENT.fullmatch(fragment):
            raise InvalidInput(
                "key name: owner must be 'own' or an OGRN, fragment lower-case letters, digits and hyphens"
            )
        with self._writing():
            self._make_secret()
            if (owner, fragment) in self._keys:
                raise Conflict(f"key {owner}/{fragment} exists already")
            private = self._entropy(32)
            public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
            if any(key.info.public_key == public for key in self._keys.values()):
                raise Conflict("the new key equals an existing one: the random source repeats itself")
            info = KeyInfo(owner, fragment, public, whole_second(now))
            self._write_key(info, private)
            return self._keys[owner, fragment].info

    def retire(self, fragment: str, *, now: datetime, owner: str = OWN) -> KeyInfo:
        """Mark a key as no longer signing; it stays published. A key that is retired already stays as it is.

        Raises NotFound.
        """
        with self._lock:
            self._refresh()
            self._find(owner, fragment)
        with self._writing():
            key = self._find(owner, fragment)
            if key.info.retired is None:
                private = self._open(_KEY_USE, clear_members(key.info), key.sealed)
                self._write_key(replace(key.info, retired=whole_second(now)), private)
            return self._keys[owner, fragment].info

    def sign(self, fragment: str, data: bytes, *, owner: str = OWN) -> bytes:
        """64 bytes of Ed25519 signature (RFC 8032). Raises Conflict for a retired key, NotFound for an unknown one."""
        with self._lock:
            key = self._keys.get((owner, fragment))
            if key is None or key.identity != identity_of(self._path(owner, fragment)):
                self._refresh()
                key = self._find(owner, fragment)
        if key.private is None:
            raise Conflict(f"key {owner}/{fragment} is retired and signs no more")
        return key.private.sign(data)

    # --- sealed data and derived secrets

    def seal(self, purpose: str, data: bytes) -> bytes:
        """Encrypt small data for this home: version byte, nonce, AES-256-GCM ciphertext with its tag (29 bytes more)."""
        return self._close(f"seal/{purpose}", purpose.encode(), data)

    def unseal(self, purpose: str, sealed: bytes) -> bytes:
        """The reverse. Raises CryptographicSecurityError when it was not sealed here for this purpose."""
        return self._open(f"seal/{purpose}", purpose.encode(), sealed)

    def secret(self, purpose: str) -> bytes:
        """32 bytes that only this home knows, different for each purpose."""
        return self._derived(f"secret/{purpose}")

    def _derived(self, use: str) -> bytes:
        """HKDF-SHA256 (RFC 5869) of the machine secret, without salt; info names the use."""
        with self._lock:
            if self._secret is None:
                self._refresh()
            if self._secret is None:
                raise ConfigurationError(
                    [Message(N_("{file}: there is none yet; run: portfolio school create"), {"file": SECRET_FILE})]
                )
            return HKDF(SHA256(), 32, None, b"orientir/v1/" + use.encode()).derive(self._secret)

    def _close(self, use: str, associated: bytes, data: bytes) -> bytes:
        nonce = self._entropy(_NONCE_LENGTH)
        return _VERSION + nonce + AESGCM(self._derived(use)).encrypt(nonce, data, _VERSION + associated)

    def _open(self, use: str, associated: bytes, sealed: bytes) -> bytes:
        nonce, body = sealed[1 : 1 + _NONCE_LENGTH], sealed[1 + _NONCE_LENGTH :]
        if sealed[:1] != _VERSION or len(body) < _TAG_LENGTH:
            raise CryptographicSecurityError("sealed data: unknown version, or cut short")
        try:
            return AESGCM(self._derived(use)).decrypt(nonce, body, _VERSION + associated)
        except InvalidTag:
            raise CryptographicSecurityError("sealed data: not sealed here for this purpose, or damaged") from None

    # --- files

    def _path(self, owner: str, fragment: str) -> Path:
        return self._folder / owner / f"{fragment}.json"

    def _find(self, owner: str, fragment: str) -> _StoredKey:
        try:
            return self._keys[owner, fragment]
        except KeyError:
            raise NotFound(f"there is no key {owner}/{fragment}") from None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Alone among threads and processes, with what is on disk read again; makes the folder when it is missing."""
        with self._lock:
            try:
                self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._folder.mkdir(mode=0o700, exist_ok=True)
                descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError as error:
                raise Unavailable(
                    remedy=Message(
                        N_("The folder of keys cannot be written: {reason}"), {"reason": system_reason(error)}
                    )
                ) from None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._refresh()
                yield
            finally:
                os.close(descriptor)  # releases the lock

    def _make_secret(self) -> None:
        if self._secret is None:
            write_durably(self._folder / SECRET_FILE, self._entropy(SECRET_LENGTH))
            self._refresh()

    def _write_key(self, info: KeyInfo, private: bytes) -> None:
        sealed = self._close(_KEY_USE, clear_members(info), private)
        write_durably(self._path(info.owner, info.fragment), encoded(info, sealed))
        self._refresh()

    def _refresh(self) -> None:
        """Read what changed on disk. Raises ConfigurationError with every fault; the keys known before then stay."""
        faults: list[Message] = []
        files = private_files(self._folder, faults)
        secret = self._secret
        if secret is None and SECRET_FILE in files:
            secret = read_secret(self._folder / SECRET_FILE, faults)
        names = [name for name in files if name.endswith(".json") and name.count("/") == 1]
        if names and SECRET_FILE not in files:
            missing = N_("{file}: is missing, and the keys beside it cannot be opened without it; restore the folder")
            faults.append(Message(missing, {"file": SECRET_FILE}))
        if faults:
            raise ConfigurationError(faults)
        self._secret = secret
        keys: dict[tuple[str, str], _StoredKey] = {}
        holders: dict[bytes, str] = {}
        for name in names:
            owner, fragment = name.removesuffix(".json").split("/")
            try:
                known = self._keys.get((owner, fragment))
                key = known if known and known.identity == files[name] else self._load(owner, fragment, files[name])
            except (Unusable, OSError) as error:
                reason = error.reason if isinstance(error, Unusable) else system_reason(error)
                unusable = N_("{file}: cannot be used ({reason}); bring it back from a backup, with its {secret}")
                faults.append(Message(unusable, {"file": name, "reason": reason, "secret": SECRET_FILE}))
                continue
            other = holders.setdefault(key.info.public_key, name)
            if other != name:
                faults.append(Message(N_("{file}: holds the same key as {other}"), {"file": name, "other": other}))
            keys[owner, fragment] = key
        if faults:
            raise ConfigurationError(faults)
        self._keys = keys

    def _load(self, owner: str, fragment: str, identity: Identity) -> _StoredKey:
        info, sealed = decoded(self._path(owner, fragment).read_bytes())
        if (info.owner, info.fragment) != (owner, fragment):
            raise Unusable(Message(N_("it belongs under another name")))
        try:
            private = Ed25519PrivateKey.from_private_bytes(self._open(_KEY_USE, clear_members(info), sealed))
        except (CryptographicSecurityError, ValueError):
            raise Unusable(Message(N_("it was not sealed here as it stands, or is damaged"))) from None
        if private.public_key().public_bytes_raw() != info.public_key:
            raise Unusable(Message(N_("the two halves of the key do not belong together")))
        return _StoredKey(info, sealed, private if info.retired is None else None, identity)
