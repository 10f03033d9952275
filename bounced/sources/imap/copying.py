"""What became of a COPY that was interrupted: by a kill, a lost connection, a server that gave up halfway.

1. Before each COPY its target is noted (``Copies.note_copying``), with the UID that a copy gets at least.
2. The copy of a message is a message of the target, from that UID on, with its content; one is the copy of one message.
3. The first that came after are compared; where the target has other UIDs since, or the server does not say UIDNEXT,
   its newest.
4. A server finishes a COPY whose connection is gone: copies that are missing are looked for again for as long as the
   server has for an answer (seen with Courier, where all of them appear at the end).
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from imapclient import IMAPClient

from bounced.errors import FolderMissing
from bounced.model import CopyTarget, Origin, RawMessage
from bounced.sources.imap.commands import status
from bounced.sources.imap.reader import Reader
from bounced.sources.imap.session import Session

#: Messages of the target that are compared at most: a COPY has 200 of them, and other folders are copied meanwhile.
CANDIDATES_LIMIT = 2000

#: Before the second look at a target.
PAUSE_SECONDS = 0.5


class Copying:
    """Looks into the targets, over a connection of its own each. For one thread; only ``interrupt`` is for others."""

    def __init__(
        self, source: Reader, opened: Callable[[str], Session], timeout: timedelta, now: Callable[[], datetime]
    ) -> None:
        self._source = source
        self._opened = opened
        self._timeout = timeout
        self._now = now
        self._session: Session | None = None
        self._interrupted = threading.Event()

    def target(self, client: IMAPClient, folder: str) -> CopyTarget:
        """``folder`` as it is, for a COPY that is begun now."""
        return replace(status(client, folder), begun_at=self._now())

    def finished(self, epoch: int, begun: Mapping[Origin, CopyTarget]) -> set[Origin]:
        """Those of ``begun``, which are in the folder of that epoch, that were copied. Raises MailboxError.

        Waits for copies that are missing, while the server may still make them.
        """
        by_target: dict[CopyTarget, list[Origin]] = defaultdict(list)
        for origin, target in begun.items():
            by_target[target].append(origin)
        return {origin for target, origins in by_target.items() for origin in self._copied(epoch, target, origins)}

    def interrupt(self) -> None:
        """From any thread, for good: a call in progress ends with a MailboxError immediately."""
        self._interrupted.set()
        if session := self._session:
            session.interrupt()

    def _copied(self, epoch: int, target: CopyTarget, origins: Iterable[Origin]) -> set[Origin]:
        identities = {message.origin: _identity(message) for message in self._messages(epoch, origins)}
        copied: set[Origin] = set()
        for seconds in self._intervals(target):
            self._interrupted.wait(seconds)
            copied = set(islice(self._matching(identities, target), len(identities)))
            if len(copied) == len(identities):
                break
        return copied

    def _messages(self, epoch: int, origins: Iterable[Origin]) -> Iterator[RawMessage]:
        return _messages(self._source, epoch, sorted(origin.uid for origin in origins))

    def _intervals(self, target: CopyTarget) -> Iterator[float]:
        """Seconds before each look at ``target``: none before the first, and then more each time."""
        yield 0.0
        elapsed = self._now() - target.begun_at if target.begun_at else self._timeout
        left, pause = (self._timeout - max(elapsed, timedelta())).total_seconds(), PAUSE_SECONDS
        while left > 0:
            yield min(pause, left)
            left, pause = left - pause, pause * 2

    def _matching(self, identities: Mapping[Origin, bytes], target: CopyTarget) -> Iterator[Origin]:
        """The messages of which ``target`` has a copy; as many as it has."""
        originals: dict[bytes, list[Origin]] = defaultdict(list)
        for origin, identity in identities.items():
            originals[identity].append(origin)
        for identity in self._identities(target):
            if originals[identity]:
                yield originals[identity].pop()

    def _identities(self, target: CopyTarget) -> Iterator[bytes]:
        """Of what may be a copy; nothing when the target has gone."""
        self._session = session = self._opened(target.folder)
        if self._interrupted.is_set():
            session.interrupt()
        try:
            selected = session.select()
            first = target.next_uid if selected.uidvalidity == target.uidvalidity else 0
            uids = [uid for piece in session.uids(selected, max(1, first)) for uid in piece]
            candidates = uids[:CANDIDATES_LIMIT] if first else uids[-CANDIDATES_LIMIT:]
            reader = Reader(session, session.where, "auto", self._now)
            yield from map(_identity, _messages(reader, selected.uidvalidity, candidates))
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
