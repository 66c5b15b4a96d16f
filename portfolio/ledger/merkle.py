"""Merkle trees over an append-only list: RFC 6962 §2.1, with the proofs of RFC 9162 §2.1.3 and §2.1.4.

A tree is read through ``Get``: the hash of a *complete* subtree, by its level (0 = leaves) and its place on that level. Nothing
here stores anything, so the same functions serve a database, tiles and a list in memory.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from portfolio.errors import LedgerError

Get = Callable[[int, int], bytes]
"""``get(level, place)``: the 32-byte hash of the complete subtree over leaves ``place × 2^level`` and following."""

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry) (RFC 6962 §2.1)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1)."""
    return sha256(b"\x01" + left + right).digest()


def completed_nodes(get: Get, index: int, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
    """What appending the leaf with this index completes: (level, place, hash), the leaf first.

    ``get`` is asked only for nodes that were complete before. An odd place closes the pair above it, and so on upwards.
    """
    level, place, found = 0, index, leaf
    yield level, place, found
    while place & 1:
        found = node_hash(get(level, place - 1), found)
        level, place = level + 1, place >> 1
        yield level, place, found


def root(get: Get, size: int) -> bytes:
    """The Merkle Tree Hash of the first ``size`` leaves (RFC 6962 §2.1)."""
    return _subtree(get, 0, size)


def inclusion_proof(get: Get, index: int, size: int) -> list[bytes]:
    """The audit path of a leaf in the tree of a size (RFC 9162 §2.1.3.1), from the leaf upwards. LedgerError out of range."""
    if not 0 <= index < size:
        raise LedgerError("the index lies outside the tree")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_subtree(get, middle, high))
            high = middle
        else:
            path.append(_subtree(get, low, middle))
            low = middle
    return path[::-1]


def consistency_proof(get: Get, old: int, new: int) -> list[bytes]:
    """That the tree of size ``new`` begins with the tree of size ``old`` (RFC 9162 §2.1.4.1). LedgerError out of range."""
    if not 0 < old <= new:
        raise LedgerError("a consistency proof leads from a size above 0 to one that is not smaller")
    path: list[bytes] = []
    low, high, whole = 0, new, True
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_subtree(get, middle, high))
            high = middle
        else:
            path.append(_subtree(get, low, middle))
            low, whole = middle, False
    if not whole:
        path.append(_subtree(get, low, high))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> None:
    """RFC 9162 §2.1.3.2. LedgerError unless the path leads from the leaf hash to the root."""
    _check_hashes(leaf, expected_root, *path)
    # 1. the index lies in the tree
    if not 0 <= index < size:
        raise LedgerError("the index lies outside the tree")
    # 2.–3.
    first, last, found = index, size - 1, leaf
    # 4. every hash of the path, from the leaf upwards
    for sibling in path:
        if last == 0:
            raise LedgerError("the inclusion proof is too long")
        if first & 1 or first == last:
            found = node_hash(sibling, found)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        first, last = first >> 1, last >> 1
    # 5.
    if last or not hmac.compare_digest(found, expected_root):
        raise LedgerError("the inclusion proof does not lead to the root")


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """RFC 9162 §2.1.4.2. LedgerError unless the path shows that the new tree begins with the old one.

    Nothing is proved by a step from the empty tree: it is taken only with an empty path and the empty root (C2SP
    tlog-witness has the same rule).
    """
    _check_hashes(old_root, new_root, *path)
    if not 0 <= old <= new:
        raise LedgerError("the new tree is smaller than the old one")
    if old in (0, new):
        if path or old_root != (EMPTY_ROOT if old == 0 else new_root):
            raise LedgerError("trees of these sizes have no such consistency proof")
        return
    # 1.–2. a complete old tree is its own first hash
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not path:
        raise LedgerError("the consistency proof is empty")
    # 3.–4.
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    # 5.–6.
    found_old = found_new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise LedgerError("the consistency proof is too long")
        if first & 1 or first == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            found_new = node_hash(found_new, sibling)
        first, last = first >> 1, last >> 1
    # 7.
    if last or not hmac.compare_digest(found_old, old_root) or not hmac.compare_digest(found_new, new_root):
        raise LedgerError("the consistency proof does not lead from the old root to the new one")


def _subtree(get: Get, low: int, high: int) -> bytes:
    """The hash over leaves low … high-1, where low is a multiple of the largest power of two below the length."""
    length = high - low
    if length == 0:
        return EMPTY_ROOT
    if length & (length - 1) == 0:
        return get(length.bit_length() - 1, low // length)
    middle = low + _split(length)
    return node_hash(_subtree(get, low, middle), _subtree(get, middle, high))


def _split(length: int) -> int:
    """The largest power of two that is smaller than the length."""
    return 1 << ((length - 1).bit_length() - 1)


def _check_hashes(*hashes: bytes) -> None:
    if any(len(found) != HASH_SIZE for found in hashes):
        raise LedgerError("a hash does not have 32 bytes")
