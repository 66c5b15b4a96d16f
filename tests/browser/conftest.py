"""A served demo school and visitors with Debian's Chromium, at the widths and in the languages that pages are made for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from portfolio.i18n import Translator, translations
from tests.browser.demo_home import DemoHome

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# The browser runs as root in CI, and must not talk to its maker while requests are counted.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = {390: 844, 360: 740, 320: 640, 1280: 900}


def chromium_program() -> str | None:
    """The path of an installed Chromium."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@dataclass
class Visitor:
    """Somebody with a browser of their own. requests: every address it asked for; complaints: what its console said."""

    context: BrowserContext
    page: Page
    home: DemoHome
    address: str
    translator: Translator
    javascript: bool
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def say(self, sentence: str, **gaps: object) -> str:
        """A sentence as this visitor's pages say it."""
        return self.translator.gettext(sentence, **gaps)

    def open(self, path: str, *, status: int = 200) -> Page:
        """Go to a path of the school, or to a whole address, which must answer with the status given."""
        response = self.page.goto(path if "://" in path else self.address + path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        return self.page

    def press(self, name: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=self.say(name), exact=True).first.click()

    def follow(self, name: str) -> None:
        """Follow the link of this name."""
        self.page.get_by_role("link", name=self.say(name), exact=True).first.click()

    def sign_in(self, role: str) -> None:
        """Sign in as the demo's pupil, mentor or registrar."""
        account = self.home.account(role)
        self.open("/login")
        self.page.get_by_label(self.say("Login"), exact=True).fill(account["login"])
        self.page.get_by_label(self.say("Password"), exact=True).fill(account["password"])
        self.page.get_by_role("main").get_by_role("button", name=self.say("Sign in"), exact=True).click()
        self.page.get_by_role("button", name=self.say("Sign out"), exact=True).wait_for()

    def hear(self, message: ConsoleMessage) -> None:
        """Remember what the console complains of; an answer like 404 is no complaint about the page."""
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")


Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A demo school of this test run's own."""
    return DemoHome.seed(tmp_path_factory.mktemp("browser") / "home")


@pytest.fixture(scope="session")
def address(demo_home: DemoHome) -> Iterator[str]:
    """Where the demo school is served."""
    with demo_home.served() as served:
        yield served


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser program."""
    program = chromium_program()
    if program is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, demo_home: DemoHome, address: str) -> Iterator[Visit]:
    """``visit(width, language, javascript)``: a new visitor. No visitor's browser asked another host or complained."""
    visitors: list[Visitor] = []

    def come(width: int = 1280, language: str = "ru", *, javascript: bool = True, dark: bool = False) -> Visitor:
        visitors.append(new_visitor(chromium, demo_home, address, width, language, javascript=javascript, dark=dark))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.context.close()
    own = urlsplit(address).netloc
    foreign = {asked for visitor in visitors for asked in visitor.requests if urlsplit(asked).netloc != own}
    assert not foreign
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


def new_visitor(
    chromium: Browser,
    home: DemoHome,
    address: str,
    width: int,
    language: str,
    *,
    javascript: bool = True,
    dark: bool = False,
) -> Visitor:
    """Somebody whose browser prefers this language."""
    context = chromium.new_context(
        viewport={"width": width, "height": WIDTHS[width]},
        locale={"ru": "ru-RU", "en": "en-GB"}[language],
        timezone_id="Asia/Novosibirsk",
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    visitor = Visitor(context, context.new_page(), home, address, translations(language, UTC), javascript)
    context.on("request", lambda request: visitor.requests.append(request.url))
    context.on("console", visitor.hear)
    context.on("weberror", lambda error: visitor.complaints.append(str(error.error)))
    return visitor
