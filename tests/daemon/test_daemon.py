"""The daemon on real servers: suppressed in time, killed and started again, stopped, with broken things around it."""

from __future__ import annotations

import shutil
import signal
import socket
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, bounce, days
from tests.support.servers import ImapServer, free_port

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


#: mail-devel sometimes tells nobody of mail that comes just after IDLE has begun, or while other mail is moved.
POLL = {"dovecot": "1h", "mail-devel": "2s"}
SETTLED = "SELECT min(settled) = 1 FROM places"


def test_the_third_failure_suppresses_at_once(daemon: Daemon, imap_server: ImapServer) -> None:
    """With Dovecot polls are an hour apart: only IDLE can bring the deciding report in."""
    first, second, third = days(DAY0, 0, 8, 16)
    imap_server.append("INBOX", bounce(1, "anna@rcpt.test", first), first)
    daemon.configure({"bounces": imap_server}, poll=POLL[imap_server.kind])
    with daemon.running():
        daemon.wait_for("address=anna@rcpt.test", "outcome=counted", "campaign=autumn")
        daemon.wait_until(SETTLED)
        imap_server.append("INBOX", bounce(2, "anna@rcpt.test", second), second)
        daemon.wait_for("address=anna@rcpt.test", "outcome=counted")
        daemon.wait_until(SETTLED)
        delivered_at = time.monotonic()
        imap_server.append("INBOX", bounce(3, "anna@rcpt.test", third), third)
        daemon.wait_for("suppressed address=anna@rcpt.test")
        print(f"{imap_server.kind}: suppressed {1000 * (time.monotonic() - delivered_at):.0f} ms after delivery")
        assert daemon.rows("SELECT address, scope, bounces, since FROM suppressed") == [
            ("anna@rcpt.test", "all", 3, "2026-09-17T12:00:00Z")
        ]
        assert daemon.bounced("check", "anna@rcpt.test").returncode == 1
        assert daemon.stop()[0] == 0
    assert len(imap_server.folder_contents("Bounced")) == 3
    assert imap_server.folder_contents("INBOX") == []


