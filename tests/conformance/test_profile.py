"""Nothing that serves a school loads the profile."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys
from portfolio.bootstrap import bootstrap
from portfolio.cli import main
from portfolio.services import demo, setup, vcalm
from portfolio.settings import Settings
from portfolio.web.app import create_app
house = bootstrap(Settings.from_env({"PORTFOLIO_HOME": sys.argv[1]}))
house.upgrade()
setup.create_home(house.ports, name="School", base_url="http://localhost:8000")
client = create_app(house.ports).test_client()
for path in ("issue", "verify", "status"):
    body = {"verifiableCredential": {}, "credential": {}}
    answer = client.post(f"/credentials/{path}", json=body)
    assert answer.status_code == (400 if path == "verify" else 401), (path, answer.status)
house.close()
loaded = {"portfolio.vc.conformance", "portfolio.services.conformance", "portfolio.wsgi_conformance"} & set(sys.modules)
assert not loaded, loaded
"""


def test_the_product_never_loads_it(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "home")], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
