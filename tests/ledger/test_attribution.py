"""Whom the sender's own tables charge, at once and later, and whom a forged report can't make them charge."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from bounced.ledger import attribution
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Policy

OURS = ("seed@news.our.test", "joe+seed@rcpt.test")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
RECIPIENT = "INSERT INTO recipients (id, address) VALUES (?, ?)"

SENT = (
    "INSERT INTO sends (message_id, address, campaign, stream, sending_domain) VALUES (?, ?, 'C', 'news', 'Our.test')"
)
FIELDS = ("address", "trust", "charged_by", "evidence", "campaign", "stream", "sending_domain")


def complaint(address: str = "", **fields: Any) -> Event:
    return Event(address, "complaint", feedback_type="abuse", **fields)


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, Policy(), clock=lambda: NOW) as opened:
        yield opened


def take(ledger: Ledger, *events: Event) -> Receipt:
    origin = Origin("file:/x", "1.eml")
    number = ledger.write(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0])
    message = RawMessage(origin, NOW, b"content", 7)
    return ledger.take([Item(message, f"{number:064x}", Parsed(events[0].kind, "arf", "", events))])


def as_sender(path: str, sql: str, *rows: tuple[str, ...]) -> None:
    """Writes as the sender's program does: by SQL, in a connection of its own, all rows in one transaction."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(sql, rows)


