"""Whether every word of a signed document has a meaning, and the one that it had when it was signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portfolio.errors import DocumentError, MalformedValueError, Problem
from portfolio.vc.cryptosuites import EDDSA_RDFC_2022
from portfolio.vc.data_integrity import ProofResult
from portfolio.vc.profile import Profile


def meaning_problems(document: Mapping[str, object], proofs: Sequence[ProofResult], profile: Profile) -> list[Problem]:
    """What a proof over the text (JCS, JWS) leaves open, as a problem; none when a proof over the meaning has seen it all."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    seen = any(
        result.method is not None and result.proof.get("cryptosuite") == EDDSA_RDFC_2022.name for result in proofs
    )
    try:
        if not seen:
            profile.canonicalize(unsecured)
        _check_appended(unsecured, proofs, profile)
    except DocumentError as error:
        return [error.problem()]
    return []


def _check_appended(unsecured: Mapping[str, object], proofs: Sequence[ProofResult], profile: Profile) -> None:
    """EdDSA Cryptosuites §3.3.2 lets contexts stand behind those of a proof over the text: they may change no meaning."""
    context = unsecured.get("@context")
    for result in proofs:
        signed = result.proof.get("@context", context)
        if result.method is None or signed == context:
            continue
        if profile.canonicalize({**unsecured, "@context": signed}) != profile.canonicalize(unsecured):
            raise MalformedValueError("words mean something else than under the proof's @context", path="$['@context']")
