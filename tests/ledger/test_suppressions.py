"""From events to suppressions, by the policy and whenever it changes."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from bounced.ledger import database, suppressions
from bounced.ledger.ledger import Ledger
from bounced.ledger.shared_rows import SharedRows
from bounced.model import Event
from bounced.policy import Ladder, Limit, Policy
from tests.support.ledger import NOW, failed, item, rows, suppressed


def test_three_failures_suppress_and_the_receipt_says_so(ledger: Ledger, path: str) -> None:
    for number, day in enumerate((0, 8)):
        assert ledger.take([item(number, day, failed("a@b.test"))]).started == ()
    receipt = ledger.take([item(3, 16, failed("a@b.test", diagnostic_code="550 no"))])
    assert [(address, found.detail) for address, found in receipt.started] == [("a@b.test", "550 no")]
    assert rows(path, "SELECT * FROM suppressed") == [
        (
            "a@b.test",
            "all",
            "bounce",
            "user_unknown",
            "hard",
            "2026-09-17T12:00:00Z",
            None,
            3,
            "2026-09-01T12:00:00Z",
            "2026-09-17T12:00:00Z",
            "550 no",
            "a@b.test",
            None,
        )
    ]


def test_expired_suppressions_are_not_in_the_view(path: str) -> None:
    with Ledger(
        path,
        Policy(
            limits={**Policy().limits, "soft": Limit(1, 0)},
            expire={"mailbox_full": Ladder((timedelta(days=1),), probation=False)},
        ),
    ) as ledger:
        full = Event("a@b.test", "bounce", "failed", "soft", "mailbox_full")
        ledger.take([item(1, 0, full)])
        assert rows(path, "SELECT until FROM suppressions") == [("2026-09-02T12:00:00Z",)]
        assert suppressed(path) == []


def test_two_suppressions_of_one_address_change_at_once(ledger: Ledger, path: str) -> None:
    """By one batch: the bounce has another reason, and an older complaint, of another type, becomes known."""
    full = Event("a@b.test", "bounce", "failed", "soft", "mailbox_full")
    ledger.take([item(number, 8 * number, full) for number in range(3)])
    complaints = [Event("a@b.test", "complaint", feedback_type=type_) for type_ in ("abuse", "fraud")]
    ledger.take([item(3, 16, complaints[0])])
    ledger.take([item(4, 24, failed("a@b.test")), item(5, 10, complaints[1])])
    sql = "SELECT cause, reason FROM suppressed ORDER BY cause"
    assert rows(path, sql) == [("bounce", "user_unknown"), ("complaint", "fraud")]
    sql = "SELECT cause FROM outbox_view WHERE type = 'suppression.changed' ORDER BY id"
    assert rows(path, sql) == [("bounce",), ("complaint",)]


def test_another_policy_folds_everything_again(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        ledger.take([item(1, 0, failed("a@b.test"))])
    assert suppressed(path) == []
    at_once = Policy(limits={**Policy().limits, "hard": Limit(1, 0)})
    with Ledger(path, at_once):
        assert suppressed(path) == [("a@b.test", "all", "bounce", 1)]
    with Ledger(path, Policy()):
        assert suppressed(path) == []


def test_writers_of_two_policies_never_mix_them(path: str) -> None:
    """A release by hand takes the new configuration while the daemon still goes by the old one."""
    at_once = Policy(limits={**Policy().limits, "hard": Limit(1, 0)})
    with Ledger(path, Policy()) as daemon:
        daemon.take([item(1, 0, failed("a@b.test"))])
        with Ledger(path, at_once) as command:
            daemon.take([item(2, 0, failed("c@b.test"))])
            assert suppressed(path) == []
            command.decisions.decide(["d@b.test"], "release", "", "")
            assert [address for address, *_ in suppressed(path)] == ["a@b.test", "c@b.test"]


def plausible(address: str, message_id: str) -> Event:
    return failed(address, trust="plausible", original_message_id=message_id)


def statements(reports: int) -> int:
    """What so many reports about one message cost, each naming another address, in statements of SQL."""
    done = 0

    def count(_: str) -> None:
        nonlocal done
        done += 1

    guarded = Policy(count={"bounce": "plausible"}, addresses_per_message=50)
    with Ledger(":memory:", guarded, dry_run=True) as ledger:
        ledger._db.conn.set_trace_callback(count)
        for start in range(0, reports, 20):
            ledger.take([item(n, 0, plausible(f"{n}@b.test", "news@s")) for n in range(start, start + 20)])
    return done


def test_the_cost_of_a_flood_is_linear_in_its_reports() -> None:
    assert statements(800) < 2.1 * statements(400)


def test_the_receipt_names_the_messages_that_tell_of_a_block_and_are_not_held(path: str) -> None:
    """F17: those that are held are no warning in the log; of a flood neither."""
    guarded = Policy(count={"bounce": "plausible"}, reports_per_address=2)

    def block(address: str, trust: Any, **fields: Any) -> Event:
        return Event(address, "bounce", "failed", "block", "reputation", trust=trust, **fields)

    flood = [item(n, 1, block("b@b.test", "plausible", source="192.0.2.1")) for n in range(10, 30)]
    with Ledger(path, guarded) as ledger:
        made_up = item(1, 0, block("a@b.test", "unverified"), failed("c@b.test", trust="plausible"))
        assert ledger.take([made_up]).blocked == frozenset()
        genuine = item(2, 0, block("a@b.test", "plausible"))
        assert ledger.take([genuine, made_up]).blocked == {genuine.fingerprint}
        assert ledger.take([genuine]).blocked == frozenset()
        assert len(ledger.take(flood).blocked) < 3


def test_imported_sends_limit_how_many_reports_count(path: str) -> None:
    """Twelve failures in a day are a flood, unless that many messages went there."""
    at_once = Policy({**Policy().limits, "hard": Limit(12, 0)}, count={"bounce": "plausible"})
    reports = [item(n, n / 24, plausible("a@b.test", f"{n}@s")) for n in range(12)]
    with Ledger(path, at_once) as ledger:
        sql = "INSERT INTO sends (message_id, address, sent_at) VALUES (?, 'a@b.test', '2026-09-01')"
        ledger.write(lambda db: [db.execute(sql, [f"x{number}@s"]) for number in range(12)])
        ledger.take(reports)
        assert suppressed(path) == [("a@b.test", "all", "bounce", 12)]


def test_what_the_sender_says_later_changes_no_failure_of_before(path: str) -> None:
    """It is what was known when they were recorded, also when all is folded again."""
    at_once = Policy({**Policy().limits, "hard": Limit(11, 0)}, count={"bounce": "plausible"})
    reports = [item(n, n / 24, plausible("a@b.test", f"{n}@s")) for n in range(11)]
    with Ledger(path, at_once) as ledger:
        ledger.take(reports)
        sql = "INSERT INTO sends (message_id, address, sent_at) VALUES (?, 'a@b.test', '2026-09-01')"
        ledger.write(lambda db: [db.execute(sql, [f"x{number}@s"]) for number in range(12)])
        ledger.adopt(Policy())
        ledger.adopt(at_once)
        assert suppressed(path) == []
        assert rows(path, "SELECT event, why FROM doubts") == [
            (11, "held: more than 10 reports from one source in a day")
        ]


def test_an_event_that_was_attributed_later_belongs_to_that_address(path: str) -> None:
    careful = Policy(count={"complaint": "verified"})
    with Ledger(path, careful) as ledger:
        ledger.take([item(1, 0, Event("", "complaint", feedback_type="abuse"))])
        shared = SharedRows(ledger._db)
        address, trust = map(shared.text, ("a@b.test", "verified"))
        shared.write()
        attribution = {"event": 1, "attributed_at": "", "address": address, "trust": trust}
        database.insert(ledger._db, "attribution_rows", attribution)
        ledger.adopt(Policy())
        assert suppressed(path) == [("a@b.test", "marketing", "complaint", 0)]
        ledger.adopt(careful)
        assert suppressed(path) == [("a@b.test", "marketing", "complaint", 0)]


def test_no_more_histories_are_read_than_there_is_time_for(ledger: Ledger, path: str) -> None:
    """Reading 500 took longer than there was: one was judged at a time, and 499 were read again."""
    ledger.take([item(number, 0, failed(f"r{number}@b.test")) for number in range(100)])
    db = database.open_for_writing(path)
    suppressions.mark_all(db)
    statements: list[str] = []
    db.conn.set_trace_callback(statements.append)
    with database.immediate(db):
        suppressions.judge(db, Policy(), NOW, time.monotonic() - 1)
    db.conn.set_trace_callback(None)
    [about] = [sql for sql in statements if "FROM json_each" in sql and "states.address = value" in sql]
    assert about.count("@b.test") == suppressions.FIRST_ADDRESSES
    assert db.execute("SELECT count(*) FROM unjudged").fetchone() == (99,)
    db.conn.close()
