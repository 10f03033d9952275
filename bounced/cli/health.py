"""The commands about rates: how healthy the mailings are, and how much was sent."""

from __future__ import annotations

import sys

import click

from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, reading
from bounced.errors import EXIT_CRITICAL, EXIT_SUCCESS, EXIT_WARNING
from bounced.ledger import queries

#: The exit status for the worst state, as Nagios wants it.
EXITS = {"warning": EXIT_WARNING, "critical": EXIT_CRITICAL}

COLUMNS = ("state", "dimension", "name", "sent", "bounces", "bounce_rate", "complaints", "complaint_rate", "pause")


@click.command(epilog="Example: bounced health --dimension campaign || echo 'pause it'")
@click.option(
    "--dimension", type=click.Choice(["campaign", "sending_domain", "provider"]), help="Only these. Default: all."
)
@json_option
@config_option
def health(dimension: str | None, json_: bool, config_file: str | None) -> None:
    """Bounces and complaints against what was sent, in per cent, the worst first.

    Exit status 2: something is critical and should pause; 1: something is worth a warning; else 0.
    """
    with reading(load(config_file)) as db:
        rows = list(queries.health(db, dimension or ""))
    if json_:
        for row in rows:
            click.echo(output.as_json(row))
    else:
        click.echo(output.as_table(rows, COLUMNS) or "nothing has happened", err=not rows)
    sys.exit(max((EXITS.get(row["state"], EXIT_SUCCESS) for row in rows), default=EXIT_SUCCESS))
