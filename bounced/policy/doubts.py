"""What is held until a person accepts it: untrusted reports, and floods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bounced.model import CountedKind, Event, Trust
from bounced.policy.records import Entry, EntryKind, Policy, entry_kind

RANK: Mapping[Trust, int] = {"unverified": 0, "plausible": 1, "verified": 2}

#: The kind by whose setting an entry counts; the others do nothing anyway.
KINDS: Mapping[EntryKind, CountedKind] = {
    "failed": "bounce",
    "complaint": "complaint",
    "delivered": "delivered",
    "auto-reply": "auto-reply",
}

DAY = timedelta(days=1)

#: How much older than its arrival in the mailbox a report may claim to be.
AGE_LIMIT = timedelta(days=1)

#: Reports in a day that are not a flood, however little was sent: servers on the way report one failure twice.
FLOOD_MIN = 3


def dated(entry: Entry, policy: Policy) -> Entry:
    """``entry`` at the time from which it counts: not that of a ``Received`` that a forger may have written.

    The topmost one is our own server's, unless that adds none. The mailbox then has its own dates, and only a
    migration makes these much later.
    """
    stored_at = stored(entry, policy)
    return replace(entry, at=stored_at) if stored_at - entry.at > AGE_LIMIT else entry


def stored(entry: Entry, policy: Policy) -> datetime:
    """When the mailbox got it, as far as that is known and later than ``entry.at``, which may be a forger's claim."""
    if policy.migrated or entry.accepted or entry.stored_at is None:
        return entry.at
    return max(entry.at, entry.stored_at)


def why_held(event: Event, held: str, policy: Policy) -> str:
    """Why a new event is held, regardless of the others; ``""`` when it may count. ``held`` is a reason of its own."""
    kind = _counted_kind(entry_kind(event.kind, event.action), event.feedback_type)
    return _why_held(kind, event.trust, held, policy)


def _counted_kind(what: EntryKind, reason: str) -> CountedKind | None:
    """The kind by whose setting an entry counts; ``None`` when it does nothing anyway."""
    return "not-spam" if (what, reason) == ("complaint", "not-spam") else KINDS.get(what)


def _why_held(kind: CountedKind | None, trust: Trust, held: str, policy: Policy) -> str:
    if kind is None:
        return ""
    if held:
        return f"held: {held}"
    required = policy.count.get(kind, "unverified")
    return f"held: trust {trust}, {required} required" if RANK[trust] < RANK[required] else ""


class Doubts:
    """Which entries of ``history``, which is in order, are held; ``sent`` is the number of messages to the address."""

    def __init__(self, history: Sequence[Entry], policy: Policy, sent: int) -> None:
        self._policy = policy
        self._flood_limit = max(sent, FLOOD_MIN) if sent else policy.reports_per_address
        self._floods = set(self._flooding(history)) if policy.count and policy.reports_per_address else set()

    def why_held(self, entry: Entry) -> str:
        """Why ``entry`` is held, ``""`` when it may count."""
        if entry.accepted or entry.what not in KINDS:
            return ""
        return self._why_held_alone(entry) or self._why_flood(entry)

    def _why_held_alone(self, entry: Entry) -> str:
        """Why it is held, regardless of what else was reported about the address."""
        return _why_held(_counted_kind(entry.what, entry.reason), entry.trust, entry.held, self._policy)

    def _why_flood(self, entry: Entry) -> str:
        is_flood = _may_flood(entry) and (entry.source, entry.at) in self._floods
        return f"held: more than {self._flood_limit} reports from one source in a day" if is_flood else ""

    def _flooding(self, history: Sequence[Entry]) -> Iterator[tuple[str, datetime]]:
        """The sources and times of failures that would count but are too many within a day."""
        reports = defaultdict(list)
        for entry in history:
            if _may_flood(entry) and not self._why_held_alone(entry):
                reports[entry.source].append(entry.at)
        for source, times in reports.items():
            yield from ((source, at) for at in _crowded(times, self._flood_limit))


def _may_flood(entry: Entry) -> bool:
    return entry.what == "failed" and entry.trust != "verified" and not entry.accepted


def _crowded(times: Sequence[datetime], limit: int) -> Iterator[datetime]:
    """The ``times``, which are in order, that share a day with more than ``limit`` of them."""
    start = yielded = 0
    for end, at in enumerate(times):
        while at - times[start] > DAY:
            start += 1
        if end - start >= limit:
            yield from times[max(start, yielded) : end + 1]
            yielded = end + 1
