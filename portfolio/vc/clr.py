"""Comprehensive Learner Record 2.0: many signed credentials of one person in one document, each as it was issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from portfolio.errors import MalformedValueError
from portfolio.vc.contexts import CONTEXT_CLR2, CONTEXT_OB3, CONTEXT_VC2
from portfolio.vc.credential import format_datetime, objects, types_of
from portfolio.vc.open_badges import Organisation, identity
from portfolio.vc.open_badges.build import profile_of
from portfolio.vc.open_badges.text import check_distinct, checked_line, checked_url


def clr_credential(
    *,
    id: str,  # noqa: A002 - the member's name
    issuer: Organisation,
    subject_id: str,
    subject_name: str,
    name: str,
    valid_from: datetime,
    credentials: Sequence[Mapping[str, object]],
    status_entry: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """A ClrCredential (CLR 2.0 §B.1), not yet signed, around at least one signed credential.

    The credentials stand in it as they are, proofs included, neither copied nor changed: the record's own signature covers
    every byte of theirs. MalformedValueError when there is none, when one carries no proof, or when one stands in it twice.
    """
    path = "$.credentialSubject.verifiableCredential"
    if not credentials:
        raise MalformedValueError("a learner record holds at least one credential", path=path)
    for place, credential in enumerate(credentials):
        if not credential.get("proof"):
            raise MalformedValueError("a credential in a learner record carries its own proof", path=f"{path}[{place}]")
    check_distinct([str(credential["id"]) for credential in credentials if "id" in credential], path)
    record: dict[str, object] = {
        "@context": [CONTEXT_VC2, CONTEXT_CLR2, CONTEXT_OB3],
        "id": checked_url(id, "$.id"),
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": checked_line(name, "$.name"),
        "validFrom": format_datetime(valid_from),
        "issuer": profile_of(issuer, "$.issuer"),
    }
    if status_entry is not None:
        record["credentialStatus"] = dict(status_entry)
    record["credentialSubject"] = {
        "id": checked_url(subject_id, "$.credentialSubject.id"),
        "type": ["ClrSubject"],
        "identifier": identity(subject_name),
        "verifiableCredential": list(credentials),
    }
    return record


def nested_credentials(document: object) -> list[Mapping[str, object]]:
    """The credentials inside a learner record, in its order, as they stand there; none for any other document."""
    if not isinstance(document, Mapping) or "ClrCredential" not in types_of(document):
        return []
    subjects = objects(document.get("credentialSubject"))
    return [credential for subject in subjects for credential in objects(subject.get("verifiableCredential"))]
