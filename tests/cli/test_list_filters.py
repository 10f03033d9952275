"""Options that narrow lists: each command shows just those rows of which they hold."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from bounced.cli.dates import parsed
from tests.support import documents, reported
from tests.support.commands import bounced, one_line

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
MIDDLE = "2026-11-20T00:00:00Z"

Row = dict[str, Any]


@pytest.fixture
def rows_of_all(here: Path) -> None:
    """A month of events, of which every second is held, suppressions of two causes, and an incident."""
    reported.month("bounced.db", NOW)
    bounced("suppress", "--why", "asked by Phone", "zoe@sub.customer.test")
    with closing(sqlite3.connect("bounced.db")) as db:
        db.execute("INSERT INTO texts VALUES (999999, 'held: for this test')")
        db.execute(
            "INSERT INTO doubt_rows (address, event, why) SELECT address, id, 999999 FROM event_rows WHERE id % 2"
        )
        db.execute("UPDATE suppression_rows SET since = '2026-11-10T00:00:00Z' WHERE cause = 'bounce'")
        for unit, hour in ((1, 496_000), (2, 500_000)):
            db.execute(
                "INSERT INTO failure_units VALUES (?, 0, 'provider', ?, 'verified', '')", [unit, f"provider {unit}"]
            )
            db.execute("INSERT INTO incident_spans VALUES (?, ?, ?, 3, ?, NULL)", [unit, unit, hour, hour])
        db.commit()


def listed(*words: str) -> list[Row]:
    result = bounced(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def at(column: str, domain: str) -> Callable[[Row], bool]:
    return lambda row: row[column].endswith((f"@{domain}", f".{domain}"))


def says(column: str, text: str) -> Callable[[Row], bool]:
    return lambda row: text.lower() in row[column].lower()


def equals(column: str, value: str) -> Callable[[Row], bool]:
    return lambda row: bool(row[column] == value)


def since(column: str) -> Callable[[Row], bool]:
    return lambda row: row[column] >= MIDDLE


def until(column: str) -> Callable[[Row], bool]:
    return lambda row: row[column] < MIDDLE


DATES = {"suppressions": "since", "held": "happened_at", "reports": "happened_at", "incidents": "since"}

CASES = [
    *(((command, "--since", MIDDLE), since(column)) for command, column in DATES.items()),
    *(((command, "--until", MIDDLE), until(column)) for command, column in DATES.items() if command != "reports"),
    (("suppressions", "--provider", "CUSTOMER.test"), at("address", "customer.test")),
    (("suppressions", "--reason", "abuse"), equals("reason", "abuse")),
    (("suppressions", "--text", "PHONE"), says("detail", "phone")),
    (("suppressions", "--cause", "bounce"), equals("cause", "bounce")),
    (("held", "--provider", "gmail.com"), at("address", "gmail.com")),
    (("held", "--reason", "authentication"), equals("reason", "authentication")),
    (("held", "--text", "5.7.26"), says("diagnostic_code", "5.7.26")),
    (("held", "--campaign", "spring"), equals("campaign", "spring")),
    (("reports", "--provider", "yahoo.com"), at("address", "yahoo.com")),
    (("reports", "--text", "unwanted"), says("diagnostic_code", "unwanted")),
    (("reports", "--campaign", "spring"), equals("campaign", "spring")),
    (("unrecognized", "--text", "STOLEN"), says("subject", "stolen")),
    (("unrecognized", "--since", MIDDLE), since("arrived_at")),
    (("incidents", "--text", "provider 2"), says("name", "provider 2")),
]


@pytest.mark.usefixtures("rows_of_all")
@pytest.mark.parametrize(("words", "holds"), CASES, ids=lambda case: " ".join(case) if isinstance(case, tuple) else "")
def test_a_filter_shows_the_rows_of_which_it_holds(words: tuple[str, ...], holds: Callable[[Row], bool]) -> None:
    everything = listed(words[0])
    expected = [row for row in everything if holds(row)]
    assert expected
    assert listed(*words) == expected


@pytest.mark.usefixtures("rows_of_all")
def test_filters_hold_together_and_what_is_left_out_is_counted() -> None:
    both = listed("held", "--campaign", "spring", "--reason", "authentication")
    assert both == [row for row in listed("held", "--campaign", "spring") if row["reason"] == "authentication"]
    assert bounced("held", "--reason", "authentication", "--limit", "1").stderr.splitlines()[0] == (
        f"and {len(both) - 1} more (--limit)"
    )
    assert bounced("suppressions", "--reason", "none of these").stderr == "no suppressions\n"


@pytest.mark.usefixtures("rows_of_all")
def test_health_may_be_asked_for_a_state_and_answers_for_all() -> None:
    bad = bounced("health", "--state", "critical", "--dimension", "campaign", "--json")
    assert [json.loads(line)["state"] for line in bad.stdout.splitlines()] == ["critical"]
    assert bounced("health", "--state", "ok").exit_code == bad.exit_code == 2
    assert bounced("health", "--limit", "1").stderr.startswith("and ")


def test_decisions_are_listed_by_when_they_were_made() -> None:
    reported.month("bounced.db", NOW)
    assert bounced("undo", "--reason", "reputation", "--yes").exit_code == 0
    assert len(listed("undo", "--list")) == len(listed("undo", "--list", "--since", "1h")) == 1
    assert listed("undo", "--list", "--until", "1h") == []
    assert "no other filter" in one_line(bounced("undo", "--list", "--reason", "reputation"))


#: Lists that are not of what happened.
SHORT = {"alarms", "explain", "health", "sink list", "report"}


@pytest.mark.parametrize(
    "words",
    [
        *(("held", option) for option in ("--provider", "--reason", "--text", "--campaign")),
        *(("undo", option) for option in ("--provider", "--text", "--campaign")),
        ("reports", "--type"),
        ("sink", "drop"),
    ],
)
def test_words_that_are_not_utf_8_are_one_line(words: tuple[str, ...]) -> None:
    """As a shell of another character set passes them."""
    result = bounced(*words, "caf\udce9")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not UTF-8" in one_line(result)


def test_every_list_has_a_limit_and_dates() -> None:
    limited = {name for name, command in documents.commands().items() if "limit" in _options(command)}
    assert limited >= {"suppressions", "held", "reports", "unrecognized", "incidents", "incident show", "undo", *SHORT}
    assert {name for name in limited if "since" not in _options(documents.commands()[name])} <= SHORT


def _options(command: click.Command) -> set[str | None]:
    return {parameter.name for parameter in command.params}


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("today", "2026-11-29T00:00:00+00:00"),
        ("yesterday", "2026-11-28T00:00:00+00:00"),
        ("7d", "2026-11-22T12:00:00+00:00"),
        ("90m", "2026-11-29T10:30:00+00:00"),
        ("2026-09-01", "2026-09-01T00:00:00+00:00"),
        ("2026-09-01T12:00:00+02:00", "2026-09-01T10:00:00+00:00"),
    ],
)
def test_dates_on_the_command_line(text: str, date: str) -> None:
    assert parsed(text, NOW).isoformat() == date


@pytest.mark.parametrize("text", ["", "soon", "d", "-1d", "1w", "99999999d", "2026-13-01", "tomorrow"])
def test_what_is_no_date(text: str) -> None:
    assert "must look like" in one_line(bounced("held", "--since", text))
