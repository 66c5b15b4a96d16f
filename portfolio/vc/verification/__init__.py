"""Verification: the facts about one credential, step by step, gathered without ever raising.

Each step *holds*, *fails* or is *unknown*, which is never a pass. They are taken in this order, and while one of the first
three does not hold the later ones are not taken, because until then nothing that the file says is a fact:

1. **signature** – every proof holds (Data Integrity 1.0 §4.5); a file under one of our own DIDs carries exactly one proof of
   each suite, made as we make it. A proof of a kind that is not known here, or by a key that is not to be had here, is
   unknown. A file may cost so many signature checks, and no more (``data_integrity.Budget``).
2. **structure** – VCDM 2.0 §4, the known context arrays, nothing outside the signature's reach, at most 64 status entries,
   and objects with one ``id`` that say one thing (``portfolio.vc.identifiers``); and, in a learner record, no credential
   that was itself altered. What else is to be said of those (one may have been revoked since) is in ``nested`` and does
   not change the record, which says what was so when it was made.
3. **issuer** – every proof was made with a key of the issuer whom the file names. Otherwise anybody could sign for a school.
4. **trust** – the issuer is one that this verifier knows.
5. **dates** – now lies between ``validFrom`` and ``validUntil``, both included, and, give or take five minutes, between each
   proof's ``created`` and ``expires``.
6. **status** – no Bitstring Status List entry and no register of ours says that it was revoked, suspended or superseded.
   The list must be in force and signed, as a credential must be, by the same issuer or by one that is known here; a kind
   or purpose of list that is not known here is unknown.
7. **schema**, **endorsements**, **ledger** – these inform.

A verdict is made of these facts in ``portfolio.vc.validation``.
"""

from portfolio.vc.verification.examination import verify_credential
from portfolio.vc.verification.facts import (
    STEPS,
    Endorsement,
    Material,
    Outcome,
    RecordFacts,
    References,
    SchemaFact,
    StatusFact,
    Step,
    TrustedIssuer,
    VerificationResult,
)
from portfolio.vc.verification.presentation import (
    PRESENTATION_STEPS,
    PresentationResult,
    is_presentation,
    verify_presentation,
)
from portfolio.vc.verification.references import references

__all__ = [
    "PRESENTATION_STEPS",
    "STEPS",
    "Endorsement",
    "Material",
    "Outcome",
    "PresentationResult",
    "RecordFacts",
    "References",
    "SchemaFact",
    "StatusFact",
    "Step",
    "TrustedIssuer",
    "VerificationResult",
    "is_presentation",
    "references",
    "verify_credential",
    "verify_presentation",
]
