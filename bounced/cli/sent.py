"""Commands by which the sender reports what was sent, and to whom."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from io import BufferedReader
from itertools import count, islice
from pathlib import Path
from typing import IO, TextIO, cast

import click

from bounced import address, times
from bounced.cli import dates
from bounced.cli.common import config_option, known_tenant, load, stdin, tenant_option
from bounced.cli.help import Group
from bounced.cli.writing import writable
from bounced.errors import EXIT_DATA, EXIT_SUCCESS, UserError
from bounced.ledger.ledger import Receipt
from bounced.peer import counted, printable
from bounced.sent import mta_log, tables, volume
from bounced.sources import contents

#: Invalid rows of a file that are reported.
PROBLEMS_LIMIT = 20

#: Octets of a log's line that are read.
LINE_LIMIT = 10_000


@click.group("sends", cls=Group, epilog="Example: bounced sends import sent-today.csv")
def sends_group() -> None:
    """Sent messages and their recipients: the table sends (docs/sent.md)."""


@click.group("recipients", cls=Group, epilog="Example: bounced recipients import subscribers.csv")
def recipients_group() -> None:
    """Addresses of your recipient IDs: the table recipients (docs/sent.md)."""


@click.group("volume", cls=Group, epilog="Example: bounced volume add --campaign spring --sent 12000")
def volume_group() -> None:
    """Sent volume, for the rates of `bounced health` (docs/sent.md)."""


@sends_group.command("import", epilog="Example: bounced sends import sent-today.csv")
@click.argument("file", metavar="FILE")
@tenant_option
@config_option
def import_sends(file: str, tenant: str, config_file: str | None) -> None:
    """Import a CSV file (header row message_id,address,…) into the sends table; - is stdin. Safe to repeat."""
    _import(file, tables.SENDS, tenant, config_file)


@recipients_group.command("import", epilog="Example: bounced recipients import subscribers.csv")
@click.argument("file", metavar="FILE")
@tenant_option
@config_option
def import_recipients(file: str, tenant: str, config_file: str | None) -> None:
    """Import a CSV file (header row id,address) into the recipients table; - is stdin. Safe to repeat."""
    _import(file, tables.RECIPIENTS, tenant, config_file)


@click.group("delivered", cls=Group, epilog="Example: bounced delivered import opened.csv")
def delivered_group() -> None:
    """Proof that mailboxes take mail (docs/sent.md)."""


@delivered_group.command("import", epilog="Example: bounced delivered import opened.csv")
@click.argument("file", metavar="FILE")
@tenant_option
@config_option
def import_delivered(file: str, tenant: str, config_file: str | None) -> None:
    """Import a CSV file (header row address,at,…) of proofs of delivery; - is stdin. Safe to repeat."""
    _import(file, tables.DELIVERED, tenant, config_file)


def _import(file: str, table: tables.Table, tenant: str, config_file: str | None) -> None:
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    with _text(file) as lines:
        problems = list(islice(tables.problems(lines, table), PROBLEMS_LIMIT + 1))
        if problems:
            more = ["and more; nothing was imported"] if len(problems) > PROBLEMS_LIMIT else []
            raise UserError(*(f"{file}: {line}" for line in [*problems[:PROBLEMS_LIMIT], *more]))
        lines.seek(0)
        with writable(config) as ledger:
            rows = new = 0
            for piece in tables.pieces(lines, table):
                rows += len(piece)
                new += ledger.write(partial(tables.write, table=table, rows=tables.of_tenant(piece, table, tenant)))
            receipts = [*ledger.attribute()]
            ledger.upkeep.recount()
    attributed = sum(len(receipt.attributed) for receipt in receipts)
    reports = f", {counted(attributed, 'report')} attributed" if attributed else ""
    click.echo(f"{counted(rows, 'row')}, {new} new or changed{reports}", err=True)
    _tell_changes(receipts)


def _tell_changes(receipts: Sequence[Receipt]) -> None:
    """Says how many suppressions began and ended by what was imported, if any."""
    started = sum(len(receipt.started) for receipt in receipts)
    ended = sum(len(receipt.ended) for receipt in receipts)
    if started:
        click.echo(f"newly suppressed: {counted(started, 'address', 'es')}", err=True)
    if ended:
        click.echo(f"no longer suppressed: {counted(ended, 'address', 'es')}", err=True)


@volume_group.command("add", epilog="Example: bounced volume add --campaign spring --sent 12000")
@click.option("--campaign", default="", metavar="NAME", help="Volume of this campaign.")
@click.option("--domain", default="", metavar="DOMAIN", help="Volume of this sending domain.")
@click.option("--provider", default="", metavar="NAME", help="Volume to recipients at this provider or domain.")
@click.option(
    "--sent", "number", type=click.IntRange(1, 10**12), required=True, metavar="N", help="Number of messages."
)
@click.option(
    "--day", callback=dates.date, metavar="DATE", help="Day on which they were sent, or yesterday. Default: today."
)
@tenant_option
@config_option
def add(
    campaign: str,
    domain: str,
    provider: str,
    number: int,
    day: datetime | None,
    tenant: str,
    config_file: str | None,
) -> None:
    """Add N to a day's volume (not idempotent)."""
    dimensions = {"campaign": printable(campaign), "sending_domain": _domain(domain), "provider": _domain(provider)}
    names = {dimension: name for dimension, name in dimensions.items() if name}
    if not names:
        raise UserError("add --campaign, --domain or --provider")
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    names = {dimension: address.of_tenant(tenant, name) for dimension, name in names.items()}
    on = (day or times.now()).date().isoformat()
    with writable(config) as ledger:
        ledger.write(partial(volume.add, names=names, day=on, sent=number))


