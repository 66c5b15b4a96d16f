"""The vectors for Bitstring Status List 1.0: the recommendation's own example, and the bits around every edge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portfolio.errors import DocumentError, StatusListLengthError, StatusVerificationError
from portfolio.vc.status_list import (
    MINIMUM_ENTRIES,
    Bitstring,
    check_entry,
    check_status,
    compress_bitstring,
    expand_bitstring,
    status_list_entry,
)

pytestmark = pytest.mark.shared
URL = "https://s.example/status/1"


@pytest.fixture(scope="module")
def vectors(shared: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((shared / "vectors/bitstring/bitstring-status-list.json").read_bytes())
    return loaded


def published(encoded: str) -> dict[str, object]:
    return {
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "id": URL,
        "credentialSubject": {"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encoded},
    }


def test_the_minimum_is_the_recommendations(vectors: dict[str, Any]) -> None:
    assert vectors["minimumEntries"] == MINIMUM_ENTRIES


def test_every_valid_list(vectors: dict[str, Any]) -> None:
    assert len(vectors["valid"]) == 6
    for vector in vectors["valid"]:
        data = expand_bitstring(vector["encodedList"])
        assert len(data) == vector["bytes"], vector["name"]
        bits = Bitstring.from_bytes(data)
        assert [index for index in range(len(bits)) if bits.get(index)] == vector["setIndexes"], vector["name"]
        # Another compressor writes other bytes for the same bits; ours must read back as them.
        assert expand_bitstring(compress_bitstring(data)) == data
        for index in (*vector["setIndexes"], 1, MINIMUM_ENTRIES - 2):
            found = check_status(check_entry(status_list_entry(URL, index)), published(vector["encodedList"]))
            assert found == (index in vector["setIndexes"])


def test_every_invalid_list(vectors: dict[str, Any]) -> None:
    assert len(vectors["invalid"]) == 8
    for vector in vectors["invalid"]:
        encoded = vector["encodedList"] + ("=" if "padding" in vector["name"] else "")
        with pytest.raises(DocumentError) as raised:
            check_status(check_entry(status_list_entry(URL, 0)), published(encoded))
        expected = vector["error"]
        if expected.startswith("https:"):
            assert raised.type is StatusListLengthError, vector["name"]
            assert raised.value.type == expected
        elif expected.startswith("malformed"):
            assert raised.value.code == "malformed_value_error", vector["name"]
        else:
            assert expected == "implementation limit"
            assert raised.type is StatusVerificationError


def test_every_lookup(vectors: dict[str, Any]) -> None:
    assert len(vectors["lookups"]) == 4
    for vector in vectors["lookups"]:
        entry = check_entry({**status_list_entry(URL, 0), "statusListIndex": vector["statusListIndex"]})
        credential = published(vector["encodedList"])
        if "error" in vector:
            with pytest.raises(DocumentError) as raised:
                check_status(entry, credential)
            assert raised.value.type == vector["error"]
        else:
            assert check_status(entry, credential) == vector["status"]
