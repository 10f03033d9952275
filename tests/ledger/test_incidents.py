"""What incidents hold, and that it depends on nothing but the events and the decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from bounced import times
from bounced.errors import UserError
from bounced.ledger import explanation, queries
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import COUNTED_KINDS, Action, Event, Item, Judge, Role, Trust, Verdict
from bounced.policy import IncidentLimits, Limit, Policy
from bounced.sent import tables
from tests.support.ledger import DAY0, failed, item

AT_ONCE = Policy({**Policy().limits, "hard": Limit(1, 0)}, incidents=IncidentLimits(factor=4))
HOUR = 1 / 24


class Reports:
    """Takes reports, each with a number of its own."""

    def __init__(self, ledger: Ledger, number: int = 0) -> None:
        self.ledger, self._number = ledger, number

    def of(self, day: float, *addresses: str, **fields: Any) -> Receipt:
        items = []
        for address in addresses:
            self._number += 1
            items.append(item(self._number, day, replace(failed(address), **fields)))
        return self.ledger.take(items)

    def weeks(self, first: int, last: int, **fields: Any) -> None:
        """Some addresses at two providers die in each week."""
        for week in range(first, last):
            self.of(7 * week, *names(f"old{week}", "gmail.com", 6), *names(f"old{week}", "yahoo.com", 6), **fields)


def names(name: str, domain: str, number: int) -> list[str]:
    return [f"{name}.{n}@{domain}" for n in range(number)]


def suppressed(ledger: Ledger, name: str) -> int:
    sql = "SELECT count(*) FROM suppressions WHERE address LIKE ?"
    return int(ledger._db.execute(sql, [f"{name}.%"]).fetchone()[0])


def listed(ledger: Ledger) -> list[tuple[Any, ...]]:
    shown = ("state", "dimension", "name", "event_count", "addresses")
    return [tuple(row[column] for column in shown) for row in queries.incidents(ledger._db)]


@pytest.fixture
def ledger() -> Any:
    with Ledger(":memory:", AT_ONCE, dry_run=True) as opened:
        yield opened


@pytest.fixture
def reports(ledger: Ledger) -> Reports:
    """Of half a year."""
    reports = Reports(ledger)
    reports.weeks(0, 20)
    return reports


def test_an_outage_suppresses_nobody(ledger: Ledger, reports: Reports) -> None:
    """Neither those that failed before it was noticed; domains of companies are Google's where its servers answer."""
    first = reports.of(140, *names("out", "gmail.com", 15))
    assert (len(first.started), first.incidents) == (15, ())
    second = reports.of(140, *names("firm", "firm.test", 200), remote_mta="aspmx.l.google.com")
    assert [(change.is_open, change.dimension, change.name) for change in second.incidents] == [
        (True, "provider", "google")
    ]
    assert (len(second.started), len(second.ended), second.held) == (0, 15, 215)
    assert suppressed(ledger, "out") == suppressed(ledger, "firm") == 0
    third = reports.of(140 + HOUR, *names("more", "gmail.com", 3))
    assert (third.incidents, third.held, suppressed(ledger, "more")) == ((), 3, 0)
    reports.of(140 + HOUR, *names("other", "yahoo.com", 3))
    assert suppressed(ledger, "other") == 3
    assert listed(ledger) == [("open", "provider", "google", 218, 218)]


def test_it_is_over_when_the_provider_takes_mail_again(ledger: Ledger, reports: Reports) -> None:
    reports.of(140, *names("out", "gmail.com", 200))
    reports.of(143, *names("back", "gmail.com", 5))
    assert listed(ledger)[0][0] == "open"
    closed = reports.of(143 + HOUR, *names("late", "gmail.com", 5))
    assert [(change.is_open, change.name) for change in closed.incidents] == [(False, "google")]
    assert listed(ledger) == [("settled", "provider", "google", 200, 200)]
    assert (suppressed(ledger, "out"), suppressed(ledger, "back"), suppressed(ledger, "late")) == (0, 5, 5)


def settle(ledger: Ledger) -> list[tuple[bool, str]]:
    """What opened and closed by mail that was taken."""
    receipts = [*ledger.settle()]
    return [(change.is_open, change.name) for receipt in receipts for change in receipt.incidents]


def send(ledger: Ledger, day: float, *addresses: str) -> list[str]:
    """Writes messages to ``addresses`` into ``sends``; returns their Message-IDs."""
    at = times.iso(DAY0 + timedelta(days=day))
    rows: list[tuple[str, ...]] = [(f"{day}.{address}", address, "", "", "", at) for address in addresses]
    ledger.write(partial(tables.write, table=tables.SENDS, rows=rows))
    return [row[0] for row in rows]


def record(db: Database, kind: str, day: float, addresses: Sequence[str]) -> None:
    """Writes deliveries as mail logs and imports do."""
    at = times.seconds(DAY0 + timedelta(days=day))
    db.conn.executemany("INSERT INTO texts (text) VALUES (?) ON CONFLICT DO NOTHING", [[it] for it in addresses])
    sql = "INSERT OR IGNORE INTO deliveries SELECT id, ?, ?, ? FROM texts WHERE text = ?"
    db.conn.executemany(sql, [(at, kind, f"{day}.{address}", address) for address in addresses])


@pytest.fixture
def clock() -> list[float]:
    """The day that it is."""
    return [200.0]


@pytest.fixture
def half_year(clock: list[float]) -> Iterator[Reports]:
    """Up to day 140, with the clock."""
    with Ledger(":memory:", AT_ONCE, dry_run=True, clock=lambda: DAY0 + timedelta(days=clock[0])) as ledger:
        reports = Reports(ledger)
        reports.weeks(0, 20)
        clock[0] = 140.5
        yield reports


@pytest.fixture
def outage(half_year: Reports) -> Reports:
    """On day 140, after half a year."""
    half_year.of(140, *names("out", "gmail.com", 200))
    return half_year


def state(ledger: Ledger) -> list[tuple[str, float]]:
    """The state of each incident, and the days from DAY0 to its end, 0 while it is open."""
    rows = list(queries.incidents(ledger._db))
    return [
        (row["state"], (row["until"] and (times.parse(row["until"]) - DAY0) / timedelta(days=1)) or 0) for row in rows
    ]


