"""What was found out about codes, files and links, as a page, a table and a program get it."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from werkzeug.exceptions import BadRequest

from portfolio.errors import N_, CryptographicSecurityError
from portfolio.permalinks import grouped
from portfolio.ports import Ports
from portfolio.services.brought import Finding
from portfolio.services.verify import CodeCheck, DocumentCheck, StepView
from portfolio.web.language import gettext, say, translator
from portfolio.web.states import Band, band_of, outcome_band

_SEALED_FOR = "checked-table"
_KINDS = {
    "pdf": "PDF",
    "png": N_("picture"),
    "svg": N_("picture"),
    "picture": N_("picture"),
    "code": N_("photo of a code"),
    "link": N_("link or code"),
    "text": N_("signed text"),
}


@dataclass(frozen=True)
class Row:
    """One finding with its band. name: of the file, or what kind of thing it was."""

    name: str
    band: Band
    finding: Finding

    @property
    def check(self) -> DocumentCheck | CodeCheck | None:
        """The verification, where there was a document."""
        return self.finding.check

    @property
    def url(self) -> str | None:
        """Its page here, where it has one."""
        check = self.finding.check
        return check.url if isinstance(check, CodeCheck) else check.own_url if check else None


def row_of(finding: Finding) -> Row:
    """A finding as a page shows it."""
    band = outcome_band(finding) if finding.check is None or finding.advice else band_of(finding.check)
    return Row(finding.name or gettext(_KINDS.get(finding.kind, finding.kind)), band, finding)


def counted(rows: Sequence[Row]) -> list[tuple[Row, int]]:
    """How many rows have each state, with one of them, the most frequent first."""
    counts = Counter(row.finding.state for row in rows)
    first = {row.finding.state: row for row in reversed(rows)}
    return [(first[state], count) for state, count in counts.most_common()]


# --- for programs


def as_json(finding: Finding) -> dict[str, Any]:
    """One finding, in the words of ``/v/<code>``."""
    body: dict[str, Any] = {
        "name": finding.name,
        "kind": finding.kind,
        "verified": finding.verified,
        "state": finding.state,
        "reason": say(finding.reason),
    }
    if finding.advice is not None:
        body["advice"] = say(finding.advice)
    if isinstance(finding.check, CodeCheck):
        body |= code_json(finding.check)
    elif finding.check is not None:
        body |= document_json(finding.check)
    return body


def document_json(check: DocumentCheck) -> dict[str, Any]:
    """A document and, in the same form, those inside it."""
    body: dict[str, Any] = {
        "verified": check.verified,
        "state": check.state,
        "reason": say(check.reason),
        "checked_at": _moment(check.checked_at),
        "steps": _steps(check.steps),
        "shown": check.shown.as_dict() if check.shown else {},
        "problemDetails": [problem.as_dict() for problem in check.problems],
    }
    if check.credential_id is not None:
        body["id"] = check.credential_id
    if check.own_url is not None:
        body["url"] = check.own_url
    _add_register(body, check)
    if check.nested:
        body["nested"] = [document_json(inner) for inner in check.nested]
    return body


def code_json(check: CodeCheck) -> dict[str, Any]:
    """The answer of ``/v/<code>`` to a program."""
    body: dict[str, Any] = {
        "verified": check.verified,
        "state": check.state,
        "checked_at": _moment(check.checked_at),
        "code": check.code,
        "steps": _steps(check.steps),
        "shown": check.shown.as_dict() if check.shown else {},
    }
    _add_register(body, check)
    if check.nested:
        body["nested"] = [
            {"id": inner.credential_id, "state": inner.state, "reason": say(inner.reason)} for inner in check.nested
        ]
    if check.credential is not None:
        body["credential"] = check.credential
    return body


def _add_register(body: dict[str, Any], check: CodeCheck | DocumentCheck) -> None:
    if check.state == "revoked" and check.revoked_at is not None:
        body["revoked_at"] = _moment(check.revoked_at)
        if check.revocation_reason is not None:  # a program gives none
            body["revocation_reason"] = check.revocation_reason
    if check.superseded_by_url is not None:
        body["superseded_by"] = check.superseded_by_url
    if check.endorsements:
        body["endorsements"] = [
            {"name": found.name, "comment": found.comment, "state": found.state, "reason": say(found.reason)}
            for found in check.endorsements
        ]


def _steps(steps: Sequence[StepView]) -> list[dict[str, str]]:
    return [{"step": step.name, "result": step.result, "reason": say(step.reason)} for step in steps]


def _moment(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


# --- as a table for an office program


_COLUMNS = (
    N_("File"),
    N_("Result"),
    N_("Person"),
    N_("Confirmation"),
    N_("Confirmed by"),
    N_("Issued by"),
    N_("Issued on"),
    N_("Valid until"),
    N_("Reason"),
    N_("Code"),
    N_("Checked at"),
)


def table_of(rows: Sequence[Row]) -> list[list[str]]:
    """The header, and a row for each finding; of what does not hold, nothing but that."""
    return [[gettext(name) for name in _COLUMNS], *(_cells(row) for row in rows)]


def _cells(row: Row) -> list[str]:
    check = row.check
    facts = check.shown if check else None
    who = ", ".join(filter(None, (facts.assessor, facts.assessor_organisation))) if facts else ""
    told = translator()
    return [
        row.name,
        say(row.band.headline),
        (facts.person or "") if facts else "",
        (facts.title or "") if facts else "",
        who,
        (facts.issuer or "") if facts else "",
        told.date(facts.issued_at) if facts and facts.issued_at else "",
        told.date(facts.valid_until) if facts and facts.valid_until else "",
        say(row.band.reason),
        grouped(row.url.rpartition("/")[2]) if row.url else "",
        told.datetime(check.checked_at) if check else "",
    ]


def sealed(ports: Ports, table: Sequence[Sequence[str]]) -> str:
    """The table for a form of the page that shows it, so that nothing need be kept here."""
    return urlsafe_b64encode(ports.keys.seal(_SEALED_FOR, zlib.compress(orjson.dumps(table)))).decode()


def unsealed(ports: Ports, text: str) -> list[list[str]]:
    """The reverse. Raises BadRequest for a table that no page of ours holds."""
    try:
        data = ports.keys.unseal(_SEALED_FOR, urlsafe_b64decode(text.encode()))
    except (CryptographicSecurityError, Base64Error, ValueError):
        raise BadRequest("this table was not made here") from None
    table: list[list[str]] = orjson.loads(zlib.decompress(data))
    return table
