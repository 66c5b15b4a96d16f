"""The step *signature*: what the proofs of a document, or the token around it, say of the document as it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from portfolio.errors import (
    N_,
    DataLossDetectionError,
    DocumentError,
    InvalidChallengeError,
    InvalidDomainError,
    ParsingError,
    ProofTransformationError,
)
from portfolio.vc.cryptosuites import EDDSA_JCS_2022
from portfolio.vc.data_integrity import ProofResult, SkippedProof, verify_proof_set
from portfolio.vc.did import UnresolvableIdentifier
from portfolio.vc.jose import Token, verify_token
from portfolio.vc.proof_check import SKEW, UnsupportedProof, UntimelyProof
from portfolio.vc.verification.facts import Step, fails, holds, unknown
from portfolio.vc.verification.proofs import MissingProof, check_own_proofs
from portfolio.vc.verification.setting import Setting

UNKNOWN_KIND: Final = N_("The signature could not be checked: it is of a kind that is not known here.")

_CANNOT_TELL: Final = (UnresolvableIdentifier, UnsupportedProof, ProofTransformationError)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a proof must have been made for. domain, challenge: asked of it where they are given."""

    purpose: str = "assertionMethod"
    domain: str | Sequence[str] | None = None
    challenge: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """The step, and what it leaves for the others.

    untimely: a proof that matches outside its time; meaningless: why RDF can say nothing of the document.
    """

    step: Step
    proofs: tuple[ProofResult, ...] = ()
    untimely: UntimelyProof | None = None
    meaningless: DocumentError | None = None


def examine_signature(
    document: Mapping[str, object],
    token: Token | None,
    setting: Setting,
    expected: Expectation,
    *,
    own: bool,
    contexts: Callable[[], None],
) -> Signature:
    """Every proof holds, or the token does.

    own: the document is one of ours, of which our set of proofs is asked; contexts: raises when they are not known.
    """
    suites = setting.profile.suites
    meaningless: DocumentError | None = None
    try:
        contexts()
    except DocumentError as error:
        # Under a vocabulary that is not known, RDF has no meaning here; JCS and JWS compare the text and can still speak.
        meaningless = error
        suites = {EDDSA_JCS_2022.name: EDDSA_JCS_2022}
    if token is not None and own:
        form = ParsingError("this issuer does not issue in this form", path="$")
        return Signature(fails("signature", N_("The school does not sign files in this form."), "not_our_form", form))
    if token is not None and "proof" in document:
        twice = ParsingError("a document in a token carries a proof of its own", path="$.proof")
        return Signature(fails("signature", N_("The signature of the file is malformed."), "malformed_proof", twice))
    try:
        if token is not None:
            proofs: tuple[ProofResult, ...] = (_token(token, setting, expected),)
        else:
            proofs = verify_proof_set(
                document,
                resolve=setting.material.resolve,
                now=setting.now,
                proof_purpose=expected.purpose,
                domain=expected.domain,
                challenge=expected.challenge,
                suites=suites,
                budget=setting.budget,
            )
    except DocumentError as error:
        return Signature(fails("signature", N_("The signature of the file is malformed."), "malformed_proof", error))
    if not proofs:
        missing = ParsingError("the document has no proof", path="$.proof")
        return Signature(fails("signature", N_("The file has no signature."), "no_proof", missing))
    found = Signature(holds("signature", N_("Nothing in the file was changed after it was signed.")), proofs)
    found = replace(_untimely_set_aside(found), meaningless=meaningless)
    errors = [result.error for result in found.proofs if result.error is not None]
    if errors:
        return _not_holding(found, [error for error in errors if not isinstance(error, SkippedProof)], own=own)
    return replace(found, step=_own(document, found.proofs) or found.step) if own else found


