"""``credential verify --offline``: no connection, no home needed, and nothing known but what was handed in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import EXPECTED, Terminal
from tests.conftest import REPOSITORY
from tests.unit.vc import samples
from tests.unit.vc.signers import PLANT, SCHOOL, SIGNED_AT, STRANGER, badge, foreign, status_list

# Loaded by Python before anything else: whoever makes a socket of any kind, or asks for a name, ends on the spot with 99.
WATCH = """
import os, sys
def watch(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        os.write(2, event.encode()); os._exit(99)
sys.addaudithook(watch)
"""


@pytest.fixture(scope="module")
def material(demo: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The options that hand in the demo school's DID document and status list."""
    from portfolio.bootstrap import opened
    from portfolio.services import publish
    from portfolio.settings import Settings

    folder = tmp_path_factory.mktemp("material")
    with opened(Settings.from_env({"PORTFOLIO_HOME": os.fspath(demo[0])})) as house:
        (folder / "did.json").write_text(json.dumps(publish.did_document(house.ports)))
        (folder / "status.json").write_bytes(publish.status_list(house.ports, 1))
    return ["--did", os.fspath(folder / "did.json"), "--status", os.fspath(folder / "status.json")]


@pytest.fixture
def watched(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A terminal whose processes end with 99 when they make a socket."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    terminal.settings["PYTHONPATH"] = os.pathsep.join((os.fspath(tmp_path / "watch"), os.fspath(REPOSITORY)))
    return terminal


# A hold stands in the school's register alone, which no file brings along: its list says "not revoked", which is true.
BY_FILES = {**EXPECTED, "suspended": 0, "altered": 1, "unreadable": 1, "issuer_unknown": 4}


@pytest.mark.parametrize(("state", "code"), BY_FILES.items())
def test_without_a_home_and_without_a_socket(
    watched: Terminal,
    files: dict[str, Path],
    material: list[str],
    state: str,
    code: int,
) -> None:
    answer = watched.run("credential", "verify", "--offline", *material, "--json", files[state])
    assert (answer.code, answer.err) == (code, "")
    (event,) = answer.events
    assert (event["state"], event["verified"]) == ("valid" if code == 0 else state, code == 0)
    assert [step["step"] for step in event["steps"]] == [
        *("signature", "structure", "issuer", "trust", "dates", "status", "schema", "endorsements", "ledger")
    ]
    assert not watched.home.exists()


def test_with_a_home_and_without_a_socket(
    watched: Terminal,
    files: dict[str, Path],
    demo: tuple[Path, dict[str, Any]],
) -> None:
    watched.home = demo[0]
    answer = watched.run("credential", "verify", "--offline", "--json", files["valid"], files["suspended"])
    assert (answer.code, [event["state"] for event in answer.events]) == (2, ["valid", "suspended"])


def test_a_database_server_is_not_asked(watched: Terminal, files: dict[str, Path], material: list[str]) -> None:
    (watched.home / "keys").mkdir(parents=True, mode=0o700)
    watched.settings["DATABASE_URL"] = "postgresql://localhost:1/portfolio"
    answer = watched.run("credential", "verify", "--offline", *material, files["valid"])
    assert (answer.code, answer.err) == (0, "")


def test_the_watch_sees_a_socket(watched: Terminal) -> None:
    """The control."""
    process = watched.start(program=("-c", "import socket; socket.socketpair()"))
    assert "socket.__new__" in process.communicate(timeout=60)[1]
    assert process.returncode == 99


_IN_A_NAMESPACE = ("unshare", "-rn")


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*_IN_A_NAMESPACE, "true"], check=False).returncode != 0,
    reason="this machine gives no network namespace",
)
def test_in_a_namespace_without_any_network(
    terminal: Terminal,
    files: dict[str, Path],
    material: list[str],
) -> None:
    file = os.fspath(files["valid"])
    finished = subprocess.run(
        [*_IN_A_NAMESPACE, sys.executable, "-m", "portfolio", "credential", "verify", "--offline", *material, file],
        cwd=REPOSITORY,
        env={**os.environ, **terminal.environment(PORTFOLIO_LOCALE="en")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert "Verified" in finished.stdout


# --- what is handed in


def put(folder: Path, name: str, document: object) -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


AT = ["--at", (SIGNED_AT.replace(hour=10)).isoformat()]


def test_the_key_alone_is_not_enough_and_neither_is_the_list(terminal: Terminal, tmp_path: Path) -> None:
    file = put(tmp_path, "badge.json", SCHOOL.issue(samples.credential()))
    did = put(tmp_path, "did.json", SCHOOL.document)
    lists = put(tmp_path, "status.json", status_list())

    def verify(*options: str | Path) -> tuple[int, dict[str, Any]]:
        answer = terminal.call("credential", "verify", "--offline", *AT, *options, "--json", file)
        return answer.code, answer.events[0]

    assert [verify()[1]["state"], verify("--status", lists)[1]["state"]] == ["issuer_unknown", "issuer_unknown"]
    code, event = verify("--did", did)
    assert (code, event["state"]) == (4, "status_unknown")
    code, event = verify("--did", did, "--status", lists)
    assert (code, event["state"]) == (0, "valid")
    trust = next(step for step in event["steps"] if step["step"] == "trust")
    assert "DID-документ этой организации передан" in trust["reason"], "who vouches for it is said"


def test_a_document_is_used_for_its_own_identifier_only(terminal: Terminal, tmp_path: Path) -> None:
    """A stranger's document under the school's name opens nothing that the school signed, and the reverse."""
    file = put(tmp_path, "badge.json", SCHOOL.issue(samples.credential(), suites=()) | SCHOOL.issue(badge()))
    plant = put(tmp_path, "plant.json", PLANT.document)
    forged = put(tmp_path, "forged.json", json.loads(json.dumps(PLANT.document).replace(PLANT.did, SCHOOL.did)))
    stranger = put(tmp_path, "stranger.json", STRANGER.issue(foreign()))
    verify = ("credential", "verify", "--offline", *AT)
    assert terminal.call(*verify, "--did", plant, file).code == 4
    assert terminal.call(*verify, "--did", forged, file).code == 1
    assert terminal.call(*verify, "--did", plant, stranger).code == 4, "a did:key needs no document, and is not known"


@pytest.mark.parametrize(
    "changed",
    [
        status_list(94_568),
        status_list(purpose="suspension"),
        status_list(signer=PLANT),
        status_list(url=f"{samples.BASE}/status/2"),
        status_list(valid_until=SIGNED_AT.replace(minute=30)),
        {**status_list(94_568), "proof": status_list()["proof"]},
        {name: value for name, value in status_list().items() if name != "proof"},
    ],
    ids=["revoked", "purpose", "signer", "address", "run out", "altered", "unsigned"],
)
def test_a_list_counts_when_it_holds(terminal: Terminal, tmp_path: Path, changed: dict[str, Any]) -> None:
    file = put(tmp_path, "badge.json", SCHOOL.issue(samples.credential()))
    options = ["--did", put(tmp_path, "did.json", SCHOOL.document), "--status", put(tmp_path, "list.json", changed)]
    answer = terminal.call("credential", "verify", "--offline", *AT, *options, "--json", file)
    expected = (2, "revoked") if changed == status_list(94_568) else (4, "status_unknown")
    assert (answer.code, answer.events[0]["state"]) == expected


def test_a_file_does_not_stand_in_for_what_the_home_keeps(
    terminal: Terminal,
    files: dict[str, Path],
    demo: tuple[Path, dict[str, Any]],
    tmp_path: Path,
) -> None:
    terminal.home = demo[0]
    own = json.loads(files["valid"].read_bytes())["issuer"]["id"]
    forged = put(tmp_path, "forged.json", json.loads(json.dumps(PLANT.document).replace(PLANT.did, own)))
    assert terminal.call("credential", "verify", "--offline", "--did", forged, files["valid"]).code == 0


@pytest.mark.parametrize("option", ["--did", "--status"])
@pytest.mark.parametrize(
    "text",
    ["", "no JSON", "[]", '"did:web:a.example"', '{"id": "x"}', '{"id": 1, "id": 2}', "{}", '{"id": null}', "\ufeff{}"],
)
def test_a_bad_file_is_a_usage_error(terminal: Terminal, tmp_path: Path, option: str, text: str) -> None:
    file = put(tmp_path, "badge.json", STRANGER.issue(foreign()))
    bad = put(tmp_path, "bad.json", text)
    answer = terminal.call("credential", "verify", "--offline", option, bad, file)
    assert (answer.code, answer.out) == (64, "")
    assert os.fspath(bad) in answer.err


def test_exchanged_contradicting_missing_and_superfluous_options(terminal: Terminal, tmp_path: Path) -> None:
    file = put(tmp_path, "badge.json", STRANGER.issue(foreign()))
    did, lists = put(tmp_path, "did.json", SCHOOL.document), put(tmp_path, "list.json", status_list())
    other = put(tmp_path, "other.json", {**SCHOOL.document, "alsoKnownAs": ["https://chayka.example"]})
    verify = ("credential", "verify", "--offline")
    for options in (
        ("--did", lists),
        ("--status", did),
        ("--did", did, "--did", other),
        ("--did", tmp_path / "none.json"),
        ("--did", tmp_path),
    ):
        answer = terminal.call(*verify, *options, file)
        assert (answer.code, answer.out) == (64, ""), answer.said
    assert terminal.call(*verify, "--did", did, "--did", did, file).code == 4, "the same document twice says one thing"
    assert terminal.call("credential", "verify", "--did", did, file).code == 64
