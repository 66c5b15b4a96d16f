"""Headers, hosts, cookies, form tokens, throttles."""

from __future__ import annotations

import os
import re
from pathlib import Path
from threading import Timer

import pytest
from flask.testing import FlaskClient

from portfolio.bootstrap import bootstrap
from portfolio.services import form_keys
from portfolio.services.setup import create_home
from portfolio.services.sign_in import current_actor
from portfolio.settings import Settings
from portfolio.web import security
from portfolio.web.api import WITHOUT_CSRF
from portfolio.web.app import create_app
from portfolio.web.security import safe_next
from tests.web.conftest import Site


def test_every_answer_carries_the_guards(site: Site, client: FlaskClient) -> None:
    paths = [
        "/",
        f"/v/{site.code('valid')}",
        site.share(),
        "/verify",
        "/login",
        "/nothing",
        "/account",
        "/status/1",
        "/.well-known/did.json",
        "/healthz",
        "/readyz",
        "/static/orientir.css",
    ]
    for path in paths:
        with client.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy
        assert "data:" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "form-action 'self'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers  # http on loopback


def test_public_records_are_not_for_search_engines(site: Site, client: FlaskClient) -> None:
    for path in (f"/v/{site.code('valid')}", site.share(), "/v/0123456789abcdef", "/p/unknown"):
        headers = client.get(path).headers
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Cache-Control"] == "no-store"


def test_only_our_own_host_is_served(site: Site) -> None:
    for host, status in (
        ("localhost:8000", 200),
        ("127.0.0.1:8000", 200),
        ("localhost:9999", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("evil.example:8000", 400),
    ):
        answer = site.app.test_client().get("/", headers={"Host": host})
        assert answer.status_code == status, host
        assert "evil" not in answer.get_data(as_text=True)


def test_every_post_needs_its_token(site: Site, client: FlaskClient) -> None:
    """Driven by the route map: a new form cannot forget it."""
    exempt = {f"api.{view.__name__}" for view in WITHOUT_CSRF}
    seen = 0
    for rule in site.app.url_map.iter_rules():
        methods = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        if not methods or rule.endpoint in exempt:
            continue
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in methods:
            answer = client.open(path, method=method, data={"form_key": "k" * 22})
            assert answer.status_code == 400, (method, rule.rule)
            seen += 1
    assert seen >= 5
    assert exempt == {
        "api.verify_credential",
        "api.verify_presentation",
        "api.make_challenge",
        "api.issue_credential",
        "api.change_status",
        "api.derive_credential",
    }


def token_of(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).get_data(as_text=True))
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 400),
        ({"Sec-Fetch-Site": "same-site"}, 400),
        ({"Origin": "http://evil.example"}, 400),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 422),
        ({"Origin": "http://localhost:8000"}, 422),
        ({}, 422),
    ],
)
def test_forms_of_other_sites_are_refused_even_with_a_token(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    data = {"csrf_token": token_of(client, "/verify"), "text": ""}
    assert client.post("/verify", data=data, headers=headers).status_code == status


def test_form_cookie_is_out_of_reach_of_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = client.get("/verify").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # http on loopback


def test_fifty_megabytes_are_refused_with_a_page(client: FlaskClient) -> None:
    token = token_of(client, "/verify")
    parts = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n'
    )
    answer = client.post(
        "/verify",
        data=parts.encode() + b"x" * (50 * 1024 * 1024) + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        headers={"Accept-Language": "ru"},
    )
    assert answer.status_code == 413
    assert "Файл слишком большой" in answer.get_data(as_text=True)


