"""The messages in one file: a single one, or an mbox, each also gzipped; and parts of a large mbox."""

from __future__ import annotations

import gzip
import io
import os
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from bounced.model import Origin, RawMessage
from bounced.sources import mbox
from bounced.sources.arrival import arrived_at

_MBOX_SUFFIXES = (".mbox", ".mbox.gz")
_ONE_MAIL_SUFFIXES = (".eml", ".eml.gz", ".msg", ".msg.gz")  # one message, even if it begins with a `From ` line
_GZIP_MAGIC = b"\x1f\x8b"

BROKEN_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)


def messages_in(
    file: io.BufferedReader, mailbox: str, name: str, stored_at: datetime, notes: list[str]
) -> Iterator[RawMessage]:
    """The messages in ``file``, called ``name`` in ``mailbox`` and written at ``stored_at``; ``notes`` get remarks.

    Raises OSError, and the errors of a broken gzip file.
    """
    stream = decompressed(file)
    if stream is file and name.lower().endswith(".gz") and file.peek(1):
        raise gzip.BadGzipFile("not compressed")
    now = datetime.now(UTC)
    many = is_mbox(stream, name)
    seekable = file.seekable()
    looks_ahead = seekable and stream is file  # in a gzip file it would be read again from the start
    unquoted = _unquoted(stream, looks_ahead) if many and seekable else 0
    extracts = mbox.split(stream, seekable=looks_ahead) if many else mbox.whole(stream)
    for number, mail in enumerate(extracts, 1):
        unquoted += 0 if seekable else mail.unquoted
        origin = Origin(mailbox, f"{name}#{number}" if many else name)
        yield _message(mail, origin, stored_at, now, may_be_part=unquoted > 0)
    if unquoted:
        notes.append(remark(name or mailbox, unquoted))


@dataclass(frozen=True, slots=True)
class Range:
    """Some messages of an mbox, which is not compressed."""

    start: int  # where the first of them begins
    number: int  # of the first of them, from 1
    count: int
    octets: int


@dataclass(frozen=True, slots=True)
class Ranges:
    """All of an mbox."""

    ranges: tuple[Range, ...]
    unquoted: int  # lines in its messages that begin with "From "


def ranges_of(file: io.BufferedReader, messages: int, octets: int) -> Ranges:
    """The mbox ``file`` in ranges of so many ``messages`` at most, which end with the first that exceeds ``octets``."""
    begun, number, unquoted, last = 0, 1, 0, 0
    found: list[Range] = []
    for last, mail in enumerate(mbox.split(file, seekable=True), 1):
        unquoted += mail.unquoted
        if last > number and (last - number == messages or mail.start - begun > octets):
            found.append(Range(begun, number, last - number, mail.start - begun))
            begun, number = mail.start, last
    found.append(Range(begun, number, last + 1 - number, file.tell() - begun))
    return Ranges(tuple(found), unquoted)


def messages_of(
    file: io.BufferedReader, range_: Range, mailbox: str, name: str, stored_at: datetime, *, may_be_part: bool
) -> Iterator[RawMessage]:
    """The messages in ``range_`` of the mbox ``file``, as ``messages_in`` yields them."""
    now = datetime.now(UTC)
    file.seek(range_.start)
    for number, mail in enumerate(islice(mbox.split(file, seekable=True), range_.count), range_.number):
        yield _message(mail, Origin(mailbox, f"{name}#{number}"), stored_at, now, may_be_part=may_be_part)


def _message(
    mail: mbox.Extract, origin: Origin, stored_at: datetime, now: datetime, *, may_be_part: bool
) -> RawMessage:
    content = bytes(mail.content)
    when = arrived_at(content, mail.dated or stored_at, now)
    return RawMessage(origin, when, content, mail.size, may_be_part=may_be_part)


def remark(name: str, unquoted: int) -> str:
    """What people are told of an mbox whose messages may be parts of others."""
    return f'{name}: {unquoted} unquoted lines in messages begin with "From "'


def _unquoted(stream: io.BufferedReader | gzip.GzipFile, looks_ahead: bool) -> int:
    """How many such lines the whole mbox has; a second look at it, since a message may precede the first one."""
    start = stream.tell()
    unquoted = sum(mail.unquoted for mail in mbox.split(stream, seekable=looks_ahead))
    stream.seek(start)
    return unquoted


def decompressed(file: io.BufferedReader) -> io.BufferedReader | gzip.GzipFile:
    """``file`` itself, or the contents of a gzip file, recognized by its first octets."""
    return gzip.GzipFile(fileobj=file) if file.peek(2).startswith(_GZIP_MAGIC) else file


def is_mbox(stream: io.BufferedReader | gzip.GzipFile, name: str) -> bool:
    """True for an mbox, by its beginning or its name."""
    if name.lower().endswith(_ONE_MAIL_SUFFIXES):
        return False
    return mbox.is_mbox(stream.peek(5)) or name.lower().endswith(_MBOX_SUFFIXES)


def mtime(file: io.BufferedReader) -> datetime:
    """When the file was last written, limited to plausible times."""
    return datetime.fromtimestamp(min(max(os.fstat(file.fileno()).st_mtime, 0), time.time()), UTC)
