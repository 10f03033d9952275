"""Commands for the brake: whom it withholds from being suppressed, and that a person approves it."""

from __future__ import annotations

from typing import Any

import click

from bounced.cli import output
from bounced.cli.common import config_option, json_option, known_tenant, load, only_tenant_option, read_only
from bounced.cli.filtering import list_options, narrowed
from bounced.cli.help import command
from bounced.cli.listing import limit_option, rows_wanted, show
from bounced.cli.writing import writable
from bounced.ledger import queries
from bounced.peer import counted


@command(epilog="Example: bounced withheld")
@list_options("began", "provider", "reason")
@only_tenant_option
@limit_option
@json_option
@config_option
def withheld(tenant: str | None, limit: int | None, json_: bool, config_file: str | None, **options: Any) -> None:
    """List addresses that would be suppressed if they were not far too many for a day (docs/policy.md). Newest first.

    Nobody of them is suppressed until `bounced resume`, or, where no failure is verified (`unproved`), until one is.
    """
    config = load(config_file)
    known_tenant(tenant or "", config.tenant)
    with read_only(config) as db:
        columns = ("address", "since", "reason", "unproved")
        listing = queries.withheld(db, rows_wanted(limit, for_programs=json_), tenant)
        chosen = narrowed(listing, options, date="since", address="address", reason="reason")
        show(chosen, columns, "nobody is withheld", json_=json_)


@command(epilog="Example: bounced resume")
@only_tenant_option
@json_option
@config_option
def resume(tenant: str | None, json_: bool, config_file: str | None) -> None:
    """Suppress the addresses that are withheld, and let bounces suppress others again."""
    config = load(config_file)
    known_tenant(tenant or "", config.tenant)
    with writable(config, backups=config.database.backups) as ledger:
        started = sorted({address for address, _ in ledger.resume(tenant).started})
    if json_:
        click.echo(output.as_json({"newly_suppressed": started}))
    else:
        click.echo(f"newly suppressed: {counted(len(started), 'address', 'es')}", err=True)
