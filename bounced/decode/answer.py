"""Answers of programs in any language: without an envelope sender, to a message of ours, and no report of anything.

Asked last: what names a failure was claimed before.
"""

from __future__ import annotations

import re

from bounced import address
from bounced.mime import Mail, departure, quotes_reply
from bounced.model import Decoded, Report

_MESSAGE_ID_DOMAIN = re.compile(r"@([\w.-]{1,255})>")
_IDS_LIMIT = 4000  # characters of References


def decode(mail: Mail) -> Decoded | None:
    """One report that names the responder; ``None`` for a message with a sender, of a server, or about a failure."""
    header = mail.header
    if header.get("Return-Path").strip() != "<>" or mail.signs.from_server or mail.signs.tells_of_failure:
        return None
    if mail.root.content_type == "multipart/report" or quotes_reply(mail.text) or not _answers_us(mail):
        return None
    if not (responder := mail.signs.author):
        return None
    report = Report(final_recipient=responder, diagnostic_code=departure(mail.text) or departure(header.get("Subject")))
    return Decoded("auto-reply", "answer", (report,))


def _answers_us(mail: Mail) -> bool:
    """True when it refers to a message of the domain that it came to."""
    header = mail.header
    domain = address.domain(address.parse(header.get("To")).lower())
    references = f"{header.get('In-Reply-To')} {header.get('References')}"[:_IDS_LIMIT].lower()
    named = _MESSAGE_ID_DOMAIN.findall(references)
    return bool(domain) and any(name == domain or name.endswith(f".{domain}") for name in named)