def test_messages_that_nobody_contradicts_close_it(outage: Reports, clock: list[float]) -> None:
    """A day after the day of the messages, when reports about them have been read."""
    send(outage.ledger, 141.2, *names("list", "gmail.com", 15), *names("list", "googlemail.com", 5))
    clock[0] = 142.4
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("open", 0)])
    clock[0] = 142.5
    assert settle(outage.ledger) == [(False, "google")]
    assert state(outage.ledger) == [("settled", 141)]
    assert settle(outage.ledger) == []
    outage.of(142, *names("late", "gmail.com", 5))
    assert (suppressed(outage.ledger, "late"), suppressed(outage.ledger, "out")) == (5, 0)


@pytest.mark.parametrize(
    ("day", "addresses"),
    [
        (141.2, names("list", "gmail.com", 19)),
        (141.2, [*names("list", "gmail.com", 10), *names("list", "gmail.com", 10)]),
        (141.2, names("list", "yahoo.com", 50)),
        (141.2, names("(a)list", "gmail.com", 50)),
        (140.4, names("list", "gmail.com", 50)),
    ],
    ids=["too few", "twice to each", "elsewhere", "a tenant's", "on the same day"],
)
def test_other_messages_do_not(outage: Reports, clock: list[float], day: float, addresses: list[str]) -> None:
    for n, address in enumerate(addresses):
        send(outage.ledger, day + n / 10_000, address)
    clock[0] = 144
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("open", 0)])


@pytest.mark.parametrize("action", ["failed", "delayed"])
@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize("trust", ["verified", "unverified"])
def test_nor_do_those_that_a_report_contradicts(
    outage: Reports, clock: list[float], action: Action, is_named: bool, trust: Trust
) -> None:
    """Whoever sent the report: all of them count here."""
    addresses = names("list", "gmail.com", 20)
    message_id = send(outage.ledger, 141.2, *addresses)[0] if is_named else ""
    event = Event(addresses[0], "bounce", action, "soft", "expired", trust=trust, original_message_id=message_id)
    late = 143 if is_named else 141.3
    send(outage.ledger, 141.2, *addresses)
    outage.ledger.take([item(9000, late, event)])
    clock[0] = 144
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("open", 0)])


def as_opened(ledger: Ledger, clock: list[float], event: Event, role: Role = "auto") -> list[tuple[bool, str]]:
    """What opens or closes after an outage by messages to 20 addresses, and a report about the first: ``event``.

    The messages are in a mail log; what comes later is in ``sends``, the message of the report.
    """
    reports = Reports(ledger)
    reports.weeks(0, 20, trust="verified")
    reports.of(140, *names("out", "gmail.com", 200), trust="verified")
    first, *others = names("list", "gmail.com", 20)
    ledger.write(partial(record, kind="sent", day=141.2, addresses=[first, *others]))
    report = item(9000, 141.3, event)
    ledger.take([replace(report, message=replace(report.message, role=role))])
    clock[0] = 144
    return settle(ledger)


@pytest.fixture
def careful(clock: list[float]) -> Iterator[Ledger]:
    with Ledger(":memory:", CAREFUL, dry_run=True, clock=lambda: DAY0 + timedelta(days=clock[0])) as ledger:
        yield ledger


@pytest.mark.parametrize("action", ["failed", "delayed"])
@pytest.mark.parametrize("message_id", ["141.2.list.0@gmail.com", ""])
@pytest.mark.parametrize(
    ("trust", "role", "changes"),
    [
        ("unverified", "auto", [(False, "google")]),
        ("plausible", "auto", []),
        ("plausible", "complaints", [(False, "google")]),
    ],
    ids=["forged", "trusted", "in the mailbox of complaints"],
)
def test_a_report_contradicts_where_a_failure_counts(
    careful: Ledger, clock: list[float], action: Action, message_id: str, trust: Trust, role: Role, changes: Any
) -> None:
    """As in bounced.policy.silence: no stranger keeps an incident open."""
    fields: dict[str, Any] = {"trust": trust, "original_message_id": message_id}
    event = Event("list.0@gmail.com", "bounce", action, "soft", "expired", **fields)
    assert as_opened(careful, clock, event, role) == changes


@pytest.mark.parametrize(("others", "changes"), [(0, []), (5, [(False, "google")])])
def test_nor_does_a_crowd_that_is_held_contradict(clock: list[float], others: int, changes: Any) -> None:
    policy = replace(CAREFUL, addresses_per_message=5)
    with Ledger(":memory:", policy, dry_run=True, clock=lambda: DAY0 + timedelta(days=clock[0])) as ledger:
        Reports(ledger, 8000).of(141.3, *names("crowd", "yahoo.com", others), trust="plausible", source="192.0.2.1")
        fields: dict[str, Any] = {"trust": "plausible", "source": "192.0.2.1"}
        event = Event("list.0@gmail.com", "bounce", "failed", "soft", "expired", **fields)
        assert as_opened(ledger, clock, event) == changes


def test_so_does_one_that_sends_proves_later(careful: Ledger, clock: list[float]) -> None:
    message_id = "141.2.list.0@gmail.com"
    event = Event("", "bounce", "failed", "soft", "expired", original_message_id=message_id)
    assert as_opened(careful, clock, event) == [(False, "google")]
    send(careful, 141.2, "list.0@gmail.com")
    list(careful.attribute())
    assert settle(careful) == [(True, "google")]


def test_a_report_that_comes_later_opens_it_again(outage: Reports, clock: list[float]) -> None:
    addresses = names("list", "gmail.com", 20)
    message_id, *_ = send(outage.ledger, 141.2, *addresses)
    clock[0] = 144
    assert settle(outage.ledger) == [(False, "google")]
    outage.of(145, addresses[0], original_message_id=message_id)
    clock[0] = 145.9
    assert state(outage.ledger) == [("settled", 141)]
    settle(outage.ledger)
    assert state(outage.ledger)[0][1] != 141


def test_nor_a_day_on_which_more_fail_than_before(outage: Reports, clock: list[float]) -> None:
    send(outage.ledger, 141.2, *names("list", "gmail.com", 50))
    outage.of(141.3, *names("more", "gmail.com", 20))
    send(outage.ledger, 142.2, *names("list", "gmail.com", 50))
    clock[0] = 144
    assert (settle(outage.ledger), state(outage.ledger)) == ([(False, "google")], [("settled", 141.5)])


@pytest.mark.parametrize("kind", ["sent", "delivered", "engaged"])
def test_so_do_mail_logs_and_imports(outage: Reports, clock: list[float], kind: str) -> None:
    """An opened message may be an old one."""
    outage.ledger.write(partial(record, kind=kind, day=141.2, addresses=names("list", "gmail.com", 20)))
    clock[0] = 144
    assert settle(outage.ledger) == ([(False, "google")] if kind != "engaged" else [])


