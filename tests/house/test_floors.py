"""Every arrow points down, as the contracts in pyproject.toml say."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.repository import REPOSITORY


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_contracts_hold() -> None:
    finished = lint(REPOSITORY)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_floors_and_the_core_are_among_the_contracts() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert {contract["type"] for contract in contracts} >= {"layers", "forbidden"}
    core = [contract for contract in contracts if "portfolio.vc" in contract.get("source_modules", [])]
    assert any({"flask", "sqlalchemy", "socket"} <= set(contract["forbidden_modules"]) for contract in core)


def test_every_room_stands_on_a_floor() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    floors = next(contract for contract in contracts if contract["type"] == "layers")["layers"]
    named = {room.strip().strip("()") for floor in floors for room in floor.split("|")}
    rooms = {
        f"portfolio.{path.stem}"
        for path in (REPOSITORY / "portfolio").iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").is_file()
    }
    assert rooms <= named


def test_an_arrow_that_points_up_is_found(tmp_path: Path) -> None:
    """The control: a house in which the core imports the web does not pass."""
    shutil.copytree(REPOSITORY / "portfolio", tmp_path / "portfolio", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    with (tmp_path / "portfolio" / "vc" / "multikey.py").open("a") as file:
        file.write("\nimport portfolio.web.app\n")
    assert lint(tmp_path).returncode != 0
