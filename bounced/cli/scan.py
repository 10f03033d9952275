"""The commands that read mails: scan counts them, parse only shows what they say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bounced import config, pipeline, times
from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, stdin, vocabulary_option
from bounced.config import Config
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
    """Counts what a scan does, and moves its progress bar."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.outcomes: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.started: dict[str, None] = {}
        self.ended: dict[str, None] = {}
        self.doubted = 0
        self._progress = progress

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        self.outcomes.update(intake.outcome for intake in receipt.intakes)
        self.kinds.update(item.parsed.kind for item in items if item.parsed)
        self.started |= {who: None for who, _ in receipt.started}
        self.ended |= {who: None for who, _ in receipt.ended}
        self.doubted += receipt.held
        self._progress(len(items))

    def lines(self) -> list[str]:
        """The summary, for people."""
        kinds = ", ".join(f"{number} {kind}" for kind, number in self.kinds.most_common())
        return [
            f"{_number(self.outcomes.total(), 'mail')}: "
            + (", ".join(f"{n} {outcome}" for outcome, n in self.outcomes.most_common()) or "nothing to read"),
            *([f"new: {kinds}"] if kinds else []),
            *([f"not counted: {_number(self.doubted, 'event')} (bounced held)"] if self.doubted else []),
            *([f"newly suppressed: {_number(len(self.started), 'address', 'es')}"] if self.started else []),
            *([f"no longer suppressed: {_number(len(self.ended), 'address', 'es')}"] if self.ended else []),
        ]

    def row(self) -> dict[str, Any]:
        """The summary, for programs."""
        outcomes, kinds = dict(self.outcomes), dict(self.kinds)
        changes = {"suppressed": list(self.started), "ended": list(self.ended)}
        return {"outcomes": outcomes, "kinds": kinds, "not_counted": self.doubted, **changes}


def _number(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}{plural if number != 1 else ''}"


