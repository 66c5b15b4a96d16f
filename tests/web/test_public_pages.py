"""What a stranger sees: the start, a code in every state, a shared portfolio, a file."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portfolio.permalinks import grouped
from portfolio.practice.formats import FORMATS as FORMATS_OF_PRACTICE
from portfolio.practice.rubric import LEVELS as LEVELS_OF_RUBRIC
from portfolio.vc.validation import State
from portfolio.vc.verification import PRESENTATION_STEPS
from portfolio.vc.verification import STEPS as STEPS_OF_VERIFICATION
from portfolio.web.problems import EXPLANATIONS, OWN_PROBLEMS, listed_problems
from portfolio.web.states import ADVICE, FORMATS, LEVELS, LOOKS, STEPS, STEPS_OF_PRESENTATIONS
from tests.web.conftest import Site

UNKNOWN = "0123456789abcdef"
PUBLIC = ["/", "/verify", "/help/employer", "/privacy", "/problems", "/login", "/skills/S-TEAM"]


class _Outline(HTMLParser):
    """What a browser would load, run or jump to, and how headings are nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.headings: list[str] = []
        self.identifiers: list[str] = []
        self.references: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("link", "img", "script", "iframe", "source", "use"):
            self.loads.append(values.get("href") or values.get("src") or "")
        if tag == "style" or (tag == "script" and "src" not in values) or "style" in values:
            self.inline.append(tag)
        self.inline += [name for name in values if name.startswith("on")]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if values.get("id"):
            self.identifiers.append(values["id"] or "")
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.references += (values.get(name) or "").split()
        if tag == "a" and (values.get("href") or "").startswith("#"):
            self.references.append((values["href"] or "")[1:])


def every_page(site: Site) -> list[str]:
    return [*PUBLIC, f"/v/{site.code('valid')}", f"/v/{site.code('revoked')}", f"/v/{UNKNOWN}", site.share()]


def test_every_page_loads_only_its_own_files_and_has_nothing_inline(site: Site, client: FlaskClient) -> None:
    for path in every_page(site):
        text = client.get(path).get_data(as_text=True)
        outline = _Outline(text)
        assert outline.inline == [], path
        assert outline.loads, path
        for address in outline.loads:
            assert address.startswith("/static/"), (path, address)
            with client.get(address) as file:
                assert file.status_code == 200, address
        assert outline.headings.count("h1") == 1, path
        assert len(outline.identifiers) == len(set(outline.identifiers)), path
        assert set(outline.references) <= set(outline.identifiers), path
        assert 'name="viewport"' in text
        assert 'href="#main"' in text


def stylesheet(client: FlaskClient) -> str:
    with client.get("/static/orientir.css") as file:
        return file.get_data(as_text=True)


def test_the_stylesheet_names_only_files_that_are_there(client: FlaskClient) -> None:
    text = stylesheet(client)
    addresses = re.findall(r'url\("([^"]+)"\)', text)
    assert len(addresses) == 4
    for address in addresses:
        with client.get(f"/static/{address}") as file:
            assert file.status_code == 200
    assert len(text.encode()) <= 20_000
    assert "http" not in text


def test_colours_have_enough_contrast_in_both_schemes(client: FlaskClient) -> None:
    text = stylesheet(client)
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", text.split("@media (prefers-color-scheme: dark)")[0]))
    dark = dict(
        re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", text.split("@media (prefers-color-scheme: dark)")[1].split("}")[0])
    )
    for scheme in (light, {**light, **dark}):
        for ink in ("ink", "quiet", "blue", "holds", "caution", "fails", "unknown"):
            for ground in ("paper", "sheet"):
                assert contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
        for tone in ("holds", "caution", "fails", "unknown"):
            assert contrast(scheme[tone], scheme[f"{tone}-wash"]) >= 4.5, tone
        assert contrast(scheme["on-blue"], scheme["blue"]) >= 4.5
        assert contrast(scheme["edge"], scheme["sheet"]) >= 3
    for band in re.findall(r"--band: (#[0-9a-f]{6})", text):
        assert contrast("#ffffff", band) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""

    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# --- codes


@pytest.mark.parametrize(
    ("state", "tone", "russian", "english"),
    [
        ("valid", "holds", "Подтверждено", "Verified"),
        ("revoked", "fails", "Отозвано", "Revoked on"),
        ("expired", "caution", "Срок действия истёк", "Expired on"),
        ("suspended", "caution", "Приостановлено", "On hold"),
        ("not_yet_valid", "caution", "Ещё не действует: с", "Not valid yet: from"),
    ],
)
def test_each_state_has_its_band(
    site: Site, client: FlaskClient, state: str, tone: str, russian: str, english: str
) -> None:
    for language, word in (("ru", russian), ("en", english)):
        response = client.get(f"/v/{site.code(state)}?lang={language}")
        text = response.get_data(as_text=True)
        assert response.status_code == 200
        assert len(response.data) <= 40_000
        assert f'<html lang="{language}">' in text
        band = re.search(r'<div class="band (\w+)" role="status"><svg.*?<strong>(.*?)</strong>', text, re.S)
        assert band is not None
        assert band[1] == tone
        assert band[2].startswith(word)
        assert grouped(site.code(state)) in text
        assert ("Verified" in text or "Подтверждено" in text) == (state == "valid")


