"""How large, how deep and how much work a document may be before it is refused.

The figures are policy of this product, not of a specification. RDF Dataset Canonicalization §7.1 ("Dataset Poisoning") asks
every implementation to bound the work of one canonicalisation; the rest follows from what a credential can honestly need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# The largest nesting that any of our recursive walks will follow, whatever a caller's limits say: far below Python's own
# recursion limit, so that a verdict never depends on how deep in a program the core was called.
MAXIMUM_DEPTH: Final = 64

# The general way through PyLD (``guarded_pyld``) takes some 50 µs a value and one thread at a time, so no document may hold it
# for long. Documents of any permitted size that keep to the usual constructs do not need it.
MAXIMUM_GENERAL_NODES: Final = 3_000
# Python's own ``urllib`` keeps the last addresses that PyLD has it parse, whatever their length.
MAXIMUM_GENERAL_CHARACTERS: Final = 256 * 1024
MAXIMUM_GENERAL_CONTEXTS: Final = 500


@dataclass(frozen=True)
class Limits:
    """What one document may cost.

    bytes: length of the JSON text in UTF-8. depth: nested arrays and objects. nodes: JSON values of any kind, the document
    itself included. base_work, work_per_quad and maximum_work: the canonicalisation budget, see ``work``.
    """

    bytes: int
    depth: int
    nodes: int
    base_work: int = 1_000
    work_per_quad: int = 16
    maximum_work: int = 50_000

    def work(self, quads: int) -> int:
        """Units of work that a dataset with ``quads`` quads about blank nodes may take (``n_degree`` says what a unit is).

        Quads without blank nodes are not counted: they are no work, and would only buy time for the others.
        """
        return min(self.base_work + self.work_per_quad * quads, self.maximum_work)


CREDENTIAL_LIMITS: Final = Limits(bytes=256 * 1024, depth=32, nodes=10_000)
COLLECTION_LIMITS: Final = Limits(bytes=8 * 1024 * 1024, depth=48, nodes=300_000)
