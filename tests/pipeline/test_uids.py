"""Every UID ends in exactly one row, whatever the server does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bounced import pipeline
from bounced.ledger.ledger import Ledger
from bounced.model import Cursor
from bounced.pipeline.drain import take
from bounced.policy import Policy
from bounced.sources.batches import MAX_MESSAGES
from tests.support.daemon import Daemon
from tests.support.polling import DAY0, Open, Polling, contents, report, stored
from tests.support.scripted import CLOSE, PoisonedImap
from tests.support.servers import ImapServer


def test_what_vanished_has_a_row(dovecot: ImapServer, polling: Polling, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(report(number), DAY0) for number in range(1, MAX_MESSAGES + 4)])
    mailbox = open_mailbox(dovecot, on_done="leave")
    batches = mailbox.batches(None)
    first = next(batches)
    gone = [MAX_MESSAGES + 2, MAX_MESSAGES + 3]
    dovecot.remove("INBOX", gone)
    last = next(batches)
    assert len(first.messages) == MAX_MESSAGES
    assert [origin.uid for origin in last.vanished] == gone
    polling.ledger.take([], last.cursor, vanished=last.vanished)
    assert polling.places() == [(uid, "vanished", 1) for uid in gone]


def test_a_message_withheld_for_an_hour_is_given_up(polling: Polling, open_mailbox: Open) -> None:
    with PoisonedImap(range(1, 4), poison={2}, failure=CLOSE) as server:
        mailbox = open_mailbox(server, on_done="leave")
        polling.poll(mailbox)
        assert polling.places() == [(1, "not-a-report", 1), (3, "repeated", 1)]
        assert polling.ledger.folders.cursor(mailbox.name) == Cursor(mailbox.name, 7, 3)
        begun = polling.now
        tries = 0
        while not [row for row in polling.places() if row[0] == 2]:
            polling.now += timedelta(minutes=1)
            asked = server.commands["UID FETCH"]
            polling.poll(mailbox)
            polling.reconcile(mailbox)
            tries += server.commands["UID FETCH"] > asked
            assert tries < 20
    assert timedelta(minutes=60) <= polling.now - begun <= timedelta(minutes=70)
    assert [row for row in polling.places() if row[0] == 2] == [(2, "unreadable", 1)]
    assert polling.rows("SELECT problem FROM messages WHERE kind = 'unreadable' AND problem <> ''") == [
        ("the server returned no body",)
    ]
    assert polling.rows("SELECT * FROM trials") == []


def test_a_message_that_was_withheld_for_a_while_is_counted(polling: Polling, open_mailbox: Open) -> None:
    with PoisonedImap(range(1, 3), poison={1}, failure="TAG NO [UNAVAILABLE] later\r\n", body=report(1)) as server:
        mailbox = open_mailbox(server, on_done="leave")
        polling.poll(mailbox)
        assert [uid for uid, *_ in polling.places()] == [2]
        server.poison.clear()
        polling.poll(mailbox)
        assert [uid for uid, *_ in polling.places()] == [2]
        polling.now += timedelta(minutes=2)
        polling.poll(mailbox)
    assert polling.places() == [(1, "repeated", 1), (2, "counted", 1)]
    assert polling.rows("SELECT * FROM trials") == []


def test_an_unsettled_message_withheld_for_a_while_is_settled_later(polling: Polling, open_mailbox: Open) -> None:
    with PoisonedImap(range(1, 3), poison=set(), failure="", body=report(1)) as server:
        mailbox = open_mailbox(server, on_done="flag")
        pipeline.drain(mailbox, polling.ledger, polling.workers, polling.observe, resume=True, settle=False)
        server.poison.add(1)
        polling.poll(mailbox)
        asked = len(server.said)
        polling.poll(mailbox)
        assert [said for said in server.said[asked:] if said.startswith("UID FETCH 1 ")] == []
        assert polling.places() == [(1, "counted", 0), (2, "repeated", 1)]
        server.poison.clear()
        polling.now += timedelta(minutes=2)
        polling.poll(mailbox)
        assert [said.split()[2] for said in server.said if "STORE" in said] == ["2", "1"]
    assert polling.places() == [(1, "counted", 1), (2, "repeated", 1)]
    assert polling.rows("SELECT * FROM trials") == []


def test_what_appears_behind_the_cursor_is_taken(dovecot: ImapServer, polling: Polling, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(report(number), DAY0) for number in (1, 2, 3)])
    mailbox = open_mailbox(dovecot, on_done="leave")
    [batch] = mailbox.batches(None)
    assert batch.cursor is not None
    polling.ledger.take([], batch.cursor)  # a cursor that passed what nobody has read
    polling.poll(mailbox)
    assert polling.places() == []
    polling.reconcile(mailbox)
    assert polling.places() == [(uid, "counted", 1) for uid in (1, 2, 3)]
    told = len(polling.told)
    polling.reconcile(mailbox)
    assert len(polling.told) == told == 3


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
    dovecot: ImapServer, polling: Polling, open_mailbox: Open
) -> None:
    """The first mail was taken and not yet moved; its UID is another mail's when the daemon comes back."""
    dovecot.append("INBOX", report(2), DAY0)
    mailbox = open_mailbox(dovecot)
    [batch] = mailbox.batches(None)
    [message] = batch.messages
    forged = replace(message, content=stored(report(1)))
    assert len(list(take(replace(batch, messages=(forged,)), polling.ledger, polling.workers, may_defer=True))) == 1
    polling.poll(mailbox)
    assert polling.rows("SELECT DISTINCT address FROM events ORDER BY 1") == [("r1@rcpt.test",), ("r2@rcpt.test",)]
    assert polling.places() == [(message.origin.uid, "counted", 1)]
    assert contents(dovecot, "Done") == [stored(report(2))]


def test_what_a_person_moved_away_is_settled(dovecot: ImapServer, polling: Polling, open_mailbox: Open) -> None:
    dovecot.append_all("INBOX", [(report(number), DAY0) for number in (1, 2)])
    mailbox = open_mailbox(dovecot)
    for batch in mailbox.batches(None):
        assert len(list(take(batch, polling.ledger, polling.workers, may_defer=True))) == 1
    dovecot.remove("INBOX", [1])
    polling.poll(mailbox)
    assert polling.places() == [(1, "counted", 1), (2, "counted", 1)]
    assert contents(dovecot, "Done") == [stored(report(2))]
