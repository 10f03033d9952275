"""Tokens that a command of the admin's own prints.

1. Whatever the command does, it is over in time: nobody waits for what it has started, nor for a pipe to be closed.
2. What it prints stays in the pipe, which holds 64 KiB (pipe(7)), until it has ended; who prints more gets stuck.
3. A command that still runs when the daemon ends is killed with what it has started, and none is started after that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, cast

from bounced.errors import Unreachable
from bounced.sources.oauth import LIFETIME, is_token
from bounced.sources.oauth.cache import AccessToken

#: Seconds that the command may take.
SECONDS = 30.0

#: Seconds after which one that was killed and does not end is left to the kernel: it waits for a disk.
_KILLED_SECONDS = 1.0

_PRINTED_LIMIT = 64 * 1024


class _Running:
    """The commands that run now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def add(self, process: subprocess.Popen[bytes]) -> None:
        """Kills it when all are to end."""
        with self._lock:
            self._processes.add(process)
            if self._ended:
                _kill(process)

    def remove(self, process: subprocess.Popen[bytes]) -> None:
        """It is over."""
        with self._lock:
            self._processes.remove(process)

    def end(self) -> None:
        """Kills them all, and whatever is added from now on."""
        with self._lock:
            self._ended = True
            for process in self._processes:
                _kill(process)


_RUNNING = _Running()


def end_all() -> None:
    """Kills the commands that run, without waiting for them; one that is started later is killed at once."""
    _RUNNING.end()


def by_command(
    where: str, command: Sequence[str], environment: Mapping[str, str], seconds: float = SECONDS
) -> AccessToken:
    """The first line that ``command`` prints, kept for a few minutes. Raises Unreachable.

    What it prints besides is read by nobody: it may hold secrets.
    """
    try:
        status, printed = _run(command, environment, seconds)
    except OSError as problem:
        raise Unreachable(f"{where}: token_command: {command[0]}: {problem.strerror}") from None
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{where}: token_command: took longer than {seconds:g} s, or printed over 64 KiB") from None
    if status:
        raise Unreachable(f"{where}: token_command: failed with status {status}; run it by hand to see why")
    lines = printed.decode("utf-8", "replace").splitlines()
    found = lines[0].strip() if lines else ""
    if not is_token(found):
        raise Unreachable(f"{where}: token_command: prints no token")
    return AccessToken(found, LIFETIME)


def _run(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> tuple[int, bytes]:
    """Exit status and standard output. What it has started is killed with it when it takes too long."""
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    _RUNNING.add(process)
    with cast(IO[bytes], process.stdout) as printed:
        try:
            status = process.wait(seconds)
            os.set_blocking(printed.fileno(), False)  # a child that goes on may keep it open
            return status, printed.read(_PRINTED_LIMIT) or b""
        except BaseException:
            _kill(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_KILLED_SECONDS)
            raise
        finally:
            _RUNNING.remove(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
