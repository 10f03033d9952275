"""The header of the message that a report returns, wherever it is in the report."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.utils import getaddresses

from bounced import address
from bounced.mime.parts import Part
from bounced.mime.phrase_table import PhraseTable, folded
from bounced.model import Original

#: Content types of a message or its header; the third line has misspellings seen in the wild.
HEADER_TYPES = frozenset(
    (
        *("message/rfc822", "text/rfc822-headers"),  # RFC 2046, RFC 6522
        *("message/global", "message/global-headers"),  # RFC 6532, RFC 6533
        *("text/rfc822", "message/rfc822-headers", "message/news", "message/partial"),
    )
)
_LINE_LIMIT = 160  # characters; longer lines announce nothing
_ANNOUNCED_LINES = 12  # lines between an announcement and the header
_UNANNOUNCED_HEADERS = 4  # usual headers in a row that need no announcement

#: Lines that announce the returned message: qmail, Exim, Sendmail, Yahoo, GMX, dma, MMDF, IMail, Exchange and others.
_ANNOUNCEMENT = PhraseTable(
    r"copy of (?:the|your) (?:original )?(?:message|mail)",
    r"(?:original|unsent|returned|undelivered|failed) (?:e-?mail )?(?:message|mail)\b",
    r"message headers?\b|headers? of the|header information",
    r"returned (?:e-?mail|message)",
    r"text of (?:the|your) (?:original )?message|message text",
    r"ursprünglichen? (?:nachricht|mail|e-?mail)|message d['’]origine|mensaje original|mensagem original",
    r"messaggio originale|исходн\w{1,4} (?:письм|сообщени)|元のメッセージ|原邮件|原郵件|原始邮件",
)
_QUOTE = r"(?:[>|][ \t]?){0,3}"
_QUOTED = re.compile(_QUOTE)
_HEADER_LINE = re.compile(_QUOTE + r"(?P<name>[A-Za-z][A-Za-z0-9-]{1,60}):(?!//)")
_CONTINUATION = re.compile(_QUOTE + r"[ \t]+\S")
#: Headers that only a real message has; "To", "Subject" and "Date" also occur in summaries for people.
_TELLING_HEADERS = frozenset(
    (
        *("received", "message-id", "return-path", "delivered-to", "references"),
        *("mime-version", "dkim-signature", "x-mailer", "list-id"),
    )
)
_USUAL_HEADERS = _TELLING_HEADERS | frozenset(
    ("from", "to", "cc", "subject", "date", "reply-to", "sender", "content-type")
)
#: What any header has at least one of.
_USUAL_LINE = re.compile(rf"\n{_QUOTE}(?:{'|'.join(sorted(_USUAL_HEADERS))}):(?!//)", re.IGNORECASE)

#: With these, "To" may name a mailing list; newsletters have them too.
_LIST_HEADERS = ("list-id", "list-post", "mailing-list", "x-mailing-list")
#: With these, "To" may name a mailing list, or not all recipients.
_MANY_HEADERS = frozenset((*_LIST_HEADERS, "resent-to", "cc"))
_RECIPIENT_HEADERS = ("X-Envelope-To", "Envelope-To", "To")
#: One address, as nearly all of these headers have it, behind a name or not: nothing for a parser (RFC 5322 3.4).
_ONE_RECIPIENT = re.compile(
    r"(?P<angle>(?:\w[\w -]{0,100} )?<)?"
    r"(?P<address>(?![\w.+=-]{0,64}IMCEASMTP-)[\w.+=-]{1,64}@\w(?:[\w.-]{0,253}\w)?)(?(angle)>)",
    re.ASCII | re.IGNORECASE,
)


def only_recipient(original: Original) -> str:
    """The only recipient in the message's header, ``""`` if there are several, a list or the author."""
    named = [] if original.has_any(_MANY_HEADERS) else _named(_recipients(original))
    return named[0] if len(named) == 1 and named[0] != address.parse(original.get("From")) else ""


def names_only(recipient: str, original: Original) -> bool:
    """True if the message's header names ``recipient`` (a key) and nobody else, be it a list or a person."""
    recipients = _recipients(original)
    return recipients == recipient or list(map(address.claimed, _named(recipients))) == [recipient]


def is_list(recipient: str, original: Original) -> bool:
    """True if the header calls ``recipient`` (a key) a mailing list: a newsletter names its sender's domain there."""
    domain = address.domain(recipient)
    return bool(domain) and any(domain in original.get(name).lower() for name in _LIST_HEADERS)


def _recipients(original: Original) -> str:
    return next(filter(None, map(original.get, _RECIPIENT_HEADERS)), "")[: address.CLAIM_LIMIT]


def _named(recipients: str) -> list[str]:
    if one := _ONE_RECIPIENT.fullmatch(recipients):
        return [one["address"]]
    try:
        return [recipient for _, bare in getaddresses([recipients]) if (recipient := address.parse(bare))]
    except RecursionError:  # comments or groups nested hundreds deep
        return []


def original_part(parts: Iterable[Part]) -> tuple[Original, bytes]:
    """The returned message's header from the first part that contains one, and its octets if it is complete.

    Both are empty if no part contains one.
    """
    for part in parts:
        if part.content_type in HEADER_TYPES:
            header = part.inner_header
            if header.fields:
                return header, part.body if part.is_message else b""
        elif part.header.get("Received") and part.header.get("From"):  # Mail2000 omits the part's own header
            return part.header, b""
    return Original(), b""


def split(text: str) -> tuple[str, str]:
    """The text of the report itself, and the message quoted below it as plain text, ``""`` for none."""
    if not _USUAL_LINE.search(f"\n{text}"):
        return text, ""
    lines = text.split("\n")
    own: list[int] = []  # numbers of the lines of the report itself
    number = 0
    while number < len(lines):
        names, end = _run(lines, number)
        if _is_header(names):
            announced = _announced(lines, own, number)
            if announced < number or _needs_no_announcement(names):
                return "\n".join(lines[:announced]), _unquoted(lines[number:])
        own.append(number)
        number = max(end, number + 1)
    return text, ""


def _announced(lines: Sequence[str], own: Sequence[int], start: int) -> int:
    """The last of the ``own`` lines that announces a message at ``start``, ``start`` if none does."""
    near = (number for number in reversed(own[-_ANNOUNCED_LINES:]) if start - number <= _ANNOUNCED_LINES)
    return next((number for number in near if _announces(lines[number])), start)


def _announces(line: str) -> bool:
    return len(line) <= _LINE_LIMIT and _ANNOUNCEMENT.are_in(folded(line))


def _run(lines: Sequence[str], start: int) -> tuple[set[str], int]:
    """The names in the run of header lines that begins at ``start``, and its end: ``start`` if none begins there."""
    names: set[str] = set()
    for number in range(start, len(lines)):
        if named := _HEADER_LINE.match(lines[number]):
            names.add(named["name"].lower())
        elif not (names and _CONTINUATION.match(lines[number])):
            return names, number
    return names, len(lines)


def _is_header(names: set[str]) -> bool:
    """True for a header if it is announced."""
    return bool(names & _TELLING_HEADERS) or len(names & _USUAL_HEADERS) >= 3


def _needs_no_announcement(names: set[str]) -> bool:
    return bool(names & _TELLING_HEADERS) and len(names & _USUAL_HEADERS) >= _UNANNOUNCED_HEADERS


def _unquoted(lines: Sequence[str]) -> str:
    return "\n".join([_QUOTED.sub("", line, count=1) if line.startswith((">", "|")) else line for line in lines])
