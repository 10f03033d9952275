"""Parses messages in processes that can be killed.

A message of 4 kB can make flufl.bounce run forever, in a regex that holds the GIL: no thread could stop it.
A worker interrupts itself over such a message; one that does not, or dies, is replaced, and its messages are parsed
one by one. A message that takes a worker down alone is unreadable; the others are not affected.

1. CPU time beyond the limit is the message's own fault, and once is enough. A crash may have another cause (the kernel
   kills for memory, people kill for fun), as may a worker that stalls (the machine swaps, or is frozen): a message is
   unreadable after WORKER_CRASHES_ALLOWED of them, alone, if after each a worker works that gets no message. Where none
   does, no message is to blame, and nothing is read.
2. What a message takes beyond ``budgets.FREE_SECONDS`` is counted for the host that brought it: ``used_up``.
3. No batch has more handed out than the workers do in seconds: messages of other mailboxes come in between.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from copy import copy
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from pebble import ProcessExpired

from bounced.classify.again import judge
from bounced.classify.pack import packed
from bounced.classify.rules import Rule
from bounced.classify.tables import BUILT_IN, Tables
from bounced.errors import NoWorkers
from bounced.identify import Sender
from bounced.mime import header_of
from bounced.model import Parsed, RawMessage
from bounced.trust.received import source
from bounced.workers.budgets import ProcessorTime
from bounced.workers.calls import work
from bounced.workers.dkim_keys import Keys
from bounced.workers.pool import Processes
from bounced.workers.pools import KILL_SECONDS, TOO_SLOW, Pack, Pool, Stopped, Ticket
from bounced.workers.results import Results

#: More must be configured: a worker takes 60 MB even when it is idle.
DEFAULT_WORKERS_LIMIT = 8

#: Crashes and stalls of workers, alone with a message, after which it is given up.
WORKER_CRASHES_ALLOWED = 3

#: Messages handed to a worker together: enough to make the overhead small, few enough to share out.
CHUNK = 125

#: Parts of a batch at least, where there are so many workers.
SHARES = 4

#: Chunks that a batch has handed out at most, for each worker: the next one may be another mailbox's.
HANDED_OUT_PER_WORKER = 2


class Settings(NamedTuple):
    """What messages are parsed by."""

    sender: Sender
    rules: tuple[Rule, ...]
    pack: Pack


class Workers:
    """``count`` processes, those of ``pool`` or own ones that start when needed. Any thread may call ``parse``."""

    def __init__(
        self,
        sender: Sender,
        rules: Sequence[Rule] = (),
        count: int | None = None,
        keys: Keys | None = None,
        clock: Callable[[], float] = time.monotonic,
        tables: Tables = BUILT_IN,
        pool: Pool | None = None,
    ) -> None:
        self.configure(sender, rules, tables)
        self.keys = keys or Keys()
        self._processor = ProcessorTime(clock)
        count = count or min(os.cpu_count() or 1, DEFAULT_WORKERS_LIMIT)
        self._count = count
        self._pool: Pool = pool or Processes(count)

    def configure(self, sender: Sender, rules: Sequence[Rule], tables: Tables = BUILT_IN) -> None:
        """Parses by these from now on."""
        self.settings = Settings(sender, tuple(rules), Pack(packed(tables), judge(tables).digest))

    def current(self) -> Settings:
        """The settings, with the DKIM keys that are known by now."""
        sender = self.settings.sender
        return self.settings._replace(sender=replace(sender, anchors=sender.anchors.knowing(self.keys.known())))

    def by(self, settings: Settings) -> Workers:
        """The same processes, which parse by ``settings``."""
        other = copy(self)
        other.settings = settings
        return other

    def close(self) -> None:
        """Ends the processes, even busy ones; waiting calls raise Stopped."""
        self._pool.close()

    @property
    def stalled_for(self) -> float:
        """Seconds since a message was finished while others wait, 0.0 when none waits."""
        return self._pool.stalled_for

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, messages: Sequence[RawMessage]) -> Results:
        """Hands out the first of ``messages``; the results are those of all, in order. Raises Stopped."""
        size = max(1, min(CHUNK, -(-len(messages) // min(self._count, SHARES))))
        chunks = (messages[start : start + size] for start in range(0, len(messages), size))
        return Results(self, chunks, HANDED_OUT_PER_WORKER * self._count)

    def parsed(self, messages: Sequence[RawMessage], ticket: Ticket) -> Iterator[Parsed]:
        """The results for the first of ``messages``; ``unreadable`` where one exceeds the limits.

        Raises Stopped and NoWorkers.
        """
        for message, parsed in zip(messages, self._together(messages, ticket), strict=False):
            yield self._finished(message, parsed)

    @property
    def batches_ahead(self) -> int:
        """How many batches are to be parsed while one is taken, so that all workers are busy."""
        return max(1, self._count * HANDED_OUT_PER_WORKER // SHARES)

    def used_up(self) -> frozenset[str]:
        """The sources whose messages have had the processor time of an hour: read these after all others."""
        return self._processor.used_up()

    def source(self, message: RawMessage) -> str:
        """The host that brought ``message``, as in Event.source."""
        return source(header_of(message.content, b"received"), self.settings.sender.anchors.trusted_relays)

    def warm_up(self) -> None:
        """Returns when a worker is running. Raises Stopped, and NoWorkers when none can be started."""
        for _ in range(WORKER_CRASHES_ALLOWED):
            with suppress(BrokenProcessPool, ProcessExpired, TimeoutError):
                self.schedule([]).result()
                return
        raise NoWorkers("no process that parses can be started: nothing was read")

    def _finished(self, message: RawMessage, parsed: Parsed) -> Parsed:
        """``parsed``, or the result of parsing it again with DKIM keys that were missing and that the DNS has."""
        seconds = parsed.seconds
        if parsed.wants and self.keys.find(parsed.wants, parsed.events[0].source):
            parsed = self._alone(message)
            seconds += parsed.seconds
        self._processor.spend(lambda: self.source(message), seconds)
        return replace(parsed, wants=self.keys.unanswered(parsed.wants)) if parsed.wants else parsed

    def _together(self, chunk: Sequence[RawMessage], ticket: Ticket) -> Iterator[Parsed]:
        """The results for the first messages of ``chunk``, for one at least."""
        try:
            results = ticket.result()
        except Stopped:
            raise
        except Exception:  # noqa: BLE001  may be caused by a message of this chunk: find out by which
            yield from map(self._alone, chunk)
        else:
            yield from results

    def _alone(self, message: RawMessage) -> Parsed:
        """The result for ``message``, ``unreadable`` if it takes its workers down. Raises Stopped and NoWorkers."""
        for _ in range(WORKER_CRASHES_ALLOWED):
            try:
                [parsed] = self.schedule([message]).result()
            except Stopped:
                raise
            except (BrokenProcessPool, ProcessExpired, TimeoutError) as error:
                if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGVTALRM:
                    return TOO_SLOW
                self.warm_up()
            except Exception as error:  # noqa: BLE001  what a worker raises is this message's fault
                return Parsed("unreadable", problem=f"{type(error).__name__}: {error}"[:200])
            else:
                return parsed
        problem = f"took down {WORKER_CRASHES_ALLOWED} worker processes"
        return Parsed("unreadable", problem=problem, seconds=KILL_SECONDS)

    def schedule(self, messages: Sequence[RawMessage]) -> Ticket:
        """Hands ``messages`` to a worker. Raises Stopped."""
        sender, rules, pack = self.current()
        mails = [(message.content, _judged_at(message, sender), message.may_be_part) for message in messages]
        return self._pool.schedule(partial(work, mails, sender, rules, pack))


def _judged_at(message: RawMessage, sender: Sender) -> datetime:
    """When tokens and signatures must not have expired: a ``Received`` on top may be the forger's own."""
    return message.arrived_at if sender.anchors.migrated else message.stored_at or message.arrived_at
