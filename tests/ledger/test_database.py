"""The file: who may read it, who makes it, and what is refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bounced.errors import LedgerError
from bounced.ledger import database
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.ledger import rows


def test_the_file_is_for_the_owner_and_the_group(ledger: Ledger, path: str) -> None:
    assert Path(path).stat().st_mode & 0o777 == 0o640
    assert Path(path + "-wal").stat().st_mode & 0o777 == 0o640


NOBODY = 65534


def read_as_nobody(path: str) -> str:
    """What somebody without any right to write finds in the view, or what SQLite says to them."""
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            answer = str(rows(path, "SELECT count(*) FROM suppressed")[0][0])
        except (OSError, sqlite3.Error) as error:
            answer = repr(error)
        os.write(sender, answer.encode())
        os._exit(0)
    os.close(sender)
    os.waitpid(child, 0)
    answer = os.read(receiver, 1000).decode()
    os.close(receiver)
    return answer


KILLED = """
import os, sys
from bounced.ledger.ledger import Ledger, Receipt
from bounced.policy import Policy
ledger = Ledger(sys.argv[1], Policy())
ledger.decisions.decide(["a@b.test"], "suppress", "all", "")
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
@pytest.mark.filterwarnings("ignore:.*fork")
@pytest.mark.parametrize("state", ["running", "stopped", "killed"])
def test_an_unprivileged_reader_reads_in_every_state(state: str, public_path: Path) -> None:
    folder = public_path / "state"
    folder.mkdir(mode=0o750)
    os.chown(folder, 0, NOBODY)
    path = str(folder / "bounced.db")
    Path(path).touch(mode=0o640)
    os.chown(path, 0, NOBODY)
    if state == "killed":
        assert subprocess.run([sys.executable, "-c", KILLED, path], check=False).returncode == -9
        assert Path(path + "-wal").exists()
        assert read_as_nobody(path) == "1"
        return
    ledger = Ledger(path, Policy())
    ledger.decisions.decide(["a@b.test"], "suppress", "all", "")
    if state == "stopped":
        ledger.close()
        assert not Path(path + "-wal").exists()
    assert read_as_nobody(path) == "1"
    ledger.close()


def test_a_reader_that_has_it_open_does_not_stop_the_close(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide(["a@b.test"], "suppress", "all", "")
        reader = database.open_for_reading(path)
        assert reader.execute("SELECT count(*) FROM suppressed").fetchone() == (1,)
    assert reader.execute("SELECT count(*) FROM suppressed").fetchone() == (1,)
    reader.conn.close()


def test_a_reader_sees_what_was_committed_just_now(ledger: Ledger, path: str) -> None:
    with closing(database.open_for_reading(path).conn) as reader:
        for number in range(3):
            ledger.decisions.decide([f"{number}@b.test"], "suppress", "all", "")
            assert reader.execute("SELECT count(*) FROM suppressed").fetchone() == (number + 1,)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"this is no database at all, but long enough to be looked at" * 20, "not an SQLite file"),
        (None, "can't be created"),
    ],
)
def test_bad_files_give_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "gone" / "x.db" if content is None else tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LedgerError, match=said) as caught:
        Ledger(str(path), Policy())
    assert "\n" not in str(caught.value)


def test_reading_a_missing_or_foreign_file(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no such database"):
        database.open_for_reading(str(tmp_path / "none.db"))
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(LedgerError, match="not a ledger"):
        database.open_for_reading(str(tmp_path / "other.db"))


def test_a_file_of_a_newer_version_is_refused(path: str) -> None:
    Ledger(path, Policy()).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('bounced', 'm999', '')"
        )
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(LedgerError, match="newer version of bounced \\(m999\\)"):
        Ledger(path, Policy())
    assert rows(path, "PRAGMA user_version") == [(999,)]


def test_opening_waits_for_another_writer(path: str) -> None:
    """The file is in the rollback mode then, and SQLite does not wait when it changes that."""
    Ledger(path, Policy()).close()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = threading.Timer(0.3, other.execute, ["COMMIT"])
        done.start()
        Ledger(path, Policy()).close()
        done.join()


@pytest.mark.parametrize("again", range(8))
def test_concurrent_openers_create_the_tables_once(path: str, again: int) -> None:
    """Each has a connection of its own, as processes have. One try in two meets the moment that counts."""
    all_there = threading.Barrier(8)

    def opened() -> None:
        all_there.wait(20)
        database.open_for_writing(path).conn.close()

    with ThreadPoolExecutor(all_there.parties) as threads:
        for done in [threads.submit(opened) for _ in range(all_there.parties)]:
            done.result()
