"""Entries as the lines of a file for another program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from bounced.lists.cells import guarded
from bounced.lists.entry import Entry
from bounced.lists.format import Format
from bounced.peer import printable
from bounced.policy.patterns import DOMAIN, is_pattern


def lines(format: Format, entries: Iterable[Entry]) -> Iterator[str]:
    """A list in ``format``, line by line; entries that it can't tell are left out."""
    told = (entry for entry in entries if tells(format, entry))
    if not format.has_header:
        yield from ("".join((*format.cells(entry), "\n")) for entry in told)
        return
    yield _line(format.columns)
    yield from (_line(format.cells(entry)) for entry in told)


def tells(format: Format, entry: Entry) -> bool:
    """True when ``format`` has a form for the address or pattern of ``entry``."""
    if not is_pattern(entry.address):
        return True
    return format.has_patterns or (format.has_domains and entry.address.startswith(DOMAIN))


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([guarded(printable(cell, len(cell))) for cell in cells])
    return text.getvalue()
