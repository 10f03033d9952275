"""Commands for incidents: failures that are not the recipients', and what a person decides about them."""

from __future__ import annotations

from typing import Any

import click

from bounced.cli import output
from bounced.cli.common import config_option, json_option, known_tenant, load, only_tenant_option, read_only
from bounced.cli.difference import totals
from bounced.cli.filtering import EVENT_COLUMNS, list_options, narrowed
from bounced.cli.help import Group, command
from bounced.cli.listing import limit_option, rows_wanted, show
from bounced.cli.numbers import row_number
from bounced.cli.writing import writable
from bounced.ledger import incident_holds, queries
from bounced.ledger.incidents import IncidentDecision
from bounced.peer import counted, printable

COLUMNS = ("id", "state", "since", "until", "dimension", "name", "tenant", "trust", "event_count", "addresses")

#: With these, of domains that are sent a probe.
PROBE_COLUMNS = ("id", "since", "name", "tenant", "event_count", "addresses", "probe_at", "probe_address")

#: Events that `incident show` prints as a table.
SHOWN = ("id", "happened_at", "address", "class", "reason", "diagnostic_code")

number_argument = click.argument("number", type=row_number, metavar="ID")
why_option = click.option("--why", default="", help="Reason, recorded with the decision.")


@command("incidents", epilog="Example: bounced incidents")
@list_options("began", "text")
@click.option("--probes", is_flag=True, help="Only domains that can't be reached, and when to ask whom there again.")
@only_tenant_option
@limit_option
@json_option
@config_option
def incidents(
    tenant: str | None, limit: int | None, json_: bool, config_file: str | None, *, probes: bool, **options: Any
) -> None:
    """List incidents (outages of a provider, and the like): their failures do not count. Newest first."""
    config = load(config_file)
    known_tenant(tenant or "", config.tenant)
    with read_only(config) as db:
        shown = PROBE_COLUMNS if probes else COLUMNS
        columns = shown if config.tenant else tuple(name for name in shown if name != "tenant")
        listing = queries.incidents(db, rows_wanted(limit, for_programs=json_), tenant, probed=probes)
        show(narrowed(listing, options, date="since", text="name"), columns, "no incidents", json_=json_)


@click.group("incident", cls=Group, epilog="Example: bounced incident release 4")
def incident_group() -> None:
    """Show an incident, and decide whether its failures count (docs/policy.md)."""


@incident_group.command("show", epilog="Example: bounced incident show 4 | less -S")
@number_argument
@list_options("happened", "provider", "reason", "text", "campaign")
@limit_option
@json_option
@config_option
def show_incident(number: int, limit: int | None, json_: bool, config_file: str | None, **options: Any) -> None:
    """Show an incident, what was decided about it, and the events that it holds, newest first."""
    config = load(config_file)
    with read_only(config) as db:
        failures = incident_holds.failures(db, number, config.rule())
        row = queries.incident(db, number)
        if json_:
            click.echo(output.as_json({**row, "failures": failures}))
        else:
            click.echo(output.as_table([row], COLUMNS))
            for decision in row["decisions"]:
                why = f": {printable(decision['why'], 500)}" if decision["why"] else ""
                click.echo(f"{decision['decided_at']} {decision['what']}{why}")
        events = queries.of_incident(db, number, rows_wanted(limit, for_programs=json_))
        released = f"it was released: {counted(failures, 'failure', separator=',')} of its hours count"
        none = released if row["state"] == "released" else "it holds no events"
        show(narrowed(events, options, **EVENT_COLUMNS), SHOWN, none, json_=json_)


@incident_group.command("discard", epilog='Example: bounced incident discard --why "outage of 14 December" 4')
@number_argument
@why_option
@json_option
@config_option
def discard(number: int, why: str, json_: bool, config_file: str | None) -> None:
    """Confirm an incident: its failures never count."""
    _decide(number, "discard", why, json_, config_file)


@incident_group.command("release", epilog='Example: bounced incident release --why "an old list" 4')
@number_argument
@why_option
@json_option
@config_option
def release(number: int, why: str, json_: bool, config_file: str | None) -> None:
    """Count the failures of an incident after all, at the dates on which they happened."""
    _decide(number, "release", why, json_, config_file)


def _decide(number: int, decision: IncidentDecision, why: str, json_: bool, config_file: str | None) -> None:
    config = load(config_file)
    with writable(config, backups=config.database.backups) as ledger:
        receipt = ledger.decide_incident(number, decision, printable(why, 500))
    done = {"discard": "discarded", "release": "released"}[decision]
    suppressed = len({address for address, _ in receipt.started})
    released = len({address for address, _ in receipt.ended})
    if json_:
        row = {"id": number, "what": decision, "suppressed": suppressed, "released": released}
        click.echo(output.as_json(row))
    else:
        click.echo(f"incident {number}: {done}; {totals(suppressed, released)}", err=True)
