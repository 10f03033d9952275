"""CSV files of the sender: rows of the tables ``sends``, ``recipients`` and ``deliveries``, checked and written."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from bounced import address, times
from bounced.peer import is_printable
from bounced.sent.log_dates import AHEAD

#: Rows of one transaction, at least: the rows of one message stay together.
TRANSACTION_ROWS = 5000

#: Rows that one transaction deletes, at most.
DROPPED_ROWS_LIMIT = 10_000

#: Characters of one value.
VALUE_LIMIT = 1000

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its CSV file: the columns in order, each with the function that converts its values."""

    columns: Mapping[str, Callable[[str], str]]
    needed: tuple[str, ...]
    insert: str
    shared: str = ""  # inserts the text of the first column, to which ``insert`` refers
    again: tuple[str, ...] = ()  # for a row whose key was there already


def _text(value: str) -> str:
    text = value.strip()
    if not is_printable(text, VALUE_LIMIT):
        raise ValueError("contains control characters, is not UTF-8 or is too long")
    return text


def _id(value: str) -> str:
    if not _text(value):
        raise ValueError("is empty")
    return _text(value)


def _message_id(value: str) -> str:
    message_id = _id(value).removeprefix("<").removesuffix(">")
    if not message_id or not {" ", "<", ">"}.isdisjoint(message_id):
        raise ValueError("is not a Message-ID")
    return message_id


def _date(value: str) -> str:
    try:
        return times.iso(times.parse(value)) if value else ""
    except (ValueError, OverflowError):
        raise ValueError("must look like 2026-09-01T12:00:00Z") from None


def _past_date(value: str) -> str:
    """A date of what has happened: not later than by clocks that differ, and zones that are left out."""
    at = _date(value)
    if at and times.parse(at) - times.now() > AHEAD:
        raise ValueError(f"is in the future: {at}")
    return at


SENDS = Table(
    {
        "message_id": _message_id,
        "address": address.provable,
        "campaign": _text,
        "stream": _text,
        "sending_domain": lambda value: _text(value).lower(),
        "sent_at": _date,
    },
    ("message_id", "address"),
    "INSERT INTO sends (message_id, address, campaign, stream, sending_domain, sent_at)"
    " VALUES (?, ?, ?, ?, ?, coalesce(nullif(?, ''), strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))) ON CONFLICT DO NOTHING",
    again=(
        # Some programs give all messages one Message-ID: what was sent before is known, too (m050_late_deliveries).
        "INSERT INTO texts (text) SELECT address FROM sends"
        " WHERE message_id = ?1 AND address = ?2 AND unixepoch(?6) < unixepoch(sent_at) ON CONFLICT DO NOTHING",
        "INSERT INTO deliveries (address, at, kind, message_id)"
        " SELECT texts.id, unixepoch(?6), 'sent', message_id FROM sends JOIN texts ON texts.text = sends.address"
        " WHERE message_id = ?1 AND sends.address = ?2 AND unixepoch(?6) < unixepoch(sent_at) ON CONFLICT DO NOTHING",
        "UPDATE sends SET sent_at = ?6 WHERE message_id = ?1 AND address = ?2 AND sent_at < ?6",
    ),
)

#: Without a date the one that is known stays.
RECIPIENTS = Table(
    {"id": _id, "address": address.provable, "confirmed_at": _past_date, "engaged_at": _past_date},
    ("id", "address"),
    "INSERT INTO recipients (id, address, confirmed_at, engaged_at) VALUES (?, ?, nullif(?, ''), nullif(?, ''))"
    " ON CONFLICT DO UPDATE SET address = excluded.address,"
    " confirmed_at = coalesce(excluded.confirmed_at, confirmed_at),"
    " engaged_at = coalesce(excluded.engaged_at, engaged_at)"
    " WHERE (address, confirmed_at, engaged_at) IS NOT (excluded.address,"
    " coalesce(excluded.confirmed_at, confirmed_at), coalesce(excluded.engaged_at, engaged_at))",
)

KINDS = ("delivered", "engaged")


