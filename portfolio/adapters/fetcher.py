"""The only room with an outgoing socket: public documents of other schools, over https, from public addresses.

What leads to a fetch stands in files that strangers bring, so the address is not believed. The host is resolved once, every
address that it has must be public, the connection goes to an address that was checked, and the certificate must be that of
the host. Nothing is followed, nothing is sent along, and all of it together takes five seconds at most.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import BoundedSemaphore, Thread, Timer
from time import monotonic
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from portfolio.errors import FetchFailed

SECONDS: Final = 5.0
MAXIMUM_BYTES: Final = 1 << 20
AT_ONCE: Final = 8

_PORT: Final = 443
_LONGEST_URL: Final = 2_048
_MOST_ADDRESSES: Final = 16
_ATTEMPTS: Final = 2
_URL: Final = re.compile(r"https://[\x21-\x7e]+\Z", re.IGNORECASE)
_LABEL: Final = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
# At least two labels, the last of them no figure: what is one is an IPv4 address in some notation (WHATWG URL §3.5).
_HOST: Final = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?![0-9]+\Z|0x[0-9a-f]*\Z){_LABEL}\Z")
_LOCAL_NAMES: Final = ("localhost", "local", "internal", "lan", "home", "corp", "intranet", "arpa", "onion")

_PUBLIC_IPV6: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
# Special blocks of the IANA registries that some versions of Python take for global: protocol assignments (Teredo among
# them), relays, tunnels, documentation. Nobody serves a school from one.
_SPECIAL_IPV4: Final = tuple(
    IPv4Network(block)
    for block in ("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24")
)
_SPECIAL_IPV6: Final = tuple(
    IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_ISATAP: Final = (0x00005EFE, 0x02005EFE)

Resolve = Callable[[str], Sequence[str]]
"""The addresses of a host, as texts."""

Connect = Callable[[tuple[str, int], float], socket.socket]
"""A connected TCP socket to an address and port, within so many seconds."""


def is_public(address: str) -> bool:
    """Whether everybody on the internet means the same machine by this IP address."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_ipv4(found)
    if found.scope_id is not None:
        return False
    if found in _NAT64:
        return _is_public_ipv4(IPv4Address(int(found) & 0xFFFF_FFFF))
    return (
        found in _PUBLIC_IPV6
        and found.is_global
        and not any(found in block for block in _SPECIAL_IPV6)
        and not _is_isatap(found)
    )


def _is_public_ipv4(address: IPv4Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in block for block in _SPECIAL_IPV4)
    )


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP


class PinnedFetcher:
    """Answers ``ports.Fetcher``.

    The rest is for tests and for a public conformance suite on this machine: hosts are names that stand for an address and
    port, whatever they are; context knows their certificates. No setting leads here.
    """

    def __init__(
        self,
        *,
        resolve: Resolve | None = None,
        connect: Connect = socket.create_connection,
        context: ssl.SSLContext | None = None,
        hosts: Mapping[str, tuple[str, int]] = MappingProxyType({}),
        seconds: float = SECONDS,
    ) -> None:
        self._resolve = resolve or _addresses
        self._connect = connect
        self._context = context
        self._hosts = dict(hosts)
        self._seconds = seconds
        self._free = BoundedSemaphore(AT_ONCE)

    def get(self, url: str, media_types: Sequence[str]) -> bytes:
        """The body of a public https address, at most 1 MiB, of one of these media types. Raises FetchFailed."""
        host, path = _parts(url)
        if not self._free.acquire(blocking=False):
            raise FetchFailed("too many fetches at once; try again in a minute")
        try:
            return self._get(host, path, media_types, monotonic() + self._seconds)
        finally:
            self._free.release()

    def _get(self, host: str, path: str, media_types: Sequence[str], deadline: float) -> bytes:
        failure = FetchFailed("the host does not answer")
        for address in self._checked_addresses(host, deadline)[:_ATTEMPTS]:
            try:
                raw = self._connect(address, _left(deadline))
            except OSError:
                continue
            try:
                with _closed_at(deadline, raw) as late, self._secured(raw, host, deadline, late) as secured:
                    return _ask(secured, host, path, media_types, deadline)
            except ssl.SSLCertVerificationError:
                raise FetchFailed("the host's certificate is not its own, or not to be trusted") from None
            except (OSError, HTTPException, ValueError):
                failure = FetchFailed("the host did not give a whole answer in time")
        raise failure

    def _checked_addresses(self, host: str, deadline: float) -> list[tuple[str, int]]:
        """Where to connect: each address of the host, all of them public, or none."""
        if host in self._hosts:
            return [self._hosts[host]]
        if _HOST.match(host) is None or host.rpartition(".")[2] in _LOCAL_NAMES:
            raise FetchFailed("the address does not name a public host")
        found = list(dict.fromkeys(_in_time(lambda: self._resolve(host), deadline)))
        if not found:
            raise FetchFailed("the host has no address")
        if len(found) > _MOST_ADDRESSES or not all(is_public(address) for address in found):
            raise FetchFailed("the host has an address that is not public")
        return [(address, _PORT) for address in found]

    @contextmanager
    def _secured(
        self, raw: socket.socket, host: str, deadline: float, late: Callable[[socket.socket], None]
    ) -> Iterator[ssl.SSLSocket]:
        context = self._context or _context()
        with context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False) as secured:
            late(secured)
            secured.settimeout(_left(deadline))
            secured.do_handshake()
            yield secured


