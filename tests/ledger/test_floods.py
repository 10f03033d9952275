"""A crowd of reports about one message takes nothing back and uses up nobody else's number (F2, B1 to B3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item
from bounced.policy import Limit, Policy
from bounced.sent import volume
from tests.support.ledger import DAY0, NOW, failed, item, rows, suppressed

POLICY = Policy(
    {**Policy().limits, "hard": Limit(1, 0)},
    count={"bounce": "plausible", "complaint": "plausible"},
    addresses_per_message=3,
)

HELD = "held: reports about one message name more than 3 addresses"


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, POLICY, clock=lambda: NOW) as opened:
        yield opened


def about(address: str, **fields: Any) -> Event:
    known: Any = {"trust": "plausible", "original_message_id": "news@s", "source": "192.0.2.1"}
    return replace(failed(address, **known), **fields)


def crowd(number: int, **fields: Any) -> Item:
    """One mail that names ten made-up addresses."""
    return item(number, 1, *(about(f"{number}-{n}@evil.test", **fields) for n in range(10)))


def counted(path: str) -> list[str]:
    return [address for address, *_ in suppressed(path)]


def sends(ledger: Ledger, *addresses: str) -> None:
    sql = "INSERT INTO sends (message_id, address) VALUES ('news@s', ?)"
    ledger.write(lambda db: db.conn.executemany(sql, [(address,) for address in addresses]))


GENUINE = ["a@b.test", "c@d.test"]


@pytest.mark.parametrize("trust", ["plausible", "unverified"])
def test_a_crowd_takes_nothing_back(trust: str, ledger: Ledger, path: str) -> None:
    """B1, B2: not the failures about the message, nor the complaints."""
    spam = Event("x@y.test", "complaint", feedback_type="abuse", trust="plausible", original_message_id="news@s")
    ledger.take([item(1, 0, *map(about, GENUINE)), item(2, 0, spam)])
    before = suppressed(path)
    assert len(before) == 3
    assert ledger.take([crowd(3, trust=trust)]).ended == ()
    assert set(before) <= set(suppressed(path))


def test_a_crowd_counts_up_to_the_number_and_the_rest_is_held(ledger: Ledger, path: str) -> None:
    receipt = ledger.take([crowd(1)])
    assert (len(receipt.started), receipt.held) == (3, 7)
    assert rows(path, "SELECT DISTINCT why FROM doubts") == [(HELD,)]
    assert len(ledger.take([crowd(1), item(2, 2, about("1-0@evil.test"))]).started) == 0
    assert rows(path, "SELECT count(*) FROM doubts") == [(7,)]


def test_an_event_held_by_a_flood_stays_held_until_accepted(ledger: Ledger, path: str) -> None:
    ledger.take([crowd(1)])
    ledger.adopt(replace(POLICY, addresses_per_message=100))
    ledger.adopt(POLICY)
    assert len(counted(path)) == 3
    [(event,)] = rows(path, "SELECT min(event) FROM doubts")
    assert len(ledger.decisions.accept([event], "seen").started) == 1


@pytest.mark.parametrize("source", ["198.51.100.7", ""])
def test_a_crowd_of_one_source_holds_nothing_that_another_brings(source: str, ledger: Ledger, path: str) -> None:
    """Who names three made-up addresses first can't hide the failures that others report."""
    ledger.take([crowd(1)])
    ledger.take([item(2, 2, *(about(address, source=source) for address in GENUINE))])
    assert set(GENUINE) <= set(counted(path))


@pytest.mark.parametrize(
    "fields",
    [
        {"trust": "unverified"},
        {"trust": "verified"},
        {"action": "delayed"},
        {"original_message_id": "other@s"},
        {"original_message_id": ""},
    ],
)
def test_what_does_not_count_by_itself_makes_no_crowd(fields: Any, ledger: Ledger, path: str) -> None:
    ledger.take([crowd(1, **fields)])
    ledger.take([item(2, 2, *map(about, GENUINE))])
    assert set(GENUINE) <= set(counted(path))


def test_what_came_to_the_wrong_mailbox_makes_no_crowd(ledger: Ledger, path: str) -> None:
    held = crowd(1)
    ledger.take([replace(held, message=replace(held.message, role="complaints"))])
    ledger.take([item(2, 2, *map(about, GENUINE))])
    assert counted(path) == GENUINE


def test_complaints_neither_make_a_crowd_nor_ask_about_it(ledger: Ledger, path: str) -> None:
    def spam(number: int) -> Event:
        claim: Any = {"trust": "plausible", "original_message_id": "news@s", "source": "192.0.2.1"}
        return Event(f"{number}@y.test", "complaint", feedback_type="abuse", **claim)

    ledger.take([item(n, 0, spam(n)) for n in range(5)])
    ledger.take([item(10, 0, *map(about, GENUINE))])
    assert set(GENUINE) <= set(counted(path))
    ledger.take([crowd(11), *(item(n, 2, spam(n)) for n in range(20, 25))])
    assert {f"{n}@y.test" for n in range(20, 25)} <= set(counted(path))


