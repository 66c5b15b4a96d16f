"""Before whom, when and by what rules one file is examined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from portfolio.vc.profile import Profile
from portfolio.vc.proof_check import Budget
from portfolio.vc.verification.facts import Material, TrustedIssuer
from portfolio.vc.verification.status import StatusLists


@dataclass(frozen=True)
class Setting:
    """The lists and the budget are shared by everything that the file carries."""

    material: Material
    now: datetime
    profile: Profile
    lists: StatusLists
    budget: Budget

    @classmethod
    def of(cls, material: Material, now: datetime, profile: Profile) -> Setting:
        """The setting of one verification."""
        return cls(material, now, profile, StatusLists(material, now, profile), Budget())

    def inside(self) -> Setting:
        """For what the file carries: what our register says is said of the file itself."""
        return replace(self, material=replace(self.material, record=None))

    def known_issuer(self, issuer: str | None) -> TrustedIssuer | None:
        """Whom this verifier knows under an identifier."""
        known = self.material.trusted.get(issuer or "")
        if known is None and self.profile.trusts_did_key and issuer is not None and issuer.startswith("did:key:"):
            return TrustedIssuer(issuer, issuer)
        return known
