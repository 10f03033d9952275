"""The command that judges everything again, from the first event: shows what that changes, and does it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from bounced import times
from bounced.cli import output
from bounced.cli.common import config_option, json_option, load, read_only
from bounced.cli.difference import difference_row, totals, words
from bounced.cli.help import command
from bounced.cli.parts import Step, answers, processes
from bounced.cli.writing import writable
from bounced.config import Config, judge_by, read_pack, tables
from bounced.errors import EXIT_CHANGED, EXIT_SUCCESS, UserError
from bounced.ledger import compare, queries
from bounced.ledger.compare import Difference
from bounced.ledger.ledger import Receipt
from bounced.ledger.preview import Part, Preview, preview
from bounced.ledger.suppressions import Folded
from bounced.model import Judge
from bounced.peer import counted, printable

#: Addresses for which a process more is worth while: they take a second.
ADDRESSES_OF_A_PROCESS = 10_000


@command(epilog="Example: bounced replay --apply")
@click.option("--pack", metavar="FILE", help="Classify by the tables of this pack. Default: those that are used now.")
@click.option("--apply", "apply_", is_flag=True, help="Do it; addresses that were withheld are suppressed too.")
@json_option
@config_option
def replay(pack: str | None, apply_: bool, json_: bool, config_file: str | None) -> None:
    """Judge every address again from its first event, by the numbers and the tables of now; show what that changes.

    Exit status 0: nothing; 1: something. With --apply it is done, and the status is 0.
    """
    if pack and apply_:
        raise UserError("--apply takes the tables of the configuration: set [classify] pack")
    config = load(config_file)
    judge = judge_by(read_pack(Path(pack)) if pack else tables(config), config)
    begun = time.monotonic()
    found = changes(config, judge)
    seconds, reclassified = round(time.monotonic() - begun, 1), found.changed.total()
    difference = found.difference
    answer = {**difference_row(difference), "reclassified": reclassified, "seconds": seconds, "is_applied": False}
    if apply_:
        answer |= _apply(config, judge)
    if json_:
        click.echo(output.as_json(answer))
    else:
        click.echo("\n".join(_words(answer, difference)))
    is_changed = difference.began or difference.ended
    sys.exit(EXIT_CHANGED if is_changed and not apply_ else EXIT_SUCCESS)


def changes(config: Config, judge: Judge | None = None, *, is_whole: bool = True) -> Preview:
    """What the configuration would change; as ``bounced.ledger.preview.preview``. Raises UserError."""
    with read_only(config) as db:
        addresses, withheld = compare.addresses(db), queries.brake(db)
    if withheld:
        many = counted(withheld["addresses"], "address", "es", separator=",")
        are = "is" if withheld["addresses"] == 1 else "are"
        note = f"the brake withholds {many} (see bounced withheld), which {are} counted here as if it did not"
        click.echo(f"note: {note}", err=True)
    part = partial(_changes, config, judge, is_whole, times.now())
    with _progress(addresses if sys.stderr.isatty() else 0) as step:
        first, *others = answers(part, processes(addresses, ADDRESSES_OF_A_PROCESS), step)
    for other in others:
        first.add(other)
    return first


def _changes(
    config: Config, judge: Judge | None, is_whole: bool, now: datetime, number: int, of: int, step: Step
) -> Preview:
    with read_only(config) as db:
        return preview(db, judge, config.rule(), now, part=Part(number, of), is_whole=is_whole, step=step)


@contextmanager
def _progress(number: int) -> Iterator[Step]:
    """Shows how many of ``number`` addresses are done; of none nothing."""
    with click.progressbar(length=number, label="judging", file=sys.stderr, hidden=not number) as bar:
        yield bar.update


def _apply(config: Config, judge: Judge) -> dict[str, Any]:
    with writable(config, backups=config.database.backups) as ledger:
        results: list[Receipt | Folded] = [*ledger.reclassify(judge), ledger.replay()]
        followed = ledger.followed_since_opened  # by whoever opens the ledger with other numbers
    suppressed = followed.suppressed + sum(len(result.started) for result in results)
    released = followed.released + sum(len(result.ended) for result in results)
    return {"is_applied": True, "suppressed": suppressed, "released": released}


def _words(answer: dict[str, Any], difference: Difference) -> Iterator[str]:
    seconds = f"{answer['seconds']:g} s"
    addresses = counted(difference.addresses, "address", "es", separator=",")
    entries = f"{difference.events:,} {'entry' if difference.events == 1 else 'entries'}"
    whose = "its history" if difference.addresses == 1 else "their histories"
    yield f"{addresses} and {entries} of {whose} in {seconds}"
    if number := answer["reclassified"]:
        yield f"{counted(number, 'failure', separator=',')} {'is' if number == 1 else 'are'} classified differently"
    yield from words(difference)
    if answer["is_applied"]:
        yield f"done: {totals(answer['suppressed'], answer['released'])}"
    elif difference.began or difference.ended:
        yield printable("nothing was changed; --apply does it")
