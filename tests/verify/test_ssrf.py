"""What a stranger writes into a file never leads this school's server anywhere but to public addresses of known schools.

The report ends with how many hostile addresses were tried and how many connections they led to.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from portfolio.adapters import fetcher
from portfolio.adapters.fetcher import MAXIMUM_BYTES, PinnedFetcher, is_public
from portfolio.bootstrap import House
from portfolio.errors import DataLossDetectionError, FetchFailed
from portfolio.services import register_issuers
from portfolio.services.authorize import OPERATOR
from portfolio.services.verify import check_document
from portfolio.vc import jsontext
from portfolio.vc.status_list import status_list_entry
from tests.databases import FreshDatabase
from tests.services.school_files import Clock, open_house
from tests.simulator import ForeignSchool
from tests.verify.conftest import REPORT
from tests.verify.https_server import Server, body, serving

JSON = ("application/json",)
PUBLIC = "93.184.215.14"
HOST = "licey.example"

# Addresses that are not what they look like, or not for us. The host of each is resolved to itself where it is an address.
HOSTILE = [
    # this machine
    "https://127.0.0.1/", "https://127.0.0.1:443/", "https://127.1/", "https://127.0.1/", "https://0/", "https://0.0.0.0/",
    "https://0x7f.1/", "https://0x7f000001/", "https://2130706433/", "https://017700000001/", "https://0177.0.0.1/",
    "https://127.0.0.1.nip.example/", "https://localhost/", "https://LOCALHOST/", "https://localhost./",
    "https://x.localhost/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:ffff:7f00:0001]/", "https://[::127.0.0.1]/", "https://[::1%25lo]/", "https://[fe80::1%25eth0]/",
    # this network
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/", "https://100.64.0.1/", "https://169.254.169.254/",
    "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://[fe80::1]/", "https://[fc00::1]/",
    "https://[fec0::1]/", "https://192.0.0.1/", "https://192.0.2.1/", "https://198.18.0.1/", "https://203.0.113.7/",
    "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/", "https://[ff02::1]/", "https://[2001:db8::1]/",
    # addresses inside addresses
    "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::a9fe:a9fe]/", "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/", "https://[2606:4700::5efe:7f00:1]/", "https://[::ffff:0:127.0.0.1]/",
    # other schemes and ports
    "http://licey.example/", "http://licey.example:443/", "ftp://licey.example/", "file:///etc/passwd", "gopher://licey.example/",
    "data:application/json,{}", "//licey.example/", "https:/licey.example/", "https:licey.example", "https://", "https:///x",
    "https://licey.example:80/", "https://licey.example:22/", "https://licey.example:8443/", "https://licey.example:0/",
    "https://licey.example:65536/", "https://licey.example:/", "https://licey.example:443:443/", "https://licey.example:٤٤٣/",
    # somebody else in the address
    "https://licey.example@127.0.0.1/", "https://user:word" + "@licey.example/", "https://127.0.0.1\\@licey.example/",
    "https://licey.example\\.evil.example/", "https://licey.example#@127.0.0.1/", "https://licey.example/#x",
    "https://licey.example%2F@127.0.0.1/", "https://licey%2Eexample/", "https://127.0.0.1%00.licey.example/",
    "https://licey.example%09/", "https:// licey.example/", "https://licey.example /", "https://licey.example/\r\nHost: x",
    "https://licey.example/\t", "\thttps://licey.example/", "https://licey.exa\u00admple/",
    # letters that are other letters
    "https://licey。example/", "https://licey．example/", "https://ｌicey.example/", "https://①②⑦.⓪.⓪.①/", "https://lісеу.example/",
    "https://лицей.рф/", "https://licey.example。/",
    # names of a network at home
    "https://router/", "https://printer.local/", "https://wiki.internal/", "https://db.lan/", "https://x.home.arpa/",
    "https://metadata.google.internal/", "https://intranet/", "https://-x.example/", "https://x-.example/", "https://x..example/",
    "https://.example/", "https://_dns.example/", "https://" + "a" * 64 + ".example/", "https://" + "a." * 130 + "example/",
    "https://licey.example/" + "a" * 2048,
    # what a did:web could be turned into
    "did:web:localhost%3A8080", "did:web:licey.example", "https://licey.example%3A443/",
]  # fmt: skip

# Where names lead that look public and are not: DNS is the attacker's.
POISONED: dict[str, Sequence[str]] = {
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "a.evil.example": ["127.0.0.1"],
    "b.evil.example": [PUBLIC, "10.0.0.1"],
    "c.evil.example": ["::1"],
    "d.evil.example": ["::ffff:10.0.0.1"],
    "e.evil.example": ["169.254.169.254", PUBLIC],
    "f.evil.example": ["64:ff9b::7f00:1"],
    "g.evil.example": ["2002:7f00:1::"],
    "h.evil.example": ["fe80::1%eth0"],
    "i.evil.example": ["0.0.0.0"],
    "j.evil.example": [],
    "k.evil.example": ["not an address"],
    "l.evil.example": [PUBLIC] * 3 + [f"93.184.215.{number}" for number in range(20)],
    "m.evil.example": ["100.100.100.200"],
}
ADDRESSES = [*HOSTILE, *(f"https://{host}/" for host in POISONED if host != "127.0.0.1.nip.example")]


class Wire:
    """Counts connections, and resolves names as an attacker's DNS would: what is no name leads where it says."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int]] = []
        self.resolved: list[str] = []

    def resolve(self, host: str) -> Sequence[str]:
        self.resolved.append(host)
        if host in POISONED:
            return POISONED[host]
        try:
            return [str(ipaddress.ip_address(host.strip("[]")))]
        except ValueError:
            return [PUBLIC] if host == HOST else ["127.0.0.1"]

    def connect(self, address: tuple[str, int], timeout: float) -> socket.socket:
        self.connected.append(address)
        raise OSError("nothing is connected in this test")