def _parts(url: str) -> tuple[str, str]:
    """Host and path of an address that may be asked at all."""
    refusal = FetchFailed("the address is not a plain https address")
    if len(url) > _LONGEST_URL or _URL.match(url) is None or "\\" in url or "#" in url:
        raise refusal
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refusal from None
    # A colon without a figure, a percent sign, a bracket: whatever else stands there is not a host's name.
    host = parts.netloc.lower().removesuffix(f":{_PORT}")
    if port not in (None, _PORT) or host != parts.hostname:
        raise refusal
    return host, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def _ask(secured: ssl.SSLSocket, host: str, path: str, media_types: Sequence[str], deadline: float) -> bytes:
    connection = HTTPConnection(host)
    connection.auto_open = 0  # only over the socket that was made here
    connection.sock = secured
    headers = {"Accept": ", ".join(media_types), "Accept-Encoding": "identity", "Connection": "close"}
    connection.request("GET", path, headers=headers)
    with connection.getresponse() as response:
        _check_head(response, media_types)
        body = bytearray()
        while True:
            secured.settimeout(_left(deadline))
            piece = response.read1(65_536)
            if not piece:
                break
            body += piece
            if len(body) > MAXIMUM_BYTES:
                raise FetchFailed(f"the answer is longer than {MAXIMUM_BYTES} bytes")
        if response.length:  # http.client: what Content-Length had promised and did not come
            raise FetchFailed("the host did not give a whole answer in time")
        return bytes(body)


def _check_head(response: HTTPResponse, media_types: Sequence[str]) -> None:
    if 300 <= response.status < 400:
        raise FetchFailed("the host sends somewhere else; redirects are not followed")
    if response.status != 200:
        raise FetchFailed(f"the host answers with status {response.status}")
    kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if kind not in media_types:
        raise FetchFailed("the answer is of another media type than was asked for")
    if (response.headers.get("Content-Encoding") or "identity").strip().lower() != "identity":
        raise FetchFailed("the answer is compressed, which was not asked for")
    if response.length is not None and response.length > MAXIMUM_BYTES:
        raise FetchFailed(f"the answer is longer than {MAXIMUM_BYTES} bytes")


# --- time


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise FetchFailed("the host did not give a whole answer in time")
    return left


@contextmanager
def _closed_at(deadline: float, raw: socket.socket) -> Iterator[Callable[[socket.socket], None]]:
    """Cut the connection when the time is over: a host that sends a byte now and then never runs into a socket's timeout.

    Gives a function to say which socket it has become.
    """
    current = [raw]

    def cut() -> None:
        with suppress(OSError):
            current[0].shutdown(socket.SHUT_RDWR)

    timer = Timer(_left(deadline), cut)
    timer.daemon = True
    timer.start()
    try:
        yield lambda now: current.__setitem__(0, now)
    finally:
        timer.cancel()
        raw.close()


def _in_time(question: Callable[[], Sequence[str]], deadline: float) -> Sequence[str]:
    """Ask the resolver, which knows no time limit of its own."""
    answer: list[Sequence[str]] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            answer.append(question())

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_left(deadline))
    return answer[0] if answer else ()


def _addresses(host: str) -> list[str]:
    found = socket.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
    return [str(address[0]) for _family, _kind, _protocol, _name, address in found]


def _context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