def test_only_unknown_codes_are_counted(site: Site, client: FlaskClient) -> None:
    path = f"/v/{site.code('valid')}"
    for _ in range(70):
        assert client.get(path).status_code == 200
    statuses = [client.get(f"/v/{number:016d}").status_code for number in range(62)]
    assert statuses[:60] == [404] * 60
    assert statuses[-1] == 429
    refused = client.get("/v/0000000000000001", headers={"Accept": "application/json"})
    assert refused.status_code == 429
    assert refused.get_json()["type"].endswith("/problems#too-many-requests")
    assert int(refused.headers["Retry-After"]) > 0
    elsewhere = client.get(path, environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert elsewhere.status_code == 200


def test_logins_are_throttled_by_login(client: FlaskClient) -> None:
    token = token_of(client, "/login")
    data = {"csrf_token": token, "login": "nobody", "password": "wrong"}
    statuses = [
        client.post("/login", data=data, environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"}).status_code
        for number in range(11)
    ]
    assert statuses[:10] == [401] * 10
    assert statuses[10] == 429


@pytest.mark.parametrize("extra", ["\u00ad", "\u200b", "\u2060", "\ufeff", "\t", " ", "\u200e"])
def test_an_invisible_character_does_not_make_another_login(client: FlaskClient, extra: str) -> None:
    data = {"csrf_token": token_of(client, "/login"), "password": "wrong"}
    for number in range(11):
        status = client.post(
            "/login",
            data={**data, "login": "NoBody"[: number % 2 * 6] + "nobody"[number % 2 * 6 :] + extra * number},
            environ_overrides={"REMOTE_ADDR": f"203.0.113.{number}"},
        ).status_code
    assert status == 429


def test_programs_elsewhere_are_throttled_sooner_than_those_on_this_machine(client: FlaskClient) -> None:
    def ask(address: str) -> int:
        return client.post("/credentials/verify", json={}, environ_overrides={"REMOTE_ADDR": address}).status_code

    assert {ask("203.0.113.5") for _ in range(120)} == {400}
    assert ask("203.0.113.5") == 429
    assert ask("203.0.113.6") == 400
    assert {ask("127.0.0.1") for _ in range(130)} == {400}


@pytest.mark.parametrize("origin", ["http://[", "http://evil.example", "http://\u2100.example"])
def test_a_crafted_origin_is_refused_where_cookies_are_read_and_nothing_where_not(
    client: FlaskClient, origin: str
) -> None:
    headers = {"Origin": origin.encode().decode("latin-1")}
    assert client.post("/me/shares", headers=headers).status_code == 400
    answer = client.post("/credentials/verify", json={}, headers=headers)
    assert answer.get_json() == client.post("/credentials/verify", json={}).get_json()


@pytest.mark.parametrize("number", ["9" * 5000, "0" * 5000])
@pytest.mark.parametrize("path", ["/a/cnc/v{}", "/status/{}", "/login?next=//[{}"])
def test_numbers_without_end_break_nothing(client: FlaskClient, path: str, number: str) -> None:
    assert client.get(path.format(number)).status_code < 500


@pytest.mark.parametrize(
    ("field", "megabytes", "status"),
    [
        ('file"; filename="record.json', 6, 200),
        ("text", 6, 200),
        ('file"; filename="record.json', 9, 200),
        ('file"; filename="record.json', 40, 413),
    ],
)
def test_a_file_to_check_may_be_larger_than_a_form(
    client: FlaskClient, field: str, megabytes: int, status: int
) -> None:
    token = token_of(client, "/verify").encode()
    body = b"{" + b" " * (megabytes * 1024 * 1024) + b"}"
    head = b'--limit\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    sent = head % (b"csrf_token", token) + head % (field.encode(), body) + b"--limit--\r\n"
    answer = client.post("/verify", data=sent, content_type="multipart/form-data; boundary=limit")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/m", True),
        ("/me?x=1", True),
        ("//evil.example", False),
        ("https://evil.example", False),
        ("/\\evil.example", False),
        ("javascript:alert(1)", False),
        ("", False),
        ("/a\r\nSet-Cookie: x=1", False),
        ("/" + "a" * 600, False),
        ("//[", False),
    ],
)
def test_only_local_paths_are_returned_to(target: str, safe: bool) -> None:
    assert safe_next(target) == (target if safe else None)


