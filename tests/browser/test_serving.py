"""A server that is told to stop stops, whatever it has done before."""

from __future__ import annotations

import urllib.parse
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.browser.demo_home import DemoHome, stop


class Form(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden" and found.get("name"):
            self.fields[str(found["name"])] = str(found.get("value"))


@pytest.fixture
def home(tmp_path: Path) -> DemoHome:
    return DemoHome.seed(tmp_path / "home")


def signed_in(home: DemoHome, address: str, role: str) -> urllib.request.OpenerDirector:
    """Somebody with cookies."""
    person = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with person.open(f"{address}/login") as page:
        hidden = Form(page.read().decode()).fields
    account = home.account(role)
    fields = {**hidden, "login": account["login"], "password": account["password"]}
    with person.open(f"{address}/login", urllib.parse.urlencode(fields).encode()) as page:
        assert page.status == 200
        assert page.url.endswith("/me")
    return person


def test_a_server_that_looked_at_pages_stops(home: DemoHome) -> None:
    address, server = home.serve()
    with urllib.request.urlopen(f"{address}/v/{home.codes['valid']}") as page:
        page.read()
    assert stop(server)
    assert server.returncode == 0


@pytest.mark.pdf
def test_a_server_that_made_a_pdf_stops(home: DemoHome) -> None:
    address, server = home.serve()
    pupil = signed_in(home, address, "pupil")
    with pupil.open(f"{address}/me/credentials/{home.codes['valid']}/certificate.pdf", timeout=60) as document:
        assert document.read(5) == b"%PDF-"
    assert stop(server)
