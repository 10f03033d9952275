"""The rule as the pages tell it (README, docs/how-it-works.md, policy.md, sent.md, lists.md), for one address.

It knows nothing of the program. A history is a list of (day, what, name), where ``what`` is

* "hard", "soft" or "delayed": a report, with the name of its message or "" where it returns nothing;
* "sent": a row of the sender's records, or of a mail log, with the name of the message;
* "delivered": a report, an automatic reply or an import proves it;
* "released", "allowed", "disallowed": what a person decided; "listed": a hard bounce in the list of another program;
* "outage": an hour in which everybody else at the provider failed, and nothing was heard for the week after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: How many failures, over more than so many days: hard ones, and those of both classes.
LIMITS = {"hard": (2, 5.0), "soft": (3, 8.0)}

#: The classes in whose streaks a failure is.
STREAKS = {"hard": ("hard", "soft"), "soft": ("soft",)}

GAP = 90.0

#: Days for which reports with one Message-ID are about one message, and reports without any about one that failed.
SAME_NAME, SAME_DAY = 6.0, 1.0

#: Days after which nobody contradicts any more that a message was delivered; between two records of one message.
SETTLES, SAME_MESSAGE = 6.0, 1.0

#: Days for which an outage lasts of which nothing more is heard.
OUTAGE = 7.0

Fact = tuple[float, str, str]
Dates = tuple[float, float]


class Numbers(NamedTuple):
    """Days that suppressions last, one after the other; without ``is_ladder`` each needs a whole new streak.

    So many proofs of delivery in a row end a suppression because of hard failures, ``lift`` (0: none do); of soft ones
    one does.
    """

    lasts: tuple[float, ...] = (20.0,)
    is_ladder: bool = False
    lift: int = 0


def suppressed_since(facts: list[Fact], numbers: Numbers) -> Dates | None:
    """The day on which the suppression began, and the one on which it ends; ``None`` without one."""
    address = _Address(numbers)
    for day, what, name, is_recorded in sorted(_Sent(facts).history()):
        address.step(day, what, name, is_recorded)
    standing = address.suppression
    return (standing.since, standing.until) if standing and not address.is_allowed else None


class _Sent:
    """What is recorded as sent, and what becomes of it."""

    def __init__(self, facts: list[Fact]) -> None:
        self._facts = sorted(facts)
        self._outages = [day for day, what, _ in facts if what == "outage"]
        self._messages: list[tuple[float, str]] = []
        for day, what, name in self._facts:
            same = [sent for sent, other in self._messages if other == name]
            if what == "sent" and not (same and day - same[-1] <= SAME_MESSAGE):
                self._messages.append((day, name))

    def history(self) -> list[tuple[float, str, str, bool]]:
        """What was sent is a proof or nothing, what is held is not there, failures say whether they are recorded."""
        gone, history = self._taken_back(), []
        for day, what, name in self._facts:
            is_failure = what in LIMITS
            if not (is_failure and self._is_held(day)) and what not in ("delayed", "sent", "outage"):
                history.append((day, what, name, is_failure and self._is_recorded(day, name)))
        proofs = ((day, "delivered", name, False) for day, name in self._messages if (day, name) not in gone)
        return [*history, *proofs]

    def _is_held(self, day: float) -> bool:
        return any(begun <= day < begun + OUTAGE for begun in self._outages)

    def _taken_back(self) -> set[tuple[float, str]]:
        gone: set[tuple[float, str]] = set()
        for day, what, name in self._facts:
            if what not in (*LIMITS, "delayed"):
                continue
            is_named = any(name == other for _, other in self._messages)
            if is_named or what == "delayed" or not self._is_held(day):
                gone.update(self._before(day, name) if is_named else self._lately(day))
            gone.update((sent, other) for sent, other in self._messages if sent > day and other == name)
        return gone

    def _before(self, day: float, name: str) -> list[tuple[float, str]]:
        """Of several messages of one name a report is about those sent lately, or else about all that were sent."""
        before = [(sent, other) for sent, other in self._messages if other == name and sent <= day]
        return [message for message in before if message[0] >= day - SETTLES] or before

    def _lately(self, day: float) -> list[tuple[float, str]]:
        return [message for message in self._messages if day - SETTLES <= message[0] <= day]

    def _is_recorded(self, day: float, name: str) -> bool:
        """True when the sender's records have the message of a failure."""
        return any(name == other for _, other in self._messages) or bool(self._lately(day))


