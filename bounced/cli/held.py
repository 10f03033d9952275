"""Commands for held events: list them, and accept those that should count."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bounced import times
from bounced.cli.common import config_option, json_option, load, read_only
from bounced.cli.help import command
from bounced.cli.listing import limit_option, rows_wanted, show
from bounced.cli.writing import writable
from bounced.ledger import queries
from bounced.peer import printable

#: Sources of events that are not stored, of which each has a line.
SOURCES_LIMIT = 5

COLUMNS = ("event", "happened_at", "address", "kind", "reason", "trust", "doubt", "evidence")


@command(epilog="Example: bounced held | less -S")
@limit_option
@json_option
@config_option
def held(limit: int | None, json_: bool, config_file: str | None) -> None:
    """List held events (untrusted reports, floods) and why they are held, newest first."""
    with read_only(load(config_file)) as db:
        show(queries.held(db, rows_wanted(limit, for_programs=json_)), COLUMNS, "no held events", json_=json_)
        for remark in _remarks(queries.not_stored(db, SOURCES_LIMIT), queries.counts(db, times.now())["expired"]):
            click.echo(remark, err=True)


def _remarks(sources: queries.Listing, expired: int) -> Iterator[str]:
    """What is not in the list: events that were only counted, by source, and those that were held for too long."""
    for row in sources:
        source = printable(row["reported_from"]) or "unknown host"
        yield f"{source}: {row['events']:,} {row['trust']} events are not stored, the latest of {row['latest_day']}"
    if sources.more:
        yield f"and those of {sources.more:,} more sources"
    if expired:
        yield f"{expired:,} events were held for longer than keep_held, and are deleted"


@command(epilog='Example: bounced accept --why "the mailing of 7 September" 17 18')
@click.argument("events", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1), metavar="EVENT...")
@click.option("--why", default="", help="Reason, recorded in the history.")
@config_option
def accept(events: tuple[int, ...], why: str, config_file: str | None) -> None:
    """Accept held events, by the IDs shown in `held` and `explain`: from now on they count."""
    config = load(config_file)
    with writable(config, backups=config.database.backups) as ledger:
        receipt = ledger.decisions.accept(events, printable(why, 500))
    click.echo(f"accepted: {', '.join(str(number) for number in dict.fromkeys(events))}", err=True)
    for address, suppression in receipt.started:
        click.echo(f"{printable(address)}: suppressed ({suppression.cause})", err=True)
    for address, suppression in receipt.ended:
        click.echo(f"{printable(address)}: released ({suppression.cause})", err=True)
