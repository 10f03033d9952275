"""What figures mean, in sentences: the same for the terminal and the page."""

from __future__ import annotations

from typing import Any

from bounced.peer import counted

Row = dict[str, Any]

#: What the state of a rate asks for.
ADVICE = {
    "critical": "pause the mailing",
    "warning": "look for the cause before the next mailing",
    "notice": "watch it",
    "ok": "within the limits",
}

#: The limits of a rate, from the highest down.
LEVELS = ("critical", "warning", "notice")


def title(report: Row) -> str:
    """What the report is about."""
    whose = {None: "", "": " of no tenant"}.get(report["tenant"], f" of {report['tenant']}")
    return f"{report['since'][:10]} to {report['until'][:10]}{whose}"


def silence(row: Row) -> str:
    """Where nothing arrives any more, and since when."""
    source = "mailbox" if row["kind"] == "mailbox" else "feedback loop"
    hours = "an hour" if row["hours"] == 1 else f"{row['hours']:,} hours"
    return f"{source} {row['name']}: silent since {row['since']}; at least one message in {hours} is expected"


def rate(rates: Row, kind: str) -> str:
    """All bounces (``kind`` "bounce") or complaints against their limits."""
    number, share, limits = rates[f"{kind}s"], rates[f"{kind}_rate"], rates["limits"]
    whom = f"{number:,} {'address' if number == 1 else 'addresses'}"
    if share is None:
        return f"{whom}; how much was sent is not known (bounced volume, bounced sends)"
    known = [level for level in LEVELS if f"{kind}_{level}" in limits]
    reached = next((level for level in known if share >= limits[f"{kind}_{level}"]), "")
    marks = ", ".join(f"{level} {limits[f'{kind}_{level}']:g} %" for level in reversed(known))
    return f"{whom}, {percent(share)} of {rates['sent']:,} sent: {reached or 'within the limits'} ({marks})"


def verdict(rates: Row) -> str:
    """What the state of all rates together, which stands before it, asks for."""
    if rates["state"] == "unknown":
        return f"fewer than {rates['limits']['minimum_sent']:g} messages are known to have been sent"
    return ADVICE[rates["state"]]


def percent(share: float | None) -> str:
    """A rate for people, ``""`` where it is not known."""
    return "" if share is None else f"{share:.2f} %" if share < 1 else f"{share:.1f} %"


def blocked(row: Row) -> str:
    """How often a provider blocks, since when, and whether that is becoming more."""
    before = f", {row['before']:,} in the period before" if row["before"] else ""
    blocks = f"{row['event_count']:,} {'block' if row['event_count'] == 1 else 'blocks'}"
    return f"{blocks} since {row['first_at'][:10]}, latest {row['last_at'][:10]}: {row['trend']}{before}"


def fault(row: Row) -> str:
    """A remark on a block for which the sender can't do anything."""
    return "" if row["is_yours"] else " (not your fault)"


#: Below words of mails.
WARNING = "Quoted words come from mails, and anybody can write a mail: trust no link in them."

_QUOTES = str.maketrans("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", '""')


def quoted(text: str) -> str:
    """Words of a mail in quotation marks, which it can't close itself; ``""`` for none."""
    marked = f"\N{LEFT DOUBLE QUOTATION MARK}{text.translate(_QUOTES)}\N{RIGHT DOUBLE QUOTATION MARK}"
    return marked if text else ""


def code(row: Row) -> str:
    """Which fix it is, and the reason of the blocks."""
    return row["reason"] if row["code"] in ("", row["reason"]) else f"{row['code']} ({row['reason']})"


def campaign(row: Row) -> str:
    """How much of what failed is whose fault."""
    share = f", {percent(row['bounce_rate'])} of {row['sent']:,} sent" if row["sent"] else ""
    return f"{row['hard']:,} hard, {row['soft']:,} soft, {row['block']:,} block, {row['complaint']:,} complaints{share}"


def nearly(row: Row) -> str:
    """What would suppress an address."""
    lapses = f"; forgotten on {row['lapses_at'][:10]} without one" if row["lapses_at"] else ""
    failures = "failure" if row["bounces"] == 1 else "failures"
    return f"{row['bounces']} {failures}; one more ({row['class']}) after {row['after'][:10]} suppresses it{lapses}"


def volumes(row: Row) -> str:
    """What was reported in the period."""
    parts = {
        "failed": "failed",
        "delayed": "delayed",
        "delivered": "delivered",
        "complaints": "complaints",
        "auto_replies": "automatic replies",
        "held": "held",
    }
    sent = f"{row['sent']:,} sent; " if row["sent"] else ""
    numbers = ", ".join(f"{row[name]:,} {words}" for name, words in parts.items())
    events = counted(row["event_count"], "event", separator=",")
    return (
        f"{sent}{events}: {numbers}; suppressions that began: {row['suppressed']:,}; "
        f"messages not recognized: {row['unrecognized']:,}"
    )
