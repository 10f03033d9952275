"""Jobs on the file."""

from __future__ import annotations

from datetime import timedelta

from bounced.ledger import upkeep
from bounced.ledger.ledger import Ledger
from bounced.policy import Policy
from tests.support.ledger import DAY0, NOW, failed, item, rows


def test_housekeeping_drops_old_content_and_keeps_the_row(path: str) -> None:
    with Ledger(path, Policy(), clock=lambda: DAY0) as ledger:
        ledger.take([item(1, 0, kind="other")])
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.take([item(2, 0, kind="other")])
        assert ledger.upkeep.housekeep(timedelta(days=30)) == 1
    assert rows(path, "SELECT (SELECT count(*) FROM unrecognized), (SELECT count(*) FROM messages)") == [(1, 2)]


def test_a_job_has_one_last_word(ledger: Ledger, path: str) -> None:
    ledger.upkeep.ran("backup", "the disk is full")
    ledger.upkeep.ran("backup")
    ledger.upkeep.ran("checkpoint", "a reader")
    assert rows(path, "SELECT name, problem FROM jobs ORDER BY name") == [("backup", ""), ("checkpoint", "a reader")]


def test_sqlite_knows_how_the_tables_have_grown(ledger: Ledger, path: str) -> None:
    ledger.take([item(number, 0, failed(f"r{number}@b.test")) for number in range(upkeep.ANALYZED_ROWS_MIN)])
    ledger.upkeep.optimize()
    assert rows(path, "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'event_rows'") > [(0,)]
