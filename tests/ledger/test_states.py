"""What is kept of a long history says what the whole of it says, and makes another event cost the same."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.ledger import history, states, suppressions
from bounced.ledger import ledger as ledgers
from bounced.ledger.ledger import Ledger
from bounced.ledger.states import EVENTS_LIMIT, EVENTS_MIN, KEPT_ONE_IN
from bounced.model import Event, Item
from bounced.policy import Ladder, Limit, Policy, State
from tests.ledger.test_replay import SENDERS, attribute, derived, fact_item, fold_from_nothing
from tests.support.ledger import DAY0, failed, item

POLICY = Policy(
    {**Policy().limits, "hard": Limit(2, 5)},
    expire={"mailbox_full": Ladder((timedelta(days=20),), probation=False)},
    complaints={"abuse": "stream", "opt-out": "marketing"},
    reports_per_address=2,
    addresses_per_message=0,
)

facts = st.tuples(
    st.sampled_from(["a@b.test", "a@b.test", "a@b.test", ""]),
    st.integers(0, 60),
    st.sampled_from(["hard", "soft", "block", "delivered", "abuse", "opt-out", "not-spam"]),
    st.sampled_from(["", "1@s", "2@s", "3@s"]),
    st.sampled_from(["verified", "plausible", "plausible", "unverified"]),
    st.sampled_from(["auto", "auto", "auto", "complaints"]),
    st.sampled_from(["", "192.0.2.1"]),
    st.sampled_from(["", "tips"]),
    st.none() | st.integers(0, 60),
    st.just(""),
    st.sampled_from(["", "4711"]),
)
decisions: Any = st.sampled_from(["suppress", "release", "accept", "attribute"])


def act(ledger: Ledger, action: str) -> None:
    """Something that changes a history other than by a new event."""
    if action == "attribute":
        attribute(ledger)
    elif action == "accept":
        held = ledger._db.execute("SELECT event FROM doubts ORDER BY event LIMIT 3").fetchall()
        ledger.decisions.accept([event for (event,) in held], "")
    else:
        ledger.decisions.decide(["a@b.test"], action, "", "")  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(facts, min_size=20, max_size=60),
    st.integers(1, 7),
    st.booleans(),
    st.sampled_from([0, 3, 60]),
    st.dictionaries(st.integers(0, 60), decisions, max_size=3),
    st.booleans(),
)
def test_a_kept_state_says_what_the_whole_history_says(
    happened: list[Any], size: int, careful: bool, disorder: int, actions: dict[int, str], hurried: bool
) -> None:
    """The reports come up to ``disorder`` days late, in batches, and in between people decide.

    Where it is ``hurried``, each transaction judges a few entries of one address.
    """
    policy = replace(POLICY, count=SENDERS if careful else {})
    late = sorted(happened, key=lambda fact: fact[1] // (disorder + 1))
    items = [fact_item(number, fact) for number, fact in enumerate(late)]
    with (
        pytest.MonkeyPatch.context() as patch,
        Ledger(":memory:", policy, dry_run=True, clock=lambda: DAY0 + timedelta(days=30)) as ledger,
    ):
        if hurried:
            hurry(patch)
        for start in range(0, len(items), size):
            ledger.take(items[start : start + size])
            for action in (actions[number] for number in range(start, start + size) if number in actions):
                act(ledger, action)
        expected = derived(ledger)
        fold_from_nothing(ledger, policy)
        assert derived(ledger) == expected


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Has each transaction judge a few entries of one address only."""
    patch.setattr(ledgers, "JUDGING_SECONDS", -1.0)
    patch.setattr(states, "ENTRIES_MIN", 3)


def failures(number: int, day: float, *addresses: str) -> Item:
    """A mail about ``addresses``."""
    events = [failed(address, original_message_id=f"{number}@s") for address in addresses]
    return item(number, day, *events)


def filled(ledger: Ledger, events: int, *, per_day: float = 1) -> None:
    """Takes so many failures of one address."""
    for number in range(events):
        ledger.take([failures(number, number / per_day, "a@b.test")])


def reads(ledger: Ledger, *items: Item) -> list[str]:
    """The statements that read events while ``items`` are taken: the whole history or those with some numbers."""
    statements: list[str] = []
    ledger._db.conn.set_trace_callback(statements.append)
    ledger.take(list(items))
    ledger._db.conn.set_trace_callback(None)
    return ["whole" if "ORDER BY counts_at" in text else "some" for text in statements if "counts_at" in text]


def later(ledger: Ledger) -> int:
    """The number of events after the checkpoint of the one state that is kept."""
    [(kept,)] = ledger._db.execute("SELECT kept FROM states")
    return len(zlib.decompress(kept).splitlines()) - 2


@pytest.fixture
def ledger(path: str) -> Any:
    with Ledger(path, Policy(), clock=lambda: DAY0 + timedelta(days=3650)) as opened:
        yield opened


def test_of_a_short_history_nothing_is_kept(ledger: Ledger) -> None:
    filled(ledger, EVENTS_MIN)
    assert ledger._db.execute("SELECT count(*) FROM states").fetchone() == (0,)
    filled(ledger, 60)
    assert ledger._db.execute("SELECT address FROM states").fetchall() == [("a@b.test",)]


