"""The step *dates*: whether now lies in the time that a document and its proofs are for."""

from __future__ import annotations

from datetime import datetime

from portfolio.errors import N_
from portfolio.vc.proof_check import UntimelyProof
from portfolio.vc.verification.facts import Outcome, Step, holds, warns


def dates_step(start: datetime | None, end: datetime | None, untimely: UntimelyProof | None, now: datetime) -> Step:
    """``validFrom`` and ``validUntil`` are instants, and both still belong to the time of validity.

    So do the ``created`` and ``expires`` of each proof, which are given the skew of two clocks.
    """
    if start is not None and now < start:
        return _not_yet(N_("Not yet in force: from {valid_from}."), valid_from=start)
    if end is not None and now > end:
        return _expired(N_("Expired on {valid_until}."), valid_until=end)
    if untimely is not None:
        return proof_dates(untimely)
    if end is not None:
        return holds("dates", N_("In force until {valid_until}."), valid_until=end)
    return holds("dates", N_("In force without an end date."))


def proof_dates(untimely: UntimelyProof | None) -> Step:
    """The same for a document that has no dates of its own."""
    if untimely is None:
        return holds("dates", N_("In force without an end date."))
    if untimely.expired:
        return _expired(N_("The signature was good until {expires}."), expires=untimely.moment)
    text = N_("Signed at {created}, which is later than now. One of the two clocks is wrong.")
    return _not_yet(text, created=untimely.moment)


def _expired(text: str, /, **gaps: object) -> Step:
    return warns("dates", Outcome.FAILS, text, "expired", **gaps)


def _not_yet(text: str, /, **gaps: object) -> Step:
    return warns("dates", Outcome.FAILS, text, "not_yet_valid", **gaps)
