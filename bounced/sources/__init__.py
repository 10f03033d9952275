"""Where messages come from.

A new source is a class with the two methods of Mailbox. One that the daemon is to poll has those of Polled, and a row
in bounced.sources.configured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol, runtime_checkable

from bounced.model import Batch, CopyTarget, Cursor, Expiration, Intake, Origin
from bounced.sources.retry import Pause


class Copies(Protocol):
    """Remembers, beyond a crash, which messages were copied and not deleted yet. Implementation: the ledger."""

    def copied(self, origins: Sequence[Origin]) -> set[Origin]:
        """The messages at ``origins`` that were copied."""
        ...

    def note_copied(self, origins: Sequence[Origin]) -> None:
        """Notes that these messages were copied."""
        ...

    def copying(self, origins: Sequence[Origin]) -> Mapping[Origin, CopyTarget]:
        """Those of ``origins`` whose copy was begun, and nothing is known of its end."""
        ...

    def note_copying(self, origins: Sequence[Origin], target: CopyTarget) -> None:
        """Notes that these messages are about to be copied."""
        ...


class NoCopies:
    """Remembers nothing, for a mailbox that is settled without a ledger."""

    def copied(self, origins: Sequence[Origin]) -> set[Origin]:
        """None of them."""
        return set()

    def note_copied(self, origins: Sequence[Origin]) -> None:
        """Forgets them."""

    def copying(self, origins: Sequence[Origin]) -> Mapping[Origin, CopyTarget]:
        """None of them."""
        return {}

    def note_copying(self, origins: Sequence[Origin], target: CopyTarget) -> None:
        """Forgets them."""


NO_COPIES = NoCopies()


class Mailbox(Protocol):
    """A source of messages. Implementations: bounced.sources.files, bounced.sources.imap."""

    name: str

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """Yields the messages after ``after`` (``None``: all), oldest first.

        Raises MailboxError when the mailbox can't be read; nothing of the current batch is lost then.
        """
        ...

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        """Call after the ledger's commit: moves, flags or leaves the messages. Never deletes what is in one place only.

        A message that ``copies`` knows is not copied again.
        """
        ...


@runtime_checkable
class Measured(Protocol):
    """A mailbox that knows how much there is to read, once it has begun to: octets, or messages."""

    @property
    def extent(self) -> int:
        """All that there is to read, 0 if unknown."""
        ...

    @property
    def position(self) -> int:
        """How much of it was read."""
        ...


class Folder(Mailbox, Protocol):
    """A mailbox whose messages keep their UIDs: a folder on an IMAP server."""

    def only(self, origins: Sequence[Origin], *, withheld: bool = False) -> Iterator[Batch]:
        """Yields these again, as far as they still exist, without a cursor; the others are ``vanished``.

        ``withheld`` are those that were withheld before: when the server fails over one of them, it is withheld again.
        """
        ...

    def overlap(self, cursor: Cursor) -> list[Origin]:
        """The newest messages up to ``cursor``; none when it is not of this folder."""
        ...

    def may_have_reused(self, cursor: Cursor) -> bool:
        """True when UIDs up to ``cursor`` may be other messages' than at the last call.

        So they may be on a new connection, and when there are more of them than before.
        """
        ...


class RetainedFolder(Protocol):
    """Where processed messages are kept until they are removed. Implementation: bounced.sources.imap.removal."""

    name: str
    retain: timedelta

    def old(self, choose: Callable[[Sequence[Origin]], Sequence[Origin]]) -> Iterator[Batch]:
        """Yields, without a cursor, what ``choose`` takes of at least the messages older than ``retain``."""
        ...

    def remove(self, origins: Sequence[Origin]) -> int:
        """Deletes these messages and no others; returns how many of them still existed."""
        ...

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        ...


class Period(NamedTuple):
    """From the day ``since`` to the one before ``before``, ``None`` for no end."""

    since: date
    before: date | None


class SearchedFolder(Protocol):
    """Where messages are looked for that are to be removed. Implementation: bounced.sources.imap.searched."""

    name: str

    def search(self, origins: Iterable[Origin], periods: Sequence[Period]) -> Iterator[Batch]:
        """Yields, without a cursor, the messages at ``origins``, and all that arrived in ``periods``."""
        ...

    def is_able(self) -> bool:
        """True when just some of its messages can be removed."""
        ...

    def remove(self, origins: Sequence[Origin]) -> list[Origin]:
        """Deletes these messages of one batch and no others; returns those that still existed."""
        ...

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        ...


class Watcher(Protocol):
    """Hints that mail has arrived, from its own thread. The poll is the truth; a hint only makes it run sooner."""

    def start(self) -> None:
        """Begins to watch after the next call of ``polled``."""
        ...

    def polled(self, *, recovered: bool) -> None:
        """Called after each poll that found the folder; ``recovered`` when the one before had failed."""
        ...

    def hang_up(self) -> None:
        """Ends the thread as soon as possible; from any other thread."""
        ...

    def stop(self, patience: float) -> None:
        """Ends the thread, and waits for it for ``patience`` seconds at most."""
        ...


@runtime_checkable
class Polled(Folder, Protocol):
    """A folder that the daemon polls, over a connection that is kept between polls.

    For one thread; only ``interrupt`` may be called from another. Raises FolderMissing where the folder does not exist,
    Unreachable where the whole account can't be read, LoginRefused where trying again soon would do harm.
    """

    account_name: str  # folders of one account fail together
    last_uid: int  # the highest UID that the server has assigned, as far as it said so; else 0

    @property
    def remark(self) -> str:
        """What the source does not do although it should, ``""`` for nothing; polls succeed all the same."""
        ...

    @property
    def expirations(self) -> Sequence[Expiration]:
        """What the last login depended on, and when that ends, as far as it is known."""
        ...

    @property
    def retained_folders(self) -> Sequence[RetainedFolder]:
        """The folders from which this mailbox removes old messages."""
        ...

    @property
    def connected(self) -> bool:
        """True when there is a connection, which may have died since the last poll."""
        ...

    def watcher(self, wake: Callable[[], None], connecting: Pause) -> Watcher | None:
        """A watcher, not started, that calls ``wake`` when mail arrives; ``None`` where the source has none.

        ``connecting`` is the pause between attempts to connect, shared by all watchers of the account.
        """
        ...

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        ...

    def interrupt(self) -> None:
        """From any thread, for good: a call in progress ends with a MailboxError immediately."""
        ...
