"""The rosette: a guilloche drawn from the digest of a signed credential, for the eye to hold paper and screen side by side.

An ornament, not a proof. The algorithm is ``docs/formats/rosette.md``, which anybody can draw from; it is all integers,
so that the same digest gives the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import lru_cache

from portfolio.vc.canonicalization import canonicalize_jcs

TURN = 4096
"""Angles are counted in 4096ths of a turn."""

UNIT = 10_000
"""Sines are counted in ten-thousandths."""

# No sine of this table lies nearer than 10⁻⁶ to a rounding tie, so every libm gives the same integers.
SINES = tuple(round(UNIT * math.sin(2 * math.pi * angle / TURN)) for angle in range(TURN))

_Point = tuple[int, int]


def digest(document: Mapping[str, object]) -> bytes:
    """SHA-256 of the secured credential in its RFC 8785 form, proofs included: 32 bytes. It is the ledger's digest too."""
    return hashlib.sha256(canonicalize_jcs(document)).digest()


def rosette_path(digest: bytes) -> str:
    """SVG path data of the figure, for a ``0 0 100 100`` view box, to be stroked and not filled; 450–900 ASCII characters.

    digest: 32 bytes, or ValueError.
    """
    if len(digest) != 32:
        raise ValueError("a rosette is drawn from 32 bytes")
    b = [first ^ second for first, second in zip(digest[:16], digest[16:], strict=True)]
    # The outer mesh fills the figure and leaves a hole in the middle.
    lobes = 15 + b[0] % 8
    hole = _between(b[2], 1900, 3900)
    outer = _wave(lobes, _between(b[1], lobes // 5, lobes * 2 // 5), 4900, hole, turned=False)
    # The star spans that hole, and the heart fills the star's.
    lobes = 9 + b[3] % 6
    heart = _between(b[6], 600, 1800)
    star = _wave(
        lobes,
        _between(b[4], 3, lobes * 2 // 5),
        _between(b[5], hole - 300, min(hole + 1500, 4600)),
        heart,
        turned=b[11] % 2 == 1,
    )
    lobes = 5 + b[7] % 6
    core = _wave(
        lobes, 2 + b[8] % 2, _between(b[9], heart, heart + 900), _between(b[10], 200, 600), turned=b[12] % 2 == 1
    )
    return outer + star + core


def _between(byte: int, low: int, high: int) -> int:
    """The byte stretched over ``low … high``."""
    return low + byte * (high - low) // 255


def _wave(lobes: int, turns: int, peak: int, trough: int, *, turned: bool) -> str:
    """A closed wave that swings ``lobes`` times between two radii while it goes round ``turns`` times.

    Radii in hundredths. ``turns`` is raised until it shares no factor with ``lobes``, so that the wave is one line.
    ``turned``: by half a lobe, so that a trough lies where a peak would.
    """
    while math.gcd(lobes, turns) != 1:
        turns += 1
    # Control points alternate between an outer and an inner radius. A quadratic B-spline does not reach them: at each it
    # passes 3/4 of its own radius and 1/4 of its neighbours', seen under the step's cosine. So we solve for the radii.
    step = _cosine(turns * TURN // (2 * lobes))
    divisor = 9 * UNIT * UNIT - step * step
    outer = 4 * UNIT * (3 * UNIT * peak - step * trough) // divisor
    inner = 4 * UNIT * (3 * UNIT * trough - step * peak) // divisor
    if inner < outer // 5:
        # An inner radius near zero would fold the petals into spikes: it is held at a fifth, whatever the trough.
        outer = 20 * UNIT * peak // (15 * UNIT + step)
        inner = outer // 5
    offset = TURN // (2 * lobes) if turned else 0
    points = []
    for index in range(2 * lobes):
        angle = offset + (index * turns * TURN + lobes) // (2 * lobes)
        radius = inner if index % 2 else outer
        points.append((_fifths(radius * _cosine(angle)), _fifths(radius * SINES[angle % TURN])))
    return _spline(points)


def _cosine(angle: int) -> int:
    return SINES[(angle + TURN // 4) % TURN]


def _fifths(product: int) -> int:
    """A length in hundredths times a sine, as a coordinate from the middle (50), in fifths, halves rounded up."""
    return 250 + (product + 100_000) // 200_000


def _spline(points: list[_Point]) -> str:
    """The closed quadratic B-spline of these control points (in fifths) as path data.

    It passes through the middle between each two; SVG's ``t`` finds the control point between by reflection, and because
    the points lie on fifths the middles are exact tenths, so that nothing is rounded on the way round.
    """
    (x0, y0), (x1, y1), (x2, y2) = points[-1], points[0], points[1]
    steps = [
        (after[0] - before[0], after[1] - before[1])
        for before, after in zip(points, points[2:] + points[:1], strict=False)
    ]
    start = _pair(x0 + x1, y0 + y1).lstrip()
    first = (_pair(x1 - x0, y1 - y0) + _pair(x2 - x0, y2 - y0)).lstrip()
    return f"M{start}q{first}t{''.join([_pair(x, y) for x, y in steps]).lstrip()}z"


def _pair(x: int, y: int) -> str:
    return _number(x) + _number(y)


@lru_cache(maxsize=4096)
def _number(tenths: int) -> str:
    """A number in tenths, as short as SVG allows: ``-1.2``, `` .5``, `` 7``; a minus needs no space before it."""
    whole, tenth = divmod(abs(tenths), 10)
    digits = f"{whole or ''}.{tenth}" if tenth else str(whole)
    return f"-{digits}" if tenths < 0 else f" {digits}"
