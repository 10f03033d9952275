"""Reports that say that something failed and return the message, but not for whom.

The returned message names who it was for, when that was one person and not a mailing list.
"""

from __future__ import annotations

from email.utils import getaddresses

from bounced import address
from bounced.mime import Mail, from_server, one_line, tells_of_delay, tells_of_failure
from bounced.model import Action, Decoded, Original, Report

#: Of a message that went through a list, "To" names the list.
_LIST_HEADERS = ("List-Id", "List-Post", "Mailing-List", "X-Mailing-List", "Resent-To")
_RECIPIENT_HEADERS = ("X-Envelope-To", "Envelope-To", "To")


def decode(mail: Mail) -> Decoded | None:
    """Kind ``bounce``, with one report when the returned message has one recipient; ``None`` for other mails."""
    header = mail.header
    is_report = mail.root.content_type == "multipart/report" or tells_of_failure(header)
    if not (mail.original.headers and is_report and from_server(header)):
        return None
    who = recipient(mail.original)
    action: Action = "delayed" if tells_of_delay(header) else "failed"
    report = Report(action=action, final_recipient=who, diagnostic_code=one_line(mail.text))
    return Decoded("bounce", "unnamed", (report,) if who else ())


def recipient(original: Original) -> str:
    """The only recipient that the message's header names, ``""`` when there are several or a list."""
    if any(original.get(name) for name in _LIST_HEADERS) or original.get("Cc"):
        return ""
    stated = next(filter(None, map(original.get, _RECIPIENT_HEADERS)), "")
    named = [found for _, bare in getaddresses([stated[: address.CLAIM_LIMIT]]) if (found := address.parse(bare))]
    return named[0] if len(named) == 1 else ""
