"""What is wrong: the one list that `bounced status`, its line for Nagios, alarms and figures for Prometheus share.

A new kind of problem is a row in ``kinds.KINDS`` and the function that finds it: pure, of what was ``Seen``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bounced.config import AlarmsSection, Schedule
from bounced.ledger.figures import Figures
from bounced.policy.alarms import Problem as Problem


class Finding(NamedTuple):
    """A problem of one kind: what it is about, and in words."""

    name: str
    text: str
    is_critical: bool = False


class Disk(NamedTuple):
    """A filesystem, by a path on it, with the share of it that is free (1: all), and the octets."""

    path: str
    share: float
    octets: int


class Ending(NamedTuple):
    """A certificate or a secret: its place, what it is there (the key that names it, say), and when it ends."""

    place: str
    name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that is looked at, at one moment."""

    now: datetime
    figures: Figures
    polls: Mapping[str, Schedule]  # of each mailbox that is configured
    logs: Sequence[str]  # the mail logs that are
    disks: Sequence[Disk]
    certificates: Sequence[Ending]
    secrets: Sequence[Ending]
    has_canary: bool  # whether one is configured
    lock: str  # who stops all writing, "" for nobody
    limits: AlarmsSection
