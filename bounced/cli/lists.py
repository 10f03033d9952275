"""Commands for lists of other programs: import them, and write ours for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import click

from bounced import times
from bounced.address import of_tenant
from bounced.cli.common import config_option, known_tenant, load, problem, read_only, stdin, tenant_option
from bounced.cli.help import Group
from bounced.cli.list_export import export_list
from bounced.cli.writing import writable
from bounced.config import Config
from bounced.errors import EXIT_DATA, EXIT_SUCCESS, UserError
from bounced.ledger.listed import CHUNK_ENTRIES, DryRun
from bounced.lists.entry import LIST_KINDS, Entry, ListKind
from bounced.lists.formats import FORMATS
from bounced.lists.rows import Problem, text_of
from bounced.peer import counted, is_printable

#: Lines that can't be taken of which each is named.
PROBLEMS_LIMIT = 20

#: Characters of the name of a list.
ORIGIN_LENGTH_LIMIT = 100


@click.group("list", cls=Group, epilog="Example: bounced list import --from ses suppressed.json")
def list_group() -> None:
    """Suppression lists of other programs: import theirs, export yours (docs/lists.md)."""


list_group.add_command(export_list)


def _origin(_: click.Context, __: click.Parameter, value: str) -> str:
    if not is_printable(value, ORIGIN_LENGTH_LIMIT):
        raise click.BadParameter(f"must be a printable text of at most {ORIGIN_LENGTH_LIMIT} characters")
    return value


@list_group.command("import", epilog="Example: bounced list import --from ses suppressed.json")
@click.argument("file", metavar="FILE")
@click.option(
    "--from",
    "program",
    type=click.Choice(list(FORMATS)),
    required=True,
    metavar="PROGRAM",
    help=f"Program that wrote FILE: {', '.join(FORMATS)}.",
)
@click.option("--origin", callback=_origin, default="", metavar="NAME", help="Name of the list. Default: the program.")
@click.option("--cause", "kind", type=click.Choice(LIST_KINDS), help="Why rows are suppressed that do not say it.")
@click.option("--dry-run", is_flag=True, help="Check FILE and count; change nothing.")
@tenant_option
@config_option
def import_list(
    file: str, program: str, origin: str, kind: ListKind | None, dry_run: bool, tenant: str, config_file: str | None
) -> None:
    """Import a suppression list; - is standard input. Safe to repeat. Exit status 65: lines could not be taken."""
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    tally = Tally()
    with _opened(file) as content, closing(text_of(content, FORMATS[program].charset)) as text:
        rows = FORMATS[program].entries(text, kind, origin)
        entries = _noted(rows, tally, file)
        pieces = _pieces((replace(entry, address=of_tenant(tenant, entry.address)) for entry in entries), content)
        (_count if dry_run else _take)(config, pieces, tally)
    for line in tally.lines(dry_run=dry_run):
        click.echo(line, err=True)
    sys.exit(EXIT_DATA if tally.problems else EXIT_SUCCESS)


@dataclass(slots=True)
class Tally:
    """What became of the rows of a file."""

    rows: int = 0
    nobody: int = 0
    problems: int = 0
    new: int = 0
    known: int = 0
    suppressed: int = 0

    def lines(self, *, dry_run: bool) -> Iterator[str]:
        """The summary, for people."""
        would = "would be " if dry_run else ""
        yield f"{counted(self.rows, 'row')}: {self.new:,} {would}imported, {self.known:,} known already"
        if self.nobody:
            yield f"{self.nobody:,} suppress nobody"
        if self.problems:
            yield f"{counted(self.problems, 'row')} could not be read"
        if not dry_run:
            yield f"{counted(self.suppressed, 'suppression')} began"


def _noted(rows: Iterable[Entry | Problem | None], tally: Tally, file: str) -> Iterator[Entry]:
    """The entries among ``rows``; the others are counted, and problems told."""
    for row in rows:
        tally.rows += 1
        if isinstance(row, Entry):
            yield row
        elif row is None:
            tally.nobody += 1
        else:
            tally.problems += 1
            if tally.problems <= PROBLEMS_LIMIT:
                problem(f"{file}: line {row.line}: {row.text}")
            elif tally.problems == PROBLEMS_LIMIT + 1:
                problem(f"{file}: and more")


def _pieces(entries: Iterator[Entry], content: BinaryIO) -> Iterator[list[Entry]]:
    """``entries`` for one transaction each; how far the file was read is shown on a terminal."""
    with _progress(content) as step:
        while piece := list(islice(entries, CHUNK_ENTRIES)):
            yield piece
            step()


def _take(config: Config, pieces: Iterable[Sequence[Entry]], tally: Tally) -> None:
    with writable(config, backups=config.database.backups) as ledger:
        for piece in pieces:
            taken = ledger.lists.take(piece)
            tally.new += taken.new
            tally.known += taken.known
            tally.suppressed += len(taken.folded.started)


def _count(config: Config, pieces: Iterable[Sequence[Entry]], tally: Tally) -> None:
    with read_only(config, or_empty=True) as db:  # an import creates it
        dry_run = DryRun(db, times.now())
        for piece in pieces:
            new = dry_run.count(piece)
            tally.new += new
            tally.known += len(piece) - new


@contextmanager
def _progress(content: BinaryIO) -> Iterator[Callable[[], None]]:
    """What to call after each step: it moves a bar, if standard error is a terminal and ``content`` a file."""
    size = os.fstat(content.fileno()).st_size if sys.stderr.isatty() else 0
    if not size:
        yield lambda: None
        return
    with click.progressbar(length=size, label="imported", file=sys.stderr) as bar:
        yield lambda: bar.update(content.tell() - bar.pos)


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield stdin()
        return
    try:
        with Path(file).open("rb") as content:
            yield content
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
