"""The product as a wheel: its data travels inside, and it works where no checkout is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from portfolio import resources
from tests.house.repository import REPOSITORY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        timeout=120,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel's files, as an installation does."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def python(installed: Path, cwd: Path, *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTFOLIO_", "DATABASE_"))}
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(installed), "PORTFOLIO_HOME": str(cwd / "home")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_every_data_file_travels(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    for folder, name in ((resources.schemas(), "schemas"), (resources.templates(), "templates")):
        for path in folder.rglob("*"):
            if path.is_file():
                assert f"portfolio/_data/{name}/{path.relative_to(folder).as_posix()}" in inside
    for folder in (resources.static(), resources.catalogues(), resources.migrations()):
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"portfolio/{path.relative_to(REPOSITORY / 'portfolio').as_posix()}" in inside


def test_nothing_else_travels(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0].split("-")[0] for name in archive.namelist()}
    assert tops == {"portfolio", "orientir"}


def test_the_data_is_found_in_a_checkout_and_in_an_installation(installed: Path, tmp_path: Path) -> None:
    assert resources.schemas() == REPOSITORY / "schemas"
    assert resources.templates() == REPOSITORY / "templates"
    program = (
        "from portfolio import resources as r; print(r.schemas(), r.templates(), r.static(), r.catalogues(), sep='\\n')"
    )
    found = [Path(line) for line in python(installed, tmp_path, "-c", program).splitlines()]
    assert all(path.is_dir() and path.is_relative_to(installed) for path in found)


def test_an_installation_makes_the_demo(installed: Path, tmp_path: Path) -> None:
    table = json.loads(python(installed, tmp_path, "-m", "portfolio", "demo", "--no-serve", "--json"))
    assert table["event"] == "ready"
    out = tmp_path / "out"
    python(installed, tmp_path, "-m", "portfolio", "credential", "export", table["codes"]["valid"], "--out", str(out))
    (exported,) = out.iterdir()
    python(installed, tmp_path, "-m", "portfolio", "credential", "verify", str(exported))
