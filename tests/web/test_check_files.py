"""Files, photos, links and codes at the door: one result, a table of several, a workbook, JSON."""

from __future__ import annotations

import html
import json
import re
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from portfolio import resources
from portfolio.permalinks import grouped
from portfolio.services import register
from portfolio.services.authorize import OPERATOR
from portfolio.services.links import CLOSED, NOT_FOUND, NOT_OURS
from portfolio.web.states import OUTCOMES
from tests.brought_files import baked_png, baked_svg, code_image, image_bytes, pdf, png, screenshot
from tests.web.conftest import Site
from tests.web.people import said

UNKNOWN = "0123456789abcdef"
BASE = "http://localhost:8000"
Files = Sequence[tuple[str, bytes]]


def send(
    client: FlaskClient, files: Files = (), text: str = "", *, language: str = "en", status: int = 200, **more: str
) -> TestResponse:
    """Choose these files in the form, type this text, press the button."""
    page = client.get(f"/verify?lang={language}").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    sent: dict[str, Any] = {"csrf_token": token[1], "text": text, **more}
    sent["file"] = [(BytesIO(data), name) for name, data in files]
    answer = client.post(f"/verify?lang={language}", data=sent, content_type="multipart/form-data")
    assert answer.status_code == status, said(answer)
    return answer


def ask(client: FlaskClient, files: Files = (), text: str = "") -> list[dict[str, Any]]:
    """The same as a program asks, without a form."""
    answer = client.post(
        "/verify",
        data={"text": text, "file": [(BytesIO(data), name) for name, data in files]},
        content_type="multipart/form-data",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.get_json()["results"]
    return found


def body(site: Site, state: str = "valid") -> bytes:
    return register.credential_file(site.ports, OPERATOR, site.code(state))


def link(site: Site, state: str = "valid") -> str:
    return f"{BASE}/v/{site.code(state)}"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_one_file_of_each_kind_is_one_page(site: Site, client: FlaskClient, language: str) -> None:
    signed = body(site)
    word = {"ru": "Подтверждено", "en": "Verified"}[language]
    kinds = {"a.pdf": pdf({"a.json": signed}), "a.png": baked_png(signed), "a.svg": baked_svg(signed.decode())}
    for name, data in {**kinds, "a.json": signed}.items():
        text = send(client, [(name, data)], language=language).get_data(as_text=True)
        assert f"<strong>{word}</strong>" in text
        assert 'class="band holds"' in text
        assert f"/v/{site.code('valid')}" in text
        assert name not in text


def test_a_code_alone_leads_to_its_page(site: Site, client: FlaskClient) -> None:
    target = f"/v/{site.code('valid')}"
    for typed in (site.code("valid"), grouped(site.code("valid")), link(site)):
        assert send(client, text=typed, status=303).headers["Location"] == target
    photo = ("photo.png", image_bytes(code_image(link(site))))
    assert send(client, [photo], status=303).headers["Location"] == target


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Leads elsewhere", "evil.example", "It was not opened")),
        ("ru", ("Ведёт на другой сайт", "evil.example", "Мы туда не заходили")),
    ],
)
def test_a_strangers_link_is_named_and_never_a_link(client: FlaskClient, language: str, words: Sequence[str]) -> None:
    page = send(client, text="https://evil.example/v/k7qm2x9rtpw4zsve?a=b", language=language)
    text = page.get_data(as_text=True)
    assert all(word in said(page) for word in words)
    assert 'class="band unknown"' in text
    assert "k7qm2x9rtpw4zsve" not in text
    assert not re.search(r'(href|src|action)="[^"]*evil', text)
    assert text.count("<h1") == 1


def test_several_files_are_a_table(site: Site, client: FlaskClient) -> None:
    altered = Path(site.table["files"]["altered"]).read_bytes()
    files = [
        ("Анна.pdf", pdf({"a.json": body(site)})),
        ("revoked.json", body(site, "revoked")),
        ("expired.png", baked_png(body(site, "expired"))),
        ("altered.json", altered),
        ("stranger.json", Path(site.table["files"]["unknown_issuer"]).read_bytes()),
        ("no-code.png", png()),
        ("codes.png", screenshot([link(site), "https://evil.example/v/x"])),
    ]
    page = send(client, files, text=f"{UNKNOWN}\n{site.code('suspended')}\n{site.code('consent_withdrawn')}")
    text = page.get_data(as_text=True)
    rows = [said(row) for row in re.findall(r"(?s)<tr><th scope=\"row\">.*?</tr>", text)]
    assert len(rows) == 11
    for row, words in zip(
        rows,
        [
            ("Анна.pdf", "Verified"),
            ("revoked.json", "Revoked on", "Reason:"),
            ("expired.png", "Expired on"),
            ("altered.json", "The content was changed"),
            ("stranger.json", "issuer not known"),
            ("no-code.png", "cannot be read", "square code"),
            ("codes.png",),
            ("codes.png",),
            ("link or code", "No such record"),
            ("link or code", "On hold"),
            ("link or code", "Access closed"),
        ],
        strict=True,
    ):
        assert all(word in row for word in words), row
    assert "Leads elsewhere" in rows[6] + rows[7]
    assert "Verified" in rows[6] + rows[7]
    document = json.loads(altered)
    assert document["credentialSubject"]["achievement"]["name"] not in rows[3]
    assert text.count("<h1") == 1
    assert not re.search(r"<(script|style)[ >](?!.*src=)", text)


def test_file_names_are_shown_as_text(site: Site, client: FlaskClient) -> None:
    page = send(client, [("<img src=x onerror=alert(1)>.json", b"{}"), ("a\u202ef.json", b"[]")])
    text = page.get_data(as_text=True)
    assert "<img" not in text
    assert "\u202e" not in text
    assert "&lt;img src=x" in text


