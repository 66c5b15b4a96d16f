"""Hash N-Degree Quads (RDFC-1.0 §4.8): telling apart the blank nodes whose own quads are alike, under a budget.

One **unit of work** is one call of Hash N-Degree Quads (§4.8), or four smaller steps within it: a related blank node hashed
(§4.7), a blank node placed while an order is tried (§4.8.3 step 5.4.4), four names in a copied issuer (step 5.4.1). So the budget
bounds memory as well as time. The walk is written as generators on a stack of our own, so that a long chain of nodes never
needs Python's call stack.

Departures from the letter that cannot change the result:

- A list of related nodes in which one node stands several times is walked once for each *distinct* order (step 5.4 takes the
  least path, and equal orders give equal paths).
- Where all nodes of a list are canonically named, their least path is found by sorting instead of trying.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import cmp_to_key
from typing import Any, Final, TypeAlias

from portfolio.errors import ProofTransformationError
from portfolio.vc.canonicalization.nquads import Quad

# A temporary issuer (§4.5): blank node → ``_:bN``, in the order of issue.
Issuer: TypeAlias = dict[int, str]
_Result: TypeAlias = tuple[str, Issuer]
_Walk: TypeAlias = Generator[tuple[int, Issuer], _Result, _Result]

_STEPS: Final = 4


class NDegree:
    """Step 5 of §4.4.3 with Hash N-Degree Quads (§4.8), under a budget."""

    def __init__(
        self,
        quads: Sequence[Quad],
        names: list[str],
        first_degree: list[str],
        new_hash: Callable[[bytes], Any],
        budget: int,
    ) -> None:
        self.names = names
        self.first_degree = first_degree
        self.new_hash = new_hash
        self.budget = budget * _STEPS
        self.calls = 0
        self.issued = 0
        self.shuffled = False
        # For each node the nodes it shares a quad with: (start of the text that §4.7.3 hashes, the related node).
        self.related: dict[int, list[tuple[str, int]]] = {}
        for subject, predicate, object_, graph in quads:
            if (type(subject) is int) + (type(object_) is int) + (type(graph) is int) < 2:
                continue
            nodes: list[tuple[str, int]] = []
            if type(subject) is int:
                nodes.append((f"s{predicate[1:-1]}", subject))
            if type(object_) is int:
                nodes.append((f"o{predicate[1:-1]}", object_))
            if type(graph) is int:
                nodes.append(("g", graph))
            for node in {term for _, term in nodes}:
                self.related.setdefault(node, []).extend([other for other in nodes if other[1] != node])

    def name_group(self, group: list[int], issued: int) -> None:
        """Steps 5.1–5.3 for the nodes of one hash; ``self.issued`` then says how many names were given, from ``issued``."""
        self.issued = 0
        results = [self._run(node) for node in group if not self.names[node]]
        results.sort(key=lambda result: result[0])
        for _, issuer in results:
            for node in issuer:
                if not self.names[node]:
                    self.names[node] = f"_:c14n{issued + self.issued}"
                    self.issued += 1

    def _run(self, node: int) -> _Result:
        """Hash N-Degree Quads for one node, with the recursion of step 5.4.5 on a stack of our own."""
        stack: list[_Walk] = [self._hash_n_degree_quads(node, {node: "_:b0"})]
        result: _Result | None = None
        while stack:
            try:
                related, issuer = stack[-1].send(result) if result is not None else next(stack[-1])
            except StopIteration as done:
                stack.pop()
                result = done.value
            else:
                stack.append(self._hash_n_degree_quads(related, issuer))
                result = None
        assert result is not None
        return result

    def _charge(self, units: int) -> None:
        self.budget -= units
        if self.budget < 0:
            raise ProofTransformationError("too many blank nodes look alike: the work limit of RDFC-1.0 was reached")

    def _hash_n_degree_quads(self, identifier: int, issuer: Issuer) -> _Walk:
        """§4.8.3. ``issuer`` belongs to this call: it may be changed, and the one returned is to be used instead."""
        names = self.names
        related = self.related.get(identifier, ())
        self.calls += 1
        self._charge(_STEPS + len(related))

        # Steps 1–3: gather the related nodes by the hash that §4.7 gives them.
        by_hash: dict[str, list[int]] = {}
        for start, node in related:
            text = start + (names[node] or issuer.get(node) or self.first_degree[node])
            by_hash.setdefault(self.new_hash(text.encode()).hexdigest(), []).append(node)

        data: list[str] = []
        for related_hash in sorted(by_hash):
            data.append(related_hash)  # step 5.1
            chosen_path, chosen_issuer = "", issuer
            orders, several = self._orders(by_hash[related_hash])
            for order in orders:
                # Step 5.4.1. With one order to try, nobody needs the issuer as it was.
                copy = issuer.copy() if several else issuer
                if several:
                    self._charge(len(order) + len(copy) // 4)
                path, recursion = "", []
                skip = False
                for node in order:  # step 5.4.4
                    if names[node]:
                        path += names[node]
                    else:
                        if node not in copy:
                            recursion.append(node)
                            copy[node] = f"_:b{len(copy)}"
                        path += copy[node]
                    if several and _worse(path, chosen_path):
                        skip = True
                        break
                if skip:
                    continue
                for node in recursion:  # step 5.4.5
                    digest, copy = yield node, copy
                    path += f"{copy[node]}<{digest}>"
                    if several and _worse(path, chosen_path):
                        skip = True
                        break
                if not skip and (not chosen_path or path < chosen_path):  # step 5.4.6
                    chosen_path, chosen_issuer = path, copy
            data.append(chosen_path)  # step 5.5
            issuer = chosen_issuer  # step 5.6
        return self.new_hash("".join(data).encode()).hexdigest(), issuer

    def _orders(self, nodes: list[int]) -> tuple[Iterator[Sequence[int]], bool]:
        """The distinct orders of a list of related nodes that can give its least path, and whether there are several."""
        if len(nodes) == 1 or nodes.count(nodes[0]) == len(nodes):
            return iter((nodes,)), False
        names = self.names
        if all(names[node] for node in nodes):
            # All paths have one length, so the least is the one whose neighbours are each in order.
            def least_first(one: int, other: int) -> int:
                return -1 if names[one] + names[other] < names[other] + names[one] else 1

            return iter((sorted(nodes, key=cmp_to_key(least_first)),)), False
        counts = Counter(nodes)
        self._refuse_hopeless(counts.values())
        if len(counts) != len(nodes):
            self.shuffled = True
        return _distinct_orders(sorted(nodes)), True

    def _refuse_hopeless(self, counts: Iterable[int]) -> None:
        """Do not begin to try more orders than the budget has steps left."""
        orders, placed = 1, 0
        for count in counts:  # the multinomial coefficient, one exact factor at a time
            for repeat in range(1, count + 1):
                placed += 1
                orders = orders * placed // repeat
                if orders > self.budget:
                    self._charge(orders)


def _worse(path: str, chosen: str) -> bool:
    """Steps 5.4.4.3 and 5.4.5.6: whether this order can no longer give the least path."""
    return bool(chosen) and len(path) >= len(chosen) and path > chosen


def _distinct_orders(nodes: list[int]) -> Iterator[Sequence[int]]:
    """Every distinct order of a sorted list, each once, in ascending order."""
    order = list(nodes)
    while True:
        yield order
        # The next greater order: the last ascent, exchanged with the least greater element behind it.
        pivot = len(order) - 2
        while pivot >= 0 and order[pivot] >= order[pivot + 1]:
            pivot -= 1
        if pivot < 0:
            return
        successor = len(order) - 1
        while order[successor] <= order[pivot]:
            successor -= 1
        order[pivot], order[successor] = order[successor], order[pivot]
        order[pivot + 1 :] = reversed(order[pivot + 1 :])
