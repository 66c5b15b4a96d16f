"""What every test may ask for, and the switch under which a skip is a failure."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

pytest_plugins = ["tests.databases"]

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"

# Set by .ci/run, where every part that a test may need has been installed.
NO_SKIPS = "ORIENTIR_NO_SKIPS"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published vectors and the sample school's files, where it stands beside the checkout."""
    if not (SHARED / "vectors").is_dir():
        pytest.skip("the published vectors do not stand beside this checkout")
    return SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get(NO_SKIPS) and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report
