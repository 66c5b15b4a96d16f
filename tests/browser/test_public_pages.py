"""What public pages weigh and send, as a browser and a program see them."""

from __future__ import annotations

import urllib.error
import urllib.request
from email.message import Message

import pytest

from tests.browser.conftest import Visit
from tests.browser.demo_home import DemoHome

pytestmark = pytest.mark.browser

LIGHT = {"/v": 40_000, "/p": 120_000}


def fetch(url: str, language: str) -> tuple[bytes, Message]:
    request = urllib.request.Request(url, headers={"Accept": "text/html", "Accept-Language": language})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read(), response.headers


@pytest.mark.parametrize("language", ["ru", "en"])
def test_public_pages_are_light_and_guarded(demo_home: DemoHome, address: str, language: str) -> None:
    paths = [f"/v/{code}" for state, code in demo_home.codes.items() if state != "consent_withdrawn"]
    paths += ["/p/" + url.rpartition("/")[2] for url in demo_home.table["shares"]]
    for path in paths:
        html, headers = fetch(address + path, language)
        assert len(html) <= LIGHT[path[:2]], f"{path}: {len(html)} bytes"
        assert f'<html lang="{language}">' in html.decode()
        policy = headers["Content-Security-Policy"]
        assert "default-src" in policy
        assert "unsafe" not in policy
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Set-Cookie"] is None
        assert "Strict-Transport-Security" not in headers


def test_withdrawn_consent_answers_gone(demo_home: DemoHome, address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as found:
        fetch(f"{address}/v/{demo_home.codes['consent_withdrawn']}", "ru")
    assert found.value.code == 410
    found.value.close()


def test_the_server_answers_under_both_names(address: str) -> None:
    for host in ("localhost", "127.0.0.1"):
        html, _ = fetch(address.replace("localhost", host) + "/", "ru")
        assert b"</html>" in html


def test_the_first_look_needs_few_files(visit: Visit) -> None:
    """A page for a phone at the school gate: the page, one stylesheet, the fonts it uses, no script."""
    employer = visit(390, "ru")
    employer.open(f"/v/{employer.home.codes['valid']}")
    employer.page.wait_for_load_state("networkidle")
    kinds = [asked.rpartition("/")[2].partition("?")[0].rpartition(".")[2] for asked in employer.requests]
    assert kinds.count("css") == 1
    assert kinds.count("js") == 0
    assert kinds.count("woff2") <= 2
    assert len(kinds) <= 5


def test_a_chosen_language_is_kept(visit: Visit) -> None:
    visitor = visit(390, "en")
    page = visitor.open("/")
    page.get_by_role("link", name="Русский").click()
    assert page.locator("html").get_attribute("lang") == "ru"
    visitor.open("/verify")
    assert page.locator("html").get_attribute("lang") == "ru"
