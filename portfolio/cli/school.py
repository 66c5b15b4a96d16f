"""``portfolio school``: make a home, take in the office's tables, award practice, sign-ins, export."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

from portfolio.bootstrap import House
from portfolio.cli import output
from portfolio.cli.context import Context, pass_context
from portfolio.cli.localized import Group, option
from portfolio.errors import N_, Message
from portfolio.services import award as awarding
from portfolio.services import browse, graduate, import_school, setup, sign_in, tokens
from portfolio.services.authorize import OPERATOR, ROLES

_SOME_REFUSED = 3
_DEFAULT_BASE_URL = "http://localhost:8000"
_DEFAULT_NAME = {"ru": "Школа", "en": "School"}


@click.group(cls=Group, help=N_("A school's home: people, practice, sign-ins, export."))
def school() -> None:
    """The group."""


@school.command(
    "create", help=N_("Make the home: database, keys, identity, first registrar. The address is fixed for ever.")
)
@option("--name", required=True, help=N_("The school's name, as it stands in credentials."))
@option(
    "--base-url",
    required=True,
    metavar="URL",
    help=N_("The public address, printed on paper and part of the identity."),
)
@option("--ogrn", metavar="NUMBER", help=N_("The school's state registration number (OGRN)."))
@option(
    "--language",
    type=click.Choice(["ru", "en"]),
    default="ru",
    show_default=True,
    help=N_("The language of credentials."),
)
@option(
    "--registrar", default="registrar", show_default=True, metavar="LOGIN", help=N_("Login of the first registrar.")
)
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def create(
    context: Context, *, name: str, base_url: str, ogrn: str | None, language: str, registrar: str, as_json: bool
) -> None:
    """Make the home."""
    with context.house(upgrade=True) as house:
        made = setup.create_home(
            house.ports, name=name, base_url=base_url, ogrn=ogrn, language=language, registrar_login=registrar
        )
    _tell_new_home(context, made, as_json=as_json)


@school.command(
    "import",
    help=N_(
        "Take in the office's tables (partners, mentors, programmes, pupils; CSV or XLSX) from a folder. "
        "An empty home is made first. What is right is stored, every other row is named and written to a file to correct."
    ),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@option("--dry-run", is_flag=True, help=N_("Show what would happen and change nothing."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def import_folder(context: Context, *, folder: Path, dry_run: bool, as_json: bool) -> int:
    """Import tables."""
    _ = context.translator.gettext
    import_school.require_tables(folder)  # before a home is made for it: its identity is for ever
    with _house_to_import_into(context, dry_run=dry_run) as house:
        _home_by_default(context, house, as_json=as_json, silently=dry_run)
        summary = import_school.import_school(
            house.ports,
            folder,
            dry_run=dry_run,
            on_event=lambda event: _tell_refused(context, event, as_json=as_json),
        )
    if as_json:
        output.event(**summary.as_dict(), dry_run=summary.dry_run)
    else:
        if dry_run:
            output.say(_("Preview: nothing was changed."))
        output.table(
            [_("File"), _("Rows"), _("New"), _("Changed"), _("Unchanged"), _("Refused")],
            [
                [name, str(found.rows), str(found.new), str(found.changed), str(found.unchanged), str(found.refused)]
                for name, found in summary.files.items()
            ],
        )
        for name in summary.ignored:
            output.say(_("Not a table of this product, left alone: {name}", name=name))
        for path in summary.to_correct:
            output.say(_("Rows to correct: {path}", path=path))
    return _SOME_REFUSED if summary.refused else 0


@school.command(
    "award",
    help=N_(
        "Turn a table of practice results (CSV or XLSX) into signed credentials. Interrupted, it goes on where it stopped "
        "when it is run again; no practice gets two credentials."
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def award(context: Context, *, file: Path, as_json: bool) -> int:
    """Award a table."""
    _ = context.translator.gettext
    refusals: list[Mapping[str, Any]] = []
    with context.house() as house, output.progress(_("Awarding")) as advance:
        summary = awarding.award_file(
            house.ports,
            file,
            on_event=lambda event: _tell_refused(context, event, as_json=True) if as_json else refusals.append(event),
            on_progress=advance,
        )
    if as_json:
        output.event(**summary.as_dict())
    else:
        for event in refusals:
            _tell_refused(context, event, as_json=False)
        counted = {
            _("Rows"): summary.rows,
            _("Issued"): summary.issued,
            _("Unchanged"): summary.unchanged,
            _("Not completed"): summary.not_completed,
            _("Refused"): sum(summary.refused.values()),
        }
        output.pairs({name: str(count) for name, count in counted.items()})
        output.pairs({f"  {code}": str(count) for code, count in summary.refused.items()})
    return _SOME_REFUSED if summary.refused else 0


@school.group("account", cls=Group, help=N_("Sign-ins for imported people."))
def account() -> None:
    """The group."""


@account.command(
    "new",
    help=N_(
        "Give a person a sign-in with a one-time password; again, a new password. "
        "PERSON is a pupil's number, a mentor's code, or the name of a registrar."
    ),
)
@option("--role", type=click.Choice(ROLES), required=True, help=N_("What the person may do."))
@click.argument("person")
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def new_account(context: Context, *, role: str, person: str, as_json: bool) -> None:
    """Make a sign-in."""
    with context.house() as house:
        made = sign_in.new_account(house.ports, OPERATOR, role=role, person=person)
    _tell_account(context, made, as_json=as_json)


@school.group("token", cls=Group, help=N_("Tokens under which the programs of partner organisations issue."))
def token() -> None:
    """The group."""


@token.command(
    "new",
    help=N_(
        "Make a token for a partner, by its code or OGRN; it is shown once. The first one also makes the partner's key. "
        "What its program issues stands under the partner's own name and counts as nobody's practice."
    ),
)
@click.argument("organisation", metavar="ORG")
@option("--label", default="", metavar="TEXT", help=N_("What the token is for, for your own list."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def new_token(context: Context, *, organisation: str, label: str, as_json: bool) -> None:
    """Make a token."""
    _ = context.translator.gettext
    with context.house() as house:
        made = tokens.new_token(house.ports, OPERATOR, organisation, label)
    if as_json:
        output.event(event="token", **_token_members(made.view), token=made.secret)
        return
    output.pairs(
        {
            _("Organisation"): made.view.organisation,
            _("Issues as"): made.view.issuer,
            _("Number"): str(made.view.id),
            _("Token"): made.secret,
        }
    )
    output.say(_("The token is shown once; who has it issues in the organisation's name."))


@token.command("list", help=N_("List the tokens that were made."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def list_tokens(context: Context, *, as_json: bool) -> None:
    """List tokens."""
    _ = context.translator.gettext
    with context.house() as house:
        found = tokens.tokens(house.ports, OPERATOR)
    if as_json:
        for view in found:
            output.event(event="token", **_token_members(view))
        return
    output.table(
        [_("Number"), _("Organisation"), _("Issues as"), _("For what"), _("Since"), _("Revoked")],
        [
            [
                str(view.id),
                view.organisation,
                view.issuer,
                view.label,
                context.translator.date(view.created_at),
                context.translator.date(view.revoked_at) if view.revoked_at else "",
            ]
            for view in found
        ],
    )


@token.command("revoke", help=N_("Let a token issue no more. What was issued under it stays as it is."))
@click.argument("number", type=click.IntRange(min=1))
@pass_context
def revoke_token(context: Context, *, number: int) -> None:
    """Revoke a token."""
    with context.house() as house:
        tokens.revoke_token(house.ports, OPERATOR, number)
    output.say(context.translator.gettext("The token issues no more."))


@school.command("export", help=N_("Write portfolios (PDF, signed CLR 2.0, credentials) and a register into one ZIP."))
@option("--class", "class_name", metavar="CLASS", help=N_("Only this class, as 11-А."))
@option("--pupil", "pupils", multiple=True, metavar="NUMBER", help=N_("Only this pupil; repeat it for several."))
@option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help=N_("The ZIP file to write."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def export(context: Context, *, class_name: str | None, pupils: tuple[str, ...], out: Path, as_json: bool) -> None:
    """Export portfolios."""
    _ = context.translator.gettext
    if class_name is not None and pupils:
        raise click.UsageError(_("Name a class or pupils, not both."))
    with context.house() as house, output.progress(_("Portfolios")) as advance:
        summary = graduate.export(
            house.ports,
            OPERATOR,
            out,
            pupil_ids=browse.pupil_ids(house.ports, OPERATOR, pupils),
            class_name=class_name,
            on_progress=advance,
        )
    if as_json:
        output.event(
            event="summary",
            packed=summary.packed,
            empty=summary.empty,
            credentials=summary.credentials,
            left_out=summary.left_out,
            without_pdf=summary.without_pdf,
            file=os.fspath(summary.path),
        )
        return
    output.pairs(
        {
            _("File"): os.fspath(summary.path),
            _("Portfolios"): str(summary.packed),
            _("Without anything to pack"): str(summary.empty),
            _("Confirmations"): str(summary.credentials),
            _("Left out"): str(summary.left_out),
        }
    )
    if summary.without_pdf:
        output.warn(_("PDF cannot be made here; pages can be printed from the browser."))


# --- what is said


def _house_to_import_into(context: Context, *, dry_run: bool) -> AbstractContextManager[House]:
    """The house of this environment; for a preview without a school, a house that leaves nothing behind."""
    if dry_run and not _has_school(context):
        return context.rehearsal()
    return context.house(upgrade=True)


def _has_school(context: Context) -> bool:
    if not context.has_home:
        return False
    with context.house(upgrade=True) as house:
        return setup.find_home(house.ports) is not None


def _home_by_default(context: Context, house: House, *, as_json: bool, silently: bool) -> None:
    """An import into an empty home makes the home, and says so."""
    if setup.find_home(house.ports) is not None:
        return
    locale = context.settings.locale
    made = setup.create_home(
        house.ports,
        name=_DEFAULT_NAME[locale],
        base_url=context.settings.base_url or _DEFAULT_BASE_URL,
        language=locale,
    )
    if not silently:
        _tell_new_home(context, made, as_json=as_json)


def _tell_new_home(context: Context, made: setup.NewHome, *, as_json: bool) -> None:
    _ = context.translator.gettext
    warning = _(
        "The address {address} works on this machine only and is not for paper.", address=made.home.links.base_url
    )
    if as_json:
        output.event(
            event="created",
            name=made.home.name,
            base_url=made.home.base_url,
            did=made.home.did,
            login=made.registrar.login,
            password=made.registrar.password,
            **({"warning": warning} if made.home.loopback else {}),
        )
        return
    output.say(_("Made a new home: database, keys and identity."))
    output.pairs({_("School"): made.home.name, _("Address"): made.home.base_url, "DID": made.home.did})
    _tell_account(context, made.registrar, as_json=False)
    if made.home.loopback:
        output.warn(warning)


def _tell_account(context: Context, made: sign_in.NewAccount, *, as_json: bool) -> None:
    _ = context.translator.gettext
    if as_json:
        output.event(event="account", role=made.role, login=made.login, password=made.password)
        return
    output.pairs({_("Login"): made.login, _("One-time password"): made.password})
    output.say(_("The password is shown once; it has to be changed at the first sign-in."))


def _token_members(view: tokens.TokenView) -> dict[str, Any]:
    return {
        "id": view.id,
        "organisation": view.organisation,
        "ogrn": view.ogrn,
        "issuer": view.issuer,
        "label": view.label,
        "created": view.created_at.isoformat(),
        "revoked": view.revoked_at.isoformat() if view.revoked_at else None,
    }


def _tell_refused(context: Context, event: Mapping[str, Any], *, as_json: bool) -> None:
    message = event["message"]
    text = context.say(message) if isinstance(message, Message) else str(message)
    if as_json:
        output.event(**{**event, "message": text})
        return
    place = context.translator.gettext("{file}, row {row}", file=event["file"], row=event["row"])
    column = f" ({event['column']})" if event["column"] else ""
    output.say(f"{place}{column}: {text}")
