"""Portfolios in people's hands: the archive's layout, what is left out, and what a failure leaves behind."""

from __future__ import annotations

import errno
import hashlib
import io
import stat
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, update

from portfolio.bootstrap import House
from portfolio.errors import Conflict, Forbidden, NotFound, NotSignedIn, Unavailable
from portfolio.permalinks import grouped
from portfolio.ports import CertificatePaper, PortfolioPaper, Ports
from portfolio.services import consent, graduate, papers, register, revoke, verify
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.storage.orm import Credential, Pupil
from portfolio.vc import jsontext
from portfolio.vc.clr import nested_credentials
from tests.services.issuing import (
    SEMYON,
    VERA,
    ZOYA,
    NoPango,
    as_pupil,
    issue,
    issue_many,
    pupil_id,
    row_of,
    with_paper,
)
from tests.services.school_files import Clock


class Recording(NoPango):
    """Paper that keeps what it was asked to print."""

    def __init__(self) -> None:
        self.portfolios: list[PortfolioPaper] = []
        self.certificates: list[CertificatePaper] = []

    def unavailable(self) -> str | None:
        return None

    def portfolio(self, paper: PortfolioPaper) -> bytes:
        self.portfolios.append(paper)
        return b"%PDF portfolio"

    def certificate(self, paper: CertificatePaper) -> bytes:  # type: ignore[override]
        self.certificates.append(paper)
        return b"%PDF certificate"


def export(ports: Ports, out: Path, **whom: Any) -> tuple[graduate.ExportSummary, dict[str, bytes]]:
    summary = graduate.export(ports, OPERATOR, out, **whom)
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return summary, {name: archive.read(name) for name in archive.namelist()}


def register_sheet(files: dict[str, bytes]) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(files["register.xlsx"])).active
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def clr_count(ports: Ports) -> int:
    with ports.sessions.read() as session:
        return session.scalar(select(func.count()).select_from(Credential).where(Credential.kind == "clr")) or 0


def test_the_archive_is_laid_out_as_promised(houses: House, tmp_path: Path) -> None:
    ports = with_paper(houses.ports, Recording())
    zoyas = [one.code for one in issue_many(ports, 3)]
    semyons = issue(ports, SEMYON).code
    steps: list[tuple[int, int]] = []
    summary, files = export(ports, tmp_path / "out" / "school.zip", on_progress=lambda *step: steps.append(step))
    assert sorted(files) == sorted(
        [
            "9-А/90-1/portfolio.pdf",
            "9-А/90-1/clr.json",
            *(f"9-А/90-1/credentials/{code}.json" for code in zoyas),
            "9-А/90-2/portfolio.pdf",
            "9-А/90-2/clr.json",
            f"9-А/90-2/credentials/{semyons}.json",
            "register.xlsx",
        ]
    )
    assert (summary.packed, summary.empty, summary.credentials, summary.left_out) == (2, 1, 4, 0)
    assert summary.without_pdf is False
    assert steps == [(1, 3), (2, 3), (3, 3)]
    for code in zoyas:
        assert files[f"9-А/90-1/credentials/{code}.json"] == row_of(ports, code).body
    header, *rows = register_sheet(files)
    assert header[:4] == ["Класс", "Номер", "Имя", "Подтверждения"]
    by_number = {row[1]: row for row in rows}
    assert by_number["90-1"][:4] == ["9-А", "90-1", "Зоя Птичкина", 3]
    assert by_number["90-1"][6] == hashlib.sha256(files["9-А/90-1/clr.json"]).hexdigest()
    assert by_number["90-1"][7] == hashlib.sha256(files["9-А/90-1/portfolio.pdf"]).hexdigest()
    assert by_number["90-3"][:4] == ["10-Б", "90-3", "Вера Совина", 0]
    code = by_number["90-1"][4]
    assert verify.by_code(ports, code).state == "valid"
    assert not any(name.encode() in member.encode() for member in files for name in ("Птичкин", "Снегир"))
    assert stat.S_IMODE((tmp_path / "out" / "school.zip").stat().st_mode) == 0o600


def test_the_record_inside_holds_the_credentials_as_issued(house: House, tmp_path: Path) -> None:
    codes = [one.code for one in issue_many(house.ports, 2)]
    _, files = export(with_paper(house.ports, NoPango()), tmp_path / "one.zip", class_name="9-А")
    record = jsontext.loads(files["9-А/90-1/clr.json"])
    assert isinstance(record, dict)
    assert {jsontext.dumps(inner) for inner in nested_credentials(record)} == {
        row_of(house.ports, code).body for code in codes
    }
    check = verify.check_document(house.ports, files["9-А/90-1/clr.json"])
    assert (check.state, [inner.state for inner in check.nested]) == ("valid", ["valid", "valid"])


