"""``portfolio credential``: issue, take back, hold, list, write out."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Terminal, issue_arguments


def issue(school: Terminal, pupil: str = "90-1", start: str = "2026-03-16") -> str:
    answer = school.call(*issue_arguments(pupil, start), "--json")
    assert answer.code == 0, answer.said
    (event,) = answer.events
    assert event["event"] == "issued"
    assert event["url"] == f"https://school.example/v/{event['code']}"
    return str(event["code"])


def state(school: Terminal, code: str) -> str:
    return next(event["state"] for event in school.call("credential", "list", "--json").events if event["code"] == code)


def test_issuing_twice_is_issuing_once(school: Terminal) -> None:
    assert issue(school) == issue(school)
    assert len(school.call("credential", "list", "--json").events) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pupil": "77"}, 3),
        ({"mentor": "N2"}, 3),
        ({"programme": "BOAT", "level": "S-TEAM=2"}, 3),
        ({"level": "S-TALK=2"}, 3),
        ({"level": "H-ALG=5"}, 3),
        ({"hours": "0"}, 3),
        ({"level": "H-ALG"}, 2),
        ({"start": "16.03.2026"}, 2),
        ({"hours": "many"}, 2),
    ],
)
def test_what_cannot_be_issued(school: Terminal, change: dict[str, str], code: int) -> None:
    answer = school.call(*issue_arguments(**{"start": "2026-03-16", "end": "2026-03-17", **change}))
    assert (answer.code, answer.out) == (code, ""), answer.said
    assert answer.err
    assert school.call("credential", "list", "--json").out == ""


def test_a_life_of_a_credential(school: Terminal) -> None:
    code = issue(school)
    assert state(school, code) == "valid"
    assert school.call("credential", "suspend", code).code == 0
    assert state(school, code) == "suspended"
    assert school.call("credential", "reinstate", code.upper()).code == 0
    assert state(school, code) == "valid"
    assert school.call("credential", "revoke", code, "--reason", "error", "--yes").code == 0
    assert school.call("credential", "revoke", code, "--reason", "rules", "--yes").code == 0
    assert state(school, code) == "revoked"
    for verb in ("suspend", "reinstate"):
        answer = school.call("credential", verb, code)
        assert (answer.code, answer.out) == (2, "")
        assert state(school, code) == "revoked"


def test_unknown_references(school: Terminal) -> None:
    for reference in ("0000-0000-0000-0000", "urn:uuid:none", "x", "\udcff"):
        for arguments in (
            ("revoke", reference, "--reason", "error", "--yes"),
            ("suspend", reference),
            ("reinstate", reference),
            ("export", reference, "--out", "none"),
        ):
            answer = school.call("credential", *arguments)
            assert (answer.code, answer.out) == (2, ""), arguments
    assert school.call("credential", "revoke", "x", "--reason", "because").code == 2
    assert school.call("credential", "revoke", "x").code == 2, "a reason is required"


def test_export_of_all_writes_one_file_a_credential(school: Terminal, tmp_path: Path) -> None:
    codes = [issue(school, pupil) for pupil in ("90-1", "90-2", "90-3")]
    school.call("credential", "revoke", codes[0], "--reason", "error", "--yes")
    out = tmp_path / "out"
    answer = school.call("credential", "export", "--all", "--out", out, "--json")
    assert answer.events[-1] == {"event": "summary", "written": 3, "folder": str(out)}
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{code}.json" for code in codes)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in out.iterdir())
    for code, expected in zip(codes, (2, 0, 0), strict=True):
        assert school.call("credential", "verify", out / f"{code}.json").code == expected
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert school.call("credential", "export", "--all", "--out", out).code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_export_of_some(school: Terminal, tmp_path: Path) -> None:
    code = issue(school)
    issue(school, "90-2")
    answer = school.call("credential", "export", code, "--out", tmp_path / "some")
    assert answer.code == 0
    assert [path.name for path in (tmp_path / "some").iterdir()] == [f"{code}.json"]
    for arguments in ((), ("--all", code)):
        assert school.call("credential", "export", *arguments, "--out", tmp_path / "none").code == 2
    (tmp_path / "file").write_bytes(b"")
    answer = school.call("credential", "export", "--all", "--out", tmp_path / "file" / "below")
    assert (answer.code, answer.out) == (2, "")
    assert "file" in answer.err


def test_lists(school: Terminal) -> None:
    codes = {pupil: issue(school, pupil) for pupil in ("90-1", "90-2")}
    school.call("credential", "suspend", codes["90-2"])

    def found(*arguments: str) -> set[str]:
        return {event["code"] for event in school.call("credential", "list", "--json", *arguments).events}

    assert found() == set(codes.values())
    assert found("--query", "90-1") == {codes["90-1"]}
    assert found("--state", "suspended") == {codes["90-2"]}
    assert found("--query", "никто") == set()
    spoken = school.call("credential", "list")
    assert "Птичкина Зоя" in spoken.out
    assert "Приостановлено" in spoken.out
    assert school.call("credential", "list", "--state", "lost").code == 2


def test_more_than_a_page(school: Terminal, tmp_path: Path) -> None:
    from tests.cli.conftest import results

    rows = [
        f"90-{pupil};LATHE;{day:02d}.{month:02d}.2026;{day:02d}.{month:02d}.2026;16;N1;H-ALG=3;Вал.;да"
        for pupil in (1, 2, 3)
        for month in (2, 3)
        for day in range(1, 19)
    ]
    assert school.call("school", "award", results(tmp_path, *rows)).code == 0
    codes = [event["code"] for event in school.call("credential", "list", "--json").events]
    assert (len(codes), len(set(codes))) == (108, 108)


def test_keys(school: Terminal) -> None:
    (key,) = school.call("keys", "list", "--json").events
    assert key["id"].startswith("did:web:school.example#key-")
    assert school.call("keys", "new").code == 2, "this month has its key"
    assert key["publicKeyMultibase"] in school.call("keys", "document").out
