"""The daemon on a full disk, and beside others that write to its database: it goes on as if nothing had been."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bounced.sources.batches import MAX_MESSAGES
from tests.support.commands import process, write
from tests.support.daemon import PATIENCE, Daemon, bounce
from tests.support.servers import ImapServer

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)

#: The daemon, but one that does not wait half a minute for a lock.
IMPATIENT = "from bounced.ledger import database; database.BUSY_SECONDS = 0.2; from bounced.cli import main; main()"

COUNTED = "SELECT count(*), count(DISTINCT original_message_id) FROM events"


def deliver(server: ImapServer, numbers: range) -> None:
    server.append_all("INBOX", [(bounce(n, f"u{n}@rcpt.test", DAY0), DAY0) for n in numbers])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=750", "tmpfs", disk], check=False).returncode
    ):
        pytest.skip("only root may mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@dataclass(frozen=True)
class Disk:
    """An ext4 of a few megabytes, mounted at ``path``, that becomes read-only when it fails, as most are set up."""

    image: Path
    path: Path

    def mount(self) -> bool:
        """False where that can't be done."""
        words = ["mount", "-o", "loop,errors=remount-ro"]
        return subprocess.run([*words, self.image, self.path], check=False).returncode == 0

    def unmount(self) -> None:
        """Nobody may use it any more."""
        subprocess.run(["umount", self.path], check=True)

    def fail(self) -> None:
        """The kernel thinks that it found an error."""
        words = ["findmnt", "--noheadings", "--output", "SOURCE"]
        device = subprocess.run([*words, self.path], capture_output=True, text=True, check=True).stdout.strip()
        Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("bounced's tests\n")


@pytest.fixture
def failing_disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "image", tmp_path / "disk")
    disk.path.mkdir()
    disk.image.write_bytes(bytes(16 * 1024 * 1024))
    if os.geteuid() or subprocess.run(["mkfs.ext4", "-q", disk.image], check=False).returncode or not disk.mount():
        pytest.skip("only root may mount a disk of its own")
    disk.path.chmod(0o750)
    try:
        yield disk
    finally:
        disk.unmount()


