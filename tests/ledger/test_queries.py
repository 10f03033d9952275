"""What people and programs ask of the ledger comes back as rows that are true at that moment."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from bounced.ledger import database, explanation, queries
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Ladder, Policy

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
NOW = DAY0 + timedelta(days=17)
FULL = Policy(expire={"mailbox_full": Ladder((timedelta(days=1),), probation=False)})


def failed(address: str, day: float, **fields: Any) -> tuple[Event, datetime]:
    known = {"class_": "hard", "reason": "user_unknown", "headers": (("List-Id", "news"),), **fields}
    return Event(address, "bounce", "failed", **known), DAY0 + timedelta(days=day)


def take(ledger: Ledger, *facts: tuple[Event, datetime]) -> None:
    origin = Origin("file:/mails", "1.eml")
    ledger.take(
        [
            Item(RawMessage(origin, at, b"x", 1), f"{n:064x}", Parsed(event.kind, "dsn", "", (event,)))
            for n, (event, at) in enumerate(facts)
        ]
    )


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, FULL, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def db(ledger: Ledger, path: str) -> Iterator[Database]:
    reader = database.open_for_reading(path)
    yield reader
    reader.conn.close()


def test_what_has_expired_forbids_nothing(ledger: Ledger, db: Database) -> None:
    take(ledger, *(failed("a@b.test", day, reason="mailbox_full") for day in (0, 8, 16)))
    assert [row["until"] for row in db.query("SELECT until FROM suppressions")] == ["2026-09-18T12:00:00Z"]
    assert list(queries.suppressed(db)) == []


def test_explain_is_fit_for_json_and_ordered_by_when_it_happened(ledger: Ledger, db: Database) -> None:
    take(ledger, *(failed("a@b.test", day, original_message_id=str(day)) for day in (16, 0, 8)))
    ledger.decisions.decide(["a@b.test"], "release", "", "by phone")
    found = json.loads(json.dumps(explanation.explain(db, "a@b.test", FULL, NOW)))
    assert [(step["at"], step["what"]) for step in found["history"]] == [
        ("2026-09-01T12:00:00Z", "failed"),
        ("2026-09-09T12:00:00Z", "failed"),
        ("2026-09-17T12:00:00Z", "failed"),
        ("2026-09-18T12:00:00Z", "release"),
    ]
    assert found["history"][0]["headers"] == {"List-Id": "news"}
    assert found["history"][0]["source"] == "file:/mails 1.eml"
    assert found["history"][3]["why"] == "by phone"
    assert (found["suppressions"], found["streak"]) == ([], None)
    assert found["next"][0] == {"class": "hard", "failures": 3, "after": "2026-10-03T12:00:00Z", "lapses_at": None}


def test_explain_with_a_limit_holds_no_more_steps_than_that(ledger: Ledger, db: Database) -> None:
    take(ledger, *(failed("a@b.test", number / 100, diagnostic_code=f"{number} " * 200) for number in range(2000)))
    tracemalloc.start()
    found = explanation.explain(db, "a@b.test", FULL, NOW, 10)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(found["history"]), found["earlier"]) == (10, 1990)
    assert peak < 1_000_000  # the texts alone are twice as much


def test_explain_says_when_a_streak_lapses(ledger: Ledger, db: Database) -> None:
    take(ledger, failed("a@b.test", 0), failed("a@b.test", 8))
    [hard, soft] = explanation.explain(db, "a@b.test", FULL, NOW)["next"]
    assert hard == {
        "class": "hard",
        "failures": 1,
        "after": "2026-09-18T12:00:00Z",
        "lapses_at": "2026-12-08T12:00:00Z",
    }
    assert soft == {**hard, "class": "soft"}


def test_what_was_not_understood_is_listed_newest_first_and_kept(ledger: Ledger, db: Database) -> None:
    messages = [RawMessage(Origin("-", str(day)), DAY0 + timedelta(days=day), b"text %d" % day, 6) for day in (3, 1, 2)]
    ledger.take([Item(found, f"{found.size}{n:063x}", Parsed("other")) for n, found in enumerate(messages)])
    rows = list(queries.unrecognized(db))
    assert [row["arrived_at"][:10] for row in rows] == ["2026-09-04", "2026-09-03", "2026-09-02"]
    assert [queries.content(db, row["id"]) for row in rows] == [b"text 3", b"text 2", b"text 1"]
    assert {row["kept"] for row in rows} == {1}
    assert queries.content(db, 99) is None


def test_counts(ledger: Ledger, db: Database) -> None:
    take(
        ledger,
        failed("a@b.test", 16.5, class_="block", reason="reputation"),
        failed("a@b.test", 15, class_="block", reason="reputation"),
        failed("", 16),
    )
    ledger.decisions.decide(["a@b.test", "c@b.test"], "suppress", "all", "")
    ledger.decisions.decide(["a@b.test"], "suppress", "marketing", "")
    assert queries.counts(db, NOW) == {
        "messages": 3,
        "event_count": 3,
        "unrecognized": 1,
        "held": 0,
        "held_today": 0,
        "not_stored": 0,
        "not_stored_today": 0,
        "expired": 0,
        "suppressed": 2,
        "unattributed": 1,
        "blocked_today": 1,
        "open_incidents": 0,
        "probes_due": 0,
        "withheld": 0,
    }


def test_blocks_that_are_held_are_not_counted(path: str) -> None:
    """F17, I3: who makes them up raises no alarm."""
    block = {"class_": "block", "reason": "reputation"}
    with Ledger(path, Policy(count={"bounce": "plausible"})) as ledger:
        made_up = [failed(f"{n}@b.test", 16.5, **block) for n in range(50)]
        take(ledger, *made_up, failed("a@b.test", 16.5, trust="plausible", **block))
    assert queries.counts(database.open_for_reading(path), NOW)["blocked_today"] == 1


def test_held_events_are_counted_in_total_and_for_the_last_day(path: str) -> None:
    with Ledger(path, Policy(count={"bounce": "plausible"})) as ledger:
        take(ledger, failed("a@b.test", 15), failed("a@b.test", 16.5), failed("c@b.test", 16, trust="plausible"))
    reader = database.open_for_reading(path)
    found = queries.counts(reader, NOW)
    assert (found["held"], found["held_today"]) == (2, 1)
    assert [(row["id"], row["trust"]) for row in queries.held(reader)] == [(2, "unverified"), (1, "unverified")]
    [doubt] = reader.query("SELECT DISTINCT doubt FROM events_view WHERE address = 'a@b.test'")
    assert doubt == {"doubt": "held: trust unverified, plausible required"}
    reader.conn.close()
