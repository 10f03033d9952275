"""One file, one or many messages: an mbox (RFC 4155, mboxo, mboxrd) split as a stream (pure).

A separator is a ``From `` line at the start or after an empty line. One level of ``>`` is removed from
``>From `` lines, as mboxrd added it. Of a message no more than CONTENT_LIMIT octets are kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bounced.sources.arrival import parse_date
from bounced.sources.batches import CONTENT_LIMIT

_CHUNK_SIZE = 65_536
_EMPTY_LINES = (b"\n", b"\r\n")


class Stream(Protocol):
    """The methods of a binary file that are used."""

    def read(self, size: int, /) -> bytes:
        """``size`` octets at most, none at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """The rest of the line, ``size`` octets at most."""
        ...


@dataclass(slots=True)
class Extract:
    """The first CONTENT_LIMIT octets of a message, its whole size and the date of its ``From `` line."""

    dated: datetime | None = None
    content: bytearray = field(default_factory=bytearray)
    size: int = 0

    def add(self, piece: bytes) -> None:
        """Counts ``piece`` and keeps as much of it as fits."""
        self.content += piece[: CONTENT_LIMIT - len(self.content)]
        self.size += len(piece)


def is_mbox(start: bytes) -> bool:
    """True when a file that begins with ``start`` is an mbox."""
    return start.startswith(b"From ")


def whole(stream: Stream) -> Iterator[Extract]:
    """All of ``stream`` as one message, an empty one if it is empty."""
    mail = Extract()
    while piece := stream.read(_CHUNK_SIZE):
        mail.add(piece)
    yield mail


def split(stream: Stream) -> Iterator[Extract]:
    """Every message of the mbox ``stream``, in order. The empty line before a separator belongs to the separator."""
    mail: Extract | None = None
    empty = b"\n"  # an empty line not yet added to the message, "" for none; the start counts as one
    for line, at_start in _pieces(stream):
        if empty and is_mbox(line):
            if mail:
                yield mail
            mail, empty = Extract(dated=_date(line)), b""
            continue
        if mail is None:
            if line in _EMPTY_LINES:
                continue
            mail, empty = Extract(), b""
        mail.add(empty)
        empty = line if at_start and line in _EMPTY_LINES else b""
        if not empty:
            mail.add(_unquoted(line) if at_start else line)
    if mail:
        yield mail


def _pieces(stream: Stream) -> Iterator[tuple[bytes, bool]]:
    """Lines, cut at 64 KiB, each with whether it is the beginning of one."""
    at_start = True
    while piece := stream.readline(_CHUNK_SIZE):
        yield piece, at_start
        at_start = piece.endswith(b"\n")


def _unquoted(line: bytes) -> bytes:
    return line[1:] if line[:1] == b">" and line.lstrip(b">").startswith(b"From ") else line


def _date(separator: bytes) -> datetime | None:
    """The date of ``From sender date``: asctime in UTC by RFC 4155."""
    return parse_date(separator[5:].strip().partition(b" ")[2])
