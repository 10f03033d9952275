"""Ties a report to the address that is charged and to the campaign. Pure.

The address is the one that we sent to, as the sender's own marks say it: the configured recipient header of the
returned original, a configured VERP pattern; then what the reporter says: Original-Recipient, Final-Recipient. A mail
about several recipients is not charged by marks, which name one. Where nobody is named at all (a complaint with the
address cut out), the usual VERP form ``anything+user=domain@…`` is believed too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bounced import address
from bounced.model import Decoded, Headers, Report
from bounced.ours import Ours

#: Headers of the report in which mail servers write its envelope recipient, the most reliable first.
ENVELOPE_RECIPIENT = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")

#: How senders write the recipient into the local part when nothing is configured.
USUAL_VERP = "+{user}={domain}@"

#: Rewritten senders of forwarders (SRS) and signed senders (BATV) have "=" too, and name nobody.
NOT_VERP = ("srs0", "srs1", "prvs=", "btv1=")


@dataclass(frozen=True, slots=True)
class Marks:
    """What the sender puts into their mail; names of headers of the returned original, and VERP patterns."""

    campaign: str = ""
    recipient: str = ""
    headers: tuple[str, ...] = ()
    verp: tuple[str, ...] = ()  # like "bounces-{user}={domain}@news.example.org"
    ours: Ours = field(default_factory=Ours)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is charged (normalised, ``""`` when nobody could be named), and what the returned original says of itself."""

    address: str
    original_message_id: str
    campaign: str
    headers: Headers


def identify(decoded: Decoded, report: Report, marks: Marks) -> Identity:
    """Whom ``report``, one of those in ``decoded``, is about."""
    original = decoded.original
    names = dict.fromkeys((marks.campaign, marks.recipient, *marks.headers))
    return Identity(
        next(filter(None, _candidates(decoded, report, marks)), ""),
        original.get("Message-ID").strip().strip("<>"),
        original.get(marks.campaign) if marks.campaign else "",
        tuple((name, value) for name in names if name for value in original.all(name)),
    )


def _candidates(decoded: Decoded, report: Report, marks: Marks) -> Iterator[str]:
    if len(decoded.reports) == 1 and decoded.kind != "auto-reply":
        if marks.recipient:
            yield address.normalise(decoded.original.get(marks.recipient))
        for pattern in marks.verp:
            yield from (_verp(pattern, sender) for sender in _senders(decoded))
    yield address.normalise(report.original_recipient)
    yield address.normalise(report.final_recipient)
    if decoded.kind != "auto-reply":
        for sender in _senders(decoded):
            prefix, plus, _ = sender.partition("+")
            yield _verp(f"{prefix}{USUAL_VERP}{address.domain(sender)}", sender) if plus else ""


def _senders(decoded: Decoded) -> Iterator[str]:
    """The envelope sender of the original, wherever it is written."""
    yield address.parse(decoded.original.get("Return-Path"))
    for name in ENVELOPE_RECIPIENT:
        for value in decoded.header.all(name):
            yield address.parse(value)


def _verp(pattern: str, sender: str) -> str:
    """The recipient that ``pattern`` finds in ``sender``, ``""`` when it does not match."""
    prefix, _, suffix = pattern.lower().partition("{user}={domain}")
    name = sender.lower()
    if not (name.startswith(prefix) and name.endswith(suffix)) or name.startswith(NOT_VERP):
        return ""
    user, _, domain = name[len(prefix) : len(name) - len(suffix)].rpartition("=")
    return address.normalise(f"{user}@{domain}")
