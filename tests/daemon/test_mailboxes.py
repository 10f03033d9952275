"""Mailboxes and the ledger together: what becomes of every UID, whatever the server does meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced import pipeline
from bounced.errors import FolderMissing, MailboxError
from bounced.identify import Sender
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import JUNK, Cursor, Intake, Item, Origin
from bounced.pipeline import Unsettled
from bounced.pipeline.drain import take
from bounced.policy import Policy
from bounced.sources.imap import Disposition, ImapMailbox
from bounced.workers import Workers
from tests.support.daemon import Daemon, bounce
from tests.support.scripted import CLOSE, PoisonedImap, ScriptedImap
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

Open = Callable[..., ImapMailbox]


class Books:
    """A ledger with a clock that the test moves, and workers."""

    def __init__(self, path: Path, workers: Workers) -> None:
        self.now = DAY0 + timedelta(days=1)
        self.path = path
        self.workers = workers
        self.ledger = Ledger(str(path), Policy(), clock=lambda: self.now)
        self.told: list[Item] = []

    def observe(self, items: Any, receipt: Receipt) -> None:
        self.told += items

    def poll(self, mailbox: ImapMailbox) -> None:
        pipeline.drain(mailbox, self.ledger, self.workers, self.observe, resume=True)
        pipeline.catch_up(mailbox, self.ledger, self.workers, self.observe)

    def reconcile(self, mailbox: ImapMailbox) -> None:
        pipeline.reconcile(mailbox, self.ledger, self.workers, self.observe)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as reader:
            return reader.execute(sql).fetchall()

    def places(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT uid, outcome, settled FROM places ORDER BY mailbox, uid")


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(Sender(), count=1) as made:
        yield made


@pytest.fixture
def books(tmp_path: Path, workers: Workers) -> Iterator[Books]:
    made = Books(tmp_path / "bounced.db", workers)
    yield made
    made.ledger.close()


@pytest.fixture
def open_mailbox() -> Iterator[Open]:
    made: list[ImapMailbox] = []

    def open_(server: Any, folder: str = "INBOX", on_done: Any = "move", **more: Any) -> Any:
        made.append(ImapMailbox(server.account(), folder, Disposition(on_done, "Done", "Unrecognized", **more)))
        return made[-1]

    yield open_
    for mailbox in made:
        mailbox.close()


def report(number: int) -> bytes:
    return bounce(number, f"r{number}@rcpt.test", DAY0)


def contents(server: ImapServer, folder: str) -> list[bytes]:
    return [message.content for message in server.folder_contents(folder)]


def stored(mail: bytes) -> bytes:
    return mail.replace(b"\n", b"\r\n")


# Roles.


def test_what_comes_to_a_mailbox_that_is_for_others_is_recorded_and_held(
    tmp_path: Path, mail_devel: ImapServer
) -> None:
    mail_devel.append("INBOX", report(1), DAY0)
    daemon = Daemon(tmp_path)
    daemon.configure({"complaints": mail_devel}, role="complaints")
    result = daemon.bounced("scan", "imap:complaints")
    assert result.returncode == 0, result.stderr
    assert daemon.rows("SELECT address, held FROM events") == [("r1@rcpt.test", "its mailbox is for complaints")]


# The folder for spam.


def test_the_folder_for_spam_is_found_by_its_use(dovecot: ImapServer, books: Books, open_mailbox: Open) -> None:
    dovecot.append("Indesirables", report(1), DAY0)
    mailbox = open_mailbox(dovecot, JUNK)
    books.poll(mailbox)
    assert books.rows("SELECT mailbox, outcome, settled FROM places") == [("imap:test/\\Junk", "counted", 1)]
    assert contents(dovecot, "Done") == [stored(report(1))]
    assert contents(dovecot, "Indesirables") == []


@pytest.mark.parametrize(
    "capability, answers, expected",
    [
        ("", [r'* LIST () "/" Spam'], "Spam"),
        ("", [r'* LIST () "." INBOX.Junk' + "\r\n" + r'* LIST () "." INBOX.Spam'], "INBOX.Junk"),
        ("", [r'* LIST (\HasNoChildren \JUNK) "/" "B&APY-se"'], "Böse"),
        ("", [r"* LIST (\Junk) NIL {5}" + "\r\nWaste"], "Waste"),
        (" SPECIAL-USE", [r'* LIST () "/" Spam', r'* LIST (\Junk) "/" Wirklich'], "Wirklich"),
        (" SPECIAL-USE", [r'* LIST () "/" Spam', ""], ""),
        ("", [r'* LIST () "/" Spam' + "\r\n" + r'* LIST (\Sent) "/" Sent'], ""),
        ("", [r'* LIST (\Junk) "/" {6}' + "\r\nA\r\nB C"], ""),
        ("", [r'* LIST (\Junk) "/" Done'], ""),
        ("", [""], ""),
    ],
)
def test_the_names_of_the_folder_for_spam(
    capability: str, answers: list[str], expected: str, open_mailbox: Open
) -> None:
    lists = [f"{answer}\r\n" if answer else "" for answer in answers]
    script = {"CAPABILITY": [f"* CAPABILITY IMAP4rev1{capability}\r\n"], "LIST": lists, "UID SEARCH": ["* SEARCH\r\n"]}
    with ScriptedImap(script) as server:
        mailbox = open_mailbox(server, JUNK)
        if expected:
            assert list(mailbox.batches(None)) == []
            encoded = {"Böse": "B&APY-SE"}.get(expected, expected)
            assert f'SELECT "{encoded.upper()}"' in [said.upper() for said in server.said]
        else:
            with pytest.raises(FolderMissing) as caught:
                list(mailbox.batches(None))
            assert caught.value.optional
            assert str(caught.value).startswith("imap:test/\\Junk: ")
            assert server.commands["SELECT"] == 0


def test_an_account_without_a_folder_for_spam_is_no_failure(tmp_path: Path, mail_devel: ImapServer) -> None:
    mail_devel.append("INBOX", report(1), DAY0)
    daemon = Daemon(tmp_path)
    daemon.configure({"bounces": mail_devel}, junk=True)
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 2 FROM polls WHERE polled_at IS NOT NULL")
        status = daemon.bounced("status")
    assert status.returncode == 0, status.stdout
    states = [line.split()[:2] for line in status.stdout.splitlines() if " imap:" in line]
    assert states == [["OK", "imap:bounces/INBOX"], ["OK", "imap:bounces/\\Junk"]]
    assert "no \\Junk folder on this server" in status.stdout


def test_a_folder_that_was_named_and_is_not_there_is_told_apart(dovecot: ImapServer, open_mailbox: Open) -> None:
    with pytest.raises(FolderMissing) as caught:
        list(open_mailbox(dovecot, "Nowhere").batches(None))
    assert not caught.value.optional


# Every UID ends in exactly one row.


def test_what_vanished_has_a_row(dovecot: ImapServer, books: Books, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(report(number), DAY0) for number in range(1, 204)])
    mailbox = open_mailbox(dovecot, on_done="leave")
    batches = mailbox.batches(None)
    first = next(batches)
    dovecot.remove("INBOX", [202, 203])
    last = next(batches)
    assert len(first.messages) == 200
    assert [origin.uid for origin in last.vanished] == [202, 203]
    books.ledger.take([], last.cursor, vanished=last.vanished)
    assert books.places() == [(202, "vanished", 1), (203, "vanished", 1)]


def test_a_message_that_the_server_never_gives_out_is_given_up_after_an_hour(books: Books, open_mailbox: Open) -> None:
    with PoisonedImap(range(1, 4), poison={2}, failure=CLOSE) as server:
        mailbox = open_mailbox(server, on_done="leave")
        books.poll(mailbox)
        assert books.places() == [(1, "not-a-report", 1), (3, "repeated", 1)]
        assert books.ledger.folders.cursor(mailbox.name) == Cursor(mailbox.name, 7, 3)
        begun = books.now
        tries = 0
        while not [row for row in books.places() if row[0] == 2]:
            books.now += timedelta(minutes=1)
            asked = server.commands["UID FETCH"]
            books.poll(mailbox)
            books.reconcile(mailbox)
            tries += server.commands["UID FETCH"] > asked
            assert tries < 20
    assert timedelta(minutes=60) <= books.now - begun <= timedelta(minutes=70)
    assert [row for row in books.places() if row[0] == 2] == [(2, "unreadable", 1)]
    assert books.rows("SELECT problem FROM messages WHERE kind = 'unreadable' AND problem <> ''") == [
        ("the server returned no body",)
    ]
    assert books.rows("SELECT * FROM trials") == []


def test_a_message_that_was_withheld_for_a_while_is_counted(books: Books, open_mailbox: Open) -> None:
    with PoisonedImap(range(1, 3), poison={1}, failure="TAG NO [UNAVAILABLE] later\r\n", body=report(1)) as server:
        mailbox = open_mailbox(server, on_done="leave")
        books.poll(mailbox)
        assert [uid for uid, *_ in books.places()] == [2]
        server.poison.clear()
        books.poll(mailbox)
        assert [uid for uid, *_ in books.places()] == [2]
        books.now += timedelta(minutes=2)
        books.poll(mailbox)
    assert books.places() == [(1, "repeated", 1), (2, "counted", 1)]
    assert books.rows("SELECT * FROM trials") == []


def test_what_was_left_and_is_withheld_for_a_while_is_settled_later(books: Books, open_mailbox: Open) -> None:
    with PoisonedImap(range(1, 3), poison=set(), failure="", body=report(1)) as server:
        mailbox = open_mailbox(server, on_done="flag")
        pipeline.drain(mailbox, books.ledger, books.workers, books.observe, resume=True, settle=False)
        server.poison.add(1)
        books.poll(mailbox)
        asked = len(server.said)
        books.poll(mailbox)
        assert [said for said in server.said[asked:] if said.startswith("UID FETCH 1 ")] == []
        assert books.places() == [(1, "counted", 0), (2, "repeated", 1)]
        server.poison.clear()
        books.now += timedelta(minutes=2)
        books.poll(mailbox)
        assert [said.split()[2] for said in server.said if "STORE" in said] == ["2", "1"]
    assert books.places() == [(1, "counted", 1), (2, "repeated", 1)]
    assert books.rows("SELECT * FROM trials") == []


# What came late, and what was left.


def test_what_appears_behind_the_cursor_is_taken(dovecot: ImapServer, books: Books, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(report(number), DAY0) for number in (1, 2, 3)])
    mailbox = open_mailbox(dovecot, on_done="leave")
    [batch] = mailbox.batches(None)
    assert batch.cursor is not None
    books.ledger.take([], batch.cursor)  # a cursor that passed what nobody has read
    books.poll(mailbox)
    assert books.places() == []
    books.reconcile(mailbox)
    assert books.places() == [(uid, "counted", 1) for uid in (1, 2, 3)]
    told = len(books.told)
    books.reconcile(mailbox)
    assert len(books.told) == told == 3


def test_the_daemon_takes_what_appears_behind_the_cursor(tmp_path: Path, mail_devel: ImapServer) -> None:
    """The schedule has it done, not the start: it has just been done then, and no poll is due for an hour."""
    mail_devel.append_all("INBOX", [(report(number), DAY0) for number in (1, 2)])
    with mail_devel.client() as client:
        epoch = client.select_folder("INBOX")[b"UIDVALIDITY"]
        [_, last] = client.search("ALL")
    daemon = Daemon(tmp_path)
    daemon.configure({"bounces": mail_devel}, idle=False)
    with daemon.config.open("a") as config:
        config.write('[schedule]\nreconcile = "1s"\n')
    with Ledger(str(daemon.database), Policy()) as ledger:
        ledger.take([], Cursor("imap:bounces/INBOX", epoch, last))
        ledger.upkeep.ran("reconcile")
    with daemon.running():
        daemon.wait_for("outcome=counted", "address=r2@rcpt.test")
        daemon.wait_until("SELECT count(*) = 2 FROM places WHERE settled = 1")
        assert daemon.stop()[0] == 0
    assert len(mail_devel.folder_contents("Bounced")) == 2


def test_the_overlap_ends_with_the_epoch(dovecot: ImapServer, open_mailbox: Open) -> None:
    dovecot.append("INBOX", report(1), DAY0)
    mailbox = open_mailbox(dovecot)
    [batch] = mailbox.batches(None)
    assert batch.cursor is not None
    assert [origin.uid for origin in mailbox.overlap(replace(batch.cursor, uid=1500))] == []
    assert [origin.uid for origin in mailbox.overlap(replace(batch.cursor, uid=1000))] == [1]
    assert mailbox.overlap(replace(batch.cursor, uidvalidity=1)) == []


def test_a_restored_server_that_gives_a_uid_to_another_mail_loses_none(
    dovecot: ImapServer, books: Books, open_mailbox: Open
) -> None:
    """The first mail was taken and not yet moved; its UID is another mail's when the daemon comes back."""
    dovecot.append("INBOX", report(2), DAY0)
    mailbox = open_mailbox(dovecot)
    [batch] = mailbox.batches(None)
    [message] = batch.messages
    forged = replace(message, content=stored(report(1)))
    assert len(list(take(replace(batch, messages=(forged,)), books.ledger, books.workers))) == 1
    books.poll(mailbox)
    assert books.rows("SELECT DISTINCT address FROM events ORDER BY 1") == [("r1@rcpt.test",), ("r2@rcpt.test",)]
    assert books.places() == [(message.origin.uid, "counted", 1)]
    assert contents(dovecot, "Done") == [stored(report(2))]


