"""`bounced health`: bounce and complaint rates."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import click

from bounced.cli import nagios
from bounced.cli.common import config_option, json_option, known_tenant, load, problem, read_only, tenant_option
from bounced.cli.help import command
from bounced.cli.listing import Rows, limit_option, rows_wanted, show
from bounced.cli.tally import TOO_MANY
from bounced.cli.terminal import width
from bounced.config import Config
from bounced.errors import EXIT_CRITICAL, EXIT_SUCCESS, EXIT_WARNING
from bounced.ledger import queries
from bounced.peer import counted

#: Exit status for the worst state, as for Nagios plugins.
EXIT_STATUSES = {"warning": EXIT_WARNING, "critical": EXIT_CRITICAL}

#: Their names in the first line.
STATES = ("OK", "WARNING", "CRITICAL")

COLUMNS = ("state", "dimension", "name", "sent", "bounces", "bounce_rate", "complaints", "complaint_rate", "pause")

#: What of these a terminal shows, and as what: a rate stands behind its number, and critical is to pause.
SHORT = {name: name for name in COLUMNS if name != "pause"} | {"bounce_rate": "%", "complaint_rate": "% "}

#: How to say how much was sent.
VOLUME = "(`bounced volume log` and `bounced volume add` count what was sent: docs/sent.md)"


@command(epilog="Example: bounced health --dimension campaign || echo 'pause it'")
@click.option(
    "--dimension",
    type=click.Choice(["campaign", "sending_domain", "provider"]),
    help="Only rates by this dimension. Default: all.",
)
@click.option(
    "--state",
    "only",
    type=click.Choice([*EXIT_STATUSES, "notice", "ok", "unknown"]),
    multiple=True,
    help="Only rates in this state; repeatable. The exit status is that of all.",
)
@tenant_option
@limit_option
@json_option
@config_option
def health(
    dimension: str | None,
    only: tuple[str, ...],
    tenant: str,
    limit: int | None,
    json_: bool,
    config_file: str | None,
) -> None:
    """Show bounce and complaint rates in percent of what was sent, worst first.

    Exit status 2: a rate is critical, pause the mailing; 1: a rate is worth a warning, or the brake withholds
    suppressions; otherwise 0.
    """
    config = load(config_file)
    known_tenant(tenant, config.tenant)
    with read_only(config) as db:
        rows, brake = list(queries.health(db, dimension or "", tenant)), None if tenant else queries.brake(db)
    states = [EXIT_STATUSES.get(row["state"], EXIT_SUCCESS) for row in rows]
    state = max([*states, EXIT_WARNING if brake else EXIT_SUCCESS])
    withheld = f"{counted(brake['addresses'], 'address', 'es')} withheld since {brake['since']}" if brake else ""
    if not json_:
        problems = [*map(_problem, filter(_is_bad, rows)), *filter(None, [withheld])]
        click.echo(nagios.line("BOUNCED HEALTH", STATES[state], problems, _facts(rows), _figures(rows, config)))
    shown = [row for row in rows if not only or row["state"] in only]
    rows_shown = Rows(shown, rows_wanted(limit, for_programs=json_))
    if json_ or width() is None:
        show(rows_shown, COLUMNS, "no data", json_=json_)
    else:
        show(rows_shown, list(SHORT.values()), "no data", json_=False, row=_short)
    if not json_ and (hint := _hint(shown, config)):
        click.echo(hint, err=True)
    if brake:
        problem(f"{withheld}: {TOO_MANY}")
    sys.exit(state)


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {head: row[name] for name, head in SHORT.items()}


def _is_bad(row: dict[str, Any]) -> bool:
    return row["state"] in EXIT_STATUSES


def _problem(row: dict[str, Any]) -> str:
    rates = f"{row['bounce_rate']:g} % bounces, {row['complaint_rate']:g} % complaints"
    return f"{row['dimension']} {row['name']}: {rates}" + (", pause it" if row["pause"] else "")


def _facts(rows: list[dict[str, Any]]) -> str:
    """How many rates are in which state."""
    counts = Counter(row["state"] for row in rows)
    return ", ".join(f"{number} {state}" for state, number in counts.items()) or "no data"


def _hint(rows: list[dict[str, Any]], config: Config) -> str:
    """What is missing where rates are unknown, and how to give it; ``""`` where all are known."""
    if not (unknown := [row for row in rows if row["state"] == "unknown"]):
        return ""
    rates, minimum = counted(len(unknown), "unknown rate"), config.health.minimum_sent
    return f"note: {rates}: fewer than {minimum} are known to have been sent {VOLUME}"


def _figures(rows: list[dict[str, Any]], config: Config) -> dict[str, str]:
    """The highest rates of those that are known, beside their limits."""
    known = [row for row in rows if row["state"] != "unknown"]
    limits = config.health.limits()
    return {
        f"{kind}_rate": nagios.number(
            max(row[f"{kind}_rate"] for row in known),
            warning=limits[f"{kind}_warning"],
            critical=limits[f"{kind}_critical"],
            unit="%",
        )
        for kind in ("bounce", "complaint")
        if known
    }
