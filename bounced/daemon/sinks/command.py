"""A command that is run for each change, with its JSON on standard input; exit status 0: taken."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from bounced.daemon.sinks import Refused, Unavailable, message
from bounced.errors import EXIT_DATA
from bounced.ledger.sinks import Notice
from bounced.sources import commands


class Command:
    """``environment`` is its whole environment. Exit status 65 (EX_DATAERR) refuses a change for good."""

    lanes = 1

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], seconds: float) -> None:
        self._command = command
        self._environment = environment
        self._seconds = seconds

    def deliver(self, notice: Notice) -> None:
        """Runs the command. Raises Unavailable or Refused."""
        content = json.dumps(message(notice)).encode() + b"\n"
        status, problem = commands.attempt(self._command, self._environment, self._seconds, content)
        if status == EXIT_DATA:
            raise Refused(f"{self._command[0]}: refused it with exit status {status}")
        if problem:
            raise Unavailable(problem)

    def flush(self) -> None:
        """What the command took is its own."""

    def close(self) -> None:
        """A running command ends with the daemon."""
