"""The pupil's room: portfolio, single confirmations, links."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from portfolio.permalinks import grouped
from portfolio.services import portfolios, sign_in
from portfolio.services.authorize import Actor
from portfolio.storage.orm import Credential, Share
from tests.web.conftest import Site
from tests.web.people import Person, School, own_school, said

OTHERS = "О-1024"  # a pupil with confirmations and without the consent to publication


@pytest.fixture
def school(site: Site, tmp_path: Path) -> Iterator[School]:
    with own_school(site, tmp_path) as found:
        yield found


@pytest.fixture
def maya(school: School) -> Person:
    person = school.signed_in("pupil")
    person.client.get("/?lang=ru")
    return person


def actor_of(school: School, role: str) -> Actor:
    known = next(one for one in school.site.table["sign_ins"] if one["role"] == role)
    return sign_in.sign_in(school.ports, known["login"], known["password"]).actor


def code_of(school: School, roster_id: str) -> str:
    pupil_id = school.pupil(roster_id).id
    with school.ports.sessions.read() as session:
        found = session.query(Credential).filter_by(pupil_id=pupil_id, kind="badge").first()
        return str(found.code)


def create_link(person: Person, **values: str) -> str:
    person.send(person.open("/me/shares"), "/me/shares", values)
    found = re.search(r'href="http://localhost:8000(/p/[^"]+)"', person.open("/me/shares"))
    assert found
    return found[1]


# --- the portfolio


def test_every_confirmation_stands_there_with_its_state_its_code_and_its_qr(school: School, maya: Person) -> None:
    view = portfolios.my_portfolio(school.ports, actor_of(school, "pupil"))
    page = maya.open("/me")
    assert len(view.credentials) >= 6
    for entry in view.credentials:
        assert entry.grouped in page
        assert f'href="/me/credentials/{entry.code}"' in page
        assert school.ports.paper.qr(f"http://localhost:8000/v/{entry.code}").path in page
    words = said(page)
    for word in ("Действует", "Отозвано", "Приостановлено", "Срок истёк", "Ещё не действует"):
        assert word in words


def test_an_empty_portfolio_says_what_to_do_next(school: School) -> None:
    person = school.newcomer("pupil", OTHERS)
    with school.ports.sessions.write() as session:
        session.execute(update(Credential).where(Credential.pupil_id == school.pupil(OTHERS).id).values(pupil_id=None))
    page = person.open("/me?lang=en")
    assert "Three steps lead to the first confirmation" in said(page)
    assert "0 confirmations" not in said(page)
    assert person.client.get("/me/portfolio.zip").headers["Location"] == "/me"


def test_without_consent_to_publication_the_pupil_is_told_what_others_see(school: School, maya: Person) -> None:
    other = school.newcomer("pupil", OTHERS)
    assert "Others see your initials only" in said(other.open("/me?lang=en"))
    assert "A parent gives the consent" in said(other.open("/me?lang=en"))
    assert "shown in part" in said(other.open("/me/shares?lang=en"))
    assert "Others see your initials only" not in said(maya.open("/me?lang=en"))


def test_the_package_is_the_signed_files_and_the_printed_portfolio(school: School, maya: Person) -> None:
    response = maya.client.get("/me/portfolio.zip")
    assert response.headers["Cache-Control"] == "no-store"
    names = zipfile.ZipFile(io.BytesIO(response.data)).namelist()
    assert "clr.json" in names
    assert any(name.startswith("credentials/") for name in names)
    assert not any("Ёлкина" in name or "Майя" in name for name in names)


# --- one confirmation


def test_one_confirmation_is_shown_printed_and_downloaded(school: School, maya: Person) -> None:
    code = school.site.code("valid")
    page = maya.open(f"/me/credentials/{code}")
    assert grouped(code) in page
    with school.ports.sessions.read() as session:
        stored = session.query(Credential).filter_by(code=code).one()
        body, digest = stored.body, stored.digest.hex()
    assert digest in page
    download = maya.client.get(f"/me/credentials/{code}/credential.json")
    assert download.data == body  # byte for byte as it was issued
    assert download.headers["Content-Disposition"] == f"attachment; filename=confirmation-{code}.json"
    assert download.headers["Cache-Control"] == "no-store"
    assert json.loads(download.data)["credentialSubject"]


@pytest.mark.pdf
def test_the_certificate_is_a_pdf(school: School, maya: Person) -> None:
    reason = school.ports.paper.unavailable()
    if reason:
        pytest.skip(str(reason))
    code = school.site.code("valid")
    assert f"/me/credentials/{code}/certificate.pdf" in maya.open(f"/me/credentials/{code}")
    assert maya.client.get(f"/me/credentials/{code}/certificate.pdf").data.startswith(b"%PDF-")
    revoked = school.site.code("revoked")
    if f"/me/credentials/{revoked}" in maya.open("/me"):
        assert "certificate.pdf" not in maya.open(f"/me/credentials/{revoked}")
        assert maya.client.get(f"/me/credentials/{revoked}/certificate.pdf").status_code == 409


def test_without_pdf_the_page_offers_the_browsers_own_printing(
    school: School, maya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(school.ports.paper), "unavailable", lambda _paper: "Pango is not installed")
    page = maya.open(f"/me/credentials/{school.site.code('valid')}?lang=en")
    assert "certificate.pdf" not in page
    assert "Print this page from the browser" in said(page)


def test_a_code_is_understood_as_people_type_it(school: School, maya: Person) -> None:
    code = school.site.code("valid")
    assert maya.open(f"/me/credentials/{grouped(code).upper()}").count(grouped(code)) >= 1


@pytest.mark.parametrize("what", ["", "/certificate.pdf", "/credential.json"])
def test_another_pupils_confirmation_cannot_be_told_from_one_that_is_not_there(
    school: School, maya: Person, what: str
) -> None:
    theirs = maya.client.get(f"/me/credentials/{code_of(school, OTHERS)}{what}")
    nobodys = maya.client.get(f"/me/credentials/0123456789abcdef{what}")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.data == nobodys.data or _without_tokens(theirs.text) == _without_tokens(nobodys.text)


def _without_tokens(page: str) -> str:
    return re.sub(r'(name="(?:csrf_token|form_key)" value=)"[^"]*"|\?[^"]*lang=', r"\1", page)


def test_what_is_revoked_says_so_with_date_and_reason(school: School, maya: Person) -> None:
    view = portfolios.my_portfolio(school.ports, actor_of(school, "pupil"))
    code = next(entry.code for entry in view.credentials if entry.state == "revoked")
    words = said(maya.open(f"/me/credentials/{code}?lang=en"))
    assert re.search(r"Revoked on \d{1,2} \w+ 20\d\d", words)
    assert "Reason:" in words


# --- links


def test_a_link_opens_for_a_stranger_until_it_is_closed(school: School, maya: Person) -> None:
    path = create_link(maya, days="7", label="День открытых дверей")
    stranger = school.stranger()
    assert "Майя Ёлкина" in said(stranger.open(path))
    stranger.open(path)
    page = maya.open("/me/shares?lang=en")
    assert "День открытых дверей" in page
    assert "opened 2 times" in said(page)
    assert school.ports.paper.qr(f"http://localhost:8000{path}").path in page
    close = re.search(r'action="(/me/shares/\d+/close)"', page)
    assert close
    maya.send(page, close[1])
    assert stranger.client.get(path).status_code == 410
    assert path not in maya.open("/me/shares")


def test_thirty_days_unless_another_term_is_chosen(school: School, maya: Person) -> None:
    form = maya.fill(maya.open("/me/shares"), "/me/shares")
    assert form["days"] == "30"
    create_link(maya)
    with school.ports.sessions.read() as session:
        newest = session.query(Share).order_by(Share.id.desc()).first()
        assert timedelta(days=29) < newest.expires_at - datetime.now(UTC) <= timedelta(days=30)


@pytest.mark.parametrize(
    "values", [{"days": "365"}, {"days": "0"}, {"days": "тридцать"}, {"label": "ы" * 81}, {"label": "а\u202eб"}]
)
def test_a_link_that_cannot_be_is_refused_and_what_was_typed_stays(
    school: School, maya: Person, values: dict[str, str]
) -> None:
    before = school.count(Share)
    refused = maya.send(maya.open("/me/shares"), "/me/shares", {"label": "Для колледжа", **values}, status=422)
    assert 'role="alert"' in refused.text
    assert values.get("label", "Для колледжа") in refused.text
    assert school.count(Share) == before


def test_a_double_click_makes_one_link(school: School, maya: Person) -> None:
    before = school.count(Share)
    sent = maya.fill(maya.open("/me/shares"), "/me/shares")
    first, second = (maya.client.post("/me/shares", data=sent) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert school.count(Share) == before + 1


def test_nobody_closes_somebody_elses_link(school: School, maya: Person) -> None:
    other = school.newcomer("pupil", OTHERS)
    path = create_link(other)
    with school.ports.sessions.read() as session:
        theirs = session.query(Share).filter_by(pupil_id=school.pupil(OTHERS).id).one().id
    own = re.search(r'action="(/me/shares/\d+/close)"', maya.open("/me/shares"))
    assert own
    sent = maya.fill(maya.open("/me/shares"), own[1])
    assert maya.client.post(f"/me/shares/{theirs}/close", data=sent).status_code == 404
    assert maya.client.post("/me/shares/999999/close", data=sent).status_code == 404
    school.stranger().open(path)


def test_a_note_is_text_and_never_markup(school: School, maya: Person) -> None:
    create_link(maya, label="<script>alert(1)</script>{{ 7 * 7 }}")
    page = maya.open("/me/shares")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in page