@pytest.mark.parametrize(("trust", "closed"), [("verified", [(False, "google")]), ("plausible", [])])
def test_so_do_success_dsns_that_count(clock: list[float], trust: Trust, closed: list[tuple[bool, str]]) -> None:
    policy = replace(AT_ONCE, count={"delivered": "verified"}, settles=None)
    with Ledger(":memory:", policy, dry_run=True, clock=lambda: DAY0 + timedelta(days=clock[0])) as ledger:
        reports = Reports(ledger)
        reports.weeks(0, 20, trust="verified")
        reports.of(140, *names("out", "gmail.com", 200), trust="verified")
        clock[0] = 144
        send(ledger, 141.2, *names("list", "gmail.com", 50))
        assert settle(ledger) == [], "silence proves nothing here"
        for number, address in enumerate(names("list", "gmail.com", 20)):
            ledger.take([item(9000 + number, 142.2, Event(address, "other", "delivered", trust=trust))])
        clock[0] += 1
        assert settle(ledger) == closed


LATE = 700.0


@pytest.mark.parametrize("where", ["sends", "log", "report", "changed"])
def test_what_is_known_years_later_closes_it(outage: Reports, clock: list[float], where: str) -> None:
    """A day that was counted before."""
    addresses = names("list", "gmail.com", 20)
    if where == "changed":
        send(outage.ledger, 139, *addresses)
    clock[0] = 144
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("open", 0)])
    clock[0] = LATE
    assert settle(outage.ledger) == []
    if where == "sends":
        send(outage.ledger, 141.2, *addresses)
    elif where == "log":
        outage.ledger.write(partial(record, kind="sent", day=141.2, addresses=addresses))
    elif where == "changed":
        at = times.iso(DAY0 + timedelta(days=141.2))
        outage.ledger.write(lambda db: db.execute("UPDATE sends SET sent_at = ?", [at]))
    else:
        events = [Event(address, "other", "delivered", trust="verified") for address in addresses]
        outage.ledger.take([item(9000 + number, 141.2, event) for number, event in enumerate(events)])
    assert settle(outage.ledger) == [(False, "google")]
    assert state(outage.ledger) == [("settled", 141)]
    assert settle(outage.ledger) == []


@pytest.mark.parametrize("how", ["named", "by an import", "a copy"])
def test_what_contradicts_it_years_later_opens_it(outage: Reports, clock: list[float], how: str) -> None:
    """By its Message-ID, by what names its recipient later, or by its date."""
    addresses = names("list", "gmail.com", 20)
    message_id, *_ = send(outage.ledger, 141.2, *addresses)
    event = Event(addresses[0], "bounce", "failed", "block", "policy")
    report = {
        "named": item(9000, LATE, replace(event, original_message_id=message_id)),
        "by an import": item(9000, 141.5, replace(event, address="", recipient_id="7")),
        "a copy": item(9000, 142.5, event),
    }[how]
    if how != "named":
        outage.ledger.take([report])
    clock[0] = 143
    assert settle(outage.ledger) == [(False, "google")]
    clock[0] = LATE
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("settled", 141)])
    if how == "by an import":
        outage.ledger.write(partial(tables.write, table=tables.RECIPIENTS, rows=[("7", addresses[0], "", "")]))
        assert [*outage.ledger.attribute()]
    else:
        outage.ledger.take([report if how == "named" else earlier(report)])
    settle(outage.ledger)
    assert state(outage.ledger)[0][1] != 141


@pytest.mark.parametrize("is_written", [False, True])
def test_rows_that_are_dropped_soon_stay_counted(outage: Reports, clock: list[float], is_written: bool) -> None:
    """Whatever else is written about the day."""
    send(outage.ledger, 141.2, *names("list", "gmail.com", 10))
    outage.ledger.write(partial(record, kind="sent", day=141.2, addresses=names("log", "gmail.com", 10)))
    clock[0] = 144
    assert settle(outage.ledger) == [(False, "google")]
    clock[0] = 155
    assert outage.ledger.upkeep.forget(timedelta(days=10)) == outage.ledger.mail_logs.forget(timedelta(days=10)) == 10
    if is_written:
        send(outage.ledger, 141.3, *names("more", "gmail.com", 2))
    clock[0] = 156
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("settled", 141)])


def test_what_was_counted_stays_when_rows_are_deleted(outage: Reports, clock: list[float]) -> None:
    send(outage.ledger, 141.2, *names("list", "gmail.com", 20))
    clock[0] = 144
    settle(outage.ledger)
    clock[0] = 175
    outage.ledger.write(lambda db: db.execute("DELETE FROM sends"))
    assert settle(outage.ledger) == []
    outage.ledger.adopt(replace(AT_ONCE, max_gap=timedelta(days=99)))
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("settled", 141)])


def test_what_counts_by_other_numbers_is_held_by_what_was_an_incident_already(outage: Reports) -> None:
    """Blocks that count from now on, in the hours of an incident that stays the same; and that count no more."""
    ledger = outage.ledger
    outage.of(140, *names("block", "gmail.com", 3), class_="block", reason="reputation")
    before = listed(ledger)
    assert not held_blocks(ledger)
    ledger.adopt(replace(AT_ONCE, limits={**AT_ONCE.limits, "block": Limit(1, 0)}))
    assert (held_blocks(ledger), suppressed(ledger, "block")) == (3, 0)
    ledger.adopt(AT_ONCE)
    assert (held_blocks(ledger), listed(ledger)) == (0, before)


def held_blocks(ledger: Ledger) -> int:
    sql = "SELECT count(*) FROM incident_rows JOIN events ON events.id = event WHERE class = 'block'"
    return int(ledger._db.execute(sql).fetchone()[0])


def test_what_was_counted_stays_when_old_events_are_deleted() -> None:
    """Counted again by other numbers, less would be normal."""
    rule = Policy()
    with Ledger(":memory:", rule, dry_run=True, clock=lambda: DAY0 + timedelta(days=400)) as ledger:
        reports = Reports(ledger)
        reports.weeks(0, 20)
        reports.of(140, *names("out", "gmail.com", 200))
        reports.weeks(21, 40)
        counts = "SELECT * FROM failure_counts"
        before = listed(ledger), list(ledger._db.query(counts))
        assert [row[:3] for row in before[0]] == [("settled", "provider", "google")]
        assert ledger.upkeep.drop_events(timedelta(days=250), rule) > 100
        ledger.adopt(replace(rule, incidents=replace(rule.incidents, longest=timedelta(days=13))))
        assert (listed(ledger), list(ledger._db.query(counts))) == before


