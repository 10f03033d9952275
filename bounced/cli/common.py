"""What the commands share: options, the way to the configuration, and output that a terminal can't be fooled with."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click
from sqlite_utils import Database

from bounced import address, config
from bounced.config import Config
from bounced.errors import UserError
from bounced.ledger import database
from bounced.peer import is_printable, printable
from bounced.reasons import Names

Function = TypeVar("Function", bound=Any)


def config_option(function: Function) -> Function:
    """Adds ``--config``."""
    found: Function = click.option(
        "--config",
        "config_file",
        metavar="FILE",
        help="Configuration. Default: $BOUNCED_CONFIG, then /etc/bounced/bounced.toml, then none and ./bounced.db.",
    )(function)
    return found


def json_option(function: Function) -> Function:
    """Adds ``--json``."""
    found: Function = click.option("--json", "json_", is_flag=True, help="JSON, for programs.")(function)
    return found


def vocabulary_option(function: Function) -> Function:
    """Adds ``--vocabulary``."""
    found: Function = click.option(
        "--vocabulary",
        type=click.Choice(list(Names._fields)),
        callback=lambda _, __, value: value or "",
        help="Name the reasons as another program does (docs/reasons.md).",
    )(function)
    return found


def a_scope(_: click.Context, __: click.Parameter, value: str | None) -> str:
    """Callback of ``--scope``: a text that can be a scope, ``""`` when there is none."""
    if value is None:
        return ""
    if not value or not is_printable(value, 200):
        raise click.BadParameter("must be all, marketing or the name of a stream")
    return value


def config_path(option: str | None) -> Path | None:
    """The configuration file to use, ``None`` for none."""
    return config.find(option, os.environ)


def load(option: str | None) -> Config:
    """The configuration to use. Raises UserError."""
    return config.load(config_path(option))


@contextmanager
def reading(found: Config) -> Iterator[Database]:
    """The ledger, read-only. Raises LedgerError."""
    db = database.open_for_reading(found.database.path)
    try:
        with database.errors(found.database.path):
            yield db
    finally:
        db.conn.close()


def normalised(given: tuple[str, ...]) -> list[str]:
    """The addresses as the ledger has them; ``-`` reads them from standard input, one a line. Raises UserError."""
    texts = [line.strip() for item in given for line in (_lines() if item == "-" else [item])]
    found = [(text, address.single(text)) for text in texts if text]
    if wrong := [text for text, key in found if not key]:
        raise UserError(*(f"{printable(text)}: is not a mail address" for text in wrong))
    return [key for _, key in found]


def stdin() -> BinaryIO:
    """Standard input; nothing when it was closed."""
    return sys.stdin.buffer if sys.stdin else io.BytesIO()


def _lines() -> Iterator[str]:
    return (line.decode("utf-8", "surrogateescape") for line in stdin())


def problem(line: str) -> None:
    """Says on standard error what went wrong."""
    click.echo(f"bounced: {printable(line, 500)}", err=True)
