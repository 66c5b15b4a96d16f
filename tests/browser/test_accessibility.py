"""Pages can be used by everybody: axe finds nothing, nothing runs off a small screen, the keyboard is enough."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.pages import ROOMS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(
    ("width", "language", "dark"),
    [(360, "ru", False), (360, "en", False), (1280, "ru", False), (1280, "en", False), (1280, "ru", True)],
)
def test_axe_finds_nothing(visit: Visit, room: str, width: int, language: str, dark: bool) -> None:
    visitor = visit(width, language, dark=dark)
    axe = Axe()
    found = []
    for name in ROOMS[room](visitor):
        violations = axe.run(visitor.page, options=RULES).response["violations"]
        found += [
            f"{name}: {violation['id']}: {node['html'][:120]}"
            for violation in violations
            for node in violation["nodes"]
        ]
    assert found == []


def test_axe_finds_a_fault(visit: Visit) -> None:
    """The control: a page with a nameless button does not pass."""
    visitor = visit()
    page = visitor.open("/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [violation["id"] for violation in Axe().run(page, options=RULES).response["violations"]] == ["button-name"]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_nothing_runs_off_a_screen_of_320_pixels(visit: Visit, room: str, language: str) -> None:
    visitor = visit(320, language)
    wide = []
    for name in ROOMS[room](visitor):
        width = visitor.page.evaluate("document.scrollingElement.scrollWidth")
        if width > 320:
            wide.append(f"{name}: {width} px")
    assert wide == []


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_pages_say_their_language_and_have_one_heading(visit: Visit, room: str, language: str) -> None:
    visitor = visit(1280, language)
    for name in ROOMS[room](visitor):
        assert visitor.page.locator("html").get_attribute("lang") == language, name
        assert visitor.page.locator("h1").count() == 1, name
        assert visitor.page.title(), name


def test_the_keyboard_is_enough(visit: Visit) -> None:
    """Sign in and make a link for showing without ever touching the mouse."""
    visitor = visit(1280, "ru")
    page = visitor.open("/login")
    account = visitor.home.account("pupil")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name=visitor.say("Skip to the content"))
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label(visitor.say("Login"), exact=True))
    page.keyboard.type(account["login"])
    tab_to(page, page.get_by_label(visitor.say("Password"), exact=True))
    page.keyboard.type(account["password"])
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name=visitor.say("Show to somebody"), exact=True))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("radio", name=visitor.translator.ngettext("{count} day", "{count} days", 30)))
    page.keyboard.press("ArrowLeft")
    expect(
        page.get_by_role("radio", name=visitor.translator.ngettext("{count} day", "{count} days", 7))
    ).to_be_checked()
    tab_to(page, page.get_by_label(visitor.say("For whom? (a note for yourself)")))
    page.keyboard.type("Клавиатура")
    tab_to(page, page.get_by_role("button", name=visitor.say("Create the link"), exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Клавиатура")).to_be_visible()


def tab_to(page: Page, goal: Locator) -> None:
    """Press Tab until the goal has the focus, which must be visible there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if goal.count() and goal.first.evaluate("element => element === document.activeElement"):
            break
    expect(goal.first).to_be_focused()
    # The mark of the focus may be drawn around a control's label, when the control itself is not to be seen.
    marked = """element => {
      const around = [element, element.nextElementSibling, element.closest('label')].filter(Boolean);
      return around.some(one => {
        const style = getComputedStyle(one);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
      });
    }"""
    assert goal.first.evaluate(marked), "the focus cannot be seen"
