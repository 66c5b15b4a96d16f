"""Every public address that ends up inside a signature, a QR code or print. Version 1.

Addresses are for ever: this file changes by adding only, and nothing else in the product builds one.
All paths are ASCII; a programme, skill or organisation is named by its code, never by its title.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from portfolio.messages import N_, Message

# Crockford's base 32 in lower case: no i, l, o, u, so that a code survives being read aloud and typed.
CODE_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
CODE_LENGTH = 16
_LOOKALIKES = str.maketrans(
    {"i": "1", "l": "1", "o": "0", "-": None, " ": None, "\u00a0": None, "\u2011": None, "\u2013": None}
)


def new_code(entropy: bytes | None = None) -> str:
    """A fresh locator of 16 Crockford characters from 10 random bytes (80 bits)."""
    number = int.from_bytes(entropy if entropy is not None else secrets.token_bytes(10), "big")
    return "".join(CODE_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(CODE_LENGTH)))


def grouped(code: str) -> str:
    """The code as it is printed: four groups of four, ``k7qm-2x9r-tpw4-zsve``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def normalized_code(text: str) -> str | None:
    """The code that a person meant: any case, any grouping, i/l read as 1, o as 0; None when it cannot be one."""
    code = text.strip().lower().translate(_LOOKALIKES)
    if len(code) == CODE_LENGTH and all(character in CODE_ALPHABET for character in code):
        return code
    return None


def fault_of_base_url(url: str) -> Message | None:
    """What is wrong with a base URL (``https://host[:port]``, no path), or None."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return Message(N_("is not a URL"))
    if parts.scheme not in ("http", "https"):
        return Message(N_("must begin with https:// (or http:// for a trial on this machine)"))
    if not parts.hostname or parts.username is not None or port == 0:
        return Message(N_("must name a host"))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return Message(N_("must be a bare address without a path"))
    if not parts.netloc.isascii():
        return Message(N_("must be written in ASCII (punycode for a Cyrillic domain)"))
    return None


@dataclass(frozen=True)
class Permalinks:
    """Builds the public addresses under one base URL, ``https://host[:port]`` without a trailing slash."""

    base_url: str

    def __post_init__(self) -> None:
        fault = fault_of_base_url(self.base_url)
        if fault:
            raise ValueError(f"base URL {fault}")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def host(self) -> str:
        """Host and port, as printed beside a QR code."""
        return urlsplit(self.base_url).netloc

    def verification(self, code: str) -> str:
        """The verification page of one credential: what its QR code holds."""
        return f"{self.base_url}/v/{code}"

    def share(self, token: str) -> str:
        """A portfolio as its owner shares it."""
        return f"{self.base_url}/p/{token}"

    def status_list(self, number: int) -> str:
        """The Bitstring Status List with this number."""
        return f"{self.base_url}/status/{number}"

    def achievement(self, programme: str, version: int) -> str:
        """The definition of what is awarded: one version of one programme."""
        return f"{self.base_url}/a/{quote(programme.lower(), safe='')}/v{version}"

    def skill(self, code: str) -> str:
        """The definition of one skill of the school's framework."""
        return f"{self.base_url}/skills/{quote(code, safe='')}"

    def evidence(self, identifier: str) -> str:
        """The card of one piece of evidence (never the file itself)."""
        return f"{self.base_url}/e/{identifier}"

    def organisation(self, ogrn: str) -> str:
        """An organisation, by its state registration number."""
        return f"{self.base_url}/o/{ogrn}"

    def organisation_did_document(self, ogrn: str) -> str:
        """The DID document of an organisation that issues under this address."""
        return f"{self.base_url}/o/{ogrn}/did.json"

    def did_document(self) -> str:
        """The school's own DID document."""
        return f"{self.base_url}/.well-known/did.json"

    def trust_list(self) -> str:
        """The signed list of issuers that this school knows."""
        return f"{self.base_url}/.well-known/trust-list.json"

    def verify(self) -> str:
        """The page where a file is checked."""
        return f"{self.base_url}/verify"

    def problem(self, relative: str) -> str:
        """The page that explains one of the product's own problem types (``/problems#…``)."""
        return f"{self.base_url}{relative}"
