"""Ties a report to the address that is charged and to the campaign. Pure.

1. The address is the one that we sent to, as the sender's own marks say it: a configured VERP pattern, the configured
   recipient header of the returned original; then what the reporter says: Original-Recipient, Final-Recipient.
2. A mail about several recipients is not charged by marks, which name one.
3. Where nobody is named at all (a complaint with the address cut out), the usual VERP form
   ``anything+user=domain@…`` is believed too.
4. Our own addresses and domains are never charged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bounced import address
from bounced.model import Decoded, Headers, Original, Report
from bounced.ours import Ours

#: Headers of the report in which mail servers write its envelope recipient, the most reliable first.
ENVELOPE_RECIPIENT = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To")

#: How senders write the recipient into the local part when nothing is configured.
USUAL_VERP = "+{user}={domain}@"

#: Rewritten senders of forwarders (SRS) and signed senders (BATV) have "=" too, and name nobody.
NOT_VERP = ("srs0", "srs1", "prvs=", "btv1=")


@dataclass(frozen=True, slots=True)
class Marks:
    """What the sender puts into their mail (names of headers of the original, VERP patterns), and what is theirs."""

    campaign: str = ""
    recipient: str = ""
    headers: tuple[str, ...] = ()
    verp: tuple[str, ...] = ()  # like "bounces-{user}={domain}@news.example.org"
    ours: Ours = field(default_factory=Ours)
    recipient_id: str = ""
    stream: str = ""
    own_addresses: tuple[str, ...] = ()  # normalised


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is charged (normalised, ``""`` when nobody could be named), and what the returned original says of itself."""

    address: str = ""
    original_message_id: str = ""
    campaign: str = ""
    headers: Headers = ()
    charged_by: str = ""  # what named the address: "verp", "header", "original-recipient", "final-recipient"
    recipient_id: str = ""
    stream: str = ""
    sending_domain: str = ""
    token: str = ""  # the id of the key of the token that was verified, "" when there was none


def identify(decoded: Decoded, report: Report, marks: Marks, arrived_at: datetime) -> Identity:
    """Whom ``report``, one of those in ``decoded``, is about."""
    original = decoded.original
    names = dict.fromkeys((marks.campaign, marks.recipient, marks.recipient_id, marks.stream, *marks.headers))
    candidates = ((who, by) for by, who in _candidates(decoded, report, marks) if who and not is_own(who, marks))
    who, by = next(candidates, ("", ""))
    return Identity(
        address=who,
        original_message_id=original.get("Message-ID").strip().strip("<>"),
        campaign=_value(original, marks.campaign),
        headers=tuple((name, value) for name in names if name for value in original.all(name)),
        charged_by=by,
        recipient_id=_value(original, marks.recipient_id) if _names_one(decoded) else "",
        stream=_value(original, marks.stream),
        sending_domain=address.domain(address.normalise(original.get("From"))),
    )


def is_own(who: str, marks: Marks) -> bool:
    """True for an address of ours, which nobody may be charged by."""
    local, _, domain = who.rpartition("@")
    unextended = f"{local.partition('+')[0]}@{domain}"
    return not {who, unextended}.isdisjoint(marks.own_addresses) or marks.ours.owns(domain)


def _names_one(decoded: Decoded) -> bool:
    """True when what is said of the original's recipient is said of whom the report is about."""
    return len(decoded.reports) == 1 and decoded.kind != "auto-reply"


def _value(original: Original, name: str) -> str:
    return original.get(name).strip() if name else ""


def _candidates(decoded: Decoded, report: Report, marks: Marks) -> Iterator[tuple[str, str]]:
    """What may name the address, best first, each with the address that it names, ``""`` for none."""
    if _names_one(decoded):
        for pattern in marks.verp:
            yield from (("verp", _verp(pattern, sender)) for sender in _senders(decoded))
        yield "header", address.normalise(_value(decoded.original, marks.recipient))
    yield "original-recipient", address.normalise(report.original_recipient)
    yield "final-recipient", address.normalise(report.final_recipient)
    if decoded.kind != "auto-reply":
        for sender in _senders(decoded):
            prefix, plus, _ = sender.partition("+")
            yield "verp", _verp(f"{prefix}{USUAL_VERP}{address.domain(sender)}", sender) if plus else ""


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
