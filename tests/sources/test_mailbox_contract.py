"""What every kind of mailbox promises, shown on all of them."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from bounced.model import Batch, Cursor, Intake, Origin, RawMessage
from bounced.sources import Mailbox
from bounced.sources.batches import CONTENT_LIMIT, MAX_MESSAGES, MAX_OCTETS
from bounced.sources.files import MemoryMailbox, open_source
from bounced.sources.imap import Disposition, ImapMailbox
from tests.support.servers import ImapServer

START = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)

Mail = tuple[bytes, datetime]


def mail(number: int, octets: int = 0) -> Mail:
    """A mail unlike all others, stored ``number`` minutes after START, with a body of ``octets`` more."""
    text = f"Message-ID: <{number}@rcpt.test>\nSubject: report {number}\n\nThis is number {number}.\n"
    return text.encode() + b"x" * octets + b"\n", START + timedelta(minutes=number)


class Kind(Protocol):
    """A kind of mailbox under test."""

    def deliver(self, mails: list[Mail]) -> None: ...

    def open(self) -> Mailbox: ...

    def stored(self, content: bytes) -> bytes:
        """The octets into which this kind turns ``content``."""
        ...

    def left(self) -> list[bytes]:
        """What is still where it was delivered."""
        ...

    def close(self) -> None: ...


class Memory:
    def __init__(self) -> None:
        self.mails: list[Mail] = []

    def deliver(self, mails: list[Mail]) -> None:
        self.mails += mails

    def open(self) -> Mailbox:
        return MemoryMailbox(
            "memory",
            [RawMessage(Origin("memory"), when, content[:CONTENT_LIMIT], len(content)) for content, when in self.mails],
        )

    def stored(self, content: bytes) -> bytes:
        return content

    def left(self) -> list[bytes]:
        return [content for content, _ in self.mails]

    def close(self) -> None: ...


class Directory:
    def __init__(self, root: Path, folder: str, suffix: str) -> None:
        self.root = root
        self.folder = root / folder
        self.suffix = suffix
        self.folder.mkdir()

    def deliver(self, mails: list[Mail]) -> None:
        for content, when in mails:
            path = self.folder / f"{when.timestamp():.0f}.M1P1.host{self.suffix}"
            path.write_bytes(content)
            os.utime(path, (when.timestamp(), when.timestamp()))

    def open(self) -> Mailbox:
        return open_source(str(self.root), io.BytesIO())[0]

    def stored(self, content: bytes) -> bytes:
        return content

    def left(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.iterdir())]

    def close(self) -> None: ...


class Mbox:
    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(gzip.compress(b"") if path.suffix == ".gz" else b"")

    def deliver(self, mails: list[Mail]) -> None:
        packed = gzip.compress if self.path.suffix == ".gz" else bytes
        with self.path.open("ab") as file:
            for content, when in mails:
                file.write(packed(f"From MAILER-DAEMON {when.ctime()}\n".encode() + content + b"\n"))

    def open(self) -> Mailbox:
        return open_source(str(self.path), io.BytesIO())[0]

    def stored(self, content: bytes) -> bytes:
        return content

    def left(self) -> list[bytes]:
        return [message.content for message in read(self.open())]

    def close(self) -> None: ...


class Imap:
    def __init__(self, server: ImapServer) -> None:
        self.server = server
        self.mailbox = ImapMailbox(server.account(), "INBOX", Disposition("move", "Done", "Unrecognized"))

    def deliver(self, mails: list[Mail]) -> None:
        self.server.append_all("INBOX", list(mails))

    def open(self) -> Mailbox:
        return self.mailbox

    def stored(self, content: bytes) -> bytes:
        return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def left(self) -> list[bytes]:
        return [message.content for message in self.server.folder_contents("INBOX")]

    def close(self) -> None:
        self.mailbox.close()


def maildir(root: Path) -> Directory:
    (root / "cur").mkdir()
    return Directory(root, "new", "")


KINDS: dict[str, Callable[[pytest.FixtureRequest, Path], Kind]] = {
    "memory": lambda request, path: Memory(),
    "directory": lambda request, path: Directory(path, "mails", ".eml"),
    "maildir": lambda request, path: maildir(path),
    "mbox": lambda request, path: Mbox(path / "mails.mbox"),
    "mbox.gz": lambda request, path: Mbox(path / "mails.mbox.gz"),
    "mail-devel": lambda request, path: Imap(request.getfixturevalue("mail_devel")),
    "dovecot": lambda request, path: Imap(request.getfixturevalue("dovecot")),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    made = KINDS[request.param](request, tmp_path)
    request.addfinalizer(made.close)
    return made


def read(mailbox: Mailbox, after: Cursor | None = None) -> list[RawMessage]:
    return [message for batch in mailbox.batches(after) for message in batch.messages]


def last_cursor(batches: list[Batch]) -> Cursor | None:
    return batches[-1].cursor


def test_messages_come_out_as_they_were_stored_and_in_order(kind: Kind) -> None:
    mails = [mail(number) for number in range(3)]
    mails.append((mails[0][0].replace(b"\n", b"\r\n"), START + timedelta(hours=1)))
    kind.deliver(mails)
    found = read(kind.open())
    assert [message.content for message in found] == [kind.stored(content) for content, _ in mails]
    assert [message.size for message in found] == [len(message.content) for message in found]
    assert [message.arrived_at for message in found] == [when for _, when in mails]
    assert {message.origin.mailbox for message in found} == {kind.open().name}


def test_an_empty_mailbox_has_nothing_and_is_no_error(kind: Kind) -> None:
    assert list(kind.open().batches(None)) == []


def test_batches_hold_500_messages_at_most(kind: Kind) -> None:
    mails = [mail(number) for number in range(MAX_MESSAGES + 50)]
    kind.deliver(mails)
    sizes = [len(batch.messages) for batch in kind.open().batches(None)]
    assert sum(sizes) == len(mails)
    assert max(sizes) <= MAX_MESSAGES


def test_batches_hold_4_mib_at_most_and_messages_256_kib(kind: Kind) -> None:
    mails = [*(mail(number, octets=CONTENT_LIMIT) for number in range(17)), mail(17, octets=3 * CONTENT_LIMIT)]
    kind.deliver(mails)
    batches = list(kind.open().batches(None))
    assert max(sum(len(message.content) for message in batch.messages) for batch in batches) <= MAX_OCTETS
    found = [message for batch in batches for message in batch.messages]
    assert [message.content for message in found] == [kind.stored(content)[:CONTENT_LIMIT] for content, _ in mails]
    assert [message.size for message in found] == [len(kind.stored(content)) for content, _ in mails]


def test_behind_a_cursor_only_new_messages_come(kind: Kind) -> None:
    kind.deliver([mail(1), mail(2)])
    cursor = last_cursor(list(kind.open().batches(None)))
    kind.deliver([mail(3)])
    expected = [mail(3)] if cursor else [mail(1), mail(2), mail(3)]
    assert [message.content for message in read(kind.open(), cursor)] == [kind.stored(text) for text, _ in expected]


def test_behind_the_last_cursor_nothing_comes(kind: Kind) -> None:
    kind.deliver([mail(1), mail(2)])
    cursor = last_cursor(list(kind.open().batches(None)))
    assert len(read(kind.open(), cursor)) == (0 if cursor else 2)


def test_settling_twice_touches_nothing_else(kind: Kind) -> None:
    mails = [mail(number) for number in range(3)]
    kind.deliver(mails)
    mailbox = kind.open()
    first = read(mailbox)[0]
    for _ in range(2):
        mailbox.settle([Intake(first.origin, "counted", recognized=True)])
    assert kind.left()[-2:] == [kind.stored(content) for content, _ in mails[1:]]


def test_settling_nothing_is_harmless(kind: Kind) -> None:
    kind.deliver([mail(1)])
    kind.open().settle([])
    assert kind.left() == [kind.stored(mail(1)[0])]
