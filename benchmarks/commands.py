"""Runs of the command line, and what all processes of one take."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

#: Seconds between two looks at the memory.
LOOK = 0.1

BOUNCED = (sys.executable, "-m", "bounced")

#: Of whoever runs it; modules are compiled once, as those of an installed command are.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

Way = TypeVar("Way")


@dataclass(frozen=True, slots=True)
class Run:
    """How long a command took, and the memory of all of its processes at most, in MB: shared pages divided."""

    seconds: float
    megabytes: float


def run(command: Sequence[str], stdin: Path | None = None) -> Run:
    """Runs ``command`` to its end. Raises CalledProcessError."""
    begun, most = time.monotonic(), 0.0
    with (stdin or Path("/dev/null")).open("rb") as given:
        null = subprocess.DEVNULL
        process = subprocess.Popen(  # noqa: S603  the caller's own
            command, stdin=given, stdout=null, stderr=null, env=ENVIRONMENT
        )
        while process.poll() is None:
            most = max(most, megabytes(process.pid))
            time.sleep(LOOK)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(time.monotonic() - begun, most)


def megabytes(pid: int) -> float:
    """The memory of a process and of all that it started."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return 0.0
    own = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return own / 1024 + sum(megabytes(int(child)) for child in children)


def alternating(ways: Mapping[Way, Callable[[], float]], runs: int) -> dict[Way, float]:
    """The median of each way, measured in turns, so that what else the machine does hits all alike."""
    measured = [{way: measure() for way, measure in ways.items()} for _ in range(runs)]
    return {way: median(times[way] for times in measured) for way in ways}