def test_the_table_is_saved_without_sending_the_files_again(site: Site, client: FlaskClient) -> None:
    files = [("=cmd|calc.json", body(site)), ("b.json", body(site, "revoked"))]
    text = send(client, files).get_data(as_text=True)
    sealed = re.search(r'name="table" value="([^"]+)"', text)
    assert sealed is not None
    assert 'name="format" value="xlsx"' in text
    answer = send(client, table=html.unescape(sealed[1]), format="xlsx")
    assert answer.mimetype.endswith("spreadsheetml.sheet")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    rows = list(load_workbook(BytesIO(answer.data)).active.iter_rows(values_only=True))
    assert rows[0][:2] == ("File", "Result")
    assert [row[0] for row in rows[1:]] == ["=cmd|calc.json", "b.json"]
    assert rows[1][1] == "Verified"
    assert str(rows[2][1]).startswith("Revoked on")
    assert rows[1][9] == grouped(site.code("valid"))
    assert load_workbook(BytesIO(answer.data)).active["A2"].data_type == "s"
    assert send(client, files, format="xlsx").data[:2] == b"PK"


@pytest.mark.parametrize("table", ["", "x", "AAAA", "é", "A" * 100_000])
def test_a_table_that_was_not_made_here_is_refused(client: FlaskClient, table: str) -> None:
    send(client, table=table, format="xlsx", status=400)


def test_json_says_the_same_with_every_step(site: Site, client: FlaskClient) -> None:
    files = [("a.pdf", pdf({"a.json": body(site)})), ("b.json", body(site, "revoked")), ("c.png", png())]
    found = ask(client, files, f"{site.code('expired')}\nhttps://evil.example/x")
    assert [one["state"] for one in found] == ["valid", "revoked", "unreadable", "expired", "not_ours"]
    assert [one["kind"] for one in found] == ["pdf", "text", "png", "link", "link"]
    assert [one["verified"] for one in found] == [True, False, False, False, False]
    for one in found[:4]:
        assert len(one["steps"]) == 9
        assert {step["result"] for step in one["steps"]} <= {"holds", "fails", "unknown"}
        assert all(step["reason"] for step in one["steps"])
    assert found[0]["url"] == link(site)
    assert found[1]["revocation_reason"] in ("error", "duplicate", "rules")
    assert found[1]["shown"]["title"]
    assert found[2]["advice"]
    assert found[2]["shown"] == {}
    assert found[3]["code"] == site.code("expired")
    assert "steps" not in found[4]


def test_a_form_of_another_site_cannot_ask(site: Site, client: FlaskClient) -> None:
    data = {"text": site.code("valid")}
    assert client.post("/verify", data=data).status_code == 400
    assert client.post("/verify", data=data, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
    machine = {"Sec-Fetch-Site": "cross-site", "Accept": "application/json"}
    assert client.post("/verify", data=data, headers=machine).status_code == 400


def test_too_many_files_are_refused_before_any_is_opened(site: Site, client: FlaskClient) -> None:
    files = [(f"{number}.json", b"{}") for number in range(21)]
    page = send(client, files, text="kept", status=422)
    assert "at most 20 files" in said(page)
    assert "kept" in page.get_data(as_text=True)
    headers = {"Accept": "application/json"}
    answer = client.post("/verify", data={"file": [(BytesIO(b"{}"), "a")] * 0}, headers=headers)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_twenty_files_are_one_table(site: Site, client: FlaskClient) -> None:
    data = pdf({"a.json": body(site)})
    text = send(client, [(f"{number}.pdf", data) for number in range(20)]).get_data(as_text=True)
    assert "20 results" in text
    assert text.count('scope="row"') == 20


def test_unknown_codes_count_wherever_they_are_typed(client: FlaskClient) -> None:
    lines = "\n".join(f"{number:016}" for number in range(20))
    for _ in range(3):
        assert {one["state"] for one in ask(client, text=lines)} == {"not_found"}
    assert client.post("/verify", data={"text": UNKNOWN}, headers={"Accept": "application/json"}).status_code == 429
    assert client.get(f"/v/{UNKNOWN}").status_code == 429


def test_files_are_throttled_by_their_number(client: FlaskClient) -> None:
    files = [(f"{number}.json", b"{}") for number in range(20)]
    for _ in range(6):
        ask(client, files)
    answer = client.post(
        "/verify",
        data={"file": [(BytesIO(b"{}"), "a.json")]},
        content_type="multipart/form-data",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 429


def test_nothing_is_written_to_the_disk(site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a file was spooled to the disk")

    for name in ("SpooledTemporaryFile", "TemporaryFile", "NamedTemporaryFile", "mkstemp"):
        monkeypatch.setattr(tempfile, name, refuse)
        monkeypatch.setattr(f"werkzeug.formparser.{name}", refuse, raising=False)
    home = {path: path.stat().st_mtime_ns for path in site.ports.home.rglob("*") if path.is_file()}
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n%b\r\n'
    large, paper = b"{" + b" " * (3 << 20) + b"}", pdf({"a.json": body(site), "x.bin": bytes(1 << 20)})
    answer = client.post(
        "/verify",
        data=part % (b"a.json", large) + part % (b"b.pdf", paper) + b"--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        headers={"Accept": "application/json"},
    )
    assert [one["state"] for one in answer.get_json()["results"]] == ["unreadable", "valid"]
    assert home == {path: path.stat().st_mtime_ns for path in site.ports.home.rglob("*") if path.is_file()}


def test_every_outcome_has_its_look() -> None:
    assert set(OUTCOMES) == {NOT_FOUND, CLOSED, NOT_OURS}


def test_the_enhancement_is_small() -> None:
    assert len((resources.static() / "verify.js").read_text("utf-8").splitlines()) < 150
