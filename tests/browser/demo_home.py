"""A demo school for tests that walk through the product from outside: made by the command line, served by the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DemoHome:
    """A seeded home. path: its folder; table: what ``portfolio demo --json`` told."""

    path: Path
    table: Mapping[str, Any]

    @classmethod
    def seed(cls, path: Path) -> DemoHome:
        """Make the home in a folder that does not exist yet."""
        finished = cls(path, {}).run("demo", "--no-serve", "--json")
        return cls(path, json.loads(finished.stdout))

    @property
    def codes(self) -> Mapping[str, str]:
        return self.table["codes"]  # type: ignore[no-any-return]

    def account(self, role: str) -> Mapping[str, str]:
        """Login and password of the demo's ``pupil``, ``mentor`` or ``registrar``."""
        found: Mapping[str, str] = next(found for found in self.table["sign_ins"] if found["role"] == role)
        return found

    def share(self) -> str:
        """The path of a live link for showing."""
        return "/p/" + str(self.table["shares"][0]).rpartition("/")[2]

    def environment(self, **changes: str) -> dict[str, str]:
        """The environment of a command that works in this home, in English unless changed."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTFOLIO_", "DATABASE_"))}
        return {**kept, "PORTFOLIO_HOME": str(self.path), "PORTFOLIO_LOCALE": "en", **changes}

    def run(self, *arguments: str, code: int = 0, locale: str = "en") -> subprocess.CompletedProcess[str]:
        """One command, which must end with the exit code given."""
        finished = subprocess.run(
            [sys.executable, "-m", "portfolio", *arguments],
            env=self.environment(PORTFOLIO_LOCALE=locale),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert finished.returncode == code, f"portfolio {' '.join(arguments)}: {finished.stderr}"
        return finished

    def export(self, *references: str, out: Path) -> list[dict[str, Any]]:
        """The stored credentials of these codes, as files hand them out."""
        self.run("credential", "export", *references, "--out", str(out))
        return [json.loads((out / f"{reference}.json").read_bytes()) for reference in references]

    @contextmanager
    def served(self, *, locale: str = "ru") -> Iterator[str]:
        """The address of a server process over this home; the process is ended by its id."""
        address, process = self.serve(locale=locale)
        try:
            yield address
        finally:
            stop(process)

    def serve(self, *, locale: str = "ru") -> tuple[str, subprocess.Popen[bytes]]:
        """Start a server process over this home: its address when it is ready, and the process to ``stop``."""
        port = free_port()
        log = self.path.with_name(f"{self.path.name}-{port}.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "portfolio", "demo", "--port", str(port)],
                env=self.environment(PORTFOLIO_LOCALE=locale),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, log)
        except BaseException:
            stop(process)
            raise
        return f"http://localhost:{port}", process


def stop(process: subprocess.Popen[bytes]) -> bool:
    """End a server of ours as Ctrl-C does; whether it went by itself. What is left of its group is ended for it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not become ready:\n{log.read_text(errors='replace')}")