def _token(token: Token, setting: Setting, expected: Expectation) -> ProofResult:
    proof = {
        "type": "JsonWebSignature",
        "alg": token.header["alg"],
        # A token that brings its key instead of the name can only be its signer's own: it is looked for nowhere else.
        "verificationMethod": token.verification_method or (token.signer if "jwk" in token.header else None),
    }
    try:
        setting.budget.spend(token.text.rpartition(".")[2].encode())
        _recipient(token.claims, expected)
        method = verify_token(token, resolve=setting.material.resolve)
        proof["verificationMethod"] = method.id
        if token.starts is not None and token.starts > setting.now + SKEW:
            raise UntimelyProof(method, token.starts, expired=False)
        if token.ends is not None and token.ends < setting.now - SKEW:
            raise UntimelyProof(method, token.ends, expired=True)
    except DocumentError as error:
        return ProofResult(proof, None, error)
    return ProofResult(proof, method, None)


def _recipient(claims: Mapping[str, object], expected: Expectation) -> None:
    """``aud`` and ``nonce`` are to a token what ``domain`` and ``challenge`` are to a proof."""
    audience = claims.get("aud")
    if expected.domain is not None and _texts(audience) != _texts(expected.domain):
        raise InvalidDomainError("the token names another audience", path="$.aud")
    if expected.challenge is not None and claims.get("nonce") != expected.challenge:
        raise InvalidChallengeError("the token answers another challenge", path="$.nonce")


def _texts(value: object) -> frozenset[object]:
    if isinstance(value, str):
        return frozenset((value,))
    return (
        frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else frozenset()
    )


def _untimely_set_aside(found: Signature) -> Signature:
    """A proof that matches outside its time changed nothing in the file: that is for the step ``dates`` to say."""
    untimely = None
    proofs: list[ProofResult] = []
    for result in found.proofs:
        if isinstance(result.error, UntimelyProof):
            untimely = untimely or result.error
            proofs.append(ProofResult(result.proof, result.error.method, None))
        else:
            proofs.append(result)
    return replace(found, proofs=tuple(proofs), untimely=untimely)


def _not_holding(found: Signature, errors: list[DocumentError], *, own: bool) -> Signature:
    """What we issue is of known kinds and by known keys, so that under our own name nothing is beyond telling."""
    wrong = [error for error in errors if own or _is_loss(error) or not isinstance(error, _CANNOT_TELL)]
    if wrong:
        return replace(found, step=fails("signature", _failure(wrong[0]), wrong[0].code, *errors))
    untransformed = next((error for error in errors if isinstance(error, ProofTransformationError)), None)
    meaningless = found.meaningless or untransformed
    text = _uncertainty(errors[0], meaningless)
    return replace(found, step=unknown("signature", text, errors[0].code, *errors), meaningless=meaningless)


def _own(document: Mapping[str, object], proofs: Sequence[ProofResult]) -> Step | None:
    try:
        check_own_proofs(document, [result.proof for result in proofs])
    except MissingProof as error:
        return fails("signature", N_("One of the two signatures of this file is missing."), error.code, error)
    except ParsingError as error:
        return fails("signature", N_("The signature of the file is malformed."), "malformed_proof", error)
    return None


def _is_loss(error: DocumentError) -> bool:
    return isinstance(error, DataLossDetectionError)


def _failure(error: DocumentError) -> str:
    if _is_loss(error):
        return N_("The file holds something that its signature does not cover.")
    if isinstance(error, InvalidDomainError | InvalidChallengeError):
        return N_("The file was signed for another recipient, or in answer to another request.")
    if error.path in ("$.proof.created", "$.proof.proofPurpose"):
        return N_("The signature was not made for this, or not at a time when it could be.")
    return N_("The file was changed after it was signed, or the signature is not its own.")


def _uncertainty(error: DocumentError, meaningless: DocumentError | None) -> str:
    if isinstance(error, UnresolvableIdentifier):
        return N_("The signature could not be checked: the key of the organisation is not available here.")
    if meaningless is not None:
        return N_("The signature could not be checked: what the file says has no meaning here.")
    return UNKNOWN_KIND