@volume_group.command("log", epilog="Example: bounced volume log /var/log/mail.log.1 /var/log/mail.log")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--from-domain",
    "pairs",
    multiple=True,
    metavar="ENVELOPE=FROM",
    callback=lambda _, __, values: _from_domains(values),
    help="Domain of the From headers of what is sent with envelope senders of another domain; repeatable.",
)
@config_option
def from_log(files: tuple[str, ...], pairs: Mapping[str, str], config_file: str | None) -> None:
    """Count outbound deliveries in Postfix or Exim logs (also .gz); - is stdin. Safe to repeat.

    Pass all files with parts of the same day together: of two runs the larger count of a day is kept. Exit status 65
    when no line is a delivery.
    """
    config, counts, lines_read = load(config_file), volume.Counts(), count()
    of_domain = config.sender().tenants.of_domain
    for file in files:
        with _log_lines(file) as (lines, latest):
            read = (line for line, _ in zip(lines, lines_read, strict=False))
            volume.count(mta_log.deliveries(read, latest), counts, of_domain, pairs)
    with writable(config) as ledger:
        ledger.write(partial(volume.log, counts=counts))
    messages = sum(number for (dimension, _, _), number in counts.items() if dimension == "provider")
    click.echo(f"{counted(messages, 'message')} on {counted(len({day for _, _, day in counts}), 'day')}", err=True)
    if not messages:
        click.echo("no line is a delivery to another host, as Postfix and Exim log it", err=True)
        sys.exit(EXIT_DATA if next(lines_read) else EXIT_SUCCESS)


def _from_domains(pairs: Sequence[str]) -> dict[str, str]:
    """The domain of the From header by that of the envelope sender. Raises UserError."""
    halves = [(pair, *pair.partition("=")) for pair in pairs]
    if wrong := [printable(pair) for pair, envelope, _, from_ in halves if not (envelope and from_)]:
        raise UserError(
            *(f"--from-domain {pair}: must be ENVELOPE=FROM, such as bounce.example.org=example.org" for pair in wrong)
        )
    return {_domain(envelope): _domain(from_) for _, envelope, _, from_ in halves}


def _domain(text: str) -> str:
    try:
        return address.domain_key(text) if text else ""
    except ValueError as error:
        raise UserError(f"{printable(text)}: {error}") from None


@contextmanager
def _text(file: str) -> Iterator[TextIO]:
    """A file that can be read twice, standard input for "-"; octets that are not UTF-8 become surrogates."""
    with tempfile.TemporaryFile() if file == "-" else _opened(file) as content:
        if file == "-":
            shutil.copyfileobj(stdin(), content)
            content.seek(0)
        with open(content.fileno(), encoding="utf-8-sig", errors="surrogateescape", newline="", closefd=False) as text:
            yield text


@contextmanager
def _log_lines(file: str) -> Iterator[tuple[Iterator[str], date]]:
    """The lines of a log, decompressed if needed, and the latest day it can be from."""
    if file == "-":
        yield _lines(stdin()), times.now().date()
        return
    with _opened(file) as content:
        latest = datetime.fromtimestamp(os.fstat(content.fileno()).st_mtime, UTC).date()
        try:
            yield _lines(cast(IO[bytes], contents.decompressed(content))), latest
        except contents.BROKEN_GZIP as error:
            raise UserError(f"{file}: {error}") from None


def _lines(content: IO[bytes]) -> Iterator[str]:
    for line in iter(partial(content.readline, LINE_LIMIT), b""):
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _opened(file: str) -> BufferedReader:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
