"""Which complaints stand, and what they forbid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count

from bounced.model import Scope
from bounced.policy.doubts import RANK
from bounced.policy.records import Entry, Policy, Step, Suppression

#: Feedback types that tell the sender of trouble with authentication; they are no complaint by a person.
NO_COMPLAINT = ("auth-failure", "dkim")

#: Who unsubscribes does not take that back by saying that a mail was no spam.
UNSUBSCRIBE = "opt-out"


class Complaints:
    """Those that nothing has lifted so far."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._standing: dict[int, tuple[Scope, Entry]] = {}  # by number, the oldest first
        #: What can be lifted, by how well it is proved and by Message-ID.
        self._about: tuple[defaultdict[str, list[int]], ...] = tuple(defaultdict(list) for _ in RANK)
        self._numbers = count()

    def step(self, line: Entry) -> Step:
        """Takes a complaint, or what answers one."""
        if line.reason in NO_COMPLAINT:
            return Step(line, False, f"not counted: {line.reason} is about authentication")
        if line.reason == "not-spam":
            lifted = self._lift(line)
            return Step(line, False, "lifts the complaint" if lifted else "nothing to lift")
        scope = self._scope(line)
        if not scope:
            return Step(line, False, "not counted: complaints of this type forbid nothing, says the configuration")
        number = next(self._numbers)
        self._standing[number] = scope, line
        if line.reason != UNSUBSCRIBE:
            self._about[self._rank(line)][line.original_message_id].append(number)
        said = "unsubscribed" if line.reason == UNSUBSCRIBE else "complaint"
        return Step(line, True, said if scope == "marketing" else f"{said}, scope {scope}")

    def release(self, scope: Scope) -> bool:
        """Forgets those of ``scope`` (``""``: of every one); true when there were any."""
        return self._forget([number for number, (found, _) in self._standing.items() if scope in ("", found)])

    def suppressions(self) -> Iterator[Suppression]:
        """One for each scope, since the oldest complaint that stands."""
        oldest: dict[Scope, Entry] = {}
        for scope, line in self._standing.values():
            oldest.setdefault(scope, line)
        for scope, line in oldest.items():
            yield Suppression(scope, "complaint", line.reason, "", since=line.at, detail=line.detail)

    def _scope(self, line: Entry) -> Scope:
        """What the complaint forbids, ``""`` for nothing. A stream can't call itself ``all``."""
        wanted = self._policy.complaint(line.reason)
        if wanted == "stream":
            return line.stream if line.stream not in ("", "all") else "marketing"
        return "" if wanted == "none" else wanted

    def _rank(self, line: Entry) -> int:
        """How well it is proved; all alike where everything counts."""
        return RANK["verified" if line.accepted or not self._policy.count else line.trust]

    def _lift(self, line: Entry) -> bool:
        """Lifts what the person said about that message, or where one of both names none, about any; true if so.

        What is better proved than ``line`` stays.
        """
        numbers = []
        for about in self._about[: self._rank(line) + 1]:
            answered = (line.original_message_id, "") if line.original_message_id else tuple(about)
            numbers += [number for name in answered for number in about.pop(name, ())]
        return self._forget(number for number in numbers if number in self._standing)

    def _forget(self, numbers: Iterable[int]) -> bool:
        gone = [self._standing.pop(number) for number in numbers]
        return bool(gone)