def test_json_says_the_same_with_every_step(site: Site, client: FlaskClient) -> None:
    for state in ("valid", "revoked", "expired", "suspended", "not_yet_valid"):
        response = client.get(f"/v/{site.code(state)}", headers={"Accept": "application/json"})
        body = response.get_json()
        assert response.status_code == 200
        assert response.mimetype == "application/json"
        assert body["state"] == state
        assert body["verified"] is (state == "valid")
        assert body["code"] == site.code(state)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["checked_at"])
        assert [step["step"] for step in body["steps"]] == list(STEPS_OF_VERIFICATION)
        assert {step["result"] for step in body["steps"]} <= {"holds", "fails", "unknown"}
        assert all(step["reason"] for step in body["steps"])
        assert body["shown"]["title"]


def test_revoked_says_when_and_why_and_stays_readable(site: Site, client: FlaskClient) -> None:
    text = client.get(f"/v/{site.code('revoked')}?lang=ru").get_data(as_text=True)
    body = client.get(f"/v/{site.code('revoked')}", headers={"Accept": "application/json"}).get_json()
    assert body["revocation_reason"] in ("error", "duplicate", "rules")
    assert body["revoked_at"].endswith("Z")
    assert "Причина: " in text
    assert body["shown"]["title"] in text


def test_a_code_may_be_typed_in_any_way(site: Site, client: FlaskClient) -> None:
    code = site.code("valid")
    for typed in (code.upper(), grouped(code), grouped(code).upper(), f" {code} "):
        answer = client.get("/v", query_string={"code": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/v/{code}")
    answer = client.get(f"/v/{grouped(code).upper()}?lang=en")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/v/{code}?lang=en")


def test_what_is_no_code_leads_back_to_the_field(client: FlaskClient) -> None:
    answer = client.get("/v", query_string={"code": "k7qm <script>", "lang": "en"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "k7qm &lt;script&gt;" in text
    assert 'aria-invalid="true"' in text
    assert "point the camera" in text
    assert "k7qm-2x9r-tpw4-zsve" in text


def test_unknown_codes_answer_the_same_bytes(client: FlaskClient) -> None:
    answers = [client.get(f"/v/{code}") for code in (UNKNOWN, "zzzzzzzzzzzzzzzz", "not-a-code", "x" * 500)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(answer.headers.to_wsgi_list()) for answer in answers}) == 1
    machine = client.get(f"/v/{UNKNOWN}", headers={"Accept": "application/json"})
    assert machine.mimetype == "application/problem+json"
    assert machine.get_json() == {
        "type": "http://localhost:8000/problems#not-found",
        "title": "There is no such record.",
        "status": 404,
    }


def test_withdrawn_consent_is_a_page_of_its_own_without_personal_data(site: Site, client: FlaskClient) -> None:
    path = f"/v/{site.code('consent_withdrawn')}"
    answer = client.get(path, headers={"Accept-Language": "ru"})
    assert answer.status_code == 410
    text = answer.get_data(as_text=True)
    assert "Владелец закрыл доступ" in text
    assert site.code("consent_withdrawn") not in text
    machine = client.get(path, headers={"Accept": "application/json"})
    assert machine.status_code == 410
    assert set(machine.get_json()) <= {"type", "title", "status", "detail"}


def test_the_signed_file_follows_the_consent(site: Site, client: FlaskClient) -> None:
    path = f"/v/{site.code('valid')}"
    body = client.get(path, headers={"Accept": "application/json"}).get_json()
    file = client.get(f"{path}/credential.json")
    if "credential" in body:
        assert file.status_code == 200
        assert file.mimetype == "application/vc"
        assert json.loads(file.data) == body["credential"]
        assert "attachment" in file.headers["Content-Disposition"]
    else:
        assert file.status_code == 404


def test_pages_of_strangers_set_no_cookie(site: Site, client: FlaskClient) -> None:
    office = next(found for found in site.table["sign_ins"] if found["role"] == "registrar")
    client.set_cookie("sign-in", "x", domain="localhost")
    assert office
    for path in (f"/v/{site.code('valid')}?lang=en", f"/v/{UNKNOWN}", site.share() + "?lang=en"):
        assert "Set-Cookie" not in client.get(path).headers


# --- portfolios


def test_a_shared_portfolio(site: Site, client: FlaskClient) -> None:
    for language, word in (("ru", "Навыки"), ("en", "Skills")):
        answer = client.get(f"{site.share()}?lang={language}")
        text = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert len(answer.data) <= 120_000
        assert word in text
        assert "%" not in re.sub(r"<[^>]+>", "", text)  # no percentages of a child
        codes = re.findall(r'href="/v/([0-9a-z]{16})"', text)
        assert codes
        assert client.get(f"/v/{codes[0]}").status_code == 200


def test_files_of_a_shared_portfolio_are_the_signed_bytes(site: Site, client: FlaskClient) -> None:
    text = client.get(site.share()).get_data(as_text=True)
    addresses = re.findall(r'href="(/p/[^"]+\.json)"', text)
    assert addresses
    file = client.get(addresses[0])
    assert file.mimetype == "application/vc"
    answer = client.post("/credentials/verify", json={"verifiableCredential": json.loads(file.data)})
    assert answer.get_json()["state"] in tuple(set(LOOKS) - {"altered", "unreadable"})


def test_unknown_and_malformed_links_are_not_there(client: FlaskClient) -> None:
    for token in ("A" * 43, "x", "A" * 2000):
        assert client.get(f"/p/{token}").status_code == 404


# --- files


def upload(client: FlaskClient, data: bytes) -> str:
    form = client.get("/verify?lang=en").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    answer = client.post(
        "/verify?lang=en",
        data={"csrf_token": token[1], "file": (BytesIO(data), "a.json")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_an_altered_file_shows_nothing_of_itself(site: Site, client: FlaskClient) -> None:
    data = Path(site.table["files"]["altered"]).read_bytes()
    document = json.loads(data)
    text = upload(client, data)
    assert "The content was changed after issue" in text
    assert 'class="band fails"' in text
    assert document["id"] not in text
    assert document["credentialSubject"]["achievement"]["name"] not in text
    for identifier in document["credentialSubject"].get("identifier", []):
        assert identifier["identityHash"] not in text


def test_a_strangers_file_is_amber(site: Site, client: FlaskClient) -> None:
    text = upload(client, Path(site.table["files"]["unknown_issuer"]).read_bytes())
    assert "Signature valid, issuer not known to us" in text
    assert 'class="band caution"' in text
    assert "Calls itself" in text
    assert "Issued by" not in text


def test_our_own_file_is_verified_and_leads_to_its_page(site: Site, client: FlaskClient) -> None:
    body = client.get(f"/v/{site.code('valid')}", headers={"Accept": "application/json"}).get_json()
    text = upload(client, json.dumps(body["credential"], ensure_ascii=False).encode())
    assert "<strong>Verified</strong>" in text
    assert f"/v/{site.code('valid')}" in text


@pytest.mark.parametrize(
    "data",
    [b"not json", b"[]", b"{}", b'{"a": 1, "a": 2}', b"\xff\xfe", b"[" * 100_000, b"%PDF-1.7", b"PK\x03\x04"],
    ids=["words", "list", "empty", "duplicate", "bytes", "deep", "pdf", "zip"],
)
def test_what_is_no_credential_gets_a_clear_answer(client: FlaskClient, data: bytes) -> None:
    text = upload(client, data)
    assert 'class="band unknown"' in text or 'class="band fails"' in text
    assert any(
        word in text for word in ("original file", "Ask for it once more", "can be checked here", "signed files")
    )
    assert "Verified" not in text


def test_nothing_sent_asks_for_a_file(client: FlaskClient) -> None:
    form = client.get("/verify").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token is not None
    answer = client.post("/verify", data={"csrf_token": token[1], "text": "  "})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


# --- definitions


def test_every_address_that_a_credential_names_answers(site: Site, client: FlaskClient) -> None:
    body = client.get(f"/v/{site.code('valid')}", headers={"Accept": "application/json"}).get_json()
    named = sorted(set(re.findall(r'"(http://localhost:8000/[^"]*)"', json.dumps(body["credential"]))))
    assert any("/a/" in address for address in named)
    assert any("/status/" in address for address in named)
    for address in named:
        for accept in ("text/html", "application/json"):
            answer = client.get(address.removeprefix("http://localhost:8000"), headers={"Accept": accept})
            assert answer.status_code == 200, (address, accept)


def test_unknown_definitions_are_not_there(client: FlaskClient) -> None:
    for path in ("/a/nothing/v1", "/a/cnc/v99", "/skills/NOPE", "/o/0000000000000", "/e/x", "/status/99", "/nothing"):
        assert client.get(path).status_code == 404, path


def test_problem_types_are_explained_where_they_point(read: Callable[..., str]) -> None:
    text = read("/problems?lang=en")
    for known in OWN_PROBLEMS:
        assert f'id="{known.type.partition("#")[2]}"' in text
    for _, _, words in listed_problems():
        assert words != EXPLANATIONS["error"]
        assert words.heading in html.unescape(text)


# --- the words of the door and of the core are the same words


def test_every_state_step_format_and_level_has_words() -> None:
    assert set(LOOKS) == {state.value for state in State}
    assert set(ADVICE) == set(LOOKS) - {"valid"}
    assert set(STEPS) == set(STEPS_OF_VERIFICATION)
    assert set(STEPS) | set(STEPS_OF_PRESENTATIONS) >= set(PRESENTATION_STEPS)
    assert dict(FORMATS) == {kind: known.title for kind, known in FORMATS_OF_PRACTICE.items()}
    assert dict(LEVELS) == {number: level.name_en for number, level in LEVELS_OF_RUBRIC.items()}
