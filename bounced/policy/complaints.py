"""Which complaints are in force, and what they forbid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, product

from bounced.model import PROVING, Event, Scope
from bounced.policy.doubts import RANK
from bounced.policy.records import COMPLAINTS, ComplaintScope, Entry, Policy, Step, Suppression

#: Feedback types about trouble with authentication; they are not complaints by a person.
AUTHENTICATION_TYPES = ("auth-failure", "dkim")

#: A subscriber who unsubscribed does not take that back by saying that a message was not spam.
UNSUBSCRIBE_TYPE = "opt-out"


def is_complaint(event: Event) -> bool:
    """True when a person complains in ``event``: it is neither about authentication nor does it withdraw anything."""
    return event.kind == "complaint" and event.feedback_type not in (*AUTHENTICATION_TYPES, "not-spam")


class Complaints:
    """The complaints that nothing has lifted so far."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._standing: dict[int, tuple[Scope, Entry]] = {}  # by number, the oldest first
        #: What can be lifted, by a name of the message and trust level, then by source.
        self._about: dict[tuple[str, int], dict[str, list[int]]] = {}
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
            for message in entry.messages():
                about = self._about.setdefault((message, self._rank(entry)), {})
                about.setdefault(entry.source, []).append(number)
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
            reason = entry.reason if entry.reason in COMPLAINTS else "other"  # readers of the list show it
            yield Suppression(scope, "complaint", reason, "", since=entry.at, detail=entry.detail)

    def _scope(self, entry: Entry) -> Scope:
        """What the complaint forbids, ``""`` for nothing; without proof no more than marketing.

        The proof has to be of the stream as well, where that is forbidden. A stream can't call itself ``all``.
        """
        configured = self._policy.complaint(entry.reason)
        if configured == "none":
            return ""
        scope: Scope = configured
        if configured == "stream":
            scope = entry.stream if entry.stream not in ("", "all") else "marketing"
        is_more = scope in ("all", *self._policy.transactional)
        return "marketing" if is_more and not self._proves(entry, configured) else scope

    def _proves(self, entry: Entry, configured: ComplaintScope) -> bool:
        """True when the sender's own marks, a person, or a policy by which everything counts stand for the scope."""
        if self._rank(entry) < RANK["verified"]:
            return False
        return configured != "stream" or entry.stream_by in PROVING or entry.accepted or not self._policy.count

    def _rank(self, entry: Entry) -> int:
        """Its trust level as a number; the same for all where everything counts."""
        return RANK["verified" if entry.accepted or not self._policy.count else entry.trust]

    def _lift(self, entry: Entry) -> bool:
        """Lifts the complaints about the same message that ``entry`` may lift; true if there were any.

        These are those of a lower trust level, and of the same level those that the same source reported. What a person
        accepted lifts all of them, as everything does where everything counts. A verified report is about the message
        that was proved, whatever Message-ID it returns.
        """
        rank = self._rank(entry)
        is_trusted = entry.accepted or not self._policy.count
        messages = (not is_trusted and entry.proved_messages()) or entry.messages()
        numbers: list[int] = []
        for message, level in product(messages, range(rank + 1)):
            about = self._about.get((message, level), {})
            sources = list(about) if level < rank or is_trusted else [entry.source] if entry.source else []
            numbers += [number for source in sources for number in about.pop(source, ())]
        return self._forget(number for number in numbers if number in self._standing)

    def _forget(self, numbers: Iterable[int]) -> bool:
        forgotten = [self._standing.pop(number) for number in numbers]
        return bool(forgotten)
