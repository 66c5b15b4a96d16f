"""The step *trust*: whether this verifier knows the issuer, why, and whether for a credential like this one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portfolio.errors import N_
from portfolio.vc.credential import types_of, validity
from portfolio.vc.verification.facts import Outcome, Step, TrustedIssuer, holds, warns


def trust_step(document: Mapping[str, object], known: TrustedIssuer | None, now: datetime) -> Step:
    """What is known of the issuer of an authentic document; beyond its scope or its time the issuer is as unknown as any."""
    if known is None:
        return _unknown(N_("The signature is right, and the organisation that made it is not known here."))
    if known.scope and not set(known.scope) & set(types_of(document)):
        return _unknown(N_("{name} is known here, and not for confirmations of this kind."), name=known.name)
    start = validity(document)[0] or now
    if known.until is not None and start.date() > known.until:
        text = N_("{name} was known here until {until}, and this was made later.")
        return _unknown(text, name=known.name, until=known.until)
    gaps: dict[str, Any] = {"name": known.name, "since": known.since, "source": known.source}
    return holds("trust", _reason(known), **{gap: value for gap, value in gaps.items() if value is not None})


def _unknown(text: str, /, **gaps: object) -> Step:
    return warns("trust", Outcome.UNKNOWN, text, "issuer_unknown", **gaps)


def _reason(known: TrustedIssuer) -> str:
    if known.own:
        return N_("{name} keeps this register itself.")
    if known.source is not None:
        if known.since is None:
            return N_("{name} is known here from the list of {source}.")
        return N_("{name} is known here since {since}, from the list of {source}.")
    if known.kind == "school":
        if known.since is None:
            return N_("{name} is a school of this network.")
        return N_("{name} is a school of this network, known here since {since}.")
    if known.since is None:
        return N_("{name} is known here as a partner.")
    if known.agreement:
        return N_("{name} is known here as a partner since {since}, with a signed agreement.")
    return N_("{name} is known here as a partner since {since}.")
