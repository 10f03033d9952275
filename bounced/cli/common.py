"""Options that commands share, and their way to the configuration, the database and standard input and error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from bounced import address, config
from bounced.errors import EXIT_USAGE, UserError
from bounced.ledger import reading
from bounced.peer import is_printable, printable
from bounced.reasons import Names

if TYPE_CHECKING:
    from sqlite_utils import Database

    from bounced.config import Config
    from bounced.ledger.whose import Whose

Function = TypeVar("Function", bound=Any)

#: Characters of one problem.
PROBLEM_LENGTH_LIMIT = 1000

#: Texts that are named when they are no addresses.
PROBLEMS_LIMIT = 10


def config_option(function: Function) -> Function:
    """Adds ``--config``."""
    option: Function = click.option(
        "--config",
        "config_file",
        metavar="FILE",
        help="Configuration. Default: $BOUNCED_CONFIG, else /etc/bounced/bounced.toml, else defaults and ./bounced.db.",
    )(function)
    return option


def json_option(function: Function) -> Function:
    """Adds ``--json``."""
    option: Function = click.option("--json", "json_", is_flag=True, help="Print JSON.")(function)
    return option


def tenant_option(function: Function) -> Function:
    """Adds ``--tenant``; ask ``known_tenant`` about its value."""
    option: Function = click.option(
        "--tenant", default="", metavar="NAME", help="Of this tenant ([tenant.NAME]). Default: what is nobody's."
    )(function)
    return option


def only_tenant_option(function: Function) -> Function:
    """Adds ``--tenant`` to what is about everybody otherwise (``None``); ask ``known_tenant`` about its value."""
    option: Function = click.option(
        "--tenant", metavar="NAME", help="Only those of this tenant ([tenant.NAME]). Default: all."
    )(function)
    return option


def whose(tenant: str | None, config: Config) -> Whose:
    """Of whom an answer is; ``tenant`` as from ``only_tenant_option``. Raises UserError, as ``known_tenant``."""
    from bounced.ledger.whose import Whose  # for which `check` would wait

    known_tenant(tenant or "", config.tenant)
    return Whose(tenant, {name: mailbox.tenant for name, mailbox in config.mailbox.items()})


def known_tenant(tenant: str, names: Collection[str]) -> str:
    """``tenant``, if it is one of ``names`` or nobody. Raises UserError: of a misspelled one nothing is suppressed."""
    if tenant and tenant not in names:
        known = ", ".join(names) or "there are none"
        raise UserError(f"no [tenant.{printable(tenant)}] in the configuration ({known})", exit_code=EXIT_USAGE)
    return tenant


def vocabulary_option(function: Function) -> Function:
    """Adds ``--vocabulary``."""
    option: Function = click.option(
        "--vocabulary",
        type=click.Choice(list(Names._fields)),
        callback=lambda _, __, value: value or "",
        help="Print reasons in the words of another program (docs/reasons.md).",
    )(function)
    return option


def in_utf_8(_: click.Context, __: click.Parameter, value: str) -> str:
    """Callback of what the database is asked about: the text, without octets of another character set."""
    if value.encode(errors="replace").decode() != value:
        raise click.BadParameter("is not UTF-8")
    return value


def checked_scope(_: click.Context, __: click.Parameter, value: str | None) -> str:
    """Callback of ``--scope``: the text if it can be a scope, ``""`` without one."""
    if value is None:
        return ""
    if not value or not is_printable(value, 200):
        raise click.BadParameter("must be all, marketing or the name of a stream")
    return value


def lasting(_: click.Context, __: click.Parameter, value: str | None) -> timedelta | None:
    """Callback of options like ``--lapsing``: the duration that a text like 7d stands for."""
    if value is None:
        return None
    from bounced.config.values import duration  # for which `check` would wait

    try:
        return duration(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def config_path(option: str | None) -> Path | None:
    """The configuration file to use, ``None`` if there is none."""
    return config.find(option, os.environ)


def load(option: str | None) -> Config:
    """The configuration to use. Raises UserError."""
    return config.load(config_path(option))


@contextmanager
def read_only(config: Config, *, or_empty: bool = False) -> Iterator[Database]:
    """The ledger, read-only; with ``or_empty`` an empty one in memory where there is none. Raises LedgerError."""
    from bounced.ledger import database  # for which `check` would wait

    path = config.database.path
    db = database.copy_in_memory(path) if or_empty and not Path(path).exists() else database.open_for_reading(path)
    try:
        with reading.errors(path):
            reading.refuse_older(db.conn, path)
            yield db
    finally:
        db.conn.close()


def address_keys(words: tuple[str, ...], key: Callable[[str], str] = address.key) -> list[str]:
    """The addresses as the ledger has them; ``-`` reads them from standard input, one per line. Raises UserError.

    ``key`` is address.entry_key where a domain may stand for its addresses.
    """
    keys: list[str] = []
    problems: list[str] = []
    for place, text in _texts(words):
        try:
            keys.append(key(text))
        except ValueError as error:
            problems.append(f"{place}{printable(text) or 'an empty text'}: {error}")
        if len(problems) > PROBLEMS_LIMIT:
            raise UserError(*problems[:PROBLEMS_LIMIT], "and maybe more")
    if problems:
        raise UserError(*problems)
    return keys


def tenant_keys(words: tuple[str, ...], tenant: str) -> list[str]:
    """The addresses or patterns as the ledger has them for ``tenant``. Raises UserError, as ``address_keys``."""
    try:
        return [address.of_tenant(tenant, key) for key in address_keys(words, address.entry_key)]
    except UserError as error:
        if "-" in words:
            raise UserError(*error.problems, "nothing was changed: correct these lines, or take them out") from None
        raise


def entry_key(word: str) -> str:
    """The address or pattern as the ledger has it. Raises UserError."""
    try:
        return address.entry_key(word)
    except ValueError as error:
        raise UserError(f"{printable(word) or 'an empty text'}: {error}") from None


def _texts(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every text that is to be an address, with the line of standard input where it stands."""
    for word in words:
        if word == "-":
            yield from ((f"line {number}: ", line) for number, line in enumerate(_lines(), 1))
        else:
            yield "", word


def stdin() -> BinaryIO:
    """Standard input; empty if it was closed."""
    return sys.stdin.buffer


def _lines() -> Iterator[str]:
    """The lines of standard input; those of Windows end in CR LF, and begin with a byte order mark."""
    for number, line in enumerate(stdin()):
        text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")
        yield text if number else text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")


def problem(text: str) -> None:
    """Prints to standard error what went wrong."""
    click.echo(f"bounced: {printable(text, PROBLEM_LENGTH_LIMIT)}", err=True)
