"""A mailbox that the version before has read: its messages stay where they are, and its configuration still works."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
DATABASES = Path(__file__).parents[1] / "ledger" / "databases"
SAMPLES = Path(__file__).parents[2] / "samples"

#: The two messages that the version before has read, and where its database says that they were.
LETTER = (SAMPLES / "other" / "answer-by-a-person.eml").read_bytes()
REPORT = sorted((SAMPLES / "story" / "bounces").glob("*.eml"))[0].read_bytes()
UIDVALIDITY = 1795885118

FACTS = "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM events)"


def letter(number: int) -> bytes:
    return b"From: a@b.test\r\nSubject: hello\r\nMessage-ID: <%d@b.test>\r\n\r\nhow are you?\r\n" % number


def count(server: ImapServer, folder: str) -> int:
    return len(server.folder_contents(folder))


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    """The daemon with the database of the version before."""
    with closing(sqlite3.connect(tmp_path / "bounced.db")) as db:
        db.executescript((DATABASES / "m002.sql").read_text("utf-8"))
    return Daemon(tmp_path)


@pytest.fixture
def server(dovecot: ImapServer) -> ImapServer:
    """The mailbox as the version before left it."""
    dovecot.append_all("INBOX", [(LETTER, DAY0), (REPORT, DAY0)])
    dovecot.remove("INBOX", [1, 2])
    dovecot.set_uidvalidity("INBOX", UIDVALIDITY)
    dovecot.append("Bounced", REPORT, DAY0)
    dovecot.append("Bounced-Unread", LETTER, DAY0)
    return dovecot


def test_without_a_folder_in_the_configuration_the_new_one_is_made(daemon: Daemon, server: ImapServer) -> None:
    [(messages, events)] = daemon.rows(FACTS)
    server.append_all("INBOX", [(letter(2), DAY0), (bounce(3, "new@rcpt.test", DAY0), DAY0)])
    daemon.configure({"bounces": server})
    ended = daemon.bounced("run", "--once")
    assert (ended.returncode, ended.stdout, "old-key" in ended.stderr) == (0, "", False)
    folders = ("INBOX", "Bounced", "Bounced-Unread", "Bounced-Unrecognized")
    assert [count(server, folder) for folder in folders] == [0, 2, 1, 1]
    assert daemon.rows(FACTS) == [(messages + 2, events + 1)]


def test_the_old_key_is_one_line_and_its_folder_is_used(daemon: Daemon, server: ImapServer) -> None:
    server.append("INBOX", letter(2), DAY0)
    daemon.configure({"bounces": server}, unread_folder="Bounced-Unread")
    ended = daemon.bounced("run", "--once")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert [line for line in ended.stderr.splitlines() if "unread" in line.lower()] == [
        "WARNING old-key key=mailbox.bounces.unread_folder renamed=unrecognized_folder"
    ]
    assert count(server, "Bounced-Unread") == 2


def test_the_daemon_logs_an_old_key_when_it_starts_and_reloads(daemon: Daemon, server: ImapServer) -> None:
    daemon.configure({"bounces": server}, unread_folder="Bounced-Unread")
    with daemon.running():
        daemon.wait_for("old-key", "key=mailbox.bounces.unread_folder")
        daemon.wait_for("started")
        daemon.configure({"bounces": server}, unread_folder="Old")
        daemon.hup()
        daemon.wait_for("old-key", "key=mailbox.bounces.unread_folder")
        assert daemon.stop()[0] == 0


def test_messages_moved_or_flagged_under_the_old_name_are_known(daemon: Daemon, server: ImapServer) -> None:
    [(messages, events)] = daemon.rows(FACTS)
    with server.client() as client:
        client.select_folder("Bounced-Unread")
        client.add_flags([1], ["$BouncedUnread"])
    daemon.configure({"bounces": server}, folders=["Bounced", "Bounced-Unread"], on_done="leave")
    scanned = daemon.bounced("scan", "imap:bounces")
    judged = f"bounced: {daemon.database}: judged by other numbers than before: 1 more suppressed, 0 fewer\n"
    assert (scanned.returncode, scanned.stderr) == (0, f"{judged}2 messages: 2 repeated\n")
    assert daemon.rows(FACTS) == [(messages, events)]
    [stored] = server.folder_contents("Bounced-Unread")
    assert b"$BouncedUnread" in stored.flags
