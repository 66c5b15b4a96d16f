"""Status entries and status lists that do not hold (Bitstring Status List 1.0), each behind a credential that does."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from portfolio.vc.contexts import CONTEXT_VC2
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.jsontext import dumps
from portfolio.vc.status_list import MINIMUM_ENTRIES, status_list_entry
from tests.unit.vc.signers import LIST_URL, NOW, PLANT, SCHOOL, STRANGER, badge, material, status_list
from tests.verify.defects import MALFORMED, STATUS_LIST, VCDM, Case, Finding, changed, each

VERIFICATION = Finding("status", "status_verification_error", STATUS_LIST + "STATUS_VERIFICATION_ERROR", "unknown")
RETRIEVAL = Finding("status", "status_not_available", STATUS_LIST + "STATUS_RETRIEVAL_ERROR", "unknown")
LENGTH = Finding("status", "status_list_length_error", STATUS_LIST + "STATUS_LIST_LENGTH_ERROR", "unknown")
BAD_VALUE = Finding("status", "malformed_value_error", VCDM + "MALFORMED_VALUE_ERROR", "unknown")
OUT_OF_RANGE = Finding("status", "range_error", VCDM + "RANGE_ERROR", "unknown")
ENTRY_RANGE = Finding("structure", "malformed", VCDM + "RANGE_ERROR")

INDEX = 94_568  # of the sample credential
_ENTRY = status_list_entry(LIST_URL, INDEX)
_CREDENTIAL = dumps(SCHOOL.issue(badge()))
_ABSENT = object()


def _entry(**members: Any) -> dict[str, Any]:
    entry = {name: value for name, value in {**_ENTRY, **members}.items() if value is not _ABSENT}
    return changed(credentialStatus=entry)


def cases() -> Iterator[Case]:
    message = {"status": "0x0", "message": "x"}
    yield from each(
        "status entry",
        MALFORMED,
        {
            "type missing": _entry(type=_ABSENT),
            "purpose missing": _entry(statusPurpose=_ABSENT),
            "purpose of a list": _entry(statusPurpose=["revocation"]),
            "purpose of nothing": _entry(statusPurpose=""),
            "index missing": _entry(statusListIndex=_ABSENT),
            "index of a figure": _entry(statusListIndex=INDEX),
            "index negative": _entry(statusListIndex="-1"),
            "index with a zero before": _entry(statusListIndex="007"),
            "index with a plus": _entry(statusListIndex="+7"),
            "index with a space": _entry(statusListIndex=" 7"),
            "index hexadecimal": _entry(statusListIndex="0x7"),
            "index with a point": _entry(statusListIndex="7.0"),
            "index in other digits": _entry(statusListIndex="٧"),
            "index without end": _entry(statusListIndex="9" * 1_000),
            "list missing": _entry(statusListCredential=_ABSENT),
            "list relative": _entry(statusListCredential="/status/1"),
            "list of a figure": _entry(statusListCredential=1),
            "list of an object": _entry(statusListCredential={"id": LIST_URL}),
            "id of the list": _entry(id=LIST_URL),
            "id relative": _entry(id="#7"),
            "size of nothing": _entry(statusSize=0),
            "size negative": _entry(statusSize=-1),
            "size of a text": _entry(statusSize="1"),
            "size of a truth": _entry(statusSize=True),
            "size of a fraction": _entry(statusSize=1.5),
            "size without messages": _entry(statusSize=2),
            "too few messages": _entry(statusSize=2, statusMessage=[message] * 2),
            "messages of texts": _entry(statusMessage=["0x0", "0x1"]),
            "messages without a status": _entry(statusMessage=[{"message": "x"}, {"message": "y"}]),
            "status not hexadecimal": _entry(statusMessage=[{**message, "status": "0"}, message]),
            "65 entries": changed(credentialStatus=[status_list_entry(LIST_URL, index) for index in range(65)]),
            "one of two": changed(credentialStatus=[_ENTRY, {**_ENTRY, "statusListIndex": "x"}]),
            "null": changed(credentialStatus=[None]),
            "an address": changed(credentialStatus=f"{LIST_URL}#7"),
        },
    )
    yield from each("status entry", ENTRY_RANGE, {"size without measure": _entry(statusSize=1 << 20)})
    yield from _lists()
    yield from _encodings()


def _behind(name: str, found: Any, finding: Finding) -> Case:
    """The sound credential, behind which this is found at the address of its list."""
    return Case("status list", name, _CREDENTIAL, finding, material(status_list={LIST_URL: found}.get))


def _list(**members: Any) -> dict[str, Any]:
    """The school's list with members changed, and rightly signed; with ``_ABSENT`` taken away."""
    document = {name: value for name, value in status_list().items() if name != "proof"} | members
    return SCHOOL.issue({name: value for name, value in document.items() if value is not _ABSENT})


def _subject(**members: Any) -> dict[str, Any]:
    subject = {**status_list()["credentialSubject"], **members}
    return _list(credentialSubject={name: value for name, value in subject.items() if value is not _ABSENT})


def _partners(**members: Any) -> dict[str, Any]:
    """A list by a partner, who is known here and signs over the text alone."""
    document = {name: value for name, value in status_list().items() if name != "proof"}
    return PLANT.issue({**document, "issuer": PLANT.did, **members}, suites=(EDDSA_JCS_2022,))


