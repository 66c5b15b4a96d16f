"""The served profile, over HTTPS, as ``portfolio conformance serve`` starts it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.suite import Suite

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60  # seconds until the server must have said where it is


@pytest.fixture(scope="package")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    home = tmp_path_factory.mktemp("conformance") / "untouched"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "portfolio", "conformance", "serve", "--port", str(port), "--tls"],
        cwd=REPOSITORY,
        env={**os.environ, "PORTFOLIO_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stderr is not None
    try:
        readable, _, _ = select.select([server.stdout], [], [], PATIENCE)
        line = server.stdout.readline() if readable else ""
        assert line, "the server said nothing in time"
        said = json.loads(line)
        assert said["base_url"] == f"https://localhost:{port}"
        yield Suite(said["base_url"], said["issuer"])
        assert not home.exists(), "the home of the environment is left alone"
    finally:
        server.send_signal(signal.SIGTERM)
        rest, errors = server.communicate(timeout=30)
        assert (rest, errors) == ("", "")
