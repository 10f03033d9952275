"""What happens to the database, and what mails do, while the real daemon runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

#: The daemon in a file of its own, as its workers import what it is started from.
PROGRAM = """\
import os, random, re
from bounced.ledger import database, writer
from bounced.workers import worker

random.uniform = lambda shortest, _: shortest / 50
database.BUSY_SECONDS = 0.2
worker.MAIL_SECONDS = 0.1
writer.WAL_OCTETS_LIMIT = 300_000
writer.WAL_CHECK_SECONDS = 0.0
REAL = worker.parse

def parse(content, *how):
    if b"X-Do: hang" in content:
        re.match(r"(a+)+$", "a" * 60 + "b")
    if b"X-Do: kill" in content:
        os.kill(os.getppid(), 9)
        os._exit(1)
    return REAL(content, *how)

worker.parse = parse

if __name__ == "__main__":
    from bounced.cli import main
    main()
"""

DONE = "SELECT count(*) = %d FROM places WHERE settled = 1"


def report(number: int, header: str = "") -> bytes:
    return header.encode() + bounce(number, f"r{number}@rcpt.test", DAY0)


def deliver(server: ImapServer, *numbers: int) -> None:
    server.append_all("INBOX", [(report(number), DAY0) for number in numbers])


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    (tmp_path / "program.py").write_text(PROGRAM)
    return Daemon(tmp_path, program=(str(tmp_path / "program.py"),))


def counted_once(daemon: Daemon, *numbers: int) -> None:
    assert daemon.rows("SELECT address, count(*) FROM events GROUP BY address ORDER BY address") == [
        (f"r{number}@rcpt.test", 1) for number in numbers
    ]


# mails


def test_mails_that_hang_hold_up_nobody_else(daemon: Daemon, dovecot: ImapServer) -> None:
    """With the limit of a mail at a tenth of what it is; they and the report behind them are one batch."""
    other = dovecot.fresh()
    mails = [report(number, "X-Do: hang\n") for number in range(150)]
    dovecot.append_all("INBOX", [(mail, DAY0) for mail in (*mails, report(200))])
    daemon.configure({"bounces": dovecot, "other": other}, poll="1s")
    with daemon.running():
        daemon.wait_for("outcome=unreadable")
        deliver(other, 201)
        daemon.wait_for("address=r201@rcpt.test")
        [(read,)] = daemon.rows("SELECT count(*) FROM places WHERE mailbox = 'imap:bounces/INBOX'")
        assert read < 150
        daemon.wait_until(DONE % 152)
        assert daemon.stop()[0] == 0
    counted_once(daemon, 200, 201)
    assert daemon.rows("SELECT outcome, count(*) FROM places GROUP BY 1") == [("counted", 2), ("unreadable", 150)]
    assert len(dovecot.folder_contents("Bounced-Unrecognized")) == 150


def test_a_mail_that_kills_the_daemon_does_so_a_few_times_only(daemon: Daemon, dovecot: ImapServer) -> None:
    dovecot.append_all("INBOX", [(report(1), DAY0), (report(2, "X-Do: kill\n"), DAY0), (report(3), DAY0)])
    daemon.configure({"bounces": dovecot})
    for _ in range(8):
        with daemon.running():
            assert daemon.process is not None
            daemon.wait_for("started")
            if "stopped" in (ended := until_it_ends(daemon)):
                break
            assert ended == "killed"
    counted_once(daemon, 1, 3)
    assert daemon.rows("SELECT outcome, count(*) FROM places GROUP BY 1") == [("counted", 2), ("unreadable", 1)]
    assert daemon.rows("SELECT count(*) FROM trials") == [(0,)]


def until_it_ends(daemon: Daemon) -> str:
    """``killed`` when it was, or ``stopped`` after everything was settled."""
    assert daemon.process is not None
    while daemon.process.poll() is None:
        if daemon.rows(DONE % 3) == [(1,)]:
            assert daemon.stop()[0] == 0
            return "stopped"
    return "killed"


# the database


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('bounced', 'm999', '')")


def damaged(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 3)


@pytest.mark.parametrize("harm, said", [(newer, "a newer version of bounced"), (damaged, "it is damaged")])
def test_a_file_that_it_cannot_use_is_refused_at_the_start(
    daemon: Daemon, dovecot: ImapServer, harm: Callable[[Path], None], said: str
) -> None:
    daemon.configure({"bounces": dovecot})
    assert daemon.bounced("suppress", "a@rcpt.test").returncode == 0
    harm(daemon.database)
    deliver(dovecot, 1)
    ended = daemon.bounced("run")
    assert ended.returncode == 65
    [line] = ended.stderr.splitlines()
    assert said in line
    assert len(dovecot.folder_contents("INBOX")) == 1


def test_damage_while_it_runs_ends_it(daemon: Daemon, dovecot: ImapServer) -> None:
    """What it has not counted by then is still in the mailbox."""
    deliver(dovecot, 1)
    daemon.configure({"bounces": dovecot}, poll="1s")
    with daemon.running():
        daemon.wait_for("address=r1@rcpt.test")
        daemon.wait_until(DONE % 1)
        with closing(sqlite3.connect(daemon.database)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        damaged(daemon.database)
        deliver(dovecot, 2)
        daemon.wait_for("lost problem=", "it is damaged")
        assert daemon.process is not None
        assert daemon.process.wait(30) == 65
    assert len(dovecot.folder_contents("INBOX")) == 1


def test_a_reader_that_never_ends_is_named_by_status(daemon: Daemon, dovecot: ImapServer) -> None:
    """From 64 MB on; here from 300 kB."""
    deliver(dovecot, 1)
    daemon.configure({"bounces": dovecot}, poll="1s")
    with daemon.running():
        daemon.wait_for("address=r1@rcpt.test")
        with closing(sqlite3.connect(daemon.database, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchall()
            deliver(dovecot, *range(2, 200))
            daemon.wait_until(DONE % 199)
            daemon.wait_until(
                "SELECT problem LIKE '%a reader holds a transaction%' FROM jobs WHERE name = 'checkpoint'"
            )
            told = daemon.bounced("status")
            assert (told.returncode, "a reader holds a transaction" in told.stdout) == (1, True)
        deliver(dovecot, 200)
        daemon.wait_until("SELECT problem = '' FROM jobs WHERE name = 'checkpoint'")
        assert Path(f"{daemon.database}-wal").stat().st_size < 300_000
        assert daemon.bounced("status").returncode == 0
        assert daemon.stop()[0] == 0