def test_what_was_counted_stays_when_those_who_failed_are_erased() -> None:
    """Too few of them are left to be an incident, by other numbers too."""
    with Ledger(":memory:", AT_ONCE, dry_run=True) as ledger:
        reports = Reports(ledger)
        reports.weeks(0, 20)
        reports.of(140, *names("out", "gmail.com", 30))
        before = [row[:3] for row in listed(ledger)]
        assert before == [("open", "provider", "google")]
        counts = "SELECT * FROM failure_counts WHERE span > 0 ORDER BY unit, span, at"
        counted = list(ledger._db.query(counts))
        for address in names("out", "gmail.com", 12):
            ledger.erasure.erase(address, "")
        ledger.adopt(replace(AT_ONCE, max_gap=timedelta(days=99)))
        assert ([row[:3] for row in listed(ledger)], list(ledger._db.query(counts))) == (before, counted)
        assert suppressed(ledger, "out") == 0
        ledger.erasure.erase("out.12@gmail.com", "")
        ledger.adopt(AT_ONCE)
        assert list(ledger._db.query(counts)) == counted


@pytest.mark.parametrize("how", ["erased", "old"])
@pytest.mark.parametrize("where", ["sends", "log", "report"])
def test_what_closed_it_stays_counted(outage: Reports, clock: list[float], where: str, how: str) -> None:
    """When those who took mail are erased, or events are deleted for their age."""
    ledger, addresses = outage.ledger, names("list", "gmail.com", 20)
    if where == "sends":
        send(ledger, 142.2, *addresses)
    elif where == "log":
        ledger.write(partial(record, kind="sent", day=142.2, addresses=addresses))
    else:
        delivered = [Event(address, "other", "delivered") for address in addresses]
        ledger.take([item(9000 + number, 142.2, event) for number, event in enumerate(delivered)])
    clock[0] = 150
    assert (settle(ledger), state(ledger)) == ([(False, "google")], [("settled", 142 - 0.5)])
    if how == "erased":
        ledger.erasure.erase(addresses[0], "")
    else:
        outage.of(1000, "later@example.org")
        clock[0] = 1100
        ledger.upkeep.drop_events(timedelta(days=900), AT_ONCE)
    ledger.adopt(replace(AT_ONCE, max_gap=timedelta(days=99)))
    clock[0] += 1
    assert (settle(ledger), state(ledger)) == ([], [("settled", 142 - 0.5)])


@pytest.mark.parametrize(("polled", "is_closed"), [(None, False), (142.4, False), (142.5, True)])
def test_a_mailbox_that_is_not_read_is_silent(
    outage: Reports, clock: list[float], polled: float | None, is_closed: bool
) -> None:
    send(outage.ledger, 141.2, *names("list", "gmail.com", 20))
    at = polled and times.iso(DAY0 + timedelta(days=polled))
    sql = "INSERT INTO polls (mailbox, polled_at, last_uid, problem) VALUES ('imap:bounces/INBOX', ?, 1, '')"
    outage.ledger.write(lambda db: db.execute(sql, [at]))
    clock[0] = 150
    changes = [change for receipt in outage.ledger.settle(["bounces"]) for change in receipt.incidents]
    assert [change.is_open for change in changes] == ([False] if is_closed else [])


def test_explain_and_held_say_so(ledger: Ledger, reports: Reports) -> None:
    reports.of(140, *names("out", "gmail.com", 200))
    [row] = queries.of_incident(ledger._db, 1, 1)
    why = "held: incident of one provider"
    assert [row["doubt"] for row in queries.held(ledger._db, 1)] == [why]
    answer = explanation.explain(ledger._db, row["address"], AT_ONCE, DAY0)
    assert [(step["counted"], step["note"], step["incidents"]) for step in answer["history"]] == [(False, why, [1])]
    ledger.decisions.accept([row["id"]], "I know")
    assert suppressed(ledger, "out") == 1
    [step] = explanation.explain(ledger._db, row["address"], AT_ONCE, DAY0)["history"]
    assert (step["counted"], step["incidents"]) == (True, [])


def test_what_it_holds_was_not_delivered_all_the_same(reports: Reports) -> None:
    """Who was dead before an outage keeps his streak: the message of that day did not arrive, as its report says."""
    policy, now = replace(AT_ONCE, limits={**AT_ONCE.limits, "hard": Limit(2, 6)}), DAY0 + timedelta(days=200)
    with Ledger(":memory:", policy, dry_run=True, clock=lambda: now) as ledger:
        reports.ledger = ledger
        reports.weeks(0, 20, trust="verified")
        dead = "dead.0@gmail.com"
        for week, message in ((18, "18@s"), (19, "19@s")):
            row = (message, dead, "", "", "", times.iso(DAY0 + timedelta(days=7 * week + 1)))
            ledger.write(partial(tables.write, table=tables.SENDS, rows=[row]))
        reports.of(7 * 18 + 1, dead, original_message_id="18@s")
        reports.of(7 * 19 + 1, *names("out", "gmail.com", 200), trust="verified")
        reports.of(7 * 19 + 1, dead, original_message_id="19@s")
        assert listed(ledger) == [("open", "provider", "google", 201, 201)]
        for _ in ledger.settle():
            pass
        reports.weeks(20, 22, trust="verified")
        reports.of(7 * 21 + 1, dead, original_message_id="21@s", trust="verified")
        assert suppressed(ledger, "dead") == 1
        assert ledger.upkeep.drop_held(timedelta(days=1)) == 0
        assert suppressed(ledger, "dead") == 1


def test_released_it_counts_and_discarded_it_does_not(ledger: Ledger, reports: Reports) -> None:
    reports.of(140, *names("out", "gmail.com", 200))
    released = ledger.decide_incident(1, "release", "a list of last century")
    assert (len(released.started), suppressed(ledger, "out")) == (200, 200)
    assert listed(ledger) == [("released", "provider", "google", 0, 0)]
    reports.of(140, *names("more", "gmail.com", 10))
    assert suppressed(ledger, "more") == 10
    discarded = ledger.decide_incident(1, "discard", "they were wrong")
    assert (len(discarded.ended), suppressed(ledger, "out"), suppressed(ledger, "more")) == (210, 0, 0)
    row = queries.incident(ledger._db, 1)
    assert row and [(it["what"], it["why"]) for it in row["decisions"]] == [
        ("release", "a list of last century"),
        ("discard", "they were wrong"),
    ]
    with pytest.raises(UserError, match="7: no incident has this number"):
        ledger.decide_incident(7, "release", "")


