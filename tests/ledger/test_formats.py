"""The C2SP formats, byte for byte: golden values first, then what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from portfolio.errors import LedgerError
from portfolio.ledger import tiles
from portfolio.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from portfolio.ledger.entry import (
    ENTRY_SIZE,
    check_event,
    control_entry,
    event,
    event_entry,
    issuer_tag,
    parse_entry,
)
from portfolio.ledger.merkle import EMPTY_ROOT, leaf_hash
from portfolio.ledger.policy import parse_policy
from portfolio.ledger.signed_note import MAXIMUM_SIGNATURES, open_note, parse_vkey, sign_note, signature_line
from portfolio.ledger.tlog_proof import TlogProof, parse_tlog_proof, prove, verify_tlog_proof
from tests.ledger.logs import LOG, NORTH, SOUTH, MemoryLog, Signer

DID = "did:web:school.example"
SALT = bytes(32)
DIGEST = bytes(32)
EVENT = event(
    "issue",
    credential="urn:uuid:00000000-0000-4000-8000-000000000000",
    digest=DIGEST,
    time=datetime(2026, 1, 1, tzinfo=UTC),
)
ENTRY = event_entry(DID, SALT, EVENT)
ONE = MemoryLog([bytes(ENTRY)])
VKEY = "log.school.example/2026+f1aa8391+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
POLICY = f"""# who is believed
log {VKEY}
witness north {NORTH.key.vkey} https://north.example/witness
witness south {SOUTH.key.vkey}
group partners any north south
quorum partners
"""


# --- entries


def test_the_golden_entry() -> None:
    assert ENTRY.body.hex() == "1a86f364d027599ca1eb0384e3e90c229e211541db717ccba65a193a980eaa1c"
    assert leaf_hash(bytes(ENTRY)).hex() == "66e83e181648297a5f4d65ee80e043fb75b62ee6728712e6295982388a41943a"
    assert len(bytes(ENTRY)) == ENTRY_SIZE
    assert parse_entry(bytes(ENTRY)) == ENTRY
    assert ENTRY.tag == sha256(DID.encode()).digest() == issuer_tag(DID)


def test_another_salt_issuer_or_word_makes_another_entry() -> None:
    others = {
        event_entry(DID, b"\x01" * 32, EVENT),
        event_entry("did:web:other.example", SALT, EVENT),
        event_entry(DID, SALT, {**EVENT, "event": "revoke"}),
        control_entry(DID, EVENT),
        ENTRY,
    }
    assert len(others) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"v": 2},
        {"v": True},
        {"event": "delete"},
        {"cred": ""},
        {"cred": 1},
        {"digest": "sha256:00"},
        {"digest": "0" * 64},
        {"time": "2026-01-01T00:00:00+00:00"},
        {"time": "2026-01-01"},
        {"name": "Пётр"},
    ],
)
def test_what_is_no_event(wrong: dict[str, object]) -> None:
    with pytest.raises(LedgerError):
        check_event({**EVENT, **wrong})
    with pytest.raises(LedgerError):
        event_entry(DID, SALT, {**EVENT, **wrong})


def test_a_salt_has_32_bytes_and_a_time_its_zone() -> None:
    with pytest.raises(LedgerError):
        event_entry(DID, bytes(31), EVENT)
    with pytest.raises(LedgerError):
        event("issue", credential="urn:x:1", digest=DIGEST, time=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(LedgerError):
        event("issue", credential="urn:x:1", digest=bytes(20), time=datetime(2026, 1, 1, tzinfo=UTC))
    for data in (b"", bytes(66), b"\x02\x01" + bytes(64), b"\x01\x03" + bytes(64), bytes(ENTRY) + b"\0"):
        with pytest.raises(LedgerError):
            parse_entry(data)


# --- notes and checkpoints


def test_the_golden_checkpoint() -> None:
    note = ONE.checkpoint(LOG)
    assert LOG.key.vkey == VKEY
    assert LOG.key.key_id.hex() == "f1aa8391"
    assert len(note.decode()) == 191
    signature = note.decode().splitlines()[-1].split(" ")[2]
    # Four bytes of the key's id come first; the signature itself begins behind them.
    assert signature.startswith("8aqDkfnF")
    checkpoint, opened = open_checkpoint(note, LOG.key)
    assert checkpoint == Checkpoint("log.school.example/2026", 1, ONE.root())
    assert opened.signers == {LOG.key: None}
    assert parse_vkey(VKEY) == LOG.key


def test_strangers_mean_nothing_and_a_bad_known_signature_everything() -> None:
    text = ONE.checkpoint(LOG).decode()
    stranger = Signer("stranger.example", b"x" * 32)
    with_stranger = text + signature_line(stranger.key, bytes(64))
    assert open_note(with_stranger.encode(), [LOG.key]).signers == {LOG.key: None}
    with pytest.raises(LedgerError):
        open_note(with_stranger.encode(), [LOG.key, stranger.key])
    with pytest.raises(LedgerError):
        open_note(text.encode(), [stranger.key])
    with pytest.raises(LedgerError):
        open_note((text + text.splitlines(keepends=True)[-1]).encode(), [LOG.key])


def test_cosignatures() -> None:
    note = ONE.checkpoint(LOG, (NORTH, 1_770_000_000), (SOUTH, 1_770_000_060))
    _, opened = open_checkpoint(note, LOG.key, [NORTH.key, SOUTH.key])
    assert opened.signers == {LOG.key: None, NORTH.key: 1_770_000_000, SOUTH.key: 1_770_000_060}
    with pytest.raises(LedgerError):
        open_checkpoint(note.replace(b"\n1\n", b"\n2\n"), LOG.key)
    # A cosignature under the key's other type is another key.
    assert NORTH.key.key_id != Signer("north.example", b"n" * 32).key.key_id


def test_many_signatures_are_read_and_too_many_are_not() -> None:
    text = ONE.checkpoint(LOG).decode()
    line = signature_line(Signer("s.example", b"z" * 32).key, bytes(64))
    open_note((text + line * 20).encode(), [LOG.key])
    with pytest.raises(LedgerError):
        open_note((text + line * MAXIMUM_SIGNATURES).encode(), [LOG.key])


def test_every_byte_of_a_checkpoint_counts() -> None:
    note = ONE.checkpoint(LOG)
    opened = open_checkpoint(note, LOG.key)
    for place in range(len(note)):
        for mask in (0x01, 0x20, 0x80):
            changed = bytearray(note)
            changed[place] ^= mask
            with pytest.raises(LedgerError):
                assert open_checkpoint(bytes(changed), LOG.key) == opened


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log.example\n1\n",
        f"log.example\n01\n{'A' * 43}=\n",
        f"log.example\n-1\n{'A' * 43}=\n",
        f"log.example\n1\n{'A' * 42}==\n",
        f"log.example\n1\n{'A' * 42}B=\n",
        f"log.example\n1\n{'A' * 43}=\nextension\n",
        f"\n1\n{'A' * 43}=\n",
        f"log.example\n9223372036854775808\n{'A' * 43}=\n",
        f"log.example\n0\n{'A' * 43}=\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(LedgerError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        VKEY.replace("f1aa8391", "f1aa8392"),
        VKEY.replace("f1aa8391", "F1AA8391"),
        VKEY[:-1],
        VKEY.replace("+f1aa", " +f1aa"),
        VKEY + "\n",
        VKEY.replace("+AQ", "+Ag"),
    ],
)
def test_what_is_no_verifier_key(vkey: str) -> None:
    with pytest.raises(LedgerError):
        parse_vkey(vkey)


def test_a_checkpoint_of_nothing_has_the_empty_root() -> None:
    assert parse_checkpoint(Checkpoint("a", 0, EMPTY_ROOT).text).size == 0
    with pytest.raises(LedgerError):
        Checkpoint("a", 3, EMPTY_ROOT)


# --- tiles


def test_a_log_of_70_000_has_277_tiles() -> None:
    found = list(tiles.tiles_of(70_000))
    assert len(found) == 277
    assert [tile.path for tile in found][-3:] == ["1/000", "1/001.p/17", "2/000.p/1"]
    assert all(1 <= tile.width <= 256 for tile in found)


def test_addresses_of_tiles() -> None:
    for path in ("0/000", "0/x001/x234/067", "entries/x001/x234/067.p/112", "63/999.p/1", "1/001.p/17"):
        assert tiles.parse_path(path).path == path
    assert tiles.parse_path("0/x001/x234/067").number == 1_234_067
    for path in (
        "",
        "0",
        "0/0",
        "0/1000",
        "0/x000/001",
        "0/001/002",
        "64/000",
        "00/000",
        "0/000.p/256",
        "0/000.p/0",
        "0/000.p/01",
        "0/000.p/",
        "0/000/",
        "0/../001",
        "entries/000\n",
        "data/000",
        "0/" + "x001/" * 9 + "001",
    ):
        with pytest.raises(LedgerError):
            tiles.parse_path(path)


def test_tiles_hold_the_tree() -> None:
    log = MemoryLog([str(number).encode() for number in range(600)])
    leaf_tile = tiles.hash_tile(log.get, tiles.Tile(0, 2, 88))
    assert leaf_tile == b"".join(leaf_hash(entry) for entry in log.entries[512:])
    assert tiles.hash_tile(log.get, tiles.Tile(1, 0, 2))[:32] == log.get(8, 0)
    assert sum(tile.width for tile in tiles.bundles_of(600)) == 600
    assert tiles.Tile(1, 0, 2).end == 512


def test_bundles_of_entries() -> None:
    entries = [b"", b"a" * 66, b"b"]
    data = tiles.entry_bundle(entries)
    assert tiles.parse_bundle(data, 3) == entries
    for damaged, width in ((data[:-1], 3), (data + b"\0", 3), (data, 2), (data, 4), (b"\0", 1)):
        with pytest.raises(LedgerError):
            tiles.parse_bundle(damaged, width)


# --- policy and proof


def test_a_policy_is_read_and_written() -> None:
    policy = parse_policy(POLICY)
    assert parse_policy(str(policy)) == policy
    assert policy.satisfied_by({"north"})
    assert policy.satisfied_by({"south", "north"})
    assert not policy.satisfied_by(set())
    assert policy.urls == {"north": "https://north.example/witness"}
    both = parse_policy(POLICY.replace("any", "all"))
    assert both.satisfied_by({"north", "south"})
    assert not both.satisfied_by({"north"})


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("quorum partners", ""),
        ("quorum partners", "quorum others"),
        ("any north south", "3 north south"),
        ("any north south", "0 north south"),
        ("any north south", "any north north"),
        ("any north south", "any north east"),
        ("group partners", "group north"),
        ("witness south", "witness north"),
        ("witness south", "witness none"),
        (f"log {VKEY}", ""),
        (f"log {VKEY}", f"log {NORTH.key.vkey}"),
        (f"log {VKEY}", f"log {VKEY}\nlog {VKEY}"),
        ("quorum partners", "quorum partners\nquorum none"),
        ("# who", "who"),
    ],
)
def test_what_is_no_policy(found: str, instead: str) -> None:
    assert found in POLICY
    with pytest.raises(LedgerError):
        parse_policy(POLICY.replace(found, instead))


def filled() -> tuple[MemoryLog, bytes]:
    log = MemoryLog([sha256(str(number).encode()).digest() + bytes(34) for number in range(40)])
    index = log.append(bytes(ENTRY))
    log.append(bytes(66))
    note = log.checkpoint(LOG, (NORTH, 1_770_000_000))
    return log, bytes(prove(index, log.path(index), note, SALT, EVENT))


def test_a_proof_shows_what_was_logged_and_who_saw_it() -> None:
    _, data = filled()
    found = verify_tlog_proof(data, did=DID, digest=DIGEST, policy=parse_policy(POLICY))
    assert (found.index, found.checkpoint.size, found.event) == (40, 42, EVENT)
    assert found.witnesses == {"north": 1_770_000_000}
    assert found.witnessed_at == 1_770_000_000
    assert found.quorum
    both = verify_tlog_proof(data, did=DID, digest=DIGEST, policy=parse_policy(POLICY.replace("any", "all")))
    assert not both.quorum
    assert bytes(parse_tlog_proof(data)) == data


def test_a_proof_is_that_of_one_document_of_one_issuer_in_one_log() -> None:
    _, data = filled()
    policy = parse_policy(POLICY)
    other = Signer("log.other.example", b"o" * 32)
    for did, digest, believed in (
        ("did:web:other.example", DIGEST, policy),
        (DID, b"\x01" * 32, policy),
        (DID, DIGEST, parse_policy(f"log {other.key.vkey}\nquorum none\n")),
    ):
        with pytest.raises(LedgerError):
            verify_tlog_proof(data, did=did, digest=digest, policy=believed)


def test_every_byte_of_a_proof_file_counts() -> None:
    """A flipped bit is refused, or hits a stranger's line, which there is none of here."""
    _, data = filled()
    policy = parse_policy(POLICY)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x01
        try:
            found = verify_tlog_proof(bytes(changed), did=DID, digest=DIGEST, policy=policy)
        except LedgerError:
            continue
        # What is left are the witness's name and key id: then it is a stranger's signature, and nobody's word.
        assert found.witnesses == {}
        assert not found.quorum


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"tlog-proof@v1", b"tlog-proof@v2"),
        lambda data: data.replace(b"index 40", b"index 040"),
        lambda data: data.replace(b"index 40\n", b""),
        lambda data: data.replace(b"\n\n", b"\n", 1),
        lambda data: b"",
        lambda data: data[:100],
        lambda data: "\u0445".encode() + data,
        lambda data: bytes(TlogProof(40, (bytes(32),) * 64, data.partition(b"\n\n")[2], SALT)),
        lambda data: bytes(TlogProof(40, (), data.partition(b"\n\n")[2], None)),
        lambda data: bytes(TlogProof(40, (), data.partition(b"\n\n")[2], SALT + b"[" * 100_000)),
        lambda data: bytes(TlogProof(40, (), data.partition(b"\n\n")[2], SALT + b'{"v": 1}')),
    ],
)
def test_what_is_no_proof(change: object) -> None:
    _, data = filled()
    with pytest.raises(LedgerError):
        verify_tlog_proof(change(data), did=DID, digest=DIGEST, policy=parse_policy(POLICY))  # type: ignore[operator]


def test_a_note_is_signed_over_its_text_alone() -> None:
    note = sign_note("log.school.example/2026\n", LOG.key, LOG.sign)
    assert note.startswith("log.school.example/2026\n\n— log.school.example/2026 ")
