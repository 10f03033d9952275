"""Which complaints are in force, and what they forbid.

A state has a bounded number of them. Of those that nothing but a release lifts, the oldest of a scope says all; and
when there are too many others, the oldest becomes one of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bounced.model import PROVING, Event, Scope
from bounced.policy.doubts import RANK
from bounced.policy.records import COMPLAINTS, ComplaintScope, Entry, Policy, Step, Suppression
from bounced.policy.state import Complaint, State

#: Feedback types about trouble with authentication; they are not complaints by a person.
AUTHENTICATION_TYPES = ("auth-failure", "dkim")

#: Feedback types of events in which nobody complains.
NOT_COMPLAINTS = (*AUTHENTICATION_TYPES, "not-spam")

#: A subscriber who unsubscribed does not take that back by saying that a message was not spam.
UNSUBSCRIBE_TYPE = "opt-out"

#: Complaints about one address that not-spam can lift.
COMPLAINTS_LIMIT = 16

#: Scopes of complaints about one address; those of further streams forbid marketing.
SCOPES_LIMIT = 16


def is_complaint(event: Event) -> bool:
    """True when a person complains in ``event``: it is neither about authentication nor does it withdraw anything."""
    return event.kind == "complaint" and event.feedback_type not in NOT_COMPLAINTS


def step(state: State, entry: Entry, policy: Policy) -> Step:
    """Takes a complaint into ``state``, or a report that lifts one."""
    if entry.reason in AUTHENTICATION_TYPES:
        return Step(entry, False, f"not counted: {entry.reason} is about authentication")
    if entry.reason == "not-spam":
        return Step(entry, False, "lifts the complaint" if _lift(state, entry, policy) else "nothing to lift")
    scope = entry.scope or _scope(entry, policy, {complaint.scope for complaint in state.complaints})
    if not scope:
        return Step(entry, False, "ignored by [complaints]")
    names = () if entry.reason == UNSUBSCRIBE_TYPE else entry.messages()
    rank = _rank(entry, policy)
    complaint = Complaint(scope, entry.at, entry.reason, entry.detail, rank, entry.source, names)
    state.complaints = tuple(_bounded([*state.complaints, complaint]))
    note = "unsubscribed" if entry.reason == UNSUBSCRIBE_TYPE else "complaint"
    return Step(entry, True, note if scope == "marketing" else f"{note}, scope {scope}")


def release(state: State, scope: Scope) -> bool:
    """Forgets the complaints of ``scope`` (``""``: all of them); true when there were any."""
    return _keep(state, [complaint for complaint in state.complaints if scope not in ("", complaint.scope)])


def suppressions(state: State) -> Iterator[Suppression]:
    """One for each scope, since the oldest complaint in force."""
    oldest: dict[Scope, Complaint] = {}
    for complaint in state.complaints:
        oldest.setdefault(complaint.scope, complaint)
    for complaint in oldest.values():
        reason = complaint.reason if complaint.reason in COMPLAINTS else "other"  # readers of the list show it
        yield Suppression(complaint.scope, "complaint", reason, "", since=complaint.at, detail=complaint.detail)


def _bounded(complaints: list[Complaint]) -> Iterator[Complaint]:
    """``complaints`` without those that change nothing any more; see the head of this module."""
    liftable = [complaint for complaint in complaints if complaint.names]
    oldest = liftable[0] if len(liftable) > COMPLAINTS_LIMIT else None
    settled: set[Scope] = set()
    for complaint in complaints:
        stays = complaint is oldest or not complaint.names
        if not (stays and complaint.scope in settled):
            yield replace(complaint, names=()) if stays else complaint
        if stays:
            settled.add(complaint.scope)


def _scope(entry: Entry, policy: Policy, scopes: set[Scope]) -> Scope:
    """What the complaint forbids, ``""`` for nothing; without proof no more than marketing.

    The proof has to be of the stream as well, where that is forbidden. A stream can't call itself ``all``.
    """
    configured = policy.complaint(entry.reason)
    if configured == "none":
        return ""
    scope: Scope = configured
    if configured == "stream":
        scope = entry.stream if entry.stream not in ("", "all") else "marketing"
        if scope not in scopes and len(scopes) >= SCOPES_LIMIT:
            return "marketing"
    is_more = scope in ("all", *policy.transactional)
    return "marketing" if is_more and not _proves(entry, configured, policy) else scope


def _proves(entry: Entry, configured: ComplaintScope, policy: Policy) -> bool:
    """True when the sender's own marks, a person, or a policy by which everything counts stand for the scope."""
    if _rank(entry, policy) < RANK["verified"]:
        return False
    return configured != "stream" or entry.stream_by in PROVING or _is_trusted(entry, policy)


def _is_trusted(entry: Entry, policy: Policy) -> bool:
    return entry.accepted or not policy.count


def _rank(entry: Entry, policy: Policy) -> int:
    """Its trust level as a number; the same for all where everything counts."""
    return RANK["verified" if _is_trusted(entry, policy) else entry.trust]


def _lift(state: State, entry: Entry, policy: Policy) -> bool:
    """Lifts the complaints about the same message that ``entry`` may lift; true if there were any.

    These are those of a lower trust level, and of the same level those that the same source reported. What a person
    accepted lifts all of them, as everything does where everything counts. A verified report is about the message that
    was proved, whatever Message-ID it returns.
    """
    rank, is_trusted = _rank(entry, policy), _is_trusted(entry, policy)
    names = set((not is_trusted and entry.proved_messages()) or entry.messages())

    def is_lifted(complaint: Complaint) -> bool:
        is_lower = complaint.rank < rank or (complaint.rank == rank and (is_trusted or _is_of(entry.source, complaint)))
        return is_lower and not names.isdisjoint(complaint.names)

    return _keep(state, [complaint for complaint in state.complaints if not is_lifted(complaint)])


def _is_of(source: str, complaint: Complaint) -> bool:
    return source != "" and source == complaint.source


def _keep(state: State, complaints: Iterable[Complaint]) -> bool:
    """Leaves ``complaints`` in force; true when there were others."""
    before, state.complaints = state.complaints, tuple(complaints)
    return len(state.complaints) < len(before)
