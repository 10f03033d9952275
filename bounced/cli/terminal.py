"""What is shown on a terminal: tables that are cut to its columns, and a pager for what is longer than it.

Elsewhere, in a file or a pipe, nothing is cut: `bounced suppressions | less -S`.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Any)

#: A header row, and rows of cells.
Table = Sequence[Sequence[str]]

#: A date as tables have it, whole or to the minute, and how long it is to the minute and to the day.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\dZ)?", re.ASCII)
MINUTE_LENGTH, DAY_LENGTH = len("2026-09-01T12:00"), len("2026-09-01")

#: So much of a cell is shown rather than columns that can be spared.
CELL_COLUMNS_MIN = 20

#: What stands at the right of its column.
NUMBER = re.compile(r"-?\d[\d,]*(\.\d+)?( %)?", re.ASCII)

#: Where the context of a command says that nothing is to be cut.
_WIDE = f"{__name__}.wide"

#: Between two columns.
GAP = 2

#: Ends at once if all fits, shows colors, leaves the screen as it is; what is wide is cut there and can be scrolled.
LESS, LESS_WIDE = "FRX", "FRSX"


def wide_option(function: Function) -> Function:
    """Adds ``--wide``, which ``width`` and ``page`` know of."""
    option: Function = click.option(
        "--wide",
        is_flag=True,
        expose_value=False,
        callback=lambda context, _, value: context.meta.update({_WIDE: value}),
        help="Do not cut the table to the terminal.",
    )(function)
    return option


def width() -> int | None:
    """The columns that a table may have, ``None`` for any number."""
    return None if _is_wide() or not is_terminal() else shutil.get_terminal_size().columns


def page(text: str) -> None:
    """Prints ``text``, with a pager where it is longer than the terminal."""
    if is_terminal() and sys.stdin.isatty() and text.count("\n") + 2 > shutil.get_terminal_size().lines:
        os.environ.setdefault("LESS", LESS_WIDE if _is_wide() else LESS)
        click.echo_via_pager(f"{text}\n")
    else:
        click.echo(text)


def fitted(table: Table, columns: int, spare: Sequence[str] = ()) -> Iterator[list[str]]:
    """The rows so that they take at most ``columns``.

    Columns without any value go first; then cells are cut, the widest first, and dates lose their time before that.
    Before too little of a cell could be read, dates become days, and the columns ``spare`` go one after the other.
    """
    shorter = table if _width(table) <= columns else _without_empty_columns(table)
    for name in spare:
        if _is_readable(_with_dates(shorter, DAY_LENGTH), columns):
            break
        shorter = _without_column(shorter, name)
    for length in (MINUTE_LENGTH, DAY_LENGTH):
        if _most(shorter, columns) < _longest_date(shorter) or (spare and not _is_readable(shorter, columns)):
            shorter = _with_dates(shorter, length)
    most = _most(shorter, columns)
    return ([cut(cell, most) for cell in row] for row in shorter)


def _is_readable(table: Table, columns: int) -> bool:
    """Whether enough is left of each cell that is cut."""
    return _most(table, columns) >= min(CELL_COLUMNS_MIN, max(_widths(table)))


def _with_dates(table: Table, length: int) -> Table:
    return [[cell[:length] if DATE.fullmatch(cell) else cell for cell in row] for row in table]


def _without_column(table: Table, name: str) -> Table:
    kept = [place for place, head in enumerate(table[0]) if head != name]
    return [[row[place] for place in kept] for row in table]


def _most(table: Table, columns: int) -> int:
    """How many columns of the terminal a cell may take at most."""
    widths = _widths(table)
    available = columns - GAP * (len(widths) - 1)
    return next((most for most in range(max(widths), 1, -1) if sum(min(most, one) for one in widths) <= available), 1)


def _longest_date(table: Table) -> int:
    return max((len(cell) for row in table for cell in row if DATE.fullmatch(cell)), default=0)


def _without_empty_columns(table: Table) -> Table:
    kept = [place for place, cells in enumerate(zip(*table[1:], strict=True)) if any(cells)]
    return [[row[place] for place in kept] for row in table] if kept else table


def _width(table: Table) -> int:
    widths = _widths(table)
    return sum(widths) + GAP * (len(widths) - 1)


def _widths(table: Table) -> list[int]:
    return [max(map(columns_of, cells)) for cells in zip(*table, strict=True)]


def aligned(table: Table) -> Iterator[str]:
    """The lines of the rows, whose cells begin below each other; numbers end below each other."""
    widths, numeric = _widths(table), [_is_numeric(cells[1:]) for cells in zip(*table, strict=True)]
    for row in table:
        yield (" " * GAP).join(map(_padded, row, widths, numeric)).rstrip()


def _is_numeric(cells: Sequence[str]) -> bool:
    """Whether a column has numbers only, and some."""
    return any(cells) and all(NUMBER.fullmatch(cell) for cell in cells if cell)


def _padded(cell: str, columns: int, is_number: bool) -> str:
    space = " " * (columns - columns_of(cell))
    return f"{space}{cell}" if is_number else f"{cell}{space}"


def cut(text: str, columns: int) -> str:
    """``text`` in at most ``columns`` columns, with an ellipsis where something is missing."""
    if columns_of(text) <= columns:
        return text
    taken = 0
    for place, char in enumerate(text):
        taken += columns_of(char)
        if taken >= columns:
            return f"{text[:place]}…"
    return text


def columns_of(text: str) -> int:
    """The columns that ``text`` takes: two for each wide character, none for an accent of its own."""
    if text.isascii():
        return len(text)
    from wcwidth import wcwidth  # for which `check` would wait

    # What makes an emoji of the character before it makes that wide.
    return sum(1 if char == "\N{VARIATION SELECTOR-16}" else max(0, wcwidth(char)) for char in text)


def is_terminal() -> bool:
    """Whether a person sees what is printed, and not a file, a pipe or a monitor."""
    return sys.stdout.isatty()


def _is_wide() -> bool:
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_WIDE))