def test_what_lasts_counts_after_all(ledger: Ledger, reports: Reports) -> None:
    for week in (20, 21):
        reports.of(7 * week, *names(f"dead{week}", "gmail.com", 100))
    assert suppressed(ledger, "dead20") == 0
    reports.of(7 * 22, *names("dead22", "gmail.com", 100))
    assert [suppressed(ledger, f"dead{week}") for week in (20, 21, 22)] == [100, 100, 100]
    assert listed(ledger) == []


def test_a_domain_that_cannot_be_reached_is_one_unit(ledger: Ledger, reports: Reports) -> None:
    for number, address in enumerate(names("x", "firm.test", 6)):
        event = Event(address, "bounce", "failed", "hard", "domain_unknown")
        ledger.take([item(9000 + number, 140, event)])
    assert (suppressed(ledger, "x"), listed(ledger)) == (0, [("open", "domain", "firm.test", 6, 6)])


def probes(ledger: Ledger) -> list[tuple[float, str]]:
    """The day on which a domain is due for a probe, and who is asked."""
    rows = queries.incidents(ledger._db, probed=True)
    return [((times.parse(row["probe_at"]) - DAY0) / timedelta(days=1), row["probe_address"]) for row in rows]


def test_a_domain_that_cannot_be_reached_is_asked_once_a_week(outage: Reports, clock: list[float]) -> None:
    outage.of(100, "old.0@gmail.com", trust="verified")
    outage.of(141, *names("x", "firm.test", 6), reason="domain_unknown", trust="verified")
    assert probes(outage.ledger) == [(148, "x.5@firm.test")]
    outage.ledger.decisions.decide(["x.5@firm.test"], "suppress", "", "asked for it by phone")
    assert probes(outage.ledger) == [(148, "x.4@firm.test")]
    send(outage.ledger, 148.5, "x.4@firm.test")
    assert probes(outage.ledger) == [(155.5, "x.4@firm.test")]
    outage.of(153.5, "x.4@firm.test", reason="domain_unknown", trust="verified")
    assert probes(outage.ledger) == [(160.5, "x.4@firm.test")], "it failed, five days later"
    assert suppressed(outage.ledger, "x") == 1
    send(outage.ledger, 160.5, "x.4@firm.test")
    clock[0] = 166
    assert (settle(outage.ledger)[-1], probes(outage.ledger)) == ((False, "firm.test"), [])


@pytest.mark.parametrize(("trust", "asked"), [("plausible", []), ("verified", [(148, "x.5@firm.test")])])
def test_of_failures_without_proof_nobody_is_left_out(trust: Trust, asked: list[tuple[float, str]]) -> None:
    """Not even the address that is asked is one that a stranger names."""
    policy = replace(AT_ONCE, count={"bounce": "plausible"})
    with Ledger(":memory:", policy, dry_run=True, clock=lambda: DAY0 + timedelta(days=142)) as ledger:
        reports = Reports(ledger)
        reports.of(0, "old@other.test", trust=trust)
        reports.of(141, *names("x", "firm.test", 6), reason="domain_unknown", trust=trust)
        reports.of(141.01, "made-up@firm.test", reason="domain_unknown", trust="plausible")
        assert probes(ledger) == asked


def test_who_is_asked_is_the_tenants(outage: Reports) -> None:
    outage.of(100, "(a)old.0@gmail.com", "old.0@gmail.com", trust="verified")
    failing = [*names("(a)x", "firm.test", 6), *names("x", "firm.test", 5)]
    outage.of(141, *failing, reason="domain_unknown", trust="verified")
    assert sorted(probes(outage.ledger)) == [(148, "x.4@firm.test"), (148, "x.5@firm.test")]


def test_our_own_mistake_is_one_of_a_text(ledger: Ledger, reports: Reports) -> None:
    """All providers refuse alike: it is an incident of none of them."""
    for domain in ("gmail.com", "yahoo.com", "gmx.de"):
        text = f"550 5.1.8 <{domain}> Sender address rejected: Domain not found 4711"
        reports.of(140, *names("own", domain, 60), diagnostic_code=text)
    assert listed(ledger) == [("open", "text", "sender address rejected domain not found", 180, 180)]


def test_it_is_one_on_a_day_on_which_a_provider_has_two(ledger: Ledger, reports: Reports) -> None:
    """What these explain is explained once."""
    reports.of(140 + HOUR, *names("first", "gmail.com", 900))
    for hour in range(6):
        own = [f"own.{hour}@{n}.example" for n in range(15)]
        reports.of(141 + (2 + hour) * HOUR, *own, diagnostic_code="550 5.1.8 Sender address rejected")
    reports.of(141 + HOUR, *names("second", "gmail.com", 100))
    provider = [("settled", "provider", "google", 900, 900), ("open", "provider", "google", 100, 100)]
    assert sorted(listed(ledger)) == sorted([*provider, ("open", "text", "sender address rejected", 90, 90)])


def test_or_of_a_campaign(ledger: Ledger, reports: Reports) -> None:
    for domain in ("gmail.com", "yahoo.com", "gmx.de"):
        for n in range(6):
            text = f"{chr(97 + n) * 5} no"
            reports.of(140, *names(f"camp{n}", domain, 20), diagnostic_code=text, campaign="spring")
    assert listed(ledger) == [("open", "campaign", "spring", 360, 360)]


def mail_campaign(ledger: Ledger, day: float, campaign: str, sent: int, tenant: str = "") -> None:
    name, at = f"{tenant}{campaign}", times.iso(DAY0 + timedelta(days=day))[:10]
    row = ["campaign", name, at, "hand", sent]
    ledger.write(lambda db: db.execute("INSERT INTO volume VALUES (?, ?, ?, ?, ?)", row))


def texts(name: str, number: int, tenant: str = "") -> list[Event]:
    """Failures of a campaign, at three providers and in so many words that they are no other incident."""
    return [
        replace(failed(address), campaign="spring", diagnostic_code=f"{chr(97 + n) * 5} no")
        for domain in ("gmail.com", "yahoo.com", "gmx.de")
        for n in range(number)
        for address in names(f"{tenant}{name}{n}", domain, 20)
    ]


