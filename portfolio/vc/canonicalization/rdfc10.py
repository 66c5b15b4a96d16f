"""RDFC-1.0: the canonical form of an RDF dataset (W3C RDF Dataset Canonicalization, section numbers below).

The algorithm gives every blank node a name that depends on the data alone. Nodes that their own quads tell apart get it from
one hash (§4.6). Nodes that look alike are told apart by walking their neighbourhood in every order (§4.8), which costs
factorial time on graphs made for that purpose; §7.1 asks implementations to bound it. Here every step of that walk is
charged to a budget, and a graph that exceeds it is refused.

One **unit of work** is one call of Hash N-Degree Quads, or eight related blank nodes hashed, or eight orders tried. The walk
is written as generators on a stack of our own, so that a long chain of nodes needs memory and never Python's call stack.

Departures from the letter that cannot change the result:

- Hash First Degree Quads is computed once for each node (§4.6 is a pure function of the dataset).
- A list of related nodes in which one node stands several times is walked once for each *distinct* order (§4.8.3 step 5.4
  takes the least path, and equal orders give equal paths).
- Where all nodes of a list are canonically named, their least path is found by sorting instead of trying.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Final, TypeAlias

from portfolio.errors import ProofTransformationError
from portfolio.vc.canonicalization.limits import CREDENTIAL_LIMITS
from portfolio.vc.canonicalization.nquads import Quad, Term

# A temporary issuer (§4.5): blank node → ``_:bN``, in the order of issue.
Issuer: TypeAlias = dict[int, str]
_Result: TypeAlias = tuple[str, Issuer]
_Walk: TypeAlias = Generator[tuple[int, Issuer], _Result, _Result]

_CHARGE: Final = 8


@dataclass(frozen=True, slots=True)
class CanonicalDataset:
    """A dataset in canonical form.

    nquads: the sorted lines, each ended by a line feed (§4.4.3 step 7). names: canonical name of blank node ``n`` at index
    ``n`` (``_:c14n0``), empty at 0 and for nodes that stand in no quad. alike: how many blank nodes shared their first-degree
    hash with another. calls: how often Hash N-Degree Quads ran. shuffled: whether orders of unnamed nodes had to be tried in
    which one node stood more than once (implementations are known to disagree there).
    """

    nquads: str
    names: Sequence[str]
    alike: int
    calls: int
    shuffled: bool

    @property
    def widely_accepted(self) -> bool:
        """Whether verifiers that allow one deep comparison per look-alike node take this dataset too.

        That is rdf-canonize's default (``maxWorkFactor`` 1), and most verifiers on the web are built on it.
        """
        return self.calls <= self.alike and not self.shuffled


def canonicalize_quads(
    quads: Sequence[Quad], blank_nodes: int, *, hash_name: str = "sha256", work: int | None = None
) -> CanonicalDataset:
    """Canonicalization Algorithm, §4.4.3. Blank nodes are the integers 1 … ``blank_nodes``.

    hash_name: ``sha256`` as RDFC-1.0 has it, or ``sha384``. work: the budget; by default that of ``CREDENTIAL_LIMITS``.
    Raises ``ProofTransformationError`` when the budget is spent, and ``UnicodeEncodeError`` for lone surrogates.
    """
    if len(set(quads)) != len(quads):  # a dataset is a set
        quads = list(dict.fromkeys(quads))
    if not blank_nodes:
        return CanonicalDataset("".join(sorted(_plain(quad) for quad in quads)), [""], 0, 0, False)
    lines, labelled, mentions = _blank_node_to_quads(quads, blank_nodes)

    # Step 3: first-degree hashes, each over the node's own lines with itself as _:a and every other as _:z (§4.6).
    new_hash = getattr(hashlib, hash_name)
    nodes_by_hash: dict[str, list[int]] = {}
    first_degree = [""] * (blank_nodes + 1)
    for node in range(1, blank_nodes + 1):
        own = mentions[node]
        if own:
            own.sort()
            digest = first_degree[node] = new_hash("".join(own).encode()).hexdigest()
            if digest in nodes_by_hash:
                nodes_by_hash[digest].append(node)
            else:
                nodes_by_hash[digest] = [node]

    # Step 4: nodes with a hash of their own are named, by hash.
    names = [""] * (blank_nodes + 1)
    issued = 0
    groups: list[list[int]] = []
    for digest in sorted(nodes_by_hash):
        group = nodes_by_hash[digest]
        if len(group) == 1:
            names[group[0]] = f"_:c14n{issued}"
            issued += 1
        else:
            groups.append(group)

    # Step 5: nodes that look alike.
    calls, shuffled = 0, False
    if groups:
        budget = CREDENTIAL_LIMITS.work(len(quads)) if work is None else work
        walk = _NDegree(labelled, names, first_degree, new_hash, budget)
        for group in groups:
            walk.name_group(group, issued)
            issued += walk.issued
        calls, shuffled = walk.calls, walk.shuffled

    # Steps 6 and 7: write every quad with the canonical names, sorted by code point.
    for subject, predicate, object_, graph in labelled:
        s = names[subject] if type(subject) is int else subject
        if not object_:
            lines.append(f"{s}{predicate}")
            continue
        o = names[object_] if type(object_) is int else object_
        if graph is None:
            lines.append(f"{s}{predicate}{o} .\n")
        else:
            lines.append(f"{s}{predicate}{o} {names[graph] if type(graph) is int else graph} .\n")
    lines.sort()
    return CanonicalDataset("".join(lines), names, sum(map(len, groups)), calls, shuffled)


def _plain(quad: Quad) -> str:
    """The line of a quad without blank nodes."""
    subject, predicate, object_, graph = quad
    return f"{subject}{predicate}{object_} .\n" if graph is None else f"{subject}{predicate}{object_} {graph} .\n"


def _blank_node_to_quads(quads: Sequence[Quad], blank_nodes: int) -> tuple[list[str], list[Quad], list[list[str]]]:
    """Step 2, fused with the serialisation that §4.6.3 step 3 asks for.

    Returns the finished lines of quads without blank nodes; the quads that still need names (where only the subject does,
    predicate, object and graph are joined into one text and the object is ``""``); and for each blank node the lines that
    mention it, with ``_:a`` for itself and ``_:z`` for any other.
    """
    plain: list[str] = []
    labelled: list[Quad] = []
    mentions: list[list[str]] = [[] for _ in range(blank_nodes + 1)]
    for quad in quads:
        subject, predicate, object_, graph = quad
        if type(graph) is int:
            labelled.append(quad)
            for node in {term for term in (subject, object_, graph) if type(term) is int}:
                s, o, g = (_seen_from(node, term) for term in (subject, object_, graph))
                mentions[node].append(f"{s}{predicate}{o} {g} .\n")
            continue
        end = " .\n" if graph is None else f" {graph} .\n"
        if type(subject) is int:
            if type(object_) is int:
                labelled.append(quad)
                if subject == object_:
                    mentions[subject].append(f"_:a{predicate}_:a{end}")
                else:
                    mentions[subject].append(f"_:a{predicate}_:z{end}")
                    mentions[object_].append(f"_:z{predicate}_:a{end}")
            else:
                tail = f"{predicate}{object_}{end}"
                labelled.append((subject, tail, "", None))
                mentions[subject].append(f"_:a{tail}")
        elif type(object_) is int:
            labelled.append(quad)
            mentions[object_].append(f"{subject}{predicate}_:a{end}")
        else:
            plain.append(f"{subject}{predicate}{object_}{end}")
    return plain, labelled, mentions


def _seen_from(node: int, term: Term) -> str:
    if type(term) is not int:
        return str(term)
    return "_:a" if term == node else "_:z"


class _NDegree:
    """Step 5 of §4.4.3 with Hash N-Degree Quads (§4.8), under a budget."""

    def __init__(
        self, quads: Sequence[Quad], names: list[str], first_degree: list[str], new_hash: type, budget: int
    ) -> None:
        self.names = names
        self.first_degree = first_degree
        self.new_hash = new_hash
        self.budget = budget * _CHARGE
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
        self._charge(_CHARGE + len(related))

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
                    self._charge(1 + len(copy) // 64)
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
            shortest = sorted(nodes, key=cmp_to_key(lambda a, b: -1 if names[a] + names[b] < names[b] + names[a] else 1))
            return iter((shortest,)), False
        if len(set(nodes)) != len(nodes):
            self.shuffled = True
        return _distinct_orders(sorted(nodes)), True


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
