"""The command that counts messages, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

import click

from bounced import pipeline
from bounced.cli import output
from bounced.cli.common import config_option, json_option, known_tenant, load, problem, stdin, tenant_option
from bounced.cli.dates import date
from bounced.cli.help import command
from bounced.cli.output import reclassified
from bounced.cli.parsing import parsing
from bounced.cli.progress import Step, progress
from bounced.cli.tally import Tally
from bounced.cli.writing import writable
from bounced.config import Config, judge_by, tables
from bounced.errors import EXIT_INTERRUPTED, EXIT_MAILBOX, MailboxError, UserError
from bounced.ledger.ledger import Ledger, Receipt
from bounced.model import Item, Judge, RawMessage
from bounced.sources import Mailbox, Polled, configured, files, remote
from bounced.workers import Workers


@command(epilog="Example: bounced scan --since 2026-06-01 /var/mail/bounces old-bounces.mbox.gz imap:bounces")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--dry-run", is_flag=True, help="Report what would change; write nothing.")
@click.option("--since", callback=date, metavar="DATE", help="Skip messages that arrived before DATE.")
@click.option("--yes", is_flag=True, help="Suppress however many they are: no brake, and nobody is withheld any more.")
@tenant_option
@click.option("--dask", metavar="ADDRESS", help='Read and parse on a Dask cluster; "local" starts one here.')
@json_option
@config_option
def scan(
    sources: tuple[str, ...],
    dry_run: bool,
    since: datetime | None,
    yes: bool,
    tenant: str,
    dask: str | None,
    json_: bool,
    config_file: str | None,
) -> None:
    """Count messages once: files, Maildirs, mboxes (also .gz), directories (what ends
    in .eml, .msg, .txt, .mbox or .gz), standard input (-) or imap:NAME.

    URLs of files or directories, like s3://bucket/folder, sftp://host/path or https://host/file, need the extra
    "remote" and the package of fsspec for them. --dask needs the extra "cluster".

    Safe to interrupt, to repeat, and to run beside the daemon: no message counts twice.
    """
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    environment = configured.withdraw_secrets(config)
    mailboxes = [mailbox for source in sources for mailbox in _open(source, config, environment)]
    tally = Tally()
    with _told_when_interrupted(tally, dry_run=dry_run):
        failed = count(mailboxes, config, tally, dry_run=dry_run, since=since, tenant=tenant, dask=dask, yes=yes)
    _tell(tally, json_=json_, config=config, dry_run=dry_run)
    if failed:
        raise UserError(*failed, exit_code=EXIT_MAILBOX)


def count(
    mailboxes: Sequence[Mailbox],
    config: Config,
    tally: Tally,
    *,
    dry_run: bool,
    since: datetime | None = None,
    tenant: str = "",
    dask: str | None = None,
    yes: bool = False,
) -> list[str]:
    """Counts what is in ``mailboxes``, shown on a terminal while it lasts; returns why some could not be read.

    ``yes``: without the brake.
    """
    failed: list[str] = []
    known = tables(config)
    with (
        writable(config, dry_run=dry_run, backups=config.database.backups, brake=not yes) as ledger,
        parsing(config, known, dask) as (workers, placed),
    ):
        if yes:
            tally.resumed(ledger.resume())
        _judge_again(ledger, judge_by(known, config), tally)
        for mailbox in map(placed, mailboxes):
            try:
                with progress(mailbox) as step:
                    _drain(mailbox, ledger, workers, _Observed(tally, step), since, tenant, dry_run)
            except MailboxError as error:
                failed.append(str(error))
            for note in getattr(mailbox, "notes", []):
                problem(note)
        if not failed:
            for receipt in ledger.settle(config.mailbox):
                tally((), receipt)
        ledger.upkeep.recount()
        ledger.followed()
        tally.followed = ledger.followed_since_opened
    return failed


def _judge_again(ledger: Ledger, judge: Judge, tally: Tally) -> None:
    """Judges what is recorded by the tables of now, and says what came of it, if anything changed."""
    steps = list(ledger.reclassify(judge))
    for receipt in steps:
        tally((), receipt)
    done = ledger.reclassification.progress()
    if steps and done and done.changed:
        problem(f"{ledger.path}: {reclassified(asdict(done))}")


class _Observed:
    """Counts and shows each batch."""

    def __init__(self, tally: Tally, step: Step) -> None:
        self._tally = tally
        self._step = step

    def __call__(self, items: Sequence[Item], receipt: Receipt) -> None:
        self._tally(items, receipt)
        self._step(len(items))


@contextmanager
def _told_when_interrupted(tally: Tally, *, dry_run: bool) -> Iterator[None]:
    """Ctrl-C: says what is in the database by then, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        done = tally.lines()[0] if tally.outcomes else "no message was counted yet"
        advice = "nothing was written" if dry_run else "run it again: it continues, and counts nothing twice"
        raise UserError(f"interrupted: {done}; {advice}", exit_code=EXIT_INTERRUPTED) from None


def _tell(tally: Tally, *, json_: bool, config: Config, dry_run: bool) -> None:
    """Prints the summary."""
    if json_:
        click.echo(output.as_json({"database": config.database.path, "dry_run": dry_run, **tally.row()}))
        return
    for line in tally.lines():
        click.echo(("dry run: " if dry_run else "") + line, err=True)


def _drain(
    mailbox: Mailbox,
    ledger: Ledger,
    workers: Workers,
    observed: _Observed,
    since: datetime | None,
    tenant: str,
    dry_run: bool,
) -> None:
    def is_recent(message: RawMessage) -> bool:
        return since is None or message.arrived_at >= since

    try:
        pipeline.drain(mailbox, ledger, workers, observed, wanted=is_recent, settle=not dry_run, tenant=tenant)
    finally:
        if isinstance(mailbox, Polled):
            mailbox.close()


def _open(source: str, config: Config, environment: Mapping[str, str]) -> list[Mailbox]:
    if configured.is_polled(source):
        return list(configured.from_source(config, source, environment))
    if remote.is_remote(source):
        return [remote.RemoteMailbox(source)]
    return list(files.open_source(source, stdin()))