def test_what_a_person_moved_away_is_settled(dovecot: ImapServer, books: Books, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(report(number), DAY0) for number in (1, 2)])
    mailbox = open_mailbox(dovecot)
    for batch in mailbox.batches(None):
        assert len(list(take(batch, books.ledger, books.workers))) == 1
    dovecot.remove("INBOX", [1])
    books.poll(mailbox)
    assert books.places() == [(1, "counted", 1), (2, "counted", 1)]
    assert contents(dovecot, "Done") == [stored(report(2))]


# Where messages go.


def test_outcomes_have_folders(dovecot: ImapServer, books: Books, open_mailbox: Open) -> None:
    letter = b"From: anna@example.org\nSubject: hello\nMessage-ID: <x@example.org>\n\nHow are you?\n"
    dovecot.append_all("INBOX", [(mail, DAY0) for mail in (report(1), report(1), letter)])
    books.poll(open_mailbox(dovecot, outcome_folders={"not-a-report": "Other", "repeated": "Twice"}))
    assert contents(dovecot, "Done") == contents(dovecot, "Twice") == [stored(report(1))]
    assert contents(dovecot, "Other") == [stored(letter)]


def test_a_folder_that_cannot_be_made_does_not_stop_the_others(
    dovecot: ImapServer, books: Books, open_mailbox: Open
) -> None:
    letter = b"From: anna@example.org\nSubject: hello\nMessage-ID: <x@example.org>\n\nHow are you?\n"
    dovecot.append_all("INBOX", [(letter, DAY0), (report(1), DAY0)])
    mailbox = open_mailbox(dovecot, outcome_folders={"not-a-report": "a//b"})
    with pytest.raises(MailboxError):
        books.poll(mailbox)
    assert contents(dovecot, "Done") == [stored(report(1))]
    books.poll(open_mailbox(dovecot, outcome_folders={"not-a-report": "Other"}))
    assert contents(dovecot, "Other") == [stored(letter)]
    assert [settled for *_, settled in books.places()] == [1, 1]


