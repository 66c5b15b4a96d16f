"""Credentials as JSON Web Signatures: two profiles, four algorithms, and nothing that a hostile header asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portfolio.errors import InvalidVerificationMethod, OrientirError, ProofGenerationError
from portfolio.vc.conformance import conformance_profile
from portfolio.vc.contexts import CONTEXT_OB3, CONTEXT_VC1, CONTEXT_VC2
from portfolio.vc.did import did_key
from portfolio.vc.envelopes import envelope
from portfolio.vc.jose import is_token, read_token, sign_token, verify_token
from portfolio.vc.jwk import RsaKey, base64url_decode, base64url_encode, decode_jwk
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import TrustedIssuer, VerificationResult, references, verify_credential
from tests.unit.vc.signers import MATERIAL, NOW, PLANT, SCHOOL, STRANGER, badge, foreign, material
from tests.unit.vc.tokens import Jose, p256, p384, part, public, rsa_key, token

WORKS = Jose(
    "did:web:works.example",
    {
        "EdDSA": Ed25519PrivateKey.from_private_bytes(b"w" * 32),
        "ES256": p256(),
        "ES384": p384(),
        "RS256": rsa_key(),
    },
)
MINE = material(
    resolve=lambda did: WORKS.document if did == WORKS.did else MATERIAL.resolve(did),
    trusted={**MATERIAL.trusted, WORKS.did: TrustedIssuer(WORKS.did, "Завод")},
)
VC = badge(issuer=WORKS.did, credentialStatus=None)
VC1 = {
    **{name: value for name, value in VC.items() if name != "validFrom"},
    "@context": [CONTEXT_VC1, CONTEXT_OB3],
    "issuanceDate": VC["validFrom"],
}
KID = f"{WORKS.did}#EdDSA"
HEADER = {"alg": "EdDSA", "kid": KID, "typ": "vc+jwt"}
OLD = {"alg": "EdDSA", "kid": KID, "typ": "JWT"}
KEY = WORKS.keys["EdDSA"]
CLAIMS = {"iss": WORKS.did, "jti": VC["id"], "sub": VC["credentialSubject"]["id"], "nbf": 1_773_824_400}


def verify(source: Any, **changes: Any) -> VerificationResult:
    options = {"material": MINE, "now": NOW, **changes}
    return verify_credential(source, **options)


def state(source: Any, **changes: Any) -> State:
    return validate(verify(source, **changes)).state


class TestWhatHolds:
    @pytest.mark.parametrize("algorithm", list(WORKS.keys))
    def test_every_algorithm(self, algorithm: str) -> None:
        header = {"alg": algorithm, "kid": f"{WORKS.did}#{algorithm}", "typ": "vc+jwt", "cty": "vc"}
        result = verify(token(header, VC, WORKS.keys[algorithm]))
        assert validate(result).state is State.VALID
        assert result.document == VC
        assert result.envelope == "vc+jwt"
        (proof,) = result.proofs
        assert proof.method is not None
        assert proof.method.id == f"{WORKS.did}#{algorithm}"

    @pytest.mark.parametrize(
        "header",
        [
            {**HEADER, "alg": "Ed25519"},
            {**HEADER, "typ": "application/vc+jwt"},
            {**HEADER, "typ": "VC+JWT", "cty": "application/vc"},
            {**HEADER, "kid": "#EdDSA"},
            {**HEADER, "kid": "EdDSA"},
            {**HEADER, "jwk": public(KEY).jwk()},
        ],
        ids=str,
    )
    def test_other_ways_to_write_the_header(self, header: Any) -> None:
        assert state(token(header, VC, KEY)) is State.VALID

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": WORKS.did},
            {"iss": WORKS.did, "jti": VC["id"], "sub": VC["credentialSubject"]["id"]},
            {"iat": 1_773_824_400, "exp": 1_773_900_000, "nonce": "x", "aud": ["a"]},
        ],
        ids=str,
    )
    def test_claims_beside_the_credential(self, claims: Any) -> None:
        result = verify(token(HEADER, {**VC, **claims}, KEY))
        assert validate(result).state is State.VALID
        assert result.document == VC  # the claims are the token's

    @pytest.mark.parametrize(
        ("payload", "shown"),
        [
            ({**CLAIMS, **VC}, VC),
            ({**CLAIMS, "vc": VC}, VC),
            ({**CLAIMS, "vc": VC1}, VC1),
            ({**CLAIMS, "vc": VC, "name": "Another", "said": "beside"}, VC),
            ({**CLAIMS, "nbf": 1_773_824_400.0, "vc": VC}, VC),
        ],
        ids=["payload", "claim", "version 1.1", "others say nothing", "a figure with a point"],
    )
    @pytest.mark.parametrize("header", [OLD, {"alg": "EdDSA", "kid": KID}], ids=["typ", "no typ"])
    def test_the_profile_of_open_badges(self, header: Any, payload: Any, shown: Any) -> None:
        result = verify(token(header, payload, KEY))
        assert validate(result).state is State.VALID
        assert result.document == shown
        assert result.envelope == "JWT"

    def test_rs256_in_the_profile_of_open_badges(self) -> None:
        header = {"alg": "RS256", "kid": f"{WORKS.did}#RS256", "typ": "JWT"}
        assert state(token(header, {**CLAIMS, **VC}, WORKS.keys["RS256"])) is State.VALID

    @pytest.mark.parametrize(("algorithm", "key"), [("EdDSA", STRANGER.key), ("ES256", p256(9)), ("ES384", p384(9))])
    @pytest.mark.parametrize("named", [True, False])
    def test_did_key(self, algorithm: str, key: Any, named: bool) -> None:
        did = did_key(public(key))
        header = {"alg": algorithm, "typ": "vc+jwt", **({"kid": f"{did}#{did[8:]}"} if named else {})}
        text = token(header, {**VC, "issuer": {"id": did, "type": ["Profile"], "name": "X"}}, key)
        assert state(text) is State.ISSUER_UNKNOWN
        assert state(text, profile=conformance_profile()) is State.VALID
        assert state(text, material=material(trusted={did: TrustedIssuer(did, "X")})) is State.VALID

    @pytest.mark.parametrize("algorithm", list(WORKS.keys))
    def test_a_key_that_the_header_carries_and_the_signer_publishes(self, algorithm: str) -> None:
        header = {"alg": algorithm, "typ": "JWT", "jwk": public(WORKS.keys[algorithm]).jwk()}
        result = verify(token(header, {**VC, **CLAIMS}, WORKS.keys[algorithm]))
        assert validate(result).state is State.VALID
        (proof,) = result.proofs
        assert proof.proof["verificationMethod"] == f"{WORKS.did}#{algorithm}"

    def test_a_carried_key_is_looked_for_among_those_that_assert(self) -> None:
        document = {**WORKS.document, "assertionMethod": [f"{WORKS.did}#ES256"]}
        text = token({"alg": "EdDSA", "typ": "JWT", "jwk": public(KEY).jwk()}, {**VC, **CLAIMS}, KEY)
        assert state(text, material=material(resolve={WORKS.did: document}.get)) is State.ALTERED

    def test_a_carried_key_of_a_signer_who_is_not_known_tells_nothing(self) -> None:
        text = token({"alg": "EdDSA", "typ": "JWT", "jwk": public(KEY).jwk()}, {**VC, **CLAIMS}, KEY)
        assert state(text, material=material(resolve=lambda _: None)) is State.ISSUER_UNKNOWN

    def test_the_older_name_of_a_key(self) -> None:
        document = json.loads(json.dumps(WORKS.document).replace("JsonWebKey", "JsonWebKey2020"))
        found = material(resolve={WORKS.did: document}.get, trusted={WORKS.did: TrustedIssuer(WORKS.did, "Завод")})
        assert state(token(HEADER, VC, KEY), material=found) is State.VALID

    def test_multikey_under_a_web_address(self) -> None:
        text = token({"alg": "EdDSA", "kid": PLANT.method, "typ": "vc+jwt"}, foreign(PLANT), PLANT.key)
        assert state(text) is State.VALID
        text = token({"alg": "EdDSA", "kid": f"{PLANT.method}-jwk", "typ": "vc+jwt"}, foreign(PLANT), PLANT.key)
        assert state(text) is State.VALID

    def test_an_envelope(self) -> None:
        text = token(HEADER, VC, KEY)
        assert state(envelope(text)) is State.VALID
        assert state(json.dumps(envelope(text))) is State.VALID
        assert state({**envelope(text), "@context": CONTEXT_VC2}) is State.VALID
        assert state({**envelope(text), "id": f"data:application/jwt,{text}"}) is State.VALID
        assert verify(envelope(text)).document == VC

    def test_white_space_and_bytes(self) -> None:
        text = token(HEADER, VC, KEY)
        assert state(f"\n{text}\r\n") is State.VALID
        assert state(text.encode()) is State.VALID

    def test_what_it_refers_to(self) -> None:
        text = token(HEADER, {**VC, "credentialStatus": badge()["credentialStatus"]}, KEY)
        for source in (text, envelope(text)):
            found = references(source)
            assert found.issuer == WORKS.did
            assert found.verification_methods == (KID,)
            assert found.status_list_urls == (badge()["credentialStatus"]["statusListCredential"],)
        assert references("x.y.z").issuers == ()


class TestWhatIsMade:
    def test_it_is_read_again(self) -> None:
        text = sign_token(foreign(PLANT), sign=PLANT.key.sign, verification_method=f"{PLANT.method}-jwk")
        found = read_token(text)
        assert found.header == {"alg": "EdDSA", "cty": "vc", "kid": f"{PLANT.method}-jwk", "typ": "vc+jwt"}
        assert found.document == foreign(PLANT)
        assert verify_token(found, resolve=MATERIAL.resolve).controller == PLANT.did
        assert state(text) is State.VALID

    def test_what_cannot_be_signed(self) -> None:
        for document, sign, method in (
            (PLANT.issue(foreign(PLANT)), PLANT.key.sign, PLANT.method),
            (foreign(PLANT), lambda data: data, PLANT.method),
            (foreign(PLANT), PLANT.key.sign, "key-1"),
        ):
            with pytest.raises(ProofGenerationError):
                sign_token(document, sign=sign, verification_method=method)

    def test_our_own_credentials_are_not_issued_so(self) -> None:
        text = sign_token(badge(), sign=SCHOOL.key.sign, verification_method=f"{SCHOOL.method}-jwk")
        assert verify(text).step("signature").code == "not_our_form"
        assert state(text) is State.ALTERED
        assert state(text, profile=conformance_profile()) is State.VALID


def changed(header: Any = HEADER, payload: Any = VC, key: Any = KEY) -> str:
    return token(header, payload, key)


GOOD = changed()
FIRST, SECOND, THIRD = GOOD.split(".")
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
TWICE = json.dumps(HEADER)[:-1] + f', "kid": "{KID}"' + "}"
PEM = b"-----BEGIN PUBLIC KEY-----\n"

HOSTILE = {
    "none": f"{part({**HEADER, 'alg': 'none'})}.{SECOND}.",
    "none with a signature": f"{part({**HEADER, 'alg': 'none'})}.{SECOND}.{THIRD}",
    "None": f"{part({**HEADER, 'alg': 'NoNe'})}.{SECOND}.",
    "no alg": f"{part({'kid': KID, 'typ': 'vc+jwt'})}.{SECOND}.{THIRD}",
    "alg is null": f"{part({**HEADER, 'alg': None})}.{SECOND}.{THIRD}",
    "alg is a list": f"{part({**HEADER, 'alg': ['EdDSA']})}.{SECOND}.{THIRD}",
    "HS256 with the public key": changed({**HEADER, "alg": "HS256"}, key=public(KEY).raw),
    "HS256 with the key's text": changed({**HEADER, "alg": "HS256"}, key=json.dumps(public(KEY).jwk()).encode()),
    "HS512": changed({**HEADER, "alg": "HS512"}, key=PEM),
    "ES256K": changed({**HEADER, "alg": "ES256K"}),
    "ES512": changed({**HEADER, "alg": "ES512"}),
    "PS256": token({**HEADER, "alg": "PS256", "kid": f"{WORKS.did}#RS256"}, VC, WORKS.keys["RS256"]),
    "RS512": token({**HEADER, "alg": "RS512", "kid": f"{WORKS.did}#RS256"}, VC, WORKS.keys["RS256"]),
    "RS1": token({**HEADER, "alg": "RS1", "kid": f"{WORKS.did}#RS256"}, VC, WORKS.keys["RS256"]),
    "algorithm of another key": changed({**HEADER, "alg": "ES256"}),
    "key of another algorithm": changed({**HEADER, "kid": f"{WORKS.did}#ES256"}),
    "ES384 by a P-256 key": token({**HEADER, "alg": "ES384", "kid": f"{WORKS.did}#ES256"}, VC, WORKS.keys["ES256"]),
    "another key": changed(key=OTHER),
    "another's own key": changed({**HEADER, "kid": STRANGER.method}, key=STRANGER.key),
    "a partner's key": changed({**HEADER, "kid": PLANT.method}, key=PLANT.key),
    "jwk of the forger": changed({**HEADER, "jwk": public(OTHER).jwk()}, key=OTHER),
    "jwk alone": changed({"alg": "EdDSA", "typ": "vc+jwt", "jwk": public(OTHER).jwk()}, key=OTHER),
    "jwk beside the right key": changed({**HEADER, "jwk": public(OTHER).jwk()}),
    "jwk with its secret": changed({**HEADER, "jwk": {**public(KEY).jwk(), "d": "AA"}}),
    "jku": changed({**HEADER, "jku": "https://evil.example/keys.json"}),
    "x5u": changed({**HEADER, "x5u": "https://evil.example/chain.pem"}),
    "x5c": changed({**HEADER, "x5c": ["MIIB"]}),
    "crit": changed({**HEADER, "crit": ["exp"], "exp": 1}),
    "crit of nothing": changed({**HEADER, "crit": []}),
    "b64 false": changed({**HEADER, "b64": False, "crit": ["b64"]}),
    "b64": changed({**HEADER, "b64": True}),
    "zip": changed({**HEADER, "zip": "DEF"}),
    "kid that climbs": changed({**HEADER, "kid": "../../../../etc/passwd"}),
    "kid that asks a database": changed({**HEADER, "kid": "x' OR '1'='1"}),
    "kid of an address": changed({**HEADER, "kid": "https://evil.example/did.json#EdDSA"}),
    "kid without fragment": changed({**HEADER, "kid": WORKS.did}),
    "kid is empty": changed({**HEADER, "kid": ""}),
    "kid is an object": changed({**HEADER, "kid": {"id": KID}}),
    "kid twice": f"{part(TWICE)}.{SECOND}.{THIRD}",
    "no kid": changed({"alg": "EdDSA", "typ": "vc+jwt"}),
    "typ of a presentation": changed({**HEADER, "typ": "vp+jwt"}),
    "typ of an access token": changed({**HEADER, "typ": "at+jwt"}),
    "typ of a status list": changed({**HEADER, "typ": "statuslist+jwt"}),
    "cty of another token": changed({**HEADER, "cty": "JWT"}),
    "vc in a vc+jwt": changed(payload={"vc": VC}),
    "vc beside the credential": changed(payload={**VC, "vc": {**VC, "name": "Another"}}),
    "vp in a vc+jwt": changed(payload={**VC, "vp": {}}),
    "another iss": changed(payload={**VC, "iss": PLANT.did}),
    "iss is an object": changed(payload={**VC, "iss": {"id": WORKS.did}}),
    "another jti": changed(payload={**VC, "jti": "urn:uuid:1"}),
    "another sub": changed(payload={**VC, "sub": "urn:uuid:1"}),
    "exp is text": changed(payload={**VC, "exp": "never"}),
    "exp is true": changed(payload={**VC, "exp": True}),
    "exp is enormous": changed(payload={**VC, "exp": 10**15}),
    "expired": changed(payload={**VC, "exp": 1_773_824_401}),
    "not yet": changed(payload={**VC, "nbf": 1_999_999_999}),
    "made tomorrow": changed(payload={**VC, "iat": 1_999_999_999}),
    "a claim that no context defines": changed(payload={**VC, "madeUp": 1}),
    "a proof inside": changed(payload={**VC, "proof": {"type": "DataIntegrityProof"}}),
    "issuer of another": changed(payload={**VC, "issuer": PLANT.did}),
    "no issuer": changed(payload={name: value for name, value in VC.items() if name != "issuer"}),
    "payload is a list": changed(payload=[VC]),
    "payload with a name twice": changed(payload=json.dumps(VC)[:-1] + ', "name": "Another"}'),
    "payload is not JSON": changed(payload="{"),
    "header is a list": f"{part([])}.{SECOND}.{THIRD}",
    "changed payload": f"{FIRST}.{part({**VC, 'name': 'Another'})}.{THIRD}",
    "changed header": f"{part({**HEADER, 'cty': 'vc'})}.{SECOND}.{THIRD}",
    "no signature": f"{FIRST}.{SECOND}.",
    "zeros": f"{FIRST}.{SECOND}.{base64url_encode(bytes(64))}",
    "padded signature": f"{GOOD}==",
    "another spelling of the signature": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "four parts": f"{GOOD}.{THIRD}",
    "two parts": f"{FIRST}.{SECOND}",
    "an encrypted token": f"{FIRST}.{SECOND}.{THIRD}.{THIRD}.{THIRD}",
    "a selective disclosure": f"{GOOD}~",
    "old: no claims": changed(OLD, VC),
    "old: no iss": changed(OLD, {**CLAIMS, "vc": VC, "iss": None}),
    "old: no jti": changed(OLD, {name: value for name, value in {**CLAIMS, "vc": VC}.items() if name != "jti"}),
    "old: no sub": changed(OLD, {name: value for name, value in {**CLAIMS, "vc": VC}.items() if name != "sub"}),
    "old: no nbf": changed(OLD, {name: value for name, value in {**CLAIMS, "vc": VC}.items() if name != "nbf"}),
    "old: another nbf": changed(OLD, {**CLAIMS, "nbf": 1_773_824_401, "vc": VC}),
    "old: exp and no validUntil": changed(OLD, {**CLAIMS, "exp": 1_999_999_999, "vc": VC}),
    "old: validUntil and no exp": changed(OLD, {**CLAIMS, "vc": {**VC, "validUntil": "2030-01-01T00:00:00Z"}}),
    "old: another iss": changed(OLD, {**CLAIMS, "iss": PLANT.did, "vc": VC}),
    "old: the outer one is trusted": changed(OLD, {**CLAIMS, "vc": {**VC, "issuer": STRANGER.did}}),
    "old: vc is a text": changed(OLD, {**CLAIMS, "vc": "x"}),
    "old: vc is a list": changed(OLD, {**CLAIMS, "vc": [VC]}),
    "old: a presentation": changed(OLD, {**CLAIMS, "vp": VC}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tokens(name: str) -> None:
    for source in (HOSTILE[name], envelope(HOSTILE[name])):
        verdict = validate(verify(source))
        assert not verdict.verified
        assert verdict.state is not State.REVOKED
        assert not validate(verify(source, profile=conformance_profile())).verified


def test_there_are_enough_of_them() -> None:
    assert state(GOOD) is State.VALID  # the control
    assert len(set(HOSTILE.values())) >= 25


def test_what_is_not_known_is_not_called_altered() -> None:
    """Algorithms and envelopes that others use, and keys that are not to be had."""
    for name in ("ES256K", "ES512", "PS256", "RS512"):
        assert state(HOSTILE[name]) is State.ISSUER_UNKNOWN
    assert state(GOOD, material=MATERIAL) is State.ISSUER_UNKNOWN
    for media_type in ("application/vc+cose", "application/vc+sd-jwt", "application/vc+cose;base64", "text/plain", ""):
        assert state({**envelope(GOOD), "id": f"data:{media_type},{GOOD}"}) is State.ISSUER_UNKNOWN


@pytest.mark.parametrize(
    "changes",
    [
        {"@context": []},
        {"@context": "https://www.w3.org/ns/credentials/examples/v2"},
        {"@context": None},
        {"type": "VerifiableCredential"},
        {"type": ["EnvelopedVerifiableCredential", "VerifiableCredential"]},
        {"type": None},
        {"id": GOOD},
        {"id": f"https://works.example/{GOOD}"},
        {"id": f"data:application/vp+jwt,{GOOD}"},
        {"id": f"data:application/vc+jwt;base64,{GOOD}"},
        {"id": f"data:application/vc+jwt,{GOOD}%0A"},
        {"id": None},
        {"id": 7},
        {"name": "Nobody signed this"},
        {"credentialSubject": {"id": "urn:uuid:1"}},
    ],
    ids=str,
)
def test_envelopes_that_are_not(changes: Any) -> None:
    assert not validate(verify({**envelope(GOOD), **changes})).verified


def test_a_retired_key() -> None:
    def resolve(_: str) -> Any:
        document = WORKS.document
        for method in document["verificationMethod"]:
            method["expires"] = "2026-03-18T09:00:00Z"
        return document

    for payload, expected in (
        (VC, State.ALTERED),  # when it was made cannot be told
        ({**VC, "iat": 1_773_824_400}, State.VALID),
        ({**VC, "iat": 1_773_824_401}, State.ALTERED),
    ):
        assert state(changed(payload=payload), material=material(resolve=resolve, trusted=MINE.trusted)) is expected


def test_times_of_the_token() -> None:
    assert state(HOSTILE["expired"]) is State.EXPIRED
    assert state(HOSTILE["not yet"]) is State.NOT_YET_VALID
    assert state(HOSTILE["made tomorrow"]) is State.NOT_YET_VALID
    almost = int(NOW.timestamp())
    assert state(changed(payload={**VC, "exp": almost - 299, "iat": almost + 299})) is State.VALID


class TestKeys:
    @pytest.mark.parametrize("key", [KEY, p256(), p384(), rsa_key()], ids=lambda key: type(key).__name__)
    def test_round_trip(self, key: Any) -> None:
        assert decode_jwk(public(key).jwk()) == public(key)

    @pytest.mark.parametrize(
        "jwk",
        [
            None,
            [],
            {},
            {"kty": "oct", "k": "AA"},
            {**public(KEY).jwk(), "d": "AA"},
            {**public(KEY).jwk(), "crv": "X25519"},
            {**public(KEY).jwk(), "crv": "Ed448"},
            {**public(KEY).jwk(), "use": "enc"},
            {**public(KEY).jwk(), "key_ops": ["sign"]},
            {**public(KEY).jwk(), "key_ops": "verify"},
            {**public(KEY).jwk(), "x": public(KEY).jwk()["x"] + "="},
            {**public(KEY).jwk(), "x": public(KEY).jwk()["x"][:-2]},
            {**public(KEY).jwk(), "x": base64url_encode(bytes(32))},  # of low order
            {**public(KEY).jwk(), "x": base64url_encode(b"\xff" * 32)},  # not canonical
            {**public(KEY).jwk(), "x": 7},
            {**public(p256()).jwk(), "crv": "P-384"},
            {**public(p256()).jwk(), "crv": ["P-256"]},
            {**public(p256()).jwk(), "crv": "secp256k1"},
            {**public(p256()).jwk(), "y": base64url_encode(bytes(32))},  # not on the curve
            {**public(p256()).jwk(), "x": base64url_encode(bytes(33))},
            {"kty": "RSA", "n": base64url_encode(b"\xff" * 128), "e": "AQAB"},  # 1024 bits
            {"kty": "RSA", "n": base64url_encode(b"\xff" * 1_025), "e": "AQAB"},
            {"kty": "RSA", "n": base64url_encode(b"\xff" * 255 + b"\xfe"), "e": "AQAB"},  # even
            {"kty": "RSA", "n": base64url_encode(b"\xff" * 256), "e": "AQ"},  # one
            {"kty": "RSA", "n": base64url_encode(b"\xff" * 256), "e": "Ag"},  # two
            {"kty": "RSA", "n": base64url_encode(b"\xff" * 256), "e": base64url_encode(b"\xff" * 5)},
            {"kty": "RSA", "n": "", "e": "AQAB"},
            {"kty": "RSA", "e": "AQAB"},
        ],
    )
    def test_not_keys(self, jwk: Any) -> None:
        with pytest.raises(InvalidVerificationMethod):
            decode_jwk(jwk)

    def test_rsa_verifies_no_data_integrity(self) -> None:
        with pytest.raises(InvalidVerificationMethod):
            RsaKey(public(rsa_key()).modulus, 65_537).verify(bytes(64), b"")

    def test_base64url_has_one_form(self) -> None:
        assert base64url_decode("AA") == b"\0"
        for text in ("AB", "AA==", "A", "A+", "AA\n", "ЙЙ"):
            with pytest.raises(OrientirError):
                base64url_decode(text)


def test_what_looks_like_a_token() -> None:
    assert is_token("a.b.c")
    assert is_token(" a.b. \n")
    for text in ("", "{}", "a.b", "a.b.c.d", "a..c", ".b.c", "a b.c.d", '{"a": "b.c.d"}'):
        assert not is_token(text)