@pytest.mark.parametrize("on_done", ["move", "leave"])
@pytest.mark.parametrize("lines", [1, 150, 320])
def test_a_kill_in_mid_batch_loses_and_doubles_nothing(
    daemon: Daemon, dovecot: ImapServer, lines: int, on_done: str
) -> None:
    """600 reports in three batches; killed when it has told of ``lines`` of them, then started again."""
    mails = [(bounce(n, f"user{n % 200}@rcpt.test", day), day) for n, day in enumerate(days(DAY0, *[0, 8, 16] * 200))]
    dovecot.append_all("INBOX", [(content, when) for content, when in mails])
    daemon.configure({"bounces": dovecot}, on_done=on_done)
    with daemon.running():
        for _ in range(lines):
            daemon.wait_for("mail mailbox=")
        daemon.kill()
        daemon.start()
        daemon.wait_for("started")
        dovecot.append("INBOX", bounce(9999, "last@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=last@rcpt.test")
        daemon.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
        assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT count(*), count(DISTINCT original_message_id) FROM events") == [(601, 601)]
    assert daemon.rows("SELECT count(*) FROM suppressed") == [(200,)]
    assert daemon.rows("SELECT outcome, count(*) FROM places GROUP BY outcome") == [("counted", 601)]
    assert daemon.rows("SELECT count(*) FROM places WHERE settled = 0") == [(0,)]
    left, moved = len(dovecot.folder_contents("INBOX")), len(dovecot.folder_contents("Bounced"))
    assert (left, moved) == ((0, 601) if on_done == "move" else (601, 0))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_two_seconds_while_it_idles(daemon: Daemon, dovecot: ImapServer, sent: signal.Signals) -> None:
    daemon.configure({"bounces": dovecot})
    dovecot.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    with daemon.running():
        daemon.wait_for("address=a@rcpt.test")
        status, seconds = daemon.stop(sent)
    assert status == 0
    assert seconds < 2
    assert not Path(f"{daemon.database}-wal").exists()


@pytest.mark.parametrize("line", ["started", "address=u1@rcpt.test", "address=u201@rcpt.test"])
def test_it_ends_within_two_seconds_in_mid_batch(daemon: Daemon, dovecot: ImapServer, line: str) -> None:
    daemon.configure({"bounces": dovecot})
    dovecot.append_all("INBOX", [(bounce(n, f"u{n}@rcpt.test", DAY0), DAY0) for n in range(600)])
    with daemon.running():
        daemon.wait_for(line)
        status, seconds = daemon.stop()
        assert [line for line in daemon.rest() if not line.startswith("INFO ")] == []
    assert status == 0
    assert seconds < 2
    assert daemon.rows("SELECT count(*) FROM polls WHERE next_try IS NOT NULL") == [(0,)]


def test_a_machine_that_is_suspended_does_not_end_it(daemon: Daemon, dovecot: ImapServer) -> None:
    """Python's sigtimedwait() would return a signal that nobody has sent, when it is woken like that."""
    daemon.configure({"bounces": dovecot}, poll="1s", idle=False)
    with daemon.running():
        daemon.wait_for("started")
        assert daemon.process is not None
        for _ in range(3):
            time.sleep(0.2)  # it waits for signals again
            daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(1)  # longer than it does at a time
            daemon.process.send_signal(signal.SIGCONT)
        dovecot.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=a@rcpt.test")
        assert daemon.stop()[0] == 0


def test_it_ends_within_two_seconds_though_nobody_answers(daemon: Daemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon.configure({"silent": ImapServer("dovecot", silent.getsockname()[1])})
        with daemon.running(), silent.accept()[0]:
            status, seconds = daemon.stop()
            assert [line for line in daemon.rest() if not line.startswith("INFO ")] == []
    assert status == 0
    assert seconds < 2


def test_it_ends_at_once_while_it_waits_for_a_locked_database(daemon: Daemon, dovecot: ImapServer) -> None:
    daemon.configure({"bounces": dovecot})
    daemon.bounced("suppress", "a@rcpt.test")
    with closing(sqlite3.connect(daemon.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with daemon.running():
            daemon.wait_until_open()
            status, seconds = daemon.stop()
    assert status == -signal.SIGTERM
    assert seconds < 2


def test_one_broken_mailbox_does_not_stop_the_others(
    daemon: Daemon, dovecot: ImapServer, mail_devel: ImapServer
) -> None:
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    dead = ImapServer("dovecot", free_port())
    daemon.configure({"dead": dead, "complaints": mail_devel}, poll="1s")
    with daemon.running():
        daemon.wait_for("address=a@rcpt.test")
        assert daemon.rows("SELECT count(*) FROM suppressed") == [(0,)]
        mail_devel.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=b@rcpt.test")
        status = daemon.bounced("status")
        assert daemon.stop()[0] == 0
    assert any("account=dead" in line and "refuses connections" in line for line in daemon.lines)
    assert status.returncode == 2
    assert "imap:dead/INBOX" in status.stdout
    assert "refuses connections" in status.stdout


def test_a_wrong_password_is_one_line_and_never_shown(daemon: Daemon, dovecot: ImapServer) -> None:
    daemon.configure({"bounces": dovecot})
    (daemon.directory / "password").write_text("geheimnis\n")
    with daemon.running():
        daemon.wait_for("account=bounces", "login refused")
        assert daemon.stop()[0] == 0
    assert not any("geheimnis" in line or "Traceback" in line for line in daemon.lines)


@pytest.mark.parametrize("loss", ["removed", "replaced"])
def test_a_lost_database_ends_it(daemon: Daemon, dovecot: ImapServer, loss: str) -> None:
    daemon.configure({"bounces": dovecot})
    dovecot.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    with daemon.running():
        daemon.wait_for("address=a@rcpt.test")
        if loss == "replaced":
            shutil.copy(daemon.database, daemon.directory / "copy.db")
            (daemon.directory / "copy.db").rename(daemon.database)
        else:
            daemon.database.unlink()
        dovecot.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
        daemon.wait_for("database-lost", "removed or replaced")
        assert daemon.process is not None
        assert daemon.process.wait(30) == 74


def test_a_scan_beside_the_daemon_counts_nothing_twice(daemon: Daemon, dovecot: ImapServer) -> None:
    dovecot.append_all("INBOX", [(bounce(n, f"u{n}@rcpt.test", DAY0), DAY0) for n in range(300)])
    daemon.configure({"bounces": dovecot}, on_done="flag")
    with daemon.running():
        daemon.wait_for("mail mailbox=")
        scanned = daemon.bounced("scan", "imap:bounces")
        assert scanned.returncode == 0, scanned.stderr
        dovecot.append("INBOX", bounce(9999, "last@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=last@rcpt.test")
        assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT count(*), count(DISTINCT address) FROM events") == [(301, 301)]
    assert daemon.bounced("scan", "imap:bounces").stderr.strip().endswith("301 messages: 301 repeated")


def test_a_scan_of_folders_of_which_one_was_never_made_counts_the_others(daemon: Daemon, dovecot: ImapServer) -> None:
    """As after a backup was put back, when everything was understood."""
    dovecot.append("Bounced", bounce(1, "a@rcpt.test", DAY0), DAY0)
    daemon.configure({"bounces": dovecot}, folders=["Bounced-Unrecognized", "Bounced"], on_done="leave")
    scanned = daemon.bounced("scan", "--since", "2026-08-31", "imap:bounces")
    assert (scanned.returncode, scanned.stderr.splitlines()[0]) == (75, "1 message: 1 counted")
    assert "imap:bounces/Bounced-Unrecognized: " in scanned.stderr.splitlines()[-1]
    assert daemon.rows("SELECT address FROM events") == [("a@rcpt.test",)]


def test_unrecognized_messages_have_a_folder_and_can_be_saved(daemon: Daemon, dovecot: ImapServer) -> None:
    dovecot.append("INBOX", b"From: a@b.test\r\nSubject: \x1b[31mhello\r\nMessage-ID: <1@x>\r\n\r\nhow are you?\r\n")
    daemon.configure({"bounces": dovecot})
    with daemon.running():
        line = daemon.wait_for("outcome=not-a-report")
        assert "\x1b" not in line
        assert daemon.stop()[0] == 0
    assert len(dovecot.folder_contents("Bounced-Unrecognized")) == 1
    assert daemon.bounced("unrecognized", "--save", str(daemon.directory / "it.eml"), "1").returncode == 0
    assert (daemon.directory / "it.eml").read_bytes().endswith(b"how are you?\r\n")


def test_a_reload_applies_rules_and_policy_only_when_valid(daemon: Daemon, dovecot: ImapServer) -> None:
    dovecot.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    daemon.configure({"bounces": dovecot})
    before = daemon.config.read_text()
    with daemon.running():
        daemon.wait_for("address=a@rcpt.test", "reason=user_unknown")
        daemon.config.write_text("[policy]\nhard = 1\n")
        daemon.hup()
        daemon.wait_for("reload-refused", "policy.hard")
        (daemon.directory / "rules.toml").write_text('[[rule]]\nreason = "policy"\ntext = "user unknown"\n')
        rules = f'[classify]\nrules = "{daemon.directory}/rules.toml"\n[policy]\nhard = {{ bounces = 1, days = 0 }}\n'
        daemon.config.write_text(before + rules)
        daemon.hup()
        daemon.wait_for("reloaded")
        assert daemon.rows("SELECT address FROM suppressed") == [("a@rcpt.test",)]
        dovecot.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
        daemon.wait_for("address=b@rcpt.test", "reason=policy")
        assert daemon.stop()[0] == 0


def test_a_mailbox_that_cannot_be_settled_is_counted_to_its_end_and_settled_later(
    daemon: Daemon, dovecot: ImapServer
) -> None:
    """As with a folder that may not be made, or a quota: Dovecot takes no empty name between two separators."""
    dovecot.append_all("INBOX", [(bounce(n, f"u{n}@rcpt.test", DAY0), DAY0) for n in range(450)])
    daemon.configure({"bounces": dovecot}, done_folder="no//such")
    with daemon.running():
        daemon.wait_for("address=u449@rcpt.test")
        daemon.wait_for("poll-failed mailbox=imap:bounces/INBOX", "problem=")
        assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT count(*) FROM events") == [(450,)]
    assert daemon.rows("SELECT count(*) FROM places WHERE settled = 0") == [(450,)]
    assert len(dovecot.folder_contents("INBOX")) == 450
    daemon.configure({"bounces": dovecot}, poll="1s")
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
        assert daemon.stop()[0] == 0
    assert len(dovecot.folder_contents("Bounced")) == 450
    assert daemon.rows("SELECT count(*) FROM events") == [(450,)]