def test_on_https_cookies_and_transport_are_locked_down(tmp_path: Path) -> None:
    house = bootstrap(Settings.from_env({"PORTFOLIO_HOME": os.fspath(tmp_path / "home"), "PORTFOLIO_PROXIES": "1"}))
    house.upgrade()
    try:
        create_home(house.ports, name="Школа", base_url="https://portfolio.school.example")
        client = create_app(house.ports).test_client()
        headers = {"Host": "portfolio.school.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
        answer = client.get("/verify", headers=headers)
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert answer.headers["Set-Cookie"].startswith("__Host-form=")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "Domain" not in answer.headers["Set-Cookie"]
        assert client.get("/", headers={"Host": "localhost"}).status_code == 400
    finally:
        house.close()


# --- one-time form keys, on the smallest form there is


@pytest.fixture
def pupil(site: Site, client: FlaskClient) -> FlaskClient:
    """A browser in which the demo's pupil has signed in."""
    found = next(entry for entry in site.table["sign_ins"] if entry["role"] == "pupil")
    answer = client.post(
        "/login",
        data={"csrf_token": token_of(client, "/login"), "login": found["login"], "password": found["password"]},
    )
    assert answer.status_code == 303
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("sign-in="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    return client


def choose(browser: FlaskClient, language: str, key: str) -> int:
    data = {"csrf_token": token_of(browser, "/account"), "form_key": key, "language": language}
    return browser.post("/account/language", data=data).status_code


def language_of_account(site: Site, browser: FlaskClient) -> str | None:
    cookie = browser.get_cookie("sign-in", domain="localhost")
    assert cookie is not None
    person = current_actor(site.ports, cookie.value)
    assert person is not None
    return person.language


def key_of(browser: FlaskClient) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', browser.get("/account").get_data(as_text=True))
    assert found is not None
    return found[1]


def test_a_form_sent_twice_acts_once(site: Site, pupil: FlaskClient) -> None:
    key = key_of(pupil)
    assert choose(pupil, "en", key) == 303
    assert choose(pupil, "ru", key) == 303
    assert language_of_account(site, pupil) == "en"
    assert choose(pupil, "ru", key_of(pupil)) == 303
    assert language_of_account(site, pupil) == "ru"


def test_a_form_that_was_refused_may_be_sent_again(site: Site, pupil: FlaskClient) -> None:
    key = key_of(pupil)
    assert choose(pupil, "xx", key) == 422
    assert choose(pupil, "ru", key) == 303


def test_the_second_click_waits_for_the_first_and_leads_to_the_same_place(site: Site, pupil: FlaskClient) -> None:
    key = key_of(pupil)
    assert form_keys.claim(site.ports, key) is None
    first = Timer(0.5, form_keys.settle, (site.ports, key, "/where-the-first-one-led"))
    data = {"csrf_token": token_of(pupil, "/account"), "form_key": key, "language": "en"}
    first.start()
    answer = pupil.post("/account/language", data=data)
    first.join()
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/where-the-first-one-led"


def test_a_form_in_the_middle_of_its_work_is_not_begun_again(
    site: Site, pupil: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_of(pupil)
    assert form_keys.claim(site.ports, key) is None
    monkeypatch.setattr(security, "PATIENCE", 0.3)
    assert choose(pupil, "en", key) == 409
    assert language_of_account(site, pupil) == "ru"


def test_a_form_without_a_key_is_refused(pupil: FlaskClient) -> None:
    assert choose(pupil, "ru", "") == 400


def test_a_signed_in_person_is_nobody_on_pages_of_strangers(site: Site, pupil: FlaskClient) -> None:
    answer = pupil.get(f"/v/{site.code('valid')}?lang=en")
    assert "Set-Cookie" not in answer.headers
    assert "Sign out" not in answer.get_data(as_text=True)
    assert "Sign out" in pupil.get("/?lang=en").get_data(as_text=True)
