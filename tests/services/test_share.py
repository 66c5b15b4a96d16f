"""Links under which a pupil shows the portfolio: for a time, counted, closed by their owner."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from portfolio.bootstrap import House
from portfolio.errors import Closed, Conflict, CryptographicSecurityError, Forbidden, InvalidInput, NotFound
from portfolio.ports import Ports
from portfolio.services import consent, share
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.storage.orm import Share
from tests.services.issuing import SEMYON, VERA, ZOYA, as_pupil, document_of, issue, issue_many, pupil_id, row_of
from tests.services.school_files import Clock

SECOND = timedelta(seconds=1)


def token_of(link: share.ShareView) -> str:
    return link.url.removeprefix("https://school.example/p/")


def publish_everything(ports: Ports, roster_id: str = ZOYA) -> None:
    consent.grant(ports, OPERATOR, pupil_id(ports, roster_id), "publication")


def why(ports: Ports, token: str) -> object:
    with pytest.raises(Closed) as caught:
        share.open_share(ports, token)
    return caught.value.params["why"]


@pytest.mark.parametrize("days", share.LIFETIMES)
def test_a_link_lives_its_days(houses: House, clock: Clock, days: int) -> None:
    issue(houses.ports)
    link = share.create(houses.ports, as_pupil(houses.ports), days, "  Для   вуза ")
    assert (link.label, link.live, link.views, link.closed_at) == ("Для вуза", True, 0, None)
    assert link.expires_at - link.created_at == timedelta(days=days)
    clock.forward(timedelta(days=days) - SECOND)
    assert len(share.open_share(houses.ports, token_of(link)).credentials) == 1
    clock.forward(SECOND)
    assert why(houses.ports, token_of(link)) == "expired"
    mine = share.mine(houses.ports, as_pupil(houses.ports))[0]
    assert (mine.live, mine.qr, mine.views) == (False, None, 1)


def test_a_link_lives_thirty_days_by_default(house: House) -> None:
    link = share.create(house.ports, as_pupil(house.ports))
    assert link.expires_at - link.created_at == timedelta(days=30)


@pytest.mark.parametrize("days", [0, -7, 1, 8, 365, 10**9])
def test_other_lifetimes_are_refused(house: House, days: int) -> None:
    with pytest.raises(InvalidInput):
        share.create(house.ports, as_pupil(house.ports), days)


@pytest.mark.parametrize("label", ["x" * 81, "a\u202eb", "a\x00b"])
def test_labels_that_cannot_be_read_are_refused(house: House, label: str) -> None:
    with pytest.raises(InvalidInput):
        share.create(house.ports, as_pupil(house.ports), 7, label)


def test_the_owner_closes_a_link_at_once(houses: House) -> None:
    first, second = (share.create(houses.ports, as_pupil(houses.ports)) for _ in range(2))
    share.close(houses.ports, as_pupil(houses.ports), first.id)
    assert why(houses.ports, token_of(first)) == "closed"
    share.close(houses.ports, as_pupil(houses.ports), first.id)
    assert share.open_share(houses.ports, token_of(second))
    assert [view.live for view in share.mine(houses.ports, as_pupil(houses.ports))] == [True, False]


def test_another_pupils_link_does_not_exist(houses: House) -> None:
    theirs = share.create(houses.ports, as_pupil(houses.ports, SEMYON))
    with pytest.raises(NotFound):
        share.close(houses.ports, as_pupil(houses.ports), theirs.id)
    assert share.mine(houses.ports, as_pupil(houses.ports)) == ()
    assert share.open_share(houses.ports, token_of(theirs))
    for number in (0, -1, 999, 2**31, 10**30):
        with pytest.raises(NotFound):
            share.close(houses.ports, as_pupil(houses.ports), number)


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "x" * 1000, "\x00", "ключ", "../.."])
def test_unknown_tokens(house: House, token: str) -> None:
    share.create(house.ports, as_pupil(house.ports))
    with pytest.raises(NotFound):
        share.open_share(house.ports, token)


def test_links_are_the_pupils_own_affair(house: House) -> None:
    for actor in (OPERATOR, Actor(1, "mentor", "a mentor", mentor_id=1), Actor(2, "pupil", "of nobody")):
        with pytest.raises(Forbidden):
            share.create(house.ports, actor)
        with pytest.raises(Forbidden):
            share.mine(house.ports, actor)


def test_views_are_counted_under_race(houses: House) -> None:
    issue(houses.ports)
    link = share.create(houses.ports, as_pupil(houses.ports))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: share.open_share(houses.ports, token_of(link)), range(12)))
    assert share.mine(houses.ports, as_pupil(houses.ports))[0].views == 12


def test_a_refused_look_is_not_counted(house: House, clock: Clock) -> None:
    link = share.create(house.ports, as_pupil(house.ports), 7)
    clock.forward(timedelta(days=8))
    why(house.ports, token_of(link))
    assert share.mine(house.ports, as_pupil(house.ports))[0].views == 0


def test_the_token_is_sealed_at_rest(house: House) -> None:
    links = [share.create(house.ports, as_pupil(house.ports)) for _ in range(3)]
    tokens = [token_of(link) for link in links]
    assert len(set(tokens)) == 3
    assert all(len(token) == 43 for token in tokens), "256 bits"
    with house.ports.sessions.read() as session:
        rows = session.scalars(select(Share).order_by(Share.id)).all()
    assert [row.token_sha256 for row in rows] == [hashlib.sha256(token.encode()).digest() for token in tokens]
    folder = Path(house.ports.settings.database_url.removeprefix("sqlite:///")).parent
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    held += b"".join(path.read_bytes() for path in house.ports.home.rglob("*") if path.is_file())
    assert rows[0].token_sealed in held
    for token in tokens:
        assert token.encode() not in held
    with pytest.raises(CryptographicSecurityError):
        house.ports.keys.unseal("another-purpose", rows[0].token_sealed)


def test_what_a_link_shows_follows_consent(houses: House) -> None:
    issued = issue(houses.ports)
    issue(houses.ports, SEMYON)
    link = share.create(houses.ports, as_pupil(houses.ports))
    view = share.open_share(houses.ports, token_of(link))
    assert (view.person, view.full, view.class_name) == ("З. П.", False, None)
    assert "Птичкин" not in repr(view)
    assert "Выточила" not in repr(view)
    with pytest.raises(NotFound):
        share.shared_credential(houses.ports, token_of(link), issued.code)
    publish_everything(houses.ports)
    view = share.open_share(houses.ports, token_of(link))
    assert (view.person, view.full, view.class_name) == ("Зоя Птичкина", True, None)
    assert [one.code for one in view.credentials] == [issued.code], "nobody else's"
    assert view.hours == 16
    assert share.shared_credential(houses.ports, token_of(link), issued.code) == row_of(houses.ports, issued.code).body


def test_a_link_gives_out_its_owners_files_only(house: House) -> None:
    theirs = issue(house.ports, SEMYON)
    for roster_id in (ZOYA, SEMYON):
        publish_everything(house.ports, roster_id)
    link = share.create(house.ports, as_pupil(house.ports))
    with pytest.raises(NotFound):
        share.shared_credential(house.ports, token_of(link), theirs.code)
    share.close(house.ports, as_pupil(house.ports), link.id)
    with pytest.raises(Closed):
        share.shared_credential(house.ports, token_of(link), issue(house.ports).code)


def test_withdrawn_publication_closes_every_link_of_that_pupil_only(houses: House) -> None:
    publish_everything(houses.ports)
    links = [share.create(houses.ports, as_pupil(houses.ports)) for _ in range(2)]
    others = share.create(houses.ports, as_pupil(houses.ports, VERA))
    consent.withdraw(houses.ports, OPERATOR, pupil_id(houses.ports, ZOYA), "publication")
    assert [why(houses.ports, token_of(link)) for link in links] == ["consent", "consent"]
    assert share.open_share(houses.ports, token_of(others))
    # Giving the consent again opens new links and not the old ones.
    publish_everything(houses.ports)
    assert why(houses.ports, token_of(links[0])) == "closed"
    assert share.open_share(houses.ports, token_of(share.create(houses.ports, as_pupil(houses.ports)))).full


def test_only_so_many_links_are_open(house: House) -> None:
    pupil = as_pupil(house.ports)
    links = [share.create(house.ports, pupil) for _ in range(50)]
    with pytest.raises(Conflict):
        share.create(house.ports, pupil)
    share.close(house.ports, pupil, links[0].id)
    assert share.create(house.ports, pupil).live


def test_an_empty_portfolio_can_be_shared(house: House) -> None:
    view = share.open_share(house.ports, token_of(share.create(house.ports, as_pupil(house.ports, VERA))))
    assert (view.credentials, view.hours, view.skills) == ((), 0, ())


def test_many_confirmations_in_one_link(house: House) -> None:
    issue_many(house.ports, 12)
    publish_everything(house.ports)
    view = share.open_share(house.ports, token_of(share.create(house.ports, as_pupil(house.ports))))
    assert len(view.credentials) == 12
    assert view.hours == 12 * 16
    assert sum(len(found) for _, found in view.years) == 12
    assert {skill.code: (skill.confirmations, skill.assessors) for skill in view.skills} == {
        "H-ALG": (12, 1),
        "S-PUNCT": (12, 1),
    }
    assert document_of(house.ports, view.credentials[0].code)["credentialSubject"]["achievement"]["name"] == (
        view.credentials[0].title
    )
