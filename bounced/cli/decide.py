"""The commands by which a person decides."""

from __future__ import annotations

import click

from bounced.cli.common import a_scope, config_option, load, normalised
from bounced.ledger.ledger import Ledger
from bounced.model import Decision
from bounced.peer import printable


@click.command(epilog='Example: bounced suppress --why "asked by phone" anna@example.org')
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--why", default="", help="The reason, for the history.")
@click.option(
    "--scope",
    callback=a_scope,
    default="all",
    show_default=True,
    metavar="SCOPE",
    help="What is forbidden: all, marketing, or the name of a stream.",
)
@config_option
def suppress(addresses: tuple[str, ...], why: str, scope: str, config_file: str | None) -> None:
    """Suppress addresses by hand. ``-`` reads them from standard input, one a line."""
    _decide("suppress", addresses, scope, why, config_file)


@click.command(epilog='Example: bounced release --why "mailbox was enlarged" anna@example.org')
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@click.option("--why", default="", help="The reason, for the history.")
@click.option(
    "--scope", callback=a_scope, metavar="SCOPE", help="Only suppressions of this scope. Default: those of every scope."
)
@config_option
def release(addresses: tuple[str, ...], why: str, scope: str, config_file: str | None) -> None:
    """Let addresses be mailed again. Their streaks start anew; the release stays in the history."""
    _decide("release", addresses, scope, why, config_file)


def _decide(what: Decision, addresses: tuple[str, ...], scope: str, why: str, config_file: str | None) -> None:
    wanted = normalised(addresses)
    found = load(config_file)
    with Ledger(found.database.path, found.rule(), backups=found.database.backups) as ledger:
        receipt = ledger.decisions.decide(wanted, what, scope, printable(why, 500))
    changed = {address for address, _ in (*receipt.started, *receipt.ended)}
    done = {"suppress": "suppressed", "release": "released"}[what]
    idle = {"suppress": "was suppressed already", "release": "was not suppressed"}[what]
    for address in dict.fromkeys(wanted):
        click.echo(f"{printable(address)}: {done if address in changed else idle}", err=True)
