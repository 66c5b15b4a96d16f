"""The language of a page: asked for, remembered, preferred; and what is signed stays as it was signed."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup

from portfolio.web.language import gettext
from tests.web.conftest import Site


def language_of(client: FlaskClient, path: str = "/", **headers: str) -> str:
    found = re.search(r'<html lang="(\w+)">', client.get(path, headers=headers).get_data(as_text=True))
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "ru"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("ru,en;q=0.9", "ru"),
        ("de,en;q=0.5,ru;q=0.4", "en"),
        ("de", "ru"),
        ("tt;q=1,*;q=0.1", "ru"),
        ("en;q=0", "ru"),
    ],
)
def test_the_browser_is_asked_when_nobody_chose(client: FlaskClient, accept: str, expected: str) -> None:
    assert language_of(client, **({"Accept-Language": accept} if accept else {})) == expected


def test_the_address_is_stronger_and_is_remembered(client: FlaskClient) -> None:
    assert language_of(client, "/?lang=en", **{"Accept-Language": "ru"}) == "en"
    assert language_of(client, "/", **{"Accept-Language": "ru"}) == "en"
    assert language_of(client, "/help/employer?lang=ru", **{"Accept-Language": "en"}) == "ru"
    assert language_of(client, "/?lang=xx") == "ru"


def test_pages_of_strangers_follow_the_address_without_a_cookie(site: Site, client: FlaskClient) -> None:
    path = f"/v/{site.code('valid')}"
    assert language_of(client, f"{path}?lang=en", **{"Accept-Language": "ru"}) == "en"
    assert language_of(client, path, **{"Accept-Language": "ru"}) == "ru"


def test_the_switch_is_a_plain_link_that_keeps_the_rest(client: FlaskClient) -> None:
    text = client.get("/v?code=zz&lang=ru").get_data(as_text=True)
    assert 'href="?code=zz&amp;lang=en" lang="en" hreflang="en"' in text


def test_signed_texts_are_marked_with_their_own_language(site: Site, client: FlaskClient) -> None:
    english = client.get(f"/v/{site.code('valid')}?lang=en").get_data(as_text=True)
    russian = client.get(f"/v/{site.code('valid')}?lang=ru").get_data(as_text=True)
    assert '<h1 lang="ru">' in english
    assert "<h1>" in russian


def test_reasons_for_machines_are_in_the_language_asked_for(site: Site, client: FlaskClient) -> None:
    path = f"/v/{site.code('valid')}"
    answers = [
        client.get(path, headers={"Accept": "application/json", "Accept-Language": language})
        for language in ("ru", "en")
    ]
    assert [answer.headers["Content-Language"] for answer in answers] == ["ru", "en"]
    reasons = [answer.get_json()["steps"][0]["reason"] for answer in answers]
    assert re.search("[А-я]", reasons[0])
    assert not re.search("[А-я]", reasons[1])


@pytest.mark.parametrize(
    ("path", "russian", "english"),
    [
        ("/nothing", "Такой страницы нет", "There is no such page"),
        ("/v/0123456789abcdef", "Такой записи нет", "No such record"),
        ("/", "Код с документа", "Code from the document"),
        ("/privacy", "Кто решает", "Who decides"),
        ("/help/employer", "Что значат уровни", "What the levels mean"),
        ("/verify", "Проверить файл", "Check a file"),
        ("/problems", "Виды ошибок", "Problem types"),
    ],
)
def test_each_page_speaks_both(client: FlaskClient, path: str, russian: str, english: str) -> None:
    in_russian = client.get(path, headers={"Accept-Language": "ru"}).get_data(as_text=True)
    in_english = client.get(path, headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert russian in in_russian
    assert english in in_english
    visible = re.sub(r"<[^>]+>|Русский|Школа[^<]*", "", in_english.split("<main")[1].split("<footer")[0])
    assert not re.search("[А-я]", visible)


def test_markup_keeps_its_tags_and_everything_else_is_escaped(site: Site) -> None:
    with site.app.test_request_context("/", headers={"Host": "localhost:8000"}):
        kept = gettext("{a} & {b}", a=Markup("<b>x</b>"), b="<i>")
        assert kept == Markup("<b>x</b> &amp; &lt;i&gt;")
        assert gettext("{a}", a="<i>") == "<i>"
        assert not isinstance(gettext("{a}", a="<i>"), Markup)
