"""Sign a document and put it on record: the one place where credentials come into being.

A Recorder lives inside one write transaction. What it signs is stored as signed, with its place in a status list and
its locator; either all of it is committed, or none of it happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from portfolio.errors import ProofGenerationError
from portfolio.permalinks import new_code
from portfolio.ports import Ports
from portfolio.practice.formats import FORMATS
from portfolio.practice.rubric import LEVELS
from portfolio.practice.skills import FRAMEWORK_NAME, SKILLS
from portfolio.services.issuers import OwnIssuer, signing_key, the_school
from portfolio.services.setup import HomeView, home_of
from portfolio.storage import credentials, status_lists
from portfolio.storage.engine import Session
from portfolio.storage.orm import Credential, Organization, Practice, Programme, StatusList
from portfolio.vc import jsontext
from portfolio.vc import open_badges as vc
from portfolio.vc.canonicalization import indistinguishable_nodes
from portfolio.vc.contexts import ISSUED_CONTEXTS, check_contexts
from portfolio.vc.credential import check_credential
from portfolio.vc.data_integrity import add_proof_set
from portfolio.vc.open_badges import open_badge_credential
from portfolio.vc.rosette import digest
from portfolio.vc.schema import check_schema
from portfolio.vc.status_list import (
    MINIMUM_ENTRIES,
    Bitstring,
    status_list_credential,
    status_list_entry,
)

STATUS_LIST_TTL = timedelta(minutes=5)
_FULLEST = MINIMUM_ENTRIES // 2  # beyond this a random place takes long to find and a new list is opened
_PLACES_AT_ONCE = 64


@dataclass(frozen=True)
class Issued:
    """A credential that was just signed."""

    credential_id: str
    code: str
    url: str
    title: str
    pupil: str


class Recorder:
    """Signs and stores within one write transaction. Makes the first status list when there is none."""

    def __init__(self, session: Session, ports: Ports, *, now: datetime) -> None:
        self._session = session
        self._ports = ports
        self.now = now.replace(microsecond=0)
        self.home: HomeView = home_of(session, ports)
        self._school = the_school(self.home)
        self._signing = {self._school: signing_key(ports, self._school)}
        self._list: StatusList | None = None
        self._places: list[int] = []

    # --- what can be issued

    def badge(
        self, practice: Practice, *, issued_by: int | None = None, valid_until: datetime | None = None
    ) -> Credential:
        """The signed credential of a completed practice (which names a known pupil, programme and mentor).

        practice must have passed its gates; this method signs what it is given. Raises ProofGenerationError when the
        document would not be covered by its signature or does not meet our schema, and DocumentError for its texts.
        """
        pupil, programme, mentor = practice.pupil, practice.programme, practice.mentor
        if pupil is None or programme is None or mentor is None:
            raise ProofGenerationError("the practice names nobody we know")
        place, entry = self.place_entry()
        document = open_badge_credential(
            id=self.new_id(),
            issuer=vc.Organisation(self.home.did, self.home.name, self.home.ogrn, self.home.identity_links.base_url),
            subject_id=pupil.subject_id,
            subject_name=f"{pupil.first_name} {pupil.last_name}",
            achievement=self._achievement(programme),
            practice=vc.Practice(
                start=self._local(date.fromisoformat(practice.start_ref), time.min),
                end=self._local(date.fromisoformat(practice.end_ref), time(23, 59, 59)),
                assessor=vc.Assessor(
                    mentor.assessor_id,
                    _mentor_name(mentor.first_name, mentor.patronymic, mentor.last_name, mentor.position),
                    self._organisation(mentor.organization),
                ),
                results=tuple(vc.SkillResult(code, level) for code, level in practice.levels.items()),
                hours=practice.hours,
                narrative=practice.narrative or None,
                term=_term(date.fromisoformat(practice.start_ref)),
            ),
            valid_from=self.now,
            valid_until=valid_until,
            status_entry=entry,
        )
        row = self.secure_and_record(
            document,
            kind="badge",
            origin="practice",
            idempotency_key=_practice_key(practice),
            title=programme.title,
            place=place,
            pupil_id=pupil.id,
            programme_id=programme.id,
            issued_by=issued_by,
            valid_until=valid_until,
        )
        practice.credential_id = row.id
        practice.unmet = []
        return row

    def place_entry(self) -> tuple[tuple[int, int], dict[str, Any]]:
        """A free place, and the status entry that names it, for a document that the caller builds."""
        place = self._place()
        return place, status_list_entry(self.home.identity_links.status_list(place[0]), place[1])

    def secure_and_record(
        self,
        document: Mapping[str, Any],
        *,
        kind: str,
        origin: str,
        idempotency_key: str,
        title: str,
        place: tuple[int, int],
        pupil_id: int | None,
        programme_id: int | None = None,
        issued_by: int | None = None,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        issuer: OwnIssuer | None = None,
    ) -> Credential:
        """Check against our schema, sign with both suites, store the bytes. Nothing is stored when anything is amiss.

        issuer: who signs, the school where nobody is named; valid_from: as the document says, now where it is not given.
        """
        check_contexts(document, arrays=ISSUED_CONTEXTS)
        faults = [*check_credential(document), *check_schema(document)]
        if faults:
            raise ProofGenerationError(faults[0].detail, path=faults[0].path)
        if indistinguishable_nodes(document):
            raise ProofGenerationError("other verifiers would refuse to tell two of its parts apart")
        signed = self.sign(document, issuer)
        row = Credential(
            id=str(document["id"]),
            code=new_code(self._ports.entropy(10)),
            kind=kind,
            origin=origin,
            idempotency_key=idempotency_key,
            body=jsontext.dumps(signed),
            digest=digest(signed),
            title=title,
            pupil_id=pupil_id,
            programme_id=programme_id,
            issued_by=issued_by,
            issued_at=self.now,
            valid_from=valid_from or self.now,
            valid_until=valid_until,
            status_list_id=place[0],
            status_index=place[1],
        )
        credentials.add(self._session, row)
        return row

    def sign(self, document: Mapping[str, Any], issuer: OwnIssuer | None = None) -> dict[str, Any]:
        """The document with both proofs of the current key of the issuer, the school where nobody is named."""
        issuer = issuer or self._school
        if issuer not in self._signing:
            self._signing[issuer] = signing_key(self._ports, issuer)
        key = self._signing[issuer]
        return add_proof_set(
            document,
            sign=lambda data: self._ports.keys.sign(key.fragment, data, owner=issuer.owner),
            verification_method=issuer.method(key),
            created=self.now,
        )

    def new_id(self) -> str:
        """A random ``urn:uuid:…``."""
        return f"urn:uuid:{UUID(bytes=self._ports.entropy(16), version=4)}"

    # --- status lists

    def republish(self, status_list: StatusList) -> None:
        """Sign the list anew from its bits. Revoked means published: callers do this in the revoking transaction."""
        document = status_list_credential(
            url=self.home.identity_links.status_list(status_list.id),
            issuer=self.home.did,
            purpose=status_list.purpose,
            bits=Bitstring.from_bytes(status_list.bits),
            valid_from=self.now,
            ttl_ms=int(STATUS_LIST_TTL.total_seconds() * 1000),
        )
        status_list.body = jsontext.dumps(self.sign(document))
        status_list.signed_at = self.now

    def _place(self) -> tuple[int, int]:
        """A free place, chosen at random so that its number tells nothing: (list, index)."""
        current = self._list or status_lists.newest(self._session)
        if current is None or current.allocated >= _FULLEST:
            current = StatusList(
                purpose="revocation",
                bits=Bitstring(MINIMUM_ENTRIES).to_bytes(),
                body=b"",
                allocated=0,
                signed_at=self.now,
            )
            status_lists.add(self._session, current)
            self.republish(current)
            self._places = []
        self._list = current
        while not self._places:
            # In the order drawn: sorting would let the order of issue be read off the numbers.
            drawn = dict.fromkeys(self._index() for _ in range(_PLACES_AT_ONCE))
            taken = status_lists.taken(self._session, current.id, list(drawn))
            self._places = [place for place in drawn if place not in taken]
        current.allocated += 1
        return current.id, self._places.pop()

    def _index(self) -> int:
        # 131,072 is 2**17, so 17 random bits are an even choice.
        return int.from_bytes(self._ports.entropy(3), "big") % MINIMUM_ENTRIES

    # --- small parts

    def _achievement(self, programme: Programme) -> vc.Achievement:
        links, language = self.home.identity_links, self.home.language
        kind = FORMATS[programme.kind]
        if kind.achievement_type is None:
            raise ProofGenerationError("this format of practice gives hours, never a credential")
        return vc.Achievement(
            id=links.achievement(programme.code, programme.version),
            name=programme.title,
            description=kind.describe(language, programme.hours),
            achievement_type=kind.achievement_type,
            version=str(programme.version),
            criteria=kind.criteria(language),
            creator=self._organisation(programme.organization),
            skills=tuple(
                vc.Skill(code, SKILLS[code].title(language), links.skill(code), FRAMEWORK_NAME)
                for code in programme.skills
            ),
            levels=tuple(level.name(language) for level in LEVELS.values()),
            language=language,
            curricular=kind.hours_as == "credits",
        )

    def _organisation(self, organization: Organization) -> vc.Organisation:
        url = self.home.identity_links.organisation(organization.ogrn)
        return vc.Organisation(url, organization.name, organization.ogrn)

    def _local(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, tzinfo=self._ports.settings.timezone)


def _practice_key(practice: Practice) -> str:
    return "|".join(("practice", practice.pupil_ref, practice.programme_ref, practice.start_ref, practice.end_ref))


def _term(start: date) -> str:
    """The school year in which the practice began: «2025/26» from September to August."""
    first = start.year if start.month >= 9 else start.year - 1
    return f"{first}/{(first + 1) % 100:02d}"


def _mentor_name(first: str, patronymic: str, last: str, position: str) -> str:
    person = " ".join(part for part in (last, first, patronymic) if part)
    return f"{person}, {position}" if position else person
