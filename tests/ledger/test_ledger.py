"""The ledger: one transaction, counted once, folded true, readable in every state."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bounced.errors import LedgerError, UserError
from bounced.ledger import database
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Cursor, Event, Item, Kind, Origin, Parsed, RawMessage
from bounced.policy import Limit, Policy

DAY0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def failed(address: str, **fields: Any) -> Event:
    return Event(address, "bounce", "failed", "hard", "user_unknown", **fields)


def item(number: int, day: float, *events: Event, uid: int = 0, kind: Kind = "bounce") -> Item:
    origin = Origin("imap:bounces/INBOX" if uid else "file:/x", str(uid), 7 if uid else 0, uid)
    message = RawMessage(origin, DAY0 + timedelta(days=day), b"content", 7)
    return Item(message, f"{number:064x}", Parsed(kind, "dsn", "subject", events))


@pytest.fixture
def ledger(path: str) -> Iterator[Ledger]:
    with Ledger(path, Policy(), clock=lambda: NOW) as opened:
        yield opened


def rows(path: str, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def suppressed(path: str) -> list[tuple[Any, ...]]:
    return rows(path, "SELECT address, scope, cause, bounces FROM suppressed ORDER BY address, scope, cause")


def test_three_failures_suppress_and_the_receipt_says_so(ledger: Ledger, path: str) -> None:
    for number, day in enumerate((0, 8)):
        assert ledger.take([item(number, day, failed("a@b.test"))]).started == ()
    receipt = ledger.take([item(3, 16, failed("a@b.test", diagnostic_code="550 no"))])
    assert [(address, found.detail) for address, found in receipt.started] == [("a@b.test", "550 no")]
    assert rows(path, "SELECT * FROM suppressed") == [
        (
            "a@b.test",
            "all",
            "bounce",
            "user_unknown",
            "hard",
            "2026-09-17T12:00:00Z",
            None,
            3,
            "2026-09-01T12:00:00Z",
            "2026-09-17T12:00:00Z",
            "550 no",
        )
    ]


def test_a_message_counts_once(ledger: Ledger, path: str) -> None:
    first = item(1, 0, failed("a@b.test"), uid=5)
    copy = item(1, 0, failed("a@b.test"), uid=6)
    assert [i.outcome for i in ledger.take([first, copy]).intakes] == ["counted", "repeated"]
    assert [i.outcome for i in ledger.take([copy, first]).intakes] == ["repeated", "repeated"]
    assert rows(path, "SELECT count(*) FROM events") == [(1,)]
    assert ledger.known([first.fingerprint, "x"]) == {first.fingerprint}


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


def test_a_failure_in_the_batch_leaves_nothing_of_it(ledger: Ledger, path: str) -> None:
    unrecognized_item = Item(item(2, 0).message, "0" * 64, None)
    with pytest.raises(LookupError):
        ledger.take([item(1, 0, failed("a@b.test"), uid=1), unrecognized_item], Cursor("imap:bounces/INBOX", 7, 1))
    assert rows(path, "SELECT count(*) FROM messages") == [(0,)]
    assert ledger.folders.cursor("imap:bounces/INBOX") is None


def test_decisions(ledger: Ledger, path: str) -> None:
    assert ledger.decide(["a@b.test"], "suppress", "marketing", "asked us").started[0][0] == "a@b.test"
    assert suppressed(path) == [("a@b.test", "marketing", "manual", 0)]
    assert len(ledger.decide(["a@b.test"], "release", "", "asked again").ended) == 1
    assert suppressed(path) == []
    assert rows(path, "SELECT what, why FROM decisions") == [("suppress", "asked us"), ("release", "asked again")]


def test_facts_are_append_only(ledger: Ledger) -> None:
    ledger.take([item(1, 0, failed("a@b.test", headers=(("X-A", "1"),)))])
    ledger.decide(["a@b.test"], "suppress", "all", "")
    for table in ("messages", "events", "event_headers", "decisions"):
        for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET rowid = rowid"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                ledger._db.execute(sql)


def test_an_event_without_an_address_is_kept_and_suppresses_nobody(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, Event("", "complaint", feedback_type="abuse"))])
    assert rows(
        path, "SELECT address, feedback_type, recognized FROM events JOIN messages ON messages.id = message"
    ) == [("", "abuse", 0)]
    assert suppressed(path) == []


def test_expired_suppressions_are_not_in_the_view(path: str) -> None:
    with Ledger(
        path, Policy(limits={**Policy().limits, "soft": Limit(1, 0)}, expire={"mailbox_full": timedelta(days=1)})
    ) as ledger:
        full = Event("a@b.test", "bounce", "failed", "soft", "mailbox_full")
        ledger.take([item(1, 0, full)])
        assert rows(path, "SELECT until FROM suppressions") == [("2026-09-02T12:00:00Z",)]
        assert suppressed(path) == []


def test_another_policy_folds_everything_again(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        ledger.take([item(1, 0, failed("a@b.test"))])
    assert suppressed(path) == []
    at_once = Policy(limits={**Policy().limits, "hard": Limit(1, 0)})
    with Ledger(path, at_once):
        assert suppressed(path) == [("a@b.test", "all", "bounce", 1)]
    with Ledger(path, Policy()):
        assert suppressed(path) == []


def test_writers_of_two_policies_never_mix_them(path: str) -> None:
    """A release by hand takes the new configuration while the daemon still goes by the old one."""
    at_once = Policy(limits={**Policy().limits, "hard": Limit(1, 0)})
    with Ledger(path, Policy()) as daemon:
        daemon.take([item(1, 0, failed("a@b.test"))])
        with Ledger(path, at_once) as command:
            daemon.take([item(2, 0, failed("c@b.test"))])
            assert suppressed(path) == []
            command.decide(["d@b.test"], "release", "", "")
            assert [address for address, *_ in suppressed(path)] == ["a@b.test", "c@b.test"]


def test_a_date_of_the_middle_ages_is_a_date(ledger: Ledger) -> None:
    """Whoever writes the topmost `Received:` names the year; strftime() writes 999 with three digits."""
    ledger.take([item(1, -1027 * 365.25, failed("a@b.test"))])
    assert ledger.take([item(2, 0, failed("a@b.test"))]).intakes[0].outcome == "counted"


def test_a_cursor_goes_back_and_uids_get_new_messages_when_a_server_was_restored(ledger: Ledger) -> None:
    box = "imap:bounces/INBOX"
    ledger.folders.settled(ledger.take([item(1, 0, failed("a@b.test"), uid=5)], Cursor(box, 7, 9)).intakes)
    ledger.take([], Cursor(box, 7, 0))
    assert ledger.folders.cursor(box) == Cursor(box, 7, 0)
    ledger.take([item(2, 0, failed("a@b.test"), uid=5)], Cursor(box, 7, 5))
    assert [(left.origin.uid, left.outcome) for left in ledger.folders.unsettled(box)] == [(5, "counted")]


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


def test_two_writers_take_turns(path: str) -> None:
    with Ledger(path, Policy()) as one, Ledger(path, Policy()) as two:
        assert one.take([item(1, 0, failed("a@b.test"))]).intakes[0].outcome == "counted"
        assert two.take([item(1, 0, failed("a@b.test"))]).intakes[0].outcome == "repeated"
        two.take([item(2, 8, failed("a@b.test"))])
        assert one.take([item(3, 16, failed("a@b.test"))]).started


@pytest.fixture
def beside() -> Iterator[Callable[..., Future[Any]]]:
    """Begins a call in a thread of its own, and asserts that it waits for who holds a transaction meanwhile."""
    with ThreadPoolExecutor(1) as thread:

        def begin(call: Callable[..., Any], *args: Any) -> Future[Any]:
            begun = thread.submit(call, *args)
            assert wait([begun], timeout=0.3).not_done
            return begun

        yield begin


def test_a_batch_waits_for_another_writer(ledger: Ledger, path: str, beside: Callable[..., Future[Any]]) -> None:
    """What begins by reading, as it does, fails at once unless it says before that it will write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        taken = beside(ledger.take, [item(1, 0, failed("a@b.test"))])
        other.execute("INSERT INTO jobs VALUES ('other', '', '')")
        other.execute("COMMIT")
        assert taken.result().intakes[0].outcome == "counted"


