"""Where messages go, and what cannot be moved there."""

from __future__ import annotations

import pytest

from bounced import pipeline
from bounced.errors import MailboxError
from bounced.model import Intake, Origin
from bounced.pipeline import Unsettled
from bounced.sources.batches import MAX_MESSAGES
from bounced.sources.imap import Disposition, ImapMailbox
from tests.support.polling import DAY0, Open, Polling, contents, report, stored
from tests.support.scripted import ScriptedImap
from tests.support.servers import ImapServer


def test_outcomes_have_folders(dovecot: ImapServer, polling: Polling, open_mailbox: Open) -> None:
    letter = b"From: anna@example.org\nSubject: hello\nMessage-ID: <x@example.org>\n\nHow are you?\n"
    dovecot.append_all("INBOX", [(mail, DAY0) for mail in (report(1), report(1), letter)])
    polling.poll(open_mailbox(dovecot, outcome_folders={"not-a-report": "Other", "repeated": "Twice"}))
    assert contents(dovecot, "Done") == contents(dovecot, "Twice") == [stored(report(1))]
    assert contents(dovecot, "Other") == [stored(letter)]


def test_a_folder_that_cannot_be_made_does_not_stop_the_others(
    dovecot: ImapServer, polling: Polling, open_mailbox: Open
) -> None:
    letter = b"From: anna@example.org\nSubject: hello\nMessage-ID: <x@example.org>\n\nHow are you?\n"
    dovecot.append_all("INBOX", [(letter, DAY0), (report(1), DAY0)])
    mailbox = open_mailbox(dovecot, outcome_folders={"not-a-report": "a//b"})
    with pytest.raises(MailboxError):
        polling.poll(mailbox)
    assert contents(dovecot, "Done") == [stored(report(1))]
    polling.poll(open_mailbox(dovecot, outcome_folders={"not-a-report": "Other"}))
    assert contents(dovecot, "Other") == [stored(letter)]
    assert [settled for *_, settled in polling.places()] == [1, 1]


def test_unsettled_messages_do_not_wait_for_another_destination(
    dovecot: ImapServer, polling: Polling, open_mailbox: Open
) -> None:
    """It lies behind more than a batch of that."""
    letters = [f"From: a@example.org\nMessage-ID: <{n}@example.org>\n\n{n}\n".encode() for n in range(MAX_MESSAGES + 1)]
    dovecot.append_all("INBOX", [(mail, DAY0) for mail in (*letters, report(1))])
    mailbox = open_mailbox(dovecot, outcome_folders={"not-a-report": "a//b"})
    pipeline.drain(mailbox, polling.ledger, polling.workers, polling.observe, resume=True, settle=False)
    with pytest.raises(Unsettled):
        polling.poll(mailbox)
    assert contents(dovecot, "Done") == [stored(report(1))]


def test_a_server_without_keywords_is_left_alone_and_logged_once(
    open_mailbox: Open, caplog: pytest.LogCaptureFixture
) -> None:
    selected = "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 2] .\r\n* OK [PERMANENTFLAGS (\\Seen)] .\r\n"
    with ScriptedImap({"SELECT": [selected]}) as server:
        mailbox = open_mailbox(server, on_done="flag")
        for _ in range(2):
            mailbox.settle([Intake(Origin(mailbox.name, "1", 7, 1), "counted", True)])
        assert server.commands["UID STORE"] == 0
    assert [record.message for record in caplog.records] == [
        "imap:test/INBOX: server does not accept custom keywords; messages left unflagged"
    ]


def test_a_copy_that_was_made_before_a_crash_is_not_made_again(dovecot: ImapServer, polling: Polling) -> None:
    """On a server with UIDPLUS and without MOVE."""
    port = int((dovecot.directory / "plain-port").read_text())
    account = dovecot.account(host="127.0.0.2", port=port, tls="none")
    dovecot.append("INBOX", report(1), DAY0)
    with dovecot.client() as client:
        client.create_folder("Done")
        client.select_folder("INBOX")
        client.copy([1], "Done")
        client.add_flags([1], [rb"\Deleted"])
    mailbox = ImapMailbox(account, "INBOX", Disposition("move", "Done", "Unrecognized"))
    pipeline.drain(mailbox, polling.ledger, polling.workers, polling.observe, resume=True, settle=False)
    polling.ledger.folders.note_copied([left.origin for left in polling.ledger.folders.unsettled(mailbox.name)])
    polling.poll(mailbox)
    mailbox.close()
    assert contents(dovecot, "INBOX") == []
    assert contents(dovecot, "Done") == [stored(report(1))]
