"""A folder on an IMAP server, read by UID cursor. The poll is the truth; IDLE (``idle``) only wakes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bounced.model import Batch, Cursor, Expiration, Intake, Origin, Role
from bounced.sources import NO_COPIES, Copies
from bounced.sources.imap.account import Account, check_text
from bounced.sources.imap.commands import UID_LIMIT, Selected
from bounced.sources.imap.copying import Copying
from bounced.sources.imap.idle import Idler
from bounced.sources.imap.reader import FETCH_SIZE_LIMIT, Reader
from bounced.sources.imap.removal import ImapRetainedFolder
from bounced.sources.imap.session import Session
from bounced.sources.imap.settle import LEAVE, Disposition, Settler
from bounced.sources.retry import Pause

__all__ = ["FETCH_SIZE_LIMIT", "Account", "Disposition", "Idler", "ImapMailbox"]

#: UIDs before the cursor that are searched for late messages: replicas assign UIDs in another order.
OVERLAP_UIDS = 1000


def _now() -> datetime:
    return datetime.now(UTC)


class ImapMailbox:
    """One folder of one account, for one thread; only ``interrupt`` may be called from another.

    The folder ``JUNK`` is the one for spam, regardless of its name on the server, unless it is one of ``taken``:
    FolderMissing is raised when there is none.
    """

    def __init__(
        self,
        account: Account,
        folder: str = "INBOX",
        disposition: Disposition = LEAVE,
        *,
        taken: Iterable[str] = (),
        role: Role = "auto",
        tenant: str = "",
        now: Callable[[], datetime] = _now,
    ) -> None:
        for name in (folder, *disposition.folders):
            check_text(f"account {account.name}: the name of a folder", name)
        self.name = f"imap:{account.name}/{folder}"
        self.account = account
        self.account_name = account.name
        self.folder = folder
        self.last_uid = 0
        self.extent = 0
        self.position = 0
        self._disposition = disposition
        self._taken = disposition.folders.union(taken)
        self._session = Session(self.name, account, folder, disposition.on_done == "leave", self._taken)
        self._reader = Reader(self._session, self.name, role, now, tenant)
        self._copying = Copying(
            self._reader, lambda target: self._opened(target, readonly=True), timedelta(seconds=account.timeout), now
        )
        self._settler = Settler(self._session, disposition, self._copying)
        self.retained_folders = tuple(
            ImapRetainedFolder(self._opened(name), disposition.retain, now)
            for name in (sorted(disposition.done) or [folder] if disposition.retain else [])
        )
        self._connections_seen = 0
        self._looked = False  # at the folder just now: a SELECT takes seconds where it holds 500,000 messages

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """The messages with a higher UID than ``after``, or all when ``after`` is not of this folder.

        It is not when its UIDVALIDITY differs, nor when the server has not assigned its UID yet: then the server was
        restored from a backup, and reuses UIDs. Raises MailboxError or LoginRefused with one line.
        """
        selected = self._session.selected() if self._looked else self._session.select()
        self._looked = False
        epoch, self.last_uid = selected.uidvalidity, _assigned(selected)
        behind = after.uid if after and after.uidvalidity == epoch else 0
        if behind > selected.assigned:
            behind = 0
            yield Batch((), Cursor(self.name, epoch, 0))
        self.extent, self.position = selected.exists if not behind else 0, 0
        for batch in self._reader.batches(epoch, self._session.uids(selected, behind + 1)):
            self.position += len(batch.messages)
            yield replace(batch, cursor=Cursor(self.name, epoch, _last_uid(batch)))

    def only(self, origins: Sequence[Origin], *, withheld: bool = False) -> Iterator[Batch]:
        """These messages again, as far as they still exist, without a cursor; the others are ``vanished``.

        ``withheld`` are those that were withheld before: when the server fails over one of them, it is withheld again.
        """
        if not origins:
            return
        epoch = self._session.select().uidvalidity
        if lost := tuple(origin for origin in origins if not self._has(origin, epoch)):
            yield Batch((), vanished=lost)
        uids = sorted(origin.uid for origin in origins if self._has(origin, epoch))
        yield from self._reader.batches(epoch, [uids], withheld=withheld)

    def overlap(self, cursor: Cursor) -> list[Origin]:
        """The existing ones of the OVERLAP_UIDS UIDs up to ``cursor``; none when it is of another epoch."""
        selected = self._session.select()
        epoch = selected.uidvalidity
        if cursor.uidvalidity != epoch:
            return []
        searched = replace(selected, last_uid=min(cursor.uid, selected.last_uid))
        pieces = self._session.uids(searched, max(1, cursor.uid - OVERLAP_UIDS + 1))
        return [self._reader.origin(epoch, uid) for uids in pieces for uid in uids]

    def may_have_reused(self, cursor: Cursor) -> bool:
        """True on a new connection, and when there are more messages up to ``cursor`` than at the last look.

        What is new has a higher UID: a server that gives it a lower one has given that UID out twice.
        """
        before = self._session.exists
        selected = self._session.select()
        self._looked = True
        connections, self._connections_seen = self._connections_seen, self._session.connections
        if connections != self._connections_seen or cursor.uidvalidity != selected.uidvalidity:
            return True
        return selected.exists > before and selected.exists - self._after(selected, cursor) > before

    def _after(self, selected: Selected, cursor: Cursor) -> int:
        """How many messages are new."""
        return sum(map(len, self._session.uids(selected, cursor.uid + 1)))

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        """Moves or flags messages; deleted ones and those of another epoch are skipped."""
        if self._disposition.on_done == "leave" or not intakes:
            return
        # Dovecot would move messages of a folder that was recreated under the same name, unless it is selected again.
        epoch = self._session.select(anew=True).uidvalidity
        self._settler.settle(epoch, [intake for intake in intakes if self._has(intake.origin, epoch)], copies)

    def watcher(self, wake: Callable[[], None], connecting: Pause) -> Idler:
        """A thread for IDLE, not started; whether the server has it is known after the login only."""
        return Idler(self.account, self.folder, wake, connecting)

    @property
    def remark(self) -> str:
        """What the server does not do although it should, ``""`` for nothing."""
        return str(self._session.remarks)

    @property
    def expirations(self) -> Sequence[Expiration]:
        """The certificate that the server showed at the last login, and secrets whose end is known."""
        return self._session.expirations

    @property
    def connected(self) -> bool:
        """True when there is a connection, which may have died since the last poll."""
        return self._session.connected

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        self._session.close()

    def interrupt(self) -> None:
        """From any thread, for good: a call in progress ends with a MailboxError immediately."""
        self._session.interrupt()
        self._copying.interrupt()
        for retained in self.retained_folders:
            retained.interrupt()

    def _opened(self, folder: str, *, readonly: bool = False) -> Session:
        """Another folder of the account, over a connection of its own."""
        return Session(f"imap:{self.account_name}/{folder}", self.account, folder, readonly, self._taken)

    def _has(self, origin: Origin, epoch: int) -> bool:
        return (origin.mailbox, origin.uidvalidity) == (self.name, epoch)


def _assigned(selected: Selected) -> int:
    """The highest UID that the server has assigned, or that of the last message; 0 where it says neither."""
    return next((uid for uid in (selected.assigned, selected.last_uid) if uid < UID_LIMIT), 0)


def _last_uid(batch: Batch) -> int:
    return max(origin.uid for origin in (*(message.origin for message in batch.messages), *batch.vanished))
