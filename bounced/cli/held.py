"""Commands for held events: list them, and accept those that should count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from bounced import times
from bounced.address import by_tenant
from bounced.cli.common import (
    Function,
    config_option,
    json_option,
    known_tenant,
    load,
    only_tenant_option,
    read_only,
    tenant_option,
)
from bounced.cli.filtering import CAUSE, EVENT_COLUMNS, YES, chosen, either, filter_options, list_options, narrowed
from bounced.cli.help import command
from bounced.cli.listing import limit_option, rows_wanted, show
from bounced.cli.numbers import row_number
from bounced.cli.output import as_json, expired
from bounced.cli.writing import writable
from bounced.config import Config
from bounced.errors import UserError
from bounced.ledger import filters, queries
from bounced.ledger import undo as undos
from bounced.ledger.queries import Row
from bounced.ledger.suppressions import Folded
from bounced.peer import counted, printable

#: Sources of events that are not stored, of which each has a line.
SOURCES_LIMIT = 5

#: Events of one transaction.
CHUNK_EVENTS = 1000

COLUMNS = ("id", "happened_at", "address", "kind", "reason", "trust", "doubt", "incidents", "evidence")
SPARE = ("evidence", "kind")

#: Of the commands that decide about events, by their numbers or by a filter.
EVENTS_OPTIONS = (
    click.argument("events", nargs=-1, type=row_number, metavar="[EVENT...]"),
    filter_options,
    CAUSE,
    YES,
    tenant_option,
    click.option("--why", default="", help="Reason, recorded in the history."),
    json_option,
    config_option,
)


@command(epilog="Example: bounced held | less -S")
@only_tenant_option
@list_options("happened", "provider", "reason", "text", "campaign")
@limit_option
@json_option
@config_option
def held(tenant: str | None, limit: int | None, json_: bool, config_file: str | None, **options: Any) -> None:
    """List held events (untrusted reports, floods) and why they are held, newest first."""
    config = load(config_file)
    known_tenant(tenant or "", config.tenant)
    with read_only(config) as db:
        listing = queries.held(db, rows_wanted(limit, for_programs=json_), tenant)
        listed = narrowed(listing, options, **EVENT_COLUMNS)
        row = _with_numbers if json_ else _with_words
        show(listed, COLUMNS, "no held events", json_=json_, spare=SPARE, row=row)
        if tenant is not None:  # what is only counted is counted by source, for the host's own eyes
            return
        for remark in _remarks(queries.not_stored(db, SOURCES_LIMIT), queries.counts(db, times.now())["expired"]):
            click.echo(remark, err=True)


def _with_numbers(row: Row) -> Row:
    return {**row, "incidents": json.loads(row["incidents"])}


def _with_words(row: Row) -> Row:
    return {**row, "incidents": " ".join(map(str, json.loads(row["incidents"])))}


def _remarks(sources: queries.Listing, expired_events: int) -> Iterator[str]:
    """What is not in the list: events that were only counted, by source, and those that were held for too long."""
    for row in sources:
        source = printable(row["reported_from"]) or "unknown host"
        events = counted(row["events"], f"{row['trust']} event", separator=",")
        are = "is" if row["events"] == 1 else "are"
        yield f"{source}: {events} {are} not stored, the latest of {row['latest_day']}"
    if sources.more:
        yield f"and those of {counted(sources.more, 'more source', separator=',')}"
    if expired_events:
        yield expired(expired_events)


def _events_options(function: Function) -> Function:
    """Adds EVENTS_OPTIONS."""
    for option in reversed(EVENTS_OPTIONS):
        function = option(function)
    return function


@command(epilog='Example: bounced accept --why "the mailing of 7 September" 17 18')
@_events_options
def accept(
    events: tuple[int, ...],
    yes: bool,
    tenant: str,
    why: str,
    json_: bool,
    config_file: str | None,
    **options: Any,
) -> None:
    """Accept held events, by the IDs shown in `held` and `explain`, or by a filter: from now on they count."""
    either(events, options, "events")
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    with read_only(config) as db:
        if events:
            numbers = list(dict.fromkeys(events))
            if others := filters.others(db, numbers, tenant) if tenant else ():
                raise UserError(*(f"{event}: no event of {tenant} has this number" for event in others))
        else:
            numbers = [event for event, _ in filters.held(db, chosen(tenant, **options))]
    answer: Row = {"event_count": len(numbers)}
    if events or _shown(answer, "accept", "held event", yes=yes, json_=json_):
        folded = _accepted(numbers, why, config)
        _tell(answer, f"accepted: {', '.join(map(str, numbers))}", folded, json_=json_)


@command(epilog='Example: bounced reject --why "forged" 17 18')
@_events_options
def reject(
    events: tuple[int, ...],
    yes: bool,
    tenant: str,
    why: str,
    json_: bool,
    config_file: str | None,
    **options: Any,
) -> None:
    """Reject failures and complaints, by the IDs shown in `explain`, or by a filter: they count for nothing any more.

    Neither in suppressions nor in rates. They stay in the history; `bounced redo` has them count again.
    """
    either(events, options, "events")
    config = load(config_file)
    of = known_tenant(tenant, config.tenant) or (None if events else "")
    filter_ = chosen(of, events=tuple(dict.fromkeys(events)), **options)
    with read_only(config) as db:
        number, _ = undos.preview(db, filter_, config.rule(), times.now())
    if not number:
        raise UserError("no failure or complaint to reject: none has these numbers, or they were rejected before")
    answer: Row = {"event_count": number}
    if _shown(answer, "reject", "event", yes=yes or bool(events), json_=json_):
        with writable(config, backups=config.database.backups) as ledger:
            decision, folded = ledger.undo.undo(filter_, printable(why, 500))
        redone = f"decision {decision}; `bounced redo {decision}` has them count again"
        _tell({**answer, "decision": decision}, redone, folded, json_=json_)


def _shown(answer: Row, verb: str, noun: str, *, yes: bool, json_: bool) -> bool:
    """Says how many events were selected; true if that is to be done."""
    number: int = answer["event_count"]
    is_done = yes and number > 0
    if not json_:
        click.echo(f"{'' if yes else 'would '}{verb} {counted(number, noun)}")
    elif not is_done:
        click.echo(as_json(answer))
    if not yes:
        click.echo("nothing was changed; --yes does it", err=True)
    return is_done


def _accepted(numbers: Sequence[int], why: str, config: Config) -> Folded:
    folded = Folded()
    with writable(config, backups=config.database.backups) as ledger:
        for begin in range(0, len(numbers), CHUNK_EVENTS):
            folded += ledger.decisions.accept(numbers[begin : begin + CHUNK_EVENTS], printable(why, 500))
    return folded


def _tell(answer: Row, done: str, folded: Folded, *, json_: bool) -> None:
    """Says what was ``done``, and what has changed: of how many addresses, or, for people, of which."""
    if json_:
        click.echo(as_json({**answer, "suppressed": len(folded.started), "released": len(folded.ended)}))
        return
    click.echo(done, err=True)
    for address, suppression in folded.started:
        click.echo(f"{printable(by_tenant(address)[1])}: suppressed ({suppression.cause})", err=True)
    for address, suppression in folded.ended:
        click.echo(f"{printable(by_tenant(address)[1])}: released ({suppression.cause})", err=True)
