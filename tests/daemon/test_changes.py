"""Every suppression that begins or ends has its line in the log, whoever caused it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bounced import times
from bounced.daemon import changes, log_queue
from bounced.daemon.changes import LINES_LIMIT, Changes
from bounced.daemon.log_output import Text
from bounced.daemon.log_queue import Queued
from bounced.ledger.ledger import Ledger
from tests.daemon.test_log_queue import Gate
from tests.support import sinks
from tests.support.daemon import PATIENCE, Daemon, bounce
from tests.support.killed import chosen
from tests.support.ledger import failed, item
from tests.support.servers import ImapServer

STRIDE = int(os.environ.get("BOUNCED_STRIDE", "67"))

#: Before a line is logged, after the last one, before its number is noted, and in the middle of that.
MOMENTS = (
    "log.change(notice)",
    "self._position = notices[-1].id",
    "self._logged.note(self._position)",
    "db.execute(NOTE",
)

NAMES = [f"a{number}@rcpt.test" for number in range(2 * LINES_LIMIT)]


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, sinks.AT_ONCE) as opened:
        yield opened


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("INFO", "bounced")
    return caplog


def follower(ledger: Ledger) -> Changes:
    return Changes(ledger.logged, lambda _: None)


def lines(daemon: Daemon) -> list[str]:
    """What the daemon has logged of suppressions, each as its event and address."""
    told = [line.split() for line in [*daemon.lines, *daemon.rest()]]
    return [f"{words[1]} {words[2]}" for words in told if words[1] in ("suppressed", "released")]


def test_what_commands_change_is_logged_by_the_running_daemon(daemon: Daemon, mail_devel: ImapServer) -> None:
    daemon.configure({"bounces": mail_devel})
    imported = daemon.directory / "list.txt"
    imported.write_text("address\nc@rcpt.test\n")
    with daemon.running():
        daemon.wait_for("started")
        for words in (["suppress"], ["release", "--cause", "manual"], ["suppress"]):
            assert daemon.bounced(*words, "a@rcpt.test").returncode == 0
        daemon.wait_for("suppressed address=a@rcpt.test", "cause=manual")
        daemon.wait_for("released address=a@rcpt.test")
        daemon.wait_for("suppressed address=a@rcpt.test")
        assert daemon.bounced("list", "import", "--from", "csv", "--cause", "manual", str(imported)).returncode == 0
        daemon.wait_for("suppressed address=c@rcpt.test")
        daemon.stop()
    assert lines(daemon) == [
        "suppressed address=a@rcpt.test",
        "released address=a@rcpt.test",
        "suppressed address=a@rcpt.test",
        "suppressed address=c@rcpt.test",
    ]


def test_what_another_policy_changes_is_logged_for_each_address(daemon: Daemon, mail_devel: ImapServer) -> None:
    for number, address in enumerate(("a@rcpt.test", "b@rcpt.test")):
        mail_devel.append("INBOX", bounce(number, address, times.now()), times.now())
    daemon.configure({"bounces": mail_devel})
    with daemon.running():
        daemon.wait_for(" poll ", "counted=2")
        with daemon.config.open("a") as file:
            file.write("[policy.hard]\nbounces = 1\ndays = 0\n")
        daemon.hup()
        daemon.wait_for("policy-changed", "suppressed=2")
        daemon.wait_for("suppressed address=b@rcpt.test")
        daemon.stop()
    assert sorted(lines(daemon)) == ["suppressed address=a@rcpt.test", "suppressed address=b@rcpt.test"]


def test_what_changes_while_there_is_no_daemon_is_logged_by_the_next_one(
    daemon: Daemon, mail_devel: ImapServer
) -> None:
    daemon.configure({"bounces": mail_devel})
    assert daemon.bounced("suppress", "a@rcpt.test").returncode == 0
    told = [daemon.bounced("run", "--once").stderr for _ in range(2)]
    assert ["suppressed address=a@rcpt.test" in text for text in told] == [True, False]


@pytest.mark.timeout(7200)
def test_a_kill_at_any_step_repeats_lines_and_loses_none(tmp_path: Path, mail_devel: ImapServer) -> None:
    rehearsal, record = prepared(tmp_path / "rehearsal", mail_devel), tmp_path / "steps"
    assert logged_once(rehearsal, "record", str(record)).returncode == 0
    steps = record.read_text().splitlines()
    tried = chosen(steps, MOMENTS, STRIDE)
    wrong = {step: problems for step in tried if (problems := killed_at(step, tmp_path, mail_devel))}
    print(f"killed at {len(tried)} of {len(steps)} steps")
    assert wrong == {}


def prepared(directory: Path, server: ImapServer) -> Daemon:
    """A database with two suppressions that are not logged yet."""
    daemon = Daemon(directory)
    directory.mkdir()
    daemon.configure({"bounces": server}, idle=False)
    with daemon.config.open("a") as file:
        file.write('[alarms]\noff = ["disk"]\n')
    with Ledger(str(daemon.database), sinks.AT_ONCE) as ledger:
        sinks.suppress(ledger, "a@rcpt.test", "b@rcpt.test")
    return daemon


def logged_once(daemon: Daemon, *killed: str) -> subprocess.CompletedProcess[str]:
    """`bounced run --once`, killed or not."""
    program = ["-m", "tests.support.killed", *killed, "--"] if killed else ["-m", "bounced"]
    command = [sys.executable, *program, "run", "--once", "--config", str(daemon.config)]
    environment = {**os.environ, "BOUNCED_STEPS": "log"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)


def killed_at(step: str, folder: Path, server: ImapServer) -> list[str]:
    """What is not as it must be when a run was killed at ``step`` and another one followed."""
    daemon = prepared(folder / step.replace(":", "-").replace("/", "-"), server)
    first, second = logged_once(daemon, step), logged_once(daemon)
    if (first.returncode, second.returncode) != (-9, 0):
        return [f"exit statuses {first.returncode}, {second.returncode}"]
    both = first.stderr + second.stderr
    problems = [f"{name} is lost" for name in "ab" if f"suppressed address={name}@rcpt.test" not in both]
    [[position]] = daemon.rows("SELECT value FROM meta WHERE name = 'suppressions_logged'")
    [[last]] = daemon.rows("SELECT max(id) FROM outbox")
    return [*problems, *([f"is noted up to {position} of {last}"] if int(position) < last else [])]


def test_many_are_logged_in_parts(
    ledger: Ledger, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sinks.suppress(ledger, *NAMES)
    monkeypatch.setattr(changes, "PAUSE_SECONDS", 3600.0)
    follow = follower(ledger)
    for _ in range(3):
        follow.run()
    assert len(logged.messages) == LINES_LIMIT
    monkeypatch.setattr(changes, "PAUSE_SECONDS", 0.0)
    follow = follower(ledger)
    for _ in range(3):
        follow.run()
    assert sorted(line.split()[1] for line in logged.messages) == sorted(f"address={name}" for name in NAMES)


def test_a_process_that_polls_once_logs_no_more_than_the_journal_takes(
    ledger: Ledger, logged: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "ROUNDS_LIMIT", 1)
    sinks.suppress(ledger, *NAMES)
    follower(ledger).once()
    assert len(logged.messages) == LINES_LIMIT
    follower(ledger).once()
    assert len(set(logged.messages)) == len(NAMES)


def test_a_batch_has_its_changes_logged_immediately(ledger: Ledger) -> None:
    woken: list[str] = []
    follow = Changes(ledger.logged, woken.append)
    follow((), ledger.take([item(1, 0, failed("a@rcpt.test"))]))
    follow((), ledger.take([item(1, 0, failed("a@rcpt.test"))]))
    assert (woken, follow.status()) == ([changes.NAME], "")


def test_lines_that_were_not_written_are_not_noted(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads the log, and then somebody does: no line is missing, and none is there twice."""
    monkeypatch.setattr(changes, "WRITING_SECONDS", 0.01)
    gate, logger = Gate(), logging.getLogger()
    gate.setFormatter(Text())
    queued = Queued(gate)
    logger.addHandler(queued)
    logging.getLogger("bounced").setLevel(logging.INFO)
    try:
        sinks.suppress(ledger, "a@rcpt.test")
        follow = follower(ledger)
        follow.run()
        follow.run()
        assert len(ledger.logged.next(2)) == 1
        gate.is_open.set()
        assert queued.is_written(PATIENCE)
        follow.run()
        assert ledger.logged.next(2) == []
        assert [line.split()[1] for line in gate.written] == ["suppressed"]
    finally:
        logger.removeHandler(queued)


def test_lines_that_were_dropped_are_logged_again(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "WRITING_SECONDS", 0.01)
    monkeypatch.setattr(log_queue, "RECORDS_LIMIT", 1)
    monkeypatch.setattr(log_queue, "ROOM_SECONDS", 0.01)
    gate, logger = Gate(), logging.getLogger()
    gate.setFormatter(Text())
    queued = Queued(gate)
    logger.addHandler(queued)
    logging.getLogger("bounced").setLevel(logging.INFO)
    try:
        sinks.suppress(ledger, "a@rcpt.test", "b@rcpt.test", "c@rcpt.test", "d@rcpt.test")
        follow = follower(ledger)
        follow.run()
        assert queued.lost > 0
        gate.is_open.set()
        while ledger.logged.next(1):
            assert queued.is_written(PATIENCE)
            follow.run()
        assert {line.split()[2] for line in gate.written if " suppressed " in line} == {
            f"address={name}@rcpt.test" for name in "abcd"
        }
    finally:
        logger.removeHandler(queued)
