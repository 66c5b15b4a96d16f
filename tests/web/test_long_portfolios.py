"""A portfolio of any length: the page stays light, every record is reached, and what was read once is not read again."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import undefer

from portfolio.ports import Ports
from portfolio.services import consent, portfolios, share
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.storage.orm import Credential
from portfolio.web.app import create_app
from tests.web.conftest import BASE_URL, Site
from tests.web.people import Person, School, own_school

LIMIT = 120_000
LENGTHS = [40, 180, 600, 2000]
PUPIL = "О-1024"
LONG_TITLE = "Практика на производстве " * 8  # the longest that the office's table may have is 200 characters


@pytest.fixture
def school(site: Site, tmp_path: Path) -> Iterator[School]:
    with own_school(site, tmp_path) as found:
        yield found


def pupil(school: School) -> Actor:
    return Actor(0, "pupil", "a pupil", pupil_id=school.pupil(PUPIL).id)


def grow(school: School, length: int) -> list[str]:
    """A portfolio of so many records with long titles, and their codes, newest first: copies stand in for signed ones."""
    with school.ports.sessions.write() as session:
        mine = select(Credential).where(Credential.pupil_id == school.pupil(PUPIL).id, Credential.kind == "badge")
        rows = session.scalars(mine.options(undefer(Credential.body)).order_by(Credential.issued_at.desc())).all()
        first = rows[0]
        columns = [column.key for column in Credential.__mapper__.column_attrs]
        taken = set(session.scalars(select(Credential.status_index)))
        free = (index for index in range(131_072) if index not in taken)
        copies = []
        for number in range(1, length - len(rows) + 1):
            identifier = f"urn:uuid:00000000-0000-4000-8000-{number:012d}"
            body = first.body.replace(first.id.encode(), identifier.encode())
            body = body.replace(first.title.encode(), LONG_TITLE.encode())
            changed = {
                "id": identifier,
                "code": "".join(secrets.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(16)),
                "idempotency_key": f"copy {number}",
                "status_index": next(free),
                "digest": hashlib.sha256(body).digest(),
                "issued_at": first.issued_at + timedelta(seconds=number),
                "body": body,
            }
            copies.append(Credential(**{name: getattr(first, name) for name in columns} | changed))
        session.add_all(copies)
        return [row.code for row in (*reversed(copies), *rows)]


def titles(text: str) -> list[str]:
    """The codes that the titles of a page lead to."""
    return re.findall(r'<h3[^>]*><a href="/(?:v|me/credentials)/([0-9a-z]{16})"', text)


def open_link(ports: Ports, actor: Actor) -> str:
    return share.create(ports, actor).url.removeprefix(BASE_URL)


def pages(person: Person, address: str) -> Iterator[str]:
    """Every page of a portfolio, by its own links to the next."""
    query = ""
    while True:
        text = person.open(address + query)
        assert len(text.encode()) <= LIMIT, f"{address}{query}: {len(text.encode())} bytes"
        yield text
        found = re.search(r'rel="next" href="([^"]+)"', text)
        if found is None:
            return
        query = found[1].replace("&amp;", "&")


@pytest.mark.parametrize(("length", "published"), [*((length, True) for length in LENGTHS), (180, False)])
def test_a_shared_portfolio_is_light_and_whole(school: School, length: int, *, published: bool) -> None:
    codes = grow(school, length)
    if published:
        consent.grant(school.ports, OPERATOR, school.pupil(PUPIL).id, "publication")
    path = open_link(school.ports, pupil(school))
    stranger = school.stranger()
    texts = list(pages(stranger, path))
    assert len(texts) == -(-length // portfolios.PAGE)
    shown = [code for text in texts for code in titles(text)]
    assert sorted(shown) == sorted(codes), "each once"
    assert "print-only" in texts[0], "paper says that there is more"
    assert "Навыки" in texts[0]
    assert share.mine(school.ports, pupil(school))[0].views == 1, "leafing through is one visit"
    stranger.open(f"{path}?page={len(texts) + 1}", status=404)
    assert titles(stranger.open(f"{path}?page=x")) == titles(texts[0])


@pytest.mark.parametrize("length", LENGTHS)
def test_the_pupils_own_page_is_light_and_whole(school: School, length: int) -> None:
    codes = grow(school, length)
    person = school.newcomer("pupil", PUPIL)
    texts = list(pages(person, "/me"))
    shown = [code for text in texts for code in titles(text)]
    assert sorted(shown) == sorted(codes)
    assert texts[0].count("print-only") == 1


def test_a_second_look_reads_no_signed_file_again(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look is the control: it does read them."""
    monkeypatch.setattr(portfolios, "_FACTS", portfolios._Facts())
    grow(school, 60)
    token = open_link(school.ports, pupil(school)).rsplit("/", 1)[1]
    asked: list[str] = []
    with school.ports.sessions.read() as session:
        engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    first = share.open_share(school.ports, token)
    assert any("credential.body" in statement for statement in asked)
    asked.clear()
    assert share.open_share(school.ports, token) == first
    assert asked
    assert not any("credential.body" in statement for statement in asked)


def test_no_code_is_drawn_for_a_page_that_shows_none(school: School) -> None:
    class NoDrawing:
        def qr(self, _text: str) -> object:
            raise AssertionError("a QR code was drawn")

    grow(school, 30)
    path = open_link(school.ports, pupil(school))
    app = create_app(replace(school.ports, paper=NoDrawing()))  # type: ignore[arg-type]
    School(Site(app, school.ports, {})).stranger().open(path)


def test_what_is_kept_in_memory_is_bounded(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = portfolios._Facts()
    monkeypatch.setattr(portfolios, "_FACTS", facts)
    monkeypatch.setattr(portfolios._Facts, "_KEPT", 10)
    grow(school, 30)
    for _ in range(2):
        assert len(portfolios.my_portfolio(school.ports, pupil(school)).credentials) == 30
        assert len(facts._known) == 10
