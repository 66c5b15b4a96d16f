"""What a verifier is willing to read, apart from what it has at hand (``Material``).

There is one profile for the whole product, ``STRICT``, and one for public conformance suites, which ``portfolio.vc.conformance``
makes and nothing in production loads. A profile never loosens a limit, a guard or a rule of the data model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from portfolio.vc.canonicalization import canonicalize_rdfc
from portfolio.vc.contexts import PRESENTATION_CONTEXTS, UNPROVEN_CONTEXTS, VERIFIED_CONTEXTS, check_contexts
from portfolio.vc.cryptosuites import CRYPTOSUITES, Cryptosuite, Document


@dataclass(frozen=True, slots=True)
class Profile:
    """Which vocabularies are known, and what follows from an issuer's identifier.

    arrays: the ``@context`` arrays that a document may have, item by item. addresses: contexts that may besides stand in any
    order behind a base context. inline_contexts: whether context objects may stand among those.
    canonicalize, suites: RDFC-1.0 and the cryptosuites under these contexts.
    own_proof_set: whether a document under one of our own identifiers must carry our set of proofs.
    trusts_did_key: whether an issuer that is a did:key is known for that alone.
    """

    arrays: Collection[tuple[str, ...]]
    canonicalize: Callable[[Document], bytes]
    suites: Mapping[str, Cryptosuite]
    addresses: frozenset[str] = frozenset()
    inline_contexts: bool = False
    own_proof_set: bool = True
    trusts_did_key: bool = False

    def check_contexts(self, document: Document, *, token: bool = False) -> None:
        """``contexts.check_contexts`` under this profile. MalformedValueError with the JSON path.

        token: the document stands in a JSON Web Signature, and needs no context that defines a proof.
        """
        arrays = (*self.arrays, *UNPROVEN_CONTEXTS) if token else self.arrays
        check_contexts(document, arrays=arrays, addresses=self.addresses, inline=self.inline_contexts)

    def check_presentation_contexts(self, document: Document) -> None:
        """The same for a presentation, which may also have the bare contexts of version 1.1."""
        arrays = (*self.arrays, *PRESENTATION_CONTEXTS)
        check_contexts(document, arrays=arrays, addresses=self.addresses, inline=self.inline_contexts)


STRICT = Profile(VERIFIED_CONTEXTS, canonicalize_rdfc, CRYPTOSUITES)
"""The profile of the product: the context arrays of ``contexts.VERIFIED_CONTEXTS``, and nothing by courtesy."""
