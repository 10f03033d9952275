"""Alarms of the daemon, days later by its clock: each is told once, then daily, then when the problem is over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bounced import times
from bounced.config import Config
from bounced.daemon.alarms.watch import Watch
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy
from tests.support import clock
from tests.support.daemon import Daemon, bounce
from tests.support.servers import ImapServer

TELL = """
[alarms]
command = ["/bin/sh", "-c", "cat >> '{told}'"]
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=755", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(words, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def configure(daemon: Daemon, server: ImapServer, more: str = "", **keys: object) -> None:
    """One mailbox, and a command that is told of alarms."""
    daemon.configure({"bounces": server}, **keys)
    told = TELL.format(told=daemon.directory / "told")
    daemon.config.write_text(f"workers = 1\n{daemon.config.read_text()}{told}{more}")


def look(daemon: Daemon, hours: float, status: int = 0) -> list[tuple[str, str, str]]:
    """`bounced run --once` so many hours from now; which alarms were told, each with its kind and its name."""
    told = daemon.directory / "told"
    told.write_text("")
    environment = {**os.environ, **clock.environment(daemon.directory, f"+{round(hours * 60)}m")}
    command = [sys.executable, "-m", "bounced", "run", "--once", "--config", str(daemon.config)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == status, ended.stderr
    notices = list(map(json.loads, told.read_text().splitlines()))
    return [(notice["type"], notice["data"]["kind"], notice["data"]["name"]) for notice in notices]


def names(daemon: Daemon) -> list[str]:
    """The alarms that are listed."""
    return [json.loads(line)["name"] for line in daemon.bounced("alarms", "--json").stdout.splitlines()]


def three(kind: str, name: str) -> list[list[tuple[str, str, str]]]:
    """What is told of a problem in all."""
    return [[(f"alarm.{change}", kind, name)] for change in ("raised", "reminded", "recovered")]


def test_a_silent_mailbox(daemon: Daemon, mail_devel: ImapServer) -> None:
    name = "mailbox:imap:bounces/INBOX"
    configure(daemon, mail_devel, expect="20h")
    now = times.now()
    mail_devel.append("INBOX", bounce(1, "a@rcpt.test", now), now)
    assert look(daemon, 0) == []
    said = [look(daemon, hours) for hours in (24, 48)]
    assert names(daemon) == [name]
    assert "1 alarm: see bounced alarms" in daemon.bounced("status").stdout
    later = now + timedelta(days=2)
    mail_devel.append("INBOX", bounce(2, "b@rcpt.test", later), later)
    said += [look(daemon, hours) for hours in (48, 49.2)]
    raised, reminded, recovered = three("silence", name)
    assert said == [raised, reminded, [], recovered]
    assert names(daemon) == []


def test_a_dead_feedback_loop(daemon: Daemon, mail_devel: ImapServer) -> None:
    configure(daemon, mail_devel, expect="0d")
    now = times.now()
    with Ledger(str(daemon.database), Policy()) as ledger:
        ledger.folders.polled("imap:bounces/INBOX", 0)
        ledger.take([complaint(number, now - timedelta(days=40 - number)) for number in range(40)])
    assert look(daemon, 0) == []
    said = [look(daemon, hours) for hours in (30, 60, 85)]
    with Ledger(str(daemon.database), Policy()) as ledger:
        ledger.take([complaint(99, now + timedelta(hours=85))])
    said += [look(daemon, hours) for hours in (86, 88)]
    raised, reminded, recovered = three("silence", "feedback-loop:microsoft")
    assert said == [[], raised, reminded, [], recovered]


def complaint(number: int, arrived_at: Any) -> Item:
    """Of somebody at Microsoft's."""
    message = RawMessage(Origin("imap:bounces/INBOX", str(number), 7, number + 1), arrived_at, b"content", 7)
    event = Event("anna@hotmail.com", "complaint", feedback_type="abuse", trust="verified")
    return Item(message, f"{number:064x}", Parsed("complaint", "arf", "subject", (event,)))


def test_a_disk_that_is_nearly_full(daemon: Daemon, mail_devel: ImapServer, small_disk: Path) -> None:
    configure(daemon, mail_devel, expect="0d")
    text = daemon.config.read_text().replace(str(daemon.database), str(small_disk / "bounced.db"))
    daemon.config.write_text(text)
    assert look(daemon, 0) == []
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 512 * 1024))
    said = [look(daemon, hours) for hours in (1, 2, 25)]
    ballast.unlink()
    said += [look(daemon, hours) for hours in (26, 28)]
    raised, reminded, recovered = three("disk", f"disk:{small_disk}")
    assert [[change for change in each if change[1] == "disk"] for each in said] == [
        raised,
        [],
        reminded,
        [],
        recovered,
    ]
    assert ("alarm.raised", "backup", "backup") in said[2]


