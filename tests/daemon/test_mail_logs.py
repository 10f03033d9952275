"""Postfix sends mail, its log is followed over a rotation, and what nobody contradicts lifts a suppression."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bounced import times
from bounced.config import load
from bounced.daemon import mail_logs, preflight
from bounced.ledger.ledger import Ledger
from bounced.sent import log_files
from tests.support import clock, journal, postfix
from tests.support.commands import bounced
from tests.support.daemon import Daemon, bounce
from tests.support.network import ADDRESS, Network, network
from tests.support.postfix import Postfix
from tests.support.servers import ImapServer

MAIN = f"""
relayhost = [{ADDRESS}]:2525
maillog_file_compressor = gzip
maillog_file_rotate_suffix = %Y%m%d-%H%M%S
"""

MASTER = """
pickup unix n - n 60 1 pickup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
retry unix - - n - - error
"""

SEND = """
import smtplib, sys

with smtplib.SMTP("127.0.0.1", int(sys.argv[1]), timeout=60) as client:
    client.sendmail(sys.argv[2], [sys.argv[3]], f"Message-ID: <{sys.argv[4]}@sender.test>\\r\\n\\r\\nNews\\r\\n")
"""

SECTION = """
[policy.lift]
hard = 3
[logs.mta]
kind = "postfix"
path = "{path}"
senders = ["sender.test"]
"""

START = times.now() - timedelta(days=30)


@dataclass
class Host:
    """A mail host with Postfix, whose relay takes everything, and the daemon."""

    network: Network
    postfix: Postfix
    daemon: Daemon
    environment: dict[str, str] = field(default_factory=dict)

    def send(self, number: int, address: str = "anna@rcpt.test", sender: str = "bounces@sender.test") -> None:
        """Sends a message, and waits until Postfix says that it is gone."""
        port = str(self.postfix.port)
        words = [*self.network.enter, sys.executable, "-c", SEND, port, sender, address, str(number)]
        removed = self.postfix.log().count(": removed")
        subprocess.run(words, check=True, timeout=60)
        end = time.monotonic() + 60
        while self.postfix.log().count(": removed") == removed:
            assert time.monotonic() < end, self.postfix.log()
            time.sleep(0.05)

    def poll(self) -> None:
        """`bounced run --once`; every job is due."""
        command = [sys.executable, "-m", "bounced", "run", "--once", "--config", str(self.daemon.config)]
        ended = subprocess.run(command, env=os.environ | self.environment, capture_output=True, text=True, timeout=120)
        assert ended.returncode == 0, ended.stderr

    def is_suppressed(self) -> bool:
        """Whether `bounced check` says no."""
        return bool(self.daemon.bounced("check", "anna@rcpt.test").returncode)


@pytest.fixture
def host(public_path: Path, mail_devel: ImapServer) -> Iterator[Host]:
    daemon = Daemon(public_path)
    daemon.configure({"bounces": mail_devel})
    folder = public_path / "postfix"
    folder.mkdir()
    daemon.config.write_text(f"workers = 1\n{daemon.config.read_text()}{SECTION.format(path=folder / 'log')}")
    with ExitStack() as stack:
        net = stack.enter_context(network())
        sink = subprocess.Popen([*net.enter, "smtp-sink", "-u", "postfix", f"{ADDRESS}:2525", "16"])
        stack.callback(sink.wait)
        stack.callback(sink.kill)
        server = stack.enter_context(postfix.running(folder, MAIN, MASTER, before=net.enter))
        yield Host(net, server, daemon)


def test_what_postfix_has_sent_lifts_a_suppression(host: Host, mail_devel: ImapServer) -> None:
    for number, day in enumerate((0, 8, 16), 1):
        when = START + timedelta(days=day)
        mail_devel.append("INBOX", bounce(number, "anna@rcpt.test", when), when)
    host.send(4)
    host.poll()
    assert host.is_suppressed()
    host.send(5)
    host.send(50, sender="employee@other.test")
    host.postfix.rotate()
    host.send(6)
    host.environment = clock.environment(host.daemon.directory, "+7d")
    host.poll()
    sent = "SELECT message_id FROM deliveries WHERE kind = 'sent' ORDER BY message_id"
    assert host.daemon.rows(sent) == [("4@sender.test",), ("5@sender.test",), ("6@sender.test",)]
    assert not host.is_suppressed()
    said = host.daemon.bounced("explain", "anna@rcpt.test").stdout
    assert "sent, and no report came within 6 days: the suppression is lifted" in said
    [gaps] = host.daemon.rows("SELECT unknown, skipped, gaps, problem FROM mail_logs")
    assert gaps == (0, 0, 0, "")
    now = times.now()
    mail_devel.append("INBOX", bounce(5, "anna@rcpt.test", now), now)
    host.poll()
    assert host.is_suppressed()


def test_the_daemon_follows_the_journal(
    tmp_path: Path, mail_devel: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = journal.journal(tmp_path, monkeypatch)
    daemon = Daemon(tmp_path, environment={"PATH": os.environ["PATH"]})
    daemon.configure({"bounces": mail_devel})
    daemon.config.write_text(f"workers = 1\n{daemon.config.read_text()}{SECTION.format(path='journal')}")
    now = times.now()
    written.write(
        (now, b"postfix/cleanup", b"4F1X: message-id=<1@sender.test>"),
        (now, b"postfix/qmgr", b"4F1X: from=<bounces@sender.test>, size=1, nrcpt=1 (queue active)"),
        (now, b"postfix/smtp", b"4F1X: to=<anna@rcpt.test>, relay=mx[192.0.2.1]:25, dsn=2.0.0, status=sent (250 Ok)"),
    )
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 1 FROM deliveries")
        assert daemon.stop()[0] == 0
    assert daemon.rows("SELECT kind, message_id, at FROM deliveries") == [("sent", "1@sender.test", now.timestamp())]


LINE = b"2026-11-28T00:00:00+00:00 mx postfix/smtp[3]: A: to=<a@b.test>, relay=x[192.0.2.1]:25, status=sent (250)\n"

MAILBOX = """
[mailbox.bounces]
host = "imap.example.org"
user = "bounces"
password_env = "HOME"
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mail log with a line, in a configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOUNCED_CONFIG", "bounced.toml")
    path = tmp_path / "mail.log"
    path.write_bytes(LINE)
    Path("bounced.toml").write_text(f'[database]\npath = "bounced.db"\n{MAILBOX}{SECTION.format(path=path)}')
    return path


