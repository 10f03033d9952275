"""`bounced check`, which a sender may run before each message: it loads what it needs and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice

import click

from bounced.address import of_tenant
from bounced.cli import output
from bounced.cli.common import (
    address_keys,
    checked_scope,
    config_option,
    json_option,
    known_tenant,
    tenant_option,
)
from bounced.cli.help import command
from bounced.config import lookup
from bounced.config.path import find
from bounced.errors import EXIT_SUCCESS, EXIT_SUPPRESSED
from bounced.ledger.forbidden import CHUNK_ADDRESSES, Forbidden
from bounced.ledger.in_force import Row
from bounced.peer import printable


@command(epilog="Example: bounced check anna@example.org && send-newsletter anna@example.org")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option(
    "--scope",
    callback=checked_scope,
    default="marketing",
    show_default=True,
    metavar="SCOPE",
    help="Kind of mail to be sent: marketing, the name of a stream, or all (blocked only by all-mail suppressions). "
    "Marketing suppressions block a stream as well, unless [streams] calls it transactional.",
)
@tenant_option
@json_option
@config_option
def check(addresses: tuple[str, ...], scope: str, tenant: str, json_: bool, config_file: str | None) -> None:
    """Check whether addresses may be mailed. Exit status 0: all may; 1: some may not. `-` reads standard input."""
    keys, are_suppressed = address_keys(addresses), False
    config = lookup.load(find(config_file, os.environ))
    known_tenant(tenant, config.tenants)
    line = _json_line if json_ else _line
    with closing(Forbidden(config.database, config.streams)) as forbidden:
        for some in _chunks(keys):
            against = forbidden.rows([of_tenant(tenant, key) for key in some], scope)
            are_suppressed |= bool(against)
            click.echo("\n".join(line(key, against.get(of_tenant(tenant, key), ())) for key in some))
    sys.exit(EXIT_SUPPRESSED if are_suppressed else EXIT_SUCCESS)


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while some := list(islice(remaining, CHUNK_ADDRESSES)):
        yield some


def _line(key: str, against: Sequence[Row]) -> str:
    if not against:
        return f"{printable(key)}: yes"
    return f"{printable(key)}: no: {printable('; '.join(_causes(key, against)))}"


def _json_line(key: str, against: Sequence[Row]) -> str:
    return output.as_json({"address": key, "allowed": not against, "because": _causes(key, against)})


def _causes(key: str, against: Iterable[Row]) -> list[str]:
    return [_cause(key, row) for row in against]


def _cause(key: str, row: Row) -> str:
    until = f" until {row['until']}" if row["until"] else ""
    return f"{row['cause']} ({row['reason']}) since {row['since']}{until}{output.as_what(row, key)}"
