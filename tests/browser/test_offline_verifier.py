"""The page that verifies without a network, opened from a disk by a browser that has none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from portfolio.i18n import translations
from portfolio.web import states
from tests.browser.conftest import WIDTHS
from tests.browser.demo_home import DemoHome
from tests.browser.test_accessibility import RULES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STATES = ("valid", "revoked", "expired", "suspended", "not_yet_valid")


@pytest.fixture(scope="module")
def verifier(demo_home: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo school's page, as the command writes it."""
    path = tmp_path_factory.mktemp("verifier") / "verifier.html"
    demo_home.run("verifier", "build", "--out", str(path))
    return path


@pytest.fixture(scope="module")
def files(demo_home: DemoHome, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file for each state."""
    folder = tmp_path_factory.mktemp("files")
    found = {}
    for state in STATES:
        (document,) = demo_home.export(demo_home.codes[state], out=folder)
        found[state] = folder / f"{state}.json"
        found[state].write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    found["altered"], found["issuer_unknown"] = (
        Path(demo_home.table["files"][name]) for name in ("altered", "unknown_issuer")
    )
    found["unreadable"] = folder / "unreadable.json"
    found["unreadable"].write_bytes(b"\x89PNG\r\n")
    return found


@dataclass
class Reader:
    """Somebody with the page open. requests: every address that the browser asked for; complaints: what its console said."""

    page: Page
    language: str = "ru"
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> str:
        from datetime import UTC

        return translations(self.language, UTC).gettext(sentence)

    def speak(self, language: str) -> None:
        self.language = language
        if language == "en":
            self.page.get_by_role("button", name="English").click()
        expect(self.page.locator("html")).to_have_attribute("lang", language)

    def bring(self, *paths: Path) -> list[Locator]:
        """Choose files; their records."""
        self.page.locator("#files").set_input_files(paths)
        records = self.page.locator("#results > section")
        expect(records).to_have_count(len(paths))
        return records.all()


@pytest.fixture
def reader(chromium: Browser, verifier: Path) -> Iterator[Reader]:
    """The page in a browser without a network; it asked for nothing but itself, and complained of nothing."""
    context = _offline(chromium)
    found = Reader(context.new_page())
    context.on("request", lambda request: found.requests.append(request.url))
    context.on("console", lambda message: found.complaints.append(message.text))
    context.on("weberror", lambda error: found.complaints.append(str(error.error)))
    found.page.goto(verifier.as_uri())
    yield found
    context.close()
    assert {asked for asked in found.requests if not asked.startswith("data:font/woff2;")} == {verifier.as_uri()}
    assert found.complaints == []


def _offline(chromium: Browser, width: int = 1280, *, dark: bool = False) -> BrowserContext:
    return chromium.new_context(
        offline=True,
        viewport={"width": width, "height": WIDTHS[width]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )


@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_state_has_its_word_icon_and_tone(reader: Reader, files: dict[str, Path], language: str) -> None:
    reader.speak(language)
    for state, record in zip(files, reader.bring(*files.values()), strict=True):
        assert record.get_attribute("data-state") == state
        band = record.locator(".band")
        headline = {"not_yet_valid": "Not valid yet", "expired": "Expired", "revoked": "Revoked"}.get(
            state, states._HEADLINES.get(state, states.LOOKS[state].word)
        )
        expect(band.locator("h3, strong")).to_have_text(reader.say(headline))
        assert states.LOOKS[state].tone in (band.get_attribute("class") or "").split()
        assert band.locator("svg.icon").count() == 1
        expect(band).to_contain_text("верно на" if language == "ru" else "true as of")


def test_nothing_of_a_file_that_does_not_hold_is_shown(
    reader: Reader, files: dict[str, Path], demo_home: DemoHome
) -> None:
    document = json.loads(files["altered"].read_bytes())
    (record,) = reader.bring(files["altered"])
    text = record.inner_text()
    for fact in (document["credentialSubject"]["achievement"]["name"], document["issuer"]["name"], document["id"]):
        assert fact not in text
    assert record.locator(".facts dt").count() == 1, "the state, and nothing else"


def test_what_the_signature_covers_is_shown_as_on_the_schools_page(reader: Reader, files: dict[str, Path]) -> None:
    document = json.loads(files["valid"].read_bytes())
    subject = document["credentialSubject"]
    (record,) = reader.bring(files["valid"])
    for fact in (
        subject["achievement"]["name"],
        subject["identifier"][0]["identityHash"],
        subject["source"]["name"],
        subject["source"]["parentOrg"]["name"],
        document["issuer"]["name"],
    ):
        expect(record.locator("article")).to_contain_text(fact)
    assert record.locator(".skill-line").count() > 0
    assert re.fullmatch(r"M[\d .qtzMh-]+z", record.locator("svg.rosette path").get_attribute("d") or "")


def test_steps_are_those_of_the_program(reader: Reader, files: dict[str, Path]) -> None:
    """Every step by name, and nothing that could not be checked is called so or so."""
    for record in reader.bring(*files.values()):
        steps = {
            str(line.get_attribute("data-step")): line.get_attribute("data-result")
            for line in record.locator("li[data-step]").all()
        }
        assert list(steps) == list(states.STEPS)
        if record.get_attribute("data-state") == "valid":
            assert [steps[name] for name in list(steps)[:6]] == ["holds"] * 6
        expect(record.locator("li[data-result=unknown].holds, li[data-result=unknown].fails")).to_have_count(0)


def test_files_can_be_dropped(reader: Reader, files: dict[str, Path]) -> None:
    reader.page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "dropped.json"));
          document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        files["valid"].read_text("utf-8"),
    )
    expect(reader.page.locator("section[data-state=valid]")).to_have_count(1)


def test_a_whole_portfolio_with_each_confirmation_inside(reader: Reader, demo_home: DemoHome, tmp_path: Path) -> None:
    import zipfile

    package = tmp_path / "school.zip"
    demo_home.run("school", "export", "--out", str(package))
    with zipfile.ZipFile(package) as packed:
        name = next(name for name in packed.namelist() if name.endswith("clr.json"))
        path = tmp_path / "clr.json"
        path.write_bytes(packed.read(name))
    (record,) = reader.bring(path)
    assert record.get_attribute("data-state") == "valid"
    inside = json.loads(path.read_bytes())["credentialSubject"]["verifiableCredential"]
    expect(record.locator("li[data-state=valid]")).to_have_count(len(inside))


def test_a_copy_that_is_old_says_so_and_is_not_green(chromium: Browser, verifier: Path, files: dict[str, Path]) -> None:
    context = _offline(chromium)
    page = context.new_page()
    page.clock.set_system_time(page.evaluate("Date.now()") + 31 * 24 * 3600 * 1000)
    page.goto(verifier.as_uri())
    expect(page.locator(".notice.caution")).to_contain_text("30 дней")
    page.locator("#files").set_input_files([files["valid"], files["revoked"]])
    expect(page.locator("#results > section")).to_have_count(2)
    assert [found.get_attribute("data-state") for found in page.locator("#results > section").all()] == [
        "status_unknown",
        "revoked",
    ]
    expect(page.locator(".band.holds")).to_have_count(0)
    context.close()


def test_a_clock_that_is_behind_brings_nothing_back(chromium: Browser, verifier: Path, files: dict[str, Path]) -> None:
    context = _offline(chromium)
    page = context.new_page()
    page.clock.set_system_time("2020-01-01T00:00:00Z")
    page.goto(verifier.as_uri())
    expect(page.locator(".notice.caution")).to_contain_text("отстают")
    page.locator("#files").set_input_files([files["valid"], files["expired"]])
    expect(page.locator("#results > section")).to_have_count(2)
    assert [found.get_attribute("data-state") for found in page.locator("#results > section").all()] == [
        "valid",
        "expired",
    ]
    context.close()


def test_a_browser_without_ed25519_says_so_and_judges_nothing(
    chromium: Browser, verifier: Path, files: dict[str, Path]
) -> None:
    context = _offline(chromium)
    context.add_init_script(
        "SubtleCrypto.prototype.importKey = async () => { throw new DOMException('no', 'NotSupportedError'); }"
    )
    page = context.new_page()
    page.goto(verifier.as_uri())
    expect(page.locator(".notice.fails")).to_contain_text("Ed25519")
    page.locator("#files").set_input_files(files["valid"])
    expect(page.locator("#results > section")).to_have_count(0)
    context.close()


def test_without_javascript_it_says_what_it_needs(chromium: Browser, verifier: Path) -> None:
    context = chromium.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(verifier.as_uri())
    expect(page.locator("noscript p[lang=ru]")).to_contain_text("JavaScript")
    context.close()


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, False), (1280, True)])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_axe_finds_nothing_and_nothing_runs_off(
    chromium: Browser, verifier: Path, files: dict[str, Path], width: int, dark: bool, language: str
) -> None:
    context = _offline(chromium, width, dark=dark)
    found = Reader(context.new_page())
    found.page.goto(verifier.as_uri())
    found.speak(language)
    found.bring(*files.values())
    assert found.page.evaluate("document.scrollingElement.scrollWidth") <= width
    violations = Axe().run(found.page, options=RULES).response["violations"]
    assert [f"{one['id']}: {node['html'][:160]}" for one in violations for node in one["nodes"]] == []
    context.close()


def test_the_keyboard_reaches_everything(reader: Reader, files: dict[str, Path]) -> None:
    reader.bring(files["valid"])
    reached = []
    for _ in range(4):
        reader.page.keyboard.press("Tab")
        reached.append(reader.page.evaluate("document.activeElement.tagName"))
    assert {"BUTTON", "INPUT", "SUMMARY"} <= set(reached)


def test_the_file_is_small_and_loads_nothing(verifier: Path) -> None:
    text = verifier.read_text("utf-8")
    lists = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])["lists"]  # type: ignore[index]
    assert len(text.encode()) - len(json.dumps(lists)) < 400_000
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'; font-src data:; "
        r"base-uri 'none'; form-action 'none'",
        policy[1],
    )
    assert not re.search(r"<(?:link|img|iframe|script src)|\bon\w+=\"|\beval\(|new Function|innerHTML|fetch\(", text)
