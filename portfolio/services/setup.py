"""Make a school's home, open it, bring its database up to date."""

from __future__ import annotations

from dataclasses import dataclass

from portfolio.errors import N_, ConfigurationError, Conflict, InvalidInput, InvalidVerificationMethodUrl, Message
from portfolio.permalinks import Permalinks, fault_of_base_url
from portfolio.ports import OWN, Ports
from portfolio.services.sign_in import NewAccount, open_account
from portfolio.services.text import clean_name
from portfolio.storage import homes
from portfolio.storage.engine import Session
from portfolio.storage.orm import Home
from portfolio.vc.did import did_web

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")

_NO_SCHOOL = N_("This home has no school yet; run: portfolio school create")
_ADDRESS_LOOKS = N_("The address of the school cannot be used: it must look like https://portfolio.school.ru")


@dataclass(frozen=True)
class HomeView:
    """Whose home this is.

    base_url: the address that the identity was made with, which stands in signed documents; links: addresses under the
    base URL that is in force now, for print and pages.
    """

    name: str
    base_url: str
    did: str
    ogrn: str | None
    language: str
    demo: bool
    links: Permalinks
    identity_links: Permalinks

    @property
    def loopback(self) -> bool:
        """Whether the address works on this machine only, and is not for paper."""
        return self.links.host.rsplit(":", 1)[0] in LOOPBACK_HOSTS


@dataclass(frozen=True)
class NewHome:
    """A home that was just made, with the one-time password of its first registrar."""

    home: HomeView
    registrar: NewAccount


def view_of(ports: Ports, row: Home) -> HomeView:
    """The home as everybody else sees it."""
    return HomeView(
        name=row.name,
        base_url=row.base_url,
        did=row.did,
        ogrn=row.ogrn,
        language=row.language,
        demo=row.demo,
        links=Permalinks(ports.settings.base_url or row.base_url),
        identity_links=Permalinks(row.base_url),
    )


def find_home(ports: Ports) -> HomeView | None:
    """The home, or None while there is none."""
    with ports.sessions.read() as session:
        return found_home(session, ports)


def found_home(session: Session, ports: Ports) -> HomeView | None:
    """The home, within a transaction that is already open; None while there is none."""
    row = homes.get(session)
    return view_of(ports, row) if row else None


def load_home(ports: Ports) -> HomeView:
    """The home. Raises ConfigurationError while there is none."""
    home = find_home(ports)
    if home is None:
        raise ConfigurationError([Message(_NO_SCHOOL)])
    return home


def home_of(session: Session, ports: Ports) -> HomeView:
    """The home, within a transaction that is already open."""
    home = found_home(session, ports)
    if home is None:
        raise ConfigurationError([Message(_NO_SCHOOL)])
    return home


def create_home(
    ports: Ports,
    *,
    name: str,
    base_url: str,
    ogrn: str | None = None,
    language: str = "ru",
    demo: bool = False,
    registrar_login: str = "registrar",
) -> NewHome:
    """Fix the identity of this home, make its first key and its first registrar.

    Raises Conflict when the home has a school already, InvalidInput for a base URL or a number that cannot be used.
    """
    base_url, did = _identity(base_url)
    if ogrn is not None and not (ogrn.isascii() and ogrn.isdigit() and len(ogrn) in (13, 15)):
        raise InvalidInput(message=Message(N_("An OGRN has 13 or 15 digits.")))
    name = clean_name(name)
    now = ports.now()
    with ports.sessions.write() as session:
        if homes.get(session) is not None:
            raise Conflict(message=Message(N_("This home has a school already.")))
        row = Home(
            id=1,
            base_url=base_url,
            did=did,
            name=name,
            ogrn=ogrn,
            language=language,
            demo=demo,
            made_at=now,
        )
        homes.add(session, row)
        registrar = open_account(session, ports, role="registrar", name="Registrar", login=registrar_login)
        # A key without a home is only a file nobody uses yet: left behind by an interrupted start, it is taken up here.
        if not any(key.retired is None for key in ports.keys.keys(OWN)):
            ports.keys.create(f"key-{now:%Y-%m}", now=now)
        return NewHome(view_of(ports, row), registrar)


def _identity(address: str) -> tuple[str, str]:
    """The base URL in its one spelling, and the DID that it makes. Raises InvalidInput."""
    base_url = address.strip().lower().rstrip("/")
    fault = fault_of_base_url(base_url)
    if fault is None:
        try:
            return base_url, did_web(base_url)
        except InvalidVerificationMethodUrl as error:
            raise InvalidInput(error.detail, message=Message(_ADDRESS_LOOKS)) from None
    raise InvalidInput(message=Message(_ADDRESS_LOOKS), remedy=Message(N_("The address {fault}."), {"fault": fault}))
