"""Credentials and presentations as JSON Web Signatures: W3C VC-JOSE-COSE 1.0, and the older profile of Open Badges 3.0.

Two profiles are read, told apart by the header's ``typ``:

- ``vc+jwt``, ``vp+jwt`` (VC-JOSE-COSE §3.1): the payload is the document itself, perhaps beside registered claims;
- absent or ``JWT`` (Open Badges 3.0 §8.2, VC Data Model 1.1 §6.3.1): the document stands in the claim ``vc`` or ``vp``, or is
  the payload; ``iss``, ``jti``, ``sub``, ``nbf`` and ``exp`` repeat its members.

In both the document inside is what is verified and shown. A claim that contradicts it is refused; others say nothing here.
Only compact tokens are read, signed by one of four algorithms with a key of the issuer's own document. What ``portfolio.vc``
issues in this form is ``vc+jwt`` with EdDSA.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Literal

from joserfc import jwk as joserfc_jwk
from joserfc import jws
from joserfc.errors import JoseError

from portfolio.errors import (
    DocumentError,
    InvalidVerificationMethod,
    MalformedValueError,
    ParsingError,
    ProofGenerationError,
    ProofVerificationError,
)
from portfolio.vc.canonicalization.limits import CREDENTIAL_LIMITS, Limits
from portfolio.vc.credential import identifier_of, is_url, objects, validity
from portfolio.vc.data_integrity import Sign
from portfolio.vc.did import (
    JOSE,
    Resolver,
    UnresolvableIdentifier,
    VerificationMethod,
    method_of,
    retrieve_verification_method,
)
from portfolio.vc.jsontext import dumps, loads
from portfolio.vc.jwk import SigningKey, base64url_decode, base64url_encode, decode_jwk
from portfolio.vc.proof_check import SIGNATURE_BYTES, UnsupportedProof, check_lifetime

Kind = Literal["vc", "vp"]

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\Z")
_HEADER_LIMITS: Final = Limits(bytes=8 * 1024, depth=4, nodes=64)
_LONGEST_SIGNATURE: Final = 1_366  # base64url of 8192 bits

ALGORITHMS: Final[Mapping[str, str]] = {
    "EdDSA": "ed25519",
    "Ed25519": "ed25519",
    "ES256": "p256",
    "ES384": "p384",
    "RS256": "rsa",
}
"""The algorithms that are verified, each with the one kind of key that goes with it."""

# Headers that bring keys, or change what the others mean: never followed, and never passed over.
_REFUSED: Final = frozenset(
    ("crit", "b64", "jku", "x5u", "x5c", "x5t", "x5t#S256", "zip", "enc", "epk", "apu", "apv", "p2c", "p2s")
)
# Claims about the token (RFC 7519 §4.1, RFC 7800), which are no part of the document.
_CLAIMS: Final = frozenset(("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "cnf"))
_LATEST: Final = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Token:
    """A compact JWS taken apart; nothing of it is a fact until ``verify`` has returned.

    document: the credential or presentation inside. profile: ``vc+jwt``, ``vp+jwt`` or ``JWT``. starts, ends: the time in
    which the token may be used, as its claims say.
    """

    text: str
    kind: Kind
    profile: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    document: Mapping[str, Any]
    starts: datetime | None = None
    ends: datetime | None = None

    @property
    def signer(self) -> str | None:
        """Who must have signed it: the issuer of a credential, the holder of a presentation."""
        member = identifier_of(self.document.get("issuer" if self.kind == "vc" else "holder"))
        issuer = self.claims.get("iss")
        return member or (issuer if self.kind == "vp" and isinstance(issuer, str) else None)

    @property
    def verification_method(self) -> str | None:
        """The URL of the key that the header names: ``kid``, or the one key of a did:key. None where it names none."""
        kid, signer = self.header.get("kid"), self.signer
        if kid is None:
            return f"{signer}#{signer.removeprefix('did:key:')}" if signer and signer.startswith("did:key:") else None
        if not isinstance(kid, str) or signer is None:
            return None
        if is_url(kid):
            return kid
        return f"{signer}{kid}" if kid.startswith("#") else f"{signer}#{kid}"


def is_token(text: str) -> bool:
    """Whether a text has the shape of a compact JWS, white space around it aside."""
    return _TOKEN.match(text.strip()) is not None


def read_token(text: str, kind: Kind = "vc", limits: Limits = CREDENTIAL_LIMITS) -> Token:
    """Take a compact JWS apart.

    Errors: ParsingError (not a compact JWS of JSON objects), UnsupportedProof (an algorithm that is not known here),
    ProofVerificationError (a header that is refused), MalformedValueError (claims that contradict the document).
    """
    text = text.strip()
    if len(text) > limits.bytes * 4 // 3 + _HEADER_LIMITS.bytes + _LONGEST_SIGNATURE or not _TOKEN.match(text):
        raise ParsingError("not a compact JSON Web Signature")
    first, second, _ = text.split(".")
    header = _object(first, _HEADER_LIMITS)
    payload = _object(second, limits)
    _check_header(header)
    profile = _profile(header, kind)
    claims = {name: value for name, value in payload.items() if name in _CLAIMS}
    if profile == "JWT" and kind in payload:
        document = payload[kind]
        if not isinstance(document, dict):
            raise ParsingError(f"the claim {kind} is not an object", path=f"$.{kind}")
    else:
        if "vc" in payload or "vp" in payload:
            raise ParsingError("the document does not stand in a claim of a token of this type")
        document = {name: value for name, value in payload.items() if name not in _CLAIMS}
    starts, ends = (_numeric_date(claims, name) for name in ("nbf", "exp"))
    issued = _numeric_date(claims, "iat")
    token = Token(
        text, kind, profile, header, claims, document, max(filter(None, (starts, issued)), default=None), ends
    )
    _check_agreement(token, starts, ends)
    return token


def verify_token(token: Token, *, resolve: Resolver) -> VerificationMethod:
    """The verification method whose key signed the token: one of its signer's own document, for this purpose.

    Errors: ProofVerificationError (also when the signature does not match), UnsupportedProof, and those of
    ``retrieve_verification_method``. Whether the token is used in its time is for the caller to see.
    """
    signer = token.signer
    if signer is None:
        raise ProofVerificationError("the token does not say who signed it")
    url = token.verification_method or _method_with_key(token.header, signer, resolve)
    if url is None:
        raise ProofVerificationError("the token does not name its key", path="$.kid")
    if url.partition("#")[0] != signer:
        raise ProofVerificationError("the token was signed with a key of someone else", path="$.kid")
    purpose = "assertionMethod" if token.kind == "vc" else "authentication"
    method = retrieve_verification_method(url, resolve=resolve, proof_purpose=purpose, types=JOSE)
    check_lifetime(method, token.starts)
    if "jwk" in token.header and decode_jwk(token.header["jwk"]) != method.public_key:
        raise ProofVerificationError("the token carries another key than its signer's", path="$.jwk")
    algorithm = token.header["alg"]
    if ALGORITHMS[algorithm] != method.public_key.kind:
        raise InvalidVerificationMethod("the key is not for the algorithm of the token")
    try:
        jws.deserialize_compact(token.text, _key(method.public_key), registry=_REGISTRY)
    except (JoseError, ValueError) as error:
        raise ProofVerificationError("the signature does not match the token") from error
    return method


def sign_token(document: Mapping[str, object], *, sign: Sign, verification_method: str, kind: Kind = "vc") -> str:
    """The document as a compact JWS (VC-JOSE-COSE §3.1.1, §3.1.2), signed with EdDSA; it carries no proof of its own.

    ProofGenerationError for a document with a proof, and for a ``sign`` that does not sign.
    """
    if "proof" in document:
        raise ProofGenerationError("the document is signed already", path="$.proof")
    if not is_url(verification_method):
        raise ProofGenerationError("the verification method is not a URL")
    header = {"alg": "EdDSA", "cty": kind, "kid": verification_method, "typ": f"{kind}+jwt"}
    signed = f"{base64url_encode(dumps(header))}.{base64url_encode(dumps(document))}"
    signature = sign(signed.encode("ascii"))
    if len(signature) != SIGNATURE_BYTES:
        raise ProofGenerationError("the signer did not give an Ed25519 signature")
    return f"{signed}.{base64url_encode(signature)}"


# --- reading


def _object(segment: str, limits: Limits) -> dict[str, Any]:
    try:
        value = loads(base64url_decode(segment), limits)
    except MalformedValueError as error:
        raise ParsingError(f"a part of the token is {error.detail}") from error
    if not isinstance(value, dict):
        raise ParsingError("a part of the token is not a JSON object")
    return value


def _check_header(header: Mapping[str, Any]) -> None:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none" or algorithm.upper().startswith("HS"):
        raise ProofVerificationError("the token is not signed with a key that has a public half", path="$.alg")
    if algorithm not in ALGORITHMS:
        raise UnsupportedProof("this signature algorithm is not known here", path="$.alg")
    if header.keys() & _REFUSED:
        raise ProofVerificationError("the token's header asks for what is not done here", path="$")
    for name in ("kid", "typ", "cty"):
        if name in header and (not isinstance(header[name], str) or not header[name]):
            raise ProofVerificationError(f"{name} of the token is not text", path=f"$.{name}")


def _profile(header: Mapping[str, Any], kind: Kind) -> str:
    typ = str(header.get("typ", "JWT")).lower().removeprefix("application/")
    content = str(header.get("cty", kind)).lower().removeprefix("application/")
    if typ not in ("jwt", f"{kind}+jwt") or content != kind:
        raise ProofVerificationError("the token is of another type", path="$.typ")
    return "JWT" if typ == "jwt" else typ


def _numeric_date(claims: Mapping[str, Any], name: str) -> datetime | None:
    """A NumericDate (RFC 7519 §2): seconds since 1970, whole or not."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= _LATEST:
        raise MalformedValueError(f"{name} is not a moment", path=f"$.{name}")
    return datetime.fromtimestamp(value, UTC)