def follow() -> None:
    config = load(Path("bounced.toml"))
    with Ledger("bounced.db", config.rule()) as ledger:
        mail_logs.follow(config, ledger)


def test_status_says_what_was_read_and_what_was_lost(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follow()
    said = bounced("status").stdout.splitlines()
    assert "log:mta: 1 line, 0 deliveries; 1 without a known Message-ID" in said
    monkeypatch.setattr(log_files, "PIECE_SIZE", 100)
    log.unlink()
    log.write_bytes(b"x" * 200 + b"\n")
    follow()
    said = bounced("status").stdout.splitlines()
    assert "log:mta: 1 line, 0 deliveries; 1 without a known Message-ID; 1 line too long; 1 gap" in said
    assert any("log:mta" in line and "lines were lost: the file that was read last is gone" in line for line in said)
    log.unlink()
    follow()
    [row] = [row for row in json.loads(bounced("status", "--json").stdout)["jobs"] if row["job"] == "log:mta"]
    assert row["state"] == "WARNING"
    assert row["problem"].startswith(f"{log}: No such file or directory; lines were lost: ")
    assert (row["lines"], row["skipped"], row["gaps"]) == (1, 1, 1)
    Path("bounced.toml").write_text(f'[database]\npath = "bounced.db"\n{MAILBOX}')
    assert "log:mta" not in bounced("status").stdout


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"postfix"', '"sendmail"', "logs.mta.kind: "),
        ('["sender.test"]', "[]", "logs.mta.senders: "),
        ('["sender.test"]', '["*"]', "logs.mta.senders"),
        ('path = "/', 'path = "', 'logs.mta: path: must be absolute, or "journal"'),
        ("senders = ", "sender = ", "logs.mta"),
    ],
)
def test_check_config_names_what_is_wrong(log: Path, old: str, new: str, problem: str) -> None:
    config = Path("bounced.toml")
    head, section, rest = config.read_text().partition("[logs.mta]")
    config.write_text(head + section + rest.replace(old, new))
    result = bounced("check-config")
    assert result.exit_code == 78
    assert problem in result.stderr


def test_check_config_notes_a_log_that_is_not_there(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "logs.mta" not in bounced("check-config").stderr
    log.unlink()
    assert f'logs.mta.path: there is no {log}; what only the journal of systemd has is "journal"' in (
        bounced("check-config").stderr
    )
    config = Path("bounced.toml")
    config.write_text(config.read_text().replace(str(log), "journal"))
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "logs.mta.path: there is no journalctl, which reads the journal" in bounced("check-config").stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_is_told_that_the_daemon_cannot_read_a_log(public_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user = pwd.getpwnam("daemon")
    log, config = public_path / "mail.log", public_path / "bounced.toml"
    log.write_bytes(LINE)
    log.chmod(0o640)
    state = public_path / "state"
    state.mkdir()
    os.chown(state, user.pw_uid, user.pw_gid)
    config.write_text(f'[database]\npath = "{state}/bounced.db"\n{MAILBOX}{SECTION.format(path=log)}')
    [problem] = preflight.check(config)
    assert problem == f"{log}: the daemon's user, daemon, can't read it: no group can, see `create` in logrotate(8)"
    os.chown(log, 0, 4)
    [problem] = preflight.check(config)
    assert problem.endswith("can't read it: usermod --append --groups 4 daemon")
    os.chown(log, 0, user.pw_gid)
    assert preflight.check(config) == []
