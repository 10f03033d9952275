"""Delivery status notifications: RFC 3464, in a report as of RFC 6522, and their UTF-8 forms (RFC 6533)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bounced import address
from bounced.mime import Mail, Words, one_line, searched, telling
from bounced.model import Action, Decoded, Report, kind_of

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
RECIPIENTS_LIMIT = 4000  # no more fit into the part of a message that is read, unless they are crafted
INTERNATIONAL_LIMIT = 1000  # recipients that are not ASCII: IDNA takes time
_VALUE_LIMIT = 8000  # characters of one field, which is enough for all that is stored of it
_BLOCK_LIMIT = 256 * 1024  # characters of status fields: as much as is read of a message

#: Characters after which a message may have been truncated: the last address may be incomplete, without an Action.
_CUT_LENGTH = 32 * 1024

Fields = dict[str, str]

#: The first word of Action, including forms not in RFC 3464 2.3.3.
_ACTIONS: Mapping[str, Action] = {
    "failed": "failed",
    "failure": "failed",
    "fail": "failed",
    "permanent-failure": "failed",
    "hard": "failed",
    "error": "failed",
    "expired": "failed",
    "undeliverable": "failed",
    "delayed": "delayed",
    "delay": "delayed",
    "deferred": "delayed",
    "transient-failure": "delayed",
    "delivered": "delivered",
    "relayed": "relayed",
    "expanded": "expanded",
}
_ACTIONS_BY_CLASS: Mapping[str, Action] = {"2": "delivered", "4": "delayed", "5": "failed"}  # RFC 3463 2

_FIELD = re.compile(r"\s{0,8}(?P<name>[A-Za-z][A-Za-z0-9-]{1,40})[ \t]{0,4}:[ \t]{0,8}(?P<value>.{0,4000})")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_RECIPIENT_FIELDS = frozenset(("final-recipient", "original-recipient"))
_KNOWN_FIELDS = frozenset(  # RFC 3464 2.2 and 2.3, as far as they are about a recipient or stand with one
    (
        *("final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code"),
        *("last-attempt-date", "final-log-id", "will-retry-until", "x-actual-recipient", "x-display-name"),
        *("reporting-mta", "received-from-mta", "dsn-gateway", "arrival-date", "original-envelope-id"),
    )
)
_REPLY = re.compile(r"(?<![\w.])[45]\d\d[ -]\S")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_TYPE = re.compile(r"\s{0,8}[A-Za-z0-9-]{1,30}\s{0,8};\s{0,8}")
_LETTERS = re.compile(r"[^\W\d_]{2}")  # "X-Unix; 255" says nothing
_WORD = re.compile(r"[a-z][a-z-]{0,30}")
#: In a report with broken MIME, the first locates the fields, and the returned message ends them.
_LOOKS_LIKE_STATUS = re.compile(r"\n(?:Final|Original)-Recipient[ \t]{0,4}:", re.IGNORECASE)
_RETURNED = re.compile(r"\nContent-Type:[ \t]{0,8}(?:message/(?:rfc822|global)|text/rfc822)", re.IGNORECASE)


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient in the status fields; ``None`` if there are no such fields."""
    for block in _status_blocks(mail):
        message, recipients = _groups(block[:_BLOCK_LIMIT])
        if reports := tuple(_bounded(_reports(message, recipients, mail.text))):
            sender = address.parse(message.get("x-postfix-sender", ""))
            return Decoded(kind_of(reports), "dsn", reports, envelope_sender=sender)
    return None


def _status_blocks(mail: Mail) -> Iterator[str]:
    """Texts with status fields: the labeled parts first, then mislabeled ones."""
    yield from (part.text for part in mail.parts if part.content_type in STATUS_TYPES)
    if not (mail.root.content_type == "multipart/report" or mail.signs.returns_mail):
        return
    text = f"\n{mail.all_text()}"
    opening = _LOOKS_LIKE_STATUS.search(text)
    loose = _RETURNED.split(text, maxsplit=1)[0] if opening else ""
    if opening and opening.start() < len(loose):
        start = max(loose.rfind("Reporting-MTA:", 0, opening.start()), 0)
        yield loose[start:]


