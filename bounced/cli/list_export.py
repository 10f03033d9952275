"""`bounced list export`: what is suppressed, for other programs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bounced.cli.common import checked_scope, config_option, known_tenant, load, read_only, tenant_option
from bounced.cli.dates import date
from bounced.cli.help import command
from bounced.errors import UserError
from bounced.ledger import exporting
from bounced.ledger.exporting import Selection
from bounced.lists import target
from bounced.lists.formats import FORMATS
from bounced.lists.maps import MAPS

CAUSES = ("bounce", "complaint", "manual")


@command("export", epilog="Example: bounced list export --format exim-lsearch --output /etc/exim4/suppressed")
@click.option(
    "--format",
    "name",
    type=click.Choice([*FORMATS, *MAPS]),
    required=True,
    metavar="FORMAT",
    help=f"That of a program, {', '.join(FORMATS)}, or of a map, {', '.join(MAPS)}.",
)
@click.option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Replace FILE in one step.")
@click.option(
    "--scope",
    callback=checked_scope,
    metavar="SCOPE",
    help="Only what forbids mail of this scope, as `check` says. Default: all for maps of mail servers, else any.",
)
@click.option("--cause", type=click.Choice(CAUSES), help="Only suppressions for this cause.")
@click.option(
    "--since",
    callback=date,
    metavar="DATE",
    help="Only what began, or became known, on DATE or later; 7d: so long ago.",
)
@tenant_option
@config_option
def export_list(
    name: str,
    output: str | None,
    scope: str,
    cause: str | None,
    since: datetime | None,
    tenant: str,
    config_file: str | None,
) -> None:
    """Write the suppressed addresses in the format of another program."""
    config = load(config_file)
    table = MAPS[name].table if name in MAPS else ""
    if table and not output:
        raise UserError(f"{name}: needs --output FILE, to which postmap adds .{table}")
    scopes = exporting.scopes(name, scope, config.streams)
    selection = Selection(scopes, cause or "", since, known_tenant(tenant, config.tenant))
    with read_only(config) as db:
        lines = exporting.lines(db.conn, name, selection)
        if output:
            target.write(Path(output), lines, Path(config.database.path), table)
        else:
            for line in lines:
                click.echo(line, nl=False)
