"""Tokens that the admin's own command prints."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from bounced.errors import Unreachable
from bounced.sources import commands
from bounced.sources.oauth import DEFAULT_LIFETIME, is_token
from bounced.sources.oauth.cache import AccessToken

#: Seconds that the command may take.
COMMAND_TIMEOUT = 30.0


def by_command(
    where: str, command: Sequence[str], environment: Mapping[str, str], seconds: float = COMMAND_TIMEOUT
) -> AccessToken:
    """The first line that ``command`` prints, valid for a few minutes. Raises Unreachable.

    The rest of its output is dropped: it may contain secrets.
    """
    try:
        status, printed = commands.run(command, environment, seconds)
    except OSError as problem:
        raise Unreachable(f"{where}: token_command: {command[0]}: {problem.strerror}") from None
    except subprocess.TimeoutExpired:
        raise Unreachable(f"{where}: token_command: took longer than {seconds:g} s, or printed over 64 KiB") from None
    if status:
        raise Unreachable(f"{where}: token_command: failed with status {status}; run it by hand to see why")
    lines = printed.decode("utf-8", "replace").splitlines()
    token = lines[0].strip() if lines else ""
    if not is_token(token):
        raise Unreachable(f"{where}: token_command: printed no token")
    return AccessToken(token, DEFAULT_LIFETIME)
