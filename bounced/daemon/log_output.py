"""Where the log goes, and its format there: text or JSON on standard error, or the journal with its fields."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

from bounced import times
from bounced.daemon.log_line import line_of, traced
from bounced.peer import escaped

Format = Literal["text", "json"]

SOCKET_PATH = "/run/systemd/journal/socket"

#: Seconds that the journal may take for an entry.
ANSWER_SECONDS = 10.0

#: LOG_DAEMON of syslog(3): what systemd assigns to the standard error of a service.
_FACILITY = 3

#: Characters of the text of an entry.
_MESSAGE_LENGTH_LIMIT = 16_000

_PRIORITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


class Text(logging.Formatter):
    """``INFO mail mailbox=… address=…``; the level is left out where the journal has it."""

    def __init__(self, with_level: bool = True) -> None:
        super().__init__()
        self._with_level = with_level

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback below it."""
        level = f"{record.levelname} " if self._with_level else ""
        return "\n".join(filter(None, [f"{level}{line_of(record)}", traced(record)]))


class Json(logging.Formatter):
    """One object a line: ``time``, ``level``, ``event``, and the facts; those that can be several are lists."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, in ASCII."""
        line, trace = line_of(record), traced(record)
        head = {
            "time": times.iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "event": line.event,
        }
        return json.dumps({**head, **line.facts, **({"traceback": trace} if trace else {})})


class Descriptor(logging.Handler):
    """Lines to a file descriptor. No lock of Python's is held while it is written: the end must not wait for it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one record; nothing when nobody can read it any more."""
        left = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            return


class Journal(logging.Handler):
    """The journal's own protocol: every fact is a field that ``journalctl BOUNCED_ADDRESS=…`` finds.

    An entry that the journal refuses, or does not take within ANSWER_SECONDS, goes to standard error.
    """

    def __init__(self, identifier: str, otherwise: logging.Handler, path: str = SOCKET_PATH) -> None:
        super().__init__()
        self._identifier = identifier
        self._otherwise = otherwise
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(ANSWER_SECONDS)

    def emit(self, record: logging.LogRecord) -> None:
        """Sends one entry. Everything in it is truncated, so it always fits into a datagram."""
        try:
            self._socket.sendto(b"".join(self._fields(record)), self._path)
        except OSError:
            self._otherwise.emit(record)

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()
        super().close()

    def _fields(self, record: logging.LogRecord) -> Iterator[bytes]:
        line = line_of(record)
        yield _field("MESSAGE", self.format(record)[:_MESSAGE_LENGTH_LIMIT])
        yield _field("PRIORITY", str(_PRIORITIES.get(record.levelname, _PRIORITIES["INFO"])))
        yield _field("SYSLOG_FACILITY", str(_FACILITY))
        yield _field("SYSLOG_IDENTIFIER", self._identifier)
        yield _field("BOUNCED_EVENT", line.event)
        for name, value in line.facts.items():
            for one in value if isinstance(value, tuple) else (str(value),):
                yield _field(f"BOUNCED_{name.upper()}", escaped(one))


def _field(name: str, value: str) -> bytes:
    """``NAME=value``, or with its length before a value of several lines (systemd's JOURNAL_NATIVE_PROTOCOL)."""
    data = value.encode("utf-8", "replace")
    if b"\n" not in data:
        return b"%s=%s\n" % (name.encode(), data)
    return b"%s\n%s%s\n" % (name.encode(), len(data).to_bytes(8, "little"), data)


def is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """True when ``stream`` still is the one to the journal that $JOURNAL_STREAM names (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def handler(
    form: Format,
    identifier: str,
    stream: TextIO | None = None,
    environment: Mapping[str, str] = os.environ,
    path: str = SOCKET_PATH,
) -> logging.Handler:
    """The handler that writes to ``stream`` (standard error), by the journal's protocol where that is the journal."""
    stream = stream or sys.stderr
    plain = Descriptor(stream.fileno())
    plain.setFormatter(Json() if form == "json" else Text())
    if not is_journal(stream, environment):
        return plain
    journal = Journal(identifier, plain, path)
    journal.setFormatter(Json() if form == "json" else Text(with_level=False))
    return journal
