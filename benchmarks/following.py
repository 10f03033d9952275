"""What following a mail log costs, with all that it writes: `python -m benchmarks following`.

Beside it stands a reader that only counts the lines of the file, for the journal journalctl without us. The time is the
processor's.
"""

from __future__ import annotations

import gzip
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.commands import alternating
from bounced.config import Config
from bounced.daemon import mail_logs
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from bounced.sent import journal

MESSAGES = 30_000
RUNS = 5

#: Of the server; BEGUN is when the first message came.
MESSAGES_A_SECOND = 20
BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)

DOMAINS = ("gmail.com", "outlook.com", "yahoo.com", "gmx.de", "web.de", "orange.fr", "rcpt.example", "mail.example")

#: Of a hundred messages.
OUTCOMES = ("deferred",) * 3 + ("refused",) * 4 + ("local",) * 5 + ("sent",) * 88

LOGS = Path(__file__).parent / "logs"

#: What writes journals where no journald runs: of Debian's package systemd-journal-remote.
JOURNAL_WRITER = "/lib/systemd/systemd-journal-remote"

#: An entry as journald writes it of a line of Postfix, with the fields that are the same in all.
ENTRY = """
__REALTIME_TIMESTAMP={microseconds}
__MONOTONIC_TIMESTAMP={monotonic}
_SOURCE_REALTIME_TIMESTAMP={microseconds}
_BOOT_ID=5f0c2c1d1f3e4b6f8f0e8a3d7b6c5a41
_MACHINE_ID=0c5f2c1d1f3e4b6f8f0e8a3d7b6c5a42
_HOSTNAME=mx
_TRANSPORT=syslog
PRIORITY=6
SYSLOG_FACILITY=2
SYSLOG_IDENTIFIER={program}
SYSLOG_PID={pid}
SYSLOG_TIMESTAMP={date}
_PID={pid}
_UID=104
_GID=110
_COMM={service}
_EXE=/usr/lib/postfix/sbin/{service}
_CMDLINE={service} -n {service} -t unix -u -c
_CAP_EFFECTIVE=0
_SYSTEMD_CGROUP=/system.slice/system-postfix.slice/postfix@-.service
_SYSTEMD_UNIT=postfix@-.service
_SYSTEMD_SLICE=system-postfix.slice
_SYSTEMD_INVOCATION_ID=8c5f2c1d1f3e4b6f8f0e8a3d7b6c5a43
MESSAGE={text}
"""

Line = tuple[float, str]  # seconds after BEGUN, text


def lines(kind: str) -> list[Line]:
    """What the server writes about MESSAGES; each has a recipient of its own."""
    steps = [line.split(" ", 2) for line in (LOGS / f"{kind}.txt").read_text().splitlines()]
    written = [
        (number / MESSAGES_A_SECOND + int(seconds), _filled(text, number, kind))
        for number in range(MESSAGES)
        for outcome, seconds, text in steps
        if outcome in {"all", OUTCOMES[number % len(OUTCOMES)]}
    ]
    return sorted(written, key=lambda line: line[0])


def _filled(text: str, number: int, kind: str) -> str:
    """A line about message ``number``."""
    queue_id = f"1vPabc-{number:011}-1234" if kind == "exim" else f"4F{number:08X}"
    words = {"NUMBER": str(number), "DOMAIN": DOMAINS[number % len(DOMAINS)], "ID": queue_id}
    words["REPORT"] = f"1vPabd-{number:011}-1234"
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def write_file(path: Path, kind: str) -> int:
    """Writes a log with the dates that rsyslog and Exim write; returns the number of its lines."""
    written = lines(kind)
    with path.open("w") as file:
        for seconds, text in written:
            at = BEGUN + timedelta(seconds=seconds)
            date = f"{at:%Y-%m-%d %H:%M:%S}" if kind == "exim" else f"{at.isoformat(timespec='microseconds')} mx"
            file.write(f"{date} {text}\n")
    with path.open("rb") as file, gzip.open(f"{path}.gz", "wb") as compressed:
        compressed.writelines(file)
    return len(written)


def write_journal(folder: Path) -> int:
    """Writes Postfix' log into a journal, and a `journalctl` that reads it; returns the number of its entries."""
    (folder / "journal").mkdir()
    path = folder / "journalctl"
    path.write_text(f'#!/bin/sh\nexec {shutil.which("journalctl")} --directory={folder}/journal "$@"\n')
    path.chmod(0o755)
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
    entries = [_entry(BEGUN + timedelta(seconds=seconds), text) for seconds, text in lines("postfix")]
    command = [JOURNAL_WRITER, f"--output={folder}/journal/mail.journal", "-"]
    subprocess.run(command, input="".join(entries).encode(), check=True, capture_output=True)  # noqa: S603
    return len(entries)


def _entry(at: datetime, line: str) -> str:
    program, _, text = line.partition(": ")
    name, _, pid = program.rstrip("]").partition("[")
    microseconds = int(at.timestamp()) * 1_000_000 + at.microsecond
    return ENTRY.format(
        microseconds=microseconds,
        monotonic=microseconds - int((BEGUN - timedelta(days=1)).timestamp()) * 1_000_000,
        program=name,
        pid=pid,
        date=f"{at:%b %e %H:%M:%S}",
        service=name.partition("/")[2],
        text=text,
    )


def follow(kind: str, path: Path | str) -> float:
    """Seconds that the log takes, of this process and of those that it starts."""
    logs = {"mta": {"kind": kind, "path": str(path), "senders": ["news.example.com"]}}
    with tempfile.TemporaryDirectory() as folder, Ledger(f"{folder}/bounced.db", Policy()) as ledger:
        begun = _processor_time()
        mail_logs.follow(Config.model_validate({"logs": logs}), ledger)
        return _processor_time() - begun


def count(path: Path) -> float:
    """Seconds of a reader that only counts the lines."""
    begun = _processor_time()
    with path.open("rb") as file:
        sum(1 for _ in file)
    return _processor_time() - begun


def journalctl() -> float:
    """Seconds of journalctl, thrown away."""
    begun = _processor_time()
    subprocess.run([*journal.COMMAND, journal.SINCE], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return _processor_time() - begun


def _processor_time() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def rows() -> Iterator[tuple[str, float]]:
    """As ratios to the reader that only counts, and in lines a second."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("postfix", "exim"):
            path = Path(folder, f"{kind}.log")
            lines = write_file(path, kind)
            ways = {
                "plain": partial(follow, kind, path),
                "gzip": partial(follow, kind, path.with_name(f"{path.name}.gz")),
                "count": partial(count, path),
            }
            seconds = alternating(ways, RUNS)
            for way in ("plain", "gzip"):
                yield f"mail log, {kind}, {way}, times a reader that counts lines", seconds[way] / seconds["count"]
                yield f"mail log, {kind}, {way}, lines a second (200,000)", lines / seconds[way]
        if Path(JOURNAL_WRITER).exists():
            lines = write_journal(Path(folder))
            seconds = alternating({"journal": partial(follow, "postfix", "journal"), "count": journalctl}, RUNS)
            yield "mail log, postfix, journal, times journalctl alone", seconds["journal"] / seconds["count"]
            yield "mail log, postfix, journal, lines a second (200,000)", lines / seconds["journal"]
            yield "mail log, postfix, journalctl alone, lines a second", lines / seconds["count"]
