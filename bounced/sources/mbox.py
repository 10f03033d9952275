"""One file, one or many mails: an mbox (RFC 4155, mboxo, mboxrd) taken apart as a stream (pure).

A separator is a ``From `` line at the start or behind an empty line. One level of ``>`` is taken off
``>From `` lines, as mboxrd put it on. Of a message no more than PREFIX octets are kept in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bounced.sources.arrival import parse_date
from bounced.sources.batches import PREFIX

_PIECE = 65_536
_EMPTY = (b"\n", b"\r\n")


class Stream(Protocol):
    """What is needed of a binary file."""

    def read(self, size: int, /) -> bytes:
        """``size`` octets at most, none at the end."""
        ...

    def readline(self, size: int, /) -> bytes:
        """The rest of the line, ``size`` octets at most."""
        ...


@dataclass(slots=True)
class Extract:
    """The first PREFIX octets of a message, its whole size and the date of its ``From `` line."""

    dated: datetime | None = None
    content: bytearray = field(default_factory=bytearray)
    size: int = 0

    def add(self, piece: bytes) -> None:
        """Counts ``piece`` and keeps what of it fits."""
        self.content += piece[: PREFIX - len(self.content)]
        self.size += len(piece)


def is_mbox(start: bytes) -> bool:
    """True when a file that begins with ``start`` is an mbox."""
    return start.startswith(b"From ")


def whole(stream: Stream) -> Iterator[Extract]:
    """The one mail that ``stream`` is, an empty one when it is empty."""
    mail = Extract()
    while piece := stream.read(_PIECE):
        mail.add(piece)
    yield mail


def split(stream: Stream) -> Iterator[Extract]:
    """Every mail of the mbox ``stream``, in its order. The empty line before a separator belongs to it."""
    mail: Extract | None = None
    empty = b"\n"  # an empty line that was not yet given to the mail, "" for none; the start counts as one
    for line, at_start in _pieces(stream):
        if empty and is_mbox(line):
            if mail:
                yield mail
            mail, empty = Extract(dated=_date(line)), b""
            continue
        if mail is None:
            if line in _EMPTY:
                continue
            mail, empty = Extract(), b""
        mail.add(empty)
        empty = line if at_start and line in _EMPTY else b""
        if not empty:
            mail.add(_unquoted(line) if at_start else line)
    if mail:
        yield mail


def _pieces(stream: Stream) -> Iterator[tuple[bytes, bool]]:
    """Lines, cut at 64 KiB, each with whether it begins a line."""
    at_start = True
    while piece := stream.readline(_PIECE):
        yield piece, at_start
        at_start = piece.endswith(b"\n")


def _unquoted(line: bytes) -> bytes:
    return line[1:] if line[:1] == b">" and line.lstrip(b">").startswith(b"From ") else line


def _date(separator: bytes) -> datetime | None:
    """The date of ``From sender date``: asctime in UTC by RFC 4155."""
    return parse_date(separator[5:].strip().partition(b" ")[2])
