"""One HTML file that verifies without a network, with everything inside that this school knows at this moment.

The file's parts lie in ``templates/verifier``: modules of our own JavaScript, which are joined here, a page and a stylesheet.
``docs/formats/offline-verifier.md`` says what is in the file and how it is checked.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from portfolio import resources
from portfolio.errors import N_
from portfolio.i18n import LOCALES, translations
from portfolio.ports import Ports
from portfolio.services.material import own_material
from portfolio.services.setup import HomeView, home_of
from portfolio.storage import credentials, status_lists
from portfolio.storage.engine import Session
from portfolio.vc import jsontext
from portfolio.vc.contexts import VERIFIED_CONTEXTS, frozen_contexts
from portfolio.vc.credential import format_datetime
from portfolio.vc.verification import Material, TrustedIssuer

FILE_NAME: Final = "orientir-verifier.html"

_ENTRY: Final = "page"
_FONTS: Final = {"golos-text-cyrillic": "U+0301, U+0400-045F, U+0490-0491, U+04B0-04B1, U+2116", "golos-text-latin": ""}
_IMPORT: Final = re.compile(r'^import \{ ([\w$, ]+) \} from "\./([a-z]+)\.mjs";$', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_NAMESPACE: Final = re.compile(r"https?://.*[/#]")
_SENTENCE: Final = re.compile(r'\bN_\("((?:[^"\\]|\\.)*)"\)')
_TITLE: Final = N_("Check a file without the internet")
_NEEDS_JAVASCRIPT: Final = N_(
    "This page checks files with JavaScript, on this computer alone. Please allow it and open the page anew."
)


@dataclass(frozen=True)
class VerifierFile:
    """The file. made: the moment that it is true of; sha256: of its bytes, in hexadecimal."""

    html: bytes
    made: datetime
    sha256: str


def verifier_file(ports: Ports) -> VerifierFile:
    """Make the file. Raises ConfigurationError where there is no home."""
    made = ports.now().replace(microsecond=0)
    with ports.sessions.read() as session:
        home = home_of(session, ports)
        known = knowledge(
            own_material(ports, session, home, None),
            made=made,
            school=home.name,
            zone=str(ports.settings.timezone),
            lists=dict(_own_lists(session, home)),
            register=dict(_register(session)),
        )
    data = page(known).encode()
    return VerifierFile(data, made, hashlib.sha256(data).hexdigest())


# --- what it knows


def knowledge(
    material: Material,
    *,
    made: datetime,
    school: str,
    zone: str,
    lists: Mapping[str, Any],
    register: Mapping[str, Any],
) -> dict[str, Any]:
    """What goes into the page, as JSON: the issuers known to this verifier, their DID documents, the words it can say.

    zone: name of the school's time zone; lists: address → status list; register: see ``_register``.
    """
    documents = {did: material.resolve(did) for did in material.trusted}
    return {
        "made": format_datetime(made),
        "school": school,
        "zone": zone,
        "own": sorted(material.own_dids),
        "known": {did: _known(issuer) for did, issuer in material.trusted.items()},
        "documents": {did: document for did, document in documents.items() if document is not None},
        "lists": dict(lists),
        "register": dict(register),
        "vocabulary": _vocabulary(),
        "words": {sentence: translations("ru", UTC).gettext(sentence) for sentence in sorted(_sentences())},
    }


def _known(issuer: TrustedIssuer) -> dict[str, Any]:
    members = ("name", "own", "kind", "agreement", "source", "since", "until")
    known = {name: _text(getattr(issuer, name)) for name in members}
    return {**known, "scope": list(issuer.scope)}


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _own_lists(session: Session, home: HomeView) -> Iterator[tuple[str, Any]]:
    for found in status_lists.all_lists(session):
        yield home.identity_links.status_list(found.id), jsontext.loads(found.body)


def _register(session: Session) -> Iterator[tuple[str, dict[str, str]]]:
    """What is not in force, each by the SHA-256 of its id: whoever has a file finds it, and nobody else learns an id."""
    for row in credentials.not_in_force(session):
        said = {
            "revoked": row.revoked_at and format_datetime(row.revoked_at),
            "superseded": row.superseded_by and "true",
            "suspended": row.suspended_at and format_datetime(row.suspended_at),
        }
        digest = hashlib.sha256(row.id.encode()).hexdigest()
        yield digest, {name: found for name, found in said.items() if found}


def _vocabulary() -> dict[str, Any]:
    """The known ``@context`` arrays, the words that each context defines anywhere, those that hold any JSON, and the
    namespaces of all of them.
    """
    contexts = frozen_contexts()
    used = sorted({address for array in VERIFIED_CONTEXTS for address in array})
    terms = {address: list(_terms(contexts[address]["@context"])) for address in used}
    defined = [term for found in terms.values() for term in found]
    return {
        "arrays": [list(array) for array in sorted(VERIFIED_CONTEXTS)],
        "words": {address: sorted({name for name, _ in found}) for address, found in terms.items()},
        "free": sorted({name for name, definition in defined if definition.get("@type") == "@json"}),
        "namespaces": sorted(
            {found[0] for _, definition in defined if (found := _NAMESPACE.match(_address(definition)))}
        ),
    }


def _terms(context: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Each term of a context and of those inside it, with its definition as an object."""
    if isinstance(context, list):
        for item in context:
            yield from _terms(item)
    elif isinstance(context, Mapping):
        for name, definition in context.items():
            if not name.startswith("@") and definition is not None:
                yield name, definition if isinstance(definition, Mapping) else {"@id": definition}
            if isinstance(definition, Mapping):
                yield from _terms(definition.get("@context"))


