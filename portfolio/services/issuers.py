"""Who issues under this school's address: the school itself, and each organisation that was given a key here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portfolio.errors import N_, ConfigurationError, Message
from portfolio.ports import OWN, KeyInfo, Ports
from portfolio.services.setup import HomeView
from portfolio.vc.did import did_web


@dataclass(frozen=True)
class OwnIssuer:
    """An issuer whose keys lie in this home. owner: its name in the key store; did: its name in documents."""

    owner: str
    did: str

    def method(self, key: KeyInfo) -> str:
        """The DID URL of one of its keys."""
        return f"{self.did}#{key.fragment}"


def the_school(home: HomeView) -> OwnIssuer:
    """The school itself."""
    return OwnIssuer(OWN, home.did)


def organisation_issuer(home: HomeView, ogrn: str) -> OwnIssuer:
    """An organisation under this school's address, by its state registration number; its key may not exist yet."""
    return OwnIssuer(ogrn, did_web(home.identity_links.organisation(ogrn)))


def own_issuers(ports: Ports, home: HomeView) -> Mapping[str, OwnIssuer]:
    """DID → issuer, for everybody who has a key here; the school first."""
    found = [the_school(home)]
    found += [organisation_issuer(home, owner) for owner in ports.keys.owners() if owner != OWN]
    return {issuer.did: issuer for issuer in found}


def signs_here(home: HomeView, did: str | None) -> bool:
    """Whether a DID lies under this school's address: its own, or one that an organisation has or could be given."""
    return did is not None and (did == home.did or did.startswith(f"{home.did}:o:"))


def signing_key(ports: Ports, issuer: OwnIssuer) -> KeyInfo:
    """The key that signs for this issuer now. Raises ConfigurationError when it has none."""
    active = [key for key in ports.keys.keys(issuer.owner) if key.retired is None]
    if not active:
        raise ConfigurationError([Message(N_("There is no signing key; run: portfolio keys new"))])
    return active[-1]
