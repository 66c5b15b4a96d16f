"""What the house tests look at: the files that belong to the product, and its README."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
README = REPOSITORY / "README.md"


@lru_cache
def product_files() -> tuple[Path, ...]:
    """Every file that is, or would be, under version control; skips outside a clone."""
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("this is not a clone with git")
    listed = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(sorted({REPOSITORY / name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()}))


def texts() -> list[tuple[str, str]]:
    """Relative path and text of every product file that is text."""
    found = []
    for path in product_files():
        data = path.read_bytes()
        if b"\0" not in data:
            found.append((path.relative_to(REPOSITORY).as_posix(), data.decode("utf-8", errors="replace")))
    return found


def fenced_blocks() -> list[tuple[str, str]]:
    """Language and text of the README's fenced blocks, in order."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def first_column(heading: str) -> dict[str, list[str]]:
    """The table under a heading of the README: the code in its first column, and the cells that follow."""
    section = README.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows: dict[str, list[str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            assert cells[0].strip("`") not in rows, cells[0]
            rows[cells[0].strip("`")] = cells[1:]
    return rows
