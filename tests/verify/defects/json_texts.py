"""Texts that are no JSON, or JSON that readers do not read alike (RFC 8259, RFC 7493), or too much of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

from portfolio.vc.jsontext import dumps
from tests.unit.vc.signers import PLANT, foreign
from tests.verify.defects import UNREADABLE, Case, each

SOUND = dumps(PLANT.issue(foreign(PLANT)))
_TEXT = SOUND.decode()


def _with(member: str) -> bytes:
    """The sound text with something before its first member."""
    return f"{{{member},{_TEXT[1:]}".encode()


def _instead(old: str, new: str | bytes) -> bytes:
    assert _TEXT.count(old) >= 1
    before, _, after = _TEXT.partition(old)
    return before.encode() + (new.encode() if isinstance(new, str) else new) + after.encode()


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def cases() -> Iterator[Case]:
    name = '"name":"'
    yield from each(
        "JSON",
        UNREADABLE,
        {
            "empty": b"",
            "white space": b" \n\t ",
            "truncated": SOUND[:-1],
            "cut in the middle": SOUND[: len(SOUND) // 2],
            "byte order mark": b"\xef\xbb\xbf" + SOUND,
            "UTF-16": _TEXT.encode("utf-16"),
            "Latin-1": _instead(name, name.encode() + b"\xe9"),
            "overlong UTF-8": _instead(name, name.encode() + b"\xc0\xaf"),
            "surrogates in UTF-8": _instead(name, name.encode() + b"\xed\xa0\x80\xed\xb0\x80"),
            "NUL at the end": SOUND + b"\0",
            "gzip": gzip.compress(SOUND),
            "XML": b"<credential/>",
            "two documents": SOUND + SOUND,
            "text behind": SOUND + b"x",
            "a list of it": b"[" + SOUND + b"]",
            "a text of it": json.dumps(_TEXT).encode(),
            "null": b"null",
            "true": b"true",
            "a figure": b"1",
            "a list": b"[]",
            "an object of nothing": b"{}",
            "no credential": b'{"name":"x","type":["Profile"]}',
            "trailing comma": SOUND[:-1] + b",}",
            "comment": b"/* x */" + SOUND,
            "single quotes": b"{'type':'VerifiableCredential'}",
            "name without quotes": b'{type:"VerifiableCredential"}',
        },
    )
    yield from each(
        "JSON members twice",
        UNREADABLE,
        {
            "id": _with('"id":"urn:x:1"'),
            "issuer": _with('"issuer":"did:web:evil.example"'),
            "proof": _with('"proof":[]'),
            "@context": _with('"@context":[]'),
            "the same value": _with(f'"id":{json.dumps(json.loads(SOUND)["id"])}'),
            "written with an escape": _with('"i\\u0064":"urn:x:1"'),
            "in the subject": _instead('"credentialSubject":{', '"credentialSubject":{"creditsEarned":1,'),
            "in the proof": _instead('"proofPurpose":', '"proofPurpose":"authentication","proofPurpose":'),
        },
    )
    yield from each(
        "JSON figures",
        UNREADABLE,
        {
            figure: _with(f'"x":{figure}')
            for figure in (
                "NaN",
                "Infinity",
                "-Infinity",
                "1e999",
                "-1e999",
                "9007199254740992",
                "-9007199254740992",
                "9" * 4_000,
                "01",
                "+1",
                "0x10",
                ".5",
                "1.",
                "1e",
                "--1",
                "١",
            )
        },
    )
    yield from each(
        "JSON texts",
        UNREADABLE,
        {
            what: _instead(name, name + inside)
            for what, inside in {
                "half of a pair, high": "\\ud83d",
                "half of a pair, low": "\\udc00",
                "halves exchanged": "\\udc00\\ud83d",
                "NUL": "\\u0000",
                "backspace": "\\b",
                "form feed": "\\f",
                "escape": "\\u001b",
                "delete": "\x7f",
                "delete, escaped": "\\u007f",
                "C1 control": "\u0085",
                "C1 control, escaped": "\\u009b",
                "line feed, not escaped": "\n",
                "tab, not escaped": "\t",
                "unknown escape": "\\x41",
                "short escape": "\\u12",
            }.items()
        },
    )
    yield Case("JSON texts", "control character in a member name", _with('"a\\u0007":1'), UNREADABLE)
    yield from each(
        "JSON without measure",
        UNREADABLE,
        {
            "33 deep": _with(f'"x":{_nested(33)}'),
            "100,000 deep": _with(f'"x":{_nested(100_000)}'),
            "100,000 openings": b"[" * 100_000,
            "10,000 values more": _with(f'"x":[{"0," * 9_999}0]'),
            "256 KiB": _with(f'"x":"{"a" * 262_144}"'),
            "256 KiB of space": SOUND + b" " * 262_144,
        },
    )
