"""Commands for decisions by hand."""

from __future__ import annotations

import click

from bounced.cli.common import address_keys, checked_scope, config_option, load
from bounced.cli.help import command
from bounced.cli.writing import writable
from bounced.model import Decision
from bounced.peer import printable


@command(epilog='Example: bounced suppress --why "asked by phone" anna@example.org')
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
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
def suppress(addresses: tuple[str, ...], why: str, scope: str, config_file: str | None) -> None:
    """Suppress addresses by hand. ``-`` reads them from standard input, one per line."""
    _decide("suppress", addresses, scope, why, config_file)


@command(epilog='Example: bounced release --why "mailbox was enlarged" anna@example.org')
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--why", default="", help="Reason, recorded in the history.")
@click.option(
    "--scope", callback=checked_scope, metavar="SCOPE", help="Only suppressions of this scope. Default: every scope."
)
@config_option
def release(addresses: tuple[str, ...], why: str, scope: str, config_file: str | None) -> None:
    """Release addresses, so that they may be mailed again. Their streaks restart; the history is kept."""
    _decide("release", addresses, scope, why, config_file)


def _decide(decision: Decision, addresses: tuple[str, ...], scope: str, why: str, config_file: str | None) -> None:
    keys = address_keys(addresses)
    config = load(config_file)
    with writable(config, backups=config.database.backups) as ledger:
        receipt = ledger.decisions.decide(keys, decision, scope, printable(why, 500))
    changed = {address for address, _ in (*receipt.started, *receipt.ended)}
    done = {"suppress": "suppressed", "release": "released"}[decision]
    idle = {"suppress": "was already suppressed", "release": "was not suppressed"}[decision]
    for address in dict.fromkeys(keys):
        click.echo(f"{printable(address)}: {done if address in changed else idle}", err=True)
