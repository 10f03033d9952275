"""Commands of the admin's, which end in time.

1. Regardless of what a command does, it ends in time: nothing waits for its children, nor for a pipe to be closed.
2. Its output stays in the pipe, which holds 64 KiB (pipe(7)), until it has ended; one that prints more gets stuck.
3. A command still running when the daemon stops is killed with its children, and none is started after that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, cast

#: Seconds to wait for a killed command to end; after that it is left to the kernel: it waits for a disk.
_KILLED_SECONDS = 1.0

_PRINTED_LIMIT = 64 * 1024


class _Running:
    """The running commands."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def add(self, process: subprocess.Popen[bytes]) -> None:
        """Adds a command, and kills it if all were ended before."""
        with self._lock:
            self._processes.add(process)
            if self._ended:
                _kill(process)

    def remove(self, process: subprocess.Popen[bytes]) -> None:
        """Removes a command that has ended."""
        with self._lock:
            self._processes.remove(process)

    def end(self) -> None:
        """Kills all commands, and those added from now on."""
        with self._lock:
            self._ended = True
            for process in self._processes:
                _kill(process)


_RUNNING = _Running()


def end_all() -> None:
    """Kills running commands without waiting for them; one that is started later is killed immediately."""
    _RUNNING.end()


def run(
    command: Sequence[str], environment: Mapping[str, str], seconds: float, content: bytes = b""
) -> tuple[int, bytes]:
    """Exit status and standard output of ``command``, which reads ``content``.

    Its children are killed with it when it takes too long. Raises OSError, subprocess.TimeoutExpired.
    """
    with _readable(content) as source:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    _RUNNING.add(process)
    with cast(IO[bytes], process.stdout) as printed:
        try:
            status = process.wait(seconds)
            os.set_blocking(printed.fileno(), False)  # a child that keeps running may keep it open
            return status, printed.read(_PRINTED_LIMIT) or b""
        except BaseException:
            _kill(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_KILLED_SECONDS)
            raise
        finally:
            _RUNNING.remove(process)


def attempt(
    command: Sequence[str], environment: Mapping[str, str], seconds: float, content: bytes = b""
) -> tuple[int | None, str]:
    """As ``run``: the exit status, ``None`` when there is none, and for people what went wrong, ``""`` if nothing."""
    try:
        status, _ = run(command, environment, seconds, content)
    except OSError as error:
        return None, f"{command[0]}: {error.strerror}"
    except subprocess.TimeoutExpired:
        return None, f"{command[0]}: took longer than {seconds:g} s"
    return status, f"{command[0]}: failed with exit status {status}" if status else ""


def _readable(content: bytes) -> IO[bytes]:
    """A file in memory: whoever does not read it all holds nothing up."""
    file = os.fdopen(os.memfd_create("input"), "w+b", buffering=0)
    file.write(content)
    file.seek(0)
    return file


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
