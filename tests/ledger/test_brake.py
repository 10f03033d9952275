"""The brake: on a day on which far too many would be suppressed, the rest waits for a person."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bounced.ledger.filters import Filter
from bounced.ledger.ledger import Ledger
from bounced.ledger.suppressions import Folded
from bounced.model import Item
from bounced.policy import BrakeLimits, Limit, Policy
from tests.support.ledger import Clock, failed, item, rows, suppressed

LIMITS = BrakeLimits(addresses=3, factor=2, learn=timedelta())
AT_ONCE = replace(Policy(), limits={**Policy().limits, "hard": Limit(1, 0)}, brake=LIMITS)

numbers = iter(range(1, 10**9))


@pytest.fixture
def ledger(path: str, clock: Clock) -> Iterator[Ledger]:
    with Ledger(path, AT_ONCE, clock=clock) as ledger:
        yield ledger


def report(name: str, day: float, **facts: Any) -> Item:
    return item(next(numbers), day, failed(f"{name}@b.test", **facts))


def reports(name: str, number: int, day: float) -> list[Item]:
    return [report(f"{name}{n}", day) for n in range(number)]


def names(path: str) -> list[str]:
    return [address.partition("@")[0] for address, *_ in suppressed(path)]


def withheld(path: str) -> list[str]:
    return [address.partition("@")[0] for (address,) in rows(path, "SELECT address FROM withheld ORDER BY address")]


def test_beyond_the_limit_nobody_is_suppressed_and_all_is_recorded(ledger: Ledger, path: str) -> None:
    receipt = ledger.take(reports("a", 5, 0))
    assert (len(receipt.started), receipt.withheld, receipt.brake) == (3, 2, 3)
    assert (names(path), withheld(path)) == (["a0", "a1", "a2"], ["a3", "a4"])
    assert rows(path, "SELECT count(*) FROM events") == [(5,)]


def test_a_day_later_others_are_suppressed_and_who_is_withheld_stays_so(
    ledger: Ledger, path: str, clock: Clock
) -> None:
    ledger.take(reports("a", 5, 0))
    clock.day = 0.9
    assert ledger.take([report("b", 0.9)]).withheld == 1
    clock.day = 1.5
    assert len(ledger.take([report("c", 1.5), report("a3", 1.5)]).started) == 1
    assert (names(path), withheld(path)) == (["a0", "a1", "a2", "c"], ["a3", "a4", "b"])


def test_it_is_told_once_a_day(ledger: Ledger, path: str, clock: Clock) -> None:
    assert [ledger.take(reports(name, 4, 0)).brake for name in "abc"] == [3, 0, 0]
    clock.day = 5
    assert ledger.take(reports("d", 25, 5)).brake == 24  # twice as many as on the first day, withheld ones too
    changes = "SELECT type, address, data FROM outbox WHERE type LIKE 'brake%'"
    assert rows(path, changes) == [
        ("brake.applied", "", '{"limit":3,"tenant":"","unproved":true}'),
        ("brake.applied", "", '{"limit":24,"tenant":"","unproved":true}'),
    ]


def test_a_usual_day_is_no_reason(ledger: Ledger, path: str, clock: Clock) -> None:
    for day in range(0, 28, 7):
        clock.day = day
        ledger.resume()
        ledger.take(reports(f"{day}-", 10, day))
        ledger.resume()
    clock.day = 28
    assert (ledger.take(reports("more", 20, 28)).withheld, withheld(path)) == (0, [])
    assert ledger.take([report("one-more", 28)]).withheld == 1


def test_it_learns_first(path: str, clock: Clock) -> None:
    with Ledger(path, replace(AT_ONCE, brake=replace(LIMITS, learn=timedelta(days=28))), clock=clock) as ledger:
        assert ledger.take(reports("first", 500, 0)).withheld == 0
        clock.day = 27
        assert ledger.take(reports("second", 300, 27)).withheld == 0
        clock.day = 29
        assert ledger.take([report("third", 29)]).withheld == 0  # the median is 400


def test_resume_suppresses_all_and_counts_anew(ledger: Ledger, path: str) -> None:
    ledger.take(reports("a", 5, 0))
    folded = ledger.resume()
    assert [address for address, _ in folded.started] == ["a3@b.test", "a4@b.test"]
    assert (len(names(path)), withheld(path)) == (5, [])
    assert ledger.take(reports("b", 4, 0.1)).withheld == 1
    assert rows(path, "SELECT data FROM outbox WHERE type = 'brake.released'") == [('{"addresses":2}',)]
    assert ledger.resume().started and not ledger.resume().started
    assert rows(path, "SELECT count(*) FROM outbox WHERE type = 'brake.released'") == [(2,)]


def test_a_delivery_ends_what_is_withheld(path: str, clock: Clock) -> None:
    with Ledger(path, replace(AT_ONCE, lift={"hard": 1}), clock=clock) as ledger:
        ledger.take(reports("a", 4, 0))
        assert withheld(path) == ["a3"]
        delivered = replace(failed("a3@b.test"), kind="delivered", action="delivered", class_="", reason="")
        ledger.take([item(next(numbers), 1, delivered)])
        assert withheld(path) == []
        assert ledger.resume().started == ()


def test_what_a_person_decides_is_not_limited(ledger: Ledger, path: str) -> None:
    addresses = [f"{n}@b.test" for n in range(5)]
    assert len(ledger.decisions.decide(addresses, "suppress", "all", "asked").started) == 5
    complaints = [replace(failed(f"c{n}@b.test"), kind="complaint", action="", class_="", reason="") for n in range(5)]
    ledger.take([item(next(numbers), 0, *complaints)])
    assert len(names(path)) == 10


def test_a_kill_in_the_middle_of_resume_loses_nobody(path: str, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(path, AT_ONCE, clock=clock) as ledger:
        ledger.take(reports("a", 9, 0))
        with monkeypatch.context() as patched:
            patched.setattr("bounced.ledger.ledger.Ledger._judge_rest", lambda *_: pytest.fail("killed"))
            with pytest.raises(pytest.fail.Exception):
                ledger.resume()
        assert len(names(path)) == 3
    with Ledger(path, AT_ONCE, clock=clock):
        assert (len(names(path)), withheld(path)) == (9, [])


def test_what_a_person_decided_is_not_limited_whoever_judges_it(
    path: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the daemon, or after a kill: the rest of what he decided is judged with what was reported."""
    with Ledger(path, replace(AT_ONCE, brake=replace(LIMITS, addresses=0)), clock=clock) as ledger:
        ledger.take(reports("a", 9, 0))
        undo, _ = ledger.undo.undo(Filter(), "a mistake")
    with Ledger(path, AT_ONCE, clock=clock) as ledger, Ledger(path, AT_ONCE, clock=clock) as daemon:
        with monkeypatch.context() as patched:
            patched.setattr("bounced.ledger.ledger.JUDGING_SECONDS", 0)
            patched.setattr(ledger.undo, "_judge_rest", lambda: Folded())
            ledger.undo.redo(undo)
        assert len(names(path)) < 9
        daemon.take(reports("b", 4, 0))
        assert ([name[0] for name in names(path)], withheld(path)) == (["a"] * 9, ["b0", "b1", "b2", "b3"])


