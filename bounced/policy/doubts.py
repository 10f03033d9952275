"""What may count: who says so, and whether it comes in floods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bounced.model import Kind, Trust
from bounced.policy.records import Entry, EntryKind, Policy

RANK: Mapping[Trust, int] = {"unverified": 0, "plausible": 1, "verified": 2}

#: The kind whose trust is asked for; what has none does nothing anyway.
KINDS: Mapping[EntryKind, Kind] = {
    "failed": "bounce",
    "complaint": "complaint",
    "delivered": "delivered",
    "auto-reply": "auto-reply",
}

DAY = timedelta(days=1)

#: How much older than its arrival in the mailbox a report may call itself.
LATE = timedelta(days=1)

#: So many reports in a day are no flood, however little was sent: servers on the way report one failure twice.
FEWEST = 3


def dated(line: Entry, policy: Policy) -> Entry:
    """``line`` at the time from which it counts: not that of a ``Received`` which a forger may have written.

    The topmost one is our own server's, unless that adds none. The mailbox has dates of its own then, and only a
    migration makes these much later.
    """
    if not policy.count or policy.migrated or line.trust == "verified" or line.accepted or line.stored_at is None:
        return line
    return replace(line, at=line.stored_at) if line.stored_at - line.at > LATE else line


def why_held(what: EntryKind, trust: Trust, held: str, policy: Policy) -> str:
    """Why an event that nobody accepted does nothing, whatever else is known; ``""`` when it may count."""
    if what not in KINDS:
        return ""
    if held:
        return f"held: {held}"
    wanted = policy.count.get(KINDS[what], "unverified")
    return f"not counted: {trust}, the configuration asks for {wanted}" if RANK[trust] < RANK[wanted] else ""


class Doubts:
    """Why lines of ``history``, which is in order, do nothing; ``sent`` is how many messages went to the address."""

    def __init__(self, history: Sequence[Entry], policy: Policy, sent: int) -> None:
        self._policy = policy
        self._most = max(sent, FEWEST) if sent else policy.reports_per_address
        self._floods = set(self._flooding(history)) if policy.count and policy.reports_per_address else set()

    def about(self, line: Entry) -> str:
        """Why ``line`` does not count, ``""`` when it may."""
        if line.accepted or line.what not in KINDS:
            return ""
        return self._alone(line) or self._flooded(line)

    def _alone(self, line: Entry) -> str:
        """Why it does not count, whatever else was reported about the address."""
        policy = self._policy
        if why := why_held(line.what, line.trust, line.held, policy):
            return why
        if policy.count and line.trust != "verified" and 0 < policy.addresses_per_message < line.addresses_named:
            return f"held: reports about one message name more than {policy.addresses_per_message} addresses"
        return ""

    def _flooded(self, line: Entry) -> str:
        flooded = _may_flood(line) and (line.source, line.at) in self._floods
        return f"held: more than {self._most} reports from one source in a day" if flooded else ""

    def _flooding(self, history: Sequence[Entry]) -> Iterator[tuple[str, datetime]]:
        """The sources and times of failures that would count and of which there are too many within a day."""
        reports = defaultdict(list)
        for line in history:
            if _may_flood(line) and not self._alone(line):
                reports[line.source].append(line.at)
        for source, times in reports.items():
            yield from ((source, at) for at in _crowded(times, self._most))


def _may_flood(line: Entry) -> bool:
    return line.what == "failed" and line.trust != "verified" and not line.accepted


def _crowded(times: Sequence[datetime], most: int) -> Iterator[datetime]:
    """Those of ``times``, which are in order, that share a day with more than ``most`` of them."""
    start = said = 0
    for end, at in enumerate(times):
        while at - times[start] > DAY:
            start += 1
        if end - start >= most:
            yield from times[max(start, said) : end + 1]
            said = end + 1
