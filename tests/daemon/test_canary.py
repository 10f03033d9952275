"""Canaries through a real Postfix, whose report a real IMAP server has, and what is missed."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session

from bounced import tokens
from bounced.config import Config
from bounced.daemon import canary
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.daemon.test_scheduler import wait_until
from tests.support import clock, postfix
from tests.support.daemon import PATIENCE, Daemon, secret_file
from tests.support.postfix import Postfix
from tests.support.servers import ImapServer, free_port

MAIN = """
transport_maps = inline:{canary.test=canary:, sender.test=deliver:}
fast_flush_domains =
"""

#: One transport bounces everything, the other one puts reports into a folder.
MASTER = """
qmgr unix n - n 300 1 qmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
retry unix - - n - - error
canary unix - n n - - pipe
  user=nobody argv=/bin/false
deliver unix - n n - - pipe
  user=nobody argv=/usr/bin/tee %s/${queue_id}
"""

SECTION = """
[canary]
to = "canary@canary.test"
sender = "bounces@sender.test"
host = "127.0.0.1"
port = %d
tls = "none"
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


@pytest.fixture
def reports(public_path: Path) -> Path:
    folder = public_path / "reports"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.fixture
def mta(public_path: Path, reports: Path) -> Iterator[Postfix]:
    (public_path / "mx").mkdir()
    with postfix.running(public_path / "mx", MAIN, MASTER % reports) as running:
        yield running


def configure(daemon: Daemon, server: ImapServer, port: int) -> None:
    daemon.configure({"bounces": server}, on_done="move", done_folder="Bounced")
    keys = secret_file(daemon.directory / "keys", tokens.new_key(b"k" * 34))
    text = daemon.config.read_text().replace("[identify]\n", f'[identify]\ntoken_keys = "{keys}"\n')
    daemon.config.write_text(text + SECTION % port)


