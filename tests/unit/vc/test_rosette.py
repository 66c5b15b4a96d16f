from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.vc.canonicalization import canonicalize_jcs
from portfolio.vc.rosette import SINES, TURN, UNIT, digest, rosette_path
from tests.unit.vc import samples

PAGE = Path(__file__).parents[3] / "docs/formats/rosette.md"
NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9])?|\.[0-9])")
PATH = re.compile(r"(?:M[0-9. -]+q[0-9. -]+t[0-9. -]+z){3}\Z")

digests = st.binary(min_size=32, max_size=32)


def drawn(path: str) -> list[list[tuple[float, float]]]:
    """The points on each closed line, four to a segment, as a renderer finds them: the reflections written out."""
    lines = []
    for line in path.split("z")[:-1]:
        x, y, *rest = (float(number) for number in NUMBER.findall(line))
        control = (x + rest[0], y + rest[1])
        ends = [(rest[index], rest[index + 1]) for index in range(2, len(rest), 2)]
        points = []
        for place, (dx, dy) in enumerate(ends):
            if place:
                control = (2 * x - control[0], 2 * y - control[1])
            end = (x + dx, y + dy)
            for step in (0.25, 0.5, 0.75, 1.0):
                a, b, c = (1 - step) ** 2, 2 * step * (1 - step), step**2
                points.append(
                    (a * x + b * control[0] + c * end[0], a * y + b * control[1] + c * end[1]),
                )
            x, y = end
        lines.append(points)
    return lines


def test_the_page_holds_the_golden_figure() -> None:
    text = PAGE.read_text(encoding="utf-8")
    given_digest, figure = re.findall(r"```text\n(.*?)\n```", text, re.S)
    assert given_digest == hashlib.sha256(b"").hexdigest()
    assert figure.replace("\n", "") == rosette_path(bytes.fromhex(given_digest))


def test_the_picture_of_the_golden_figure_is_it() -> None:
    picture = (PAGE.parent / "rosette.svg").read_text(encoding="utf-8")
    assert f'd="{rosette_path(hashlib.sha256(b"").digest())}"' in picture


def test_is_drawn_from_the_signed_credential() -> None:
    credential = {**samples.credential(), "proof": {"proofValue": "z1"}}
    assert digest(credential) == hashlib.sha256(canonicalize_jcs(credential)).digest()
    assert digest({**credential, "proof": {"proofValue": "z2"}}) != digest(credential)
    assert digest(dict(reversed(credential.items()))) == digest(credential)


def test_no_sine_lies_near_a_tie() -> None:
    sines = [UNIT * math.sin(2 * math.pi * angle / TURN) for angle in range(TURN)]
    assert min(abs(abs(sine) % 1 - 0.5) for sine in sines) > 1e-6
    assert len(SINES) == TURN
    assert SINES[:3] == (0, 15, 31)
    assert SINES[TURN // 4] == UNIT == -SINES[3 * TURN // 4]


@given(digests)
def test_is_short_closed_and_inside_its_box(value: bytes) -> None:
    path = rosette_path(value)
    assert path == rosette_path(value)
    assert path.isascii()
    assert 450 <= len(path) <= 900
    assert PATH.match(path)
    for points in drawn(path):
        assert all(0.5 <= coordinate <= 99.5 for point in points for coordinate in point)
    outer = drawn(path)[0]
    assert max(math.dist(point, (50, 50)) for point in outer) > 47


@given(digests)
def test_each_line_ends_where_it_began(value: bytes) -> None:
    for line in rosette_path(value).split("z")[:-1]:
        tenths = [round(float(number) * 10) for number in NUMBER.findall(line)]
        ends = tenths[4:]
        assert sum(ends[0::2]) == 0
        assert sum(ends[1::2]) == 0


@given(digests, st.sampled_from([0, 3, 7]), st.booleans())
def test_both_halves_of_the_digest_count(value: bytes, place: int, second: bool) -> None:
    other = bytearray(value)
    other[place + 16 * second] ^= 0xFF
    assert rosette_path(bytes(other)) != rosette_path(value)


def test_ten_thousand_digests_give_ten_thousand_figures() -> None:
    figures = {rosette_path(hashlib.sha256(number.to_bytes(4, "big")).digest()) for number in range(10_000)}
    assert len(figures) == 10_000


@pytest.mark.parametrize("length", [0, 20, 31, 33, 64])
def test_refuses_another_length(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        rosette_path(bytes(length))