def test_threads_take_turns(ledger: Ledger, beside: Callable[..., Future[Any]]) -> None:
    """SQLite lets only the thread use a connection that made it, unless asked, and has one transaction for all."""
    decided = ledger.write(lambda _: beside(ledger.decide, ["a@b.test"], "suppress", "all", ""))
    assert decided.result().started


def test_what_was_committed_survives_a_power_cut(ledger: Ledger) -> None:
    """In WAL mode NORMAL, which many recommend, leaves the latest commits to luck."""
    full = 2
    assert ledger.write(lambda db: db.execute("PRAGMA synchronous").fetchone()) == (full,)


def test_a_table_that_is_not_in_the_schema_is_not_made_by_writing_to_it(ledger: Ledger) -> None:
    """sqlite-utils makes one of whatever name it is given."""
    with pytest.raises(LedgerError, match="no such table: evnts"):
        ledger.write(lambda db: database.insert(db, "evnts", {"address": "a@b.test"}))


def test_polls(ledger: Ledger, path: str) -> None:
    sql = "SELECT mailbox, polled_at, failing_since, problem FROM polls"
    now = "2026-11-01T00:00:00Z"
    ledger.folders.polled("m", 0, "refused")
    assert rows(path, sql) == [("m", None, now, "refused")]
    ledger.folders.polled("m", 9)
    assert rows(path, sql) == [("m", now, None, "")]
    ledger.folders.polled("m", 9, "gone")
    assert rows(path, sql) == [("m", now, now, "gone")]