def test_a_sink_that_is_down(daemon: Daemon, mail_devel: ImapServer) -> None:
    program = daemon.directory / "program"
    configure(daemon, mail_devel, f'[sink.crm]\ncommand = ["{program}"]\n', expect="0d")
    assert look(daemon, 0) == []
    daemon.bounced("suppress", "anna@rcpt.test")
    said = [look(daemon, hours, status=75) for hours in (1, 2, 3, 28)]
    program.write_text("#!/bin/sh\ncat > /dev/null\n")
    program.chmod(0o755)
    said += [look(daemon, hours) for hours in (29, 30, 32)]
    raised, reminded, recovered = three("sink", "sink:crm")
    assert said == [[], [], raised, reminded, [], [], recovered]


def test_a_ledger_that_can_not_be_written_is_told_without_it(tmp_path: Path, small_disk: Path) -> None:
    """The disk is full at once: what the ledger does not remember is told all the same."""
    told, time = tmp_path / "told", times.now()
    config = Config.model_validate(
        {
            "database": {"path": str(small_disk / "bounced.db")},
            "alarms": {"command": ["/bin/sh", "-c", f"cat >> '{told}'"], "off": ["disk"]},
        }
    )
    with Ledger(config.database.path, Policy()) as ledger:
        ledger.upkeep.ran("rates", "x" * 1000)
        ballast = small_disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        watch = Watch(ledger, {}, lambda: time)
        for minutes in (0, 5, 6, 24 * 60 + 6):
            time += timedelta(minutes=minutes)
            watch.run(config)
        ballast.unlink()
        for minutes in (1, 61):
            time += timedelta(minutes=minutes)
            watch.run(config)
    changes = [json.loads(line)["type"] for line in told.read_text().splitlines()]
    assert changes == ["alarm.raised", "alarm.reminded", "alarm.recovered"]


def test_a_running_daemon_tells_what_is_wrong_and_when_it_is_over(daemon: Daemon, mail_devel: ImapServer) -> None:
    """By its job, over days of its clock, which is set while it runs."""
    configure(daemon, mail_devel, expect="0d", idle=False)
    daemon.config.write_text(
        daemon.config.read_text().replace("[alarms]\n", '[alarms]\nunrecognized = 1\noff = ["disk"]\n')
    )
    daemon.environment, daemon.program = clock.environment(daemon.directory, "+0"), ("-m", "tests.support.impatient")
    mail_devel.append("INBOX", b"From: anna@rcpt.test\r\nMessage-ID: <1@rcpt.test>\r\n\r\nHello.\r\n")
    with daemon.running():
        daemon.wait_for("outcome=not-a-report")
        daemon.wait_for("alarm-raised kind=unrecognized")
        clock.set_to(daemon.directory, "+25h")
        daemon.wait_for("alarm-reminded kind=unrecognized")
        assert daemon.bounced("unrecognized", "1", "--done").returncode == 0
        clock.set_to(daemon.directory, "+1502m")
        daemon.wait_until("SELECT count(*) FROM alarms WHERE gone_at IS NOT NULL")
        clock.set_to(daemon.directory, "+27h")
        daemon.wait_for("alarm-recovered kind=unrecognized")
        daemon.wait_until("SELECT count(*) = 0 FROM alarms")
        daemon.wait_until("SELECT position = (SELECT max(id) FROM outbox) FROM sinks")
        assert daemon.stop()[0] == 0
    told = [json.loads(line)["type"] for line in (daemon.directory / "told").read_text().splitlines()]
    assert told == ["alarm.raised", "alarm.reminded", "alarm.recovered"]
