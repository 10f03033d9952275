"""The problems of the daemon that are told: once, then daily, then when they are over (bounced.policy.alarms).

1. What was told is written in the transaction that puts it into the outbox: a kill has it told by those who follow the
   outbox, and by nobody twice.
2. A problem of a kind that is not looked for any more is forgotten, and told no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bounced import times
from bounced.ledger import outbox
from bounced.ledger.transactions import Transactions
from bounced.policy.alarms import Alarm, Problem, step

#: Problems that are known at once; a mailbox, a sink or an incident has one or two.
PROBLEMS_LIMIT = 1000

Problems = Mapping[tuple[str, str], Problem]

ALARMS = "SELECT * FROM alarms ORDER BY kind, name"
WRITE = """
REPLACE INTO alarms (kind, name, problem, is_critical, began_at, told_at, times_told, gone_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
FORGET = "DELETE FROM alarms WHERE kind = ? AND name = ?"

TOLD = "SELECT * FROM alarms WHERE told_at IS NOT NULL ORDER BY is_critical DESC, began_at, kind, name"
THERE = "SELECT * FROM alarms WHERE gone_at IS NULL ORDER BY kind, name"


class Alarms:
    """Every method raises LedgerError when the file can't be used."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def judge(self, problems: Iterable[Problem], kinds: Collection[str]) -> None:
        """Puts into the outbox what is to be told of ``problems``, which are all that there are now of ``kinds``."""
        known = list(problems)[:PROBLEMS_LIMIT]
        if not known and not self._transactions.any("alarms"):
            return
        with self._transactions.writing():
            by_key = {(problem.kind, problem.name): problem for problem in known}
            _judge(self._transactions.db, by_key, kinds, self._transactions.clock())


def told(db: Database) -> list[dict[str, Any]]:
    """The problems that were told, and are not over; the worst and the oldest first."""
    return list(db.query(TOLD))


def there(db: Database) -> list[dict[str, Any]]:
    """The problems that there were when somebody looked last."""
    return list(db.query(THERE))


def _judge(db: Database, problems: Problems, kinds: Collection[str], now: datetime) -> None:
    """Writes what each problem has become, and tells it."""
    alarms = {(row["kind"], row["name"]): _alarm(row) for row in db.query(ALARMS)}
    for key in sorted(alarms.keys() | problems.keys()):
        if key[0] not in kinds:
            db.execute(FORGET, key)
            continue
        alarm, problem = alarms.get(key), problems.get(key)
        after, change = step(alarm, problem, now)
        if after != alarm:
            _write(db, key, after)
        if change and (told := after or alarm):
            outbox.tell_alarm(db, change, facts(told, problem), now)


def _write(db: Database, key: tuple[str, str], alarm: Alarm | None) -> None:
    if alarm is None:
        db.execute(FORGET, key)
        return
    dates = times.iso(alarm.began_at), times.iso_or_none(alarm.told_at), times.iso_or_none(alarm.gone_at)
    began_at, told_at, gone_at = dates
    db.execute(WRITE, [*key, alarm.text, alarm.is_critical, began_at, told_at, alarm.times_told, gone_at])


def _alarm(row: Mapping[str, Any]) -> Alarm:
    told_at, gone_at = times.parse_or_none(row["told_at"]), times.parse_or_none(row["gone_at"])
    began_at, is_critical = times.parse(row["began_at"]), bool(row["is_critical"])
    return Alarm(row["kind"], row["name"], row["problem"], is_critical, began_at, told_at, row["times_told"], gone_at)


def facts(alarm: Alarm, problem: Problem | None) -> dict[str, str]:
    """What is told of an alarm; what to do about it only while the ``problem`` is there."""
    return {
        "kind": alarm.kind,
        "name": alarm.name,
        "state": "CRITICAL" if alarm.is_critical else "WARNING",
        "problem": alarm.text,
        "advice": problem.advice if problem else "",
        "since": times.iso(alarm.began_at),
        "until": times.iso_or_none(alarm.gone_at) or "",
    }
