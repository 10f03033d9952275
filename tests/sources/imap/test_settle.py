"""Moving and flagging what has been read, as far as the server can."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from bounced.errors import MailboxError
from bounced.model import Intake
from bounced.sources.batches import MAX_MESSAGES
from bounced.sources.imap import ImapMailbox
from tests.support.imap import Open, bodies, plain, read, text
from tests.support.servers import ImapServer


def settle_both(server: ImapServer, mailbox: ImapMailbox) -> None:
    """Delivers three messages; settles the first as understood, the second as not, the third not at all."""
    server.append_all("INBOX", [(text(number), None) for number in (1, 2, 3)])
    first, second, _ = read(mailbox)
    mailbox.settle([Intake(first.origin, "counted", True), Intake(second.origin, "not-a-report", False)])


def test_move_puts_messages_into_their_folders(imap_server: ImapServer, open_mailbox: Open) -> None:
    settle_both(imap_server, open_mailbox(imap_server.account(), "move"))
    assert bodies(imap_server, "INBOX") == [text(3)]
    assert bodies(imap_server, "Bounced/Erledigt ü") == [text(1)]
    assert bodies(imap_server, "Bounced/Unrecognized") == [text(2)]
    with imap_server.client() as client:
        assert "Bounced/Erledigt ü" in [name for _, _, name in client.list_sub_folders()]


def test_two_that_make_the_same_folder_at_once_both_move(dovecot: ImapServer, open_mailbox: Open) -> None:
    """As the polls of two folders do when the daemon is new."""
    start = threading.Barrier(4)
    problems: list[MailboxError] = []

    def settle(mailbox: ImapMailbox) -> None:
        intakes = [Intake(message.origin, "counted", True) for message in read(mailbox)]
        start.wait()
        try:
            mailbox.settle(intakes)
        except MailboxError as problem:
            problems.append(problem)

    for folder in "ABCD":
        dovecot.append(folder, text(1))
    threads = [
        threading.Thread(target=settle, args=[open_mailbox(dovecot.account(), "move", folder)]) for folder in "ABCD"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(bodies(dovecot, "Bounced/Erledigt ü")) == 4


def test_move_without_move_expunges_only_its_own(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append("INBOX", text(0))
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([1])
    mailbox = open_mailbox(plain(dovecot, "127.0.0.2"), "move")
    dovecot.append_all("INBOX", [(text(1), None), (text(2), None)])
    mailbox.settle([Intake(message.origin, "counted", True) for message in read(mailbox)[1:2]])
    assert bodies(dovecot, "INBOX") == [text(0), text(2)]
    assert bodies(dovecot, "Bounced/Erledigt ü") == [text(1)]


def test_move_on_a_server_that_cannot_flags_and_says_so_once(
    dovecot: ImapServer, open_mailbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox = open_mailbox(plain(dovecot, "127.0.0.3"), "move")
    settle_both(dovecot, mailbox)
    assert [message.flags - {rb"\Recent"} for message in dovecot.folder_contents("INBOX")] == [
        {b"$Bounced", rb"\Seen"},
        {b"$BouncedUnrecognized"},
        set(),
    ]
    assert [record.levelname for record in caplog.records if "flagged instead" in record.message] == ["WARNING"]


def test_flag_marks_messages_where_they_are(dovecot: ImapServer, open_mailbox: Open) -> None:
    settle_both(dovecot, open_mailbox(dovecot.account(), "flag"))
    assert [message.flags - {rb"\Recent"} for message in dovecot.folder_contents("INBOX")] == [
        {b"$Bounced", rb"\Seen"},
        {b"$BouncedUnrecognized"},
        set(),
    ]


def test_leave_changes_nothing(imap_server: ImapServer, open_mailbox: Open) -> None:
    settle_both(imap_server, open_mailbox(imap_server.account(), "leave"))
    assert [message.flags - {rb"\Recent"} for message in imap_server.folder_contents("INBOX")] == [set(), set(), set()]


def test_what_a_crash_left_is_settled_later(imap_server: ImapServer, open_mailbox: Open) -> None:
    imap_server.append_all("INBOX", [(text(1), None), (text(2), None)])
    first, second = read(open_mailbox(imap_server.account(), "leave"))
    intakes = [
        Intake(first.origin, "counted", True),
        Intake(dataclasses.replace(second.origin, uidvalidity=1), "counted", True),
        Intake(dataclasses.replace(second.origin, mailbox="imap:other/INBOX"), "counted", True),
        Intake(dataclasses.replace(second.origin, uid=99_999), "repeated", True),
    ]
    for _ in range(2):
        open_mailbox(imap_server.account(), "move").settle(intakes)
    assert bodies(imap_server, "INBOX") == [text(2)]
    assert bodies(imap_server, "Bounced/Erledigt ü") == [text(1)]


def test_more_messages_than_fit_one_command_are_settled(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(text(number), None) for number in range(MAX_MESSAGES + 50)])
    mailbox = open_mailbox(dovecot.account(), "move")
    mailbox.settle([Intake(message.origin, "counted", True) for message in read(mailbox)])
    assert bodies(dovecot, "INBOX") == []
    assert len(bodies(dovecot, "Bounced/Erledigt ü")) == MAX_MESSAGES + 50


def test_no_command_is_longer_than_a_server_takes(dovecot: ImapServer, open_mailbox: Open) -> None:
    """As many UIDs of ten digits as were left unsettled by a long outage; all but one have gone."""
    dovecot.append("INBOX", text(1))
    mailbox = open_mailbox(dovecot.account(), "move")
    [found] = [message.origin for message in read(mailbox)]
    origins = [found, *(dataclasses.replace(found, uid=2**32 - number) for number in range(1, 7000))]
    batches = list(mailbox.only(origins))
    assert [message.content for batch in batches for message in batch.messages] == [text(1)]
    assert sum(len(batch.vanished) for batch in batches) == 6999
    mailbox.settle([Intake(origin, "counted", True) for origin in origins])
    assert bodies(dovecot, "Bounced/Erledigt ü") == [text(1)]
