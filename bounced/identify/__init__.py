"""Ties a report to the address that is charged and to the campaign. Pure.

1. The address is the one that we sent to, as our message itself says: a signed token; then marks that are not signed:
   a configured VERP pattern, a configured header; then what the reporter says: Original-Recipient; then the returned
   original's To when it names one; Final-Recipient comes last, since forwarders put their own there.
2. A token that holds the sender's own id of the recipient leaves it to the table ``recipients`` who that is: a
   recipient of one of our messages could otherwise have anybody charged by it.
3. A message about several recipients is not charged by marks, which name one; a token charges the one that it names,
   and with an id in it nobody: there is no telling which of them that is.
4. Where nobody is named at all (a complaint with the address cut out), the usual forms of VERP are trusted too, and
   what the first server that received the original noted.
5. Our own addresses and domains are never charged, nor is the author of a complaint on behalf of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice

from bounced import address
from bounced.identify import envelope, token_search
from bounced.identify.envelope import ENVELOPE_RECIPIENT
from bounced.identify.own_names import own_names
from bounced.identify.presets import PRESETS, Preset
from bounced.identify.sender import HeaderField, HeaderRule, Sender, within
from bounced.identify.sent_to import first_recipient, sent_to
from bounced.identify.token_search import TokenFinding
from bounced.model import Decoded, Headers, Original, Report, record
from bounced.peer import one_line
from bounced.tokens import Token

__all__ = [
    "ENVELOPE_RECIPIENT",
    "PRESETS",
    "HeaderField",
    "HeaderRule",
    "Identity",
    "Preset",
    "Sender",
    "TokenFinding",
    "find",
    "identify",
    "is_verp_pattern",
    "message_id",
    "own_names",
]

find = token_search.find
is_verp_pattern = envelope.is_pattern

#: A message with more reports is not about one recipient alone.
REPORTS_LIMIT = 20

#: Octets of a Message-ID: a line of a message holds no more (RFC 5322 2.1.1).
MESSAGE_ID_LIMIT = 998

#: Characters at the end of References and In-Reply-To.
REFERENCES_LIMIT = 4000

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,998})>")

#: Characters of a header that is stored with an event.
HEADER_LIMIT = 200

_NO_TOKEN = Token("", date.min)
#: Local parts of those who write complaints for others, at the reporting server.
_ROLES = frozenset(("postmaster", "mailer-daemon", "abuse", "fbl", "staff"))


@record(frozen=True, slots=True)
class Identity:
    """The charged address (normalized, ``""`` when nobody could be named), and what the returned original carries."""

    address: str = ""
    original_message_id: str = ""
    campaign: str = ""
    campaign_by: str = ""  # "token", "header", "verp"; "" for none
    headers: Headers = ()
    charged_by: str = ""  # "token" (also where that charges nobody), "verp", "header", …; "" for none
    recipient_id: str = ""
    stream: str = ""
    stream_by: str = ""
    sending_domain: str = ""
    sending_domain_by: str = ""
    tenant: str = ""  # this and the next one: see bounced.identify.tenants
    tenant_by: str = ""
    token: str = ""  # key id of the verified token that names the recipient, "" for none
    token_proved: str = ""  # which message that token and others of the same recipient prove: see Event.proved
    token_problem: str = ""  # why the token is not valid, for people: "token expired on 2026-01-31"


def identify(decoded: Decoded, sender: Sender, finding: TokenFinding) -> Iterator[Identity]:
    """The recipient and campaign of each report in ``decoded``, in order; ``finding`` is that of the message."""
    marks = _marks(decoded, sender)
    for report in decoded.reports:
        token = finding.token if finding.token and _speaks_of(finding.token, marks, report) else _NO_TOKEN
        charged, by = next(_charged(marks, report, token), ("", ""))
        campaign, campaign_by = _named(token.campaign, marks.campaign, marks.verp.get("campaign", ""))
        stream, stream_by = _named(token.stream, marks.stream, marks.verp.get("stream", ""))
        yield Identity(
            address=charged,
            original_message_id=marks.message_id,
            campaign=campaign,
            campaign_by=campaign_by,
            headers=marks.headers,
            charged_by="token" if token.key else by,
            recipient_id=token.recipient_id if token.key else marks.recipient_id,
            stream=stream,
            stream_by=stream_by,
            sending_domain=marks.sending_domain,
            sending_domain_by="header" if marks.sending_domain else "",
            token=token.key,
            token_proved=finding.proved if token.key else "",
            token_problem=finding.problem,
        )


@record(frozen=True, slots=True)
class _Marks:
    """What a message carries that is the same for all its reports, found once."""

    decoded: Decoded
    sender: Sender
    about_one: bool  # all its reports are about the same recipient
    names_one: bool  # what is in the original is about that one
    verp: Mapping[str, str]
    message_id: str
    headers: Headers
    campaign: str  # by its header, as the others
    stream: str
    recipient_id: str
    sending_domain: str


def _marks(decoded: Decoded, sender: Sender) -> _Marks:
    original = decoded.original
    about_one = _about_one(decoded)
    names_one = about_one and decoded.kind != "auto-reply"
    verp = _verp(decoded, sender) if names_one else {}
    return _Marks(
        decoded,
        sender,
        about_one,
        names_one,
        verp,
        message_id(original) or answered_message_id(decoded),
        tuple(_stored_headers(original, sender)),
        sender.value("campaign", original),
        sender.value("stream", original),
        verp.get("id") or sender.value("recipient_id", original) if names_one else "",
        address.domain(address.claimed(original.get("From"))),
    )


def message_id(original: Original) -> str:
    """The Message-ID without ``<>``, ``""`` when there is none, or one that is too long to be one."""
    text = original.get("Message-ID").strip().strip("<>")
    return text if len(text.encode(errors="replace")) <= MESSAGE_ID_LIMIT else ""


def answered_message_id(decoded: Decoded) -> str:
    """That of the message which an auto-reply answers (RFC 5322 3.6.4), ``""`` where it does not say."""
    if decoded.kind != "auto-reply":
        return ""
    references = f"{decoded.header.get('References')[-REFERENCES_LIMIT:]} {decoded.header.get('In-Reply-To')}"
    ids = _MESSAGE_ID.findall(references[-REFERENCES_LIMIT:])
    return ids[-1] if ids else ""


def _named(by_token: str, by_header: str, by_verp: str) -> tuple[str, str]:
    """The campaign or stream, and what names it; both ``""`` where nothing does."""
    names = ((by_token, "token"), (by_header, "header"), (by_verp, "verp"))
    return next((named for named in names if named[0]), ("", ""))


def _stored_headers(original: Original, sender: Sender) -> Iterator[tuple[str, str]]:
    """The headers to store, each with its first value, cut: anybody can write a thousand of them."""
    for name in sender.stored_headers:
        for value in islice(original.all(name), 1):
            yield name, one_line(value, HEADER_LIMIT)


def _speaks_of(token: Token, marks: _Marks, report: Report) -> bool:
    """True when the token in the message is about the recipient of ``report``."""
    recipients = (report.original_recipient, report.final_recipient)
    return marks.about_one or bool(token.recipient and token.recipient in map(address.claimed, recipients))


def _about_one(decoded: Decoded) -> bool:
    """True when all reports in the message are about the same recipient."""
    if not 0 < len(decoded.reports) <= REPORTS_LIMIT:
        return False
    first, *others = decoded.reports
    if not others:
        return True
    recipient = _about(first)
    return bool(recipient) and all(_about(report) == recipient for report in others)


def _about(report: Report) -> str:
    return address.claimed(report.original_recipient or report.final_recipient)


def _verp(decoded: Decoded, sender: Sender) -> Mapping[str, str]:
    """What the first envelope sender that matches a configured pattern carries."""
    senders = tuple(envelope.senders(decoded, sender)) if sender.verp else ()
    matches = (envelope.match(pattern, path) for pattern in sender.verp for path in senders)
    return next((match for match in matches if match and match.get("address") != ""), {})


def _charged(marks: _Marks, report: Report, token: Token) -> Iterator[tuple[str, str]]:
    """The addresses that may be charged, best first, each with what names it."""
    for by, text in [("token", token.recipient)] if token.key else _candidates(marks, report):
        recipient = address.claimed(text) if text else ""
        if recipient and not marks.sender.owns(recipient) and not _is_reporter(recipient, marks.decoded, report):
            yield recipient, by


def _candidates(marks: _Marks, report: Report) -> Iterator[tuple[str, str]]:
    """What may name the address where no token does, best first, each with its text."""
    original = marks.decoded.original
    if marks.names_one:
        yield "verp", marks.verp.get("address", "")
        yield "header", marks.sender.value("recipient", original)
    yield "original-recipient", report.original_recipient
    if marks.names_one and marks.decoded.kind != "complaint":  # that has Original-Rcpt-To, and may be redacted in To
        yield "to", sent_to(original)
    yield "final-recipient", report.final_recipient
    if marks.names_one:
        yield from (("verp", envelope.usual(path)) for path in envelope.senders(marks.decoded, marks.sender))
        yield "received", first_recipient(original)


def _is_reporter(recipient: str, decoded: Decoded, report: Report) -> bool:
    """True for the reporter of a complaint about somebody else's message; who unsubscribes returns no message."""
    if decoded.kind != "complaint" or not decoded.original.fields:
        return False
    local, _, domain = recipient.rpartition("@")
    return recipient == address.claimed(decoded.header.get("From")) or (
        local in _ROLES and within(report.reporting_mta, (domain,))
    )
