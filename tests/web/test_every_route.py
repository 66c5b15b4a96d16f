"""Driven by the map of addresses: no way to change anything without a form's token, and nobody in another's room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from portfolio.services import share, sign_in
from portfolio.services.authorize import Actor
from portfolio.storage.orm import Account, Consent, Credential, FormKey, Practice, Share, SignIn
from portfolio.web import api
from tests.web.conftest import Site
from tests.web.people import Forms, Person, School, own_school

ROLES = ("pupil", "mentor", "registrar")
# Whose room each blueprint is; what is not named here is open to everybody, signed in or not.
ROOM_OF = {"student": "pupil", "mentor": "mentor", "registrar": "registrar", "issuers": "registrar"}
ANYBODY_SIGNED_IN = {"account.settings", "account.change_password", "account.change_language"}
FOREIGN = "О-1024"


@pytest.fixture(scope="module")
def school(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder: Path = tmp_path_factory.mktemp("routes")
    with own_school(site, folder) as found:
        yield found


@pytest.fixture(scope="module")
def people(school: School) -> dict[str, Person]:
    return {role: school.signed_in(role) for role in ROLES} | {"nobody": school.stranger()}


@pytest.fixture(scope="module")
def own(school: School) -> dict[str, object]:
    """Values for the gaps of addresses, each one that its owner may open."""
    with school.ports.sessions.read() as session:
        link = session.query(Share).filter_by(pupil_id=school.pupil("О-1001").id, closed_at=None).first()
        clr = school.site.code("valid")
        share_id = link.id
    return {
        "reference": clr,
        "share_id": share_id,
        "form_key": "not-a-form-that-was-sent",
        "pupil_id": school.pupil("О-1001").id,
        "purpose": "publication",
    }


def rules(school: School) -> list[Rule]:
    return [rule for rule in school.app.url_map.iter_rules() if rule.endpoint != "static"]


def in_rooms(school: School) -> list[Rule]:
    return [
        rule for rule in rules(school) if rule.endpoint.split(".")[0] in ROOM_OF or rule.endpoint in ANYBODY_SIGNED_IN
    ]


def address(school: School, rule: Rule, values: dict[str, object]) -> str:
    with school.app.test_request_context(base_url="http://localhost:8000"):
        built: str = school.app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
    return built.removeprefix("http://localhost:8000")


def mutating(rule: Rule) -> bool:
    return bool((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})


def everything(school: School) -> dict[str, int]:
    return {
        table.__name__: school.count(table)
        for table in (Account, Consent, Credential, FormKey, Practice, Share, SignIn)
    }


def test_the_map_has_the_rooms_that_this_file_is_about(school: School) -> None:
    assert {rule.endpoint.split(".")[0] for rule in in_rooms(school)} == {*ROOM_OF, "account"}
    assert len(in_rooms(school)) >= 30


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_nothing_changes_without_the_token_of_a_form(
    school: School, people: dict[str, Person], own: dict[str, object], who: str
) -> None:
    exempt = {f"{view.__module__.rsplit('.', 1)[-1]}.{view.__name__}" for view in api.WITHOUT_CSRF}
    asked = 0
    before = everything(school)
    for rule in rules(school):
        if not mutating(rule) or rule.endpoint in exempt:
            continue
        for data in ({}, {"csrf_token": "made-up"}, {"form_key": "x" * 22}):
            answer = people[who].client.post(address(school, rule, own), data=data)
            assert answer.status_code == 400, (rule.endpoint, who, answer.status)
            asked += 1
    assert asked >= 3 * 15
    assert everything(school) == before


def test_a_form_of_another_site_is_refused_even_with_a_token(school: School, people: dict[str, Person]) -> None:
    sent = people["pupil"].fill(people["pupil"].open("/me/shares"), "/me/shares")
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert people["pupil"].client.post("/me/shares", data=sent, headers=headers).status_code == 400


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_every_page_answers_its_own_role_and_nobody_else(
    school: School, people: dict[str, Person], own: dict[str, object], who: str
) -> None:
    unexpected = []
    for rule in in_rooms(school):
        if mutating(rule):
            continue
        answer = people[who].client.get(address(school, rule, own))
        room = rule.endpoint.split(".")[0]
        if who == "nobody":
            right = answer.status_code == 303 and answer.headers["Location"].startswith("/login")
        elif rule.endpoint in ANYBODY_SIGNED_IN or ROOM_OF[room] == who:
            # "done" names a form that was never sent.
            right = answer.status_code == (404 if rule.endpoint == "mentor.done" else 200)
        else:
            right = answer.status_code == 403
        if not right:
            unexpected.append((rule.endpoint, answer.status))
    assert unexpected == []


def test_every_change_is_refused_to_another_role_though_the_token_is_good(
    school: School, people: dict[str, Person], own: dict[str, object]
) -> None:
    before = everything(school)
    unexpected = []
    for who in ("nobody", *ROLES):
        person = people[who]
        page = person.open("/account") if who != "nobody" else person.open("/login")
        token = Forms(page).found[-1].fields["csrf_token"]
        for number, rule in enumerate(in_rooms(school)):
            room = rule.endpoint.split(".")[0]
            if not mutating(rule) or room == "account" or ROOM_OF[room] == who:
                continue
            data = {
                "csrf_token": token,
                "form_key": f"{who}-{number:02d}-0123456789abcdef",
                "sure": "1",
                "change": "withdraw",
            }
            answer = person.client.post(address(school, rule, own), data=data)
            expected = (
                answer.headers.get("Location", "").startswith("/login")
                if who == "nobody"
                else answer.status_code == 403
            )
            if not expected:
                unexpected.append((who, rule.endpoint, answer.status))
    assert unexpected == []
    assert everything(school) == before  # the keys of refused forms are given back


def test_a_pupil_finds_nothing_under_another_pupils_ids(
    school: School, people: dict[str, Person], own: dict[str, object]
) -> None:
    account = sign_in.new_account(school.ports, _office(), role="pupil", person=FOREIGN)
    their = sign_in.sign_in(school.ports, account.login, account.password).actor
    link = share.create(school.ports, their)
    with school.ports.sessions.read() as session:
        theirs = session.query(Credential).filter_by(pupil_id=their.pupil_id, kind="badge").first()
        references = (theirs.code, theirs.id)
    token = Forms(people["pupil"].open("/me/shares")).found[-1].fields["csrf_token"]
    asked = 0
    for rule in in_rooms(school):
        if not rule.endpoint.startswith("student.") or not rule.arguments:
            continue
        for reference in references:
            path = address(school, rule, {**own, "reference": reference, "share_id": link.id})
            if mutating(rule):
                answer = people["pupil"].client.post(path, data={"csrf_token": token, "form_key": f"{asked:022d}"})
            else:
                answer = people["pupil"].client.get(path)
            assert answer.status_code == 404, (rule.endpoint, answer.status)
            asked += 1
    assert asked >= 8
    assert share.mine(school.ports, their)[0].live


@pytest.mark.parametrize("value", ["0", "999999", "%00", "..%2f..", "x" * 3000, "нет", "urn:uuid:1"])
def test_values_that_name_nothing_are_not_found(school: School, people: dict[str, Person], value: str) -> None:
    for rule in in_rooms(school):
        for name in rule.arguments:
            if mutating(rule) or (name == "pupil_id" and not value.isascii()):
                continue
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda gap: value if gap[1] == name else "1", rule.rule)  # noqa: B023
            answer = people[ROOM_OF[rule.endpoint.split(".")[0]]].client.get(path)
            assert answer.status_code == 404, (path[:80], answer.status)


def test_a_signed_portfolio_asked_for_as_a_confirmation_breaks_nothing(
    school: School, people: dict[str, Person]
) -> None:
    people["pupil"].open("/me")
    people["pupil"].client.get("/me/portfolio.zip")
    with school.ports.sessions.read() as session:
        whole = session.query(Credential).filter_by(kind="clr").first()
        reference = whole.code
    for who, room in (("pupil", "/me"), ("registrar", "/admin")):
        for what in ("", "/credential.json"):
            assert people[who].client.get(f"{room}/credentials/{reference}{what}").status_code in (200, 404)


# --- what every page has to be


class _Page(HTMLParser):
    """What a guard or a screen reader would stumble over."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.identifiers: list[str] = []
        self.references: list[str] = []
        self.unlabelled: list[str] = []
        self.headings: list[int] = []
        self._labels: set[str] = set()
        self._inputs: list[tuple[str, dict[str, str]]] = []
        self._depth = 0
        self.feed(text)
        self.unlabelled = [
            f"{tag} {values.get('name')}"
            for tag, values in self._inputs
            if values.get("id") not in self._labels and "aria-label" not in values and not values.get("inside")
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and "src" not in values) or "style" in values:
            self.inline.append(tag)
        self.inline += [name for name in values if name.startswith("on")]
        if values.get("id"):
            self.identifiers.append(values["id"])
        for name in ("for", "aria-describedby", "aria-labelledby"):
            self.references += values.get(name, "").split()
        if tag == "a" and values.get("href", "").startswith("#"):
            self.references.append(values["href"][1:])
        if tag == "label":
            self._depth += 1
            self._labels.add(values.get("for", ""))
        if tag in ("input", "select", "textarea") and values.get("type") != "hidden":
            self._inputs.append((tag, {**values, "inside": "yes" if self._depth else ""}))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._depth -= 1


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_page_is_whole_in_both_languages(
    school: School, people: dict[str, Person], own: dict[str, object], language: str
) -> None:
    seen = 0
    for rule in in_rooms(school):
        if mutating(rule) or rule.endpoint == "mentor.done":
            continue
        who = ROOM_OF.get(rule.endpoint.split(".")[0], "pupil")
        answer = people[who].client.get(f"{address(school, rule, own)}?lang={language}")
        if answer.mimetype != "text/html":
            continue
        page = _Page(answer.text)
        assert f'<html lang="{language}">' in answer.text
        assert page.inline == [], rule.endpoint
        assert len(page.identifiers) == len(set(page.identifiers)), rule.endpoint
        assert set(page.references) <= set(page.identifiers), (
            rule.endpoint,
            set(page.references) - set(page.identifiers),
        )
        assert page.unlabelled == [], rule.endpoint
        assert page.headings[0] == 1, rule.endpoint
        assert page.headings.count(1) == 1, rule.endpoint
        assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), (
            rule.endpoint
        )
        assert answer.headers["Cache-Control"] == "no-store", rule.endpoint
        seen += 1
    assert seen >= 15


def _office() -> Actor:
    return Actor(account_id=0, role="registrar", name="")