def test_housekeeping_drops_old_content_and_keeps_the_row(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: DAY0) as ledger:
        ledger.take([item(1, 0, kind="other")])
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.take([item(2, 0, kind="other")])
        assert ledger.upkeep.housekeep(timedelta(days=30)) == 1
    assert rows(path, "SELECT (SELECT count(*) FROM unrecognized), (SELECT count(*) FROM messages)") == [(1, 2)]


# files


def test_the_file_is_for_the_owner_and_the_group(ledger: Ledger, path: str) -> None:
    assert Path(path).stat().st_mode & 0o777 == 0o640
    assert Path(path + "-wal").stat().st_mode & 0o777 == 0o640


NOBODY = 65534


def read_as_nobody(path: str) -> str:
    """What somebody without any right to write finds in the view, or what SQLite says to them."""
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            answer = str(rows(path, "SELECT count(*) FROM suppressed")[0][0])
        except (OSError, sqlite3.Error) as error:
            answer = repr(error)
        os.write(sender, answer.encode())
        os._exit(0)
    os.close(sender)
    os.waitpid(child, 0)
    answer = os.read(receiver, 1000).decode()
    os.close(receiver)
    return answer


KILLED = """
import os, sys
from bounced.ledger.ledger import Ledger, Receipt
from bounced.policy import Policy
ledger = Ledger(sys.argv[1], Policy())
ledger.decide(["a@b.test"], "suppress", "all", "")
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
@pytest.mark.filterwarnings("ignore:.*fork")
@pytest.mark.parametrize("state", ["running", "stopped", "killed"])
def test_an_unprivileged_reader_reads_in_every_state(state: str, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o750)
    os.chown(folder, 0, NOBODY)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    path = str(folder / "bounced.db")
    Path(path).touch(mode=0o640)
    os.chown(path, 0, NOBODY)
    if state == "killed":
        assert subprocess.run([sys.executable, "-c", KILLED, path], check=False).returncode == -9
        assert Path(path + "-wal").exists()
        assert read_as_nobody(path) == "1"
        return
    ledger = Ledger(path, Policy())
    ledger.decide(["a@b.test"], "suppress", "all", "")
    if state == "stopped":
        ledger.close()
        assert not Path(path + "-wal").exists()
    assert read_as_nobody(path) == "1"
    ledger.close()


def test_a_reader_that_has_it_open_does_not_stop_the_close(path: str) -> None:
    with Ledger(path, Policy()) as ledger:
        ledger.decide(["a@b.test"], "suppress", "all", "")
        reader = database.open_for_reading(path)
        assert reader.execute("SELECT count(*) FROM suppressed").fetchone() == (1,)
    assert reader.execute("SELECT count(*) FROM suppressed").fetchone() == (1,)
    reader.conn.close()


def test_a_reader_sees_what_was_committed_just_now(ledger: Ledger, path: str) -> None:
    with closing(database.open_for_reading(path).conn) as reader:
        for number in range(3):
            ledger.decide([f"{number}@b.test"], "suppress", "all", "")
            assert reader.execute("SELECT count(*) FROM suppressed").fetchone() == (number + 1,)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"this is no database at all, but long enough to be looked at" * 20, "no SQLite file"), (None, "can't be made")],
)
def test_bad_files_give_one_line(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "gone" / "x.db" if content is None else tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LedgerError, match=said) as caught:
        Ledger(str(path), Policy())
    assert "\n" not in str(caught.value)


def test_reading_a_missing_or_foreign_file(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="no such database"):
        database.open_for_reading(str(tmp_path / "none.db"))
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    with pytest.raises(LedgerError, match="not a ledger"):
        database.open_for_reading(str(tmp_path / "other.db"))


def test_a_file_of_a_newer_version_is_refused(path: str) -> None:
    Ledger(path, Policy()).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('bounced', 'm999', '')"
        )
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(LedgerError, match="newer version of bounced \\(m999\\)"):
        Ledger(path, Policy())
    assert rows(path, "PRAGMA user_version") == [(999,)]


def test_a_locked_file_is_a_passing_trouble_and_nothing_is_taken(ledger: Ledger, path: str) -> None:
    ledger._db.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="another program keeps it locked") as caught:
        ledger.take([item(1, 0, failed("a@b.test"))])
    assert caught.value.passing
    other.execute("ROLLBACK")
    assert ledger.take([item(1, 0, failed("a@b.test"))]).intakes[0].outcome == "counted"
    other.close()


def test_a_job_has_one_last_word(ledger: Ledger, path: str) -> None:
    ledger.upkeep.ran("backup", "the disk is full")
    ledger.upkeep.ran("backup")
    ledger.upkeep.ran("checkpoint", "a reader")
    assert rows(path, "SELECT name, problem FROM jobs ORDER BY name") == [("backup", ""), ("checkpoint", "a reader")]


def test_sqlite_knows_how_the_tables_have_grown(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed("a@b.test"))])
    ledger.upkeep.optimize()
    assert rows(path, "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'events'") > [(0,)]


def test_opening_waits_for_a_program_that_writes_while_no_ledger_is_open(path: str) -> None:
    """The file is in the rollback mode then, and SQLite does not wait when it changes that."""
    Ledger(path, Policy()).close()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = threading.Timer(0.3, other.execute, ["COMMIT"])
        done.start()
        Ledger(path, Policy()).close()
        done.join()


@pytest.mark.parametrize("again", range(8))
def test_whoever_opens_a_new_file_at_once_finds_its_tables_made_once(path: str, again: int) -> None:
    """Each has a connection of its own, as processes have. One try in two meets the moment that counts."""
    all_there = threading.Barrier(8)

    def opened() -> None:
        all_there.wait(20)
        database.open_for_writing(path).conn.close()

    with ThreadPoolExecutor(all_there.parties) as threads:
        for done in [threads.submit(opened) for _ in range(all_there.parties)]:
            done.result()


def test_a_replaced_file_is_noticed(ledger: Ledger, path: str) -> None:
    Path(path).rename(path + ".old")
    with pytest.raises(LedgerError, match="removed or replaced"):
        ledger.take([item(1, 0, failed("a@b.test"))])


def test_a_full_disk_leaves_the_ledger_as_it_was(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed("a@b.test"))])
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count = {pages}")
    large = [item(n, 0, failed("a@b.test", diagnostic_code="x" * 900)) for n in range(2, 100)]
    with pytest.raises(LedgerError, match="the disk is full") as caught:
        ledger.take(large)
    assert caught.value.passing
    assert rows(path, "SELECT count(*) FROM messages") == [(1,)]
    ledger._db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    assert len(ledger.take(large).intakes) == 98


# what people accept


def test_an_accepted_event_counts_and_accepting_it_twice_is_harmless(path: str) -> None:
    careful = Policy(count={"bounce": "plausible"})
    with Ledger(path, careful, clock=lambda: NOW) as ledger:
        ledger.take([item(number, day, failed("a@b.test")) for number, day in enumerate((0, 8, 16))])
        assert suppressed(path) == []
        assert ledger.accept([1, 2], "looked").started == ()
        assert [address for address, _ in ledger.accept([1, 3], "").started] == ["a@b.test"]
        assert ledger.accept([3], "") == Receipt()
    assert rows(path, "SELECT event, why FROM accepted") == [(1, "looked"), (2, "looked"), (3, "")]


def test_nobody_has_to_look_at_what_counts_for_nothing_anyway(path: str) -> None:
    with Ledger(path, Policy(count={"bounce": "plausible"})) as ledger:
        delayed = Event("a@b.test", "bounce", "delayed", "soft", "unreachable")
        assert ledger.take([item(1, 0, delayed, failed("c@d.test"))]).doubted == 1
    assert rows(path, "SELECT address FROM doubts") == [("c@d.test",)]


def test_a_number_that_no_event_has_is_refused_with_all_that_came_with_it(ledger: Ledger, path: str) -> None:
    ledger.take([item(1, 0, failed("a@b.test"))])
    with pytest.raises(UserError, match="17: there is no event of that number"):
        ledger.accept([1, 17], "")
    assert rows(path, "SELECT count(*) FROM accepted") == [(0,)]


# crowds


def plausible(address: str, message_id: str) -> Event:
    return failed(address, trust="plausible", original_message_id=message_id)


def test_a_message_that_too_many_addresses_are_named_with_counts_for_none_of_them(path: str) -> None:
    """Also not for those who were suppressed before it came out."""
    guarded = Policy({**Policy().limits, "hard": Limit(1, 0)}, count={"bounce": "plausible"}, addresses_per_message=2)
    with Ledger(path, guarded) as ledger:
        one, two, three = (item(n, 0, plausible(f"{n}@b.test", "news@s")) for n in range(3))
        assert len(ledger.take([one, two, item(9, 0, plausible("0@b.test", "news@s"))]).started) == 2
        assert sorted(address for address, _ in ledger.take([three]).ended) == ["0@b.test", "1@b.test"]
        ledger.take([item(4, 0, failed("4@b.test", trust="verified", original_message_id="news@s"))])
        assert suppressed(path) == [("4@b.test", "all", "bounce", 1)]
        assert rows(path, "SELECT * FROM originals") == [("news@s", 3)]


def statements(reports: int) -> int:
    """What so many reports about one message cost, each naming another address, in statements of SQL."""
    done = 0

    def count(_: str) -> None:
        nonlocal done
        done += 1

    guarded = Policy(count={"bounce": "plausible"}, addresses_per_message=50)
    with Ledger(":memory:", guarded, dry_run=True) as ledger:
        ledger._db.conn.set_trace_callback(count)
        for start in range(0, reports, 20):
            ledger.take([item(n, 0, plausible(f"{n}@b.test", "news@s")) for n in range(start, start + 20)])
    return done


def test_a_flood_about_one_message_costs_as_much_as_its_reports_not_their_square() -> None:
    assert statements(800) < 2.1 * statements(400)


def test_what_the_sender_says_was_sent_bounds_how_many_reports_count(path: str) -> None:
    """Twelve failures in a day are a flood, unless that many messages went there."""
    at_once = Policy({**Policy().limits, "hard": Limit(12, 0)}, count={"bounce": "plausible"})
    reports = [item(n, n / 24, plausible("a@b.test", f"{n}@s")) for n in range(12)]
    with Ledger(path, at_once) as ledger:
        ledger.take(reports[:11])
        sql = "INSERT INTO sends (message_id, address, sent_at) VALUES (?, 'a@b.test', '2026-09-01')"
        ledger.write(lambda db: [db.execute(sql, [f"x{number}@s"]) for number in range(12)])
        ledger.take(reports[11:])
        assert suppressed(path) == [("a@b.test", "all", "bounce", 12)]


# what named nobody


def test_an_event_that_was_attributed_later_belongs_to_that_address(path: str) -> None:
    careful = Policy(count={"complaint": "verified"})
    with Ledger(path, careful) as ledger:
        ledger.take([item(1, 0, Event("", "complaint", feedback_type="abuse"))])
        attribution = {
            "event": 1,
            "attributed_at": "",
            "address": "a@b.test",
            "campaign": "",
            "stream": "",
            "evidence": "",
        }
        database.insert(ledger._db, "attributions", {**attribution, "trust": "verified"})
        ledger.adopt(Policy())
        assert suppressed(path) == [("a@b.test", "marketing", "complaint", 0)]
        ledger.adopt(careful)
        assert suppressed(path) == [("a@b.test", "marketing", "complaint", 0)]


# replay

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
    ledger.write(lambda db: db.execute("INSERT OR IGNORE INTO recipients VALUES ('4711', 'a@b.test')"))
    for _ in ledger.attribute():
        pass


def accept(ledger: Ledger, accepted: Iterable[Item]) -> None:
    """Accepts the events of these mails."""
    sql = "SELECT events.id FROM events JOIN messages ON messages.id = message WHERE fingerprint = ?"
    ledger.accept([ledger._db.execute(sql, [found.fingerprint]).fetchone()[0] for found in accepted], "")


@settings(max_examples=100, deadline=None)
@given(facts, st.randoms(use_true_random=False), st.integers(1, 5), st.booleans(), st.integers(0, 14))
def test_any_order_and_any_batches_and_a_replay_from_nothing_end_the_same(
    facts: Any, random: Any, size: int, careful: bool, learns_at: int
) -> None:
    items = [fact_item(number, fact) for number, fact in enumerate(facts)]
    accepted = {found.fingerprint for found, fact in zip(items, facts, strict=True) if fact[-2]}
    shuffled = list(items)
    random.shuffle(shuffled)
    policy = Policy(
        {**Policy().limits, "hard": Limit(2, 5)},
        expire={"mailbox_full": timedelta(days=20)},
        count=SENDERS if careful else {},
        complaints={"abuse": "stream", "opt-out": "marketing"},
        reports_per_address=1,
        addresses_per_message=2,
    )

    def derived(ledger: Ledger) -> list[Any]:
        tables = (
            "suppressions",
            "originals",
            "doubts JOIN events ON events.id = event JOIN messages ON messages.id = message",
        )
        columns = ("*", "*", "doubts.address, fingerprint, why")
        return [
            sorted(ledger._db.execute(f"SELECT {found} FROM {table}").fetchall())
            for table, found in zip(tables, columns, strict=True)
        ]

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
        two._db.execute("DELETE FROM suppressions")
        two._db.execute("DELETE FROM doubts")
        two._db.execute("DELETE FROM meta")
        two.adopt(policy)
        assert derived(two) == expected
