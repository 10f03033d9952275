"""The command that only prints what messages say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, problem, stdin, vocabulary_option
from bounced.cli.help import command
from bounced.config import rules, sender, tables
from bounced.errors import EXIT_MAILBOX, MailboxError, UserError
from bounced.model import Event, Parsed, RawMessage
from bounced.peer import printable
from bounced.reasons import translated
from bounced.sources import Mailbox, configured, files
from bounced.workers import Workers

#: Fields of an event that only matter when it is judged again.
FOR_JUDGING = ("words", "stated_status", "own_names")


@command(epilog="Example: bounced parse --json ~/Maildir | jq .kind")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--explain",
    is_flag=True,
    help="Also show the words that decided, the rule they matched, what it overruled, and the trust level.",
)
@vocabulary_option
@json_option
@config_option
def parse(paths: tuple[str, ...], explain: bool, vocabulary: str, json_: bool, config_file: str | None) -> None:
    """Parse messages and print the result; the database is not touched."""
    config = load(config_file)
    configured.withdraw_secrets(config)
    opened = [(source, mailbox) for source in paths for mailbox in files.open_source(source, stdin())]
    failed: list[str] = []
    known = tables(config)
    with Workers(sender(config), rules(config), config.workers or None, tables=known) as workers:
        for source, mailbox in opened:
            try:
                for row in _rows(source, mailbox, workers, vocabulary):
                    click.echo(output.as_json(row) if json_ else "\n".join(_words(row, known.name if explain else "")))
            except MailboxError as error:
                failed.append(str(error))
            for note in mailbox.notes:
                problem(note)
    if failed:
        raise UserError(*failed, exit_code=EXIT_MAILBOX)


def _rows(source: str, mailbox: Mailbox, workers: Workers, vocabulary: str) -> Iterator[dict[str, Any]]:
    for batch in mailbox.batches(None):
        for message, parsed in zip(batch.messages, workers.parse(batch.messages), strict=True):
            yield {"file": _file(source, message), **parsed_row(_renamed(parsed, vocabulary))}


def _renamed(parsed: Parsed, vocabulary: str) -> Parsed:
    events = (replace(event, reason=translated(event.reason, vocabulary)) for event in parsed.events)
    return replace(parsed, events=tuple(events))


def parsed_row(parsed: Parsed) -> dict[str, Any]:
    """A parsed message in the form of `bounced parse --json` and of the expectations next to the samples."""
    row: dict[str, Any] = {"kind": parsed.kind, "decoder": parsed.decoder, "subject": parsed.subject}
    if parsed.problem:
        row["problem"] = parsed.problem
    if parsed.events_dropped:
        row["events_dropped"] = parsed.events_dropped
    notes = parsed.overruled or ("",) * len(parsed.events)
    return {**row, "events": list(map(_event_row, parsed.events, notes))}


def _event_row(event: Event, overruled: str) -> dict[str, Any]:
    row = {**asdict(event), "overruled": overruled}
    for name in FOR_JUDGING:
        del row[name]
    row["class"] = row.pop("class_")
    row["headers"] = dict(row["headers"])
    return {name: value for name, value in row.items() if value or name == "address"}


def _file(source: str, message: RawMessage) -> str:
    """The file, with the number of the message if it is an mbox."""
    name = message.origin.name
    if Path(source).is_dir():
        return str(Path(source, name))
    return source + (f"#{name.rpartition('#')[2]}" if "#" in name else "")


def _words(row: dict[str, Any], tables_name: str) -> Iterator[str]:
    yield printable(" ".join(filter(None, [f"{row['file']}: {row['kind']}", row["decoder"], row.get("problem", "")])))
    for event in row["events"]:
        facts = [event.get(name, "") for name in ("action", "feedback_type", "class", "reason", "status", "reply_code")]
        yield printable("    " + " ".join([event["address"] or "(no recipient)", *filter(None, facts)]))
        for label, text in _reasons(event, tables_name) if tables_name else ():
            yield printable(f"        {label}: {text}", 1000)


def _reasons(event: dict[str, Any], tables_name: str) -> Iterator[tuple[str, str]]:
    """Why an event was classified like this, for people, and by which tables."""
    labels = (("said", "diagnostic_code"), ("rule", "rule"), ("overruled", "overruled"))
    yield from ((label, event[name]) for label, name in labels if name in event)
    if "rule" in event:
        yield "tables", tables_name
    yield "trust", f"{event['trust']}: {event['evidence']}"
    if "source" in event:
        yield "from", event["source"]
