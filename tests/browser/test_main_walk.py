"""The main job, walked by all four: a mentor issues, a pupil shares, an employer scans and checks, the office exports."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit, Visitor
from tests.browser.pages import STATES, fill_in

pytestmark = pytest.mark.browser

# One practice gets one credential, so each way has a first day of its own.
WAY_NUMBER = {(390, "ru"): 1, (390, "en"): 2, (1280, "ru"): 3, (1280, "en"): 4}
# Phones and desks, both languages, with and without JavaScript.
WAYS = pytest.mark.parametrize(
    ("width", "language", "javascript"),
    [(390, "ru", True), (390, "en", False), (1280, "ru", False), (1280, "en", True)],
)


def read_code(figure: Locator) -> str:
    """What a camera reads off the screen."""
    figure.scroll_into_view_if_needed()
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(figure.screenshot())))
    return found.text


@WAYS
def test_award_share_scan(visit: Visit, width: int, language: str, javascript: bool) -> None:
    # The pupil looks at their name.
    pupil = visit(width, language, javascript=javascript)
    pupil.sign_in("pupil")
    name = pupil.open("/me").get_by_role("heading", level=1).inner_text().strip()
    before = pupil.page.get_by_role("main").get_by_role("heading", level=3).count()

    # The mentor confirms what they did.
    mentor = visit(width, language, javascript=javascript)
    mentor.sign_in("mentor")
    mentor.open("/m")
    mentor.follow("Confirm what a pupil did")
    fill_in(mentor, pupil=name, days_ago=WAY_NUMBER[width, language])
    story = f"Собрал стенд: {width} {language}."
    mentor.page.get_by_label(mentor.say("In your own words")).fill(story)
    mentor.press("See what will be signed")
    expect(mentor.page.get_by_text(story)).to_be_visible()
    title = mentor.page.get_by_role("heading", level=1).inner_text()
    # An impatient finger issues no second one, which the pupil's count below would tell.
    mentor.page.get_by_role("button", name=mentor.say("Issue"), exact=True).dblclick()
    expect(mentor.page.get_by_role("heading", name=mentor.say("Done"), exact=True)).to_be_visible()
    seen_by_employer = mentor.page.get_by_role("link", name=mentor.say("See what an employer sees"))
    issued = seen_by_employer.get_attribute("href") or ""

    # The pupil finds it there, and its QR code leads to the page that employers see.
    pupil.open("/me")
    assert pupil.page.get_by_role("main").get_by_role("heading", level=3).count() == before + 1
    code = issued.rpartition("/")[2]
    pupil.open(f"/me/credentials/{code}")
    scanned = read_code(pupil.page.get_by_role("img", name=pupil.say("QR code of this confirmation")))
    assert scanned == f"{pupil.address}/v/{code}"

    # The pupil makes a link for showing.
    pupil.open("/me/shares")
    pupil.page.get_by_label(pupil.say("For whom? (a note for yourself)")).fill(f"Завод {width} {language}")
    pupil.press("Create the link")
    entry = pupil.page.get_by_role("listitem").filter(has_text=f"Завод {width} {language}")
    link = entry.get_by_role("link").first.get_attribute("href") or ""
    assert link.startswith(f"{pupil.address}/p/")

    # An employer without a sign-in scans the code, and opens the link.
    employer = visit(width, language, javascript=javascript)
    employer.open(scanned)
    band = employer.page.get_by_role("status")
    expect(band).to_contain_text(employer.say("Verified"))
    assert (language == "ru") == ("Подтверждено" in band.inner_text())
    expect(employer.page.get_by_role("heading", name=title)).to_be_visible()
    employer.open(link)
    employer.page.get_by_role("link", name=title).first.click()
    expect(employer.page.get_by_role("status")).to_contain_text(employer.say("Verified"))
    assert not employer.context.cookies()

    # The pupil closes the link, and it is closed.
    entry.get_by_role("button").click()
    expect(entry.get_by_role("button")).to_have_count(0)
    employer.open(link, status=410)


@WAYS
def test_every_state_says_what_it_is(visit: Visit, width: int, language: str, javascript: bool) -> None:
    employer = visit(width, language, javascript=javascript)
    tones = {}
    for state in STATES:
        employer.open(f"/v/{employer.home.codes[state]}")
        said = employer.page.get_by_role("status").inner_text()
        assert (employer.say("Verified") in said) == (state == "valid"), state
        assert employer.page.get_by_role("status").locator("svg").count() == 1, state
        tones[state] = said.splitlines()[0]
    assert len(set(tones.values())) == len(STATES)


@WAYS
def test_a_code_is_typed_as_it_is_printed(visit: Visit, width: int, language: str, javascript: bool) -> None:
    employer = visit(width, language, javascript=javascript)
    code = employer.home.codes["valid"]
    employer.open("/")
    printed = "-".join(code[start : start + 4] for start in range(0, 16, 4)).upper()
    employer.page.get_by_label(employer.say("Code from the document")).fill(f" {printed} ")
    employer.page.get_by_role("button", name=employer.say("Check"), exact=True).click()
    employer.page.wait_for_url(f"**/v/{code}")
    expect(employer.page.get_by_role("status")).to_contain_text(employer.say("Verified"))


@WAYS
def test_a_file_is_checked(visit: Visit, width: int, language: str, javascript: bool) -> None:
    employer = visit(width, language, javascript=javascript)
    for name, headline in (
        ("altered", "The content was changed after issue"),
        ("unknown_issuer", "Signature valid, issuer not known to us"),
    ):
        employer.open("/verify")
        employer.page.get_by_label(employer.say("Files")).set_input_files(employer.home.table["files"][name])
        employer.press("Check")
        expect(employer.page.get_by_role("status")).to_contain_text(employer.say(headline))


@WAYS
def test_the_office_revokes_and_the_next_look_says_so(
    visit: Visit, width: int, language: str, javascript: bool
) -> None:
    office = visit(width, language, javascript=javascript)
    code = issue_one(visit, days_ago=WAY_NUMBER[width, language])
    office.sign_in("registrar")
    office.open(f"/admin/credentials/{code}")
    employer = visit(width, language, javascript=javascript)
    employer.open(f"/v/{code}")
    expect(employer.page.get_by_role("status")).to_contain_text(employer.say("Verified"))
    revoke(office)
    employer.page.reload()
    expect(employer.page.get_by_role("status")).to_contain_text(employer.say("Revoked on {date}", date="").strip())


def issue_one(visit: Visit, *, days_ago: int) -> str:
    """The code of a credential that this test alone knows."""
    mentor = visit(1280, "ru")
    mentor.sign_in("mentor")
    mentor.open("/m/issue")
    fill_in(mentor, pupil="а", days_ago=10 + days_ago)
    mentor.press("See what will be signed")
    mentor.press("Issue")
    href = mentor.page.get_by_role("link", name=mentor.say("See what an employer sees")).get_attribute("href") or ""
    return href.rpartition("/")[2]


def revoke(office: Visitor) -> None:
    """Revoke the open credential for good, as issued in error."""
    office.page.get_by_role("radio").first.check()
    office.page.get_by_label(office.say("Type the word “{word}”", word=office.say("revoke"))).fill(office.say("revoke"))
    office.press("Revoke for good")
    expect(office.page.get_by_text(office.say("Revoked for good"))).to_be_visible()


def test_the_package_of_a_pupil_opens(visit: Visit) -> None:
    pupil = visit(1280, "ru")
    pupil.sign_in("pupil")
    pupil.open("/me")
    with pupil.page.expect_download() as download:
        pupil.page.get_by_role("link", name=pupil.say("Download everything"), exact=True).click()
    with zipfile.ZipFile(download.value.path()) as package:
        names = package.namelist()
        records = [name for name in names if name.endswith("clr.json")]
        assert records
        assert json.loads(package.read(records[0]))["proof"]
        assert any("credentials/" in name for name in names)


def test_the_office_exports_a_class(visit: Visit) -> None:
    office = visit(1280, "ru")
    office.sign_in("registrar")
    office.open("/admin/export")
    page = office.page
    page.get_by_label(office.say("Class"), exact=True).select_option(index=1)
    with page.expect_download(timeout=120_000) as download:
        office.press("Download the ZIP")
    with zipfile.ZipFile(download.value.path()) as package:
        names = package.namelist()
        pupils = {name.split("/")[-2] for name in names if name.endswith("/clr.json")}
        assert pupils
        assert "register.xlsx" in {name.rpartition("/")[2] for name in names}
