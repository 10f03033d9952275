"""Walks the history of one address, entry by entry.

A state is all that a step asks for, and of a bounded size (bounced.policy.state): from a kept one the walk goes on as
if it had begun at the first entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from bounced.model import DEPARTED, PROVING, Class
from bounced.policy import complaints, deliveries, repeats
from bounced.policy.doubts import contradicts, dated, stored, why_held_in
from bounced.policy.members import answers, member
from bounced.policy.proofs import NO_MESSAGES
from bounced.policy.records import (
    COUNTED_IN,
    FOR_GOOD,
    HARDEST_FIRST,
    HARDNESS,
    Entry,
    Failing,
    Judgment,
    Ladder,
    Policy,
    Step,
    Streak,
    Suppression,
)
from bounced.policy.state import CountedFailure, Rung, State

#: What is said of entries that do nothing.
NOTED = {"delayed": "delayed, not failed", DEPARTED: "auto-reply: the person or the address is gone, proves nothing"}


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
    entries = [dated(entry, policy) for entry in history]
    entries.sort(key=_at)
    if any(one.at == other.at for one, other in pairwise(entries)):  # as few are
        entries.sort(key=Entry.order)
    return entries


class Fold:
    """Walks the history of an address from ``state`` on, from the beginning without one; changes ``state``."""

    def __init__(self, address: str, policy: Policy, state: State | None = None) -> None:
        self.address = address
        self.policy = policy
        self.state = state or State()

    def suppressions(self) -> tuple[Suppression, ...]:
        """The suppressions so far, expired ones included."""
        state = self.state
        if not (state.bounce or state.manual or state.complaints):
            return ()
        bounces = [state.bounce] if state.bounce and not state.allowed else []
        every = (*bounces, *state.manual.values(), *complaints.suppressions(state))
        return tuple(sorted(every, key=lambda suppression: (suppression.scope, suppression.cause)))

    def step(self, entry: Entry) -> Step:
        """What the next entry, in the order of ``ordered``, does."""
        self.state.at = entry.at
        why = why_held_in(self.state, entry, self.policy)
        if entry.what == "failed" and contradicts(entry, why, self.policy):
            deliveries.note(self.state, entry)
        if why:
            return Step(entry, False, why, held=True)
        match entry.what:
            case "failed":
                return self._failed(entry)
            case "auto-reply" if not answers(self.address, entry.final_recipient):
                return Step(entry, False, f"auto-reply of {entry.final_recipient}, another mailbox: proves nothing")
            case "delivered" | "auto-reply" | "sent" | "engaged":
                return deliveries.step(self.state, entry, self.policy)
            case "complaint":
                return complaints.step(self.state, entry, self.policy)
            case "suppress":
                return self._suppress(entry)
            case "release":
                return self._release(entry)
            case "allow" | "disallow":
                return self._allow(entry)
            case _:
                return Step(entry, False, NOTED.get(entry.reason) or NOTED.get(entry.what, "recorded only"))

    def _failed(self, entry: Entry) -> Step:
        failing = self._failing(entry)
        if not self.policy.limit_for(entry.class_, failing).bounces:
            return Step(entry, False, f"not counted: {_why_never(entry, self.policy)}")
        if other := member(self.address, entry.final_recipient):
            return Step(entry, False, f"not counted: {other} failed, another mailbox behind this address")
        if entry.trust == "verified":
            self.state.verified_at = entry.at
        if first := repeats.repeated(self.state.counted, entry):
            return self._again(entry, failing, first)
        why_new = self._restart(entry)
        stored_at = stored(entry, self.policy)
        grown = self._extend(entry, COUNTED_IN[entry.class_], entry.at, stored_at)
        if HARDNESS[0] not in grown:
            note = "not counted: no proof tells its message from those that failed before"
            return self._judged(entry, failing, grown, note, counted=False)
        failure = CountedFailure(entry.at, stored_at, entry.class_, entry.messages())
        self.state.counted = repeats.remembered(self.state.counted, failure, self.policy.max_gap)
        note = f"failure {grown[HARDNESS[0]].bounces} of the streak{why_new}"
        if self._is_on_probation(entry):
            self._suppress_for(entry, grown[HARDNESS[0]])
            return Step(entry, True, f"{note}; on probation: suppressed {self._until()}")
        return self._judged(entry, failing, grown, note, counted=True)

    def _failing(self, entry: Entry) -> Failing:
        """What says which limits hold for a failure of this address."""
        engaged_at, policy = self.state.engaged_at, self.policy
        return Failing(
            self.address,
            entry.class_,
            entry.reason,
            entry.remote_mta,
            entry.stream,
            entry.stream_by in PROVING or entry.accepted or not policy.count,
            entry.at - engaged_at if engaged_at else None,
        )

    def _judged(
        self, entry: Entry, failing: Failing, grown: Mapping[Class, Streak], note: str, *, counted: bool
    ) -> Step:
        """Suppresses if one of the streaks that have grown reaches the limit of its class, of the hardest first."""
        for class_ in (class_ for class_ in HARDEST_FIRST if class_ in grown):
            limit = self.policy.limit_for(class_, failing)
            if limit.bounces and limit.reached(grown[class_]):
                self._suppress_for(entry, grown[class_])
                over = f" over more than {limit.days:g} day{'s' * (limit.days != 1)}" if limit.days else ""
                return Step(entry, counted, f"{note}: the {class_} limit of {limit.bounces}{over} is reached")
        return Step(entry, counted, note)

    def _again(self, entry: Entry, failing: Failing, first: CountedFailure) -> Step:
        """Another report about a message whose failure was counted: it was delayed here and final there, or comes from
        two hops. It is news where it is harder than the first, unless something in between has broken the streak.
        """
        which = "the same message" if entry.messages() else "a message"
        note = f"not counted: {which} already failed ({first.at:%Y-%m-%d})"
        harder = HARDNESS[HARDNESS.index(first.class_) + 1 : HARDNESS.index(entry.class_) + 1]
        streak = None if self.state.has_lapsed(entry.at) else self.state.streak
        is_news = bool(harder and streak and first.at >= streak.first_at)
        self.state.counted = repeats.again(self.state.counted, first, entry, entry.class_ if is_news else first.class_)
        if not is_news:
            return Step(entry, False, note)
        return self._judged(entry, failing, self._extend(entry, harder, first.at, first.stored_at), note, counted=False)

    def _restart(self, entry: Entry) -> str:
        """Forgets what a streak with this failure can't have in it; says for the note why, ``""`` for no reason."""
        state = self.state
        if self._lapse(entry):
            return " (new streak: the suppression had expired)"
        if not state.streaks:
            return ""
        before = state.streak
        state.streaks = {
            class_: streak
            for class_, streak in state.streaks.items()
            if not deliveries.is_gap(streak, entry, self.policy)
        }
        if before is None or state.streak:
            return ""
        return f" (new streak: no failure for {(entry.at - before.last_at).days} days)"

    def _lapse(self, entry: Entry) -> bool:
        """Forgets a suppression that has expired, and its streak; returns False when there is none."""
        if not self.state.has_lapsed(entry.at):
            return False
        self.state.bounce, self.state.streaks = None, {}
        return True

    def _extend(self, entry: Entry, classes: Sequence[Class], at: datetime, stored_at: datetime) -> dict[Class, Streak]:
        """Puts a failure of ``at`` into the streaks of ``classes``; returns those that are longer now."""
        old = self.state.streaks
        new = _all_longer(old, classes, entry, at, stored_at)
        self.state.streaks, self.state.proofs = {**old, **new}, 0
        return {c: streak for c, streak in new.items() if c not in old or streak.bounces > old[c].bounces}

    def _is_on_probation(self, entry: Entry) -> bool:
        """True if a suppression of its kind stands, or has lapsed not long ago, so that one failure is enough."""
        rung, kind = self.state.rung, self.policy.kind(entry.class_, entry.reason)
        if not rung or rung.kind != kind or not self._ladder(kind).probation:
            return False
        return entry.recorded or rung.until is None or entry.at <= rung.until + self.policy.max_gap

    def _ladder(self, kind: str) -> Ladder:
        return self.policy.expire.get(kind, FOR_GOOD)

    def _until(self) -> str:
        """How long the suppression is, for people."""
        until = self.state.bounce and self.state.bounce.until
        return f"until {until:%Y-%m-%d}" if until else "for good"

    def _number(self, entry: Entry) -> int:
        """The step of the ladder for a suppression because of this failure."""
        if not self.state.rung or not self._is_on_probation(entry):
            return 0
        return self.state.rung.number + (self.state.bounce is None)

    def _suppress_for(self, entry: Entry, streak: Streak) -> None:
        standing, kind = self.state.bounce, self.policy.kind(entry.class_, entry.reason)
        number = self._number(entry)
        lifetime = self._ladder(kind).lifetime(number)
        until = entry.at + lifetime if lifetime else None
        self.state.rung = Rung(kind, number, until)
        self.state.bounce = Suppression(
            entry.scope or self.policy.scope(entry.class_, entry.reason),
            "bounce",
            entry.reason,
            entry.class_,
            since=standing.since if standing else entry.at,
            until=until,
            bounces=streak.bounces,
            first_bounce_at=streak.first_at,
            last_bounce_at=streak.last_at,
            detail=entry.detail,
        )

    def _suppress(self, entry: Entry) -> Step:
        """Suppresses as a person decided, or as a list that was imported says."""
        if entry.cause == "complaint":
            step = complaints.step(self.state, entry, self.policy)
            return step._replace(note=f"{step.note}, by the list {entry.source}")
        if entry.cause == "bounce":
            return self._listed(entry)
        scope = entry.scope or "all"
        standing = self.state.manual.get(scope)
        since, detail = (standing.since, entry.detail or standing.detail) if standing else (entry.at, entry.detail)
        new = Suppression(scope, "manual", "manual", "", since=since, detail=detail)
        self.state.manual = {**self.state.manual, scope: new}
        who = f"by the list {entry.source}" if entry.source else "by hand"
        return Step(entry, True, f"suppressed {who}, scope {scope}")

    def _listed(self, entry: Entry) -> Step:
        """Suppresses for a bounce that another program has seen, where none of ours does."""
        note = f"bounced, by the list {entry.source}"
        if self.state.bounce and not self._lapse(entry):
            return Step(entry, True, f"{note}: was suppressed already")
        self.state.proofs = 0
        self._suppress_for(entry, Streak(1, entry.at, entry.at, entry.at, entry.at))
        return Step(entry, True, f"{note}: suppressed {self._until()}")

    def _allow(self, entry: Entry) -> Step:
        """Puts the address, or what covers it, on the allow list or takes it off."""
        others = tuple(allowed for allowed in self.state.allowed if allowed != entry.source)
        by = "" if entry.source == self.address else f" as {entry.source}"
        if entry.what == "disallow":
            self.state.allowed = others
            return Step(entry, True, f"taken off the allow list{by}")
        self.state.allowed = (*others, entry.source)
        return Step(entry, True, f"put on the allow list{by}: no bounce suppresses it")

    def _release(self, entry: Entry) -> Step:
        state, before = self.state, self.suppressions()
        if entry.cause in ("", "manual"):
            state.manual = {scope: by_hand for scope, by_hand in state.manual.items() if entry.scope not in ("", scope)}
        if entry.cause in ("", "complaint"):
            complaints.release(state, entry.scope)
        if entry.cause in ("", "bounce") and entry.scope in ("", state.bounce.scope if state.bounce else "all"):
            state.bounce, state.rung, state.streaks = None, None, {}
        if len(self.suppressions()) < len(before):
            return Step(entry, True, "released by hand")
        return Step(entry, True, f"released by hand; {_none_such(entry) if before else 'nothing was suppressed'}")


