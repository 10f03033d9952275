"""Sympa: the bounces in a dump of subscribers, and the block list.

`sympa dump` writes member.dump: a block of lines for each subscriber, a name and a value in each, among them email,
bounce ("first last count status", the dates in seconds since 1970) and bounce_score. Subscribers without ``bounce``
suppress nobody. search_filters/blocklist.txt has an address or a pattern (``*@example.com``) in each line; that is
what is written, for `sympa del` too.
https://manpages.debian.org/sympa-dump.1
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TextIO

from bounced.lists.format import Format
from bounced.lists.rows import LINE_LIMIT, Problem, Row

#: Lines of a block.
BLOCK_LIMIT = 100


def _rows(text: TextIO) -> Iterator[Row | Problem]:
    """A row for each subscriber of a dump, or for each line of a block list."""
    block: dict[str, str] = {}
    lines = iter(lambda: text.readline(LINE_LIMIT), "")
    for number, line in enumerate(chain(lines, ("",)), 1):
        words = line.split(maxsplit=1)
        if not words:
            yield from _subscriber(number, block)
            block = {}
        elif "@" in words[0] or words[0].startswith("*"):
            yield Row(number, {"email": words[0], "kind": "listed"})
        elif not words[0].startswith("#") and len(block) < BLOCK_LIMIT:
            block[words[0]] = words[1].strip() if len(words) > 1 else ""


def _subscriber(line: int, block: dict[str, str]) -> Iterator[Row]:
    if not block:
        return
    first, last, *_, status = [*block.get("bounce", "").split(), "", "", ""][:4]
    kind = ("soft" if status.startswith("4") else "hard") if "bounce" in block else ""
    yield Row(line, {**block, "last": last or first, "status": status, "kind": kind})


FORMAT = Format(
    "sympa",
    "Sympa",
    address=("email",),
    date=("last",),
    kind=("kind",),
    kinds={"hard": "hard", "soft": "soft", "listed": "manual"},
    is_of_everybody=True,
    status=("status",),
    read=_rows,
    has_patterns=True,
    has_header=False,
    columns={"email": lambda entry: entry.address},
)
