from __future__ import annotations

import base64
import contextlib
import gzip
import os
import time
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.errors import (
    DocumentError,
    MalformedValueError,
    RangeError,
    StatusListLengthError,
    StatusVerificationError,
)
from portfolio.vc.canonicalization import canonicalize_rdfc
from portfolio.vc.schema import check_schema
from portfolio.vc.status_list import (
    MAXIMUM_BYTES,
    MINIMUM_ENTRIES,
    Bitstring,
    StatusEntry,
    check_entry,
    check_status,
    compress_bitstring,
    expand_bitstring,
    status_list_credential,
    status_list_entry,
)

URL = "https://s.example/status/1"
NOW = datetime(2026, 3, 18, 9, tzinfo=UTC)


def gzipped(data: bytes) -> bytes:
    """Without a time in its header: a test's name is the same whenever it is collected."""
    return gzip.compress(data, mtime=0)


def multibase(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def published(bits: Bitstring, purpose: str = "revocation") -> dict[str, object]:
    return status_list_credential(url=URL, issuer="did:web:s.example", purpose=purpose, bits=bits, valid_from=NOW)


def entry(**changes: object) -> dict[str, object]:
    made: dict[str, object] = {**status_list_entry(URL, 94_567), **changes}
    return {name: value for name, value in made.items() if value is not None}


class TestBitstring:
    def test_index_0_is_the_most_significant_bit_of_the_first_byte(self) -> None:
        bits = Bitstring(16)
        bits.set(0)
        bits.set(9)
        assert bits.to_bytes() == b"\x80\x40"

    @given(st.sets(st.integers(0, MINIMUM_ENTRIES - 1), max_size=40), st.data())
    def test_holds_exactly_what_was_set(self, indexes: set[int], data: st.DataObject) -> None:
        bits = Bitstring()
        for index in indexes:
            bits.set(index)
        cleared = data.draw(st.sets(st.sampled_from(sorted(indexes)))) if indexes else set()
        for index in cleared:
            bits.set(index, False)
        assert bits.count() == len(indexes - cleared)
        assert all(bits.get(index) is (index not in cleared) for index in indexes)
        assert Bitstring.from_bytes(expand_bitstring(compress_bitstring(bits.to_bytes()))) == bits

    @pytest.mark.parametrize("index", [-1, 16, 1 << 60])
    def test_refuses_indexes_outside(self, index: int) -> None:
        bits = Bitstring(16)
        with pytest.raises(RangeError):
            bits.get(index)
        with pytest.raises(RangeError):
            bits.set(index)

    @pytest.mark.parametrize("length", [0, -8, 12])
    def test_has_whole_bytes(self, length: int) -> None:
        with pytest.raises(RangeError):
            Bitstring(length)

    def test_is_a_copy_of_its_bytes(self) -> None:
        source = bytearray(2)
        bits = Bitstring.from_bytes(source)
        source[0] = 0xFF
        assert bits.count() == 0


class TestCompression:
    def test_the_same_bits_give_the_same_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bits = os.urandom(MINIMUM_ENTRIES // 8)
        first = compress_bitstring(bits)
        monkeypatch.setattr(time, "time", lambda: 4e9)
        assert compress_bitstring(bits) == first
        header = base64.urlsafe_b64decode(first[1:17])
        assert header[:8] == b"\x1f\x8b\x08\0\0\0\0\0", "gzip, deflate, no flags, no time"

    def test_300_revocations_stay_small(self) -> None:
        bits = Bitstring()
        for index in range(0, MINIMUM_ENTRIES, MINIMUM_ENTRIES // 300):
            bits.set(index)
        assert len(compress_bitstring(bits.to_bytes())) < 1500

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("", MalformedValueError),
            ("H4sI", MalformedValueError),
            ("zH4sI", MalformedValueError),
            ("u", MalformedValueError),
            ("uA", MalformedValueError),
            ("uH4sI+/8", MalformedValueError),
            (multibase(gzipped(bytes(16_384))) + "=", MalformedValueError),
            (multibase(gzipped(bytes(16_384))) + "\n", MalformedValueError),
            (multibase(gzipped(bytes(16_384)))[:30], MalformedValueError),
            (multibase(zlib.compress(bytes(16_384))), MalformedValueError),
            (multibase(gzipped(bytes(16_384)) + b"\0"), MalformedValueError),
            (multibase(gzipped(bytes(16_384)) * 2), MalformedValueError),
            (multibase(gzipped(gzipped(bytes(16_384)))), MalformedValueError),
            (multibase(gzipped(bytes(MAXIMUM_BYTES + 1))), StatusVerificationError),
            ("u" + "A" * (2 * MAXIMUM_BYTES), StatusVerificationError),
        ],
    )
    def test_refuses(self, text: str, error: type[DocumentError]) -> None:
        with pytest.raises(error):
            expand_bitstring(text)

    def test_a_damaged_checksum_is_noticed(self) -> None:
        packed = bytearray(gzipped(bytes(16_384)))
        packed[-5] ^= 1
        with pytest.raises(MalformedValueError):
            expand_bitstring(multibase(bytes(packed)))

    def test_takes_a_list_of_the_greatest_size(self) -> None:
        bits = os.urandom(MAXIMUM_BYTES)
        assert expand_bitstring(compress_bitstring(bits)) == bits

    def test_bits_that_only_begin_like_gzip_are_bits(self) -> None:
        bits = b"\x1f\x8b\x08" + bytes(16_381)
        assert expand_bitstring(compress_bitstring(bits)) == bits

    def test_a_gigabyte_of_zeros_is_refused_at_once(self) -> None:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        block = bytes(1 << 20)
        bomb = multibase(b"".join(packer.compress(block) for _ in range(1024)) + packer.flush())
        before = time.perf_counter()
        with pytest.raises(StatusVerificationError):
            expand_bitstring(bomb)
        assert time.perf_counter() - before < 0.5

    @given(st.text(max_size=80) | st.binary(max_size=80).map(multibase))
    def test_any_text_is_bits_or_a_document_error(self, text: str) -> None:
        with contextlib.suppress(DocumentError):
            assert isinstance(expand_bitstring(text), bytes)


class TestEntry:
    def test_an_entry_of_ours(self) -> None:
        assert status_list_entry(URL, 94_567) == {
            "id": "https://s.example/status/1#94567",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "94567",
            "statusListCredential": "https://s.example/status/1",
        }
        assert check_entry(status_list_entry(URL, 94_567)) == StatusEntry("revocation", 94_567, URL)
        with pytest.raises(RangeError):
            status_list_entry(URL, -1)

    def test_what_may_be_absent_or_plural(self) -> None:
        assert check_entry(entry(id=None, type=["Other", "BitstringStatusListEntry"])).index == 94_567
        messages = [{"status": hex(value), "message": "m"} for value in range(4)]
        assert check_entry(entry(statusSize=2, statusMessage=messages)).size == 2
        assert check_entry(entry(statusMessage=messages[:2])).size == 1

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"type": "StatusList2021Entry"}, "$.type"),
            ({"type": None}, "$.type"),
            ({"statusPurpose": ["revocation"]}, "$.statusPurpose"),
            ({"statusPurpose": ""}, "$.statusPurpose"),
            ({"statusListIndex": 94_567}, "$.statusListIndex"),
            ({"statusListIndex": "-1"}, "$.statusListIndex"),
            ({"statusListIndex": "1.0"}, "$.statusListIndex"),
            ({"statusListIndex": "٣"}, "$.statusListIndex"),
            ({"statusListIndex": "9" * 5000}, "$.statusListIndex"),
            ({"statusListIndex": "1\n"}, "$.statusListIndex"),
            ({"statusListCredential": "status/1"}, "$.statusListCredential"),
            ({"statusListCredential": {"id": URL}}, "$.statusListCredential"),
            ({"id": URL}, "$.id"),
            ({"id": "entry 1"}, "$.id"),
            ({"statusSize": 0}, "$.statusSize"),
            ({"statusSize": True}, "$.statusSize"),
            ({"statusSize": "1"}, "$.statusSize"),
            ({"statusSize": 10**15}, "$.statusSize"),
            ({"statusSize": 2}, "$.statusMessage"),
            ({"statusSize": 2, "statusMessage": [{"status": "0x0", "message": "m"}] * 3}, "$.statusMessage"),
            (
                {"statusMessage": [{"status": "0x0", "message": "m"}, {"status": 1, "message": "m"}]},
                "$.statusMessage[1]",
            ),
            ({"statusMessage": [{"status": "0x0"}, {"status": "0x1", "message": "m"}]}, "$.statusMessage[0]"),
            ({"statusMessage": ["0x0", "0x1"]}, "$.statusMessage[0]"),
        ],
    )
    def test_refuses_with_the_path(self, changes: dict[str, object], path: str) -> None:
        with pytest.raises(DocumentError) as raised:
            check_entry(entry(**changes))
        assert raised.value.path == path
        assert raised.value.code in ("malformed_value_error", "range_error")

    @pytest.mark.parametrize("value", [None, [], "urn:x", 3])
    def test_refuses_what_is_no_object(self, value: object) -> None:
        with pytest.raises(MalformedValueError):
            check_entry(value)


