"""A folder on an IMAP server, read by UID cursor. The poll is the truth; IDLE (bounced.imap_idle) only wakes it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from imapclient import SEEN

from bounced.arrival import arrived_at
from bounced.batching import MAX_MESSAGES, PREFIX, grouped
from bounced.imap_account import Account, LoginRefused, Unreachable, check_text
from bounced.imap_idle import Idler
from bounced.imap_session import Answer, Selected, Session, existing
from bounced.imap_settle import can_move, move
from bounced.model import Batch, Cursor, Intake, Origin, RawMessage

__all__ = ["Account", "Idler", "ImapMailbox", "LoginRefused", "OnDone", "Unreachable"]

OnDone = Literal["move", "flag", "leave"]

TOO_LARGE = 25 * 1024 * 1024  # octets from which a message is recorded and not fetched
_FLAGS = {True: ("$Bounced", SEEN), False: ("$BouncedUnread",)}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Head:
    """What is known of a message before its body is fetched."""

    uid: int
    size: int  # RFC822.SIZE is a hint
    stored_at: datetime

    @property
    def octets(self) -> int:
        """What will be fetched of it."""
        return min(self.size, PREFIX) if self.size <= TOO_LARGE else 0


def _now() -> datetime:
    return datetime.now(UTC)


class ImapMailbox:
    """One folder of one account, for one thread; only ``interrupt`` may be called from another."""

    def __init__(
        self,
        account: Account,
        folder: str = "INBOX",
        on_done: OnDone = "move",
        done_folder: str = "",
        unread_folder: str = "",
        now: Callable[[], datetime] = _now,
    ) -> None:
        targets = (done_folder, unread_folder) if on_done == "move" else ()
        for name in (folder, *targets):
            check_text(f"account {account.name}: the name of a folder", name)
        self.name = f"imap:{account.name}/{folder}"
        self.account = account
        self.folder = folder
        self._on_done = on_done
        self._targets = {True: done_folder, False: unread_folder}
        self._now = now
        self._session = Session(self.name, account, folder, readonly=on_done == "leave")
        self._warned = False
        self.last_uid = 0  # the highest UID that the server has given out, as far as the last poll saw

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """What has a higher UID than ``after``, or everything when ``after`` is not of this folder.

        It is not when its UIDVALIDITY is another, nor when the server has not come so far yet: it was restored from a
        backup, and new mail gets UIDs that were read before. Raises MailboxError or LoginRefused with one line.
        """
        selected = self._session.select()
        epoch, self.last_uid = selected.uidvalidity, selected.last_uid
        behind = after.uid if after and after.uidvalidity == epoch else 0
        if behind > selected.last_uid:
            behind = 0
            yield Batch((), Cursor(self.name, epoch, 0))
        for group in grouped(self._heads(selected, behind + 1), lambda head: head.octets):
            yield Batch(self._messages(epoch, group), Cursor(self.name, epoch, group[-1].uid))

    def settle(self, intakes: Sequence[Intake]) -> None:
        """Moves or flags messages as the account wants it; those that have gone or of another epoch are left out."""
        if self._on_done == "leave" or not intakes:
            return
        epoch = self._session.select().uidvalidity
        origins = {True: set[int](), False: set[int]()}
        for intake in intakes:
            if (intake.origin.mailbox, intake.origin.uidvalidity) == (self.name, epoch):
                origins[intake.understood].add(intake.origin.uid)
        for understood, uids in origins.items():
            for group in grouped(sorted(uids), lambda uid: 0):
                self._settle(epoch, group, understood)

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        self._session.close()

    def interrupt(self) -> None:
        """From any thread, for good: whatever is under way ends with a MailboxError at once."""
        self._session.interrupt()

    def _settle(self, epoch: int, group: Iterable[int], understood: bool) -> None:
        with self._session.using(epoch) as client:
            uids = existing(client, group)
            if uids and self._on_done == "move" and can_move(client):
                move(client, uids, self._targets[understood])
            elif uids:
                client.add_flags(uids, _FLAGS[understood], silent=True)
                if self._on_done == "move" and not self._warned:
                    log.warning("%s: the server has neither MOVE nor UIDPLUS: flagging instead of moving", self.name)
                    self._warned = True

    def _heads(self, selected: Selected, first: int) -> Iterator[_Head]:
        for uids in self._session.uids(selected, first):
            for start in range(0, len(uids), MAX_MESSAGES):
                asked = uids[start : start + MAX_MESSAGES]
                found = self._session.fetch(selected.uidvalidity, asked, ["RFC822.SIZE", "INTERNALDATE"], _size)
                for uid in (uid for uid in asked if uid in found):
                    yield _Head(uid, _size(found[uid]) or 0, found[uid].get(b"INTERNALDATE") or self._now())

    def _messages(self, epoch: int, heads: Sequence[_Head]) -> tuple[RawMessage, ...]:
        wanted = [head.uid for head in heads if head.size <= TOO_LARGE]
        found = self._session.fetch(epoch, wanted, [f"BODY.PEEK[]<0.{PREFIX}>"], _body)
        return tuple(
            self._message(epoch, head, _body(found.get(head.uid, {})) or b"")
            for head in heads
            if head.uid in found or head.size > TOO_LARGE
        )

    def _message(self, epoch: int, head: _Head, body: bytes) -> RawMessage:
        content = body[:PREFIX]
        origin = Origin(self.name, str(head.uid), epoch, head.uid)
        when = arrived_at(content, head.stored_at, self._now())
        return RawMessage(origin, when, content, max(head.size, len(content)), stored_at=head.stored_at)


def _size(answer: Answer) -> int | None:
    size = answer.get(b"RFC822.SIZE")
    return size if isinstance(size, int) else None


def _body(answer: Answer) -> bytes | None:
    """The body; ``None`` when the answer has none, or NIL: so Dovecot answers for a message that has gone."""
    body = next((value for key, value in answer.items() if key.startswith(b"BODY[]")), None)
    return body if isinstance(body, bytes) else None
