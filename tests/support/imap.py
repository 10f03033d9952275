"""What the tests of an IMAP mailbox share: mailboxes to open, messages, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from bounced.errors import MailboxError
from bounced.model import CopyTarget, Origin, RawMessage
from bounced.sources import Mailbox
from bounced.sources.imap import Account, ImapMailbox
from tests.support.servers import ImapServer

Open = Callable[..., ImapMailbox]

SIZE = '* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE " 1-Jan-2026 00:00:00 +0000")\r\n'

BODY = "* 1 FETCH (UID 1 BODY[]<0> {9}\r\nX: y\r\n\r\nz)\r\n"


class NotedCopies:
    """Remembers copies as the ledger does."""

    def __init__(self) -> None:
        self.done: set[Origin] = set()
        self.targets: dict[Origin, CopyTarget] = {}

    def copied(self, origins: Sequence[Origin]) -> set[Origin]:
        return self.done.intersection(origins)

    def note_copied(self, origins: Sequence[Origin]) -> None:
        self.done.update(origins)
        self.targets = {origin: target for origin, target in self.targets.items() if origin not in self.done}

    def copying(self, origins: Sequence[Origin]) -> Mapping[Origin, CopyTarget]:
        return {origin: self.targets[origin] for origin in origins if origin in self.targets}

    def note_copying(self, origins: Sequence[Origin], target: CopyTarget) -> None:
        self.targets |= dict.fromkeys(origins, target)


def read(mailbox: Mailbox) -> list[RawMessage]:
    return [message for batch in mailbox.batches(None) for message in batch.messages]


def text(number: int) -> bytes:
    return f"Subject: {number}\r\n\r\nbody\r\n".encode()


def plain(server: ImapServer, host: str) -> Account:
    """Dovecot without TLS, on one of the addresses where it can do less."""
    return server.account(host=host, port=int((server.directory / "plain-port").read_text()), tls="none")


def failure(mailbox: Mailbox) -> str:
    with pytest.raises(MailboxError) as caught:
        read(mailbox)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("imap:test/INBOX: ")
    return line.removeprefix("imap:test/INBOX: ")


def bodies(server: ImapServer, folder: str) -> list[bytes]:
    return [message.content for message in server.folder_contents(folder)]
