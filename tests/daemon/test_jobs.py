"""The jobs beside the polls: what they do, what they leave in the ledger, and what ends the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bounced.config import Config
from bounced.config.database import DatabaseSection
from bounced.config.schedule import ScheduleSection
from bounced.daemon import jobs
from bounced.daemon.changes import Changes
from bounced.daemon.scheduler import Scheduler
from bounced.errors import LedgerError
from bounced.ledger.fingerprint import fingerprint
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import Ladder, Limit, Policy
from tests.daemon.test_scheduler import wait_until
from tests.support.ledger import failed, item

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)
FULL = Policy(
    {**Policy().limits, "soft": Limit(1, 0)}, expire={"mailbox_full": Ladder((timedelta(days=10),), probation=False)}
)


@pytest.fixture
def found(tmp_path: Path) -> Config:
    return Config(database=DatabaseSection(path=str(tmp_path / "bounced.db")))


@pytest.fixture
def ledger(found: Config) -> Iterator[Ledger]:
    """A ledger at NOW with a suppression that ended yesterday and one that ends tomorrow."""
    with Ledger(found.database.path, FULL, clock=lambda: NOW) as opened:
        opened.take([bounce("gone@rcpt.test", 11), bounce("stays@rcpt.test", 9)])
        yield opened


def bounce(address: str, days_ago: int) -> Item:
    content = f"Message-ID: <{address}>\n\n".encode()
    message = RawMessage(Origin("file:/x"), NOW - timedelta(days=days_ago), content, len(content))
    event = Event(address, "bounce", "failed", "soft", "mailbox_full")
    return Item(message, fingerprint(content), Parsed("bounce", "dsn", "", (event,)))


def last_words(ledger: Ledger) -> dict[str, str]:
    return dict(ledger._db.execute("SELECT name, problem FROM jobs").fetchall())


def test_due_jobs_are_done_once_and_have_their_last_word(found: Config, ledger: Ledger) -> None:
    jobs.catch_up(found, ledger)
    assert {name: last_words(ledger)[name] for name in jobs.JOBS} == dict.fromkeys(jobs.JOBS, "")
    assert len(list(found.database.backups.glob("*.db"))) == 1
    ran_at = ledger.upkeep.last_runs()
    assert all(jobs.due(getattr(found.schedule, name), ran_at[name], NOW) > NOW for name in jobs.JOBS)


def test_what_has_ended_by_itself_is_told_once(found: Config, ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "bounced")
    ledger._db.execute("REPLACE INTO meta VALUES ('expiry_told_until', '2026-09-15T12:00:00Z')")
    changes = Changes(ledger.logged, lambda _: None)
    changes.once()
    caplog.clear()
    for _ in range(2):
        jobs.tell_expired(ledger)
        changes.once()
    told = [line for line in caplog.messages if line.startswith("released ")]
    assert len(told) == 1
    assert "address=gone@rcpt.test" in told[0]


def test_housekeeping_tells_how_many_held_events_it_deleted(
    found: Config, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bounced")
    ledger.adopt(Policy(count={"bounce": "plausible"}))
    ledger.write(lambda db: db.execute("UPDATE doubt_rows SET since = '2026-03-20'"))
    jobs.JOBS["housekeeping"](found, ledger)
    assert "housekeeping held_events=2" in caplog.messages


def test_housekeeping_drops_what_is_old_if_it_is_not_kept_forever(
    found: Config, ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bounced")
    before = ledger._db.execute("SELECT count(*) FROM events").fetchone()
    jobs.JOBS["housekeeping"](found, ledger)
    assert ledger._db.execute("SELECT count(*) FROM events").fetchone() == before
    ledger.take([item(900, -4000, failed("old@rcpt.test", diagnostic_code="who"))])
    ledger.take([item(901, -700, failed("older@rcpt.test", diagnostic_code="what"))])
    keeps = {"keep_events": timedelta(days=3650), "keep_texts": timedelta(days=365)}
    config = found.model_copy(update={"database": found.database.model_copy(update=keeps)})
    jobs.JOBS["housekeeping"](config, ledger)
    assert [line for line in caplog.messages if "old_events=" in line] == ["housekeeping old_events=1"]
    assert [line for line in caplog.messages if "texts=" in line] == ["housekeeping texts=1"]


def test_no_backup_is_made_where_none_is_wanted(tmp_path: Path, ledger: Ledger) -> None:
    none = Config(database=DatabaseSection(path=str(tmp_path / "bounced.db"), keep_backups=0))
    jobs.JOBS["backup"](none, ledger)
    assert not none.database.backups.exists()


@pytest.mark.parametrize("error", [LedgerError("no room", passing=True), ValueError("a fault of ours")], ids=repr)
def test_a_job_that_fails_ends_nothing(ledger: Ledger, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise error

    jobs.run("backup", fail, ledger)
    assert str(error) in last_words(ledger)["backup"]
    assert any(line.startswith("job-failed name=backup problem=") for line in caplog.messages)
    jobs.run("backup", lambda: None, ledger)
    assert last_words(ledger)["backup"] == ""


def test_what_failed_is_tried_again_within_the_hour(
    found: Config, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here within a second: while something is in the way of the backups, and then by itself."""
    assert timedelta() < jobs.RETRY_INTERVAL <= timedelta(hours=1)
    monkeypatch.setattr(jobs, "RETRY_INTERVAL", timedelta(seconds=0.2))
    found.database.backups.touch()
    failures: list[BaseException] = []
    scheduler = Scheduler(failures.append)
    jobs.schedule(scheduler, found, ledger, {}, lambda name, task: None, everywhere=True)
    scheduler.start()
    try:
        wait_until("failed", lambda: "backup" in ledger.upkeep.last_runs())
        found.database.backups.unlink()
        wait_until("made", lambda: not ledger.upkeep.last_runs()["backup"].failed)
    finally:
        scheduler.stop()
    assert failures == []
    assert len(list(found.database.backups.glob("*.db"))) == 1


def test_run_once_runs_a_job_that_never_ran(tmp_path: Path, ledger: Ledger) -> None:
    """There is nobody to wait for the night."""
    night = ScheduleSection.model_validate({"backup": "0 3 * * *"})
    nightly = Config(database=DatabaseSection(path=str(tmp_path / "bounced.db")), schedule=night)
    assert jobs.missed(nightly, ledger, ["backup"]) == ["backup"]


def test_a_lost_ledger_is_raised(ledger: Ledger) -> None:
    def fail() -> None:
        raise LedgerError("replaced")

    with pytest.raises(LedgerError, match="replaced"):
        jobs.run("backup", fail, ledger)
