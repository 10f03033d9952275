"""Complaints: the Abuse Reporting Format (RFC 5965) and its kin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bounced import address
from bounced.mime import Mail, one_line, parse_headers
from bounced.model import Decoded, Original, Report

FEEDBACK_TYPE = "message/feedback-report"
RECIPIENTS_LIMIT = 100

#: Who complained, most direct first: RFC 5965 3.2; AOL and Yahoo; Microsoft's JMRP, in the returned message.
_RECIPIENT_FIELDS = ("Original-Rcpt-To", "Removal-Recipient")
_RETURNED_FIELDS = ("X-HmXmrOriginalRecipient",)
#: Local parts that stand for nobody (RFC 6590 allows any replacement; these are the usual ones).
_REDACTED = re.compile(r"(?:redacted|undisclosed|hidden|removed|x{3,}|\*+)(?:[^a-z].{0,250}|recipients?)?", re.DOTALL)
#: Microsoft's JMRP before it had a feedback-report: the mail is the returned message alone.
_COMPLAINT_SUBJECT = re.compile(r"complaint about (?:message|e-?mail) from", re.IGNORECASE)
#: Apple Mail's "Unsubscribe" button answers to the mail's List-Unsubscribe address with these words.
_OPT_OUT = re.compile(r"\s{0,20}Apple Mail sent this email to unsubscribe from", re.IGNORECASE)


def decode(mail: Mail) -> Decoded | None:
    """A report for each recipient who complained, one without a name when it was redacted; ``None`` for other mails."""
    if _OPT_OUT.match(mail.text):
        return Decoded("complaint", "arf", (_report(address.parse(mail.header.get("From")), "opt-out"),))
    fields = _feedback(mail)
    if fields is None:
        return None
    return Decoded("complaint", "arf", tuple(_reports(fields, mail.original)))


def _feedback(mail: Mail) -> Original | None:
    """The fields of the feedback report, empty ones for a report that is told by its subject only."""
    for part in mail.parts:
        if part.content_type == FEEDBACK_TYPE:
            return parse_headers(part.body)
    if _COMPLAINT_SUBJECT.match(mail.header.get("Subject")) and mail.original.headers:
        return Original()
    return None


def _reports(fields: Original, returned: Original) -> Iterator[Report]:
    said = one_line(fields.get("Feedback-Type").lower(), 40) or "abuse"
    mta = one_line(fields.get("Reporting-MTA").rpartition(";")[2], 255)
    for recipient in _recipients(fields, returned) or [""]:
        yield _report("" if redacted(recipient) else recipient, said, mta)


def _report(recipient: str, feedback_type: str, mta: str = "") -> Report:
    return Report(final_recipient=recipient, feedback_type=feedback_type, reporting_mta=mta)


def _recipients(fields: Original, returned: Original) -> list[str]:
    for source, names in ((fields, _RECIPIENT_FIELDS), (returned, _RETURNED_FIELDS)):
        for name in names:
            stated = (address.parse(value) for value in source.all(name))
            if found := list(dict.fromkeys(filter(None, stated)))[:RECIPIENTS_LIMIT]:
                return found
    return []


def redacted(recipient: str) -> bool:
    """True when the local part only says that there was one."""
    return bool(_REDACTED.fullmatch(recipient.rpartition("@")[0].lower()))
