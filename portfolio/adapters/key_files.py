"""What a key file says, and how a folder of private files is read and written. Byte format: ``docs/formats/keys.md``.

Nothing here knows how the private half is sealed; the key store does.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portfolio.errors import N_, Message, Unavailable
from portfolio.messages import system_reason
from portfolio.ports import KeyInfo

SECRET_FILE = "machine.secret"
SECRET_LENGTH = 32  # bytes
_MEMBERS = {"v", "owner", "fragment", "created", "retired", "publicKeyJwk", "sealed"}
_FOLDER = Message(N_("the folder of keys"))

Identity = tuple[int, int, int]  # inode, time of change, size: tells one version of a file from another


class Unusable(Exception):
    """A key file that cannot be used. reason: why, as half a sentence."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


def clear_members(info: KeyInfo) -> bytes:
    """Everything that a key file says in clear, bound to the sealed half as associated data."""
    retired = _timestamp(info.retired) if info.retired else ""
    return "|".join((info.owner, info.fragment, _timestamp(info.created), retired, info.public_key.hex())).encode()


def encoded(info: KeyInfo, sealed: bytes) -> bytes:
    """The bytes of a key file."""
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


def decoded(data: bytes) -> tuple[KeyInfo, bytes]:
    """What a key file says, and its sealed half. Raises Unusable."""
    try:
        document = json.loads(data)
        if document["v"] != 1:
            raise Unusable(Message(N_("it was written by another version of the product")))
        if not document.keys() <= _MEMBERS:
            raise Unusable(Message(N_("it has members that are not known here")))
        jwk = document["publicKeyJwk"]
        public = base64.urlsafe_b64decode(jwk["x"] + "=")
        if (jwk["kty"], jwk["crv"], len(public)) != ("OKP", "Ed25519", 32):
            raise Unusable(Message(N_("it is not an Ed25519 key")))
        retired = _moment(document["retired"]) if "retired" in document else None
        info = KeyInfo(document["owner"], document["fragment"], public, _moment(document["created"]), retired)
        return info, base64.b64decode(document["sealed"], validate=True)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Unusable(Message(N_("it is damaged"))) from None


def whole_second(now: datetime) -> datetime:
    """The moment as a key file can hold it."""
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return now.astimezone(UTC).replace(microsecond=0)


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def identity_of(path: Path) -> Identity | None:
    """Which version of the file lies there, or None for no file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def read_secret(path: Path, faults: list[Message]) -> bytes | None:
    """The machine secret; what is wrong with its file goes to the faults."""
    try:
        secret = path.read_bytes()
    except OSError as error:
        faults.append(_unreadable(SECRET_FILE, error))
        return None
    if len(secret) != SECRET_LENGTH:
        wrong = N_("{file}: must be exactly {count} bytes; bring it back from a backup")
        faults.append(Message(wrong, {"file": SECRET_FILE, "count": SECRET_LENGTH}))
    return secret


def private_files(folder: Path, faults: list[Message]) -> dict[str, Identity]:
    """Every file of the folder and its sub-folders by its relative name, with its identity.

    What others could touch, and what is neither file nor folder, goes to the faults.
    """
    files: dict[str, Identity] = {}
    pending = [(folder, "")]
    while pending:
        place, prefix = pending.pop()
        try:
            if place == folder:
                _check_private(_FOLDER, folder.stat(), faults)
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except FileNotFoundError:
            continue
        except OSError as error:
            faults.append(_unreadable(prefix or _FOLDER, error))
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
                faults.append(Message(N_("{file}: is neither a file nor a folder"), {"file": name}))
    return files


def _check_private(name: str | Message, found: os.stat_result, faults: list[Message]) -> None:
    if stat.S_ISLNK(found.st_mode):
        return
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid != os.geteuid():
        foreign = N_("{file}: belongs to another user; run the product as the owner of the keys")
        faults.append(Message(foreign, {"file": name}))
    if mode & 0o077:
        wanted = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
        loose = N_("{file}: mode {mode} lets others in; run: chmod {wanted}")
        faults.append(Message(loose, {"file": name, "mode": f"{mode:04o}", "wanted": f"{wanted:o}"}))


def _unreadable(name: str | Message, error: OSError) -> Message:
    return Message(N_("{file}: cannot be read: {reason}"), {"file": name, "reason": system_reason(error)})


def write_durably(path: Path, data: bytes) -> None:
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
        raise Unavailable(
            remedy=Message(
                N_("A key file cannot be written: {reason}; nothing was changed"), {"reason": system_reason(error)}
            )
        ) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
