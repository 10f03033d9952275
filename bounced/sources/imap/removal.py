"""Removes messages from a folder, long after they were counted or for an erasure: all other deletions are of copies.

1. Messages are removed by UID, with STORE and UID EXPUNGE (RFC 4315); a bare EXPUNGE would also remove what others have
   marked, so a server without UIDPLUS keeps everything.
2. A crash in between leaves messages marked \\Deleted: the next run finds and removes them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from imapclient import DELETED, IMAPClient

from bounced.errors import FolderMissing
from bounced.model import Batch, Origin
from bounced.sources.imap.commands import Selected, existing
from bounced.sources.imap.reader import Reader
from bounced.sources.imap.session import Session

#: SEARCH knows only days, in the server's time zone.
_SLACK = timedelta(days=2)

log = logging.getLogger("bounced.imap")


def can_remove(client: IMAPClient) -> bool:
    """True when the server can remove messages without touching others."""
    return bool(client.has_capability("UIDPLUS"))


def remove(session: Session, origins: Sequence[Origin]) -> list[Origin]:
    """Deletes messages of one batch and no others; returns those that still existed. Raises MailboxError."""
    with session.using(origins[0].uidvalidity) as client:
        uids = existing(client, [origin.uid for origin in origins])
        if uids:
            client.add_flags(uids, [DELETED], silent=True)
            client.uid_expunge(uids)
    return [origin for origin in origins if origin.uid in uids]


class ImapRetainedFolder:
    """One folder, over its own connection. For one thread."""

    def __init__(self, session: Session, retain: timedelta, now: Callable[[], datetime]) -> None:
        self.name = session.where
        self.retain = retain
        self._session = session
        self._reader = Reader(session, session.where, "auto", now)
        self._now = now
        self._warned = False

    def old(self, choose: Callable[[Sequence[Origin]], Sequence[Origin]]) -> Iterator[Batch]:
        """The messages that ``choose`` takes of at least those that the server has had for longer than ``retain``.

        Nothing when the folder does not exist yet; nothing, and one line in the log, when the server can't remove just
        these. Raises MailboxError.
        """
        try:
            selected = self._session.select()
        except FolderMissing:
            return
        if self._able(selected):
            before = (self._now() - self.retain + _SLACK).date()
            epoch = selected.uidvalidity
            groups = (
                [self._reader.origin(epoch, uid) for uid in uids] for uids in self._session.uids(selected, 1, before)
            )
            yield from self._reader.batches(epoch, ([origin.uid for origin in choose(origins)] for origins in groups))

    def remove(self, origins: Sequence[Origin]) -> int:
        """Deletes these messages of one batch and no others; returns how many still existed. Raises MailboxError."""
        return len(remove(self._session, origins)) if origins else 0

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        self._session.close()

    def interrupt(self) -> None:
        """From any thread, for good: a call in progress ends with a MailboxError immediately."""
        self._session.interrupt()

    def _able(self, selected: Selected) -> bool:
        with self._session.using(selected.uidvalidity) as client:
            able = can_remove(client)
        if not able and not self._warned:
            self._warned = True
            log.warning("%s: server has no UIDPLUS; retain is ignored", self.name)
        return able