def _lists() -> Iterator[Case]:
    found = status_list()
    unsigned = {name: value for name, value in found.items() if name != "proof"}
    bit = status_list(INDEX)
    other_url = "https://chayka.example/status/2"
    yield _behind("not to be had", None, RETRIEVAL)
    sound: dict[str, Any] = {
        "a list": [found],
        "a text": "x",
        "unsigned": unsigned,
        "no proof in the list": {**unsigned, "proof": []},
        "graph's proof alone": {**unsigned, "proof": found["proof"][0]},
        "text's proof alone": {**unsigned, "proof": found["proof"][1]},
        "bits of another list": {**found, "credentialSubject": bit["credentialSubject"]},
        "proof of another list": {**found, "proof": bit["proof"]},
        "validity stretched": {**found, "validUntil": "2099-01-01T00:00:00Z"},
        "another of the school's": status_list(url=other_url),
        "another address inside": _list(id=other_url),
        "without its address": _list(id=_ABSENT),
        "for another purpose": status_list(purpose="suspension"),
        "by an unknown issuer": status_list(signer=STRANGER),
        "by a stranger in the school's name": {**STRANGER.issue(unsigned)},
        "of another type": _list(type=["VerifiableCredential"]),
        "expired": status_list(valid_until=NOW - timedelta(seconds=1)),
        "not yet in force": _list(validFrom="2026-03-18T10:05:01Z"),
        "made later than now": SCHOOL.issue(unsigned, created=NOW + timedelta(minutes=6)),
        "ends before it begins": _list(validUntil="2026-03-18T08:00:00Z"),
        "without an issuer": {**unsigned, "issuer": None, "proof": found["proof"]},
        "one thing twice": _list(
            evidence=[
                {"id": "urn:x:1", "type": "https://x.example/T"},
                {"id": "urn:x:1", "type": "https://x.example/U"},
            ]
        ),
    }
    for name, credential in sound.items():
        yield _behind(name, credential, VERIFICATION)
    yield _behind(
        "under unknown contexts", {**found, "@context": [CONTEXT_VC2, "https://evil.example/c"]}, VERIFICATION
    )
    yield _behind(
        "without a context", {name: value for name, value in found.items() if name != "@context"}, VERIFICATION
    )
    yield _behind("with an undefined member", {**unsigned, "bits": "x", "proof": found["proof"]}, VERIFICATION)
    yield _behind("with a word that means nothing", _partners(favouriteColour="red"), VERIFICATION)
    yield _behind("subject of another type", _partners(credentialSubject={"id": "urn:x:2"}), BAD_VALUE)
    yield _behind("two subjects", _list(credentialSubject=[found["credentialSubject"], {"id": "urn:x:2"}]), BAD_VALUE)


def _encodings() -> Iterator[Case]:
    bits = bytes(MINIMUM_ENTRIES // 8)

    def text(packed: bytes) -> str:
        return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    sound = text(gzip.compress(bits))
    values: dict[str, Any] = {
        "missing": _ABSENT,
        "a figure": 1,
        "empty": "",
        "the prefix alone": "u",
        "without the prefix": sound[1:],
        "multibase of base58": "z" + sound[1:],
        "padded": sound + "=" * (-(len(sound) - 1) % 4 or 4),
        "base64 of the other alphabet": "u+/" + sound[3:],
        "a space in it": sound[:9] + " " + sound[9:],
        "a length that base64 does not have": "uA",
        "no gzip": text(bits),
        "zlib": text(zlib.compress(bits)),
        "cut short": text(gzip.compress(bits)[:-9]),
        "without its checksum": text(gzip.compress(bits)[:-8]),
        "a wrong checksum": text(gzip.compress(bits)[:-8] + b"\0" * 8),
        "bytes behind": text(gzip.compress(bits) + b"\0"),
        "two members": text(gzip.compress(bits) + gzip.compress(bits)),
        "gzip of gzip": text(gzip.compress(gzip.compress(bits))),
    }
    for name, value in values.items():
        yield _behind(f"encoding: {name}", _subject(encodedList=value), BAD_VALUE)
    crowds = {
        "a gigabyte": text(_bomb()),
        "a megabyte and a byte": text(gzip.compress(bytes((1 << 20) + 1))),
        "megabytes of text": "u" + "A" * 2_000_000,
    }
    for name, value in crowds.items():
        yield _behind(f"encoding: {name}", _subject(encodedList=value), VERIFICATION)
    yield _behind("encoding: a byte short", _subject(encodedList=text(gzip.compress(bits[:-1]))), LENGTH)
    yield _behind("encoding: no bits", _subject(encodedList=text(gzip.compress(b""))), LENGTH)
    far = dumps(SCHOOL.issue(badge(credentialStatus=status_list_entry(LIST_URL, MINIMUM_ENTRIES))))
    yield Case("status list", "index behind its end", far, OUT_OF_RANGE)
    messages = [{"status": f"0x{value}", "message": "x"} for value in range(4)]
    wide = {**_ENTRY, "statusListIndex": "1", "statusSize": 2, "statusMessage": messages}
    yield Case("status list", "too short for two bits each", dumps(SCHOOL.issue(badge(credentialStatus=wide))), LENGTH)


def _bomb() -> bytes:
    """A gigabyte of zeros in a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(1 << 10)), packer.flush()])