def test_a_message_about_many_long_histories_begins_few_states(ledger: Ledger) -> None:
    """Each grows the file by more than the event in the message does."""
    addresses = [f"{number}@b.test" for number in range(320)]
    for number in range(EVENTS_MIN):
        ledger.take([failures(number, number, *addresses)])
    ledger.take([failures(99, 99, *addresses)])
    [(states_kept, octets)] = ledger._db.execute("SELECT count(*), sum(length(kept)) FROM states")
    assert 0 < states_kept < 2 * len(addresses) // KEPT_ONE_IN
    assert octets < 1000 * states_kept


def test_another_event_of_a_long_history_reads_that_event_only(ledger: Ledger) -> None:
    filled(ledger, 60)
    for number in range(100, 115):
        assert reads(ledger, failures(number, number, "a@b.test")) == ["some"]


@pytest.mark.parametrize(("days_late", "read"), [(1, ["some", "some"]), (60, ["some", "some", "whole"])])
def test_a_late_event_is_judged_from_the_checkpoint(ledger: Ledger, days_late: float, read: list[str]) -> None:
    filled(ledger, 60)
    assert reads(ledger, failures(1000, 59.5 - days_late, "a@b.test")) == read


def test_an_event_a_day_late_reads_no_long_history_however_many_came_that_day(ledger: Ledger) -> None:
    filled(ledger, 2 * EVENTS_LIMIT, per_day=EVENTS_LIMIT / 3)
    late = [failures(1000 + number, 5 + number / 100, "a@b.test") for number in range(20)]
    assert [read for mail in late for read in reads(ledger, mail) if read == "whole"] == []
    assert EVENTS_MIN < later(ledger) <= EVENTS_LIMIT + EVENTS_MIN


@pytest.mark.parametrize("size", [1, 7, 15, 50, 300])
def test_a_checkpoint_follows_batches_of_any_size(ledger: Ledger, size: int) -> None:
    for number in range(0, 600, size):
        ledger.take([failures(n, n / 100, "a@b.test") for n in range(number, number + size)])
    assert later(ledger) <= EVENTS_LIMIT + EVENTS_MIN


def test_a_decision_reads_the_whole_history_and_what_comes_after_it_does_not(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: DAY0 + timedelta(days=60)) as ledger:
        filled(ledger, 40)
        ledger.decisions.decide(["a@b.test"], "release", "", "")
        assert reads(ledger, failures(1000, 61, "a@b.test")) == ["some"]
        assert reads(ledger, failures(1001, 59, "a@b.test")) == ["some", "some", "whole"]


