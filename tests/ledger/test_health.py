"""Bounce and complaint rates: what counts towards them, against what was sent, and when they call for a pause."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bounced import times
from bounced.ledger.ledger import Ledger
from bounced.model import Event, Item, Origin, Parsed, RawMessage
from bounced.policy import HEALTH, Policy
from tests.support.commands import bounced

NOW = times.now()
SENDS = "INSERT INTO sends (message_id, address, campaign, sending_domain, sent_at) VALUES (?, ?, ?, ?, ?)"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test runs in a directory of its own, without any configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BOUNCED_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger("bounced.db", Policy()) as opened:
        yield opened


def failed(number: int, **fields: Any) -> Event:
    known = {"class_": "hard", "reason": "user_unknown", "original_message_id": f"{number}@our.test", "campaign": "C"}
    return Event(f"a{number}@rcpt.test", "bounce", "failed", **{**known, **fields})


def complaint(number: int, feedback_type: str = "abuse", **fields: Any) -> Event:
    known = {"original_message_id": f"{number}@our.test", "campaign": "C"}
    return Event(f"a{number}@rcpt.test", "complaint", feedback_type=feedback_type, **{**known, **fields})


def take(ledger: Ledger, *events: Event, days_ago: float = 1, role: Any = "auto") -> None:
    """Every event in a mail of its own."""
    start = ledger.write(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0])
    for number, event in enumerate(events, start):
        message = RawMessage(Origin("file:/x", "1"), NOW - timedelta(days=days_ago), b"x", 1, role)
        ledger.take([Item(message, f"{number:064x}", Parsed(event.kind, "dsn", "", (event,)))])
    ledger.upkeep.recount()


def sent(ledger: Ledger, many: int, days_ago: float = 1, **fields: str) -> None:
    at = times.iso(NOW - timedelta(days=days_ago))
    row = (fields.get("campaign", "C"), fields.get("sending_domain", ""), at)
    rows = [(f"{n}@our.test", f"a{n}@rcpt.test", *row) for n in range(many)]
    ledger.write(lambda db: db.conn.executemany(f"{SENDS} ON CONFLICT DO NOTHING", rows))


def health(dimension: str = "campaign") -> list[tuple[Any, ...]]:
    """The rows of one dimension, as a sender polls them."""
    sql = """
    SELECT name, sent, bounces, complaints, bounce_rate, complaint_rate, state, pause FROM campaign_health
    WHERE dimension = ? ORDER BY name
    """
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as reader:
        return reader.execute(sql, [dimension]).fetchall()


@pytest.mark.parametrize(
    ("bounces", "complaints", "state", "pause"),
    [
        (0, 0, "ok", 0),
        (49, 0, "ok", 0),
        (50, 0, "warning", 0),
        (99, 0, "warning", 0),
        (100, 0, "critical", 1),
        (0, 2, "ok", 0),
        (0, 3, "warning", 0),
        (0, 5, "critical", 1),
        (50, 5, "critical", 1),
    ],
)
def test_the_known_limits(bounces: int, complaints: int, state: str, pause: int, ledger: Ledger) -> None:
    sent(ledger, 1000)
    take(ledger, *(failed(n) for n in range(bounces)), *(complaint(n) for n in range(complaints)))
    [row] = health()
    assert row == ("C", 1000, bounces, complaints, bounces / 10, complaints / 10, state, pause)


def test_one_complaint_in_a_thousand_is_worth_a_notice(ledger: Ledger) -> None:
    ledger.write(lambda db: db.execute("INSERT INTO volume VALUES ('campaign', 'C', date('now'), 'hand', 3000)"))
    take(ledger, *(complaint(n) for n in range(3)))
    assert health() == [("C", 3000, 0, 3, 0.0, 0.1, "notice", 0)]


def test_few_mails_say_nothing(ledger: Ledger) -> None:
    sent(ledger, 99)
    take(ledger, *(failed(n) for n in range(50)))
    assert [row[-2:] for row in health()] == [("unknown", 0)]
    sent(ledger, 100)
    assert [row[-2:] for row in health()] == [("critical", 1)]


def test_without_volume_there_is_no_rate(ledger: Ledger) -> None:
    take(ledger, *(failed(n) for n in range(50)))
    assert health() == [("C", 0, 50, 0, None, None, "unknown", 0)]


def test_blocks_are_bounces_too_and_every_dimension_has_its_rates(ledger: Ledger) -> None:
    sent(ledger, 100, sending_domain="News.our.test")
    take(ledger, failed(1), failed(2, class_="soft", reason="expired"), failed(3, class_="block", reason="reputation"))
    facts = (100, 3, 0, 3.0, 0.0, "ok", 0)
    assert health("campaign") == [("C", *facts)]
    assert health("provider") == [("rcpt.test", *facts)]
    assert health("sending_domain") == [("news.our.test", *facts)]


@pytest.mark.parametrize(
    "event",
    [
        failed(1),
        Event("a1@rcpt.test", "bounce", "delayed", "soft", "expired", campaign="C", original_message_id="9"),
        Event("a1@rcpt.test", "auto-reply", campaign="C"),
        *(complaint(1, type_) for type_ in ("not-spam", "opt-out", "auth-failure", "dkim")),
    ],
    ids=["again", "delayed", "auto-reply", "not-spam", "opt-out", "auth-failure", "dkim"],
)
def test_what_is_no_further_bounce_or_complaint(event: Event, ledger: Ledger) -> None:
    take(ledger, failed(1), event)
    assert [row[2:4] for row in health()] == [(1, 0)]


def test_what_does_not_count_is_in_no_rate_until_it_is_accepted(ledger: Ledger) -> None:
    ledger.adopt(Policy(count={"bounce": "plausible", "complaint": "plausible"}))
    take(ledger, failed(1), failed(2, trust="plausible"))
    take(ledger, complaint(3, trust="verified"), role="bounces")
    assert [row[2:4] for row in health()] == [(1, 0)]
    ledger.decisions.accept([1, 3], "looked at them")
    ledger.upkeep.recount()
    assert [row[2:4] for row in health()] == [(2, 1)]


def test_what_is_attributed_later_counts_where_it_belongs(ledger: Ledger) -> None:
    take(ledger, Event("", "complaint", feedback_type="abuse", original_message_id="5@our.test"))
    sent(ledger, 10, sending_domain="our.test")
    assert [row[3] for row in health()] == [0]
    assert len(list(ledger.attribute())) == 1
    ledger.upkeep.recount()
    assert [(row[0], row[3]) for row in health()] == [("C", 1)]
    assert [(row[0], row[3]) for row in health("provider")] == [("rcpt.test", 1)]
    assert [(row[0], row[3]) for row in health("sending_domain")] == [("our.test", 1)]


def test_reports_that_name_nobody_pause_no_campaign_by_themselves(ledger: Ledger) -> None:
    ledger.adopt(Policy(count={"bounce": "plausible", "complaint": "plausible"}))
    sent(ledger, 100)
    complained = Event("", "complaint", feedback_type="abuse", campaign="C")
    take(ledger, *[complained] * 9)
    assert health()[0][2:4] == (0, 0)
    ledger.decisions.accept([1], "looked at it")
    ledger.upkeep.recount()
    assert health()[0][2:4] == (0, 1)
    ledger.adopt(Policy())
    ledger.upkeep.recount()
    assert health()[0][2:4] == (0, 9)


def test_rates_look_at_the_window_that_is_configured(ledger: Ledger) -> None:
    sent(ledger, 100, days_ago=20)
    take(ledger, *(failed(n) for n in range(10)), days_ago=20)
    assert [row[-1] for row in health()] == [1]
    ledger.adopt(Policy(health={**HEALTH, "window_days": 10}))
    assert health() == []
    ledger.adopt(Policy(health={**HEALTH, "bounce_critical": 10.1}))
    assert [row[-2:] for row in health()] == [("warning", 0)]


def test_of_two_sources_of_volume_the_larger_is_believed(ledger: Ledger) -> None:
    sent(ledger, 100)
    add = "INSERT INTO volume VALUES ('campaign', 'C', date('now', ?), ?, ?)"
    for row in (("-1 days", "hand", 70), ("-2 days", "hand", 50), ("-1 days", "log", 110)):
        ledger.write(lambda db, row=row: db.execute(add, row))  # type: ignore[misc]
    assert [row[1] for row in health()] == [120]


def test_the_command_says_the_worst_first_and_exits_by_it(ledger: Ledger) -> None:
    sent(ledger, 100)
    assert bounced("health").exit_code == 0
    take(ledger, *(failed(n) for n in range(5)))
    assert bounced("health").exit_code == 1
    take(ledger, *(failed(n) for n in range(5, 10)))
    shown = bounced("health", "--dimension", "campaign")
    assert shown.exit_code == 2
    assert [line.split()[:3] for line in shown.stdout.splitlines()[2:]] == [["critical", "campaign", "C"]]
    rows = [json.loads(line) for line in bounced("health", "--json").stdout.splitlines()]
    assert [(row["dimension"], row["pause"]) for row in rows] == [("campaign", 1), ("provider", 1)]


def test_an_empty_ledger_has_nothing_to_say(ledger: Ledger) -> None:
    shown = bounced("health")
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "BOUNCED HEALTH OK - no data\n", "no data\n")


def test_one_address_counts_once_in_a_window_however_often_it_reports(ledger: Ledger) -> None:
    """F7, I2: one subscriber can't pause a campaign; nor under ids, nor by a report a day."""
    sent(ledger, 100)
    mine = [complaint(1, original_message_id=f"mine-{n}@our.test", trust="verified") for n in range(30)]
    take(ledger, *mine[:15], days_ago=1)
    take(ledger, *mine[15:], days_ago=3)
    ids: Any = {"campaign": "C", "recipient_id": "4711", "feedback_type": "abuse"}
    take(ledger, *(Event("", "complaint", original_message_id=f"{n}@x", **ids) for n in range(20)))
    assert [row[2:4] for row in health()] == [(0, 2)]
    assert [row[2:4] for row in health("provider")] == [(0, 1)]
    take(ledger, *(failed(1, original_message_id=f"f{n}@our.test", campaign=c) for n in range(9) for c in "CD"))
    assert [(row[0], *row[2:4]) for row in health()] == [("C", 1, 2), ("D", 1, 0)]


