"""The school office: sign-ins, consents, waiting practice, confirmations, packages."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from portfolio.permalinks import grouped
from portfolio.services import browse
from portfolio.services.authorize import OPERATOR
from portfolio.storage.orm import Account, Credential
from tests.web.conftest import Site
from tests.web.people import Person, School, own_school, said

MAYA, OTHER = "О-1001", "О-1024"


@pytest.fixture
def school(site: Site, tmp_path: Path) -> Iterator[School]:
    with own_school(site, tmp_path) as found:
        yield found


@pytest.fixture
def office(school: School) -> Person:
    person = school.signed_in("registrar")
    person.client.get("/?lang=en")
    return person


# --- the first page and the lists


def test_the_first_page_counts_and_says_what_needs_attention(school: School, office: Person) -> None:
    view = browse.overview(school.ports, OPERATOR)
    words = said(office.open("/admin"))
    assert f"{view.issued} confirmations issued" in words
    assert f"{view.pupils} pupils" in words
    assert "agreement is not in force for these days. 8" in words
    assert "Pupils without a consent to publication" in words


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=елкина", ["Ёлкина Майя"]),
        ("q=ЁЛК+май", ["Ёлкина Майя"]),
        ("q=О-1008", ["Арутюнян Ашот"]),
        ("q=водкин", ["Петров-Водкин Артём"]),
        ("q=%22%3E%3Cscript%3E", []),
        ("class=нет", []),
    ],
)
def test_pupils_are_found_by_name_and_number(office: Person, query: str, names: list[str]) -> None:
    page = office.open(f"/admin/people?{query}")
    assert re.findall(r'href="/admin/people/\d+">([^<]+)<', page) == names
    assert "<script>" not in page


def test_a_class_is_chosen_by_its_name(school: School, office: Person) -> None:
    page = office.open("/admin/people?class=11-А")
    shown = len(re.findall(r'href="/admin/people/\d+"', page))
    assert shown == browse.people_page(school.ports, OPERATOR, class_name="11-А").total
    assert 0 < shown < 24


@pytest.mark.parametrize("path", ["people", "practice", "credentials"])
@pytest.mark.parametrize("page", ["0", "-1", "999", "x", "1e9", "99999999999999999999"])
def test_a_page_number_that_is_none_breaks_nothing(office: Person, path: str, page: str) -> None:
    office.open(f"/admin/{path}?page={page}")


# --- sign-ins


def test_a_one_time_password_is_shown_once_and_stands_in_no_cookie(school: School, office: Person) -> None:
    pupil = school.pupil(OTHER)
    page = office.open(f"/admin/people/{pupil.id}")
    assert "cannot sign in yet" in said(page)
    response = office.send(page, f"/admin/people/{pupil.id}/sign-in")
    shown = office.open(response.headers["Location"])
    password = re.search(r'class="secret"[^>]*>([^<]+)<', shown)
    assert password
    assert "О-1024".lower() in shown
    assert password[1] not in str(response.headers)
    assert password[1] not in office.open(f"/admin/people/{pupil.id}")
    assert school.stranger().sign_in("о-1024", password[1]).headers["Location"] == "/account"


def test_a_new_one_time_password_ends_the_old_one_and_every_sign_in(school: School, office: Person) -> None:
    maya = school.signed_in("pupil")
    pupil_id = school.pupil(MAYA).id
    office.send(office.open(f"/admin/people/{pupil_id}"), f"/admin/people/{pupil_id}/sign-in")
    assert maya.client.get("/me").headers["Location"].startswith("/login")
    known = next(one for one in school.site.table["sign_ins"] if one["role"] == "pupil")
    school.stranger().sign_in(known["login"], known["password"], status=401)


def test_a_double_click_makes_one_password(school: School, office: Person) -> None:
    pupil_id = school.pupil(OTHER).id
    sent = office.fill(office.open(f"/admin/people/{pupil_id}"), f"/admin/people/{pupil_id}/sign-in")
    before = school.count(Account)
    for _ in range(2):
        assert office.client.post(f"/admin/people/{pupil_id}/sign-in", data=sent).status_code == 303
    password = re.search(r'class="secret"[^>]*>([^<]+)<', office.open(f"/admin/people/{pupil_id}"))
    assert password
    assert school.count(Account) == before + 1
    school.stranger().sign_in("о-1024", password[1])


def test_mentors_are_listed_with_the_end_of_their_accreditation_and_get_sign_ins(
    school: School, office: Person
) -> None:
    page = office.open("/admin/mentors")
    assert len(re.findall(r'<th scope="row">', page)) == 8
    assert said(page).count(" over ") == 1  # M08
    sent = office.fill(page, "/admin/mentors/sign-in", {"mentor": "M02"})
    office.client.post("/admin/mentors/sign-in", data=sent)
    shown = office.open("/admin/mentors")
    password = re.search(r'class="secret"[^>]*>([^<]+)<', shown)
    assert password
    assert school.stranger().sign_in("m02", password[1]).headers["Location"] == "/account"


def test_nobody_unknown_gets_a_sign_in(school: School, office: Person) -> None:
    before = school.count(Account)
    page = office.open("/admin/mentors")
    office.send(page, "/admin/mentors/sign-in", {"mentor": "M99"}, status=404)
    office.send(page, "/admin/mentors/sign-in", {"mentor": ""}, status=422)
    assert office.client.get("/admin/people/999999").status_code == 404
    assert school.count(Account) == before


# --- consents


def consent_path(school: School, purpose: str, roster_id: str = MAYA) -> str:
    return f"/admin/people/{school.pupil(roster_id).id}/consents/{purpose}"


def test_a_withdrawal_of_publication_says_what_closes_and_closes_it_at_once(school: School, office: Person) -> None:
    share = school.site.share()
    stranger = school.stranger()
    assert "Майя Ёлкина" in said(stranger.open(share))
    path = consent_path(school, "publication")
    page = office.open(path)
    assert "Every open link of this pupil closes" in said(page)
    assert "tick the box" in said(office.send(page, path, status=422))
    assert "Майя Ёлкина" in said(stranger.open(share))  # not yet
    office.send(page, path, {"sure": "1"})
    assert stranger.client.get(share).status_code == 410
    public = stranger.open(f"/v/{school.site.code('valid')}")
    assert "Ёлкина" not in public
    assert "initials only" in said(office.open(f"/admin/people/{school.pupil(MAYA).id}"))


def test_a_consent_is_recorded_when_the_school_holds_the_paper(school: School, office: Person) -> None:
    path = consent_path(school, "publication", OTHER)
    page = office.open(path)
    assert "paper signed by a parent" in said(page)
    assert office.fill(page, path)["change"] == "grant"
    office.send(page, path, {"sure": "1"})
    assert browse.person(school.ports, OPERATOR, school.pupil(OTHER).id).publication


def test_without_processing_there_is_no_publication(school: School, office: Person) -> None:
    processing = consent_path(school, "processing", OTHER)
    page = office.open(processing)
    assert "Nothing new can be confirmed" in said(page)
    office.send(page, processing, {"sure": "1"})
    path = consent_path(school, "publication", OTHER)
    answer = office.send(office.open(path), path, {"sure": "1"}, status=409)
    assert "First the family has to agree" in said(answer)
    found = browse.person(school.ports, OPERATOR, school.pupil(OTHER).id)
    assert (found.processing, found.publication) == (False, False)


def test_a_purpose_or_change_that_does_not_exist_is_refused(school: School, office: Person) -> None:
    path = consent_path(school, "publication")
    sent = office.fill(office.open(path), path, {"sure": "1"})
    assert office.client.post(path.replace("publication", "photo"), data=sent).status_code == 404
    assert office.client.get(path.replace("publication", "photo")).status_code == 404
    sent["change"] = "forget"
    assert office.client.post(path, data=sent).status_code == 422


# --- waiting practice


def test_the_register_names_what_is_missing_and_can_be_narrowed(school: School, office: Person) -> None:
    whole = browse.register(school.ports, OPERATOR)
    page = office.open("/admin/practice")
    assert f"{whole.total} practices wait" in said(page)
    assert "agreement is not in force" in said(page)
    narrowed = office.open("/admin/practice?reason=mentor_not_accredited")
    assert said(narrowed).count("accreditation ended before the practice did") >= 2
    assert len(re.findall(r'<th scope="row">', narrowed)) == dict(whole.counts)["mentor_not_accredited"]
    assert "Nothing waits here" in said(office.open("/admin/practice?class=нет"))


def test_the_register_as_a_workbook_has_the_same_rows_and_words(school: School, office: Person) -> None:
    whole = browse.register(school.ports, OPERATOR)
    sheet = load_workbook(io.BytesIO(office.client.get("/admin/practice.xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("Class", "Pupil", "Programme", "Mentor", "Start", "End", "What is missing")
    assert len(rows) == whole.total + 1
    assert {row[1] for row in rows[1:]} == {row.pupil for row in whole.rows}
    narrowed = office.client.get("/admin/practice.xlsx?reason=mentor_not_accredited").data
    assert load_workbook(io.BytesIO(narrowed)).active.max_row == dict(whole.counts)["mentor_not_accredited"] + 1


# --- confirmations


def test_a_confirmation_is_found_by_its_code_however_it_is_typed(school: School, office: Person) -> None:
    code = school.site.code("valid")
    page = office.open(f"/admin/credentials?q={grouped(code).upper()}")
    assert re.findall(r'href="/admin/credentials/(\w+)"', page) == [code]


@pytest.mark.parametrize("state", ["revoked", "suspended", "expired"])
def test_the_list_is_narrowed_by_state(school: School, office: Person, state: str) -> None:
    page = office.open(f"/admin/credentials?state={state}")
    assert school.site.code(state) in page
    assert school.site.code("valid") not in page


def test_a_revocation_needs_its_reason_and_the_typed_word_and_is_final(school: School, office: Person) -> None:
    code = school.site.code("valid")
    path = f"/admin/credentials/{code}"
    page = office.open(path)
    assert "This cannot be undone" in said(page)
    for values, at in (
        ({"word": "revoke"}, "reason"),
        ({"reason": "error"}, "word"),
        ({"reason": "error", "word": "revok"}, "word"),
        ({"reason": "mood", "word": "revoke"}, "reason"),
    ):
        refused = office.send(page, f"{path}/revoke", values, status=422)
        assert f'href="#field-{at}"' in refused.text
    assert school.state(code) == "valid"
    office.send(page, f"{path}/revoke", {"reason": "duplicate", "word": " Отозвать "})
    assert school.state(code) == "revoked"
    after = office.open(path)
    assert "Revoked for good" in said(after)
    assert f'action="{path}/revoke"' not in after
    office.client.post(f"{path}/suspend", data=office.fill(page, f"{path}/suspend"))
    assert school.state(code) == "revoked"
    assert office.client.post(f"{path}/reinstate", data=office.fill(page, f"{path}/suspend")).status_code == 409


def test_a_hold_is_seen_by_everybody_and_can_be_lifted(school: School, office: Person) -> None:
    code = school.site.code("valid")
    path = f"/admin/credentials/{code}"
    office.send(office.open(path), f"{path}/suspend")
    assert school.state(code) == "suspended"
    office.send(office.open(path), f"{path}/reinstate")
    assert school.state(code) == "valid"


def test_the_signed_file_comes_byte_for_byte(school: School, office: Person) -> None:
    code = school.site.code("revoked")
    with school.ports.sessions.read() as session:
        body = session.query(Credential).filter_by(code=code).one().body
    assert office.client.get(f"/admin/credentials/{code}/credential.json").data == body


def test_an_unknown_confirmation_is_not_there(office: Person) -> None:
    for reference in ("0123456789abcdef", "urn:uuid:00000000-0000-4000-8000-000000000000", "нет"):
        for what in ("", "/certificate.pdf", "/credential.json"):
            assert office.client.get(f"/admin/credentials/{reference}{what}").status_code == 404


# --- packages


def test_one_pupils_package_holds_signed_files_and_no_name_in_a_title(school: School, office: Person) -> None:
    pupil_id = school.pupil(MAYA).id
    page = office.open(f"/admin/people/{pupil_id}")
    response = office.send(page, "/admin/export", {"pupil": str(pupil_id)}, status=200)
    archive = zipfile.ZipFile(io.BytesIO(response.data))
    names = archive.namelist()
    assert "register.xlsx" in names
    clr = next(name for name in names if name.endswith("/clr.json"))
    assert clr == f"11-А/{MAYA}/clr.json"
    assert json.loads(archive.read(clr))["proof"]
    assert not any("Ёлкина" in name or "Майя" in name for name in [*names, response.headers["Content-Disposition"]])
    assert response.headers["Cache-Control"] == "no-store"


def test_a_class_is_exported_whole(school: School, office: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(school.ports.paper), "unavailable", lambda _paper: "Pango is not installed")
    page = office.open("/admin/export")
    assert "Without PDF" in said(page)
    response = office.send(page, "/admin/export", {"class": "9-В"}, status=200)
    folders = {
        name.split("/")[1] for name in zipfile.ZipFile(io.BytesIO(response.data)).namelist() if name.count("/") >= 2
    }
    assert len(folders) == browse.people_page(school.ports, OPERATOR, class_name="9-В").total
    assert not list(school.ports.home.glob(".export-*"))  # nothing is left behind


def test_a_pupil_is_found_for_a_package(school: School, office: Person) -> None:
    page = office.open("/admin/export?q=елк")
    assert f'name="pupil" value="{school.pupil(MAYA).id}" checked' in page


@pytest.mark.parametrize("values", [{"class": "99-Ю"}, {"class": ""}, {"pupil": "x"}, {"pupil": "999999"}])
def test_a_package_of_nobody_is_refused(office: Person, values: dict[str, str]) -> None:
    answer = office.send(office.open("/admin/export"), "/admin/export", values, status=422)
    assert 'role="alert"' in answer.text
