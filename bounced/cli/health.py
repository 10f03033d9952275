"""`bounced health`: bounce and complaint rates."""

from __future__ import annotations

import sys

import click

from bounced.cli import output
from bounced.cli.common import config_option, json_option, known_tenant, load, problem, read_only, tenant_option
from bounced.cli.help import command
from bounced.cli.listing import Rows, limit_option, rows_wanted, show
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
@click.option(
    "--state",
    type=click.Choice([*EXIT_STATUSES, "notice", "ok", "unknown"]),
    multiple=True,
    help="Only rates in this state; repeatable. The exit status is that of all.",
)
@tenant_option
@limit_option
@json_option
@config_option
def health(
    dimension: str | None,
    state: tuple[str, ...],
    tenant: str,
    limit: int | None,
    json_: bool,
    config_file: str | None,
) -> None:
    """Show bounce and complaint rates in percent of what was sent, worst first.

    Exit status 2: a rate is critical, pause the mailing; 1: a rate is worth a warning, or the brake withholds
    suppressions; otherwise 0.
    """
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    with read_only(config) as db:
        rows, brake = list(queries.health(db, dimension or "", tenant)), None if tenant else queries.brake(db)
    shown = [row for row in rows if not state or row["state"] in state]
    show(Rows(shown, rows_wanted(limit, for_programs=json_)), COLUMNS, "no data", json_=json_)
    if brake:
        number = output.counted(brake["addresses"], "address", "es")
        problem(f"{number} withheld since {brake['since']}: {TOO_MANY}")
    states = [EXIT_STATUSES.get(row["state"], EXIT_SUCCESS) for row in rows]
    sys.exit(max([*states, EXIT_WARNING if brake else EXIT_SUCCESS]))
