"""What is shown on a terminal: tables that are cut to its columns, and a pager for what is longer than it.

Elsewhere, in a file or a pipe, nothing is cut: `bounced suppressions | less -S`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Any)

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
    return None if _is_wide() or not _is_terminal() else shutil.get_terminal_size().columns


def page(text: str) -> None:
    """Prints ``text``, with a pager where it is longer than the terminal."""
    if _is_terminal() and sys.stdin and sys.stdin.isatty() and text.count("\n") + 2 > shutil.get_terminal_size().lines:
        os.environ.setdefault("LESS", LESS_WIDE if _is_wide() else LESS)
        click.echo_via_pager(f"{text}\n")
    else:
        click.echo(text)


def fitted(table: Sequence[Sequence[str]], columns: int) -> Iterator[list[str]]:
    """The rows with their cells cut, so that they take at most ``columns``; the widest cells give first."""
    widths = [max(map(columns_of, cells)) for cells in zip(*table, strict=True)]
    available = columns - GAP * (len(widths) - 1)
    most = next((most for most in range(max(widths), 1, -1) if sum(min(most, one) for one in widths) <= available), 1)
    return ([cut(cell, most) for cell in row] for row in table)


def aligned(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of the rows, whose cells begin below each other."""
    widths = [max(map(columns_of, cells)) for cells in zip(*table, strict=True)]
    for row in table:
        padded = (cell + " " * (most - columns_of(cell)) for cell, most in zip(row, widths, strict=True))
        yield (" " * GAP).join(padded).rstrip()


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


def _is_terminal() -> bool:
    return bool(sys.stdout and sys.stdout.isatty())


def _is_wide() -> bool:
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_WIDE))
