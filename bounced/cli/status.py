"""`bounced status`: the state of the daemon, for people and as a Nagios plugin."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from bounced import times
from bounced.cli import daemons, nagios, output
from bounced.cli.common import config_option, json_option, load, read_only
from bounced.cli.help import command
from bounced.cli.terminal import wide_option
from bounced.config import Config
from bounced.daemon import preflight, running
from bounced.daemon.problems import Problem, mailboxes, search
from bounced.errors import EXIT_CRITICAL, EXIT_SUCCESS, EXIT_UNKNOWN, EXIT_WARNING, LedgerError, UserError
from bounced.ledger import alarms as ledger_alarms
from bounced.ledger import daemons as ledger_daemons
from bounced.ledger import figures, queries
from bounced.peer import counted, printable

if TYPE_CHECKING:
    from sqlite_utils import Database

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

_MAILBOX = ("state", "mailbox", "polled_at", *mailboxes.COUNTS, "failing_since", "next_try", "problem")
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
    problems: list[Problem]
    alarms: list[dict[str, Any]]
    daemons: list[dict[str, Any]]  # the latest last

    @property
    def state(self) -> int:
        """The worst state; UNKNOWN when no mailbox is configured."""
        return max((OK, *map(_state, self.problems))) if self.mailboxes else UNKNOWN

    @property
    def facts(self) -> str:
        """The counts, for people."""
        return f"{_facts(self.counts, self.mailboxes)}{''.join(map(daemons.text, self.daemons))}"


def read_status(db: Database, config: Config, now: datetime) -> Status:
    """The state of the daemon of ``config``. Raises LedgerError."""
    seen = search.seen(figures.of(db, now), config, now)
    started = ledger_daemons.read(db)
    found = [*filter(None, [running.problem(started)]), *search.problems(seen)]
    by_name = {problem.name: problem for problem in found}
    polled = [_row(_mailbox(row), row["mailbox"], by_name) for row in mailboxes.rows(seen)]
    logs = [_row(_log(row), f"log:{row['name']}", by_name) for row in seen.figures.logs if row["name"] in config.logs]
    jobs = [_row(row, row["job"], by_name) for row in (*seen.figures.jobs, *map(_sink, seen.figures.sinks))]
    jobs += [_row(_canary(seen.figures.canary), "canary", by_name)] if config.canary else []
    named = {row.get("mailbox") or row["job"] for row in (*polled, *jobs, *logs)}
    jobs += [_row(_of(problem), problem.name, by_name) for problem in found if problem.name not in named]
    alarms = list(map(told_alarm, ledger_alarms.told(db)))
    processes = list(map(daemons.row, started))
    return Status(seen.figures.counts, polled, [*jobs, *logs], logs, queries.tables(db), found, alarms, processes)


def told_alarm(row: dict[str, Any]) -> dict[str, Any]:
    """A problem that was told, with its state by name."""
    is_critical = row.pop("is_critical")
    return {"state": STATES[CRITICAL_STATE if is_critical else WARNING], **row}


def _as_facts(current: Status) -> dict[str, Any]:
    """The status, for programs."""
    rows = {"mailboxes": _named(current.mailboxes), "jobs": _named(current.jobs)}
    return {
        "state": STATES[current.state],
        **current.counts,
        **rows,
        "reclassification": current.tables,
        "open_problems": [_problem(problem) for problem in current.problems],
        "alarms": current.alarms,
        "daemons": current.daemons,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    """A problem, for programs."""
    return {"kind": problem.kind, "name": problem.name, "state": STATES[_state(problem)], "problem": problem.text}


def _show(current: Status, notes: list[str]) -> None:
    """Prints the status for people; its first line is that of a Nagios plugin."""
    performance = _performance(current.counts, current.mailboxes)
    click.echo(nagios.line("BOUNCED", STATES[current.state], _problems(current.problems), current.facts, performance))
    click.echo(output.as_table(_named(current.mailboxes), _MAILBOX), nl=bool(current.mailboxes))
    click.echo(output.as_table(_named(current.jobs), _JOB), nl=bool(current.jobs))
    for row in current.logs:
        click.echo(output.log_counts(row))
    if current.alarms:
        click.echo(f"{counted(len(current.alarms), 'alarm')}: see bounced alarms")
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


def _row(row: dict[str, Any], name: str, problems: Mapping[str, Problem]) -> dict[str, Any]:
    """A row with its state, and the words of the problem that has its name, if any."""
    problem = problems.get(name)
    if problem is None:
        return {**row, "state": OK}
    return {**row, "state": _state(problem), "problem": problem.text}


def _state(problem: Problem) -> int:
    return CRITICAL_STATE if problem.is_critical else WARNING


def _mailbox(row: dict[str, Any]) -> dict[str, Any]:
    """A mailbox, as it is printed."""
    return {name: value for name, value in row.items() if name in _MAILBOX}


def _sink(row: dict[str, Any]) -> dict[str, Any]:
    """A sink, as a job."""
    return {"job": f"sink:{row['name']}", "ran_at": row["delivered_at"], "problem": ""}


def _of(problem: Problem) -> dict[str, Any]:
    """A problem of nothing that has a row, as a job."""
    return {"job": problem.name, "ran_at": None, "problem": problem.text}


def _canary(row: dict[str, Any]) -> dict[str, Any]:
    """The canary, as a job."""
    return {"job": "canary", "ran_at": row["ran_at"], "problem": ""}


def _log(row: dict[str, Any]) -> dict[str, Any]:
    """A mail log, as a job."""
    counts = {name: row[name] for name in _LOG_COUNTS}
    return {"job": f"log:{row['name']}", "ran_at": row["read_at"], "problem": "", **counts}


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "state": STATES[row["state"]]} for row in rows]


def _alarm(problem: str) -> str:
    """The line of a check without a database; Nagios shows standard output."""
    return f"BOUNCED CRITICAL - {printable(problem, 500)}"


def _problems(problems: list[Problem]) -> list[str]:
    """What is wrong, the worst first."""
    worst = sorted(problems, key=lambda problem: not problem.is_critical)
    return [f"{problem.name}: {problem.text or 'see below'}" for problem in worst]


def _backlog(rows: list[dict[str, Any]]) -> int:
    return sum(row["waiting"] + row["unsettled"] + row["deferred"] for row in rows)


def _facts(counts: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    mailboxes = counted(len(rows), "mailbox", "es") if rows else "no mailbox is configured"
    incidents = counted(counts["open_incidents"], "open incident")
    return (
        f"{mailboxes}, backlog {_backlog(rows)}, {counted(counts['messages'], 'message')}, "
        f"{counted(counts['event_count'], 'event')}, {counts['suppressed']} suppressed, "
        f"{counts['unrecognized']} unrecognized, "
        f"{counts['held']} held ({counts['held_today']} in 24 h), "
        f"{counts['not_stored']} not stored ({counts['not_stored_today']} today), "
        f"{counts['blocked_today']} blocked in 24 h"
        + (f", {incidents}" if counts["open_incidents"] else "")
        + (f", {counted(counts['probes_due'], 'probe')} due" if counts["probes_due"] else "")
        + (f", {counts['withheld']} withheld" if counts["withheld"] else "")
    )


def _performance(counts: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, str]:
    """What a monitor may draw."""
    return {
        "backlog": nagios.number(_backlog(rows)),
        "messages": nagios.number(counts["messages"], unit="c"),
        "events": nagios.number(counts["event_count"], unit="c"),
        **{name: nagios.number(counts[name]) for name in FIGURES},
    }
