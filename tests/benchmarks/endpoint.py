"""``POST /credentials/verify`` over loopback: our server and node's, asked in turn by one client."""

from __future__ import annotations

import itertools
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from portfolio.bootstrap import opened
from portfolio.services import verify
from portfolio.settings import Settings
from portfolio.storage.orm import Credential
from tests.benchmarks.measure import Timing
from tests.browser.demo_home import REPOSITORY, DemoHome, free_port, stop
from tests.interop import ours
from tests.interop.judges import HERE, node

WORKERS = 2
CONNECTIONS = 8
_PER_ADDRESS = 500  # requests from one loopback address: fewer than the throttle lets through in a minute
_MOST_BODIES = 64


@dataclass
class Server:
    """A server under test. pids: every process of it; rounds: (requests a second, CPU seconds a request)."""

    name: str
    port: int
    pids: Sequence[int]
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def round(self, requests: Sequence[bytes], count: int, addresses: Iterator[str]) -> None:
        before, start = self._used(), time.perf_counter()
        drive(self.port, requests, count, addresses)
        self.rates.append(count / (time.perf_counter() - start))
        self.cpu.append((self._used() - before) / count)

    def _used(self) -> float:
        ticks = 0
        for pid in self.pids:
            fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def line(self) -> str:
        rates = Timing(tuple(self.rates))
        cpu = Timing(tuple(self.cpu))
        return (
            f"  {self.name:<22}{rates.median:>8,.0f} requests/s ({min(self.rates):,.0f}–{max(self.rates):,.0f})"
            f"   CPU {cpu.median * 1e3:6.2f} ms a request"
        )


def compared(*, rounds: int, requests: int, peer: bool) -> tuple[float, float, float] | None:
    """Print both servers' figures. Returns how many times less CPU a request of ours takes; None without a peer."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        home = DemoHome.seed(folder / "home")
        bodies = [
            json.dumps({"verifiableCredential": document}, ensure_ascii=False).encode()
            for document in valid_credentials(home)
        ]
        servers = [stack.enter_context(_portfolio(home))]
        if peer:
            servers.append(stack.enter_context(_node(home)))
        addresses = (f"127.{high}.{low}.1" for high, low in itertools.product(range(1, 255), range(256)))
        asked = {server.name: [_request(server.port, body) for body in bodies] for server in servers}
        counts = {
            server.name: requests if place == 0 else max(requests // 8, 1) for place, server in enumerate(servers)
        }
        for server in servers:
            drive(server.port, asked[server.name], counts[server.name] // 4 + 50, addresses)  # warm
            server.rates.clear()
        for _ in range(rounds):
            for server in servers:
                server.round(asked[server.name], counts[server.name], addresses)
    print(f"  {len(bodies)} different credentials of about {sum(map(len, bodies)) // len(bodies):,} bytes")
    for server in servers:
        print(server.line())
    if not peer:
        return None
    return Timing(tuple(servers[0].cpu)).times_faster_than(Timing(tuple(servers[1].cpu)))


def valid_credentials(home: DemoHome) -> list[dict[str, object]]:
    """Credentials of the demo school that are in force, at most 64."""
    found: list[dict[str, object]] = []
    with opened(Settings.from_env({"PORTFOLIO_HOME": str(home.path)})) as house:
        with house.ports.sessions.read() as session:
            bodies = [row.body for row in session.query(Credential).filter(Credential.kind == "badge").all()]
        for body in bodies:
            if len(found) < _MOST_BODIES and verify.check_document(house.ports, body).state == "valid":
                found.append(json.loads(body))
    assert len(found) > 8, "the demo school has too few credentials in force"
    return found


# --- the servers


@contextmanager
def _portfolio(home: DemoHome) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "portfolio", "serve", "--port", str(port), "--workers", str(WORKERS)]
    process = subprocess.Popen(
        command,
        env=home.environment(),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(port, process)
        yield Server("portfolio serve", port, [process.pid, *_children(process.pid)])
    finally:
        stop(process)


@contextmanager
def _node(home: DemoHome) -> Iterator[Server]:
    port = free_port()
    process = subprocess.Popen(
        [node(), str(HERE / "endpoint.mjs"), str(port), str(WORKERS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"documents": ours.published(home)}))
        process.stdin.close()
        readable, _, _ = select.select([process.stdout], [], [], 30)
        assert readable, "node's server did not start"
        workers = json.loads(process.stdout.readline())["workers"]
        yield Server("node, @digitalbazaar/vc", port, [process.pid, *workers])
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended"
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                time.sleep(1)  # the workers share the socket; each has loaded by now
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not listen")


def _children(pid: int) -> list[int]:
    """The processes that a process started, and those that they started."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text("ascii").split():
            found += [int(child), *_children(int(child))]
    return found


# --- the client


def _request(port: int, body: bytes) -> bytes:
    head = (
        f"POST /credentials/verify HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(port: int, requests: Sequence[bytes], count: int, addresses: Iterator[str]) -> None:
    """Send ``count`` requests over eight connections, each the next when its last was answered; every one must verify."""
    selector = selectors.DefaultSelector()
    turn = itertools.cycle(requests)
    started = answered = 0

    def begin(connection: _Connection) -> None:
        nonlocal started
        started += 1
        connection.send(next(turn))

    with ExitStack() as stack:
        stack.callback(selector.close)
        for _ in range(min(CONNECTIONS, count)):
            connection = _Connection(port, addresses)
            stack.callback(connection.close)
            connection.register(selector)
            begin(connection)
        until = time.monotonic() + 120
        while answered < count:
            assert time.monotonic() < until, "the server does not answer"
            for key, _ in selector.select(5):
                connection = key.data
                if not connection.answer():
                    continue
                answered += 1
                if started < count:
                    connection.renew(selector)
                    begin(connection)


class _Connection:
    """One kept-alive connection, from a loopback address of its own that changes now and then."""

    def __init__(self, port: int, addresses: Iterator[str]) -> None:
        self._port = port
        self._addresses = addresses
        self._open()

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port), 30, (next(self._addresses), 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sent = 0
        self._received = b""

    def register(self, selector: selectors.BaseSelector) -> None:
        selector.register(self._socket, selectors.EVENT_READ, self)

    def renew(self, selector: selectors.BaseSelector) -> None:
        if self._sent >= _PER_ADDRESS:
            selector.unregister(self._socket)
            self._socket.close()
            self._open()
            self.register(selector)

    def send(self, request: bytes) -> None:
        self._received = b""
        self._sent += 1
        self._socket.sendall(request)

    def answer(self) -> bool:
        """Read what came; whether the answer is whole. A refusal is an error here, not a fast answer."""
        self._received += self._socket.recv(65536)
        assert self._received, "the server closed the connection"
        head, gap, body = self._received.partition(b"\r\n\r\n")
        if not gap:
            return False
        lines = head.lower().split(b"\r\n")
        length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
        if len(body) < length:
            return False
        assert lines[0].split()[1] == b"200", self._received
        assert b'"verified":true' in body, body
        return True

    def close(self) -> None:
        self._socket.close()
