"""How a log is published as files: C2SP tlog-tiles. A tile holds up to 256 hashes of one level; a bundle up to 256 entries."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from portfolio.errors import LedgerError
from portfolio.ledger.merkle import Get

WIDTH = 256
HEIGHT = 8
"""A tile spans eight levels of the tree: 2^8 = 256 hashes."""

_ENTRIES = "entries"
_PATH = re.compile(
    r"(?P<level>[0-9]|[1-5][0-9]|6[0-3]|entries)/(?P<groups>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?\Z"
)
_MOST_GROUPS = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile. level: of tiles (0 = leaf hashes), None for a bundle of entries; width: hashes or entries in it, 1 … 256."""

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its address below ``tile/``: ``0/x001/x234/067.p/112``."""
        groups = [f"{self.number % 1000:03d}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03d}")
            rest //= 1000
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{_ENTRIES if self.level is None else self.level}/{'/'.join(reversed(groups))}{partial}"

    @property
    def end(self) -> int:
        """The size that a log has at least when it has this tile."""
        return (self.number * WIDTH + self.width) << (HEIGHT * (self.level or 0))


def parse_path(path: str) -> Tile:
    """Read the address of a tile. LedgerError for any other notation of the same tile too, so that each has one address."""
    match = _PATH.match(path)
    if match is None:
        raise LedgerError("not the address of a tile")
    groups = match["groups"].replace("x", "").split("/")
    if len(groups) > _MOST_GROUPS:
        raise LedgerError("not the address of a tile")
    tile = Tile(
        None if match["level"] == _ENTRIES else int(match["level"]),
        int("".join(groups)),
        WIDTH if match["width"] is None else int(match["width"]),
    )
    if not 1 <= tile.width <= WIDTH or tile.path != path:
        raise LedgerError("not the address of a tile")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile of hashes of a log of this size: full ones, and one partial a level; never an empty one."""
    level, count = 0, size
    while count:
        yield from (Tile(level, number) for number in range(count // WIDTH))
        if count % WIDTH:
            yield Tile(level, count // WIDTH, count % WIDTH)
        level, count = level + 1, count // WIDTH


def bundles_of(size: int) -> Iterator[Tile]:
    """Every bundle of entries of a log of this size."""
    yield from (Tile(None, number) for number in range(size // WIDTH))
    if size % WIDTH:
        yield Tile(None, size // WIDTH, size % WIDTH)


def hash_tile(get: Get, tile: Tile) -> bytes:
    """The bytes of a tile of hashes: ``width`` times 32 bytes."""
    if tile.level is None:
        raise LedgerError("a bundle of entries is no tile of hashes")
    first = tile.number * WIDTH
    return b"".join(get(HEIGHT * tile.level, place) for place in range(first, first + tile.width))


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of a bundle: each entry behind its length in two bytes, big-endian."""
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def parse_bundle(data: bytes, width: int) -> list[bytes]:
    """The entries of a bundle. LedgerError unless there are exactly ``width`` of them and nothing else."""
    entries: list[bytes] = []
    place = 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 2], "big")
        entry = data[place + 2 : place + 2 + length]
        if len(data) < place + 2 or len(entry) != length or len(entries) == width:
            raise LedgerError("the bundle of entries is malformed")
        entries.append(entry)
        place += 2 + length
    if len(entries) != width:
        raise LedgerError("the bundle of entries is malformed")
    return entries
