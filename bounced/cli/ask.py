"""The commands that ask the ledger and change nothing."""

from __future__ import annotations

import sys

import click

from bounced import times
from bounced.cli import output
from bounced.cli.common import a_scope, config_option, json_option, load, normalised, reading, vocabulary_option
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
    callback=a_scope,
    default="marketing",
    show_default=True,
    metavar="SCOPE",
    help="What you want to send: marketing, the name of a stream, or all for mail that only suppressions of all mail "
    "forbid. Those of marketing forbid a stream as well, unless [streams] calls it transactional.",
)
@json_option
@config_option
def check(addresses: tuple[str, ...], scope: str, json_: bool, config_file: str | None) -> None:
    """May these addresses be mailed? Exit status 0: yes, all of them; 1: no. ``-`` reads them from standard input."""
    wanted, forbidden = normalised(addresses), False
    configured = load(config_file)
    with Suppressions(configured.database.path, configured.streams) as ledger:
        for address in wanted:
            found = ledger.all(address, scope)
            forbidden |= bool(found)
            causes = [f"{item.cause} ({item.reason}) since {times.iso(item.since)}" for item in found]
            if json_:
                click.echo(output.as_json({"address": address, "allowed": not found, "because": causes}))
            else:
                click.echo(f"{printable(address)}: {'no: ' + printable('; '.join(causes)) if found else 'yes'}")
    sys.exit(EXIT_SUPPRESSED if forbidden else EXIT_SUCCESS)


@click.command(epilog="Example: bounced explain anna@example.org")
@click.argument("address", metavar="ADDRESS")
@json_option
@config_option
def explain(address: str, json_: bool, config_file: str | None) -> None:
    """Everything that is known about an address, what counted and why, and what would have to happen next."""
    [wanted] = normalised((address,))
    found = load(config_file)
    with reading(found) as db:
        answer = queries.explain(db, wanted, found.rule(), times.now())
    click.echo(output.as_json(answer) if json_ else "\n".join(output.explanation(answer)))


@click.command(epilog="Example: bounced suppressions --csv > suppressed.csv")
@json_option
@click.option("--csv", "csv_", is_flag=True, help="CSV; cells that a spreadsheet would run as formulas are defused.")
@vocabulary_option
@config_option
def suppressions(json_: bool, csv_: bool, vocabulary: str, config_file: str | None) -> None:
    """Who must not be mailed, and why."""
    if json_ and csv_:
        raise UserError("--json and --csv exclude each other")
    with reading(load(config_file)) as db:
        rows = ({**row, "reason": translated(row["reason"], vocabulary)} for row in queries.suppressed(db))
        if json_:
            for row in rows:
                click.echo(output.as_json(row))
        elif csv_:
            for line in output.as_csv(rows, SUPPRESSED):
                click.echo(line)
        else:
            _table(output.as_table(rows, SHORT), "nobody is suppressed")


@click.command(epilog="Example: bounced unrecognized --save 17.eml 17")
@click.argument("number", type=click.IntRange(1, 2**63 - 1), required=False, metavar="[NUMBER]")
@click.option(
    "--save", type=click.Path(dir_okay=False), metavar="FILE", help="Write mail NUMBER to FILE (- is stdout)."
)
@click.option(
    "--redact",
    "redacted",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write mail NUMBER to FILE without its addresses, names and words: fit for a bug report.",
)
@json_option
@config_option
def unrecognized(
    number: int | None, save: str | None, redacted: str | None, json_: bool, config_file: str | None
) -> None:
    """The mails that were not understood, kept for a person; the newest first."""
    from bounced.redaction import redact  # not to be waited for by `check`

    path = save or redacted
    if (number is None) != (path is None) or (save and redacted):
        raise UserError(
            "--save or --redact and the NUMBER of a mail go together: bounced unrecognized --save FILE NUMBER"
        )
    with reading(load(config_file)) as db:
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
        _table(output.as_table(rows, columns), "everything was understood")


@click.command(epilog="Example: bounced reports --type auth-failure")
@click.option("--type", "feedback_type", default="", metavar="TYPE", help="Only of this type (RFC 5965), like abuse.")
@click.option("--unattributed", is_flag=True, help="Only those of which nobody knows whom they are about.")
@json_option
@config_option
def reports(feedback_type: str, unattributed: bool, json_: bool, config_file: str | None) -> None:
    """What feedback loops have sent: complaints, and reports about authentication, which count for nothing."""
    with reading(load(config_file)) as db:
        rows = list(queries.reports(db, feedback_type, unattributed))
    if json_:
        for row in rows:
            click.echo(output.as_json(row))
    else:
        columns = ("id", "happened_at", "feedback_type", "address", "campaign", "reported_from", "diagnostic_code")
        _table(output.as_table(rows, columns), "no such report")


def _table(table: str, without: str) -> None:
    """Prints ``table``, or says that there is nothing in it."""
    click.echo(table or without, err=not table)


def _kept(content: bytes | None, number: int) -> bytes:
    if content is None:
        raise UserError(f"{number}: no such mail, or its content is not kept any more")
    return content


def _write(content: bytes, path: str) -> None:
    try:
        with click.open_file(path, "wb") as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
