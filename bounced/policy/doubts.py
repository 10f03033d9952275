"""What is held until a person accepts it: untrusted reports, and floods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bounced.model import CountedKind, Event, Trust
from bounced.policy.records import Entry, EntryKind, Policy, entry_kind
from bounced.policy.state import State

RANK: Mapping[Trust, int] = {"unverified": 0, "plausible": 1, "verified": 2}

#: The kind by whose setting an entry counts; the others do nothing anyway.
KINDS: Mapping[EntryKind, CountedKind] = {
    "failed": "bounce",
    "complaint": "complaint",
    "delivered": "delivered",
    "auto-reply": "auto-reply",
}

DAY = timedelta(days=1)

#: How much older than its arrival in the mailbox a report may claim to be.
AGE_LIMIT = timedelta(days=1)

#: Reports in a day that are not a flood, however little was sent: servers on the way report one failure twice.
FLOOD_MIN = 3

#: Reports about one address in a day that count, whatever number of sources they come from.
REPORTS_LIMIT = 100


def trusted(required: Trust) -> list[Trust]:
    """The trust levels that are enough where ``required`` is."""
    return [trust for trust, rank in RANK.items() if rank >= RANK[required]]


def dated(entry: Entry, policy: Policy) -> Entry:
    """``entry`` at the time from which it counts: not that of a ``Received`` that a forger may have written.

    The topmost one is our own server's, unless that adds none. The mailbox then has its own dates, and only a
    migration makes these much later.
    """
    stored_at = stored(entry, policy)
    return entry._replace(at=stored_at) if stored_at - entry.at > AGE_LIMIT else entry


def stored(entry: Entry, policy: Policy) -> datetime:
    """When the mailbox got it, as far as that is known and later than ``entry.at``, which may be a forger's claim."""
    if policy.migrated or entry.accepted or entry.stored_at is None:
        return entry.at
    return max(entry.at, entry.stored_at)


def why_held(event: Event, held: str, policy: Policy) -> str:
    """Why a new event is held, regardless of the others; ``""`` when it may count. ``held`` is a reason of its own."""
    kind = _counted_kind(entry_kind(event.kind, event.action, event.reason), event.feedback_type)
    return _why_held(kind, event.trust, held, policy)


def _counted_kind(what: EntryKind, reason: str) -> CountedKind | None:
    """The kind by whose setting an entry counts; ``None`` when it does nothing anyway."""
    return "not-spam" if (what, reason) == ("complaint", "not-spam") else KINDS.get(what)


def _why_held(kind: CountedKind | None, trust: Trust, held: str, policy: Policy) -> str:
    if kind is None:
        return ""
    if held:
        return f"held: {held}"
    required = policy.count.get(kind, "unverified")
    return f"held: trust {trust}, {required} required" if RANK[trust] < RANK[required] else ""


def why_held_in(state: State, entry: Entry, policy: Policy) -> str:
    """Why ``entry`` is held after those in ``state``, ``""`` when it may count: what counted is never taken back."""
    if entry.accepted or entry.what not in KINDS:
        return ""
    alone = _why_held(_counted_kind(entry.what, entry.reason), entry.trust, entry.held, policy)
    return alone or _why_flood(state, entry, policy)


def contradicts(entry: Entry, why: str, policy: Policy) -> bool:
    """True when ``entry`` says that a message was not delivered: a report that counts, or is only excused.

    ``why`` it is held, if it is. Delays do nothing else, so they are not held; they need the trust of failures all the
    same.
    """
    if entry.what == "delayed":
        return not _why_held("bounce", entry.trust, entry.held, policy)
    return entry.what == "failed" and (not why or _is_excused(entry, policy))


def _is_excused(entry: Entry, policy: Policy) -> bool:
    """True when ``entry`` would count, if no incident held it and no person had taken it back."""
    is_trusted = not _why_held(_counted_kind(entry.what, entry.reason), entry.trust, "", policy)
    return entry.excused and is_trusted


def _why_flood(state: State, entry: Entry, policy: Policy) -> str:
    """Why a failure is too many; notes one that is not."""
    if not (policy.count and policy.reports_per_address) or entry.what != "failed" or entry.trust == "verified":
        return ""
    limit = max(entry.sent, FLOOD_MIN) if entry.sent else policy.reports_per_address
    state.reports = tuple((source, at) for source, at in state.reports if entry.at - at <= DAY)
    if sum(source == entry.source for source, _ in state.reports) >= limit:
        return f"held: more than {limit} reports from one source in a day"
    all_limit = max(limit, REPORTS_LIMIT)
    if len(state.reports) >= all_limit:
        return f"held: more than {all_limit} reports in a day"
    state.reports += ((entry.source, entry.at),)
    return ""