@pytest.mark.parametrize("tenant", ["", "(a)"])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_larger_list_has_no_incident(half_year: Reports, clock: list[float], tenant: str, is_late: bool) -> None:
    """As soon as it is known how much was sent, and after that was deleted, too."""
    ledger = half_year.ledger
    for week in range(20):
        half_year.of(7 * week, *names(f"{tenant}usual{week}", "gmx.de", 12))
        mail_campaign(ledger, 7 * week, "weekly", 1000, tenant)
    mail_campaign(ledger, 140, "another", 100_000, "(b)")
    if not is_late:
        mail_campaign(ledger, 146, "spring", 10_000, tenant)
    ledger.take([item(9000 + n, 147, event) for n, event in enumerate(texts("camp", 6, tenant))])
    opened = [row["name"] for row in queries.incidents(ledger._db) if row["dimension"] == "campaign"]
    assert opened == (["spring"] if is_late else [])
    if is_late:
        mail_campaign(ledger, 146, "spring", 10_000, tenant)
        clock[0] = 149
        assert (False, "spring") in settle(ledger)
    assert suppressed(ledger, f"{tenant}camp0") == 60
    clock[0] = 700
    ledger.upkeep.forget(timedelta(days=400))
    ledger.adopt(replace(AT_ONCE, max_gap=timedelta(days=99)))
    assert suppressed(ledger, f"{tenant}camp0") == 60


def test_that_more_of_a_list_fails_is_one_of_any_size(half_year: Reports) -> None:
    for week in range(20):
        mail_campaign(half_year.ledger, 7 * week, "weekly", 1000)
    mail_campaign(half_year.ledger, 146, "spring", 1000)
    half_year.ledger.take([item(9000 + n, 147, event) for n, event in enumerate(texts("camp", 6))])
    assert suppressed(half_year.ledger, "camp0") == 0


CAREFUL = replace(AT_ONCE, count=dict.fromkeys(COUNTED_KINDS, "plausible"))


def test_a_crowd_that_somebody_makes_up_holds_nothing_of_others() -> None:
    with Ledger(":memory:", CAREFUL, dry_run=True) as ledger:
        reports = Reports(ledger)
        reports.weeks(0, 20, trust="plausible", source="mail.example.org")
        reports.of(90, *names("patient", "gmail.com", 3), trust="plausible", source="198.51.100.66")
        reports.of(140, *names("forged", "gmail.com", 300), trust="plausible", source="198.51.100.66")
        reports.of(140, *names("real", "gmail.com", 6), trust="plausible", source="mail.example.org")
        reports.of(140, *names("proved", "gmail.com", 6), trust="verified", source="198.51.100.66")
        reports.of(140, *names("nothing", "yahoo.com", 300), trust="unverified", source="198.51.100.66")
        assert (suppressed(ledger, "real"), suppressed(ledger, "proved"), suppressed(ledger, "forged")) == (6, 6, 0)
        assert listed(ledger) == [("open", "provider", "google", 300, 300)]


def test_what_is_proved_holds_what_is_only_plausible() -> None:
    with Ledger(":memory:", CAREFUL, dry_run=True) as ledger:
        reports = Reports(ledger)
        reports.weeks(0, 20, trust="verified")
        reports.of(140, *names("real", "gmail.com", 100), trust="verified")
        reports.of(140, *names("some", "gmail.com", 5), trust="plausible")
        assert (suppressed(ledger, "real"), suppressed(ledger, "some")) == (0, 0)


def test_judged_by_other_tables_it_is_none(ledger: Ledger, reports: Reports) -> None:
    reports.of(140, *names("out", "gmail.com", 200))
    assert len(listed(ledger)) == 1

    def verdict(event: Event) -> Verdict | None:
        return Verdict("policy", "block", "", "", "text: policy") if event.address.startswith("out") else None

    receipts = list(ledger.reclassify(Judge("x", "x", verdict)))
    assert [change.is_open for receipt in receipts for change in receipt.incidents] == [False]
    assert (listed(ledger), suppressed(ledger, "out")) == ([], 0)


def test_without_the_guard_all_count() -> None:
    with Ledger(":memory:", replace(AT_ONCE, incidents=IncidentLimits(addresses=0)), dry_run=True) as ledger:
        reports = Reports(ledger)
        reports.weeks(0, 20)
        reports.of(140, *names("out", "gmail.com", 200))
        assert (suppressed(ledger, "out"), listed(ledger)) == (200, [])
        ledger.adopt(AT_ONCE)
        assert (suppressed(ledger, "out"), len(listed(ledger))) == (0, 1)


def test_what_an_incident_holds_is_kept(ledger: Ledger, reports: Reports, tmp_path: Path) -> None:
    reports.of(140, *names("out", "gmail.com", 200))
    ledger.upkeep.drop_held(timedelta(0))
    ledger.write(lambda db: db.execute("UPDATE doubt_rows SET since = '2020-01-01'"))
    assert ledger.upkeep.drop_held(timedelta(0)) == 0


SMALL = replace(CAREFUL, incidents=IncidentLimits(3, 2, timedelta(days=2), timedelta(days=4)), addresses_per_message=0)

#: In which hour of which domain all fail.
outages = st.lists(st.tuples(st.sampled_from(["a.test", "b.test"]), st.sampled_from([72, 73, 97])), max_size=2)

reported = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.sampled_from(["a.test", "b.test"]),
        st.sampled_from([0, 1, 2, 24, 25, 72, 73, 74, 96, 97, 100, 120, 121, 144, 168, 300, 301]),
        st.sampled_from(["hard", "hard", "soft", "block"]),
        st.sampled_from(["verified", "plausible", "plausible", "unverified"]),
        st.sampled_from(["", "192.0.2.1"]),
        st.sampled_from(["", "spring"]),
    ),
    max_size=40,
)


def reports_of(facts: Sequence[tuple[Any, ...]]) -> list[Item]:
    items = []
    for number, (name, domain, hour, class_, trust, source, campaign) in enumerate(facts):
        reason = {"hard": "user_unknown", "soft": "unreachable", "block": "policy"}[class_]
        event = Event(f"{name}@{domain}", "bounce", "failed", class_, reason, trust=trust, source=source)
        items.append(item(number, hour / 24, replace(event, campaign=campaign, diagnostic_code=f"550 {class_} no")))
    return items


def earlier(copied: Item) -> Item:
    """A copy that arrived a day before."""
    return replace(copied, message=replace(copied.message, arrived_at=copied.message.arrived_at - timedelta(days=1)))


