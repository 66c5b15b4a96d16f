"""``portfolio trust``: whose signatures this school believes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from portfolio.cli import output
from portfolio.cli.context import Context, day, pass_context
from portfolio.cli.localized import Group, option
from portfolio.errors import N_, Message
from portfolio.services import known_issuers, register_issuers, trust
from portfolio.services.authorize import OPERATOR
from portfolio.services.fetch import Renewal
from portfolio.services.known_issuers import IssuerView
from portfolio.services.register_issuers import KINDS, ImportPlan
from portfolio.services.setup import load_home

_SOME_REFUSED = 3
_LARGEST = 1 << 20
_NOT_DONE = N_("Nothing was changed. Say --yes to do it.")

_KIND_NAMES = {"own": N_("this school"), "organisation": N_("partner"), "school": N_("school")}
_OUTCOMES = {
    "unchanged": N_("unchanged"),
    "updated": N_("renewed"),
    "new_keys": N_("has new keys; compare them and add it again"),
    "failed": N_("could not be had"),
}


@click.group(
    "trust", cls=Group, help=N_("Whose signatures this school believes: the school itself, partners, other schools.")
)
def group() -> None:
    """The group."""


@group.command("list", help=N_("List everybody whose signatures are believed here, and why."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def list_issuers(context: Context, *, as_json: bool) -> None:
    """List issuers."""
    _ = context.translator.gettext
    with context.house() as house:
        found = known_issuers.known(house.ports)
    if as_json:
        for view in found.issuers:
            output.event(event="issuer", **_as_event(view))
        for taken in found.lists:
            output.event(event="list", did=taken.did, name=taken.name, version=taken.version)
        return
    output.table(
        [_("Name"), _("Kind"), _("Since"), _("Known from"), "DID", _("Keys, to compare by telephone")],
        [
            [
                view.name(context.settings.locale),
                _(_KIND_NAMES[view.kind]),
                context.translator.date(view.since),
                view.source or _("own decision"),
                view.did,
                (view.fingerprint or "") + (f" ({_('new keys wait')})" if view.waiting else ""),
            ]
            for view in found.issuers
        ],
    )


@group.command(
    "add",
    help=N_(
        "Believe another school or a partner from now on; again, to correct it or to agree to its new keys. Its document is "
        "fetched from its address, or read from a file. Compare the thirty digits with it by telephone before you agree."
    ),
)
@click.argument("did", metavar="DID")
@option(
    "--document",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=N_("Its DID document as a file; nothing is fetched."),
)
@option(
    "--name", "names", multiple=True, metavar="NAME", help=N_("Its name, or ru=NAME and en=NAME for two languages.")
)
@option("--kind", type=click.Choice(KINDS), default="school", show_default=True, help=N_("What it is."))
@option("--since", metavar="DATE", help=N_("First day, YYYY-MM-DD; today if not given."))
@option("--until", metavar="DATE", help=N_("Last day, YYYY-MM-DD."))
@option("--scope", multiple=True, metavar="TYPE", help=N_("A credential type it is believed for; all if not given."))
@option("--yes", is_flag=True, help=N_("Do it; without this, only tell what would be done."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def add(
    context: Context,
    *,
    did: str,
    document: Path | None,
    names: tuple[str, ...],
    kind: str,
    since: str | None,
    until: str | None,
    scope: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> int:
    """Add an issuer."""
    _ = context.translator.gettext
    with context.house() as house:
        data = _bounded(document) if document is not None else None
        candidate = register_issuers.look_at(house.ports, OPERATOR, did, data)
        if yes:
            register_issuers.add(
                house.ports,
                OPERATOR,
                did=candidate.did,
                document=candidate.document,
                names=_by_language(names, load_home(house.ports).language),
                kind=kind,
                since=day(since) if since else None,
                until=day(until) if until else None,
                scope=scope,
            )
    if as_json:
        output.event(
            event="added" if yes else "preview",
            did=candidate.did,
            fingerprint=candidate.fingerprint,
            known=candidate.known,
            new_keys=candidate.new_keys,
        )
    else:
        output.pairs({"DID": candidate.did, _("Keys, to compare by telephone"): candidate.fingerprint})
        output.say(_("Its signatures are believed from now on.") if yes else _(_NOT_DONE))
    return 0 if yes else _SOME_REFUSED


@group.command("remove", help=N_("Believe an issuer no longer, whoever's list names it, nor what only its list named."))
@click.argument("did", metavar="DID")
@pass_context
def remove(context: Context, *, did: str) -> None:
    """Remove an issuer."""
    with context.house() as house:
        register_issuers.remove(house.ports, OPERATOR, did)
    output.say(context.translator.gettext("Its signatures are no longer believed."))


@group.command(
    "import",
    help=N_(
        "Take in the trust list of a school that is known here, from a file or from the school's own address, and show what "
        "changes. An older version than the one taken in before is refused."
    ),
)
@click.argument("source", metavar="FILE_OR_URL")
@option("--dry-run", is_flag=True, help=N_("Show what would happen and change nothing."))
@option("--yes", is_flag=True, help=N_("Do it; without this, only tell what would be done."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def import_list(context: Context, *, source: str, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Import a list."""
    _ = context.translator.gettext
    if dry_run and yes:
        raise click.UsageError(_("Say --dry-run or --yes, not both."))
    with context.house() as house, output.progress(_("Documents")) as advance:
        if source.startswith("https://"):
            data = register_issuers.fetch_list(house.ports, OPERATOR, source)
        else:
            data = _bounded(Path(source))
        plan = register_issuers.import_list(house.ports, OPERATOR, data, dry_run=not yes, on_progress=advance)
    if as_json:
        output.event(**_plan_as_event(plan, done=yes))
    else:
        _tell_plan(context, plan)
        if not yes:
            output.say(_("Preview: nothing was changed.") if dry_run else _(_NOT_DONE))
    failed = any(renewal.outcome == "failed" for renewal in plan.renewals)
    return _SOME_REFUSED if failed or not (yes or dry_run) else 0


