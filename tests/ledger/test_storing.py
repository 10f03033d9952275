"""Reports without proof beyond a number of a day are counted, not stored; nothing else of their source is affected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item
from bounced.policy import Limit, Policy
from tests.support.ledger import DAY0, NOW, failed, item, rows, suppressed

POLICY = Policy(
    count={"bounce": "plausible", "complaint": "plausible", "delivered": "plausible"},
    unverified_per_source=3,
    stored_per_address=12,
)


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, POLICY, clock=lambda: NOW) as opened:
        yield opened


def about(address: str, **fields: Any) -> Event:
    return failed(address, **{"trust": "unverified", "source": "192.0.2.1", **fields})


def stored(path: str) -> int:
    [(events,)] = rows(path, "SELECT count(*) FROM events")
    return int(events)


def counted(path: str) -> list[tuple[Any, ...]]:
    return rows(path, "SELECT source, day, trust, stored, not_stored FROM source_days ORDER BY source, day, trust")


def flood(number: int, day: float = 0, first: int = 0, **fields: Any) -> list[Item]:
    """So many mails of one day, each about another address."""
    return [item(n, day, about(f"{n}@made-up.test", **fields)) for n in range(first, first + number)]


def test_unverified_reports_of_a_source_beyond_the_number_are_counted(ledger: Ledger, path: str) -> None:
    receipt = ledger.take(flood(10))
    assert (stored(path), receipt.held, len(receipt.intakes)) == (3, 10, 10)
    assert {(intake.outcome, intake.recognized) for intake in receipt.intakes} == {("counted", True)}
    assert counted(path) == [("192.0.2.1", "2026-09-01", "unverified", 3, 7)]
    assert rows(path, "SELECT events_dropped, count(*) FROM messages GROUP BY 1") == [(0, 3), (1, 7)]
    ledger.take([*flood(2, day=1, first=20), *flood(2, first=30, source="198.51.100.7")])
    assert stored(path) == 7


def test_a_message_whose_events_are_not_stored_counts_once(ledger: Ledger, path: str) -> None:
    ledger.take(flood(10))
    again = ledger.take(flood(10))
    assert {intake.outcome for intake in again.intakes} == {"repeated"}
    assert counted(path) == [("192.0.2.1", "2026-09-01", "unverified", 3, 7)]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"action": "delayed"}, id="delays, which never count"),
        pytest.param({"kind": "complaint", "action": "", "feedback_type": "auth-failure"}, id="about authentication"),
        pytest.param({"kind": "auto-reply", "action": ""}, id="a kind with a level of its own"),
        pytest.param({"address": ""}, id="about nobody"),
    ],
)
def test_whatever_does_not_count_is_bounded(fields: Any, path: str) -> None:
    policy = replace(POLICY, count={**POLICY.count, "auto-reply": "plausible"})
    with Ledger(path, policy, clock=lambda: NOW) as ledger:
        ledger.take([item(n, 0, replace(about(f"{n}@made-up.test"), **fields)) for n in range(10)])
    assert stored(path) == 3


def test_what_counts_and_what_is_verified_of_the_same_source_is_stored(ledger: Ledger, path: str) -> None:
    ledger.take(flood(10))
    genuine = [about("a@b.test", trust="plausible"), about("c@d.test", trust="verified")]
    ledger.take([item(50, 0, *genuine, about("x@made-up.test")), item(51, 0, about("e@f.test", trust="verified"))])
    assert rows(path, "SELECT address FROM events WHERE trust <> 'unverified'") == [
        *(("a@b.test",), ("c@d.test",), ("e@f.test",))
    ]
    assert rows(path, "SELECT events_dropped FROM messages WHERE id IN (11, 12)") == [(1,), (0,)]


def test_where_unverified_reports_count_they_are_stored(path: str) -> None:
    for policy in (
        replace(POLICY, count={}),
        replace(POLICY, count={"bounce": "unverified"}),
        replace(POLICY, unverified_per_source=0),
    ):
        with Ledger(":memory:", policy, dry_run=True) as ledger:
            assert [intake.outcome for intake in ledger.take(flood(10)).intakes] == ["counted"] * 10
            assert ledger.write(lambda db: db.execute("SELECT count(*) FROM events").fetchone()) == (10,)


def test_the_day_is_that_of_the_mailbox(ledger: Ledger, path: str) -> None:
    forged = [one for day in range(10) for one in flood(1, day, first=day)]
    ledger.take([replace(one, message=replace(one.message, stored_at=DAY0 + timedelta(days=40))) for one in forged])
    assert stored(path) == 3


def test_content_is_not_kept_of_what_is_not_stored(ledger: Ledger, path: str) -> None:
    """A message that names nobody is kept like an unrecognized one, a flood of them is not."""
    ledger.take([item(n, 0, about("")) for n in range(10)])
    ledger.take([item(20, 0, kind="other")])
    assert rows(path, "SELECT count(*) FROM unrecognized") == [(4,)]


def plausible(number: int, day: float = 0, first: int = 0, **fields: Any) -> list[Item]:
    """So many mails about one address."""
    return [item(first + n, day, about("a@b.test", **{"trust": "plausible", **fields})) for n in range(number)]


def test_plausible_reports_about_one_address_beyond_the_number_are_counted(ledger: Ledger, path: str) -> None:
    ledger.take(plausible(30))
    ledger.take(plausible(5, first=100))
    assert stored(path) == 12
    assert counted(path) == [("192.0.2.1", "2026-09-01", "plausible", 0, 23)]


@pytest.mark.parametrize(
    "fields",
    [
        {"trust": "verified"},
        {"source": "198.51.100.7"},
        {"address": "c@d.test"},
        {"action": "delivered", "class_": ""},
        {"kind": "complaint", "action": "", "class_": "", "feedback_type": "abuse"},
    ],
)
def test_a_flood_about_an_address_hides_nothing_else(fields: Any, ledger: Ledger, path: str) -> None:
    ledger.take(plausible(30))
    ledger.take([item(200, 0, replace(about("a@b.test", trust="plausible"), **fields))])
    assert stored(path) == 13


@pytest.mark.parametrize(
    ("trust", "role"),
    [
        pytest.param("unverified", "auto", id="not trusted enough"),
        pytest.param("plausible", "complaints", id="in a mailbox for another kind"),
    ],
)
def test_what_counts_for_nothing_hides_nothing_that_counts(trust: str, role: Any, path: str) -> None:
    """A stranger who sends through the relay of the genuine report does not use up its number."""
    mails = [replace(one, message=replace(one.message, role=role)) for one in plausible(30, trust=trust)]
    with Ledger(path, replace(POLICY, unverified_per_source=100), clock=lambda: NOW) as ledger:
        ledger.take(mails)
        assert ledger.take(plausible(1, first=100)).held == 0
    assert rows(path, "SELECT events_dropped FROM messages ORDER BY id DESC LIMIT 1") == [(0,)]


def complaining(number: int, first: int, *addresses: str) -> list[Item]:
    spam = [Event(a, "complaint", feedback_type="abuse", trust="plausible", source="192.0.2.1") for a in addresses]
    return [item(first + n, 0, *spam) for n in range(number)]


def of_crowd(number: int) -> list[Item]:
    """Failures about a message with which ten others are named, then so many about one address more."""
    others = [about(f"{n}@made-up.test", trust="plausible", original_message_id="news@s") for n in range(10)]
    return [item(1000, 0, *others), *plausible(number, original_message_id="news@s")]


@pytest.mark.parametrize(
    ("hiding", "genuine"),
    [
        pytest.param(of_crowd(30), plausible(1, first=100, original_message_id="other@s"), id="failures of a crowd"),
        pytest.param(complaining(30, 0, "a@b.test", "c@d.test"), complaining(1, 100, "a@b.test"), id="of several"),
    ],
)
def test_what_a_guard_holds_hides_nothing_that_counts(hiding: list[Item], genuine: list[Item], path: str) -> None:
    policy = replace(POLICY, addresses_per_message=10, limits={**POLICY.limits, "hard": Limit(1, 0)})
    with Ledger(path, policy, clock=lambda: NOW) as ledger:
        ledger.take(hiding)
        assert len(ledger.take(genuine).started) == 1
    assert stored(path) < 45


def test_the_next_day_is_another_one(ledger: Ledger, path: str) -> None:
    ledger.take([*plausible(30), *plausible(30, day=0.5, first=100), *plausible(5, day=-0.51, first=200)])
    assert stored(path) == 12 + 12 + 5


def test_no_fewer_are_stored_than_may_count(path: str) -> None:
    """The flood guard counts reports_per_address, or as many as messages were sent."""
    policy = replace(POLICY, stored_per_address=1)
    with Ledger(path, policy, clock=lambda: NOW) as ledger:
        ledger.take(plausible(30))
        assert stored(path) == 10
        sends = [(f"{n}@s", "a@b.test") for n in range(20)]
        ledger.write(lambda db: db.conn.executemany("INSERT INTO sends (message_id, address) VALUES (?, ?)", sends))
        ledger.take(plausible(30, first=100))
        assert stored(path) == 20
        ledger.adopt(replace(policy, stored_per_address=0))
        ledger.take(plausible(30, first=200))
        assert stored(path) == 50


def test_what_is_suppressed_is_the_same_with_and_without_the_bound() -> None:
    """Three floods, of which the flood guard lets ten failures each count."""
    mails = [one for day in (0, 8, 17) for one in plausible(40, day, first=100 * day, original_message_id=f"{day}@s")]
    results = []
    for policy in (POLICY, replace(POLICY, stored_per_address=0)):
        with Ledger(":memory:", policy, dry_run=True, clock=lambda: NOW) as ledger:
            ledger.take(mails)
            results.append(ledger.write(lambda db: db.execute("SELECT * FROM suppressions").fetchall()))
    assert results[0] == results[1] != []


def test_a_message_of_which_events_are_not_stored_stays_on_the_server(ledger: Ledger) -> None:
    ledger.take([*flood(5), *flood(1, first=100, trust="verified")])
    fingerprints = [f"{n:064x}" for n in (4, 100)]
    assert ledger.removable(fingerprints, timedelta(days=-1)) == {f"{100:064x}"}


def test_the_suppressions_do_not_change_by_what_is_not_stored(ledger: Ledger, path: str) -> None:
    ledger.take([item(n, day, about("a@b.test", trust="plausible")) for n, day in enumerate((0, 8, 17))])
    before = suppressed(path)
    assert len(before) == 1
    assert ledger.take(flood(50, first=100)).ended == ()
    assert suppressed(path) == before
