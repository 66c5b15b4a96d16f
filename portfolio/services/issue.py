"""Issue what an organisation's program asks for, under that organisation's own DID and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portfolio.errors import (
    N_,
    Conflict,
    MalformedValueError,
    Message,
    NotFound,
    ParsingError,
    ProofGenerationError,
    TooManyRequests,
)
from portfolio.ports import Ports
from portfolio.services.material import own_material
from portfolio.services.record import Recorder
from portfolio.services.tokens import Program
from portfolio.storage import credentials, programs
from portfolio.storage.engine import Session
from portfolio.storage.orm import ApiCredential
from portfolio.vc.credential import check_credential, format_datetime, identifier_of, types_of, validity
from portfolio.vc.open_badges import read_badge
from portfolio.vc.rosette import digest
from portfolio.vc.verification import verify_credential

# What one token may issue, so that a stolen one cannot flood the register before somebody notices.
QUOTAS = ((timedelta(hours=1), 300), (timedelta(days=1), 1000))
# What only the school itself says: a list decides for other credentials, a record signs them once more.
_NOT_ISSUED = frozenset(("BitstringStatusListCredential", "VerifiablePresentation", "ClrCredential"))
_LONGEST_TITLE = 200
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


@dataclass(frozen=True)
class IssuedForProgram:
    """A credential of an organisation. body: the JSON as it was signed; code, url: of its verification page."""

    body: bytes
    code: str
    url: str


def issue_for_program(
    ports: Ports, program: Program, brought: Mapping[str, Any], credential_id: str | None = None
) -> IssuedForProgram:
    """Sign what the program brought: its place in the school's status list is added, and where they are missing a random
    id and ``validFrom``. Asked again with the same id and the same words, it answers what was signed the first time.

    credential_id: the id for a credential that brings none. Raises ParsingError, MalformedValueError, ProofGenerationError
    and the errors of canonicalisation for what cannot be signed; Conflict when the id is taken; TooManyRequests.
    """
    document = _checked(program, brought, credential_id)
    asked = digest({**brought, "id": document["id"]} if "id" in document else brought)
    with ports.sessions.write() as session:
        programs.token(session, program.token_id, lock=True)  # one at a time, so that the quota and the id are exact
        recorder = Recorder(session, ports, now=ports.now())
        known = _known(session, document.get("id"), program, asked)
        if known is None:
            _within_quota(session, program, recorder.now)
            known = _issue(session, ports, recorder, program, document, asked)
        row = known.credential
        return IssuedForProgram(row.body, row.code, recorder.home.links.verification(row.code))


def _checked(program: Program, brought: Mapping[str, Any], credential_id: str | None) -> dict[str, Any]:
    """What was brought, with the id that the request gives it. Raises for what no organisation may ask for."""
    if "proof" in brought:
        raise ParsingError("the credential is signed already", path="$.credential.proof")
    if "credentialStatus" in brought:
        raise MalformedValueError("the issuer gives the status entry itself", path="$.credential.credentialStatus")
    if identifier_of(brought.get("issuer")) != program.issuer.did:
        raise MalformedValueError("the issuer is not the one of this token", path="$.credential.issuer")
    if _NOT_ISSUED & set(types_of(brought)):
        raise MalformedValueError("a credential of this type is not issued here", path="$.credential.type")
    document = dict(brought)
    if credential_id is not None and document.setdefault("id", credential_id) != credential_id:
        raise MalformedValueError("the credential has another id", path="$.options.credentialId")
    if "id" in document and not (isinstance(document["id"], str) and _UUID.match(document["id"])):
        raise MalformedValueError("an id must be a urn:uuid, in lower case", path="$.credential.id")
    findings = check_credential(document)
    if findings:
        raise MalformedValueError(findings[0].detail, path=_inside(findings[0].path))
    return document


def _known(session: Session, identifier: object, program: Program, asked: bytes) -> ApiCredential | None:
    """What was signed for this request already. Raises Conflict when the id belongs to something else."""
    if not isinstance(identifier, str):
        return None
    known = programs.issued(session, identifier)
    if known is not None and known.token.ogrn == program.issuer.owner and known.request_digest == asked:
        return known
    if known is not None or credentials.get(session, identifier) is not None:
        raise Conflict(message=Message(N_("A confirmation with this id was issued already, and says something else.")))
    return None


def _within_quota(session: Session, program: Program, now: datetime) -> None:
    for span, most in QUOTAS:
        if programs.issued_since(session, program.token_id, now - span) >= most:
            raise TooManyRequests(f"a token issues at most {most} credentials in {span // timedelta(hours=1)} h")


def _issue(
    session: Session, ports: Ports, recorder: Recorder, program: Program, document: dict[str, Any], asked: bytes
) -> ApiCredential:
    document.setdefault("id", recorder.new_id())
    document.setdefault("validFrom", format_datetime(recorder.now))
    place, entry = recorder.place_entry()
    document["credentialStatus"] = entry
    start, end = validity(document)
    row = recorder.secure_and_record(
        document,
        kind="organisation",
        origin="api",
        idempotency_key=f"api|{document['id']}",
        title=_title(document),
        place=place,
        pupil_id=None,
        valid_from=start,
        valid_until=end,
        issuer=program.issuer,
    )
    material = own_material(ports, session, recorder.home, row)
    result = verify_credential(row.body, material=material, now=recorder.now)
    if not result.authentic:
        # What our own verifier would not believe is not signed in the first place.
        problem = next(iter(result.problems), None)
        raise ProofGenerationError(
            problem.detail if problem else "", path=_inside(problem.path) if problem and problem.path else None
        )
    known = ApiCredential(credential_id=row.id, credential=row, token_id=program.token_id, request_digest=asked)
    programs.add(session, known)
    return known


def find_own(session: Session, program: Program, credential_id: str) -> ApiCredential:
    """The credential with this id that this program's organisation issued. Raises NotFound for every other."""
    known = programs.issued(session, credential_id)
    if known is None or known.token.ogrn != program.issuer.owner:
        raise NotFound
    return known


def _title(document: Mapping[str, Any]) -> str:
    kinds = [kind for kind in types_of(document) if kind != "VerifiableCredential"]
    title = read_badge(document).name or (kinds[-1] if kinds else "VerifiableCredential")
    return title[:_LONGEST_TITLE]


def _inside(path: str | None) -> str:
    """A path of the credential as a path of the request."""
    return "$.credential" + (path or "$")[1:]
