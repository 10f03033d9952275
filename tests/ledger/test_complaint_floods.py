"""One forged message complains for nobody, and one source only for a few (F8, A20 to A22)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item
from bounced.policy import Policy
from tests.support.ledger import DAY0, NOW, failed, item, rows, suppressed

POLICY = Policy(count={"bounce": "plausible", "complaint": "plausible", "not-spam": "verified"})

SEVERAL = "held: complaints about more than one recipient in one message"


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, POLICY, clock=lambda: NOW) as opened:
        yield opened


def spam(address: str, **fields: Any) -> Event:
    known: Any = {"feedback_type": "abuse", "trust": "plausible", "source": "192.0.2.1"}
    return Event(address, "complaint", **{**known, **fields})


def one_by_one(number: int, day: float = 0, first: int = 0, **fields: Any) -> list[Item]:
    """So many complaints of one day, a message for each."""
    return [item(first + n, day, spam(f"{first + n}@rcpt.test", **fields)) for n in range(number)]


def counted(path: str) -> int:
    return len(suppressed(path))


@pytest.mark.parametrize("recipients", [2, 100, 1000])
def test_complaints_about_several_recipients_in_one_message_are_held(
    recipients: int, ledger: Ledger, path: str
) -> None:
    """A21, A22."""
    receipt = ledger.take([item(1, 0, *(spam(f"{n}@rcpt.test") for n in range(recipients)))])
    assert (receipt.started, receipt.held) == ((), recipients)
    assert rows(path, "SELECT DISTINCT why FROM doubts") == [(SEVERAL,)]
    assert rows(path, "SELECT count(*) FROM complaint_sources") == [(0,)]


def test_one_of_them_that_is_proved_speaks_for_itself_only(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, spam("a@b.test", trust="verified"), spam("victim@b.test"))])
    assert suppressed(path) == [("a@b.test", "marketing", "complaint", 0)]


def test_recipients_whose_names_come_later_are_several_as_well(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, *(spam("", recipient_id=id_) for id_ in ("4711", "4712")))])
    names = [("4711", "a@b.test"), ("4712", "c@d.test")]
    ledger.write(lambda db: db.conn.executemany("INSERT INTO recipients (id, address) VALUES (?, ?)", names))
    [receipt] = ledger.attribute()
    assert (len(receipt.attributed), receipt.started) == (2, ())
    assert rows(path, "SELECT address, why FROM doubts") == [("a@b.test", SEVERAL), ("c@d.test", SEVERAL)]


def test_bounces_and_authentication_reports_beside_it_are_no_complaints(ledger: Ledger, path: str) -> None:
    others = (spam("c@d.test", feedback_type="auth-failure"), spam("e@f.test", feedback_type="dkim"))
    ledger.take([item(1, 0, spam("a@b.test"), failed("g@h.test", trust="plausible"), *others)])
    assert suppressed(path) == [("a@b.test", "marketing", "complaint", 0)]


def test_reports_beyond_the_daily_limit_of_a_source_are_held(ledger: Ledger, path: str) -> None:
    ledger.take(one_by_one(25))
    assert counted(path) == 20
    assert rows(path, "SELECT count(*), min(why) FROM doubts") == [
        (5, "held: more than 20 complaints from one source in a day")
    ]
    ledger.take([*one_by_one(15, first=100, source="198.51.100.7"), *one_by_one(15, 1, first=200)])
    assert counted(path) == 50


@pytest.mark.parametrize(("sent", "limit"), [(999, 20), (10_000, 30)])
def test_who_sends_more_gets_more_complaints(sent: int, limit: int, ledger: Ledger, path: str) -> None:
    """What was sent in the week before counts once, however many origins know of it."""
    volume = [(day, origin, sent) for day in ("2026-08-20", "2026-09-01", "2026-09-02") for origin in ("log", "hand")]
    sql = "INSERT INTO volume (dimension, name, day, origin, sent) VALUES ('provider', 'rcpt.test', ?, ?, ?)"
    ledger.write(lambda db: db.conn.executemany(sql, volume))
    ledger.take(one_by_one(60))
    ledger.take(one_by_one(5, first=100))
    assert counted(path) == limit
    assert rows(path, "SELECT * FROM complaint_sources") == [("192.0.2.1", "2026-09-01", 65, limit)]


def test_the_day_is_that_of_the_mailbox(ledger: Ledger, path: str) -> None:
    """A forger whose Received is the topmost one can't spread complaints over a month; a migration may."""

    def stored(items: list[Item]) -> list[Item]:
        at = DAY0 + timedelta(days=40)
        return [replace(one, message=replace(one.message, stored_at=at)) for one in items]

    forged = [one for day in range(30) for one in one_by_one(1, day, first=day)]
    ledger.take(stored(forged))
    assert counted(path) == 20
    with Ledger(":memory:", replace(POLICY, migrated=True), dry_run=True) as migrated:
        assert len(migrated.take(stored(forged)).started) == 30


@pytest.mark.parametrize("fields", [{"trust": "verified"}, {"feedback_type": "dkim"}, {"feedback_type": "not-spam"}])
def test_what_does_not_count_by_itself_uses_up_nothing(fields: Any, ledger: Ledger, path: str) -> None:
    ledger.take(one_by_one(40, **fields))
    before = counted(path)
    ledger.take(one_by_one(20, first=100))
    assert counted(path) == before + 20


def test_without_trust_or_without_a_number_there_is_no_guard() -> None:
    for policy in (replace(POLICY, count={}), replace(POLICY, complaints_per_source=0)):
        with Ledger(":memory:", policy, dry_run=True) as ledger:
            assert len(ledger.take(one_by_one(40)).started) == 40


def test_what_was_held_counts_when_a_person_accepts_it(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, spam("a@b.test"), spam("c@d.test"))])
    assert len(ledger.decisions.accept([1], "seen").started) == 1
