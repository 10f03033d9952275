"""Understands mails in processes that can be killed.

flufl.bounce can be made to run for ever by a mail of 4 kB, in a regex that holds the GIL: no thread could stop it.
A mail that took a worker down is tried once more alone and then kept as unreadable; the others are not touched by it.

A timeout is the mail's own fault, and one is enough. A death may be somebody else's (the kernel kills for memory,
people kill for fun): a mail is unreadable when it has seen TRIES of them, alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import replace

from pebble import ProcessExpired

from bounced.dkim_keys import Keys
from bounced.identify import Marks
from bounced.model import RawMessage, Reading
from bounced.pool import Pool, Stopped, Ticket
from bounced.rules import Rule
from bounced.worker import MAIL_SECONDS

#: More is a matter of the configuration: a worker takes 60 MB even when it has nothing to do.
MOST_WORKERS = 8

#: How often a mail is tried alone while workers die.
TRIES = 3

#: Mails handed to a worker at once: enough that the passing to and fro is not what costs, few enough to share out.
CHUNK = 16


class Workers:
    """``count`` processes, started when first needed. ``understand`` may be called from several threads."""

    def __init__(
        self, marks: Marks, rules: Sequence[Rule] = (), count: int | None = None, keys: Keys | None = None
    ) -> None:
        self._known = (marks, tuple(rules))
        self._keys = keys or Keys()
        self._pool = Pool(count or min(os.cpu_count() or 1, MOST_WORKERS))

    def configure(self, marks: Marks, rules: Sequence[Rule]) -> None:
        """Has mails understood by these from now on."""
        self._known = (marks, tuple(rules))

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

    def understand(self, messages: Sequence[RawMessage]) -> list[Reading]:
        """The reading of each mail, in order; one that can't be read within the limits is ``unreadable``."""
        return list(self.each(messages))

    def each(self, messages: Sequence[RawMessage]) -> Iterator[Reading]:
        """As ``understand``, one by one as they become known."""
        chunks = [messages[start : start + CHUNK] for start in range(0, len(messages), CHUNK)]
        with self._tickets(chunks) as tickets:
            for chunk, ticket in zip(chunks, tickets, strict=True):
                for message, reading in zip(chunk, self._together(chunk, ticket), strict=True):
                    # Keys of DKIM that it lacked, and that the DNS knows.
                    again = reading.wants and self._keys.find(reading.wants)
                    yield self._alone(message, self._schedule([message])) if again else reading

    def warm_up(self) -> None:
        """Returns when a worker is there. Raises Stopped."""
        for _ in range(TRIES):
            with suppress(BrokenProcessPool, ProcessExpired):
                self._pool.result(self._schedule([]))
                return

    def _together(self, chunk: Sequence[RawMessage], ticket: Ticket) -> Iterator[Reading]:
        try:
            readings = self._pool.result(ticket)
        except Stopped:
            raise
        except Exception:  # noqa: BLE001  some mail in this chunk: find out which
            with self._tickets([[message] for message in chunk]) as tickets:
                yield from map(self._alone, chunk, tickets)
        else:
            yield from readings

    def _alone(self, message: RawMessage, ticket: Ticket) -> Reading:
        for tries in range(1, TRIES + 1):
            try:
                [reading] = self._pool.result(ticket)
            except Stopped:
                raise
            except (BrokenProcessPool, ProcessExpired):
                if tries < TRIES:
                    ticket = self._schedule([message])
            except TimeoutError:
                return Reading("unreadable", problem=f"took longer than {MAIL_SECONDS:g} seconds")
            except Exception as error:  # noqa: BLE001  whatever a worker raises belongs to this mail
                return Reading("unreadable", problem=f"{type(error).__name__}: {error}"[:200])
            else:
                return reading
        return Reading("unreadable", problem=f"{TRIES} processes that read it died")

    @contextmanager
    def _tickets(self, groups: Sequence[Sequence[RawMessage]]) -> Iterator[list[Ticket]]:
        """A ticket for each group, for which nobody waits any more when the context ends."""
        tickets: list[Ticket] = []
        try:
            tickets += map(self._schedule, groups)
            yield tickets
        finally:
            self._pool.give_up(tickets)

    def _schedule(self, messages: Sequence[RawMessage]) -> Ticket:
        marks, rules = self._known
        marks = replace(marks, ours=marks.ours.knowing(self._keys.known()))
        return self._pool.schedule([(message.content, message.arrived_at) for message in messages], marks, rules)
