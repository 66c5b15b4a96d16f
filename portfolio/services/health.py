"""Is the house in order? For ``/readyz``, for ``portfolio doctor``, for the start."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from portfolio.errors import N_, ConfigurationError, Message, OrientirError
from portfolio.ports import OWN, Ports
from portfolio.services.setup import HomeView, find_home
from portfolio.storage import schema_version

Level = Literal["ok", "warning", "fault"]
_LITTLE_SPACE = 200 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Check:
    """One finding. remedies: the commands or steps that mend it."""

    name: str
    level: Level
    message: Message
    remedies: Sequence[Message] = ()


@dataclass(frozen=True)
class Health:
    """Every finding; ready when there is no fault."""

    checks: Sequence[Check] = field(default_factory=tuple)

    @property
    def ready(self) -> bool:
        """Whether the product can do its work."""
        return all(check.level != "fault" for check in self.checks)


def readiness(ports: Ports) -> Health:
    """Database, tables, school, keys: what must be there to serve."""
    checks: list[Check] = []
    try:
        with ports.sessions.read() as session:
            schema_version.check(session.get_bind().engine)
        checks.append(Check("database", "ok", Message(N_("The database answers and its tables are up to date."))))
    except ConfigurationError as error:
        return Health((Check("database", "fault", Message(N_("The database is not ready.")), error.faults),))
    except OrientirError as error:
        remedies = (error.remedy,) if error.remedy else ()
        return Health((Check("database", "fault", Message(N_("The database does not answer.")), remedies),))
    home = find_home(ports)
    if home is None:
        checks.append(
            Check(
                "school", "fault", Message(N_("There is no school in this home yet.")), _run("portfolio school create")
            )
        )
        return Health(tuple(checks))
    checks.append(Check("school", "ok", Message(N_("School: {name}"), {"name": home.name})))
    checks.append(_keys(ports))
    return Health(tuple(checks))


def examination(ports: Ports) -> Health:
    """Everything of readiness, and what makes daily work pleasant: address, PDF, disk."""
    ready = readiness(ports)
    checks = list(ready.checks)
    home = find_home(ports) if ready.ready else None
    if home is not None:
        checks += _addresses(ports, home)
    why = ports.paper.unavailable()
    checks.append(
        Check("pdf", "ok", Message(N_("PDF can be made.")))
        if why is None
        else Check(
            "pdf", "warning", Message(N_("PDF cannot be made here; pages can be printed from the browser.")), (why,)
        )
    )
    free = shutil.disk_usage(ports.home).free
    checks.append(
        Check("disk", "ok", Message(N_("Free disk space: {megabytes} MB"), {"megabytes": free // 1_000_000}))
        if free >= _LITTLE_SPACE
        else Check(
            "disk", "warning", Message(N_("Little disk space: {megabytes} MB"), {"megabytes": free // 1_000_000})
        )
    )
    if ports.home.stat().st_mode & 0o077:
        checks.append(
            Check(
                "folder",
                "warning",
                Message(N_("Other users of this machine can look into the home folder.")),
                _run(f"chmod 700 {os.fspath(ports.home)}"),
            )
        )
    return Health(tuple(checks))


def _run(command: str) -> tuple[Message]:
    return (Message(N_("Run: {command}"), {"command": command}),)


def _keys(ports: Ports) -> Check:
    active = [key for key in ports.keys.keys(OWN) if key.retired is None]
    if not active:
        return Check("keys", "fault", Message(N_("There is no signing key.")), _run("portfolio keys new"))
    return Check("keys", "ok", Message(N_("Signing key: {fragment}"), {"fragment": active[-1].fragment}))


def _addresses(ports: Ports, home: HomeView) -> list[Check]:
    checks: list[Check] = []
    if home.demo:
        checks.append(Check("address", "ok", Message(N_("This is the demo school."))))
    elif home.loopback:
        checks.append(
            Check(
                "address",
                "warning",
                Message(
                    N_("The address {address} works on this machine only and is not for paper."),
                    {"address": home.links.base_url},
                ),
                (
                    Message(
                        N_("In a new home, run: {command}"), {"command": "portfolio school create --base-url https://…"}
                    ),
                ),
            )
        )
    else:
        checks.append(Check("address", "ok", Message(N_("Address: {address}"), {"address": home.links.base_url})))
    if not home.demo and home.links.base_url != home.base_url:
        checks.append(
            Check(
                "identity",
                "warning",
                Message(
                    N_("Signed documents name {identity}, printed codes name {address}."),
                    {"identity": home.base_url, "address": home.links.base_url},
                ),
            )
        )
    return checks
