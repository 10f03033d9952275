"""Problems that are told: what the ledger keeps of them, and what it puts into the outbox, in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bounced.errors import LedgerError
from bounced.ledger import alarms
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from bounced.policy.alarms import Problem
from tests.support.ledger import Clock

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)
DISK = Problem("disk", "disk:/var", "3.0 % free, 12 MiB", "make room")
KINDS = {"disk", "sink"}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def ledger(path: str, clock: Clock) -> Iterator[Ledger]:
    with Ledger(path, Policy(), clock=clock) as ledger:
        yield ledger


def rows(path: str, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


def told(path: str) -> list[str]:
    return [type_ for (type_,) in rows(path, "SELECT type FROM outbox WHERE type LIKE 'alarm.%' ORDER BY id")]


def test_it_is_told_once_then_daily_and_when_it_is_over(path: str, clock: Clock, ledger: Ledger) -> None:
    for _ in range(3):
        ledger.alarms.judge([DISK], KINDS)
        clock.forward(hours=13)
    ledger.alarms.judge([], KINDS)
    clock.forward(hours=1)
    ledger.alarms.judge([], KINDS)
    ledger.alarms.judge([], KINDS)
    assert told(path) == ["alarm.raised", "alarm.reminded", "alarm.recovered"]
    facts = {"kind": "disk", "name": "disk:/var", "state": "WARNING", "problem": "3.0 % free, 12 MiB"}
    data = [json.loads(data) for (data,) in rows(path, "SELECT data FROM outbox ORDER BY id")]
    assert data[0] == {**facts, "advice": "make room", "since": "2026-09-17T12:00:00Z"}
    assert data[2] == {**facts, "since": "2026-09-17T12:00:00Z", "until": "2026-09-19T03:00:00Z"}
    assert rows(path, "SELECT * FROM alarms") == []


def test_a_restart_tells_nothing_again(path: str, clock: Clock) -> None:
    for _ in range(3):
        with Ledger(path, Policy(), clock=clock) as ledger:
            ledger.alarms.judge([DISK], KINDS)
    assert told(path) == ["alarm.raised"]


def test_what_can_not_be_told_is_not_noted_as_told(path: str, ledger: Ledger) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON outbox_rows BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(LedgerError):
        ledger.alarms.judge([DISK], KINDS)
    assert rows(path, "SELECT * FROM alarms") == []
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TRIGGER no")
    ledger.alarms.judge([DISK], KINDS)
    assert told(path) == ["alarm.raised"]


def test_a_kind_that_is_switched_off_is_forgotten_untold(path: str, clock: Clock, ledger: Ledger) -> None:
    ledger.alarms.judge([DISK, replace(DISK, kind="sink", name="sink:crm")], KINDS)
    clock.forward(hours=2)
    ledger.alarms.judge([DISK], {"disk"})
    assert rows(path, "SELECT kind FROM alarms") == [("disk",)]
    assert told(path) == ["alarm.raised", "alarm.raised"]


def test_problems_without_end_are_limited(path: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "PROBLEMS_LIMIT", 10)
    ledger.alarms.judge((replace(DISK, name=f"disk:/{number}") for number in range(50)), KINDS)
    assert len(told(path)) == 10


def test_nothing_is_written_while_all_is_well(path: str, ledger: Ledger) -> None:
    with closing(sqlite3.connect(path)) as db:
        version = db.execute("PRAGMA data_version").fetchone()
        ledger.alarms.judge([], KINDS)
        assert db.execute("PRAGMA data_version").fetchone() == version
        ledger.alarms.judge([DISK], KINDS)
        assert db.execute("PRAGMA data_version").fetchone() != version
