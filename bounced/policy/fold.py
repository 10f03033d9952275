"""Walks the history of one address, entry by entry.

A state is all that a step asks for, and of a bounded size (bounced.policy.state): from a kept one the walk goes on as
if it had begun at the first entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bounced.model import Class
from bounced.policy import complaints
from bounced.policy.doubts import dated, stored, why_held_in
from bounced.policy.proofs import Messages
from bounced.policy.records import Entry, Judgment, Limit, Policy, Step, Streak, Suppression
from bounced.policy.state import CountedFailure, State

#: Failures whose further reports are recognized, the latest, for ``max_gap``.
COUNTED_LIMIT = 32


def decide(address: str, history: Iterable[Entry], policy: Policy) -> Judgment:
    """What ``history``, in any order, comes to for ``address`` by the rule (bounced.policy). Pure.

    ``address`` is in lower case, its domain as A-label. Ask each suppression in the result whether it is still
    ``in_force``.
    """
    fold = Fold(address, policy)
    steps = tuple(map(fold.step, ordered(history, policy)))
    return Judgment(steps, fold.suppressions(), fold.state.streak)


def ordered(history: Iterable[Entry], policy: Policy) -> list[Entry]:
    """``history`` with the dates by which it counts, in their order: what ``Fold.step`` takes one by one."""
    return sorted((dated(entry, policy) for entry in history), key=Entry.order)


class Fold:
    """Walks the history of an address from ``state`` on, from the beginning without one; changes ``state``."""

    def __init__(self, address: str, policy: Policy, state: State | None = None) -> None:
        self.address = address
        self.policy = policy
        self.state = state or State()

    def suppressions(self) -> tuple[Suppression, ...]:
        """The suppressions so far, expired ones included."""
        bounces = [self.state.bounce] if self.state.bounce else []
        every = (*bounces, *self.state.manual.values(), *complaints.suppressions(self.state))
        return tuple(sorted(every, key=lambda suppression: (suppression.scope, suppression.cause)))

    def step(self, entry: Entry) -> Step:
        """What the next entry, in the order of ``ordered``, does."""
        self.state.at = entry.at
        if why := why_held_in(self.state, entry, self.policy):
            return Step(entry, False, why, held=True)
        match entry.what:
            case "failed":
                return self._failed(entry)
            case "delivered" | "auto-reply":
                return self._proof(entry)
            case "complaint":
                return complaints.step(self.state, entry, self.policy)
            case "suppress":
                return self._suppress(entry)
            case "release":
                return self._release(entry)
            case _:
                return Step(entry, False, "delayed, not failed" if entry.what == "delayed" else "recorded only")

    def _failed(self, entry: Entry) -> Step:
        limit = self.policy.limit(entry.class_, self.address, entry.reason)
        if not limit.bounces:
            return Step(entry, False, f"not counted: class {entry.class_} is not the recipient's fault")
        names = entry.messages()
        if first := self._counted(names):
            return self._again(entry, limit, first.class_, f"the same message already failed ({first.at:%Y-%m-%d})")
        old = self.state.streak
        streak, why_new = self._extended(entry)
        self.state.streak = streak
        if old and not why_new and streak.bounces == old.bounces:
            return self._again(entry, limit, old.class_, "no proof tells its message from those that failed before")
        self._remember(CountedFailure(entry.at, entry.class_, names))
        note = f"failure {streak.bounces} of the streak{why_new}"
        if not limit.reached(streak):
            return Step(entry, True, note)
        self._suppress_for(entry, streak)
        return Step(entry, True, f"{note}: the limit of {limit.bounces} over more than {limit.days:g} days is reached")

    def _counted(self, names: tuple[str, ...]) -> CountedFailure | None:
        """The failure of the message with one of ``names`` that counted, if there was one."""
        known = frozenset(names)
        return next((failure for failure in self.state.counted if not known.isdisjoint(failure.names)), None)

    def _remember(self, failure: CountedFailure) -> None:
        recent = (old for old in self.state.counted if failure.at - old.at <= self.policy.max_gap)
        self.state.counted = (*recent, failure)[-COUNTED_LIMIT:] if failure.names else tuple(recent)

    def _again(self, entry: Entry, limit: Limit, counted: Class, why: str) -> Step:
        """Another report about a message whose failure was counted, as one of class ``counted``.

        It was delayed here and final there, or comes from two hops.
        """
        note, streak = f"not counted: {why}", self.state.streak
        if entry.class_ == counted or streak is None or not limit.reached(streak):
            return Step(entry, False, note)
        self._suppress_for(entry, streak)
        return Step(entry, False, f"{note}; its class {entry.class_} reaches the limit of {limit.bounces}")

    def _extended(self, entry: Entry) -> tuple[Streak, str]:
        """The streak with this failure in it, and for the note why a new one was begun, ``""`` for no reason."""
        old, standing = self.state.streak, self.state.bounce
        stored_at = stored(entry, self.policy)
        why_new = ""
        if standing and not standing.in_force(entry.at):
            self.state.bounce, old = None, None
            why_new = " (new streak: the suppression had expired)"
        elif old and entry.at - old.last_at > self.policy.max_gap:
            why_new = f" (new streak: no failure for {(entry.at - old.last_at).days} days)"
            old = None
        messages = (old.messages if old else Messages()).having(entry.proved, stored_at)
        if old and messages.count == old.bounces:
            return replace(old, messages=messages), ""
        first = (old.first_at, old.first_stored_at) if old else (entry.at, stored_at)
        dates = first[0], entry.at, first[1], stored_at
        return Streak(messages.count, *dates, entry.class_, messages), why_new

    def _suppress_for(self, entry: Entry, streak: Streak) -> None:
        standing = self.state.bounce
        lifetime = self.policy.expire.get(entry.reason)
        self.state.bounce = Suppression(
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
        broken, self.state.streak = self.state.streak, None
        return Step(entry, False, f"{entry.what}: the streak of {broken.bounces} is broken" if broken else entry.what)

    def _suppress(self, entry: Entry) -> Step:
        scope = entry.scope or "all"
        new = Suppression(scope, "manual", "manual", "", since=entry.at, detail=entry.detail)
        self.state.manual = {**self.state.manual, scope: new}
        return Step(entry, True, f"suppressed by hand, scope {scope}")

    def _release(self, entry: Entry) -> Step:
        state, before = self.state, self.suppressions()
        state.manual = {scope: by_hand for scope, by_hand in state.manual.items() if entry.scope not in ("", scope)}
        complaints.release(state, entry.scope)
        if entry.scope in ("", "all"):
            state.bounce = state.streak = None
        released = len(self.suppressions()) < len(before)
        return Step(entry, True, "released by hand" if released else "released by hand; nothing was suppressed")
