"""Understands mails in processes that can be killed.

flufl.bounce can be made to run for ever by a mail of 4 kB, in a regex that holds the GIL: no thread could stop it.
A worker interrupts itself over such a mail; one that does not, or dies, is replaced, and the mails that it had are read
one by one. What takes a worker down alone is kept as unreadable; the others are not touched by it.

1. A timeout is the mail's own fault, and one is enough. A death may be somebody else's (the kernel kills for memory,
   people kill for fun): a mail is unreadable when it has seen TRIES of them, alone.
2. No batch has more handed out than the workers do in seconds: mails of other mailboxes come in between.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from functools import partial

from pebble import ProcessExpired

from bounced.classify.rules import Rule
from bounced.identify import Sender
from bounced.model import Parsed, RawMessage
from bounced.workers.dkim_keys import Keys
from bounced.workers.pool import Pool, Stopped, Ticket
from bounced.workers.worker import HANG_SECONDS, work

#: More is a matter of the configuration: a worker takes 60 MB even when it has nothing to do.
MOST_WORKERS = 8

#: How often a mail is tried alone while workers die.
TRIES = 3

#: Mails handed to a worker at once: enough that the passing to and fro is not what costs, few enough to share out.
CHUNK = 16


class Workers:
    """``count`` processes, started when first needed. ``parse`` may be called from several threads."""

    def __init__(
        self, sender: Sender, rules: Sequence[Rule] = (), count: int | None = None, keys: Keys | None = None
    ) -> None:
        self._known = (sender, tuple(rules))
        self._keys = keys or Keys()
        count = count or min(os.cpu_count() or 1, MOST_WORKERS)
        self._ahead = 4 * count  # chunks at most that a batch has handed out: the next one may be somebody else's
        self._pool = Pool(count)

    def configure(self, sender: Sender, rules: Sequence[Rule]) -> None:
        """Has mails understood by these from now on."""
        self._known = (sender, tuple(rules))

    def close(self) -> None:
        """Ends the processes, whatever they are doing; waiting calls raise Stopped."""
        self._pool.close()

    @property
    def stalled_for(self) -> float:
        """Seconds since a mail came out while others wait, 0.0 when none waits."""
        return self._pool.stalled_for

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, messages: Sequence[RawMessage]) -> Iterator[Parsed]:
        """Yields the result for each message, in order; ``unreadable`` where it exceeds the limits."""
        chunks = deque(messages[start : start + CHUNK] for start in range(0, len(messages), CHUNK))
        handed: deque[tuple[Sequence[RawMessage], Ticket]] = deque()
        try:
            while chunks or handed:
                while chunks and len(handed) < self._ahead:
                    handed.append(self._hand_out(chunks.popleft()))
                chunk, ticket = handed.popleft()
                read = 0
                for message, reading in zip(chunk, self._together(chunk, ticket), strict=False):
                    read += 1
                    # Keys of DKIM that it lacked, and that the DNS knows.
                    again = reading.wants and self._keys.find(reading.wants)
                    yield self._alone(message) if again else reading
                if read < len(chunk):
                    handed.appendleft(self._hand_out(chunk[read:]))
        finally:
            self._pool.give_up(ticket for _, ticket in handed)

    def warm_up(self) -> None:
        """Returns when a worker is there. Raises Stopped."""
        for _ in range(TRIES):
            with suppress(BrokenProcessPool, ProcessExpired):
                self._pool.result(self._schedule([]))
                return

    def _together(self, chunk: Sequence[RawMessage], ticket: Ticket) -> Iterator[Parsed]:
        """The readings of the first mails of ``chunk``, of one at least."""
        try:
            readings = self._pool.result(ticket)
        except Stopped:
            raise
        except Exception:  # noqa: BLE001  some mail in this chunk: find out which
            yield from map(self._alone, chunk)
        else:
            yield from readings

    def _alone(self, message: RawMessage) -> Parsed:
        for _ in range(TRIES):
            try:
                [reading] = self._pool.result(self._schedule([message]))
            except Stopped:
                raise
            except (BrokenProcessPool, ProcessExpired):
                continue
            except TimeoutError:
                return Parsed("unreadable", problem=f"took longer than {HANG_SECONDS:g} seconds")
            except Exception as error:  # noqa: BLE001  whatever a worker raises belongs to this mail
                return Parsed("unreadable", problem=f"{type(error).__name__}: {error}"[:200])
            else:
                return reading
        return Parsed("unreadable", problem=f"{TRIES} processes that read it died")

    def _hand_out(self, chunk: Sequence[RawMessage]) -> tuple[Sequence[RawMessage], Ticket]:
        return chunk, self._schedule(chunk)

    def _schedule(self, messages: Sequence[RawMessage]) -> Ticket:
        sender, rules = self._known
        sender = replace(sender, anchors=sender.anchors.knowing(self._keys.known()))
        mails = [(message.content, message.arrived_at) for message in messages]
        return self._pool.schedule(partial(work, mails, sender, rules))