class TestStatus:
    def test_the_list_as_a_credential(self) -> None:
        bits = Bitstring()
        bits.set(94_567)
        credential = status_list_credential(
            url=URL,
            issuer="did:web:s.example",
            purpose="revocation",
            bits=bits,
            valid_from=NOW,
            valid_until=datetime(2026, 3, 19, tzinfo=UTC),
        )
        subject = credential.pop("credentialSubject")
        assert credential == {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": URL,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": "did:web:s.example",
            "validFrom": "2026-03-18T09:00:00Z",
            "validUntil": "2026-03-19T00:00:00Z",
        }
        assert isinstance(subject, dict)
        assert subject.pop("encodedList") == compress_bitstring(bits.to_bytes())
        assert subject == {
            "id": URL + "#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "ttl": 300_000,
        }

    def test_nothing_of_the_list_is_lost_when_it_is_signed(self) -> None:
        credential = published(Bitstring())
        assert check_schema(credential) == []
        assert b"status#encodedList" in canonicalize_rdfc(credential)

    def test_says_who_is_revoked(self) -> None:
        bits = Bitstring()
        bits.set(94_567)
        credential = published(bits)
        assert check_status(check_entry(entry()), credential) == 1
        assert check_status(check_entry(entry(statusListIndex="94568")), credential) == 0
        assert check_status(check_entry(entry(statusListIndex="131071")), credential) == 0

    @settings(max_examples=25)
    @given(st.integers(2, 9), st.integers(0, 5000), st.data())
    def test_values_of_several_bits(self, size: int, index: int, data: st.DataObject) -> None:
        value = data.draw(st.integers(0, (1 << size) - 1))
        bits = Bitstring(MINIMUM_ENTRIES * 16)
        for place in range(size):
            bits.set(index * size + place, bool(value >> (size - 1 - place) & 1))
        assert check_status(StatusEntry("message", index, URL, size), published(bits, "message")) == value

    def test_a_short_list_is_neither_published_nor_believed(self) -> None:
        with pytest.raises(StatusListLengthError):
            published(Bitstring(MINIMUM_ENTRIES - 8))
        credential = published(Bitstring())
        with pytest.raises(StatusListLengthError):
            check_status(StatusEntry("revocation", 0, URL, 2), credential)
        credential["credentialSubject"]["encodedList"] = compress_bitstring(bytes(16_383))  # type: ignore[index]
        with pytest.raises(StatusListLengthError):
            check_status(StatusEntry("revocation", 0, URL), credential)

    def test_an_index_beyond_the_end(self) -> None:
        with pytest.raises(RangeError):
            check_status(StatusEntry("revocation", MINIMUM_ENTRIES, URL), published(Bitstring()))

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"id": "https://s.example/status/2"}, StatusVerificationError),
            ({"id": None}, StatusVerificationError),
            ({"type": ["VerifiableCredential"]}, StatusVerificationError),
            ({"credentialSubject": None}, MalformedValueError),
            ({"credentialSubject": []}, MalformedValueError),
            ({"credentialSubject": [{}, {}]}, MalformedValueError),
            ({"credentialSubject": {"type": "BitstringStatusList"}}, StatusVerificationError),
            ({"credentialSubject": {"type": "StatusList2021"}}, MalformedValueError),
            (
                {"credentialSubject": {"type": "BitstringStatusList", "statusPurpose": "suspension"}},
                StatusVerificationError,
            ),
            (
                {"credentialSubject": {"type": "BitstringStatusList", "statusPurpose": "revocation"}},
                MalformedValueError,
            ),
        ],
    )
    def test_refuses_another_list(self, change: dict[str, object], error: type[DocumentError]) -> None:
        with pytest.raises(error):
            check_status(StatusEntry("revocation", 0, URL), {**published(Bitstring()), **change})

    def test_a_list_may_serve_several_purposes_and_have_no_id(self) -> None:
        credential = published(Bitstring())
        del credential["id"]
        credential["credentialSubject"]["statusPurpose"] = ["suspension", "revocation"]  # type: ignore[index]
        assert check_status(StatusEntry("revocation", 0, URL), credential) == 0
