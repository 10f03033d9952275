"""Any order, any batches and a replay from scratch end the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item
from bounced.policy import Ladder, Limit, Policy
from tests.support.ledger import DAY0, item

SENDERS: Any = {"bounce": "plausible", "complaint": "plausible", "delivered": "plausible"}

facts = st.lists(
    st.tuples(
        st.sampled_from(["a@b.test", "c@d.test", "e@f.test", ""]),
        st.integers(0, 60),
        st.sampled_from(["hard", "soft", "block", "delivered", "abuse", "opt-out", "not-spam"]),
        st.sampled_from(["", "1@s", "2@s", "3@s"]),
        st.sampled_from(["verified", "plausible", "plausible", "unverified"]),
        st.sampled_from(["auto", "auto", "bounces", "complaints"]),
        st.sampled_from(["", "192.0.2.1"]),
        st.sampled_from(["", "tips"]),
        st.none() | st.integers(0, 60),
        st.sampled_from(["", "", "accepted"]),
        st.sampled_from(["", "", "4711", "4712"]),
    ),
    max_size=14,
)


def fact_item(number: int, fact: tuple[Any, ...]) -> Item:
    address, day, what, original, trust, role, source, stream, stored, _, recipient_id = fact
    says: Any = {"original_message_id": original, "trust": trust, "source": source, "stream": stream}
    says["recipient_id"] = recipient_id if address == "" else ""
    if what == "delivered":
        event = Event(address, "delivered", "delivered", **says)
    elif what in ("abuse", "opt-out", "not-spam"):
        event = Event(address, "complaint", feedback_type=what, **says)
    else:
        event = Event(address, "bounce", "failed", what, "mailbox_full", **says)
    found = item(number, day, event)
    stored_at = None if stored is None else DAY0 + timedelta(days=stored)
    return replace(found, message=replace(found.message, role=role, stored_at=stored_at))


def attribute(ledger: Ledger) -> None:
    """Lets the sender's table learn an id, and has what is known of it attributed."""
    ledger.write(lambda db: db.execute("INSERT OR IGNORE INTO recipients (id, address) VALUES ('4711', 'a@b.test')"))
    for _ in ledger.attribute():
        pass


def accept(ledger: Ledger, accepted: Iterable[Item]) -> None:
    """Accepts the events of these mails."""
    sql = "SELECT events.id FROM events JOIN messages ON messages.id = message WHERE fingerprint = ?"
    ledger.decisions.accept(
        [ledger._db.execute(sql, [found.fingerprint[-32:]]).fetchone()[0] for found in accepted], ""
    )


POLICY = Policy(
    {**Policy().limits, "hard": Limit(2, 5)},
    expire={"mailbox_full": Ladder((timedelta(days=20),), probation=False)},
    complaints={"abuse": "stream", "opt-out": "marketing"},
    reports_per_address=1,
    addresses_per_message=0,
)


#: What orders a history. Of two events that are the same in all of it, no order is the right one, and one may be held.
ORDERED = (
    "happened_at, stored_at, events.kind, action, class, reason, feedback_type, original_message_id, proved, trust,"
    " events.source, held, stream, diagnostic_code, EXISTS (SELECT 1 FROM accepted WHERE accepted.event = events.id)"
)


def derived(ledger: Ledger) -> list[Any]:
    tables = (
        "suppressions",
        "doubts JOIN events ON events.id = event JOIN messages ON messages.id = message",
    )
    columns = ("*", f"doubts.address, why, {ORDERED}")
    return [
        sorted(ledger._db.execute(f"SELECT {found} FROM {table}").fetchall(), key=repr)
        for table, found in zip(tables, columns, strict=True)
    ]


def fold_from_nothing(ledger: Ledger, policy: Policy) -> None:
    for table in ("suppressions", "doubts", "meta"):
        ledger._db.execute(f"DELETE FROM {table}")
    ledger.adopt(policy)


@settings(max_examples=100, deadline=None)
@given(facts, st.integers(1, 5), st.integers(0, 14))
def test_a_flood_holds_the_same_events_after_a_replay(facts: Any, size: int, learns_at: int) -> None:
    """It depends on the order in which they came, which is a fact."""
    policy = replace(POLICY, count=SENDERS, addresses_per_message=1)
    items = [fact_item(number, fact) for number, fact in enumerate(facts)]
    with Ledger(":memory:", policy, dry_run=True) as ledger:
        for start in range(0, len(items), size):
            ledger.take(items[start : start + size])
            if start >= learns_at:
                attribute(ledger)
        expected = derived(ledger)
        fold_from_nothing(ledger, policy)
        assert derived(ledger) == expected


@settings(max_examples=100, deadline=None)
@given(facts, st.randoms(use_true_random=False), st.integers(1, 5), st.booleans(), st.integers(0, 14))
def test_order_batches_and_replay_make_no_difference(
    facts: Any, random: Any, size: int, careful: bool, learns_at: int
) -> None:
    items = [fact_item(number, fact) for number, fact in enumerate(facts)]
    accepted = {found.fingerprint for found, fact in zip(items, facts, strict=True) if fact[-2]}
    shuffled = list(items)
    random.shuffle(shuffled)
    policy = replace(POLICY, count=SENDERS if careful else {})
    with Ledger(":memory:", policy, dry_run=True) as one, Ledger(":memory:", policy, dry_run=True) as two:
        one.take(items)
        accept(one, [found for found in items if found.fingerprint in accepted])
        attribute(one)
        for start in range(0, len(shuffled), size):
            batch = shuffled[start : start + size]
            two.take(batch)
            accept(two, [found for found in batch if found.fingerprint in accepted])
            if start >= learns_at:
                attribute(two)
        attribute(two)
        expected = derived(one)
        assert derived(two) == expected
        fold_from_nothing(two, policy)
        assert derived(two) == expected
