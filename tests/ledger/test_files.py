"""Files that others remove, overwrite or put somewhere else, under a writer."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bounced.errors import LedgerError
from bounced.ledger import database
from bounced.ledger.filesystems import network_filesystem
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.ledger import failed, item, rows

EVENTS = "SELECT count(*) FROM events"


def take(ledger: Ledger, *numbers: int) -> None:
    ledger.take([item(number, 0, failed(f"r{number}@rcpt.test")) for number in numbers])


@pytest.mark.parametrize("removed", [["-wal", "-shm"], ["-wal"], ["-shm"]])
def test_a_log_that_is_removed_is_written_anew_before_the_mailbox_is_told(path: str, removed: list[str]) -> None:
    """mempalace#2045, TriliumNext#1835: a kill later on lost 800 of 4,200 events whose mails had been moved."""
    with closing(Ledger(path, Policy())) as ledger:
        take(ledger, 1)
        for name in removed:
            Path(path + name).unlink()
        take(ledger, 2)
        killed = Path(path).parent / "killed.db"
        shutil.copy(path, killed)  # the file alone, as after a kill
        take(ledger, 3)
        assert rows(path, EVENTS) == [(3,)]
        assert Path(f"{path}-wal").exists()
    assert rows(str(killed), EVENTS) == [(2,)]
    assert rows(path, EVENTS) == [(3,)]


def test_a_log_that_another_program_has_begun_is_not_joined(path: str) -> None:
    with closing(Ledger(path, Policy())) as ledger:
        take(ledger, 1)
        Path(f"{path}-wal").unlink()
        Path(f"{path}-wal").write_bytes(b"another program's")
        with pytest.raises(LedgerError, match="-wal: was replaced while it was in use"):
            take(ledger, 2)
        Path(f"{path}-wal").unlink()


def test_a_file_that_is_overwritten_is_noticed(path: str, tmp_path: Path) -> None:
    """vavallee/bindery#2337: `cp` keeps the inode."""
    ledger = Ledger(path, Policy(), backups=tmp_path / "backups")
    take(ledger, 1)
    with closing(database.copy_in_memory(path).conn) as memory:
        memory.execute("VACUUM INTO ?", [str(tmp_path / "copy.db")])
    for number in range(2, 5):
        take(ledger, *range(100 * number, 100 * number + 100))
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    take(ledger, 41)
    shutil.copyfile(tmp_path / "copy.db", path)
    with pytest.raises(LedgerError, match="was overwritten while it was in use; to restore a backup, stop the daemon"):
        take(ledger, 42)
    ledger.close()


def test_a_link_to_a_file_that_is_to_be_made_gives_it_the_right_mode(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        (tmp_path / "link.db").symlink_to(tmp_path / "target.db")
        Ledger(str(tmp_path / "link.db"), Policy()).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "target.db").stat().st_mode) == 0o640


MOUNTS = r"""
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /srv/mail\040data rw,relatime shared:12 - nfs4 server:/export rw,vers=4.2
31 30 254:2 / /srv/mail\040data/local rw - xfs /dev/vdb rw
32 22 0:26 / /mnt/smb rw,relatime master:1 propagate_from:2 - cifs //server/share rw
33 22 0:27 / /mnt/ssh rw - fuse.sshfs me@server: rw
34 22 0:28 / /mnt/win rw - fuse.ntfs-3g /dev/vdc rw

nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/bounced/bounced.db", ""),
        ("/srv/mail data/bounced.db", "nfs4"),
        ("/srv/mail data/local/bounced.db", ""),
        ("/srv/mail datax/bounced.db", ""),
        ("/mnt/smb/bounced.db", "cifs"),
        ("/mnt/ssh/a/../bounced.db", "fuse.sshfs"),
        ("/mnt/win/bounced.db", ""),
    ],
)
def test_a_network_filesystem_is_known_by_its_mount(path: str, kind: str) -> None:
    """slskd#1830, databasement#344: SQLite's errors there said that another program locks the file."""
    assert network_filesystem(path, MOUNTS) == kind


def test_a_database_on_a_network_filesystem_is_refused_by_name(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = os.path.realpath(Path(path).parent)
    mounts = Path(path).parent / "mountinfo"
    mounts.write_text(f"30 22 0:25 / {folder} rw - nfs4 server:/export rw\n")
    monkeypatch.setattr("bounced.ledger.filesystems._MOUNTS", mounts)
    with pytest.raises(LedgerError, match=r"is on a network filesystem \(nfs4\)"):
        Ledger(path, Policy())
    assert not Path(path).exists()


@contextmanager
def created(folder: Path) -> Iterator[Callable[[], list[str]]]:
    """Which files were created in ``folder`` since, by inotify(7): also those that are gone again."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(handle, os.fsencode(folder), IN_CREATE) > 0

    def names() -> list[str]:
        events, names = os.read(handle, 65536), []
        while events:
            length = struct.unpack_from("iIII", events)[3]
            names.append(events[16 : 16 + length].rstrip(b"\0").decode())
            events = events[16 + length :]
        return names

    try:
        yield names
    finally:
        os.close(handle)


IN_CREATE = 0x100


@pytest.mark.parametrize("kept", [False, True])
def test_no_journal_file_is_written(path: str, kept: bool) -> None:
    """A kill would leave it, and readers who may not write could not roll it back: a soak saw that."""
    if kept:
        Ledger(path, Policy()).close(-1)
    with created(Path(path).parent) as names:
        with closing(Ledger(path, Policy())) as ledger:
            take(ledger, 1)
        assert set(names()) - {Path(path).name} == {f"{Path(path).name}{part}" for part in ("-wal", "-shm")}
    assert rows(path, "PRAGMA journal_mode") == [("delete",)]
