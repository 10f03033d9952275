"""`bounced status`: the state of the daemon, for people and as a Nagios plugin."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from bounced import times
from bounced.cli import nagios, output
from bounced.cli.common import config_option, json_option, load, read_only
from bounced.cli.help import command
from bounced.cli.terminal import wide_option
from bounced.config import Config, Schedule
from bounced.daemon import preflight
from bounced.errors import EXIT_CRITICAL, EXIT_SUCCESS, EXIT_UNKNOWN, EXIT_WARNING, LedgerError, UserError
from bounced.ledger import canaries, locks, mail_logs, queries, sinks
from bounced.peer import printable

if TYPE_CHECKING:
    from sqlite_utils import Database

#: A mailbox without a successful poll for this long is critical; before that it is a warning.
CRITICAL = timedelta(hours=1)

#: How late a poll may be.
SLACK = timedelta(minutes=1)

#: Exit codes of the Nagios plugin interface.
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
OK, WARNING, CRITICAL_STATE, UNKNOWN = EXIT_SUCCESS, EXIT_WARNING, EXIT_CRITICAL, EXIT_UNKNOWN

#: Counts that go up and down, as monitors draw them.
FIGURES = (
    "suppressed",
    "unrecognized",
    "held",
    "held_today",
    "not_stored",
    "blocked_today",
    "open_incidents",
    "probes_due",
    "withheld",
)

_COUNTS = ("waiting", "unsettled", "withheld", "deferred")
_MAILBOX = ("state", "mailbox", "polled_at", *_COUNTS, "failing_since", "next_try", "problem")
_JOB = ("state", "job", "ran_at", "problem")
_LOG_COUNTS = ("lines", "deliveries", "unknown", "skipped", "gaps")


@command(epilog="Example: bounced status || mail -s 'bounced needs help' postmaster < /dev/null")
@wide_option
@json_option
@config_option
def status(json_: bool, config_file: str | None) -> None:
    """Show the daemon's status: mailboxes, last polls, counts, backlog, jobs. Exit status as for Nagios: 0 to 3."""
    config = _loaded(config_file, json_)
    try:
        with read_only(config) as db:
            current = read_status(db, config, times.now())
    except LedgerError as error:
        click.echo(output.as_json({"state": "CRITICAL", "problem": str(error)}) if json_ else _alarm(str(error)))
        sys.exit(CRITICAL_STATE)
    if json_:
        click.echo(output.as_json({**_as_facts(current), "notes": preflight.notes(config)}))
    else:
        _show(current, preflight.notes(config))
    sys.exit(current.state)


@dataclass(frozen=True)
class Status:
    """The state of the daemon; the state in each row is a number, an index of STATES."""

    counts: dict[str, Any]
    mailboxes: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    logs: list[dict[str, Any]]
    tables: dict[str, Any]

    @property
    def state(self) -> int:
        """The worst state; UNKNOWN when no mailbox is configured."""
        return max(row["state"] for row in (*self.mailboxes, *self.jobs)) if self.mailboxes else UNKNOWN

    @property
    def facts(self) -> str:
        """The counts, for people."""
        return _facts(self.counts, self.mailboxes)


def read_status(db: Database, config: Config, now: datetime) -> Status:
    """The state of the daemon of ``config``. Raises LedgerError."""
    polled = {row["mailbox"]: row for row in queries.mailboxes(db)}
    jobs = [{**row, "state": WARNING if row["problem"] else OK} for row in queries.jobs(db)]
    jobs += map(_sink, sinks.status(db))
    jobs += map(_silence, queries.silences(db))
    jobs += [_brake(row) for row in (queries.brake(db),) if row]
    jobs += [_canary(canaries.status(db))] if config.canary else []
    logs = [_log(row) for row in mail_logs.status(db) if row["name"] in config.logs]
    if problem := locks.problem(config.database.path):
        jobs.append({"state": CRITICAL_STATE, "job": "writing", "ran_at": None, "problem": problem})
    mailboxes = [_state(row, poll, now) for row, poll in _configured(config, polled)]
    return Status(queries.counts(db, now), mailboxes, jobs + logs, logs, queries.tables(db))


