"""The daily copies: whole, readable, and never fewer good ones than before."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bounced.config.database import DatabaseSection
from bounced.errors import LedgerError
from bounced.ledger import backup, database
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)

#: Rows that take more room than a rotten page or a limit of a test leaves.
MANY = [f"user{number}@rcpt.test" for number in range(3000)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, Policy()) as opened:
        opened.decisions.decide(["a@b.test"], "suppress", "all", "")
        yield opened


def copy(path: str, folder: Path, day: int = 0, keep: int = 7) -> Path:
    return backup.run(path, folder, keep, lambda: NOON + timedelta(days=day))


def names(folder: Path) -> list[str]:
    """What lies in the folder, beside the lock."""
    return sorted(found.name for found in folder.iterdir() if found.name != backup.LOCK)


def suppressed(copied: Path) -> set[str]:
    with closing(database.open_for_reading(str(copied)).conn) as db:
        return {address for (address,) in db.execute("SELECT address FROM suppressed")}


def rot(path: str) -> None:
    """Writes over a page in the middle of the file, as a bad disk does."""
    with closing(sqlite3.connect(path)) as db:
        [page] = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'decisions_by_address'").fetchone()
    with Path(path).open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"rotten" * 600)


def test_a_copy_is_a_whole_ledger_for_whoever_reads_the_database(ledger: Ledger, path: str, folder: Path) -> None:
    made = copy(path, folder)
    assert names(folder) == ["bounced-2026-09-01T120000Z.db"]
    assert suppressed(made) == {"a@b.test"}
    assert names(folder) == [made.name]  # it needs nothing beside it: the journal mode is DELETE
    assert [stat.S_IMODE(found.stat().st_mode) for found in (made, folder)] == [0o640, 0o750]


def test_a_copy_belongs_to_the_group_of_the_database(ledger: Ledger, path: str, folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files to any group")
    os.chown(path, -1, 64321)
    before = os.umask(0o077)
    try:
        made = copy(path, folder)
    finally:
        os.umask(before)
    assert (made.stat().st_gid, stat.S_IMODE(made.stat().st_mode)) == (64321, 0o640)
    assert (folder.stat().st_gid, stat.S_IMODE(folder.stat().st_mode)) == (64321, 0o750)


def test_a_copy_becomes_the_ledger_again(ledger: Ledger, path: str, folder: Path) -> None:
    made = copy(path, folder)
    ledger.decisions.decide(["later@b.test"], "suppress", "all", "")
    ledger.close()
    shutil.copy(made, path)
    with Ledger(path, Policy()) as restored:
        restored.decisions.decide(["c@b.test"], "suppress", "all", "")
    assert suppressed(Path(path)) == {"a@b.test", "c@b.test"}


def test_a_copy_is_made_beside_a_writer_and_holds_whole_transactions(ledger: Ledger, path: str, folder: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            ledger.decisions.decide([f"x{number}@b.test", f"y{number}@b.test"], "suppress", "all", "")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [copy(path, folder, day, keep=10) for day in range(10)]
    finally:
        stop.set()
        writer.join()
    counts = [len(suppressed(one)) for one in made]
    assert all(count % 2 == 1 for count in counts)
    assert counts == sorted(counts)


def test_a_large_file_is_copied_while_somebody_writes_all_the_time(ledger: Ledger, path: str, folder: Path) -> None:
    """In steps a copy begins anew whenever somebody writes: this one would end when the writer has."""
    sql = "INSERT INTO jobs VALUES (?, '', ?)"
    ledger.write(lambda db: [db.execute(sql, [f"large {number}", "x" * 1_000_000]) for number in range(80)])
    begun, stop = threading.Event(), threading.Event()

    def write() -> None:
        for number in range(5000):
            ledger.decisions.decide([f"x{number}@b.test"], "suppress", "all", "")
            begun.set()
            if stop.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(20)
    copy(path, folder)
    writes = writer.is_alive()
    stop.set()
    writer.join()
    assert writes


def test_the_latest_are_kept(ledger: Ledger, path: str, folder: Path) -> None:
    folder.mkdir()
    strange = ["other-2026-09-01T120000Z.db", "bounced-mine.db", "notes.txt"]
    for name in strange:
        (folder / name).touch()
    for day in range(5):
        copy(path, folder, day, keep=3)
    assert names(folder) == sorted([*strange, *(f"bounced-2026-09-0{day}T120000Z.db" for day in (3, 4, 5))])


def test_a_clock_that_went_back_does_not_remove_the_copy_just_made(ledger: Ledger, path: str, folder: Path) -> None:
    copy(path, folder, day=400)
    made = copy(path, folder, keep=1)
    assert names(folder) == [made.name]


def test_a_damaged_copy_is_removed_and_the_older_ones_stay(ledger: Ledger, path: str, folder: Path) -> None:
    good = copy(path, folder)
    ledger.close()
    rot(path)
    with pytest.raises(LedgerError, match="the copy was damaged and has been removed") as caught:
        copy(path, folder, day=1, keep=1)
    assert "\n" not in str(caught.value)
    assert caught.value.passing  # the daemon goes on; what it can't read it will say itself
    assert names(folder) == [good.name]
    assert backup.advice(path, folder).startswith(f"restore the latest good backup: bounced restore {good} ")


def test_the_advice_is_the_latest_good_copy(ledger: Ledger, path: str, folder: Path) -> None:
    assert backup.advice(path, folder).startswith(f"there is no good backup in {folder}")
    good, bad, worse = (copy(path, folder, day) for day in range(3))
    rot(str(bad))
    worse.write_bytes(b"")
    worse.with_name("bounced-2026-09-04T120000Z.db").mkdir()
    assert str(good) in backup.advice(path, folder)


def test_a_full_disk_leaves_no_rubbish(ledger: Ledger, path: str, folder: Path) -> None:
    ledger.decisions.decide(MANY, "suppress", "all", "")
    good = copy(path, folder)
    code = """
