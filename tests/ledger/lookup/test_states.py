"""In every state of the file, and beside threads and the daemon, there is no wrong answer."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bounced.errors import LedgerError, UserError
from bounced.ledger import backup, database
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.policy import Policy
from tests.support.lookup import WRITTEN

WRITER = """
import sys
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
with Ledger(sys.argv[1], Policy()) as ledger:
    for number, line in enumerate(sys.stdin):
        ledger.decisions.decide([line.strip()], "suppress", "all", "")
        print(number, flush=True)
"""


def test_threads_may_share_one(suppressions: Suppressions) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(suppressions.get, WRITTEN * 50))
    assert answers == list(map(suppressions.get, WRITTEN)) * 50


def test_no_answer_is_missing_under_write_load(ledger: Ledger, suppressions: Suppressions) -> None:
    stop = threading.Event()
    written: list[str] = []

    def write() -> None:
        while not stop.is_set():
            ledger.decisions.decide([f"user{len(written)}@b.test"], "suppress", "all", "")
            written.append(f"user{len(written)}@b.test")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 200:
            assert suppressions.get("all@b.test")
            known = written[:]
            assert suppressions.filter(known, "all").keys() == set(known)
    finally:
        stop.set()
        writer.join()


def test_a_file_in_rollback_mode_is_waited_for(ledger: Ledger, path: str) -> None:
    """Beside a program that writes while no daemon runs: without a busy timeout most questions would fail."""
    ledger.close()
    stop = threading.Event()
    locked: list[int] = []

    def lock() -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            while not stop.is_set():
                other.execute("BEGIN EXCLUSIVE")
                locked.append(1)
                other.execute("ROLLBACK")

    with Suppressions(path) as suppressions:
        writer = threading.Thread(target=lock)
        writer.start()
        try:
            while len(locked) < 1000:
                assert suppressions.get("all@b.test")
        finally:
            stop.set()
            writer.join()


def test_a_file_that_stays_locked_is_an_error_that_passes(
    ledger: Ledger, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.close()
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with Suppressions(path) as suppressions, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match="another program keeps it locked") as refused:
            suppressions.get("all@b.test")
        assert refused.value.passing
        other.execute("ROLLBACK")
        assert suppressions.get("all@b.test")


def test_no_transaction_stays_open(ledger: Ledger, suppressions: Suppressions, path: str) -> None:
    """One would keep the -wal file from being emptied."""
    suppressions.filter(WRITTEN)
    with closing(sqlite3.connect(path)) as writer:
        busy, *_ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, Path(f"{path}-wal").stat().st_size) == (0, 0)


def test_one_object_lives_through_every_state_of_the_file(
    ledger: Ledger, suppressions: Suppressions, path: str
) -> None:
    assert suppressions.get("all@b.test")
    ledger.close()
    assert suppressions.get("all@b.test")
    suppressions.close()
    with Ledger(path, Policy()):  # nobody has it open: it goes back to a rollback journal
        pass
    assert not Path(f"{path}-wal").exists()
    assert suppressions.get("all@b.test")
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdin
        assert daemon.stdout
        print("killed@b.test", file=daemon.stdin, flush=True)
        assert daemon.stdout.readline() == "0\n"
        assert suppressions.get("killed@b.test")
        daemon.kill()
    assert Path(f"{path}-wal").exists()
    assert suppressions.get("killed@b.test")
    assert suppressions.get("all@b.test")


UNPRIVILEGED = """
import os, sys
from bounced.ledger.lookup import Suppressions
os.setgroups([int(sys.argv[2])])
os.setgid(65534)
os.setuid(65534)
with Suppressions(sys.argv[1]) as suppressions:
    for line in map(str.strip, sys.stdin):
        print(suppressions.get(line) is not None, sorted(suppressions.filter([line])), flush=True)
