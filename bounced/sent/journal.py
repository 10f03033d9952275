"""Reads the mail log in systemd's journal, by journalctl: it knows every format of the files.

A position is the cursor of the last entry: journalctl begins with that one, or, where it is gone, with the next one
that there is. (Of the latter ``--after-cursor`` of systemd 252 leaves out the first.) What is read becomes lines as in
a file, with ``@`` and seconds for the date.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from threading import Timer
from typing import IO, Any, cast

from bounced.peer import printable
from bounced.sent.log_files import LogPiece

#: What is read: the facility "mail" (syslog(3)), to which Postfix and Exim log; at first that of the last day.
COMMAND = (
    *("journalctl", "--quiet", "--no-pager", "--output=json", "SYSLOG_FACILITY=2"),
    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID",
)
SINCE = "--since=-1d"

#: Seconds after which a journalctl that has not ended is killed.
SECONDS_LIMIT = 120.0

#: Entries that are read at a time.
ENTRIES_LIMIT = 10_000

#: Octets of an entry; journalctl shows none of a field that is longer than 4096.
ENTRY_LIMIT = 65536

#: Characters of what journalctl says is wrong.
PROBLEM_LIMIT = 300


def pieces(cursor: str) -> Generator[LogPiece[str]]:
    """What was added since ``cursor`` (``""``: the last day). Raises OSError when journalctl fails."""
    gap = ""
    with _journalctl(cursor) as output:
        entries: Iterator[tuple[bytes, str]] = map(_line, iter(partial(output.readline, ENTRY_LIMIT), b""))
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


def _line(entry: bytes) -> tuple[bytes, str]:
    """An entry as a line of a log, ``b""`` for one that is too long or says nothing; and its cursor."""
    try:
        fields: dict[str, Any] = json.loads(entry)
    except ValueError:
        return b"", ""
    text, cursor = _octets(fields.get("MESSAGE")), str(fields.get("__CURSOR", ""))
    program, pid = _octets(fields.get("SYSLOG_IDENTIFIER")), fields.get("SYSLOG_PID") or fields.get("_PID")
    at = str(fields.get("__REALTIME_TIMESTAMP", ""))[:-6]
    if not text or not program or not at.isdigit():
        return b"", cursor
    return b"@%s - %s[%s]: %s" % (at.encode(), program, str(pid).encode(), text), cursor


def _octets(value: object) -> bytes:
    """A field: text, or a list of octets where it is not UTF-8; null where it is too long."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    try:
        return bytes(value) if isinstance(value, list) else b""
    except (TypeError, ValueError):
        return b""
