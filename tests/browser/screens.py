"""Take the pictures of docs/screens anew: ``python -m tests.browser.screens``.

The start page, a code in four states, a shared portfolio and the mentor's form, at the width of a phone and of a desk, in both
languages; and the first pages of an exported portfolio as they are printed.
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, Visitor, chromium_program, new_visitor
from tests.browser.demo_home import REPOSITORY, DemoHome
from tests.browser.pages import fill_in

SCREENS = REPOSITORY / "docs" / "screens"
STATES = ("valid", "revoked", "expired", "suspended")
LARGEST = 250_000
TALLEST = 3000


def main() -> int:
    """Seed, serve, look, keep."""
    program = chromium_program()
    if program is None:
        print("Chromium is not installed", file=sys.stderr)
        return 1
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = DemoHome.seed(Path(folder) / "home")
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        with home.served() as address:
            for language in ("ru", "en"):
                for width in (390, 1280):
                    _pages(browser, home, address, width, language)
        browser.close()
        _paper(home, Path(folder))
    return 0


def _pages(browser: Browser, home: DemoHome, address: str, width: int, language: str) -> None:
    employer = new_visitor(browser, home, address, width, language)
    employer.open("/")
    _keep(employer, "start", width, language)
    for state in STATES:
        employer.open(f"/v/{home.codes[state]}")
        _keep(employer, f"code-{state}", width, language)
    employer.open(home.share())
    _keep(employer, "portfolio", width, language)
    employer.context.close()

    mentor = new_visitor(browser, home, address, width, language)
    mentor.sign_in("mentor")
    mentor.open("/m/issue")
    fill_in(mentor, pupil="а")
    _keep(mentor, "mentor-form", width, language)
    mentor.context.close()


def _keep(visitor: Visitor, name: str, width: int, language: str) -> None:
    visitor.page.evaluate("document.fonts.ready")
    picture = Image.open(io.BytesIO(visitor.page.screenshot(full_page=True)))
    _write(picture, f"{name}-{width}-{language}")


def _paper(home: DemoHome, folder: Path) -> None:
    package = folder / "school.zip"
    home.run("school", "export", "--out", str(package), locale="ru")
    with zipfile.ZipFile(package) as files:
        portfolios = [found for found in files.infolist() if found.filename.endswith("portfolio.pdf")]
        document = pypdfium2.PdfDocument(files.read(max(portfolios, key=lambda found: found.file_size)))
    for number in range(min(2, len(document))):
        _write(document[number].render(scale=1.5).to_pil(), f"exported-portfolio-page-{number + 1}")
    document.close()


def _write(picture: Image.Image, name: str) -> None:
    """Write a PNG of few colours, and of at most 250 kB."""
    picture = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, TALLEST)))
    path = SCREENS / f"{name}.png"
    for colours in (128, 64, 32):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break
    print(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
