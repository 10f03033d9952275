"""A file that is damaged, replaced, locked or in the way of itself: one line that says what to do, and no more harm."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bounced.errors import LedgerError
from bounced.ledger import backup, reading, writer
from bounced.ledger import writer as holders
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.daemon import Daemon
from tests.support.servers import ImapServer, free_port

PAGE = 4096

#: Enough for several pages in every index.
MANY = [f"user{number}@rcpt.test" for number in range(2000)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def copy(path: str, folder: Path) -> Path:
    """The backup of a ledger that is closed now."""
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide(MANY, "suppress", "all", "")
        return backup.run(path, folder, 7)


def overwrite(path: str, at: int, with_: bytes) -> None:
    with Path(path).open("r+b") as file:
        file.seek(at)
        file.write(with_)


def root_page(path: str, name: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        [page] = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [name]).fetchone()
        return int(page)


def garbage_in_the_header(path: str) -> None:
    overwrite(path, 0, b"garbage" * 15)


def truncated(path: str) -> None:
    os.truncate(path, Path(path).stat().st_size // 2 // PAGE * PAGE)


def a_flipped_page(path: str) -> None:
    overwrite(path, (root_page(path, "decisions") - 1) * PAGE, b"\xff" * PAGE)


def nothing_left(path: str) -> None:
    os.truncate(path, 0)


def removed(path: str) -> None:
    Path(path).unlink()


@pytest.mark.parametrize("harm", [garbage_in_the_header, truncated, a_flipped_page, nothing_left, removed])
def test_a_damaged_file_is_refused_with_the_backup_to_put_back(
    path: str, folder: Path, copy: Path, harm: Callable[[str], None]
) -> None:
    harm(path)
    before = Path(path).read_bytes() if Path(path).exists() else None
    with pytest.raises(LedgerError) as caught:
        Ledger(path, Policy(), backups=folder, check=True)
    assert f"restore the latest good backup: bounced restore {copy} (see docs/database.md)" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (caught.value.passing, caught.value.exit_code) == (False, 65)
    assert (Path(path).read_bytes() if Path(path).exists() else None) == before
    Path(path).unlink(missing_ok=True)
    copy.rename(path)
    with Ledger(path, Policy(), backups=folder, check=True) as restored:
        restored.decisions.decide(["a@b.test"], "suppress", "all", "")


def test_an_index_that_disagrees_is_found_by_the_next_backup(path: str, folder: Path, copy: Path) -> None:
    """The quick check at the start does not compare indexes."""
    an_index_that_misses_rows(path)
    Ledger(path, Policy(), backups=folder, check=True).close()
    with pytest.raises(LedgerError, match=r"has been removed .row 2001 missing from index decisions_by_address"):
        backup.run(path, folder, 7)
    assert backup.copies(path, folder) == [copy]
    with closing(sqlite3.connect(path)) as db:
        db.execute("REINDEX")
    assert backup.run(path, folder, 7) in backup.copies(path, folder)


def an_index_that_misses_rows(path: str) -> None:
    schema = "type, name, tbl_name, rootpage, sql"
    index = "FROM sqlite_schema WHERE name = 'decisions_by_address'"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        found = db.execute(f"SELECT {schema} {index}").fetchone()
        db.execute("PRAGMA writable_schema = ON")
        db.execute(f"DELETE {index}")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "INSERT INTO decisions (decided_at, address, what, scope, why) "
            "SELECT decided_at, 'x@y.test', what, scope, why FROM decisions LIMIT 1"
        )
        db.execute("PRAGMA writable_schema = ON")
        db.execute(f"INSERT INTO sqlite_schema ({schema}) VALUES (?, ?, ?, ?, ?)", found)


def test_without_backups_the_line_says_that_there_are_none(path: str, folder: Path, copy: Path) -> None:
    copy.unlink()
    a_flipped_page(path)
    with pytest.raises(LedgerError, match=r"it is damaged .*; there is no good backup in "):
        Ledger(path, Policy(), backups=folder, check=True)


def test_an_empty_file_without_backups_is_a_new_ledger(path: str, folder: Path) -> None:
    Path(path).touch()
    Ledger(path, Policy(), backups=folder, check=True).close()


def test_damage_that_is_met_later_is_no_passing_trouble(path: str, folder: Path, copy: Path) -> None:
    page = root_page(path, "decisions_by_address")
    with Ledger(path, Policy(), backups=folder, check=True) as ledger:
        overwrite(path, (page - 1) * PAGE, b"\xff" * PAGE)
        with pytest.raises(LedgerError, match="it is damaged; restore the latest good backup") as caught:
            for number in range(5000):
                ledger.decisions.decide([f"more{number}@rcpt.test"], "suppress", "all", "")
    assert not caught.value.passing


def test_the_daemon_refuses_a_damaged_file(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    path = str(daemon.database)
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide(MANY, "suppress", "all", "")
        copied = backup.run(path, tmp_path / "backups", 1)
    a_flipped_page(path)
    daemon.configure({"bounces": ImapServer("mail-devel", free_port())})
    with daemon.running():
        assert daemon.process is not None
        assert daemon.process.wait(30) == 65
        [line] = daemon.rest()
    assert line.startswith(f"bounced: {path}: it is damaged (")
    assert f"restore the latest good backup: bounced restore {copied}" in line


# readers that never end


@pytest.fixture
def ledger(path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setattr(writer, "WAL_OCTETS_LIMIT", 200_000)
    monkeypatch.setattr(writer, "WAL_CHECK_SECONDS", 0.0)
    with Ledger(path, Policy()) as opened:
        yield opened


def wal(path: str) -> int:
    return Path(f"{path}-wal").stat().st_size


def checkpoint(path: str) -> str:
    with closing(reading.connect_read_only(path)) as db:
        [problem] = db.execute("SELECT problem FROM jobs WHERE name = 'checkpoint'").fetchone()
        return str(problem)


READING = """
import sqlite3, sys
reader = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
reader.execute("BEGIN")
print(reader.execute("SELECT count(*) FROM suppressed").fetchone()[0], flush=True)
sys.stdin.read()
"""


def test_an_endless_reader_is_named_and_the_wal_shrinks_after_it(ledger: Ledger, path: str) -> None:
    command = [sys.executable, "-c", READING, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"0\n"
        ledger.decisions.decide(MANY, "suppress", "all", "")
        ledger.decisions.decide(["a@b.test"], "suppress", "all", "")
        grown = wal(path)
        assert grown > 200_000
        assert checkpoint(path).startswith(
            f"{path}-wal has grown to {grown >> 20} MB: a reader holds a transaction, one of: "
        )
        assert f"(process {reader.pid})" in checkpoint(path)
        reader.communicate(timeout=30)
    ledger.decisions.decide(["c@d.test"], "suppress", "all", "")
    assert wal(path) < 100_000
    assert checkpoint(path) == ""


def test_a_large_transaction_alone_is_nobodys_fault(ledger: Ledger, path: str) -> None:
    ledger.decisions.decide(MANY, "suppress", "all", "")
    assert wal(path) < 200_000
    assert checkpoint(path) == ""


def test_a_reader_that_cannot_be_seen_is_to_be_looked_for(path: str) -> None:
    assert holders.described(path) == f"a reader holds a transaction; `fuser -v {path}` as root shows which"


# who may read


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_group_reads_the_file_and_what_is_beside_it_whatever_the_umask(path: str, umask: int) -> None:
    before = os.umask(umask)
    try:
        with Ledger(path, Policy()):
            modes = {stat.S_IMODE(Path(path + end).stat().st_mode) for end in ("", "-wal", "-shm")}
    finally:
        os.umask(before)
    assert modes == {0o640}


def test_the_daemon_takes_rights_from_everybody_and_keeps_those_of_the_group(path: str, folder: Path) -> None:
    Path(path).touch()
    Path(path).chmod(0o666)
    Ledger(path, Policy(), backups=folder).close()
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o666
    Ledger(path, Policy(), backups=folder, check=True).close()
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o660


def test_a_directory_in_which_anybody_may_replace_the_file_is_refused(path: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(LedgerError, match=f"its directory is world-writable: chmod 750 {tmp_path}"):
        Ledger(path, Policy(), check=True)
    assert not Path(path).exists()
    Ledger(path, Policy()).close()


def test_a_vanished_file_is_not_made_anew_by_commands_either(path: str, folder: Path, copy: Path) -> None:
    removed(path)
    with pytest.raises(LedgerError, match="is missing or empty, although there are backups"):
        Ledger(path, Policy(), backups=folder)
    Ledger(path, Policy(), backups=folder, dry_run=True).close()
    assert not Path(path).exists()