def _as_facts(current: Status) -> dict[str, Any]:
    """The status, for programs."""
    rows = {"mailboxes": _named(current.mailboxes), "jobs": _named(current.jobs)}
    return {"state": STATES[current.state], **current.counts, **rows, "reclassification": current.tables}


def _show(current: Status, notes: list[str]) -> None:
    """Prints the status for people; its first line is that of a Nagios plugin."""
    problems, figures = _problems(current.mailboxes, current.jobs), _figures(current.counts, current.mailboxes)
    click.echo(nagios.line("BOUNCED", STATES[current.state], problems, current.facts, figures))
    click.echo(output.as_table(_named(current.mailboxes), _MAILBOX), nl=bool(current.mailboxes))
    click.echo(output.as_table(_named(current.jobs), _JOB), nl=bool(current.jobs))
    for row in current.logs:
        click.echo(output.log_counts(row))
    if current.tables:
        click.echo(output.reclassified(current.tables))
    for note in notes:
        click.echo(f"note: {note}")


def _loaded(config_file: str | None, json_: bool) -> Config:
    """The configuration; a monitor shows what is on standard output, so what is wrong with it stands there too."""
    try:
        return load(config_file)
    except UserError as error:
        problem = printable(error.problems[0], 1000)
        click.echo(
            output.as_json({"state": "UNKNOWN", "problem": problem}) if json_ else f"BOUNCED UNKNOWN - {problem}"
        )
        raise


def _sink(row: dict[str, Any]) -> dict[str, Any]:
    """A sink, as a job: it is well when it took what it was given."""
    waiting = f"{row['waiting']:,} changes wait" if row["waiting"] else ""
    dead = f"{row['dead']:,} refused: bounced sink list" if row["dead"] else ""
    state = WARNING if row["configured"] and (row["problem"] or row["dead"]) else OK
    problem = "; ".join(filter(None, (row["problem"], row["problem"] and waiting, dead)))
    return {"state": state, "job": f"sink:{row['name']}", "ran_at": row["delivered_at"], "problem": problem}


def _silence(row: dict[str, Any]) -> dict[str, Any]:
    """What is silent, as a job: somebody has to look why nothing arrives."""
    problem = f"silent since {row['since']}: at least one message in {output.counted(row['hours'], 'hour')} is expected"
    return {"state": WARNING, "job": f"{row['kind']}:{row['name']}", "ran_at": row["since"], "problem": problem}


def _brake(row: dict[str, Any]) -> dict[str, Any]:
    """The brake, as a job: it waits for a person."""
    number = output.counted(row["addresses"], "address", "es")
    unproved = f" ({row['unproved']:,} of them without proof)" if row["unproved"] else ""
    problem = f"{number} withheld since {row['since']}{unproved}: see bounced withheld, then bounced resume"
    return {"state": WARNING, "job": "brake", "ran_at": row["since"], "problem": problem}


def _canary(row: dict[str, Any]) -> dict[str, Any]:
    """The canary, as a job: where it is late, no report may arrive at all."""
    since = row["missed_since"]
    late = f"late: none sent since {since} came back, the last one {row['returned_at'] or 'never'}" if since else ""
    problem = "; ".join(filter(None, (late, row["problem"])))
    return {"state": WARNING if problem else OK, "job": "canary", "ran_at": row["ran_at"], "problem": problem}