def _address(definition: Mapping[str, object]) -> str:
    return str(definition.get("@id", ""))


# --- the page


def page(known: Mapping[str, Any]) -> str:
    """The page around this knowledge. Its own Content Security Policy allows this very script and style, and no connection."""
    script, style = _script(), _style()
    said = {locale: translations(locale, UTC) for locale in LOCALES}
    noscript = "".join(
        f'<p class="notice caution" lang="{locale}">{html.escape(say.gettext(_NEEDS_JAVASCRIPT))}</p>'
        for locale, say in said.items()
    )
    policy = (
        f"default-src 'none'; script-src '{_pin(script)}'; style-src '{_pin(style)}'; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": html.escape(said["ru"].gettext(_TITLE)),
        "style": style,
        "noscript": noscript,
        # Inside a script element only its end tag and a comment's start have a meaning.
        "data": json.dumps(known, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c"),
        "script": script,
    }
    template = (_folder() / "page.html").read_text("utf-8")
    return re.sub(r"\{\{ (\w+) \}\}", lambda gap: parts[gap[1]], template)


def _script() -> str:
    """The modules in one script, each in a scope of its own, what is imported before what imports it."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in order:
            for _, other in _IMPORT.findall(_module(name)):
                visit(other)
            order.append(name)

    visit(_ENTRY)
    return "\n" + "\n".join(_scoped(name) for name in order)


def _scoped(name: str) -> str:
    source = _module(name)
    exported = ", ".join(_EXPORT.findall(source))
    body = _EXPORT.sub("", _IMPORT.sub(r"const { \1 } = module_\2;", source)).strip()
    return f'const module_{name} = (() => {{\n"use strict";\n{body}\nreturn {{ {exported} }};\n}})();\n'


def _style() -> str:
    """The school's stylesheet with two of its fonts inside, and what only this page needs."""
    sheet = (resources.static() / "orientir.css").read_text("utf-8")
    fonts = "".join(_font(name, span) for name, span in _FONTS.items())
    return "\n" + fonts + re.sub(r"@font-face \{[^}]*\}\n?", "", sheet) + (_folder() / "page.css").read_text("utf-8")


def _font(name: str, span: str) -> str:
    data = base64.b64encode((resources.static() / "fonts" / f"{name}.woff2").read_bytes()).decode("ascii")
    span = f" unicode-range: {span};" if span else ""
    return (
        f'@font-face {{ font-family: "Golos Text"; font-weight: 400 900;{span} '
        f'src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n'
    )


def _pin(source: str) -> str:
    """The source expression of Content Security Policy 3 that allows exactly this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")


def _sentences() -> set[str]:
    sources = [path.read_text("utf-8") for path in _folder().glob("*.mjs")]
    return {json.loads(f'"{found}"') for source in sources for found in _SENTENCE.findall(source)}


def _module(name: str) -> str:
    return (_folder() / f"{name}.mjs").read_text("utf-8")


def _folder() -> Path:
    return resources.templates() / "verifier"
