"""The figures of a report: what they count, and that they are those of the other commands."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlite_utils import Database

from bounced import times
from bounced.address import of_tenant
from bounced.ledger import database, report
from bounced.ledger.ledger import Ledger
from bounced.ledger.report import By, rates, tables
from bounced.ledger.whose import EVERYBODY, Whose
from bounced.policy import HEALTH, Policy
from bounced.sent import volume
from tests.support import reported
from tests.support.ledger import failed, item
from tests.support.reported import DMARC, HOSTILE

NOW = times.now().replace(hour=12)


@pytest.fixture
def db(path: str) -> Iterator[Database]:
    reported.month(path, NOW)
    opened = database.open_for_reading(path)
    yield opened
    opened.conn.close()


def read(db: Database, days: int = 30, by: By = "provider", limit: int = 10) -> dict[str, Any]:
    return report.read(db, NOW - timedelta(days=days), NOW, Policy(), by, limit)


def test_volumes_are_of_the_period_alone(db: Database) -> None:
    volumes = read(db)["volumes"]
    assert {name: volumes[name] for name in ("sent", "event_count", "failed", "complaints", "held")} == {
        "sent": 1200,
        "event_count": 12 + 3 + 1 + 3 + 2 + 3,
        "failed": 12 + 3 + 1 + 3 + 2,
        "complaints": 3,
        "held": 0,
    }
    assert (volumes["suppressed"], volumes["unrecognized"]) == (4, 1)
    assert read(db, days=1)["volumes"]["failed"] == 0


def test_an_address_has_the_class_of_its_latest_failure(db: Database) -> None:
    classes = {row["class"]: (row["event_count"], row["addresses"], row["rate"]) for row in read(db)["classes"]}
    assert classes == {
        "hard": (5, 2, 0.167),
        "soft": (0, 0, 0.0),
        "block": (16, 16, 1.333),
        "complaint": (3, 3, 0.25),
    }


def test_all_rates_together_are_judged_by_the_limits(db: Database) -> None:
    judged = read(db)["rates"]
    assert (judged["bounces"], judged["bounce_rate"], judged["complaint_rate"]) == (18, 1.5, 0.25)
    assert judged["state"] == "notice"
    assert judged["limits"] == HEALTH


def test_customers_of_a_provider_are_one_provider(db: Database) -> None:
    groups = {row["name"]: row for row in read(db)["groups"]}
    assert groups["google"]["block"] == 12
    assert "customer.test" not in {name for name, row in groups.items() if row["event_count"]}
    assert groups["yahoo"]["complaint"] == 3
    assert groups["dead.test"]["sent"] == 700
    assert groups["dead.test"]["bounces"] == 2


@pytest.mark.parametrize("by", report.GROUPINGS)
def test_each_grouping_has_all_events(db: Database, by: By) -> None:
    rows = read(db, by=by, limit=100)["groups"]
    assert sum(row["event_count"] for row in rows) == 24
    few = read(db, by=by, limit=1)
    assert (len(few["groups"]), few["more_groups"]) == (1, len(rows) - 1)


def test_the_rates_of_a_campaign_are_those_of_health(db: Database) -> None:
    view = db.query("SELECT * FROM campaign_health WHERE dimension = 'campaign'")
    expected = {row["name"]: {name: row[name] for name in ("sent", "bounces", "bounce_rate", "state")} for row in view}
    rows = {row["name"]: row for row in read(db, by="campaign", limit=100)["groups"]}
    assert {name: {key: rows[name][key] for key in row} for name, row in expected.items()} == expected
    assert expected["spring"]["state"] == "critical"


def test_blocks_are_counted_by_what_said_them(db: Database) -> None:
    blocks = read(db)["blocks"]
    assert [(row["provider"], row["event_count"], row["before"]) for row in blocks] == [
        ("google", 12, 0),
        ("microsoft", 3, 3),
        ("odd.test", 1, 0),
    ]
    assert blocks[0]["text"] == DMARC
    assert blocks[1]["first_at"] == times.iso(NOW - timedelta(days=40))
    assert blocks[1]["last_at"] == times.iso(NOW - timedelta(days=2))


def test_a_campaign_says_why_it_is_bad(db: Database) -> None:
    worst, *_ = read(db)["campaigns"]
    assert (worst["name"], worst["hard"], worst["block"], worst["complaint"]) == ("spring", 3, 15, 3)
    assert [(row["class"], row["reason"], row["event_count"]) for row in worst["reasons"]] == [
        ("block", "authentication", 12),
        ("complaint", "abuse", 3),
        ("block", "reputation", 3),
    ]
    assert worst["reasons"][0]["text"] == DMARC


def test_who_is_about_to_be_suppressed(db: Database) -> None:
    [row] = read(db)["nearly"]
    assert (row["address"], row["bounces"], row["failures"]) == ("nearly@dead.test", 2, 1)
    assert row["after"] == times.iso(NOW - timedelta(days=10) + timedelta(days=15))


def test_what_is_held_counts_apart(path: str, db: Database) -> None:
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO texts VALUES (999999, 'held: for this test')")
        writer.execute(
            "INSERT INTO doubt_rows (address, event, why) SELECT address, id, 999999 FROM event_rows LIMIT 5"
        )
        writer.commit()
    answer = read(db)
    assert answer["volumes"]["held"] == 5
    assert answer["doubts"] == [{"doubt": "held: for this test", "event_count": 5}]
    assert sum(row["event_count"] for row in answer["groups"]) == 24 - 5


def test_unrecognized_messages_of_the_period(db: Database) -> None:
    [row] = read(db)["unrecognized_messages"]
    assert row["subject"].startswith(HOSTILE[:20])


def test_an_empty_ledger_has_a_report(path: str) -> None:
    with Ledger(path, Policy()):
        pass
    with closing(database.open_for_reading(path).conn) as connection:
        answer = read(Database(connection))
    assert answer["rates"]["state"] == "unknown"
    assert answer["groups"] == answer["blocks"] == answer["campaigns"] == answer["nearly"] == []


def test_a_report_leaves_nothing_and_may_be_repeated(db: Database) -> None:
    assert read(db) == read(db)
    assert db.execute("SELECT count(*) FROM sqlite_temp_master").fetchone() == (0,)
    assert not db.conn.in_transaction


@pytest.mark.parametrize("statement", ["REPORTED", "FAILING", "LATENCY"])
def test_only_the_period_is_read(db: Database, statement: str) -> None:
    period = tables.period(NOW - timedelta(days=30), NOW)
    db.conn.create_function("provider_of", 2, lambda *_: "")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {getattr(tables, statement)}", period.parameters())]
    assert any(step.startswith("SEARCH event_rows USING INDEX events_by_date") for step in plan)
    assert [step for step in plan if step.startswith("SCAN ") and not step.startswith("SCAN numbered")] == []


@pytest.mark.parametrize(
    ("since", "first"),
    [
        (timedelta(days=30), timedelta(days=29)),  # as campaign_health: today is one of them
        (timedelta(days=1), timedelta()),
        (timedelta(hours=1), timedelta()),
        (timedelta(), timedelta()),
    ],
)
def test_a_period_is_of_whole_days(since: timedelta, first: timedelta) -> None:
    today = NOW.replace(hour=0, minute=0, second=0)
    assert tables.period(NOW - since, NOW).since == today - first
    assert tables.period(today, NOW).since == today


NUMBERS = st.integers(0, 400)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A ledger with nothing but the limits."""
    path = str(tmp_path_factory.mktemp("view") / "bounced.db")
    with Ledger(path, Policy()):
        pass
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@given(NUMBERS, NUMBERS, NUMBERS)
@example(64, 0, 1)  # 1.5625 %
def test_rates_are_judged_as_the_view_does(view: sqlite3.Connection, sent: int, bounces: int, complaints: int) -> None:
    view.execute("INSERT INTO volume VALUES ('campaign', 'c', date('now'), 'hand', ?)", [sent])
    view.execute("INSERT INTO outcomes VALUES ('campaign', 'c', date('now'), ?, ?)", [bounces, complaints])
    names = ("sent", "bounces", "bounce_rate", "complaints", "complaint_rate", "state")
    row = view.execute(f"SELECT {', '.join(names)} FROM campaign_health").fetchone()
    view.rollback()
    assert rates.judged(Database(view), sent, bounces, complaints, HEALTH) == dict(zip(names, row, strict=True))