"""

READERS = 64321  # the group that may read; nobody is made a member of it


@pytest.fixture
def unprivileged(ledger: Ledger, path: str) -> Iterator[subprocess.Popen[str]]:
    """A program of somebody who may read the file and its directory, and write neither."""
    if os.geteuid() != 0:
        pytest.skip("only root can run a program as somebody else")
    folder = Path(path).parent
    os.chown(folder, 0, READERS)
    folder.chmod(0o750)
    for file in folder.iterdir():
        os.chown(file, 0, READERS)
    with subprocess.Popen(
        [sys.executable, "-c", UNPRIVILEGED, path, str(READERS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def ask(process: subprocess.Popen[str]) -> str:
    assert process.stdin
    assert process.stdout
    print("all@b.test", file=process.stdin, flush=True)
    return process.stdout.readline().strip()


def test_somebody_who_may_write_nothing_reads_it_in_every_state(
    ledger: Ledger, path: str, unprivileged: subprocess.Popen[str]
) -> None:
    yes, no = "True ['all@b.test']", "False []"
    assert ask(unprivileged) == yes
    ledger.decisions.decide(["all@b.test"], "release", "", "")
    assert ask(unprivileged) == no
    ledger.close()
    assert ask(unprivileged) == no
    with Ledger(path, Policy()) as again:
        again.decisions.decide(["all@b.test"], "suppress", "all", "")
        assert ask(unprivileged) == yes
    assert ask(unprivileged) == yes


def test_a_restored_backup_is_opened_by_itself(
    ledger: Ledger, suppressions: Suppressions, path: str, tmp_path: Path
) -> None:
    copy = backup.run(path, tmp_path / "backups", 7)
    ledger.decisions.decide(["late@b.test"], "suppress", "all", "")
    assert suppressions.get("late@b.test")
    ledger.close()
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in Path(path).parent.glob("bounced.db*"):
        file.rename(damaged / file.name)
    for _ in range(2):
        with pytest.raises(LedgerError, match="no such database"):
            suppressions.get("all@b.test")
    shutil.copy(copy, path)
    assert suppressions.get("late@b.test") is None
    assert suppressions.get("all@b.test")
    assert str(damaged / "bounced.db") not in open_files()


def test_a_file_that_comes_back_is_used_again(suppressions: Suppressions, path: str) -> None:
    Path(path).rename(f"{path}.away")
    with pytest.raises(LedgerError, match="no such database"):
        suppressions.filter(["all@b.test"])
    Path(f"{path}.away").rename(path)
    assert suppressions.get("all@b.test")


def test_what_is_closed_is_opened_again(ledger: Ledger, suppressions: Suppressions, path: str) -> None:
    ledger.close()
    assert suppressions.get("all@b.test")
    assert path in open_files()
    for _ in range(2):
        suppressions.close()
        assert path not in open_files()
    assert suppressions.get("all@b.test")


def open_files() -> set[str]:
    """What this process has open."""
    return {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}


def newer(path: Path) -> None:
    with Ledger(str(path), Policy()):
        pass
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE _sqlite_migrations SET name = 'm999' WHERE name = 'm001_first_tables'")


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE suppressed (address, scope)")


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "no such database"),
        (Path.touch, "is not a ledger of bounced"),
        (Path.mkdir, "is a directory"),
        (lambda path: path.write_bytes(b"x" * 5000), "it is not an SQLite file"),
        (another_program, "is not a ledger of bounced"),
        (newer, "newer version of bounced \\(m999\\)"),
        (lambda path: path.symlink_to(path), "symbolic link"),
    ],
)
def test_a_file_that_is_not_a_ledger_is_refused_in_one_line(make: object, problem: str, path: str) -> None:
    assert callable(make)
    make(Path(path))
    with pytest.raises(LedgerError, match=problem) as refused:
        Suppressions(path)
    assert len(refused.value.problems) == 1
    assert isinstance(refused.value, UserError)


def test_damage_is_no_permission_to_send(ledger: Ledger, path: str) -> None:
    ledger.close()
    with Suppressions(path) as suppressions:
        with Path(path).open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * (Path(path).stat().st_size - 100))
        with pytest.raises(LedgerError, match="it is damaged"):
            suppressions.get("all@b.test")
