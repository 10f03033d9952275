"""Cursors, UIDs and polls of IMAP folders."""

from __future__ import annotations

from contextlib import closing

from sqlite_utils import Database

from bounced.ledger import database, queries
from bounced.ledger.ledger import Ledger
from bounced.model import CopyTarget, Cursor, Item, Origin, Parsed, RawMessage
from tests.support.ledger import DAY0, failed, item, rows


def test_every_uid_ends_in_one_row_and_the_cursor_moves_with_it(ledger: Ledger, path: str) -> None:
    box = "imap:bounces/INBOX"
    big = Item(RawMessage(Origin(box, "9", 7, 9), DAY0, b"", 30_000_000), "f" * 64, Parsed("unreadable", problem="big"))
    batch = [
        item(1, 0, failed("a@b.test"), uid=5),
        item(1, 0, failed("a@b.test"), uid=6),
        item(2, 0, uid=7, kind="other"),
        item(3, 0, uid=8, kind="unreadable"),
        big,
    ]
    assert ledger.folders.cursor(box) is None
    receipt = ledger.take(batch, Cursor(box, 7, 9))
    assert ledger.folders.cursor(box) == Cursor(box, 7, 9)
    assert rows(path, "SELECT uid, outcome FROM places") == [
        (5, "counted"),
        (6, "repeated"),
        (7, "not-a-report"),
        (8, "unreadable"),
        (9, "too-large"),
    ]
    assert [(i.origin.uid, i.recognized) for i in ledger.folders.unsettled(box)] == [
        (5, True),
        (6, True),
        (7, False),
        (8, False),
        (9, False),
    ]
    ledger.folders.settled(receipt.intakes[:4])
    assert ledger.folders.unsettled(box) == [receipt.intakes[4]]
    assert rows(path, "SELECT count(*) FROM unrecognized") == [(2,)]


def test_a_restored_server_moves_the_cursor_back_and_reuses_uids(ledger: Ledger) -> None:
    box = "imap:bounces/INBOX"
    ledger.folders.settled(ledger.take([item(1, 0, failed("a@b.test"), uid=5)], Cursor(box, 7, 9)).intakes)
    ledger.take([], Cursor(box, 7, 0))
    assert ledger.folders.cursor(box) == Cursor(box, 7, 0)
    ledger.take([item(2, 0, failed("a@b.test"), uid=5)], Cursor(box, 7, 5))
    assert [(left.origin.uid, left.outcome) for left in ledger.folders.unsettled(box)] == [(5, "counted")]


def test_polls(ledger: Ledger, path: str) -> None:
    sql = "SELECT mailbox, polled_at, failing_since, problem FROM polls"
    now = "2026-11-01T00:00:00Z"
    ledger.folders.polled("m", 0, "refused")
    assert rows(path, sql) == [("m", None, now, "refused")]
    ledger.folders.polled("m", 9)
    assert rows(path, sql) == [("m", now, None, "")]
    ledger.folders.polled("m", 9, "gone")
    assert rows(path, sql) == [("m", now, now, "gone")]


def test_a_copy_that_is_begun_is_known_until_it_is_done(ledger: Ledger) -> None:
    receipt = ledger.take([item(number, 0, failed("a@b.test"), uid=number) for number in range(1, 4)])
    origins = [intake.origin for intake in receipt.intakes]
    first, second = CopyTarget("Bounced", 7, 5), CopyTarget("INBOX.Erledigt ü", 8, 0)
    ledger.folders.note_copying(origins, first)
    ledger.folders.note_copying(origins[1:2], second)
    assert ledger.folders.copying(origins) == {origins[0]: first, origins[1]: second, origins[2]: first}
    assert ledger.folders.copied(origins) == set()
    ledger.folders.note_copied(origins[:1])
    ledger.folders.settled(receipt.intakes[1:2])
    assert ledger.folders.copying(origins) == {origins[2]: first}
    assert ledger.folders.copied(origins) == set(origins[:1])


def test_a_copy_is_known_until_its_message_is_settled_or_its_uid_is_anothers(ledger: Ledger) -> None:
    """What is noted here is deleted without a copy: a note that outlives its message would lose another one."""
    box = "imap:bounces/INBOX"
    receipt = ledger.take([item(number, 0, failed("a@b.test"), uid=number) for number in range(1, 5)])
    origins = [intake.origin for intake in receipt.intakes]
    ledger.folders.note_copied(origins)
    ledger.folders.note_copied(origins[:1])
    assert ledger.folders.copied([*origins, Origin(box, "9", 7, 9)]) == set(origins)
    ledger.folders.settled(receipt.intakes[:1])
    ledger.take([], vanished=origins[1:2])
    ledger.take([item(3, 0, failed("a@b.test"), uid=3), item(5, 0, failed("a@b.test"), uid=4)])
    assert ledger.folders.copied(origins) == {origins[2]}


def test_status_knows_how_many_messages_are_withheld(ledger: Ledger) -> None:
    """Of this mailbox, and not of one whose name begins like it."""
    for mailbox in ("imap:a/INBOX", "imap:a/INBOX/Sub"):
        ledger.folders.polled(mailbox, 9)
    ledger.take([], withheld=[Origin("imap:a/INBOX", str(uid), 7, uid) for uid in (3, 4)])
    with closing(database.open_for_reading(ledger.path).conn) as connection:
        shown = queries.mailboxes(Database(connection, execute_plugins=False))
        assert {row["mailbox"]: row["withheld"] for row in shown} == {"imap:a/INBOX": 2, "imap:a/INBOX/Sub": 0}
