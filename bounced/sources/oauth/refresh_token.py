"""The current refresh token: the configured one, or the latest that replaced it.

The latest is in the state directory, in a file of mode 0600 that is replaced as a whole, together with a digest of the
configured one that it replaced: when the admin configures another one, that one is used.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("bounced.oauth")


class RefreshToken:
    """The refresh token of one account, for one thread at a time."""

    def __init__(self, configured: Callable[[], str], path: Path) -> None:
        self._configured = configured
        self._path = path
        self._unsaved: dict[str, str] = {}  # what could not be written, by digest

    def current(self) -> str:
        """The token to use. Raises UserError when the configured one can't be read."""
        configured = self._configured()
        digest = _digest(configured)
        return self._unsaved.get(digest) or self._stored().get(digest) or configured

    def rotated(self, old: str, new: str) -> None:
        """Stores ``new`` if it is not ``old``; in memory only, with a line in the log, when the disk is full."""
        digest = _digest(self._configured())
        if new == old and not self._unsaved:
            return
        try:
            _replace(self._path, json.dumps({digest: new}))
            self._unsaved = {}
        except OSError as problem:
            self._unsaved = {digest: new}
            log.warning("%s: the new refresh token can't be stored: %s", self._path, problem.strerror)

    def _stored(self) -> dict[str, str]:
        with suppress(OSError, ValueError):
            tokens = json.loads(self._path.read_text("utf-8"))
            if isinstance(tokens, dict):
                return {str(digest): str(text) for digest, text in tokens.items()}
        return {}


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _replace(path: Path, text: str) -> None:
    """Replaces ``path``, all or nothing; readable by its owner only."""
    file, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        if os.geteuid() == 0:  # the daemon must be able to read what `bounced scan`, run by root, was given
            owner = path.absolute().parent.stat()
            os.fchown(file, owner.st_uid, owner.st_gid)
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