@group.command("export", help=N_("Print this school's own signed trust list, as it is published under its address."))
@pass_context
def export(context: Context) -> None:
    """Print the own list."""
    with context.house() as house:
        output.say(trust.own_list(house.ports).decode())


@group.command(
    "refresh",
    help=N_(
        "Ask the hosts of these issuers, or of all, for their DID documents. A key that is gone counts no more; a new one "
        "waits until you add the issuer again."
    ),
)
@click.argument("dids", nargs=-1, metavar="[DID]...")
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def refresh(context: Context, *, dids: tuple[str, ...], as_json: bool) -> int:
    """Renew DID documents."""
    with context.house() as house, output.progress(context.translator.gettext("Documents")) as advance:
        found = register_issuers.renew(house.ports, OPERATOR, dids, on_progress=advance)
    for renewal in found:
        if as_json:
            output.event(event="renewed", did=renewal.did, outcome=renewal.outcome, fault=renewal.fault or None)
    if not as_json:
        _tell_renewals(context, found)
    return _SOME_REFUSED if any(renewal.outcome in ("failed", "new_keys") for renewal in found) else 0


# --- what is said


def _as_event(view: IssuerView) -> dict[str, Any]:
    return {
        "did": view.did,
        "kind": view.kind,
        "names": dict(view.names),
        "since": view.since.isoformat(),
        "until": view.until.isoformat() if view.until else None,
        "scope": list(view.scope),
        "source": view.source,
        "fingerprint": view.fingerprint,
        "new_keys": view.waiting,
        "fault": view.fault,
    }


def _plan_as_event(plan: ImportPlan, *, done: bool) -> dict[str, Any]:
    return {
        "event": "imported" if done else "preview",
        "school": plan.school,
        "before": plan.before,
        "version": plan.version,
        "added": [entry.did for entry in plan.changes.added],
        "removed": [entry.did for entry in plan.changes.removed],
        "changed": [after.did for _before, after in plan.changes.changed],
        "left_out": list(plan.left_out),
        "failed": [renewal.did for renewal in plan.renewals if renewal.outcome == "failed"],
    }


def _tell_plan(context: Context, plan: ImportPlan) -> None:
    _, language = context.translator.gettext, context.settings.locale
    output.pairs(
        {
            _("School"): plan.school_name,
            _("Version before"): str(plan.before or "–"),
            _("Version now"): str(plan.version),
        }
    )
    for heading, entries in (
        (_("Added"), plan.changes.added),
        (_("Removed"), plan.changes.removed),
        (_("Changed"), [after for _before, after in plan.changes.changed]),
    ):
        for entry in entries:
            output.say(f"{heading}: {entry.name.get(language) or next(iter(entry.name.values()))}, {entry.did}")
    if not plan.changes:
        output.say(_("The list says nothing new."))
    for did in plan.left_out:
        output.say(_("Left out, because it signs here: {did}", did=did))
    _tell_renewals(context, [renewal for renewal in plan.renewals if renewal.outcome == "failed"])


def _tell_renewals(context: Context, renewals: Sequence[Renewal]) -> None:
    for renewal in renewals:
        said = context.say(Message(_OUTCOMES[renewal.outcome]))
        output.say(f"{renewal.did}: {said}{f' ({renewal.fault})' if renewal.fault else ''}")


def _by_language(names: Sequence[str], language: str) -> dict[str, str]:
    found = {}
    for name in names:
        code, mark, text = name.partition("=")
        if mark and code in ("ru", "en"):
            found[code] = text
        else:
            found[language] = name
    return found


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
