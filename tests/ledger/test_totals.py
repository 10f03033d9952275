"""What `bounced status` shows is kept, not counted: it is what counting says, whatever happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bounced.ledger import queries
from bounced.ledger.ledger import Ledger
from bounced.model import Event
from bounced.policy import Ladder, Limit, Policy
from tests.support.ledger import DAY0, failed, item

NOW = DAY0 + timedelta(days=30, hours=1)
TWO_DAYS = Ladder((timedelta(days=2),), probation=False)
AT_ONCE = Policy({**Policy().limits, "hard": Limit(1, 0)}, expire={"mailbox_full": TWO_DAYS})
CAREFUL = Policy(AT_ONCE.limits, count={"bounce": "plausible", "complaint": "plausible"})

YESTERDAY = "happened_at > strftime('%Y-%m-%dT%H:%M:%SZ', unixepoch(:now) - 86400, 'unixepoch')"

COUNTED = f"""
SELECT (SELECT count(*) FROM messages) AS messages, (SELECT count(*) FROM events) AS event_count,
    (SELECT count(*) FROM messages WHERE recognized = 0) AS unrecognized, (SELECT count(*) FROM doubts) AS held,
    (SELECT count(*) FROM doubts JOIN events ON events.id = event WHERE {YESTERDAY}) AS held_today,
    (SELECT count(DISTINCT address) FROM suppressed) AS suppressed,
    (SELECT count(*) FROM events WHERE address = '') - (SELECT count(*) FROM attributions) AS unattributed,
    (SELECT count(*) FROM events WHERE class = 'block' AND action = 'failed' AND {YESTERDAY}
        AND NOT EXISTS (SELECT 1 FROM doubts WHERE event = events.id)) AS blocked_today
"""


def check(ledger: Ledger) -> dict[str, Any]:
    """What is shown, which is what is counted."""
    [counted] = ledger._db.query(COUNTED, {"now": NOW.isoformat()})
    shown = queries.counts(ledger._db, NOW)
    assert {name: shown[name] for name in counted} == counted
    listing = queries.suppressed(ledger._db, 1)
    assert listing.more == max(0, len(list(queries.suppressed(ledger._db))) - 1)
    return counted


def block(address: str, **fields: Any) -> Event:
    return Event(address, "bounce", "failed", "block", "spam", trust="plausible", **fields)


@pytest.fixture
def ledger(path: str) -> Any:
    with Ledger(path, AT_ONCE, clock=lambda: NOW) as opened:
        yield opened


def test_a_new_file_has_nothing(ledger: Ledger) -> None:
    assert set(check(ledger).values()) == {0}


def test_reports_decisions_attributions_and_another_policy(ledger: Ledger) -> None:
    full = Event("f@b.test", "bounce", "failed", "hard", "mailbox_full")
    ledger.take([item(1, 29, failed("a@b.test"), failed("b@b.test", trust="plausible"), block("c@b.test"))])
    ledger.take([item(2, 30, Event("", "complaint", feedback_type="abuse", recipient_id="7"))])
    ledger.take([item(3, 30, block("d@b.test")), item(4, 30, kind="other"), item(5, 2, full), item(6, 30, block(""))])
    assert check(ledger) == {
        "messages": 6,
        "event_count": 7,
        "unrecognized": 3,
        "held": 0,
        "held_today": 0,
        "suppressed": 2,
        "unattributed": 2,
        "blocked_today": 2,
    }
    ledger.adopt(CAREFUL)
    assert check(ledger)["held"] == 3
    ledger.decisions.accept([1], "")
    check(ledger)
    ledger.write(lambda db: db.execute("INSERT INTO recipients (id, address) VALUES ('7', 'e@b.test')"))
    for _ in ledger.attribute():
        pass
    assert check(ledger)["unattributed"] == 1
    ledger.decisions.decide(["x@b.test", "a@b.test"], "suppress", "all", "")
    ledger.decisions.decide(["x@b.test"], "release", "", "")
    check(ledger)
    ledger.adopt(AT_ONCE)
    assert check(ledger)["held"] == 0


def test_what_is_deleted_is_counted_no_more(path: str) -> None:
    later = [NOW]
    with Ledger(path, CAREFUL, clock=lambda: later[0]) as ledger:
        ledger.take([item(n, 30, failed(f"{n}@b.test")) for n in range(5)])
        ledger.upkeep.drop_held(timedelta(days=10))
        assert check(ledger)["held"] == 5
        later[0] += timedelta(days=20)
        assert ledger.upkeep.drop_held(timedelta(days=10)) == 5
        assert check(ledger)["event_count"] == 0


def test_a_file_that_is_about_to_be_migrated_is_counted(ledger: Ledger) -> None:
    """By `bounced status`, which may be called before the daemon of the new version is started."""
    ledger.take([item(1, 30, failed("a@b.test"))])
    ledger.write(lambda db: db.execute("DELETE FROM totals WHERE name LIKE 'last_gone%'"))
    assert check(ledger)["event_count"] == 1


def test_old_events_take_no_room_among_the_recent(ledger: Ledger) -> None:
    ledger.take([item(1, 1, block("a@b.test")), item(2, 30, block("b@b.test"))])
    ledger.upkeep.housekeep(timedelta(days=90))
    assert ledger._db.execute("SELECT event FROM recent").fetchall() == [(2,)]
    with Ledger(ledger.path, AT_ONCE, clock=lambda: NOW + timedelta(days=3)) as later:
        later.upkeep.housekeep(timedelta(days=90))
        assert later._db.execute("SELECT event FROM recent").fetchall() == []
