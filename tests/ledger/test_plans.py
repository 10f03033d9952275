"""No question reads a whole table that grows with every report."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from bounced.ledger import (
    append,
    decisions,
    earlier,
    failure_counts,
    floods,
    history,
    incidents,
    outbox,
    queries,
    reclassify,
    spelled,
    storing,
    undo,
)
from bounced.ledger.in_force import AGAINST, ALLOWED, LISTED
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from bounced.sent import rates
from tests.support.ledger import failed, item

GROWING = (
    *("event_rows", "message_rows", "texts", "passages", "original_messages", "place_rows", "suppression_rows"),
    *("latest_outcome_rows", "doubt_rows", "states", "decisions", "sends"),
    *("addresses", "campaigns"),  # texts, by the names that the statements give them
)

QUESTIONS = {
    "the first suppressions": "SELECT * FROM suppressed ORDER BY since DESC, address, scope, cause LIMIT 20",
    "how many suppressions": queries.SUPPRESSIONS_IN_FORCE,
    "status": queries.COUNTS,
    "check": AGAINST,
    "whether there are patterns": LISTED,
    "what is on the allow list": ALLOWED,
    "suppressed spellings of mailboxes": spelled.SUPPRESSED,
    "listed spellings of mailboxes": spelled.LISTED,
    "a mailbox": "SELECT * FROM suppressed WHERE mailbox = 'kim@gmail.com'",
    "a mailbox of a tenant": "SELECT * FROM tenant_suppressed WHERE key_mailbox = '(acme)kim@gmail.com'",
    "a mailbox on the allow list": "SELECT * FROM allowed WHERE mailbox = 'kim@gmail.com'",
    "what was decided": history.DECISIONS,
    "whether there is an allow list": history.HAS_ALLOWED,
    "what was ever on the allow list": history.ALLOWED,
    "whether a message is known": "SELECT id FROM message_rows WHERE fingerprint = ?",
    "a copy of a notification": append.RECORDED_AS_NUMBER,
    "the history of an address": f"{history.OF_ADDRESS} ORDER BY counts_at",
    "events with numbers": history.OF_NUMBERS,
    "what there is about addresses": history.ABOUT,
    **{f"short histories, {number}": sql for number, sql in enumerate(history.OF_ADDRESSES)},
    "how many are stored of a day": storing.OF_DAY,
    "a crowd": floods.IN_CROWD,
    "the view by address": "SELECT * FROM events_view WHERE address = 'a@b.test'",
    "the view by number": "SELECT * FROM events_view WHERE id = 1",
    "the view by campaign": "SELECT * FROM events_view WHERE campaign = 'c'",
    "the suppressions of an address": "SELECT * FROM suppressed WHERE address = 'a@b.test'",
    "an address in Unicode": "SELECT * FROM suppressed WHERE address_unicode = 'a@b.test'",
    "events to be judged again": reclassify.EVENTS,
    "what a copy has happen earlier": earlier.EVENTS,
    "complaints": outbox.COMPLAINTS,
    "who is to be counted from nothing": rates.REMOVED,
    "what is counted in rates": rates.COUNT,
    "whom an event charges": decisions.ADDRESS,
    "whom a decision took back": undo.RETURNING,
    "unrecognized messages": "SELECT id FROM messages WHERE recognized = 0 ORDER BY arrived_at DESC, id DESC LIMIT 20",
}

#: Of these a partial index has what is asked for.
SMALL = ("decisions_that_allow", "messages_unrecognized", "suppressions_by_date", "suppressions_that_end")


@pytest.mark.parametrize("is_optimized", [False, True])
@pytest.mark.parametrize("question", QUESTIONS)
def test_it_is_found_by_an_index(question: str, is_optimized: bool, path: str) -> None:
    """Also when SQLite counted the rows on the first day, when there was one: a soak stood still after that."""
    with Ledger(path, Policy()) as ledger:
        if is_optimized:
            ledger.take([item(1, 0, failed("a@b.test"))])
            ledger.upkeep.optimize()
    sql = QUESTIONS[question]
    parameters = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 1) or [1] * sql.count("?")
    with closing(sqlite3.connect(path)) as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    scans = [step for step in plan if re.match(rf"SCAN ({'|'.join(GROWING)})\b", step)]
    assert [step for step in scans if not step.endswith(SMALL)] == []
    assert "MATERIALIZE attributions" not in plan


@pytest.mark.parametrize("rows", ["15000 1", "15000 1001", "100000 1001"])
def test_no_suppressions_are_sorted_to_list_the_newest(rows: str) -> None:
    """Thousands begin in one second where a list is imported; of few, SQLite once took all for quicker."""
    with Ledger(":memory:", Policy(), dry_run=True) as ledger:
        statistics = "INSERT INTO sqlite_stat1 VALUES ('suppression_rows', 'suppressions_by_date', ?)"
        ledger._db.conn.execute("ANALYZE")
        ledger._db.conn.execute(statistics, [f"{rows} 1 1 1"])
        ledger._db.conn.execute("ANALYZE sqlite_schema")
        listing = queries.suppressed(ledger._db, 20)
        sql = f"EXPLAIN QUERY PLAN {listing.sql} ORDER BY {listing.order} LIMIT 20"
        plan = [row[3] for row in ledger._db.conn.execute(sql)]
    assert plan == ["SCAN suppression_rows USING INDEX suppressions_by_date"]


#: How SQLite knows 1.6 million counts, 1,001 of each unit, and 100,000 events, of each address 5.
MANY_ROWS = """
INSERT INTO sqlite_stat1 VALUES
    ('failure_counts', 'failure_counts', '1656480 1001 1001 1'), ('event_rows', 'events_by_address', '105468 5 1')
"""

#: What each batch of reports asks about failures, and about their counts.
OF_FAILURES = {
    "those of a unit": incidents.COUNTS,
    "those of its incidents": incidents.EXPLAINED,
    "large ones": incidents.LARGE,
    "failures of the same days": failure_counts.OF_DAYS,
    "failures of addresses": failure_counts.OF_ADDRESSES,
}


@pytest.mark.parametrize("question", OF_FAILURES)
def test_no_bloom_filter_is_made_of_all_rows(question: str) -> None:
    """SQLite does so for a join when it knows of many rows: each time it reads all."""
    with Ledger(":memory:", Policy(), dry_run=True) as ledger:
        for statement in ("ANALYZE", MANY_ROWS, "ANALYZE sqlite_schema"):
            ledger._db.conn.execute(statement)
        sql = OF_FAILURES[question]
        parameters = dict.fromkeys(re.findall(r":([a-z_]+)", sql), 1) or [1] * sql.count("?")
        plan = [row[3] for row in ledger._db.conn.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
    assert any(name in step for step in plan for name in ("failure_counts", "own", "event_rows"))
    assert [step for step in plan if "BLOOM" in step or re.match(r"SCAN (failure_counts|event_rows)\b", step)] == []
