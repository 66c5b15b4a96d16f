"""RFC 8785's published documents, and figures as ECMAScript writes them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from portfolio.vc import jsontext
from portfolio.vc.canonicalization import canonicalize_jcs

pytestmark = pytest.mark.shared

# These hold control characters on purpose; a credential may not, so they are read by the standard library here.
READ_BY_THE_STANDARD_LIBRARY = {"values.json", "weird.json"}


def test_documents(shared: Path) -> None:
    folder = shared / "vectors/jcs"
    names = sorted(path.name for path in (folder / "input").iterdir())
    assert len(names) == 6
    for name in names:
        data = (folder / "input" / name).read_bytes()
        value = json.loads(data) if name in READ_BY_THE_STANDARD_LIBRARY else jsontext.loads(data)
        assert canonicalize_jcs(value) == (folder / "output" / name).read_bytes().strip(), name
        assert canonicalize_jcs(value).hex() == "".join(
            (folder / "outhex" / f"{Path(name).stem}.txt").read_text().split()
        )


def test_figures(shared: Path) -> None:
    vectors = json.loads((shared / "vectors/jcs/es6-numbers.json").read_bytes())["vectors"]
    assert len(vectors) == 2_132
    for vector in vectors:
        (value,) = struct.unpack(">d", bytes.fromhex(vector["ieee754"]))
        assert canonicalize_jcs(value).decode() == vector["json"]
        assert canonicalize_jcs([{"a": value}]).decode() == f'[{{"a":{vector["json"]}}}]'
