"""The tables. Signed documents are stored as the bytes that were issued; columns beside them serve searching only."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Moment(TypeDecorator[datetime]):
    """An instant. Aware in Python, stored as UTC; a naive value is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware UTC (SQLite forgets the zone)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON, bytes: LargeBinary, str: Text}  # noqa: RUF012


class Home(Base):
    """The identity of this home, fixed when it is made: exactly one row, id 1."""

    __tablename__ = "home"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    base_url: Mapped[str]
    did: Mapped[str]
    name: Mapped[str]
    ogrn: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(8), default="ru")
    demo: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]


class Organization(Base):
    """A partner: university, college, enterprise, foundation, network school."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    ogrn: Mapped[str] = mapped_column(String(15), unique=True)
    agreements: Mapped[list[Agreement]] = relationship(back_populates="organization", order_by="Agreement.id")


class Agreement(Base):
    """An agreement with a partner. status: negotiating | agreed | signed | expired; the days count inclusively."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("organization_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    number: Mapped[str]  # "" while there is none yet
    status: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    organization: Mapped[Organization] = relationship(back_populates="agreements")


class Pupil(Base):
    """A pupil of the register. subject_id: a random ``urn:uuid:…`` that names the pupil in every credential."""

    __tablename__ = "pupil"

    id: Mapped[int] = mapped_column(primary_key=True)
    roster_id: Mapped[str] = mapped_column(unique=True)
    subject_id: Mapped[str] = mapped_column(unique=True)
    last_name: Mapped[str]
    first_name: Mapped[str]
    patronymic: Mapped[str] = mapped_column(default="")
    class_name: Mapped[str] = mapped_column(index=True)
    birth_date: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    consents: Mapped[list[Consent]] = relationship(back_populates="pupil", order_by="Consent.id", passive_deletes="all")


class Mentor(Base):
    """Somebody who leads practice. accredited_until: the last day on which what they confirm may be signed."""

    __tablename__ = "mentor"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    assessor_id: Mapped[str] = mapped_column(unique=True)  # urn:uuid that names the mentor in credentials
    last_name: Mapped[str]
    first_name: Mapped[str]
    patronymic: Mapped[str] = mapped_column(default="")
    origin: Mapped[str]
    position: Mapped[str]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    accredited_until: Mapped[date]
    organization: Mapped[Organization] = relationship()


class Account(Base):
    """A sign-in. role: pupil | mentor | registrar."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(String(16))
    name: Mapped[str]
    password_hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(8))
    pupil_id: Mapped[int | None] = mapped_column(ForeignKey("pupil.id"), unique=True)
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("mentor.id"), unique=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    pupil: Mapped[Pupil | None] = relationship()
    mentor: Mapped[Mentor | None] = relationship()


class SignIn(Base):
    """A signed-in browser: the cookie's token is kept as its SHA-256 only."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship()


class Consent(Base):
    """What a family agreed to. purpose: processing | publication; a withdrawn consent stays as a record."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    basis: Mapped[str]  # "paper": the school holds a signed paper
    given_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    pupil: Mapped[Pupil] = relationship(back_populates="consents")


class Programme(Base):
    """A programme of practice. version grows when what a credential says of it changes."""

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str]
    title: Mapped[str]
    hours: Mapped[int]
    in_person: Mapped[bool]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    skills: Mapped[list[Any]] = mapped_column(JSON)  # skill codes, in the programme's order
    organization: Mapped[Organization] = relationship()


class ProgrammeVersion(Base):
    """What ``/a/<programme>/v<n>`` answers: every version that a signed document may name, for ever."""

    __tablename__ = "programme_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    __table_args__ = (UniqueConstraint("programme_id", "version"),)


class Practice(Base):
    """A result of practice as the school stated it, and what came of it.

    Rows are kept as they were stated, also when they name nobody we know, so that the register can say of every completed
    practice why it is not a credential yet. unmet: codes of practice.gates, in their order; credential_id: once it is one.
    """

    __tablename__ = "practice"
    __table_args__ = (
        UniqueConstraint("pupil_ref", "programme_ref", "start_ref", "end_ref", name="uq_practice_natural"),
        Index("ix_practice_pending", "credential_id", "completed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pupil_ref: Mapped[str]
    programme_ref: Mapped[str]
    mentor_ref: Mapped[str]
    start_ref: Mapped[str]  # ISO date, or the text as stated when it is not a date
    end_ref: Mapped[str]
    pupil_id: Mapped[int | None] = mapped_column(ForeignKey("pupil.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"), index=True)
    mentor_id: Mapped[int | None] = mapped_column(ForeignKey("mentor.id"), index=True)
    hours: Mapped[int | None]
    levels: Mapped[dict[str, Any]] = mapped_column(JSON)  # skill code -> level
    narrative: Mapped[str] = mapped_column(default="")
    completed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(16))  # import | mentor
    source_file: Mapped[str] = mapped_column(default="")
    source_row: Mapped[int | None]
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))  # of everything stated; tells "the same row again"
    unmet: Mapped[list[Any]] = mapped_column(JSON, default=list)
    credential_id: Mapped[str | None] = mapped_column(ForeignKey("credential.id"), unique=True)
    recorded_at: Mapped[datetime]
    pupil: Mapped[Pupil | None] = relationship()
    programme: Mapped[Programme | None] = relationship()
    mentor: Mapped[Mentor | None] = relationship()


class StatusList(Base):
    """A Bitstring Status List: the bits, and the signed list credential as last published."""

    __tablename__ = "status_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    bits: Mapped[bytes] = mapped_column(deferred=True)
    body: Mapped[bytes] = mapped_column(deferred=True)
    allocated: Mapped[int] = mapped_column(default=0)
    signed_at: Mapped[datetime]


class Credential(Base):
    """A signed credential. body: the JSON as it was issued, served as stored and never rebuilt."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("status_list_id", "status_index"),)

    id: Mapped[str] = mapped_column(primary_key=True)  # urn:uuid:…, as in the document
    code: Mapped[str] = mapped_column(String(16), unique=True)  # locator of /v/<code>; stands in no signed byte
    kind: Mapped[str] = mapped_column(String(16))  # badge | clr
    origin: Mapped[str] = mapped_column(String(16))  # practice | export | api
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    body: Mapped[bytes] = mapped_column(deferred=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))  # SHA-256(JCS(secured credential))
    title: Mapped[str]
    pupil_id: Mapped[int | None] = mapped_column(ForeignKey("pupil.id"), index=True)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"), index=True)
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    issued_at: Mapped[datetime] = mapped_column(index=True)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    status_list_id: Mapped[int] = mapped_column(ForeignKey("status_list.id"))
    status_index: Mapped[int]
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None] = mapped_column(String(16))  # error | duplicate | rules
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    suspended_at: Mapped[datetime | None]
    suspended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    superseded_by: Mapped[str | None] = mapped_column(ForeignKey("credential.id"))
    superseded_at: Mapped[datetime | None]
    pupil: Mapped[Pupil | None] = relationship()
    programme: Mapped[Programme | None] = relationship()


