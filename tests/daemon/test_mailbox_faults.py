"""What people and servers do to mailboxes while the real daemon reads them: each mail is counted once in the end."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.sources.batches import MAX_MESSAGES
from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer, restart_dovecot

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

#: Messages of more than one batch.
MANY = MAX_MESSAGES + 30

#: The daemon with waits that are the shortest that can be drawn, and a fiftieth of that.
HASTY = "import random; random.uniform = lambda shortest, _: shortest / 50; from bounced.cli import main; main()"


def report(number: int) -> bytes:
    return bounce(number, f"r{number}@rcpt.test", DAY0)


def deliver(server: ImapServer, numbers: range, folder: str = "INBOX") -> None:
    server.append_all(folder, [(report(number), DAY0) for number in numbers])


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path, program=("-c", HASTY))


def counted_once(daemon: Daemon, total: int) -> None:
    """Waits until so many mails are in the ledger and all are settled; then each has counted once, and it ends."""
    daemon.wait_until(f"SELECT count(*) >= {total} FROM messages")
    daemon.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
    assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT count(*), count(DISTINCT address) FROM events") == [(total, total)]


@pytest.mark.parametrize("on_done", ["move", "leave"])
def test_a_new_uidvalidity_in_mid_drain(daemon: Daemon, dovecot: ImapServer, on_done: str) -> None:
    deliver(dovecot, range(MANY))
    daemon.configure({"bounces": dovecot}, poll="1s", on_done=on_done)
    with daemon.running():
        daemon.wait_for("address=r1@rcpt.test")
        dovecot.set_uidvalidity("INBOX", 1_234_567)
        deliver(dovecot, range(MANY, MANY + 10))
        daemon.wait_until("SELECT count(*) = 1 FROM cursors WHERE uidvalidity = 1234567")
        counted_once(daemon, MANY + 10)
    if on_done == "move":
        assert dovecot.folder_contents("INBOX") == []
        assert len(dovecot.folder_contents("Bounced")) == MANY + 10
    else:
        assert len(dovecot.folder_contents("INBOX")) == MANY + 10
        assert daemon.rows("SELECT count(*) FROM places WHERE uidvalidity = 1234567") == [(MANY + 10,)]


def make(server: ImapServer, folder: str, numbers: range) -> None:
    """A folder with its mails; Dovecot can't append to one that is new while another session looks for it."""
    deliver(server, numbers, f"{folder} of {numbers}")
    with server.client() as client:
        client.rename_folder(f"{folder} of {numbers}", folder)


def test_a_folder_that_is_renamed_and_deleted_and_made_again(daemon: Daemon, dovecot: ImapServer) -> None:
    """Its UIDs begin anew; the other folder of the account is read meanwhile."""
    folders = ["INBOX", "Reports"]
    deliver(dovecot, range(2), "Reports")
    daemon.configure({"bounces": dovecot}, poll="1s", folders=folders, on_done="leave")
    with daemon.running():
        daemon.wait_for("address=r1@rcpt.test")
        with dovecot.client() as client:
            client.rename_folder("Reports", "Old")
        daemon.wait_for("poll-failed mailbox=imap:bounces/Reports", "problem=")
        deliver(dovecot, range(2, 3))
        daemon.wait_for("mailbox=imap:bounces/INBOX", "address=r2@rcpt.test")
        make(dovecot, "Reports", range(3, 5))
        daemon.wait_for("mailbox=imap:bounces/Reports", "address=r4@rcpt.test")
        with dovecot.client() as client:
            client.delete_folder("Reports")
        daemon.wait_for("poll-failed mailbox=imap:bounces/Reports", "problem=")
        make(dovecot, "Reports", range(5, 6))
        daemon.wait_for("mailbox=imap:bounces/Reports", "address=r5@rcpt.test")
        counted_once(daemon, 6)


@pytest.mark.parametrize("on_done", ["move", "leave"])
def test_a_mailbox_that_is_restored_from_an_older_backup(daemon: Daemon, dovecot: ImapServer, on_done: str) -> None:
    """New mails get UIDs that others had; there are more of them than were lost before anybody looks."""
    deliver(dovecot, range(4))
    maildir, backup = dovecot.directory / "mail" / dovecot.user, dovecot.directory / "mail" / f"{dovecot.user}-backup"
    subprocess.run(["cp", "-a", maildir, backup], check=True)
    deliver(dovecot, range(4, 7))
    daemon.configure({"bounces": dovecot}, poll="1s", on_done=on_done)
    with daemon.running():
        daemon.wait_for("address=r6@rcpt.test")
        daemon.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
        assert daemon.stop()[0] == 0
    shutil.rmtree(maildir)
    backup.rename(maildir)
    deliver(dovecot, range(7, 12))
    with daemon.running():
        counted_once(daemon, 12)
    if on_done == "move":
        assert dovecot.folder_contents("INBOX") == []


def test_the_same_mail_in_two_folders_and_in_two_accounts(daemon: Daemon, dovecot: ImapServer) -> None:
    other = dovecot.fresh()
    deliver(dovecot, range(20))
    deliver(dovecot, range(20), "Reports")
    deliver(other, range(20))
    daemon.configure({"one": dovecot, "two": other}, folders=["INBOX", "Reports"])
    other.append("Reports", report(20), DAY0)
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 61 FROM places WHERE settled = 1")
        counted_once(daemon, 21)
    assert daemon.rows("SELECT outcome, count(*) FROM places GROUP BY outcome") == [("counted", 21), ("repeated", 40)]
    assert [len(server.folder_contents("Bounced")) for server in (dovecot, other)] == [40, 21]
    assert [server.folder_contents("INBOX") for server in (dovecot, other)] == [[], []]


def test_too_many_connections(daemon: Daemon, dovecot: ImapServer) -> None:
    """Somebody else has them all for a while; no poll is due for an hour."""
    server = dataclasses.replace(dovecot, host="127.0.0.4", port=dovecot.plain_port(), tls="none")
    deliver(server, range(3))
    daemon.configure({"bounces": server})
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(server.client())
        with daemon.running():
            daemon.wait_for("poll-failed account=bounces", "problem=", "aximum number of connections")
            assert daemon.bounced("status").returncode == 2
            others.close()
            counted_once(daemon, 3)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_is_killed_in_mid_drain(daemon: Daemon, dovecot: ImapServer, sent: signal.Signals) -> None:
    deliver(dovecot, range(MANY))
    daemon.configure({"bounces": dovecot}, poll="1s")
    with daemon.running():
        daemon.wait_for("address=r1@rcpt.test")
        restart_dovecot(dovecot, sent)
        deliver(dovecot, range(MANY, MANY + 2))
        counted_once(daemon, MANY + 2)
    assert (len(dovecot.folder_contents("INBOX")), len(dovecot.folder_contents("Bounced"))) == (0, MANY + 2)
