"""The rule: what the history of one address means. Pure; no clock, no database.

1. An address is suppressed when a streak has at least ``bounces`` counted failures and strictly more than ``days`` days
   lie between its first and its latest one. The limit that applies is that of the latest failure's class.
   (Three and fifteen: the ISIPP deliverability standard from the Email Deliverability Summit.)
2. The history is ordered by when things happened, never by when they were read.
3. Several reports about one sent message are one failure, at the time of the first that counts; a later one of
   another class is judged by that class's limit.
4. Proof of delivery, a gap longer than ``max_gap``, a release and the end of an expired suppression break the streak.
5. A standing suppression ends by its expiry or by a release; proof of delivery does not end it.
6. A complaint suppresses at once, for marketing only; ``not-spam`` lifts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bounced.model import Cause, Class, Event, Scope

What = Literal["failed", "delayed", "delivered", "auto-reply", "complaint", "noted", "suppress", "release"]

#: RFC 5965 feedback types that are no complaint by a person about our mail.
NO_COMPLAINT = ("auth-failure", "dkim")


@dataclass(frozen=True, slots=True)
class Limit:
    """``bounces`` failures over more than ``days`` days; ``bounces = 0`` means that they never count."""

    bounces: int
    days: float

    def reached(self, streak: Streak) -> bool:
        """True when ``streak`` is enough for a suppression."""
        if streak.bounces < self.bounces:
            return False
        return self.days == 0 or streak.last_at - streak.first_at > timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the rule. ``providers`` overrides ``limits`` for addresses of a domain."""

    limits: Mapping[Class, Limit] = field(
        default_factory=lambda: {"hard": Limit(3, 15), "soft": Limit(3, 15), "block": Limit(0, 0)}
    )
    providers: Mapping[str, Mapping[Class, Limit]] = field(default_factory=dict)
    max_gap: timedelta = timedelta(days=90)
    expire: Mapping[str, timedelta] = field(default_factory=dict)

    def limit(self, class_: Class, address: str) -> Limit:
        """The limit for a failure of ``class_`` of ``address``."""
        provider = self.providers.get(address.rpartition("@")[2], {})
        return provider.get(class_, self.limits[class_])


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an address' history: an event, or what a person decided."""

    id: int
    at: datetime
    what: What
    class_: Class = ""
    reason: str = ""  # of a failure; of a complaint its feedback type
    original_message_id: str = ""
    scope: Scope = ""  # of a decision; "" releases every scope
    detail: str = ""

    def order(self) -> tuple[object, ...]:
        """Sorts a history the same way however it arrived; decisions of one second stay in the order of entry."""
        decided = self.what in ("suppress", "release")
        proof = self.what in ("delivered", "auto-reply")
        claim = (self.what, self.class_, self.reason, self.original_message_id, self.detail)
        return (self.at, decided, not proof, ("",) if decided else claim, self.id if decided else 0)


def entry(event: Event, at: datetime, id_: int) -> Entry:
    """The line that ``event``, which happened ``at``, is in its address' history."""
    if event.kind == "complaint":
        return Entry(id_, at, "complaint", reason=event.feedback_type, detail=event.diagnostic_code)
    what: What = "noted"
    if event.kind == "auto-reply":
        what = "auto-reply"
    elif event.action in ("failed", "delayed"):
        what = event.action
    elif event.action in ("delivered", "expanded"):
        what = "delivered"
    return Entry(id_, at, what, event.class_, event.reason, event.original_message_id, detail=event.diagnostic_code)


