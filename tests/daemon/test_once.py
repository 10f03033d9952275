"""`bounced run --once`, `--mailbox`, and what the daemon does about mailboxes that come, go and fail."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer, free_port

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def test_everything_is_polled_once_and_it_ends(daemon: Daemon, mail_devel: ImapServer) -> None:
    other = mail_devel.fresh()
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    other.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
    daemon.configure({"bounces": mail_devel, "other": other})
    for _ in range(2):
        ended = daemon.bounced("run", "--once")
        assert (ended.returncode, ended.stdout) == (0, "")
    assert daemon.rows("SELECT address FROM events ORDER BY address") == [("a@rcpt.test",), ("b@rcpt.test",)]
    assert daemon.rows("SELECT count(*) FROM places WHERE settled = 0") == [(0,)]
    assert daemon.rows("SELECT name FROM jobs WHERE name = 'housekeeping'") == [("housekeeping",)]
    assert not Path(f"{daemon.database}-wal").exists()


def test_a_mailbox_that_fails_is_one_line_and_the_others_are_polled(daemon: Daemon, mail_devel: ImapServer) -> None:
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    dead = ImapServer("mail-devel", free_port())
    daemon.configure({"dead": dead, "bounces": mail_devel})
    ended = daemon.bounced("run", "--once")
    assert ended.returncode == 75
    [line] = [line for line in ended.stderr.splitlines() if not line.startswith("INFO ")]
    assert "account=dead" in line
    assert "refuses connections" in line
    assert daemon.rows("SELECT address FROM events") == [("a@rcpt.test",)]
    assert daemon.rows("SELECT mailbox, next_try IS NULL FROM polls ORDER BY mailbox") == [
        ("imap:bounces/INBOX", 1),
        ("imap:dead/INBOX", 0),
    ]


def test_only_the_named_mailboxes_are_polled(daemon: Daemon, mail_devel: ImapServer) -> None:
    dead = ImapServer("mail-devel", free_port())
    daemon.configure({"dead": dead, "bounces": mail_devel, "other": mail_devel.fresh()})
    ended = daemon.bounced("run", "--once", "--mailbox", "bounces", "--mailbox", "other")
    assert ended.returncode == 0
    assert [name for (name,) in daemon.rows("SELECT mailbox FROM polls ORDER BY mailbox")] == [
        "imap:bounces/INBOX",
        "imap:other/INBOX",
    ]


def test_run_once_for_named_mailboxes_leaves_the_others_due(daemon: Daemon, mail_devel: ImapServer) -> None:
    daemon.configure({"bounces": mail_devel, "other": mail_devel.fresh()})
    daemon.words = ("--mailbox", "bounces")
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) >= 4 FROM jobs")
        daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE polled_at IS NOT NULL")
        assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT name FROM jobs WHERE name IN ('reconcile', 'retention')") == []


def test_a_mailbox_that_is_not_configured_is_one_line(daemon: Daemon) -> None:
    daemon.configure({"bounces": ImapServer("mail-devel", free_port())})
    for words in (["run", "--mailbox", "nope"], ["run", "--once", "--mailbox", "bounces", "--mailbox", "nope"]):
        ended = daemon.bounced(*words)
        assert ended.returncode == 78
        assert ended.stderr == "bounced: nope: no [mailbox.nope] in the configuration (bounces)\n"
    assert not daemon.database.exists()


def test_one_stalled_mailbox_does_not_delay_the_others(daemon: Daemon, mail_devel: ImapServer) -> None:
    """The daemon, with more servers that never answer than it has processors, and IDLE for each."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        stalled = ImapServer("mail-devel", silent.getsockname()[1])
        daemon.configure({**{f"stalled{n}": stalled.fresh() for n in range(12)}, "bounces": mail_devel}, poll="1s")
        mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
        with daemon.running():
            daemon.wait_for("address=a@rcpt.test")
            mail_devel.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
            daemon.wait_for("address=b@rcpt.test")
            status, seconds = daemon.stop()
        assert (status, seconds < 2) == (0, True)


def test_sinks_are_delivered_to(daemon: Daemon, mail_devel: ImapServer) -> None:
    daemon.configure({"bounces": mail_devel})
    log = daemon.directory / "changes.jsonl"
    with daemon.config.open("a") as file:
        file.write(f'[sink.log]\nfile = "{log}"\n[policy]\nhard = {{ bounces = 1, days = 0 }}\n')
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", DAY0), DAY0)
    assert daemon.bounced("run", "--once", "--mailbox", "bounces").returncode == 0
    assert not log.exists(), "another run may deliver at the same time"
    mail_devel.append("INBOX", bounce(2, "b@rcpt.test", DAY0), DAY0)
    assert daemon.bounced("run", "--once").returncode == 0
    assert [json.loads(line)["data"]["address"] for line in log.read_text().splitlines()] == ["b@rcpt.test"]
    daemon.config.write_text(daemon.config.read_text().replace(str(log), "/does/not/exist/log"))
    mail_devel.append("INBOX", bounce(3, "c@rcpt.test", DAY0), DAY0)
    ended = daemon.bounced("run", "--once")
    assert ended.returncode == 75
    assert "sink-failed" in ended.stderr