def test_an_address_counts_in_every_window_with_one_of_its_days(ledger: Ledger) -> None:
    take(ledger, failed(1), days_ago=20)
    take(ledger, failed(1, original_message_id="2@our.test"), days_ago=5)
    take(ledger, failed(1, original_message_id="3@our.test"), days_ago=12)
    assert [row[2] for row in health()] == [1]
    for window, shown in ((10, [1]), (3, [])):
        ledger.adopt(Policy(health={**HEALTH, "window_days": window}))
        assert [row[2] for row in health() if row[2]] == shown


def counted() -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect("file:bounced.db?mode=ro", uri=True)) as reader:
        sql = "SELECT * FROM outcomes WHERE bounces <> 0 OR complaints <> 0 ORDER BY dimension, name, day"
        return reader.execute(sql).fetchall()


def count_from_nothing(ledger: Ledger) -> None:
    def forget(db: Database) -> None:
        db.execute("DELETE FROM latest_outcome_rows")
        db.execute("DELETE FROM stale")
        db.execute("INSERT INTO stale SELECT id, 0 FROM events")

    ledger.write(forget)
    ledger.upkeep.recount()


def test_what_is_counted_step_by_step_is_what_is_counted_from_nothing(ledger: Ledger) -> None:
    careful = Policy(count={"bounce": "plausible", "complaint": "plausible"})
    unnamed = Event("", "complaint", feedback_type="abuse", campaign="C", trust="plausible")
    take(ledger, *(failed(n, trust="plausible") for n in range(3)), failed(1), complaint(2), days_ago=9)
    take(ledger, failed(1, original_message_id="x", trust="plausible"), failed(1, original_message_id="y"), days_ago=4)
    named_later = [replace(unnamed, recipient_id=id_) for id_ in ("4711", "4711", "4712")]
    take(ledger, unnamed, *named_later, replace(unnamed, original_message_id="5@our.test"), days_ago=2)
    for policy in (careful, Policy(), careful):
        ledger.adopt(policy)
        ledger.upkeep.recount()
        before = counted()
        count_from_nothing(ledger)
        assert counted() == before != []
    sent(ledger, 10)
    ledger.write(lambda db: db.execute("INSERT INTO recipients (id, address) VALUES ('4711', 'a2@rcpt.test')"))
    assert len(list(ledger.attribute())) == 1
    ledger.decisions.accept([4], "looked at it")
    ledger.upkeep.recount()
    before = counted()
    count_from_nothing(ledger)
    assert counted() == before
    assert min(number for *_, bounces, complaints in before for number in (bounces, complaints)) >= 0


def rows_changed(ledger: Ledger, event: Event) -> int:
    """What counting one more event changes in the file."""
    connection = ledger._db.conn
    start = ledger.write(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0])
    message = RawMessage(Origin("file:/x", "1"), NOW - timedelta(days=1), b"x", 1)
    ledger.take([Item(message, f"{start:064x}", Parsed(event.kind, "dsn", "", (event,)))])
    before = connection.total_changes
    ledger.upkeep.recount()
    return connection.total_changes - before


def test_one_more_event_costs_the_same_on_a_day_of_a_thousand(ledger: Ledger) -> None:
    """G14."""
    take(ledger, failed(0))
    first = rows_changed(ledger, failed(1))
    take(ledger, *(failed(n) for n in range(2, 1000)))
    assert rows_changed(ledger, failed(2000)) == first
