"""Postfix reads the file in every state, by the map that docs/readers.md prints, as somebody who may write nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.conftest import missing
from tests.support import documents
from tests.support.story import INSTALLED

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run postmap as somebody else")

NOBODY = 65534
READERS = 64321  # the group that may read; nobody is made a member of it

SUPPRESSED = "anna@example.org"
NOT_SUPPRESSED = "ben@example.net"
LOOKUPS = 200

KILLED = """
import os, sys
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
Ledger(sys.argv[1], Policy()).decisions.decide([sys.argv[2]], "suppress", "all", "")
os.kill(os.getpid(), 9)
"""


class Reader:
    """Postfix' lookup tool, run by nobody with the readers' group, and the database that it reads."""

    def __init__(self, directory: Path) -> None:
        self.database = directory / "state" / "bounced.db"
        self._map = directory / "bounced.cf"
        self._map.write_text(documented_map().replace(INSTALLED, str(self.database)))
        self.database.parent.mkdir(mode=0o750)
        self.database.touch(mode=0o640)
        for path in (self.database.parent, self.database):
            os.chown(path, 0, READERS)

    def lookup(self, address: str, *groups: int) -> subprocess.CompletedProcess[str]:
        """What `postmap -q` says of ``address``: 0 and a line when it is suppressed, 1 and nothing when it is not."""
        return subprocess.run(
            ["postmap", "-q", address, f"sqlite:{self._map}"],
            user=NOBODY,
            group=NOBODY,
            extra_groups=groups or [READERS],
            capture_output=True,
            text=True,
            timeout=30,
        )

    def check(self) -> None:
        """Fails unless both addresses are found as they are."""
        hit, miss = self.lookup(SUPPRESSED.title()), self.lookup(NOT_SUPPRESSED)
        assert hit.stdout.startswith("550 5.7.1 suppressed: manual since 20"), hit.stderr
        assert (miss.returncode, miss.stdout, miss.stderr) == (1, "", "")


def documented_map() -> str:
    """The map as docs/readers.md prints it."""
    [found] = [
        block
        for block in documents.blocks(documents.DOCS / "readers.md", "ini")
        if block.startswith("# /etc/postfix/bounced.cf\n")
    ]
    assert INSTALLED in found
    return found


@pytest.fixture
def reader(public_path: Path) -> Reader:
    if not shutil.which("postmap"):
        missing("postmap (Debian: postfix)")
    maps = subprocess.run(["postconf", "-m"], capture_output=True, text=True, check=True).stdout.split()
    if "sqlite" not in maps:
        missing("sqlite for Postfix (Debian: postfix-sqlite)")
    return Reader(public_path)


@pytest.fixture
def ledger(reader: Reader) -> Iterator[Ledger]:
    """An open ledger in which one address is suppressed."""
    with Ledger(str(reader.database), Policy()) as opened:
        opened.decisions.decide([SUPPRESSED], "suppress", "all", "")
        yield opened


def beside(database: Path) -> set[str]:
    """What SQLite keeps beside the file."""
    return {path.name.removeprefix(database.name) for path in database.parent.iterdir()} - {""}


def test_while_the_ledger_is_open(reader: Reader, ledger: Ledger) -> None:
    assert beside(reader.database) == {"-wal", "-shm"}
    reader.check()


def test_after_a_clean_close(reader: Reader, ledger: Ledger) -> None:
    ledger.close()
    assert beside(reader.database) == set()
    reader.check()


def test_after_a_close_while_a_reader_had_it_open(reader: Reader, ledger: Ledger) -> None:
    """A reader like Postfix' proxymap keeps the file open for long."""
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", HOLDING, str(reader.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"1\n"
        ledger.close()
        assert beside(reader.database) == {"-wal", "-shm"}
        reader.check()
        process.communicate(timeout=30)
    reader.check()


HOLDING = """
import sqlite3, sys
reader = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(reader.execute("SELECT count(*) FROM suppressed").fetchone()[0], flush=True)
sys.stdin.read()
"""


def test_after_a_writer_was_killed(reader: Reader) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(reader.database), SUPPRESSED], timeout=30)
    assert killed.returncode == -9
    assert beside(reader.database) == {"-wal", "-shm"}
    reader.check()


def test_check_by_an_outsider_is_an_error_not_a_no(reader: Reader, ledger: Ledger) -> None:
    """Postfix makes "try again later" of it, and no mail is sent."""
    refused = reader.lookup(SUPPRESSED, NOBODY)
    assert refused.returncode == 1
    assert "unable to open database file" in refused.stderr


def test_a_flat_map_is_exported(reader: Reader, ledger: Ledger, tmp_path: Path) -> None:
    """As the page does it; a failed query leaves the map that there was."""
    ledger.decisions.decide(["anna@xn--e1afmkfd.xn--p1ai"], "suppress", "all", "")
    ledger.decisions.decide([NOT_SUPPRESSED], "suppress", "marketing", "")
    [script] = [block for block in documents.blocks(documents.DOCS / "readers.md", "sh") if "sqlite3" in block]
    script = script.replace("/etc/postfix", str(tmp_path)).replace(INSTALLED, str(reader.database))
    subprocess.run(["/bin/sh", "-ec", script], check=True, timeout=60)
    reader.database.rename(reader.database.with_name("moved"))
    subprocess.run(["/bin/sh", "-c", script], check=False, stderr=subprocess.DEVNULL, timeout=60)
    for address in (SUPPRESSED, "anna@xn--e1afmkfd.xn--p1ai", "anna@пример.рф"):
        found = subprocess.run(["postmap", "-q", address, f"hash:{tmp_path}/bounced"], capture_output=True, text=True)
        assert found.stdout.startswith("550 5.7.1 suppressed: manual since 20"), address
    missed = subprocess.run(["postmap", "-q", NOT_SUPPRESSED, f"hash:{tmp_path}/bounced"], capture_output=True)
    assert (missed.returncode, missed.stdout) == (1, b"")


def test_complaints_do_not_stop_other_mail(reader: Reader, ledger: Ledger) -> None:
    ledger.decisions.decide([NOT_SUPPRESSED], "suppress", "marketing", "")
    reader.check()


def test_no_lookup_fails_under_write_load(reader: Reader, ledger: Ledger) -> None:
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        while not stop.is_set():
            ledger.decisions.decide([f"user{len(written)}@example.com"], "suppress", "all", "")
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        answers = (reader.lookup(SUPPRESSED) for _ in range(LOOKUPS))
        refused = next((answer.stderr for answer in answers if answer.returncode), "")
    finally:
        stop.set()
        writer.join()
    assert refused == ""
    assert len(written) > LOOKUPS