def test_whom_to_export(house: House, tmp_path: Path) -> None:
    ports = with_paper(house.ports, NoPango())
    for roster_id in (ZOYA, SEMYON, VERA):
        issue(ports, roster_id)

    def numbers(**whom: Any) -> set[str]:
        return {name.split("/")[1] for name in export(ports, tmp_path / "some.zip", **whom)[1] if "/" in name}

    assert numbers() == {ZOYA, SEMYON, VERA}
    assert numbers(class_name="10-Б") == {VERA}
    assert numbers(pupil_ids=[pupil_id(ports, SEMYON)] * 2) == {SEMYON}
    for whom in ({"class_name": "1-Я"}, {"pupil_ids": [999]}, {"pupil_ids": [pupil_id(ports, ZOYA), 10**30]}):
        with pytest.raises(NotFound):
            export(ports, tmp_path / "none.zip", **whom)
    assert not (tmp_path / "none.zip").exists()


def test_dead_records_are_left_out_and_listed(houses: House, tmp_path: Path) -> None:
    ports = with_paper(houses.ports, Recording())
    living, revoked, held, old = issue_many(ports, 4)
    revoke.revoke(ports, OPERATOR, revoked.code, "error")
    revoke.suspend(ports, OPERATOR, held.code)
    with ports.sessions.write() as session:
        session.execute(
            update(Credential)
            .where(Credential.id == old.credential_id)
            .values(superseded_by=living.credential_id, superseded_at=ports.now())
        )
    summary, files = export(ports, tmp_path / "school.zip", class_name="9-А")
    assert [name for name in files if "credentials/" in name] == [f"9-А/90-1/credentials/{living.code}.json"]
    assert (summary.credentials, summary.left_out) == (1, 3)
    listed = register_sheet(files)[1:]
    text = next(row[5] for row in listed if row[1] == ZOYA)
    for one, state in ((revoked, "Отозван"), (held, "риостановлен"), (old, "овая")):
        assert grouped(one.code) in text
        assert state in text
    record = jsontext.loads(files["9-А/90-1/clr.json"])
    assert [inner["id"] for inner in nested_credentials(record)] == [living.credential_id]
    paper = ports.paper.portfolios[0]  # type: ignore[attr-defined]
    assert [one.code for one in paper.credentials] == [grouped(living.code)]
    assert [one.name for one in paper.attachments] == ["clr.json", f"{living.code}.json"]


def test_a_pupil_with_dead_records_only_has_no_folder(house: House, tmp_path: Path) -> None:
    ports = with_paper(house.ports, Recording())
    issued = issue(ports)
    revoke.revoke(ports, OPERATOR, issued.code, "error")
    summary, files = export(ports, tmp_path / "school.zip")
    assert list(files) == ["register.xlsx"]
    assert (summary.packed, summary.empty, summary.left_out) == (0, 3, 1)
    assert clr_count(ports) == 0


def test_a_family_that_withdrew_its_consent_is_not_packed(houses: House, tmp_path: Path) -> None:
    ports = with_paper(houses.ports, NoPango())
    issue(ports)
    issue(ports, SEMYON)
    consent.withdraw(ports, OPERATOR, pupil_id(ports, ZOYA), "processing")
    _, files = export(ports, tmp_path / "school.zip")
    assert {name.split("/")[1] for name in files if "/" in name} == {SEMYON}


def test_the_same_content_is_one_record(houses: House, tmp_path: Path, clock: Clock) -> None:
    ports = with_paper(houses.ports, NoPango())
    issued = issue_many(ports, 2)
    first = export(ports, tmp_path / "1.zip", class_name="9-А")[1]["9-А/90-1/clr.json"]
    clock.forward(timedelta(days=1))
    assert export(ports, tmp_path / "2.zip", class_name="9-А")[1]["9-А/90-1/clr.json"] == first
    assert clr_count(ports) == 1
    revoke.suspend(ports, OPERATOR, issued[0].code)
    smaller = export(ports, tmp_path / "3.zip", class_name="9-А")[1]["9-А/90-1/clr.json"]
    assert smaller != first
    revoke.reinstate(ports, OPERATOR, issued[0].code)
    assert export(ports, tmp_path / "4.zip", class_name="9-А")[1]["9-А/90-1/clr.json"] == first
    assert clr_count(ports) == 2