@pytest.fixture
def wire() -> Wire:
    return Wire()


def through(wire: Wire) -> PinnedFetcher:
    return PinnedFetcher(resolve=wire.resolve, connect=wire.connect)


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_hostile_address_leads_nowhere(wire: Wire, url: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        through(wire).get(url, JSON)
    assert wire.connected == []
    assert url not in str(caught.value)


def test_there_are_enough_of_them(wire: Wire, request: pytest.FixtureRequest) -> None:
    for url in ADDRESSES:
        with pytest.raises(FetchFailed):
            through(wire).get(url, JSON)
    line = f"{len(set(ADDRESSES))} hostile addresses, {len(wire.connected)} connections"
    request.config.stash[REPORT].setdefault("where strangers lead", []).append(line)
    assert len(set(ADDRESSES)) >= 60
    assert wire.connected == []


def test_the_wire_would_see_a_connection(wire: Wire) -> None:
    """The control: a public host is resolved, and connected to at the address that was checked."""
    for url in ("https://licey.example/x", "HTTPS://LICEY.example:443"):
        with pytest.raises(FetchFailed):
            through(wire).get(url, JSON)
    assert wire.connected == [(PUBLIC, 443)] * 2
    assert wire.resolved == [HOST] * 2


def test_a_name_that_leads_elsewhere_the_second_time_is_asked_once(wire: Wire) -> None:
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]
    rebinding = PinnedFetcher(resolve=lambda _: answers.pop(0), connect=wire.connect)
    with pytest.raises(FetchFailed):
        rebinding.get("https://licey.example/", JSON)
    assert wire.connected == [(PUBLIC, 443)]
    with pytest.raises(FetchFailed):
        rebinding.get("https://licey.example/", JSON)
    assert wire.connected == [(PUBLIC, 443)]