import resource, sys
from pathlib import Path
from bounced.ledger import backup
from bounced.errors import LedgerError
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    backup.run(sys.argv[1], Path(sys.argv[2]), 1)
except LedgerError as error:
    print(error.passing, error)
"""
    ended = subprocess.run([sys.executable, "-c", code, path, folder], capture_output=True, text=True, check=True)
    assert ended.stdout.startswith(f"True {folder}: backup failed: ")
    assert names(folder) == [good.name]


def test_what_a_killed_one_left_is_removed(ledger: Ledger, path: str, folder: Path) -> None:
    folder.mkdir()
    for name in (".bounced-2026-08-31T120000Z.db.partial", ".bounced-2026-08-31T120000Z.db.partial-journal"):
        (folder / name).write_bytes(b"half")
    made = copy(path, folder)
    assert names(folder) == [made.name]


def test_two_at_once_do_not_disturb_each_other(ledger: Ledger, path: str, folder: Path) -> None:
    good = copy(path, folder)
    handle = os.open(folder / backup.LOCK, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(LedgerError, match="another backup is running"):
        copy(path, folder, day=1)
    os.close(handle)
    assert names(folder) == [good.name]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [(Path.touch, "File exists"), (lambda folder: (folder.parent / "bounced.db").unlink(), "No such file")],
    ids=["no folder", "no database"],
)
def test_a_copy_that_cannot_be_made_is_one_line(
    ledger: Ledger, path: str, folder: Path, spoil: Callable[[Path], None], says: str
) -> None:
    spoil(folder)
    with pytest.raises(LedgerError, match=says):
        copy(path, folder)


def test_the_folder_lies_beside_the_file_unless_it_is_named() -> None:
    assert DatabaseSection(path="/x/y.db").backups == Path("/x/backups")
    assert DatabaseSection(path="/x/y.db", backup_folder="/z").backups == Path("/z")
