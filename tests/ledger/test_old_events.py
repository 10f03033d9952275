"""`keep_events`: old events go, and nothing that is judged changes, now, later and by a replay."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from bounced.errors import LedgerError
from bounced.ledger import old_events, upkeep
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Judge, Verdict
from bounced.policy import Policy
from tests.ledger import test_replay
from tests.ledger.test_replay import SENDERS, accept, attribute, fact_item, facts
from tests.support.ledger import DAY0, failed, item, rows

#: When housekeeping runs, and how old events become.
NOW = DAY0 + timedelta(days=61)
KEEP = timedelta(days=30)

GAP = timedelta(days=20)
POLICY = replace(test_replay.POLICY, max_gap=GAP)

#: What was sent to one of the addresses; another message than any that a report names.
SEND = "INSERT INTO sends (message_id, address, campaign, sent_at) VALUES (?, 'c@d.test', '', ?)"
SENT = [(f"sent-{day}@s", (DAY0 + timedelta(days=day)).isoformat()) for day in (3, 21, 40, 58)]

STANDING = "SELECT * FROM suppressions ORDER BY address, scope, cause"


def drop(ledger: Ledger, rule: Policy = POLICY, keep: timedelta = KEEP) -> int:
    return ledger.upkeep.drop_events(keep, rule)


def counts_at(fact: Sequence[Any]) -> int:
    """The day on which an event counts."""
    day, stored = fact[1], fact[8]
    return int(day if stored is None or stored - day <= 1 else stored)


def later(number: int, fact: Sequence[Any], earlier: Iterable[Sequence[Any]]) -> Item | None:
    """A fact after the old ones; about another message than those that failed so long ago that nobody knows them."""
    before = (NOW - KEEP - DAY0).days
    gone = {old[3] for old in earlier if counts_at(old) <= before}
    shifted = (*fact[:3], fact[3] and (f"new-{fact[3]}" if fact[3] in gone else fact[3]), *fact[4:])
    return fact_item(number, shifted) if counts_at(fact) > before else None


def judged(path: str) -> dict[str, list[Any]]:
    """What is judged, regardless of which events are there."""
    return {
        "suppressions": rows(path, STANDING),
        "held": rows(path, "SELECT event, why FROM doubts WHERE event IN (SELECT id FROM events) ORDER BY event"),
        "rates": rows(path, "SELECT * FROM campaign_health ORDER BY 1, 2"),
    }


@given(facts, facts, st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_judged_changes(old: list[Any], new: list[Any], attributes: bool, careful: bool) -> None:
    items = [fact_item(number, fact) for number, fact in enumerate(old)]
    others = [found for number, fact in enumerate(new, 100) if (found := later(number, fact, old))]
    with tempfile.TemporaryDirectory() as folder:
        rule = replace(POLICY, count=SENDERS if careful else {})
        paths = (str(Path(folder, name)) for name in ("kept", "dropped"))
        results = [played(path, rule, old, items, others, attributes) for path in paths]
    assert results[0] == results[1]


def played(
    path: str, rule: Policy, old: Sequence[Any], items: list[Item], others: list[Item], attributes: bool
) -> list[Any]:
    """What is judged at first, after housekeeping, after more reports, and after a replay."""
    with Ledger(path, rule, clock=lambda: NOW) as ledger:
        ledger.write(lambda db: db.conn.executemany(SEND, SENT))
        ledger.take(items)
        if attributes:
            attribute(ledger)
        accept(ledger, [found for found, fact in zip(items, old, strict=True) if fact[9]])
        ledger.upkeep.recount()
        results: list[Any] = [judged(path)]
        if path.endswith("dropped"):
            drop(ledger, rule)
            assert drop(ledger, rule) == 0
            assert rows(path, "PRAGMA foreign_key_check") == []
        results.append(judged(path))
        ledger.take(others)
        results.append(judged(path))
        ledger.replay()
        return [*results, judged(path)]


def test_what_needs_them_stays(path: str) -> None:
    """Of a suppression, a streak that goes on, a complaint; what came before, and what is over, goes."""
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.take(
            [
                item(1, 0, failed("over@b.test")),
                *(item(10 + day, day, failed("out@b.test")) for day in (0, 8, 16)),
                item(40, 0, failed("again@b.test")),
                item(41, 1, Event("again@b.test", "delivered", "delivered")),
                *(item(42 + day, day, failed("again@b.test")) for day in (2, 20, 35)),
                item(90, 0, Event("cross@b.test", "complaint", feedback_type="abuse"), kind="complaint"),
                item(91, 0, Event("well@b.test", "delivered", "delivered"), kind="delivered"),
                item(92, 0, failed("")),
                item(93, 60, failed("new@b.test")),
            ]
        )
        assert drop(ledger, Policy(max_gap=GAP)) == 5
        kept = "SELECT address, count(*) FROM events GROUP BY address ORDER BY address"
        assert rows(path, kept) == [("again@b.test", 3), ("cross@b.test", 1), ("new@b.test", 1), ("out@b.test", 3)]
        assert rows(path, "SELECT text FROM texts WHERE text LIKE 'over@%' OR text LIKE 'well@%'") == []
        assert rows(path, "SELECT value FROM meta WHERE name LIKE 'events%since'") == [("2026-10-02T12:00:00Z",)]
        assert rows(path, "SELECT count(*) FROM messages") == [(13,)]
        assert rows(path, "SELECT count(*) FROM messages WHERE subject = ''") == [(5,)]


def test_an_address_at_a_time_is_the_same(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "STEP_SECONDS", 0)
    monkeypatch.setattr(old_events, "EVENTS_LIMIT", 1)
    monkeypatch.setattr(old_events, "TEXTS_LIMIT", 1)
    with Ledger(path, POLICY, clock=lambda: NOW) as ledger:
        unnamed = [item(10 + number, number, failed("")) for number in range(3)]
        ledger.take([*(item(number, number, failed(f"{number}@b.test")) for number in range(5)), *unnamed])
        ledger.take([item(99, 60, failed("last@b.test"))])
        assert drop(ledger) == 8
        assert rows(path, "SELECT text FROM texts WHERE text LIKE '%@%'") == [("last@b.test",)]


def test_facts_stay_guarded(path: str) -> None:
    """But old ones, in a transaction that says so."""
    with Ledger(path, POLICY, clock=lambda: NOW) as ledger:
        ledger.take([item(1, 0, failed("a@b.test")), item(2, 60, failed("b@b.test"))])
        for statement in ("DELETE FROM event_rows", "UPDATE event_rows SET diagnostic_code = 0, sent = 9"):
            for change in (partial(Database.execute, sql=statement), partial(allowed, statement=statement)):
                with pytest.raises(LedgerError, match="append-only"):
                    ledger.write(change)
        ledger.write(partial(allowed, statement="DELETE FROM event_rows WHERE id = 1"))


def allowed(db: Database, statement: str) -> None:
    db.execute(old_events.ALLOW, [str(int((NOW - KEEP).timestamp()))])
    db.execute(statement)
    db.execute(old_events.FORBID)


def test_the_file_takes_more_without_growing(path: str) -> None:
    """The pages of what was deleted are used again."""

    def fill(ledger: Ledger, first: int, day: float) -> int:
        said = "550 5.1.1 " + "x" * 400
        numbers = range(first, first + 300)
        ledger.take([item(n, day, failed(f"{n}@b.test", diagnostic_code=f"{n} {said}")) for n in numbers])
        return int(ledger._db.execute("PRAGMA page_count").fetchone()[0])

    with Ledger(path, POLICY, clock=lambda: NOW) as ledger:
        fill(ledger, 0, 0)
        pages = fill(ledger, 1000, 1)
        assert drop(ledger) == 600
        assert fill(ledger, 2000, 60) < pages * 1.05


def test_words_go_and_verdicts_stay(path: str) -> None:
    said: Any = {"diagnostic_code": "552 quota", "headers": (("X-A", "Anna"),), "words": "550"}
    old = [item(day, day, failed("out@b.test", original_message_id=str(day), **said)) for day in (0, 8, 16)]
    new = item(60, 60, failed("new@b.test", original_message_id="60", **said))
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.take([*old, new])
        ledger.decisions.decide(["hand@b.test"], "suppress", "all", "asked for it")
        before = rows(path, STANDING)
        ledger.upkeep.drop_texts(KEEP)
        words = "SELECT diagnostic_code, headers, subject FROM events_view ORDER BY id"
        assert rows(path, words) == [("", "{}", "")] * 3 + [("552 quota", '{"X-A":"Anna"}', "subject")]
        assert len(rows(path, "SELECT 1 FROM passages WHERE text LIKE '%quota%'")) == 1
        after = rows(path, STANDING)
        assert without_detail(after) == without_detail(before)
        assert sorted(row[10] for row in after) == ["", "asked for it"]
        ledger.replay()
        assert rows(path, STANDING) == after
        judge = Judge("others", "others", lambda event: Verdict("mailbox_full", "soft", "", "552", "other"))
        for _ in ledger.reclassify(judge):
            pass
        verdicts = rows(path, "SELECT address, class FROM events_view ORDER BY id")
        assert verdicts == [("out@b.test", "hard")] * 3 + [("new@b.test", "soft")]


def without_detail(suppressions: Iterable[Sequence[Any]]) -> list[Any]:
    return [(*row[:10], *row[11:]) for row in suppressions]
