"""JSON Web Signatures in both directions: npm's ``jose`` and PyPI's ``PyJWT`` and ``openbadgeslib`` judge and sign them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from openbadgeslib.ob3 import OB3Signer, OB3VerificationError, OB3Verifier, build_did_document

from portfolio.vc import Material, State, TrustedIssuer, sign_token, validate, verify_credential
from tests.interop import ours, theirs
from tests.interop.alterations import each_value_changed
from tests.interop.judges import ACCEPTS, Judgement, ask, npm_version
from tests.unit.vc import samples

Document = dict[str, Any]


# --- issued here


def unsigned() -> Document:
    """A credential by an issuer whose identifier is its key, in force."""
    return {
        **samples.credential(),
        "issuer": {"id": ours.ISSUER.did, "type": ["Profile"], "name": "Школа «Чайка»"},
        "validFrom": ours.stamp(ours.now() - timedelta(seconds=1)),
    }


def token() -> str:
    """It as ``vc+jwt``, signed here."""
    return sign_token(unsigned(), sign=ours.ISSUER.key.sign, verification_method=ours.ISSUER.method)


JWK: Mapping[str, str] = {
    "kty": "OKP",
    "crv": "Ed25519",
    "x": base64.urlsafe_b64encode(ours.ISSUER.key.public_key().public_bytes_raw()).rstrip(b"=").decode(),
}


def parts(text: str) -> tuple[Document, Document, str]:
    """A token's header, its payload, and its signature as it stands."""
    header, payload, signature = text.split(".")
    return _read(header), _read(payload), signature


def joined(header: Document, payload: Document, signature: str) -> str:
    """The token of these parts."""
    return f"{_written(header)}.{_written(payload)}.{signature}"


def twins(text: str) -> list[str]:
    """The token with each value of its payload changed in turn, with another header, and with none of its signature."""
    header, payload, signature = parts(text)
    changed = [joined(header, twin, signature) for twin in each_value_changed(payload)]
    headers = [{**header, "alg": "none"}, {**header, "alg": "HS256"}, {**header, "typ": "JWT"}, {**header, "cty": "x"}]
    changed += [joined(twin, payload, signature) for twin in headers if twin != header]
    return [*changed, joined({**header, "alg": "none"}, payload, ""), text[: -len(signature)]]


def _read(segment: str) -> Document:
    return dict(json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))))


def _written(value: Document) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


# --- who judges it


class TokenJudge(Protocol):
    """name: the package; version: as installed."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def judge(self, tokens: Sequence[str]) -> list[Judgement]:
        """A judgement for each token under the key of ``ours.ISSUER``."""
        ...


@dataclass(frozen=True)
class Jose:
    """``jose`` from npm: the signature and the header."""

    name = "jose"

    @property
    def version(self) -> str:
        return npm_version(self.name)

    def judge(self, tokens: Sequence[str]) -> list[Judgement]:
        asked = [{"token": found, "jwk": JWK, "alg": "EdDSA"} for found in tokens]
        return [
            Judgement(ACCEPTS) if verdict["verified"] else Judgement.refusal(tuple(verdict["errors"]))
            for verdict in ask("jose", {"tokens": asked})
        ]


@dataclass(frozen=True)
class PyJwt:
    """``PyJWT`` from PyPI: the signature, the header, and the times that the claims name."""

    name = "PyJWT"

    @property
    def version(self) -> str:
        return version(self.name)

    def judge(self, tokens: Sequence[str]) -> list[Judgement]:
        return [self._judgement(found) for found in tokens]

    @staticmethod
    def _judgement(found: str) -> Judgement:
        try:
            jwt.decode(found, ours.ISSUER.key.public_key(), algorithms=["EdDSA"])
        except jwt.InvalidTokenError as error:
            return Judgement.refusal((str(error),))
        return Judgement(ACCEPTS)


@dataclass(frozen=True)
class OpenBadgesToken:
    """``openbadgeslib``: the older profile of Open Badges 3.0, in which claims repeat the credential's members."""

    name = "openbadgeslib"

    @property
    def version(self) -> str:
        return version(self.name)

    def judge(self, tokens: Sequence[str]) -> list[Judgement]:
        return [self._judgement(found) for found in tokens]

    @staticmethod
    def _judgement(found: str) -> Judgement:
        try:
            OB3Verifier.for_issuer_did(ours.ISSUER.did).verify(found)
        except OB3VerificationError as error:
            return Judgement.refusal((str(error),))
        return Judgement(ACCEPTS)


TOKEN_JUDGES: Mapping[str, TokenJudge] = {"jose": Jose(), "PyJWT": PyJwt(), "openbadgeslib": OpenBadgesToken()}


# --- issued there

WEB = "did:web:start.example"
METHOD = f"{WEB}#key-1"


@dataclass(frozen=True)
class Signed:
    """A token of somebody else's. documents: DID → the document that its signer publishes."""

    token: str
    issuer: str
    documents: Mapping[str, Document]

    def state_here(self, text: str | None = None, *, trusted: bool = True) -> State:
        """What the verifier here says of it, or of a twin of it."""
        material = Material(
            resolve=self.documents.get,
            trusted={self.issuer: TrustedIssuer(self.issuer, "Кружок «Старт»")} if trusted else {},
        )
        return validate(verify_credential(text or self.token, material=material, now=ours.now())).state


def by_jose(algorithm: str) -> Signed:
    """``jose`` signs a ``vc+jwt`` with a key that its signer publishes as JsonWebKey."""
    payload = {name: value for name, value in unsigned().items() if name != "credentialStatus"}
    payload["issuer"] = {**payload["issuer"], "id": WEB}
    question = {"payload": payload, "alg": algorithm, "header": {"kid": METHOD, "typ": "vc+jwt", "cty": "vc"}}
    answer = ask("jose", question)
    document = {
        "id": WEB,
        "verificationMethod": [{"id": METHOD, "type": "JsonWebKey", "controller": WEB, "publicKeyJwk": answer["jwk"]}],
        "assertionMethod": [METHOD],
    }
    return Signed(answer["token"], WEB, {WEB: document})


def by_openbadgeslib(algorithm: str) -> Signed:
    """openbadgeslib signs its badge as OB 3.0's VC-JWT: under did:key for EdDSA, else under the did:web document it makes."""
    keys = {
        "ES256": lambda: ec.derive_private_key(11, ec.SECP256R1()),
        "RS256": lambda: rsa.generate_private_key(65_537, 2048),
    }
    badge = theirs.unsigned_badge()
    if algorithm == "EdDSA":
        return Signed(OB3Signer(theirs.PEM, "EdDSA").sign(badge), badge.issuer.id, {})
    key = keys[algorithm]()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    badge.issuer.id = WEB
    text = OB3Signer(pem, algorithm).sign(badge)
    return Signed(text, WEB, {WEB: build_did_document(WEB, [("key-1", parts(text)[0]["jwk"])])})


SIGNERS = {
    **{f"jose, {algorithm}": (by_jose, algorithm) for algorithm in ("EdDSA", "ES256", "ES384", "RS256")},
    **{f"openbadgeslib, {algorithm}": (by_openbadgeslib, algorithm) for algorithm in ("EdDSA", "ES256", "RS256")},
}
