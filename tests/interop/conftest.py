"""The judges from npm are installed by ``npm ci --prefix tests/interop --ignore-scripts``; the one from PyPI is always here."""

from __future__ import annotations

import pytest

from tests.browser.demo_home import DemoHome
from tests.interop.judges import Unavailable, node


@pytest.fixture(scope="session")
def npm_judges() -> None:
    """For tests that ask them; says what is missing."""
    try:
        node()
    except Unavailable as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> DemoHome:
    """A demo school of this test run's own."""
    return DemoHome.seed(tmp_path_factory.mktemp("interop") / "home")
