"""Silent mailboxes and feedback loops: what the ledger learns of arrivals, and whom it tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bounced.ledger import arrivals
from bounced.ledger.arrivals import SilenceChange
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item
from bounced.policy import Policy
from tests.support.ledger import DAY0, Clock, failed, item, rows

INBOX = "imap:bounces/INBOX"
HOUR = timedelta(hours=1)
USUAL: dict[str, timedelta | None] = {INBOX: None}


@pytest.fixture
def ledger(path: str, clock: Clock) -> Iterator[Ledger]:
    with Ledger(path, Policy(), clock=clock) as ledger:
        yield ledger


def complaint(number: int, day: float, address: str = "anna@hotmail.com", trust: str = "verified") -> Item:
    event = Event(address, "complaint", feedback_type="abuse", trust=trust)  # type: ignore[arg-type]
    return item(number, day, event, uid=number, kind="complaint")


def daily(days: int) -> list[Item]:
    """A bounce and a complaint on each of the days."""
    bounces = [item(day + 1, day, failed(f"a{day}@b.test"), uid=day + 1) for day in range(days)]
    return bounces + [complaint(1000 + day, day) for day in range(days)]


def poll(
    ledger: Ledger, clock: Clock, days: list[float], expect: dict[str, timedelta | None] | None = None
) -> list[SilenceChange]:
    """Polls the mailbox, which has nothing new, on each of ``days``, and judges; returns what has changed."""
    changes: list[SilenceChange] = []
    for day in days:
        clock.day = day
        for name in expect or USUAL:
            ledger.folders.polled(name, 0)
        ledger.arrivals.read()
        changes += ledger.arrivals.judge(USUAL if expect is None else expect)
    return changes


def learned(ledger: Ledger, clock: Clock, days: int = 35) -> None:
    """So many days with mail, each of them polled."""
    items = daily(days)
    for day in range(days):
        ledger.folders.polled(INBOX, 0)
        ledger.take([items[day], items[days + day]])
        assert poll(ledger, clock, [float(day)]) == []


def told(path: str) -> list[tuple[str, str]]:
    sql = "SELECT type, data FROM outbox WHERE type LIKE 'silence.%' ORDER BY id"
    return [(type_, json.loads(data)["name"]) for type_, data in rows(path, sql)]


def test_what_falls_silent_is_told_once_and_so_is_its_end(ledger: Ledger, path: str, clock: Clock) -> None:
    learned(ledger, clock)
    assert poll(ledger, clock, [35, 36]) == []
    since = DAY0 + timedelta(days=34) + HOUR
    limit = timedelta(days=2)
    assert poll(ledger, clock, [36.5, 37, 38]) == [
        SilenceChange("mailbox", INBOX, True, since, limit),
        SilenceChange("feedback-loop", "microsoft", True, since, limit),
    ]
    ledger.take([item(500, 39, failed("new@b.test"), uid=500)])
    assert poll(ledger, clock, [39]) == [SilenceChange("mailbox", INBOX, False, since, limit)]
    assert told(path) == [("silence.began", INBOX), ("silence.began", "microsoft"), ("silence.ended", INBOX)]


def test_a_restart_forgets_nothing(path: str, clock: Clock) -> None:
    with Ledger(path, Policy(), clock=clock) as ledger:
        learned(ledger, clock)
        assert len(poll(ledger, clock, [35, 36, 37])) == 2
    with Ledger(path, Policy(), clock=clock) as ledger:
        assert poll(ledger, clock, [37.1, 38]) == []
        ledger.take([item(500, 38, failed("new@b.test"), uid=500), complaint(501, 38)])
        assert [change.is_silent for change in poll(ledger, clock, [38.1])] == [False, False]


def test_a_backfill_is_learned_from_and_is_no_silence(ledger: Ledger, clock: Clock) -> None:
    """An old mailbox, read for the first time 300 days after its last message."""
    ledger.folders.begun(INBOX)
    ledger.take(daily(35))
    assert poll(ledger, clock, [334, 335, 336]) == []
    assert [change.name for change in poll(ledger, clock, [336.5])] == [INBOX]


def test_a_daemon_that_was_off_waits_again(ledger: Ledger, clock: Clock) -> None:
    learned(ledger, clock)
    assert poll(ledger, clock, [50, 51, 52]) == []
    assert len(poll(ledger, clock, [52.5])) == 2


def test_a_mailbox_that_fails_is_not_silent(ledger: Ledger, clock: Clock) -> None:
    learned(ledger, clock)
    for day in range(35, 50):
        clock.day = day
        ledger.folders.polled(INBOX, 0, "login refused")
        assert ledger.arrivals.judge(USUAL) == []


@pytest.mark.parametrize(("hours", "changes"), [(25, 1), (24, 0), (0, 0)])
def test_what_is_expected_needs_no_learning(ledger: Ledger, clock: Clock, hours: int, changes: int) -> None:
    expect: dict[str, timedelta | None] = {INBOX: timedelta(days=1) if hours else timedelta()}
    ends = (hours or 999) / 24
    assert len(poll(ledger, clock, [0, ends], expect)) == changes


def test_a_mailbox_that_is_read_no_more_is_not_silent(ledger: Ledger, path: str, clock: Clock) -> None:
    learned(ledger, clock)
    assert len(poll(ledger, clock, [35, 36, 37])) == 2
    others: dict[str, timedelta | None] = {"imap:other/INBOX": None}
    changes = poll(ledger, clock, [37.1], others)
    assert [(change.kind, change.is_silent) for change in changes] == [("mailbox", False)]
    assert rows(path, "SELECT kind FROM arrival_sources WHERE silent_since IS NOT NULL") == [("feedback-loop",)]


def test_while_one_mailbox_was_never_read_nothing_is_said_of_feedback_loops(ledger: Ledger, clock: Clock) -> None:
    learned(ledger, clock)
    assert len(poll(ledger, clock, [35, 36, 37])) == 2
    assert ledger.arrivals.judge({INBOX: None, "imap:other/INBOX": None}) == []


def test_without_mailboxes_nothing_is_silent(ledger: Ledger, clock: Clock) -> None:
    learned(ledger, clock)
    assert len(poll(ledger, clock, [35, 36, 37])) == 2
    assert [change.is_silent for change in ledger.arrivals.judge({})] == [False, False]


def test_a_feedback_loop_is_forgotten_at_last(ledger: Ledger, path: str, clock: Clock) -> None:
    learned(ledger, clock)
    assert len(poll(ledger, clock, [float(day) for day in range(35, 125)])) == 2
    assert [(change.name, change.is_silent) for change in poll(ledger, clock, [125, 126])] == [("microsoft", False)]
    assert rows(path, "SELECT kind, silent_since IS NOT NULL FROM arrival_sources") == [("mailbox", 1)]


def test_nobody_can_make_a_feedback_loop_or_keep_one_alive(ledger: Ledger, path: str) -> None:
    """Neither with complaints that are not trusted, nor with messages that are no reports, nor without end."""
    ledger.folders.begun(INBOX)
    ledger.take([complaint(1, 0, trust="unverified"), item(2, 0, uid=2, kind="other")])
    ledger.take([complaint(number, 0, f"a@d{number}.test") for number in range(3, 300)])
    ledger.arrivals.read()
    assert rows(path, "SELECT kind, count(*) FROM arrival_sources GROUP BY kind ORDER BY kind") == [
        ("feedback-loop", arrivals.FEEDBACK_LOOPS_LIMIT),
        ("mailbox", 1),
    ]
    assert rows(path, "SELECT name FROM arrival_sources WHERE name LIKE 'hotmail%' OR name = 'microsoft'") == []


def test_many_messages_are_read_in_many_transactions(
    ledger: Ledger, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "MESSAGES_LIMIT", 10)
    ledger.folders.begun(INBOX)
    ledger.take(daily(35))
    ledger.arrivals.judge(USUAL)
    assert rows(path, "SELECT kind, count(*) FROM arrivals JOIN arrival_sources ON id = source GROUP BY kind") == [
        ("feedback-loop", 35),
        ("mailbox", 35),
    ]


def test_what_is_old_is_dropped(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.folders.begun(INBOX)
    ledger.take([item(1, 0, failed("a@b.test"), uid=1), item(2, 200, failed("b@b.test"), uid=2)])
    poll(ledger, clock, [200])
    assert rows(path, "SELECT count(*) FROM arrivals") == [(1,)]
