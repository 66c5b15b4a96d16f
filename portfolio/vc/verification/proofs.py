"""What is asked of the proofs under one of our own DIDs: the set that we make, in the form in which we make it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from portfolio.errors import ParsingError
from portfolio.vc.cryptosuites import CRYPTOSUITES

_MEMBERS: Final = frozenset(
    (
        "type",
        "cryptosuite",
        "created",
        "verificationMethod",
        "proofPurpose",
        "proofValue",
        "expires",
        "domain",
        "challenge",
        "id",
    )
)


class MissingProof(ParsingError):
    """A proof that everything under our own DIDs carries is missing."""

    code = "proof_missing"


def check_own_proofs(document: Mapping[str, object], proofs: Iterable[Mapping[str, object]]) -> None:
    """One proof of each suite, of the members that proofs have, each one string; the text's proof with its ``@context``.

    Their order means nothing. MissingProof when a suite is missing; ParsingError for anything else.
    """
    names: list[object] = []
    for proof in proofs:
        name = proof.get("cryptosuite")
        suite = CRYPTOSUITES.get(name) if isinstance(name, str) else None
        if suite is None:
            raise ParsingError("a proof of a suite that this issuer does not use", path="$.proof")
        names.append(name)
        if suite.context_in_proof and proof.get("@context") != document.get("@context"):
            raise ParsingError("the proof does not have the document's @context", path="$.proof['@context']")
        for member, value in proof.items():
            if member == "@context" and suite.context_in_proof:
                continue
            if member not in _MEMBERS:
                raise ParsingError("a member that this issuer's proofs do not have", path="$.proof")
            if not isinstance(value, str):
                raise ParsingError("a member of the proof is not one string", path=f"$.proof.{member}")
    if not set(names) >= CRYPTOSUITES.keys():
        raise MissingProof("a proof that every document of this issuer carries is missing", path="$.proof")
    if len(names) != len(CRYPTOSUITES):
        raise ParsingError("more than one proof of one suite", path="$.proof")
