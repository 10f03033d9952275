"""Which messages were delivered because nobody contradicted that they were sent. Pure.

1. What the sender's records have (the table ``sends``, and what else says sent) was delivered when it was sent, once
   ``settles`` has passed without a report about it: a failure, or a delay. What says delivered is so at once. A delay
   is of what was recorded before it: the message may be delivered later.
2. A report names its message by Message-ID, and takes it back whenever it comes. Of several with one Message-ID it
   takes back those sent within ``settles`` before it, or else all before it.
3. A report that names none that is recorded is about any of those sent within ``settles`` before it.
4. What is held contradicts nothing, as it does nothing else; but what an incident holds or a person has taken back, and
   nothing else holds, takes back the message that it names: that was not delivered, whosever fault it was.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from typing import Literal

from bounced.policy.doubts import contradicts, why_held_in
from bounced.policy.records import Entry, Policy
from bounced.policy.state import State

SentKind = Literal["sent", "delivered", "engaged"]

#: Between what two records have of one message, at most.
SAME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """What the sender's records say of an address: a message, or by which other sign its mailbox takes mail.

    It is ``settled`` once it proves something if nobody contradicts.
    """

    at: datetime
    message_id: str = ""  # without <>
    kind: SentKind = "sent"
    settled: bool = True
    detail: str = ""  # for people

    @property
    def is_message(self) -> bool:
        """True when it is about a message, which a report may be about; what only says delivered need not name one."""
        return self.kind == "sent" or (self.kind == "delivered" and bool(self.message_id))

    def entry(self) -> Entry:
        """It as an entry of the history."""
        return Entry(0, self.at, self.kind, original_message_id=self.message_id, detail=self.detail)


class Silence:
    """What is recorded of one address as ``sent``, and the reports about it that were noted."""

    def __init__(self, sent: Iterable[Sent], policy: Policy) -> None:
        self._settles = policy.settles
        self._named: dict[str, list[Entry]] = defaultdict(list)
        self._messages: list[Entry] = []  # in order of time, as the next
        self._proofs: list[Entry] = []  # what is settled, and other proofs
        for record, entry in sorted(((record, record.entry()) for record in sent), key=lambda pair: pair[1].order()):
            if not record.is_message or self._is_new(entry):
                self._proofs += [entry] if record.settled else []
        self._contradicted: set[int] = set()

    def _is_new(self, entry: Entry) -> bool:
        """Notes a message; False for one that two records have, ``sends`` and a log."""
        for name in entry.messages():
            if self._named[name] and entry.at - self._named[name][-1].at <= SAME:
                return False
            self._named[name].append(entry)
        self._messages.append(entry)
        return True

    def is_recorded(self, report: Entry) -> bool:
        """True when a report is about one of these messages."""
        return any(self._named.get(name) for name in report.messages()) or bool(self._lately(report))

    def contradict(self, report: Entry) -> None:
        """Notes that a report came."""
        self._contradicted.update(map(id, self.contradicted(report)))

    def contradicted(self, report: Entry) -> list[Entry]:
        """The messages that a report takes back."""
        named = [entry for name in report.messages() for entry in self._named.get(name, ())]
        if not named:
            return [] if report.excused and not report.accepted else self._lately(report)
        before = [entry for entry in named if entry.at <= report.at]
        return [entry for entry in before if entry.at >= self._earliest(report)] or before

    def delivered(self, after: datetime | None = None) -> list[Entry]:
        """What proves that the mailbox took mail, later than ``after``, in order."""
        return [
            entry
            for entry in self._proofs
            if (after is None or entry.at > after) and id(entry) not in self._contradicted
        ]

    def _lately(self, report: Entry) -> list[Entry]:
        """The messages that a report may be about that names none of them."""
        first = bisect_left(self._messages, self._earliest(report), key=_at)
        return self._messages[first : bisect_right(self._messages, report.at, key=_at)]

    def _earliest(self, report: Entry) -> datetime:
        """When the message of a report was sent at the earliest, if the report is not late."""
        return report.at - (self._settles or timedelta())


def _at(entry: Entry) -> datetime:
    return entry.at


def with_deliveries(
    history: Callable[[], Iterable[Entry]], sent: Sequence[Sent], start: State, policy: Policy
) -> Iterator[Entry]:
    """``history``, which is in order and happened after ``start``, with what ``sent`` adds to it.

    ``history`` is called twice where it has to be known whether a report takes something back.
    """
    if not sent:
        yield from history()
        return
    silence = Silence(sent, policy)
    if silence.delivered(start.at):
        for report in _counting(history(), replace(start), policy):
            silence.contradict(report)
    yield from merge(_recorded(history(), silence), silence.delivered(start.at), key=Entry.order)


def _counting(history: Iterable[Entry], state: State, policy: Policy) -> Iterator[Entry]:
    """The reports in ``history`` that say that a message was not delivered."""
    for entry in history:
        if contradicts(entry, why_held_in(state, entry, policy), policy):
            yield entry


def _recorded(history: Iterable[Entry], silence: Silence) -> Iterator[Entry]:
    """``history``, each failure with whether its message is recorded."""
    for entry in history:
        yield entry._replace(recorded=True) if entry.what == "failed" and silence.is_recorded(entry) else entry
