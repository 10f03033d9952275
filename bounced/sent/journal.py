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
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import chain
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

#: Damaged entries that are skipped in one run. A disk damages pages of a few dozen.
DAMAGED_LIMIT = 100

#: Octets of a field with its name, as many as Exim's longest line has.
FIELD_LIMIT = 8192

#: Octets of a field's length.
LENGTH_SIZE = 8

#: In a second.
MICROSECONDS = 1_000_000

#: Characters of what journalctl says is wrong.
PROBLEM_LIMIT = 300


def pieces(cursor: str) -> Generator[LogPiece[str]]:
    """What was added since ``cursor`` (``""``: the last day). Raises OSError when journalctl fails."""
    gap = ""
    with closing(_entries(f"--cursor={cursor}" if cursor else SINCE)) as found:
        entries: Iterator[tuple[bytes, str]] = found
        if cursor and (first := next(entries, None)) and first[1] != cursor:
            gap, entries = "the entry that was read last is gone", chain([first], entries)
        for some in _grouped(entries):
            cursor = some[-1][1]
            lines = [line for line, _ in some if line]
            yield LogPiece(lines, cursor, len(some) - len(lines), gap)
            gap = ""


def _grouped(entries: Iterable[tuple[bytes, str]]) -> Iterator[list[tuple[bytes, str]]]:
    """Some at a time; raises OSError behind the last that could be read."""
    some = []
    try:
        for entry in entries:
            some.append(entry)
            if len(some) == ENTRIES_LIMIT:
                yield some
                some = []
    except OSError:
        if some:
            yield some
        raise
    if some:
        yield some


def _entries(since: str) -> Generator[tuple[bytes, str]]:
    """Each entry as a line of a log, ``b""`` for one that is damaged, too long or says nothing; and its cursor.

    At a damaged one journalctl ends: another one begins a microsecond later; in such files cursors may not be found.
    """
    skipped = 0
    while True:
        damaged = at = b""
        try:
            with _journalctl(since) as output:
                damaged, at = yield from _whole_entries(output)
        except ChildProcessError:
            skipped += 1
            if not at or skipped == DAMAGED_LIMIT:
                raise
            yield b"", damaged.decode("ascii", "replace")
            since = "--since=@{}.{:06}".format(*divmod(int(at) + 1, MICROSECONDS))
        else:
            return


@contextmanager
def _journalctl(since: str) -> Iterator[IO[bytes]]:
    """Its output. It is killed after SECONDS_LIMIT, and when nobody reads on. Raises ChildProcessError if it fails."""
    command = [*COMMAND, since]
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
                error = ChildProcessError if status > 0 else OSError
                raise error(None, f"journalctl failed ({status}): {text}")
        finally:
            timer.cancel()
            child.kill()


def _whole_entries(output: IO[bytes]) -> Generator[tuple[bytes, str], None, tuple[bytes, bytes]]:
    """Each entry that has an end; returns the cursor of one that has none, and its microseconds since 1970."""
    cursor = at = program = text = b""
    while line := output.readline(FIELD_LIMIT):
        if line == b"\n":
            is_whole = at and program and text
            text = b"@%d - %s[0]: %s" % (int(at) // MICROSECONDS, program, text) if is_whole else b""
            yield text, cursor.decode("ascii", "replace")
            cursor = at = program = text = b""
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
                at = value
            case b"SYSLOG_IDENTIFIER":
                program = value
            case b"MESSAGE":
                text = value
    return cursor, at


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
