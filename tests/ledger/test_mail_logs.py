"""What mail logs say was sent is in the ledger once, with the position behind it, whenever it is killed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import bounced
from bounced.config import Config
from bounced.daemon import mail_logs
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from bounced.sent import log_files
from tests.support.ledger import DAY0, NOW, failed, item, rows

#: Statements that insert a hundred deliveries.
DELIVERED_LIMIT = 2

#: The modules through which what was read comes into the ledger.
STEPS = ("ledger/mail_logs.py", "daemon/mail_logs.py")

PACKAGE = str(Path(bounced.__file__).parent) + os.sep


def config(path: Path, sections: Any = None, **keys: Any) -> Config:
    return Config.model_validate(
        {**(sections or {}), "logs": {"mta": {"kind": "postfix", "path": str(path), "senders": ["our.test"]} | keys}}
    )


def queued(number: int, day: float = 0, sender: str = "news@our.test") -> list[str]:
    at = (DAY0 + timedelta(days=day)).isoformat()
    return [
        f"{at} mx postfix/cleanup[1]: 4F1X{number}: message-id=<{number}@our.test>",
        f"{at} mx postfix/qmgr[2]: 4F1X{number}: from=<{sender}>, size=512, nrcpt=1 (queue active)",
    ]


def sent(number: int, address: str, day: float = 0) -> list[str]:
    at = (DAY0 + timedelta(days=day)).isoformat()
    return [
        f"{at} mx postfix/smtp[3]: 4F1X{number}: to=<{address}>, relay=mx.rcpt.test[192.0.2.1]:25, dsn=2.0.0, "
        "status=sent (250 Ok)",
        f"{at} mx postfix/qmgr[2]: 4F1X{number}: removed",
    ]


def write(path: Path, *lines: list[str]) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for some in lines for line in some)


@contextmanager
def opened(path: str) -> Iterator[Ledger]:
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        yield ledger


def deliveries(path: str) -> list[tuple[Any, ...]]:
    return rows(
        path,
        "SELECT texts.text, unixepoch('2026-09-01T12:00:00Z') - at, kind, message_id FROM deliveries "
        "JOIN texts ON texts.id = deliveries.address ORDER BY 1, 2 DESC, 4",
    )


def counted(path: str, *columns: str) -> tuple[Any, ...]:
    [row] = rows(path, f"SELECT {', '.join(columns)} FROM mail_logs")
    return row


def test_deliveries_are_written_together(tmp_path: Path, path: str) -> None:
    log, statements = tmp_path / "mail.log", list[str]()
    write(log, *(queued(n) for n in range(100)), *(sent(n, f"{n}@rcpt.test") for n in range(100)))
    with opened(path) as ledger:
        ledger._db.conn.set_trace_callback(statements.append)
        mail_logs.follow(config(log), ledger)
        ledger._db.conn.set_trace_callback(None)
    inserted = {line for line in statements if "INTO deliveries" in line}  # triggers show as the statement again
    assert len(inserted) <= DELIVERED_LIMIT
    assert len(deliveries(path)) == 100


def test_what_is_sent_is_joined_with_its_message_in_an_earlier_piece(tmp_path: Path, path: str) -> None:
    log = tmp_path / "mail.log"
    write(log, queued(1), queued(2), queued(3, sender="x@other.test"), queued(4))
    with opened(path) as ledger:
        mail_logs.follow(config(log), ledger)
        assert rows(path, "SELECT count(*) FROM queued_messages") == [(4,)]
        write(
            log, sent(1, "anna@rcpt.test"), sent(2, "ben@rcpt.test"), sent(3, "carl@rcpt.test"), sent(5, "d@rcpt.test")
        )
        mail_logs.follow(config(log), ledger)
    assert deliveries(path) == [
        ("anna@rcpt.test", 0, "sent", "1@our.test"),
        ("ben@rcpt.test", 0, "sent", "2@our.test"),
    ]
    assert rows(path, "SELECT queue_id, message_id FROM queued_messages") == [("4F1X4", "4@our.test")]
    assert counted(path, "lines", "deliveries", "unknown", "skipped", "gaps") == (16, 2, 1, 0, 0)


def test_a_log_may_be_of_a_tenant(tmp_path: Path, path: str) -> None:
    log = tmp_path / "mail.log"
    write(log, queued(1), sent(1, "anna@rcpt.test"))
    tenants = {"tenant": {"acme": {"domains": ["our.test"]}}}
    with opened(path) as ledger:
        mail_logs.follow(config(log, tenants, tenant="acme"), ledger)
    assert [address for address, *_ in deliveries(path)] == ["(acme)anna@rcpt.test"]


def test_what_is_read_again_counts_once(tmp_path: Path, path: str) -> None:
    log = tmp_path / "mail.log"
    write(log, queued(1), sent(1, "anna@rcpt.test"))
    with opened(path) as ledger:
        mail_logs.follow(config(log), ledger)
        log.rename(tmp_path / "other.log")
        mail_logs.follow(config(tmp_path / "other.log"), ledger)
    assert len(deliveries(path)) == 1
    assert counted(path, "lines") == (8,)


def test_nothing_is_delivered_in_the_future(tmp_path: Path, path: str) -> None:
    log = tmp_path / "mail.log"
    write(log, queued(1, 100), sent(1, "anna@rcpt.test", 100))
    with opened(path) as ledger:
        mail_logs.follow(config(log), ledger)
    assert rows(path, "SELECT at FROM deliveries") == [(int(NOW.timestamp()),)]


def test_after_a_gap_queue_ids_mean_nothing(tmp_path: Path, path: str) -> None:
    log = tmp_path / "mail.log"
    write(log, queued(1))
    with opened(path) as ledger:
        mail_logs.follow(config(log), ledger)
        log.unlink()
        write(log, sent(1, "anna@rcpt.test"))
        mail_logs.follow(config(log), ledger)
    assert deliveries(path) == []
    assert counted(path, "unknown", "gaps", "gap") == (1, 1, "the file that was read last is gone")


def test_a_log_that_cannot_be_read_is_a_problem_until_it_can(tmp_path: Path, path: str) -> None:
    log = tmp_path / "mail.log"
    with opened(path) as ledger:
        for _ in range(2):
            mail_logs.follow(config(log), ledger)
        assert counted(path, "problem") == (f"{log}: No such file or directory",)
        [since] = counted(path, "failing_since")
        assert since
        log.touch()
        mail_logs.follow(config(log), ledger)
        assert counted(path, "problem", "failing_since") == ("", None)


def test_a_long_log_is_read_by_several_runs(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "PIECE_SIZE", 1000)
    monkeypatch.setattr(mail_logs, "SECONDS_LIMIT", 0.0)
    log = tmp_path / "mail.log"
    for number in range(10):
        write(log, queued(number), sent(number, f"{number}@rcpt.test"))
    with opened(path) as ledger:
        mail_logs.follow(config(log), ledger)
        assert 0 < len(deliveries(path)) < 10
        for _ in range(10):
            mail_logs.follow(config(log), ledger)
    assert len(deliveries(path)) == 10


def test_what_is_old_is_dropped_but_for_addresses_with_reports(tmp_path: Path, path: str) -> None:
    log = tmp_path / "mail.log"
    write(log, queued(1), sent(1, "anna@rcpt.test"), queued(2, 50), sent(2, "ben@rcpt.test", 50))
    write(log, queued(3), sent(3, "carl@rcpt.test"), queued(4))
    with opened(path) as ledger:
        ledger.take([item(1, 1, failed("anna@rcpt.test"))])
        mail_logs.follow(config(log), ledger)
        assert ledger.mail_logs.forget(timedelta(days=30)) == 1
        assert ledger.mail_logs.forget(timedelta(days=30)) == 0
    assert [address for address, *_ in deliveries(path)] == ["anna@rcpt.test", "ben@rcpt.test"]
    with Ledger(path, Policy(), clock=lambda: NOW + timedelta(days=31)) as ledger:
        ledger.mail_logs.forget(timedelta(days=400))
    assert rows(path, "SELECT * FROM queued_messages") == []


def killed_at(step: str, work: Callable[[], None]) -> int:
    """Does ``work`` in a process that is killed just before the line ``step`` is reached so many times; its status."""
    child = os.fork()
    if not child:
        counts: Counter[str] = Counter()

        def trace(frame: FrameType, event: str, _: Any) -> Any:
            name = frame.f_code.co_filename.removeprefix(PACKAGE)
            if not name.startswith(STEPS):
                return None
            if event == "line":
                counts[f"{name}:{frame.f_lineno}"] += 1
                if f"{name}:{frame.f_lineno}:{counts[f'{name}:{frame.f_lineno}']}" == step:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        try:
            work()
        finally:
            sys.settrace(None)
            lines = [f"{line}:{times}" for line, number in counts.items() for times in {1, number}]
            Path("steps").write_text("\n".join(lines))
            os._exit(0)
    return os.waitpid(child, 0)[1]


def contents(path: str) -> list[list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        return [
            db.execute(
                "SELECT text, at, kind, message_id FROM deliveries JOIN texts ON id = address ORDER BY 1"
            ).fetchall(),
            db.execute("SELECT queue_id, message_id FROM queued_messages ORDER BY 1").fetchall(),
            db.execute("SELECT lines, deliveries, unknown, skipped, gaps FROM mail_logs").fetchall(),
        ]


def test_a_kill_at_any_line_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(log_files, "PIECE_SIZE", 1500)
    log = tmp_path / "mail.log"
    for number in range(6):
        write(log, queued(number), sent(number, f"{number}@rcpt.test"))
    with opened(path) as ledger:
        mail_logs.follow(config(log), ledger)
    write(log, queued(11))
    log.rename(tmp_path / "mail.log.1")
    write(log, sent(11, "anna@rcpt.test"), queued(12), sent(9, "ben@rcpt.test"))
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copy(path, before)

    def read() -> None:
        with opened(str(after)) as ledger:
            mail_logs.follow(config(log), ledger)

    shutil.copy(before, after)
    assert killed_at("", read) == 0
    steps, expected = Path("steps").read_text().split(), contents(str(after))
    assert len(expected[0]) == 7
    assert expected[2] == [(32, 7, 1, 0, 0)]
    assert len(steps) > 50
    for step in steps:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{after}{suffix}").unlink(missing_ok=True)
        shutil.copy(before, after)
        assert killed_at(step, read) == signal.SIGKILL, step
        read()
        assert contents(str(after)) == expected, step
