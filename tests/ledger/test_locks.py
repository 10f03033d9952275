"""A reader that stops all writing is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bounced.ledger import locks
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.commands import bounced

#: Locks octets of a file, as a member of the readers' group may, until its input ends.
READER = """
import fcntl, sys
file = open(sys.argv[1], "rb")
fcntl.lockf(file, fcntl.LOCK_SH, int(sys.argv[3]), int(sys.argv[2]))
print("locked", flush=True)
sys.stdin.read()
"""


def reader(path: str, first: int, length: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", READER, f"{path}-shm", str(first), str(length)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    return process


@pytest.mark.parametrize(("first", "length"), [(120, 1), (0, 0), (122, 4)])
def test_who_stops_all_writing_is_named(path: str, first: int, length: int) -> None:
    """J10, F22."""
    with Ledger(path, Policy()) as ledger:
        ledger.decisions.decide(["a@b.test"], "suppress", "all", "")
        assert locks.problem(path) == ""
        holder = reader(path, first, length)
        assert locks.problem(path).endswith(
            f" (process {holder.pid}) holds a lock on {path}-shm that stops all writing; end that program"
        )
        holder.communicate(timeout=30)
        assert locks.problem(path) == ""


def test_what_readers_lock_is_no_problem(path: str) -> None:
    with Ledger(path, Policy()):
        holder = reader(path, 123, 6)
        assert locks.problem(path) == ""
        holder.communicate(timeout=30)


def test_a_database_that_nobody_has_open_is_locked_by_nobody(path: str) -> None:
    assert locks.problem(path) == ""


def test_status_is_critical_and_names_the_program(path: str, tmp_path: Path) -> None:
    configuration = tmp_path / "bounced.toml"
    configuration.write_text(f'[database]\npath = "{path}"\n[mailbox.b]\nhost = "h"\nuser = "u"\npassword_env = "P"\n')
    with Ledger(path, Policy()) as ledger:
        ledger.upkeep.ran("recount")
        holder = reader(path, 120, 1)
        said = bounced("status", "--json", "--config", str(configuration))
        holder.communicate(timeout=30)
    assert said.exit_code == 2
    [row] = [row for row in json.loads(said.stdout)["jobs"] if row["job"] == "writing"]
    assert row["state"] == "CRITICAL"
    assert f"(process {holder.pid}) holds a lock" in row["problem"]


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("1: OFDLCK ADVISORY  READ -1 fe:00:7 120 120", [-1]),
        ("12: POSIX  ADVISORY  READ 9 fe:00:7 0 EOF", [9]),
        ("1: POSIX  ADVISORY  WRITE 9 fe:00:7 120 120", []),
        ("1: POSIX  ADVISORY  READ 9 fe:00:8 120 120", []),
        ("1: POSIX  ADVISORY  READ 9 fe:00:7 123 EOF", []),
        ("1: -> POSIX  ADVISORY  READ 9 fe:00:7 120 120", []),
    ],
)
def test_the_lines_of_proc_locks(line: str, held: list[int]) -> None:
    """A writer locks exclusively, and whoever waits (->) holds nothing."""
    assert list(locks._holders(f"{line}\n", 7)) == held


def test_a_lock_without_an_owner_is_to_be_looked_for() -> None:
    assert locks._name(-1) == "a program that `fuser -v`, run by root, shows"
