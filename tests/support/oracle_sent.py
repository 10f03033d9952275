"""What was sent to an address and what of it is delivered, as the pages tell it: for tests.support.oracle.

It knows nothing of the program.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

FAILURES = ("hard", "soft", "block")

#: Days after which nobody contradicts any more that a message was delivered; between two records of one message.
SETTLES, SAME_MESSAGE = 6.0, 1.0

#: Days for which an outage lasts of which nothing more is heard.
OUTAGE = 7.0

#: What does nothing by itself: what it says of messages is all.
SILENT = ("delayed", "undone", "sent", "outage")


class Fact(NamedTuple):
    """What happened on a day; ``name`` is that of the message, or says more of a decision (tests.support.oracle).

    What ``is_accepted`` counts whatever holds it.
    """

    day: float
    what: str
    name: str = ""
    is_accepted: bool = False


class Happened(NamedTuple):
    """A fact, and whether the sender's records have the message of a failure."""

    fact: Fact
    is_recorded: bool = False


def happened(facts: list[Fact], counting: Collection[str]) -> list[Happened]:
    """The facts that count, in order: what was sent is a proof or nothing, and what an outage holds is not there.

    ``counting`` are the classes of which enough failures suppress: an outage holds no others.
    """
    return sorted(_Sent(facts, counting).history())


class _Sent:
    """What is recorded as sent, and what becomes of it."""

    def __init__(self, facts: list[Fact], counting: Collection[str]) -> None:
        self._facts, self._counting = sorted(facts), counting
        self._outages = [fact.day for fact in facts if fact.what == "outage"]
        self._messages: list[Fact] = []
        for fact in self._facts:
            same = [sent.day for sent in self._messages if sent.name == fact.name]
            if fact.what == "sent" and not (same and fact.day - same[-1] <= SAME_MESSAGE):
                self._messages.append(fact)

    def history(self) -> list[Happened]:
        gone, history = self._taken_back(), []
        for fact in self._facts:
            if fact.what not in SILENT and not self._is_held(fact):
                history.append(Happened(fact, fact.what in FAILURES and self._is_recorded(fact)))
        proofs = (Happened(Fact(sent.day, "delivered", sent.name)) for sent in self._messages if sent not in gone)
        return [*history, *proofs]

    def _is_held(self, fact: Fact) -> bool:
        if fact.is_accepted or fact.what not in self._counting:
            return False
        return any(begun <= fact.day < begun + OUTAGE for begun in self._outages)

    def _taken_back(self) -> set[Fact]:
        gone: set[Fact] = set()
        for fact in self._facts:
            if fact.what not in (*FAILURES, "delayed", "undone"):
                continue
            does_count = fact.what == "delayed" or (fact.what != "undone" and not self._is_held(fact))
            if self._is_named(fact):
                gone.update(self._before(fact))
            elif does_count:
                gone.update(self._lately(fact))
            if fact.what != "delayed":
                gone.update(sent for sent in self._messages if sent.day > fact.day and sent.name == fact.name)
        return gone

    def _is_named(self, fact: Fact) -> bool:
        return any(fact.name == sent.name for sent in self._messages)

    def _before(self, fact: Fact) -> list[Fact]:
        """Of several messages of one name a report is about those sent lately, or else about all that were sent."""
        before = [sent for sent in self._messages if sent.name == fact.name and sent.day <= fact.day]
        return [sent for sent in before if sent.day >= fact.day - SETTLES] or before

    def _lately(self, fact: Fact) -> list[Fact]:
        return [sent for sent in self._messages if fact.day - SETTLES <= sent.day <= fact.day]

    def _is_recorded(self, fact: Fact) -> bool:
        """True when the sender's records have the message of a failure."""
        return self._is_named(fact) or bool(self._lately(fact))
