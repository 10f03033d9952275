"""Options that select events and suppressions by what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar, get_args

import click

from bounced import address
from bounced.cli.common import in_utf_8
from bounced.cli.dates import date
from bounced.errors import UserError
from bounced.ledger.filters import Filter
from bounced.ledger.queries import Listing
from bounced.model import Cause
from bounced.reasons import REASONS

Function = TypeVar("Function", bound=Any)


CAUSES = get_args(Cause)

OPTIONS = (
    click.option(
        "--since", callback=date, metavar="DATE", help="Failures that happened on DATE or later; 7d: so long ago."
    ),
    click.option("--until", callback=date, metavar="DATE", help="Failures that happened before DATE."),
    click.option(
        "--provider",
        default="",
        callback=in_utf_8,
        metavar="NAME",
        help="Of a provider (docs/policy.md), or of a domain and those below it.",
    ),
    click.option("--reason", type=click.Choice(list(REASONS)), metavar="REASON", help="For this reason."),
    click.option(
        "--text", default="", callback=in_utf_8, metavar="WORDS", help="Whose server said this, among other words."
    ),
    click.option("--campaign", default="", callback=in_utf_8, metavar="NAME", help="About messages of this campaign."),
)


#: Where the rows of a list of events have what its options ask for.
EVENT_COLUMNS = {
    "date": "happened_at",
    "address": "address",
    "reason": "reason",
    "text": "diagnostic_code",
    "campaign": "campaign",
}

#: Options of commands that list rows, besides those of their dates.
LIST_OPTIONS = {
    "provider": click.option(
        "--provider", default="", callback=in_utf_8, metavar="DOMAIN", help="Only addresses at DOMAIN, or below it."
    ),
    "reason": click.option("--reason", default="", callback=in_utf_8, metavar="REASON", help="Only for this reason."),
    "text": click.option(
        "--text", default="", callback=in_utf_8, metavar="WORDS", help="Only where these words are in the text."
    ),
    "campaign": click.option(
        "--campaign", default="", callback=in_utf_8, metavar="NAME", help="Only about messages of this campaign."
    ),
    "cause": click.option("--cause", type=click.Choice(CAUSES), help="Only suppressions for this cause."),
}

CAUSE = click.option(
    "--cause", type=click.Choice(("bounce", "complaint")), help="Complaints instead of failures. Default: bounce."
)

YES = click.option("--yes", is_flag=True, help="With a filter: do it; without this, only show how many there are.")


def filter_options(function: Function) -> Function:
    """Adds OPTIONS."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def list_options(date_of: str, *names: str) -> Callable[[Function], Function]:
    """Adds ``--since`` and ``--until``, of rows that ``date_of`` then, and those of LIST_OPTIONS.

    ``narrowed`` takes what was asked.
    """
    since = f"Only what {date_of} on DATE or later; 7d: so long ago."
    options = [
        click.option("--since", callback=date, metavar="DATE", help=since),
        click.option("--until", callback=date, metavar="DATE", help=f"Only what {date_of} before DATE."),
        *(LIST_OPTIONS[name] for name in names),
    ]

    def added(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return added


def narrowed(listing: Listing, options: Mapping[str, Any], **columns: str) -> Listing:
    """The rows of ``listing`` that the list options select, by its ``columns`` of that meaning (filters.shown)."""
    asked = Filter(**{name: value for name, value in options.items() if value})
    return listing.where(replace(asked, provider=_provider(asked.provider)), columns)


def is_filter(options: Mapping[str, Any]) -> bool:
    """True when any of the options selects something."""
    return any(options.values())


def either(given: Sequence[object], options: Mapping[str, Any], noun: str) -> None:
    """Raises UserError unless either things by name or by a filter were given."""
    if bool(given) == is_filter(options):
        raise UserError(f"{noun} and a filter are mutually exclusive" if given else f"say which {noun}, or a filter")


def chosen(tenant: str | None, **options: Any) -> Filter:
    """The filter of these options, of what is of ``tenant``; ``None``: everybody's. Raises UserError without any."""
    filter_ = Filter(**{name: value for name, value in options.items() if value})
    if not filter_.asked():
        raise UserError("say which failures: --since, --until, --provider, --reason, --text or --campaign")
    return replace(filter_, provider=_provider(filter_.provider), tenant=tenant)


def _provider(name: str) -> str:
    """A provider, or a domain, as the ledger has it."""
    with suppress(ValueError):
        return address.domain_key(name)
    return name.lower()
