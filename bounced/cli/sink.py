"""Commands about sinks: how far they are, and what to do with the changes that one has refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial

import click

from bounced.cli.common import config_option, in_utf_8, json_option, load, read_only
from bounced.cli.help import Group
from bounced.cli.listing import Rows, limit_option, rows_wanted, show
from bounced.cli.writing import writable
from bounced.config import Config, SinkSection
from bounced.config.secrets import without_secrets
from bounced.config.sink import ALL_TENANTS
from bounced.daemon.sinks import Refused, Sink, Unavailable, configured
from bounced.errors import EXIT_CHANGED, EXIT_SUCCESS, UserError
from bounced.ledger import sinks
from bounced.ledger.sinks import Notice, Sinks
from bounced.peer import printable
from bounced.sources.configured import withdraw_secrets

COLUMNS = ("name", "waiting", "dead", "delivered_at", "failing_since", "problem")

#: Dead letters that are read at once.
NOTICES_LIMIT = 500


@click.group(cls=Group, epilog="Example: bounced sink list")
def sink() -> None:
    """Sinks: programs that are told of every change (docs/sinks.md)."""


@sink.command("list", epilog="Example: bounced sink list --json")
@limit_option
@json_option
@config_option
def list_(limit: int | None, json_: bool, config_file: str | None) -> None:
    """Show for each sink how many changes wait for it, how many it refused, and its problem."""
    with read_only(load(config_file)) as db:
        rows = [{**row, "configured": bool(row["configured"])} for row in sinks.status(db)]
    show(Rows(rows, rows_wanted(limit, for_programs=json_)), COLUMNS, "no sink has been used yet", json_=json_)


@sink.command(epilog="Example: bounced sink replay newsletter")
@click.argument("name")
@config_option
def replay(name: str, config_file: str | None) -> None:
    """Deliver again what the sink NAME has refused, oldest first; what has changed since is left out.

    So is what is of another tenant than the sink is now, which stays until `bounced sink drop`.

    Exit status 1: it refused some of it again.
    """
    config = load(config_file)
    section, environment = _configured(config, name), withdraw_secrets(config)
    secret = section.secret.read(environment) if section.secret else ""
    with writable(config) as ledger:
        current = partial(ledger.sinks.in_force, scopes=configured.scopes(section, config.streams))
        place = configured.sink(configured.Place(section, secret, without_secrets(environment, config), current))
        replayed = _Replay(ledger.sinks, name, place, section.tenant)
        try:
            replayed.run()
        except Unavailable as error:
            raise UserError(f"sink.{name}: {printable(str(error), 300)}") from None
        finally:
            place.close()
            click.echo(replayed.summary(), err=True)
    sys.exit(EXIT_CHANGED if replayed.refused else EXIT_SUCCESS)


@sink.command(epilog="Example: bounced sink drop newsletter")
@click.argument("name", callback=in_utf_8)
@config_option
def drop(name: str, config_file: str | None) -> None:
    """Delete the changes that the sink NAME has refused."""
    with writable(load(config_file)) as ledger:
        dropped = 0
        for notices in _dead(ledger.sinks, name):
            ledger.sinks.drop_dead(name, [notice.id for notice in notices])
            dropped += len(notices)
    click.echo(f"dropped: {dropped:,}", err=True)


class _Replay:
    """Delivers the dead letters of the sink ``name`` that are of ``tenant`` to ``place``."""

    def __init__(self, dead: Sinks, name: str, place: Sink, tenant: str) -> None:
        self._sinks = dead
        self._name = name
        self._place = place
        self._tenant = tenant
        self.delivered = self.outdated = self.refused = self.foreign = 0

    def run(self) -> None:
        """Raises Unavailable."""
        for dead in _dead(self._sinks, self._name):
            notices = [notice for notice in dead if self._tenant in (notice.tenant, ALL_TENANTS)]
            self.foreign += len(dead) - len(notices)
            outdated = self._sinks.outdated(notices)
            done = [notice.id for notice in notices if notice.id in outdated or self._deliver(notice)]
            self._place.flush()
            self._sinks.drop_dead(self._name, done)
            self.outdated += len(outdated)

    def summary(self) -> str:
        """What came of it."""
        foreign = f"; of other tenants, not delivered: {self.foreign:,}" if self.foreign else ""
        counts = f"delivered: {self.delivered:,}; changed since: {self.outdated:,}; refused again: {self.refused:,}"
        return counts + foreign

    def _deliver(self, notice: Notice) -> bool:
        try:
            self._place.deliver(notice)
        except Refused as error:
            self.refused += 1
            click.echo(f"{notice.id}: {printable(str(error), 300)}", err=True)
            return False
        self.delivered += 1
        return True


def _dead(dead: Sinks, name: str) -> Iterator[list[Notice]]:
    after = 0
    while notices := dead.dead(name, after, NOTICES_LIMIT):
        after = notices[-1].id
        yield notices


def _configured(config: Config, name: str) -> SinkSection:
    if name not in config.sink:
        known = ", ".join(config.sink) or "none"
        raise UserError(f"no [sink.{printable(name)}] in the configuration ({known})")
    return config.sink[name]
