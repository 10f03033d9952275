"""Looks for messages in a folder by when it got them, and removes those that are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

from bounced.errors import FolderMissing
from bounced.model import Batch, Origin
from bounced.sources import Period
from bounced.sources.imap.account import Account
from bounced.sources.imap.reader import Reader
from bounced.sources.imap.removal import can_remove, remove
from bounced.sources.imap.session import Session


class ImapSearchedFolder:
    """One folder, over its own connection. For one thread. ``taken`` is as in Session."""

    def __init__(self, account: Account, folder: str, taken: frozenset[str] = frozenset()) -> None:
        self.name = f"imap:{account.name}/{folder}"
        self._session = Session(self.name, account, folder, readonly=False, taken=taken)
        self._reader = Reader(self._session, self.name, "auto", partial(datetime.now, UTC))

    def search(self, origins: Iterable[Origin], periods: Sequence[Period]) -> Iterator[Batch]:
        """The messages at those of ``origins`` that are of this folder as it is now, and those of ``periods``.

        Nothing when the folder does not exist. Raises MailboxError.
        """
        try:
            selected = self._session.select(anew=True)
        except FolderMissing:
            return
        epoch = selected.uidvalidity
        uids = {origin.uid for origin in origins if (origin.mailbox, origin.uidvalidity) == (self.name, epoch)}
        yield from self._reader.batches(epoch, [sorted(uids)])
        for since, before in periods:
            pieces = self._session.uids(selected, 1, before, since)
            yield from self._reader.batches(epoch, ([uid for uid in piece if uid not in uids] for piece in pieces))

    def is_able(self) -> bool:
        """True when the server can remove just some messages from it. Raises MailboxError."""
        selected = self._session.selected()
        with self._session.using(selected.uidvalidity) as client:
            return selected.writable and can_remove(client)

    def remove(self, origins: Sequence[Origin]) -> list[Origin]:
        """Deletes these messages of one batch and no others; returns those that are gone. Raises MailboxError."""
        return remove(self._session, origins)

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        self._session.close()
