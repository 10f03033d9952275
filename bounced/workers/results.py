"""The results of many messages, of which workers have a part at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from typing import Protocol

from bounced.model import Parsed, RawMessage
from bounced.workers.pools import Ticket


class Parser(Protocol):
    """Parses a few messages at a time. Implementation: bounced.workers.Workers."""

    def schedule(self, messages: Sequence[RawMessage]) -> Ticket:
        """Hands ``messages`` to a worker. Raises Stopped."""
        ...

    def parsed(self, messages: Sequence[RawMessage], ticket: Ticket) -> Iterator[Parsed]:
        """The results for the first of ``messages``, for one at least. Raises Stopped."""
        ...


#: Messages that a worker has, or will have.
Handed = deque[tuple[Sequence[RawMessage], Ticket]]


class Results:
    """The result for each message in ``chunks``, in order. The first are handed out now, at most ``ahead`` at a time.

    Raises Stopped.
    """

    def __init__(self, parser: Parser, chunks: Iterable[Sequence[RawMessage]], ahead: int) -> None:
        self._handed: Handed = deque()
        hand_out = partial(_hand_out, parser, deque(chunks), self._handed, ahead)
        hand_out()
        self._results = _in_order(parser, self._handed, hand_out)

    def __iter__(self) -> Results:
        return self

    def __next__(self) -> Parsed:
        return next(self._results)

    def close(self) -> None:
        """Forgets what nobody waits for any longer."""
        self._results.close()
        _give_up(self._handed)


def _hand_out(parser: Parser, chunks: deque[Sequence[RawMessage]], handed: Handed, ahead: int) -> None:
    while chunks and len(handed) < ahead:
        chunk = chunks.popleft()
        handed.append((chunk, parser.schedule(chunk)))


def _in_order(parser: Parser, handed: Handed, hand_out: Callable[[], None]) -> Generator[Parsed]:
    try:
        while handed:
            chunk, ticket = handed.popleft()
            done = 0
            for parsed in parser.parsed(chunk, ticket):
                done += 1
                yield parsed
            if done < len(chunk):
                handed.appendleft((chunk[done:], parser.schedule(chunk[done:])))
            hand_out()
    finally:
        _give_up(handed)


def _give_up(handed: Handed) -> None:
    for _, ticket in handed:
        ticket.give_up()