@pytest.mark.parametrize(
    "address", ["1.1.1.1", PUBLIC, "2606:4700:4700::1111", "2a00:1450:4010::65", "64:ff9b::101:101"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.31.0.1", "192.168.1.1", "192.0.0.8", "192.88.99.1",
        "198.51.100.1", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255", "0.0.0.0", "::", "::1",
        "::ffff:1.1.1.1", "::1.1.1.1", "2002:101:101::", "2001::1", "2001:db8::1", "fc00::1", "fe80::1", "fec0::1", "ff0e::1",
        "64:ff9b::10.0.0.1", "64:ff9b:1::1.1.1.1", "2606:4700::5efe:1.1.1.1", "2606:4700::200:5efe:1.1.1.1", "100::1",
        "5f00::1", "3fff::1", "4000::1", "2001:20::1", "2606:4700::1%eth0", "", "x", "1.1.1", "01.1.1.1", "0x1.1.1.1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


def test_production_has_no_map_of_hosts(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> None:
    house = open_house(tmp_path / "school", sqlite_database.url, clock)
    try:
        assert isinstance(house.ports.fetcher, PinnedFetcher)
        assert house.ports.fetcher._hosts == {}
        assert house.ports.fetcher._resolve is fetcher._addresses
    finally:
        house.close()


# --- the whole way from a file


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def house(tmp_path: Path, sqlite_database: FreshDatabase, clock: Clock) -> Iterator[House]:
    opened = open_house(tmp_path / "school", sqlite_database.url, clock)
    yield opened
    opened.close()


def test_genuine_files_with_hostile_lists_connect_nowhere(house: House, wire: Wire, clock: Clock) -> None:
    """A known school that has turned, or was broken into: its signature holds, and its addresses are hostile."""
    school = ForeignSchool()
    ports = replace(house.ports, fetcher=through(wire))
    register_issuers.add(ports, OPERATOR, did=school.did, document=school.did_document(), names={"ru": school.name})
    tried = 0
    for url in ADDRESSES:
        entry = {**status_list_entry("https://x.example/1", 7), "statusListCredential": url}
        try:
            document = school.credential(credentialStatus=entry)
        except DataLossDetectionError:
            continue  # no signature covers what is not even an identifier
        found = check_document(ports, jsontext.dumps(document))
        assert found.state in ("status_unknown", "altered", "unreadable"), url
        tried += found.state == "status_unknown"
        clock.forward(timedelta(minutes=2))
    assert tried > 60
    assert wire.connected == []


def test_nobody_is_asked_while_the_signature_is_bad(house: House, wire: Wire) -> None:
    school, stranger = ForeignSchool(), ForeignSchool("did:web:stranger.example", seed=b"s")
    ports = replace(house.ports, fetcher=through(wire))
    register_issuers.add(ports, OPERATOR, did=school.did, document=school.did_document(), names={"ru": school.name})
    document = school.credential()
    bad: list[Any] = [stranger.credential(), ForeignSchool(seed=b"!").credential()]
    for place, proof in enumerate(document["proof"]):
        for name in proof:
            for changed in ({**proof, name: "x"}, {key: member for key, member in proof.items() if key != name}):
                others = [other for number, other in enumerate(document["proof"]) if number != place]
                bad.append({**document, "proof": [changed, *others]})
    bad += [{key: member for key, member in document.items() if key != name} for name in document]
    for one in bad:
        assert not check_document(ports, jsontext.dumps(one)).verified
    assert len(bad) > 30
    assert wire.resolved == []
    assert wire.connected == []


# --- a real server


def drip(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    for byte in data:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.2)


def slow_head(handler: BaseHTTPRequestHandler) -> None:
    drip(handler, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")


def slow_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n")
    drip(handler, b" " * 100)


def chunked(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    handler.wfile.write(b"2\r\n{}\r\n0\r\n\r\n")


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(40):
        handler.wfile.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")


def nothing(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


ANSWERS: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {
    "/good": body(b"{}"),
    "/good?a=1": body(b"{}", "application/json; charset=utf-8"),
    "/largest": body(b" " * MAXIMUM_BYTES),
    "/chunked": chunked,
    "/without-length": body(b"{}", Content_Length="2"),
    "/moved": body(b"", status=302, Location="https://127.0.0.1/"),
    "/moved-here": body(b"", status=301, Location="/good"),
    "/see-other": body(b"{}", status=303, Location="https://licey.example/good"),
    "/not-modified": body(b"", status=304),
    "/absent": body(b"{}", status=404),
    "/broken": body(b"{}", status=500),
    "/created": body(b"{}", status=201),
    "/page": body(b"{}", "text/html"),
    "/no-type": body(b"{}", ""),
    "/zipped": body(b"{}", Content_Encoding="gzip"),
    "/larger": body(b" " * (MAXIMUM_BYTES + 1)),
    "/promises": body(b"{}", Content_Length=str(MAXIMUM_BYTES + 1)),
    "/cut": body(b"{}", Content_Length="100"),
    "/endless": endless,
    "/nothing": nothing,
    "/slow-head": slow_head,
    "/slow-body": slow_body,
}
GOOD = ("/good", "/good?a=1", "/largest", "/chunked", "/without-length")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("https"), HOST, dict(ANSWERS)) as running:
        yield running


def at(server: Server, **changes: Any) -> PinnedFetcher:
    """A fetcher that is told, as no setting can, where this one host is."""
    options: dict[str, Any] = {
        "hosts": {HOST: ("127.0.0.1", server.port)},
        "context": server.context,
        "resolve": lambda _: pytest.fail("nothing else is resolved"),
    }
    return PinnedFetcher(**{**options, **changes})


@pytest.mark.parametrize("path", GOOD)
def test_a_plain_answer_is_taken(server: Server, path: str) -> None:
    assert at(server).get(f"https://{HOST}{path}", JSON).strip() in (b"{}", b"")


@pytest.mark.parametrize("path", sorted(set(ANSWERS) - set(GOOD)))
def test_any_other_answer_is_refused_in_time(server: Server, path: str) -> None:
    before, begun = len(server.requests), time.monotonic()
    with pytest.raises(FetchFailed):
        at(server, seconds=1.5).get(f"https://{HOST}{path}", JSON)
    assert time.monotonic() - begun < 3
    assert len(server.requests) == before + 1  # nothing is followed, nothing is asked twice


def test_nothing_is_sent_along(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    at(server).get(f"https://{HOST}/good", JSON)
    assert server.requests[-1] == {
        "host": HOST,
        "accept": "application/json",
        "accept-encoding": "identity",
        "connection": "close",
    }


def test_the_certificate_must_be_that_of_the_host(server: Server) -> None:
    before = len(server.requests)
    hosts = {"other.example": ("127.0.0.1", server.port), HOST: ("127.0.0.1", server.port)}
    with pytest.raises(FetchFailed, match="certificate"):
        at(server, hosts=hosts).get("https://other.example/good", JSON)
    with pytest.raises(FetchFailed, match="certificate"):
        at(server, context=None).get(f"https://{HOST}/good", JSON)
    assert len(server.requests) == before


def test_a_host_that_says_nothing_at_all_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hosts = {HOST: ("127.0.0.1", silent.getsockname()[1])}
        begun = time.monotonic()
        with pytest.raises(FetchFailed):
            PinnedFetcher(hosts=hosts, seconds=0.5).get(f"https://{HOST}/", JSON)
        assert time.monotonic() - begun < 2


def test_a_resolver_that_says_nothing_is_left_in_time(wire: Wire) -> None:
    slow = PinnedFetcher(resolve=lambda _: time.sleep(3) or [PUBLIC], connect=wire.connect, seconds=0.3)
    begun = time.monotonic()
    with pytest.raises(FetchFailed):
        slow.get(f"https://{HOST}/", JSON)
    assert time.monotonic() - begun < 1
    assert wire.connected == []


def test_old_versions_of_tls_are_not_spoken() -> None:
    context = fetcher._context()
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_from_a_file_to_a_real_server_and_back(house: House, server: Server, clock: Clock) -> None:
    school = ForeignSchool()
    server.answers["/status/1"] = body(school.status_list(), "application/vc")
    server.answers["/.well-known/did.json"] = body(school.did_document(), "application/did+json")
    ports = replace(house.ports, fetcher=at(server))
    candidate = register_issuers.look_at(ports, OPERATOR, school.did)
    register_issuers.add(ports, OPERATOR, did=school.did, document=candidate.document, names={"ru": school.name})
    assert check_document(ports, jsontext.dumps(school.credential())).state == "valid"
    school.revoked.add(7)
    server.answers["/status/1"] = body(school.status_list(), "application/vc")
    clock.forward(timedelta(minutes=6))
    assert check_document(ports, jsontext.dumps(school.credential())).state == "revoked"
