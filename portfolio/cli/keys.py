"""``portfolio keys``: the school's signing keys."""

from __future__ import annotations

import json

import click

from portfolio.cli import output
from portfolio.cli.context import Context, pass_context
from portfolio.cli.localized import Group, option
from portfolio.errors import N_
from portfolio.services import keys as service
from portfolio.services import publish


@click.group(cls=Group, help=N_("The school's signing keys."))
def keys() -> None:
    """The group."""


@keys.command("list", help=N_("List the published keys, oldest first."))
@option("--json", "as_json", is_flag=True, help=N_("One JSON event a line on stdout."))
@pass_context
def list_keys(context: Context, *, as_json: bool) -> None:
    """List keys."""
    _ = context.translator.gettext
    with context.house() as house:
        found = service.published(house.ports)
    if as_json:
        for key in found:
            output.event(
                event="key",
                id=key.id,
                publicKeyMultibase=key.multibase,
                created=key.created.isoformat(),
                retired=key.retired.isoformat() if key.retired else None,
            )
        return
    output.table(
        [_("Key"), _("Public key"), _("Since"), _("Retired")],
        [
            [
                key.fragment,
                key.multibase,
                context.translator.date(key.created),
                context.translator.date(key.retired) if key.retired else "",
            ]
            for key in found
        ],
    )


@keys.command(
    "new", help=N_("Make the next signing key. Older keys stay published; what they signed stays verifiable.")
)
@pass_context
def new_key(context: Context) -> None:
    """Make a key."""
    with context.house() as house:
        made = service.new_key(house.ports)
    output.say(context.translator.gettext("New signing key: {id}", id=made.id))


@keys.command("document", help=N_("Print the DID document that is published under the school's address."))
@pass_context
def document(context: Context) -> None:
    """Print the DID document."""
    with context.house() as house:
        output.say(json.dumps(publish.did_document(house.ports), ensure_ascii=False, indent=2))
