"""The core stands alone: with the web, the database, paper, the command line and every connection taken away."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import textwrap
from pathlib import Path

import portfolio.practice
import portfolio.vc

REPOSITORY = Path(__file__).resolve().parent.parent.parent

ALONE = """
import importlib.abc, socket, sys

TAKEN_AWAY = {
    "flask", "werkzeug", "jinja2", "sqlalchemy", "alembic", "weasyprint", "qrcode", "PIL", "openpyxl", "click", "rich",
    "requests", "aiohttp", "babel", "argon2", "psycopg", "granian",
}

class Nothing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in TAKEN_AWAY:
            raise ModuleNotFoundError(f"{name} is taken away", name=name)
        return None

def no_connection(*_, **__):
    raise AssertionError("the core reached for the network")

sys.meta_path.insert(0, Nothing())
for name in ("connect", "connect_ex", "bind"):
    setattr(socket.socket, name, no_connection)
socket.create_connection = socket.getaddrinfo = no_connection
"""

EVERY_MODULE = """
import importlib, pkgutil
import portfolio.practice, portfolio.vc
for package in (portfolio.practice, portfolio.vc):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""

TEN_LINES = """
from datetime import UTC, datetime
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from portfolio.vc import Material, TrustedIssuer, add_proof_set, did_key, ed25519_key, validate, verify_credential
key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
did = did_key(ed25519_key(key.public_key().public_bytes_raw()))
credential = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "issuer": did,
              "credentialSubject": {"id": "urn:uuid:0b8e0000-0000-4000-9000-000000000001"}}
signed = add_proof_set(credential, sign=key.sign, verification_method=f"{did}#{did[8:]}", created=now)
material = Material(trusted={did: TrustedIssuer(did, "Chayka School")})
print(validate(verify_credential(signed, material=material, now=now)).state)
"""


def run(*parts: str) -> str:
    program = "\n".join(textwrap.dedent(part) for part in parts)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_blockade_holds() -> None:
    """The control: without it, the tests below would say nothing."""
    run(
        ALONE,
        """
        for name in ("flask", "sqlalchemy.orm", "weasyprint"):
            try:
                __import__(name)
            except ModuleNotFoundError:
                continue
            raise SystemExit(f"{name} was to be had")
        try:
            socket.create_connection(("127.0.0.1", 9))
        except AssertionError:
            raise SystemExit(0)
        raise SystemExit("a connection was to be had")
        """,
    )


def test_every_module_of_the_core_imports() -> None:
    run(ALONE, EVERY_MODULE)


def test_ten_lines_issue_and_verify() -> None:
    assert len(TEN_LINES.strip().splitlines()) <= 10
    assert run(ALONE, TEN_LINES).strip() == "valid"


def test_importing_the_package_loads_nothing() -> None:
    loaded = run(
        "import portfolio.vc, sys", "print([name for name in sys.modules if name.startswith('portfolio.vc.')])"
    )
    assert loaded.strip() == "[]"


def test_every_public_name_is_there() -> None:
    names = [name for name in dir(portfolio.vc) if not name.startswith("_")]
    assert {"verify_credential", "add_proof_set", "validate", "Material"} <= set(names)
    for name in names:
        assert getattr(portfolio.vc, name) is not None
    # Each is the thing of its module, under its own name, and what a type checker is told agrees with what is loaded.
    source = Path(portfolio.vc.__file__).read_text(encoding="utf-8")
    for name, module in portfolio.vc._HOME.items():
        home = importlib.import_module(f"portfolio.vc.{module}")
        assert getattr(portfolio.vc, name) is getattr(home, name)
        assert f"from portfolio.vc.{module} import {name} as {name}\n" in source
    assert source.count("    from portfolio.vc.") == len(portfolio.vc._HOME)


def test_the_core_is_where_it_is_looked_for() -> None:
    found = {module.name for module in pkgutil.iter_modules(portfolio.vc.__path__)}
    assert {"verification", "validation", "data_integrity", "status_list"} <= found
