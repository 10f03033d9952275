"""What became of a COPY that was interrupted: by a kill, a lost connection, a server that gave up halfway.

1. Before each COPY its target is noted (``Copies.note_copying``), with the UID that a copy gets at least.
2. The copy of a message is a message of the target, from that UID on, with its content; one is the copy of one message.
3. Where the target has other UIDs since, or the server does not say UIDNEXT, only its newest messages are compared.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from bounced.errors import FolderMissing
from bounced.model import CopyTarget, Origin, RawMessage
from bounced.sources.imap.reader import Reader
from bounced.sources.imap.session import Session

#: Messages of the target that are compared at most: a COPY has 200 of them.
CANDIDATES_LIMIT = 1000


class Copying:
    """Looks into the targets, over a connection of its own each. For one thread; only ``interrupt`` is for others."""

    def __init__(self, source: Reader, opened: Callable[[str], Session], now: Callable[[], datetime]) -> None:
        self._source = source
        self._opened = opened
        self._now = now
        self._session: Session | None = None
        self._interrupted = False

    def finished(self, epoch: int, begun: Mapping[Origin, CopyTarget]) -> set[Origin]:
        """Those of ``begun``, which are in the folder of that epoch, that were copied. Raises MailboxError."""
        by_target: dict[CopyTarget, list[Origin]] = defaultdict(list)
        for origin, target in begun.items():
            by_target[target].append(origin)
        return {origin for target, origins in by_target.items() for origin in self._copied(epoch, target, origins)}

    def interrupt(self) -> None:
        """From any thread, for good: a call in progress ends with a MailboxError immediately."""
        self._interrupted = True
        if session := self._session:
            session.interrupt()

    def _copied(self, epoch: int, target: CopyTarget, origins: Iterable[Origin]) -> Iterator[Origin]:
        uids = sorted(origin.uid for origin in origins)
        wanted: dict[bytes, list[Origin]] = defaultdict(list)
        for message in _messages(self._source, epoch, uids):
            wanted[_identity(message)].append(message.origin)
        if not wanted:
            return
        for identity in self._identities(target):
            if wanted[identity]:
                yield wanted[identity].pop()

    def _identities(self, target: CopyTarget) -> Iterator[bytes]:
        """Of what may be a copy; nothing when the target has gone."""
        self._session = session = self._opened(target.folder)
        if self._interrupted:
            session.interrupt()
        try:
            selected = session.select()
            is_same = selected.uidvalidity == target.uidvalidity
            first = max(1, target.next_uid) if is_same else 1
            uids = [uid for piece in session.uids(selected, first) for uid in piece][-CANDIDATES_LIMIT:]
            reader = Reader(session, session.where, "auto", self._now)
            yield from map(_identity, _messages(reader, selected.uidvalidity, uids))
        except FolderMissing:
            return
        finally:
            session.close()


def _messages(reader: Reader, epoch: int, uids: list[int]) -> Iterator[RawMessage]:
    return (message for batch in reader.batches(epoch, [uids]) for message in batch.messages if not message.withheld)


def _identity(message: RawMessage) -> bytes:
    """A digest of the content, or of what else a copy keeps of a message that is too large to be fetched."""
    kept = message.content or f"{message.size} {message.stored_at}".encode()
    return hashlib.sha256(kept).digest()
