"""Where mails come from. A new source is a class with the two methods of Mailbox, and a line in bounced.cli.scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from bounced.model import Batch, Cursor, Intake, Origin


class Mailbox(Protocol):
    """Somewhere messages come from. Implementations: bounced.sources.files, bounced.sources.imap."""

    name: str

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """Yields what lies behind ``after`` (``None``: everything), oldest first.

        Raises MailboxError when the mailbox cannot be read; nothing of the batch under way is lost then.
        """
        ...

    def settle(self, intakes: Sequence[Intake]) -> None:
        """Called after the ledger's COMMIT: moves, flags or leaves the messages. Never deletes."""
        ...


class Folder(Mailbox, Protocol):
    """A mailbox whose messages keep their names: a folder on an IMAP server."""

    def only(self, origins: Sequence[Origin], *, suspect: bool = False) -> Iterator[Batch]:
        """Yields these again, as far as they are there, without a cursor; the others are ``vanished``.

        Those that are ``suspect`` were withheld before: when the server fails over one it was withheld again.
        """
        ...

    def overlap(self, cursor: Cursor) -> list[Origin]:
        """The newest messages that are there up to ``cursor``; none when it is not of this folder."""
        ...

    def anew(self) -> bool:
        """True when the server is seen over another connection than when this was asked last."""
        ...


class Retained(Protocol):
    """Where messages that are done with lie until they are removed. Implementation: bounced.sources.imap.removal."""

    name: str
    retain: timedelta

    def old(self, choose: Callable[[Sequence[Origin]], Sequence[Origin]]) -> Iterator[Batch]:
        """Yields, without a cursor, what ``choose`` takes of at least what was there for longer than ``retain``."""
        ...

    def remove(self, origins: Sequence[Origin]) -> int:
        """Deletes these messages and no others; how many of them were still there."""
        ...

    def close(self) -> None:
        """Ends the connection, if there is one; the next use makes a new one."""
        ...