def _at(entry: Entry) -> datetime:
    return entry.at


def _none_such(entry: Entry) -> str:
    """What a release was asked for that did not suppress the address, though something else does."""
    if entry.scope:
        return f"nothing of scope {entry.scope} suppressed it"
    return "nobody suppressed it by hand" if entry.cause == "manual" else f"no {entry.cause} suppressed it"


def _why_never(entry: Entry, policy: Policy) -> str:
    """Why no number of failures like this one suppresses."""
    if policy.limits[entry.class_].bounces:
        return f"{entry.reason or entry.class_} never counts here"
    return f"class {entry.class_} is not the recipient's fault"


def _all_longer(
    old: Mapping[Class, Streak], classes: Iterable[Class], entry: Entry, at: datetime, stored_at: datetime
) -> dict[Class, Streak]:
    """The streaks of ``classes`` with a failure in them. Of hard failures alone all are the same one, made once."""
    made: dict[int, Streak] = {}
    new: dict[Class, Streak] = {}
    for class_ in classes:
        streak = old.get(class_)
        if id(streak) not in made:
            made[id(streak)] = _longer(streak, entry, at, stored_at)
        new[class_] = made[id(streak)]
    return new


def _longer(old: Streak | None, entry: Entry, at: datetime, stored_at: datetime) -> Streak:
    """``old`` with a failure in it; of as many bounces as before if no proof tells its message from the others."""
    messages = (old.messages if old else NO_MESSAGES).having(entry.proved, stored_at)
    if old is None:
        return Streak(messages.number, at, at, stored_at, stored_at, messages, entry.recorded)
    if messages.number == old.bounces:
        return old._replace(messages=messages)
    dates = min(old.first_at, at), max(old.last_at, at)
    stored_dates = min(old.first_stored_at, stored_at), max(old.last_stored_at, stored_at)
    return Streak(messages.number, *dates, *stored_dates, messages, entry.recorded)
