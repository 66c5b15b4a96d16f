"""RDFC-1.0: the canonical form of an RDF dataset (W3C RDF Dataset Canonicalization, section numbers below).

The algorithm gives every blank node a name that depends on the data alone. Nodes that their own quads tell apart get it from
one hash (§4.6). Nodes that look alike are told apart by walking their neighbourhood in every order (§4.8), which costs
factorial time on graphs made for that purpose; §7.1 asks implementations to bound it.
``n_degree`` charges every step of that walk to a budget, and a graph that exceeds it is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from portfolio.vc.canonicalization.limits import CREDENTIAL_LIMITS
from portfolio.vc.canonicalization.n_degree import NDegree
from portfolio.vc.canonicalization.nquads import Quad, Term


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
        budget = CREDENTIAL_LIMITS.work(len(labelled)) if work is None else work
        walk = NDegree(labelled, names, first_degree, new_hash, budget)
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
