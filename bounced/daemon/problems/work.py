"""Problems of what the daemon does besides reading mailboxes: jobs, sinks, mail logs, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator

from bounced.daemon.problems import Finding, Seen
from bounced.peer import counted, waiting

#: The job that has a kind of its own.
BACKUP = "backup"


def backup(seen: Seen) -> Iterator[Finding]:
    """The backup, when its last run failed."""
    return (finding for finding in _failed(seen) if finding.name == BACKUP)


def jobs(seen: Seen) -> Iterator[Finding]:
    """The other jobs whose last run failed."""
    return (finding for finding in _failed(seen) if finding.name != BACKUP)


def _failed(seen: Seen) -> Iterator[Finding]:
    return (Finding(row["job"], row["problem"]) for row in seen.figures.jobs if row["problem"])


def sinks(seen: Seen) -> Iterator[Finding]:
    """Sinks that take nothing, or have refused changes."""
    for row in seen.figures.sinks:
        backlog = waiting(row["waiting"], "change") if row["problem"] and row["waiting"] else ""
        dead = f"{row['dead']:,} refused: bounced sink list" if row["dead"] else ""
        if text := "; ".join(filter(None, (row["problem"], backlog, dead))):
            yield Finding(f"sink:{row['name']}", text)


def logs(seen: Seen) -> Iterator[Finding]:
    """Mail logs that can't be read, or of which lines were lost."""
    rows = (row for row in seen.figures.logs if row["name"] in seen.logs and row["problem"])
    return (Finding(f"log:{row['name']}", row["problem"]) for row in rows)


def brake(seen: Seen) -> Iterator[Finding]:
    """Addresses that the brake withholds."""
    if row := seen.figures.brake:
        unproved = f" ({row['unproved']:,} of them without proof)" if row["unproved"] else ""
        advice = "see bounced withheld, then bounced resume"
        yield Finding(
            "brake", f"{counted(row['addresses'], 'address', 'es')} withheld since {row['since']}{unproved}: {advice}"
        )


def incidents(seen: Seen) -> Iterator[Finding]:
    """Incidents that are open."""
    for row in seen.figures.incidents:
        yield Finding(f"incident:{row['id']}", f"{row['dimension']} {row['name']}: fails since {row['since']}")


def unrecognized(seen: Seen) -> Iterator[Finding]:
    """Unrecognized messages, when they pile up."""
    messages = seen.figures.unrecognized_lately
    if messages >= seen.limits.unrecognized:
        yield Finding("unrecognized", f"{messages:,} unrecognized messages in seven days")
