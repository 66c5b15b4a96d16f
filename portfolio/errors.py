"""The error taxonomy: one class for each thing that can go wrong, with its RFC 9457 type, title and HTTP status.

A class names *what* is wrong; ``detail`` says where, in technical English and without personal data;
``params`` carry the figures a door needs to tell a person the same thing in their language.

Types that begin with ``/problems#`` are the product's own: the web door makes them absolute under the school's address,
where ``/problems`` explains each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from portfolio.messages import N_ as N_
from portfolio.messages import Message as Message

_VCDM = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS_LIST = "https://www.w3.org/ns/credentials/status-list#"


@dataclass(frozen=True)
class Problem:
    """One finding, ready to be an RFC 9457 object.

    type: the problem type's URL (or ``/problems#…``); title: short English text; detail: technical, without personal data;
    path: JSON path of the member at fault (``$.issuer.id``), where there is one; severity: ``error`` or ``warning``
    (W3C VCALM: a warning need not make a document unverified).
    """

    type: str
    title: str
    detail: str = ""
    path: str | None = None
    severity: str = "error"

    def as_dict(self) -> dict[str, str]:
        """The object that stands in ``problemDetails``: ``type``, ``title`` and what else is known."""
        found = {"type": self.type, "title": self.title}
        if self.detail:
            found["detail"] = self.detail
        if self.path is not None:
            found["path"] = self.path
        if self.severity != "error":
            found["severity"] = self.severity
        return found


class OrientirError(Exception):
    """Anything this product raises on purpose.

    detail: technical English, no personal data. path: JSON path where it applies. params: figures for programs.
    message: the sentence that a person reads, translated by the doors; ``title`` where nothing more exact was given.
    remedy: what whoever runs the product has to know and do; the command line says it, pages do not.
    """

    type: ClassVar[str] = "about:blank"
    code: ClassVar[str] = "error"
    title: ClassVar[str] = N_("Something went wrong.")
    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str = "",
        *,
        path: str | None = None,
        params: Mapping[str, object] | None = None,
        message: Message | None = None,
        remedy: Message | None = None,
    ) -> None:
        detail = detail or str(remedy or message or "")
        super().__init__(detail or self.title)
        self.detail = detail
        self.path = path
        self.params: Mapping[str, object] = params or {}
        self.message = message or Message(self.title)
        self.remedy = remedy

    def problem(self) -> Problem:
        """The same finding as a value."""
        return Problem(self.type, self.title, self.detail, self.path)


# --- documents: W3C VCDM 2.0 §"Problem Details"


class DocumentError(OrientirError):
    """A document that someone brought does not hold; never our fault, never a crash."""

    status = 400


class ParsingError(DocumentError):
    """The bytes are not the JSON that was expected."""

    type = _VCDM + "PARSING_ERROR"
    code = "parsing_error"
    title = N_("The file could not be read.")


class CryptographicSecurityError(DocumentError):
    """The securing mechanism of the document does not hold."""

    type = _VCDM + "CRYPTOGRAPHIC_SECURITY_ERROR"
    code = "cryptographic_security_error"
    title = N_("The document is not secured as it should be.")


class MalformedValueError(DocumentError):
    """A member has a value that its definition does not allow."""

    type = _VCDM + "MALFORMED_VALUE_ERROR"
    code = "malformed_value_error"
    title = N_("A value in the document is malformed.")


class RangeError(DocumentError):
    """A figure lies outside its range."""

    type = _VCDM + "RANGE_ERROR"
    code = "range_error"
    title = N_("A value in the document is out of range.")


# --- proofs: W3C VC Data Integrity 1.0 §"Processing Errors"


class ProofGenerationError(DocumentError):
    """A proof cannot be made for this document and these options."""

    type = _SECURITY + "PROOF_GENERATION_ERROR"
    code = "proof_generation_error"
    title = N_("The document cannot be signed.")


class ProofVerificationError(DocumentError):
    """A proof is missing, malformed or does not match its document."""

    type = _SECURITY + "PROOF_VERIFICATION_ERROR"
    code = "proof_verification_error"
    title = N_("The signature does not match the document.")


class ProofTransformationError(DocumentError):
    """The document cannot be brought to its canonical form."""

    type = _SECURITY + "PROOF_TRANSFORMATION_ERROR"
    code = "proof_transformation_error"
    title = N_("The document cannot be brought to its canonical form.")


class DataLossDetectionError(ProofTransformationError):
    """Something in the document would not be covered by the signature (Data Integrity §"Processing Model")."""

    type = _SECURITY + "DATA_LOSS_DETECTION_ERROR"
    code = "data_loss_detection_error"
    title = N_("The document holds something that a signature would not cover.")


class InvalidDomainError(DocumentError):
    """The proof was made for another domain."""

    type = _SECURITY + "INVALID_DOMAIN_ERROR"
    code = "invalid_domain_error"
    title = N_("The signature was made for another recipient.")


class InvalidChallengeError(DocumentError):
    """The proof answers another challenge."""

    type = _SECURITY + "INVALID_CHALLENGE_ERROR"
    code = "invalid_challenge_error"
    title = N_("The signature answers another request.")


# --- identifiers: W3C Controlled Identifiers 1.0 §3.5


class InvalidVerificationMethodUrl(DocumentError):
    """The verification method is not named by a usable URL, or its document cannot be had."""

    type = _SECURITY + "INVALID_VERIFICATION_METHOD_URL"
    code = "invalid_verification_method_url"
    title = N_("The address of the signing key is not usable.")


class InvalidControlledIdentifierDocument(DocumentError):
    """What the identifier resolves to is not a controlled identifier document."""

    type = _SECURITY + "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"
    code = "invalid_controlled_identifier_document"
    title = N_("The issuer's key document is malformed.")


class InvalidControlledIdentifierDocumentId(DocumentError):
    """The document that was found names another identifier."""

    type = _SECURITY + "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID"
    code = "invalid_controlled_identifier_document_id"
    title = N_("The issuer's key document belongs to someone else.")


class InvalidVerificationMethod(DocumentError):
    """The key that the document holds under this name is unusable."""

    type = _SECURITY + "INVALID_VERIFICATION_METHOD"
    code = "invalid_verification_method"
    title = N_("The signing key is not usable.")


class InvalidRelationshipForVerificationMethod(DocumentError):
    """The key exists and may not be used for this purpose."""

    type = _SECURITY + "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"
    code = "invalid_relationship_for_verification_method"
    title = N_("The signing key may not be used for this.")


# --- status lists: W3C Bitstring Status List 1.0 §"Processing Errors"


class StatusRetrievalError(DocumentError):
    """The status list cannot be had."""

    type = _STATUS_LIST + "STATUS_RETRIEVAL_ERROR"
    code = "status_retrieval_error"
    title = N_("The revocation list could not be read.")


class StatusVerificationError(DocumentError):
    """The status list does not hold, or serves another purpose."""

    type = _STATUS_LIST + "STATUS_VERIFICATION_ERROR"
    code = "status_verification_error"
    title = N_("The revocation list does not hold.")


class StatusListLengthError(DocumentError):
    """The status list is shorter than herd privacy needs."""

    type = _STATUS_LIST + "STATUS_LIST_LENGTH_ERROR"
    code = "status_list_length_error"
    title = N_("The revocation list is too short.")


# --- the HTTP interface: W3C VCALM


class LedgerError(DocumentError):
    """The log, a checkpoint or a proof from it does not hold, or is not in its format."""

    type = "/problems#ledger"
    code = "ledger"
    title = N_("The entry in the public journal does not hold.")


class UnknownOptionProvided(DocumentError):
    """A request names an option that this endpoint does not know."""

    type = "https://www.w3.org/TR/vcalm#UNKNOWN_OPTION_PROVIDED"
    code = "unknown_option_provided"
    title = N_("The request has an option that is not known here.")


# --- the product's own


class InvalidInput(OrientirError):
    """A person or a program sent a value that cannot be accepted; nothing was changed."""

    type = "/problems#invalid-input"
    code = "invalid_input"
    title = N_("A value cannot be accepted. Nothing was changed.")
    status = 422


class NotSignedIn(OrientirError):
    """The page needs a signed-in person."""

    type = "/problems#not-signed-in"
    code = "not_signed_in"
    title = N_("Please sign in first.")
    status = 401


class BadToken(OrientirError):
    """A program needs the token of an organisation for this, and brought none that is in force."""

    type = "/problems#bad-token"
    code = "bad_token"
    title = N_("This needs the token of an organisation, and none that is in force was sent.")
    status = 401


class Forbidden(OrientirError):
    """The signed-in person may not do this."""

    type = "/problems#forbidden"
    code = "forbidden"
    title = N_("You may not do this.")
    status = 403


class NotFound(OrientirError):
    """There is no such thing, or it is not for the asker to know."""

    type = "/problems#not-found"
    code = "not_found"
    title = N_("There is no such record.")
    status = 404


class Closed(OrientirError):
    """It was there, and its owner closed it, or its time is over. ``params["why"]``: closed | expired | consent."""

    type = "/problems#closed"
    code = "closed"
    title = N_("The owner has closed access.")
    status = 410


class Conflict(OrientirError):
    """The wish contradicts what is recorded already."""

    type = "/problems#conflict"
    code = "conflict"
    title = N_("This contradicts what is already recorded.")
    status = 409


class GatesUnmet(OrientirError):
    """A credential may not be signed yet. ``params["codes"]``: the unmet conditions by name (practice.gates)."""

    type = "/problems#gates-unmet"
    code = "gates_unmet"
    title = N_("This cannot be signed yet: a condition is not met.")
    status = 422

    @property
    def codes(self) -> tuple[str, ...]:
        """The unmet conditions by name."""
        found = self.params.get("codes", ())
        return tuple(str(code) for code in found) if isinstance(found, (tuple, list)) else ()


class TooLarge(OrientirError):
    """The input is larger than this entrance takes."""

    type = "/problems#too-large"
    code = "too_large"
    title = N_("The file is too large.")
    status = 413


class TooManyRequests(OrientirError):
    """The asker is asking too fast."""

    type = "/problems#too-many-requests"
    code = "too_many_requests"
    title = N_("Too many requests. Please wait a minute.")
    status = 429


class Unavailable(OrientirError):
    """A part of the product that this needs is missing or busy; ``detail`` says which and how to bring it back."""

    type = "/problems#unavailable"
    code = "unavailable"
    title = N_("This part is not available right now.")
    status = 503


class FetchFailed(Unavailable):
    """Something of another school could not be fetched; ``detail`` says why, and nothing was taken in."""

    title = N_("It could not be fetched from the other school.")


class ConfigurationError(OrientirError):
    """The environment or the home directory is not fit to start with; ``faults``: every finding, as a sentence."""

    type = "/problems#configuration"
    code = "configuration"
    title = N_("The settings are not right.")

    def __init__(self, faults: Sequence[Message]) -> None:
        said = [str(fault) for fault in faults]
        super().__init__("; ".join(said), params={"faults": said})
        self.faults = tuple(faults)
