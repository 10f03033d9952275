"""flufl.bounce, Mailman's collection of heuristics, for formats that no decoder here knows.

Its regular expressions backtrack: their time grows with the square of the longest line, so a message of 4 kB can keep
it busy for minutes. It gets no more of a message than a report for people needs.
"""

from __future__ import annotations

import email
import logging
import re

from flufl.bounce import all_failures

from bounced import address
from bounced.mime import Mail, Signs, one_line, searched
from bounced.model import Action, Decoded, Report

RECIPIENTS_LIMIT = 100
_HEADER_LIMIT = 16 * 1024  # octets
_BODY_LIMIT = 16 * 1024
_LINES_LIMIT = 400  # it reads each line of the body a hundred times
_LINE_LIMIT = 200
_BLANKS = re.compile(rb" {5,}")
#: Its detectors call methods of str on headers, which are not str if they contain 8-bit characters.
_TO_ASCII = bytes(32 if chr(code).isspace() and code != 10 else code for code in range(128)) + b"?" * 128

logging.getLogger("flufl.bounce").disabled = True  # it logs a traceback for each error it raises


def decode(mail: Mail) -> Decoded | None:
    """A report for each address flufl.bounce finds; ``None`` if it finds none or the sender is not a server."""
    if not mail.signs.returns_mail or mail.signs.tells_of_success:
        return None
    message = email.message_from_bytes(_bounded(_report(mail).translate(_TO_ASCII)))
    if not message.is_multipart() and not message.get("From"):  # its Sina detector raises IndexError
        return None
    try:
        temporary, permanent = all_failures(message)
    except RecursionError:  # `email` reads nested comments and groups of addresses by recursion
        return None
    reports = [
        *_reports(mail, permanent, "delayed" if mail.signs.tells_of_delay else "failed"),
        *_reports(mail, temporary - permanent, "delayed"),
    ]
    return Decoded("bounce", "fallback", tuple(reports[:RECIPIENTS_LIMIT])) if reports else None


def _report(mail: Mail) -> bytes:
    """The message without the body of the one that it returns, unless that is the report, as InterScan wraps them."""
    is_wrapped = Signs(mail.original).from_server
    start = -1 if is_wrapped or not mail.returned else mail.content.find(mail.returned)
    end = mail.content.find(b"\n\n", start)
    return mail.content[:end] if 0 <= start < end else mail.content


def _bounded(content: bytes) -> bytes:
    header, _, body = content.partition(b"\n\n")
    lines = _BLANKS.sub(b"    ", body[:_BODY_LIMIT]).split(b"\n", _LINES_LIMIT)[:_LINES_LIMIT]
    return b"\n".join((header[:_HEADER_LIMIT], b"", *(line[:_LINE_LIMIT] for line in lines)))


def _reports(mail: Mail, failures: frozenset[bytes], action: Action) -> list[Report]:
    parsed = sorted(filter(None, (address.parse(item.decode("utf-8", "replace")) for item in failures)))
    text = mail.text.lower()  # some of its detectors also take every address of the returned message
    names = [name for name in parsed if name.rpartition("@")[0].lower() in text] or parsed
    everything = one_line(f"{mail.header.get('Subject')}\n{mail.text}")
    return [
        Report(action=action, final_recipient=name, diagnostic_code=words.about(name) or everything)
        for name, words in zip(names[:RECIPIENTS_LIMIT], searched(mail.text), strict=False)
    ]
