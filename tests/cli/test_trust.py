"""``portfolio trust``: nothing is believed before a person says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portfolio.vc.trust_list import ListedIssuer
from tests.cli.conftest import Answer, Terminal
from tests.simulator import ForeignSchool

LYCEUM = ForeignSchool()
GYMNASIUM = ForeignSchool("did:web:gymnasium.example", "Гимназия «Звезда»", b"g")


@pytest.fixture
def school(terminal: Terminal) -> Terminal:
    made = terminal.call("school", "create", "--name", "Школа на берегу", "--base-url", "https://school.example")
    assert made.code == 0
    return terminal


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "did.json"
    path.write_bytes(LYCEUM.did_document())
    return path


def add(terminal: Terminal, document: Path, *more: str) -> Answer:
    return terminal.call("trust", "add", LYCEUM.did, "--document", document, "--name", LYCEUM.name, "--json", *more)


def known(terminal: Terminal) -> list[str]:
    events = terminal.call("trust", "list", "--json").events
    return [event["did"] for event in events if event["event"] == "issuer"]


def test_adding_is_a_preview_until_it_is_agreed_to(school: Terminal, document: Path) -> None:
    preview = add(school, document)
    assert (preview.code, preview.events[0]["event"]) == (3, "preview")
    assert known(school) == ["did:web:school.example"]
    done = add(school, document, "--yes", "--scope", "OpenBadgeCredential", "--since", "2025-09-01")
    assert (done.code, done.events[0]["event"]) == (0, "added")
    assert done.events[0]["fingerprint"] == preview.events[0]["fingerprint"]
    (event,) = [event for event in school.call("trust", "list", "--json").events if event["did"] == LYCEUM.did]
    assert (event["names"], event["since"], event["scope"]) == (
        {"ru": LYCEUM.name},
        "2025-09-01",
        ["OpenBadgeCredential"],
    )
    assert event["fingerprint"] in school.call("trust", "list").out
    assert school.call("trust", "remove", LYCEUM.did).code == 0
    assert known(school) == ["did:web:school.example"]
    assert school.call("trust", "remove", LYCEUM.did).code == 2


def test_names_in_two_languages(school: Terminal, document: Path) -> None:
    arguments = ("--name", "ru=Лицей № 9", "--name", "en=Lyceum No. 9", "--yes", "--document", document)
    assert school.call("trust", "add", LYCEUM.did, *arguments).code == 0
    assert "Lyceum No. 9" in school.call("trust", "list", PORTFOLIO_LOCALE="en").out
    exported = json.loads(school.call("trust", "export").out)
    assert exported["issuers"][1]["name"] == {"en": "Lyceum No. 9", "ru": "Лицей № 9"}


def test_another_schools_list(school: Terminal, document: Path, tmp_path: Path) -> None:
    assert add(school, document, "--yes").code == 0
    entry = ListedIssuer(GYMNASIUM.did, "school", {"ru": GYMNASIUM.name}, LYCEUM.now.date())
    path = tmp_path / "list.json"
    path.write_bytes(ForeignSchool(known=[entry], version=4).trust_list())
    for options, code in ((("--dry-run",), 0), ((), 3)):
        preview = school.call("trust", "import", path, *options)
        assert preview.code == code
        assert GYMNASIUM.did in preview.out
        assert GYMNASIUM.did not in known(school)
    assert school.call("trust", "import", path, "--dry-run", "--yes").code == 2
    event = school.call("trust", "import", path, "--dry-run", "--json").events[0]
    assert (event["added"], event["before"], event["version"]) == ([GYMNASIUM.did], None, 4)


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "did:web:127.0.0.1"),
        ("add", "did:web:school.example"),
        ("import", "https://evil.example/.well-known/trust-list.json"),
        ("import", "absent.json"),
        ("refresh", "did:web:licey.example"),
        ("remove", "did:web:licey.example"),
    ],
)
def test_what_cannot_be_done_changes_nothing(school: Terminal, arguments: tuple[str, ...]) -> None:
    answer = school.call("trust", *arguments)
    assert answer.code == 2
    assert answer.err
    assert known(school) == ["did:web:school.example"]


def test_refreshing_nobody_is_done_at_once(school: Terminal) -> None:
    assert school.call("trust", "refresh").code == 0