def _reports(message: Fields, recipients: Sequence[Fields], text: str) -> Iterator[Report]:
    seen = set()
    is_alone = len(recipients) == 1
    for fields, words in zip(recipients[:RECIPIENTS_LIMIT], searched(text), strict=False):
        report = _report(message, fields, words, is_alone)
        key = (report.action, report.final_recipient.lower())
        if report.final_recipient and key not in seen:
            seen.add(key)
            yield report


def _bounded(reports: Iterator[Report]) -> Iterator[Report]:
    """Without the reports about international addresses that are too many."""
    international = 0
    for report in reports:
        is_ascii = f"{report.final_recipient}{report.original_recipient}".isascii()
        international += not is_ascii
        if is_ascii or international <= INTERNATIONAL_LIMIT:
            yield report


def _groups(block: str) -> tuple[Fields, list[Fields]]:
    """The per-message fields, and the fields of each recipient (RFC 3464 2.1).

    Empty lines separate groups. Some programs write extra ones, so fields without a recipient belong to the previous
    group; others omit them, so a group also begins where a recipient is named again.
    """
    message: Fields = {}
    recipients: list[Fields] = []
    for paragraph in filter(None, _EMPTY_LINE.split(block)):
        for fields in _parted(paragraph):
            if fields.keys() & _RECIPIENT_FIELDS:
                recipients.append(fields)
                message = message or fields
            else:
                group = recipients[-1] if recipients else message
                group.update({name: value for name, value in fields.items() if name not in group})
    if len(block) > _CUT_LENGTH and recipients and "action" not in recipients[-1]:
        recipients.pop()
    return message, recipients


def _parted(paragraph: str) -> Iterator[Fields]:
    fields: Fields = {}
    last = ""
    for line in paragraph.split("\n"):
        if line[:1] in (" ", "\t") and last:
            if len(fields[last]) < _VALUE_LIMIT:
                fields[last] += "\n" + line
        elif field := _FIELD.match(line):
            name, value = field.groups()
            last = name.lower()
            if last in _RECIPIENT_FIELDS and last in fields:
                yield fields
                fields = {}
            fields.setdefault(last, value)
        else:
            last = ""
    yield fields


def _report(message: Fields, fields: Fields, words: Words, is_alone: bool) -> Report:
    final = address.parse(fields.get("final-recipient", "")) or address.parse(fields.get("x-actual-recipient", ""))
    original = address.parse(fields.get("original-recipient", ""))
    match = _STATUS.search(fields.get("status", ""))
    status = match[1] if match else ""
    diagnostic, elsewhere = one_line(_TYPE.sub("", fields.get("diagnostic-code", ""), count=1)), ""
    if not _LETTERS.search(diagnostic):
        diagnostic = _other_reply(fields) or diagnostic
        whole = [words.whole()] if is_alone else []
        elsewhere = "" if _LETTERS.search(diagnostic) else telling((words.about(final), words.about(original), *whole))
    return Report(
        action=_action(fields.get("action", ""), status),
        final_recipient=final or original,
        original_recipient=original,
        status=status,
        diagnostic_code=elsewhere or diagnostic,
        reporting_mta=_host(message.get("reporting-mta", "")),
        remote_mta=_host(fields.get("remote-mta", "")),
        elsewhere=bool(elsewhere),
    )


def _other_reply(fields: Fields) -> str:
    """The first reply in a field without a meaning of its own: Exchange has "X-Supplementary-Info" and no other."""
    values = (one_line(value) for name, value in fields.items() if name not in _KNOWN_FIELDS)
    return next((value for value in values if _REPLY.search(value) and _LETTERS.search(value)), "")


def _action(value: str, status: str) -> Action:
    word = _WORD.search(value.lower())
    known = _ACTIONS.get(word[0]) if word else None
    return known or _ACTIONS_BY_CLASS.get(status[:1], "failed")


def _host(value: str) -> str:
    """The name without its type (RFC 3464 2.2.2)."""
    return one_line(_TYPE.sub("", value, count=1), 255)
