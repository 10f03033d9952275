"""Decode, identify, classify, and say how sure that is: from the bytes of one mail to its events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bounced.classify import classify
from bounced.classify.rules import Rule
from bounced.decode import decode
from bounced.identify import Sender, TokenFinding, find, identify
from bounced.model import Decoded, Event, Parsed, Report, Verdict
from bounced.peer import storable
from bounced.trust import Provenance, assess, provenance

#: When a mail arrived of which that is not known.
NEVER = datetime.min.replace(tzinfo=UTC)


def parse(content: bytes, sender: Sender, rules: Sequence[Rule] = (), arrived_at: datetime = NEVER) -> Parsed:
    """What a message says, with an event for each recipient: decoded, identified, weighed and classified. Pure.

    ``content`` is the message in octets, or the first 256 KiB of it. ``rules`` come before the built-in ones.
    ``arrived_at`` is when your server received it, aware: by then tokens must not have expired. Texts in the result are
    single lines of at most 1000 printable characters. Never raises, but a hostile message can keep a decoder busy
    forever: call it in a process that has a time limit.
    """
    decoded = decode(content, with_text=bool(sender.keys))
    token = find(decoded, sender, arrived_at)
    found = provenance(content, decoded, sender, arrived_at)
    events: dict[tuple[str, str] | int, Event] = {}
    for number, report in enumerate(decoded.reports):
        event = _event(decoded, report, sender, rules, token, found)
        # A DSN that names one recipient twice is still one failure.
        who = event.address or event.recipient_id
        events.setdefault((who, event.action) if who else number, event)
    subject = storable(decoded.header.get("Subject"))
    problem = storable(decoded.problem)
    return Parsed(decoded.kind, decoded.decoder, subject, tuple(events.values()), problem, found.signed.wants)


def _event(
    decoded: Decoded, report: Report, sender: Sender, rules: Sequence[Rule], token: TokenFinding, found: Provenance
) -> Event:
    identity = identify(decoded, report, sender, token)
    trust, evidence = assess(decoded, identity, sender, found)
    about_failure = report.action in ("failed", "delayed")
    verdict = classify(report, rules) if about_failure else Verdict("", "", report.status, "", "")
    return Event(
        address=identity.address,
        kind=decoded.kind,
        action=report.action,
        class_=verdict.class_,
        reason=verdict.reason,
        status=storable(verdict.status),
        reply_code=verdict.reply_code,
        diagnostic_code=storable(report.diagnostic_code),
        final_recipient=storable(report.final_recipient),
        original_recipient=storable(report.original_recipient),
        reporting_mta=storable(report.reporting_mta),
        remote_mta=storable(report.remote_mta),
        feedback_type=storable(report.feedback_type),
        original_message_id=storable(identity.original_message_id),
        campaign=storable(identity.campaign),
        headers=tuple((name, storable(value)) for name, value in identity.headers),
        rule=verdict.rule,
        trust=trust,
        evidence=storable(evidence),
        charged_by=identity.charged_by,
        recipient_id=storable(identity.recipient_id),
        stream=storable(identity.stream),
        sending_domain=storable(identity.sending_domain),
        source=storable(found.source),
    )
