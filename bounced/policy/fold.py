"""Walks the history of one address, entry by entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bounced.model import Cause, Class, Scope
from bounced.policy.complaints import Complaints
from bounced.policy.doubts import Doubts, dated, stored
from bounced.policy.proofs import Messages
from bounced.policy.records import Entry, Judgment, Limit, Policy, Step, Streak, Suppression


def decide(address: str, history: Iterable[Entry], policy: Policy) -> Judgment:
    """What ``history``, in any order, comes to for ``address`` by the rule (bounced.policy). Pure.

    ``address`` is in lower case, its domain as A-label. Ask each suppression in the result whether it is still
    ``in_force``.
    """
    entries = sorted((dated(entry, policy) for entry in history), key=Entry.order)
    fold = _Fold(address, policy)
    steps = tuple(map(fold.step, entries))
    suppressions = (*fold.suppressions.values(), *fold.complaints.suppressions())
    return Judgment(steps, tuple(sorted(suppressions, key=lambda s: (s.scope, s.cause))), fold.streak)


class _Fold:
    """Walks one history in order; everything it knows is the streak and what is suppressed so far."""

    def __init__(self, address: str, policy: Policy) -> None:
        self.address = address
        self.policy = policy
        self.doubts = Doubts(policy)
        self.streak: Streak | None = None
        self.counted: dict[str, Entry] = {}  # by each name of the original, the failure that counted
        self.complaints = Complaints(policy)
        self.suppressions: dict[tuple[Scope, Cause], Suppression] = {}  # but for those that complaints make

    def step(self, entry: Entry) -> Step:
        if why := self.doubts.why_held(entry):
            return Step(entry, False, why, held=True)
        match entry.what:
            case "failed":
                return self._failed(entry)
            case "delivered" | "auto-reply":
                return self._proof(entry)
            case "complaint":
                return self.complaints.step(entry)
            case "suppress":
                return self._suppress(entry)
            case "release":
                return self._release(entry)
            case _:
                return Step(entry, False, "delayed, not failed" if entry.what == "delayed" else "recorded only")

    def _failed(self, entry: Entry) -> Step:
        limit = self.policy.limit(entry.class_, self.address)
        if not limit.bounces:
            return Step(entry, False, f"not counted: class {entry.class_} is not the recipient's fault")
        if first := next(filter(None, map(self.counted.get, entry.messages())), None):
            return self._again(entry, limit, first.class_, f"the same message already failed ({first.at:%Y-%m-%d})")
        old, (self.streak, why_new) = self.streak, self._extended(entry)
        if old and not why_new and self.streak.bounces == old.bounces:
            return self._again(entry, limit, old.class_, "no proof tells its message from those that failed before")
        self.counted.update(dict.fromkeys(entry.messages(), entry))
        note = f"failure {self.streak.bounces} of the streak{why_new}"
        if not limit.reached(self.streak):
            return Step(entry, True, note)
        self._suppress_for(entry, self.streak)
        return Step(entry, True, f"{note}: the limit of {limit.bounces} over more than {limit.days:g} days is reached")

    def _again(self, entry: Entry, limit: Limit, counted: Class, why: str) -> Step:
        """Another report about a message whose failure was counted, as one of class ``counted``.

        It was delayed here and final there, or comes from two hops.
        """
        note = f"not counted: {why}"
        if entry.class_ == counted or self.streak is None or not limit.reached(self.streak):
            return Step(entry, False, note)
        self._suppress_for(entry, self.streak)
        return Step(entry, False, f"{note}; its class {entry.class_} reaches the limit of {limit.bounces}")

    def _extended(self, entry: Entry) -> tuple[Streak, str]:
        """The streak with this failure in it, and for the note why a new one was begun, ``""`` for no reason."""
        old, standing = self.streak, self.suppressions.get(("all", "bounce"))
        stored_at = stored(entry, self.policy)
        messages = Messages().having(entry.proved, stored_at)
        new = Streak(1, entry.at, entry.at, stored_at, stored_at, entry.class_, messages)
        if standing and not standing.in_force(entry.at):
            del self.suppressions["all", "bounce"]
            return new, " (new streak: the suppression had expired)"
        if old is None:
            return new, ""
        gap = entry.at - old.last_at
        if gap > self.policy.max_gap:
            return new, f" (new streak: no failure for {gap.days} days)"
        messages = old.messages.having(entry.proved, stored_at)
        if messages.count == old.bounces:
            return replace(old, messages=messages), ""
        longer = replace(new, bounces=messages.count, first_at=old.first_at, first_stored_at=old.first_stored_at)
        return replace(longer, messages=messages), ""

    def _suppress_for(self, entry: Entry, streak: Streak) -> None:
        standing = self.suppressions.get(("all", "bounce"))
        lifetime = self.policy.expire.get(entry.reason)
        self.suppressions["all", "bounce"] = Suppression(
            "all",
            "bounce",
            entry.reason,
            entry.class_,
            since=standing.since if standing else entry.at,
            until=entry.at + lifetime if lifetime else None,
            bounces=streak.bounces,
            first_bounce_at=streak.first_at,
            last_bounce_at=streak.last_at,
            detail=entry.detail,
        )

    def _proof(self, entry: Entry) -> Step:
        broken, self.streak = self.streak, None
        return Step(entry, False, f"{entry.what}: the streak of {broken.bounces} is broken" if broken else entry.what)

    def _suppress(self, entry: Entry) -> Step:
        scope = entry.scope or "all"
        new = Suppression(scope, "manual", "manual", "", since=entry.at, detail=entry.detail)
        self.suppressions[scope, "manual"] = new
        return Step(entry, True, f"suppressed by hand, scope {scope}")

    def _release(self, entry: Entry) -> Step:
        keys = [key for key in self.suppressions if entry.scope in ("", key[0])]
        for key in keys:
            del self.suppressions[key]
        if entry.scope in ("", "all"):
            self.streak = None
        released = self.complaints.release(entry.scope) or bool(keys)
        return Step(entry, True, "released by hand" if released else "released by hand; nothing was suppressed")
