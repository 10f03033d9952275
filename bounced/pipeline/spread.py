"""A mailbox whose parts a cluster reads and parses; its messages come in its order, so that one ledger takes them.

1. The result is that of reading it here: the same messages, batches and results.
2. A part that is too much for the memory of one worker, or that it can't read, is read here, and parsed by the cluster.
3. No worker asks the DNS: a message that lacks a DKIM key is parsed again, as all are that are read here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from bounced.errors import FilesUnreadable
from bounced.model import Batch, Cursor, Intake, Parsed, RawMessage
from bounced.sources import NO_COPIES, Copies
from bounced.sources.batches import grouped
from bounced.sources.files import GONE, octets
from bounced.sources.parts import Content, Divisible, Part, content
from bounced.workers import Settings, Workers
from bounced.workers.cluster import Cluster, Task

#: Parts that are handed out for each worker: one more than it is reading.
PARTS_PER_WORKER = 2


class Spread:
    """``mailbox``, read by ``cluster``, and by ``workers`` where that can't."""

    def __init__(self, mailbox: Divisible, cluster: Cluster, workers: Workers) -> None:
        self.name = mailbox.name
        self.notes = mailbox.notes
        self.position = 0
        self._mailbox = mailbox
        self._cluster = cluster
        self._workers = workers
        self._was_told = False  # what workers can't read

    @property
    def extent(self) -> int:
        """Octets of all files."""
        return self._mailbox.extent

    def batches(self, after: Cursor | None) -> Iterator[Batch]:
        """All messages. Raises MailboxError for files that could not be read, after everything that could; Stopped."""
        return map(Batch, grouped(self._messages(), octets))

    def settle(self, intakes: Sequence[Intake], copies: Copies = NO_COPIES) -> None:
        """As the mailbox does."""
        self._mailbox.settle(intakes, copies)

    def _messages(self) -> Iterator[RawMessage]:
        problems: list[str] = []
        for part, reading in self._readings():
            try:
                yield from self._read(part, reading.result())
            except FilesUnreadable as error:
                problems += error.problems
            self.position += part.octets
        if problems:
            raise FilesUnreadable(problems)

    def _readings(self) -> Iterator[tuple[Part, Task[Content | None]]]:
        """The parts that the cluster reads, a few of them ahead."""
        ahead = PARTS_PER_WORKER * self._cluster.count
        handed: deque[tuple[Part, Task[Content | None]]] = deque()
        for part in self._mailbox.parts():
            handed.append((part, self._cluster.read(partial(understood, part, self._workers.current()))))
            if len(handed) > ahead:
                yield handed.popleft()
        yield from handed

    def _read(self, part: Part, read: Content | None) -> Iterator[RawMessage]:
        if read and not read.problems:
            self.notes += read.notes
            yield from _parsed(read.messages, self._workers)
            return
        for messages in grouped(part.read(self.notes, GONE), octets):
            yield from _parsed(messages, self._workers)
        if read and not self._was_told:
            self._was_told = True
            self.notes.append(f"read here, since a worker could not read {read.problems[0]}")


def understood(part: Part, settings: Settings, workers: Workers) -> Content | None:
    """What is in ``part``, parsed by ``settings`` as far as ``workers`` can do that, those of a worker of a cluster."""
    if (read := content(part)) is None:
        return None
    messages = _parsed(read.messages, workers.by(settings))
    return replace(read, messages=tuple(replace(message, parsed=_final(message.parsed)) for message in messages))


def _final(parsed: Parsed | None) -> Parsed | None:
    """``parsed``, ``None`` where a key is missing."""
    return None if parsed and parsed.wants else parsed


def _parsed(messages: Sequence[RawMessage], workers: Workers) -> Iterator[RawMessage]:
    """``messages``, each with its result."""
    with closing(workers.parse([message for message in messages if not message.parsed])) as results:
        for message in messages:
            yield message if message.parsed else replace(message, parsed=next(results))