def run_days_later(daemon: Daemon, days: int) -> str:
    """`bounced run --once` so many days from now; what it said of canaries."""
    environment = {**os.environ, **clock.environment(daemon.directory, f"+{days}d")}
    command = [sys.executable, "-m", "bounced", "run", "--once", "--config", str(daemon.config)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 0, ended.stderr
    return "\n".join(line for line in ended.stderr.splitlines() if " canary-" in line)


def delivered(reports: Path, number: int) -> bytes:
    """The report of that number, once it is there."""
    wait_until(f"report {number}", lambda: len(complete(reports)) >= number)
    return complete(reports)[number - 1]


def complete(reports: Path) -> list[bytes]:
    """The reports that were written to their end, the oldest first."""
    files = sorted(reports.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    contents = [path.read_bytes() for path in files]
    return [content for content in contents if content.rstrip().endswith(b"--")]


def test_its_report_is_known_and_counts_nowhere(
    daemon: Daemon, dovecot: ImapServer, mta: Postfix, reports: Path
) -> None:
    configure(daemon, dovecot, mta.port)
    with daemon.running():
        daemon.wait_for("started")
        dovecot.append("INBOX", delivered(reports, 1))
        daemon.wait_for("INFO mail ", "outcome=counted", "decoder=canary")
        daemon.wait_until("SELECT count(*) FROM places WHERE settled")
        assert daemon.rows("SELECT returned_at IS NOT NULL, problem FROM canaries") == [(1, "")]
        assert daemon.rows("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM outbox)") == [(0, 0)]
        assert daemon.bounced("status").returncode == 0
    assert len(dovecot.folder_contents("Bounced")) == 1


def test_one_that_is_missed_is_told_once_and_so_is_the_next_that_returns(
    daemon: Daemon, mail_devel: ImapServer, mta: Postfix, reports: Path
) -> None:
    configure(daemon, mail_devel, mta.port)
    told = [run_days_later(daemon, days) for days in (0, 1, 1)]
    assert [line.startswith("WARNING canary-missed since=") for line in told] == [False, True, False]
    status = json.loads(daemon.bounced("status", "--json").stdout)
    [row] = [job for job in status["jobs"] if job["job"] == "canary"]
    assert (row["state"], row["problem"].startswith("late: ")) == ("WARNING", True)
    mail_devel.append("INBOX", delivered(reports, 2))
    assert run_days_later(daemon, 1).startswith("WARNING canary-returned since=")
    assert daemon.rows("SELECT type FROM outbox WHERE type LIKE 'canary.%' ORDER BY id") == [
        ("canary.missed",),
        ("canary.returned",),
    ]


def test_a_server_that_takes_nothing_is_told(daemon: Daemon, mail_devel: ImapServer) -> None:
    configure(daemon, mail_devel, free_port())
    assert 'canary-failed problem="127.0.0.1:' in run_days_later(daemon, 0)
    assert "refused" in daemon.bounced("status").stdout
    assert "canary-missed since=" in run_days_later(daemon, 1)


def test_the_run_that_can_not_send_it_raises_the_alarm(daemon: Daemon, mail_devel: ImapServer) -> None:
    """By cron the next run may be a day away."""
    configure(daemon, mail_devel, free_port())
    run_days_later(daemon, 0)
    assert daemon.rows("SELECT kind, name FROM alarms") == [("canary", "canary")]


def test_a_kill_while_it_is_sent_is_no_alarm(daemon: Daemon, mail_devel: ImapServer, mta: Postfix) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(daemon, mail_devel, silent.getsockname()[1])
        silent.settimeout(PATIENCE)
        with daemon.running():
            connection, _ = silent.accept()
            with closing(connection):
                assert daemon.rows("SELECT sent_at, problem FROM canaries") == [(None, "")]
                daemon.kill()
    configure(daemon, mail_devel, mta.port)
    assert run_days_later(daemon, 0) == ""
    assert daemon.rows("SELECT sent_at IS NOT NULL, problem FROM canaries ORDER BY id") == [(0, ""), (1, "")]


class Peer:
    """Takes mail from whoever logs in over TLS."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        assert session.authenticated
        self.taken.append((envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""))
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"bounced", b"geheim"))


@contextmanager
def listening(authority: trustme.CA, tls: str) -> Iterator[tuple[Peer, int]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    peer, port = Peer(), free_port()
    by_tls: dict[str, Any] = {"starttls": {"tls_context": context, "require_starttls": True, "auth_required": True}}
    implicit = {"ssl_context": context, "auth_require_tls": False, "auth_required": False}
    controller = Controller(peer, "localhost", port, authenticator=peer.authenticate, **by_tls.get(tls, implicit))
    controller.start()
    try:
        yield peer, port
    finally:
        controller.stop()


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_it_is_sent_over_tls_with_a_login(tmp_path: Path, authority: trustme.CA, tls: str, path: str) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    keys = secret_file(tmp_path / "keys", tokens.new_key(b"k" * 34))
    with listening(authority, tls) as (peer, port), Ledger(path, Policy()) as ledger:
        section = {
            "to": "canary@canary.test",
            "sender": "bounces@sender.test",
            "host": "localhost",
            "port": port,
            "tls": tls,
            "ca_file": str(ca_file),
            "user": "bounced",
            "password_env": "SECRET",
        }
        config = Config.model_validate({"identify": {"token_keys": str(keys)}, "canary": section})
        canary.run(config, ledger, {"SECRET": "geheim"})
        [(sender, recipients, content)] = peer.taken
        assert (sender, recipients) == ("bounces@sender.test", ["canary@canary.test"])
        assert b"Auto-Submitted: auto-generated\r\n" in content
        [(number, sent_at, problem)] = ledger._db.execute("SELECT number, sent_at, problem FROM canaries").fetchall()
        assert (f"<canary.{number}@sender.test>".encode() in content, bool(sent_at), problem) == (True, True, "")
        [shown] = ledger._db.execute("SELECT source, kind, name FROM expirations").fetchall()
        assert shown == ("canary", "certificate", f"localhost:{port}")
        canary.run(config, ledger, {"SECRET": "geheim"})
        assert len(peer.taken) == 1
