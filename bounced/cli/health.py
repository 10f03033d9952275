"""`bounced health`: bounce and complaint rates."""

from __future__ import annotations

import sys

import click

from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, problem, read_only
from bounced.cli.help import command
from bounced.cli.tally import TOO_MANY
from bounced.errors import EXIT_CRITICAL, EXIT_SUCCESS, EXIT_WARNING
from bounced.ledger import queries

#: Exit status for the worst state, as for Nagios plugins.
EXIT_STATUSES = {"warning": EXIT_WARNING, "critical": EXIT_CRITICAL}

COLUMNS = ("state", "dimension", "name", "sent", "bounces", "bounce_rate", "complaints", "complaint_rate", "pause")


@command(epilog="Example: bounced health --dimension campaign || echo 'pause it'")
@click.option(
    "--dimension",
    type=click.Choice(["campaign", "sending_domain", "provider"]),
    help="Only rates by this dimension. Default: all.",
)
@json_option
@config_option
def health(dimension: str | None, json_: bool, config_file: str | None) -> None:
    """Show bounce and complaint rates in percent of what was sent, worst first.

    Exit status 2: a rate is critical, pause the mailing; 1: a rate is worth a warning, or the brake withholds
    suppressions; otherwise 0.
    """
    with read_only(load(config_file)) as db:
        rows, brake = list(queries.health(db, dimension or "")), queries.brake(db)
    if json_:
        for row in rows:
            click.echo(output.as_json(row))
    else:
        click.echo(output.as_table(rows, COLUMNS) or "no data", err=not rows)
    if brake:
        number = output.counted(brake["addresses"], "address", "es")
        problem(f"{number} withheld since {brake['since']}: {TOO_MANY}")
    states = [EXIT_STATUSES.get(row["state"], EXIT_SUCCESS) for row in rows]
    sys.exit(max([*states, EXIT_WARNING if brake else EXIT_SUCCESS]))
