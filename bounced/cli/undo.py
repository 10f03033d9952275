"""Commands that take failures back by what happened, and count them again."""

from __future__ import annotations

import json
import shlex
from typing import Any

import click

from bounced import times
from bounced.cli import output
from bounced.cli.common import config_option, json_option, known_tenant, load, read_only, tenant_option
from bounced.cli.difference import difference_row, totals, words
from bounced.cli.filtering import chosen, filter_options, is_filter, narrowed
from bounced.cli.help import command
from bounced.cli.listing import limit_option, rows_wanted, show
from bounced.cli.numbers import row_number
from bounced.cli.writing import writable
from bounced.errors import UserError
from bounced.ledger import queries
from bounced.ledger import undo as undos
from bounced.ledger.queries import Row
from bounced.ledger.suppressions import Folded
from bounced.peer import counted, printable

COLUMNS = ("decision", "decided_at", "filter", "failures", "redone_at", "why")


@command(epilog="Example: bounced undo --since 2026-12-14 --until 2026-12-16 --provider gmail.com --text 5.1.1")
@filter_options
@tenant_option
@click.option("--why", default="", help="Reason, recorded in the history.")
@click.option("--yes", is_flag=True, help="Do it; without this, only show what would change.")
@click.option("--list", "list_", is_flag=True, help="List what was taken back, newest first, and change nothing.")
@limit_option
@json_option
@config_option
def undo(
    tenant: str,
    why: str,
    yes: bool,
    list_: bool,
    limit: int | None,
    json_: bool,
    config_file: str | None,
    **options: Any,
) -> None:
    """Take back failures by what happened, an outage say: they count for nothing, in suppressions and in rates.

    Shows what would change, and does it with --yes. `bounced redo NUMBER` counts them again.
    """
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    if list_:
        with read_only(config) as db:
            listing = queries.undos(db, rows_wanted(limit, for_programs=json_), tenant)
            dates = {name: options.pop(name) for name in ("since", "until")}
            if is_filter(options):
                raise UserError("--list takes no other filter than --since and --until, by when it was decided")
            shown = narrowed(listing, dates, date="decided_at")
            show(shown, COLUMNS, "nothing was taken back", json_=json_, row=_with_filter if json_ else _with_options)
        return
    filter_ = chosen(tenant, **options)
    with read_only(config) as db:
        failures, changes = undos.preview(db, filter_, config.rule(), times.now())
    answer: dict[str, Any] = {"filter": filter_.asked(), "failures": failures, **difference_row(changes)}
    if yes and failures:
        with writable(config, backups=config.database.backups) as ledger:
            answer["decision"], folded = ledger.undo.undo(filter_, printable(why, 500))
        answer |= {"suppressed": len(folded.started), "released": len(folded.ended)}
    if json_:
        click.echo(output.as_json(answer))
        return
    done = f"decision {answer['decision']}: took back" if "decision" in answer else "would take back"
    click.echo(f"{done} {counted(failures, 'failure')} of {counted(changes.addresses, 'address', 'es')}")
    for line in words(changes):
        click.echo(line)
    if not yes and failures:
        click.echo("nothing was changed; --yes does it", err=True)


def _with_filter(row: Row) -> Row:
    return {**row, "filter": json.loads(row["filter"])}


def _with_options(row: Row) -> Row:
    """The row with its filter as it was given on the command line."""
    asked = json.loads(row["filter"])
    return {**row, "filter": " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in asked.items())}


@command(epilog="Example: bounced redo 3")
@click.argument("number", type=row_number, metavar="NUMBER")
@json_option
@config_option
def redo(number: int, json_: bool, config_file: str | None) -> None:
    """Count again what `bounced undo` took back, by the number of that decision (`bounced undo --list`)."""
    config = load(config_file)
    with writable(config, backups=config.database.backups) as ledger:
        folded: Folded = ledger.undo.redo(number)
    suppressed, released = len(folded.started), len(folded.ended)
    if json_:
        click.echo(output.as_json({"decision": number, "suppressed": suppressed, "released": released}))
    else:
        click.echo(f"decision {number}: its failures count again; {totals(suppressed, released)}", err=True)
