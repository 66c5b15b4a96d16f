"""The page says what the judges say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.demo_home import DemoHome
from tests.interop.table import DOCUMENT, rendered

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.usefixtures("npm_judges")]


def test_the_page_is_what_a_run_finds(demo_home: DemoHome, tmp_path: Path) -> None:
    found = rendered(demo_home, tmp_path / "exported")
    assert found == DOCUMENT.read_text(encoding="utf-8"), "python -m tests.interop writes the page anew"
