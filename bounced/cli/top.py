"""`bounced top`: the running daemon, live."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Literal

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bounced import times
from bounced.cli.common import config_option, load, read_only
from bounced.cli.help import command
from bounced.cli.status import STATES, Status, read_status
from bounced.config import Config
from bounced.errors import EXIT_USAGE, LedgerError, UserError
from bounced.ledger import queries
from bounced.peer import printable

#: Seconds between two readings.
REFRESH_SECONDS = 2.0

#: Suppressions that are shown, and characters of a cell.
SUPPRESSIONS_LIMIT = 8
CELL_LENGTH_LIMIT = 200

STYLES = {"OK": "green", "WARNING": "yellow", "CRITICAL": "bold red", "UNKNOWN": "magenta"}

#: The columns of each table, and how many columns of the terminal they have: 0 is what the others leave, and negative
#: what it needs, at most so many.
MAILBOXES = {"state": 8, "mailbox": -30, "polled_at": 20, "waiting": 7, "problem": 0}
JOBS = {"state": 8, "job": -30, "ran_at": 20, "problem": 0}
NEWEST = {"since": 20, "address": 0, "scope": 9, "cause": 9, "reason": 16}


#: What is at the right of its column.
NUMBERS = ("waiting",)


@command(epilog="Example: bounced top")
@config_option
def top(config_file: str | None) -> None:
    """Watch the daemon: its state, mailboxes, backlog, jobs and the newest suppressions. Ends with q."""
    config, console = load(config_file), Console()
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or console.is_dumb_terminal:
        raise UserError("needs a terminal; `bounced status` prints the same once", exit_code=EXIT_USAGE)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the terminal is left as it was
    with suppress(KeyboardInterrupt), _single_keys(), Live(console=console, screen=True, auto_refresh=False) as live:
        live.update(_screen(config), refresh=True)
        while not _is_ended():
            live.update(_screen(config), refresh=True)


@contextmanager
def _single_keys() -> Iterator[None]:
    """Has the terminal pass each key at once, and show none; it is as before at the end."""
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _is_ended() -> bool:
    """True when q was pressed, or the terminal has gone, within REFRESH_SECONDS."""
    readable, _, _ = select.select([sys.stdin], [], [], REFRESH_SECONDS)
    if not readable:
        return False
    keys = os.read(sys.stdin.fileno(), 1024)
    return not keys or b"q" in keys.lower()


def _screen(config: Config) -> RenderableType:
    """All that is shown. The database is opened each time: it may be replaced."""
    try:
        with read_only(config) as db:
            current = read_status(db, config, times.now())
            newest = list(queries.suppressed(db, SUPPRESSIONS_LIMIT))
    except LedgerError as error:
        return Group(_headline("CRITICAL"), Text(printable(str(error), CELL_LENGTH_LIMIT), "bold red"))
    return Group(
        _headline(STATES[current.state]),
        Text(current.facts),
        *_tables(current),
        _table("newest suppressions", NEWEST, newest),
    )


def _tables(current: Status) -> Iterator[Table]:
    yield _table("mailboxes", MAILBOXES, current.mailboxes)
    yield _table("jobs", JOBS, current.jobs)


def _headline(state: str) -> Text:
    return Text(f"bounced {state}", STYLES[state]).append(f"  {times.iso(times.now())}  q: quit", "dim")


def _table(title: str, columns: Mapping[str, int], rows: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(title=f"\n{title}", title_justify="left", box=None, expand=True, pad_edge=False)
    for name, width in columns.items():
        size: dict[str, Any] = {"ratio": 1} if not width else {"max_width": -width} if width < 0 else {"width": width}
        justify: Literal["left", "right"] = "right" if name in NUMBERS else "left"
        table.add_column(name, justify=justify, no_wrap=True, overflow="ellipsis", **size)
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in columns))
    return table


def _cell(name: str, value: Any) -> Text:
    """A value without what it may say to the terminal, or to rich."""
    if name == "state":
        return Text(STATES[value], STYLES[STATES[value]])
    return Text(printable(str(value), CELL_LENGTH_LIMIT) if value is not None else "")