def _since(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    try:
        return None if value is None else times.parse(value)
    except (ValueError, OverflowError):
        raise click.BadParameter("must look like 2026-09-01 or 2026-09-01T12:00:00Z") from None


@click.command(epilog="Example: bounced scan --since 2026-06-01 /var/mail/bounces old-bounces.mbox.gz imap:bounces")
@click.argument("given", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--since", callback=_since, metavar="DATE", help="Leave out what arrived before that.")
@json_option
@config_option
def scan(given: tuple[str, ...], dry_run: bool, since: datetime | None, json_: bool, config_file: str | None) -> None:
    """Count mails once: .eml files, directories, Maildirs, mbox files (also .gz), - or imap:NAME.

    Safe beside the running daemon and safe to repeat: a mail that was counted is not counted again.
    """
    found = load(config_file)
    environment = configured.withdraw_secrets(found)
    mailboxes = [mailbox for source in given for mailbox in _open(source, found, environment)]
    failed: list[str] = []
    with (
        Ledger(found.database.path, found.rule(), dry_run=dry_run, backups=found.database.backups) as ledger,
        Workers(config.sender(found), config.rules(found), found.workers or None) as workers,
        _progress(mailboxes) as bar,
    ):
        tally = Tally(bar.update)
        for mailbox in mailboxes:
            try:
                _drain(mailbox, ledger, workers, tally, since, dry_run)
            except MailboxError as error:
                failed.append(str(error))
        ledger.upkeep.recount()
    for line in tally.lines() if not json_ else []:
        click.echo(("dry run: " if dry_run else "") + line, err=True)
    if json_:
        click.echo(output.as_json({"database": found.database.path, "dry_run": dry_run, **tally.row()}))
    if failed:
        raise UserError(*failed, exit_code=EXIT_MAILBOX)


def _progress(mailboxes: Sequence[Mailbox]) -> ProgressBar[int]:
    """A bar on a terminal, nothing elsewhere; without an end where a mailbox can't say how much it holds."""
    hints = [getattr(mailbox, "size_hint", 0) for mailbox in mailboxes]
    length = sum(hints) if all(hints) else None
    # click wants an iterable for a bar without an end; nobody iterates over it.
    endless = () if length is None else None
    hidden = not (sys.stderr and sys.stderr.isatty())
    return click.progressbar(endless, length, label="reading", file=sys.stderr, hidden=hidden, show_pos=True)


def _drain(
    mailbox: Mailbox, ledger: Ledger, workers: Workers, tally: Tally, since: datetime | None, dry_run: bool
) -> None:
    def wanted(message: RawMessage) -> bool:
        return since is None or message.arrived_at >= since

    try:
        pipeline.drain(mailbox, ledger, workers, tally, wanted=wanted, settle=not dry_run)
    finally:
        if isinstance(mailbox, Polled):
            mailbox.close()


def _open(source: str, found: Config, environment: Mapping[str, str]) -> list[Mailbox]:
    if configured.is_polled(source):
        return list(configured.from_source(found, source, environment))
    return list(files.open_source(source, stdin()))


@click.command(epilog="Example: bounced parse --json ~/Maildir | jq .kind")
@click.argument("given", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--explain", is_flag=True, help="Also the words that decided, the rule that they matched, how sure it is."
)
@vocabulary_option
@json_option
@config_option
def parse(given: tuple[str, ...], explain: bool, vocabulary: str, json_: bool, config_file: str | None) -> None:
    """Decode and classify only: what every mail says. No database is touched."""
    found = load(config_file)
    configured.withdraw_secrets(found)
    opened = [(source, mailbox) for source in given for mailbox in files.open_source(source, stdin())]
    failed: list[str] = []
    with Workers(config.sender(found), config.rules(found), found.workers or None) as workers:
        for source, mailbox in opened:
            try:
                for row in _rows(source, mailbox, workers, vocabulary):
                    click.echo(output.as_json(row) if json_ else "\n".join(_words(row, explain)))
            except MailboxError as error:
                failed.append(str(error))
    if failed:
        raise UserError(*failed, exit_code=EXIT_MAILBOX)


def _rows(source: str, mailbox: Mailbox, workers: Workers, vocabulary: str) -> Iterator[dict[str, Any]]:
    for batch in mailbox.batches(None):
        readings = workers.parse(batch.messages)
        for message, reading in zip(batch.messages, readings, strict=True):
            yield {"file": _file(source, message), **reading_row(_renamed(reading, vocabulary))}


def _renamed(reading: Parsed, vocabulary: str) -> Parsed:
    events = (replace(event, reason=translated(event.reason, vocabulary)) for event in reading.events)
    return replace(reading, events=tuple(events))


def reading_row(reading: Parsed) -> dict[str, Any]:
    """What a mail says, in the form of `bounced parse --json` and of the expectations beside the samples."""
    row: dict[str, Any] = {"kind": reading.kind, "decoder": reading.decoder, "subject": reading.subject}
    if reading.problem:
        row["problem"] = reading.problem
    return {**row, "events": [_event_row(event) for event in reading.events]}


def _event_row(event: Event) -> dict[str, Any]:
    row = asdict(event)
    row["class"] = row.pop("class_")
    row["headers"] = dict(row["headers"])
    return {name: value for name, value in row.items() if value or name == "address"}


def _file(source: str, message: RawMessage) -> str:
    """The file, and the number in it when it is an mbox."""
    name = message.origin.name
    if Path(source).is_dir():
        return str(Path(source, name))
    return source + (f"#{name.rpartition('#')[2]}" if "#" in name else "")


def _words(row: dict[str, Any], explain: bool) -> Iterator[str]:
    yield printable(" ".join(filter(None, [f"{row['file']}: {row['kind']}", row["decoder"], row.get("problem", "")])))
    for event in row["events"]:
        said = [event.get(name, "") for name in ("action", "feedback_type", "class", "reason", "status", "reply_code")]
        yield printable("    " + " ".join([event["address"] or "(nobody named)", *filter(None, said)]))
        for label, text in _reasons(event) if explain else ():
            yield printable(f"        {label}: {text}", 1000)


def _reasons(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Why an event is what it is, for people."""
    yield from (
        (label, event[name]) for label, name in (("said", "diagnostic_code"), ("rule", "rule")) if name in event
    )
    yield "trust", f"{event['trust']}: {event['evidence']}"
    if "source" in event:
        yield "from", event["source"]
