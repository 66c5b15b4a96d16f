"""What stands in the repository, and what must not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.repository import REPOSITORY, product_files, texts

TOP_LEVEL = {"portfolio", "schemas", "keys", "templates", "tests", "docs", "wsgi.py", "pyproject.toml", "README.md"}
LARGEST = 250_000


def test_the_top_level_is_what_it_should_be() -> None:
    found = {path.relative_to(REPOSITORY).parts[0] for path in product_files()}
    assert {name for name in found if not name.startswith(".")} == TOP_LEVEL


def test_the_folder_for_keys_holds_none() -> None:
    kept = {path.name for path in product_files() if path.is_relative_to(REPOSITORY / "keys")}
    assert kept == {"README.md", ".gitignore"}


def test_no_file_is_large() -> None:
    large = [path.relative_to(REPOSITORY).as_posix() for path in product_files() if path.stat().st_size > LARGEST]
    assert large == []


FORBIDDEN = {
    "a private key in PEM": "-----BEGIN [A-Z ]*PRIVATE KEY",
    "a private key as multibase": r"\bz3u2[1-9A-HJ-NP-Za-km-z]{40,}",
    "a private key as JWK": r'"d"\s*:\s*"[\w-]{40,}"',
    "a token of a service": r"\b(?:gh[pousr]_|glpat-|AKIA|xox[abp]-|npm_)[A-Za-z0-9_-]{16,}",
    "credentials in an address": r"\b[a-z+]+://[^\s/:@\"'{}<>]+:[^\s/:@\"'{}<>]+@(?![\w.-]*\.example\b)",
    "a path of somebody's machine": r"(?<![\w.$}])/(?:home|root|Users|work|farm|opt)/\w",
    "the address of a package registry": r"\b(?:pypi|pythonhosted|npmjs|yarnpkg)\.(?:org|com)\b",
    "an address inside a lock": r'"resolved"\s*:',
}


@pytest.mark.parametrize("pattern", FORBIDDEN.values(), ids=list(FORBIDDEN))
def test_no_file_holds(pattern: str) -> None:
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0][:60]}"
        for name, text in texts()
        for match in re.finditer(pattern, text)
        if not _published(name)
    ]
    assert found == []


def _published(name: str) -> bool:
    """Contexts are byte for byte as their publishers wrote them."""
    return name.startswith("schemas/contexts/")


def test_the_patterns_find_what_they_are_for() -> None:
    """The control; the examples are put together here, so that this file does not hold them."""
    letters = "z3u2" + "e" * 44
    examples = [
        "-----BEGIN " + "PRIVATE KEY-----",
        letters,
        '{"d"' + f': "{letters}"}}',
        "ghp" + "_" + "a" * 36,
        "https" + "://user" + ":word" + "@registry.invalid/",
        "in /" + "home/somebody",
        "registry." + "npmjs" + ".org",
        '"resolved"' + ': "x"',
    ]
    for example, (name, pattern) in zip(examples, FORBIDDEN.items(), strict=True):
        assert re.search(pattern, example), name


@pytest.mark.parametrize("name", ["requirements.lock", "dev.lock"])
def test_every_package_in_a_lock_has_its_version_and_digests(name: str) -> None:
    lock = (REPOSITORY / ".ci" / name).read_text("utf-8")
    packages = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(packages) > 40
    for package in packages:
        assert re.match(r"[a-z0-9._-]+==\S+ ", package), package.splitlines()[0]
        assert "--hash=sha256:" in package, package.splitlines()[0]
    assert "://" not in lock


def test_decisions_are_short_and_have_their_parts() -> None:
    for path in sorted((REPOSITORY / "docs" / "decisions").glob("[0-9]*.md")):
        text = path.read_text("utf-8")
        number, _, _ = path.name.partition("-")
        assert text.count("\n") <= 40, path.name
        assert text.startswith(f"# {number}. "), path.name
        assert re.search(r"^Status: (accepted|superseded by \d{4})$", text, re.MULTILINE), path.name
        assert [line for line in text.splitlines() if line.startswith("## ")] == [
            "## Context",
            "## Decision",
            "## Consequences",
        ], path.name


def test_decisions_have_numbers_of_their_own() -> None:
    numbers = [path.name[:4] for path in (REPOSITORY / "docs" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def test_sources_leave_nothing_for_later() -> None:
    marks = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))
    found = [
        name for name, text in texts() if Path(name).suffix in (".py", ".html", ".js", ".mjs") and marks.search(text)
    ]
    assert found == []
