"""Outbound deliveries in the logs of Postfix and Exim. Pure.

Final outcomes are counted, delivered or bounced. Not counted: deferrals, reports (null sender), deliveries on this
host, and deliveries to a content filter on loopback. Formats as seen in Postfix 3.7 and Exim 4.96.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bounced import address

#: Queued messages whose senders are remembered. A log may begin and end anywhere.
SENDERS_LIMIT = 500_000

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
    """One message to one recipient on another host, delivered or refused."""

    day: str  # as the log has it
    sending_domain: str  # of the envelope sender
    provider: str  # domain of the recipient


def deliveries(lines: Iterable[str], latest: date) -> Iterator[Delivery]:
    """Every delivery in the lines of a log. Dates without a year lie in the year before ``latest``."""
    senders: dict[str, str] = {}
    for line in lines:
        if entry := _POSTFIX.match(line):
            recipient = _postfix(entry, senders)
            iso = entry["iso"]
            day = _iso(iso, latest) if iso else _day(entry["month"], int(entry["day"]), latest)
        elif entry := _EXIM.match(line):
            recipient, day = _exim(entry, senders), _iso(entry["iso"], latest)
        else:
            continue
        sending_domain = senders.get(entry["id"], "")
        provider = address.domain(address.claimed(recipient)) if recipient and sending_domain else ""
        if provider and day:
            yield Delivery(day, sending_domain, provider)
        if len(senders) > SENDERS_LIMIT:
            del senders[next(iter(senders))]


def _postfix(entry: re.Match[str], senders: dict[str, str]) -> str:
    """The recipient of a final delivery, ``""`` for none."""
    text = entry["said"]
    if entry["service"] == "qmgr":
        if text == "removed":
            senders.pop(entry["id"], None)
        elif sender := _FROM.match(text):
            senders[entry["id"]] = address.domain(address.claimed(sender[1]))
        return ""
    recipient, status = _TO.match(text), _STATUS.search(text)
    if not recipient or not status or status[1] not in ("sent", "bounced") or _RELAY.search(text):
        return ""
    return recipient[1]


def _exim(entry: re.Match[str], senders: dict[str, str]) -> str:
    """The recipient of a final delivery, ``""`` for none."""
    flag, text = entry["flag"], entry["said"] or ""
    if flag == "Completed":
        senders.pop(entry["id"], None)
    elif flag == "<=":
        senders[entry["id"]] = address.domain(address.claimed(text.partition(" ")[0]))
    elif flag == "**" or (" H=" in text and not _LOOPBACK.search(text)):
        angled = _ANGLED.search(text.partition(" R=")[0])
        return angled[1] if angled else text.partition(" ")[0].rstrip(":")
    return ""


def _iso(text: str, latest: date) -> str:
    """The day in ISO 8601; ``""`` if there is no such day, or if it is after ``latest``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    return day.isoformat() if day <= latest + timedelta(days=1) else ""


def _day(month: str, day: int, latest: date) -> str:
    """The last such day up to ``latest``, or the day after it in a zone ahead of UTC; ``""`` if there is none."""
    for year in range(latest.year + 1, latest.year - 5, -1):
        try:
            candidate = date(year, _MONTHS.index(month) + 1, day)
        except ValueError:  # no such month, or no such day in that year
            continue
        if candidate <= latest + timedelta(days=1):
            return candidate.isoformat()
    return ""
