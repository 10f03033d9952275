"""`bounced report`: what happened, whose fault it is, and what to do about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from bounced import times
from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, only_tenant_option, read_only, whose
from bounced.cli.dates import date
from bounced.cli.help import command
from bounced.config import Config
from bounced.ledger import report as figures
from bounced.ledger.report import By

#: Days that are reported when nobody says since when.
DAYS = 30

#: Rows of each table when nobody says how many.
ROWS = 10


@command(epilog="Example: bounced report --since 7d --by campaign")
@click.option("--since", callback=date, metavar="DATE", help=f"From that day on, or 7d. Default: {DAYS}d.")
@click.option(
    "--by", type=click.Choice(figures.GROUPINGS), default="provider", show_default=True, help="What the table is by."
)
@only_tenant_option
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=ROWS, show_default=True, metavar="N", help="Rows of each table."
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help='Write a page with charts to FILE (- is stdout); needs the extra "report".',
)
@json_option
@config_option
def report(
    since: datetime | None,
    by: By,
    tenant: str | None,
    limit: int,
    html: str | None,
    json_: bool,
    config_file: str | None,
) -> None:
    """Show what happened: rates against the limits, who blocks you and what to do about it, bad campaigns.

    Covers whole days, in UTC. What is held counts nowhere but in its own line.
    """
    facts = read(load(config_file), since, by, limit, tenant=tenant, series=json_ or html is not None)
    if html is not None:
        from bounced.cli.report.page import write  # which loads the charts

        write(facts, html)
    if json_:
        click.echo(output.as_json(facts))
    elif html is None:
        from bounced.cli.report import terminal  # nobody else needs rich

        terminal.show(facts, terminal.console())


def read(
    config: Config, since: datetime | None, by: By, limit: int, *, tenant: str | None = None, series: bool
) -> dict[str, Any]:
    """The figures, with what to do about blocks; with those of the charts when ``series``.

    Of ``tenant``, or of everybody (``None``). Raises LedgerError, and UserError for a tenant that there is not.
    """
    from bounced.cli.report.advice import advised

    now = times.now()
    begin = now - timedelta(days=DAYS) if since is None else since
    of = whose(tenant, config)
    with read_only(config) as db:
        facts = figures.read(db, begin, now, config.rule(), by, limit, series=series, whose=of)
    blocks, more = advised(facts["blocks"], limit)
    return {**facts, "blocks": blocks, "more_blocks": more}
