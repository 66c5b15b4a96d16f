import base64
import errno
import json
import os
import random
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portfolio.adapters.keystore import FileKeyStore
from portfolio.errors import (
    ConfigurationError,
    Conflict,
    CryptographicSecurityError,
    InvalidInput,
    NotFound,
    Unavailable,
)
from portfolio.ports import KeyStore

NOW = datetime(2026, 11, 23, 12, 0, 0, 999_999, tzinfo=UTC)
CREATED = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = CREATED + timedelta(days=400)
OGRN = "1020000000011"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys"


@pytest.fixture
def store(folder: Path) -> FileKeyStore:
    return FileKeyStore(folder, os.urandom)


def seeded(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def verify(public_key: bytes, signature: bytes, data: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)


def faults(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        FileKeyStore(folder, os.urandom)
    return [str(fault) for fault in caught.value.faults]


# --- keys


def test_it_answers_the_port(store: FileKeyStore) -> None:
    port: KeyStore = store
    assert port.owners() == []
    assert port.keys() == []


def test_a_new_key_signs_now_and_after_opening_again(store: FileKeyStore, folder: Path) -> None:
    made = store.create("key-2026-11", now=NOW)
    assert (made.owner, made.fragment, made.created, made.retired) == ("own", "key-2026-11", CREATED, None)
    again = FileKeyStore(folder, os.urandom)
    assert again.keys() == [made]
    for signer in (store, again):
        signature = signer.sign("key-2026-11", b"data")
        verify(made.public_key, signature, b"data")
        with pytest.raises(InvalidSignature):
            verify(made.public_key, signature, b"dat4")


def test_keys_of_owners_are_kept_apart_and_in_order(store: FileKeyStore) -> None:
    partner = store.create("key-2026-11", now=NOW, owner=OGRN)
    second = store.create("key-2026-10", now=LATER)
    first = store.create("key-2026-11", now=NOW)
    assert store.owners() == ["own", OGRN]
    assert store.keys() == [first, second]
    assert store.keys(OGRN) == [partner]
    verify(partner.public_key, store.sign("key-2026-11", b"x", owner=OGRN), b"x")
    verify(first.public_key, store.sign("key-2026-11", b"x"), b"x")
    with pytest.raises(NotFound):
        store.sign("key-2026-10", b"x", owner=OGRN)


def test_a_retired_key_stays_published_and_signs_no_more(store: FileKeyStore, folder: Path) -> None:
    made = store.create("key-2026-11", now=NOW)
    retired = store.retire("key-2026-11", now=LATER)
    assert (retired.public_key, retired.created, retired.retired) == (made.public_key, CREATED, LATER)
    assert store.retire("key-2026-11", now=LATER + timedelta(days=1)) == retired
    for signer in (store, FileKeyStore(folder, os.urandom)):
        assert signer.keys() == [retired]
        with pytest.raises(Conflict):
            signer.sign("key-2026-11", b"x")
    with pytest.raises(Conflict):
        store.create("key-2026-11", now=LATER)


def test_unknown_keys(store: FileKeyStore, folder: Path) -> None:
    for name in ("key-2026-11", "../own/key", "a\0b", ""):
        with pytest.raises(NotFound):
            store.sign(name, b"x")
        with pytest.raises(NotFound):
            store.retire(name, now=NOW)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("owner", "fragment"),
    [
        *(("own", fragment) for fragment in ("", "Key", "../k", "k/k", "-k", "ключ", "k\n", "k" * 65)),
        *((owner, "k") for owner in ("..", "own ", "102", "102000000001\u0661")),
    ],
)
def test_names_that_could_not_stand_in_an_address(store: FileKeyStore, folder: Path, owner: str, fragment: str) -> None:
    with pytest.raises(InvalidInput):
        store.create(fragment, now=NOW, owner=owner)
    assert not folder.exists()


def test_a_moment_without_a_time_zone_makes_no_key(store: FileKeyStore) -> None:
    with pytest.raises(ValueError, match="time zone"):
        store.create("k", now=datetime(2026, 11, 23))  # noqa: DTZ001 - the mistake that is refused
    assert store.keys() == []


def test_a_random_source_that_repeats_itself_makes_no_second_key(folder: Path) -> None:
    store = FileKeyStore(folder, lambda length: bytes(length))
    store.create("a", now=NOW)
    with pytest.raises(Conflict, match="repeats itself"):
        store.create("b", now=NOW, owner=OGRN)
    assert store.owners() == ["own"]


# --- several processes, several threads


def test_another_process_s_keys_are_noticed_at_the_next_use(store: FileKeyStore, folder: Path) -> None:
    store.create("a", now=NOW)
    other = FileKeyStore(folder, os.urandom)
    made = other.create("b", now=NOW)
    verify(made.public_key, store.sign("b", b"x"), b"x")
    other.retire("a", now=LATER)
    with pytest.raises(Conflict):
        store.sign("a", b"x")
    with pytest.raises(Conflict):
        store.create("b", now=NOW)
    known = store.keys()
    assert [(key.fragment, key.retired) for key in known] == [("a", LATER), ("b", None)]


CREATE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from portfolio.adapters.keystore import FileKeyStore
from portfolio.errors import Conflict
store = FileKeyStore(Path(sys.argv[1]), os.urandom)
for number in range(10):
    try:
        store.create(f"key-{number}", now=datetime(2026, 1, 1, tzinfo=UTC))
        print(number)
    except Conflict:
        pass
"""


def test_processes_that_make_keys_at_once_share_one_secret_and_make_each_key_once(folder: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", CREATE, str(folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = [process.communicate(timeout=60)[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert sorted(number for lines in printed for number in lines) == [str(number) for number in range(10)]
    store = FileKeyStore(folder, os.urandom)
    made = store.keys()
    assert len(made) == 10
    for key in made:
        verify(key.public_key, store.sign(key.fragment, b"x"), b"x")


def test_threads_that_sign_while_keys_are_made(store: FileKeyStore) -> None:
    made = store.create("a", now=NOW)
    failures: list[BaseException] = []

    def sign() -> None:
        try:
            for _ in range(100):
                verify(made.public_key, store.sign("a", b"x"), b"x")
                store.keys()
        except (ConfigurationError, NotFound, InvalidSignature) as error:
            failures.append(error)

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        store.create(f"b-{number}", now=NOW)
    for thread in threads:
        thread.join()
    assert failures == []


# --- sealing


def test_sealed_data_opens_for_its_purpose_and_in_its_home_only(tmp_path: Path) -> None:
    here = FileKeyStore.prepare(tmp_path / "here", os.urandom)
    there = FileKeyStore.prepare(tmp_path / "there", os.urandom)
    data = "токен".encode()
    sealed = here.seal("share", data)
    assert FileKeyStore(tmp_path / "here", os.urandom).unseal("share", sealed) == data
    assert data not in sealed
    assert here.seal("share", data) != sealed
    for opener, purpose in ((here, "other"), (there, "share")):
        with pytest.raises(CryptographicSecurityError):
            opener.unseal(purpose, sealed)


def test_every_changed_byte_of_sealed_data_is_noticed(tmp_path: Path) -> None:
    store = FileKeyStore.prepare(tmp_path / "keys", os.urandom)
    sealed = store.seal("share", b"data")
    assert len(sealed) == 4 + 29
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(CryptographicSecurityError):
            store.unseal("share", bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(CryptographicSecurityError):
            store.unseal("share", sealed[:length])
    assert store.unseal("share", store.seal("share", b"")) == b""


def test_secrets_differ_by_purpose_and_home_and_stay(tmp_path: Path) -> None:
    here = FileKeyStore.prepare(tmp_path / "here", os.urandom)
    there = FileKeyStore.prepare(tmp_path / "there", os.urandom)
    secrets = {store.secret(purpose) for store in (here, there) for purpose in ("cookies", "forms", "")}
    assert len(secrets) == 6
    assert {len(secret) for secret in secrets} == {32}
    assert FileKeyStore(tmp_path / "here", os.urandom).secret("cookies") == here.secret("cookies")


def test_the_written_format(folder: Path) -> None:
    """The figures of docs/formats/keys.md, computed apart from the adapter."""
    folder.mkdir(parents=True, mode=0o700)
    os.close(os.open(folder / "machine.secret", os.O_CREAT, 0o600))
    (folder / "machine.secret").write_bytes(bytes(range(32)))
    store = FileKeyStore(folder, lambda length: bytes([length]) * length)
    assert store.secret("cookies").hex() == "03777e3ba90561044271f32d2153f61328978611dfdb2c24f0e22ae30eb23de3"
    assert store.seal("share", b"data").hex() == ("010c0c0c0c0c0c0c0c0c0c0c0cf1d2ffc909321cc4d1b8b421ea494dfe4aed5e8d")
    info = store.create("key-2026-11", now=NOW)
    assert info.public_key.hex() == "4ed32f63bf35f0eeefcb25f28a2e1fbdc873ae2835671b0c9460f5f12e4556a8"
    assert (folder / "own" / "key-2026-11.json").read_text() == EXAMPLE


EXAMPLE = """\
{
  "v": 1,
  "owner": "own",
  "fragment": "key-2026-11",
  "created": "2026-11-23T12:00:00Z",
  "publicKeyJwk": {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "TtMvY7818O7vyyXyii4fvchzrig1ZxsMlGD18S5FVqg"
  },
  "sealed": "AQwMDAwMDAwMDAwMDI//f8xBRUHmj0jmvGGcBckOSmnU/lriiMz73M/jMm/hbVNkZOwj5hhDanEZfL4r2w=="
}
"""


# --- files


def tree(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


def test_everything_is_for_its_owner_alone_whatever_the_mask(store: FileKeyStore, folder: Path) -> None:
    mask = os.umask(0)
    try:
        store.create("a", now=NOW)
        store.create("a", now=NOW, owner=OGRN)
        store.retire("a", now=NOW)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert tree(folder) == {
        "machine.secret": 0o600,
        "own": 0o700,
        "own/a.json": 0o600,
        OGRN: 0o700,
        f"{OGRN}/a.json": 0o600,
    }
    assert (folder / "machine.secret").stat().st_size == 32


def test_no_file_holds_a_private_key(folder: Path) -> None:
    private = random.Random(1)
    drawn: list[bytes] = []

    def entropy(length: int) -> bytes:
        drawn.append(private.randbytes(length))
        return drawn[-1]

    FileKeyStore(folder, entropy).create("a", now=NOW)
    (seed,) = [value for value in drawn if len(value) == 32 and value != (folder / "machine.secret").read_bytes()]
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert FileKeyStore(folder, os.urandom).keys()[0].public_key == public
    written = (folder / "own" / "a.json").read_bytes()
    for form in (seed, seed.hex().encode(), base64.b64encode(seed)[:40], base64.urlsafe_b64encode(seed)[:40]):
        assert form not in written
        assert form not in base64.b64decode(json.loads(written)["sealed"])


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_every_file_that_lets_others_in_is_named(store: FileKeyStore, folder: Path, mode: int) -> None:
    store.create("a", now=NOW)
    (folder / "own" / "a.json").chmod(mode)
    (folder / "machine.secret").chmod(mode)
    (folder / "own").chmod(0o750)
    folder.chmod(0o755)
    assert faults(folder) == [
        "the folder of keys: mode 0755 lets others in; run: chmod 700",
        f"machine.secret: mode {mode:04o} lets others in; run: chmod 600",
        "own: mode 0750 lets others in; run: chmod 700",
        f"own/a.json: mode {mode:04o} lets others in; run: chmod 600",
    ]


def test_a_forgotten_copy_that_lets_others_in_is_named(store: FileKeyStore, folder: Path) -> None:
    store.create("a", now=NOW)
    (folder / "machine.secret.bak").write_bytes((folder / "machine.secret").read_bytes())
    (folder / "machine.secret.bak").chmod(0o644)
    assert faults(folder) == ["machine.secret.bak: mode 0644 lets others in; run: chmod 600"]


def test_files_of_another_user_are_named(store: FileKeyStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create("a", now=NOW)
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    assert faults(folder) == [
        f"{name}: belongs to another user; run the product as the owner of the keys"
        for name in ("the folder of keys", "machine.secret", "own", "own/a.json")
    ]


def test_a_link_is_named(store: FileKeyStore, folder: Path) -> None:
    store.create("a", now=NOW)
    (folder / "own" / "b.json").symlink_to(folder / "own" / "a.json")
    assert faults(folder) == ["own/b.json: is neither a file nor a folder"]


def test_keys_without_their_machine_secret(store: FileKeyStore, folder: Path) -> None:
    store.create("a", now=NOW)
    (folder / "machine.secret").unlink()
    (fault,) = faults(folder)
    assert fault.startswith("machine.secret: is missing")
    with pytest.raises(ConfigurationError):
        FileKeyStore.prepare(folder, os.urandom)
    assert not (folder / "machine.secret").exists()  # a new one would only hide the loss


def test_keys_under_another_machine_secret(store: FileKeyStore, folder: Path) -> None:
    store.create("a", now=NOW)
    store.create("b", now=NOW)
    (folder / "machine.secret").write_bytes(bytes(32))
    assert [fault.split(":")[0] for fault in faults(folder)] == ["own/a.json", "own/b.json"]


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_damaged_machine_secret(store: FileKeyStore, folder: Path, length: int) -> None:
    store.create("a", now=NOW)
    (folder / "machine.secret").write_bytes(bytes(length))
    assert faults(folder) == ["machine.secret: must be exactly 32 bytes; bring it back from a backup"]


@pytest.mark.parametrize("member", ["owner", "fragment", "created", "publicKeyJwk", "sealed", "retired", "v", "note"])
def test_every_changed_member_is_noticed(store: FileKeyStore, folder: Path, member: str) -> None:
    store.create("a", now=NOW)
    store.create("b", now=NOW)
    store.retire("b", now=LATER)
    path = folder / "own" / "b.json"
    document = json.loads(path.read_text())
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    changes = {
        "owner": OGRN,
        "fragment": "c",
        "created": "2020-01-01T00:00:00Z",
        "retired": "2030-01-01T00:00:00Z",
        "publicKeyJwk": document["publicKeyJwk"] | {"x": base64.urlsafe_b64encode(other).decode().rstrip("=")},
        "sealed": json.loads((folder / "own" / "a.json").read_text())["sealed"],
        "v": 2,
        "note": "",
    }
    path.write_text(json.dumps(document | {member: changes[member]}))
    (fault,) = faults(folder)
    assert fault.startswith("own/b.json: cannot be used")


def test_a_retired_key_cannot_be_revived_by_editing_its_file(store: FileKeyStore, folder: Path) -> None:
    store.create("a", now=NOW)
    path = folder / "own" / "a.json"
    store.retire("a", now=LATER)
    document = json.loads(path.read_text())
    del document["retired"]
    path.write_text(json.dumps(document))
    assert len(faults(folder)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"v"',
        "{}",
        '{"v": 1}',
        '{"v": 1, "publicKeyJwk": 7}',
        "\ud800",
        '{"v":1,"publicKeyJwk":{"x":"й"}}',
    ],
)
def test_a_file_that_is_no_key_is_named(store: FileKeyStore, folder: Path, text: str) -> None:
    store.create("a", now=NOW)
    (folder / "own" / "a.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    (fault,) = faults(folder)
    assert fault.startswith("own/a.json: cannot be used")


def test_one_key_under_two_names_is_refused(store: FileKeyStore, folder: Path) -> None:
    seeds = [seeded(7), seeded(7)]
    first = FileKeyStore(folder, seeds[0])
    first.create("a", now=NOW)
    hidden = folder / "own" / "a.json"
    kept = hidden.read_bytes()
    hidden.unlink()
    second = FileKeyStore(folder, seeds[1])
    seeds[1](32)  # what was the machine secret the first time
    second.create("b", now=NOW)
    os.close(os.open(hidden, os.O_CREAT, 0o600))
    hidden.write_bytes(kept)
    assert faults(folder) == ["own/b.json: holds the same key as own/a.json"]


def test_halves_that_do_not_belong_together_are_refused(store: FileKeyStore, folder: Path) -> None:
    store.create("a", now=NOW)
    path = folder / "own" / "a.json"
    document = json.loads(path.read_text())
    public = base64.urlsafe_b64decode(document["publicKeyJwk"]["x"] + "=")
    secret = HKDF(SHA256(), 32, None, b"orientir/v1/signing-key").derive((folder / "machine.secret").read_bytes())
    bound = f"\x01own|a|{document['created']}||{public.hex()}".encode()
    other = AESGCM(secret).encrypt(bytes(12), bytes(32), bound)
    path.write_text(json.dumps(document | {"sealed": base64.b64encode(b"\x01" + bytes(12) + other).decode()}))
    (fault,) = faults(folder)
    assert "do not belong together" in fault


def test_what_a_crash_left_behind_does_no_harm(store: FileKeyStore, folder: Path) -> None:
    made = store.create("a", now=NOW)
    os.close(os.open(folder / "own" / ".half", os.O_CREAT, 0o600))
    assert FileKeyStore(folder, os.urandom).keys() == [made]


def test_a_place_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "file").chmod(0o600)
    assert faults(tmp_path / "file") == ["the folder of keys: cannot be read: a part of the path is not a folder"]
    assert faults(tmp_path / "file" / "keys") == [
        "the folder of keys: cannot be read: a part of the path is not a folder"
    ]


def test_a_key_that_cannot_be_written_whole_is_not_there_at_all(
    store: FileKeyStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.create("a", now=NOW)
    before = tree(folder)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable, match="the disk is full"):
            store.create("b", now=NOW)
        with pytest.raises(Unavailable):
            store.retire("a", now=NOW)
    assert tree(folder) == before
    verify(store.keys()[0].public_key, store.sign("a", b"x"), b"x")


def test_a_home_without_keys_seals_nothing(store: FileKeyStore, folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="portfolio school create"):
        store.seal("x", b"")
    with pytest.raises(ConfigurationError):
        store.unseal("x", b"\x01" + bytes(40))
    with pytest.raises(ConfigurationError):
        store.secret("x")
    assert not folder.exists()
    prepared = FileKeyStore.prepare(folder, os.urandom)
    assert store.secret("x") == prepared.secret("x")
