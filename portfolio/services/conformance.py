"""Answer public conformance suites: anybody may have anything signed, under a key that nobody trusts.

Only ``portfolio conformance serve`` loads this room, over a home that is gone when it ends. It differs from the product as
decision 0012 says, and in nothing else; the rules of the data model, limits and guards are the product's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portfolio.errors import MalformedValueError, NotFound
from portfolio.permalinks import new_code
from portfolio.ports import OWN, KeyInfo, Ports
from portfolio.services.setup import HomeView, home_of
from portfolio.storage import credentials, status_lists
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential, StatusList
from portfolio.vc import conformance, jsontext
from portfolio.vc.contexts import CONTEXT_VC2
from portfolio.vc.credential import identifier_of
from portfolio.vc.did import did_key
from portfolio.vc.envelopes import envelope as in_envelope
from portfolio.vc.jose import sign_token
from portfolio.vc.multikey import ed25519_key
from portfolio.vc.profile import Profile
from portfolio.vc.rosette import digest
from portfolio.vc.status_list import MINIMUM_ENTRIES, Bitstring, status_list_credential, status_list_entry

_TTL_MS = 300_000
_PURPOSE = "revocation"


@dataclass(frozen=True)
class _Issuer:
    """The did:key of this run, and its key."""

    did: str
    key: KeyInfo
    ports: Ports

    @property
    def method(self) -> str:
        return f"{self.did}#{self.did.removeprefix('did:key:')}"

    def sign(self, data: bytes) -> bytes:
        return self.ports.keys.sign(self.key.fragment, data)


def profile() -> Profile:
    """The profile that suites are answered under."""
    return conformance.conformance_profile()


def prepare(ports: Ports) -> str:
    """Publish the one status list of this run. Returns the DID that everything is issued under."""
    issuer = _issuer(ports)
    with ports.sessions.write() as session:
        now = ports.now().replace(microsecond=0)
        bits = Bitstring(MINIMUM_ENTRIES).to_bytes()
        row = StatusList(purpose=_PURPOSE, bits=bits, body=b"", allocated=0, signed_at=now)
        status_lists.add(session, row)
        _publish(ports, issuer, home_of(session, ports), row)
    return issuer.did


def issue(ports: Ports, brought: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """The credential as it was signed, in JSON: with one proof of ``cryptosuite``, or for ``envelope`` as a ``vc+jwt``.

    Raises MalformedValueError, ParsingError, ProofGenerationError and the errors of canonicalisation.
    """
    envelope, suite = options.get("envelope", False), options.get("cryptosuite", "eddsa-rdfc-2022")
    if not isinstance(envelope, bool) or not isinstance(suite, str):
        raise MalformedValueError("envelope must be true or false, and cryptosuite a text", path="$.options")
    issuer = _issuer(ports)
    document = _under(issuer, brought)
    if "credentialId" in options:
        document.setdefault("id", options["credentialId"])
    with ports.sessions.write() as session:
        home = home_of(session, ports)
        row = status_lists.newest(session)
        if row is None:
            raise NotFound("the status list of this run is missing")
        place = _place(ports, session, row)
        contexts = document.get("@context")
        if isinstance(contexts, list) and contexts[:1] == [CONTEXT_VC2]:
            entry = status_list_entry(home.identity_links.status_list(row.id), place)
            brought_entries = document.get("credentialStatus", [])
            entries = brought_entries if isinstance(brought_entries, list) else [brought_entries]
            document["credentialStatus"] = [*entries, entry] if entries else entry
        now = ports.now().replace(microsecond=0)
        if envelope:
            conformance.check_unsecured(document)
            signed = in_envelope(sign_token(document, sign=issuer.sign, verification_method=issuer.method))
        else:
            signed = conformance.issue(
                document, sign=issuer.sign, verification_method=issuer.method, created=now, cryptosuite=suite
            )
        body = jsontext.dumps(signed)
        identifier = identifier_of(document)
        if identifier is None or credentials.get(session, identifier) is not None:
            identifier = f"urn:orientir:{ports.entropy(16).hex()}"
        credentials.add(
            session,
            Credential(
                id=identifier,
                code=new_code(ports.entropy(10)),
                kind="conformance",
                origin="api",
                idempotency_key=identifier,
                body=body,
                digest=digest(signed),
                title="",
                issued_at=now,
                valid_from=now,
                status_list_id=row.id,
                status_index=place,
            ),
        )
        return body


def revoke(ports: Ports, credential_id: str, purpose: str) -> None:
    """Set the bit of the credential that was issued first under this id, and publish the list.

    Raises NotFound, and MalformedValueError for another purpose than that of the list.
    """
    if purpose != _PURPOSE:
        raise MalformedValueError("the list of this run is for revocation", path="$.credentialStatus.statusPurpose")
    with ports.sessions.write() as session:
        found = credentials.get(session, credential_id)
        row = status_lists.get(session, found.status_list_id, lock=True) if found else None
        if found is None or row is None:
            raise NotFound
        bits = Bitstring.from_bytes(row.bits)
        bits.set(found.status_index)
        row.bits = bits.to_bytes()
        _publish(ports, _issuer(ports), home_of(session, ports), row)


def _issuer(ports: Ports) -> _Issuer:
    key = ports.keys.keys(OWN)[-1]
    return _Issuer(did_key(ed25519_key(key.public_key)), key, ports)


def _under(issuer: _Issuer, brought: Mapping[str, Any]) -> dict[str, Any]:
    """The document under this issuer, whatever other one it names: there is but one key here."""
    stated = brought.get("issuer")
    if identifier_of(stated) is None:
        raise MalformedValueError("neither a URL nor an object with a URL as its id", path="$.credential.issuer")
    return {**brought, "issuer": {**stated, "id": issuer.did} if isinstance(stated, Mapping) else issuer.did}


def _place(ports: Ports, session: Session, row: StatusList) -> int:
    while True:
        place = int.from_bytes(ports.entropy(3), "big") % MINIMUM_ENTRIES
        if not status_lists.taken(session, row.id, [place]):
            return place


def _publish(ports: Ports, issuer: _Issuer, home: HomeView, row: StatusList) -> None:
    now = ports.now().replace(microsecond=0)
    document = status_list_credential(
        url=home.identity_links.status_list(row.id),
        issuer=issuer.did,
        purpose=row.purpose,
        bits=Bitstring.from_bytes(row.bits),
        valid_from=now,
        ttl_ms=_TTL_MS,
    )
    signed = conformance.issue(document, sign=issuer.sign, verification_method=issuer.method, created=now)
    row.body = jsontext.dumps(signed)
    row.signed_at = now
