"""Verifiable credentials: what one is and whether it holds.

The whole room is pure: it takes documents, keys' signatures and moments as arguments, and reaches for no network, database
or clock. What stands below is its public face; each name is loaded from its module when it is first asked for, so that
importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portfolio.vc.canonicalization import COLLECTION_LIMITS as COLLECTION_LIMITS
    from portfolio.vc.canonicalization import CREDENTIAL_LIMITS as CREDENTIAL_LIMITS
    from portfolio.vc.canonicalization import Limits as Limits
    from portfolio.vc.canonicalization import canonicalize_jcs as canonicalize_jcs
    from portfolio.vc.canonicalization import canonicalize_rdfc as canonicalize_rdfc
    from portfolio.vc.clr import clr_credential as clr_credential
    from portfolio.vc.clr import nested_credentials as nested_credentials
    from portfolio.vc.credential import check_credential as check_credential
    from portfolio.vc.credential import parse_credential as parse_credential
    from portfolio.vc.cryptosuites import CRYPTOSUITES as CRYPTOSUITES
    from portfolio.vc.cryptosuites import EDDSA_JCS_2022 as EDDSA_JCS_2022
    from portfolio.vc.cryptosuites import EDDSA_RDFC_2022 as EDDSA_RDFC_2022
    from portfolio.vc.cryptosuites import Cryptosuite as Cryptosuite
    from portfolio.vc.data_integrity import ProofResult as ProofResult
    from portfolio.vc.data_integrity import add_proof as add_proof
    from portfolio.vc.data_integrity import add_proof_set as add_proof_set
    from portfolio.vc.data_integrity import proofs_of as proofs_of
    from portfolio.vc.data_integrity import verify_proof as verify_proof
    from portfolio.vc.data_integrity import verify_proof_set as verify_proof_set
    from portfolio.vc.did import VerificationKey as VerificationKey
    from portfolio.vc.did import VerificationMethod as VerificationMethod
    from portfolio.vc.did import did_document as did_document
    from portfolio.vc.did import did_key as did_key
    from portfolio.vc.did import did_key_document as did_key_document
    from portfolio.vc.did import did_web as did_web
    from portfolio.vc.did import did_web_url as did_web_url
    from portfolio.vc.did import retrieve_verification_method as retrieve_verification_method
    from portfolio.vc.envelopes import envelope as envelope
    from portfolio.vc.jose import sign_token as sign_token
    from portfolio.vc.multikey import PublicKey as PublicKey
    from portfolio.vc.multikey import decode_multikey as decode_multikey
    from portfolio.vc.multikey import ed25519_key as ed25519_key
    from portfolio.vc.open_badges import Achievement as Achievement
    from portfolio.vc.open_badges import Assessor as Assessor
    from portfolio.vc.open_badges import Badge as Badge
    from portfolio.vc.open_badges import Organisation as Organisation
    from portfolio.vc.open_badges import Practice as Practice
    from portfolio.vc.open_badges import Skill as Skill
    from portfolio.vc.open_badges import SkillResult as SkillResult
    from portfolio.vc.open_badges import endorsement_credential as endorsement_credential
    from portfolio.vc.open_badges import open_badge_credential as open_badge_credential
    from portfolio.vc.open_badges import read_badge as read_badge
    from portfolio.vc.profile import STRICT as STRICT
    from portfolio.vc.profile import Profile as Profile
    from portfolio.vc.rosette import rosette_path as rosette_path
    from portfolio.vc.schema import check_schema as check_schema
    from portfolio.vc.schema import schema_for as schema_for
    from portfolio.vc.status_list import Bitstring as Bitstring
    from portfolio.vc.status_list import status_list_credential as status_list_credential
    from portfolio.vc.status_list import status_list_entry as status_list_entry
    from portfolio.vc.trust_list import ListedIssuer as ListedIssuer
    from portfolio.vc.trust_list import TrustList as TrustList
    from portfolio.vc.trust_list import read_trust_list as read_trust_list
    from portfolio.vc.trust_list import trust_list_document as trust_list_document
    from portfolio.vc.validation import EXIT_CODES as EXIT_CODES
    from portfolio.vc.validation import Policy as Policy
    from portfolio.vc.validation import PresentationVerdict as PresentationVerdict
    from portfolio.vc.validation import State as State
    from portfolio.vc.validation import Verdict as Verdict
    from portfolio.vc.validation import validate as validate
    from portfolio.vc.validation import validate_presentation as validate_presentation
    from portfolio.vc.verification import Endorsement as Endorsement
    from portfolio.vc.verification import Material as Material
    from portfolio.vc.verification import Outcome as Outcome
    from portfolio.vc.verification import PresentationResult as PresentationResult
    from portfolio.vc.verification import RecordFacts as RecordFacts
    from portfolio.vc.verification import References as References
    from portfolio.vc.verification import SchemaFact as SchemaFact
    from portfolio.vc.verification import StatusFact as StatusFact
    from portfolio.vc.verification import Step as Step
    from portfolio.vc.verification import TrustedIssuer as TrustedIssuer
    from portfolio.vc.verification import VerificationResult as VerificationResult
    from portfolio.vc.verification import references as references
    from portfolio.vc.verification import verify_credential as verify_credential
    from portfolio.vc.verification import verify_presentation as verify_presentation

_MODULES = {
    "canonicalization": (
        "COLLECTION_LIMITS",
        "CREDENTIAL_LIMITS",
        "Limits",
        "canonicalize_jcs",
        "canonicalize_rdfc",
    ),
    "clr": (
        "clr_credential",
        "nested_credentials",
    ),
    "credential": (
        "check_credential",
        "parse_credential",
    ),
    "cryptosuites": (
        "CRYPTOSUITES",
        "EDDSA_JCS_2022",
        "EDDSA_RDFC_2022",
        "Cryptosuite",
    ),
    "data_integrity": (
        "ProofResult",
        "add_proof",
        "add_proof_set",
        "proofs_of",
        "verify_proof",
        "verify_proof_set",
    ),
    "did": (
        "VerificationKey",
        "VerificationMethod",
        "did_document",
        "did_key",
        "did_key_document",
        "did_web",
        "did_web_url",
        "retrieve_verification_method",
    ),
    "envelopes": ("envelope",),
    "jose": ("sign_token",),
    "multikey": (
        "PublicKey",
        "decode_multikey",
        "ed25519_key",
    ),
    "open_badges": (
        "Achievement",
        "Assessor",
        "Badge",
        "Organisation",
        "Practice",
        "Skill",
        "SkillResult",
        "endorsement_credential",
        "open_badge_credential",
        "read_badge",
    ),
    "profile": (
        "STRICT",
        "Profile",
    ),
    "rosette": ("rosette_path",),
    "schema": (
        "check_schema",
        "schema_for",
    ),
    "status_list": (
        "Bitstring",
        "status_list_credential",
        "status_list_entry",
    ),
    "trust_list": (
        "ListedIssuer",
        "TrustList",
        "read_trust_list",
        "trust_list_document",
    ),
    "validation": (
        "EXIT_CODES",
        "Policy",
        "PresentationVerdict",
        "State",
        "Verdict",
        "validate",
        "validate_presentation",
    ),
    "verification": (
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
        "references",
        "verify_credential",
        "verify_presentation",
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
