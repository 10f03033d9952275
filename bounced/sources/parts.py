"""Mailboxes in parts, each of which another machine can read that reaches the same files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bounced.errors import FilesUnreadable
from bounced.model import RawMessage
from bounced.sources import Mailbox, Measured

#: Errors of files that are passed over.
Skipped = tuple[type[Exception], ...]

#: What is read of a part at most: octets of contents, and messages.
PART_OCTETS = 64 * 1024 * 1024
PART_MESSAGES = 20_000


@dataclass(frozen=True, slots=True)
class Part:
    """Messages that follow each other. ``read`` can be pickled; it appends its remarks to the list that it gets."""

    read: Callable[[list[str], Skipped], Iterator[RawMessage]]
    octets: int  # in the files, 0 where nobody knows


@dataclass(frozen=True, slots=True)
class Content:
    """What was in a part."""

    messages: tuple[RawMessage, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # a line for each file that could not be read


@runtime_checkable
class Divisible(Mailbox, Measured, Protocol):
    """A mailbox of which others can read parts."""

    notes: list[str]

    def parts(self) -> Iterator[Part]:
        """All of it, in its order."""
        ...


def content(part: Part) -> Content | None:
    """What is in ``part``, ``None`` when that is more than should be in memory.

    A file that is not there is a problem: it may be deleted, or on the caller's machine alone.
    """
    notes: list[str] = []
    messages: list[RawMessage] = []
    octets = 0
    try:
        for message in part.read(notes, ()):
            messages.append(message)
            octets += len(message.content)
            if octets > PART_OCTETS or len(messages) > PART_MESSAGES:
                return None
    except FilesUnreadable as error:
        return Content(tuple(messages), tuple(notes), error.problems)
    return Content(tuple(messages), tuple(notes))
