"""Commands for decisions by hand."""

from __future__ import annotations

from collections import Counter
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
from bounced.cli.filtering import CAUSE, YES, chosen, either, filter_options
from bounced.cli.help import command
from bounced.cli.writing import writable
from bounced.config import Config
from bounced.ledger import filters, queries
from bounced.ledger.forbidden import CHUNK_ADDRESSES
from bounced.model import Cause, Decision
from bounced.peer import printable

#: Addresses that are shown one by one: of those that a filter has selected, and of what became of them.
SHOWN_LIMIT = 10

#: The causes that can be released, by their names on the command line.
CAUSES: Mapping[str, Cause | Literal[""]] = {
    "bounce": "bounce",
    "complaint": "complaint",
    "manual": "manual",
    "all": "",
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
@config_option
def suppress(
    addresses: tuple[str, ...],
    yes: bool,
    tenant: str,
    why: str,
    scope: str,
    config_file: str | None,
    **options: Any,
) -> None:
    """Suppress addresses, @DOMAINs or *.DOMAINs by hand. ``-`` reads them from standard input, one per line.

    With a filter instead, the addresses of the failures, or complaints, that it selects, held ones included.
    `bounced list import` takes lists of other programs, with their dates and causes.
    """
    either(addresses, options, "addresses")
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    if addresses:
        _decide("suppress", tenant_keys(addresses, tenant), scope, why, config)
        return
    with read_only(config) as db:
        keys = sorted({address for _, address in filters.events(db, chosen(tenant, **options)) if address})
    if _shown(keys, "suppress", yes=yes):
        _decide("suppress", keys, scope, why, config)


@command(epilog='Example: bounced allow --why "our own staff" @example.org')
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@tenant_option
@click.option("--why", default="", help="Reason, recorded in the history.")
@config_option
def allow(addresses: tuple[str, ...], tenant: str, why: str, config_file: str | None) -> None:
    """Put addresses, @DOMAINs or *.DOMAINs on the allow list: no bounce suppresses them, whatever the rule says.

    Complaints, and what you suppress yourself, still do. ``-`` reads them from standard input, one per line.
    """
    _decide_allowed("allow", addresses, tenant, why, load(config_file))


@command(epilog="Example: bounced disallow @example.org")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@tenant_option
@click.option("--why", default="", help="Reason, recorded in the history.")
@config_option
def disallow(addresses: tuple[str, ...], tenant: str, why: str, config_file: str | None) -> None:
    """Take addresses, @DOMAINs or *.DOMAINs off the allow list: what bounced meanwhile counts."""
    _decide_allowed("disallow", addresses, tenant, why, load(config_file))


def _decide_allowed(
    decision: Literal["allow", "disallow"], addresses: tuple[str, ...], tenant: str, why: str, config: Config
) -> None:
    keys = list(dict.fromkeys(tenant_keys(addresses, known_tenant(tenant, config.tenant))))
    with writable(config, backups=config.database.backups) as ledger:
        before = ledger.decisions.allowed(keys)
        ledger.decisions.decide(keys, decision, "", printable(why, 500))
    done, idle = {"allow": ("allowed", "was already allowed"), "disallow": ("not allowed any more", "was not allowed")}[
        decision
    ]
    _say({key: done if (key in before) == (decision == "disallow") else idle for key in keys})


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
@config_option
def release(
    addresses: tuple[str, ...],
    yes: bool,
    tenant: str,
    why: str,
    scope: str,
    cause: str,
    config_file: str | None,
    **options: Any,
) -> None:
    """Release addresses, so that they may be mailed again. ``-`` reads them from standard input, one per line.

    With a filter instead, those whose suppression it selects, by its date, reason and text. Their streaks restart; the
    history is kept.
    """
    either(addresses, options, "addresses")
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    if addresses:
        _decide("release", tenant_keys(addresses, tenant), scope, why, config, CAUSES[cause])
        return
    with read_only(config) as db:
        keys = filters.suppressed(db, chosen(tenant, cause=CAUSES[cause], **options))
    if _shown(keys, "release", yes=yes):
        _decide("release", keys, scope, why, config, CAUSES[cause])


def _shown(keys: Sequence[str], verb: str, *, yes: bool) -> bool:
    """Says what a filter has selected; true if that is to be done."""
    click.echo(f"{'' if yes else 'would '}{verb} {output.counted(len(keys), 'address', 'es')}")
    if not yes:
        for key in keys[:SHOWN_LIMIT]:
            click.echo(f"    {printable(by_tenant(key)[1])}")
        if len(keys) > SHOWN_LIMIT:
            click.echo(f"    and {len(keys) - SHOWN_LIMIT:,} more")
        click.echo("nothing was changed; --yes does it", err=True)
    return yes and bool(keys)


def _decide(
    decision: Decision,
    addresses: Sequence[str],
    scope: str,
    why: str,
    config: Config,
    cause: Cause | Literal[""] = "",
) -> None:
    keys = list(dict.fromkeys(addresses))
    changed: set[str] = set()
    with writable(config, backups=config.database.backups) as ledger:
        for begin in range(0, len(keys), CHUNK_ADDRESSES):
            some = keys[begin : begin + CHUNK_ADDRESSES]
            receipt = ledger.decisions.decide(some, decision, scope, printable(why, 500), cause)
            changed |= {address for address, _ in (*receipt.started, *receipt.ended)}
    done = {"suppress": "suppressed", "release": "released"}[decision]
    idle = {"suppress": "was already suppressed", "release": "was not suppressed"}[decision]
    standing = _standing(config, keys) if decision == "release" else {}
    answers = {
        key: (done if key in changed else "not released" if standing.get(key) else idle) + standing.get(key, "")
        for key in keys
    }
    _say(answers)


def _say(answers: Mapping[str, str]) -> None:
    """Says what became of each address, or, where there are many, of how many."""
    if len(answers) <= SHOWN_LIMIT:
        texts = [f"{printable(by_tenant(key)[1])}: {answer}" for key, answer in answers.items()]
    else:
        texts = [
            f"{output.counted(number, 'address', 'es')}: {text}" for text, number in Counter(answers.values()).items()
        ]
    for text in texts:
        click.echo(text, err=True)


def _standing(config: Config, keys: Sequence[str]) -> dict[str, str]:
    """What stands after a release, and how to release it too, by address."""
    with read_only(config) as db:
        return {key: "".join(map(_still, queries.standing(db, key))) for key in keys}


def _still(row: output.Row) -> str:
    return f"; still suppressed ({printable(row['scope'])} mail: {row['cause']}; --cause {row['cause']} releases it)"
