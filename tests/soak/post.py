"""Delivers into the Maildirs of Dovecot or Courier as a local delivery agent does, fast, and sees what lies in them."""

from __future__ import annotations

import hashlib
import itertools
import os
import pwd
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from tests.support.servers import ImapServer

_names = itertools.count(1)


class Post:
    """The mailbox of one user."""

    def __init__(self, server: ImapServer) -> None:
        is_dovecot = server.kind == "dovecot"
        self._root = server.directory / ("mail" if is_dovecot else "") / server.user / ("" if is_dovecot else "Maildir")
        self._owner = pwd.getpwnam("nobody") if is_dovecot and os.geteuid() == 0 else None

    def folder(self, name: str) -> Path:
        """Where ``name`` lies."""
        return self._root if name == "INBOX" else self._root / f".{name}"

    def make(self, name: str) -> None:
        """Makes a folder."""
        for path in (self._root, self.folder(name), *(self.folder(name) / part for part in ("tmp", "new", "cur"))):
            path.mkdir(exist_ok=True, parents=True)
            if self._owner:
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def deliver(self, name: str, content: bytes, when: datetime) -> None:
        """Delivers one mail that arrived at ``when``."""
        file = f"{int(when.timestamp())}.M{next(_names)}P{os.getpid()}.soak"
        path = self._root.parent / file  # in tmp/ Dovecot removes what looks old
        path.write_bytes(content)
        os.utime(path, (when.timestamp(), when.timestamp()))
        if self._owner:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)
        path.rename(self.folder(name) / "new" / file)

    def waiting(self, name: str) -> int:
        """How many mails lie in a folder."""
        return sum(1 for _ in self._files(name))

    def contents(self, *names: str) -> Counter[bytes]:
        """How often each mail lies in these folders."""
        return Counter(digest(path.read_bytes()) for name in names for path in self._files(name))

    def _files(self, name: str) -> Iterator[Path]:
        for part in ("new", "cur"):
            folder = self.folder(name) / part
            if folder.is_dir():
                yield from folder.iterdir()


def digest(content: bytes) -> bytes:
    """What tells mails apart, whatever their line ends."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).digest()
