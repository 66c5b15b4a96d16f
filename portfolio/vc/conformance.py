"""The profile under which public conformance suites are answered. Nothing that serves a school imports this room.

It differs from ``profile.STRICT`` in what suites need and an employer must not be shown: the examples context, which gives every
undefined word a meaning; contexts that a document defines for itself; one proof of a chosen suite; trust in any did:key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from portfolio.errors import MalformedValueError, ParsingError, ProofGenerationError
from portfolio.vc.canonicalization import Canonicalizer
from portfolio.vc.contexts import CONTEXT_DI2, CONTEXT_VC1, VERIFIED_CONTEXTS, frozen_contexts
from portfolio.vc.credential import check_credential
from portfolio.vc.cryptosuites import EDDSA_JCS_2022, Cryptosuite
from portfolio.vc.data_integrity import Sign, add_proof
from portfolio.vc.profile import Profile

CONTEXT_EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
_EXAMPLES = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}


@lru_cache(maxsize=1)
def conformance_profile() -> Profile:
    """Any array of known contexts and context objects behind a base context, among them the examples context."""
    contexts = {**frozen_contexts(), CONTEXT_EXAMPLES: _EXAMPLES}
    canonicalize = Canonicalizer(contexts).rdfc
    rdfc = Cryptosuite("eddsa-rdfc-2022", canonicalize, context_in_proof=False)
    return Profile(
        VERIFIED_CONTEXTS,
        canonicalize,
        {suite.name: suite for suite in (rdfc, EDDSA_JCS_2022)},
        addresses=frozenset(contexts),
        inline_contexts=True,
        own_proof_set=False,
        trusts_did_key=True,
    )


def check_unsecured(document: Mapping[str, object]) -> None:
    """Whether this is a credential that may be secured under the profile: its contexts, its form, no word without a meaning.

    MalformedValueError with the JSON path; DataLossDetectionError and ProofTransformationError from the canonicalisation;
    ParsingError for one that carries a proof already.
    """
    if "proof" in document:
        raise ParsingError("the credential is signed already", path="$.proof")
    profile = conformance_profile()
    profile.check_contexts(document)
    for problem in check_credential(document):
        raise MalformedValueError(problem.detail, path=problem.path)
    profile.canonicalize(document)


def issue(
    document: Mapping[str, object],
    *,
    sign: Sign,
    verification_method: str,
    created: datetime,
    cryptosuite: str = "eddsa-rdfc-2022",
) -> dict[str, object]:
    """The document with one proof of the suite of this name, after ``check_unsecured`` and with its errors.

    A credential of version 1.1 gets the Data Integrity context, which defines its proof (Data Integrity 1.0 §2.4.2).
    ProofGenerationError for a suite that is not known.
    """
    suite = conformance_profile().suites.get(cryptosuite)
    if suite is None:
        raise ProofGenerationError("this cryptosuite is not known here")
    contexts = document.get("@context")
    if isinstance(contexts, list) and contexts[:1] == [CONTEXT_VC1] and CONTEXT_DI2 not in contexts:
        document = {**document, "@context": [*contexts, CONTEXT_DI2]}
    check_unsecured(document)
    return add_proof(document, suite=suite, sign=sign, verification_method=verification_method, created=created)
