"""What has been held for long is deleted, and nothing that counts changes by it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.errors import LedgerError, UserError
from bounced.ledger import expiry, explanation, queries, states
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item
from bounced.policy import Limit, Policy
from tests.support.ledger import NOW, Clock, failed, item, rows, suppressed

COUNT: Any = {"bounce": "plausible", "complaint": "plausible", "delivered": "plausible", "auto-reply": "plausible"}
POLICY = Policy({**Policy().limits, "hard": Limit(2, 5)}, count=COUNT, reports_per_address=2, unverified_per_source=0)
KEPT = timedelta(days=180)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def ledger(path: str, clock: Clock) -> Iterator[Ledger]:
    with Ledger(path, POLICY, clock=clock) as opened:
        yield opened


def unsure(address: str, **fields: Any) -> Event:
    return failed(address, **{"trust": "unverified", "headers": (("X-A", "1"),), "campaign": "spring", **fields})


#: A mail that comes after all others.
LAST = item(1000, 0, failed("last@b.test", trust="verified"))


def events(path: str) -> list[str]:
    return [address for (address,) in rows(path, "SELECT address FROM events ORDER BY id")]


def test_what_was_held_for_long_is_deleted(ledger: Ledger, clock: Clock, path: str) -> None:
    both = unsure("a@b.test"), unsure("c@d.test", trust="verified")
    ledger.take([item(1, 0, *both), item(2, 1, unsure("a@b.test")), LAST])
    assert ledger.upkeep.drop_held(KEPT) == 0
    clock.forward(days=180)
    assert ledger.upkeep.drop_held(KEPT) == 0
    clock.forward(days=1)
    assert ledger.upkeep.drop_held(KEPT) == 2
    assert events(path) == ["c@d.test", "last@b.test"]
    assert rows(path, "SELECT events_expired FROM messages ORDER BY id") == [(1,), (1,), (0,)]
    assert rows(path, "SELECT * FROM expired") == [("2027-05-01", "a@b.test", 2)]
    for table in ("doubts", "stale", "attributable"):
        assert rows(path, f"SELECT count(*) FROM {table}") == [(0,)]
    assert rows(path, "SELECT id FROM original_messages") == rows(path, "SELECT original FROM event_rows")
    assert rows(path, "SELECT text FROM passages ORDER BY id") == [("",), ('{"X-A":"1"}',)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert rows(path, "SELECT count(*) FROM meta WHERE name = 'held_kept_since'") == [(0,)]


def test_a_message_counts_once_for_ever(ledger: Ledger, clock: Clock, path: str) -> None:
    mails = [item(1, 0, unsure("a@b.test"))]
    ledger.take([*mails, LAST])
    ledger.upkeep.drop_held(KEPT)
    clock.forward(days=200)
    ledger.upkeep.drop_held(KEPT)
    assert [intake.outcome for intake in ledger.take(mails).intakes] == ["repeated"]
    assert events(path) == ["last@b.test"]


def test_the_number_of_an_event_is_never_given_to_another(ledger: Ledger, clock: Clock, path: str) -> None:
    ledger.take([item(1, 0, unsure("a@b.test"), unsure("c@d.test"))])
    ledger.upkeep.drop_held(KEPT)
    clock.forward(days=400)
    assert ledger.upkeep.drop_held(KEPT) == 2
    ledger.take([LAST])
    assert rows(path, "SELECT id, address FROM events") == [(3, "last@b.test")]
    assert queries.counts(ledger._db, clock())["event_count"] == 1


def test_an_event_is_kept_for_as_long_as_it_is_held_not_as_it_is_old(ledger: Ledger, clock: Clock, path: str) -> None:
    """Nobody loses a year of reports by a wrong line in the configuration that stood for a day."""
    ledger.take([item(1, 0, unsure("a@b.test", trust="plausible")), LAST])
    ledger.upkeep.drop_held(KEPT)
    clock.forward(days=400)
    ledger.adopt(replace(POLICY, count={"bounce": "verified"}))
    assert ledger.upkeep.drop_held(KEPT) == 0
    clock.forward(days=100)
    assert ledger.upkeep.drop_held(KEPT) == 0
    ledger.adopt(POLICY)
    ledger.adopt(replace(POLICY, count={"bounce": "verified"}))
    clock.forward(days=100)
    assert ledger.upkeep.drop_held(KEPT) == 0
    assert events(path) == ["a@b.test", "last@b.test"]


def test_what_a_person_accepted_stays(ledger: Ledger, clock: Clock, path: str) -> None:
    ledger.take([item(1, 0, unsure("a@b.test"), unsure("c@d.test")), LAST])
    ledger.upkeep.drop_held(KEPT)
    ledger.decisions.accept([1], "seen")
    clock.forward(days=400)
    assert ledger.upkeep.drop_held(KEPT) == 1
    assert events(path) == ["a@b.test", "last@b.test"]
    with pytest.raises(UserError, match="no event has this number"):
        ledger.decisions.accept([2], "too late")


def test_events_that_name_nobody_and_attributed_ones_go_as_well(ledger: Ledger, clock: Clock, path: str) -> None:
    ledger.take([item(1, 0, unsure("", recipient_id="4711")), item(2, 0, unsure("")), LAST])
    ledger.write(lambda db: db.execute("INSERT INTO recipients (id, address) VALUES ('4711', 'a@b.test')"))
    assert [receipt.held for receipt in ledger.attribute()] == [1]
    ledger.upkeep.drop_held(KEPT)
    clock.forward(days=400)
    assert ledger.upkeep.drop_held(KEPT) == 2
    assert rows(path, "SELECT address, events FROM expired ORDER BY address") == [("", 1), ("a@b.test", 1)]
    assert rows(path, "SELECT count(*) FROM attributions") == [(0,)]


def test_crowds_and_floods_that_were_held_go_with_their_reasons(path: str, clock: Clock) -> None:
    policy = replace(POLICY, addresses_per_message=1)
    with Ledger(path, policy, clock=clock) as ledger:
        crowd = [unsure(f"{n}@b.test", trust="plausible", original_message_id="1@s") for n in range(3)]
        flood = [item(10 + n, 0, unsure("x@y.test", trust="plausible")) for n in range(5)]
        ledger.take([item(1, 0, *crowd), *flood, LAST])
        before = suppressed(path), rows(path, "SELECT count(*) FROM doubts")
        assert before[1] == [(5,)]
        ledger.upkeep.drop_held(KEPT)
        clock.forward(days=400)
        assert ledger.upkeep.drop_held(KEPT) == 5
        assert rows(path, "SELECT count(*) FROM crowded") == [(0,)]
        ledger.adopt(replace(policy, reports_per_address=20))
        ledger.adopt(policy)
        assert suppressed(path) == before[0]


def test_many_are_deleted_in_many_transactions(
    ledger: Ledger, clock: Clock, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "ROWS_LIMIT", 3)
    ledger.take([item(n, 0, *(unsure(f"{n}-{m}@b.test") for m in range(4))) for n in range(5)] + [LAST])
    ledger.upkeep.drop_held(KEPT)
    clock.forward(days=400)
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE steps (events)")
        other.execute(
            "CREATE TRIGGER step AFTER DELETE ON meta WHEN OLD.name = 'held_kept_since' "
            "BEGIN INSERT INTO steps SELECT count(*) FROM events; END"
        )
    assert ledger.upkeep.drop_held(KEPT) == 20
    assert rows(path, "SELECT events FROM steps") == [(18,), (15,), (12,), (9,), (6,), (3,), (1,)]
    assert rows(path, "SELECT events_expired FROM messages WHERE id <= 5") == [(4,)] * 5


def test_a_transaction_that_fails_halfway_deletes_nothing(ledger: Ledger, clock: Clock, path: str) -> None:
    ledger.take([item(1, 0, unsure("a@b.test")), LAST])
    ledger.upkeep.drop_held(KEPT)
    clock.forward(days=400)
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TRIGGER fails BEFORE DELETE ON doubt_rows BEGIN SELECT RAISE(ABORT, 'no'); END")
    tables = ("messages", "events", "original_messages", "doubts", "expired", "meta")
    before = [rows(path, f"SELECT * FROM {table}") for table in tables]
    with pytest.raises(LedgerError):
        ledger.upkeep.drop_held(KEPT)
    assert [rows(path, f"SELECT * FROM {table}") for table in tables] == before
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER fails")
    assert ledger.upkeep.drop_held(KEPT) == 1
    assert events(path) == ["last@b.test"]


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("DELETE FROM events WHERE id = 1", False),  # held, not for long enough
        ("DELETE FROM events WHERE id = 2", False),  # counts
        ("DELETE FROM events WHERE id = 3", True),
        ("DELETE FROM events WHERE id = 4", False),  # accepted
        ("DELETE FROM event_rows WHERE id = 2", False),
        ("DELETE FROM event_rows WHERE id = 3", True),
        ("UPDATE events SET address = '' WHERE id = 3", False),
        ("UPDATE messages SET events_expired = events_expired + 1", True),
        ("UPDATE messages SET events_expired = events_expired - 1", False),
        ("UPDATE messages SET events_expired = 5, subject = ''", False),
        ("DELETE FROM messages", False),
    ],
)
def test_facts_are_append_only_but_for_what_is_held_for_long(
    statement: str, allowed: bool, ledger: Ledger, path: str
) -> None:
    trusts = ("unverified", "verified", "unverified", "unverified")
    ledger.take([item(n, 0, unsure(f"{n}@b.test", trust=trust)) for n, trust in enumerate(trusts)])
    ledger.decisions.accept([4], "")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE doubt_rows SET since = iif(event = 1, '2026-09-02', '2026-09-01')")
        db.execute("INSERT INTO doubts (address, event, why, since) VALUES ('', 4, '', '2026-09-01')")
        db.execute("INSERT INTO meta VALUES ('held_kept_since', '2026-09-02')")
        if allowed:
            before = db.total_changes
            db.execute(statement)
            assert db.total_changes > before
        else:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                db.execute(statement)


def test_nothing_may_be_deleted_at_any_other_time(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, unsure("a@b.test"))])
    ledger.upkeep.drop_held(KEPT)
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute("DELETE FROM events")


def test_how_many_were_deleted_is_told_for_as_long_again(ledger: Ledger, clock: Clock, path: str) -> None:
    ledger.take([item(1, 0, unsure("a@b.test")), item(2, 1, unsure("a@b.test", trust="plausible"))])
    ledger.upkeep.drop_held(KEPT)
    clock.forward(days=400)
    ledger.upkeep.drop_held(KEPT)

    def told() -> tuple[int, int, int]:
        answer = ledger.write(lambda db: explanation.explain(db, "a@b.test", POLICY, clock.now))
        counts = ledger.write(lambda db: queries.counts(db, clock.now))
        return answer["expired"], len(answer["history"]), counts["expired"]

    assert told() == (1, 1, 1)
    clock.forward(days=180)
    ledger.upkeep.drop_held(KEPT)
    assert told() == (1, 1, 1)
    clock.forward(days=1)
    ledger.upkeep.drop_held(KEPT)
    assert told() == (0, 1, 0)
    assert rows(path, "SELECT events_expired FROM messages") == [(1,), (0,)]


def test_what_guards_noted_long_ago_is_forgotten(path: str, clock: Clock) -> None:
    policy = replace(POLICY, unverified_per_source=1, addresses_per_message=2)

    def mails(first: int, day: float) -> list[Item]:
        spam = Event("s@t.test", "complaint", feedback_type="abuse", trust="plausible")
        return [
            item(first, day, *(unsure(f"{n}@b.test", trust="plausible", original_message_id="1@s") for n in range(3))),
            item(first + 1, day, spam),
            *(item(first + 2 + n, day, unsure("u@v.test")) for n in range(3)),
        ]

    tables = ("named", "crowds", "complaint_sources", "source_days")
    with Ledger(path, policy, clock=clock) as ledger:
        ledger.take(mails(0, 0))
        assert [rows(path, f"SELECT count(*) FROM {table}") for table in tables] == [[(2,)], [(1,)], [(1,)], [(1,)]]
        ledger.take([item(50, 200, unsure("late@b.test", trust="plausible", original_message_id="2@s"))])
        clock.forward(days=200)
        ledger.upkeep.drop_held(KEPT)
        assert [rows(path, f"SELECT count(*) FROM {table}") for table in tables] == [[(1,)], [(1,)], [(0,)], [(0,)]]
        assert rows(path, "SELECT message_id, day FROM crowds") == [("2@s", "2027-03-20")]


def test_rates_are_counted_before_anything_goes(path: str, clock: Clock) -> None:
    """An event that counted in a rate until it was held is taken out of it."""
    with Ledger(path, POLICY, clock=clock) as ledger:
        ledger.take([item(1, 60, unsure("a@b.test", trust="plausible")), LAST])
        ledger.upkeep.recount()
        assert rows(path, "SELECT sum(bounces) FROM outcomes WHERE dimension = 'campaign'") == [(1,)]
        ledger.adopt(replace(POLICY, count={"bounce": "verified"}))
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE doubt_rows SET since = '2026-01-01'")
        assert ledger.upkeep.drop_held(KEPT) == 1
        assert rows(path, "SELECT sum(bounces) FROM outcomes WHERE dimension = 'campaign'") == [(0,)]


facts = st.lists(
    st.tuples(
        st.sampled_from(["a@b.test", "c@d.test", ""]),
        st.integers(0, 40),
        st.sampled_from(["hard", "soft", "delivered", "abuse", "opt-out", "not-spam"]),
        st.sampled_from(["", "1@s", "2@s"]),
        st.sampled_from(["verified", "plausible", "plausible", "unverified"]),
        st.sampled_from(["auto", "auto", "complaints"]),
        st.sampled_from(["", "192.0.2.1"]),
    ),
    max_size=14,
)


def fact_item(number: int, fact: tuple[Any, ...]) -> Item:
    address, day, what, original, trust, role, source = fact
    says: Any = {"original_message_id": original, "trust": trust, "source": source}
    if what == "delivered":
        event = Event(address, "delivered", "delivered", **says)
    elif what in ("abuse", "opt-out", "not-spam"):
        event = Event(address, "complaint", feedback_type=what, **says)
    else:
        event = Event(address, "bounce", "failed", what, "mailbox_full", **says)
    found = item(number, day, event)
    return replace(found, message=replace(found.message, role=role))


@settings(max_examples=60, deadline=None)
@given(facts, st.lists(st.integers(0, 13), max_size=3), facts)
def test_no_suppression_changes_when_held_events_go(facts: Any, accepted: list[int], later: Any) -> None:
    """Neither then, nor when all is folded anew, nor by what comes later, also where a state of the history is kept."""
    clock = Clock(NOW)
    with (
        pytest.MonkeyPatch.context() as patch,
        Ledger(":memory:", POLICY, dry_run=True, clock=clock) as kept,
        Ledger(":memory:", POLICY, dry_run=True, clock=clock) as dropped,
    ):
        patch.setattr(states, "EVENTS_MIN", 2)
        for ledger in (kept, dropped):
            ledger.take([*(fact_item(number, fact) for number, fact in enumerate(facts)), LAST])
            ledger.decisions.accept([number + 1 for number in accepted if number < len(facts)], "")
        held = dropped.write(lambda db: db.execute("SELECT count(*) FROM doubts").fetchone()[0])
        dropped.upkeep.drop_held(KEPT)
        clock.forward(days=400)
        assert dropped.upkeep.drop_held(KEPT) == held
        assert derived(dropped) == derived(kept)
        for ledger in (kept, dropped):
            ledger.take([fact_item(100 + number, fact) for number, fact in enumerate(later)])
        assert derived(dropped) == derived(kept)
        for ledger in (kept, dropped):
            ledger.adopt(replace(POLICY, max_gap=timedelta(days=1)))
            ledger.adopt(POLICY)
        assert derived(dropped) == derived(kept)


def derived(ledger: Ledger) -> str:
    found = ledger.write(lambda db: list(db.query("SELECT * FROM suppressions ORDER BY address, scope, cause")))
    return json.dumps(found)
