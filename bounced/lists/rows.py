"""Files of lists as rows: CSV with any common separator and encoding, JSON, JSON lines, and lines of text.

1. What is read is bounded: a line of LINE_LIMIT characters, a JSON object as json_records says.
2. A row that can't be read is a Problem with the number of its line; the next ones are read all the same.
3. Names of columns are in lower case, without what separates their words: "Email Address" is ``emailaddress``.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, BinaryIO, TextIO

from bounced.lists.cells import unguarded
from bounced.lists.json_records import DEPTH_LIMIT, json_records
from bounced.lists.table import Table

#: Characters of a line, or of a cell.
LINE_LIMIT = 1_000_000

#: Octets from which the encoding is told.
PROBE_OCTETS = 64 * 1024

SEPARATORS = ",;\t|"

#: First lines that name the separator, as Excel writes them.
_SEPARATOR_LINES = tuple(f"sep={separator}" for separator in SEPARATORS)

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line, by the names of their columns; by their places where the file has no header."""

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line can't be taken."""

    line: int
    text: str


def text_of(file: BinaryIO, charset: str = "cp1252") -> TextIO:
    """``file``, which can be peeked into, as text. ``charset`` is that of files that are not UTF-8."""
    peek: Callable[[int], bytes] = getattr(file, "peek", lambda _: b"")
    return io.TextIOWrapper(file, encoding_of(peek(PROBE_OCTETS), charset), errors="replace", newline="")


def encoding_of(probe: bytes, charset: str) -> str:
    """The encoding of a file that begins with ``probe``."""
    for bom, encoding in _BOMS:
        if probe.startswith(bom):
            return encoding
    if b"\0" in probe[:4]:  # UTF-16 without its mark: an ASCII character has a zero beside it
        return "utf-16-be" if probe[:1] == b"\0" else "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(probe)
    except UnicodeDecodeError:
        return charset
    return "utf-8"


def rows(text: TextIO, is_data: Callable[[str], bool]) -> Iterator[Row | Problem]:
    """The rows of a file of CSV or JSON; ``is_data`` says of a cell that it is no name of a column."""
    lines = _lines(text)
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith(("{", "[")):
        yield from _objects(chain([first], lines))
    else:
        yield from _table(first, lines, is_data)


def name_of(column: str) -> str:
    """The name of a column without what programs write differently."""
    return "".join(char for char in column.lower() if char not in " _-'\"")


def _lines(text: TextIO) -> Iterator[str]:
    return iter(lambda: text.readline(LINE_LIMIT), "")


def _table(first: str, lines: Iterator[str], is_data: Callable[[str], bool]) -> Iterator[Row | Problem]:
    if first.strip().lower() in _SEPARATOR_LINES:
        first, offset = next(lines, ""), 1
    else:
        offset = 0
    table = Table(chain([first], lines), _separator(first), is_data, offset)
    head: list[str] | None = None
    for line, cells in table:
        if isinstance(cells, str):
            yield Problem(line, cells)
        elif head is None and not any(map(is_data, cells)):
            head = list(map(name_of, cells))
        elif any(cell.strip() for cell in cells):
            yield _row(line, head, cells)


def _row(line: int, head: list[str] | None, cells: list[str]) -> Row | Problem:
    names = head or list(map(str, range(len(cells))))
    if any(cells[len(names) :]):
        return Problem(line, f"has {len(cells)} cells for {len(names)} columns")
    return Row(line, {name: unguarded(cell) for name, cell in zip(names, cells, strict=False)})


def _separator(line: str) -> str:
    """The separator of a CSV file that begins with ``line``."""
    bare = "".join(line.split('"')[::2])
    return max(SEPARATORS, key=bare.count)


def _objects(lines: Iterable[str]) -> Iterator[Row | Problem]:
    """The records of JSON documents. These are counted, not the lines."""
    for number, record in enumerate(json_records(lines), 1):
        yield Row(number, dict(_flat(record))) if isinstance(record, dict) else Problem(number, record)


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The values of a record; of an inner one with both names: ``reason.code``."""
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name_of(name)}.") if before.count(".") < DEPTH_LIMIT else ()
        elif value is not None:
            yield f"{before}{name_of(name)}", value if isinstance(value, str) else json.dumps(value)
