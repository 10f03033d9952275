"""The sinks and the channels of alarms that the daemon delivers to: a job for each; changed while it runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bounced.config import AlarmsSection, Config, Schedule, SinkSection
from bounced.config.secrets import without_secrets
from bounced.config.sink import ALL_TENANTS
from bounced.daemon.alarms.channels import Channel, NoteOf, channels
from bounced.daemon.scheduler import Scheduler
from bounced.daemon.sinks import Sink, configured
from bounced.daemon.sinks.delivery import Delivery
from bounced.errors import UserError
from bounced.ledger.sinks import Notice, Sinks
from bounced.sources.retry import Backoff, Pause

#: Between two looks for changes, whoever made them.
INTERVAL = Schedule(timedelta(seconds=2))


@dataclass(frozen=True, slots=True)
class Delivering:
    """One sink: its configuration, its secrets as they were read for it, and its job."""

    section: SinkSection | AlarmsSection
    secrets: tuple[str, ...] = field(repr=False)
    scopes: tuple[str, ...] | None  # of what a program is told, None for any
    job: Delivery

    def same(self, other: Delivering | None) -> bool:
        """True when ``other`` delivers the same to the same place."""
        own = (self.section, self.secrets, self.scopes)
        return other is not None and own == (other.section, other.secrets, other.scopes)


#: Sinks that are ready, by name.
Prepared = Mapping[str, Delivering]


class Deliveries:
    """Every sink of the current configuration. Secrets are in ``environment``, where the configuration says so."""

    def __init__(self, sinks: Sinks, note: NoteOf, scheduler: Scheduler, environment: Mapping[str, str]) -> None:
        self._sinks = sinks
        self._note = note
        self._scheduler = scheduler
        self._environment = environment
        self._delivering: Prepared = {}

    def prepare(self, config: Config) -> Prepared:
        """The sinks of ``config``, not delivered to yet. Raises UserError for one that can't be."""
        sinks = {name: self._prepared(config, name) for name in config.sink}
        commands = without_secrets(self._environment, config)
        known = channels(config.alarms, self._environment, commands, self._note)
        return {**sinks, **{channel.name: self._channel(config.alarms, channel) for channel in known}}

    def take(self, prepared: Prepared) -> None:
        """Delivers to these from now on, and to no others; unchanged ones are not touched."""
        before = self._delivering
        kept = {name: before[name] for name, sink in prepared.items() if sink.same(before.get(name))}
        self._delivering = {**prepared, **kept}
        for name, sink in before.items():
            if name not in kept:
                self._scheduler.remove(sink.job.name)
                sink.job.end()
        for name, sink in prepared.items():
            if name not in kept:
                self._scheduler.add(sink.job.name, INTERVAL, sink.job.run)

    def once(self, prepared: Prepared) -> bool:
        """Delivers to these what there is now; False when one takes nothing. Raises LedgerError."""
        jobs = [sink.job for sink in prepared.values()]
        with ThreadPoolExecutor(len(jobs) or 1) as threads:
            list(threads.map(Delivery.run, jobs))
        return not any(job.problem for job in jobs)

    def hang_up(self) -> None:
        """Ends all deliveries, for good."""
        for sink in self._delivering.values():
            sink.job.end()

    def _prepared(self, config: Config, name: str) -> Delivering:
        section = config.sink[name]
        scopes = configured.scopes(section, config.streams)
        try:
            secret = section.secret.read(self._environment) if section.secret else ""
            environment = without_secrets(self._environment, config)
            current = partial(self._sinks.in_force, scopes=scopes)
            note = partial(self._note, f"sink.{name}")
            sink = configured.sink(configured.Place(section, secret, environment, current, note))
        except UserError as error:
            problems = [f"sink.{name}: {problem}" for problem in error.problems]
            raise UserError(*problems, exit_code=error.exit_code) from None
        return Delivering(section, (secret,), scopes, self._job(name, sink, partial(is_of, section.tenant)))

    def _channel(self, section: AlarmsSection, channel: Channel) -> Delivering:
        return Delivering(section, channel.secrets, None, self._job(channel.name, channel.sink, _is_alarm))

    def _job(self, name: str, sink: Sink, is_for: Callable[[Notice], bool]) -> Delivery:
        return Delivery(name, sink, self._sinks, Pause(Backoff(random.uniform)), self._scheduler.run_in, is_for)


def is_of(tenant: str, notice: Notice) -> bool:
    """True for what a sink of ``tenant`` is told."""
    return tenant in (notice.tenant, ALL_TENANTS)


def _is_alarm(notice: Notice) -> bool:
    return notice.type.startswith("alarm.")
