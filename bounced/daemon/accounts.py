"""The accounts that the daemon watches: a poll for each folder, and IDLE beside it; changed while it runs."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bounced import config
from bounced.config import Config, MailboxSection
from bounced.daemon.poller import Poller, Task
from bounced.daemon.scheduler import Scheduler
from bounced.ledger.ledger import Ledger
from bounced.pipeline import Observer
from bounced.retry import Backoff, Pause
from bounced.sources import configured
from bounced.sources.imap import Idler, ImapMailbox
from bounced.workers import Workers

#: Seconds that a poll has to end by itself when its account is not to be watched any more.
GRACE = 0.8


@dataclass(frozen=True, slots=True)
class Watched:
    """One account: what it was made from, and what watches it."""

    box: MailboxSection
    secrets: tuple[str, ...] = field(repr=False)  # as they were read for it
    jitter: timedelta  # of its polls, so that not all folders of all accounts ask in the same instant for ever
    pollers: tuple[Poller, ...]
    idlers: tuple[Idler, ...]

    def same(self, other: Watched | None) -> bool:
        """True when ``other`` watches the same in the same way."""
        return other is not None and (self.box, self.secrets, self.jitter) == (
            other.box,
            other.secrets,
            other.jitter,
        )


#: Accounts that are ready to be watched, by their names.
Prepared = Mapping[str, Watched]


class Accounts:
    """Every account of the configuration that was taken last, or those of ``names``.

    Secrets are found in ``environment``, where the configuration says so.
    """

    def __init__(
        self,
        ledger: Ledger,
        workers: Workers,
        scheduler: Scheduler,
        observe: Observer,
        names: Collection[str],
        environment: Mapping[str, str],
    ) -> None:
        self._ledger = ledger
        self._workers = workers
        self._scheduler = scheduler
        self._observe = observe
        self._names = names
        self._environment = environment
        self._watched: Prepared = {}

    @property
    def pollers(self) -> list[Poller]:
        """The polls of all folders."""
        return [poller for watched in self._watched.values() for poller in watched.pollers]

    def prepare(self, found: Config) -> Prepared:
        """What ``found`` names, and nothing is done yet. Raises UserError for what can't be watched."""
        return {name: self._prepared(found, name) for name in config.chosen(found, self._names)}

    def take(self, prepared: Prepared) -> None:
        """Watches these from now on, and no others; what stays the same is not touched."""
        before = self._watched
        kept = {name: before[name] for name, watched in prepared.items() if watched.same(before.get(name))}
        self._watched = {**prepared, **kept}
        self._end([watched for name, watched in before.items() if name not in kept])
        for name, watched in prepared.items():
            if name not in kept:
                self._begin(watched)

    def wake(self) -> None:
        """Has every folder looked at now."""
        for poller in self.pollers:
            self._scheduler.wake(poller.name)

    def ask(self, name: str, task: Task) -> None:
        """Has ``task`` done with every folder, as soon as its poll goes through."""
        for poller in self.pollers:
            poller.ask(name, task)
            self._scheduler.wake(poller.name)

    def hang_up(self) -> None:
        """Lets polls that are nearly done end, then ends every connection of theirs, for good."""
        until = time.monotonic() + GRACE
        for poller in self.pollers:
            poller.end(until - time.monotonic())

    def _prepared(self, found: Config, name: str) -> Watched:
        box = found.mailbox[name]
        mailboxes = configured.imap_mailboxes(found, name, self._environment)
        failing, connecting = Pause(Backoff(random.uniform)), Pause(Backoff(random.uniform))
        pollers, idlers = [], []
        for mailbox in mailboxes:
            idler = Idler(mailbox.account, mailbox.folder, partial(self._scheduler.wake, mailbox.name), connecting)
            pollers.append(self._poller(mailbox, failing, idler))
            if box.idle:
                idlers.append(idler)
        secrets = tuple(secret.read(self._environment) for secret in box.secrets())
        return Watched(box, secrets, found.schedule.jitter, tuple(pollers), tuple(idlers))

    def _poller(self, mailbox: ImapMailbox, account: Pause, idler: Idler) -> Poller:
        def found(recovered: bool) -> None:
            idler.found(recovered=recovered)

        run_in = self._scheduler.run_in
        return Poller(mailbox, account, self._ledger, self._workers, self._observe, run_in, found=found)

    def _begin(self, watched: Watched) -> None:
        for poller in watched.pollers:
            self._scheduler.add(poller.name, watched.box.poll, poller.poll, jitter=watched.jitter)
        for idler in watched.idlers:
            idler.start()

    def _end(self, ended: Sequence[Watched]) -> None:
        """Has them end together: servers that do not answer cost the time of one."""
        pollers = [poller for watched in ended for poller in watched.pollers]
        idlers = [idler for watched in ended for idler in watched.idlers]
        for idler in idlers:
            idler.hang_up()
        for poller in pollers:
            self._scheduler.remove(poller.name)
        until = time.monotonic() + GRACE
        for poller in pollers:
            poller.end(until - time.monotonic())
        for idler in idlers:
            idler.stop(max(0.0, until - time.monotonic()))
