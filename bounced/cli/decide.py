"""Commands for decisions by hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import click

from bounced.address import by_tenant
from bounced.cli import output
from bounced.cli.common import (
    checked_scope,
    config_option,
    known_tenant,
    load,
    read_only,
    tenant_keys,
    tenant_option,
)
from bounced.cli.decided import Answer, Printing, printing_options
from bounced.cli.filtering import CAUSE, YES, chosen, either, filter_options
from bounced.cli.help import command
from bounced.cli.writing import writable
from bounced.config import Config
from bounced.errors import EXIT_SUPPRESSED
from bounced.ledger import explanation, filters
from bounced.ledger.forbidden import CHUNK_ADDRESSES
from bounced.model import Cause, Decision
from bounced.peer import printable

#: The causes that can be released, by their names on the command line.
CAUSES: Mapping[str, Cause | Literal[""]] = {
    "bounce": "bounce",
    "complaint": "complaint",
    "manual": "manual",
    "all": "",
}

#: What became of an address, and what is said where nothing was changed.
DONE = {"suppress": "suppressed", "release": "released", "allow": "allowed", "disallow": "not allowed any more"}
IDLE = {
    "suppress": "was already suppressed",
    "release": "was not suppressed",
    "allow": "was already allowed",
    "disallow": "was not allowed",
}


@command(epilog='Example: bounced suppress --why "asked by phone" anna@example.org')
@click.argument("addresses", nargs=-1, metavar="[ADDRESS...]")
@filter_options
@CAUSE
@YES
@tenant_option
@click.option("--why", default="", help="Reason, recorded in the history.")
@click.option(
    "--scope",
    callback=checked_scope,
    default="all",
    show_default=True,
    metavar="SCOPE",
    help="Mail to suppress: all, marketing, or the name of a stream.",
)
@printing_options
@config_option
def suppress(
    addresses: tuple[str, ...],
    yes: bool,
    tenant: str,
    why: str,
    scope: str,
    json_: bool,
    quiet: bool,
    config_file: str | None,
    **options: Any,
) -> None:
    """Suppress addresses, @DOMAINs or *.DOMAINs by hand. `-` reads them from standard input, one per line.

    With a filter instead, the addresses of the failures, or complaints, that it selects, held ones included.
    `bounced list import` takes lists of other programs, with their dates and causes.
    """
    either(addresses, options, "addresses")
    config, printing = load(config_file), Printing(json_, quiet)
    known_tenant(tenant, config.tenant)
    if addresses:
        _decide("suppress", tenant_keys(addresses, tenant), scope, why, config, printing)
        return
    with read_only(config) as db:
        keys = sorted({address for _, address in filters.events(db, chosen(tenant, **options)) if address})
    if printing.tell_selected(keys, "suppress", yes=yes):
        _decide("suppress", keys, scope, why, config, printing)


@command(epilog='Example: bounced allow --why "our own staff" @example.org')
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@tenant_option
@click.option("--why", default="", help="Reason, recorded in the history.")
@printing_options
@config_option
def allow(addresses: tuple[str, ...], tenant: str, why: str, json_: bool, quiet: bool, config_file: str | None) -> None:
    """Put addresses, @DOMAINs or *.DOMAINs on the allow list: no bounce suppresses them, whatever the rule says.

    Complaints, and what you suppress yourself, still do. `-` reads them from standard input, one per line.
    """
    _decide_allowed("allow", addresses, tenant, why, load(config_file), Printing(json_, quiet))


@command(epilog="Example: bounced disallow @example.org")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@tenant_option
@click.option("--why", default="", help="Reason, recorded in the history.")
@printing_options
@config_option
def disallow(
    addresses: tuple[str, ...], tenant: str, why: str, json_: bool, quiet: bool, config_file: str | None
) -> None:
    """Take addresses, @DOMAINs or *.DOMAINs off the allow list: what bounced meanwhile counts."""
    _decide_allowed("disallow", addresses, tenant, why, load(config_file), Printing(json_, quiet))


def _decide_allowed(
    decision: Literal["allow", "disallow"],
    addresses: tuple[str, ...],
    tenant: str,
    why: str,
    config: Config,
    printing: Printing,
) -> None:
    keys = list(dict.fromkeys(tenant_keys(addresses, known_tenant(tenant, config.tenant))))
    with writable(config, backups=config.database.backups) as ledger:
        before = ledger.decisions.allowed(keys)
        ledger.decisions.decide(keys, decision, "", printable(why, 500))
    done, idle = DONE[decision], IDLE[decision]
    changed = {key for key in keys if (key in before) == (decision == "disallow")}
    printing.tell([Answer(key, done if key in changed else idle, key in changed) for key in keys])


@command(epilog='Example: bounced release --why "mailbox was enlarged" anna@example.org')
@click.argument("addresses", nargs=-1, metavar="[ADDRESS...]")
@filter_options
@YES
@tenant_option
@click.option("--why", default="", help="Reason, recorded in the history.")
@click.option(
    "--scope", callback=checked_scope, metavar="SCOPE", help="Only suppressions of this scope. Default: every scope."
)
@click.option(
    "--cause",
    type=click.Choice(list(CAUSES)),
    default="bounce",
    show_default=True,
    help="Only suppressions for this cause: complaints, and what was asked for, stay unless you name them.",
)
@printing_options
@config_option
def release(
    addresses: tuple[str, ...],
    yes: bool,
    tenant: str,
    why: str,
    scope: str,
    cause: str,
    json_: bool,
    quiet: bool,
    config_file: str | None,
    **options: Any,
) -> None:
    """Release addresses, so that they may be mailed again. `-` reads them from standard input, one per line.

    With a filter instead, those whose suppression it selects, by its date, reason and text. Their streaks restart; the
    history is kept. Exit status 1: some are still suppressed, for another cause or by a domain, say.
    """
    either(addresses, options, "addresses")
    config, printing = load(config_file), Printing(json_, quiet)
    known_tenant(tenant, config.tenant)
    if addresses:
        _decide("release", tenant_keys(addresses, tenant), scope, why, config, printing, CAUSES[cause])
        return
    with read_only(config) as db:
        keys = filters.suppressed(db, chosen(tenant, cause=CAUSES[cause], **options))
    if printing.tell_selected(keys, "release", yes=yes):
        _decide("release", keys, scope, why, config, printing, CAUSES[cause])


def _decide(
    decision: Decision,
    addresses: Sequence[str],
    scope: str,
    why: str,
    config: Config,
    printing: Printing,
    cause: Cause | Literal[""] = "",
) -> None:
    keys = list(dict.fromkeys(addresses))
    changed: set[str] = set()
    with writable(config, backups=config.database.backups) as ledger:
        for begin in range(0, len(keys), CHUNK_ADDRESSES):
            some = keys[begin : begin + CHUNK_ADDRESSES]
            receipt = ledger.decisions.decide(some, decision, scope, printable(why, 500), cause)
            changed |= {address for address, _ in (*receipt.started, *receipt.ended)}
    standing = _standing(config, keys) if decision == "release" or printing.json else {}
    printing.tell([_answer(decision, key, key in changed, standing.get(key, ())) for key in keys])
    if decision == "release" and any(standing.values()):
        sys.exit(EXIT_SUPPRESSED)


def _standing(config: Config, keys: Sequence[str]) -> dict[str, list[output.Row]]:
    """The suppressions in force afterwards, by address."""
    with read_only(config) as db:
        return {key: explanation.standing(db, key) for key in keys}


def _answer(decision: Decision, key: str, is_changed: bool, standing: Sequence[output.Row]) -> Answer:
    """What became of an address, and how to release what still stands after a release."""
    rest = standing if decision == "release" else ()
    text = DONE[decision] if is_changed else "not released" if rest else IDLE[decision]
    still = (_still(row, by_tenant(key)[1]) for row in rest)
    return Answer(key, text + "".join(still), is_changed, standing)


def _still(row: output.Row, address: str) -> str:
    entry = output.as_what(row, address)
    how = output.releasing(row, address) if entry else f"--cause {row['cause']}"
    return f"; still suppressed ({printable(row['scope'])} mail: {row['cause']}{entry}; {how} releases it)"
