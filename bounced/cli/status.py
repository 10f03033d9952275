"""`bounced status`: how it goes, for people and for a check like those of Nagios."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Any

import click

from bounced import times
from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, reading
from bounced.config import Config, Schedule
from bounced.daemon import preflight
from bounced.errors import EXIT_CRITICAL, EXIT_SUCCESS, EXIT_UNKNOWN, EXIT_WARNING, LedgerError
from bounced.ledger import queries
from bounced.peer import printable

#: A mailbox that no poll got through to for so long is critical; before that it is a warning.
CRITICAL = timedelta(hours=1)

#: What a poll may take beyond its time.
SLACK = timedelta(minutes=1)

#: Exit codes of the Nagios plugin interface.
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
OK, WARNING, CRITICAL_STATE, UNKNOWN = EXIT_SUCCESS, EXIT_WARNING, EXIT_CRITICAL, EXIT_UNKNOWN

_MAILBOX = ("state", "mailbox", "polled_at", "waiting", "unsettled", "failing_since", "next_try", "problem")
_JOB = ("state", "job", "ran_at", "problem")


@click.command(epilog="Example: bounced status || mail -s 'bounced needs help' postmaster < /dev/null")
@json_option
@config_option
def status(json_: bool, config_file: str | None) -> None:
    """How it goes: mailboxes, last polls, counts, backlog, jobs. Exit status as Nagios wants it: 0, 1, 2 or 3."""
    found = load(config_file)
    now = times.now()
    try:
        with reading(found) as db:
            counts, polled = queries.counts(db, now), {row["mailbox"]: row for row in queries.mailboxes(db)}
            jobs = [{**row, "state": WARNING if row["problem"] else OK} for row in queries.jobs(db)]
    except LedgerError as error:
        click.echo(output.as_json({"state": "CRITICAL", "problem": str(error)}) if json_ else _alarm(str(error)))
        sys.exit(CRITICAL_STATE)
    rows = [_state(row, poll, now) for row, poll in _configured(found, polled)]
    state = max((row["state"] for row in (*rows, *jobs)), default=UNKNOWN) if rows else UNKNOWN
    if json_:
        facts = {"state": STATES[state], **counts, "mailboxes": _named(rows), "jobs": _named(jobs)}
        click.echo(output.as_json({**facts, "notes": preflight.notes(found)}))
    else:
        click.echo(_summary(STATES[state], counts, rows))
        click.echo(output.as_table(_named(rows), _MAILBOX), nl=bool(rows))
        click.echo(output.as_table(_named(jobs), _JOB), nl=bool(jobs))
        for note in preflight.notes(found):
            click.echo(f"note: {note}")
    sys.exit(state)


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "state": STATES[row["state"]]} for row in rows]


def _configured(found: Config, polled: dict[str, Any]) -> list[tuple[dict[str, Any], Schedule]]:
    never = {"polled_at": None, "failing_since": None, "next_try": None, "problem": "", "waiting": 0, "unsettled": 0}
    names = [(f"imap:{name}/{folder}", box.poll) for name, box in found.mailbox.items() for folder in box.watched]
    return [({"mailbox": name, **never, **polled.get(name, {})}, poll) for name, poll in names]


def _state(row: dict[str, Any], poll: Schedule, now: datetime) -> dict[str, Any]:
    """The row with its state: when was the last poll that went through?"""
    polled_at = times.parse_or_none(row["polled_at"])
    if polled_at is None:
        return {**row, "state": CRITICAL_STATE, "problem": row["problem"] or "was never polled: is the daemon running?"}
    third = poll.after(poll.after(poll.after(polled_at)))
    if row["failing_since"] is None and polled_at - SLACK <= now <= third + SLACK:
        return {**row, "state": WARNING if row["next_try"] else OK}  # what it could not do beside reading
    state = CRITICAL_STATE if now > max(third, polled_at + CRITICAL) else WARNING
    return {**row, "state": state, "problem": row["problem"] or _unpolled(now - polled_at)}


def _unpolled(age: timedelta) -> str:
    if age < timedelta():
        return "the last poll lies in the future: was the clock set?"
    return f"no poll for {int(age.total_seconds())} s: is the daemon running?"


def _alarm(said: str) -> str:
    """The line of a check that found no database; Nagios shows what stands on standard output."""
    return f"BOUNCED CRITICAL - {printable(said, 500)}"


def _summary(state: str, counts: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    waiting = sum(row["waiting"] + row["unsettled"] for row in rows)
    return (
        f"BOUNCED {state} - {len(rows)} mailboxes, backlog {waiting}, {counts['messages']} mails, "
        f"{counts['events']} events, {counts['suppressed']} suppressed, {counts['unrecognized']} unrecognized, "
        f"{counts['held']} held ({counts['held_today']} in 24 h), {counts['blocked_today']} blocked in 24 h"
    )