def test_a_replay_that_is_applied_is_not_limited_whoever_judges_it(
    path: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger(path, AT_ONCE, clock=clock) as ledger:
        ledger.take(reports("a", 9, 0))
        assert len(withheld(path)) == 6
        ledger.write(lambda db: [db.execute(f"DELETE FROM {of}") for of in ("suppressions", "withheld")])
        with monkeypatch.context() as patched:
            patched.setattr("bounced.ledger.ledger.Ledger._judge_rest", lambda *_: Folded())
            ledger.replay()
    with Ledger(path, AT_ONCE, clock=clock):
        assert (len(names(path)), withheld(path)) == (9, [])


def test_the_largest_day_of_each_week_is_usual(ledger: Ledger, path: str, clock: Clock) -> None:
    """A newsletter: many on its day, and a few on each day after it."""
    for week in range(6):
        for day, number in enumerate((10, 3, 2, 1, 1)):
            clock.day = 7 * week + day
            withheld_ = ledger.take(reports(f"{clock.day}-", number, clock.day)).withheld
            ledger.resume()
            assert not (week and withheld_), clock.day


def test_who_would_be_suppressed_is_the_same_in_any_order(tmp_path: Any, clock: Clock) -> None:
    trust = ("plausible", "verified", "plausible")
    taken = [
        report(f"{'(acme)' * (n % 4 == 0)}{n % 12}", n // 12, original_message_id=f"{n}@s", trust=trust[n % 7 % 3])
        for n in range(30)
    ]
    results, free = set(), set()
    for seed in range(6):
        random.Random(seed).shuffle(taken)
        path = str(tmp_path / f"{seed}.db")
        with Ledger(path, AT_ONCE, clock=clock) as ledger:
            for one in taken:
                ledger.take([one])
            results.add(tuple(sorted(names(path) + withheld(path))))
            assert withheld(path)
            ledger.resume()
            free.add(tuple(suppressed(path)))
    assert len(results) == len(free) == 1


def test_the_counts_of_old_days_are_dropped_but_for_the_first(ledger: Ledger, path: str, clock: Clock) -> None:
    for day in (0, 10, 20, 150, 200):
        clock.day = day
        ledger.take([report(f"{day}", day)])
    ledger.upkeep.housekeep(timedelta(days=30))
    begun = rows(path, "SELECT (hour - (SELECT min(hour) FROM suppressions_begun)) / 24 FROM suppressions_begun")
    assert [day for (day,) in begun] == [0, 150, 200]


def test_without_numbers_there_is_no_brake(path: str, clock: Clock) -> None:
    with Ledger(path, replace(AT_ONCE, brake=replace(LIMITS, addresses=0)), clock=clock) as ledger:
        assert ledger.take(reports("a", 50, 0)).withheld == 0


def test_reports_without_proof_withhold_nobody_who_is_proved_dead(ledger: Ledger, path: str) -> None:
    """A stranger makes up as many addresses as he likes."""
    ledger.take(reports("forged", 20, 0))
    receipt = ledger.take([report("dead", 0, trust="verified")])
    assert ([address for address, _ in receipt.started], receipt.withheld) == (["dead@b.test"], 0)
    assert names(path) == ["dead", "forged0", "forged1", "forged2"]


def test_those_who_are_proved_dead_have_a_limit_too(ledger: Ledger, path: str) -> None:
    receipt = ledger.take([report(f"dead{n}", 0, trust="verified") for n in range(5)])
    assert (receipt.withheld, receipt.brake, withheld(path)) == (2, 3, ["dead3", "dead4"])
    assert ledger.take([report("dead3", 0.1, trust="verified")]).withheld == 0
    assert withheld(path) == ["dead3", "dead4"]


def test_who_is_withheld_without_proof_is_suppressed_by_a_verified_failure(ledger: Ledger, path: str) -> None:
    ledger.take(reports("a", 9, 0))
    assert rows(path, "SELECT sum(unproved), count(*) FROM withheld") == [(6, 6)]
    receipt = ledger.take([report(f"a{n}", 0.1, trust="verified") for n in range(8, 4, -1)])
    assert [address for address, _ in receipt.started] == ["a8@b.test", "a7@b.test", "a6@b.test"]
    assert rows(path, "SELECT address, unproved FROM withheld") == [
        ("a3@b.test", 1), ("a4@b.test", 1), ("a5@b.test", 0)
    ]  # fmt: skip


def test_another_report_about_the_same_message_may_be_the_proof(ledger: Ledger, path: str) -> None:
    ledger.take([report(f"a{n}", 0, original_message_id=f"{n}@s") for n in range(5)])
    ledger.take([report("a4", 0.1, original_message_id="4@s", trust="verified")])
    assert (names(path), withheld(path)) == (["a0", "a1", "a2", "a4"], ["a3"])


def test_a_verified_failure_of_an_earlier_streak_proves_nothing(path: str, clock: Clock) -> None:
    with Ledger(path, replace(AT_ONCE, limits={**Policy().limits, "hard": Limit(2, 0)}), clock=clock) as ledger:
        ledger.take([report(f"a{n}", 0, trust="verified") for n in range(4)])
        delivered = [replace(failed(f"a{n}@b.test"), action="delivered", class_="", reason="") for n in range(4)]
        ledger.take([item(next(numbers), 1, *delivered)])
        ledger.take([report(f"a{n}", day) for n in range(4) for day in (2, 4)])
        assert rows(path, "SELECT address, unproved FROM withheld") == [("a3@b.test", 1)]


def test_a_proof_lets_nobody_go_whom_other_numbers_would_suppress(path: str, clock: Clock) -> None:
    with Ledger(path, Policy(), clock=clock) as ledger:
        ledger.take(reports("a", 5, 0))
        ledger.adopt(AT_ONCE)
        assert len(withheld(path)) == 5
        ledger.take([report("a0", 0.1, trust="verified")])
        assert len(withheld(path)) == 5


def test_the_usual_day_of_those_without_proof_is_their_own(ledger: Ledger, path: str, clock: Clock) -> None:
    for day in range(0, 28, 7):
        clock.day = day
        ledger.take([report(f"{day}-{n}", day, trust="verified") for n in range(10)])
        ledger.resume()
    clock.day = 28
    assert ledger.take([report(f"dead{n}", 28, trust="verified") for n in range(20)]).withheld == 0
    assert ledger.take(reports("forged", 4, 28)).withheld == 1


def test_a_mistake_of_one_tenant_withholds_nobody_of_others(ledger: Ledger, path: str, clock: Clock) -> None:
    ledger.take(reports("(acme)a", 20, 0))
    assert ledger.take([*reports("b", 3, 0), *reports("(other)c", 3, 0)]).withheld == 0
    assert len(withheld(path)) == 17
    clock.day = 0.1
    assert [ledger.take([report(f"{tenant}d", 0.1)]).withheld for tenant in ("", "(other)", "(acme)")] == [1, 1, 1]


def test_each_tenant_learns_first(path: str, clock: Clock) -> None:
    with Ledger(path, replace(AT_ONCE, brake=replace(LIMITS, learn=timedelta(days=28))), clock=clock) as ledger:
        ledger.take(reports("a", 2, 0))
        clock.day = 30
        assert ledger.take(reports("(acme)a", 50, 30)).withheld == 0
        assert ledger.take(reports("b", 5, 30)).withheld == 1


def test_each_kind_is_told_once_a_day(ledger: Ledger, path: str) -> None:
    """An alarm about strangers hides none about those who are proved dead, nor about a tenant."""
    for name, trust in (("a", "plausible"), ("b", "verified"), ("(acme)c", "plausible")) * 2:
        ledger.take([report(f"{name}{n}", 0, trust=trust) for n in range(4)])
    assert rows(path, "SELECT data FROM outbox WHERE type = 'brake.applied'") == [
        ('{"limit":3,"tenant":"","unproved":true}',),
        ('{"limit":3,"tenant":"","unproved":false}',),
        ('{"limit":3,"tenant":"acme","unproved":true}',),
    ]


def test_what_began_in_earlier_transactions_counts_once(
    ledger: Ledger, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bounced.ledger.ledger.JUDGING_SECONDS", 0)
    assert ledger.take(reports("a", 5, 0)).withheld == 2
    assert len(names(path)) == 3
