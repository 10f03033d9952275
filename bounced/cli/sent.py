"""The commands by which the sender tells what was sent, and to whom."""

from __future__ import annotations

import gzip
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import IO, TextIO, cast

import click

from bounced import address, times
from bounced.cli.common import config_option, load, stdin
from bounced.errors import UserError
from bounced.ledger.ledger import Ledger
from bounced.peer import printable
from bounced.sent import mta_log, tables, volume
from bounced.sources import files

#: Wrong rows of a file that are named.
NAMED = 20

#: Characters of a log's line that are read.
LONGEST_LINE = 10_000


@click.group("sends", epilog="Example: bounced sends import sent-today.csv")
def sends_group() -> None:
    """What was sent to whom: the table sends (docs/sent.md)."""


@click.group("recipients", epilog="Example: bounced recipients import subscribers.csv")
def recipients_group() -> None:
    """Who is behind an id: the table recipients (docs/sent.md)."""


@click.group("volume", epilog="Example: bounced volume add --campaign spring --sent 12000")
def volume_group() -> None:
    """How much was sent, for the rates of `bounced health` (docs/sent.md)."""


@sends_group.command("import", epilog="Example: bounced sends import sent-today.csv")
@click.argument("file", metavar="FILE")
@config_option
def import_sends(file: str, config_file: str | None) -> None:
    """Take rows of sends from a CSV file with a head (message_id,address,…), - for standard input. May be repeated."""
    _import(file, tables.SENDS, config_file)


@recipients_group.command("import", epilog="Example: bounced recipients import subscribers.csv")
@click.argument("file", metavar="FILE")
@config_option
def import_recipients(file: str, config_file: str | None) -> None:
    """Take rows of recipients from a CSV file with the head id,address, - for standard input. May be repeated."""
    _import(file, tables.RECIPIENTS, config_file)


def _import(file: str, table: tables.Table, config_file: str | None) -> None:
    found = load(config_file)
    with _text(file) as lines:
        problems = list(islice(tables.problems(lines, table), NAMED + 1))
        if problems:
            more = ["and more; nothing was imported"] if len(problems) > NAMED else []
            raise UserError(*(f"{file}: {line}" for line in [*problems[:NAMED], *more]))
        lines.seek(0)
        with Ledger(found.database.path, found.rule()) as ledger:
            rows = new = 0
            for piece in tables.pieces(lines, table):
                rows += len(piece)
                new += ledger.write(partial(tables.write, table=table, rows=piece))
            attributed = sum(len(receipt.attributed) for receipt in ledger.attribute())
            ledger.upkeep.recount()
    click.echo(f"{rows} rows, {new} new or changed, {attributed} reports attributed", err=True)


@volume_group.command("add", epilog="Example: bounced volume add --campaign spring --sent 12000")
@click.option("--campaign", default="", metavar="NAME", help="For this campaign.")
@click.option("--domain", default="", metavar="DOMAIN", help="For this sending domain.")
@click.option("--provider", default="", metavar="DOMAIN", help="For the recipients of this domain.")
@click.option("--sent", "number", type=click.IntRange(1, 10**12), required=True, metavar="N", help="So many mails.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Sent on that day. Default: today.")
@config_option
def add(campaign: str, domain: str, provider: str, number: int, day: datetime | None, config_file: str | None) -> None:
    """Add to what was sent on a day; each time that it is called."""
    given = {"campaign": printable(campaign), "sending_domain": _domain(domain), "provider": _domain(provider)}
    names = {dimension: name for dimension, name in given.items() if name}
    if not names:
        raise UserError("nothing is named: add --campaign, --domain or --provider")
    found = load(config_file)
    on = (day or times.now()).date().isoformat()
    with Ledger(found.database.path, found.rule()) as ledger:
        ledger.write(partial(volume.add, names=names, day=on, sent=number))


@volume_group.command("log", epilog="Example: bounced volume log /var/log/mail.log.1 /var/log/mail.log")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@config_option
def from_log(files: tuple[str, ...], config_file: str | None) -> None:
    """Count what went to other hosts in logs of Postfix or Exim (also .gz), - for standard input. May be repeated.

    Name the files that hold parts of the same day together: of two runs the larger count of a day stays.
    """
    counts: volume.Counts = Counter()
    for file in files:
        with _log_lines(file) as (lines, latest):
            volume.count(mta_log.deliveries(lines, latest), counts)
    found = load(config_file)
    with Ledger(found.database.path, found.rule()) as ledger:
        ledger.write(partial(volume.log, counts=counts))
    mails = sum(number for (dimension, _, _), number in counts.items() if dimension == "provider")
    click.echo(f"{mails} mails on {len({day for _, _, day in counts})} days", err=True)


def _domain(given: str) -> str:
    found = address.domain(address.normalise(f"x@{given}")) if given else ""
    if (given and not found) or " " in given:
        raise UserError(f"{printable(given)}: is not a domain")
    return found


@contextmanager
def _text(file: str) -> Iterator[TextIO]:
    """A file that can be read twice, standard input for "-"; what is not UTF-8 stays visible as that."""
    with tempfile.TemporaryFile() if file == "-" else _opened(file) as content:
        if file == "-":
            shutil.copyfileobj(stdin(), content)
            content.seek(0)
        with open(content.fileno(), encoding="utf-8-sig", errors="surrogateescape", newline="", closefd=False) as text:
            yield text


@contextmanager
def _log_lines(file: str) -> Iterator[tuple[Iterator[str], date]]:
    """The lines of a log, unpacked if need be, and the day up to which it can have been written."""
    if file == "-":
        yield _lines(stdin()), times.now().date()
        return
    with _opened(file) as content:
        latest = datetime.fromtimestamp(os.fstat(content.fileno()).st_mtime, UTC).date()
        try:
            yield _lines(cast(IO[bytes], files.decompressed(content))), latest
        except (EOFError, gzip.BadGzipFile) as error:
            raise UserError(f"{file}: {error}") from None


def _lines(content: IO[bytes]) -> Iterator[str]:
    for line in iter(partial(content.readline, LONGEST_LINE), b""):
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _opened(file: str) -> BufferedReader:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
