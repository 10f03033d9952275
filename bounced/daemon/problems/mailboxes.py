"""Problems of mailboxes: what can't be read, what is silent, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bounced import times
from bounced.config import Schedule
from bounced.daemon.problems import Finding, Seen
from bounced.peer import counted, waiting

Row = dict[str, Any]

#: A mailbox without a successful poll for this long is critical; before that it is a warning.
CRITICAL = timedelta(hours=1)

#: How late a poll may be.
SLACK = timedelta(minutes=1)

#: What there is of a mailbox that was never polled.
COUNTS = ("waiting", "unsettled", "withheld", "deferred")
NEVER_POLLED: Row = {
    "polled_at": None,
    "failing_since": None,
    "next_try": None,
    "problem": "",
    "login_refused": 0,
    **dict.fromkeys(COUNTS, 0),
}


def rows(seen: Seen) -> list[Row]:
    """The mailboxes that are configured, as the ledger knows them."""
    polled = {row["mailbox"]: row for row in seen.figures.mailboxes}
    return [{"mailbox": name, **NEVER_POLLED, **polled.get(name, {})} for name in seen.polls]


def unread(seen: Seen) -> Iterator[Finding]:
    """Mailboxes that are not read, or not wholly, whatever the reason; but for a login that is refused."""
    return (finding for row, finding in _failing(seen) if not row["login_refused"])


def refused(seen: Seen) -> Iterator[Finding]:
    """Mailboxes whose server refuses the login."""
    return (finding for row, finding in _failing(seen) if row["login_refused"])


def silent(seen: Seen) -> Iterator[Finding]:
    """Mailboxes and feedback loops in which nothing arrives any more."""
    for row in seen.figures.silences:
        hours = counted(row["hours"], "hour")
        text = f"silent since {row['since']}: at least one message in {hours} is expected"
        yield Finding(f"{row['kind']}:{row['name']}", text)


def late(seen: Seen) -> Iterator[Finding]:
    """The canary, when it does not come back: perhaps no report arrives at all."""
    row = seen.figures.canary
    if not seen.has_canary:
        return
    since = row["missed_since"]
    text = f"late: none sent since {since} came back, the last one {row['returned_at'] or 'never'}" if since else ""
    if problem := "; ".join(filter(None, (text, row["problem"]))):
        yield Finding("canary", problem)


def backlog(seen: Seen) -> Iterator[Finding]:
    """Mailboxes with more that waits than allowed."""
    for row in rows(seen):
        messages = row["waiting"] + row["unsettled"] + row["deferred"]
        if messages >= seen.limits.backlog:
            yield Finding(f"backlog:{row['mailbox']}", waiting(messages, "message"))


def _failing(seen: Seen) -> Iterator[tuple[Row, Finding]]:
    for row in rows(seen):
        if finding := _finding(row, seen.polls[row["mailbox"]], seen):
            yield row, finding


def _finding(row: Row, poll: Schedule, seen: Seen) -> Finding | None:
    """What is wrong with a mailbox by its last successful poll."""
    name, polled_at = row["mailbox"], times.parse_or_none(row["polled_at"])
    problem = row["problem"].removeprefix(f"{name}: ")
    if polled_at is None:
        return Finding(name, problem or "never polled: is the daemon running?", is_critical=True)
    third = poll.after(poll.after(poll.after(polled_at)))
    if row["failing_since"] is None and polled_at - SLACK <= seen.now <= third + SLACK:
        # With a next try it could be read, but not everything else worked.
        return Finding(name, problem) if row["next_try"] else None
    is_critical = seen.now > max(third, polled_at + CRITICAL)
    return Finding(name, problem or _unpolled(seen.now - polled_at), is_critical)


def _unpolled(age: timedelta) -> str:
    if age < timedelta():
        return "the last poll is in the future: was the clock set?"
    return f"no poll for {int(age.total_seconds())} s: is the daemon running?"
