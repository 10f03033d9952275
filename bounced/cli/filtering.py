"""Options that select events and suppressions by what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import click

from bounced.cli.dates import date
from bounced.errors import UserError
from bounced.ledger.filters import Filter
from bounced.reasons import REASONS

Function = TypeVar("Function", bound=Any)


OPTIONS = (
    click.option(
        "--since", callback=date, metavar="DATE", help="Failures that happened on DATE or later; 7d: so long ago."
    ),
    click.option("--until", callback=date, metavar="DATE", help="Failures that happened before DATE."),
    click.option("--provider", default="", metavar="DOMAIN", help="Of addresses at DOMAIN, or below it."),
    click.option("--reason", type=click.Choice(list(REASONS)), metavar="REASON", help="For this reason."),
    click.option("--text", default="", metavar="WORDS", help="Whose server said this, among other words."),
    click.option("--campaign", default="", metavar="NAME", help="About messages of this campaign."),
)


CAUSE = click.option(
    "--cause", type=click.Choice(("bounce", "complaint")), help="Complaints instead of failures. Default: bounce."
)

YES = click.option("--yes", is_flag=True, help="With a filter: do it; without this, only show how many there are.")


def filter_options(function: Function) -> Function:
    """Adds OPTIONS."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def is_filter(options: Mapping[str, Any]) -> bool:
    """True when any of the options selects something."""
    return any(options.values())


def either(given: Sequence[object], options: Mapping[str, Any], noun: str) -> None:
    """Raises UserError unless either things by name or by a filter were given."""
    if bool(given) == is_filter(options):
        raise UserError(f"{noun} and a filter are mutually exclusive" if given else f"say which {noun}, or a filter")


def chosen(**options: Any) -> Filter:
    """The filter of these options. Raises UserError without any."""
    filter_ = Filter(**{name: value for name, value in options.items() if value})
    if not filter_.asked():
        raise UserError("say which failures: --since, --until, --provider, --reason, --text or --campaign")
    return replace(filter_, provider=filter_.provider.lower())
