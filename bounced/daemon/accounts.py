"""The accounts that the daemon watches: a poll for each folder, and a watcher next to it; changed while it runs."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bounced.config import Config, MailboxSection, chosen
from bounced.daemon.context import Context
from bounced.daemon.poller import Poller, Task
from bounced.daemon.scheduler import Scheduler
from bounced.sources import Watcher, configured
from bounced.sources.retry import Backoff, Pause

#: Seconds that a poll has to finish when its account is no longer watched.
GRACE_SECONDS = 0.8


@dataclass(frozen=True, slots=True)
class Watched:
    """One account: its configuration, and what watches it."""

    section: MailboxSection
    secrets: tuple[str, ...] = field(repr=False)  # as they were read for it
    jitter: timedelta  # of its polls, so that the folders of all accounts are never polled at the same instant
    pollers: tuple[Poller, ...]
    watchers: tuple[Watcher, ...]

    def same(self, other: Watched | None) -> bool:
        """True when ``other`` watches the same folders in the same way."""
        return other is not None and (self.section, self.secrets, self.jitter) == (
            other.section,
            other.secrets,
            other.jitter,
        )


#: Accounts that are ready to be watched, by name.
Prepared = Mapping[str, Watched]


class Accounts:
    """Every account of the current configuration, or only those in ``names``.

    Secrets are in ``environment``, where the configuration says so.
    """

    def __init__(
        self,
        context: Context,
        scheduler: Scheduler,
        names: Collection[str],
        environment: Mapping[str, str],
    ) -> None:
        self._context = context
        self._scheduler = scheduler
        self._names = names
        self._environment = environment
        self._watched: Prepared = {}

    @property
    def pollers(self) -> list[Poller]:
        """The polls of all folders."""
        return [poller for watched in self._watched.values() for poller in watched.pollers]

    def prepare(self, config: Config) -> Prepared:
        """The accounts of ``config``, not watched yet. Raises UserError for one that can't be watched."""
        return {name: self._prepared(config, name) for name in chosen(config, self._names)}

    def take(self, prepared: Prepared) -> None:
        """Watches these accounts from now on, and no others; unchanged ones are not touched."""
        before = self._watched
        kept = {name: before[name] for name, watched in prepared.items() if watched.same(before.get(name))}
        self._watched = {**prepared, **kept}
        self._end([watched for name, watched in before.items() if name not in kept])
        for name, watched in prepared.items():
            if name not in kept:
                self._begin(watched)

    def wake(self) -> None:
        """Polls every folder now."""
        for poller in self.pollers:
            self._scheduler.wake(poller.name)

    def ask(self, name: str, task: Task) -> None:
        """Runs ``task`` for every folder, after its next successful poll."""
        for poller in self.pollers:
            poller.ask(name, task)
            self._scheduler.wake(poller.name)

    def hang_up(self) -> None:
        """Lets polls finish that are nearly done, then closes all their connections, for good."""
        until = time.monotonic() + GRACE_SECONDS
        for poller in self.pollers:
            poller.end(until - time.monotonic())

    def _prepared(self, config: Config, name: str) -> Watched:
        section = config.mailbox[name]
        failing, connecting = Pause(Backoff(random.uniform)), Pause(Backoff(random.uniform))
        pollers, watchers = [], []
        for mailbox in configured.polled(config, name, self._environment):
            wake = partial(self._scheduler.wake, mailbox.name)
            watcher = mailbox.watcher(wake, connecting) if section.idle else None
            pollers.append(Poller(mailbox, failing, self._context, watcher))
            watchers += [watcher] if watcher else []
        secrets = tuple(secret.read(self._environment) for secret in section.secrets())
        return Watched(section, secrets, config.schedule.jitter, tuple(pollers), tuple(watchers))

    def _begin(self, watched: Watched) -> None:
        for poller in watched.pollers:
            self._scheduler.add(poller.name, watched.section.poll, poller.poll, jitter=watched.jitter)
        for watcher in watched.watchers:
            watcher.start()

    def _end(self, ended: Sequence[Watched]) -> None:
        """Ends them together: several servers that do not answer take as long as one."""
        pollers = [poller for watched in ended for poller in watched.pollers]
        watchers = [watcher for watched in ended for watcher in watched.watchers]
        for watcher in watchers:
            watcher.hang_up()
        for poller in pollers:
            self._scheduler.remove(poller.name)
        until = time.monotonic() + GRACE_SECONDS
        for poller in pollers:
            poller.end(until - time.monotonic())
        for watcher in watchers:
            watcher.stop(max(0.0, until - time.monotonic()))
