"""The judges: three independent verifiers, asked in one way, their network being the documents that they are handed.

Nothing of a judge is replaced but the fetch: ``fetch`` for verifier-core, the document loader for Digital Bazaar, the
``download`` argument for openbadgeslib. Every check that judges is theirs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError

HERE = Path(__file__).resolve().parent

Document = dict[str, Any]

ACCEPTS, REVOKED, NOT_IN_DATE, REFUSES, NOT_ITS_KIND = "accepts", "revoked", "not in date", "refuses", "not its kind"

_SAYS_NOT_ITS_KIND = (
    "insufficient proofs matched the acceptable suite",  # Digital Bazaar
    "carries no supported Data Integrity proof",  # openbadgeslib, and the next
    "is not an OpenBadgeCredential",
    "JWT payload is missing the required 'iss' claim",
)


class Unavailable(Exception):
    """A judge is not installed here; the message says what to do."""


@dataclass(frozen=True)
class Judgement:
    """word: ACCEPTS, REVOKED (the signature holds), NOT_IN_DATE, REFUSES or NOT_ITS_KIND; why: the judge's own messages."""

    word: str
    why: tuple[str, ...] = ()

    @classmethod
    def refusal(cls, why: tuple[str, ...]) -> Judgement:
        """It was not accepted: because it does not hold, or because the judge is not made for it."""
        not_its_kind = any(phrase in message for phrase in _SAYS_NOT_ITS_KIND for message in why)
        return cls(NOT_ITS_KIND if not_its_kind else REFUSES, why)


class Judge(Protocol):
    """An independent verifier. name: the package; version: as installed."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def judge(self, credentials: Sequence[Document], documents: Mapping[str, object]) -> list[Judgement]:
        """A judgement for each credential. documents: address or DID → the JSON that it leads to."""
        ...


# --- from npm


def node() -> str:
    """Where node is. Raises Unavailable without it or the packages."""
    found = shutil.which("node")
    if found is None:
        raise Unavailable("node is not installed")
    if not (HERE / "node_modules" / "@digitalbazaar" / "eddsa-jcs-2022-cryptosuite").is_dir():
        raise Unavailable("the judges are not installed: npm ci --prefix tests/interop --ignore-scripts")
    return found


def ask(script: str, question: Mapping[str, object]) -> Any:
    """What a script of this folder answers to one JSON value. Raises Unavailable."""
    finished = subprocess.run(
        [node(), str(HERE / f"{script}.mjs")],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


@cache
def npm_version(package: str) -> str:
    """The exact version that the manifest here asks for."""
    found: str = json.loads((HERE / "package.json").read_bytes())["dependencies"][package]
    return found


@dataclass(frozen=True)
class DigitalBazaar:
    """``@digitalbazaar/vc`` with the cryptosuites named: validity dates first, then the signature, then the status list.

    Of a proof set it asks that one proof of its suites holds.
    """

    suites: tuple[str, ...] = ("eddsa-rdfc-2022",)
    name = "@digitalbazaar/vc"

    @property
    def version(self) -> str:
        return npm_version(self.name)

    def judge(self, credentials: Sequence[Document], documents: Mapping[str, object]) -> list[Judgement]:
        question = {"credentials": credentials, "documents": documents, "suites": self.suites}
        return [self._judgement(verdict) for verdict in ask("digitalbazaar", question)]

    @staticmethod
    def _judgement(verdict: Document) -> Judgement:
        why = tuple(verdict["errors"])
        if verdict["revoked"]:
            return Judgement(REVOKED, why)
        if verdict["verified"]:
            return Judgement(ACCEPTS, why)
        if any("current date" in message for message in why):
            return Judgement(NOT_IN_DATE, why)
        return Judgement.refusal(why)


@dataclass(frozen=True)
class VerifierCore:
    """``@digitalcredentials/verifier-core``: signature, expiry, status, and the published schema where it can be had.

    Its step about a register of issuers is left out: none is given. To a kind of proof that it does not know it answers as
    to a broken one.
    """

    name = "@digitalcredentials/verifier-core"

    @property
    def version(self) -> str:
        return npm_version(self.name)

    def judge(self, credentials: Sequence[Document], documents: Mapping[str, object]) -> list[Judgement]:
        return [
            self._judgement(verdict)
            for verdict in ask("verifier-core", {"credentials": credentials, "documents": documents})
        ]

    @staticmethod
    def _judgement(verdict: Document) -> Judgement:
        why = tuple(verdict["errors"])
        steps = verdict["steps"]
        if steps.get("valid_signature") is not True or why:
            return Judgement(REFUSES, why)
        if steps.get("revocation_status") is False:
            return Judgement(REVOKED, why)
        if steps.get("expiration") is False:
            return Judgement(NOT_IN_DATE, why)
        return Judgement(ACCEPTS)


# --- from PyPI


@dataclass(frozen=True)
class OpenBadges:
    """``openbadgeslib`` with its extra ``ldp``: eddsa-rdfc-2022, JSON-LD form, validity dates, Bitstring Status List.

    It judges Open Badges alone, looks at no other proof of a set, and checks the signature of a status list only when that
    is a JWT: with a list under Data Integrity it takes the bit on the word of whoever serves it.
    """

    name = "openbadgeslib"

    @property
    def version(self) -> str:
        return version(self.name)

    def judge(self, credentials: Sequence[Document], documents: Mapping[str, object]) -> list[Judgement]:
        return [self._judgement(credential, documents) for credential in credentials]

    @staticmethod
    def _judgement(credential: Document, documents: Mapping[str, object]) -> Judgement:
        def download(url: str) -> bytes:
            if url not in documents:
                raise LookupError("not among the documents at hand")
            return json.dumps(documents[url]).encode()

        text = json.dumps(credential)
        try:
            OB3LdpVerifier().verify(text, check_status=True, verify_status_list=False, download=download)
        except OB3VerificationError as error:
            why = str(error)
            if "Credential status 'revocation' is set" in why:
                return Judgement(REVOKED, (why,))
            if "Credential has expired" in why or "Credential is not yet valid" in why:
                return Judgement(NOT_IN_DATE, (why,))
            return Judgement.refusal((why,))
        return Judgement(ACCEPTS)


JUDGES: tuple[Judge, ...] = (DigitalBazaar(), VerifierCore(), OpenBadges())