def fill(disk: Path) -> Path:
    """A file that takes all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


def test_a_disk_that_is_full_for_a_while_stops_nothing_for_good(small_disk: Path, dovecot: ImapServer) -> None:
    daemon = Daemon(small_disk)
    daemon.configure({"bounces": dovecot}, poll="1s")
    deliver(dovecot, range(10))
    with daemon.running():
        daemon.wait_for("address=u9@rcpt.test")
        daemon.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
        filler = fill(small_disk)
        deliver(dovecot, range(10, 310))
        daemon.wait_for("the disk ")
        counted = daemon.rows("SELECT count(*) FROM places WHERE outcome = 'counted'")[0][0]
        assert len(dovecot.folder_contents("INBOX")) >= 310 - counted
        filler.unlink()
        daemon.wait_until("SELECT count(*) = 310 FROM places WHERE settled = 1")
        assert daemon.stop()[0] == 0
    assert daemon.rows(COUNTED) == [(310, 310)]
    assert daemon.rows("SELECT outcome, count(*) FROM places GROUP BY outcome") == [("counted", 310)]
    assert (dovecot.folder_contents("INBOX"), len(dovecot.folder_contents("Bounced"))) == ([], 310)


def test_a_disk_that_becomes_read_only_loses_nothing(failing_disk: Disk, dovecot: ImapServer) -> None:
    """Only a new mount ends that: until then nothing is taken, it is said, and SIGTERM ends the daemon as ever."""
    daemon = Daemon(failing_disk.path)
    daemon.configure({"bounces": dovecot}, poll="1s")
    subprocess.run(["sync", "--file-system", failing_disk.path], check=True)  # what follows is the daemon's business
    deliver(dovecot, range(10))
    with daemon.running():
        daemon.wait_for("address=u9@rcpt.test")
        daemon.wait_until("SELECT count(*) = 10 FROM places WHERE settled = 1")
        failing_disk.fail()
        deliver(dovecot, range(10, 20))
        daemon.wait_for("mailbox=imap:bounces/INBOX", "problem=", "read-only")
        assert len(dovecot.folder_contents("INBOX")) == 10
        assert daemon.rows("SELECT count(*) FROM messages") == [(10,)]
        assert daemon.stop()[0] == 0
    ended = daemon.bounced("run")
    assert (ended.returncode, ended.stderr.count("\n")) == (74, 1)
    assert "it is not writable (owner, mode or a read-only disk?)" in ended.stderr
    failing_disk.unmount()
    assert failing_disk.mount()
    with daemon.running():
        daemon.wait_until("SELECT count(*) = 20 FROM places WHERE settled = 1")
        assert daemon.stop()[0] == 0
    assert daemon.rows(COUNTED) == [(20, 20)]
    assert (dovecot.folder_contents("INBOX"), len(dovecot.folder_contents("Bounced"))) == ([], 20)


def test_a_lock_that_another_program_holds_stops_nothing_for_good(tmp_path: Path, dovecot: ImapServer) -> None:
    daemon = Daemon(tmp_path, program=("-c", IMPATIENT))
    daemon.configure({"bounces": dovecot}, poll="1s")
    with daemon.running():
        daemon.wait_for("started")
        daemon.wait_until("SELECT count(*) = 1 FROM polls WHERE problem = ''")
        with closing(sqlite3.connect(daemon.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            deliver(dovecot, range(5))
            daemon.wait_for("another program keeps it locked")
            assert len(dovecot.folder_contents("INBOX")) == 5
            other.execute("ROLLBACK")
        daemon.wait_until("SELECT count(*) = 5 FROM places WHERE settled = 1")
        assert daemon.stop()[0] == 0
    assert daemon.rows(COUNTED) == [(5, 5)]
    assert len(dovecot.folder_contents("Bounced")) == 5


def wait_until_empty(server: ImapServer, daemon: Daemon) -> None:
    """Returns when nothing is left in INBOX: where two have moved one mail, it may be back for another poll."""
    end = time.monotonic() + PATIENCE
    while left := [message.uid for message in server.folder_contents("INBOX")]:
        books = "SELECT uid, outcome, settled FROM places WHERE uid IN ({})"
        assert time.monotonic() < end, (left, daemon.rows(books.format(str(left)[1:-1])))
        time.sleep(0.1)


@pytest.mark.parametrize("on_done", ["move", "leave"])
def test_two_daemons_and_a_scan_on_one_mailbox_and_one_database_count_once(
    tmp_path: Path, dovecot: ImapServer, on_done: str
) -> None:
    one, two = Daemon(tmp_path), Daemon(tmp_path)
    first, total = MAX_MESSAGES + 50, MAX_MESSAGES + 100
    one.configure({"bounces": dovecot}, on_done=on_done, poll="1s")
    deliver(dovecot, range(first))
    with one.running(), two.running():
        scanned = one.bounced("scan", "imap:bounces")
        assert "Traceback" not in scanned.stderr
        deliver(dovecot, range(first, total))
        one.wait_until(f"SELECT count(*) = {total} FROM messages")
        one.wait_until("SELECT count(*) = 0 FROM places WHERE settled = 0")
        one.wait_until("SELECT count(*) = 0 FROM trials")  # one that ends over a batch leaves its note
        if on_done == "move":
            wait_until_empty(dovecot, one)
        assert (one.stop()[0], two.stop()[0]) == (0, 0)
    assert one.rows(COUNTED) == [(total, total)]
    found = [len(dovecot.folder_contents(folder)) for folder in ("INBOX", "Bounced")] if on_done == "move" else [total]
    assert found[-1] >= total
    assert found[:-1] in ([], [0])


#: What libraries for mail were seen to choke on, each by itself enough to stop a program that reads mail.
HOSTILE = {
    "nested": b"Content-Type: multipart/mixed; boundary=b0\n\n"
    + b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(10_000)),
    "headers": b"".join(b"X-%d: a\n" % n for n in range(200_000)) + b"\nx\n",
    "encoded-words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n\nx\n",
    "parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "subject": b"Subject: " + b"=?utf-8?b?4pyT?=" * 17_500 + b"\n\nx\n",
    "addresses": b"From: MAILER-DAEMON@mx.test\n\nfailed addresses follow:\n" + b"<" * 4200 + b"\n",
    "spaces": b"From: MAILER-DAEMON@mx.test\n\nHi. This is the\n" + b" " * 4200 + b"x\n",
    "one-line": b"From: MAILER-DAEMON@mx.test\nSubject: failure\n\n" + b"a@" * 2_000_000,
    "nothing": b"\n",
    "nul": bytes(300_000),
}


def test_hostile_mails_hold_up_nothing_that_lies_behind_them(tmp_path: Path) -> None:
    folder = write(tmp_path / "mails", [])
    for name, content in HOSTILE.items():
        (folder / f"0-{name}.eml").write_bytes(f"Message-ID: <{name}@mx.test>\n".encode() + content)
    for number in range(20):
        (folder / f"1-{number}.eml").write_bytes(bounce(number, f"u{number}@rcpt.test", DAY0))
    config = tmp_path / "one.toml"
    config.write_text(f'workers = 1\n[database]\npath = "{tmp_path}/bounced.db"\n')
    ended = process("scan", str(folder), "--config", str(config), timeout=110)
    assert ended.returncode == 0, ended.stderr
    with closing(sqlite3.connect(tmp_path / "bounced.db")) as db:
        assert db.execute("SELECT count(*) FROM messages").fetchone() == (20 + len(HOSTILE),)
        assert db.execute("SELECT count(*) FROM events WHERE address LIKE 'u%@rcpt.test'").fetchone() == (20,)
        assert db.execute("SELECT count(*) FROM messages WHERE problem LIKE '%died%'").fetchone() == (0,)
