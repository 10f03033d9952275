"""Tokens that a command of the admin's own prints."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from bounced.access_token import Token
from bounced.imap_account import Unreachable
from bounced.oauth import LIFETIME, is_token

#: Seconds that the command may take.
SECONDS = 30.0


def by_command(where: str, command: Sequence[str], environment: Mapping[str, str], seconds: float = SECONDS) -> Token:
    """The first line that ``command`` prints, kept for a few minutes. Raises Unreachable.

    What it prints besides is read by nobody: it may hold secrets.
    """
    try:
        status, printed = _run(command, environment, seconds)
    except OSError as problem:
        raise Unreachable(f"{where}: token_command: {command[0]}: {problem.strerror}") from None
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{where}: token_command: took longer than {seconds:g} s") from None
    if status:
        raise Unreachable(f"{where}: token_command: failed with status {status}; run it by hand to see why")
    lines = printed.decode("utf-8", "replace").splitlines()
    found = lines[0].strip() if lines else ""
    if not is_token(found):
        raise Unreachable(f"{where}: token_command: prints no token")
    return Token(found, LIFETIME)


def _run(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> tuple[int, bytes]:
    """Exit status and standard output. What it has started is killed with it."""
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=seconds)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, printed