def test_to_whom_the_message_went_is_no_crowd(ledger: Ledger, path: str) -> None:
    """B3: made-up recipients beside them change nothing, before and after."""
    recipients = [f"{n}@rcpt.test" for n in range(8)]
    sends(ledger, *recipients)
    ledger.take([crowd(1), item(2, 0, *map(about, recipients[:4]))])
    ledger.take([crowd(3), item(4, 0, *map(about, recipients[4:]))])
    assert counted(path) == recipients


def test_events_that_are_attributed_later_are_asked_then(ledger: Ledger, path: str) -> None:
    ids = [f"47{n}" for n in range(10)]
    ledger.take([item(n, 0, about("", recipient_id=id_)) for n, id_ in enumerate(ids)])
    ledger.take([item(20, 0, about("late@b.test"))])
    assert counted(path) == ["late@b.test"]
    addresses = [(id_, f"{id_}@b.test") for id_ in ids]
    ledger.write(lambda db: db.conn.executemany("INSERT INTO recipients (id, address) VALUES (?, ?)", addresses))
    [receipt] = ledger.attribute()
    assert (len(receipt.started), receipt.held) == (2, 8)
    assert rows(path, "SELECT count(*), min(why) FROM doubts") == [(8, HELD)]


def test_without_trust_or_without_a_number_there_is_no_guard(path: str) -> None:
    for policy in (replace(POLICY, count={}), replace(POLICY, addresses_per_message=0)):
        with Ledger(":memory:", policy, dry_run=True) as ledger:
            assert len(ledger.take([crowd(1)]).started) == 10


def test_what_crowds_hold_is_append_only(ledger: Ledger, path: str) -> None:
    ledger.take([crowd(1)])
    for statement in ("UPDATE crowded SET why = ''", "DELETE FROM crowded"):
        with pytest.raises(Exception, match="append-only"):
            ledger.write(lambda db, sql=statement: db.execute(sql))  # type: ignore[misc]


NAMELESS_HELD = "held: reports without a Message-ID name more than 3 addresses in a day"


def test_mails_of_a_day_that_return_no_message_id_are_one_crowd(ledger: Ledger, path: str) -> None:
    receipt = ledger.take([crowd(n, original_message_id="") for n in range(3)])
    assert (len(receipt.started), receipt.held) == (3, 27)
    assert rows(path, "SELECT DISTINCT why FROM doubts") == [(NAMELESS_HELD,)]
    ledger.take([item(10, 2, about("next-day@b.test", original_message_id=""))])
    ledger.take([item(11, 1, about("elsewhere@b.test", original_message_id="", source="198.51.100.7"))])
    ledger.take([item(12, 1, about("named@b.test"), about("proved@b.test", original_message_id="", trust="verified"))])
    assert {f"{name}@b.test" for name in ("next-day", "elsewhere", "named", "proved")} <= set(counted(path))


def test_three_campaigns_of_made_up_addresses_suppress_no_more_than_the_number(path: str) -> None:
    """The default rule, three mails over sixteen days, none with a Message-ID."""
    policy = replace(Policy(), count=POLICY.count, addresses_per_message=3)
    made_up = [about(f"{n}@evil.test", original_message_id="") for n in range(10)]
    with Ledger(path, policy, clock=lambda: NOW) as ledger:
        ledger.take([item(n, day, *made_up) for n, day in enumerate((0, 8, 17))])
        assert len(counted(path)) == 3


def test_the_day_of_a_crowd_is_that_of_the_mailbox(ledger: Ledger, path: str) -> None:
    """A forger whose Received is the topmost one can't spread a crowd over a month; a migration may."""
    forged = [item(n, n, about(f"{n}@evil.test", original_message_id="")) for n in range(10)]
    stored = [replace(one, message=replace(one.message, stored_at=DAY0 + timedelta(days=40))) for one in forged]
    ledger.take(stored)
    assert len(counted(path)) == 3
    with Ledger(":memory:", replace(POLICY, migrated=True), dry_run=True) as migrated:
        assert len(migrated.take(stored).started) == 10