def _kind(value: str) -> str:
    if value and value not in KINDS:
        raise ValueError(f"must be {' or '.join(KINDS)}")
    return value or KINDS[0]


#: What proves that mailboxes take mail. What the clock of another machine has as the future happens now.
DELIVERED = Table(
    {
        "address": address.provable,
        "at": _past_date,
        "kind": _kind,
        "message_id": lambda value: _message_id(value) if value else "",
    },
    ("address",),
    "INSERT INTO deliveries (address, at, kind, message_id)"
    " SELECT id, min(coalesce(unixepoch(nullif(?2, '')), unixepoch()), unixepoch()), ?3, ?4"
    " FROM texts WHERE text = ?1 ON CONFLICT DO NOTHING",
    "INSERT INTO texts (text) VALUES (?) ON CONFLICT DO NOTHING",
)


def problems(lines: Iterable[str], table: Table) -> Iterator[str]:
    """The problems of a file, one line each."""
    return (row for row in _parsed(lines, table) if isinstance(row, str))


def pieces(lines: Iterable[str], table: Table) -> Iterator[list[Row]]:
    """The rows of a file without problems, grouped for transactions."""
    piece: list[Row] = []
    for row in _parsed(lines, table):
        if len(piece) >= TRANSACTION_ROWS and row[0] != piece[-1][0]:
            yield piece
            piece = []
        piece.append(tuple(row))
    if piece:
        yield piece


def of_tenant(rows: Iterable[Row], table: Table, tenant: str) -> list[Row]:
    """``rows`` as they stand for ``tenant``: whom they name, and by which id."""
    are_keys = [name in ("address", "id") for name in table.columns]
    return [
        tuple(address.of_tenant(tenant, text) if is_key else text for text, is_key in zip(row, are_keys, strict=True))
        for row in rows
    ]


def write(db: Database, table: Table, rows: list[Row]) -> int:
    """Writes rows, and returns how many of them are new or changed. Call inside a transaction of the ledger."""
    if table.shared:
        db.conn.executemany(table.shared, [row[:1] for row in rows])
    new = db.conn.executemany(table.insert, rows).rowcount
    return new if new == len(rows) or not table.again else new + sum(_again(db, table, row) for row in rows)


def _again(db: Database, table: Table, row: Row) -> int:
    """Writes a row whose key may have been there already; returns 1 if that changed something."""
    return max(db.conn.execute(statement, row).rowcount for statement in table.again)


def drop(db: Database, before: str) -> int:
    """Deletes the oldest DROPPED_ROWS_LIMIT rows of ``sends``, and ``volume``, before a date; returns their number."""
    sends = """
    DELETE FROM sends WHERE (message_id, address) IN (
        SELECT message_id, address FROM sends WHERE sent_at < ? ORDER BY sent_at LIMIT ?
    )
    """
    db.execute("DELETE FROM volume WHERE day < ?", [before[:10]])
    return db.execute(sends, [before, DROPPED_ROWS_LIMIT]).rowcount


def _parsed(lines: Iterable[str], table: Table) -> Iterator[Row | str]:
    """Every row, or its problem."""
    reader = csv.reader(lines, strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        if wrong := _head_problem(head, table):
            yield wrong
            return
        for cells in reader:
            if cells:
                yield _row(cells, head, table, reader.line_num)
    except csv.Error as error:
        yield f"line {reader.line_num}: {error}"


def _head_problem(head: list[str], table: Table) -> str:
    known = ",".join(table.columns)
    if set(head) - set(table.columns) or set(table.needed) - set(head) or len(set(head)) < len(head):
        return f"line 1: must be a header row with {' and '.join(table.needed)} at least, of: {known}"
    return ""


def _row(cells: list[str], head: list[str], table: Table, line: int) -> Row | str:
    if len(cells) != len(head):
        return f"line {line}: has {len(cells)} values for {len(head)} columns"
    values = dict(zip(head, cells, strict=True))
    row = []
    for name, value in table.columns.items():
        try:
            row.append(value(values.get(name, "")))
        except ValueError as error:
            return f"line {line}: {name} {error}"
    return tuple(row)
