"""The commands for whoever runs the daemon."""

from __future__ import annotations

import logging
import os
import sys
from datetime import datetime, timedelta
from typing import Any

import click

from bounced import config, log, queries, show, times
from bounced.cli.common import config_option, config_path, json_option, load, reading
from bounced.model import LedgerError, UserError
from bounced.settings import EXIT_CONFIG, Config

#: A mailbox that no poll got through to for so long is critical; before that it is a warning.
CRITICAL = timedelta(hours=1)

#: Exit codes of the Nagios plugin interface.
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
OK, WARNING, CRITICAL_STATE, UNKNOWN = range(4)


@click.command(epilog="Example: bounced run --config /etc/bounced/bounced.toml")
@config_option
def run(config_file: str | None) -> None:
    """The daemon: polls every configured mailbox, and looks at once where the server has IDLE, until SIGTERM."""
    from bounced import service

    path = config_path(config_file)
    if path is None:
        raise UserError(
            f"no configuration: write {config.DEFAULT_PATH} or name one with --config", exit_code=EXIT_CONFIG
        )
    found = config.load(path)
    if not found.mailbox:
        raise UserError(f"{path}: mailbox: there is none to watch; add [mailbox.bounces]", exit_code=EXIT_CONFIG)
    log.to_stderr()
    status = service.run(found, lambda: config.load(path))
    logging.shutdown()
    # A thread may still wait for a name server or a peer that does not answer; everything that counts is on the disk.
    os._exit(status)


@click.command(epilog="Example: bounced status || mail -s 'bounced needs help' postmaster < /dev/null")
@json_option
@config_option
def status(json_: bool, config_file: str | None) -> None:
    """How it goes: mailboxes, last polls, counts, backlog. Exit status as Nagios wants it: 0, 1, 2 or 3."""
    found = load(config_file)
    now = times.now()
    try:
        with reading(found) as db:
            counts, polled = queries.counts(db, now), {row["mailbox"]: row for row in queries.mailboxes(db)}
    except LedgerError as error:
        click.echo(show.as_json({"state": "CRITICAL", "problem": str(error)}) if json_ else _alarm(str(error)))
        sys.exit(CRITICAL_STATE)
    rows = [_state(row, box.poll, now) for row, box in _configured(found, polled)]
    state = max((row["state"] for row in rows), default=UNKNOWN)
    named = [{**row, "state": STATES[row["state"]]} for row in rows]
    if json_:
        click.echo(show.as_json({"state": STATES[state], **counts, "mailboxes": named}))
    else:
        click.echo(_summary(STATES[state], counts, rows))
        columns = ("state", "mailbox", "polled_at", "waiting", "unsettled", "failing_since", "problem")
        click.echo(show.as_table(named, columns), nl=bool(rows))
    sys.exit(state)


def _configured(found: Config, polled: dict[str, Any]) -> list[tuple[dict[str, Any], Any]]:
    never = {"polled_at": None, "failing_since": None, "problem": "", "waiting": 0, "unsettled": 0}
    names = [(f"imap:{name}/{folder}", box) for name, box in found.mailbox.items() for folder in box.folders]
    return [({"mailbox": name, **never, **polled.get(name, {})}, box) for name, box in names]


def _state(row: dict[str, Any], poll: timedelta, now: datetime) -> dict[str, Any]:
    """The row with its state: when was the last poll that went through?"""
    polled_at = times.parse_or_none(row["polled_at"])
    if polled_at is None:
        return {**row, "state": CRITICAL_STATE, "problem": row["problem"] or "was never polled: is the daemon running?"}
    age = now - polled_at
    overdue = age > 3 * poll + timedelta(minutes=1)
    if row["failing_since"] is None and not overdue:
        return {**row, "state": OK}
    said = row["problem"] or f"no poll for {int(age.total_seconds())} s: is the daemon running?"
    return {**row, "state": CRITICAL_STATE if age > max(CRITICAL, 3 * poll) else WARNING, "problem": said}


def _alarm(said: str) -> str:
    """The line of a check that found no database; Nagios shows what stands on standard output."""
    return f"BOUNCED CRITICAL - {show.plain(said, 500)}"


def _summary(state: str, counts: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    waiting = sum(row["waiting"] + row["unsettled"] for row in rows)
    return (
        f"BOUNCED {state} - {len(rows)} mailboxes, backlog {waiting}, {counts['messages']} mails, "
        f"{counts['events']} events, {counts['suppressed']} suppressed, {counts['unread']} unread, "
        f"{counts['blocked_today']} blocked in 24 h"
    )


@click.command("check-config", epilog="Example: bounced check-config --config ./bounced.toml")
@config_option
def check_config(config_file: str | None) -> None:
    """Every problem of the configuration at once, each with its key and how to mend it. Exit status 78 if any.

    What is no problem but lets strangers in is a note.
    """
    path = config_path(config_file)
    if path is None:
        raise UserError(f"no configuration: there is no {config.DEFAULT_PATH}", exit_code=EXIT_CONFIG)
    problems = config.check(path)
    if problems:
        raise UserError(*problems, exit_code=EXIT_CONFIG)
    for note in config.notes(config.load(path)):
        click.echo(f"{show.plain(str(path))}: note: {note}", err=True)
    click.echo(f"{show.plain(str(path))}: no problem found", err=True)
