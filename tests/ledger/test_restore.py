"""A copy takes the place of the database: at once, with nothing of the old one beside it, never while it is used."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from bounced import times
from bounced.errors import EXIT_IO, EXIT_SUCCESS, EXIT_USAGE
from bounced.ledger import backup, carried, database, erasure, restore
from bounced.ledger.ledger import Ledger
from bounced.ledger.lookup import Suppressions
from bounced.policy import Policy
from tests.support.commands import bounced, one_line
from tests.support.daemon import Daemon
from tests.support.servers import ImapServer

#: Leaves what it wrote in the -wal file.
KILLED = """
import os, sys
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
Ledger(sys.argv[1], Policy()).decisions.decide(["late@b.test"], "suppress", "all", "")
os.kill(os.getpid(), 9)
"""

OLD = {"early@b.test", "late@b.test"}
RESTORED = {"early@b.test"}


@pytest.fixture
def copy(path: str, tmp_path: Path) -> Path:
    """A copy, after which the database went on; what came since lies in the -wal file of a killed writer."""
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide(["early@b.test"], "suppress", "all", "")
    made = backup.run(path, tmp_path / "backups", 7, lambda: times.now() - timedelta(days=1))
    subprocess.run([sys.executable, "-c", KILLED, path], timeout=60)
    assert Path(f"{path}-wal").stat().st_size
    return made


@pytest.fixture
def configuration(path: str, tmp_path: Path) -> Path:
    file = tmp_path / "bounced.toml"
    file.write_text(f'workers = 1\n[database]\npath = "{path}"\n')
    return file


def suppressed(path: str | Path) -> set[str]:
    """What a reader finds."""
    with closing(database.open_for_reading(str(path)).conn) as db:
        return {address for (address,) in db.execute("SELECT address FROM suppressed")}


def names(path: str) -> set[str]:
    """What lies beside the database."""
    return {found.name for found in Path(path).parent.iterdir()}


def replaced(path: str) -> Iterator[Path]:
    """What became of the database that was there."""
    return (found for found in Path(path).parent.glob("bounced.db.replaced-*Z"))


def test_the_copy_takes_its_place_and_the_old_one_is_kept_whole(path: str, copy: Path, configuration: Path) -> None:
    result = bounced("restore", str(copy), "--config", str(configuration))
    assert (result.exit_code, result.stdout) == (EXIT_SUCCESS, "")
    [old] = replaced(path)
    assert f"{path}: restored; the old one is {old}\n" in result.stderr
    assert suppressed(path) == RESTORED
    assert suppressed(old) == OLD
    assert suppressed(copy) == RESTORED
    assert {"bounced.db-wal", "bounced.db-shm"} & names(path) == set()
    with Ledger(path, Policy(), check=True) as ledger:
        ledger.decisions.decide(["new@b.test"], "suppress", "all", "")
    assert suppressed(path) == {*RESTORED, "new@b.test"}


def test_readers_find_one_or_the_other_and_reopen(path: str, copy: Path) -> None:
    with Suppressions(path) as ledger:
        assert ledger.get("late@b.test") is not None
        restore.run(copy, path, Policy())
        assert ledger.get("late@b.test") is None
        assert ledger.get("early@b.test") is not None


def test_a_damaged_database_and_a_missing_one_are_replaced(path: str, copy: Path) -> None:
    Path(path).write_bytes(b"rotten" * 10_000)
    restore.run(copy, path, Policy())
    assert suppressed(path) == RESTORED
    Path(path).unlink()
    Path(f"{path}-wal").write_bytes(b"of the one that vanished")
    assert restore.run(copy, path, Policy()).old is None
    assert suppressed(path) == RESTORED


@pytest.mark.parametrize("content", [b"", b"no database", None], ids=["empty", "text", "half"])
def test_a_bad_copy_changes_nothing(path: str, copy: Path, configuration: Path, content: bytes | None) -> None:
    good = copy.read_bytes()
    copy.write_bytes(good[: len(good) // 2] if content is None else content)
    before = names(path)
    result = bounced("restore", str(copy), "--config", str(configuration))
    assert result.exit_code == EXIT_IO
    assert one_line(result).startswith(f"bounced: {copy}: is no good copy: ")
    assert result.stderr.count(str(copy)) == 1
    assert suppressed(path) == OLD
    assert names(path) == before


def test_a_copy_that_is_not_there_or_is_the_database_is_refused(path: str, copy: Path, configuration: Path) -> None:
    missing = bounced("restore", "/no/such/copy.db", "--config", str(configuration))
    assert (missing.exit_code, missing.stderr) == (EXIT_IO, "bounced: /no/such/copy.db: no such file\n")
    itself = bounced("restore", path, "--config", str(configuration))
    assert (itself.exit_code, "is the database itself" in itself.stderr) == (EXIT_USAGE, True)


def test_while_the_daemon_runs_it_says_what_to_do(tmp_path: Path, mail_devel: ImapServer) -> None:
    daemon = Daemon(tmp_path)
    daemon.configure({"bounces": mail_devel})
    with daemon.running():
        daemon.wait_for("backup")  # its own first one
        made = bounced("backup", "--config", str(daemon.config))
        assert made.exit_code == EXIT_SUCCESS
        copy = made.stdout.strip()
        refused = bounced("restore", copy, "--config", str(daemon.config))
        assert refused.exit_code == EXIT_USAGE
        assert daemon.process is not None
        assert (
            f"(process {daemon.process.pid}); end that first (systemctl stop bounced), restore, and" in refused.stderr
        )
    assert bounced("restore", copy, "--config", str(daemon.config)).exit_code == EXIT_SUCCESS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read as somebody else")
def test_a_reader_that_keeps_it_open_is_no_obstacle(path: str, copy: Path) -> None:
    """Such as Postfix' proxymap."""
    code = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True)\n"
        "print(db.execute('SELECT count(*) FROM suppressed').fetchone()[0], flush=True)\n"
        "sys.stdin.read()\n"
    )
    for name in ("", "-wal", "-shm"):
        Path(f"{path}{name}").chmod(0o644)
    for folder in (Path(path).parent, *Path(path).parents[1:3]):
        folder.chmod(0o755)
    with subprocess.Popen(
        [shutil.which("python3", path="/usr/bin") or sys.executable, "-c", code, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        user=65534,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"2\n"
        restore.run(copy, path, Policy())
        assert suppressed(path) == RESTORED


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to the daemon")
def test_what_root_restores_and_copies_belongs_to_the_owner_of_the_directory(tmp_path: Path) -> None:
    daemon = pwd.getpwnam("daemon")
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, daemon.pw_uid, 64321)
    configuration = tmp_path / "bounced.toml"
    configuration.write_text(f'workers = 1\n[database]\npath = "{state}/bounced.db"\n')
    words = ("--config", str(configuration))
    assert bounced("suppress", "a@b.test", *words).exit_code == EXIT_SUCCESS
    copy = bounced("backup", *words).stdout.strip()
    assert bounced("restore", copy, *words).exit_code == EXIT_SUCCESS
    with Ledger(f"{state}/bounced.db", Policy()) as ledger:
        ledger.decisions.decide(["b@b.test"], "suppress", "all", "")
        found = [state / "bounced.db-wal", state / "bounced.db-shm", *state.rglob("*")]
        assert {(file.stat().st_uid, file.stat().st_gid) for file in found} == {(daemon.pw_uid, 64321)}
        assert stat.S_IMODE((state / "bounced.db").stat().st_mode) == 0o640


def killed_at(line: int, copy: Path, path: str, *others: ModuleType) -> bool:
    """Restores in a process that is killed just before it reaches its ``line``-th line; False when it has fewer.

    With the lines of ``others``, each is one however often it is reached.
    """
    if not (child := os.fork()):
        lines, modules, seen = count(1), {module.__file__ for module in (restore, *others)}, set()

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            if frame.f_code.co_filename not in modules:
                return None
            place = frame.f_code.co_filename, frame.f_lineno
            if event == "line" and not (others and place in seen) and next(lines) == line:
                os.kill(os.getpid(), signal.SIGKILL)
            seen.add(place)
            return trace

        sys.settrace(trace)
        restore.run(copy, path, Policy())
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_a_kill_at_any_line_leaves_a_whole_database(tmp_path: Path, path: str, copy: Path) -> None:
    pristine = tmp_path / "pristine"
    pristine.mkdir()
    for name in ("", "-wal", "-shm"):
        shutil.copy(f"{path}{name}", pristine)
    for line in count(1):
        for found in Path(path).parent.glob("*bounced.db*"):
            found.unlink()
        for file in pristine.iterdir():
            shutil.copy(file, Path(path).parent)
        if not killed_at(line, copy, path):
            break
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",), line
        assert suppressed(path) in (OLD, RESTORED), line
        restore.run(copy, path, Policy())
        assert suppressed(path) == RESTORED, line
        assert [name for name in names(path) if name.endswith(".restored")] == []
    assert line > 30


@pytest.mark.timeout(600)
def test_a_kill_at_any_line_does_not_bring_an_erased_address_back(tmp_path: Path, path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide(["early@b.test", "late@b.test"], "suppress", "all", "")
        copy = backup.run(path, tmp_path / "backups", 7, lambda: times.now() - timedelta(days=1))
        ledger.erasure.erase("early@b.test", "")
        ledger.erasure.rewrite()
    present = Path(path).read_bytes()
    for line in count(1):
        for found in Path(path).parent.glob("*bounced.db*"):
            found.unlink()
        Path(path).write_bytes(present)
        was_killed = killed_at(line, copy, path, carried, erasure)
        if was_killed:
            assert forgotten(path), line
            restore.run(copy, path, Policy())
        assert forgotten(path), line
        assert [name for name in names(path) if ".restored" in name] == []
        if not was_killed:
            break
    assert line > 80


def forgotten(path: str) -> bool:
    """True when the database is whole, does not name the erased address, and still refuses it."""
    with closing(sqlite3.connect(path)) as db:
        is_whole = db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Suppressions(path) as suppressions:
        is_refused = all(suppressions.get(address) for address in sorted(OLD))
    return is_whole and is_refused and b"early@b.test" not in Path(path).read_bytes()


def test_a_copy_now_is_one_of_those_that_are_kept(path: str, copy: Path, configuration: Path) -> None:
    made = bounced("backup", "--config", str(configuration))
    assert made.exit_code == EXIT_SUCCESS
    assert suppressed(made.stdout.strip()) == OLD
    assert len(backup.copies(path, copy.parent)) == 2
    Path(path).unlink()
    missing = bounced("backup", "--config", str(configuration))
    assert (missing.exit_code, "no such database" in missing.stderr) == (EXIT_IO, True)