def test_a_state_of_another_policy_is_not_used(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        filled(ledger, 20)
    with Ledger(path, Policy(max_gap=timedelta(hours=1))) as ledger:
        ledger.take([failures(1000, 30, "a@b.test")])
        assert ledger._db.execute("SELECT count(*) FROM suppressions").fetchone() == (0,)


# the limit of time

ADDRESSES = [f"{number}@b.test" for number in range(30)]


@pytest.fixture
def no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction judges one address, or a part of its history."""
    hurry(monkeypatch)


def transactions(ledger: Ledger) -> list[str]:
    """What is traced from now on: a line for each transaction and each address that is judged."""
    lines: list[str] = []
    ledger._db.conn.set_trace_callback(lines.append)
    return lines


@pytest.mark.usefixtures("no_time")
def test_what_a_transaction_has_no_time_to_judge_is_judged_in_the_next_ones(path: str) -> None:
    with Ledger(path, Policy({**Policy().limits, "hard": Limit(1, 0)})) as ledger:
        lines = transactions(ledger)
        receipt = ledger.take([failures(1, 0, *ADDRESSES)])
        assert sum(line.startswith("COMMIT") for line in lines) >= len(ADDRESSES)
        assert sorted(address for address, _ in receipt.started) == sorted(ADDRESSES)
        assert ledger._db.execute("SELECT count(*) FROM unjudged").fetchone() == (0,)


@pytest.mark.usefixtures("no_time")
def test_decisions_and_attributions_are_judged_in_several_transactions_too(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        folded = ledger.decisions.decide(ADDRESSES, "suppress", "", "")
        assert len(folded.started) == len(ADDRESSES)
        ledger.take([item(n, n, Event("", "bounce", "failed", "hard", recipient_id=str(n))) for n in range(3)])
        ledger.write(lambda db: db.conn.executemany("INSERT INTO recipients (id, address) VALUES (?, ?)", RECIPIENTS))
        assert [len(receipt.attributed) for receipt in ledger.attribute()] == [1, 1, 1]


@pytest.mark.usefixtures("no_time")
def test_a_long_history_is_judged_in_several_transactions(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: DAY0 + timedelta(days=60)) as ledger:
        filled(ledger, 40)
        lines = transactions(ledger)
        folded = ledger.decisions.decide(["a@b.test"], "release", "", "")
        assert sum(line.startswith("COMMIT") for line in lines) >= 40 // 4
        assert [suppression.cause for _, suppression in folded.ended] == ["bounce"]
        assert reads(ledger, failures(1000, 61, "a@b.test")) == ["some"]


@pytest.mark.usefixtures("no_time")
def test_what_comes_while_a_long_history_is_judged_is_judged_too(path: str) -> None:
    """Another program takes reports, a late one and a later one, between two transactions."""
    with Ledger(path, Policy(), clock=lambda: DAY0 + timedelta(days=90)) as ledger:
        filled(ledger, 30)
        ledger.write(lambda db: suppressions.mark(db, [("a@b.test", states.WHOLE)]))
        ledger.write(lambda db: suppressions.judge(db, Policy(), DAY0, 0.0))
        assert ledger._db.execute("SELECT event FROM unjudged").fetchall() == [(states.RESUMED,)]
        ledger.take([failures(100, 0.5, "a@b.test"), failures(101, 60, "a@b.test")])
        assert ledger._db.execute("SELECT bounces FROM suppressions").fetchall() == [(32,)]
        expected = derived(ledger)
        fold_from_nothing(ledger, Policy())
        assert derived(ledger) == expected


RECIPIENTS = [(str(number), f"{number}@c.test") for number in range(3)]

KILLED = """
import os, sys
from tests.ledger.test_states import ADDRESSES, failures
from bounced.ledger import ledger as ledgers
from bounced.ledger.ledger import Ledger
from bounced.policy import Limit, Policy

ledgers.JUDGING_SECONDS = -1.0
with Ledger(sys.argv[1], Policy({**Policy().limits, "hard": Limit(1, 0)})) as ledger:
    commits = []
    def trace(line):
        commits.append(line) if line.startswith("COMMIT") else None
        if len(commits) > int(sys.argv[2]):
            os.kill(os.getpid(), 9)
    ledger._db.conn.set_trace_callback(trace)
    ledger.take([failures(1, 0, *ADDRESSES)])
"""

KILLED_IN_A_HISTORY = KILLED.replace(
    "with Ledger", "from bounced.ledger import states\nstates.ENTRIES_MIN = 3\nwith Ledger"
).replace("ledger.take([failures(1, 0, *ADDRESSES)])", 'ledger.decisions.decide(["a@b.test"], "suppress", "all", "")')


@pytest.mark.parametrize("commits", [1, 2, 15])
def test_whoever_opens_the_file_judges_what_a_killed_process_left(path: str, commits: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, path, str(commits)], check=False)
    assert done.returncode == -9
    with closing(sqlite3.connect(path)) as reader:
        [(left,)] = reader.execute("SELECT count(*) FROM unjudged")
        assert left == len(ADDRESSES) - commits
        policy = Policy({**Policy().limits, "hard": Limit(1, 0)})
        with Ledger(path, policy) as ledger:
            assert reader.execute("SELECT count(*) FROM unjudged").fetchone() == (0,)
            assert reader.execute("SELECT count(*) FROM suppressed").fetchone() == (len(ADDRESSES),)
            expected = derived(ledger)
            assert len(ledger.take([]).started) == left
            fold_from_nothing(ledger, policy)
            assert derived(ledger) == expected


@pytest.mark.parametrize("commits", [1, 5])
def test_whoever_opens_the_file_goes_on_with_a_long_history(path: str, commits: int) -> None:
    policy = Policy({**Policy().limits, "hard": Limit(1, 0)})
    with Ledger(path, policy, clock=lambda: DAY0 + timedelta(days=60)) as ledger:
        filled(ledger, 40)
    done = subprocess.run([sys.executable, "-c", KILLED_IN_A_HISTORY, path, str(commits)], check=False)
    assert done.returncode == -9
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute("SELECT event FROM unjudged").fetchall() == [(states.RESUMED,)]
        with Ledger(path, policy) as ledger:
            causes = reader.execute("SELECT cause FROM suppressed ORDER BY cause").fetchall()
            assert causes == [("bounce",), ("manual",)]
            expected = derived(ledger)
            fold_from_nothing(ledger, policy)
            assert derived(ledger) == expected


def test_the_order_of_the_database_is_that_of_the_rule(path: str) -> None:
    """The statement that sorts a history knows when its events count, too."""
    happened = [(0, 0.5), (0, 1), (0, 1.00002), (0, 3), (1, None), (2, 1), (2.5, 2.5), (2.2, 40), (2, 2)]
    items = [failures(number, day, "a@b.test") for number, (day, _) in enumerate(happened)]
    for number, (_, stored) in enumerate(happened):
        stored_at = None if stored is None else DAY0 + timedelta(days=stored)
        items[number] = replace(items[number], message=replace(items[number].message, stored_at=stored_at))
    for policy in (Policy(), Policy(migrated=True)):
        with Ledger(path, policy) as ledger:
            ledger.take(items)
            entries = list(history.entries(ledger._db, "a@b.test", policy))
            assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
            assert len(entries) == len(happened)
            for entry in entries:
                later = list(history.entries(ledger._db, "a@b.test", policy, State(at=entry.at)))
                assert later == [other for other in entries if other.at > entry.at]
