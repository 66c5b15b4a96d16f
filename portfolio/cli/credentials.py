"""``portfolio credential``: issue, verify, revoke, hold, release, list, export."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from portfolio.bootstrap import now, uploads
from portfolio.cli import output
from portfolio.cli.context import Context, day, pass_context
from portfolio.cli.localized import Group, confirm, option, translator
from portfolio.errors import N_, InvalidInput, Message
from portfolio.services import award, brought, browse, graduate, register, revoke, verify
from portfolio.services.authorize import OPERATOR
from portfolio.services.offline import Handed, handed

# The sentence for each state, with its plain word first.
STATES = {
    "valid": N_("Verified"),
    "altered": N_("Content was changed after it was issued, or was never signed by its issuer"),
    "unreadable": N_("This is not a readable credential"),
    "revoked": N_("Revoked"),
    "superseded": N_("Newer version exists"),
    "suspended": N_("On hold"),
    "expired": N_("Expired"),
    "not_yet_valid": N_("Not yet valid"),
    "status_unknown": N_("Valid signature, revocation not checked"),
    "issuer_unknown": N_("Issuer not known here"),
    "not_found": N_("No such record"),
    "closed": N_("Access closed by the owner"),
    "not_ours": N_("Leads elsewhere"),
}
_LEVELS_LOOK = N_("Levels must be written as S-TEAM=3 H-ALG=2, each skill once.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MARKS = {"holds": "+", "fails": "x", "unknown": "?"}
USAGE = 64  # EX_USAGE of sysexits: 1 to 4 say what became of the files


@click.group(cls=Group, help=N_("Issue, verify, revoke and export credentials."))
def credential() -> None:
    """The group."""


def verifying(ctx: click.Context | None) -> bool:
    """Whether a usage error belongs to ``credential verify``, whose codes 1 to 4 are verdicts."""
    return ctx is not None and ctx.command.name == "verify"


@credential.command(
    "verify",
    help=N_(
        "Verify files: JSON, JWS, PDF, PNG and SVG badges, a photo of a code. Exit codes: 0 valid, 1 altered or "
        "unreadable, 2 revoked, superseded or on hold, 3 expired or not yet valid, 4 could not be checked or issuer not "
        "known, 64 usage; of several files, the worst."
    ),
)
@click.argument("files", nargs=-1, required=True, type=_FILE)
@option(
    "--offline",
    is_flag=True,
    help=N_(
        "Open no connection: use the home of this machine, unless its database is a server, and the files given here."
    ),
)
@option(
    "--did",
    "dids",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help=N_(
        "An organisation's DID document, got from itself and not together with the credential; repeat it. Handing it in "
        "says that you know this organisation. Needs --offline."
    ),
)
@option(
    "--status",
    "lists",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help=N_("A status list, as its address gives it; repeat it. Needs --offline."),
)
@option("--at", metavar="TIME", help=N_("Verify as of this moment (RFC 3339), instead of now."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def verify_files(
    context: Context,
    *,
    files: Sequence[Path],
    offline: bool,
    dids: Sequence[Path],
    lists: Sequence[Path],
    at: str | None,
    as_json: bool,
) -> int:
    """Verify files."""
    context.fault_code = USAGE  # 2 would say that a file was revoked
    if (dids or lists) and not offline:
        raise click.UsageError(translator().gettext("--did and --status need --offline."))
    given = handed(_named(dids), _named(lists))
    moment = _moment(at, click.get_current_context()) if at else now()
    worst = 0
    counted: dict[str, int] = {}
    with _verifier(context, offline, given) as check:
        for path in files:
            findings = check(brought.Brought(path.name, _bounded(path)), moment)
            for found in findings:
                worst = _worse(worst, found.exit_code)
                counted[found.state] = counted.get(found.state, 0) + 1
                if as_json:
                    output.event(event="verified", file=os.fspath(path), **_as_event(context, found))
                else:
                    _print(context, path, found, brief=len(files) > 1 or len(findings) > 1)
    if len(files) > 1 and not as_json:
        _ = context.translator.gettext
        output.warn(", ".join(f"{_(STATES[state])}: {count}" for state, count in counted.items()))
    return worst


@credential.command(
    "issue", help=N_("Issue one credential for a completed practice. All gates apply, as in the mentor's form.")
)
@option("--pupil", required=True, metavar="NUMBER", help=N_("The pupil's number in the school's register."))
@option("--programme", required=True, metavar="CODE", help=N_("The programme's code."))
@option("--mentor", required=True, metavar="CODE", help=N_("The mentor's code."))
@option("--start", required=True, metavar="DATE", help=N_("First day of the practice, YYYY-MM-DD."))
@option("--end", required=True, metavar="DATE", help=N_("Last day of the practice, YYYY-MM-DD."))
@option("--hours", required=True, type=int, help=N_("Confirmed hours."))
@option(
    "--level",
    "levels",
    multiple=True,
    required=True,
    metavar="SKILL=N",
    help=N_("A skill, as S-TEAM=3; repeat it."),
)
@option("--narrative", default="", help=N_("What the pupil did, in a sentence."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def issue(
    context: Context,
    *,
    pupil: str,
    programme: str,
    mentor: str,
    start: str,
    end: str,
    hours: int,
    levels: Sequence[str],
    narrative: str,
    as_json: bool,
) -> None:
    """Issue one credential."""
    with context.house() as house:
        issued = award.award_one(
            house.ports,
            OPERATOR,
            award.StatedPractice(
                pupil=pupil,
                programme=programme,
                mentor=mentor,
                start=day(start),
                end=day(end),
                hours=hours,
                levels=_levels(levels),
                narrative=narrative,
            ),
        )
    if as_json:
        output.event(event="issued", id=issued.credential_id, code=issued.code, url=issued.url)
    else:
        output.say(context.translator.gettext("Issued: {title}, {url}", title=issued.title, url=issued.url))


@credential.command("revoke", help=N_("Revoke a credential, by its code or id. This is final."))
@click.argument("reference")
@option("--reason", type=click.Choice(revoke.REASONS), required=True, help=N_("Why it is taken back."))
@option("--yes", is_flag=True, help=N_("Do not ask."))
@pass_context
def revoke_one(context: Context, *, reference: str, reason: str, yes: bool) -> None:
    """Revoke a credential."""
    _ = context.translator.gettext
    if not yes and sys.stdin.isatty():
        confirm(_("A revocation is final. Go on?"))
    with context.house() as house:
        revoke.revoke(house.ports, OPERATOR, reference, reason)
    output.say(_("Revoked: {reference}", reference=reference))


@credential.command("suspend", help=N_("Put a credential on hold, by its code or id."))
@click.argument("reference")
@pass_context
def suspend(context: Context, *, reference: str) -> None:
    """Put on hold."""
    with context.house() as house:
        revoke.suspend(house.ports, OPERATOR, reference)
    output.say(context.translator.gettext("On hold: {reference}", reference=reference))


@credential.command("reinstate", help=N_("End a hold, by the credential's code or id."))
@click.argument("reference")
@pass_context
def reinstate(context: Context, *, reference: str) -> None:
    """End a hold."""
    with context.house() as house:
        revoke.reinstate(house.ports, OPERATOR, reference)
    output.say(context.translator.gettext("In force again: {reference}", reference=reference))


@credential.command("list", help=N_("List issued credentials, newest first."))
@option(
    "--query", default="", metavar="WORDS", help=N_("Words of the pupil's name or number, of the title, or the code.")
)
@option(
    "--state",
    type=click.Choice(["current", "revoked", "suspended", "superseded", "expired"]),
    help=N_("Only credentials in this state."),
)
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def list_credentials(context: Context, *, query: str, state: str | None, as_json: bool) -> None:
    """List credentials."""
    _ = context.translator.gettext
    rows: list[list[str]] = []
    with context.house() as house:
        page = pages = 1
        while page <= pages:
            found = browse.credentials_page(house.ports, OPERATOR, query=query, state=state, page=page)
            for row in found.rows:
                if as_json:
                    output.event(
                        event="credential",
                        id=row.id,
                        code=row.code,
                        state=row.state,
                        issued_at=row.issued_at.isoformat(),
                    )
                else:
                    rows.append(
                        [
                            row.grouped,
                            _(STATES[row.state]),
                            context.translator.date(row.issued_at),
                            row.pupil,
                            row.title,
                        ]
                    )
            page, pages = page + 1, found.pages
    if not as_json:
        output.table([_("Code"), _("State"), _("Issued"), _("Pupil"), _("Title")], rows)


@credential.command(
    "export", help=N_("Write stored credentials as JSON files, one a credential, whatever their state.")
)
@option("--all", "everything", is_flag=True, help=N_("Every stored credential."))
@option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help=N_("The folder to write to."))
@click.argument("references", nargs=-1)
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def export(context: Context, *, everything: bool, out: Path, references: Sequence[str], as_json: bool) -> None:
    """Export credentials."""
    _ = context.translator.gettext
    if everything == bool(references):
        raise click.UsageError(_("Name credentials by code or id, or say --all."))
    with context.house() as house, output.progress(_("Credentials")) as advance:
        total = graduate.credential_total(house.ports) if everything else len(references)
        found = (
            graduate.all_credentials(house.ports, OPERATOR)
            if everything
            else (
                (_file_name(reference), register.credential_file(house.ports, OPERATOR, reference))
                for reference in references
            )
        )
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = 0
        for name, body in found:
            output.write_file(out / f"{name}.json", body)
            written += 1
            advance(written, total)
    if as_json:
        output.event(event="summary", written=written, folder=os.fspath(out))
    else:
        output.say(_("Written to {folder}: {count}", folder=out, count=written))


# --- verification


Check = Callable[[brought.Brought, datetime], Sequence[brought.Finding]]


@contextmanager
def _verifier(context: Context, offline: bool, given: Handed) -> Iterator[Check]:
    """The check to use: with what the home of this environment holds when there is one. Looking never makes a home.

    Offline, a home whose database is a server is as good as none: asking it would open a socket.
    """
    if not context.has_home or (offline and not context.settings.database_url.startswith("sqlite:")):
        zone = context.settings.timezone
        yield lambda file, moment: brought.check_alone(uploads(), [file], now=moment, timezone=zone, handed=given)
        return
    with context.house() as house:
        yield lambda file, moment: brought.check(house.ports, [file], now=moment, handed=given, may_fetch=not offline)


def _named(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    return [(os.fspath(path), _bounded(path)) for path in paths]


def _worse(one: int, other: int) -> int:
    # 1 (altered) is worse than 2 (revoked) than 3 (dates) than 4 (cannot tell) than 0
    order = (0, 4, 3, 2, 1)
    return max(one, other, key=order.index)


def _bounded(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(verify.MAXIMUM_BYTES + 1)


def _as_event(context: Context, found: brought.Finding) -> dict[str, object]:
    steps = found.check.steps if found.check is not None else ()
    problems = found.check.problems if isinstance(found.check, verify.DocumentCheck) else ()
    event: dict[str, object] = {
        "kind": found.kind,
        "state": found.state,
        "verified": found.verified,
        "exit_code": found.exit_code,
        "checked_at": found.checked_at.isoformat(),
        "reason": context.say(found.reason),
        "steps": [{"step": step.name, "result": step.result, "reason": context.say(step.reason)} for step in steps],
        "problemDetails": [problem.as_dict() for problem in problems],
    }
    if found.check is not None and found.check.nested:
        event["nested"] = [
            {"id": inner.credential_id, "state": inner.state, "reason": context.say(inner.reason)}
            for inner in found.check.nested
        ]
    return event


def _print(context: Context, path: Path, found: brought.Finding, *, brief: bool) -> None:
    _ = context.translator.gettext
    output.say(f"{path}: {_(STATES[found.state])}. {context.say(found.reason)}")
    if brief or found.check is None:
        return
    if found.check.shown is not None:
        facts = found.check.shown
        members = {
            _("Title"): facts.title,
            _("Person"): facts.person,
            _("Confirmed by"): facts.assessor_organisation,
            _("Issued by"): facts.issuer,
            _("Issued"): context.translator.date(facts.issued_at) if facts.issued_at else None,
        }
        output.pairs({name: value for name, value in members.items() if value})
    for step in found.check.steps:
        output.say(f"  {_MARKS[step.result]} {step.name}: {context.say(step.reason)}")
    for inner in found.check.nested:
        title = inner.shown.title if inner.shown is not None else None
        output.say(f"  {_(STATES[inner.state])}: {title or inner.credential_id or ''}")


# --- small parts


def _moment(text: str, ctx: click.Context) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(translator().gettext("The moment must look like 2026-05-12T09:00:00Z."), ctx) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _levels(texts: Sequence[str]) -> dict[str, int]:
    found = [_level(text) for text in texts]
    if len(dict(found)) != len(found):
        raise InvalidInput(message=Message(_LEVELS_LOOK))
    return dict(found)


def _level(text: str) -> tuple[str, int]:
    skill, _, level = text.partition("=")
    if not re.fullmatch(r"[0-9]{1,2}", level):
        raise InvalidInput(message=Message(_LEVELS_LOOK))
    return skill.strip(), int(level)


def _file_name(reference: str) -> str:
    return re.sub(r"[^0-9A-Za-z-]+", "-", reference).strip("-")[:80] or "credential"
