"""The conformance profile: what it allows beyond the product's own, and that nothing else goes with it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from portfolio.errors import DocumentError
from portfolio.vc.conformance import CONTEXT_EXAMPLES, check_unsecured, conformance_profile, issue
from portfolio.vc.contexts import CONTEXT_DI2, CONTEXT_OB3, CONTEXT_VC1, CONTEXT_VC2
from portfolio.vc.profile import STRICT
from portfolio.vc.validation import State, validate
from portfolio.vc.verification import Material, verify_credential
from tests.unit.vc.signers import NOW, SIGNED_AT, STRANGER

REPOSITORY = Path(__file__).resolve().parents[3]
ALLOWED = "conformance"  # rooms whose name begins so are the conformance command's own


def unsigned(*contexts: Any, base: str = CONTEXT_VC2, **members: Any) -> dict[str, Any]:
    return {
        "@context": [base, *contexts],
        "type": ["VerifiableCredential"],
        "issuer": STRANGER.did,
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }


def issued(document: dict[str, Any], cryptosuite: str = "eddsa-rdfc-2022") -> dict[str, Any]:
    return issue(
        document,
        sign=STRANGER.key.sign,
        verification_method=STRANGER.method,
        created=SIGNED_AT,
        cryptosuite=cryptosuite,
    )


def states(document: dict[str, Any]) -> tuple[State, State]:
    """What the conformance profile and the product's own say."""
    loose = verify_credential(document, material=Material(), now=NOW, profile=conformance_profile())
    strict = verify_credential(document, material=Material(), now=NOW)
    return validate(loose).state, validate(strict).state


INLINE = {"ExampleCredential": "https://example.org/#ExampleCredential"}
V1 = {"issuanceDate": "2026-03-18T09:00:00Z"}


@pytest.mark.parametrize("cryptosuite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
@pytest.mark.parametrize(
    "document",
    [
        unsigned(),
        unsigned(CONTEXT_EXAMPLES, anything="goes"),
        unsigned(CONTEXT_EXAMPLES, CONTEXT_OB3),
        unsigned(CONTEXT_OB3, CONTEXT_EXAMPLES),
        unsigned(INLINE, type=["VerifiableCredential", "ExampleCredential"]),
        unsigned(base=CONTEXT_VC1, **V1),
        unsigned(CONTEXT_DI2, base=CONTEXT_VC1, **V1),
    ],
    ids=["plain", "examples", "two", "two the other way", "inline", "version 1.1", "version 1.1 complete"],
)
def test_issued_and_verified(document: dict[str, Any], cryptosuite: str) -> None:
    loose, strict = states(issued(document, cryptosuite))
    assert loose is State.VALID
    assert strict in (State.UNREADABLE, State.ISSUER_UNKNOWN)


def test_a_credential_of_version_1_gets_the_context_of_its_proof() -> None:
    signed = issued(unsigned(base=CONTEXT_VC1, **V1))
    assert signed["@context"] == [CONTEXT_VC1, CONTEXT_DI2]
    assert issued(unsigned())["@context"] == [CONTEXT_VC2]


@pytest.mark.parametrize(
    "document",
    [
        unsigned(madeUp=1),
        unsigned(type=["VerifiableCredential", "MadeUp"]),
        unsigned(INLINE, madeUp=1),
        unsigned("https://example.org/unknown"),
        unsigned("https ://not-a-url"),
        unsigned(7),
        unsigned(None),
        unsigned([CONTEXT_EXAMPLES]),
        unsigned({"ExampleCredential": "https ://not-a-url#x"}, type=["VerifiableCredential", "ExampleCredential"]),
        unsigned({"VerifiableCredential": "https://example.org/#other"}),
        unsigned(
            {"@protected": True, **INLINE},
            {"ExampleCredential": "https://example.org/#bad"},
            type=["VerifiableCredential", "ExampleCredential"],
        ),
        unsigned({"@import": "https://example.org/unknown"}),
        unsigned({"a": {"@id": "https://example.org/#a", "@context": "https://example.org/unknown"}}, a={"a": 1}),
        {**unsigned(), "@context": CONTEXT_VC2},
        {**unsigned(), "@context": [CONTEXT_EXAMPLES, CONTEXT_VC2]},
        {**unsigned(), "@context": []},
        {name: value for name, value in unsigned().items() if name != "@context"},
        unsigned(CONTEXT_EXAMPLES, credentialSubject={}),
        unsigned(CONTEXT_EXAMPLES, credentialSubject={"@context": [CONTEXT_EXAMPLES], "a": 1}),
        unsigned(CONTEXT_EXAMPLES, id="not a url"),
        unsigned(CONTEXT_EXAMPLES, **{"https://example.org/a": 1}),
        unsigned(relatedResource={"id": CONTEXT_VC2, "digestSRI": "sha256-" + "A" * 43 + "="}),
        unsigned(proof={"type": "DataIntegrityProof"}),
    ],
)
def test_not_issued(document: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        check_unsecured(document)
    with pytest.raises(DocumentError):
        issued(document)


def test_an_unknown_suite_is_not_issued() -> None:
    with pytest.raises(DocumentError):
        issued(unsigned(), "ecdsa-sd-2023")


def test_the_limits_are_the_same() -> None:
    crowd = unsigned(CONTEXT_EXAMPLES, a=[{"b": n} for n in range(3_000)])
    with pytest.raises(DocumentError):
        issued(crowd)
    long = issued(unsigned(CONTEXT_EXAMPLES, a="x" * 250_000))
    long["a"] += "x" * 20_000
    assert states(long)[0] is State.UNREADABLE


def test_the_product_knows_nothing_of_it() -> None:
    """No room but the conformance command's own names the profile or its context, and loading them all does not load it."""
    naming, rooms = [], []
    for path in sorted((REPOSITORY / "portfolio").rglob("*.py")):
        if path.stem.startswith(ALLOWED) or path.name == "wsgi.py":  # which makes the application when it is loaded
            continue
        rooms.append(".".join(path.relative_to(REPOSITORY).with_suffix("").parts))
        source = path.read_text(encoding="utf-8")
        imported = [
            f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        ]
        if "credentials/examples" in source or any(".vc.conformance" in name for name in imported):
            naming.append(path)
    assert naming == []
    assert "credentials/examples" in (REPOSITORY / "portfolio/vc/conformance.py").read_text(encoding="utf-8")
    assert "credentials/examples" not in (REPOSITORY / "schemas/MANIFEST.json").read_text(encoding="utf-8")
    rooms = [name.removesuffix(".__init__") for name in rooms if "migrations" not in name and "__main__" not in name]
    program = f"import importlib, sys\nfor name in {rooms}: importlib.import_module(name)\n"
    program += "raise SystemExit('portfolio.vc.conformance' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, timeout=120, check=False).returncode == 0
    assert STRICT.addresses == frozenset()
    assert not STRICT.inline_contexts
    assert not STRICT.trusts_did_key
