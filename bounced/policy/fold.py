"""Walks the history of one address, line by line."""

from __future__ import annotations

from collections.abc import Iterable

from bounced.model import Cause, Scope
from bounced.policy.complaints import Complaints
from bounced.policy.doubts import Doubts, dated
from bounced.policy.records import Entry, Judgement, Limit, Policy, Step, Streak, Suppression


def decide(address: str, history: Iterable[Entry], policy: Policy, sent: int = 0) -> Judgement:
    """What ``history``, in any order, comes to for ``address`` by the rule (bounced.policy). Pure.

    ``address`` is in lower case, its domain as A-label; ``sent`` is how many messages went to it, 0 when that is not
    known. Ask each suppression in the result whether it is still ``in_force``.
    """
    lines = sorted((dated(line, policy) for line in history), key=Entry.order)
    fold = _Fold(address, policy, Doubts(lines, policy, sent))
    steps = tuple(map(fold.step, lines))
    found = sorted((*fold.suppressions.values(), *fold.complaints.suppressions()), key=lambda s: (s.scope, s.cause))
    return Judgement(steps, tuple(found), fold.streak)


class _Fold:
    """Walks one history in order; everything it knows is the streak and what is suppressed so far."""

    def __init__(self, address: str, policy: Policy, doubts: Doubts) -> None:
        self.address = address
        self.policy = policy
        self.doubts = doubts
        self.streak: Streak | None = None
        self.counted: dict[str, Entry] = {}  # by the Message-ID of the original, the failure that counted
        self.complaints = Complaints(policy)
        self.suppressions: dict[tuple[Scope, Cause], Suppression] = {}  # but for those that complaints make

    def step(self, line: Entry) -> Step:
        if doubt := self.doubts.about(line):
            return Step(line, False, doubt, doubted=True)
        match line.what:
            case "failed":
                return self._failed(line)
            case "delivered" | "auto-reply":
                return self._proof(line)
            case "complaint":
                return self.complaints.step(line)
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

    def _suppress(self, line: Entry) -> Step:
        scope = line.scope or "all"
        new = Suppression(scope, "manual", "manual", "", since=line.at, detail=line.detail)
        self.suppressions[scope, "manual"] = new
        return Step(line, True, f"suppressed by hand, scope {scope}")

    def _release(self, line: Entry) -> Step:
        keys = [key for key in self.suppressions if line.scope in ("", key[0])]
        for key in keys:
            del self.suppressions[key]
        if line.scope in ("", "all"):
            self.streak = None
        released = self.complaints.release(line.scope) or bool(keys)
        return Step(line, True, "released by hand" if released else "released by hand; nothing was suppressed")