def of_tenants(path: str, *tenants: str, whose: Whose = EVERYBODY) -> dict[str, Any]:
    """The report about the same mail, of one tenant after the other."""
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        for number in range(12):
            tenant = tenants[number % len(tenants)]
            event = failed(f"n{number // 4}-{number % 2}@gmail.com", campaign="spring", diagnostic_code="550 no")
            at, one = NOW - timedelta(days=25 - 2 * number), item(number, 0, event)
            ledger.take([replace(one, message=replace(one.message, tenant=tenant, arrived_at=at, stored_at=at))])
        for tenant in tenants:
            names = {"campaign": of_tenant(tenant, "spring"), "provider": of_tenant(tenant, "gmail.com")}
            day = NOW.date().isoformat()
            ledger.write(partial(volume.add, names=names, day=day, sent=600 // len(tenants)))
        ledger.decisions.decide([of_tenant(tenants[0], "max@b.test")], "suppress", "all", "")
        ledger.upkeep.recount()
    with closing(sqlite3.connect(path)) as conn:
        facts = report.read(Database(conn), NOW - timedelta(days=30), NOW, Policy(), whose=whose)
    told: dict[str, Any] = json.loads(json.dumps(facts, default=str).replace("(acme)", "").replace("(globex)", ""))
    told["nearly"].sort(key=lambda row: str(row["address"]))
    return told


def test_it_is_about_the_mail_of_all_tenants(tmp_path: Path) -> None:
    house = of_tenants(str(tmp_path / "house.db"), "")
    assert [row["name"] for row in house["campaigns"]] == ["spring"]
    assert house["campaigns"][0]["sent"] == house["groups"][0]["sent"] == 600
    assert house["campaigns"][0]["reasons"][0]["text"] == "550 no"
    assert house["nearly"]
    assert of_tenants(str(tmp_path / "acme.db"), "acme") == house
    assert of_tenants(str(tmp_path / "both.db"), "acme", "globex") == house


def take_months(path: str, tenants: dict[str, int]) -> None:
    """So many months of mail of each tenant, in a mailbox of his own, with what was sent, held and is silent."""
    for tenant, months in tenants.items():
        for number in range(months):
            reported.month(path, NOW - timedelta(hours=number), tenant)
    with Ledger(path, Policy(), clock=lambda: NOW) as ledger:
        ledger.upkeep.recount()
        for suffix in (f"-{tenant}" if tenant else "" for tenant in tenants):
            for name in ("bounces", "complaints"):
                ledger.folders.polled(f"imap:{name}{suffix}/INBOX", 0)
        ledger.arrivals.read()
        ledger.write(lambda db: db.execute("UPDATE arrival_sources SET silent_since = 400000, silent_after = 72"))


MAILBOXES = {
    "bounces-acme": "acme",
    "complaints-acme": "acme",
    "bounces-globex": "globex",
    "complaints-globex": "globex",
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of two tenants and the house, and for each of them one with nothing else, which has the same name."""
    folder = tmp_path_factory.mktemp("shared")
    take_months(str(folder / "all.db"), {"": 1, "acme": 2, "globex": 3})
    for tenant, months in (("", 1), ("acme", 2), ("globex", 3)):
        take_months(str(folder / f"{tenant}.db"), {tenant: months})
    return folder


def facts_of(path: Path, tenant: str | None, by: By) -> dict[str, Any]:
    with closing(sqlite3.connect(path)) as conn:
        whose = Whose(tenant, MAILBOXES)
        facts = report.read(Database(conn), NOW - timedelta(days=30), NOW, Policy(), by, 100, whose=whose)
    reasons = [why for campaign in facts["campaigns"] for why in campaign["reasons"]]
    for row in (*facts["blocks"], *reasons, *facts["unrecognized_messages"]):
        row.pop("event", row.pop("id", None))  # numbers of rows
    for row in facts["unrecognized_messages"]:
        row["source"], _, _ = row["source"].partition(" ")  # and of messages
    return facts


@pytest.mark.parametrize("by", report.GROUPINGS)
@pytest.mark.parametrize("tenant", ["", "acme", "globex"])
def test_a_report_of_one_tenant_is_as_if_he_were_alone(shared: Path, tenant: str, by: By) -> None:
    facts = facts_of(shared / "all.db", tenant, by)
    assert facts["volumes"]["failed"] and facts["nearly"] and facts["unrecognized_messages"] and facts["silences"]
    alone = facts_of(shared / f"{tenant}.db", tenant, by)
    assert facts == alone
    assert not [row for row in facts["nearly"] if row["address"].startswith("(")]


@pytest.mark.parametrize("tenant", ["", "acme", "globex"])
def test_numbers_of_a_tenant_are_those_of_sql(shared: Path, tenant: str) -> None:
    volumes = facts_of(shared / "all.db", tenant, "day")["volumes"]
    first = tables.period(NOW - timedelta(days=30), NOW).day
    with closing(sqlite3.connect(shared / "all.db")) as conn:
        failures, complaints = conn.execute(
            """
            SELECT count(*) FILTER (WHERE action = 'failed'), count(*) FILTER (WHERE kind = 'complaint')
            FROM tenant_events WHERE tenant = ? AND happened_at >= ?
            """,
            [tenant, first],
        ).fetchone()
        [sent] = conn.execute(
            "SELECT sum(sent) FROM tenant_health WHERE tenant = ? AND dimension = 'campaign'", [tenant]
        ).fetchone()
        [suppressed] = conn.execute("SELECT count(*) FROM tenant_suppressed WHERE tenant = ?", [tenant]).fetchone()
    assert (volumes["failed"], volumes["complaints"], volumes["sent"]) == (failures, complaints, sent)
    assert volumes["suppressed"] == suppressed > 0


def test_what_is_silent_is_in_the_report(shared: Path) -> None:
    silences = facts_of(shared / "all.db", None, "day")["silences"]
    names = {(row["kind"], row["name"]) for row in silences}
    assert ("mailbox", "imap:bounces/INBOX") in names
    assert ("mailbox", "imap:bounces-acme/INBOX") in names
    assert ("feedback-loop", "yahoo") in names
    assert {(row["since"], row["hours"]) for row in silences} == {("2015-08-19T16:00:00Z", 72)}
