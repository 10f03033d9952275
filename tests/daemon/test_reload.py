"""What a reload changes while the daemon runs."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.errors import LedgerError
from bounced.ledger import database
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Limit, Policy
from tests.support import token_endpoint
from tests.support.daemon import Daemon, bounce, secret_file
from tests.support.manager import Manager
from tests.support.scripted import ScriptedImap
from tests.support.servers import ImapServer
from tests.support.token_endpoint import REFRESH_TOKEN

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


def connections(daemon: Daemon, server: ImapServer) -> set[str]:
    """The sockets that the daemon has to ``server``."""
    if os.geteuid():
        pytest.skip("only root can see which files a daemon has open")
    assert daemon.process is not None
    peers = Path(f"/proc/{daemon.process.pid}/net/tcp").read_text()
    links = [str(link.readlink()) for link in Path(f"/proc/{daemon.process.pid}/fd").iterdir()]
    inodes = {
        fields[9] for fields in map(str.split, peers.splitlines()[1:]) if fields[2].endswith(f":{server.port:04X}")
    }
    return {inode for inode in inodes if f"socket:[{inode}]" in links}


def test_a_reload_adds_and_removes_mailboxes_and_leaves_the_others_alone(
    daemon: Daemon, mail_devel: ImapServer, dovecot: ImapServer
) -> None:
    daemon.configure({"first": dovecot, "second": mail_devel})
    dovecot.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    mail_devel.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
    with daemon.running():
        daemon.wait_for("address=")
        daemon.wait_for("address=")
        daemon.wait_until("SELECT count(*) = 2 FROM polls WHERE problem = ''")
        while not len(connections(daemon, dovecot)) == len(connections(daemon, mail_devel)) == 2:
            time.sleep(0.05)  # IDLE begins after the first poll
        before = connections(daemon, dovecot)
        other = dovecot.fresh()
        other.append("INBOX", bounce(3, "c@rcpt.test", DAY0), DAY0)
        daemon.configure({"first": dovecot, "third": other})
        daemon.hup()
        daemon.wait_for("reloaded")
        daemon.wait_for("address=c@rcpt.test")
        assert connections(daemon, mail_devel) == set()
        assert before < connections(daemon, dovecot)
        dovecot.append("INBOX", bounce(4, "d@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=d@rcpt.test")
        mail_devel.append("INBOX", bounce(5, "e@rcpt.test", DAY0), DAY0)
        daemon.configure({"first": dovecot, "second": mail_devel})
        daemon.hup()
        daemon.wait_for("address=e@rcpt.test")
        assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT count(*), count(DISTINCT address) FROM events") == [(5, 5)]


def test_a_new_password_is_taken_by_a_reload(daemon: Daemon, mail_devel: ImapServer) -> None:
    """The refused login would be tried again in five minutes at the earliest."""
    daemon.configure({"bounces": mail_devel})
    (daemon.directory / "password").write_text("wrong\n")
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    with daemon.running():
        daemon.wait_for("account=bounces", "login refused")
        daemon.configure({"bounces": mail_devel})
        daemon.hup()
        daemon.wait_for("address=a@rcpt.test")
        assert daemon.stop()[0] == 0


def test_unreachable_servers_do_not_delay_a_reload(daemon: Daemon, mail_devel: ImapServer) -> None:
    """One connection is all that their queue holds: the next ones wait for an answer until their time is over."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as silent,
        socket.create_connection(silent.getsockname()) as first,
    ):
        port = first.getpeername()[1]
        daemon.configure({f"m{number}": replace(mail_devel.fresh(), port=port) for number in range(8)})
        with daemon.running():
            daemon.wait_for("started")
            daemon.configure({"bounces": mail_devel})
            begun = time.monotonic()
            daemon.hup()
            daemon.wait_for("reloaded")
            assert time.monotonic() - begun < 5
            assert daemon.stop()[0] == 0


def test_a_new_refresh_token_in_the_same_file_is_taken_by_a_reload(daemon: Daemon) -> None:
    """The refused one would be tried again in five minutes at the earliest."""
    empty = "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n"
    with token_endpoint.running(None, daemon.directory) as endpoint, ScriptedImap({"SELECT": [empty]}) as server:
        daemon.configure({"office": ImapServer("mail-devel", server.account().port)})
        daemon.by_refresh_token(endpoint.url, "old")
        with daemon.running():
            daemon.wait_for("account=office", "no token")
            secret_file(daemon.directory / "refresh-token", REFRESH_TOKEN)
            daemon.hup()
            daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE problem = '' AND polled_at IS NOT NULL")
            assert daemon.stop()[0] == 0
    assert [grant["refresh_token"] for grant in endpoint.grants] == ["old", REFRESH_TOKEN]


WRONG = {
    "a mailbox without its password": '[mailbox.more]\nhost = "h"\nuser = "u"\npassword_file = "/nonexistent"\n',
    "rules that are not there": '[classify]\nrules = "/nonexistent"\n',
    "a pack that contains a mistake": '[classify]\npack = "/etc/passwd"\n',
    "another form of the log": '[log]\nformat = "json"\n',
    "an unknown key": "[polici]\nhard = 3\n",
    "another database": "",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_anywhere_changes_nothing_at_all(daemon: Daemon, mail_devel: ImapServer, wrong: str) -> None:
    """The same file takes the mailbox away and makes one failure enough: neither happens."""
    daemon.configure({"bounces": mail_devel}, poll="1s")
    with daemon.running():
        daemon.wait_for("started")
        daemon.configure({"another": mail_devel.fresh()})
        policy = "[policy]\nhard = { bounces = 1, days = 0 }\n"
        text = daemon.config.read_text() if wrong else daemon.config.read_text().replace("bounced.db", "other.db")
        daemon.config.write_text(f"{text}{policy}{wrong}")
        daemon.hup()
        daemon.wait_for("reload-refused")
        mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=a@rcpt.test")
        assert daemon.rows("SELECT count(*) FROM suppressed") == [(0,)]
        assert daemon.stop()[0] == 0


def test_a_reload_while_the_database_is_locked_ends_within_two_seconds_when_told(
    daemon: Daemon, manager: Manager, mail_devel: ImapServer
) -> None:
    """It waits for the lock beside the main thread."""
    daemon.configure({"bounces": mail_devel})
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE polled_at IS NOT NULL")
        with closing(sqlite3.connect(daemon.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            daemon.config.write_text(daemon.config.read_text() + "[policy]\nhard = { bounces = 1, days = 0 }\n")
            daemon.hup()
            manager.wait_for("RELOADING")
            status, seconds = daemon.stop()
    assert (status, seconds < 2) == (0, True)


def test_a_policy_that_the_ledger_could_not_take_is_not_half_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "bounced.db")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    at_once = Policy({"hard": Limit(1, 0)})
    reading = Parsed("bounce", "dsn", "", (Event("a@rcpt.test", "bounce", "failed", "hard", "user_unknown"),))
    item = Item(RawMessage(Origin("test"), DAY0, b"x", 1), "f" * 64, reading)
    with Ledger(path, Policy()) as ledger, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError):
            ledger.adopt(at_once)
        other.execute("ROLLBACK")
        assert ledger.take([item]).started == ()
        ledger.adopt(at_once)
        assert other.execute("SELECT address FROM suppressed").fetchall() == [("a@rcpt.test",)]
