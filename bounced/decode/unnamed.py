"""Reports that say that something failed, but not for whom.

The returned message names who it was for, when that was one person and not a mailing list; else the only address in
the words does, if it is neither ours nor a help desk's. A report that was cut off before all that names nobody.
"""

from __future__ import annotations

import re

from bounced import address
from bounced.mime import Mail, from_server, one_line, only_recipient, tells_of_delay, tells_of_failure
from bounced.model import Action, Decoded, Report

_TEXT_LIMIT = 16 * 1024
_OUR_HEADERS = ("From", "To", "Delivered-To", "Return-Path", "Reply-To")
#: Local parts to which people are sent for help.
_HELP = re.compile(
    r"(?:post|web|host|mail)[._-]?master|mailer-daemon|.{0,30}(?:support|help|admin|abuse|info|contact|service).{0,30}|noc",
    re.IGNORECASE,
)


def decode(mail: Mail) -> Decoded | None:
    """Kind ``bounce``, with one report when the returned message has one recipient; ``None`` for other mails."""
    header = mail.header
    recipient = only_recipient(mail.original) or _only_address(mail)
    returned = bool(mail.original.headers or recipient)
    signs = (mail.root.content_type == "multipart/report", tells_of_failure(header), returned)
    if sum(signs) < 2 or not from_server(header):
        return None
    action: Action = "delayed" if tells_of_delay(header, mail.text) else "failed"
    report = Report(
        action=action, final_recipient=recipient, diagnostic_code=one_line(f"{header.get('Subject')}\n{mail.text}")
    )
    return Decoded("bounce", "unnamed", (report,) if recipient else ())


def _only_address(mail: Mail) -> str:
    """The address in the words, ``""`` when there are several or the envelope sender is not a notification's."""
    if mail.header.get("Return-Path").strip() != "<>":  # RFC 5321 4.5.5
        return ""
    ours = {address.parse(mail.header.get(name)).lower() for name in _OUR_HEADERS}
    claims = (address.parse(match[0]) for match in address.MAILBOX.finditer(mail.text[:_TEXT_LIMIT]))
    others = {name.lower(): name for name in claims if name.lower() not in ours and address.normalise(name)}
    named = [name for name in others.values() if not _HELP.fullmatch(name.rpartition("@")[0])]
    return named[0] if len(named) == 1 else ""
