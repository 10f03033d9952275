"""What a format is: which columns and words another program has for what an entry says. Tables, no code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timezone
from email.utils import format_datetime
from typing import TextIO

from bounced import address, times
from bounced.lists import dates
from bounced.lists.entry import ABUSE, OPT_OUT, Entry, ListKind, explained
from bounced.lists.rows import Problem, Row, name_of, rows
from bounced.model import Cause, Class
from bounced.peer import printable, storable
from bounced.reasons import REASONS

#: Feedback types (RFC 5965 3.1) of complaints by a person.
COMPLAINT_TYPES = (ABUSE, "fraud", "virus", "other", OPT_OUT)

#: Names of columns, as bounced.lists.rows.name_of writes them, the first that is there counts.
Names = Sequence[str]

#: A row that suppresses nobody: a subscriber in a list of all of them.
NOBODY: ListKind | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """The list of a program. ``columns`` has what is written: the name of each column, and its cell for an entry."""

    name: str
    program: str  # for people
    address: Names
    columns: Mapping[str, Callable[[Entry], str]]
    date: Names = ()
    kind: Names = ()
    kinds: Mapping[str, ListKind | None] = field(default_factory=dict)  # by the words in ``kind``, in lower case
    also_kind: Names = ()  # a column that makes the word in ``kind`` more precise
    kind_by_column: Mapping[str, ListKind] = field(default_factory=dict)  # of rows that have such a column
    is_of_everybody: bool = False  # a row that says no kind suppresses nobody
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)  # what columns of other rows do not say
    default: ListKind | None = None  # of rows that do not say it; None: the admin has to
    detail: Names = ()
    status: Names = ()
    scope: Names = ()
    scopes: Mapping[str, str] = field(default_factory=dict)
    reason: Names = ()  # in our own words
    origin: Names = ()
    has_domains: bool = False  # an entry may be a domain, with or without "@"
    has_patterns: bool = False  # an entry may be a domain, or the domains below one
    has_header: bool = True  # what is written: CSV; False: one address in each line
    zone: timezone = UTC
    charset: str = "cp1252"  # of files that are not UTF-8
    read: Callable[[TextIO], Iterator[Row | Problem]] = lambda text: rows(text, is_address)

    def entries(self, text: TextIO, kind: ListKind | None = None, origin: str = "") -> Iterator[Entry | Problem | None]:
        """What each row says, ``None`` for one that suppresses nobody.

        ``kind`` is that of rows that do not say it, ``origin`` the name of the list.
        """
        reader = _Reader(self, kind or self.default, origin or self.name)
        for row in self.read(text):
            yield row if isinstance(row, Problem) else reader.entry(row)

    def cells(self, entry: Entry) -> list[str]:
        """The cells of ``entry``, in the order of ``columns``."""
        return [cell(entry) for cell in self.columns.values()]


def is_address(cell: str) -> bool:
    """True when a cell holds an address, so that its row is no header."""
    with suppress(ValueError):
        return bool(address.entry_key(cell.strip()))
    return False


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads rows of a format."""

    format: Format
    default: ListKind | None
    origin: str

    def entry(self, row: Row) -> Entry | Problem | None:
        try:
            return self._entry(_named(row.cells, self.format))
        except ValueError as error:
            return Problem(row.line, str(error))

    def _entry(self, cells: Mapping[str, str]) -> Entry | None:
        if any(column in cells and cells[column] not in values for column, values in self.format.only.items()):
            return None
        key = self._address(_first(cells, self.format.address))
        kind = self._kind(cells)
        return self._complete(key, kind, cells) if kind else None

    def _kind(self, cells: Mapping[str, str]) -> ListKind | None:
        """The kind of a row, ``None`` when it suppresses nobody. Raises ValueError when it does not say."""
        word = _first(cells, self.format.kind).strip().lower()
        for words in (f"{word} {_first(cells, self.format.also_kind).strip().lower()}", word):
            if words in self.format.kinds:
                return self.format.kinds[words]
        for column, kind in self.format.kind_by_column.items():
            if cells.get(column, "").strip():
                return kind
        if word:
            raise ValueError(f"{printable(word, 60)!r} is no cause of a suppression that is known")
        if self.default or self.format.is_of_everybody:
            return self.default
        for column, kind in self.format.kind_by_column.items():
            if column in cells:
                return kind
        raise ValueError("does not say why it is suppressed: add --cause")

    def _address(self, text: str) -> str:
        cell = text.strip().removeprefix("<").removesuffix(">")
        if not cell:
            raise ValueError("has no address")
        if self.format.has_domains and "@" not in cell and not cell.startswith("*"):
            cell = f"@{cell}"
        try:
            return address.entry_key(cell)
        except ValueError as error:
            raise ValueError(f"{printable(cell, 100)!r} {error}") from None

    def _complete(self, key: str, kind: ListKind, cells: Mapping[str, str]) -> Entry:
        detail = storable(_first(cells, self.format.detail))
        cause, reason, class_ = explained(kind, _first(cells, self.format.status).strip(), detail)
        own = self._own_reason(cells, cause)
        scope = _first(cells, self.format.scope).strip()
        return Entry(
            key,
            cause,
            own or reason,
            _class(own) if own and cause == "bounce" else class_,
            self.format.scopes.get(scope, storable(scope) if not self.format.scopes else ""),
            dates.parsed(_first(cells, self.format.date), self.format.zone),
            detail,
            storable(_first(cells, self.format.origin)) or self.origin,
        )

    def _own_reason(self, cells: Mapping[str, str], cause: Cause) -> str:
        """What a row says in our words, ``""`` when it does not or they are of another cause."""
        reason = _first(cells, self.format.reason).strip()
        known = {"bounce": REASONS, "complaint": COMPLAINT_TYPES, "manual": ()}[cause]
        return reason if reason in known else ""


def _class(reason: str) -> Class:
    return REASONS[reason][0]


def _named(cells: Mapping[str, str], format: Format) -> Mapping[str, str]:
    """``cells`` by the names of columns; where the file has no header by the order in which the format is written."""
    if "0" not in cells:
        return cells
    written = map(name_of, format.columns)
    return {name: cells[str(place)] for place, name in enumerate(written) if str(place) in cells}


def _first(cells: Mapping[str, str], names: Names) -> str:
    return next((cells[name] for name in names if cells.get(name)), "")


def iso(entry: Entry) -> str:
    """The date of an entry, ``""`` without one."""
    return times.iso(entry.at) if entry.at else ""


def seconds(entry: Entry) -> str:
    """The date of an entry in seconds since 1970."""
    return str(times.seconds(entry.at)) if entry.at else ""


def rfc5322(entry: Entry) -> str:
    """The date of an entry as mail has it."""
    return format_datetime(entry.at) if entry.at else ""


def when(*kinds: ListKind, zone: timezone = UTC) -> Callable[[Entry], str]:
    """A cell with the date of entries of ``kinds``, in ``zone``."""
    return lambda entry: f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if entry.at and entry.kind in kinds else ""


def of_kind(words: Mapping[ListKind, str]) -> Callable[[Entry], str]:
    """A cell with the word for the kind of an entry."""
    return lambda entry: words.get(entry.kind, "")
