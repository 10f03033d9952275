"""What proof of delivery does: it breaks the streak, and lifts a suppression because of bounces. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bounced.policy.records import Entry, EntryKind, Policy, Step, Streak
from bounced.policy.state import State

#: The names of the latest reports, by which a message is recognized that is recorded as sent after them.
REPORTED_LIMIT = 32

#: How the proofs are called.
NAMES: Mapping[EntryKind, str] = {
    "delivered": "delivered",
    "auto-reply": "auto-reply",
    "engaged": "engaged",
    "sent": "sent, and no report came within {days:g} days",
}


def step(state: State, entry: Entry, policy: Policy) -> Step:
    """Takes a proof of delivery into ``state``."""
    is_claim = not entry.id and entry.what != "engaged"  # of the sender: a report is an event, and whoever opens has it
    if is_claim and not set(entry.messages()).isdisjoint(state.reported):
        return Step(entry, False, "")
    if entry.what == "engaged":
        state.engaged_at = entry.at
    broken, lift = state.streak, _lift(state, entry, policy)
    state.streaks, state.rung = {}, None
    did = [*([f"the streak of {broken.bounces} is broken"] if broken else []), *([lift] if lift else [])]
    if entry.what == "sent" and not did:
        return Step(entry, False, "")
    return Step(entry, False, ": ".join(filter(None, (_name(entry, policy), ", ".join(did)))))


def note(state: State, entry: Entry) -> None:
    """Notes a failure: its message was not delivered, even if it is recorded as sent only later.

    One that was only delayed is delivered later.
    """
    names = [name for name in entry.messages() if name not in state.reported]
    if names:
        state.reported = (*state.reported, *names)[-REPORTED_LIMIT:]


def is_gap(streak: Streak, entry: Entry, policy: Policy) -> bool:
    """True when the streak is forgotten at a failure: for too long none was reported, though messages may have gone.

    Where the sender's records have the messages of both failures, they tell what went in between.
    """
    return not (streak.recorded and entry.recorded) and entry.at - streak.last_at > policy.max_gap


def _lift(state: State, entry: Entry, policy: Policy) -> str:
    """Lifts the suppression because of bounces where this proof is enough; says for the note what it did."""
    bounce = state.bounce
    if not bounce or not bounce.in_force(entry.at) or not (needed := policy.lift.get(bounce.class_, 0)):
        return ""
    state.proofs += 1
    if state.proofs < needed:
        return f"proof {state.proofs} of {needed} that lift the suppression"
    state.bounce, state.proofs = None, 0
    return "the suppression is lifted"


def _name(entry: Entry, policy: Policy) -> str:
    days = policy.settles.total_seconds() / 86400 if policy.settles else 0
    name = NAMES[entry.what].format(days=days)
    return f"{name} ({entry.detail})" if entry.detail else name
