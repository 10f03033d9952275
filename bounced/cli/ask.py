"""Commands that query the ledger and change nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from bounced import times
from bounced.address import of_tenant
from bounced.cli import output
from bounced.cli.common import (
    config_option,
    entry_key,
    in_utf_8,
    json_option,
    known_tenant,
    lasting,
    load,
    only_tenant_option,
    read_only,
    tenant_option,
    vocabulary_option,
    whose,
)
from bounced.cli.filtering import EVENT_COLUMNS, list_options, narrowed
from bounced.cli.help import command
from bounced.cli.listing import limit_option, rows_wanted, show
from bounced.cli.numbers import row_number
from bounced.errors import UserError
from bounced.ledger import explanation, queries, reviewed
from bounced.peer import printable
from bounced.reasons import translated

SUPPRESSED = (
    "address",
    "scope",
    "cause",
    "reason",
    "class",
    "since",
    "until",
    "bounces",
    "first_bounce_at",
    "last_bounce_at",
    "detail",
    "address_unicode",
)
#: Characters of a line of a message that is printed.
LINE_LIMIT = 1000

SHORT = ("address", "scope", "cause", "reason", "since", "until", "bounces", "detail")


@command(epilog="Example: bounced explain anna@example.org")
@click.argument("address", metavar="ADDRESS")
@tenant_option
@limit_option
@json_option
@config_option
def explain(address: str, tenant: str, limit: int | None, json_: bool, config_file: str | None) -> None:
    """Show an address's history: what counted, why, and what would suppress it. With --limit newest first."""
    bare, config = entry_key(address), load(config_file)
    key = of_tenant(known_tenant(tenant, config.tenant), bare)
    with read_only(config) as db:
        wanted = rows_wanted(limit, for_programs=json_)
        answer = explanation.explain(db, key, config.rule(), times.now(), wanted)
    if limit:
        answer["history"].reverse()
    click.echo(output.as_json(answer) if json_ else "\n".join(output.explanation(answer)))


@command(epilog="Example: bounced suppressions --csv > suppressed.csv")
@json_option
@click.option(
    "--csv", "csv_", is_flag=True, help="Print CSV; cells that a spreadsheet would run as formulas are defused."
)
@vocabulary_option
@list_options("began", "provider", "reason", "text", "cause")
@tenant_option
@limit_option
@click.option(
    "--lapsing",
    callback=lasting,
    metavar="DURATION",
    help="Only those that expire within, say, 7d, the next first.",
)
@config_option
def suppressions(
    json_: bool,
    csv_: bool,
    vocabulary: str,
    tenant: str,
    limit: int | None,
    lapsing: timedelta | None,
    config_file: str | None,
    **options: Any,
) -> None:
    """List suppressed addresses and reasons, newest first."""
    if json_ and csv_:
        raise UserError("--json and --csv are mutually exclusive")
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    with read_only(config) as db:
        wanted = rows_wanted(limit, for_programs=json_ or csv_)
        listing = queries.suppressed(db, wanted, tenant)
        if lapsing is not None:
            listing = queries.lapsing(db, times.now() + lapsing, wanted, tenant)
        show(
            narrowed(listing, options, date="since", address="address", reason="reason", text="detail", cause="cause"),
            SHORT,
            "no suppressions",
            json_=json_,
            csv=SUPPRESSED if csv_ else (),
            spare=("detail", "bounces", "until"),
            row=lambda row: {**row, "reason": translated(row["reason"], vocabulary)},
        )


@command(epilog="Example: bounced unrecognized 17")
@click.argument("number", type=row_number, required=False, metavar="[NUMBER]")
@click.option(
    "--save", type=click.Path(dir_okay=False), metavar="FILE", help="Write message NUMBER to FILE (- is stdout)."
)
@click.option(
    "--redact",
    "redacted",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write message NUMBER to FILE without its addresses, names and words, fit for a bug report.",
)
@click.option("--done", is_flag=True, help="Tick message NUMBER off: it is listed and counted no more.")
@click.option("--all", "all_", is_flag=True, help="List also those that were ticked off.")
@list_options("arrived", "text")
@only_tenant_option
@limit_option
@json_option
@config_option
def unrecognized(
    number: int | None,
    save: str | None,
    redacted: str | None,
    done: bool,
    all_: bool,
    tenant: str | None,
    limit: int | None,
    json_: bool,
    config_file: str | None,
    **options: Any,
) -> None:
    """List unrecognized messages kept for review, newest first; with NUMBER, print that message.

    --done NUMBER ticks it off once you have dealt with it. Those of a tenant are in mailboxes of that tenant.
    """
    from bounced.redaction import redact  # `check` must not wait for it

    path = save or redacted
    if (path and number is None) or (save and redacted):
        raise UserError("either --save or --redact needs a message NUMBER: bounced unrecognized --save FILE NUMBER")
    if done:
        _tick_off(number, config_file)
        return
    config = load(config_file)
    of = whose(tenant, config)
    with read_only(config) as db:
        if number is not None:
            content = _kept(queries.content(db, number), number)
            if path is None:
                _print(content)
            else:
                _write(redact(content) if redacted else content, path)
            return
        listing = queries.unrecognized(db, rows_wanted(limit, for_programs=json_), of, done=all_)
        columns = ("id", "arrived_at", "kind", "subject", "problem", "source")
        chosen = narrowed(listing, options, date="arrived_at", text="subject")
        show(chosen, columns, "no unrecognized messages", json_=json_, spare=("source",))


@command(epilog="Example: bounced reports --type auth-failure")
@click.option(
    "--type",
    "feedback_type",
    default="",
    callback=in_utf_8,
    metavar="TYPE",
    help="Only reports of this type (RFC 5965), such as abuse.",
)
@click.option("--unattributed", is_flag=True, help="Only reports with no attributed recipient.")
@list_options("happened", "provider", "text", "campaign")
@tenant_option
@limit_option
@json_option
@config_option
def reports(
    feedback_type: str,
    unattributed: bool,
    tenant: str,
    limit: int | None,
    json_: bool,
    config_file: str | None,
    **options: Any,
) -> None:
    """List reports from feedback loops, newest first: complaints, and authentication failures, which never count."""
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    with read_only(config) as db:
        listing = queries.reports(db, feedback_type, unattributed, rows_wanted(limit, for_programs=json_), tenant)
        columns = ("id", "happened_at", "feedback_type", "address", "campaign", "reported_from", "diagnostic_code")
        show(narrowed(listing, options, **EVENT_COLUMNS), columns, "no matching reports", json_=json_)


def _tick_off(number: int | None, config_file: str | None) -> None:
    if number is None:
        raise UserError("--done needs a message NUMBER: bounced unrecognized --done NUMBER")
    from bounced.cli.writing import writable  # which `check` must not wait for

    with writable(load(config_file)) as ledger:
        is_unrecognized = ledger.write(lambda db: reviewed.done(db, number, times.iso(times.now())))
    if not is_unrecognized:
        raise UserError(f"{number}: no unrecognized message has this number")
    click.echo(f"{number}: done", err=True)


def _kept(content: bytes | None, number: int) -> bytes:
    if content is None:
        raise UserError(f"{number}: no such message, or its content is no longer kept")
    return content


def _print(content: bytes) -> None:
    """Prints a message for people: as it is, but for what a terminal would act on."""
    for line in content.decode("utf-8", "replace").splitlines():
        click.echo(printable(line, LINE_LIMIT))


def _write(content: bytes, path: str) -> None:
    try:
        with click.open_file(path, "wb") as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
