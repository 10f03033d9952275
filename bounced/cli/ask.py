"""Commands that query the ledger and change nothing."""

from __future__ import annotations

import sys

import click

from bounced import times
from bounced.cli import output
from bounced.cli.common import (
    address_key,
    address_keys,
    checked_scope,
    config_option,
    json_option,
    load,
    read_only,
    vocabulary_option,
)
from bounced.errors import EXIT_SUCCESS, EXIT_SUPPRESSED, UserError
from bounced.ledger import queries
from bounced.ledger.lookup import Suppressions
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
)
SHORT = ("address", "scope", "cause", "reason", "since", "until", "bounces", "detail")


@click.command(epilog="Example: bounced check anna@example.org && send-newsletter anna@example.org")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option(
    "--scope",
    callback=checked_scope,
    default="marketing",
    show_default=True,
    metavar="SCOPE",
    help="Kind of mail to be sent: marketing, the name of a stream, or all (blocked only by all-mail suppressions). "
    "Marketing suppressions block a stream as well, unless [streams] calls it transactional.",
)
@json_option
@config_option
def check(addresses: tuple[str, ...], scope: str, json_: bool, config_file: str | None) -> None:
    """Check whether addresses may be mailed. Exit status 0: all may; 1: some may not. ``-`` reads standard input."""
    keys, suppressed = address_keys(addresses), False
    config = load(config_file)
    with Suppressions(config.database.path, config.streams) as ledger:
        for key in keys:
            against = ledger.all(key, scope)
            suppressed |= bool(against)
            causes = [f"{item.cause} ({item.reason}) since {times.iso(item.since)}" for item in against]
            if json_:
                click.echo(output.as_json({"address": key, "allowed": not against, "because": causes}))
            else:
                click.echo(f"{printable(key)}: {'no: ' + printable('; '.join(causes)) if against else 'yes'}")
    sys.exit(EXIT_SUPPRESSED if suppressed else EXIT_SUCCESS)


@click.command(epilog="Example: bounced explain anna@example.org")
@click.argument("address", metavar="ADDRESS")
@json_option
@config_option
def explain(address: str, json_: bool, config_file: str | None) -> None:
    """Show an address's history: what counted, why, and what would suppress it."""
    key = address_key(address)
    config = load(config_file)
    with read_only(config) as db:
        answer = queries.explain(db, key, config.rule(), times.now())
    click.echo(output.as_json(answer) if json_ else "\n".join(output.explanation(answer)))


@click.command(epilog="Example: bounced suppressions --csv > suppressed.csv")
@json_option
@click.option(
    "--csv", "csv_", is_flag=True, help="Print CSV; cells that a spreadsheet would run as formulas are defused."
)
@vocabulary_option
@config_option
def suppressions(json_: bool, csv_: bool, vocabulary: str, config_file: str | None) -> None:
    """List suppressed addresses and reasons."""
    if json_ and csv_:
        raise UserError("--json and --csv are mutually exclusive")
    with read_only(load(config_file)) as db:
        rows = ({**row, "reason": translated(row["reason"], vocabulary)} for row in queries.suppressed(db))
        if json_:
            for row in rows:
                click.echo(output.as_json(row))
        elif csv_:
            for line in output.as_csv(rows, SUPPRESSED):
                click.echo(line)
        else:
            _table(output.as_table(rows, SHORT), "no suppressions")


@click.command(epilog="Example: bounced unrecognized --save 17.eml 17")
@click.argument("number", type=click.IntRange(1, 2**63 - 1), required=False, metavar="[NUMBER]")
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
@json_option
@config_option
def unrecognized(
    number: int | None, save: str | None, redacted: str | None, json_: bool, config_file: str | None
) -> None:
    """List unrecognized messages kept for review, newest first."""
    from bounced.redaction import redact  # `check` must not wait for it

    path = save or redacted
    if (number is None) != (path is None) or (save and redacted):
        raise UserError("either --save or --redact needs a message NUMBER: bounced unrecognized --save FILE NUMBER")
    with read_only(load(config_file)) as db:
        if number is not None and path is not None:
            content = _kept(queries.content(db, number), number)
            _write(redact(content) if redacted else content, path)
            return
        rows = list(queries.unrecognized(db))
    if json_:
        for row in rows:
            click.echo(output.as_json(row))
    else:
        columns = ("id", "arrived_at", "kind", "subject", "problem", "source")
        _table(output.as_table(rows, columns), "no unrecognized messages")


@click.command(epilog="Example: bounced reports --type auth-failure")
@click.option(
    "--type", "feedback_type", default="", metavar="TYPE", help="Only reports of this type (RFC 5965), such as abuse."
)
@click.option("--unattributed", is_flag=True, help="Only reports with no attributed recipient.")
@json_option
@config_option
def reports(feedback_type: str, unattributed: bool, json_: bool, config_file: str | None) -> None:
    """List reports from feedback loops: complaints, and authentication failures, which never count."""
    with read_only(load(config_file)) as db:
        rows = list(queries.reports(db, feedback_type, unattributed))
    if json_:
        for row in rows:
            click.echo(output.as_json(row))
    else:
        columns = ("id", "happened_at", "feedback_type", "address", "campaign", "reported_from", "diagnostic_code")
        _table(output.as_table(rows, columns), "no matching reports")


def _table(table: str, without: str) -> None:
    """Prints ``table``, or that it is empty."""
    click.echo(table or without, err=not table)


def _kept(content: bytes | None, number: int) -> bytes:
    if content is None:
        raise UserError(f"{number}: no such message, or its content is no longer kept")
    return content


def _write(content: bytes, path: str) -> None:
    try:
        with click.open_file(path, "wb") as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