class Share(Base):
    """A link under which a pupil shows the portfolio. The token is looked up by SHA-256 and kept sealed for its owner."""

    __tablename__ = "share"

    id: Mapped[int] = mapped_column(primary_key=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token_sealed: Mapped[bytes]
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    views: Mapped[int] = mapped_column(default=0)
    pupil: Mapped[Pupil] = relationship()


class FormKey(Base):
    """A form that was already sent: its one-time key and where the answer went, so that a double click does one thing."""

    __tablename__ = "form_key"

    key_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    outcome: Mapped[str]
    used_at: Mapped[datetime] = mapped_column(index=True)


class Issuer(Base):
    """Another school or a partner whose signatures may be believed, with its DID document as the bytes that came.

    keys: the public keys of that document which somebody here has agreed to; a key that the document gained since waits.
    refused_at: the office does not want it, whatever a list says. fault: why the document could not be had the last time.
    """

    __tablename__ = "issuer"

    did: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[bytes | None] = mapped_column(deferred=True)
    keys: Mapped[list[Any]] = mapped_column(JSON, default=list)
    document_at: Mapped[datetime | None]  # when these bytes were had
    asked_at: Mapped[datetime | None]  # when its host was asked the last time
    fault: Mapped[str | None]
    refused_at: Mapped[datetime | None]
    lines: Mapped[list[TrustLine]] = relationship(
        back_populates="issuer", order_by="TrustLine.id", passive_deletes="all"
    )


class TrustLine(Base):
    """Why an issuer is known: this school's own decision (source ``own``), or the list of the school with that DID."""

    __tablename__ = "trust_line"
    __table_args__ = (UniqueConstraint("did", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    did: Mapped[str] = mapped_column(ForeignKey("issuer.did", ondelete="CASCADE"))
    source: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))  # organisation | school
    names: Mapped[dict[str, Any]] = mapped_column(JSON)  # language -> name
    since: Mapped[date]
    until: Mapped[date | None]
    scope: Mapped[list[Any]] = mapped_column(JSON, default=list)  # credential types; empty for all
    issuer: Mapped[Issuer] = relationship(back_populates="lines")


class ImportedList(Base):
    """Another school's trust list as it was taken in last; an older version is never taken again."""

    __tablename__ = "imported_list"

    did: Mapped[str] = mapped_column(primary_key=True)  # the school whose list it is
    version: Mapped[int]
    body: Mapped[bytes] = mapped_column(deferred=True)
    imported_at: Mapped[datetime]
    in_force: Mapped[bool] = mapped_column(default=True)  # false once the school is no longer followed


class TrustListVersion(Base):
    """A version of this school's own trust list, the bytes as they were signed."""

    __tablename__ = "trust_list_version"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(deferred=True)
    signed_at: Mapped[datetime]


class FetchedList(Base):
    """A foreign status list as it was fetched, or why it could not be: kept until ``expires_at`` so that nobody is pestered."""

    __tablename__ = "fetched_list"

    url: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes | None] = mapped_column(deferred=True)
    fault: Mapped[str | None]
    fetched_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiToken(Base):
    """A token under which an organisation's program issues. The token is kept as its SHA-256 only.

    ogrn: the number that its DID has, which stays when the organisation's own number is corrected.
    """

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    ogrn: Mapped[str] = mapped_column(String(15))
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    label: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    organization: Mapped[Organization] = relationship()


class ApiCredential(Base):
    """A credential that a program asked for. request_digest: SHA-256 of what it asked, which tells "the same again"."""

    __tablename__ = "api_credential"

    credential_id: Mapped[str] = mapped_column(ForeignKey("credential.id"), primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"), index=True)
    request_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    credential: Mapped[Credential] = relationship()
    token: Mapped[ApiToken] = relationship()


class UsedChallenge(Base):
    """A challenge of ours that a presentation has answered: it is not answered twice while it lives."""

    __tablename__ = "used_challenge"

    challenge_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
