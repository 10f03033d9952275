"""Questions that several processes answer: none outlives the command, whatever ends it, and its end is one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bounced.cli import parts, replay
from bounced.cli.parts import Step, answers, processes
from bounced.errors import EXIT_IO, UserError
from tests.support.commands import bounced, count, directory_of_its_own, failures
from tests.support.packs import pack_file, with_phrase


def squared(number: int, of: int, step: Step) -> tuple[int, int, int]:
    step(1)
    step(1)
    return number**2, of, os.getpid()


def test_answers_come_in_order_each_from_a_process_of_its_own() -> None:
    done: list[int] = []
    of_each = answers(squared, 3, done.append)
    assert [(square, of) for square, of, _ in of_each] == [(0, 3), (1, 3), (4, 3)]
    assert (sum(done), len({process for *_, process in of_each}), of_each[0][2]) == (6, 3, os.getpid())


def refused(number: int, _: int, step: Step) -> int:
    if number:
        raise UserError("the second", "is two lines", exit_code=EXIT_IO)
    step(1)
    return number


def test_what_one_of_them_can_not_do_is_told() -> None:
    with pytest.raises(UserError) as raised:
        answers(refused, 2, lambda _: None)
    assert (raised.value.problems, raised.value.exit_code) == (("the second", "is two lines"), EXIT_IO)


def killed(number: int, _: int, __: Step) -> int:
    if number:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_process_that_is_killed_is_told_in_one_line() -> None:
    with pytest.raises(UserError, match=r"^one of the processes that read the database died \(exit code -9\)$"):
        answers(killed, 2, lambda _: None)


def test_there_are_as_many_as_are_worth_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert [processes(amount, 10) for amount in (0, 19, 20, 75, 10_000)] == [1, 1, 2, 7, parts.PROCESSES_LIMIT]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert processes(10_000, 10) == 1


ENDLESS = """
import os, sys, time
from bounced.cli.parts import answers

def part(number, of, step):
    os.write(1, b"%d\\n" % os.getpid())
    while True:
        time.sleep(0.01)
        step(1)

try:
    answers(part, 3, lambda _: None)
except KeyboardInterrupt:
    sys.exit(130)
"""


#: Enough on a busy machine.
ENDING_SECONDS = 60


@contextmanager
def closing_group(number: int) -> Iterator[None]:
    """Ends the processes of a group, also when a test fails."""
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(number, signal.SIGKILL)


@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9), (signal.SIGTERM, -15)])
def test_no_process_outlives_the_command(how: signal.Signals, status: int) -> None:
    command = [sys.executable, "-c", ENDLESS]
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as parent,
        closing_group(parent.pid),
    ):
        assert parent.stdout
        pids = [int(parent.stdout.readline()) for _ in range(3)]
        if how == signal.SIGINT:
            os.killpg(parent.pid, how)  # as a terminal does
        else:
            parent.send_signal(how)
        assert parent.communicate(timeout=ENDING_SECONDS) == ("", "")  # to the end: all that had these open have ended
        assert parent.returncode == status
    assert [pid for pid in pids if Path(f"/proc/{pid}/exe").exists()] == []  # of what has ended there is none


def test_commands_say_the_same_with_more_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory_of_its_own(tmp_path, monkeypatch)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    count([report for n in range(9) for report in failures(f"anna{n}@rcpt.test", 0, 8, 17)])
    pack = str(pack_file(Path("pack.toml"), with_phrase("policy", "user unknown")))
    nine = "{ bounces = 9, days = 15 }"
    Path("new.toml").write_text(f'[database]\npath = "bounced.db"\n[policy]\nhard = {nine}\nsoft = {nine}\n')
    commands = (
        ["replay", "--pack", pack, "--json"],
        ["classify", "--pack", pack, "--json"],
        ["policy", "preview", "--json", "--config", "new.toml"],
    )
    said = []
    for enough in (10_000, 1):
        monkeypatch.setattr(replay, "ADDRESSES_OF_A_PROCESS", enough)
        said.append([{**json.loads(bounced(*command).stdout), "seconds": 0} for command in commands])
    assert said[0] == said[1]
    assert [(one["suppressed"], one["released"]) for one in said[0]] == [(0, 9), (0, 9), (0, 9)]