def test_what_was_left_and_goes_elsewhere_does_not_wait_for_what_cannot_be_settled(
    dovecot: ImapServer, books: Books, open_mailbox: Open
) -> None:
    """It lies behind more than a batch of that."""
    letters = [f"From: a@example.org\nMessage-ID: <{n}@example.org>\n\n{n}\n".encode() for n in range(201)]
    dovecot.append_all("INBOX", [(mail, DAY0) for mail in (*letters, report(1))])
    mailbox = open_mailbox(dovecot, outcome_folders={"not-a-report": "a//b"})
    pipeline.drain(mailbox, books.ledger, books.workers, books.observe, resume=True, settle=False)
    with pytest.raises(Unsettled):
        books.poll(mailbox)
    assert contents(dovecot, "Done") == [stored(report(1))]


def test_a_server_without_keywords_is_left_alone_and_that_is_said_once(
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


def test_a_copy_that_was_made_before_a_crash_is_not_made_again(dovecot: ImapServer, open_mailbox: Open) -> None:
    """On a server with UIDPLUS and without MOVE."""
    port = int((dovecot.directory / "plain-port").read_text())
    account = dovecot.account(host="127.0.0.2", port=port, tls="none")
    dovecot.append("INBOX", report(1), DAY0)
    with dovecot.client() as client:
        client.create_folder("Done")
        client.select_folder("INBOX")
        client.copy([1], "Done")
        client.add_flags([1], [rb"\Deleted", b"$BouncedCopied"])
    mailbox = ImapMailbox(account, "INBOX", Disposition("move", "Done", "Unrecognized"))
    [batch] = mailbox.batches(None)
    mailbox.settle([Intake(batch.messages[0].origin, "counted", True)])
    mailbox.close()
    assert contents(dovecot, "INBOX") == []
    assert contents(dovecot, "Done") == [stored(report(1))]