def _check_agreement(token: Token, starts: datetime | None, ends: datetime | None) -> None:
    """Claims say what the document says, and in the older profile repeat it (OB 3.0 §8.2.4.1, VCDM 1.1 §6.3.1)."""
    document, claims = token.document, token.claims
    issuer = identifier_of(document.get("issuer" if token.kind == "vc" else "holder"))
    subjects = objects(document.get("credentialSubject"))
    subject = subjects[0].get("id") if len(subjects) == 1 else None
    members = {"iss": issuer, "jti": document.get("id"), "sub": subject if token.kind == "vc" else None}
    for claim, member in members.items():
        if claim in claims:
            if not isinstance(claims[claim], str) or (member is not None and claims[claim] != member):
                raise MalformedValueError(f"{claim} contradicts the document", path=f"$.{claim}")
        elif token.profile == "JWT" and member is not None:
            raise MalformedValueError(f"the token has no {claim}", path=f"$.{claim}")
    if token.profile == "JWT" and token.kind == "vc":
        for claim, moment, bound in zip(("nbf", "exp"), (starts, ends), validity(document), strict=True):
            said = None if bound is None else bound.replace(microsecond=0)
            if (None if moment is None else moment.replace(microsecond=0)) != said:
                raise MalformedValueError(f"{claim} contradicts the document", path=f"$.{claim}")


