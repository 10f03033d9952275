"""How the commands that list rows print them: the newest first, as many as wanted, and how many more there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import click

from bounced.cli import output, terminal
from bounced.cli.numbers import row_number
from bounced.ledger.queries import ALL, Row

Function = TypeVar("Function", bound=Any)

#: Rows of a table when nobody says how many: it is put together in memory, and read by a person.
TABLE_ROWS = 1000


def limit_option(function: Function) -> Function:
    """Adds ``--limit`` and ``--wide``."""
    option: Function = click.option(
        "--limit",
        type=row_number,
        metavar="N",
        help=f"The N newest only. Default: {TABLE_ROWS}; all with --json or --csv.",
    )(terminal.wide_option(function))
    return option


def rows_wanted(limit: int | None, *, for_programs: bool) -> int:
    """How many rows to ask for."""
    return limit or (ALL if for_programs else TABLE_ROWS)


class Shown(Protocol):
    """Rows to show, and how many there are beyond them."""

    def __iter__(self) -> Iterator[Row]: ...

    @property
    def more(self) -> int: ...


class Rows:
    """The first ``limit`` of ``rows``: of a list that is short."""

    def __init__(self, rows: Sequence[Row], limit: int) -> None:
        self._rows = rows if limit == ALL else rows[:limit]
        self.more = len(rows) - len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)


def show(
    listing: Shown,
    columns: Sequence[str],
    empty: str,
    *,
    json_: bool,
    csv: Sequence[str] = (),
    spare: Sequence[str] = (),
    row: Callable[[Row], Row] = lambda row: row,
) -> None:
    """Prints the rows, or ``empty`` when there are none, and how many more there are on standard error.

    A terminal that is too narrow may lack the columns ``spare``. For programs, as JSON or as CSV with the columns
    ``csv``, a row is printed as soon as it is read.
    """
    rows: Iterable[Row] = map(row, listing)
    if json_ or csv:
        for line in map(output.as_json, rows) if json_ else output.as_csv(rows, csv):
            click.echo(line)
    else:
        if table := output.as_table(rows, columns, spare):
            terminal.page(table)
        else:
            click.echo(empty, err=True)
    if more := listing.more:
        click.echo(f"and {more} more (--limit)", err=True)