DERIVED = (
    "SELECT * FROM failure_counts",
    "SELECT incident_spans.unit, name, since, found, latest, until FROM incident_spans JOIN failure_units USING (unit)",
    "SELECT unit, since, until FROM suspected_spans",
    "SELECT doubts.address, happened_at, reason, trust, why FROM doubts JOIN events ON events.id = event",
    "SELECT address, scope, cause, since FROM suppressions",
)


def derived(ledger: Ledger) -> list[Any]:
    return [sorted(ledger._db.execute(sql).fetchall(), key=repr) for sql in DERIVED]


#: Messages to many of these addresses, who took them if no report says otherwise.
mailed = st.lists(
    st.tuples(
        st.integers(1, 8),
        st.sampled_from(["a.test", "b.test"]),
        st.sampled_from([24, 49, 72, 97, 122, 124, 146, 170]),
        st.sampled_from(["sends", "log", "report"]),
    ),
    max_size=5,
)


def deliveries_of(facts: Sequence[tuple[Any, ...]]) -> list[Item | tuple[str, str, float]]:
    """Success DSNs, and what the sender's records have: the address, where, and the day."""
    result: list[Item | tuple[str, str, float]] = []
    for number, (addresses, domain, hour, where) in enumerate(facts):
        for n in range(addresses):
            address, day = f"{n}@{domain}", hour / 24
            event = Event(address, "other", "delivered", trust="verified")
            result.append(item(5000 + 10 * number + n, day, event) if where == "report" else (address, where, day))
    return result


def happen(ledger: Ledger, facts: Sequence[Item | tuple[str, str, float]]) -> None:
    ledger.take([it for it in facts if isinstance(it, Item)])
    for address, where, day in (it for it in facts if not isinstance(it, Item)):
        if where == "sends":
            send(ledger, day, address)
        else:
            ledger.write(partial(record, kind="sent", day=day, addresses=[address]))


def settled(ledger: Ledger, clock: list[float], day: float) -> None:
    clock[0] = day
    for _ in ledger.settle():
        pass


#: The day on which all of it is settled.
END = 20_000.0

DERIVED_TABLES = (
    "suppressions",
    "doubts",
    "meta",
    "failure_counts",
    "incident_rows",
    "incident_spans",
    "suspected_spans",
    "answered_days",
)


@pytest.mark.timeout(600)
@settings(max_examples=40, deadline=None)
@given(
    reported,
    outages,
    mailed,
    st.lists(st.integers(0, 39), max_size=6),
    st.randoms(use_true_random=False),
    st.integers(1, 9),
    st.sampled_from([0, 1, 40]),
)
def test_any_order_any_batches_and_a_replay_come_to_the_same(
    facts: Any, outages: Any, taken: Any, copied: Any, random: Any, size: int, pause: int
) -> None:
    """Copies too, of which the earliest date counts, and what was delivered, however late that is known."""
    down = [(n, domain, hour, "hard", "verified", "", "") for domain, hour in outages for n in range(8)]
    items = reports_of([*facts, *down])
    items += [earlier(items[number]) for number in copied if number < len(items)]
    shuffled = [*items, *deliveries_of(taken)]
    random.shuffle(shuffled)
    clock = [20.0]
    open_ = partial(Ledger, ":memory:", SMALL, dry_run=True, clock=lambda: DAY0 + timedelta(days=clock[0]))
    with open_() as one, open_() as two:
        happen(one, [*items, *deliveries_of(taken)])
        settled(one, clock, END)
        for number, start in enumerate(range(0, len(shuffled), size)):
            happen(two, shuffled[start : start + size])
            settled(two, clock, 20 + number * pause)
        settled(two, clock, END)
        expected = derived(one)
        assert derived(two) == expected
        for table in DERIVED_TABLES:
            two._db.execute(f"DELETE FROM {table}")
        two.adopt(SMALL)
        settled(two, clock, END)
        assert derived(two) == expected


#: So many weeks later, and whether it is known only when all else is.
when = st.tuples(st.sampled_from([0, 0, 2, 3, 5, 9, 14, 15, 28]), st.sampled_from([False, False, True]))

#: Where many addresses fail in an hour.
crashes = st.builds(
    lambda domain, hour, most: [(n, domain, hour, "hard", "verified", "", "spring") for n in range(most)],
    *(st.sampled_from(["a.test", "b.test"]), st.sampled_from([72, 73, 97]), st.integers(2, 8)),
)


def spread(groups: Sequence[Any]) -> list[tuple[Any, bool]]:
    """The facts of groups, so many weeks later, and whether they come late."""
    return [
        ((*fact[:2], fact[2] + 168 * week, *fact[3:]), is_late) for facts, (week, is_late) in groups for fact in facts
    ]


def day_of(fact: Item | tuple[str, str, float]) -> float:
    return fact[2] if isinstance(fact, tuple) else (fact.message.arrived_at - DAY0) / timedelta(days=1)


def in_time_and_at_once(failing: Any, mailed: Any = (), copied: Sequence[int] = (), size: int = 10) -> list[list[Any]]:
    """What is derived from reports and deliveries, by batches in time and those that are late; and from all at once.

    Counts, incidents and what they hold; whom deliveries prove alive is judged elsewhere.
    """
    reports, records = spread(failing), spread(mailed)
    items = reports_of([fact for fact, _ in reports])
    lateness = [is_late for _, is_late in reports] + [is_late for fact, is_late in records for _ in range(fact[0])]
    everything = [*items, *deliveries_of([fact for fact, _ in records])]
    in_time = sorted((it for it, is_late in zip(everything, lateness, strict=True) if not is_late), key=day_of)
    late = [it for it, is_late in zip(everything, lateness, strict=True) if is_late]
    late += [earlier(items[number]) for number in copied if number < len(items)]
    clock = [END]
    open_ = partial(Ledger, ":memory:", SMALL, dry_run=True, clock=lambda: DAY0 + timedelta(days=clock[0]))
    with open_() as one, open_() as two:
        happen(one, [*in_time, *late])
        settled(one, clock, END)
        for batch in (in_time[start : start + size] for start in range(0, len(in_time), size)):
            happen(two, batch)
            settled(two, clock, day_of(batch[-1]) + 3)
        for start in range(0, len(late), size):
            happen(two, late[start : start + size])
        settled(two, clock, END)
        return [derived(two)[:-1], derived(one)[:-1]]