def test_a_record_that_was_taken_back_is_not_given_out_again(house: House) -> None:
    ports = with_paper(house.ports, NoPango())
    issue(ports)
    first = graduate.package_of(ports, OPERATOR, pupil_id(ports, ZOYA))
    assert first.code is not None
    revoke.revoke(ports, OPERATOR, first.code, "error")
    second = graduate.package_of(ports, OPERATOR, pupil_id(ports, ZOYA))
    assert second.code != first.code
    assert verify.check_document(ports, second.clr or b"").state == "valid"
    assert graduate.package_of(ports, OPERATOR, pupil_id(ports, ZOYA)).code == second.code


def test_a_corrected_name_is_a_new_record(house: House) -> None:
    ports = with_paper(house.ports, NoPango())
    issue(ports)
    first = graduate.package_of(ports, OPERATOR, pupil_id(ports, ZOYA))
    with ports.sessions.write() as session:
        session.execute(update(Pupil).where(Pupil.roster_id == ZOYA).values(first_name="Зинаида"))
    second = graduate.package_of(ports, OPERATOR, pupil_id(ports, ZOYA))
    assert second.code != first.code
    assert "Зинаида Птичкина" in (second.clr or b"").decode()


def test_without_pango_everything_but_the_pdf_is_there(house: House, tmp_path: Path) -> None:
    ports = with_paper(house.ports, NoPango())
    issued = issue(ports)
    summary, files = export(ports, tmp_path / "school.zip", class_name="9-А")
    assert summary.without_pdf is True
    assert sorted(files) == ["9-А/90-1/clr.json", f"9-А/90-1/credentials/{issued.code}.json", "register.xlsx"]
    assert next(row for row in register_sheet(files) if row[1] == ZOYA)[7] in (None, "")
    with pytest.raises(Unavailable):
        papers.certificate(ports, OPERATOR, issued.code)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_full_disk_leaves_no_partial_file(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    ports = with_paper(house.ports, NoPango())
    issue(ports)
    issue(ports, SEMYON)
    out = tmp_path / "school.zip"
    out.write_bytes(b"the archive of last year")
    written = 0
    real = zipfile.ZipFile.writestr

    def writestr(archive: zipfile.ZipFile, *arguments: Any) -> None:
        nonlocal written
        if written == after:
            raise OSError(errno.ENOSPC, "No space left on device")
        written += 1
        real(archive, *arguments)

    monkeypatch.setattr(zipfile.ZipFile, "writestr", writestr)
    with pytest.raises(Unavailable, match="the disk is full"):
        graduate.export(ports, OPERATOR, out)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["school.zip"]
    assert out.read_bytes() == b"the archive of last year"


def test_an_interrupted_export_leaves_no_partial_file(house: House, tmp_path: Path) -> None:
    ports = with_paper(house.ports, NoPango())
    issue(ports)

    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        graduate.export(ports, OPERATOR, tmp_path / "school.zip", on_progress=stop)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_folder_that_cannot_be_written_to(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    issue(house.ports)
    with pytest.raises(Unavailable):
        graduate.export(with_paper(house.ports, NoPango()), OPERATOR, tmp_path / "file" / "school.zip")


def test_a_formula_in_a_name_stays_text(house: House, tmp_path: Path) -> None:
    ports = with_paper(house.ports, NoPango())
    formula = '=HYPERLINK("http://evil.example","x")'
    with ports.sessions.write() as session:
        session.execute(update(Pupil).where(Pupil.roster_id == ZOYA).values(first_name=formula))
        session.execute(update(Pupil).where(Pupil.roster_id == SEMYON).values(first_name="+7", last_name="@SUM(1)"))
    issue(ports)
    _, files = export(ports, tmp_path / "school.zip")
    sheet = openpyxl.load_workbook(io.BytesIO(files["register.xlsx"])).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    values = [str(cell.value) for cell in cells]
    assert any("HYPERLINK" in value for value in values)
    assert any("@SUM(1)" in value for value in values)


@pytest.mark.parametrize("class_name", ["../../etc", "/", "..", "", "a/b\\c", "9-А/../.."])
def test_no_entry_leaves_the_archives_folder(house: House, tmp_path: Path, class_name: str) -> None:
    ports = with_paper(house.ports, NoPango())
    issue(ports)
    with ports.sessions.write() as session:
        session.execute(update(Pupil).where(Pupil.roster_id == ZOYA).values(class_name=class_name))
    _, files = export(ports, tmp_path / "school.zip", pupil_ids=[pupil_id(ports, ZOYA)])
    for name in files:
        assert not name.startswith("/")
        assert ".." not in Path(name).parts
        assert "\\" not in name
        assert len(Path(name).parts) in (1, 3, 4)


def test_a_pupil_gets_the_own_package_and_nobody_elses(houses: House) -> None:
    ports = with_paper(houses.ports, Recording())
    issued, theirs = issue(ports), issue(ports, SEMYON)
    pupil = as_pupil(ports)
    package = graduate.package_of(ports, pupil, pupil_id(ports, ZOYA))
    with zipfile.ZipFile(io.BytesIO(graduate.zip_bytes(package, ports.now()))) as archive:
        assert sorted(archive.namelist()) == ["clr.json", f"credentials/{issued.code}.json", "portfolio.pdf"]
    calls: list[Callable[[], object]] = [
        lambda: graduate.package_of(ports, pupil, pupil_id(ports, SEMYON)),
        lambda: papers.certificate(ports, pupil, theirs.code),
        lambda: register.credential_file(ports, pupil, theirs.code),
        lambda: register.credential(ports, pupil, theirs.credential_id),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    with pytest.raises(Forbidden):
        graduate.export(ports, pupil, Path("/nowhere/school.zip"))
    with pytest.raises(Forbidden):
        list(graduate.all_credentials(ports, pupil))
    mentor = Actor(1, "mentor", "a mentor", mentor_id=1)
    for call in (
        lambda: graduate.package_of(ports, mentor, pupil_id(ports, ZOYA)),
        lambda: papers.certificate(ports, mentor, issued.code),
        lambda: graduate.export(ports, mentor, Path("/nowhere/school.zip")),
    ):
        with pytest.raises(Forbidden):
            call()
    with pytest.raises(NotSignedIn):
        graduate.package_of(ports, None, pupil_id(ports, ZOYA))  # type: ignore[arg-type]


def test_a_certificate_is_of_one_credential_in_force(houses: House) -> None:
    ports = with_paper(houses.ports, Recording())
    issued = issue(ports)
    assert papers.certificate(ports, as_pupil(ports), issued.code) == b"%PDF certificate"
    paper = ports.paper.certificates[0]  # type: ignore[attr-defined]
    assert (paper.person, paper.host) == ("Зоя Птичкина", "school.example")
    assert paper.credential.url == issued.url
    assert paper.attachments[0].data == row_of(ports, issued.code).body
    revoke.suspend(ports, OPERATOR, issued.code)
    with pytest.raises(Conflict):
        papers.certificate(ports, as_pupil(ports), issued.code)
    revoke.reinstate(ports, OPERATOR, issued.code)
    assert papers.certificate(ports, OPERATOR, issued.credential_id)
    revoke.revoke(ports, OPERATOR, issued.code, "error")
    with pytest.raises(Conflict):
        papers.certificate(ports, as_pupil(ports), issued.code)


def test_every_stored_document_can_be_had(houses: House) -> None:
    ports = with_paper(houses.ports, NoPango())
    issued = issue_many(ports, 3)
    revoke.revoke(ports, OPERATOR, issued[0].code, "error")
    package = graduate.package_of(ports, OPERATOR, pupil_id(ports, ZOYA))
    found = dict(graduate.all_credentials(ports, OPERATOR))
    assert set(found) == {*(one.code for one in issued), package.code}
    assert graduate.credential_total(ports) == 4
    assert {verify.check_document(ports, body).state for body in found.values()} == {"valid", "revoked"}


@pytest.mark.pdf
def test_a_real_pdf_carries_the_signed_files(house: House, tmp_path: Path) -> None:
    import pypdf

    if house.ports.paper.unavailable():
        pytest.skip("Pango is not installed")
    issued = issue(house.ports)
    _, files = export(house.ports, tmp_path / "school.zip", class_name="9-А")
    pdf = pypdf.PdfReader(io.BytesIO(files["9-А/90-1/portfolio.pdf"]))
    assert set(pdf.attachments) == {"clr.json", f"{issued.code}.json"}
    assert pdf.attachments[f"{issued.code}.json"][0] == row_of(house.ports, issued.code).body
    text = "".join(page.extract_text() for page in pdf.pages)
    assert "Птичкина" in text
    assert grouped(issued.code) in text.replace("\n", "")
    certificate = pypdf.PdfReader(io.BytesIO(papers.certificate(house.ports, OPERATOR, issued.code)))
    assert len(certificate.pages) == 1