def found(path: str, *names: str) -> list[dict[str, Any]]:
    """The events, the oldest first."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM events_view ORDER BY id").fetchall()
    return [{name: row[name] for name in names or FIELDS} for row in rows]


def test_a_message_to_one_names_its_address(ledger: Ledger, path: str) -> None:
    as_sender(path, SENT, ("1@our.test", "anna@rcpt.test"))
    take(ledger, complaint(original_message_id="1@our.test"))
    assert found(path) == [
        {
            "address": "anna@rcpt.test",
            "trust": "verified",
            "charged_by": "sends",
            "evidence": "sent table",
            "campaign": "C",
            "stream": "news",
            "sending_domain": "our.test",
        }
    ]


def test_the_token_is_charged_and_the_reported_recipient_is_kept(ledger: Ledger, path: str) -> None:
    as_sender(path, SENT, ("1@our.test", "anna@rcpt.test"))
    forwarded = Event(
        "anna@elsewhere.test", "bounce", "failed", "hard", "user_unknown", final_recipient="anna@elsewhere.test",
        original_message_id="1@our.test", campaign="as the header says", charged_by="final-recipient",
    )  # fmt: skip
    receipt = take(ledger, forwarded)
    assert [tuple(row.values()) for row in found(path, "address", "final_recipient", "campaign")] == [
        ("anna@rcpt.test", "anna@elsewhere.test", "C")
    ]
    [item] = receipt.items
    assert item.parsed is not None
    assert [event.address for event in item.parsed.events] == ["anna@rcpt.test"]


def test_a_verified_token_stands(ledger: Ledger, path: str) -> None:
    as_sender(path, SENT, ("1@our.test", "anna@rcpt.test"))
    known = {"original_message_id": "1@our.test", "charged_by": "token", "evidence": "token k1"}
    take(ledger, complaint("ben@rcpt.test", trust="verified", **known))
    take(ledger, complaint("ben@rcpt.test", trust="unverified", **known))
    assert [row["address"] for row in found(path)] == ["ben@rcpt.test", "anna@rcpt.test"]


def test_a_recipient_of_a_bulk_message_cannot_charge_others(ledger: Ledger, path: str) -> None:
    as_sender(path, SENT, ("list@our.test", "anna@rcpt.test"), ("list@our.test", "ben@rcpt.test"))
    known = {"original_message_id": "list@our.test", "trust": "verified", "evidence": "DKIM our.test"}
    for address in ("ben@rcpt.test", "victim@rcpt.test", ""):
        take(ledger, complaint(address, **known))
    assert found(path, "address", "trust", "evidence", "campaign") == [
        {
            "address": "ben@rcpt.test",
            "trust": "plausible",
            "evidence": "DKIM our.test; sent table: one message to many",
            "campaign": "C",
        },
        {
            "address": "victim@rcpt.test",
            "trust": "unverified",
            "evidence": "DKIM our.test; sent table: that message went to others",
            "campaign": "",
        },
        {"address": "", "trust": "verified", "evidence": "DKIM our.test", "campaign": ""},
    ]


def test_a_report_about_several_recipients_confirms_only_whom_it_was_sent_to(ledger: Ledger, path: str) -> None:
    as_sender(path, SENT, ("1@our.test", "anna@rcpt.test"))
    names = ("anna@rcpt.test", "victim@rcpt.test", "")
    take(ledger, *(complaint(name, original_message_id="1@our.test", trust="plausible") for name in names))
    assert [(row["address"], row["trust"]) for row in found(path)] == [
        ("anna@rcpt.test", "verified"),
        ("victim@rcpt.test", "unverified"),
        ("", "plausible"),
    ]


@pytest.mark.parametrize("message_id", ["", "nobody-sent-that@our.test"])
def test_what_is_not_in_the_table_stays_as_it_was(message_id: str, ledger: Ledger, path: str) -> None:
    as_sender(path, SENT, ("1@our.test", "anna@rcpt.test"))
    take(ledger, complaint("ben@rcpt.test", original_message_id=message_id, trust="plausible", evidence="From"))
    assert found(path, "address", "trust", "evidence") == [
        {"address": "ben@rcpt.test", "trust": "plausible", "evidence": "From"}
    ]


def test_a_recipient_id_is_looked_up_and_is_as_good_as_what_carried_it(ledger: Ledger, path: str) -> None:
    as_sender(path, RECIPIENT, ("4711", "anna@rcpt.test"))
    take(ledger, complaint(recipient_id="4711", trust="verified", charged_by="token", evidence="token k1"))
    take(ledger, complaint("someone@rcpt.test", recipient_id="4711"))
    take(ledger, complaint("someone@rcpt.test", recipient_id="4712"))
    names = ("address", "trust", "charged_by", "evidence")
    assert [tuple(row.values()) for row in found(path, *names)] == [
        ("anna@rcpt.test", "verified", "recipient-id", "token k1; recipients table"),
        ("anna@rcpt.test", "unverified", "recipient-id", "recipients table"),
        ("someone@rcpt.test", "unverified", "", ""),
    ]


def test_the_id_in_a_verified_token_stands_too(ledger: Ledger, path: str) -> None:
    as_sender(path, SENT, ("list@our.test", "anna@rcpt.test"), ("list@our.test", "ben@rcpt.test"))
    as_sender(path, RECIPIENT, ("1", "anna@rcpt.test"), ("2", "carl@rcpt.test"))
    take_tokens_and_signatures(ledger)
    assert [(row["address"], row["trust"]) for row in found(path)] == BY_TOKEN_AND_SIGNATURE


def test_the_id_of_a_verified_token_holds_when_imported_later(ledger: Ledger, path: str) -> None:
    take_tokens_and_signatures(ledger)
    assert {row["address"] for row in found(path)} == {""}
    as_sender(path, SENT, ("list@our.test", "anna@rcpt.test"), ("list@our.test", "ben@rcpt.test"))
    as_sender(path, RECIPIENT, ("1", "anna@rcpt.test"), ("2", "carl@rcpt.test"))
    assert len(list(ledger.attribute())) == 1
    assert [
        (row["address"], row["trust"]) for row in sorted(found(path, "id", *FIELDS), key=lambda row: row["id"])
    ] == (BY_TOKEN_AND_SIGNATURE)


BY_TOKEN_AND_SIGNATURE = [
    ("anna@rcpt.test", "verified"),
    ("anna@rcpt.test", "plausible"),
    ("carl@rcpt.test", "verified"),
    ("carl@rcpt.test", "unverified"),
]


def take_tokens_and_signatures(ledger: Ledger) -> None:
    """Of two recipients, whom the ids name, a report with a token and one that returns a signed message.

    What the evidence says of them, for people, decides nothing.
    """
    for number in ("1", "2"):
        known = {"recipient_id": number, "original_message_id": "list@our.test", "trust": "verified"}
        take(ledger, complaint(charged_by="token", evidence="signed with key k1", **known))
        take(ledger, complaint(evidence="token-like signature", **known))


def test_a_complaint_that_names_nobody_is_attributed_when_the_tables_learn_the_id(ledger: Ledger, path: str) -> None:
    take(ledger, complaint(original_message_id="1@our.test"))
    take(ledger, complaint(recipient_id="4711", trust="plausible", campaign="kept"))
    take(ledger, complaint())
    assert list(ledger.attribute()) == []
    as_sender(path, SENT, ("1@our.test", "anna@rcpt.test"), ("2@our.test", "ben@rcpt.test"))
    as_sender(path, RECIPIENT, ("4711", "carl@rcpt.test"))
    [receipt] = ledger.attribute()
    assert [(one.event, one.address) for one in receipt.attributed] == [(1, "anna@rcpt.test"), (2, "carl@rcpt.test")]
    assert [tuple(row.values()) for row in found(path, "address", "trust", "campaign")] == [
        ("anna@rcpt.test", "verified", "C"),
        ("carl@rcpt.test", "plausible", "kept"),
        ("", "unverified", ""),
    ]
    assert list(ledger.attribute()) == []
    with closing(sqlite3.connect(path)) as connection:
        suppressed = connection.execute("SELECT address, scope FROM suppressed").fetchall()
    assert suppressed == [("anna@rcpt.test", "marketing"), ("carl@rcpt.test", "marketing")]
    assert {address for address, _ in receipt.started} == {"anna@rcpt.test", "carl@rcpt.test"}


def test_an_unsigned_id_redirects_no_verified_report(ledger: Ledger, path: str) -> None:
    as_sender(path, RECIPIENT, ("4711", "victim@rcpt.test"))
    signed = {"evidence": "DKIM of our.test, To signed", "charged_by": "to"}
    take(ledger, complaint("forger@rcpt.test", trust="verified", recipient_id="4711", **signed))
    assert [(row["address"], row["charged_by"]) for row in found(path)] == [("forger@rcpt.test", "to")]


def test_the_tables_charge_nobody_of_our_own(path: str) -> None:
    with Ledger(path, Policy(own=("our.test", "joe@rcpt.test"))) as ledger:
        take(ledger, complaint(original_message_id="3@our.test"))
        as_sender(path, SENT, *((f"{n}@our.test", who) for n, who in enumerate(OURS, 1)), ("3@our.test", OURS[0]))
        as_sender(path, RECIPIENT, ("4711", "joe@rcpt.test"))
        take(ledger, complaint("victim@rcpt.test", original_message_id="1@our.test", charged_by="final-recipient"))
        take(ledger, complaint(original_message_id="2@our.test"))
        take(ledger, complaint(recipient_id="4711"))
        assert [receipt.attributed for receipt in ledger.attribute()] == [()]
    assert {tuple(row.values()) for row in found(path, "address", "charged_by")} == {("", "")}


def test_an_event_is_attributed_once(ledger: Ledger, path: str) -> None:
    take(ledger, complaint(original_message_id="1@our.test", recipient_id="4711"))
    as_sender(path, RECIPIENT, ("4711", "anna@rcpt.test"))
    assert len(list(ledger.attribute())) == 1
    as_sender(path, SENT, ("1@our.test", "ben@rcpt.test"))
    assert list(ledger.attribute()) == []
    assert [row["address"] for row in found(path)] == ["anna@rcpt.test"]


def test_a_message_to_many_names_nobody_later_either(ledger: Ledger, path: str) -> None:
    take(ledger, complaint(original_message_id="list@our.test"))
    as_sender(path, SENT, ("list@our.test", "anna@rcpt.test"), ("list@our.test", "ben@rcpt.test"))
    assert [receipt.attributed for receipt in ledger.attribute()] == [()]
    assert list(ledger.attribute()) == []


def test_further_recipients_of_a_message_to_many_cost_nothing(ledger: Ledger, path: str) -> None:
    take(ledger, *(complaint(original_message_id="list@our.test") for _ in range(3)))
    as_sender(path, SENT, ("list@our.test", "anna@rcpt.test"), ("list@our.test", "ben@rcpt.test"))
    assert [receipt.attributed for receipt in ledger.attribute()] == [()]
    as_sender(path, SENT, *(("list@our.test", f"{n}@rcpt.test") for n in range(3)))
    assert list(ledger.attribute()) == []


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (SENT, ("2@our.test", "ben@rcpt.test")),
        (RECIPIENT, ("x", "b@c.test")),
    ],
)
def test_a_row_costs_the_same_however_many_were_attributed(
    sql: str, values: tuple[str, ...], ledger: Ledger, path: str
) -> None:
    before = steps(path, sql, values)
    take(ledger, *(complaint(recipient_id=f"r{n}") for n in range(100)))
    as_sender(path, RECIPIENT, *((f"r{n}", f"{n}@rcpt.test") for n in range(100)))
    assert sum(len(receipt.attributed) for receipt in ledger.attribute()) == 100
    assert steps(path, sql, values) < before + 50


def steps(path: str, sql: str, values: tuple[str, ...]) -> int:
    """The instructions that SQLite takes to write a row, which is not kept."""
    taken = iter(range(1_000_000))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT count(*) FROM sends")
        connection.set_progress_handler(lambda: next(taken) < 0, 1)
        connection.execute(sql, values)
        connection.set_progress_handler(None, 1)
        connection.rollback()
    return next(taken)


def test_the_mail_stays_among_those_that_were_not_understood(ledger: Ledger, path: str) -> None:
    take(ledger, complaint(original_message_id="1@our.test"))
    as_sender(path, SENT, ("1@our.test", "anna@rcpt.test"))
    assert len(list(ledger.attribute())) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT recognized FROM messages").fetchall() == [(0,)]


@pytest.mark.parametrize("column", ["address", "campaign"])
def test_the_view_finds_attributed_events_by_index(column: str, ledger: Ledger, path: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM events_view WHERE {column} = 'x'").fetchall()
    said = " ".join(row[3] for row in plan)
    assert f"SEARCH event_rows USING INDEX events_by_{column}" in said
    assert "SCAN event_rows" not in said


@pytest.mark.parametrize(
    ("message_id", "address"),
    [
        ("<1@our.test>", "a@b.test"),
        ("", "a@b.test"),
        ("1@our.test", "Anna@b.test"),
        ("1@our.test", "anna"),
        ("1@our.test", "a b@c.test"),
        ("1@our.test", "a@bücher.test"),
    ],
)
def test_rows_that_would_match_nothing_are_refused(message_id: str, address: str, ledger: Ledger, path: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
        as_sender(path, SENT, (message_id, address))


@pytest.mark.parametrize("verb", ["INSERT OR IGNORE", "INSERT OR REPLACE", "INSERT OR ABORT"])
def test_the_sender_may_write_a_row_in_any_way(verb: str, ledger: Ledger, path: str) -> None:
    take(ledger, complaint(original_message_id="list@our.test"))
    as_sender(path, SENT.replace("INSERT", verb), *(("list@our.test", f"{n}@rcpt.test") for n in range(3)))
    if verb != "INSERT OR ABORT":
        as_sender(path, SENT.replace("INSERT", verb), ("list@our.test", "1@rcpt.test"))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT event FROM attributable").fetchall() == [(1,)]
        volume = connection.execute("SELECT dimension, name, origin, sent FROM volume ORDER BY dimension").fetchall()
    assert volume == [
        ("campaign", "C", "sends", 3),
        ("provider", "rcpt.test", "sends", 3),
        ("sending_domain", "our.test", "sends", 3),
    ]


def test_what_waits_is_found_without_reading_all_events(ledger: Ledger, path: str) -> None:
    take(ledger, *(complaint(recipient_id=str(n)) for n in range(3)))
    with closing(sqlite3.connect(path)) as connection:
        plan = [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {attribution.ATTRIBUTABLE}", [1])]
    assert "SCAN attributable" in plan
    assert "SCAN event_rows" not in plan
