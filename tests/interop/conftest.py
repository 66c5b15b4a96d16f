"""The judges: independent implementations from npm, installed by ``npm ci --prefix tests/interop --ignore-scripts``."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.browser.demo_home import DemoHome

HERE = Path(__file__).resolve().parent

Judge = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def judge() -> Judge:
    """``judge(script, credentials, documents)``: what one of the scripts here answers, an object for each credential."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not (HERE / "node_modules" / "@digitalbazaar" / "vc").is_dir():
        pytest.skip("the judges are not installed: npm ci --prefix tests/interop --ignore-scripts")

    def ask(
        script: str, credentials: list[dict[str, Any]], documents: Mapping[str, object] | None = None, **more: object
    ) -> list[dict[str, Any]]:
        finished = subprocess.run(
            [node, str(HERE / f"{script}.mjs")],
            input=json.dumps({"credentials": credentials, "documents": documents or {}, **more}),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        answers: list[dict[str, Any]] = json.loads(finished.stdout)
        assert len(answers) == len(credentials)
        return answers

    return ask


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A demo school of this test run's own."""
    return DemoHome.seed(tmp_path_factory.mktemp("interop") / "home")
