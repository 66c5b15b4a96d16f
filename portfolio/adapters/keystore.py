"""The school's keys as files: Ed25519 signing keys sealed under a machine secret. Byte format: ``docs/formats/keys.md``.

Private bytes never leave this room; whoever signs holds a ``sign`` function. The folder is 0700, every file in it 0600 and
this user's own, or the store refuses to open. Keys that another process makes or retires are noticed at the next use.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portfolio.errors import (
    ConfigurationError,
    Conflict,
    CryptographicSecurityError,
    InvalidInput,
    NotFound,
    Unavailable,
)
from portfolio.ports import OWN, KeyInfo

SECRET_FILE = "machine.secret"
_SECRET_LENGTH = 32
_VERSION = b"\x01"
_NONCE_LENGTH = 12
_TAG_LENGTH = 16
_KEY_USE = "signing-key"
_OWNER = re.compile(rf"{OWN}|\d{{13}}|\d{{15}}", re.ASCII)
_FRAGMENT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", re.ASCII)
_MEMBERS = {"v", "owner", "fragment", "created", "retired", "publicKeyJwk", "sealed"}


@dataclass(frozen=True)
class _StoredKey:
    """A key as its file holds it. private: None for a retired key; identity: tells this version of the file from another."""

    info: KeyInfo
    sealed: bytes
    private: Ed25519PrivateKey | None
    identity: tuple[int, int, int]


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
            info = KeyInfo(owner, fragment, public, _whole_second(now))
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
                private = self._open(_KEY_USE, _clear_members(key.info), key.sealed)
                self._write_key(replace(key.info, retired=_whole_second(now)), private)
            return self._keys[owner, fragment].info

    def sign(self, fragment: str, data: bytes, *, owner: str = OWN) -> bytes:
        """64 bytes of Ed25519 signature (RFC 8032). Raises Conflict for a retired key, NotFound for an unknown one."""
        with self._lock:
            key = self._keys.get((owner, fragment))
            if key is None or key.identity != _identity(self._path(owner, fragment)):
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
                raise ConfigurationError([f"{SECRET_FILE}: there is none yet; run: portfolio school create"])
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
                raise Unavailable(f"keys: the folder cannot be written: {error.strerror}") from None
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._refresh()
                yield
            finally:
                os.close(descriptor)  # releases the lock

    def _make_secret(self) -> None:
        if self._secret is None:
            _write_durably(self._folder / SECRET_FILE, self._entropy(_SECRET_LENGTH))
            self._refresh()

    def _write_key(self, info: KeyInfo, private: bytes) -> None:
        sealed = self._close(_KEY_USE, _clear_members(info), private)
        _write_durably(self._path(info.owner, info.fragment), _encoded(info, sealed))
        self._refresh()

    def _refresh(self) -> None:
        """Read what changed on disk. Raises ConfigurationError with every fault; the keys known before then stay."""
        faults: list[str] = []
        files = _private_files(self._folder, faults)
        secret = self._secret
        if secret is None and SECRET_FILE in files:
            secret = _read_secret(self._folder / SECRET_FILE, faults)
        names = [name for name in files if name.endswith(".json") and name.count("/") == 1]
        if names and SECRET_FILE not in files:
            faults.append(
                f"{SECRET_FILE}: is missing, and the keys beside it cannot be opened without it; restore the folder"
            )
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
            except (ValueError, KeyError, TypeError, OSError, CryptographicSecurityError) as error:
                faults.append(f"{name}: cannot be used ({error}); bring it back from a backup, with its {SECRET_FILE}")
                continue
            other = holders.setdefault(key.info.public_key, name)
            if other != name:
                faults.append(f"{name}: holds the same key as {other}")
            keys[owner, fragment] = key
        if faults:
            raise ConfigurationError(faults)
        self._keys = keys

    def _load(self, owner: str, fragment: str, identity: tuple[int, int, int]) -> _StoredKey:
        info, sealed = _decoded(self._path(owner, fragment).read_bytes())
        if (info.owner, info.fragment) != (owner, fragment):
            raise ValueError("belongs under another name")
        private = Ed25519PrivateKey.from_private_bytes(self._open(_KEY_USE, _clear_members(info), sealed))
        if private.public_key().public_bytes_raw() != info.public_key:
            raise ValueError("the two halves of the key do not belong together")
        return _StoredKey(info, sealed, private if info.retired is None else None, identity)


# --- the file format


def _clear_members(info: KeyInfo) -> bytes:
    """Everything that a key file says in clear, bound to the sealed half as associated data."""
    retired = _timestamp(info.retired) if info.retired else ""
    return "|".join((info.owner, info.fragment, _timestamp(info.created), retired, info.public_key.hex())).encode()


def _encoded(info: KeyInfo, sealed: bytes) -> bytes:
    document: dict[str, Any] = {
        "v": 1,
        "owner": info.owner,
        "fragment": info.fragment,
        "created": _timestamp(info.created),
    }
    if info.retired:
        document["retired"] = _timestamp(info.retired)
    x = base64.urlsafe_b64encode(info.public_key).decode().rstrip("=")
    document["publicKeyJwk"] = {"kty": "OKP", "crv": "Ed25519", "x": x}
    document["sealed"] = base64.b64encode(sealed).decode()
    return json.dumps(document, indent=2).encode() + b"\n"


def _decoded(data: bytes) -> tuple[KeyInfo, bytes]:
    document = json.loads(data)
    if document["v"] != 1:
        raise ValueError("was written by another version of the product")
    if not document.keys() <= _MEMBERS:
        raise ValueError("has members that are not known here")
    jwk = document["publicKeyJwk"]
    public = base64.urlsafe_b64decode(jwk["x"] + "=")
    if (jwk["kty"], jwk["crv"], len(public)) != ("OKP", "Ed25519", 32):
        raise ValueError("is not an Ed25519 key")
    retired = _moment(document["retired"]) if "retired" in document else None
    info = KeyInfo(document["owner"], document["fragment"], public, _moment(document["created"]), retired)
    return info, base64.b64decode(document["sealed"], validate=True)


def _whole_second(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return now.astimezone(UTC).replace(microsecond=0)


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


# --- the file system


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read_secret(path: Path, faults: list[str]) -> bytes | None:
    try:
        secret = path.read_bytes()
    except OSError as error:
        faults.append(f"{SECRET_FILE}: cannot be read: {error.strerror}")
        return None
    if len(secret) != _SECRET_LENGTH:
        faults.append(f"{SECRET_FILE}: must be exactly {_SECRET_LENGTH} bytes; bring it back from a backup")
    return secret


def _private_files(folder: Path, faults: list[str]) -> dict[str, tuple[int, int, int]]:
    """Every file of the folder and its sub-folders by its relative name, with its identity.

    What others could touch, and what is neither file nor folder, goes to the faults.
    """
    files: dict[str, tuple[int, int, int]] = {}
    pending = [(folder, "")]
    while pending:
        place, prefix = pending.pop()
        try:
            if place == folder:
                _check_private("the folder of keys", folder.stat(), faults)
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            faults.append(f"{prefix or 'the folder of keys'}: cannot be read: {error.strerror}")
            continue
        for entry in entries:
            name = prefix + entry.name
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # another process has just finished with its temporary file
            _check_private(name, found, faults)
            if stat.S_ISDIR(found.st_mode):
                pending.append((place / entry.name, name + "/"))
            elif stat.S_ISREG(found.st_mode) and not entry.name.startswith("."):
                files[name] = (found.st_ino, found.st_mtime_ns, found.st_size)
            elif not stat.S_ISREG(found.st_mode):
                faults.append(f"{name}: is neither a file nor a folder")
    return files


def _check_private(name: str, found: os.stat_result, faults: list[str]) -> None:
    if stat.S_ISLNK(found.st_mode):
        return
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid != os.geteuid():
        faults.append(f"{name}: belongs to another user; run the product as the owner of the keys")
    if mode & 0o077:
        wanted = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
        faults.append(f"{name}: mode {mode:04o} lets others in; run: chmod {wanted:o}")


def _write_durably(path: Path, data: bytes) -> None:
    """Put the whole file in place or nothing, and on disk before returning."""
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700)
            _sync_folder(path.parent.parent)
        descriptor, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)  # 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise Unavailable(f"keys: a file cannot be written: {error.strerror}; nothing was changed") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
