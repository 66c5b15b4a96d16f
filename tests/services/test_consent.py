"""What a family agrees to opens and closes pages within one transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from portfolio.bootstrap import House
from portfolio.errors import Closed, Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn
from portfolio.services import browse, consent, portfolios, share, verify
from portfolio.services.authorize import OPERATOR, Actor
from portfolio.storage.orm import Consent
from tests.services.issuing import SEMYON, ZOYA, as_pupil, issue, pupil_id
from tests.services.school_files import Clock


def records(house: House, pupil: int) -> list[Consent]:
    with house.ports.sessions.read() as session:
        return list(session.scalars(select(Consent).where(Consent.pupil_id == pupil).order_by(Consent.id)))


def test_granting_twice_records_once(houses: House, clock: Clock) -> None:
    pupil = pupil_id(houses.ports, ZOYA)
    consent.grant(houses.ports, OPERATOR, pupil, "publication")
    consent.grant(houses.ports, OPERATOR, pupil, "publication")
    found = [row for row in records(houses, pupil) if row.purpose == "publication"]
    assert [(row.basis, row.given_at, row.withdrawn_at) for row in found] == [("paper", clock(), None)]
    assert browse.person(houses.ports, OPERATOR, pupil).publication
    assert not browse.person(houses.ports, OPERATOR, pupil_id(houses.ports, SEMYON)).publication


def test_a_withdrawal_stays_on_record(houses: House, clock: Clock) -> None:
    pupil = pupil_id(houses.ports, ZOYA)
    consent.grant(houses.ports, OPERATOR, pupil, "publication")
    consent.withdraw(houses.ports, OPERATOR, pupil, "publication")
    first = clock()
    clock.forward(clock.moment - clock.moment.replace(hour=0))
    consent.withdraw(houses.ports, OPERATOR, pupil, "publication")
    consent.grant(houses.ports, OPERATOR, pupil, "publication")
    found = [row for row in records(houses, pupil) if row.purpose == "publication"]
    assert [row.withdrawn_at for row in found] == [first, None]
    assert browse.person(houses.ports, OPERATOR, pupil).processing


def test_withdrawn_processing_ends_publication_and_links(houses: House) -> None:
    pupil = pupil_id(houses.ports, ZOYA)
    issued = issue(houses.ports)
    consent.grant(houses.ports, OPERATOR, pupil, "publication")
    link = share.create(houses.ports, as_pupil(houses.ports))
    consent.withdraw(houses.ports, OPERATOR, pupil, "processing")
    person = browse.person(houses.ports, OPERATOR, pupil)
    assert (person.processing, person.publication) == (False, False)
    for look in (
        lambda: share.open_share(houses.ports, link.url.rpartition("/")[2]),
        lambda: verify.by_code(houses.ports, issued.code),
    ):
        with pytest.raises(Closed) as caught:
            look()
        assert caught.value.params == {"why": "consent"}
    with pytest.raises(Conflict):
        share.create(houses.ports, as_pupil(houses.ports))
    with pytest.raises(Conflict):
        consent.grant(houses.ports, OPERATOR, pupil, "publication")
    # the pupil's own portfolio stays the pupil's
    assert len(portfolios.my_portfolio(houses.ports, as_pupil(houses.ports)).credentials) == 1
    # … and the school signs nothing more
    assert issue(houses.ports) == issued


def test_withdrawn_publication_closes_links_and_leaves_initials(houses: House) -> None:
    pupil = pupil_id(houses.ports, ZOYA)
    issued = issue(houses.ports)
    consent.grant(houses.ports, OPERATOR, pupil, "publication")
    link = share.create(houses.ports, as_pupil(houses.ports))
    consent.withdraw(houses.ports, OPERATOR, pupil, "publication")
    with pytest.raises(Closed) as caught:
        share.open_share(houses.ports, link.url.rpartition("/")[2])
    assert caught.value.params == {"why": "consent"}
    check = verify.by_code(houses.ports, issued.code)
    assert check.shown is not None
    assert (check.verified, check.shown.person) == (True, "З. П.")


def test_only_the_registrar_records_consents(house: House) -> None:
    pupil = pupil_id(house.ports, ZOYA)
    mentor = Actor(1, "mentor", "a mentor", mentor_id=1)
    for verb in (consent.grant, consent.withdraw):
        for actor in (as_pupil(house.ports), mentor):
            with pytest.raises(Forbidden):
                verb(house.ports, actor, pupil, "publication")
        with pytest.raises(NotSignedIn):
            verb(house.ports, None, pupil, "publication")  # type: ignore[arg-type]
        with pytest.raises(InvalidInput):
            verb(house.ports, OPERATOR, pupil, "marketing")


@pytest.mark.parametrize("number", [0, -1, 999, 2**31, 2**63, 10**30])
def test_nobody_unknown_has_consents(houses: House, number: int) -> None:
    for verb in (consent.grant, consent.withdraw):
        with pytest.raises(NotFound):
            verb(houses.ports, OPERATOR, number, "publication")
