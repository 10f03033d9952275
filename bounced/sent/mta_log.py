"""What the logs of Postfix and Exim say of mails that went to other hosts. Pure.

Counted is what ended, delivered or refused for good. Not counted: what was deferred, reports (null sender), deliveries
on this host, and what went to a content filter on loopback. Formats as seen in Postfix 3.7 and Exim 4.96.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bounced import address

#: Messages under way whose senders are remembered. A log may begin and end in the middle.
MOST_UNDER_WAY = 500_000

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_POSTFIX = re.compile(
    r"(?:(?P<iso>\d{4}-\d\d-\d\d)T\S{1,40}|(?P<month>[A-Z][a-z][a-z]) {1,2}(?P<day>\d{1,2}) [\d:.]{8,15})"
    r" \S{1,300} [^\s\[]{1,100}/(?P<service>smtp|qmgr)\[\d{1,10}\]: (?P<id>[0-9A-Za-z]{5,30}): (?P<said>.*)"
)
_FROM = re.compile(r"from=<([^<>\s]*)>")
_TO = re.compile(r"to=<([^<>\s]+)>")
_RELAY = re.compile(r" relay=[^,\[]*\[(?:127\.|::1\])")
_STATUS = re.compile(r" status=(\w{1,20})")

_EXIM = re.compile(
    r"(?:[A-Z].{14} \S{1,300} \S{0,20}exim\S{0,20}\[\d{1,10}\]: )?"
    r"(?P<iso>\d{4}-\d\d-\d\d) [\d:.]{8,15}(?: [+-]\d{4})?(?: \[\d{1,10}\])?"
    r" (?P<id>\w{6}-\w{6,11}-\w{2,4}) (?P<flag><=|=>|->|\*\*|Completed)(?: (?P<said>.*))?"
)
_ANGLED = re.compile(r"<([^<>\s]+@[^<>\s]+)>")
_LOOPBACK = re.compile(r" H=\S{1,300} \[(?:127\.|::1\])")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail that went to one recipient on another host, or was refused by it."""

    day: str  # as the log has it
    sending_domain: str  # of the envelope sender
    provider: str  # domain of the recipient


def deliveries(lines: Iterable[str], latest: date) -> Iterator[Delivery]:
    """Every delivery in the lines of a log. Dates without a year are those of the year up to ``latest``."""
    senders: dict[str, str] = {}
    for line in lines:
        if found := _POSTFIX.match(line):
            recipient = _postfix(found, senders)
            iso = found["iso"]
            day = _iso(iso, latest) if iso else _day(found["month"], int(found["day"]), latest)
        elif found := _EXIM.match(line):
            recipient, day = _exim(found, senders), _iso(found["iso"], latest)
        else:
            continue
        sending_domain = senders.get(found["id"], "")
        provider = address.domain(address.normalise(recipient)) if recipient and sending_domain else ""
        if provider and day:
            yield Delivery(day, sending_domain, provider)
        if len(senders) > MOST_UNDER_WAY:
            del senders[next(iter(senders))]


def _postfix(found: re.Match[str], senders: dict[str, str]) -> str:
    """The recipient whose delivery has ended, ``""`` for none."""
    said = found["said"]
    if found["service"] == "qmgr":
        if said == "removed":
            senders.pop(found["id"], None)
        elif sender := _FROM.match(said):
            senders[found["id"]] = address.domain(address.normalise(sender[1]))
        return ""
    recipient, status = _TO.match(said), _STATUS.search(said)
    if not recipient or not status or status[1] not in ("sent", "bounced") or _RELAY.search(said):
        return ""
    return recipient[1]


def _exim(found: re.Match[str], senders: dict[str, str]) -> str:
    """The recipient whose delivery has ended, ``""`` for none."""
    flag, said = found["flag"], found["said"] or ""
    if flag == "Completed":
        senders.pop(found["id"], None)
    elif flag == "<=":
        senders[found["id"]] = address.domain(address.normalise(said.partition(" ")[0]))
    elif flag == "**" or (" H=" in said and not _LOOPBACK.search(said)):
        angled = _ANGLED.search(said.partition(" R=")[0])
        return angled[1] if angled else said.partition(" ")[0].rstrip(":")
    return ""


def _iso(stated: str, latest: date) -> str:
    """The day that is stated; ``""`` when there is none such, or when it lies behind ``latest``."""
    try:
        found = date.fromisoformat(stated)
    except ValueError:
        return ""
    return found.isoformat() if found <= latest + timedelta(days=1) else ""


def _day(month: str, day: int, latest: date) -> str:
    """The last such day up to ``latest``, or the day after it in a zone ahead of UTC; ``""`` when there is none."""
    for year in range(latest.year + 1, latest.year - 5, -1):
        try:
            found = date(year, _MONTHS.index(month) + 1, day)
        except ValueError:  # no such month, or no such day in that year
            continue
        if found <= latest + timedelta(days=1):
            return found.isoformat()
    return ""
