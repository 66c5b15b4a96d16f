"""What people bring: each kind of file, link and code, and what is said of it."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

import pypdfium2
import pytest

from portfolio.adapters.uploads import SandboxedUploads
from portfolio.bootstrap import House
from portfolio.permalinks import grouped
from portfolio.ports import Opened, Ports
from portfolio.services import brought, consent, graduate, papers, revoke, share, verify
from portfolio.services.authorize import OPERATOR
from portfolio.services.brought import Brought, Finding
from tests.brought_files import (
    as_text,
    baked_png,
    baked_svg,
    code_image,
    image_bytes,
    pdf,
    photograph,
    png,
    screenshot,
)
from tests.services.issuing import SEMYON, ZOYA, NoPango, as_pupil, issue, issue_many, pupil_id, row_of, with_paper
from tests.services.school_files import Clock

UNKNOWN = "0123456789abcdef"


def look(ports: Ports, *files: bytes, typed: str = "") -> list[Finding]:
    return list(brought.check(ports, [Brought(f"{n}.bin", data) for n, data in enumerate(files)], typed))


def states(findings: list[Finding]) -> list[str]:
    return [finding.state for finding in findings]


@pytest.fixture
def body(house: House) -> bytes:
    """A signed credential of this school."""
    return row_of(house.ports, issue(house.ports).code).body


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is brought makes this process open a socket."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


# --- documents in files of every kind


def test_every_kind_of_file_gives_the_same_verdict(house: House, body: bytes) -> None:
    text = body.decode()
    kinds = {
        "text": body,
        "pdf": pdf({"credential.json": body}),
        "png": baked_png(body),
        "svg": baked_svg(text),
    }
    for kind, data in kinds.items():
        [found] = look(house.ports, data)
        assert (found.kind, found.state, found.verified, found.exit_code) == (kind, "valid", True, 0)
        assert isinstance(found.check, verify.DocumentCheck)
        assert found.check.shown is not None
        assert found.check.own_url is not None
    assert states(look(house.ports, *kinds.values())) == ["valid"] * 4
    assert states(look(house.ports, typed=text)) == ["valid"]


def test_an_altered_credential_is_altered_whatever_carries_it(house: House, body: bytes) -> None:
    other = body.replace(b'"hours"', b'"Hours"') if b'"hours"' in body else body.replace(b"2026", b"2025", 1)
    assert other != body
    for data in (other, pdf({"credential.json": other}), baked_png(other), baked_svg(other.decode())):
        [found] = look(house.ports, data)
        assert (found.state, found.verified, found.exit_code) == ("altered", False, 1)
        assert found.check is not None
        assert found.check.shown is None


def test_what_the_register_says_follows_the_file(house: House, clock: Clock) -> None:
    issued = issue(house.ports)
    data = pdf({"credential.json": row_of(house.ports, issued.code).body})
    clock.forward(timedelta(days=1))
    revoke.revoke(house.ports, OPERATOR, issued.code, "error")
    [found] = look(house.ports, data)
    assert found.state == "revoked"
    assert isinstance(found.check, verify.DocumentCheck)
    assert (found.check.revoked_at, found.check.revocation_reason) == (clock(), "error")
    assert found.check.shown is not None
    assert found.check.own_url == f"https://school.example/v/{issued.code}"


@pytest.mark.pdf
def test_our_own_paper(house: House) -> None:
    """A certificate on paper, and a portfolio whose learner record and single files say the same once."""
    if house.ports.paper.unavailable() is not None:
        pytest.skip("Pango is missing")
    issued = issue_many(house.ports, 3)
    page = papers.certificate(house.ports, OPERATOR, issued[0].code)
    [found] = look(house.ports, page)
    assert (found.kind, found.state) == ("pdf", "valid")
    assert found.check is not None
    assert found.check.details["sha256"] == row_of(house.ports, issued[0].code).digest.hex()

    package = graduate.package_of(house.ports, OPERATOR, pupil_id(house.ports, ZOYA))
    assert package.pdf is not None
    [record] = look(house.ports, package.pdf)
    assert isinstance(record.check, verify.DocumentCheck)
    assert record.state == "valid"
    assert len(record.check.nested) == 3
    assert {inner.own_url for inner in record.check.nested} == {one.url for one in issued}

    revoke.revoke(house.ports, OPERATOR, issued[1].code, "error")
    [record] = look(house.ports, package.pdf)
    assert isinstance(record.check, verify.DocumentCheck)
    assert sorted(inner.state for inner in record.check.nested) == ["revoked", "valid", "valid"]

    sheet = pypdfium2.PdfDocument(page)
    picture = photograph(sheet[0].render(scale=2.4).to_pil())
    sheet.close()
    [seen] = look(house.ports, picture)
    assert (seen.kind, seen.state) == ("code", "valid")
    assert isinstance(seen.check, verify.CodeCheck)
    assert seen.check.code == issued[0].code


def test_a_file_with_several_credentials_tells_each(house: House) -> None:
    bodies = [row_of(house.ports, one.code).body for one in issue_many(house.ports, 3)]
    bad = bodies[1].replace(b"2026", b"2025", 1)
    findings = look(house.ports, pdf({"a.json": bodies[0], "b.json": bad, "c.json": bodies[2], "d.json": bodies[0]}))
    assert states(findings) == ["valid", "altered", "valid"]
    assert {finding.name for finding in findings} == {"0.bin"}


def test_what_a_record_holds_is_not_hidden_behind_one_that_was_altered(house: House) -> None:
    bodies = [row_of(house.ports, one.code).body for one in issue_many(house.ports, 2)]
    package = graduate.package_of(with_paper(house.ports, NoPango()), OPERATOR, pupil_id(house.ports, ZOYA))
    assert package.clr is not None
    other = package.clr.replace(b"2026", b"2025", 1)
    assert states(look(house.ports, pdf({"clr.json": package.clr, "a.json": bodies[0], "b.json": bodies[1]}))) == [
        "valid"
    ]
    assert states(look(house.ports, pdf({"clr.json": other, "x.json": bodies[0]}))) == ["altered", "valid"]


# --- links and codes


def test_a_code_however_it_is_brought(house: House) -> None:
    code = issue(house.ports).code
    typed = (code, grouped(code), grouped(code).upper(), f"  {code}\n")
    addresses = (
        f"https://school.example/v/{code}",
        f"http://school.example/v/{code}",
        f"https://SCHOOL.example:443/v/{code}/",
        f"https://school.example/v/{code}?lang=en#top",
        f"school.example/v/{code}",
        f"https://school.example/v/{code}/credential.json",
    )
    for text in (*typed, *addresses):
        [found] = look(house.ports, typed=text)
        assert (found.kind, found.state) == ("link", "valid"), text
        assert isinstance(found.check, verify.CodeCheck)
        assert found.check.code == code
    [seen] = look(house.ports, image_bytes(code_image(addresses[0])))
    assert (seen.kind, seen.state) == ("code", "valid")
    assert states(look(house.ports, f"{code}\n{UNKNOWN}\n".encode())) == ["valid", "not_found"]


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/v/{code}",
        "https://school.example.evil.example/v/{code}",
        "https://school.example@evil.example/v/{code}",
        "https://someone:secret@school.example/v/{code}",
        "https://evil.example\\@school.example/v/{code}",
        "https://school.example:8443/v/{code}",
        "http://school.example:80/v/{code}",
        "ftp://school.example/v/{code}",
        "javascript://school.example/v/{code}",
        "file:///v/{code}",
        "https://sсhool.example/v/{code}",  # a Cyrillic letter in the host
        "https://[::1]/v/{code}",
        "https://[broken/v/{code}",
        "https://school.example:99999/v/{code}",
        "//evil.example/v/{code}",
        "https:///v/{code}",
        "https://169.254.169.254/latest/meta-data",
        "evil.example/v/{code}",
    ],
)
def test_a_link_that_is_not_ours_is_not_opened(house: House, text: str) -> None:
    issued = issue(house.ports)
    for findings in (
        look(house.ports, typed=text.format(code=issued.code)),
        look(house.ports, image_bytes(code_image(text.format(code=issued.code)))),
    ):
        assert len(findings) == 1
        assert findings[0].state in ("not_ours", "unreadable")
        assert (findings[0].verified, findings[0].exit_code in (1, 4)) == (False, True)


def test_another_host_is_named_as_it_is_sent(house: House) -> None:
    [found] = look(house.ports, typed="https://sсhool.example/v/x")
    assert found.reason.params == {"host": "xn--shool-1ye.example"}
    [found] = look(house.ports, image_bytes(code_image("WIFI:S:school;P:secret;;")))
    assert (found.state, found.reason.params) == ("not_ours", {})


def test_a_picture_with_our_code_and_a_strangers(house: House) -> None:
    code = issue(house.ports).code
    findings = look(house.ports, screenshot([f"https://school.example/v/{code}", f"https://evil.example/v/{code}"]))
    assert sorted(states(findings)) == ["not_ours", "valid"]


def test_links_of_ours_that_lead_to_nothing(house: House) -> None:
    for path in ("", "/", "/verify", "/v/", "/v/x", f"/v/{UNKNOWN}", "/p/unknown", "/status/1", "/v/../v/x"):
        findings = look(house.ports, typed=f"https://school.example{path}" if path else "https://school.example/")
        assert states(findings) == ["not_found"], path


def test_a_closed_record_says_so_and_no_more(house: House) -> None:
    code = issue(house.ports).code
    consent.withdraw(house.ports, OPERATOR, pupil_id(house.ports, ZOYA), "processing")
    [found] = look(house.ports, typed=code)
    assert (found.state, found.check, found.exit_code) == ("closed", None, 4)


def test_a_link_for_showing_gives_each_confirmation(house: House, clock: Clock) -> None:
    issued = issue_many(house.ports, 3)
    issue(house.ports, SEMYON)
    link = share.create(house.ports, as_pupil(house.ports), 7)
    revoke.revoke(house.ports, OPERATOR, issued[0].code, "error")
    findings = look(house.ports, typed=link.url)
    assert sorted(states(findings)) == ["revoked", "valid", "valid"]
    for finding in findings:
        assert finding.check is not None
        assert finding.check.shown is not None
        assert finding.check.shown.person in ("З. П.", "П. З.")  # as far as consent allows
    clock.forward(timedelta(days=8))
    assert states(look(house.ports, typed=link.url)) == ["closed"]


def test_many_lines_are_bounded(house: House) -> None:
    codes = "\n".join([issue(house.ports).code] * brought.MOST_LINES)
    assert states(look(house.ports, typed=codes)) == ["valid"] * brought.MOST_LINES
    assert states(look(house.ports, typed=codes + "\n" + UNKNOWN)) == ["unreadable"]


# --- what cannot be opened


def test_what_was_not_opened_says_why_and_what_to_do(house: House) -> None:
    files = {b"PK\x03\x04": "archive", pdf(): "copy of the pages", png(): "square code", b"": "empty"}
    for data, word in files.items():
        [found] = look(house.ports, data)
        assert (found.state, found.verified, found.exit_code) == ("unreadable", False, 1)
        assert found.advice is not None
        assert word in found.reason.text + found.advice.text
        assert found.check is not None
        assert [step.result for step in found.check.steps if step.name == "structure"] == ["fails"]
        assert {step.result for step in found.check.steps if step.name != "structure"} == {"unknown"}


def test_one_bad_file_does_not_spoil_the_others(house: House, body: bytes) -> None:
    assert states(look(house.ports, b"%PDF-1.7", body, b"\x89PNG\r\n\x1a\n", pdf({"a.json": body}))) == [
        "unreadable",
        "valid",
        "unreadable",
        "valid",
    ]


def test_the_work_of_one_visit_is_bounded(house: House, body: bytes) -> None:
    class Crowd:
        def open(self, files: object) -> list[Opened]:
            return [Opened("pdf", texts=(body,) * 150), Opened("pdf", texts=(body,) * 150)]

    ports = replace(house.ports, uploads=Crowd())
    found = states(look(ports, b"", b""))
    assert found.count("valid") == 200
    assert found.count("unreadable") == 100


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("C:\\Users\\Иван\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\nb\x00c.json", "a bc.json"),
        ("x" * 300, "x" * 79 + "…"),
        ("", ""),
    ],
)
def test_a_file_is_called_what_can_be_seen(name: str, seen: str) -> None:
    assert brought.summary_name(name) == seen


# --- without a home


def test_without_a_home_a_document_is_checked_by_itself_and_every_link_leads_elsewhere(
    house: House, body: bytes
) -> None:
    now, zone = datetime(2026, 11, 25, tzinfo=UTC), ZoneInfo("Asia/Novosibirsk")
    files = [
        Brought("a", baked_png(body)),
        Brought("b", image_bytes(code_image(f"https://school.example/v/{UNKNOWN}"))),
    ]
    findings = brought.check_alone(SandboxedUploads(), files, now=now, timezone=zone)
    assert [(found.state, found.exit_code) for found in findings] == [("issuer_unknown", 4), ("not_ours", 4)]


def test_a_document_in_a_code(house: House) -> None:
    small = as_text(
        {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential"], "proof": {}}
    )
    [found] = look(house.ports, image_bytes(code_image(small)))
    assert found.kind == "code"
    assert found.state in ("altered", "unreadable")
