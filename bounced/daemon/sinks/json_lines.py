"""A file to which a line of JSON is added for each change."""

from __future__ import annotations

import json
import os
from contextlib import suppress

from bounced.daemon.sinks import Unavailable, message
from bounced.ledger.sinks import Notice

#: Of a new file: as the database.
FILE_MODE = 0o640


class JsonLines:
    """The file ``path``, opened anew after each flush: logrotate may move it at any time.

    A line that a kill or a full disk cut short is ended first; what it was about is added again.
    """

    lanes = 1

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def deliver(self, notice: Notice) -> None:
        """Adds a line. Raises Unavailable."""
        line = json.dumps(message(notice), separators=(",", ":")).encode() + b"\n"
        try:
            if self._file is None:
                self._file = _opened(self._path)
            while line:
                line = line[os.write(self._file, line) :]
        except OSError as error:
            self.close()
            raise Unavailable(f"{self._path}: {error.strerror}") from None

    def flush(self) -> None:
        """Waits until the lines are on the disk. Raises Unavailable."""
        if self._file is None:
            return
        try:
            os.fsync(self._file)
        except OSError as error:
            raise Unavailable(f"{self._path}: {error.strerror}") from None
        finally:
            self.close()

    def close(self) -> None:
        """Closes the file."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                os.close(file)


def _opened(path: str) -> int:
    """The file, to be added to, its last line ended."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            os.write(file, b"\n")
    except OSError:
        os.close(file)
        raise
    return file
