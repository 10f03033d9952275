"""The type of arguments that are the number of a row, or how many rows."""

from __future__ import annotations

import click

from bounced.peer import printable

#: The greatest integer of SQLite.
LAST = 2**63 - 1


def row_number(text: str) -> int:
    """``text``, from 1 to LAST, which help would spell out for an IntRange. Raises BadParameter."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if not 1 <= value <= LAST:
        raise click.BadParameter(f"{printable(text)} is not a whole number between 1 and {LAST}.")
    return value
