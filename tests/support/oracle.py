"""The rule as the pages tell it (README, docs/how-it-works.md, policy.md, sent.md, lists.md), for one address.

It knows nothing of the program. A history is a list of facts, each with its day, what it is, and a name:

* "hard", "soft", "block", "delayed": a report, with the name of its message or "" where it returns nothing; "undone": a
  failure that a person took back;
* "abuse", "opt-out": a complaint about that message; "not-spam": it is none;
* "sent": a row of the sender's records, or of a mail log, with the name of the message;
* "delivered": a report, an automatic reply or an import proves it; "engaged": so does the person;
* "suppressed": by a person; "released": with the cause that is lifted, or "" for all of them;
* "allowed", "disallowed": with the entry of the allow list;
* "listed": in the list of another program, with the cause: "hard", "soft", "abuse", "opt-out", "manual";
* "outage": an hour in which everybody else at the provider failed, and nothing was heard for the week after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from tests.support.oracle_sent import FAILURES, Fact, Happened, happened

#: The classes in whose streaks a failure is, those whose limit it is judged by, in this order.
STREAKS = {"hard": ("hard", "soft", "block"), "soft": ("soft", "block"), "block": ("block",)}

#: Days after which a failure is of another streak, where the records do not tell what was sent.
GAP = 90.0

#: Days for which reports with one Message-ID are about one message, and reports without any about one that failed.
SAME_NAME, SAME_DAY = 6.0, 1.0

#: Days for which somebody was engaged lately.
ENGAGED = 30.0

FOR_GOOD = float("inf")

Limit = tuple[int, float]


class Numbers(NamedTuple):
    """The numbers of the rule.

    ``limits``: how many failures of a class or a harder one, over more than so many days, 0 for any number;
    ``engaged``: the same for hard failures of who was engaged lately. ``lasts``: days that suppressions last, one after
    the other; without ``is_ladder`` each needs a whole new streak. So many proofs of delivery in a row end a
    suppression because of hard failures, ``lift`` (0: none do); of others one does. ``soft_scope``: what those because
    of soft ones forbid.
    """

    lasts: tuple[float, ...] = (20.0,)
    is_ladder: bool = False
    lift: int = 0
    limits: tuple[tuple[str, Limit], ...] = (("hard", (2, 5.0)), ("soft", (3, 8.0)), ("block", (0, 0.0)))
    engaged: Limit = (0, 0.0)
    soft_scope: str = "all"


class Suppressed(NamedTuple):
    """A suppression: what it forbids, because of what, since which day and until which."""

    scope: str
    cause: str
    since: float
    until: float


def suppressed(facts: list[Fact], numbers: Numbers) -> list[Suppressed]:
    """The suppressions after ``facts``, those that have ended by themselves included."""
    address = _Address(numbers)
    for each in happened(facts, [class_ for class_, limit in numbers.limits if limit[0]]):
        address.step(each)
    return sorted(address.suppressions())


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
class _Bounce:
    """A suppression because of failures."""

    since: float
    until: float
    class_: str


@dataclass
class _Rung:
    """The step of the ladder that a suppression had, until when, and of which class."""

    number: int
    until: float
    class_: str


class _Address:
    """What the history of an address comes to."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers, self._limits = numbers, dict(numbers.limits)
        self._streaks: dict[str, _Streak] = {}
        self._failures: list[_Failure] = []
        self._bounce: _Bounce | None = None
        self._rung: _Rung | None = None
        self._proofs = 0
        self._engaged = -FOR_GOOD
        self._complaints: list[Fact] = []
        self._manual: float | None = None
        self._allowed: set[str] = set()

    def suppressions(self) -> list[Suppressed]:
        found = []
        if self._bounce and not self._allowed:
            scope = self._numbers.soft_scope if self._bounce.class_ == "soft" else "all"
            found.append(Suppressed(scope, "bounce", self._bounce.since, self._bounce.until))
        if self._complaints:
            found.append(Suppressed("marketing", "complaint", self._complaints[0].day, FOR_GOOD))
        if self._manual is not None:
            found.append(Suppressed("all", "manual", self._manual, FOR_GOOD))
        return found

    def step(self, each: Happened) -> None:
        """Takes what happened next."""
        day, what, name, _ = each.fact
        if what in FAILURES and self._limits[what][0]:
            self._failed(each)
        elif what in ("delivered", "engaged"):
            self._delivered(day, is_engaged=what == "engaged")
        elif what in ("abuse", "opt-out"):
            self._complaints.append(each.fact)
        elif what == "not-spam":
            self._complaints = [it for it in self._complaints if it.what == "opt-out" or not name or it.name != name]
        elif what == "suppressed":
            self._suppressed_by_hand(day)
        elif what == "listed":
            self._listed(day, name)
        elif what == "released":
            self._released(name)
        elif what == "allowed":
            self._allowed.add(name)
        elif what == "disallowed":
            self._allowed.discard(name)

    def _failed(self, each: Happened) -> None:
        day, class_, name, _ = each.fact
        if failure := _known(self._failures, each.fact):
            self._again(failure, each)
            return
        self._lapse(day)
        self._streaks = {
            which: streak
            for which, streak in self._streaks.items()
            if (streak.is_recorded and each.is_recorded) or day - max(streak.days) <= GAP
        }
        self._failures.append(_Failure(day, name, class_))
        for which in STREAKS[class_]:
            self._extend(which, day, each)
        if self._is_on_probation(day, class_, each.is_recorded):
            self._suppress(day, class_, is_next=True)
        else:
            self._judge(each, STREAKS[class_])

    def _again(self, failure: _Failure, each: Happened) -> None:
        """A second report about a message: news where it is harder, and nothing has broken the streak in between."""
        day, class_, name, _ = each.fact
        failure.name = failure.name or name
        harder = tuple(which for which in STREAKS[class_] if which not in STREAKS[failure.class_])
        has_lapsed = self._bounce is not None and day >= self._bounce.until
        if harder and not has_lapsed and "block" in self._streaks and failure.day >= min(self._streaks["block"].days):
            failure.class_ = class_
            for which in harder:
                self._extend(which, failure.day, each)
            self._judge(each, harder)

    def _extend(self, which: str, day: float, each: Happened) -> None:
        days = self._streaks[which].days if which in self._streaks else []
        self._streaks[which], self._proofs = _Streak([*days, day], each.is_recorded), 0

    def _judge(self, each: Happened, longer: tuple[str, ...]) -> None:
        day, class_ = each.fact[:2]
        for which in longer:
            (bounces, days), streak = self._limit(which, day), self._streaks[which].days
            if bounces and len(streak) >= bounces and (not days or max(streak) - min(streak) > days):
                self._suppress(day, class_, is_next=self._is_on_probation(day, class_, each.is_recorded))
                return

    def _limit(self, which: str, day: float) -> Limit:
        """Who was engaged lately gets the limit for that, and no softer class asks for less."""
        bounces, days = self._limits[which]
        if not bounces or not self._numbers.engaged[0] or day - self._engaged > ENGAGED:
            return bounces, days
        engaged = self._numbers.engaged
        return engaged if which == "hard" else (max(bounces, engaged[0]), max(days, engaged[1]))

    def _lapse(self, day: float) -> None:
        if self._bounce and day >= self._bounce.until:
            self._streaks, self._bounce = {}, None

    def _is_on_probation(self, day: float, class_: str, is_recorded: bool) -> bool:
        if not self._numbers.is_ladder or not self._rung or self._rung.class_ != class_:
            return False
        return is_recorded or day <= self._rung.until + GAP

    def _suppress(self, day: float, class_: str, *, is_next: bool) -> None:
        number = self._rung.number + (self._bounce is None) if is_next and self._rung else 0
        until = day + self._numbers.lasts[min(number, len(self._numbers.lasts) - 1)]
        self._rung = _Rung(number, until, class_)
        self._bounce = _Bounce(self._bounce.since if self._bounce else day, until, class_)

    def _delivered(self, day: float, *, is_engaged: bool) -> None:
        self._streaks, self._rung = {}, None
        self._engaged = day if is_engaged else self._engaged
        if not self._bounce or day >= self._bounce.until:
            return
        needed = self._numbers.lift if self._bounce.class_ == "hard" else 1
        self._proofs += 1
        if needed and self._proofs >= needed:
            self._bounce, self._proofs = None, 0

    def _suppressed_by_hand(self, day: float) -> None:
        self._manual = day if self._manual is None else self._manual

    def _listed(self, day: float, cause: str) -> None:
        if cause in ("abuse", "opt-out"):
            self._complaints.append(Fact(day, "opt-out"))
            return
        if cause == "manual":
            self._suppressed_by_hand(day)
            return
        self._lapse(day)
        if not self._bounce:
            self._proofs = 0
            self._suppress(day, cause, is_next=self._is_on_probation(day, cause, False))

    def _released(self, cause: str) -> None:
        if cause in ("", "bounce"):
            self._streaks, self._bounce, self._rung = {}, None, None
        if cause in ("", "complaint"):
            self._complaints = []
        if cause in ("", "manual"):
            self._manual = None


def _known(failures: list[_Failure], report: Fact) -> _Failure | None:
    """The latest failure that such a report is about once more."""
    for failure in reversed(failures):
        passed = report.day - failure.day
        if not report.name or not failure.name:
            if passed < SAME_DAY:
                return failure
        elif report.name == failure.name and passed <= SAME_NAME:
            return failure
    return None
