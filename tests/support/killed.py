"""Runs `bounced` and kills it with SIGKILL just before it reaches a line of the path for the first or the last time.

`python -m tests.support.killed record FILE -- run …` writes every such step into FILE, in order, and kills nothing;
`python -m tests.support.killed MODULE:LINE:N -- run …` kills at the N-th time that MODULE reaches LINE.
With BOUNCED_STEPS=sinks the path is the one from the outbox to the sinks, with BOUNCED_STEPS=log that to the log,
with BOUNCED_STEPS=alarms that from a problem to whom it is told, with BOUNCED_STEPS=erasure that of `bounced erase`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from importlib import import_module
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any

import bounced
from bounced.cli import main

#: The rooms through which a mail goes from the server into the ledger, and the word about it back.
MAIL = ("daemon/poller", "pipeline/", "sources/imap/", "ledger/")

#: From the outbox to the sinks.
SINKS = ("daemon/sinks/", "daemon/deliveries", "ledger/sinks")

#: From the server to a file that was written anew.
ERASURE = ("cli/erase", "pipeline/erasure", "sources/imap/searched", "sources/imap/removal", "ledger/erasure")

#: From the outbox to the log.
LOG = ("daemon/changes", "ledger/logged")

#: From a problem that is seen to the channel that has taken it.
ALARMS = (
    "daemon/alarms/",
    "daemon/problems/",
    "policy/alarms",
    "ledger/alarms",
    "ledger/outbox",
    "daemon/smtp",
    *SINKS,
    *LOG,
)

PATH = {"sinks": SINKS, "erasure": ERASURE, "log": LOG, "alarms": ALARMS}.get(os.environ.get("BOUNCED_STEPS", ""), MAIL)
TO_SINKS = PATH is SINKS

#: Changes of one batch on the way to the sinks, so that there are several.
BATCH = 6

PACKAGE = str(Path(bounced.__file__).parent) + os.sep


def source(step: str) -> str:
    """The line of code that ``step`` is about to run."""
    module, line, _ = step.split(":")
    return Path(PACKAGE, f"{module}.py").read_text().splitlines()[int(line) - 1]


def chosen(steps: Sequence[str], moments: Collection[str], stride: int) -> list[str]:
    """Every ``stride``-th of ``steps``, and those with one of ``moments``, all of which there must be."""
    with_it = {moment: [step for step in steps if moment in source(step)] for moment in moments}
    assert all(with_it.values()), [moment for moment, found in with_it.items() if not found]
    return list(dict.fromkeys([*steps[::stride], *(step for some in with_it.values() for step in some)]))


class Steps:
    """Counts how often each line of the path was reached."""

    def __init__(self, reached: Callable[[str, int], None]) -> None:
        self.counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._reached = reached

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """For sys.settrace: follows the functions of the path, line by line; what an import runs is not on it."""
        name = frame.f_code.co_filename
        module = name.removeprefix(PACKAGE).removesuffix(".py")
        if not name.startswith(PACKAGE) or not module.startswith(PATH) or not frame.f_code.co_flags & CO_OPTIMIZED:
            return None

        def line(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                self._line(f"{module}:{frame.f_lineno}")
            return line

        return line

    def _line(self, where: str) -> None:
        with self._lock:
            self.counts[where] += 1
            self._reached(where, self.counts[where])


def _kill_at(step: str) -> Callable[[str, int], None]:
    def reached(where: str, times: int) -> None:
        if f"{where}:{times}" == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def record(steps: Steps, path: Path) -> None:
    """Writes the first and the last time of every line that was reached."""
    last = [f"{where}:{times}" for where, times in steps.counts.items() if times > 1]
    path.write_text("\n".join([*(f"{where}:1" for where in steps.counts), *last]))


def run(words: list[str]) -> None:
    """See above."""
    middle = words.index("--")
    [what, *rest], arguments = words[:middle], words[middle + 1 :]
    vars(import_module("bounced.pipeline.drain"))["PATIENCE"] = 600.0  # a busy machine takes the batch as a whole, too
    if TO_SINKS:
        vars(import_module("bounced.daemon.sinks.delivery"))["NOTICES_LIMIT"] = BATCH
    steps = Steps((lambda where, times: None) if what == "record" else _kill_at(what))
    threading.settrace(steps.trace)
    sys.settrace(steps.trace)
    try:
        main(arguments)
    finally:
        sys.settrace(None)
        if what == "record":
            record(steps, Path(rest[0]))


if __name__ == "__main__":
    run(sys.argv[1:])