def _log(row: dict[str, Any]) -> dict[str, Any]:
    """A mail log, as a job: it is well when it can be read; for a day not, when lines were lost."""
    lately = times.iso(times.now() - timedelta(days=1))
    gap = f"lines were lost: {row['gap']}" if row["gap_at"] and row["gap_at"] > lately else ""
    problem = "; ".join(filter(None, (row["problem"], gap)))
    counts = {name: row[name] for name in _LOG_COUNTS}
    return {
        "state": WARNING if problem else OK,
        "job": f"log:{row['name']}",
        "ran_at": row["read_at"],
        "problem": problem,
        **counts,
    }


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "state": STATES[row["state"]]} for row in rows]


def _configured(config: Config, polled: dict[str, Any]) -> list[tuple[dict[str, Any], Schedule]]:
    never = {
        "polled_at": None,
        "failing_since": None,
        "next_try": None,
        "problem": "",
        **dict.fromkeys(_COUNTS, 0),
    }
    names = [
        (f"imap:{name}/{folder}", section.poll)
        for name, section in config.mailbox.items()
        for folder in section.watched
    ]
    return [({"mailbox": name, **never, **polled.get(name, {})}, poll) for name, poll in names]


def _state(row: dict[str, Any], poll: Schedule, now: datetime) -> dict[str, Any]:
    """The row with its state, by the last successful poll."""
    polled_at = times.parse_or_none(row["polled_at"])
    if polled_at is None:
        return {**row, "state": CRITICAL_STATE, "problem": row["problem"] or "never polled: is the daemon running?"}
    third = poll.after(poll.after(poll.after(polled_at)))
    if row["failing_since"] is None and polled_at - SLACK <= now <= third + SLACK:
        return {**row, "state": WARNING if row["next_try"] else OK}  # it could be read, but not everything else worked
    state = CRITICAL_STATE if now > max(third, polled_at + CRITICAL) else WARNING
    return {**row, "state": state, "problem": row["problem"] or _unpolled(now - polled_at)}


def _unpolled(age: timedelta) -> str:
    if age < timedelta():
        return "the last poll is in the future: was the clock set?"
    return f"no poll for {int(age.total_seconds())} s: is the daemon running?"


def _alarm(problem: str) -> str:
    """The line of a check without a database; Nagios shows standard output."""
    return f"BOUNCED CRITICAL - {printable(problem, 500)}"


def _problems(rows: list[dict[str, Any]], jobs: list[dict[str, Any]]) -> list[str]:
    """What is wrong, the worst first."""
    named = [(row["state"], row.get("mailbox") or row["job"], row["problem"]) for row in (*rows, *jobs)]
    worst = sorted((row for row in named if row[0] != OK), key=lambda row: -row[0])
    return [f"{name}: {problem or 'see below'}" for _, name, problem in worst]


def _backlog(rows: list[dict[str, Any]]) -> int:
    return sum(row["waiting"] + row["unsettled"] + row["deferred"] for row in rows)


def _facts(counts: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    mailboxes = output.counted(len(rows), "mailbox", "es") if rows else "no mailbox is configured"
    incidents = output.counted(counts["open_incidents"], "open incident")
    return (
        f"{mailboxes}, backlog {_backlog(rows)}, {counts['messages']} messages, "
        f"{counts['event_count']} events, {counts['suppressed']} suppressed, {counts['unrecognized']} unrecognized, "
        f"{counts['held']} held ({counts['held_today']} in 24 h), "
        f"{counts['not_stored']} not stored ({counts['not_stored_today']} today), "
        f"{counts['blocked_today']} blocked in 24 h"
        + (f", {incidents}" if counts["open_incidents"] else "")
        + (f", {output.counted(counts['probes_due'], 'probe')} due" if counts["probes_due"] else "")
        + (f", {counts['withheld']} withheld" if counts["withheld"] else "")
    )


def _figures(counts: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, str]:
    """What a monitor may draw."""
    return {
        "backlog": nagios.number(_backlog(rows)),
        "messages": nagios.number(counts["messages"], unit="c"),
        "events": nagios.number(counts["event_count"], unit="c"),
        **{name: nagios.number(counts[name]) for name in FIGURES},
    }