@dataclass(frozen=True, slots=True)
class Streak:
    """Consecutive counted failures."""

    bounces: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why an address must not be mailed. ``until`` is ``None`` when it does not end by itself."""

    scope: Scope
    cause: Cause
    reason: str
    class_: Class
    since: datetime
    until: datetime | None = None
    bounces: int = 0
    first_bounce_at: datetime | None = None
    last_bounce_at: datetime | None = None
    detail: str = ""

    def in_force(self, now: datetime) -> bool:
        """True until it has expired."""
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Step:
    """What one line of the history did; ``note`` is for people."""

    entry: Entry
    counted: bool
    note: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a history comes to: every step, what is suppressed, and the streak that is open."""

    steps: tuple[Step, ...]
    suppressions: tuple[Suppression, ...]
    streak: Streak | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would have to happen for the rule to fire: ``failures`` more of class ``class_``, the last after ``after``.

    After ``lapses_at`` without a failure the streak is forgotten; ``None`` when there is none.
    """

    class_: Class
    failures: int
    after: datetime
    lapses_at: datetime | None


def decide(address: str, history: Iterable[Entry], policy: Policy) -> Judgement:
    """What ``history``, in any order, means for ``address``."""
    fold = _Fold(address, policy)
    steps = tuple(fold.step(line) for line in sorted(history, key=Entry.order))
    found = sorted(fold.suppressions.values(), key=lambda s: (s.scope, s.cause))
    return Judgement(steps, tuple(found), fold.streak)


def outlook(address: str, judgement: Judgement, policy: Policy, now: datetime) -> tuple[Outlook, ...]:
    """For each class that counts, what is missing until a failure of that class suppresses ``address``."""
    streak = judgement.streak
    if streak and now - streak.last_at > policy.max_gap:
        streak = None
    found = []
    for class_ in policy.limits:
        limit = policy.limit(class_, address)
        if limit.bounces:
            first = streak.first_at if streak else now
            after = max(now, first + timedelta(days=limit.days))
            missing = max(1, limit.bounces - (streak.bounces if streak else 0))
            found.append(Outlook(class_, missing, after, streak.last_at + policy.max_gap if streak else None))
    return tuple(found)


class _Fold:
    """Walks one history in order; everything it knows is the streak and what is suppressed so far."""

    def __init__(self, address: str, policy: Policy) -> None:
        self.address = address
        self.policy = policy
        self.streak: Streak | None = None
        self.counted: dict[str, Entry] = {}  # by the Message-ID of the original, the failure that counted
        self.suppressions: dict[tuple[Scope, Cause], Suppression] = {}

    def step(self, line: Entry) -> Step:
        match line.what:
            case "failed":
                return self._failed(line)
            case "delivered" | "auto-reply":
                return self._proof(line)
            case "complaint":
                return self._complaint(line)
            case "suppress":
                return self._suppress(line)
            case "release":
                return self._release(line)
            case _:
                return Step(line, False, "delayed, not failed" if line.what == "delayed" else "recorded, means nothing")

    def _failed(self, line: Entry) -> Step:
        limit = self.policy.limit(line.class_, self.address)
        if not limit.bounces:
            return Step(line, False, f"not counted: class {line.class_} is not the recipient's fault")
        if line.original_message_id in self.counted:
            return self._again(line, limit)
        if line.original_message_id:
            self.counted[line.original_message_id] = line
        self.streak, note = self._extended(line)
        said = f"failure {self.streak.bounces} of the streak{note}"
        if not limit.reached(self.streak):
            return Step(line, True, said)
        self._suppress_for(line, self.streak)
        return Step(line, True, f"{said}: the limit of {limit.bounces} over more than {limit.days:g} days is reached")

    def _again(self, line: Entry, limit: Limit) -> Step:
        """Another report about a message whose failure is counted: delayed here and final there, or from two hops."""
        first = self.counted[line.original_message_id]
        note = f"not counted: the same message failed already ({first.at:%Y-%m-%d})"
        if line.class_ == first.class_ or self.streak is None or not limit.reached(self.streak):
            return Step(line, False, note)
        self._suppress_for(line, self.streak)
        return Step(line, False, f"{note}; its class {line.class_} reaches the limit of {limit.bounces}")

    def _extended(self, line: Entry) -> tuple[Streak, str]:
        """The streak with this failure in it, and why it is a new one, for the note."""
        old, standing = self.streak, self.suppressions.get(("all", "bounce"))
        new = Streak(1, line.at, line.at)
        if standing and not standing.in_force(line.at):
            del self.suppressions["all", "bounce"]
            return new, " (a new one: the suppression had expired)"
        if old is None:
            return new, ""
        gap = line.at - old.last_at
        if gap > self.policy.max_gap:
            return new, f" (a new one: {gap.days} silent days)"
        return Streak(old.bounces + 1, old.first_at, line.at), ""

    def _suppress_for(self, line: Entry, streak: Streak) -> None:
        standing = self.suppressions.get(("all", "bounce"))
        lasts = self.policy.expire.get(line.reason)
        self.suppressions["all", "bounce"] = Suppression(
            "all",
            "bounce",
            line.reason,
            line.class_,
            since=standing.since if standing else line.at,
            until=line.at + lasts if lasts else None,
            bounces=streak.bounces,
            first_bounce_at=streak.first_at,
            last_bounce_at=streak.last_at,
            detail=line.detail,
        )

    def _proof(self, line: Entry) -> Step:
        broken, self.streak = self.streak, None
        word = "delivered" if line.what == "delivered" else "answered"
        return Step(line, False, f"{word}: the streak of {broken.bounces} is broken" if broken else word)

    def _complaint(self, line: Entry) -> Step:
        if line.reason in NO_COMPLAINT:
            return Step(line, False, f"not counted: {line.reason} is about authentication")
        if line.reason == "not-spam":
            lifted = self.suppressions.pop(("marketing", "complaint"), None)
            return Step(line, False, "lifts the complaint" if lifted else "nothing to lift")
        key: tuple[Scope, Cause] = ("marketing", "complaint")
        new = Suppression(*key, line.reason, "", since=line.at, detail=line.detail)
        self.suppressions.setdefault(key, new)
        return Step(line, True, "complaint")

    def _suppress(self, line: Entry) -> Step:
        scope = line.scope or "all"
        new = Suppression(scope, "manual", "manual", "", since=line.at, detail=line.detail)
        self.suppressions[scope, "manual"] = new
        return Step(line, True, f"suppressed by hand, scope {scope}")

    def _release(self, line: Entry) -> Step:
        keys = [key for key in self.suppressions if line.scope in ("", key[0])]
        for key in keys:
            del self.suppressions[key]
        if line.scope != "marketing":
            self.streak = None
        return Step(line, True, "released by hand" if keys else "released by hand; nothing was suppressed")
