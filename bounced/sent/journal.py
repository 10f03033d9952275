"""Reads the mail log in systemd's journal, by journalctl: it knows every format of the files.

A position is the cursor of the last entry: journalctl begins with that one, or, where it is gone, with the next one
that there is. (Of the latter ``--after-cursor`` of systemd 252 leaves out the first.) What is read becomes lines as in
a file, with ``@`` and seconds for the date.

Of its formats "export" (systemd.io/JOURNAL_EXPORT_FORMATS) takes half the time of "json", and has a cursor for each
entry, which "short-unix" and "cat" don't have. A field is a line ``NAME=value``, or, where it is not printable
UTF-8 or has several lines, its name, its length in 64 bits, and its octets.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from threading import Timer
from typing import IO, cast

from bounced.peer import printable
from bounced.sent.log_files import LogPiece

#: What is read: the facility "mail" (syslog(3)), to which Postfix and Exim log; at first that of the last day.
COMMAND = (
    *("journalctl", "--quiet", "--no-pager", "--output=export", "SYSLOG_FACILITY=2"),
    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER",
)
SINCE = "--since=-1d"

#: Seconds after which a journalctl that has not ended is killed.
SECONDS_LIMIT = 120.0

#: Entries that are read at a time.
ENTRIES_LIMIT = 10_000

#: Octets of a field with its name, as many as Exim's longest line has.
FIELD_LIMIT = 8192

#: Octets of a field's length, and of the microseconds in a date.
LENGTH_SIZE = 8
MICROSECONDS_LENGTH = 6

#: Characters of what journalctl says is wrong.
PROBLEM_LIMIT = 300


def pieces(cursor: str) -> Generator[LogPiece[str]]:
    """What was added since ``cursor`` (``""``: the last day). Raises OSError when journalctl fails."""
    gap = ""
    with _journalctl(cursor) as output:
        entries = _entries(output)
        if cursor and (first := next(entries, None)) and first[1] != cursor:
            gap, entries = "the entry that was read last is gone", chain([first], entries)
        while some := list(islice(entries, ENTRIES_LIMIT)):
            cursor = next((position for _, position in reversed(some) if position), cursor)
            lines = [line for line, _ in some if line]
            yield LogPiece(lines, cursor, len(some) - len(lines), gap)
            gap = ""


@contextmanager
def _journalctl(cursor: str) -> Iterator[IO[bytes]]:
    """Its output. It is killed after SECONDS_LIMIT, and when nobody reads on."""
    command = [*COMMAND, f"--cursor={cursor}" if cursor else SINCE]
    with (
        tempfile.TemporaryFile() as problems,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=problems) as child,  # noqa: S603
    ):
        timer = Timer(SECONDS_LIMIT, child.kill)
        timer.start()
        try:
            yield cast(IO[bytes], child.stdout)
            if status := child.wait():
                problems.seek(0)
                text = printable(problems.read(PROBLEM_LIMIT).decode("utf-8", "replace").strip())
                raise OSError(None, f"journalctl failed ({status}): {text}")
        finally:
            timer.cancel()
            child.kill()


def _entries(output: IO[bytes]) -> Iterator[tuple[bytes, str]]:
    """Each entry as a line of a log, ``b""`` for one that is too long or says nothing; and its cursor."""
    cursor = at = program = text = b""
    while line := output.readline(FIELD_LIMIT):
        if line == b"\n":
            is_whole = at and program and text
            yield b"@%s - %s[0]: %s" % (at, program, text) if is_whole else b"", cursor.decode("ascii", "replace")
            at = program = text = b""
            continue
        name, is_text, value = line[:-1].partition(b"=")
        if line[-1:] != b"\n":
            value = _skip_line(output)
        elif not is_text:
            value = _octets(output)
        match name:
            case b"__CURSOR":
                cursor = value
            case b"__REALTIME_TIMESTAMP":
                at = value[:-MICROSECONDS_LENGTH]
            case b"SYSLOG_IDENTIFIER":
                program = value
            case b"MESSAGE":
                text = value


def _octets(output: IO[bytes]) -> bytes:
    """A field that is not text, ``b""`` where it is too long."""
    length = int.from_bytes(output.read(LENGTH_SIZE), "little")
    value = output.read(min(length, FIELD_LIMIT))
    rest = length + 1 - len(value)
    while rest and (skipped := output.read(min(rest, FIELD_LIMIT))):
        rest -= len(skipped)
    return value if length <= FIELD_LIMIT else b""


def _skip_line(output: IO[bytes]) -> bytes:
    """Reads the rest of a line that is too long, of which ``b""`` is left."""
    while (rest := output.readline(FIELD_LIMIT)) and rest[-1:] != b"\n":
        pass
    return b""
