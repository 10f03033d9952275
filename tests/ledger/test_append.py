"""Each message counts once, and nothing of a batch that fails stays."""

from __future__ import annotations

import math
import sqlite3
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import get_args

import pytest

from bounced.identify import Sender
from bounced.ledger import history
from bounced.ledger.ledger import Ledger
from bounced.ledger.taking import ADDRESSES_LIMIT
from bounced.model import DEPARTED, Cursor, Event, Item, Origin, Role
from bounced.parse import parse
from bounced.policy import Policy
from tests.core.test_samples import MAILS
from tests.support.ledger import NOW, failed, item, rows, suppressed


def test_a_message_counts_once(ledger: Ledger, path: str) -> None:
    first = item(1, 0, failed("a@b.test"), uid=5)
    copy = item(1, 0, failed("a@b.test"), uid=6)
    assert [i.outcome for i in ledger.take([first, copy]).intakes] == ["counted", "repeated"]
    assert [i.outcome for i in ledger.take([copy, first]).intakes] == ["repeated", "repeated"]
    assert rows(path, "SELECT count(*) FROM events") == [(1,)]
    assert ledger.known([first.fingerprint, f"{7:064x}"]) == {first.fingerprint}


def test_a_failure_in_the_batch_leaves_nothing_of_it(ledger: Ledger, path: str) -> None:
    unrecognized_item = Item(item(2, 0).message, "0" * 64, None)
    with pytest.raises(LookupError):
        ledger.take([item(1, 0, failed("a@b.test"), uid=1), unrecognized_item], Cursor("imap:bounces/INBOX", 7, 1))
    assert rows(path, "SELECT count(*) FROM messages") == [(0,)]
    assert ledger.folders.cursor("imap:bounces/INBOX") is None


def test_facts_are_append_only(ledger: Ledger) -> None:
    ledger.take([item(1, 0, failed("a@b.test", headers=(("X-A", "1"),)))])
    ledger.decisions.decide(["a@b.test"], "suppress", "all", "")
    for table in ("message_rows", "event_rows", "decisions"):
        for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                ledger._db.execute(sql)


def test_an_event_without_an_address_is_kept_and_suppresses_nobody(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, Event("", "complaint", feedback_type="abuse"))])
    assert rows(
        path, "SELECT address, feedback_type, recognized FROM events JOIN messages ON messages.id = message"
    ) == [("", "abuse", 0)]
    assert suppressed(path) == []


def test_an_entry_that_is_not_read_is_as_its_row_says(ledger: Ledger) -> None:
    """New addresses are judged by the events at hand, others by what is in the file."""
    awkward = (
        failed("a@b.test", diagnostic_code="550 a@b.test\x1a: unknown", final_recipient="A@b.test"),
        failed("(shop)a@b.test", diagnostic_code="550 a@b.test", final_recipient="a@b.test", tenant="shop"),
        Event("c@b.test", "complaint", feedback_type="abuse", reason="user_unknown", campaign="7"),
        Event("d@b.test", "auto-reply", reason=DEPARTED),
        Event("e@b.test", "bounce", "delayed"),
    )
    events = [event for mail in MAILS for event in parse(mail.read_bytes(), Sender()).events]
    items = [item(number, 0, event) for number, event in enumerate([*awkward, *events])]
    dates = cycle([(NOW, None), (NOW, NOW), (NOW.replace(microsecond=9), NOW + timedelta(days=2))])
    dated = [
        replace(it, message=replace(it.message, arrived_at=arrived_at, stored_at=stored_at, role=role))
        for it, (arrived_at, stored_at), role in zip(items, dates, cycle(get_args(Role)))
    ]
    with ledger._writing():
        taken = ledger._taking.take(dated, NOW, Policy(), math.inf)
        read = {entry.id: entry for entry in history.events(ledger._db, taken.entries, Policy(migrated=True))}
    assert len(read) > len(MAILS) / 2
    assert read == taken.entries


def test_a_date_of_the_middle_ages_is_a_date(ledger: Ledger) -> None:
    """Whoever writes the topmost `Received:` names the year; strftime() writes 999 with three digits."""
    ledger.take([item(1, -1027 * 365.25, failed("a@b.test"))])
    assert ledger.take([item(2, 0, failed("a@b.test"))]).intakes[0].outcome == "counted"


def test_a_dry_run_writes_nothing(path: str) -> None:
    with Ledger(path, Policy(), dry_run=True) as ledger:
        ledger.take([item(1, 0, failed("a@b.test"))])
    assert not Path(path).exists()
    with Ledger(path, Policy()) as ledger:
        ledger.take([item(1, 0, failed("a@b.test"))])
        with Ledger(path, Policy(), dry_run=True) as dry:
            assert dry.take([item(1, 0, failed("a@b.test"))]).intakes[0].outcome == "repeated"
            dry.take([item(2, 0, failed("a@b.test"))])
    assert rows(path, "SELECT count(*) FROM messages") == [(1,)]


def test_a_transaction_without_time_takes_one_message_and_the_last_moves_the_cursor(ledger: Ledger) -> None:
    """Attack G1: a batch of large messages held the writer for minutes."""
    box = "imap:bounces/INBOX"
    batch = [item(n, n, failed("a@b.test"), uid=n) for n in (1, 2, 3)]
    gone = Origin(box, "9", 7, 9)
    for taken, cursor in ((1, None), (1, None), (1, Cursor(box, 7, 9))):
        receipt = ledger.take(batch, Cursor(box, 7, 9), vanished=[gone], seconds=0)
        assert (receipt.items, len(receipt.intakes)) == (tuple(batch[:taken]), taken)
        assert ledger.folders.cursor(box) == cursor
        assert (ledger.folders.unseen([gone]) == []) == (cursor is not None)
        batch = batch[taken:]
    assert batch == []


def test_a_transaction_with_many_addresses_to_judge_takes_no_further_message(ledger: Ledger) -> None:
    large = [failed(f"{n}@b.test") for n in range(ADDRESSES_LIMIT)]
    batch = [item(1, 0, *large[:-1]), item(2, 0, large[-1]), item(3, 0, failed("c@b.test"))]
    assert len(ledger.take(batch, seconds=3600).intakes) == 2
    assert len(ledger.take(batch[2:], seconds=3600).intakes) == 1
