"""Decode, identify, classify, and say how sure that is: from the bytes of one mail to its events. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bounced.classify import classify
from bounced.classify.rules import Rule
from bounced.decode import decode
from bounced.identify import Sender, TokenFinding, find, identify
from bounced.model import Decoded, Event, Parsed, Report, Verdict
from bounced.trust import Provenance, assess, provenance

#: When a mail arrived of which that is not known.
NEVER = datetime.min.replace(tzinfo=UTC)

#: Longest text that is kept of anything a mail says, in characters.
TEXT = 1000


def parse(content: bytes, sender: Sender, rules: Sequence[Rule] = (), arrived_at: datetime = NEVER) -> Parsed:
    """What one mail that ``arrived_at`` says, understood. Pure; never raises for anything a mail can contain."""
    decoded = decode(content, with_text=bool(sender.keys))
    token = find(decoded, sender, arrived_at)
    found = provenance(content, decoded, sender, arrived_at)
    events: dict[tuple[str, str] | int, Event] = {}
    for number, report in enumerate(decoded.reports):
        event = _event(decoded, report, sender, rules, token, found)
        # A DSN that names one recipient twice is still one failure.
        who = event.address or event.recipient_id
        events.setdefault((who, event.action) if who else number, event)
    subject = clean(decoded.header.get("Subject"))
    problem = clean(decoded.problem)
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
        status=clean(verdict.status),
        reply_code=verdict.reply_code,
        diagnostic_code=clean(report.diagnostic_code),
        final_recipient=clean(report.final_recipient),
        original_recipient=clean(report.original_recipient),
        reporting_mta=clean(report.reporting_mta),
        remote_mta=clean(report.remote_mta),
        feedback_type=clean(report.feedback_type),
        original_message_id=clean(identity.original_message_id),
        campaign=clean(identity.campaign),
        headers=tuple((name, clean(value)) for name, value in identity.headers),
        rule=verdict.rule,
        trust=trust,
        evidence=clean(evidence),
        charged_by=identity.charged_by,
        recipient_id=clean(identity.recipient_id),
        stream=clean(identity.stream),
        sending_domain=clean(identity.sending_domain),
        source=clean(found.source),
    )


def clean(text: str) -> str:
    """``text`` as one line of at most TEXT printable characters, fit for the database, a log and a terminal."""
    folded = " ".join(text[: 4 * TEXT].split())[:TEXT]
    if folded.isprintable():
        return folded
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in folded)