@dataclass
class _Streak:
    """Days of failures, and whether the sender's records have the message of the latest."""

    days: list[float]
    is_recorded: bool


@dataclass
class _Failure:
    """A message that failed."""

    day: float
    name: str
    class_: str


@dataclass
class _Suppression:
    since: float
    until: float
    class_: str


class _Address:
    """What the history of an address comes to."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._streaks: dict[str, _Streak] = {}
        self._failures: list[_Failure] = []
        self._rung: tuple[int, float, str] | None = None  # of the ladder, until when, of which class
        self._proofs = 0
        self.suppression: _Suppression | None = None
        self.is_allowed = False

    def step(self, day: float, what: str, name: str, is_recorded: bool) -> None:
        """Takes what happened next."""
        if what in LIMITS:
            self._failed(day, what, name, is_recorded)
        elif what == "delivered":
            self._delivered(day)
        elif what == "listed":
            self._listed(day)
        elif what == "released":
            self._streaks, self.suppression, self._rung = {}, None, None
        else:
            self.is_allowed = what == "allowed"

    def _failed(self, day: float, class_: str, name: str, is_recorded: bool) -> None:
        if failure := _known(self._failures, day, name):
            self._again(failure, day, class_, name, is_recorded)
            return
        self._lapse(day)
        self._streaks = {
            which: streak
            for which, streak in self._streaks.items()
            if (streak.is_recorded and is_recorded) or day - max(streak.days) <= GAP
        }
        self._failures.append(_Failure(day, name, class_))
        for which in STREAKS[class_]:
            self._extend(which, day, is_recorded)
        if self._is_on_probation(day, class_, is_recorded):
            self._suppress(day, class_, is_next=True)
        else:
            self._judge(day, class_, STREAKS[class_], is_recorded)

    def _again(self, failure: _Failure, day: float, class_: str, name: str, is_recorded: bool) -> None:
        """A second report about a message: news where it is harder, and nothing has broken the streak in between."""
        failure.name = failure.name or name
        if (failure.class_, class_) != ("soft", "hard") or (self.suppression and day >= self.suppression.until):
            return
        if "soft" in self._streaks and failure.day >= min(self._streaks["soft"].days):
            failure.class_ = "hard"
            self._extend("hard", failure.day, is_recorded)
            self._judge(day, class_, ("hard",), is_recorded)

    def _extend(self, which: str, day: float, is_recorded: bool) -> None:
        days = self._streaks[which].days if which in self._streaks else []
        self._streaks[which], self._proofs = _Streak([*days, day], is_recorded), 0

    def _judge(self, day: float, class_: str, longer: tuple[str, ...], is_recorded: bool) -> None:
        for which in longer:
            bounces, days = LIMITS[which]
            streak = self._streaks[which].days
            if len(streak) >= bounces and max(streak) - min(streak) > days:
                self._suppress(day, class_, is_next=self._is_on_probation(day, class_, is_recorded))
                return

    def _listed(self, day: float) -> None:
        self._lapse(day)
        if not self.suppression:
            self._proofs = 0
            self._suppress(day, "hard", is_next=self._is_on_probation(day, "hard", False))

    def _lapse(self, day: float) -> None:
        if self.suppression and day >= self.suppression.until:
            self._streaks, self.suppression = {}, None

    def _is_on_probation(self, day: float, class_: str, is_recorded: bool) -> bool:
        if not self._numbers.is_ladder or not self._rung or self._rung[2] != class_:
            return False
        return is_recorded or day <= self._rung[1] + GAP

    def _suppress(self, day: float, class_: str, *, is_next: bool) -> None:
        number = self._rung[0] + (self.suppression is None) if is_next and self._rung else 0
        until = day + self._numbers.lasts[min(number, len(self._numbers.lasts) - 1)]
        self._rung = number, until, class_
        self.suppression = _Suppression(self.suppression.since if self.suppression else day, until, class_)

    def _delivered(self, day: float) -> None:
        self._streaks, self._rung = {}, None
        if not self.suppression or day >= self.suppression.until:
            return
        needed = self._numbers.lift if self.suppression.class_ == "hard" else 1
        self._proofs += 1
        if needed and self._proofs >= needed:
            self.suppression, self._proofs = None, 0


def _known(failures: list[_Failure], day: float, name: str) -> _Failure | None:
    """The latest failure that such a report is about once more."""
    for failure in reversed(failures):
        passed = day - failure.day
        if not name or not failure.name:
            if passed < SAME_DAY:
                return failure
        elif name == failure.name and passed <= SAME_NAME:
            return failure
    return None
