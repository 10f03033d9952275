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
from typing import NamedTuple, Protocol

from bounced.sources.arrival import parse_date
from bounced.sources.batches import CONTENT_LIMIT

_CHUNK_SIZE = 65_536
_BLOCK_SIZES = (4096, 65_536)  # small ones at first, so that the position moves with the messages of small files
_EMPTY_LINES = (b"\n", b"\r\n")
_FIRST_EMPTY_LINES = re.compile(rb"(?:\r?\n)+")
_CONTENT_LENGTH = rb"content-length[ \t]{0,8}:[ \t]{0,8}([0-9]{1,12})[ \t\r\f\v]*(?=\n|\Z)"
_LENGTH_OR_END_OF_HEADER = re.compile(rb"\n(?:\r?\n|%b)" % _CONTENT_LENGTH, re.IGNORECASE)
_FROM = re.compile(rb"\n(?:From |(>+)From )")
_QUOTED_FROM = re.compile(rb"\n>(?=>*From )")


class Stream(Protocol):
    """The methods of a binary file that are used."""

    def read(self, size: int, /) -> bytes:
        """``size`` octets at most, none at the end."""
        ...

    def read1(self, size: int, /) -> bytes:
        """The same, without waiting for more than one octet."""
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
    """The first CONTENT_LIMIT octets of a message, its whole size and its ``From `` line."""

    separator: bytes = b""
    content: bytearray = field(default_factory=bytearray)
    size: int = 0
    unquoted: int = 0  # lines that begin with "From " and were not taken for a separator
    empty: bytes = b""  # an empty line that was read last, and is not part of it if a separator follows
    start: int = 0  # where its separator begins in a stream that is seekable

    @property
    def dated(self) -> datetime | None:
        """The date of ``From sender date``: asctime in UTC by RFC 4155."""
        return parse_date(self.separator[5:].strip().partition(b" ")[2])

    def add(self, piece: bytes) -> None:
        """Counts ``piece`` and keeps as much of it as fits."""
        self.content += piece[: CONTENT_LIMIT - len(self.content)]
        self.size += len(piece)

    def add_lines(self, lines: bytes, *, quotes: bool) -> None:
        """Adds ``lines``, which begin with the octet before them; ``quotes``: some are quoted ``From `` lines."""
        if len(lines) > 1:
            self.add(self.empty)
            self.empty = b"\n" if lines.endswith(b"\n\n") else b"\r\n" if lines.endswith(b"\n\r\n") else b""
            text = _QUOTED_FROM.sub(b"\n", lines) if quotes else lines
            self.add(text[1 : len(text) - len(self.empty)])

    def add_unquoted(self, separator: bytes) -> None:
        """Adds a line that could be a separator."""
        self.add(self.empty + separator)
        self.unquoted += 1
        self.empty = b""


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
    mail, body = Extract(empty=b"\n"), _Body(stream, seekable)  # the start counts as an empty line
    has_begun = False
    for section in _sections(stream, stream.tell() if seekable else 0):
        body.add(section.lines)
        lines = section.lines if has_begun else _FIRST_EMPTY_LINES.sub(b"\n", section.lines, count=1)
        if not has_begun and len(lines) > 1:
            mail, has_begun = Extract(), True
        mail.add_lines(lines, quotes=section.quotes)
        if section.separator and mail.empty and not body.holds(section):
            if has_begun:
                yield mail
            mail, body, has_begun = (
                Extract(section.separator, start=section.end - len(section.separator)),
                _Body(stream, seekable),
                True,
            )
        elif section.separator:
            mail.add_unquoted(section.separator)
            body.add(b"\n" + section.separator)
    if has_begun:
        yield mail


class _Section(NamedTuple):
    """Lines without a ``From `` line, after the octet before them, and that line, if one follows; cut at 64 KiB."""

    lines: bytes
    quotes: bool  # some of them are quoted ``From `` lines
    separator: bytes
    end: int  # its position in the stream


def _sections(stream: Stream, position: int) -> Iterator[_Section]:
    """The sections from ``position`` on; lines of more than 64 KiB may be parted."""
    data = b"\n"  # the octet before the rest of what was read, and the rest
    while block := stream.read1(min(max(position // 8, _BLOCK_SIZES[0]), _BLOCK_SIZES[1])):
        data += block
        end = data.rfind(b"\n", 1) + 1 or (len(data) if len(data) > _CHUNK_SIZE else 1)
        yield from _sections_of(data[:end], position)
        data, position = data[end - 1 :], position + end - 1
    yield from _sections_of(data, position)


def _sections_of(data: bytes, position: int) -> Iterator[_Section]:
    """The sections of ``data``, which begins with the octet before ``position``."""
    start, quotes = 0, False
    for line in _FROM.finditer(data):
        if line[1]:
            quotes = True
            continue
        begun = line.start() + 1
        end = min(data.find(b"\n", begun) + 1 or len(data), begun + _CHUNK_SIZE)
        yield _Section(data[start:begun], quotes, data[begun:end], position + end - 1)
        start, quotes = end - 1, False
    yield _Section(data[start:], quotes, b"", position + len(data) - 1)


class _Body:
    """How much is left of the message that is read, by its Content-Length."""

    def __init__(self, stream: Stream, seekable: bool) -> None:
        self._stream = stream
        self._left = 0
        self._in_header = seekable
        self._leads: bool | None = None  # to a separator or the end; looked at once

    def add(self, lines: bytes) -> None:
        """Counts ``lines``, which begin with the octet before them."""
        begun = 1  # where the body begins
        if self._in_header:
            begun = len(lines)
            for found in _LENGTH_OR_END_OF_HEADER.finditer(lines):
                if found[1] is None:
                    begun, self._in_header = found.end(), False
                    break
                self._left = int(found[1])
        self._left -= len(lines) - begun

    def holds(self, section: _Section) -> bool:
        """True when the separator of ``section``, all before which was added, is a line of the body."""
        left = self._left - len(section.separator)
        if self._in_header or left < 0:
            return False
        if self._leads is None:
            self._leads = self._leads_to_end(section.end + left)
        return self._leads

    def _leads_to_end(self, end: int) -> bool:
        here = self._stream.tell()
        self._stream.seek(end - 1)
        last = self._stream.read(1)
        following = self._stream.readline(_CHUNK_SIZE)
        if following in _EMPTY_LINES:
            following = self._stream.readline(_CHUNK_SIZE)
        self._stream.seek(here)
        return bool(last) and (is_mbox(following) or not following)
