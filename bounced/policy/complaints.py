"""Which complaints are in force, and what they forbid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count

from bounced.model import Scope
from bounced.policy.doubts import RANK
from bounced.policy.records import Entry, Policy, Step, Suppression

#: Feedback types about trouble with authentication; they are not complaints by a person.
AUTHENTICATION_TYPES = ("auth-failure", "dkim")

#: A subscriber who unsubscribed does not take that back by saying that a message was not spam.
UNSUBSCRIBE_TYPE = "opt-out"


class Complaints:
    """The complaints that nothing has lifted so far."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._standing: dict[int, tuple[Scope, Entry]] = {}  # by number, the oldest first
        #: What can be lifted, by its trust level and by Message-ID.
        self._about: tuple[defaultdict[str, list[int]], ...] = tuple(defaultdict(list) for _ in RANK)
        self._numbers = count()

    def step(self, entry: Entry) -> Step:
        """Takes a complaint, or a report that lifts one."""
        if entry.reason in AUTHENTICATION_TYPES:
            return Step(entry, False, f"not counted: {entry.reason} is about authentication")
        if entry.reason == "not-spam":
            lifted = self._lift(entry)
            return Step(entry, False, "lifts the complaint" if lifted else "nothing to lift")
        scope = self._scope(entry)
        if not scope:
            return Step(entry, False, "ignored by [complaints]")
        number = next(self._numbers)
        self._standing[number] = scope, entry
        if entry.reason != UNSUBSCRIBE_TYPE:
            self._about[self._rank(entry)][entry.original_message_id].append(number)
        note = "unsubscribed" if entry.reason == UNSUBSCRIBE_TYPE else "complaint"
        return Step(entry, True, note if scope == "marketing" else f"{note}, scope {scope}")

    def release(self, scope: Scope) -> bool:
        """Forgets the complaints of ``scope`` (``""``: all of them); true when there were any."""
        return self._forget([number for number, (forbids, _) in self._standing.items() if scope in ("", forbids)])

    def suppressions(self) -> Iterator[Suppression]:
        """One for each scope, since the oldest complaint in force."""
        oldest: dict[Scope, Entry] = {}
        for scope, entry in self._standing.values():
            oldest.setdefault(scope, entry)
        for scope, entry in oldest.items():
            yield Suppression(scope, "complaint", entry.reason, "", since=entry.at, detail=entry.detail)

    def _scope(self, entry: Entry) -> Scope:
        """What the complaint forbids, ``""`` for nothing. A stream can't call itself ``all``."""
        scope = self._policy.complaint(entry.reason)
        if scope == "stream":
            return entry.stream if entry.stream not in ("", "all") else "marketing"
        return "" if scope == "none" else scope

    def _rank(self, entry: Entry) -> int:
        """Its trust level as a number; the same for all where everything counts."""
        return RANK["verified" if entry.accepted or not self._policy.count else entry.trust]

    def _lift(self, entry: Entry) -> bool:
        """Lifts the complaints about the same message, or about any where either names none; true if there were any.

        Complaints of a higher trust level than ``entry`` stay.
        """
        numbers = []
        for about in self._about[: self._rank(entry) + 1]:
            message_ids = (entry.original_message_id, "") if entry.original_message_id else tuple(about)
            numbers += [number for message_id in message_ids for number in about.pop(message_id, ())]
        return self._forget(number for number in numbers if number in self._standing)

    def _forget(self, numbers: Iterable[int]) -> bool:
        forgotten = [self._standing.pop(number) for number in numbers]
        return bool(forgotten)
