"""Reports of a failure that do not name the recipient.

The returned message names it, if it has one recipient that is not a mailing list; otherwise the only address in the
text does, if it is neither ours nor a help desk's. A report truncated before that names nobody. If a server's reply is
in the text, the language around it does not matter.
"""

from __future__ import annotations

import re

from bounced import address
from bounced.mime import Mail, one_line, only_recipient, quotes_reply
from bounced.model import Action, Decoded, Report

_TEXT_LIMIT = 16 * 1024
_OUR_HEADERS = ("From", "To", "Delivered-To", "Return-Path", "Reply-To")
#: Local parts of help contacts.
_HELP = re.compile(
    r"(?:post|web|host|mail)[._-]?master|mailer-daemon|.{0,30}(?:support|help|admin|abuse|info|contact|service).{0,30}|noc",
    re.IGNORECASE,
)


def decode(mail: Mail) -> Decoded | None:
    """Kind ``bounce``, with one report if the recipient is known; ``None`` for other messages."""
    header = mail.header
    recipient = only_recipient(mail.original) or _only_address(mail)
    returned = bool(mail.original.fields or recipient)
    replied = quotes_reply(mail.text)
    signs = (mail.root.content_type == "multipart/report", mail.signs.tells_of_failure, returned, replied)
    if sum(signs) < 2 or not (mail.signs.from_server or (replied and _is_notification(mail))):
        return None
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"
    report = Report(
        action=action, final_recipient=recipient, diagnostic_code=one_line(f"{header.get('Subject')}\n{mail.text}")
    )
    return Decoded("bounce", "unnamed", (report,) if recipient else ())


def _is_notification(mail: Mail) -> bool:
    """True under the null sender (RFC 5321 4.5.5), unless a list or a program wrote of itself (RFC 3834 5.1)."""
    is_null = mail.header.get("Return-Path").strip() == "<>"
    return is_null and not mail.signs.is_post and mail.header.get("Auto-Submitted").strip().lower() != "auto-generated"


def _only_address(mail: Mail) -> str:
    """The address in the text, ``""`` if there are several or the envelope sender is not a notification's."""
    if not _is_notification(mail) and not (mail.signs.from_server and quotes_reply(mail.text)):
        return ""
    ours = {address.parse(mail.header.get(name)).lower() for name in _OUR_HEADERS}
    claims = (address.parse(match[0]) for match in address.MAILBOX.finditer(mail.text[:_TEXT_LIMIT]))
    others = {name.lower(): name for name in claims if name.lower() not in ours and address.claimed(name)}
    named = [name for name in others.values() if not _HELP.fullmatch(name.rpartition("@")[0])]
    return named[0] if len(named) == 1 else ""
