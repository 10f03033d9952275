"""What an event is about since its attribution, as SQL."""

from __future__ import annotations


def attributed(column: str) -> str:
    """The column of the attribution of a row of ``events``, NULL where there is none.

    SQLite looks it up for each event. Of ``LEFT JOIN attributions`` it makes a table of all attributions, each time.
    """
    return f"(SELECT {column} FROM attributions WHERE attributions.event = events.id)"  # noqa: S608


def latest(column: str) -> str:
    """The same, as the event was recorded where there is none."""
    return f"coalesce({attributed(column)}, events.{column})"
