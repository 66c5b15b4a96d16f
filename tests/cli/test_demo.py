"""``portfolio demo``: one line for programs, a table for people, seeded once."""

from __future__ import annotations

import json
import re
import socket
import stat
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from portfolio.services import demo as seeding
from tests.cli.conftest import Terminal
from tests.services.school_files import write_tables

Demo = tuple[Terminal, dict[str, Any]]
STATES = ["valid", "revoked", "expired", "suspended"]


def test_one_line_on_stdout(demo: tuple[Path, dict[str, Any]]) -> None:
    _, table = demo
    assert list(table) == ["event", "base_url", "sign_ins", "codes", "shares", "files"]
    assert (table["event"], table["base_url"]) == ("ready", "http://localhost:8000")
    assert {found["role"] for found in table["sign_ins"]} == {"pupil", "mentor", "registrar"}
    assert all(set(found) == {"role", "login", "password"} for found in table["sign_ins"])
    assert set(STATES) <= set(table["codes"])
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{16}", code) for code in table["codes"].values())
    assert table["shares"]
    assert all(url.startswith("http://localhost:8000/p/") for url in table["shares"])
    assert set(table["files"]) == {"altered", "unknown_issuer"}
    assert all(Path(path).is_file() for path in table["files"].values())


def test_a_second_start_does_not_seed_again(demo_terminal: Demo) -> None:
    terminal, table = demo_terminal
    before = (terminal.home / "portfolio.sqlite3").read_bytes()
    answer = terminal.call("demo", "--no-serve", "--json")
    assert (answer.code, len(answer.out.splitlines())) == (0, 1)
    assert answer.events == [table]
    assert (terminal.home / "portfolio.sqlite3").read_bytes() == before


def test_the_port_changes_addresses_and_not_the_identity(demo_terminal: Demo) -> None:
    terminal, table = demo_terminal
    moved = terminal.call("demo", "--no-serve", "--json", "--port", "9123").events[0]
    assert moved["base_url"] == "http://localhost:9123"
    assert [url.replace(":9123", ":8000") for url in moved["shares"]] == table["shares"]
    assert (moved["codes"], moved["sign_ins"]) == (table["codes"], table["sign_ins"])
    document = json.loads(terminal.call("keys", "document").out)
    assert document["id"] == "did:web:localhost%3A8000"
    assert terminal.call("demo", "--no-serve", "--json").events[0] == table


def test_every_printed_code_has_its_state(demo_terminal: Demo) -> None:
    terminal, table = demo_terminal
    listed = {event["code"]: event["state"] for event in terminal.call("credential", "list", "--json").events}
    for state in (*STATES, "not_yet_valid"):
        assert listed[table["codes"][state]] == state


def test_the_table_is_for_this_user_only(demo_terminal: Demo) -> None:
    terminal, _ = demo_terminal
    for path in (terminal.home / "demo.json", *(terminal.home / "demo").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(terminal.home.stat().st_mode) == 0o700


def test_people_get_a_table_that_is_neither_wrapped_nor_cut(demo_terminal: Demo) -> None:
    terminal, table = demo_terminal
    for locale, word in (("ru", "Логин"), ("en", "Login")):
        answer = terminal.call("demo", "--no-serve", PORTFOLIO_LOCALE=locale, COLUMNS="40")
        assert (answer.code, word in answer.out) == (0, True)
        lines = answer.out.splitlines()
        for found in table["sign_ins"]:
            assert any(found["login"] in line and found["password"] in line for line in lines)
        for code in table["codes"].values():
            assert any(f"http://localhost:8000/v/{code}" in line for line in lines)
        for text in (*table["shares"], *table["files"].values()):
            assert any(text in line for line in lines)
        assert "…" not in answer.out


def test_a_real_school_is_not_imported_into_the_demo(demo_terminal: Demo, tmp_path: Path) -> None:
    terminal, _ = demo_terminal
    before = (terminal.home / "portfolio.sqlite3").read_bytes()
    for flags in ([], ["--dry-run"], ["--json"]):
        answer = terminal.call("school", "import", write_tables(tmp_path / "office"), *flags)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err
    assert (terminal.home / "portfolio.sqlite3").read_bytes() == before


def test_the_demo_does_not_move_into_a_real_school(school: Terminal) -> None:
    answer = school.call("demo", "--no-serve")
    assert (answer.code, answer.out) == (2, "")
    assert not (school.home / "demo.json").exists()


@pytest.mark.parametrize("last_step", ["create_home", "_states"])
def test_a_start_that_was_interrupted_is_made_anew(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, last_step: str
) -> None:
    real = getattr(seeding, last_step)

    def interrupted(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(seeding, last_step, interrupted)
        answer = terminal.call("demo", "--no-serve", "--json")
    assert (answer.code, answer.out) == (130, "")
    assert not (terminal.home / "demo.json").exists()
    answer = terminal.call("demo", "--no-serve", "--json")
    assert answer.code == 0
    code = answer.events[0]["codes"]["valid"]
    assert any(event["code"] == code for event in terminal.call("credential", "list", "--json").events)


def test_a_port_that_is_none(terminal: Terminal) -> None:
    for port in ("0", "65536", "-1", "http"):
        assert terminal.call("demo", "--no-serve", "--port", port).code == 2
    assert not terminal.home.exists()


def test_it_serves_what_it_printed(demo_terminal: Demo) -> None:
    """The whole door, for real: started, asked, stopped."""
    terminal, _ = demo_terminal
    port = _free_port()
    process = terminal.start("demo", "--json", "--port", str(port))
    try:
        assert process.stdout is not None
        table = json.loads(process.stdout.readline())
        code = table["codes"]["valid"]
        for host in ("127.0.0.1", "localhost"):
            request = urllib.request.Request(f"http://{host}:{port}/v/{code}", headers={"Accept": "application/json"})
            answer = _until_it_answers(process, request)
            assert answer["verified"] is True
        with urllib.request.urlopen(table["shares"][0], timeout=20) as page:
            assert page.status == 200
    finally:
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert out == "", "one line and no more"
    assert "Traceback" not in err
    assert code not in err, "no access log"


def test_a_port_that_is_taken(demo_terminal: Demo) -> None:
    terminal, _ = demo_terminal
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("demo", "serve"):
            answer = terminal.call(command, "--port", port)
            assert answer.code == 2
            assert port in answer.err


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _until_it_answers(process: subprocess.Popen[str], request: urllib.request.Request) -> Any:
    give_up = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.loads(answer.read())
        except OSError:
            if process.poll() is not None or time.monotonic() > give_up:
                raise
            time.sleep(0.1)


def test_seeding_says_how_far_it_is_on_stderr(terminal: Terminal) -> None:
    answer = terminal.call("demo", "--no-serve", "--json")
    assert len(answer.out.splitlines()) == 1
    assert "15/15" in answer.err