def test_to_whom_anything_went_lately_is_no_crowd(ledger: Ledger, path: str) -> None:
    """A relay that returns nothing of the message, and a campaign with more dead addresses than the number."""
    sent = [("0@rcpt.test", 0), *((f"{n}@rcpt.test", 5) for n in range(1, 8)), ("old@rcpt.test", 20)]
    mails = [(f"{n}@s", address, (DAY0 - timedelta(days=days)).isoformat()) for n, (address, days) in enumerate(sent)]
    sql = "INSERT INTO sends (message_id, address, sent_at) VALUES (?, ?, ?)"
    ledger.write(lambda db: db.conn.executemany(sql, mails))
    ledger.take([crowd(1, original_message_id="")])
    ledger.take([item(2, 1, *(about(address, original_message_id="") for address, _ in sent))])
    recipients = [address for address in counted(path) if address.endswith("rcpt.test")]
    assert recipients == [f"{n}@rcpt.test" for n in range(8)]


def test_nameless_events_that_are_attributed_later_are_one_crowd_of_their_day(ledger: Ledger, path: str) -> None:
    ledger.take([item(n, 0, about("", recipient_id=f"47{n}", original_message_id="")) for n in range(10)])
    addresses = [(f"47{n}", f"47{n}@b.test") for n in range(10)]
    ledger.write(lambda db: db.conn.executemany("INSERT INTO recipients (id, address) VALUES (?, ?)", addresses))
    [receipt] = ledger.attribute()
    assert (len(receipt.started), receipt.held) == (3, 7)
    assert rows(path, "SELECT DISTINCT why FROM doubts") == [(NAMELESS_HELD,)]


def test_a_crowd_has_the_addresses_that_were_not_known_before_too(ledger: Ledger, path: str) -> None:
    """Events that are attributed later, to addresses that no event was about."""
    ledger.take([item(n, 0, about("", recipient_id=f"47{n}", original_message_id=f"{n % 2}@s")) for n in range(4)])
    addresses = [(f"47{n}", f"47{n}@b.test") for n in range(4)]
    ledger.write(lambda db: db.conn.executemany("INSERT INTO recipients (id, address) VALUES (?, ?)", addresses))
    list(ledger.attribute())
    assert rows(path, "SELECT message_id, address FROM named ORDER BY address") == [
        (f"{n % 2}@s", f"47{n}@b.test") for n in range(4)
    ]


def test_dead_addresses_beyond_the_number_are_found_when_it_lasts(path: str) -> None:
    """1,100 dead on the one Message-ID of a program, in the small; the sender obeys nothing."""
    policy = replace(Policy(), count=POLICY.count, addresses_per_message=10)
    dead = [f"{n}@rcpt.test" for n in range(11)]
    with Ledger(path, policy, clock=lambda: NOW) as ledger:
        for week in range(6):
            ledger.take([item(100 * week + n, 7 * week, about(address)) for n, address in enumerate(dead)])
        assert counted(path) == sorted(dead)


@pytest.mark.parametrize(("sent", "expected"), [(0, 3), (40, 5), (400, 10)])
def test_a_crowd_may_be_a_share_of_what_was_sent(sent: int, expected: int, ledger: Ledger, path: str) -> None:
    day = (DAY0 + timedelta(days=1)).date().isoformat()
    ledger.write(lambda db: volume.add(db, {"provider": "evil.test"}, day, sent))
    ledger.take([crowd(1)])
    assert len(counted(path)) == expected


def test_an_address_that_gets_fifteen_alerts_a_day_is_found(path: str) -> None:
    """Held or not, one a day counts; with one Message-ID for all of them, with none, and with one each."""
    for name in ("alert@s", "", "{}@s"):
        policy = replace(Policy(), count=POLICY.count)
        alerts = [item(n, n / 15, about("oncall@b.test", original_message_id=name.format(n))) for n in range(15 * 40)]
        with Ledger(":memory:", policy, dry_run=True) as ledger:
            assert [address for address, _ in ledger.take(alerts).started] == ["oncall@b.test"], name


def test_what_was_known_of_sends_is_kept_with_the_event(path: str) -> None:
    """Rows of sends that come later, or are dropped, change nothing of what was recorded before."""
    policy = replace(POLICY, reports_per_address=3)
    reports = [item(n, 1 + n / 100, about("a@b.test", original_message_id=f"{n}@s")) for n in range(12)]
    held = "SELECT event FROM doubts ORDER BY event"
    with Ledger(path, policy, clock=lambda: NOW) as ledger:
        ledger.write(lambda db: db.execute("INSERT INTO sends (message_id, address) VALUES ('x@s', 'a@b.test')"))
        ledger.take(reports)
        before = rows(path, held)
        assert len(before) == 9
        more = [(f"y{n}@s", "a@b.test") for n in range(50)]
        ledger.write(lambda db: db.conn.executemany("INSERT INTO sends (message_id, address) VALUES (?, ?)", more))
        ledger.replay()
        assert rows(path, held) == before
        ledger.write(lambda db: db.execute("DELETE FROM sends"))
        ledger.replay()
        assert rows(path, held) == before
