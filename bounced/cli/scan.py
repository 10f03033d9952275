"""Commands that read messages: scan counts them, parse only prints what they say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bounced import pipeline, times
from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, problem, stdin, vocabulary_option
from bounced.cli.output import counted
from bounced.cli.writing import writable
from bounced.config import Config, rules, sender
from bounced.errors import EXIT_MAILBOX, MailboxError, UserError
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Event, Item, Parsed, RawMessage
from bounced.peer import printable
from bounced.reasons import translated
from bounced.sources import Mailbox, Polled, configured, files
from bounced.workers import Workers

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Tally:
    """Counts the outcomes of a scan and moves its progress bar."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.outcomes: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.started: dict[str, None] = {}
        self.ended: dict[str, None] = {}
        self.held = 0
        self.dropped = 0
        self._progress = progress

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        self.outcomes.update(intake.outcome for intake in receipt.intakes)
        self.kinds.update(item.parsed.kind for item in items if item.parsed)
        self.started |= {address: None for address, _ in receipt.started}
        self.ended |= {address: None for address, _ in receipt.ended}
        self.held += receipt.held
        self.dropped += sum(item.parsed.events_dropped for item in items if item.parsed)
        self._progress(len(items))

    def lines(self) -> list[str]:
        """The summary, for people."""
        kinds = ", ".join(f"{number} {kind}" for kind, number in self.kinds.most_common())
        return [
            f"{counted(self.outcomes.total(), 'message')}: "
            + (", ".join(f"{n} {outcome}" for outcome, n in self.outcomes.most_common()) or "nothing to read"),
            *([f"new: {kinds}"] if kinds else []),
            *([f"held: {counted(self.held, 'event')} (see bounced held)"] if self.held else []),
            *([f"not stored: {counted(self.dropped, 'event')} (see bounced unrecognized)"] if self.dropped else []),
            *([f"newly suppressed: {counted(len(self.started), 'address', 'es')}"] if self.started else []),
            *([f"no longer suppressed: {counted(len(self.ended), 'address', 'es')}"] if self.ended else []),
        ]

    def row(self) -> dict[str, Any]:
        """The summary, for programs."""
        outcomes, kinds = dict(self.outcomes), dict(self.kinds)
        changes = {"suppressed": list(self.started), "ended": list(self.ended)}
        dropped = {"events_dropped": self.dropped} if self.dropped else {}
        return {"outcomes": outcomes, "kinds": kinds, "not_counted": self.held, **dropped, **changes}


def _since(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else times.parse(value)
    except (ValueError, OverflowError):
        raise click.BadParameter("must look like 2026-09-01 or 2026-09-01T12:00:00Z") from None


@click.command(epilog="Example: bounced scan --since 2026-06-01 /var/mail/bounces old-bounces.mbox.gz imap:bounces")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--dry-run", is_flag=True, help="Report what would change; write nothing.")
@click.option("--since", callback=_since, metavar="DATE", help="Skip messages that arrived before DATE.")
@json_option
@config_option
def scan(sources: tuple[str, ...], dry_run: bool, since: datetime | None, json_: bool, config_file: str | None) -> None:
    """Count messages once: files, directories, Maildirs, mboxes (also .gz), standard input (-) or imap:NAME.

    Safe to repeat, and to run beside the daemon: no message counts twice.
    """
    config = load(config_file)
    environment = configured.withdraw_secrets(config)
    mailboxes = [mailbox for source in sources for mailbox in _open(source, config, environment)]
    failed: list[str] = []
    notes: list[str] = []
    with (
        writable(config, dry_run=dry_run, backups=config.database.backups) as ledger,
        Workers(sender(config), rules(config), config.workers or None) as workers,
        _progress(mailboxes) as bar,
    ):
        tally = Tally(bar.update)
        for mailbox in mailboxes:
            try:
                _drain(mailbox, ledger, workers, tally, since, dry_run)
            except MailboxError as error:
                failed.append(str(error))
            notes += getattr(mailbox, "notes", [])
        ledger.upkeep.recount()
    for note in notes:
        problem(note)
    for line in tally.lines() if not json_ else []:
        click.echo(("dry run: " if dry_run else "") + line, err=True)
    if json_:
        click.echo(output.as_json({"database": config.database.path, "dry_run": dry_run, **tally.row()}))
    if failed:
        raise UserError(*failed, exit_code=EXIT_MAILBOX)


def _progress(mailboxes: Sequence[Mailbox]) -> ProgressBar[int]:
    """A bar on a terminal, nothing elsewhere; without an end if a mailbox can't tell its number of messages."""
    hints = [getattr(mailbox, "size_hint", 0) for mailbox in mailboxes]
    length = sum(hints) if all(hints) else None
    # click requires an iterable for a bar without an end, and never iterates over it.
    endless = () if length is None else None
    hidden = not (sys.stderr and sys.stderr.isatty())
    return click.progressbar(endless, length, label="reading", file=sys.stderr, hidden=hidden, show_pos=True)


def _drain(
    mailbox: Mailbox, ledger: Ledger, workers: Workers, tally: Tally, since: datetime | None, dry_run: bool
) -> None:
    def is_recent(message: RawMessage) -> bool:
        return since is None or message.arrived_at >= since

    try:
        pipeline.drain(mailbox, ledger, workers, tally, wanted=is_recent, settle=not dry_run)
    finally:
        if isinstance(mailbox, Polled):
            mailbox.close()


def _open(source: str, config: Config, environment: Mapping[str, str]) -> list[Mailbox]:
    if configured.is_polled(source):
        return list(configured.from_source(config, source, environment))
    return list(files.open_source(source, stdin()))


@click.command(epilog="Example: bounced parse --json ~/Maildir | jq .kind")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--explain", is_flag=True, help="Also show the words that decided, the rule they matched, and the trust level."
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
    with Workers(sender(config), rules(config), config.workers or None) as workers:
        for source, mailbox in opened:
            try:
                for row in _rows(source, mailbox, workers, vocabulary):
                    click.echo(output.as_json(row) if json_ else "\n".join(_words(row, explain)))
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
    return {**row, "events": [_event_row(event) for event in parsed.events]}


def _event_row(event: Event) -> dict[str, Any]:
    row = asdict(event)
    row["class"] = row.pop("class_")
    row["headers"] = dict(row["headers"])
    return {name: value for name, value in row.items() if value or name == "address"}


def _file(source: str, message: RawMessage) -> str:
    """The file, with the number of the message if it is an mbox."""
    name = message.origin.name
    if Path(source).is_dir():
        return str(Path(source, name))
    return source + (f"#{name.rpartition('#')[2]}" if "#" in name else "")


def _words(row: dict[str, Any], explain: bool) -> Iterator[str]:
    yield printable(" ".join(filter(None, [f"{row['file']}: {row['kind']}", row["decoder"], row.get("problem", "")])))
    for event in row["events"]:
        facts = [event.get(name, "") for name in ("action", "feedback_type", "class", "reason", "status", "reply_code")]
        yield printable("    " + " ".join([event["address"] or "(no recipient)", *filter(None, facts)]))
        for label, text in _reasons(event) if explain else ():
            yield printable(f"        {label}: {text}", 1000)


def _reasons(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Why an event was classified like this, for people."""
    yield from (
        (label, event[name]) for label, name in (("said", "diagnostic_code"), ("rule", "rule")) if name in event
    )
    yield "trust", f"{event['trust']}: {event['evidence']}"
    if "source" in event:
        yield "from", event["source"]
