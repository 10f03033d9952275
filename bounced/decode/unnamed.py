"""Reports of a failure that do not name the recipient.

The returned message names it, if it has one recipient that is not a mailing list; otherwise the only address in the
text does, if it is neither ours nor a help desk's. A report truncated before that names nobody. If a server's reply is
in the text, the language around it does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bounced import address
from bounced.mime import Mail, is_contact, one_line, only_recipient, quotes_reply
from bounced.model import Action, Decoded, Report

_TEXT_LIMIT = 16 * 1024
_OUR_HEADERS = ("From", "To", "Delivered-To", "Return-Path", "Reply-To")
#: Ends what comes before an address that sent something: a notice of a virus names whom it came from.
_FROM = re.compile(
    r"(?:\b(?:from|sender|by|von|absender|de|da|van|expéditeur)|发件人|差出人)[ \t]?[:：]?[ \t<\"'(]{0,4}$",
    re.IGNORECASE,
)
_FROM_LENGTH = 20


def decode(mail: Mail) -> Decoded | None:
    """Kind ``bounce``, with one report if the recipient is known; ``None`` for other messages."""
    header = mail.header
    recipient = only_recipient(mail.original) or _only_address(mail)
    returned = bool(mail.original.fields or recipient)
    replied = quotes_reply(mail.text)
    signs = (mail.root.content_type == "multipart/report", mail.signs.tells_of_failure, returned, replied)
    is_by_others = replied and mail.signs.has_original and _is_notification(mail)
    if sum(signs) < 2 or not (mail.signs.from_server or is_by_others):
        return None
    action: Action = "delayed" if mail.signs.tells_of_delay else "failed"
    report = Report(
        action=action, final_recipient=recipient, diagnostic_code=one_line(f"{header.get('Subject')}\n{mail.text}")
    )
    return Decoded("bounce", "unnamed", (report,) if recipient else ())


def _is_notification(mail: Mail) -> bool:
    """True under the null sender (RFC 5321 4.5.5)."""
    return mail.header.get("Return-Path").strip() == "<>" and mail.signs.is_notification


def _only_address(mail: Mail) -> str:
    """The address in the text, ``""`` if there are several or the envelope sender is not a notification's."""
    if not _is_notification(mail) and not (mail.signs.from_server and quotes_reply(mail.text)):
        return ""
    ours = {address.parse(mail.header.get(name)).lower() for name in _OUR_HEADERS}
    domain = address.domain(address.parse(mail.header.get("To")))
    others = {name.lower(): name for name in _recipients(mail.text[:_TEXT_LIMIT]) if name.lower() not in ours}
    named = [name for name in others.values() if not is_contact(name) and address.domain(name) != domain]
    return named[0] if len(named) == 1 else ""


def _recipients(text: str) -> Iterator[str]:
    """The addresses in ``text`` that are not named as senders."""
    for match in address.MAILBOX.finditer(text):
        before = text[max(match.start() - _FROM_LENGTH, 0) : match.start()]
        if not _FROM.search(before) and (name := address.claimed(match[0])):
            yield name
