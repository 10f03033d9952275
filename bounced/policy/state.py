"""What the history of an address comes to so far, as far as later entries ask.

It is of a bounded size however long the history is, so it can be kept: to judge another entry takes the state and that
entry. What falls out of it is forgotten by the rule itself, so it makes no difference where one continues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bounced.model import Class, Scope
from bounced.policy.records import HARDNESS, Streak, Suppression


class CountedFailure(NamedTuple):
    """A failure that counted, by the names of its message: another report about that is no other failure."""

    at: datetime
    stored_at: datetime  # when the mailbox got its first report
    class_: Class
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint in force. Without ``names`` of its message nothing but a release lifts it."""

    scope: Scope
    at: datetime
    reason: str
    detail: str
    rank: int  # of its trust level
    source: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """Which step of a ladder the suppression of ``kind`` had, and until when: ``number`` counts from 0."""

    kind: str
    number: int
    until: datetime | None  # None: for good


@dataclass(slots=True)
class State:
    """The state after the entries up to ``at``; each step of bounced.policy.fold sets its fields to other values."""

    at: datetime | None = None  # of the last entry; None before the first
    streaks: Mapping[Class, Streak] = field(default_factory=dict)  # of failures of that class and of harder ones
    counted: tuple[CountedFailure, ...] = ()  # the latest, the oldest first
    reports: tuple[tuple[str, datetime], ...] = ()  # failures of a day that may be a flood: source and time
    complaints: tuple[Complaint, ...] = ()  # the oldest first
    bounce: Suppression | None = None
    rung: Rung | None = None  # of the ladder of ``bounce``, or of the one that lapsed before
    manual: Mapping[Scope, Suppression] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()  # the entries of the allow list that cover the address
    reported: tuple[str, ...] = ()  # names of messages that were reported before anybody recorded them, the latest last
    proofs: int = 0  # of delivery, since the last failure of the address that ``bounce`` suppresses
    engaged_at: datetime | None = None  # the owner of the address, last
    verified_at: datetime | None = None  # the last failure that is verified

    @property
    def streak(self) -> Streak | None:
        """The streak of all failures that count."""
        return self.streaks.get(HARDNESS[0])

    def has_lapsed(self, at: datetime) -> bool:
        """True when there was a suppression because of bounces that has expired by ``at``, and its streak with it."""
        return bool(self.bounce and not self.bounce.in_force(at))

    @property
    def is_open(self) -> bool:
        """True when proof of delivery would change something."""
        return bool(self.streaks or self.bounce or self.rung)

    @property
    def is_proved(self) -> bool:
        """True when a failure that the suppression because of bounces is about, or a later one, is verified."""
        first_at = self.bounce and self.bounce.first_bounce_at
        return bool(first_at and self.verified_at and self.verified_at >= first_at)
