"""The settings, read once from the environment and validated together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portfolio.errors import N_, ConfigurationError, Message
from portfolio.permalinks import fault_of_base_url

LOCALES = ("ru", "en")
_PREFIX = "PORTFOLIO_"


@dataclass(frozen=True)
class Settings:
    """What an operator may decide.

    home: folder of everything this school owns (database, keys, exports). base_url: address printed on paper and behind QR
    codes, or None to use the one that the home was made with. timezone: the school's local time. locale: language of pages
    for people who have not chosen, and of the command line. database_url: SQLAlchemy URL. proxies: how many trusted reverse
    proxies stand before the web server and set ``X-Forwarded-*``.
    """

    home: Path
    base_url: str | None
    timezone: ZoneInfo
    locale: str
    database_url: str
    proxies: int = 0

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read ``PORTFOLIO_HOME, _BASE_URL, _TZ, _LOCALE, _PROXIES`` and ``DATABASE_URL``.

        Raises ConfigurationError with every fault at once; a misspelt ``PORTFOLIO_…`` is a fault, not silence.
        """
        faults: list[Message] = []
        known = {_PREFIX + name for name in ("HOME", "BASE_URL", "TZ", "LOCALE", "PROXIES")}
        faults += [
            Message(N_("{name}: no such setting"), {"name": name})
            for name in sorted(environ)
            if name.startswith(_PREFIX) and name not in known
        ]
        home = Path(environ.get(_PREFIX + "HOME") or "./instance").expanduser().absolute()
        if home.exists() and not home.is_dir():
            faults.append(Message(N_("PORTFOLIO_HOME: is not a folder")))
        base_url = environ.get(_PREFIX + "BASE_URL") or None
        if base_url is not None:
            fault = fault_of_base_url(base_url)
            if fault:
                faults.append(Message(N_("PORTFOLIO_BASE_URL: {fault}"), {"fault": fault}))
            base_url = base_url.rstrip("/")
        name = environ.get(_PREFIX + "TZ") or "Asia/Novosibirsk"
        try:
            timezone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults.append(Message(N_("PORTFOLIO_TZ: no such time zone")))
            timezone = ZoneInfo("UTC")
        locale = environ.get(_PREFIX + "LOCALE") or "ru"
        if locale not in LOCALES:
            faults.append(Message(N_("PORTFOLIO_LOCALE: must be one of {locales}"), {"locales": ", ".join(LOCALES)}))
        proxies = environ.get(_PREFIX + "PROXIES") or "0"
        if not (proxies.isascii() and proxies.isdigit() and int(proxies) <= 9):
            faults.append(Message(N_("PORTFOLIO_PROXIES: must be a number from 0 to 9")))
            proxies = "0"
        database_url = environ.get("DATABASE_URL") or f"sqlite:///{home / 'portfolio.sqlite3'}"
        if not database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            faults.append(Message(N_("DATABASE_URL: must begin with sqlite:/// or postgresql://")))
        if faults:
            raise ConfigurationError(faults)
        return cls(home, base_url, timezone, locale, database_url, int(proxies))
