"""Every page that a person may come to, by the room it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tests.browser.conftest import Visitor

PUBLIC = ("/", "/login", "/verify", "/issuers", "/privacy", "/help/employer", "/problems", "/skills/S-TEAM")
STATES = ("valid", "revoked", "expired", "suspended", "not_yet_valid")


def public(visitor: Visitor) -> Iterator[str]:
    """Open every public page in turn and name it."""
    for path in PUBLIC:
        visitor.open(path)
        yield path
    for state in STATES:
        visitor.open(f"/v/{visitor.home.codes[state]}")
        yield f"/v/<{state}>"
    visitor.open("/v/0000000000000000", status=404)
    yield "/v/<unknown>"
    visitor.open("/v?code=abc", status=400)
    yield "/v?code=abc"
    visitor.open("/nowhere", status=404)
    yield "/nowhere"
    visitor.open(visitor.home.share())
    yield "/p/<token>"
    for name in ("altered", "unknown_issuer"):
        visitor.open("/verify")
        visitor.page.locator("input[type=file]").set_input_files(visitor.home.table["files"][name])
        visitor.press("Check")
        visitor.page.wait_for_load_state()
        yield f"/verify <{name}>"


def pupil(visitor: Visitor) -> Iterator[str]:
    """The pupil's pages."""
    visitor.sign_in("pupil")
    for path in ("/me", f"/me/credentials/{visitor.home.codes['valid']}", "/me/shares", "/account"):
        visitor.open(path)
        yield path


def mentor(visitor: Visitor) -> Iterator[str]:
    """The mentor's pages, the form at each step."""
    visitor.sign_in("mentor")
    for path in ("/m", "/m/issue"):
        visitor.open(path)
        yield path
    fill_in(visitor, pupil="а")
    yield "/m/issue with a programme"
    visitor.press("See what will be signed")
    visitor.page.get_by_role("button", name=visitor.say("Issue"), exact=True).wait_for()
    yield "/m/issue before signing"


def fill_in(visitor: Visitor, *, pupil: str, days_ago: int = 0) -> None:
    """Fill in the open form of the mentor for the first pupil found and the first programme that is possible.

    days_ago: the first day of the practice, which ends today; one practice gets one credential.
    """
    page = visitor.page
    page.get_by_label(visitor.say("First letters of the name")).fill(pupil)
    visitor.press("Find")
    page.locator("input[name=pupil]").first.check()
    page.locator("input[name=programme]:enabled").first.check()
    if not visitor.javascript:  # with it, the choice takes effect by itself
        visitor.press("Continue")
    page.locator("input[name^=level-]").first.wait_for(state="attached")
    page.locator("input[name^=level-][value='3']").first.check()
    if days_ago:
        start = page.get_by_label(visitor.say("First day"), exact=True)
        start.fill((date.fromisoformat(start.input_value()) - timedelta(days=days_ago)).isoformat())


def office(visitor: Visitor) -> Iterator[str]:
    """The school office's pages."""
    visitor.sign_in("registrar")
    rooms = ("practice", "people", "mentors", "credentials", "export", "issuers")
    for path in ("/admin", *(f"/admin/{room}" for room in rooms)):
        visitor.open(path)
        yield path
    visitor.open("/admin/people")
    person = visitor.page.locator("main a[href^='/admin/people/']").first.get_attribute("href")
    assert person is not None
    visitor.open(person)
    yield "/admin/people/<id>"
    consent = visitor.page.locator("main a[href*='/consents/']").first.get_attribute("href")
    assert consent is not None
    visitor.open(consent)
    yield "/admin/people/<id>/consents/<purpose>"
    visitor.open(f"/admin/credentials/{visitor.home.codes['valid']}")
    yield "/admin/credentials/<code>"


ROOMS = {"public": public, "pupil": pupil, "mentor": mentor, "office": office}