@pytest.mark.timeout(600)
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(crashes, crashes, reported), when), min_size=3, max_size=9),
    st.lists(st.tuples(mailed, when), max_size=4),
    st.lists(st.integers(0, 79), max_size=4),
    st.integers(1, 12),
)
def test_what_comes_after_months_is_searched_for_from_before_it(
    failing: Any, mailed: Any, copied: list[int], size: int
) -> None:
    """Most of it comes in time, so that searches begin late; the rest when all else is known."""
    in_time, at_once = in_time_and_at_once(failing, mailed, copied, size)
    assert in_time == at_once


def reports_at(hour: int, *domains: str, class_: str = "hard", campaign: str = "") -> list[tuple[Any, ...]]:
    """Facts: a report about another address for each of ``domains``."""
    return [(n, domain, hour, class_, "verified", "", campaign) for n, domain in enumerate(domains)]


NOW = (0, False)

#: What happens, what takes mail, and which units have incidents by that.
SEARCHED_AGAIN: dict[str, tuple[Any, Any, list[str]]] = {
    "a provider took mail between what lasted too long": (
        [
            (reports_at(73, *["b.test"] * 7), (2, False)),
            (reports_at(72, *["a.test"] * 5), (5, False)),
            (reports_at(72, *["a.test"] * 3), (15, False)),
        ],
        [([(4, "a.test", 170, "report")], (5, True))],
        ["a.test", "a.test"],
    ),
    "others fail besides a text": (
        [
            (reports_at(0, *["a.test", "b.test"] * 3, class_="soft"), NOW),
            (reports_at(72, *["a.test", "b.test"] * 2), NOW),
            (reports_at(72, "b.test", "a.test", class_="soft"), NOW),
        ],
        [],
        ["hard no"],
    ),
    "others fail besides what a provider explains": (
        [
            (reports_at(0, "b.test"), NOW),
            (reports_at(72, *["a.test"] * 9, campaign="spring"), NOW),
            (reports_at(72, *["b.test", "c.test", "d.test"] * 2, class_="soft"), NOW),
        ],
        [],
        ["a.test", "spring"],
    ),
}


@pytest.mark.parametrize(("failing", "mailed", "units"), SEARCHED_AGAIN.values(), ids=SEARCHED_AGAIN)
def test_units_that_did_not_change_are_searched_again(failing: Any, mailed: Any, units: list[str]) -> None:
    """When something else makes an incident of what they have, or none."""
    in_time, at_once = in_time_and_at_once(failing, mailed)
    assert sorted(name for _, name, *_ in at_once[1]) == units
    assert in_time == at_once


def starts(ledger: Ledger, dimension: str) -> list[float]:
    """The days from DAY0 at which searches for incidents of a dimension begin, or may for changes before that."""
    sql = "SELECT at * 3600 FROM search_starts JOIN failure_units USING (unit) WHERE dimension = ? ORDER BY at"
    return [at / 86400 - DAY0.timestamp() // 86400 for (at,) in ledger._db.execute(sql, [dimension])]


def test_mail_that_is_known_to_be_taken_is_searched_for_from_that_day(outage: Reports, clock: list[float]) -> None:
    outage.weeks(21, 25)
    clock[0] = 180
    settle(outage.ledger)
    assert (state(outage.ledger), max(starts(outage.ledger, "provider"))) == ([("settled", 147)], 161)
    send(outage.ledger, 141.2, *names("list", "gmail.com", 20))
    assert (settle(outage.ledger), state(outage.ledger)) == ([], [("settled", 141)])


def test_an_outage_that_is_known_after_months_is_one(outage: Reports, clock: list[float]) -> None:
    outage.weeks(21, 25)
    clock[0] = 180
    settle(outage.ledger)
    assert (state(outage.ledger), max(starts(outage.ledger, "provider"))) == ([("settled", 147)], 161)
    outage.of(119, *names("late", "gmail.com", 200))
    assert suppressed(outage.ledger, "late") == 0
    assert sorted(state(outage.ledger)) == [("settled", 126), ("settled", 147)]


def test_what_an_incident_explained_is_searched_for_from_that_day(outage: Reports, clock: list[float]) -> None:
    """When it was over sooner, the failures after that are of a text."""
    outage.of(142, *names("text", "gmail.com", 22), *names("text", "gmx.de", 4), diagnostic_code="550 other words")
    outage.weeks(21, 27)
    outage.of(189, *names("other", "yahoo.com", 200))
    clock[0] = 200
    settle(outage.ledger)
    assert [row[1:3] for row in listed(outage.ledger)] == [("provider", "yahoo"), ("provider", "google")]
    assert max(starts(outage.ledger, "text")) == 182
    send(outage.ledger, 141.2, *names("list", "gmail.com", 20))
    settle(outage.ledger)
    assert ("text", "other words") in [row[1:3] for row in listed(outage.ledger)]


def test_a_campaign_that_names_an_erased_address_goes(half_year: Reports) -> None:
    """So does what was known with it: its incident explained failures of others."""
    ledger = half_year.ledger
    events = [replace(event, campaign="for anna@gmx.de") for event in texts("camp", 6)]
    ledger.take([item(9000 + n, 140, event) for n, event in enumerate(events)])
    half_year.weeks(21, 25)
    assert [row["name"] for row in queries.incidents(ledger._db)] == ["for anna@gmx.de"]
    assert starts(ledger, "campaign")
    ledger.erasure.erase("anna@gmx.de", "+")
    counted = "SELECT (SELECT count(*) FROM campaign_sizes), (SELECT count(*) FROM search_starts)"
    assert (listed(ledger), ledger._db.execute(counted).fetchall()) == ([], [(0, 0)])


ONE = replace(AT_ONCE, incidents=IncidentLimits(addresses=1))


def steps(ledger: Ledger, action: Callable[[], object]) -> int:
    """How many instructions SQLite executes for it."""
    executed = [0]

    def count() -> int:
        executed[0] += 1
        return 0

    ledger._db.conn.set_progress_handler(count, 1)
    action()
    ledger._db.conn.set_progress_handler(None, 1)
    return executed[0]


def test_what_a_report_costs_depends_on_no_history() -> None:
    """The counts of the last days are read, whether there are weeks of them, or a year; at first none is."""
    with Ledger(":memory:", ONE, dry_run=True) as ledger:
        reports = Reports(ledger)
        costs = [steps(ledger, partial(reports.of, day, f"{day}@gmail.com", f"{day}@yahoo.com")) for day in range(365)]
    assert max(costs[350:]) <= 1.05 * max(costs[35:50])
    assert min(costs[35:50]) > costs[20]
