"""People of the demo school at their browsers: they open pages, fill in the forms that stand there, and send them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portfolio.bootstrap import bootstrap
from portfolio.ports import Ports
from portfolio.services import sign_in
from portfolio.services.authorize import OPERATOR
from portfolio.settings import Settings
from portfolio.storage import people
from portfolio.storage.orm import Mentor, Pupil
from portfolio.web.app import create_app
from portfolio.web.security import limiter
from tests.web.conftest import Browser, Site

Value = str | Sequence[str]


@dataclass
class FoundForm:
    """A form as it stands in a page, with what it would send if nobody touched it."""

    action: str
    method: str
    fields: MultiDict[str, str] = field(default_factory=MultiDict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page, filled in as a browser would."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self._select: str | None = None
        self._area: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(FoundForm(values.get("action", ""), values.get("method", "get")))
        if not self.found:
            return
        form, name = self.found[-1], values.get("name", "")
        if tag == "input" and name and "disabled" not in values:
            kind = values.get("type", "text")
            form.offered.setdefault(name, []).append(values.get("value", ""))
            if kind not in ("radio", "checkbox") or "checked" in values:
                form.fields.add(name, values.get("value", ""))
        elif tag == "button" and name:
            form.buttons.append((name, values.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            offered = form.offered.setdefault(self._select, [])
            offered.append(values.get("value", ""))
            if "selected" in values or len(offered) == 1:
                form.fields[self._select] = values.get("value", "")
        elif tag == "textarea":
            self._area = name
            form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[-1].fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            # A browser drops the line end that follows the tag.
            self.found[-1].fields[self._area] = self.found[-1].fields[self._area].removeprefix("\n")
            self._area = None
        if tag == "select":
            self._select = None


@dataclass
class Person:
    """Somebody at a browser; ``client`` holds their cookies."""

    client: FlaskClient

    def open(self, path: str, *, status: int = 200) -> str:
        """The text of a page."""
        response = self.client.get(path)
        assert response.status_code == status, (path, response.status)
        return response.get_data(as_text=True)

    def fill(
        self, page: str, action: str, values: Mapping[str, Value] | None = None, *, button: str = ""
    ) -> MultiDict[str, str]:
        """What the page's form with this action sends once ``values`` are typed in. button: ``name=value`` of the one pressed."""
        form = next(found for found in Forms(page).found if found.method == "post" and found.action == action)
        sent = MultiDict(form.fields)
        for name, value in (values or {}).items():
            sent.setlist(name, [value] if isinstance(value, str) else list(value))
        if button:
            name, _, value = button.partition("=")
            assert (name, value) in form.buttons, f"no such button: {button}"
            sent.add(name, value)
        return sent

    def send(
        self, page: str, action: str, values: Mapping[str, Value] | None = None, *, button: str = "", status: int = 303
    ) -> TestResponse:
        """Fill in and send a form of a page that was opened."""
        response = self.client.post(action, data=self.fill(page, action, values, button=button))
        assert response.status_code == status, (action, response.status, said(response))
        return response

    def sign_in(self, login: str, password: str, *, status: int = 303) -> TestResponse:
        """Through the sign-in form."""
        return self.send(self.open("/login"), "/login", {"login": login, "password": password}, status=status)


@dataclass(frozen=True)
class School:
    """A school of our own, served; every change stays in it."""

    site: Site

    @property
    def app(self) -> Flask:
        return self.site.app

    @property
    def ports(self) -> Ports:
        return self.site.ports

    def stranger(self) -> Person:
        """Somebody who is not signed in."""
        return Person(Browser(self.app, self.app.response_class))

    def signed_in(self, role: str) -> Person:
        """The demo's person of this role."""
        known = next(one for one in self.site.table["sign_ins"] if one["role"] == role)
        person = self.stranger()
        person.sign_in(known["login"], known["password"])
        return person

    def newcomer(self, role: str, reference: str, password: str = "три слова подряд") -> Person:
        """A person of the register under a sign-in of their own, the one-time password changed already."""
        account = sign_in.new_account(self.ports, OPERATOR, role=role, person=reference)
        actor = sign_in.sign_in(self.ports, account.login, account.password).actor
        sign_in.change_password(self.ports, actor, account.password, password)
        person = self.stranger()
        person.sign_in(account.login, password)
        return person

    def pupil(self, roster_id: str) -> Pupil:
        with self.ports.sessions.read() as session:
            found: Pupil = people.pupils_by_roster_id(session, [roster_id])[roster_id]
            return found

    def mentor(self, code: str) -> Mentor:
        with self.ports.sessions.read() as session:
            found: Mentor = people.all_mentors(session)[code]
            return found

    def count(self, table: type) -> int:
        """Rows of a table."""
        with self.ports.sessions.read() as session:
            return int(session.query(table).count())

    def state(self, code: str) -> str:
        """What the public page says of a code, asked as a program asks."""
        answer = self.stranger().client.get(f"/v/{code}", headers={"Accept": "application/json"})
        return str(answer.get_json()["state"])


@contextmanager
def own_school(site: Site, folder: Path) -> Iterator[School]:
    """A copy of the demo school that a test may change as it likes."""
    home = folder / "own-home"
    shutil.copytree(site.ports.home, home)
    house = bootstrap(Settings.from_env({"PORTFOLIO_HOME": os.fspath(home)}))
    app = create_app(house.ports)
    with app.app_context():
        limiter.reset()
    try:
        yield School(Site(app, house.ports, site.table))
    finally:
        house.close()


def said(page: TestResponse | str) -> str:
    """The words of a page, without its tags."""
    text = page if isinstance(page, str) else page.get_data(as_text=True)
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(head|svg).*?</\1>", " ", text)).split())
