"""One file, one or many messages: an mbox (RFC 4155, mboxo, mboxrd) split as a stream (pure).

A separator is a ``From `` line at the start or after an empty line, outside of the body that Content-Length states,
where that leads to a separator or the end. One level of ``>`` is removed from ``>From `` lines, as mboxrd added it. No
more than CONTENT_LIMIT octets of a message are kept in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bounced.sources.arrival import parse_date
from bounced.sources.batches import CONTENT_LIMIT

_CHUNK_SIZE = 65_536
_EMPTY_LINES = (b"\n", b"\r\n")
_CONTENT_LENGTH = re.compile(rb"content-length[ \t]{0,8}:[ \t]{0,8}([0-9]{1,12})\s*$", re.IGNORECASE)


class Stream(Protocol):
    """The methods of a binary file that are used."""

    def read(self, size: int, /) -> bytes:
        """``size`` octets at most, none at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """The rest of the line, ``size`` octets at most."""
        ...

    def tell(self) -> int:
        """The position."""
        ...

    def seek(self, offset: int, /) -> int:
        """Goes to a position."""
        ...


@dataclass(slots=True)
class Extract:
    """The first CONTENT_LIMIT octets of a message, its whole size and the date of its ``From `` line."""

    dated: datetime | None = None
    content: bytearray = field(default_factory=bytearray)
    size: int = 0
    unquoted: int = 0  # lines that begin with "From " and were not taken for a separator

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


def split(stream: Stream, *, seekable: bool = False) -> Iterator[Extract]:
    """Every message of the mbox ``stream``, in order. The empty line before a separator belongs to the separator.

    Content-Length is used when ``stream`` is ``seekable``.
    """
    mail: Extract | None = None
    body = _Body(stream, seekable)
    empty = b"\n"  # an empty line not yet added to the message, "" for none; the start counts as one
    for line, at_start in _pieces(stream):
        begins = at_start and is_mbox(line)
        if empty and begins and not body.holds(line):
            if mail:
                yield mail
            mail, empty = Extract(dated=_date(line)), b""
            body = _Body(stream, seekable)
            continue
        body.add(line, at_start)
        if mail is None:
            if line in _EMPTY_LINES:
                continue
            mail, empty = Extract(), b""
        mail.unquoted += begins
        mail.add(empty)
        empty = line if at_start and line in _EMPTY_LINES else b""
        if not empty:
            mail.add(_unquoted(line) if at_start else line)
    if mail:
        yield mail


class _Body:
    """How much is left of the message that is read, by its Content-Length."""

    def __init__(self, stream: Stream, seekable: bool) -> None:
        self._stream = stream
        self._left = 0
        self._in_header = seekable
        self._leads: bool | None = None  # to a separator or the end; looked at once

    def add(self, line: bytes, at_start: bool) -> None:
        """Counts ``line``."""
        if not self._in_header:
            self._left -= len(line)
        elif at_start and line in _EMPTY_LINES:
            self._in_header = False
        elif at_start and (stated := _CONTENT_LENGTH.match(line)):
            self._left = int(stated[1])

    def holds(self, separator: bytes) -> bool:
        """True when ``separator``, which was just read, is a line of the body."""
        if self._in_header or self._left < len(separator):
            return False
        if self._leads is None:
            self._leads = self._leads_to_end(self._left - len(separator))
        return self._leads

    def _leads_to_end(self, octets: int) -> bool:
        here = self._stream.tell()
        self._stream.seek(here + octets - 1)
        last = self._stream.read(1)
        following = self._stream.readline(_CHUNK_SIZE)
        if following in _EMPTY_LINES:
            following = self._stream.readline(_CHUNK_SIZE)
        self._stream.seek(here)
        return bool(last) and (is_mbox(following) or not following)


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