# --- checking


def _method_with_key(header: Mapping[str, Any], signer: str, resolve: Resolver) -> str | None:
    """The signer's method whose key the header carries instead of naming it (Open Badges 3.0 §8.2.3); None when none has it.

    The key is looked for in the signer's own document: that a token carries one makes nobody its owner.
    """
    if "kid" in header or "jwk" not in header:
        return None
    carried = decode_jwk(header["jwk"])
    document = resolve(signer)
    if document is None:
        raise UnresolvableIdentifier("the document of the token's signer is not to be had here")
    for method in objects(document.get("verificationMethod")):
        url = method.get("id")
        with suppress(DocumentError):
            if isinstance(url, str) and method_of(method, url, signer, JOSE).public_key == carried:
                return url
    return None


class _Registry(jws.JWSRegistry):
    """Four algorithms. ``EdDSA`` is Ed25519, as the kind of key has decided before. Sizes were looked at, too."""

    max_header_length = _HEADER_LIMITS.bytes * 2
    max_payload_length = 16 * 1024 * 1024
    max_signature_length = _LONGEST_SIGNATURE

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


_REGISTRY: Final = _Registry(algorithms=sorted(ALGORITHMS), strict_check_header=False)


@lru_cache(maxsize=256)
def _key(key: SigningKey) -> Any:
    return joserfc_jwk.import_key(dict(key.jwk()))
